//! Climbing the ladder, and stepping down.

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AbuseStepId, CustomerId, InboxId, TeamId, TicketId};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;

use crate::Desk;
use crate::abuse::{AbuseStep, AbuseStepLifted, AbuseStepTaken, Step, rules, store};
use crate::messages::commands::{Plan, reply};
use crate::messages::{self, MessageState};
use crate::tickets::commands::{change, open, subject};
use crate::tickets::{self, Status};

const SPEAK: &str = "abuse.speak";
const LIMIT: &str = "abuse.limit";
const NO_STEP: Refusal = Refusal::NotFound { what: "step" };

/// Warns the requester of a ticket, or ends the contact, by a reply; answers the step.
///
/// # Errors
/// Missing permission, too early, a ticket that can't be answered.
pub async fn speak(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    (step, text): (AbuseStep, String),
    once: IdempotencyKey,
) -> Result<AbuseStepId, Refusal> {
    caller.require(Permission::TicketReply)?;
    let status = match step {
        AbuseStep::Warn => Status::Pending,
        AbuseStep::End => Status::Solved,
        AbuseStep::Restrict | AbuseStep::Block => {
            let mend = "take warn or end";
            return Err(Refusal::invalid("step", "is not said by a reply", mend));
        }
    };
    let text = rules::text("text", &text)?;
    let body = crate::html::from_text(&text);
    let now = desk.kernel.clock.now();
    let release_at = messages::rules::release_at(now, None)?;
    let (ctx, agent, desk) = (caller.context(now), caller.agent, desk.clone());
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        if let Some(key) = &once.0
            && let Some(step) = idempotency::find(tx, agent, key, SPEAK).await?
        {
            return Ok(AbuseStepId(step));
        }
        let (mut ticket, ctx) = open(tx, &ctx, id).await?;
        messages::rules::may_answer(&ticket)?;
        let history = store::history(tx, ticket.requester).await?;
        rules::check_step(&history, step, ctx.at)?;
        let plan = Plan {
            state: MessageState::Scheduled,
            release_at,
            status_after: Some(status),
        };
        reply::schedule(&desk, tx, &ctx, &mut ticket, agent, &body, &[], plan).await?;
        tickets::store::save(tx, &ticket).await?;
        let taken = Step {
            id: AbuseStepId(0),
            customer: ticket.requester,
            ticket: Some(id),
            step,
            by: agent,
            at: ctx.at,
            ends_at: None,
            reason: None,
            inbox: None,
            team: None,
            slow: false,
            lifted_at: None,
            aside_count: 0,
            last_ticket: None,
            version: 1,
        };
        let taken = take(tx, &ctx, subject(&ticket), taken).await?;
        if let Some(key) = &once.0 {
            idempotency::remember(tx, agent, key, SPEAK, taken.0, ctx.at).await?;
        }
        Ok(taken)
    })
    .await
}

/// How a customer is limited.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Restrict or block.
    pub step: AbuseStep,
    /// For how long.
    pub days: i64,
    /// Why.
    pub reason: String,
    /// On which ticket it came to this.
    pub ticket: Option<TicketId>,
    /// The only inbox that they may write to.
    pub inbox: Option<InboxId>,
    /// The queue that their mail goes to.
    pub team: Option<TeamId>,
    /// Whether their mail waits behind others.
    pub slow: bool,
}

/// Restricts or blocks a customer for a time; answers the step. Of two leads at once, the second
/// is told.
///
/// # Errors
/// Missing permission, too early, a step of that kind is in force already.
pub async fn limit(
    desk: &Desk,
    caller: &Caller,
    customer: CustomerId,
    limit: Limit,
    once: IdempotencyKey,
) -> Result<AbuseStepId, Refusal> {
    caller.require(Permission::QueueLead)?;
    let now = desk.kernel.clock.now();
    let ends_at = rules::end(limit.step, limit.days, now)?;
    let reason = rules::text("reason", &limit.reason)?;
    let (ctx, agent, kernel) = (caller.context(now), caller.agent, desk.kernel.clone());
    let inboxes = desk.inboxes.clone();
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        if let Some(key) = &once.0
            && let Some(step) = idempotency::find(tx, agent, key, LIMIT).await?
        {
            return Ok(AbuseStepId(step));
        }
        const NOT_FOUND: Refusal = Refusal::NotFound { what: "customer" };
        if !customers::people::store::lock(tx, customer).await? {
            return Err(NOT_FOUND);
        }
        let person = customers::people::store::find(tx, customer).await?;
        let person = person.ok_or(NOT_FOUND)?;
        change::check_team(tx, limit.team).await?;
        if let Some(inbox) = limit.inbox
            && inboxes.find(tx, inbox).await?.is_none()
        {
            let mend = "take the id of an inbox";
            return Err(Refusal::invalid("inbox_id", "names no inbox", mend));
        }
        let history = store::history(tx, customer).await?;
        rules::check_step(&history, limit.step, ctx.at)?;
        let now_in_force = store::in_force_of(tx, customer, ctx.at).await?;
        if now_in_force.iter().any(|it| it.step == limit.step) {
            let detail = "It is in force already; lift it first to change it.";
            return Err(Refusal::conflict("in_force", detail));
        }
        let taken = Step {
            id: AbuseStepId(0),
            customer,
            ticket: limit.ticket,
            step: limit.step,
            by: agent,
            at: ctx.at,
            ends_at: Some(ends_at),
            reason: Some(kernel.keys.encrypt(tx, person.key, &reason).await?),
            inbox: limit.inbox,
            team: limit.team,
            slow: limit.slow,
            lifted_at: None,
            aside_count: 0,
            last_ticket: None,
            version: 1,
        };
        let about = Subject {
            ticket: limit.ticket,
            ..Subject::customer(customer)
        };
        let taken = take(tx, &ctx, about, taken).await?;
        if let Some(key) = &once.0 {
            idempotency::remember(tx, agent, key, LIMIT, taken.0, ctx.at).await?;
        }
        Ok(taken)
    })
    .await
}

async fn take(
    tx: &mut Tx<'_>,
    ctx: &Context,
    about: Subject,
    step: Step,
) -> Result<AbuseStepId, Refusal> {
    let id = store::insert_step(tx, &step).await?;
    let record = AbuseStepTaken {
        id,
        step: step.step,
        ends_at: step.ends_at,
        reason: step.reason,
    };
    journal::append(tx, ctx, about, &record).await?;
    Ok(id)
}

/// Ends a restriction or block before its time. Lifting what is lifted does nothing.
///
/// # Errors
/// Missing permission, no such step, no reason.
pub async fn lift(
    desk: &Desk,
    caller: &Caller,
    id: AbuseStepId,
    reason: &str,
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
        let step = store::lock_step(tx, id).await?.ok_or(NO_STEP)?;
        lift_locked(&kernel, tx, (&ctx, &caller), &step, &reason).await
    })
    .await
}

/// The same for a step that the caller has locked.
pub(super) async fn lift_locked(
    kernel: &kernel::Kernel,
    tx: &mut Tx<'_>,
    (ctx, caller): (&Context, &Caller),
    step: &Step,
    reason: &str,
) -> Result<(), Refusal> {
    // What is over by itself needs no lifting.
    if !step.is_in_force(ctx.at) || !store::lift(tx, step.id, ctx.at, caller.agent).await? {
        return Ok(());
    }
    let person = customers::people::store::find(tx, step.customer).await?;
    let key = person.ok_or(NO_STEP)?.key;
    let record = AbuseStepLifted {
        id: step.id,
        step: step.step,
        reason: kernel.keys.encrypt(tx, key, reason).await?,
    };
    let about = Subject {
        ticket: step.ticket,
        ..Subject::customer(step.customer)
    };
    journal::append(tx, ctx, about, &record).await?;
    Ok(())
}
