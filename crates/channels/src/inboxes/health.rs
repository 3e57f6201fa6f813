//! Keeping the health of an inbox: written when it changes, and at most once a minute otherwise.

use super::{Health, HealthNote, InboxHealthChanged, store};
use crate::email::server::ServerProblem;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::InboxId;
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::Refusal;
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
    let before = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| store::health(tx, inbox, direction).await)
        .await?;
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
            let from = before.map_or(Health::Off, |note| note.state);
            let to = if problem.is_none() {
                Health::Ok
            } else {
                Health::Failing
            };
            let text = match &problem {
                Some(problem) => Some(keys.encrypt(tx, key, &problem.message).await?),
                None => None,
            };
            let mend = problem.as_ref().map(|problem| problem.mend.clone());
            let note = HealthNote {
                state: to,
                problem: text,
                mend,
                checked_at: at,
            };
            store::note_health(tx, inbox, direction, &note).await?;
            if from != to {
                let record = InboxHealthChanged {
                    inbox,
                    direction,
                    health: Change { from, to },
                };
                journal::append(tx, &Context::system(at), Subject::default(), &record).await?;
            }
            Ok(())
        })
        .await
}
