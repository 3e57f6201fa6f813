//! Handing one letter over.

use crate::Channels;
use crate::email::addresses::{Mailbox, without_detail};
use crate::email::compose::{self, Outgoing, Unsubscribe};
use crate::email::mailbox::FetchProblem;
use crate::email::oauth::sign_in;
use crate::email::smtp::Handover;
use crate::email::{dkim, sending, tokens};
use crate::inboxes::{self, Direction, Inbox};
use futures_util::future::BoxFuture;
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::jobs::{JobError, Outcome};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::time::Duration;

/// How long it waits when others fill every conversation with its server.
const CROWDED: Duration = Duration::from_secs(1);

/// A letter ready to be written.
pub(super) struct Letter {
    /// The inbox that it leaves by.
    pub inbox: Inbox,
    /// To whom; never with the name they gave.
    pub to: String,
    /// The ticket that answers go to.
    pub ticket: TicketId,
    /// The first label of its Message-ID's host: no two letters share one.
    pub label: String,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// How its reader says no to such letters.
    pub unsubscribe: Option<Unsubscribe>,
}

/// The steps that the desk takes around the hand-over of a letter.
pub(super) trait Steps: Clone + Send + Sync + 'static {
    /// Marks it before its text leaves; `false`: it must not leave any more.
    fn hand<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool, Refusal>>;

    /// It left, or may have left.
    fn handed<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<(), Refusal>>;

    /// The server did not take it.
    fn take_back<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<(), Refusal>>;
}

/// Makes one attempt.
pub(super) async fn post<S: Steps>(
    channels: &Channels,
    letter: Letter,
    steps: &S,
) -> Result<Outcome, JobError> {
    let kernel = &channels.desk.kernel;
    let raw = compose::compose(&write(channels, &letter)).map_err(JobError::give_up)?;
    if letter.inbox.practice {
        practise(channels, &letter, raw, steps)
            .await
            .map_err(JobError::retry)?;
        return Ok(Outcome::Done);
    }
    let Some(access) = &letter.inbox.smtp else {
        return Err(JobError::give_up("The inbox can't send."));
    };
    let from = compose::address(&letter.inbox.address).map_err(JobError::give_up)?;
    let to = compose::address(&letter.to).map_err(JobError::give_up)?;
    let pause = sending::commands::pause(kernel, access).await;
    let now = kernel.clock.now();
    if let Some(pause) = pause.map_err(JobError::retry)?.filter(|p| p.until > now) {
        return Ok(Outcome::Again(pause.until));
    }
    let raw = dkim::commands::signed(kernel, &letter.inbox.address, raw)
        .await
        .map_err(JobError::retry)?;
    let (place, mut session) = match sign_in::pooled_smtp(channels, access).await {
        Ok(None) => return Ok(Outcome::Again(now.plus(CROWDED))),
        Ok(Some(pooled)) => pooled,
        Err(FetchProblem::Ours(broken)) => return Err(JobError::retry(broken)),
        Err(FetchProblem::Server(problem)) => {
            let reason = problem.message.clone();
            let inbox = letter.inbox.id;
            inboxes::note_health(kernel, inbox, Direction::Sending, Some(problem))
                .await
                .map_err(JobError::retry)?;
            return Err(JobError::retry(reason));
        }
    };
    if !hand(channels, &letter, steps)
        .await
        .map_err(JobError::retry)?
    {
        channels.pool.give_back(place, session, now).await;
        return Ok(Outcome::Done);
    }
    let handover = session.hand_over(&from, &to, &raw).await;
    // One that broke is found out, and replaced, before its next mail.
    channels.pool.give_back(place, session, now).await;
    settle(channels, &handover, steps)
        .await
        .map_err(JobError::retry)?;
    match handover {
        Handover::Later(reason) => {
            sending::commands::rest(kernel, &letter.inbox, access, None, &reason)
                .await
                .map_err(JobError::retry)?;
            Err(JobError::retry(reason))
        }
        Handover::Refused(reason) => Err(JobError::give_up(reason)),
        Handover::Accepted | Handover::Uncertain(_) => Ok(Outcome::Done),
    }
}

fn write(channels: &Channels, letter: &Letter) -> Outgoing {
    let kernel = &channels.desk.kernel;
    let token = tokens::make(&kernel.keys, letter.ticket, &letter.to);
    let address = without_detail(&letter.inbox.address);
    let host = address
        .rsplit_once('@')
        .map_or("localhost", |(_, host)| host);
    let name = letter.inbox.shown_name();
    let reply_to = tokens::reply_address(&address, &token);
    Outgoing {
        from: Mailbox::new(name, &letter.inbox.address),
        reply_to: reply_to.map(|address| Mailbox::new(name, &address)),
        to: vec![Mailbox::new("", &letter.to)],
        subject: letter.subject.clone(),
        message_id: format!("{token}@{}.{host}", letter.label),
        text: letter.text.clone(),
        html: letter.html.clone(),
        at: u64::try_from(kernel.clock.now().micros() / 1_000_000).unwrap_or_default(),
        automatic: true,
        unsubscribe: letter.unsubscribe.clone(),
        ..Outgoing::default()
    }
}

async fn hand<S: Steps>(channels: &Channels, letter: &Letter, steps: &S) -> Result<bool, Refusal> {
    let kernel = &channels.desk.kernel;
    let (steps, inbox, at) = (steps.clone(), letter.inbox.id, kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let is_due = steps.hand(tx, at).await?;
            if is_due {
                sending::commands::count(tx, inbox, at).await?;
            }
            Ok::<_, Refusal>(is_due)
        })
        .await
}

async fn settle<S: Steps>(
    channels: &Channels,
    handover: &Handover,
    steps: &S,
) -> Result<(), Refusal> {
    let kernel = &channels.desk.kernel;
    let (steps, at) = (steps.clone(), kernel.clock.now());
    let is_back = matches!(handover, Handover::Later(_));
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if is_back {
                steps.take_back(tx).await
            } else {
                steps.handed(tx, at).await
            }
        })
        .await
}

/// Puts it into the practice outbox.
async fn practise<S: Steps>(
    channels: &Channels,
    letter: &Letter,
    raw: Vec<u8>,
    steps: &S,
) -> Result<(), Refusal> {
    let kernel = channels.desk.kernel.clone();
    let (db, at, to) = (kernel.db.clone(), kernel.clock.now(), letter.to.clone());
    let (key, steps) = (kernel.keys.workspace().await?, steps.clone());
    db.write(async move |tx: &mut Tx<'_>| {
        if steps.hand(tx, at).await? {
            let raw = kernel.keys.encrypt_bytes(tx, key, &raw).await?;
            crate::practice::store::insert(tx, None, &to, raw, at).await?;
            steps.handed(tx, at).await?;
        }
        Ok(())
    })
    .await
}
