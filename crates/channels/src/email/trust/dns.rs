//! One resolver with one cache for all mail.

use kernel::time::Timestamp;
use mail_auth::MessageAuthenticator;
use mail_auth::hickory_resolver::config::{
    NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long one question may take, and how often it is asked.
const QUESTION_MAX: Duration = Duration::from_millis(1_500);
const ATTEMPTS: usize = 2;
/// Answers kept.
const CACHED_MAX: u64 = 10_000;
/// A "there is no such name" is believed no longer than this: the domain may be mending it.
const NEGATIVE_MAX: Duration = Duration::from_secs(300);
/// An answer is kept no longer than this.
const POSITIVE_MAX: Duration = Duration::from_secs(3_600);
/// After so many mails in a row without an answer the servers count as down …
const SILENT_MAX: u32 = 3;
/// … and are left alone for this long, so that mail does not queue up behind them.
const REST: Duration = Duration::from_secs(30);

/// Whom to ask about domains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DnsServers {
    /// Nobody: senders are not checked.
    #[default]
    Off,
    /// The machine's own.
    System,
    /// These, by UDP and TCP.
    At(Vec<SocketAddr>),
}

/// The way to the servers, and whether they answer.
pub(super) struct Resolver {
    dns: Option<MessageAuthenticator>,
    silence: Mutex<Silence>,
}

#[derive(Default)]
struct Silence {
    in_a_row: u32,
    until: Option<Timestamp>,
}

impl Resolver {
    pub(super) fn new(servers: &DnsServers) -> Resolver {
        Resolver {
            dns: connect(servers),
            silence: Mutex::default(),
        }
    }

    /// `None` when nobody is asked.
    pub(super) fn dns(&self) -> Option<MessageAuthenticator> {
        self.dns.clone()
    }

    /// Whether the servers were silent just now.
    pub(super) fn is_resting(&self, now: Timestamp) -> bool {
        let silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        silence.until.is_some_and(|until| now < until)
    }

    /// Notes whether a mail's questions were answered.
    pub(super) fn answered(&self, answered: bool, now: Timestamp) {
        let mut silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            *silence = Silence::default();
            return;
        }
        silence.in_a_row = silence.in_a_row.saturating_add(1);
        if silence.in_a_row >= SILENT_MAX {
            silence.until = Some(now.plus(REST));
        }
    }
}

fn connect(servers: &DnsServers) -> Option<MessageAuthenticator> {
    let config = match servers {
        DnsServers::Off => return None,
        DnsServers::System => match read_system_conf() {
            Ok((config, _)) => config,
            Err(problem) => {
                tracing::warn!(%problem, "senders are not checked: no DNS server is configured");
                return None;
            }
        },
        DnsServers::At(addresses) => {
            ResolverConfig::from_name_servers(addresses.iter().map(server).collect())
        }
    };
    let mut options = ResolverOpts::default();
    options.timeout = QUESTION_MAX;
    options.attempts = ATTEMPTS;
    options.cache_size = CACHED_MAX;
    options.negative_max_ttl = Some(NEGATIVE_MAX);
    options.positive_max_ttl = Some(POSITIVE_MAX);
    options.use_hosts_file = ResolveHosts::Never;
    match MessageAuthenticator::new(config, options) {
        Ok(dns) => Some(dns),
        Err(problem) => {
            tracing::warn!(%problem, "senders are not checked: the DNS servers can't be used");
            None
        }
    }
}

fn server(address: &SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    server
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silent_servers_are_left_alone_for_a_while() {
        let resolver = Resolver::new(&DnsServers::Off);
        let now = Timestamp::from_micros(1_000_000);
        for _ in 0..2 {
            resolver.answered(false, now);
        }
        assert!(!resolver.is_resting(now));
        resolver.answered(true, now);
        for _ in 0..3 {
            resolver.answered(false, now);
        }
        assert!(resolver.is_resting(now.plus(Duration::from_secs(29))));
        assert!(!resolver.is_resting(now.plus(REST)));
        resolver.answered(true, now.plus(REST));
        resolver.answered(false, now.plus(REST));
        assert!(!resolver.is_resting(now.plus(REST)));
    }
}
