//! Deliveries: handing each recipient of a reply their copy, once.
//!
//! Everything that can be repeated freely comes first: composing, connecting, signing in. Then the
//! delivery is claimed, durably; then MAIL, RCPT and DATA are spoken once. Whoever finds a
//! delivery claimed, found a hand-over that was interrupted: nobody knows whether the server took
//! the mail, so it becomes uncertain and waits for a person.

mod commands;
mod letter;
mod notice;
mod store;

use crate::Channels;
use desk::messages::deliveries::{MAIL_DELIVER, MailDeliver};
use desk::notifications::NOTIFY_MAIL;
use desk::notifications::mail::NotifyMail;
use futures_util::future::BoxFuture;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};

/// Hands deliveries over.
pub struct Delivering {
    /// The room.
    pub channels: Channels,
}

impl JobHandler for Delivering {
    fn kind(&self) -> &'static str {
        MAIL_DELIVER
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let payload: MailDeliver =
                serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            commands::deliver(&self.channels, payload.delivery)
                .await
                .map_err(JobError::retry)
        })
    }
}

/// Sends notification mails to agents.
pub struct Notifying {
    /// The room.
    pub channels: Channels,
}

impl JobHandler for Notifying {
    fn kind(&self) -> &'static str {
        NOTIFY_MAIL
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let payload: NotifyMail =
                serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            notice::send(&self.channels, payload).await
        })
    }
}
