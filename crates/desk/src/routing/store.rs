//! Rows of routing: how teams share work out, skills, loads, offers.

use std::collections::BTreeMap;

use kernel::db::{DbError, FromRow, Row, Tx, Value};
use kernel::ids::{AgentId, OfferId, SkillId, TeamId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::rules::check::{CEILING_DEFAULT, RECOVERY_MINUTES_DEFAULT, UNITS_MAX_DEFAULT};
use super::{Holder, Need, OfferState, Queue, Skill, SkillKind, TeamRouting, Why};
use crate::tickets::Channel;

const TEAMS: &str = "SELECT team_id, ceiling_min, ceiling_max, recovery_minutes, version \
    FROM team_routing ORDER BY team_id";
const TEAM: &str = "SELECT team_id, ceiling_min, ceiling_max, recovery_minutes, version \
    FROM team_routing WHERE team_id = $1";
const PUT_TEAM: &str = "INSERT INTO team_routing (team_id, ceiling_min, ceiling_max, \
    recovery_minutes, version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (team_id) DO UPDATE SET \
    ceiling_min = excluded.ceiling_min, ceiling_max = excluded.ceiling_max, \
    recovery_minutes = excluded.recovery_minutes, version = excluded.version";
const QUEUES: &str = "SELECT team_id, channel, mode, strategy, previous_agent_first, \
    account_owner_first, units, offer_seconds, lower_after, drop_after, overflow_team_id, \
    overflow_after, closed FROM team_queues ORDER BY team_id, channel";
const QUEUE_UNITS: &str = "SELECT units FROM team_queues WHERE team_id = $1 AND channel = $2";
const ADD_QUEUE: &str = "INSERT INTO team_queues (team_id, channel, mode, strategy, \
    previous_agent_first, account_owner_first, units, offer_seconds, lower_after, drop_after, \
    overflow_team_id, overflow_after, closed) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const CLEAR_QUEUES: &str = "DELETE FROM team_queues WHERE team_id = $1";
const SKILLS: &str = "SELECT id, name, kind, language, language_level, version FROM skills \
    ORDER BY fold, id";
const LOCK_SKILL: &str = "SELECT id FROM skills WHERE id = $1";
const ADD_SKILL: &str = "INSERT INTO skills (name, fold, kind, language, language_level, version, \
    created_at) VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT (fold) DO NOTHING RETURNING id";
const NAMED_SKILL: &str = "SELECT id FROM skills WHERE fold = $1";
const UPDATE_SKILL: &str = "UPDATE skills SET name = $2, fold = $3, kind = $4, language = $5, \
    language_level = $6, version = version + 1 WHERE id = $1";
const DELETE_SKILL: &str = "DELETE FROM skills WHERE id = $1";
const NEEDS: &str = "SELECT skill_id, level, inbox_id, type, tag_id FROM skill_needs \
    ORDER BY skill_id, number";
const ADD_NEED: &str = "INSERT INTO skill_needs (skill_id, number, level, inbox_id, type, tag_id) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const CLEAR_NEEDS: &str = "DELETE FROM skill_needs WHERE skill_id = $1";
const HOLDERS: &str = "SELECT skill_id, agent_id, level, valid_until FROM agent_skills \
    ORDER BY skill_id, agent_id";
const ADD_HOLDER: &str = "INSERT INTO agent_skills (agent_id, skill_id, level, valid_until) \
    VALUES ($1, $2, $3, $4)";
const CLEAR_HOLDER: &str = "DELETE FROM agent_skills WHERE agent_id = $1";
const LOADS: &str = "SELECT agent_id, units_max, ceiling, given_at, recovery_from, \
    recovery_until, exposure, exposure_day, strain, strain_at, version FROM agent_loads \
    ORDER BY agent_id";
const LOAD: &str = "SELECT agent_id, units_max, ceiling, given_at, recovery_from, \
    recovery_until, exposure, exposure_day, strain, strain_at, version FROM agent_loads \
    WHERE agent_id = $1";
const PUT_LOAD: &str = "INSERT INTO agent_loads (agent_id, units_max, ceiling, given_at, \
    recovery_from, recovery_until, exposure, exposure_day, strain, strain_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (agent_id) DO UPDATE SET \
    units_max = excluded.units_max, ceiling = excluded.ceiling, given_at = excluded.given_at, \
    recovery_from = excluded.recovery_from, recovery_until = excluded.recovery_until, \
    exposure = excluded.exposure, exposure_day = excluded.exposure_day, \
    strain = excluded.strain, strain_at = excluded.strain_at, version = excluded.version";
const IN_HAND: &str = "SELECT team_id, channel, COUNT(*) FROM tickets WHERE assignee_id = $1 \
    AND shelf = 'open' AND status IN ('new', 'open') GROUP BY team_id, channel \
    ORDER BY team_id, channel";
const OFFER: &str = "SELECT id, ticket_id, agent_id, team_id, units, hard, why, state, \
    created_at, expires_at, settled_at FROM offers WHERE id = $1";
const OPEN_OFFERS: &str = "SELECT id, ticket_id, agent_id, team_id, units, hard, why, state, \
    created_at, expires_at, settled_at FROM offers WHERE state = 'open' ORDER BY id LIMIT 2000";
const OFFER_OF_AGENT: &str = "SELECT id, ticket_id, agent_id, team_id, units, hard, why, state, \
    created_at, expires_at, settled_at FROM offers WHERE agent_id = $1 AND state = 'open'";
const OFFER_OF_TICKET: &str = "SELECT id, ticket_id, agent_id, team_id, units, hard, why, state, \
    created_at, expires_at, settled_at FROM offers WHERE ticket_id = $1 AND state = 'open'";
const PASSED_ON: &str = "SELECT agent_id, MAX(settled_at) FROM offers WHERE ticket_id = $1 \
    AND state IN ('declined', 'timed_out') AND settled_at >= $2 GROUP BY agent_id \
    ORDER BY agent_id";
const ADD_OFFER: &str = "INSERT INTO offers (ticket_id, agent_id, team_id, units, hard, why, \
    state, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8) \
    ON CONFLICT DO NOTHING RETURNING id";
const SETTLE: &str = "UPDATE offers SET state = $2, settled_at = $3, reason = $4 \
    WHERE id = $1 AND state = 'open'";
const OVERFLOWED: &str = "SELECT 1 FROM overflows WHERE ticket_id = $1";
const ADD_OVERFLOW: &str = "INSERT INTO overflows (ticket_id, from_team_id, to_team_id, at) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (ticket_id) DO NOTHING";
const SET_LANGUAGE: &str = "UPDATE tickets SET language = $2 WHERE id = $1";

/// What is kept of an agent's load, their own choice and what protects them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// What they can carry, in units.
    pub units_max: i64,
    /// The share of it that routing fills, in percent.
    pub ceiling: i64,
    /// When routing last gave or offered them something.
    pub given_at: Timestamp,
    /// When their last rest began.
    pub recovery_from: Timestamp,
    /// When it ends, or ended.
    pub recovery_until: Timestamp,
    /// Hard contacts met on `exposure_day`.
    pub exposure: i64,
    /// The day of that count.
    pub exposure_day: i64,
    /// Load of late, in thousandths, as it was at `strain_at`.
    pub strain: i64,
    /// When that was.
    pub strain_at: Timestamp,
    /// Counts the changes of limit and share.
    pub version: i64,
}

impl Default for Load {
    fn default() -> Self {
        let never = Timestamp::from_micros(0);
        Self {
            units_max: UNITS_MAX_DEFAULT,
            ceiling: CEILING_DEFAULT,
            given_at: never,
            recovery_from: never,
            recovery_until: never,
            exposure: 0,
            exposure_day: 0,
            strain: 0,
            strain_at: never,
            version: 0,
        }
    }
}

/// An offer as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its id.
    pub id: OfferId,
    /// Which ticket.
    pub ticket: TicketId,
    /// Before whom it lies.
    pub agent: AgentId,
    /// Whose queue it came from.
    pub team: TeamId,
    /// Units it takes.
    pub units: i64,
    /// Whether it is predicted to be a hard contact.
    pub hard: bool,
    /// Why it was this agent.
    pub why: Why,
    /// How it stands.
    pub state: OfferState,
    /// Since when it lies there.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it ended.
    pub settled_at: Option<Timestamp>,
}

struct OfAgent(AgentId, Load);

impl FromRow for OfAgent {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let load = Load {
            units_max: row.get(1)?,
            ceiling: row.get(2)?,
            given_at: row.get(3)?,
            recovery_from: row.get(4)?,
            recovery_until: row.get(5)?,
            exposure: row.get(6)?,
            exposure_day: row.get(7)?,
            strain: row.get(8)?,
            strain_at: row.get(9)?,
            version: row.get(10)?,
        };
        Ok(Self(row.get(0)?, load))
    }
}

impl FromRow for Offer {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            ticket: row.get(1)?,
            agent: row.get(2)?,
            team: row.get(3)?,
            units: row.get(4)?,
            hard: row.get(5)?,
            why: row.get(6)?,
            state: row.get(7)?,
            created_at: row.get(8)?,
            expires_at: row.get(9)?,
            settled_at: row.get(10)?,
        })
    }
}

struct OfTeam(TeamId, Queue);

impl FromRow for OfTeam {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let queue = Queue {
            channel: row.get(1)?,
            mode: row.get(2)?,
            strategy: row.get(3)?,
            previous_agent_first: row.get(4)?,
            account_owner_first: row.get(5)?,
            units: row.get(6)?,
            offer_seconds: row.get(7)?,
            lower_after: row.get(8)?,
            drop_after: row.get(9)?,
            overflow_team_id: row.get(10)?,
            overflow_after: row.get(11)?,
            closed: row.get(12)?,
        };
        Ok(Self(row.get(0)?, queue))
    }
}

/// How a team shares work out before anybody set it up: people pick.
pub fn unset(team: TeamId) -> TeamRouting {
    TeamRouting {
        team_id: team,
        ceiling_min: 50,
        ceiling_max: 100,
        recovery_minutes: RECOVERY_MINUTES_DEFAULT,
        queues: Vec::new(),
        version: 0,
    }
}

/// How every team that was set up shares its work out.
pub async fn teams(tx: &mut Tx<'_>) -> Result<BTreeMap<TeamId, TeamRouting>, DbError> {
    type Columns = (TeamId, i64, i64, i64, i64);
    let mut teams: BTreeMap<TeamId, TeamRouting> = BTreeMap::new();
    for (team_id, ceiling_min, ceiling_max, recovery_minutes, version) in
        tx.all::<Columns>(TEAMS, &[]).await?
    {
        let team = TeamRouting {
            team_id,
            ceiling_min,
            ceiling_max,
            recovery_minutes,
            queues: Vec::new(),
            version,
        };
        teams.insert(team_id, team);
    }
    for OfTeam(team, queue) in tx.all(QUEUES, &[]).await? {
        if let Some(team) = teams.get_mut(&team) {
            team.queues.push(queue);
        }
    }
    Ok(teams)
}

/// The version of a team's setting; 0 while there is none.
pub async fn version(tx: &mut Tx<'_>, team: TeamId) -> Result<i64, DbError> {
    let row = tx
        .one::<(TeamId, i64, i64, i64, i64)>(TEAM, &[team.into()])
        .await?;
    Ok(row.map_or(0, |(.., version)| version))
}

/// Writes how a team shares its work out.
pub async fn put_team(tx: &mut Tx<'_>, team: &TeamRouting) -> Result<(), DbError> {
    let params = [
        team.team_id.into(),
        team.ceiling_min.into(),
        team.ceiling_max.into(),
        team.recovery_minutes.into(),
        team.version.into(),
    ];
    tx.execute(PUT_TEAM, &params).await?;
    tx.execute(CLEAR_QUEUES, &[team.team_id.into()]).await?;
    for queue in &team.queues {
        let params: [Value; 13] = [
            team.team_id.into(),
            queue.channel.into(),
            queue.mode.into(),
            queue.strategy.into(),
            queue.previous_agent_first.into(),
            queue.account_owner_first.into(),
            queue.units.into(),
            queue.offer_seconds.into(),
            queue.lower_after.into(),
            queue.drop_after.into(),
            queue.overflow_team_id.into(),
            queue.overflow_after.into(),
            queue.closed.into(),
        ];
        tx.execute(ADD_QUEUE, &params).await?;
    }
    Ok(())
}

/// Every skill with its needs and holders, by name.
pub async fn skills(tx: &mut Tx<'_>) -> Result<Vec<Skill>, DbError> {
    type Columns = (SkillId, String, SkillKind, Option<String>, i64, i64);
    let mut skills: Vec<Skill> = tx
        .all::<Columns>(SKILLS, &[])
        .await?
        .into_iter()
        .map(
            |(id, name, kind, language, language_level, version)| Skill {
                id,
                name,
                kind,
                language,
                language_level,
                needs: Vec::new(),
                holders: Vec::new(),
                version,
            },
        )
        .collect();
    type Needed = (
        SkillId,
        i64,
        Option<kernel::ids::InboxId>,
        Option<crate::tickets::TicketType>,
        Option<kernel::ids::TagId>,
    );
    for (id, level, inbox_id, ticket_type, tag_id) in tx.all::<Needed>(NEEDS, &[]).await? {
        if let Some(skill) = skills.iter_mut().find(|skill| skill.id == id) {
            skill.needs.push(Need {
                level,
                inbox_id,
                ticket_type,
                tag_id,
            });
        }
    }
    for (id, agent_id, level, valid_until) in tx
        .all::<(SkillId, AgentId, i64, Option<Timestamp>)>(HOLDERS, &[])
        .await?
    {
        if let Some(skill) = skills.iter_mut().find(|skill| skill.id == id) {
            skill.holders.push(Holder {
                agent_id,
                level,
                valid_until,
            });
        }
    }
    Ok(skills)
}

/// Locks a skill; whether there is one.
pub async fn lock_skill(tx: &mut Tx<'_>, id: SkillId) -> Result<bool, DbError> {
    tx.lock(LOCK_SKILL, &[id.into()]).await
}

/// Adds a skill; `None` when the name is taken.
pub async fn add_skill(
    tx: &mut Tx<'_>,
    (name, fold): (&str, &str),
    skill: &Skill,
    at: Timestamp,
) -> Result<Option<SkillId>, DbError> {
    let params = [
        name.into(),
        fold.into(),
        skill.kind.into(),
        skill.language.as_deref().into(),
        skill.language_level.into(),
        at.into(),
    ];
    let row = tx.one::<(SkillId,)>(ADD_SKILL, &params).await?;
    Ok(row.map(|(id,)| id))
}

/// The skill of that name, compared by its fold.
pub async fn named_skill(tx: &mut Tx<'_>, fold: &str) -> Result<Option<SkillId>, DbError> {
    let row = tx.one::<(SkillId,)>(NAMED_SKILL, &[fold.into()]).await?;
    Ok(row.map(|(id,)| id))
}

/// Writes a skill and counts its version up.
pub async fn update_skill(
    tx: &mut Tx<'_>,
    (name, fold): (&str, &str),
    skill: &Skill,
) -> Result<(), DbError> {
    let params = [
        skill.id.into(),
        name.into(),
        fold.into(),
        skill.kind.into(),
        skill.language.as_deref().into(),
        skill.language_level.into(),
    ];
    tx.execute(UPDATE_SKILL, &params).await?;
    Ok(())
}

/// Makes `needs` those of a skill.
pub async fn set_needs(tx: &mut Tx<'_>, id: SkillId, needs: &[Need]) -> Result<(), DbError> {
    tx.execute(CLEAR_NEEDS, &[id.into()]).await?;
    for (number, need) in (1_i64..).zip(needs) {
        let params = [
            id.into(),
            number.into(),
            need.level.into(),
            need.inbox_id.into(),
            need.ticket_type.into(),
            need.tag_id.into(),
        ];
        tx.execute(ADD_NEED, &params).await?;
    }
    Ok(())
}

/// Deletes a skill with its needs and holders.
pub async fn delete_skill(tx: &mut Tx<'_>, id: SkillId) -> Result<(), DbError> {
    tx.execute(DELETE_SKILL, &[id.into()]).await?;
    Ok(())
}

/// Makes `skills` those of an agent.
pub async fn set_skills(
    tx: &mut Tx<'_>,
    agent: AgentId,
    skills: &[(SkillId, i64, Option<Timestamp>)],
) -> Result<(), DbError> {
    tx.execute(CLEAR_HOLDER, &[agent.into()]).await?;
    for (skill, level, valid_until) in skills {
        let params = [
            agent.into(),
            (*skill).into(),
            (*level).into(),
            (*valid_until).into(),
        ];
        tx.execute(ADD_HOLDER, &params).await?;
    }
    Ok(())
}

/// Everybody's loads, by agent.
pub async fn loads(tx: &mut Tx<'_>) -> Result<BTreeMap<AgentId, Load>, DbError> {
    let rows = tx.all::<OfAgent>(LOADS, &[]).await?;
    Ok(rows
        .into_iter()
        .map(|OfAgent(id, load)| (id, load))
        .collect())
}

/// An agent's load.
pub async fn load(tx: &mut Tx<'_>, agent: AgentId) -> Result<Load, DbError> {
    let row = tx.one::<OfAgent>(LOAD, &[agent.into()]).await?;
    Ok(row.map_or_else(Load::default, |OfAgent(_, load)| load))
}

/// Writes an agent's load; the caller holds the agent's row.
pub async fn put_load(tx: &mut Tx<'_>, agent: AgentId, load: &Load) -> Result<(), DbError> {
    let params = [
        agent.into(),
        load.units_max.into(),
        load.ceiling.into(),
        load.given_at.into(),
        load.recovery_from.into(),
        load.recovery_until.into(),
        load.exposure.into(),
        load.exposure_day.into(),
        load.strain.into(),
        load.strain_at.into(),
        load.version.into(),
    ];
    tx.execute(PUT_LOAD, &params).await?;
    Ok(())
}

/// What an agent has in hand: how many tickets of which team and channel. What waits for the
/// customer or is done takes no capacity.
pub async fn in_hand(
    tx: &mut Tx<'_>,
    agent: AgentId,
) -> Result<Vec<(Option<TeamId>, Channel, i64)>, DbError> {
    tx.all(IN_HAND, &[agent.into()]).await
}

/// How many units a ticket of that team and channel takes; 1 when nothing else was set up.
pub async fn units(
    tx: &mut Tx<'_>,
    team: Option<TeamId>,
    channel: Channel,
) -> Result<i64, DbError> {
    let row = tx
        .one::<(i64,)>(QUEUE_UNITS, &[team.into(), channel.into()])
        .await?;
    Ok(row.map_or(1, |(units,)| units))
}

/// One offer, locked.
pub async fn lock_offer(tx: &mut Tx<'_>, id: OfferId) -> Result<Option<Offer>, DbError> {
    tx.lock_one(OFFER, &[id.into()]).await
}

/// One offer.
pub async fn offer(tx: &mut Tx<'_>, id: OfferId) -> Result<Option<Offer>, DbError> {
    tx.one(OFFER, &[id.into()]).await
}

/// Every open offer, oldest first.
pub async fn open_offers(tx: &mut Tx<'_>) -> Result<Vec<Offer>, DbError> {
    tx.all(OPEN_OFFERS, &[]).await
}

/// What lies before an agent.
pub async fn offer_of(tx: &mut Tx<'_>, agent: AgentId) -> Result<Option<Offer>, DbError> {
    tx.one(OFFER_OF_AGENT, &[agent.into()]).await
}

/// Before whom a ticket lies.
pub async fn offer_of_ticket(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<Offer>, DbError> {
    tx.one(OFFER_OF_TICKET, &[id.into()]).await
}

/// Who passed a ticket on, or did not answer, since `since`; and when they last did.
pub async fn passed_on(
    tx: &mut Tx<'_>,
    id: TicketId,
    since: Timestamp,
) -> Result<Vec<(AgentId, Timestamp)>, DbError> {
    tx.all(PASSED_ON, &[id.into(), since.into()]).await
}

/// Puts a ticket before an agent; `None` when it lies before somebody already, or the agent has
/// another offer before them.
pub async fn add_offer(tx: &mut Tx<'_>, offer: &Offer) -> Result<Option<OfferId>, DbError> {
    let params = [
        offer.ticket.into(),
        offer.agent.into(),
        offer.team.into(),
        offer.units.into(),
        offer.hard.into(),
        offer.why.into(),
        offer.created_at.into(),
        offer.expires_at.into(),
    ];
    let row = tx.one::<(OfferId,)>(ADD_OFFER, &params).await?;
    Ok(row.map(|(id,)| id))
}

/// Ends an open offer; `false` when it had ended.
pub async fn settle(
    tx: &mut Tx<'_>,
    id: OfferId,
    state: OfferState,
    at: Timestamp,
    reason: Option<Encrypted<String>>,
) -> Result<bool, DbError> {
    let params = [id.into(), state.into(), at.into(), reason.into()];
    Ok(tx.execute(SETTLE, &params).await? == 1)
}

/// Whether a ticket has gone to another team because it waited.
pub async fn overflowed(tx: &mut Tx<'_>, id: TicketId) -> Result<bool, DbError> {
    Ok(tx.one::<(i64,)>(OVERFLOWED, &[id.into()]).await?.is_some())
}

/// Notes that it has.
pub async fn add_overflow(
    tx: &mut Tx<'_>,
    id: TicketId,
    (from, to): (TeamId, TeamId),
    at: Timestamp,
) -> Result<(), DbError> {
    let params = [id.into(), from.into(), to.into(), at.into()];
    tx.execute(ADD_OVERFLOW, &params).await?;
    Ok(())
}

/// Notes the language of a ticket's first message.
pub async fn set_language(
    tx: &mut Tx<'_>,
    id: TicketId,
    language: Option<&'static str>,
) -> Result<(), DbError> {
    tx.execute(SET_LANGUAGE, &[id.into(), language.into()])
        .await?;
    Ok(())
}
