//! Looking up what a domain publishes.
//!
//! Nothing is cached: who asks has just changed a record and wants to see it.

use super::trust::dns::DnsServers;
use mail_auth::MessageAuthenticator;
use mail_auth::hickory_resolver::config::{CLOUDFLARE, ResolverOpts};
use mail_auth::hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use mail_auth::hickory_resolver::net::{DnsError, NetError};
use mail_auth::hickory_resolver::proto::op::ResponseCode;
use mail_auth::hickory_resolver::proto::rr::RData;
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

const TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPTS: usize = 2;
/// Most records of one name that are looked at.
const RECORDS_MAX: usize = 50;

/// A look-up had no answer: the name may or may not be there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name servers gave no answer: {0}")]
pub struct NoAnswer(pub String);

/// A way to the name servers; cloned freely, opened at first use.
#[derive(Clone, Default)]
pub struct Dns {
    server: Option<SocketAddr>,
    opened: Arc<OnceCell<MessageAuthenticator>>,
}

impl Dns {
    /// Asks the servers that the operator chose; the machine's own when none were.
    pub fn of(servers: &DnsServers) -> Dns {
        match servers {
            DnsServers::At(servers) => servers.first().copied().map(Dns::at).unwrap_or_default(),
            DnsServers::System | DnsServers::Off => Dns::default(),
        }
    }

    /// Asks this server instead of those of the system.
    pub fn at(server: SocketAddr) -> Dns {
        Dns {
            server: Some(server),
            opened: Arc::default(),
        }
    }

    /// The texts of a name (TXT), each with its strings joined; none when it has none.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn txt(&self, name: &str) -> Result<Vec<String>, NoAnswer> {
        let resolver = self.resolver().await?.resolver();
        let answer = found(resolver.txt_lookup(absolute(name)).await)?;
        let records = answer.iter().flat_map(|lookup| lookup.answers());
        let texts = records.filter_map(|record| match &record.data {
            RData::TXT(txt) => {
                let bytes: Vec<u8> = txt.txt_data.iter().flatten().copied().collect();
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            _ => None,
        });
        Ok(texts.take(RECORDS_MAX).collect())
    }

    /// The mail servers of a domain (MX), best first, without the dot at the end.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn mx(&self, domain: &str) -> Result<Vec<String>, NoAnswer> {
        let resolver = self.resolver().await?.resolver();
        let answer = found(resolver.mx_lookup(absolute(domain)).await)?;
        let records = answer.iter().flat_map(|lookup| lookup.answers());
        let mut hosts: Vec<(u16, String)> = records
            .filter_map(|record| match &record.data {
                RData::MX(mx) => Some((mx.preference, mx.exchange.to_utf8())),
                _ => None,
            })
            .take(RECORDS_MAX)
            .collect();
        hosts.sort();
        Ok(hosts
            .into_iter()
            .map(|(_, host)| host.trim_end_matches('.').to_owned())
            .collect())
    }

    async fn resolver(&self) -> Result<&MessageAuthenticator, NoAnswer> {
        let opened = self.opened.get_or_try_init(async || open(self.server));
        opened
            .await
            .map_err(|problem| NoAnswer(problem.to_string()))
    }
}

fn open(server: Option<SocketAddr>) -> Result<MessageAuthenticator, NetError> {
    let (config, mut options) = match server {
        Some(server) => (only(server), ResolverOpts::default()),
        // A machine without a resolver of its own still has the internet's.
        None => read_system_conf().unwrap_or_else(|_| {
            (
                ResolverConfig::udp_and_tcp(&CLOUDFLARE),
                ResolverOpts::default(),
            )
        }),
    };
    options.cache_size = 0;
    options.timeout = TIMEOUT;
    options.attempts = ATTEMPTS;
    MessageAuthenticator::new(config, options)
}

fn only(server: SocketAddr) -> ResolverConfig {
    let mut udp = ConnectionConfig::udp();
    udp.port = server.port();
    let server = NameServerConfig::new(server.ip(), true, vec![udp]);
    ResolverConfig::from_parts(None, Vec::new(), vec![server])
}

fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

/// Tells "there is none" from "nobody knows".
fn found<T>(answer: Result<T, NetError>) -> Result<Option<T>, NoAnswer> {
    match answer {
        Ok(lookup) => Ok(Some(lookup)),
        Err(NetError::Dns(DnsError::NoRecordsFound(none)))
            if matches!(
                none.response_code,
                ResponseCode::NXDomain | ResponseCode::NoError
            ) =>
        {
            Ok(None)
        }
        Err(problem) => Err(NoAnswer(problem.to_string())),
    }
}
