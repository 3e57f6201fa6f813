//! Deliveries: handing each recipient of a reply their copy, once.
//!
//! Everything that can be repeated freely comes first: waiting for a turn, composing, and a
//! conversation that works, new or one that rested. Then the delivery is claimed, durably; then
//! MAIL, RCPT and DATA are spoken once. Whoever finds a delivery claimed, found a hand-over that
//! was interrupted: nobody knows whether the server took the mail, so it becomes uncertain and
//! waits for a person.

mod commands;
mod letter;
mod notice;
pub mod pool;
pub mod quote;
mod store;
mod wait;

use crate::Channels;
use desk::messages::deliveries::{MAIL_DELIVER, MailDeliver};
use desk::notifications::NOTIFY_MAIL;
use desk::notifications::mail::NotifyMail;
use futures_util::future::BoxFuture;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};
use std::time::Duration;

const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// Ends conversations that rested too long. Never returns.
pub async fn sweep_sessions(channels: Channels) {
    let clock = &channels.desk.kernel.clock;
    loop {
        clock.sleep_until(clock.now().plus(SWEEP_EVERY)).await;
        channels.pool.sweep(clock.now()).await;
    }
}

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
