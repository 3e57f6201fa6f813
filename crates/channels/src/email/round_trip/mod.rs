//! The test mail: an inbox writes to its own address, and we see whether and when it comes back.
//!
//! Invariants: one test of an inbox is under way at a time; its mail is handed over at most once
//! (`claimed_at` is durable before the text leaves); what comes back is known by a signed token
//! that counts once, becomes no ticket and is answered by nobody. Everything else that claims to be
//! a test is mail like any other, so nothing can be made to vanish.

pub mod commands;
pub mod http;
pub mod rules;
mod send;
pub mod store;
pub mod token;

use crate::Channels;
use futures_util::future::BoxFuture;
use kernel::ids::{InboxId, MailTestId};
use kernel::jobs::{Job, JobError, JobHandler, Outcome};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// The kind of the job that hands a test mail over and waits for it.
pub const MAIL_TEST: &str = "mail.test";

/// How long a test mail may be on its way before it counts as lost; it is still known later.
pub const PATIENCE: Duration = Duration::from_secs(120);

words! {
    /// How far a test is.
    MailTestState {
        /// It is being sent, or on its way.
        Running = "running",
        /// It came back.
        Returned = "returned",
        /// It left and has not come back in time.
        Lost = "lost",
        /// It could not be sent.
        Failed = "failed",
    }
}

/// A test as it is stored.
#[derive(Clone, Debug)]
pub struct MailTest {
    /// Its id.
    pub id: MailTestId,
    /// The inbox that tests itself.
    pub inbox: InboxId,
    /// The address it wrote to.
    pub address: String,
    /// How far it is.
    pub state: MailTestState,
    /// When somebody asked for it.
    pub started_at: Timestamp,
    /// When the hand-over began.
    pub claimed_at: Option<Timestamp>,
    /// When the server took it; `None` when that is not known.
    pub handed_at: Option<Timestamp>,
    /// When it was back.
    pub returned_at: Option<Timestamp>,
    /// What is wrong.
    pub problem: Option<Encrypted<String>>,
    /// What helps.
    pub mend: Option<String>,
}

impl MailTest {
    /// How long it was on its way, once it is back.
    pub fn took(&self) -> Option<Duration> {
        let left = self.handed_at.or(self.claimed_at)?;
        self.returned_at.map(|back| back.since(left))
    }
}

/// Somebody has an inbox test itself.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailTestStarted {
    /// The test.
    pub test: MailTestId,
    /// The inbox.
    pub inbox: InboxId,
}

/// A test came to an end, or its mail came back after all.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailTestEnded {
    /// The test.
    pub test: MailTestId,
    /// The inbox.
    pub inbox: InboxId,
    /// How.
    pub state: MailTestState,
}

impl Record for MailTestStarted {
    const KIND: &'static str = "inbox.test_started";
}
impl Record for MailTestEnded {
    const KIND: &'static str = "inbox.test_ended";
}

/// The journal records of tests.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<MailTestStarted>(),
    RecordType::of::<MailTestEnded>(),
];

/// The payload of [`MAIL_TEST`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// The test.
    pub(crate) test: MailTestId,
}

/// Hands test mails over and notices those that stay away.
pub struct Testing {
    /// The room.
    pub channels: Channels,
}

impl JobHandler for Testing {
    fn kind(&self) -> &'static str {
        MAIL_TEST
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let payload: Payload = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            send::advance(&self.channels, payload.test)
                .await
                .map_err(JobError::retry)
        })
    }
}
