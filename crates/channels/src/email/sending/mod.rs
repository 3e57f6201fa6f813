//! How an inbox sends: the limits of its provider, the pauses a server asked for, quoted history.
//!
//! A limit never fails a message: it waits, visibly, until its turn. Turns are durable, so that
//! several nodes and a restart keep to the same pace.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use kernel::ids::InboxId;
use kernel::journal::{Change, Record, RecordType};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an administrator decided about an inbox's sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether replies carry the mail they answer, unless their author says otherwise.
    pub quote_history: bool,
    /// Most mails a minute; `None`: as the provider is known to allow.
    pub per_minute: Option<i64>,
    /// Most mails in 24 hours; `None`: as the provider is known to allow.
    pub per_day: Option<i64>,
    /// Counts changes; 0 before the first.
    pub version: i64,
}

/// How much an inbox may send; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Mails in any 60 seconds.
    pub per_minute: Option<i64>,
    /// Mails in any 24 hours.
    pub per_day: Option<i64>,
}

/// When a delivery may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// At once.
    Now,
    /// At this time, because of a limit.
    At(Timestamp),
}

/// The pause of an account on a server.
#[derive(Clone, Debug)]
pub struct Pause {
    /// Until when nothing is handed over.
    pub until: Timestamp,
    /// Pauses in a row; the next one is longer.
    pub pauses: i64,
    /// When a mail last went through.
    pub worked_at: Option<Timestamp>,
    /// What the server said.
    pub reason: Option<kernel::keys::Encrypted<String>>,
}

/// The way an inbox sends changed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SendingChanged {
    /// The inbox.
    pub inbox: InboxId,
    /// Whether replies carry what they answer.
    pub quote_history: Change<bool>,
    /// Most mails a minute.
    pub per_minute: Change<Option<i64>>,
    /// Most mails in 24 hours.
    pub per_day: Change<Option<i64>>,
}

/// A server asked an inbox to slow down.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SendingPaused {
    /// The inbox whose mail was put off.
    pub inbox: InboxId,
    /// Until when nothing is handed over.
    pub until: Timestamp,
}

impl Record for SendingChanged {
    const KIND: &'static str = "inbox.sending_changed";
}
impl Record for SendingPaused {
    const KIND: &'static str = "inbox.sending_paused";
}

/// The journal records of sending.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<SendingChanged>(),
    RecordType::of::<SendingPaused>(),
];
