//! The tables of abuse.

use kernel::db::{DbError, FromRow, Row, Tx, Value};
use kernel::ids::{AbuseStepId, AgentId, AppealId, CustomerId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::rules::History;
use super::{AbuseKind, AbusePurpose, Appeal, AppealDecision, CareLanguage, Mark, Step};

const MARK: &str = "INSERT INTO abuse_marks (ticket_id, number, customer_id, kind, note, by_agent, \
    at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (ticket_id, number) DO UPDATE \
    SET kind = excluded.kind, note = excluded.note";
const UNMARK: &str = "DELETE FROM abuse_marks WHERE ticket_id = $1 AND number = $2";
const MARKS: &str = "SELECT ticket_id, number, customer_id, kind, note, by_agent, at \
    FROM abuse_marks WHERE ticket_id = $1 ORDER BY number LIMIT 500";
const MARKS_OF_CUSTOMER: &str = "SELECT kind, at FROM abuse_marks WHERE customer_id = $1 \
    ORDER BY at DESC LIMIT 200";
const IS_INVOLVED: &str = "SELECT 1 FROM abuse_marks WHERE customer_id = $1 AND by_agent = $2 \
    LIMIT 1";
const IS_MARKED: &str = "SELECT 1 FROM abuse_marks WHERE customer_id = $1 LIMIT 1";
const IS_CASE: &str = "SELECT 1 WHERE EXISTS (SELECT 1 FROM abuse_marks WHERE ticket_id = $1) \
    OR EXISTS (SELECT 1 FROM abuse_steps WHERE customer_id = $2 AND lifted_at IS NULL \
        AND ends_at > $3)";
const FORGET: &str = "UPDATE abuse_marks SET note = NULL WHERE ticket_id = $1";
const INSERT_STEP: &str = "INSERT INTO abuse_steps (customer_id, ticket_id, step, by_agent, at, \
    ends_at, reason, inbox_id, team_id, slow, aside_count, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 1) RETURNING id";
const STEP: &str = "SELECT id, customer_id, ticket_id, step, by_agent, at, ends_at, reason, \
    inbox_id, team_id, slow, lifted_at, aside_count, last_ticket_id, version \
    FROM abuse_steps WHERE id = $1";
const STEPS: &str = "SELECT id, customer_id, ticket_id, step, by_agent, at, ends_at, reason, \
    inbox_id, team_id, slow, lifted_at, aside_count, last_ticket_id, version \
    FROM abuse_steps WHERE customer_id = $1 ORDER BY id DESC LIMIT 100";
const IN_FORCE_OF: &str = "SELECT id, customer_id, ticket_id, step, by_agent, at, ends_at, reason, \
    inbox_id, team_id, slow, lifted_at, aside_count, last_ticket_id, version FROM abuse_steps \
    WHERE customer_id = $1 AND lifted_at IS NULL AND ends_at > $2 ORDER BY id DESC LIMIT 10";
const IN_FORCE: &str = "SELECT id, customer_id, ticket_id, step, by_agent, at, ends_at, reason, \
    inbox_id, team_id, slow, lifted_at, aside_count, last_ticket_id, version FROM abuse_steps \
    WHERE ends_at IS NOT NULL AND lifted_at IS NULL AND ends_at > $1 AND id < $2 \
    ORDER BY id DESC LIMIT $3";
const LIFT: &str = "UPDATE abuse_steps SET lifted_at = $2, lifted_by = $3, version = version + 1 \
    WHERE id = $1 AND lifted_at IS NULL";
const LAY_ASIDE: &str = "UPDATE abuse_steps SET aside_count = aside_count + 1, \
    last_ticket_id = $2 WHERE id = $1";
const MET: &str = "UPDATE abuse_steps SET last_ticket_id = $2 WHERE id = $1";
const NOTICE: &str = "UPDATE abuse_steps SET notice_at = $2 WHERE id = $1 AND notice_at IS NULL";
const VERDICT: &str = "UPDATE abuse_steps SET verdict_at = $2 WHERE id = $1 AND verdict_at IS NULL";
const UNNOTICE: &str = "UPDATE abuse_steps SET notice_at = NULL WHERE id = $1";
const UNVERDICT: &str = "UPDATE abuse_steps SET verdict_at = NULL WHERE id = $1";
const APPEAL: &str = "INSERT INTO abuse_appeals (step_id, customer_id, text, at, version) \
    VALUES ($1, $2, $3, $4, 1) ON CONFLICT (step_id) DO NOTHING RETURNING id";
const APPEAL_OF: &str = "SELECT id, step_id, customer_id, text, at, decision, decided_at, version \
    FROM abuse_appeals WHERE step_id = $1";
const APPEAL_BY_ID: &str = "SELECT id, step_id, customer_id, text, at, decision, decided_at, \
    version FROM abuse_appeals WHERE id = $1";
const APPEALS: &str = "SELECT id, step_id, customer_id, text, at, decision, decided_at, version \
    FROM abuse_appeals WHERE decision IS NULL AND id > $1 ORDER BY id LIMIT $2";
const DECIDE: &str = "UPDATE abuse_appeals SET decision = $2, decided_by = $3, decided_at = $4, \
    reason = $5, version = version + 1 WHERE id = $1 AND decision IS NULL";
const TEXTS: &str = "SELECT purpose, language, text, version FROM abuse_texts";
const TEXT: &str = "SELECT text, version FROM abuse_texts WHERE purpose = $1 AND language = $2";
const SAVE_TEXT: &str = "INSERT INTO abuse_texts (purpose, language, text, version) \
    VALUES ($1, $2, $3, 1) ON CONFLICT (purpose, language) DO UPDATE \
    SET text = excluded.text, version = abuse_texts.version + 1 WHERE abuse_texts.version = $4";

impl FromRow for Mark {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            ticket: row.get(0)?,
            number: row.get(1)?,
            customer: row.get(2)?,
            kind: row.get(3)?,
            note: row.get(4)?,
            by: row.get(5)?,
            at: row.get(6)?,
        })
    }
}

impl FromRow for Step {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            customer: row.get(1)?,
            ticket: row.get(2)?,
            step: row.get(3)?,
            by: row.get(4)?,
            at: row.get(5)?,
            ends_at: row.get(6)?,
            reason: row.get(7)?,
            inbox: row.get(8)?,
            team: row.get(9)?,
            slow: row.get(10)?,
            lifted_at: row.get(11)?,
            aside_count: row.get(12)?,
            last_ticket: row.get(13)?,
            version: row.get(14)?,
        })
    }
}

impl FromRow for Appeal {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            step: row.get(1)?,
            customer: row.get(2)?,
            text: row.get(3)?,
            at: row.get(4)?,
            decision: row.get(5)?,
            decided_at: row.get(6)?,
            version: row.get(7)?,
        })
    }
}

/// Marks a message, or judges it anew.
pub async fn mark(tx: &mut Tx<'_>, mark: &Mark) -> Result<(), DbError> {
    let values = [
        mark.ticket.into(),
        mark.number.into(),
        mark.customer.into(),
        mark.kind.into(),
        mark.note.clone().into(),
        mark.by.into(),
        mark.at.into(),
    ];
    tx.execute(MARK, &values).await.map(drop)
}

/// Takes a mark away; `false` when there was none.
pub async fn unmark(tx: &mut Tx<'_>, ticket: TicketId, number: i64) -> Result<bool, DbError> {
    Ok(tx.execute(UNMARK, &[ticket.into(), number.into()]).await? > 0)
}

/// The marks of a ticket.
pub async fn marks(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<Mark>, DbError> {
    tx.all(MARKS, &[ticket.into()]).await
}

/// What happened between a customer and us.
pub async fn history(tx: &mut Tx<'_>, customer: CustomerId) -> Result<History, DbError> {
    let marks = tx
        .all::<(AbuseKind, Timestamp)>(MARKS_OF_CUSTOMER, &[customer.into()])
        .await?;
    let steps = steps(tx, customer).await?;
    let steps = steps.into_iter().map(|step| (step.step, step.at)).collect();
    Ok(History { marks, steps })
}

/// Whether an agent marked a message of a customer.
pub async fn is_involved(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    agent: AgentId,
) -> Result<bool, DbError> {
    let values = [customer.into(), agent.into()];
    Ok(tx.one::<(i64,)>(IS_INVOLVED, &values).await?.is_some())
}

/// Whether a message of a customer was ever marked.
pub async fn is_marked(tx: &mut Tx<'_>, customer: CustomerId) -> Result<bool, DbError> {
    let found = tx.one::<(i64,)>(IS_MARKED, &[customer.into()]).await?;
    Ok(found.is_some())
}

/// Whether a ticket has an abusive message, or a step is in force against its requester.
pub async fn is_case(
    tx: &mut Tx<'_>,
    (ticket, requester): (TicketId, CustomerId),
    at: Timestamp,
) -> Result<bool, DbError> {
    let values = [ticket.into(), requester.into(), at.into()];
    Ok(tx.one::<(i64,)>(IS_CASE, &values).await?.is_some())
}

/// Forgets what was noted about a ticket that is gone.
pub async fn forget(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(FORGET, &[ticket.into()]).await.map(drop)
}

/// Writes a new step; its number is ignored.
pub async fn insert_step(tx: &mut Tx<'_>, step: &Step) -> Result<AbuseStepId, DbError> {
    let values: Vec<Value> = vec![
        step.customer.into(),
        step.ticket.into(),
        step.step.into(),
        step.by.into(),
        step.at.into(),
        step.ends_at.into(),
        step.reason.clone().into(),
        step.inbox.into(),
        step.team.into(),
        step.slow.into(),
    ];
    let row = tx.one::<(AbuseStepId,)>(INSERT_STEP, &values).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Locks a step.
pub async fn lock_step(tx: &mut Tx<'_>, id: AbuseStepId) -> Result<Option<Step>, DbError> {
    tx.lock_one(STEP, &[id.into()]).await
}

/// Reads a step.
pub async fn step(tx: &mut Tx<'_>, id: AbuseStepId) -> Result<Option<Step>, DbError> {
    tx.one(STEP, &[id.into()]).await
}

/// The steps against a customer, newest first.
pub async fn steps(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<Step>, DbError> {
    tx.all(STEPS, &[customer.into()]).await
}

/// What limits a customer now.
pub async fn in_force_of(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    at: Timestamp,
) -> Result<Vec<Step>, DbError> {
    tx.all(IN_FORCE_OF, &[customer.into(), at.into()]).await
}

/// What limits anybody now, newest first.
pub async fn in_force(
    tx: &mut Tx<'_>,
    at: Timestamp,
    before: i64,
    limit: i64,
) -> Result<Vec<Step>, DbError> {
    tx.all(IN_FORCE, &[at.into(), before.into(), limit.into()])
        .await
}

/// Ends a step before its time; `false` when somebody was first.
pub async fn lift(
    tx: &mut Tx<'_>,
    id: AbuseStepId,
    at: Timestamp,
    by: AgentId,
) -> Result<bool, DbError> {
    Ok(tx.execute(LIFT, &[id.into(), at.into(), by.into()]).await? == 1)
}

/// Counts a mail that was laid aside on a ticket, or notes that a mail met the step.
pub async fn met(
    tx: &mut Tx<'_>,
    id: AbuseStepId,
    ticket: TicketId,
    aside: bool,
) -> Result<(), DbError> {
    let sql = if aside { LAY_ASIDE } else { MET };
    tx.execute(sql, &[id.into(), ticket.into()]).await.map(drop)
}

/// Which of the two letters about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// That it is there.
    Notice,
    /// What the appeal came to.
    Verdict,
}

/// The compare-and-set before a letter leaves; `false` when it left before.
pub async fn hand(
    tx: &mut Tx<'_>,
    id: AbuseStepId,
    kind: LetterKind,
    at: Timestamp,
) -> Result<bool, DbError> {
    let sql = match kind {
        LetterKind::Notice => NOTICE,
        LetterKind::Verdict => VERDICT,
    };
    Ok(tx.execute(sql, &[id.into(), at.into()]).await? == 1)
}

/// The server did not take the letter.
pub async fn take_back(tx: &mut Tx<'_>, id: AbuseStepId, kind: LetterKind) -> Result<(), DbError> {
    let sql = match kind {
        LetterKind::Notice => UNNOTICE,
        LetterKind::Verdict => UNVERDICT,
    };
    tx.execute(sql, &[id.into()]).await.map(drop)
}

/// Writes an appeal; `None` when there is one.
pub async fn appeal(
    tx: &mut Tx<'_>,
    step: AbuseStepId,
    customer: CustomerId,
    text: &Encrypted<String>,
    at: Timestamp,
) -> Result<Option<AppealId>, DbError> {
    let values = [step.into(), customer.into(), text.into(), at.into()];
    let row = tx.one::<(AppealId,)>(APPEAL, &values).await?;
    Ok(row.map(|(id,)| id))
}

/// The appeal against a step.
pub async fn appeal_of(tx: &mut Tx<'_>, step: AbuseStepId) -> Result<Option<Appeal>, DbError> {
    tx.one(APPEAL_OF, &[step.into()]).await
}

/// Locks an appeal.
pub async fn lock_appeal(tx: &mut Tx<'_>, id: AppealId) -> Result<Option<Appeal>, DbError> {
    tx.lock_one(APPEAL_BY_ID, &[id.into()]).await
}

/// The appeals that wait, oldest first.
pub async fn appeals(tx: &mut Tx<'_>, after: i64, limit: i64) -> Result<Vec<Appeal>, DbError> {
    tx.all(APPEALS, &[after.into(), limit.into()]).await
}

/// Decides an appeal; `false` when somebody was first.
pub async fn decide(
    tx: &mut Tx<'_>,
    id: AppealId,
    decision: AppealDecision,
    (by, at): (AgentId, Timestamp),
    reason: &Encrypted<String>,
) -> Result<bool, DbError> {
    let values = [
        id.into(),
        decision.into(),
        by.into(),
        at.into(),
        reason.into(),
    ];
    Ok(tx.execute(DECIDE, &values).await? == 1)
}

/// A text that an administrator wrote.
pub type Stored = (AbusePurpose, CareLanguage, Encrypted<String>, i64);

/// Every text that an administrator wrote.
pub async fn texts(tx: &mut Tx<'_>) -> Result<Vec<Stored>, DbError> {
    tx.all(TEXTS, &[]).await
}

/// The text that an administrator wrote for a purpose, with its version.
pub async fn text(
    tx: &mut Tx<'_>,
    purpose: AbusePurpose,
    language: CareLanguage,
) -> Result<Option<(Encrypted<String>, i64)>, DbError> {
    tx.one(TEXT, &[purpose.into(), language.into()]).await
}

/// Writes a text over the version that was read; `false` when it was changed meanwhile.
pub async fn save_text(
    tx: &mut Tx<'_>,
    (purpose, language): (AbusePurpose, CareLanguage),
    text: &Encrypted<String>,
    version: i64,
) -> Result<bool, DbError> {
    let values = [purpose.into(), language.into(), text.into(), version.into()];
    Ok(tx.execute(SAVE_TEXT, &values).await? == 1)
}
