//! Channels: mailboxes in, deliveries out, and the list of mail that could not be processed.
//!
//! This room turns outside shapes into the desk's commands and the desk's deliveries into mail.
//! It owns the inboxes, the raw mail and the way to the servers; tickets, messages and the state
//! of deliveries belong to the desk.

pub mod email;
pub mod failures;
pub mod inboxes;
pub mod outbox;
pub mod postmaster;
pub mod practice;
pub mod stuck;

use desk::Desk;
use email::delivery::pool::Pool;
use email::dns::Dns;
use email::server::{MailTls, ServerProblem, Step};
use email::trust::Examiner;
use email::trust::dns::DnsServers;
use kernel::http::outgoing::{Outgoing, Reach};
use kernel::jobs::JobHandler;
use kernel::journal::RecordType;
use kernel::migrate::{Migration, Room};
use kernel::readers::Reader;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Notify;
use utoipa_axum::router::OpenApiRouter;

/// The room's tables.
pub const MIGRATIONS: Room = Room {
    name: "channels",
    migrations: &[
        Migration {
            number: 1,
            name: "channels",
            sql: include_str!("../migrations/0001_channels.sql"),
        },
        Migration {
            number: 2,
            name: "oauth",
            sql: include_str!("../migrations/0002_oauth.sql"),
        },
        Migration {
            number: 3,
            name: "entrances",
            sql: include_str!("../migrations/0003_entrances.sql"),
        },
        Migration {
            number: 4,
            name: "trust",
            sql: include_str!("../migrations/0004_trust.sql"),
        },
        Migration {
            number: 5,
            name: "loops",
            sql: include_str!("../migrations/0005_loops.sql"),
        },
        Migration {
            number: 6,
            name: "sending",
            sql: include_str!("../migrations/0006_sending.sql"),
        },
        Migration {
            number: 7,
            name: "postmaster",
            sql: include_str!("../migrations/0007_postmaster.sql"),
        },
        Migration {
            number: 8,
            name: "forgetting",
            sql: include_str!("../migrations/0008_forgetting.sql"),
        },
    ],
};

/// The room's journal records.
pub const RECORDS: &[&[RecordType]] = &[
    inboxes::RECORDS,
    stuck::RECORDS,
    email::round_trip::RECORDS,
    email::intake::RECORDS,
    email::webhooks::RECORDS,
    email::trust::RECORDS,
    email::acknowledgements::RECORDS,
    email::sending::RECORDS,
    email::dkim::RECORDS,
    email::unsubscribe::RECORDS,
    email::oauth::RECORDS,
];

/// What the operator decides about mail.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// A PEM file of certificate authorities to trust beside the system's, for mail servers with
    /// certificates of a private authority.
    pub mail_ca_file: Option<PathBuf>,
    /// Whom to ask about the domains of senders.
    pub dns_servers: DnsServers,
    /// Whether the practice SMTP server runs (demo only).
    pub practice: bool,
    /// Where calls to web servers that an administrator names may lead.
    pub reach: Reach,
}

/// The room's handle.
#[derive(Clone)]
pub struct Channels {
    /// The desk that mail is handed to and deliveries come from.
    pub desk: Desk,
    /// Which certificates are trusted when talking to mail servers.
    pub tls: MailTls,
    /// Who examines the senders of mail.
    pub examiner: Examiner,
    /// Where published records are looked up.
    pub dns: Dns,
    /// Conversations with servers for sending.
    pub pool: Pool,
    /// The way to providers' web servers.
    pub outgoing: Outgoing,
    pub(crate) large: email::large::Turns,
    practice: bool,
    changed: Arc<Notify>,
}

impl Channels {
    /// The room over a desk.
    ///
    /// # Errors
    /// The file of certificate authorities can't be read.
    pub fn new(desk: Desk, settings: &Settings) -> Result<Channels, ServerProblem> {
        let tls = MailTls::with_file(settings.mail_ca_file.as_deref())?;
        let examiner = Examiner::new(&settings.dns_servers, desk.kernel.clock.clone());
        let outgoing =
            Outgoing::new(settings.reach.clone(), tls.extra_pem()).map_err(|problem| {
                let mend = "Check the file with extra certificate authorities.";
                ServerProblem::new(Step::Tls, problem.to_string(), mend)
            })?;
        Ok(Channels {
            desk,
            tls,
            examiner,
            dns: Dns::of(&settings.dns_servers),
            pool: Pool::default(),
            outgoing,
            large: email::large::Turns::default(),
            practice: settings.practice,
            changed: Arc::new(Notify::new()),
        })
    }

    /// The jobs of this room: filing, delivering, notifying.
    pub fn handlers(&self) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(email::intake::job::Processing {
                channels: self.clone(),
            }),
            Arc::new(email::trust::reactions::Rechecking {
                channels: self.clone(),
            }),
            Arc::new(email::delivery::Delivering {
                channels: self.clone(),
            }),
            Arc::new(email::acknowledgements::Acknowledging {
                channels: self.clone(),
            }),
            Arc::new(email::letters::Surveying {
                channels: self.clone(),
            }),
            Arc::new(email::letters::TellingOfAbuse {
                channels: self.clone(),
            }),
            Arc::new(email::flood::reactions::Forgetting {
                channels: self.clone(),
            }),
            Arc::new(email::delivery::Notifying {
                channels: self.clone(),
            }),
            Arc::new(email::dkim::reactions::Checking {
                channels: self.clone(),
            }),
            Arc::new(email::round_trip::Testing {
                channels: self.clone(),
            }),
            Arc::new(failures::reactions::Forgetting {
                kernel: self.desk.kernel.clone(),
            }),
        ]
    }

    /// The single readers of this room.
    pub fn readers(&self) -> Vec<Arc<dyn Reader>> {
        vec![Arc::new(email::intake::reactions::Purging)]
    }

    /// Follows all mailboxes and, in the demo, serves the practice mailbox. Never returns by
    /// itself. `holder` names this node in leases.
    pub async fn run(self, holder: String) {
        if let Err(problem) = email::flood::begin_forgetting(&self.desk.kernel).await {
            tracing::warn!(%problem, "old counts of mail are kept until the next start");
        }
        let following = email::mailbox::follow_all(self.clone(), holder);
        let resting = email::delivery::sweep_sessions(self.clone());
        if self.practice {
            tokio::join!(following, resting, practice::listen(self));
        } else {
            tokio::join!(following, resting);
        }
    }

    /// Has the mailboxes looked at anew: an inbox was created, changed or deleted.
    pub(crate) fn inboxes_changed(&self) {
        self.changed.notify_one();
    }

    pub(crate) async fn inboxes_moved(&self) {
        self.changed.notified().await;
    }

    /// The name this node greets mail servers with: the host of the base URL.
    pub(crate) fn hello(&self) -> String {
        let url = &self.desk.kernel.settings.base_url;
        let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        if host.is_empty() {
            "localhost".to_owned()
        } else {
            host.to_owned()
        }
    }
}

/// The room's routes, relative to `/api/v1`.
pub fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .merge(inboxes::http::router())
        .merge(email::acknowledgements::http::router())
        .merge(email::oauth::http::router())
        .merge(email::intake::http::router())
        .merge(email::webhooks::http::router())
        .merge(email::trust::http::router())
        .merge(email::sending::http::router())
        .merge(email::dkim::http::router())
        .merge(email::unsubscribe::http::router())
        .merge(email::round_trip::http::router())
        .merge(failures::http::router())
        .merge(outbox::http::router())
        .merge(postmaster::http::router())
        .merge(stuck::http::router())
        .merge(practice::http::router())
}
