//! The tables `survey_settings` and `surveys`.

use kernel::db::{DbError, FromRow, Row, Tx, Value};
use kernel::ids::{
    AgentId, CustomerId, InboxId, KeyId, SurveyId, SurveySettingId, TeamId, TicketId,
};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::{
    About, Against, CareLanguage, Solved, Survey, SurveyScope, SurveySetting, SurveyState, Tally,
    Treatment,
};

const SETTINGS: &str = "SELECT id, scope, scope_id, enabled, language, delay_minutes, apart_days, \
    sample_percent, change_days, excluded_tags, excluded_types, version FROM survey_settings \
    ORDER BY id LIMIT 500";
const SETTING: &str = "SELECT id, scope, scope_id, enabled, language, delay_minutes, apart_days, \
    sample_percent, change_days, excluded_tags, excluded_types, version FROM survey_settings \
    WHERE scope = $1 AND scope_id = $2";
const SETTING_BY_ID: &str = "SELECT id, scope, scope_id, enabled, language, delay_minutes, \
    apart_days, sample_percent, change_days, excluded_tags, excluded_types, version \
    FROM survey_settings WHERE id = $1";
const OPEN_SETTING: &str = "INSERT INTO survey_settings (scope, scope_id, enabled, language, \
    delay_minutes, apart_days, sample_percent, change_days, excluded_tags, excluded_types, \
    version) VALUES ($1, $2, 0, 'en', 0, 0, 100, 14, '[]', '[]', 0) \
    ON CONFLICT (scope, scope_id) DO NOTHING";
const SAVE_SETTING: &str = "UPDATE survey_settings SET enabled = $2, language = $3, \
    delay_minutes = $4, apart_days = $5, sample_percent = $6, change_days = $7, \
    excluded_tags = $8, excluded_types = $9, version = version + 1 WHERE id = $1";
const DELETE_SETTING: &str = "DELETE FROM survey_settings WHERE id = $1";
const PLAN: &str = "INSERT INTO surveys (ticket_id, customer_id, key_id, team_id, inbox_id, state, \
    round, draw, language, due_at, version) \
    VALUES ($1, $2, $3, $4, $5, 'planned', 1, $6, $7, $8, 1) \
    ON CONFLICT (ticket_id) DO UPDATE SET state = 'planned', reason = NULL, \
    round = surveys.round + 1, customer_id = excluded.customer_id, key_id = excluded.key_id, \
    team_id = excluded.team_id, inbox_id = excluded.inbox_id, language = excluded.language, \
    due_at = excluded.due_at WHERE surveys.state = 'cancelled' RETURNING id, round";
const SURVEY: &str = "SELECT id, ticket_id, customer_id, key_id, agent_id, team_id, inbox_id, \
    state, round, draw, language, due_at, offered_at, change_until, answered_at, solved, \
    treatment, text, about, version FROM surveys WHERE id = $1";
const OF_TICKET: &str = "SELECT id, ticket_id, customer_id, key_id, agent_id, team_id, inbox_id, \
    state, round, draw, language, due_at, offered_at, change_until, answered_at, solved, \
    treatment, text, about, version FROM surveys WHERE ticket_id = $1";
const SET_STATE: &str = "UPDATE surveys SET state = $3, reason = $4 WHERE id = $1 AND state = $2";
const HAND: &str = "UPDATE surveys SET state = 'handing', agent_id = $2, offered_at = $3, \
    change_until = $4, language = $5 WHERE id = $1 AND state = 'planned'";
const TAKE_BACK: &str = "UPDATE surveys SET state = 'planned', offered_at = NULL, \
    change_until = NULL WHERE id = $1 AND state = 'handing'";
const LAST_OFFERED: &str = "SELECT MAX(offered_at) FROM surveys \
    WHERE customer_id = $1 AND offered_at IS NOT NULL AND id <> $2";
const ANSWER: &str = "UPDATE surveys SET state = 'answered', answered_at = $2, solved = $3, \
    treatment = $4, text = $5, about = $6, version = version + 1 WHERE id = $1";
const ATTRIBUTE: &str = "UPDATE surveys SET about = $2, about_by = $3, about_at = $4, \
    version = version + 1 WHERE id = $1";
const FORGET_TEXT: &str = "UPDATE surveys SET text = NULL WHERE ticket_id = $1";
const TICKET_LANGUAGE: &str = "SELECT language FROM tickets WHERE id = $1";
const AUTHORS: &str = "SELECT DISTINCT author FROM messages WHERE ticket_id = $1 \
    AND kind = 'out' AND state = 'released' LIMIT 5";
const TO_REVIEW: &str = "SELECT id, ticket_id, customer_id, key_id, agent_id, team_id, inbox_id, \
    state, round, draw, language, due_at, offered_at, change_until, answered_at, solved, \
    treatment, text, about, version FROM surveys \
    WHERE text IS NOT NULL AND about IS NULL AND id > $1 AND (agent_id IS NULL OR agent_id <> $2) \
    ORDER BY id LIMIT $3";
const ANSWERED: &str = "SELECT id, ticket_id, customer_id, key_id, agent_id, team_id, inbox_id, \
    state, round, draw, language, due_at, offered_at, change_until, answered_at, solved, \
    treatment, text, about, version FROM surveys \
    WHERE answered_at IS NOT NULL AND id < $1 ORDER BY id DESC LIMIT $2";
const ANSWERED_OF_TEAM: &str = "SELECT id, ticket_id, customer_id, key_id, agent_id, team_id, \
    inbox_id, state, round, draw, language, due_at, offered_at, change_until, answered_at, solved, \
    treatment, text, about, version FROM surveys \
    WHERE answered_at IS NOT NULL AND id < $1 AND team_id = $3 ORDER BY id DESC LIMIT $2";
const ANSWERED_OF_AGENT: &str = "SELECT id, ticket_id, customer_id, key_id, agent_id, team_id, \
    inbox_id, state, round, draw, language, due_at, offered_at, change_until, answered_at, solved, \
    treatment, text, about, version FROM surveys \
    WHERE answered_at IS NOT NULL AND id < $1 AND agent_id = $3 ORDER BY id DESC LIMIT $2";
const TALLY: &str = "SELECT state, solved, treatment, about, \
    CASE WHEN text IS NULL THEN 0 ELSE 1 END, CASE WHEN answered_at IS NULL THEN 0 ELSE 1 END, \
    COUNT(*) FROM surveys WHERE due_at >= $1 AND due_at < $2 GROUP BY 1, 2, 3, 4, 5, 6";
const TALLY_OF_TEAM: &str = "SELECT state, solved, treatment, about, \
    CASE WHEN text IS NULL THEN 0 ELSE 1 END, CASE WHEN answered_at IS NULL THEN 0 ELSE 1 END, \
    COUNT(*) FROM surveys WHERE due_at >= $1 AND due_at < $2 AND team_id = $3 \
    GROUP BY 1, 2, 3, 4, 5, 6";
const TALLY_OF_AGENT: &str = "SELECT state, solved, treatment, about, \
    CASE WHEN text IS NULL THEN 0 ELSE 1 END, CASE WHEN answered_at IS NULL THEN 0 ELSE 1 END, \
    COUNT(*) FROM surveys WHERE due_at >= $1 AND due_at < $2 AND agent_id = $3 \
    GROUP BY 1, 2, 3, 4, 5, 6";

impl FromRow for SurveySetting {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            scope: row.get(1)?,
            scope_id: row.get(2)?,
            enabled: row.get(3)?,
            language: row.get(4)?,
            delay_minutes: row.get(5)?,
            apart_days: row.get(6)?,
            sample_percent: row.get(7)?,
            change_days: row.get(8)?,
            excluded_tags: list(&row.get::<String>(9)?)?,
            excluded_types: list(&row.get::<String>(10)?)?,
            version: row.get(11)?,
        })
    }
}

fn list<T: serde::de::DeserializeOwned>(json: &str) -> Result<Vec<T>, DbError> {
    serde_json::from_str(json).map_err(|error| DbError::Unreadable(error.to_string()))
}

fn json<T: serde::Serialize>(list: &[T]) -> Result<String, DbError> {
    serde_json::to_string(list).map_err(|error| DbError::Unreadable(error.to_string()))
}

impl FromRow for Survey {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            ticket: row.get(1)?,
            customer: row.get(2)?,
            key: row.get(3)?,
            agent: row.get(4)?,
            team: row.get(5)?,
            inbox: row.get(6)?,
            state: row.get(7)?,
            round: row.get(8)?,
            draw: row.get(9)?,
            language: row.get(10)?,
            due_at: row.get(11)?,
            offered_at: row.get(12)?,
            change_until: row.get(13)?,
            answered_at: row.get(14)?,
            solved: row.get(15)?,
            treatment: row.get(16)?,
            text: row.get(17)?,
            about: row.get(18)?,
            version: row.get(19)?,
        })
    }
}

impl FromRow for Tally {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            state: row.get(0)?,
            solved: row.get(1)?,
            treatment: row.get(2)?,
            about: row.get(3)?,
            has_text: row.get::<i64>(4)? == 1,
            answered: row.get::<i64>(5)? == 1,
            count: row.get(6)?,
        })
    }
}

/// All settings.
pub async fn settings(tx: &mut Tx<'_>) -> Result<Vec<SurveySetting>, DbError> {
    tx.all(SETTINGS, &[]).await
}

/// Locks the setting of a scope, made when there is none yet (then its version is 0).
pub async fn lock_setting(
    tx: &mut Tx<'_>,
    scope: SurveyScope,
    scope_id: i64,
) -> Result<Option<SurveySetting>, DbError> {
    let values = [scope.into(), scope_id.into()];
    tx.execute(OPEN_SETTING, &values).await?;
    tx.lock_one(SETTING, &values).await
}

/// Locks a setting.
pub async fn lock_setting_by_id(
    tx: &mut Tx<'_>,
    id: SurveySettingId,
) -> Result<Option<SurveySetting>, DbError> {
    tx.lock_one(SETTING_BY_ID, &[id.into()]).await
}

/// Overwrites a setting.
pub async fn save_setting(tx: &mut Tx<'_>, setting: &SurveySetting) -> Result<(), DbError> {
    let values = [
        setting.id.into(),
        setting.enabled.into(),
        setting.language.into(),
        setting.delay_minutes.into(),
        setting.apart_days.into(),
        setting.sample_percent.into(),
        setting.change_days.into(),
        json(&setting.excluded_tags)?.into(),
        json(&setting.excluded_types)?.into(),
    ];
    tx.execute(SAVE_SETTING, &values).await.map(drop)
}

/// Removes a setting.
pub async fn delete_setting(tx: &mut Tx<'_>, id: SurveySettingId) -> Result<(), DbError> {
    tx.execute(DELETE_SETTING, &[id.into()]).await.map(drop)
}

/// A survey to be planned.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The ticket.
    pub ticket: TicketId,
    /// Whom it asks.
    pub customer: CustomerId,
    /// Their key.
    pub key: KeyId,
    /// In whose queue the ticket ended.
    pub team: Option<TeamId>,
    /// The inbox that asks.
    pub inbox: Option<InboxId>,
    /// 0 to 99.
    pub draw: i64,
    /// The language of last resort.
    pub language: CareLanguage,
    /// When.
    pub due_at: Timestamp,
}

/// Plans a survey, or plans one anew that was cancelled: its number and round. `None` when the
/// ticket has had its survey.
pub async fn plan(tx: &mut Tx<'_>, plan: &Plan) -> Result<Option<(SurveyId, i64)>, DbError> {
    let values = [
        plan.ticket.into(),
        plan.customer.into(),
        plan.key.into(),
        plan.team.into(),
        plan.inbox.into(),
        plan.draw.into(),
        plan.language.into(),
        plan.due_at.into(),
    ];
    tx.one(PLAN, &values).await
}

/// Locks a survey.
pub async fn lock(tx: &mut Tx<'_>, id: SurveyId) -> Result<Option<Survey>, DbError> {
    tx.lock_one(SURVEY, &[id.into()]).await
}

/// Reads a survey.
pub async fn find(tx: &mut Tx<'_>, id: SurveyId) -> Result<Option<Survey>, DbError> {
    tx.one(SURVEY, &[id.into()]).await
}

/// Locks the survey of a ticket.
pub async fn lock_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Option<Survey>, DbError> {
    tx.lock_one(OF_TICKET, &[ticket.into()]).await
}

/// The compare-and-set of the state; `false` when it was another.
pub async fn set_state(
    tx: &mut Tx<'_>,
    id: SurveyId,
    (from, to): (SurveyState, SurveyState),
    reason: Option<Against>,
) -> Result<bool, DbError> {
    let values = [id.into(), from.into(), to.into(), reason.into()];
    Ok(tx.execute(SET_STATE, &values).await? == 1)
}

/// The compare-and-set before the mail leaves; `false` when somebody was first.
pub async fn hand(
    tx: &mut Tx<'_>,
    id: SurveyId,
    agent: Option<AgentId>,
    (at, until): (Timestamp, Timestamp),
    language: CareLanguage,
) -> Result<bool, DbError> {
    let values = [
        id.into(),
        agent.into(),
        at.into(),
        until.into(),
        language.into(),
    ];
    Ok(tx.execute(HAND, &values).await? == 1)
}

/// The server did not take the mail: it is planned again.
pub async fn take_back(tx: &mut Tx<'_>, id: SurveyId) -> Result<(), DbError> {
    tx.execute(TAKE_BACK, &[id.into()]).await.map(drop)
}

/// When a customer was last asked by another survey.
pub async fn last_offered(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    but: SurveyId,
) -> Result<Option<Timestamp>, DbError> {
    let row = tx
        .one::<(Option<Timestamp>,)>(LAST_OFFERED, &[customer.into(), but.into()])
        .await?;
    Ok(row.and_then(|(at,)| at))
}

/// Writes an answer.
pub async fn answer(
    tx: &mut Tx<'_>,
    id: SurveyId,
    at: Timestamp,
    (solved, treatment): (Option<Solved>, Option<Treatment>),
    text: Option<Encrypted<String>>,
    about: Option<About>,
) -> Result<(), DbError> {
    let values: [Value; 6] = [
        id.into(),
        at.into(),
        solved.into(),
        treatment.into(),
        text.into(),
        about.into(),
    ];
    tx.execute(ANSWER, &values).await.map(drop)
}

/// Writes what the words are about.
pub async fn attribute(
    tx: &mut Tx<'_>,
    id: SurveyId,
    about: About,
    (by, at): (AgentId, Timestamp),
) -> Result<(), DbError> {
    let values = [id.into(), about.into(), by.into(), at.into()];
    tx.execute(ATTRIBUTE, &values).await.map(drop)
}

/// Forgets what was said about a ticket that is gone.
pub async fn forget_text(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(FORGET_TEXT, &[ticket.into()]).await.map(drop)
}

/// The language that a ticket's customer wrote in, as far as it could be told.
pub async fn ticket_language(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Option<String>, DbError> {
    let row = tx
        .one::<(Option<String>,)>(TICKET_LANGUAGE, &[ticket.into()])
        .await?;
    Ok(row.and_then(|(language,)| language))
}

/// The agents whose replies went out on a ticket.
pub async fn authors(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<AgentId>, DbError> {
    let rows = tx.all::<(String,)>(AUTHORS, &[ticket.into()]).await?;
    let agent = |(author,): &(String,)| author.strip_prefix("agent:")?.parse().ok();
    Ok(rows.iter().filter_map(agent).collect())
}

/// Answers with words that nobody has attributed, oldest first, without those about `reviewer`.
pub async fn to_review(
    tx: &mut Tx<'_>,
    after: i64,
    reviewer: AgentId,
    limit: i64,
) -> Result<Vec<Survey>, DbError> {
    let values = [after.into(), reviewer.into(), limit.into()];
    tx.all(TO_REVIEW, &values).await
}

/// Whose answers are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    All,
    /// A team's.
    Team(TeamId),
    /// An agent's.
    Agent(AgentId),
}

/// Answers below `before`, newest first.
pub async fn answered(
    tx: &mut Tx<'_>,
    whose: Whose,
    before: i64,
    limit: i64,
) -> Result<Vec<Survey>, DbError> {
    let (sql, id) = match whose {
        Whose::All => (ANSWERED, None),
        Whose::Team(id) => (ANSWERED_OF_TEAM, Some(id.0)),
        Whose::Agent(id) => (ANSWERED_OF_AGENT, Some(id.0)),
    };
    let mut values: Vec<Value> = vec![before.into(), limit.into()];
    values.extend(id.map(Value::from));
    tx.all(sql, &values).await
}

/// The surveys due in a span of time, counted by what they say.
pub async fn tally(
    tx: &mut Tx<'_>,
    whose: Whose,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Tally>, DbError> {
    let (sql, id) = match whose {
        Whose::All => (TALLY, None),
        Whose::Team(id) => (TALLY_OF_TEAM, Some(id.0)),
        Whose::Agent(id) => (TALLY_OF_AGENT, Some(id.0)),
    };
    let mut values: Vec<Value> = vec![from.into(), to.into()];
    values.extend(id.map(Value::from));
    tx.all(sql, &values).await
}
