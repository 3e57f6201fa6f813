//! Notifications: what an agent is told.
//!
//! One single reader turns journal records into notifications, exactly once: the row is unique per
//! agent and record, and is written together with the reader's position. Nobody is told of what
//! they did themselves, and nobody of quiet records. Quiet hours hold back what pops up and what is
//! mailed, never what stands in the list. A mail waits until its window ends and takes along all
//! that happened on the ticket by then, so there is at most one mail per ticket in ten minutes.

pub mod commands;
mod http;
pub mod mail;
mod reactions;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, NotificationId, TicketId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use kernel::words;

pub use http::router;
pub use mail::NOTIFY_MAIL;
pub use reactions::Notifier;
pub(crate) use reactions::tell;
pub use rules::WallTime;

words! {
    /// What an agent is told of.
    NotificationKind {
        /// A ticket was assigned to them.
        Assigned = "assigned",
        /// A colleague mentioned them in a note.
        Mentioned = "mentioned",
        /// The customer wrote on a ticket of theirs.
        CustomerReplied = "customer_replied",
        /// A message of theirs could not be delivered, or nobody knows whether it was.
        DeliveryFailed = "delivery_failed",
        /// The customer wrote on a ticket they watch.
        Watched = "watched",
        /// A promise fell due.
        PromiseDue = "promise_due",
        /// Something came for a colleague whom they stand in for.
        StandingIn = "standing_in",
        /// Somebody wrote in a side conversation of theirs.
        SideAnswered = "side_answered",
        /// A ticket was escalated to them, or came back.
        Escalated = "escalated",
        /// A task fell due or was given to them.
        Task = "task",
        /// A colleague hands work over to them.
        HandedOver = "handed_over",
        /// A rule points a ticket out to them.
        Rule = "rule",
        /// A rule was switched off because it kept failing.
        RuleOff = "rule_off",
        /// A webhook was switched off because its calls kept failing.
        WebhookOff = "webhook_off",
    }
}

words! {
    /// Where the mail of a notification stands.
    MailState {
        /// None is wanted.
        None = "none",
        /// One will tell of it.
        Due = "due",
        /// One told of it, or need not any more.
        Done = "done",
    }
}

/// A notification's row.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: NotificationId,
    /// What it tells of.
    pub kind: NotificationKind,
    /// The ticket it is about.
    pub ticket: TicketId,
    /// The ticket's subject; `None` when the ticket is gone.
    pub subject: Option<String>,
    /// The agent's or customer's name; `None` when nobody in person did it.
    pub actor_name: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// Whether it was read.
    pub read: bool,
}

/// The ways one kind of notification takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ways {
    /// Into the list in the app.
    pub app: bool,
    /// As a pop-up of the browser.
    pub browser: bool,
    /// By mail.
    pub mail: bool,
}

/// The ways of every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Kinds {
    /// A ticket was assigned to them.
    pub assigned: Ways,
    /// A colleague mentioned them in a note.
    pub mentioned: Ways,
    /// The customer wrote on a ticket of theirs.
    pub customer_replied: Ways,
    /// A message of theirs could not be delivered.
    pub delivery_failed: Ways,
    /// The customer wrote on a ticket they watch.
    pub watched: Ways,
    /// A promise fell due.
    #[serde(default = "rules::loud")]
    #[schema(required = true)]
    pub promise_due: Ways,
    /// Something came for a colleague whom they stand in for.
    #[serde(default = "rules::shown")]
    #[schema(required = true)]
    pub standing_in: Ways,
    /// Somebody wrote in a side conversation of theirs.
    #[serde(default = "rules::shown")]
    #[schema(required = true)]
    pub side_answered: Ways,
    /// A ticket was escalated to them, or came back.
    #[serde(default = "rules::loud")]
    #[schema(required = true)]
    pub escalated: Ways,
    /// A task fell due or was given to them.
    #[serde(default = "rules::shown")]
    #[schema(required = true)]
    pub task: Ways,
    /// A colleague hands work over to them.
    #[serde(default = "rules::shown")]
    #[schema(required = true)]
    pub handed_over: Ways,
}

/// When an agent wants no pop-ups and no mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Whether they are kept.
    pub enabled: bool,
    /// The wall time they begin at.
    pub from: WallTime,
    /// The wall time they end at; before `from`, it is the next day's.
    pub to: WallTime,
    /// The IANA name of the zone the wall hangs in.
    pub time_zone: String,
}

/// What an agent wants to be told, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationSettings {
    /// The ways of every kind.
    pub kinds: Kinds,
    /// When only the list is filled.
    pub quiet_hours: QuietHours,
}

/// An agent is told something; about that agent. The ticket is in the body, so that the ticket's
/// own timeline stays free of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NotificationCreated {
    /// Which notification.
    pub notification: NotificationId,
    /// What it tells of.
    pub kind: NotificationKind,
    /// The ticket it is about.
    pub ticket: TicketId,
    /// Whether it stands in the list.
    pub app: bool,
    /// Whether the browser is to show it now.
    pub browser: bool,
}

/// An agent read notifications; about that agent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NotificationsRead {
    /// All up to this one.
    pub up_to: Option<NotificationId>,
    /// These.
    pub ids: Vec<NotificationId>,
}

/// Quiet hours as the journal keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuietHoursKept {
    /// Whether they are kept.
    pub enabled: bool,
    /// Minutes after midnight.
    pub from: i64,
    /// Minutes after midnight.
    pub to: i64,
    /// The IANA name of the zone.
    pub time_zone: Encrypted<String>,
}

/// An agent changed what they want to be told; about that agent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NotificationSettingsChanged {
    /// The ways, when they changed.
    pub kinds: Option<Change<Kinds>>,
    /// The quiet hours, when they changed.
    pub quiet_hours: Option<Change<QuietHoursKept>>,
}

impl Record for NotificationCreated {
    const KIND: &'static str = "notification.created";
}

impl Record for NotificationsRead {
    const KIND: &'static str = "notification.read";
}

impl Record for NotificationSettingsChanged {
    const KIND: &'static str = "notification.settings_changed";
}

/// The journal records notifications write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<NotificationCreated>(),
    RecordType::of::<NotificationsRead>(),
    RecordType::of::<NotificationSettingsChanged>(),
];

/// One notice to one agent, before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whom.
    pub agent: AgentId,
    /// What of.
    pub kind: NotificationKind,
}
