//! Handing one acknowledgement over, at most once.

use super::rules::{Confirmation, write};
use super::{Payload, TicketAcknowledged, store};
use crate::Channels;
use crate::email::addresses::Mailbox;
use crate::email::mailbox::FetchProblem;
use crate::email::oauth::sign_in;
use crate::email::smtp::Handover;
use crate::email::unsubscribe::{self, MailKind};
use crate::email::{compose, dkim, flood, sending, tokens};
use crate::inboxes::{self, Direction, Inbox};
use customers::MailAddress;
use desk::messages::message_ids;
use kernel::db::Tx;
use kernel::jobs::{JobError, Outcome};
use kernel::journal::{self, Context, Origin};
use kernel::refusal::Refusal;
use std::time::Duration;

/// How long it waits when others fill every conversation with its server.
const CROWDED: Duration = Duration::from_secs(1);

/// Everything that a hand-over needs.
struct Ready {
    inbox: Inbox,
    address: [u8; 32],
    to: String,
    raw: Vec<u8>,
}

/// Makes one attempt. What is not to be sent any more is done with.
pub(super) async fn send(channels: &Channels, job: Payload) -> Result<Outcome, JobError> {
    let Some(ready) = ready(channels, job).await.map_err(JobError::retry)? else {
        return Ok(Outcome::Done);
    };
    if ready.inbox.practice {
        practise(channels, job, ready)
            .await
            .map_err(JobError::retry)?;
        return Ok(Outcome::Done);
    }
    let Some(access) = &ready.inbox.smtp else {
        return Ok(Outcome::Done);
    };
    let kernel = &channels.desk.kernel;
    let from = compose::address(&ready.inbox.address).map_err(JobError::give_up)?;
    let to = compose::address(&ready.to).map_err(JobError::give_up)?;
    let pause = sending::commands::pause(kernel, access).await;
    let now = kernel.clock.now();
    if let Some(pause) = pause.map_err(JobError::retry)?.filter(|p| p.until > now) {
        return Ok(Outcome::Again(pause.until));
    }
    let raw = dkim::commands::signed(kernel, &ready.inbox.address, ready.raw)
        .await
        .map_err(JobError::retry)?;
    let (place, mut session) = match sign_in::pooled_smtp(channels, access).await {
        Ok(None) => return Ok(Outcome::Again(now.plus(CROWDED))),
        Ok(Some(pooled)) => pooled,
        Err(FetchProblem::Ours(broken)) => return Err(JobError::retry(broken)),
        Err(FetchProblem::Server(problem)) => {
            let reason = problem.message.clone();
            let (inbox, sending) = (ready.inbox.id, Direction::Sending);
            inboxes::note_health(kernel, inbox, sending, Some(problem))
                .await
                .map_err(JobError::retry)?;
            return Err(JobError::retry(reason));
        }
    };
    if hand(channels, job, ready.address)
        .await
        .map_err(JobError::retry)?
    {
        // Whatever becomes of it: a confirmation is not worth a second one. But a server that wants
        // a pause gets it, for replies count on its patience.
        if let Handover::Later(reason) = session.hand_over(&from, &to, &raw).await {
            sending::commands::rest(kernel, &ready.inbox, access, None, &reason)
                .await
                .map_err(JobError::retry)?;
        }
    }
    // One that broke is found out, and replaced, before its next mail.
    channels.pool.give_back(place, session, now).await;
    Ok(Outcome::Done)
}

/// The mail, unless a reason against it came up since it was planned.
async fn ready(channels: &Channels, job: Payload) -> Result<Option<Ready>, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let (db, at) = (kernel.db.clone(), kernel.clock.now());
    db.read(async move |tx: &mut Tx<'_>| {
        let Some(ticket) = desk::tickets::store::find(tx, job.ticket).await? else {
            return Ok(None);
        };
        let Some(inbox) = inboxes::store::find(tx, job.inbox).await? else {
            return Ok(None);
        };
        let identity = ticket.requester_identity;
        let person = customers::people::store::by_identity(tx, identity).await?;
        let Some(to) = person.and_then(|person| MailAddress::parse(&person.email)) else {
            return Ok(None);
        };
        let address = flood::sender(&kernel, to.as_str());
        let setting = store::find(tx, inbox.id).await?;
        let may = inbox.enabled
            && setting.enabled
            && store::is_open(tx, address, job.day, job.ticket).await?
            && !flood::is_over(tx, address, at).await?
            && customers::pauses::store::find(tx, &to).await?.is_none();
        if !may {
            return Ok(None);
        }
        let kind = MailKind::Acknowledgement;
        let Some(way_out) = unsubscribe::commands::offer(&kernel, tx, identity, kind).await? else {
            return Ok(None);
        };
        let first = message_ids::first_of_ticket(tx, ticket.id, 1).await?;
        let confirms = first.filter(|(_, _, ours)| !ours).map(|(id, _, _)| id);
        let mut mail = write(&Confirmation {
            from: Mailbox::new(inbox.shown_name(), &inbox.address),
            to: to.as_str(),
            token: &tokens::make(&kernel.keys, ticket.id, to.as_str()),
            confirms,
            language: setting.language,
            at: u64::try_from(at.micros() / 1_000_000).unwrap_or_default(),
        });
        mail.unsubscribe = Some(way_out);
        let Ok(raw) = compose::compose(&mail) else {
            return Ok(None);
        };
        let to = to.as_str().to_owned();
        Ok(Some(Ready {
            inbox,
            address,
            to,
            raw,
        }))
    })
    .await
}

/// Marks it handed over, durably, before the text leaves; `false` when it was already.
async fn hand(channels: &Channels, job: Payload, address: [u8; 32]) -> Result<bool, Refusal> {
    let kernel = &channels.desk.kernel;
    let at = kernel.clock.now();
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| mark(tx, job, address, at).await)
        .await
}

async fn mark(
    tx: &mut Tx<'_>,
    job: Payload,
    address: [u8; 32],
    at: kernel::time::Timestamp,
) -> Result<bool, Refusal> {
    if !store::hand(tx, address, job.day, job.ticket).await? {
        return Ok(false);
    }
    let Some(ticket) = desk::tickets::store::find(tx, job.ticket).await? else {
        return Ok(false);
    };
    let ctx = Context {
        origin: Origin::System,
        brand: ticket.brand,
        ..Context::system(at)
    };
    let subject = desk::tickets::commands::subject(&ticket);
    sending::commands::count(tx, job.inbox, at).await?;
    let record = TicketAcknowledged { inbox: job.inbox };
    journal::append(tx, &ctx, subject, &record).await?;
    Ok(true)
}

/// Puts it into the practice outbox.
async fn practise(channels: &Channels, job: Payload, ready: Ready) -> Result<(), Refusal> {
    let kernel = channels.desk.kernel.clone();
    let (db, at) = (kernel.db.clone(), kernel.clock.now());
    let key = kernel.keys.workspace().await?;
    db.write(async move |tx: &mut Tx<'_>| {
        if mark(tx, job, ready.address, at).await? {
            let raw = kernel.keys.encrypt_bytes(tx, key, &ready.raw).await?;
            crate::practice::store::insert(tx, None, &ready.to, raw, at).await?;
        }
        Ok(())
    })
    .await
}
