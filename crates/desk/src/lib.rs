//! The desk: tickets and everything an agent does with them.
//!
//! A ticket is a piece of work for a customer; a message is one utterance on it. Every change goes
//! through a command: one transaction that locks the ticket, decides by the pure rules of its noun,
//! and writes state rows, journal records and jobs together.

pub mod actions;
pub mod attachments;
pub mod brands;
pub mod conditions;
pub mod drafts;
pub mod html;
pub mod live;
pub mod macros;
pub mod merges;
pub mod messages;
pub mod notifications;
pub mod tags;
pub mod teams;
pub mod tickets;
pub mod timeline;
pub mod views;

#[cfg(feature = "fixtures")]
pub mod fixtures;

use std::sync::Arc;

use kernel::Kernel;
use kernel::jobs::JobHandler;
use kernel::journal::RecordType;
use kernel::migrate::{Migration, Room};
use kernel::readers::Reader;
use utoipa_axum::router::OpenApiRouter;

use crate::attachments::reactions::SweepUploads;
use crate::messages::reactions::ReleaseReplies;
use crate::notifications::Notifier;
use crate::tickets::InboxDirectory;
use crate::tickets::reactions::{PurgeTickets, WakeTickets};

/// The room's handle: cheap to clone, shared by every handler, reader and job.
#[derive(Clone)]
pub struct Desk {
    /// What every room stands on.
    pub kernel: Kernel,
    /// The configured entrances, which a higher room keeps.
    pub inboxes: Arc<dyn InboxDirectory>,
    /// How many tickets each view holds.
    pub counts: views::Counts,
    /// What open screens are told.
    pub feed: live::Feed,
}

impl Desk {
    /// A desk on `kernel` that asks `inboxes` about the entrances.
    pub fn new(kernel: Kernel, inboxes: Arc<dyn InboxDirectory>) -> Self {
        let counts = views::Counts::new(kernel.clone());
        let feed = live::Feed::new(kernel.clone(), counts.clone());
        Self {
            kernel,
            inboxes,
            counts,
            feed,
        }
    }

    /// The handlers of this room's jobs.
    pub fn handlers(&self) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(ReleaseReplies(self.clone())),
            Arc::new(WakeTickets(self.clone())),
            Arc::new(PurgeTickets(self.clone())),
            Arc::new(SweepUploads(self.clone())),
        ]
    }

    /// The readers of this room that run once in the cluster.
    pub fn readers(&self) -> Vec<Arc<dyn Reader>> {
        vec![Arc::new(Notifier::new(self.kernel.clock.clone()))]
    }

    /// Runs the readers that every node has, until dropped.
    pub async fn run(&self) {
        tokio::join!(self.counts.clone().follow(), self.feed.clone().follow());
    }
}

/// The tables of this room.
pub const MIGRATIONS: Room = Room {
    name: "desk",
    migrations: &[
        Migration {
            number: 1,
            name: "tickets",
            sql: include_str!("../migrations/0001_tickets.sql"),
        },
        Migration {
            number: 2,
            name: "messages",
            sql: include_str!("../migrations/0002_messages.sql"),
        },
        Migration {
            number: 3,
            name: "attachments",
            sql: include_str!("../migrations/0003_attachments.sql"),
        },
        Migration {
            number: 4,
            name: "drafts",
            sql: include_str!("../migrations/0004_drafts.sql"),
        },
        Migration {
            number: 10,
            name: "teams",
            sql: include_str!("../migrations/0010_teams.sql"),
        },
        Migration {
            number: 11,
            name: "notifications",
            sql: include_str!("../migrations/0011_notifications.sql"),
        },
        Migration {
            number: 12,
            name: "views",
            sql: include_str!("../migrations/0012_views.sql"),
        },
        Migration {
            number: 13,
            name: "senders",
            sql: include_str!("../migrations/0013_senders.sql"),
        },
        Migration {
            number: 14,
            name: "gathered_mail",
            sql: include_str!("../migrations/0014_gathered_mail.sql"),
        },
        Migration {
            number: 15,
            name: "sending",
            sql: include_str!("../migrations/0015_sending.sql"),
        },
        Migration {
            number: 16,
            name: "outbox",
            sql: include_str!("../migrations/0016_outbox.sql"),
        },
        Migration {
            number: 17,
            name: "ticket_types",
            sql: include_str!("../migrations/0017_ticket_types.sql"),
        },
        Migration {
            number: 24,
            name: "merges",
            sql: include_str!("../migrations/0024_merges.sql"),
        },
        Migration {
            number: 34,
            name: "saved_views",
            sql: include_str!("../migrations/0034_saved_views.sql"),
        },
        Migration {
            number: 37,
            name: "macros",
            sql: include_str!("../migrations/0037_macros.sql"),
        },
    ],
};

/// Every kind of record that this room writes, by noun.
pub const RECORDS: &[&[RecordType]] = &[
    tickets::RECORDS,
    merges::RECORDS,
    messages::RECORDS,
    messages::deliveries::RECORDS,
    messages::senders::RECORDS,
    teams::RECORDS,
    tags::RECORDS,
    macros::RECORDS,
    views::saved::RECORDS,
    notifications::RECORDS,
];

/// The routes of this room, relative to `/api/v1`.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .merge(tickets::http::router())
        .merge(merges::http::router())
        .merge(timeline::http::router())
        .merge(messages::http::router())
        .merge(drafts::http::router())
        .merge(attachments::http::router())
        .merge(teams::router())
        .merge(tags::router())
        .merge(macros::router())
        .merge(brands::router())
        .merge(views::router())
        .merge(notifications::router())
        .merge(live::router())
}
