//! One delivery from queued to settled.

use super::letter::{self, Letterhead, Signature};
use super::{store, wait};
use crate::Channels;
use crate::email::addresses::Mailbox;
use crate::email::compose::{self, ComposeProblem};
use crate::email::dkim;
use crate::email::mailbox::FetchProblem;
use crate::email::oauth::sign_in;
use crate::email::reports;
use crate::email::sending;
use crate::email::smtp::Handover;
use crate::email::{tokens, trust};
use crate::inboxes::{self, Access, Direction, Inbox};
use desk::messages::deliveries::commands::{advance, load};
use desk::messages::deliveries::outgoing::outgoing;
use desk::messages::deliveries::{DeliveryState, Loaded, Outgoing};
use kernel::db::Tx;
use kernel::ids::{DeliveryId, InboxId};
use kernel::jobs::Outcome;
use kernel::journal::{Actor, Context};
use kernel::refusal::Refusal;
use std::time::Duration;

/// After this long a delivery the server keeps putting off is given up (RFC 5321 says 4 to 5 days;
/// customers should hear sooner).
const GIVE_UP: Duration = Duration::from_secs(3 * 24 * 3600);
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const PAUSE_MAX: Duration = Duration::from_secs(30 * 60);
/// How long a delivery waits when others fill every conversation with its server.
const CROWDED: Duration = Duration::from_secs(1);
/// How often a delivery of an inbox that is switched off is looked at again.
const SWITCHED_OFF: Duration = Duration::from_secs(5 * 60);

/// Makes one attempt at a delivery.
///
/// # Errors
/// Something of ours broke; the job is tried again.
pub(super) async fn deliver(channels: &Channels, id: DeliveryId) -> Result<Outcome, Refusal> {
    let Some(delivery) = loaded(channels, id).await? else {
        return Ok(Outcome::Done);
    };
    match delivery.state {
        DeliveryState::Queued => {}
        DeliveryState::Claimed => {
            let reason = "Evenkeel was interrupted while it handed this mail over. \
                It may or may not have arrived.";
            return settle(channels, id, DeliveryState::Uncertain, Some(reason)).await;
        }
        DeliveryState::Accepted | DeliveryState::Refused | DeliveryState::Uncertain => {
            return Ok(Outcome::Done);
        }
    }
    if let Some(waits) = wait::wait(channels, &delivery).await? {
        return Ok(waits);
    }
    if channels.pool.is_crowded() {
        let now = channels.desk.kernel.clock.now();
        return Ok(Outcome::Again(now.plus(CROWDED)));
    }
    match prepare(channels, &delivery).await? {
        Prepared::Refused(reason) => {
            settle(channels, id, DeliveryState::Refused, Some(&reason)).await
        }
        Prepared::Waiting => Ok(Outcome::Again(
            channels.desk.kernel.clock.now().plus(SWITCHED_OFF),
        )),
        Prepared::Practice(letter) => practise(channels, id, *letter).await,
        Prepared::Ready(letter, access) => hand_over(channels, id, *letter, &access).await,
    }
}

/// A composed mail with its envelope.
struct Letter {
    inbox: Inbox,
    from: lettre::Address,
    to: lettre::Address,
    raw: Vec<u8>,
}

enum Prepared {
    /// It can never be sent, for this reason.
    Refused(String),
    /// Its inbox is switched off.
    Waiting,
    /// It goes to the practice outbox.
    Practice(Box<Letter>),
    /// It goes to a server.
    Ready(Box<Letter>, Access),
}

async fn loaded(channels: &Channels, id: DeliveryId) -> Result<Option<Loaded>, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| load(&kernel, tx, id).await)
        .await
}

async fn prepare(channels: &Channels, delivery: &Loaded) -> Result<Prepared, Refusal> {
    let refused = |reason: &str| Ok(Prepared::Refused(reason.to_owned()));
    let Some(recipient) = &delivery.recipient else {
        return refused("The recipient was erased.");
    };
    let recipient = Mailbox::new(&recipient.name, &recipient.email);
    if let Some(reason) = reports::paused(&channels.desk.kernel, &recipient.address).await? {
        return refused(reason);
    }
    let Some(inbox) = inbox_of(channels, delivery).await? else {
        return refused("The ticket has no inbox to send from. Choose one and try again.");
    };
    if !inbox.enabled {
        return Ok(Prepared::Waiting);
    }
    let Some(message) = content(channels, delivery.id).await? else {
        return refused("The message is gone.");
    };
    let letter = match compose_for(channels, inbox, delivery, message, &recipient).await? {
        Ok(letter) => Box::new(letter),
        Err(problem) => return refused(&problem.to_string()),
    };
    if letter.inbox.practice {
        return Ok(Prepared::Practice(letter));
    }
    match letter.inbox.smtp.clone() {
        Some(access) => Ok(Prepared::Ready(letter, access)),
        None => Ok(Prepared::Refused(format!(
            "The inbox {} has no server for sending. Enter its SMTP server and try again.",
            letter.inbox.name
        ))),
    }
}

pub(super) async fn inbox_of(
    channels: &Channels,
    delivery: &Loaded,
) -> Result<Option<Inbox>, Refusal> {
    let Some(id) = delivery.inbox else {
        return Ok(None);
    };
    let db = &channels.desk.kernel.db;
    Ok(db
        .read(async move |tx: &mut Tx<'_>| inboxes::store::find(tx, id).await)
        .await?)
}

async fn content(channels: &Channels, id: DeliveryId) -> Result<Option<Outgoing>, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| outgoing(&kernel, tx, id).await)
        .await
}

async fn compose_for(
    channels: &Channels,
    inbox: Inbox,
    delivery: &Loaded,
    mut message: Outgoing,
    recipient: &Mailbox,
) -> Result<Result<Letter, ComposeProblem>, Refusal> {
    let kernel = &channels.desk.kernel;
    let mut files = Vec::new();
    for file in std::mem::take(&mut message.files) {
        // A file that was erased meanwhile leaves the mail without it.
        if let Some(bytes) = kernel.blobs.read(file.blob).await? {
            files.push((file, bytes));
        }
    }
    let (signatures, options) = frame(channels, &inbox, message.author).await?;
    let sender = inbox.clone();
    let read = async move |tx: &mut Tx<'_>| trust::commands::of_inbox(tx, &sender).await;
    let trust = kernel.db.read(read).await?;
    let head = Letterhead {
        from: Mailbox::new(inbox.shown_name(), &inbox.address),
        token: &tokens::make(&kernel.keys, delivery.ticket, &recipient.address),
        plus_addressing: trust.plus_addressing,
        signatures: &signatures,
        quote_history: options.quote_history,
    };
    let mail = letter::letter(&head, message, files, recipient);
    let composed = compose::address(&inbox.address).and_then(|from| {
        let to = compose::address(&recipient.address)?;
        let raw = compose::compose(&mail)?;
        Ok(Letter {
            inbox,
            from,
            to,
            raw,
        })
    });
    match composed {
        Ok(mut letter) if !letter.inbox.practice => {
            letter.raw = dkim::commands::signed(kernel, &letter.inbox.address, letter.raw).await?;
            Ok(Ok(letter))
        }
        composed => Ok(composed),
    }
}

/// What stands around a message: the author's own signature, the inbox's, and how the inbox sends.
async fn frame(
    channels: &Channels,
    inbox: &Inbox,
    author: Actor,
) -> Result<(Vec<Signature>, sending::Options), Refusal> {
    let kernel = &channels.desk.kernel;
    let (keys, sealed, id) = (kernel.keys.clone(), inbox.signature.clone(), inbox.id);
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let mut htmls = Vec::new();
        if let Actor::Agent(agent) = author {
            let preferences = identity::preferences::store::find(tx, &keys, agent).await?;
            htmls.push(preferences.signature_html);
        }
        htmls.push(keys.decrypt(tx, &sealed).await?.unwrap_or_default());
        Ok((htmls, sending::store::options(tx, id).await?))
    };
    let (htmls, options) = kernel.db.read(read).await?;
    let signatures = htmls.iter().map(|html| {
        let clean = desk::html::sanitise(html);
        Signature {
            html: clean.html,
            text: clean.text,
        }
    });
    Ok((signatures.collect(), options))
}

async fn hand_over(
    channels: &Channels,
    id: DeliveryId,
    letter: Letter,
    access: &Access,
) -> Result<Outcome, Refusal> {
    let kernel = &channels.desk.kernel;
    let (place, mut session) = match sign_in::pooled_smtp(channels, access).await {
        Ok(None) => return Ok(Outcome::Again(kernel.clock.now().plus(CROWDED))),
        Ok(Some(pooled)) => pooled,
        Err(FetchProblem::Ours(broken)) => return Err(broken),
        Err(FetchProblem::Server(problem)) => {
            let reason = problem.message.clone();
            let inbox = letter.inbox.id;
            inboxes::note_health(kernel, inbox, Direction::Sending, Some(problem)).await?;
            let from = DeliveryState::Queued;
            return wait::put_back(channels, id, (&letter.inbox, access), from, &reason).await;
        }
    };
    if !claim(channels, id, letter.inbox.id).await? {
        channels
            .pool
            .give_back(place, session, kernel.clock.now())
            .await;
        return Ok(Outcome::Done);
    }
    let handover = session
        .hand_over(&letter.from, &letter.to, &letter.raw)
        .await;
    let outcome = match &handover {
        Handover::Accepted => {
            // What is known is kept first: nothing else may make an accepted mail uncertain.
            let settled = settle(channels, id, DeliveryState::Accepted, None).await;
            if let Err(problem) = wait::worked(channels, access).await {
                tracing::warn!(%problem, "that a server works again can't be noted");
            }
            settled
        }
        // Some providers say for good what passes by tomorrow.
        Handover::Refused(reason) if wait::means_limit(reason) => {
            let inbox = (&letter.inbox, access);
            wait::put_back(channels, id, inbox, DeliveryState::Claimed, reason).await
        }
        Handover::Refused(reason) => {
            let outcome = settle(channels, id, DeliveryState::Refused, Some(reason)).await?;
            reports::refused_at_the_door(channels, id, letter.to.as_ref(), reason).await?;
            Ok(outcome)
        }
        Handover::Uncertain(reason) => {
            settle(channels, id, DeliveryState::Uncertain, Some(reason)).await
        }
        Handover::Later(reason) => {
            let inbox = (&letter.inbox, access);
            wait::put_back(channels, id, inbox, DeliveryState::Claimed, reason).await
        }
    };
    match handover {
        Handover::Accepted | Handover::Refused(_) => {
            let now = kernel.clock.now();
            channels.pool.give_back(place, session, now).await;
        }
        // Whatever was put off or broke off begins anew.
        Handover::Later(_) | Handover::Uncertain(_) => session.close().await,
    }
    inboxes::note_health(kernel, letter.inbox.id, Direction::Sending, None).await?;
    outcome
}

/// Claims the delivery, durably, and counts it; `false` when it is not queued any more.
async fn claim(channels: &Channels, id: DeliveryId, inbox: InboxId) -> Result<bool, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let (db, ctx) = (kernel.db.clone(), Context::system(kernel.clock.now()));
    db.write(async move |tx: &mut Tx<'_>| {
        if !advance(&kernel, tx, &ctx, id, DeliveryState::Claimed, None).await? {
            return Ok(false);
        }
        sending::commands::count(tx, inbox, ctx.at).await?;
        Ok(true)
    })
    .await
}

async fn settle(
    channels: &Channels,
    id: DeliveryId,
    state: DeliveryState,
    reason: Option<&str>,
) -> Result<Outcome, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let (db, ctx) = (kernel.db.clone(), Context::system(kernel.clock.now()));
    let reason = reason.map(str::to_owned);
    db.write(async move |tx: &mut Tx<'_>| {
        advance(&kernel, tx, &ctx, id, state, reason.as_deref()).await?;
        store::forget(tx, id).await?;
        sending::store::forget_turn(tx, id).await?;
        Ok(Outcome::Done)
    })
    .await
}

/// Puts a delivery off that nobody took: it is queued again, or refused when it waited too long.
pub(super) async fn put_off(
    channels: &Channels,
    id: DeliveryId,
    from: DeliveryState,
    reason: &str,
) -> Result<Outcome, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let (db, now) = (kernel.db.clone(), kernel.clock.now());
    let (ctx, reason) = (Context::system(now), reason.to_owned());
    db.write(async move |tx: &mut Tx<'_>| {
        let (attempts, first_at) = store::count(tx, id, now).await?;
        if now.since(first_at) >= GIVE_UP {
            let reason = format!("Given up after three days. The last answer was: {reason}");
            advance(&kernel, tx, &ctx, id, DeliveryState::Refused, Some(&reason)).await?;
            store::forget(tx, id).await?;
            sending::store::forget_turn(tx, id).await?;
            return Ok(Outcome::Done);
        }
        if from == DeliveryState::Claimed {
            advance(&kernel, tx, &ctx, id, DeliveryState::Queued, Some(&reason)).await?;
        }
        Ok(Outcome::Again(now.plus(pause_after(attempts))))
    })
    .await
}

fn pause_after(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1))
        .unwrap_or_default()
        .min(10);
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(PAUSE_MAX)
}

/// Delivers into the practice outbox: the mail and its outcome in one transaction.
async fn practise(channels: &Channels, id: DeliveryId, letter: Letter) -> Result<Outcome, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let (db, ctx) = (kernel.db.clone(), Context::system(kernel.clock.now()));
    let key = kernel.keys.workspace().await?;
    db.write(async move |tx: &mut Tx<'_>| {
        if advance(&kernel, tx, &ctx, id, DeliveryState::Claimed, None).await? {
            let raw = kernel.keys.encrypt_bytes(tx, key, &letter.raw).await?;
            let to = letter.to.to_string();
            crate::practice::store::insert(tx, Some(id), &to, raw, ctx.at).await?;
            advance(&kernel, tx, &ctx, id, DeliveryState::Accepted, None).await?;
        }
        Ok(Outcome::Done)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_an_hour() {
        let pauses: Vec<u64> = (1..=9).map(|n| pause_after(n).as_secs()).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]);
    }
}
