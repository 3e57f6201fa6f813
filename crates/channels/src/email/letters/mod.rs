//! Letters in fixed words that the desk sends by itself: surveys, and what is told about
//! abuse.
//!
//! Invariants: a letter is handed over at most once (its desk marks it durably before the text
//! leaves, and one that was interrupted is not repeated); only when the server said that it did not
//! take it is it tried again. Its Message-ID is the ticket's signed token at a host of its own, so
//! that it is known again when it comes back, and answers to it find their ticket.

mod abuse;
mod post;
mod survey;

use crate::Channels;
use desk::abuse::commands::letter::{ABUSE_MAIL, AbuseMail};
use desk::surveys::letter::{SURVEY_MAIL, SurveyMail};
use futures_util::future::BoxFuture;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};

/// Sends surveys.
pub struct Surveying {
    /// The room.
    pub channels: Channels,
}

impl JobHandler for Surveying {
    fn kind(&self) -> &'static str {
        SURVEY_MAIL
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let payload: SurveyMail =
                serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            survey::send(&self.channels, payload).await
        })
    }
}

/// Sends letters about abuse.
pub struct TellingOfAbuse {
    /// The room.
    pub channels: Channels,
}

impl JobHandler for TellingOfAbuse {
    fn kind(&self) -> &'static str {
        ABUSE_MAIL
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let payload: AbuseMail =
                serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            abuse::send(&self.channels, payload).await
        })
    }
}
