//! One mailbox, followed: signed in to, fetched, waited at, and returned to when something breaks.

use super::fetch::{self, Round, Strikes};
use super::keeper::Keeper;
use super::{FetchProblem, JITTER_SECONDS, LEASE, LOOK_EVERY, lease_name, rules};
use crate::Channels;
use crate::email::imap::Wake;
use crate::inboxes::{self, Direction, Inbox, Look};
use kernel::leases;
use kernel::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// The pause after something of ours broke, and after the lease was lost.
const OURS_PAUSE: Duration = Duration::from_secs(15);
/// How often the folder is opened anew, for its UIDVALIDITY and UIDNEXT.
const REOPEN_EVERY: Duration = Duration::from_secs(600);

/// How it went lately.
#[derive(Default)]
struct Lately {
    failures: u32,
    strikes: Strikes,
}

pub(super) async fn follow(
    channels: Channels,
    keeper: Arc<Keeper>,
    inbox: Inbox,
    holder: String,
    begin: Timestamp,
) {
    let kernel = &channels.desk.kernel;
    let name = lease_name(inbox.id);
    let mut lately = Lately::default();
    kernel.clock.sleep_until(begin).await;
    loop {
        let pause = match leases::acquire(&kernel.db, &name, &holder, LEASE).await {
            Ok(Some(lease)) => {
                let keeping = keeper.keep(inbox.id, &lease);
                let round = Round {
                    channels: &channels,
                    keeper: &keeper,
                    inbox: &inbox,
                    lease: &lease,
                };
                let outcome = tokio::select! {
                    outcome = session(&round, &mut lately) => outcome,
                    () = keeping.lost() => Ok(()),
                };
                failed(&channels, &inbox, outcome, &mut lately).await
            }
            Ok(None) => LEASE / 2,
            Err(problem) => {
                tracing::warn!(%problem, inbox = %inbox.id, "no lease for the mailbox just now");
                LEASE / 2
            }
        };
        kernel
            .clock
            .sleep_until(kernel.clock.now().plus(pause))
            .await;
    }
}

/// Notes a failure for the administrator and answers how long to wait.
async fn failed(
    channels: &Channels,
    inbox: &Inbox,
    outcome: Result<(), FetchProblem>,
    lately: &mut Lately,
) -> Duration {
    lately.failures = lately.failures.saturating_add(1);
    let kernel = &channels.desk.kernel;
    let problem = match outcome {
        Ok(()) => return OURS_PAUSE,
        Err(FetchProblem::Ours(problem)) => {
            tracing::warn!(%problem, inbox = %inbox.id, "mail can't be stored just now");
            return OURS_PAUSE;
        }
        Err(FetchProblem::Server(problem)) => problem,
    };
    tracing::info!(inbox = %inbox.id, step = ?problem.step, "the mailbox can't be read");
    let pause = rules::pause(lately.failures, &problem, kernel.random.below(50));
    let noted = inboxes::note_health(kernel, inbox.id, Direction::Receiving, Some(problem)).await;
    if let Err(problem) = noted {
        tracing::warn!(%problem, inbox = %inbox.id, "the inbox's health can't be noted");
    }
    pause
}

/// One connection: fetches, waits for news, fetches again, until something breaks.
async fn session(round: &Round<'_>, lately: &mut Lately) -> Result<(), FetchProblem> {
    let Some(access) = &round.inbox.imap else {
        return Ok(());
    };
    let kernel = &round.channels.desk.kernel;
    let (mut mailbox, mut cursor) = round.open(access).await?;
    let mut opened_at = kernel.clock.now();
    let mut wake = Wake::TimeUp;
    loop {
        // The next look is due by when this one began, however long it takes.
        let began = kernel.clock.now();
        let found = round
            .fetch_new(&mut mailbox, &mut cursor, &mut lately.strikes)
            .await?;
        let now = kernel.clock.now();
        // The server says that mail came, and lists none behind the cursor: are the UIDs those of
        // before?
        let strange = wake == Wake::Arrived && found == 0;
        if strange || now.since(opened_at) >= REOPEN_EVERY {
            mailbox.reopen().await?;
            opened_at = now;
            wake = Wake::TimeUp;
            let again = fetch::begin(round, &mut mailbox).await?;
            if again != cursor {
                cursor = again;
                continue;
            }
        }
        lately.failures = 0;
        let look = Look::to_the_end(now);
        round.keeper.looked(kernel, round.inbox.id, look).await?;
        let early = Duration::from_secs(kernel.random.below(JITTER_SECONDS));
        let until = began.plus(LOOK_EVERY.saturating_sub(early));
        (mailbox, wake) = mailbox.wait(until).await?;
    }
}
