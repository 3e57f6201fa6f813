//! Keeping the health of an inbox: written when it changes, and at most once a minute otherwise.

use super::{Health, HealthNote, InboxHealthChanged, store};
use crate::email::server::ServerProblem;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::InboxId;
use kernel::journal::{self, Change, Context, Subject};
use kernel::keys::Encrypted;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// How old a note of good health may grow before it is written again.
const REFRESH: Duration = Duration::from_secs(60);

/// Which way mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Fetching by IMAP.
    Receiving,
    /// Handing over by SMTP.
    Sending,
}

impl Direction {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Direction::Receiving => "receiving",
            Direction::Sending => "sending",
        }
    }
}

/// What a look at a mailbox found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// Whether it came to the end, that is, nothing known is left to fetch.
    pub ended: bool,
    /// Mails that still wait on the server.
    pub waiting: i64,
    /// When the oldest of them arrived there.
    pub oldest_waiting_at: Option<Timestamp>,
}

impl Look {
    /// Everything was fetched.
    pub fn to_the_end(at: Timestamp) -> Look {
        Look {
            at,
            ended: true,
            waiting: 0,
            oldest_waiting_at: None,
        }
    }
}

/// Notes a look that went well. Only the first after a failure is more than a few figures.
///
/// # Errors
/// The database or a key failed.
pub async fn note_look(kernel: &Kernel, inbox: InboxId, look: Look) -> Result<(), Refusal> {
    let before = known(kernel, inbox, Direction::Receiving).await?;
    if before.is_none_or(|before| before.state != Health::Ok) {
        note(kernel, inbox, Direction::Receiving, None).await?;
    }
    let noting = kernel
        .db
        .write(async move |tx: &mut Tx<'_>| store::note_look(tx, inbox, &look).await);
    Ok(noting.await?)
}

async fn known(
    kernel: &Kernel,
    inbox: InboxId,
    direction: Direction,
) -> Result<Option<HealthNote>, Refusal> {
    let reading = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| store::health(tx, inbox, direction).await);
    Ok(reading.await?)
}

/// Notes that a direction worked (`None`) or failed.
///
/// # Errors
/// The database or a key failed.
pub async fn note(
    kernel: &Kernel,
    inbox: InboxId,
    direction: Direction,
    problem: Option<ServerProblem>,
) -> Result<(), Refusal> {
    let at = kernel.clock.now();
    let before = known(kernel, inbox, direction).await?;
    let fresh = before
        .as_ref()
        .is_some_and(|b| at.since(b.checked_at) < REFRESH);
    if problem.is_none() && fresh && before.is_some_and(|b| b.state == Health::Ok) {
        return Ok(());
    }
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            // Locked first, so that an inbox deleted meanwhile gets no note.
            if !store::lock(tx, inbox).await? {
                return Ok(());
            }
            let before = store::health(tx, inbox, direction).await?;
            let from = before.as_ref().map_or(Health::Off, |note| note.state);
            let text = match &problem {
                Some(problem) => Some(keys.encrypt(tx, key, &problem.message).await?),
                None => None,
            };
            let mut note = following(direction, before, at, text);
            if let Some(problem) = &problem {
                note.mend = Some(problem.mend.clone());
                note.step = Some(problem.step);
            }
            store::note_health(tx, inbox, direction, &note).await?;
            if from != note.state {
                let record = InboxHealthChanged {
                    inbox,
                    direction,
                    health: Change {
                        from,
                        to: note.state,
                    },
                };
                journal::append(tx, &Context::system(at), Subject::default(), &record).await?;
            }
            Ok(())
        })
        .await
}

/// The note after an attempt at `at` that failed by `problem`, or worked.
fn following(
    direction: Direction,
    before: Option<HealthNote>,
    at: Timestamp,
    problem: Option<Encrypted<String>>,
) -> HealthNote {
    let fails = problem.is_some();
    let failing_since = before.as_ref().and_then(|note| note.failing_since);
    HealthNote {
        state: if fails { Health::Failing } else { Health::Ok },
        problem,
        mend: None,
        step: None,
        checked_at: at,
        // Of a mailbox the look itself says when it came to the end.
        looked_at: if fails || direction == Direction::Receiving {
            before.as_ref().and_then(|note| note.looked_at)
        } else {
            Some(at)
        },
        failing_since: fails.then(|| failing_since.unwrap_or(at)),
        failures: if fails {
            before.as_ref().map_or(1, |note| note.failures + 1)
        } else {
            0
        },
        waiting: before.as_ref().map_or(0, |note| note.waiting),
        oldest_waiting_at: before.and_then(|note| note.oldest_waiting_at),
    }
}
