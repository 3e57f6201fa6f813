//! "We got your message": an automatic confirmation, off until an inbox turns it on.
//!
//! Invariants: it shows nothing that its reader, or somebody in their name, wrote: fixed words, no
//! name, no subject, no quote, and only the Message-ID of what it answers in its headers; an
//! address gets at most one a day over all inboxes, and each is handed over at most once (`handed`
//! is durable before the text leaves, and a hand-over that was interrupted is not repeated);
//! programs, lists, senders over a limit and paused addresses get none.

pub(crate) mod commands;
pub mod http;
pub mod rules;
mod send;
pub(crate) mod store;

use crate::Channels;
use futures_util::future::BoxFuture;
use kernel::ids::{InboxId, TicketId};
use kernel::jobs::{Job, JobError, JobHandler, Outcome};
use kernel::journal::{Change, Record, RecordType};
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use commands::set;

/// The kind of the job that sends one.
pub const ACKNOWLEDGE: &str = "mail.acknowledge";

words! {
    /// The language that an inbox acknowledges in.
    AcknowledgementLanguage {
        /// English.
        En = "en",
        /// German.
        De = "de",
        /// Spanish.
        Es = "es",
        /// Arabic.
        Ar = "ar",
        /// French.
        Fr = "fr",
        /// Italian.
        It = "it",
        /// Portuguese.
        Pt = "pt",
        /// Dutch.
        Nl = "nl",
    }
}

/// Whether an inbox acknowledges mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Acknowledgement {
    /// Whether it does.
    pub enabled: bool,
    /// In which language.
    pub language: AcknowledgementLanguage,
    /// Counts the changes; send it back when changing it.
    pub version: i64,
}

/// An inbox acknowledges mail from now on, or no longer, or in another language.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AcknowledgementChanged {
    /// The inbox.
    pub inbox: InboxId,
    /// Whether it does.
    pub enabled: Change<bool>,
    /// In which language.
    pub language: Change<AcknowledgementLanguage>,
}

impl Record for AcknowledgementChanged {
    const KIND: &'static str = "inbox.acknowledgement_changed";
}

/// A customer was told that their mail arrived.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketAcknowledged {
    /// By which inbox.
    pub inbox: InboxId,
}

impl Record for TicketAcknowledged {
    const KIND: &'static str = "ticket.acknowledged";
}

/// The journal records of acknowledgements.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<AcknowledgementChanged>(),
    RecordType::of::<TicketAcknowledged>(),
];

/// The payload of [`ACKNOWLEDGE`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// The ticket that the mail opened.
    pub(crate) ticket: TicketId,
    /// The inbox it came to.
    pub(crate) inbox: InboxId,
    /// The day that was claimed for it, since the epoch, UTC.
    pub(crate) day: i64,
}

/// Sends acknowledgements.
pub struct Acknowledging {
    /// The room.
    pub channels: Channels,
}

impl JobHandler for Acknowledging {
    fn kind(&self) -> &'static str {
        ACKNOWLEDGE
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let payload: Payload = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            send::send(&self.channels, payload).await
        })
    }
}
