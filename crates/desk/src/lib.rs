//! The desk: tickets and everything an agent does with them.
//!
//! A ticket is a piece of work for a customer; a message is one utterance on it. Every change goes
//! through a command: one transaction that locks the ticket, decides by the pure rules of its noun,
//! and writes state rows, journal records and jobs together.

pub mod absences;
pub mod abuse;
pub mod actions;
pub mod attachments;
pub mod automations;
pub mod board;
pub mod brands;
pub mod bulk;
pub mod checklists;
pub mod conditions;
pub mod drafts;
pub mod escalations;
pub mod fields;
pub mod forms;
pub mod hand_overs;
pub mod html;
pub mod live;
pub mod macros;
pub mod merges;
pub mod messages;
pub mod notifications;
pub mod promises;
pub mod routing;
pub mod schedules;
pub mod search;
pub mod side_conversations;
pub mod sla;
pub mod states;
pub mod surveys;
pub mod tags;
pub mod teams;
pub mod tickets;
pub mod timeline;
pub mod together;
pub mod views;
pub mod webhooks;

#[cfg(feature = "fixtures")]
pub mod fixtures;

use std::sync::Arc;

use kernel::Kernel;
use kernel::http::outgoing::Outgoing;
use kernel::jobs::JobHandler;
use kernel::journal::RecordType;
use kernel::migrate::{Migration, Room};
use kernel::readers::Reader;
use utoipa_axum::router::OpenApiRouter;

use crate::attachments::reactions::SweepUploads;
use crate::bulk::reactions::{ForgetBulk, UndoOnMany, WorkOnMany};
use crate::checklists::reactions::TellDueTasks;
use crate::fields::reactions::SweepValues;
use crate::messages::reactions::ReleaseReplies;
use crate::notifications::Notifier;
use crate::promises::reactions::BringBackPromises;
use crate::side_conversations::reactions::WakeBesides;
use crate::states::reactions::ReturnTickets;
use crate::surveys::reactions::SurveyPlanner;
use crate::tickets::InboxDirectory;
use crate::tickets::reactions::{PurgeTickets, WakeTickets};

/// The room's handle: cheap to clone, shared by every handler, reader and job.
#[derive(Clone)]
pub struct Desk {
    /// What every room stands on.
    pub kernel: Kernel,
    /// The configured entrances, which a higher room keeps.
    pub inboxes: Arc<dyn InboxDirectory>,
    /// Calls other people's servers.
    pub outgoing: Outgoing,
    /// How many tickets each view holds.
    pub counts: views::Counts,
    /// What is due and how first replies went, for the board.
    pub board: board::Board,
    /// What open screens are told.
    pub feed: live::Feed,
    /// Who gets which waiting ticket.
    pub routing: routing::Routing,
    /// What customers are promised, by which hours.
    pub sla: sla::book::Book,
    /// Who gives an agent time after an abusive contact.
    pub recovery: Arc<dyn abuse::Recovery>,
    /// What was ever said, to be found.
    pub search: search::Search,
}

impl Desk {
    /// A desk on `kernel` that asks `inboxes` about the entrances and calls webhooks by `outgoing`.
    pub fn new(kernel: Kernel, inboxes: Arc<dyn InboxDirectory>, outgoing: Outgoing) -> Self {
        let counts = views::Counts::new(kernel.clone());
        let feed = live::Feed::new(kernel.clone(), counts.clone());
        let search = search::Search::new(kernel.clone());
        Self {
            board: board::Board::new(kernel.clone()),
            kernel,
            inboxes,
            outgoing,
            counts,
            feed,
            sla: sla::book::Book::default(),
            routing: routing::Routing::new(routing::ports::Ports {
                marks: Arc::new(abuse::recovery::MarkedBefore),
                ..routing::ports::Ports::default()
            }),
            recovery: Arc::new(abuse::recovery::ByRouting),
            search,
        }
    }

    /// The same desk, whose routing asks `ports` about opening hours, account owners and marks.
    #[must_use]
    pub fn with_routing(self, ports: routing::ports::Ports) -> Self {
        Self {
            routing: routing::Routing::new(ports),
            ..self
        }
    }

    /// The same desk, with somebody who gives agents time to recover.
    #[must_use]
    pub fn with_recovery(self, recovery: Arc<dyn abuse::Recovery>) -> Self {
        Self { recovery, ..self }
    }

    /// The handlers of this room's jobs.
    pub fn handlers(&self) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(ReleaseReplies(self.clone())),
            Arc::new(WakeTickets(self.clone())),
            Arc::new(PurgeTickets(self.clone())),
            Arc::new(ReturnTickets(self.clone())),
            Arc::new(SweepUploads(self.clone())),
            Arc::new(SweepValues(self.clone())),
            Arc::new(sla::ReviewClocks(self.clone())),
            Arc::new(BringBackPromises(self.clone())),
            Arc::new(WakeBesides(self.clone())),
            Arc::new(TellDueTasks(self.clone())),
            Arc::new(WorkOnMany(self.clone())),
            Arc::new(UndoOnMany(self.clone())),
            Arc::new(ForgetBulk(self.clone())),
            Arc::new(automations::TimeRules(self.clone())),
            Arc::new(automations::PlanRules(self.clone())),
            Arc::new(automations::FailingRules(self.clone())),
            Arc::new(webhooks::CallWebhooks::new(self.clone())),
        ]
    }

    /// The readers of this room that run once in the cluster.
    pub fn readers(&self) -> Vec<Arc<dyn Reader>> {
        vec![
            Arc::new(Notifier::new(self.kernel.clock.clone())),
            Arc::new(sla::ClockKeeper::new(
                self.kernel.clock.clone(),
                self.sla.clone(),
            )),
            Arc::new(SurveyPlanner::new(self.kernel.random.clone())),
            Arc::new(automations::RuleReader::new(self.clone())),
            Arc::new(webhooks::WebhookReader::new(self.clone())),
        ]
    }

    /// Runs the readers that every node has, until dropped.
    pub async fn run(&self) {
        tokio::join!(
            self.counts.clone().follow(),
            self.board.clone().follow(),
            self.feed.clone().follow(),
            self.routing.clone().follow(self.clone()),
            sla::timer::run(self.clone()),
            self.search.clone().follow(),
        );
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
            number: 19,
            name: "schedules",
            sql: include_str!("../migrations/0019_schedules.sql"),
        },
        Migration {
            number: 20,
            name: "sla",
            sql: include_str!("../migrations/0020_sla.sql"),
        },
        Migration {
            number: 21,
            name: "agent_states",
            sql: include_str!("../migrations/0021_agent_states.sql"),
        },
        Migration {
            number: 22,
            name: "routing",
            sql: include_str!("../migrations/0022_routing.sql"),
        },
        Migration {
            number: 23,
            name: "ticket_language",
            sql: include_str!("../migrations/0023_ticket_language.sql"),
        },
        Migration {
            number: 24,
            name: "merges",
            sql: include_str!("../migrations/0024_merges.sql"),
        },
        Migration {
            number: 26,
            name: "fields",
            sql: include_str!("../migrations/0026_fields.sql"),
        },
        Migration {
            number: 27,
            name: "forms",
            sql: include_str!("../migrations/0027_forms.sql"),
        },
        Migration {
            number: 28,
            name: "promises",
            sql: include_str!("../migrations/0028_promises.sql"),
        },
        Migration {
            number: 29,
            name: "side_conversations",
            sql: include_str!("../migrations/0029_side_conversations.sql"),
        },
        Migration {
            number: 30,
            name: "escalations",
            sql: include_str!("../migrations/0030_escalations.sql"),
        },
        Migration {
            number: 31,
            name: "surveys",
            sql: include_str!("../migrations/0031_surveys.sql"),
        },
        Migration {
            number: 32,
            name: "abuse",
            sql: include_str!("../migrations/0032_abuse.sql"),
        },
        Migration {
            number: 34,
            name: "saved_views",
            sql: include_str!("../migrations/0034_saved_views.sql"),
        },
        Migration {
            number: 35,
            name: "rules",
            sql: include_str!("../migrations/0035_rules.sql"),
        },
        Migration {
            number: 36,
            name: "webhooks",
            sql: include_str!("../migrations/0036_webhooks.sql"),
        },
        Migration {
            number: 37,
            name: "macros",
            sql: include_str!("../migrations/0037_macros.sql"),
        },
        Migration {
            number: 38,
            name: "bulk",
            sql: include_str!("../migrations/0038_bulk.sql"),
        },
        Migration {
            number: 39,
            name: "hand_overs",
            sql: include_str!("../migrations/0039_hand_overs.sql"),
        },
    ],
};

/// Every kind of record that this room writes, by noun.
pub const RECORDS: &[&[RecordType]] = &[
    fields::RECORDS,
    forms::RECORDS,
    tickets::RECORDS,
    tickets::links::RECORDS,
    merges::RECORDS,
    messages::RECORDS,
    messages::deliveries::RECORDS,
    messages::senders::RECORDS,
    teams::RECORDS,
    tags::RECORDS,
    macros::RECORDS,
    views::saved::RECORDS,
    notifications::RECORDS,
    routing::RECORDS,
    states::RECORDS,
    schedules::RECORDS,
    sla::RECORDS,
    surveys::RECORDS,
    abuse::RECORDS,
    absences::RECORDS,
    promises::RECORDS,
    side_conversations::RECORDS,
    escalations::RECORDS,
    hand_overs::RECORDS,
    checklists::RECORDS,
    bulk::RECORDS,
    automations::RECORDS,
    webhooks::RECORDS,
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
        .merge(fields::router())
        .merge(forms::router())
        .merge(teams::router())
        .merge(tags::router())
        .merge(macros::router())
        .merge(board::router())
        .merge(brands::router())
        .merge(bulk::router())
        .merge(views::router())
        .merge(notifications::router())
        .merge(schedules::router())
        .merge(sla::router())
        .merge(surveys::router())
        .merge(abuse::router())
        .merge(search::router())
        .merge(automations::router())
        .merge(webhooks::router())
        .merge(live::router())
        .merge(routing::routes())
        .merge(states::router())
        .merge(absences::router())
        .merge(promises::router())
        .merge(side_conversations::router())
        .merge(escalations::router())
        .merge(hand_overs::router())
        .merge(checklists::router())
        .merge(together::router())
}
