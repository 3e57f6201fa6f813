//! What is known: about a ticket, about a customer, and about everybody who is limited.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::{Cursor, Page};
use kernel::ids::{AbuseStepId, AgentId, AppealId, CustomerId, InboxId, TeamId, TicketId};
use kernel::keys::Encrypted;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::texts;
use crate::abuse::{
    AbuseKind, AbusePurpose, AbuseStep, Appeal, AppealDecision, CareLanguage, Step, rules, store,
};
use crate::{surveys, tickets};

/// Rows of one page.
const PAGE: i64 = 50;

/// A mark as agents see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AbuseMark)]
pub struct ApiMark {
    /// The message.
    pub number: i64,
    /// What is abusive about it.
    pub kind: AbuseKind,
    /// What the agent added; empty when nothing or erased.
    pub note: String,
    /// Who marked it.
    pub by_agent_id: AgentId,
    /// When.
    pub at: Timestamp,
}

/// A step as agents see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AbuseStepTakenBefore)]
pub struct ApiStep {
    /// The number.
    pub id: AbuseStepId,
    /// Against whom.
    pub customer_id: CustomerId,
    /// Their name.
    pub customer_name: String,
    /// Which step.
    pub step: AbuseStep,
    /// Who took it.
    pub by_agent_id: AgentId,
    /// When.
    pub at: Timestamp,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// Whether it limits the customer now.
    pub in_force: bool,
    /// When it was lifted before its time.
    pub lifted_at: Option<Timestamp>,
    /// Why; empty when nothing was said or it was erased.
    pub reason: String,
    /// The only inbox that the customer may write to.
    pub inbox_id: Option<InboxId>,
    /// The queue that their mail goes to.
    pub team_id: Option<TeamId>,
    /// Whether their mail waits behind others.
    pub slow: bool,
    /// How many of their mails were kept and laid aside.
    pub aside_count: i64,
    /// The ticket that the last of them is on.
    pub last_ticket_id: Option<TicketId>,
    /// The appeal against it.
    pub appeal: Option<ApiAppeal>,
}

/// An appeal as leads see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AbuseAppeal)]
pub struct ApiAppeal {
    /// The number.
    pub id: AppealId,
    /// What the customer says; empty when erased.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// What it came to.
    pub decision: Option<AppealDecision>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Send it back with the decision.
    pub version: i64,
}

/// An appeal that waits, with what it is against.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaitingAppeal {
    /// The step, with its appeal.
    pub step: ApiStep,
    /// Whether the caller had a part in it, and so can't decide it.
    pub involved: bool,
}

/// Abuse on a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TicketAbuse {
    /// Its abusive messages.
    pub marks: Vec<ApiMark>,
    /// The steps that may be taken now, mild ones first.
    pub offered: Vec<AbuseStep>,
    /// The steps against its requester, newest first.
    pub steps: Vec<ApiStep>,
    /// A reply that warns, in the requester's language.
    pub warn_text: String,
    /// A reply that ends the contact, in the requester's language.
    pub end_text: String,
}

/// Abuse by a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerAbuse {
    /// How many of their messages were marked.
    pub marks: i64,
    /// The steps that may be taken now, mild ones first.
    pub offered: Vec<AbuseStep>,
    /// The steps against them, newest first.
    pub steps: Vec<ApiStep>,
}

/// Abuse on a ticket.
///
/// # Errors
/// Missing permission, no such ticket.
pub async fn of_ticket(
    kernel: &Kernel,
    caller: &Caller,
    id: TicketId,
) -> Result<TicketAbuse, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (kernel, at) = (kernel.clone(), kernel.clock.now());
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let ticket = tickets::store::find(tx, id).await?;
        let ticket = ticket.ok_or(Refusal::NotFound { what: "ticket" })?;
        let mut marks = Vec::new();
        for mark in store::marks(tx, id).await? {
            marks.push(ApiMark {
                number: mark.number,
                kind: mark.kind,
                note: opened(&kernel, tx, mark.note.as_ref()).await?,
                by_agent_id: mark.by,
                at: mark.at,
            });
        }
        let found = customers::people::store::find(tx, ticket.requester).await?;
        let theirs = found.and_then(|customer| customer.language);
        let language = surveys::rules::language(theirs.as_deref(), CareLanguage::En);
        let history = store::history(tx, ticket.requester).await?;
        Ok(TicketAbuse {
            marks,
            offered: rules::offered(&history, at),
            steps: steps(&kernel, tx, ticket.requester, at).await?,
            warn_text: texts::text(&kernel, tx, AbusePurpose::Warn, language).await?,
            end_text: texts::text(&kernel, tx, AbusePurpose::End, language).await?,
        })
    })
    .await
}

/// Abuse by a customer.
///
/// # Errors
/// Missing permission.
pub async fn of_customer(
    kernel: &Kernel,
    caller: &Caller,
    id: CustomerId,
) -> Result<CustomerAbuse, Refusal> {
    caller.require(Permission::CustomerRead)?;
    let (kernel, at) = (kernel.clone(), kernel.clock.now());
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let history = store::history(tx, id).await?;
        Ok(CustomerAbuse {
            marks: i64::try_from(history.marks.len()).unwrap_or(i64::MAX),
            offered: rules::offered(&history, at),
            steps: steps(&kernel, tx, id, at).await?,
        })
    })
    .await
}

/// Everybody who is limited now, newest first.
///
/// # Errors
/// Missing permission.
pub async fn in_force(
    kernel: &Kernel,
    caller: &Caller,
    cursor: Option<&str>,
) -> Result<Page<ApiStep>, Refusal> {
    caller.require(Permission::QueueLead)?;
    let before = place(cursor)?.unwrap_or(i64::MAX);
    let (kernel, at) = (kernel.clone(), kernel.clock.now());
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let mut found = store::in_force(tx, at, before, PAGE.saturating_add(1)).await?;
        let next = cut(&mut found, |step| step.id.0);
        let mut items = Vec::with_capacity(found.len());
        for step in &found {
            items.push(present(&kernel, tx, step, at).await?);
        }
        Ok(Page { items, next })
    })
    .await
}

/// The appeals that wait, oldest first.
///
/// # Errors
/// Missing permission.
pub async fn appeals(
    kernel: &Kernel,
    caller: &Caller,
    cursor: Option<&str>,
) -> Result<Page<WaitingAppeal>, Refusal> {
    caller.require(Permission::QueueLead)?;
    let after = place(cursor)?.unwrap_or(0);
    let (kernel, at, agent) = (kernel.clone(), kernel.clock.now(), caller.agent);
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let mut found = store::appeals(tx, after, PAGE.saturating_add(1)).await?;
        let next = cut(&mut found, |appeal| appeal.id.0);
        let mut items = Vec::with_capacity(found.len());
        for appeal in &found {
            let Some(step) = store::step(tx, appeal.step).await? else {
                continue;
            };
            let involved = step.by == agent || store::is_involved(tx, step.customer, agent).await?;
            items.push(WaitingAppeal {
                step: present(&kernel, tx, &step, at).await?,
                involved,
            });
        }
        Ok(Page { items, next })
    })
    .await
}

async fn steps(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    customer: CustomerId,
    at: Timestamp,
) -> Result<Vec<ApiStep>, Refusal> {
    let mut steps = Vec::new();
    for step in store::steps(tx, customer).await? {
        steps.push(present(kernel, tx, &step, at).await?);
    }
    Ok(steps)
}

async fn present(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    step: &Step,
    at: Timestamp,
) -> Result<ApiStep, Refusal> {
    let appeal = match store::appeal_of(tx, step.id).await? {
        Some(appeal) => Some(present_appeal(kernel, tx, &appeal).await?),
        None => None,
    };
    let name = customers::people::store::name(tx, step.customer).await?;
    Ok(ApiStep {
        id: step.id,
        customer_id: step.customer,
        customer_name: name.unwrap_or_default(),
        step: step.step,
        by_agent_id: step.by,
        at: step.at,
        ends_at: step.ends_at,
        in_force: step.is_in_force(at),
        lifted_at: step.lifted_at,
        reason: opened(kernel, tx, step.reason.as_ref()).await?,
        inbox_id: step.inbox,
        team_id: step.team,
        slow: step.slow,
        aside_count: step.aside_count,
        last_ticket_id: step.last_ticket,
        appeal,
    })
}

async fn present_appeal(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    appeal: &Appeal,
) -> Result<ApiAppeal, Refusal> {
    Ok(ApiAppeal {
        id: appeal.id,
        text: opened(kernel, tx, Some(&appeal.text)).await?,
        at: appeal.at,
        decision: appeal.decision,
        decided_at: appeal.decided_at,
        version: appeal.version,
    })
}

async fn opened(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    text: Option<&Encrypted<String>>,
) -> Result<String, Refusal> {
    Ok(match text {
        Some(text) => kernel.keys.decrypt(tx, text).await?.unwrap_or_default(),
        None => String::new(),
    })
}

fn place(cursor: Option<&str>) -> Result<Option<i64>, Refusal> {
    Ok(match cursor {
        Some(cursor) => Cursor::decode(cursor, 1)?.first().copied(),
        None => None,
    })
}

fn cut<T>(found: &mut Vec<T>, id: fn(&T) -> i64) -> Option<String> {
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > page;
    found.truncate(page);
    found
        .last()
        .filter(|_| more)
        .map(|last| Cursor::encode(&[id(last)]))
}
