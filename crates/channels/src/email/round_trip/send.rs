//! Handing a test mail over, once, and waiting for it.

use super::commands::{deadline, give_up};
use super::rules::{self, Finding};
use super::{MailTest, MailTestState, store, token};
use crate::Channels;
use crate::email::mailbox::FetchProblem;
use crate::email::oauth::sign_in;
use crate::email::smtp::{Handover, Session};
use crate::email::{compose, dkim, sending};
use crate::inboxes::{self, Access, Direction, Health, Inbox};
use kernel::db::{DbError, Tx};
use kernel::ids::{InboxId, MailTestId};
use kernel::jobs::Outcome;
use kernel::refusal::Refusal;
use std::time::Duration;

/// How long a test waits when others fill every conversation with its server.
const CROWDED: Duration = Duration::from_secs(1);

/// Takes a test one step on: hands its mail over, or notices that it stays away.
pub(super) async fn advance(channels: &Channels, id: MailTestId) -> Result<Outcome, Refusal> {
    let kernel = &channels.desk.kernel;
    let read = async move |tx: &mut Tx<'_>| -> Result<_, DbError> {
        let Some(test) = store::find(tx, id).await? else {
            return Ok(None);
        };
        let inbox = inboxes::store::find(tx, test.inbox).await?;
        Ok(Some((test, inbox)))
    };
    let Some((test, inbox)) = kernel.db.read(read).await? else {
        return Ok(Outcome::Done);
    };
    if test.state != MailTestState::Running {
        return Ok(Outcome::Done);
    }
    let Some(inbox) = inbox else {
        let finding = Finding::new("The inbox was deleted.", "Test another one.");
        return fail(channels, id, finding).await;
    };
    match test.claimed_at {
        // Whoever finds it claimed waits; it is never sent a second time.
        Some(claimed_at) if kernel.clock.now() < deadline(&test, claimed_at) => {
            Ok(Outcome::Again(deadline(&test, claimed_at)))
        }
        Some(_) => lose(channels, id, &inbox).await,
        None => send(channels, &test, &inbox).await,
    }
}

async fn fail(channels: &Channels, id: MailTestId, finding: Finding) -> Result<Outcome, Refusal> {
    give_up(&channels.desk.kernel, id, MailTestState::Failed, finding).await?;
    Ok(Outcome::Done)
}

async fn lose(channels: &Channels, id: MailTestId, inbox: &Inbox) -> Result<Outcome, Refusal> {
    let kernel = &channels.desk.kernel;
    let (keys, inbox_id) = (kernel.keys.clone(), inbox.id);
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let note = inboxes::store::health(tx, inbox_id, Direction::Receiving).await?;
        let Some(note) = note.filter(|note| note.state == Health::Failing) else {
            return Ok(None);
        };
        let problem = match &note.problem {
            Some(problem) => keys.decrypt(tx, problem).await?,
            None => None,
        };
        let mend = note.mend.unwrap_or_default();
        Ok(problem.map(|problem| Finding::new(problem, mend)))
    };
    let receiving = kernel.db.read(read).await?;
    let receiving = receiving.filter(|_| inbox.imap.is_some());
    give_up(
        kernel,
        id,
        MailTestState::Lost,
        rules::lost(inbox, receiving),
    )
    .await?;
    Ok(Outcome::Done)
}

async fn send(channels: &Channels, test: &MailTest, inbox: &Inbox) -> Result<Outcome, Refusal> {
    let kernel = &channels.desk.kernel;
    let now = kernel.clock.now();
    if let Some(finding) = rules::hindrance(inbox) {
        return fail(channels, test.id, finding).await;
    }
    let Some(access) = &inbox.smtp else {
        return Ok(Outcome::Done);
    };
    let pause = sending::commands::pause(kernel, access).await?;
    if pause.is_some_and(|pause| pause.until > now) {
        let problem = "The mail server asked us to slow down, so nothing is sent just now.";
        let mend = "Wait until mail leaves again; the inbox's page says when.";
        return fail(channels, test.id, Finding::new(problem, mend)).await;
    }
    let raw = match compose_for(channels, test, inbox) {
        Ok(raw) => raw,
        Err(problem) => {
            let mend = "Check the inbox's address and the sender's name.";
            return fail(channels, test.id, Finding::new(problem.to_string(), mend)).await;
        }
    };
    let raw = dkim::commands::signed(kernel, &inbox.address, raw).await?;
    hand_over(channels, test, (inbox, access), &raw).await
}

fn compose_for(
    channels: &Channels,
    test: &MailTest,
    inbox: &Inbox,
) -> Result<Vec<u8>, compose::ComposeProblem> {
    let kernel = &channels.desk.kernel;
    let at = u64::try_from(kernel.clock.now().micros() / 1_000_000).unwrap_or_default();
    let token = token::make(&kernel.keys, test.id);
    compose::compose(&rules::write(inbox, &token, &channels.hello(), at))
}

async fn hand_over(
    channels: &Channels,
    test: &MailTest,
    (inbox, access): (&Inbox, &Access),
    raw: &[u8],
) -> Result<Outcome, Refusal> {
    let kernel = &channels.desk.kernel;
    let address = match compose::address(&inbox.address) {
        Ok(address) => address,
        Err(problem) => {
            let finding = Finding::new(problem.to_string(), "Mend the inbox's address.");
            return fail(channels, test.id, finding).await;
        }
    };
    let (place, mut session) = match sign_in::pooled_smtp(channels, access).await {
        Ok(Some(pooled)) => pooled,
        Ok(None) => return Ok(Outcome::Again(kernel.clock.now().plus(CROWDED))),
        Err(FetchProblem::Ours(broken)) => return Err(broken),
        Err(FetchProblem::Server(problem)) => {
            let finding = Finding::new(problem.message.clone(), problem.mend.clone());
            let (id, sending) = (inbox.id, Direction::Sending);
            inboxes::note_health(kernel, id, sending, Some(problem)).await?;
            return fail(channels, test.id, finding).await;
        }
    };
    if !claim(channels, test.id, inbox.id).await? {
        let now = kernel.clock.now();
        channels.pool.give_back(place, session, now).await;
        return Ok(Outcome::Again(now));
    }
    let handover = session.hand_over(&address, &address, raw).await;
    let outcome = settle(channels, test.id, &handover).await;
    match handover {
        Handover::Accepted | Handover::Refused(_) => {
            let now = kernel.clock.now();
            channels.pool.give_back(place, session, now).await;
        }
        Handover::Later(_) | Handover::Uncertain(_) => Session::close(session).await,
    }
    inboxes::note_health(kernel, inbox.id, Direction::Sending, None).await?;
    outcome
}

/// Claims the hand-over, durably, and counts the mail.
async fn claim(channels: &Channels, id: MailTestId, inbox: InboxId) -> Result<bool, Refusal> {
    let kernel = &channels.desk.kernel;
    let now = kernel.clock.now();
    let claim = async move |tx: &mut Tx<'_>| -> Result<bool, DbError> {
        let claimed = store::claim(tx, id, now).await?;
        if claimed {
            sending::commands::count(tx, inbox, now).await?;
        }
        Ok(claimed)
    };
    Ok(kernel.db.write(claim).await?)
}

async fn settle(
    channels: &Channels,
    id: MailTestId,
    handover: &Handover,
) -> Result<Outcome, Refusal> {
    let kernel = &channels.desk.kernel;
    let now = kernel.clock.now();
    match handover {
        Handover::Accepted => {
            let note = async move |tx: &mut Tx<'_>| store::handed(tx, id, now).await;
            kernel.db.write::<_, DbError, _>(note).await?;
        }
        // It may have left: it is waited for as long as one that did.
        Handover::Uncertain(_) => {}
        Handover::Refused(reason) => {
            let problem = format!("The mail server refused the test mail: {reason}");
            let mend = "Ask your mail provider why, or check that the account may send as the \
                        inbox's address.";
            return fail(channels, id, Finding::new(problem, mend)).await;
        }
        Handover::Later(reason) => {
            let problem = format!("The mail server wants the test mail later: {reason}");
            let mend = "Try again in a few minutes. Replies are tried again by themselves.";
            return fail(channels, id, Finding::new(problem, mend)).await;
        }
    }
    Ok(Outcome::Again(now.plus(super::PATIENCE)))
}
