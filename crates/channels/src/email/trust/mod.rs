//! Whether a mail comes from whom it says: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989) and
//! ARC (RFC 8617), evaluated when it is filed.
//!
//! Invariants: examining a mail never stops or loses it. It has a time limit, runs on a thread of
//! its own and may panic there; whatever goes wrong, the sender merely could not be checked, and a
//! job looks again later. Only signatures and servers of the sender's own domain count, so that
//! nobody can slow the check down with domains of their own. Header fields of the receiving
//! server are believed only where an inbox says whose they are, and only the topmost.

pub mod commands;
pub mod dns;
mod examine;
pub mod http;
pub mod reactions;
pub mod rules;
pub mod stamps;
pub mod store;

use kernel::clock::Clock;
use kernel::ids::InboxId;
use kernel::journal::{Change, Record, RecordType};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

use crate::email::intake;
use crate::email::large::BodyHashes;
use dns::{DnsServers, Resolver};
use rules::Findings;

/// How long a mail may wait for its check.
pub const EXAMINING_MAX: Duration = Duration::from_secs(5);

/// Who handed a mail over, as the listening server saw it (RFC 5321).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The reverse path; empty for reports.
    pub mail_from: String,
    /// How the client introduced itself.
    pub helo: String,
    /// The client's address.
    pub client_ip: IpAddr,
}

impl Envelope {
    /// What is needed of what was kept with a mail, when all of it was.
    pub fn kept(envelope: &intake::Envelope) -> Option<Self> {
        Some(Self {
            mail_from: envelope.from.clone()?,
            helo: envelope.helo.clone()?,
            client_ip: envelope.client_ip?,
        })
    }
}

/// What an inbox's own servers can be believed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxTrust {
    /// The domain whose receiving servers note SPF in the mail's header (an authserv-id of RFC
    /// 8601, or what it ends in); `None` believes nobody.
    pub server: Option<String>,
    /// Whether mail to `support+anything@…` reaches the inbox.
    pub plus_addressing: bool,
    /// Counts changes; 0 while nobody chose.
    pub version: i64,
}

/// How much of a mail's body is there to be checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SeenBody {
    /// All of it.
    #[default]
    Whole,
    /// Its beginning, and what signatures want to know of all of it.
    Hashed(BodyHashes),
    /// Only its beginning: no signature can be checked.
    Beginning,
}

/// A mail to be examined.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// The raw bytes, with as much of the body as `body` says.
    pub raw: Arc<Vec<u8>>,
    /// How much of the body is there.
    pub body: SeenBody,
    /// The sender's address as we read it.
    pub from: String,
    /// Who handed it over, when we saw it.
    pub envelope: Option<Envelope>,
    /// Whose header fields are believed.
    pub server: Option<String>,
}

/// Examines mail.
#[derive(Clone)]
pub struct Examiner {
    resolver: Arc<Resolver>,
    clock: Clock,
}

impl Examiner {
    /// An examiner that asks these servers.
    pub fn new(servers: &DnsServers, clock: Clock) -> Examiner {
        Examiner {
            resolver: Arc::new(Resolver::new(servers)),
            clock,
        }
    }

    /// What can be found out about a mail's sender. Never fails and never takes longer than
    /// [`EXAMINING_MAX`].
    pub async fn examine(&self, exhibit: Exhibit) -> Findings {
        let unreachable = Findings::unreachable(&exhibit.from);
        let Some(dns) = self.resolver.dns() else {
            return Findings::not_examined();
        };
        if self.resolver.is_resting(self.clock.now()) {
            return unreachable;
        }
        let runtime = tokio::runtime::Handle::current();
        // The library's work is done off the async threads: a mail made to be slow, or one it
        // panics on, costs nobody but itself.
        let work = tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                tokio::time::timeout(EXAMINING_MAX, examine::examine(&dns, &exhibit)).await
            })
        });
        match tokio::time::timeout(EXAMINING_MAX, work).await {
            Ok(Ok(Ok(findings))) => {
                self.resolver
                    .answered(!findings.unreachable, self.clock.now());
                findings
            }
            Ok(Err(_)) => {
                tracing::warn!("examining a mail failed unexpectedly");
                unreachable
            }
            Ok(Ok(Err(_))) | Err(_) => {
                self.resolver.answered(false, self.clock.now());
                unreachable
            }
        }
    }
}

/// What an inbox's servers can be believed in was changed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InboxTrustChanged {
    /// The inbox.
    pub inbox: InboxId,
    /// Whether the believed server changed.
    pub server: bool,
    /// Whether answers may come to a plus-part.
    pub plus_addressing: Option<Change<bool>>,
}

impl Record for InboxTrustChanged {
    const KIND: &'static str = "inbox.trust_changed";
}

/// The journal records of trust.
pub const RECORDS: &[RecordType] = &[RecordType::of::<InboxTrustChanged>()];
