//! Taking turns, resting, and deciding about an inbox's sending.

use super::rules::{self, Meaning};
use super::{Limits, Options, Pause, SendingChanged, SendingPaused, Turn, store};
use crate::inboxes::rules::Problems;
use crate::inboxes::{self, Access, Inbox};
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{DeliveryId, InboxId};
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

/// As if so many pauses had been, for a mail that hears an unclear answer again.
const REPEATED: i64 = 2;

/// The account on its server that an inbox sends by, as pauses know it: limits belong to accounts,
/// so inboxes that share one rest together.
pub fn account(kernel: &Kernel, access: &Access) -> [u8; 32] {
    let name = format!("{}:{}/{}", access.host, access.port, access.username);
    kernel.keys.hmac("mail.account", name.as_bytes())
}

/// What is known of an account's pauses.
///
/// # Errors
/// The database failed.
pub async fn pause(kernel: &Kernel, access: &Access) -> Result<Option<Pause>, DbError> {
    let account = account(kernel, access);
    let read = async move |tx: &mut Tx<'_>| store::pause(tx, &account).await;
    kernel.db.read(read).await
}

/// Gives a delivery its turn under the limits of its inbox; a turn once given stays.
///
/// # Errors
/// The database failed.
pub async fn turn(
    kernel: &Kernel,
    inbox: &Inbox,
    access: &Access,
    delivery: DeliveryId,
) -> Result<Turn, Refusal> {
    let (id, host, now) = (inbox.id, access.host.clone(), kernel.clock.now());
    let find = async move |tx: &mut Tx<'_>| -> Result<_, DbError> {
        let options = store::options(tx, id).await?;
        Ok((options, store::turn(tx, delivery).await?.0))
    };
    let (options, given) = kernel.db.read(find).await?;
    let limits = rules::limits(&options, &host);
    if limits == Limits::default() {
        return Ok(Turn::Now);
    }
    match given {
        Some(at) if at > now => return Ok(Turn::At(at)),
        // Its minute is paid for; whether the day has room is asked again below.
        Some(_) if limits.per_day.is_none() => return Ok(Turn::Now),
        _ => {}
    }
    let take = async move |tx: &mut Tx<'_>| -> Result<Turn, DbError> {
        let next_at = store::lock_pace(tx, id).await?;
        if let Some(per_day) = limits.per_day {
            let first = rules::hour_of(now).saturating_sub(rules::HOURS_COUNTED);
            let hours = store::hours(tx, id, first).await?;
            if let Some(at) = rules::room_at(per_day, &hours, now) {
                return Ok(Turn::At(at));
            }
        }
        let Some(per_minute) = limits.per_minute.filter(|_| given.is_none()) else {
            return Ok(Turn::Now);
        };
        let (at, next_at) = rules::pace(per_minute, next_at, now);
        store::set_pace(tx, id, next_at).await?;
        // Kept also when it is now: who comes back because the server is crowded has paid already.
        store::give_turn(tx, delivery, at).await?;
        Ok(if at <= now { Turn::Now } else { Turn::At(at) })
    };
    Ok(kernel.db.write(take).await?)
}

/// Counts a mail about to be handed over, in the transaction that claims it.
///
/// # Errors
/// The database failed.
pub async fn count(tx: &mut Tx<'_>, inbox: InboxId, now: Timestamp) -> Result<(), DbError> {
    let hour = rules::hour_of(now);
    let first = hour.saturating_sub(rules::HOURS_COUNTED);
    store::count_hour(tx, inbox, hour, first).await
}

/// Has an account rest after its server put a mail off; answers until when, or `None` when the
/// answer concerns this mail only. An unclear answer concerns the mail when others went through
/// since the server first gave it.
///
/// # Errors
/// The database or a key failed.
pub async fn rest(
    kernel: &Kernel,
    inbox: &Inbox,
    access: &Access,
    delivery: Option<DeliveryId>,
    reason: &str,
) -> Result<Option<Timestamp>, Refusal> {
    let meaning = rules::meaning(reason);
    if meaning == Meaning::ThisMail {
        return Ok(None);
    }
    let (account, now, inbox) = (account(kernel, access), kernel.clock.now(), inbox.id);
    let (keys, key) = (kernel.keys.clone(), kernel.keys.workspace().await?);
    let reason = reason.to_owned();
    let rest = async move |tx: &mut Tx<'_>| -> Result<Option<Timestamp>, Refusal> {
        let known = store::pause(tx, &account).await?;
        if let Some(delivery) = delivery {
            let before = store::turn(tx, delivery).await?.1;
            store::put_off(tx, delivery, now).await?;
            let worked = known.as_ref().and_then(|pause| pause.worked_at);
            let others_pass = before.is_some_and(|before| worked.is_some_and(|at| at >= before));
            if meaning != Meaning::Tomorrow && others_pass {
                return Ok(None);
            }
            // Told so again: it waits by itself, so that others can show whether the server works.
            if meaning == Meaning::Unclear && before.is_some() {
                return Ok(Some(now.plus(rules::rest(meaning, REPEATED))));
            }
        }
        // Several mails under way hear the same answer; that is one pause.
        if let Some(pause) = known.as_ref().filter(|pause| pause.until > now) {
            return Ok(Some(pause.until));
        }
        let pauses = known.map_or(0, |pause| pause.pauses);
        let until = now.plus(rules::rest(meaning, pauses));
        let reason = keys.encrypt(tx, key, &reason).await?;
        let next = (until, pauses.saturating_add(1));
        store::set_pause(tx, &account, next, reason).await?;
        let paused = SendingPaused { inbox, until };
        journal::append(tx, &Context::system(now), Subject::default(), &paused).await?;
        Ok(Some(until))
    };
    kernel.db.write(rest).await
}

/// Changes how an inbox sends.
///
/// # Errors
/// Missing permission, no such inbox, a stale version, a limit out of range.
pub async fn change(
    kernel: &Kernel,
    caller: &Caller,
    id: InboxId,
    wanted: Options,
) -> Result<(), Refusal> {
    caller.require(Permission::InboxManage)?;
    let mut problems = Problems::default();
    rules::check_limit("per_minute", wanted.per_minute, &mut problems);
    rules::check_limit("per_day", wanted.per_day, &mut problems);
    problems.refuse()?;
    let ctx = caller.context(kernel.clock.now());
    let write = async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        if !inboxes::store::lock(tx, id).await? {
            return Err(Refusal::NotFound { what: "inbox" });
        }
        let before = store::options(tx, id).await?;
        if before.version != wanted.version {
            return Err(Refusal::Stale { what: "inbox" });
        }
        if before == wanted {
            return Ok(());
        }
        store::put_options(tx, id, &wanted).await?;
        let record = SendingChanged {
            inbox: id,
            quote_history: Change {
                from: before.quote_history,
                to: wanted.quote_history,
            },
            per_minute: Change {
                from: before.per_minute,
                to: wanted.per_minute,
            },
            per_day: Change {
                from: before.per_day,
                to: wanted.per_day,
            },
        };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        Ok(())
    };
    kernel.db.write(write).await
}
