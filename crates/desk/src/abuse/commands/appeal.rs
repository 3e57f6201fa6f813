//! Objecting to a step, and deciding on it.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::AppealId;
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{letter, step};
use crate::Desk;
use crate::abuse::store::LetterKind;
use crate::abuse::{
    AbuseAppealDecided, AbuseAppealed, AppealDecision, CareLanguage, Step, rules, store,
};
use crate::surveys;

/// Opens the appeal against a step, once.
pub(super) async fn open(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    at: Timestamp,
    step: &Step,
    text: &str,
) -> Result<bool, Refusal> {
    let short: String = text.trim().chars().take(rules::TEXT_CHARS_MAX).collect();
    let person = customers::people::store::find(tx, step.customer).await?;
    let Some(person) = person.filter(|_| !short.is_empty()) else {
        return Ok(false);
    };
    let text = kernel.keys.encrypt(tx, person.key, &short).await?;
    let opened = store::appeal(tx, step.id, step.customer, &text, at).await?;
    let Some(appeal) = opened else {
        return Ok(false);
    };
    let record = AbuseAppealed {
        id: step.id,
        appeal,
    };
    let ctx = Context::customer(step.customer, at);
    journal::append(tx, &ctx, about(step), &record).await?;
    Ok(true)
}

fn about(step: &Step) -> Subject {
    Subject {
        ticket: step.last_ticket.or(step.ticket),
        ..Subject::customer(step.customer)
    }
}

/// What the page of an appeal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The link is none of ours.
    Unknown,
    /// The form, in a language.
    Open(CareLanguage),
    /// There is nothing to object to, or it was done.
    Over(CareLanguage),
}

/// What the page of a link shows.
///
/// # Errors
/// The database failed.
pub async fn shown(kernel: &Kernel, token: &str) -> Result<Shown, Refusal> {
    let Some(id) = rules::read_token(&kernel.keys, token) else {
        return Ok(Shown::Unknown);
    };
    let at = kernel.clock.now();
    let read = async move |tx: &mut Tx<'_>| {
        let Some(step) = store::step(tx, id).await? else {
            return Ok(Shown::Unknown);
        };
        let found = customers::people::store::find(tx, step.customer).await?;
        let theirs = found.and_then(|customer| customer.language);
        let language = surveys::rules::language(theirs.as_deref(), CareLanguage::En);
        let is_open = step.is_in_force(at) && store::appeal_of(tx, id).await?.is_none();
        Ok::<_, Refusal>(if is_open {
            Shown::Open(language)
        } else {
            Shown::Over(language)
        })
    };
    kernel.db.read(read).await
}

/// Takes an appeal from the page; `false` when there is nothing to object to.
///
/// # Errors
/// The database or a key failed.
pub async fn object(kernel: &Kernel, token: &str, text: &str) -> Result<bool, Refusal> {
    let Some(id) = rules::read_token(&kernel.keys, token) else {
        return Ok(false);
    };
    let (kernel, at, text) = (kernel.clone(), kernel.clock.now(), text.to_owned());
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        let found = store::lock_step(tx, id).await?;
        match found.filter(|step| step.is_in_force(at)) {
            Some(step) => open(&kernel, tx, at, &step, &text).await,
            None => Ok(false),
        }
    })
    .await
}

/// Decides an appeal. Whoever took the step or marked the customer's messages does not; of two who
/// decide at once, the second is told.
///
/// # Errors
/// Missing permission, involved, no reason, decided or changed meanwhile.
pub async fn decide(
    desk: &Desk,
    caller: &Caller,
    id: AppealId,
    version: i64,
    (decision, reason): (AppealDecision, &str),
) -> Result<(), Refusal> {
    caller.require(Permission::QueueLead)?;
    let reason = rules::text("reason", reason)?;
    let (ctx, caller, kernel) = (
        caller.context(desk.kernel.clock.now()),
        caller.clone(),
        desk.kernel.clone(),
    );
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        const NOT_FOUND: Refusal = Refusal::NotFound { what: "appeal" };
        let appeal = store::lock_appeal(tx, id).await?.ok_or(NOT_FOUND)?;
        let taken = store::lock_step(tx, appeal.step).await?.ok_or(NOT_FOUND)?;
        if taken.by == caller.agent || store::is_involved(tx, taken.customer, caller.agent).await? {
            let detail = "You had a part in this; somebody else has to decide it.";
            return Err(Refusal::conflict("involved", detail));
        }
        if appeal.version != version || appeal.decision.is_some() {
            return Err(Refusal::Stale { what: "appeal" });
        }
        let person = customers::people::store::find(tx, taken.customer).await?;
        let key = person.ok_or(NOT_FOUND)?.key;
        let sealed = kernel.keys.encrypt(tx, key, &reason).await?;
        let decided = (caller.agent, ctx.at);
        if !store::decide(tx, id, decision, decided, &sealed).await? {
            return Err(Refusal::Stale { what: "appeal" });
        }
        let record = AbuseAppealDecided {
            id: taken.id,
            appeal: id,
            decision,
            reason: sealed,
        };
        journal::append(tx, &ctx, about(&taken), &record).await?;
        if decision == AppealDecision::Lift {
            step::lift_locked(&kernel, tx, (&ctx, &caller), &taken, &reason).await?;
        }
        if let Some(ticket) = taken.last_ticket {
            letter::plan(tx, &ctx, (taken.id, ticket), LetterKind::Verdict).await?;
        }
        Ok(())
    })
    .await
}
