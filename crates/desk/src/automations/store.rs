//! Rows of rules, of their runs, and of the moments that time rules count from.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, RecordId, RuleId, RuleRunId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::{Moment, RunOutcome, rules};

const LOCK_SET: &str = "SELECT version FROM rule_set WHERE id = 1";
const TOUCH_SET: &str = "UPDATE rule_set SET version = version + 1 WHERE id = 1";
const ALL: &str = "SELECT id, name, enabled, place, definition, active_since, runs, \
    failures_in_row, switched_off, last_run_at, created_at, updated_at, updated_by, version \
    FROM rules ORDER BY place, id LIMIT $1";
const FIND: &str = "SELECT id, name, enabled, place, definition, active_since, runs, \
    failures_in_row, switched_off, last_run_at, created_at, updated_at, updated_by, version \
    FROM rules WHERE id = $1";
const INSERT: &str = "INSERT INTO rules (name, enabled, place, definition, active_since, runs, \
    failures_in_row, switched_off, created_at, updated_at, updated_by, version) \
    VALUES ($1, $2, (SELECT COALESCE(MAX(place), 0) + 1 FROM rules), $3, $4, 0, 0, 0, $4, $4, $5, \
    1) RETURNING id";
const UPDATE: &str = "UPDATE rules SET name = $2, enabled = $3, definition = $4, \
    active_since = $5, failures_in_row = 0, switched_off = 0, updated_at = $6, updated_by = $7, \
    version = version + 1 WHERE id = $1";
const PLACE: &str = "UPDATE rules SET place = $2 WHERE id = $1";
const DELETE: &str = "DELETE FROM rules WHERE id = $1";
const NAME: &str = "SELECT name FROM rules WHERE id = $1";
const DONE: &str = "UPDATE rules SET runs = runs + 1, failures_in_row = 0, last_run_at = $2 \
    WHERE id = $1";
const FAILED: &str = "UPDATE rules SET failures_in_row = failures_in_row + 1, last_run_at = $2 \
    WHERE id = $1 RETURNING failures_in_row";
const SWITCH_OFF: &str = "UPDATE rules SET enabled = 0, switched_off = 1, version = version + 1 \
    WHERE id = $1 AND version = $2 AND enabled = 1";
const CLAIM_RUN: &str = "INSERT INTO rule_runs (rule_id, ticket_id, chain, record_id, at, \
    outcome, held_back, detail) VALUES ($1, $2, $3, $4, $5, $6, 0, $7) \
    ON CONFLICT (rule_id, ticket_id, chain) DO NOTHING RETURNING id";
const HELD_BACK: &str = "UPDATE rule_runs SET held_back = held_back + 1 \
    WHERE rule_id = $1 AND ticket_id = $2 AND chain = $3";
const SETTLE_RUN: &str = "UPDATE rule_runs SET outcome = $2, detail = $3 WHERE id = $1";
const RAN: &str = "SELECT id FROM rule_runs WHERE rule_id = $1 AND ticket_id = $2 AND chain = $3";
const RUNS_OF_RULE: &str = "SELECT r.id, r.rule_id, r.ticket_id, r.record_id, r.at, r.outcome, \
    r.held_back, r.detail, u.name FROM rule_runs r LEFT JOIN rules u ON u.id = r.rule_id \
    WHERE r.rule_id = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3";
const RUNS_OF_TICKET: &str = "SELECT r.id, r.rule_id, r.ticket_id, r.record_id, r.at, r.outcome, \
    r.held_back, r.detail, u.name FROM rule_runs r LEFT JOIN rules u ON u.id = r.rule_id \
    WHERE r.ticket_id = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3";
const FORGET_RUNS: &str = "DELETE FROM rule_runs WHERE ticket_id = $1";
const FORGET_MOMENTS: &str = "DELETE FROM ticket_moments WHERE ticket_id = $1";
const SET_MOMENT: &str = "INSERT INTO ticket_moments (ticket_id, moment, at, record_id) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (moment, ticket_id) \
    DO UPDATE SET at = excluded.at, record_id = excluded.record_id";
const MOMENT: &str =
    "SELECT at, record_id FROM ticket_moments WHERE moment = $1 AND ticket_id = $2";
const MOMENTS: &str = "SELECT ticket_id, at, record_id FROM ticket_moments \
    WHERE moment = $1 AND ticket_id > $2 ORDER BY ticket_id LIMIT $3";
const CLAIM_REPLY: &str = "INSERT INTO rule_replies (rule_id, ticket_id, day) \
    VALUES ($1, $2, $3) ON CONFLICT (rule_id, ticket_id, day) DO NOTHING";

/// A rule's row.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The number.
    pub id: RuleId,
    /// The name.
    pub name: String,
    /// Whether it runs.
    pub enabled: bool,
    /// Its place in the order.
    pub place: i64,
    /// When, if, then: a [`super::Definition`] as JSON.
    pub definition: Encrypted<String>,
    /// What happened before is none of its business.
    pub active_since: Timestamp,
    /// How often it ran.
    pub runs: i64,
    /// How often it failed since it last did what it should.
    pub failures_in_row: i64,
    /// Whether it was switched off because it kept failing.
    pub switched_off: bool,
    /// When it last ran.
    pub last_run_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
    /// Who last edited it.
    pub updated_by: AgentId,
    /// Counts the edits.
    pub version: i64,
}

/// What is written of a rule.
#[derive(Clone, Debug)]
pub struct Values {
    /// The name.
    pub name: String,
    /// Whether it runs.
    pub enabled: bool,
    /// When, if, then.
    pub definition: Encrypted<String>,
    /// What happened before is none of its business.
    pub active_since: Timestamp,
    /// Who edits.
    pub by: AgentId,
}

/// A run before it is written.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Which rule.
    pub rule: RuleId,
    /// On which ticket.
    pub ticket: TicketId,
    /// The record that the chain of causes began with.
    pub chain: RecordId,
    /// The record that it reacts to.
    pub record: RecordId,
    /// When.
    pub at: Timestamp,
    /// How it ended, as far as it is known.
    pub outcome: RunOutcome,
    /// What it did.
    pub detail: Encrypted<String>,
}

/// A run's row with the name of its rule.
#[derive(Clone, Debug)]
pub struct StoredRun {
    /// The number.
    pub id: RuleRunId,
    /// Which rule.
    pub rule: RuleId,
    /// On which ticket.
    pub ticket: TicketId,
    /// The record that it reacted to.
    pub record: RecordId,
    /// When.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: RunOutcome,
    /// How often it was held back afterwards.
    pub held_back: i64,
    /// What it did.
    pub detail: Encrypted<String>,
    /// The rule's name; `None` when it is gone.
    pub name: Option<String>,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            enabled: row.get(2)?,
            place: row.get(3)?,
            definition: row.get(4)?,
            active_since: row.get(5)?,
            runs: row.get(6)?,
            failures_in_row: row.get(7)?,
            switched_off: row.get(8)?,
            last_run_at: row.get(9)?,
            created_at: row.get(10)?,
            updated_at: row.get(11)?,
            updated_by: row.get(12)?,
            version: row.get(13)?,
        })
    }
}

impl FromRow for StoredRun {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            rule: row.get(1)?,
            ticket: row.get(2)?,
            record: row.get(3)?,
            at: row.get(4)?,
            outcome: row.get(5)?,
            held_back: row.get(6)?,
            detail: row.get(7)?,
            name: row.get(8)?,
        })
    }
}

/// Locks the set of rules and answers its version.
pub async fn lock_set(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    let row = tx.lock_one::<(i64,)>(LOCK_SET, &[]).await?;
    Ok(row.map_or(0, |(version,)| version))
}

/// The version of the set of rules.
pub async fn set_version(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    Ok(tx.one::<(i64,)>(LOCK_SET, &[]).await?.map_or(0, |(it,)| it))
}

/// Notes that a rule changed; whoever compiled them does so anew.
pub async fn touch_set(tx: &mut Tx<'_>) -> Result<(), DbError> {
    tx.execute(TOUCH_SET, &[]).await?;
    Ok(())
}

/// Every rule, in order.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Stored>, DbError> {
    let limit = i64::try_from(rules::RULES_MAX).unwrap_or(i64::MAX);
    tx.all(ALL, &[limit.into()]).await
}

/// One rule.
pub async fn find(tx: &mut Tx<'_>, id: RuleId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// A rule's name; `None` when it is gone.
pub async fn name(tx: &mut Tx<'_>, id: RuleId) -> Result<Option<String>, DbError> {
    let row = tx.one::<(String,)>(NAME, &[id.into()]).await?;
    Ok(row.map(|(name,)| name))
}

/// Saves a new rule behind the others.
pub async fn insert(tx: &mut Tx<'_>, values: Values) -> Result<RuleId, DbError> {
    let params = [
        values.name.into(),
        values.enabled.into(),
        values.definition.into(),
        values.active_since.into(),
        values.by.into(),
    ];
    let row = tx.one::<(RuleId,)>(INSERT, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("the id of a new rule".to_owned()))
}

/// Overwrites a rule, whose failures are forgotten.
pub async fn update(
    tx: &mut Tx<'_>,
    id: RuleId,
    values: Values,
    at: Timestamp,
) -> Result<(), DbError> {
    let params = [
        id.into(),
        values.name.into(),
        values.enabled.into(),
        values.definition.into(),
        values.active_since.into(),
        at.into(),
        values.by.into(),
    ];
    tx.execute(UPDATE, &params).await?;
    Ok(())
}

/// Gives a rule its place in the order.
pub async fn place(tx: &mut Tx<'_>, id: RuleId, place: i64) -> Result<(), DbError> {
    tx.execute(PLACE, &[id.into(), place.into()]).await?;
    Ok(())
}

/// Deletes a rule; its runs stay.
pub async fn delete(tx: &mut Tx<'_>, id: RuleId) -> Result<(), DbError> {
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// Counts a run that did what it should.
pub async fn count_done(tx: &mut Tx<'_>, id: RuleId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(DONE, &[id.into(), at.into()]).await?;
    Ok(())
}

/// Counts a failure: how many in a row there are.
pub async fn count_failed(tx: &mut Tx<'_>, id: RuleId, at: Timestamp) -> Result<i64, DbError> {
    let row = tx.one::<(i64,)>(FAILED, &[id.into(), at.into()]).await?;
    Ok(row.map_or(0, |(failures,)| failures))
}

/// Switches a rule off; `false` when it was edited since `version` or is off.
pub async fn switch_off(tx: &mut Tx<'_>, id: RuleId, version: i64) -> Result<bool, DbError> {
    let params = [id.into(), version.into()];
    Ok(tx.execute(SWITCH_OFF, &params).await? == 1)
}

/// Writes a run; `None` when the rule ran on the ticket for this chain already.
pub async fn claim_run(tx: &mut Tx<'_>, run: NewRun) -> Result<Option<RuleRunId>, DbError> {
    let params = [
        run.rule.into(),
        run.ticket.into(),
        run.chain.into(),
        run.record.into(),
        run.at.into(),
        run.outcome.into(),
        run.detail.into(),
    ];
    let row = tx.one::<(RuleRunId,)>(CLAIM_RUN, &params).await?;
    Ok(row.map(|(id,)| id))
}

/// Counts that a rule would have run again for the same chain.
pub async fn hold_back(
    tx: &mut Tx<'_>,
    (rule, ticket, chain): (RuleId, TicketId, RecordId),
) -> Result<(), DbError> {
    tx.execute(HELD_BACK, &[rule.into(), ticket.into(), chain.into()])
        .await?;
    Ok(())
}

/// Notes how a run ended.
pub async fn settle_run(
    tx: &mut Tx<'_>,
    id: RuleRunId,
    outcome: RunOutcome,
    detail: Encrypted<String>,
) -> Result<(), DbError> {
    tx.execute(SETTLE_RUN, &[id.into(), outcome.into(), detail.into()])
        .await?;
    Ok(())
}

/// Whether a rule ran on a ticket for this chain.
pub async fn has_run(
    tx: &mut Tx<'_>,
    (rule, ticket, chain): (RuleId, TicketId, RecordId),
) -> Result<bool, DbError> {
    let params = [rule.into(), ticket.into(), chain.into()];
    Ok(tx.one::<(RuleRunId,)>(RAN, &params).await?.is_some())
}

/// Runs of a rule below `below`, newest first.
pub async fn runs_of_rule(
    tx: &mut Tx<'_>,
    rule: RuleId,
    below: RuleRunId,
    limit: i64,
) -> Result<Vec<StoredRun>, DbError> {
    let params = [rule.into(), below.into(), limit.into()];
    tx.all(RUNS_OF_RULE, &params).await
}

/// Runs on a ticket below `below`, newest first.
pub async fn runs_of_ticket(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    below: RuleRunId,
    limit: i64,
) -> Result<Vec<StoredRun>, DbError> {
    let params = [ticket.into(), below.into(), limit.into()];
    tx.all(RUNS_OF_TICKET, &params).await
}

/// Forgets a purged ticket.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(FORGET_RUNS, &[ticket.into()]).await?;
    tx.execute(FORGET_MOMENTS, &[ticket.into()]).await?;
    Ok(())
}

/// Notes when something last happened on a ticket.
pub async fn set_moment(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    moment: Moment,
    (at, record): (Timestamp, RecordId),
) -> Result<(), DbError> {
    let params = [ticket.into(), moment.into(), at.into(), record.into()];
    tx.execute(SET_MOMENT, &params).await?;
    Ok(())
}

/// When something last happened on a ticket.
pub async fn moment(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    moment: Moment,
) -> Result<Option<(Timestamp, RecordId)>, DbError> {
    tx.one(MOMENT, &[moment.into(), ticket.into()]).await
}

/// When something last happened on the tickets behind `after`, in order of their numbers.
pub async fn moments(
    tx: &mut Tx<'_>,
    moment: Moment,
    after: TicketId,
    limit: i64,
) -> Result<Vec<(TicketId, Timestamp, RecordId)>, DbError> {
    let params = [moment.into(), after.into(), limit.into()];
    tx.all(MOMENTS, &params).await
}

/// Takes today's automatic reply of a rule on a ticket; `false` when it was taken.
pub async fn claim_reply(
    tx: &mut Tx<'_>,
    (rule, ticket): (RuleId, TicketId),
    day: i64,
) -> Result<bool, DbError> {
    let params = [rule.into(), ticket.into(), day.into()];
    Ok(tx.execute(CLAIM_REPLY, &params).await? == 1)
}
