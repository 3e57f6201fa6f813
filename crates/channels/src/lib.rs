//! Channels: mailboxes in, deliveries out, and the list of mail that could not be processed.
//!
//! This room turns outside shapes into the desk's commands and the desk's deliveries into mail.
//! It owns the inboxes, the raw mail and the way to the servers; tickets, messages and the state
//! of deliveries belong to the desk.

pub mod email;
pub mod failures;
pub mod inboxes;
pub mod practice;

use desk::Desk;
use email::server::MailTls;
use kernel::jobs::JobHandler;
use kernel::journal::RecordType;
use kernel::migrate::{Migration, Room};
use std::sync::Arc;
use tokio::sync::Notify;
use utoipa_axum::router::OpenApiRouter;

/// The room's tables.
pub const MIGRATIONS: Room = Room {
    name: "channels",
    migrations: &[Migration {
        number: 1,
        name: "channels",
        sql: include_str!("../migrations/0001_channels.sql"),
    }],
};

/// The room's journal records.
pub const RECORDS: &[&[RecordType]] = &[inboxes::RECORDS, email::intake::RECORDS];

/// The room's handle.
#[derive(Clone)]
pub struct Channels {
    /// The desk that mail is handed to and deliveries come from.
    pub desk: Desk,
    /// Which certificates are trusted when talking to mail servers.
    pub tls: MailTls,
    changed: Arc<Notify>,
}

impl Channels {
    /// The room over a desk.
    pub fn new(desk: Desk, tls: MailTls) -> Channels {
        Channels { desk, tls, changed: Arc::new(Notify::new()) }
    }

    /// What the room does in the background: filing, delivering, notifying.
    pub fn job_handlers(&self) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(email::intake::job::Processing { desk: self.desk.clone() }),
            Arc::new(email::delivery::Delivering { channels: self.clone() }),
            Arc::new(email::delivery::Notifying { channels: self.clone() }),
        ]
    }

    /// Follows all mailboxes; `holder` names this node in leases. Never returns by itself.
    pub async fn follow_mailboxes(self, holder: String) {
        email::mailbox::follow_all(self, holder).await;
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
        if host.is_empty() { "localhost".to_owned() } else { host.to_owned() }
    }
}

/// The room's routes below `/api/v1`. The practice mailbox is there in the demo only.
pub fn router(channels: Channels) -> OpenApiRouter {
    OpenApiRouter::new()
        .merge(inboxes::http::router())
        .merge(email::intake::http::router())
        .merge(failures::http::router())
        .merge(practice::http::router())
        .with_state(channels)
}
