//! Rows of teams and their members.

use std::collections::BTreeMap;

use kernel::db::{DbError, Tx, Value};
use kernel::ids::{AgentId, TeamId};
use kernel::time::Timestamp;

use super::Team;
use super::rules::Name;

const INSERT: &str = "INSERT INTO teams (name, fold, version, created_at) VALUES ($1, $2, 1, $3) \
    ON CONFLICT (fold) DO NOTHING RETURNING id";
const UPDATE: &str = "UPDATE teams SET name = $2, fold = $3, version = version + 1 WHERE id = $1";
const DELETE: &str = "DELETE FROM teams WHERE id = $1";
const LOCK: &str = "SELECT id FROM teams WHERE id = $1";
const EXISTS: &str = "SELECT 1 FROM teams WHERE id = $1";
const FIND: &str = "SELECT id, name, version FROM teams WHERE id = $1";
const ALL: &str = "SELECT id, name, version FROM teams ORDER BY id";
const NAMED: &str = "SELECT id FROM teams WHERE fold = $1";
const MEMBERS: &str = "SELECT agent_id FROM team_members WHERE team_id = $1 ORDER BY agent_id";
const ALL_MEMBERS: &str = "SELECT team_id, agent_id FROM team_members ORDER BY team_id, agent_id";
const BY_AGENT: &str = "SELECT agent_id, team_id FROM team_members ORDER BY agent_id, team_id";
const ADD_MEMBER: &str = "INSERT INTO team_members (team_id, agent_id) VALUES ($1, $2) \
    ON CONFLICT (team_id, agent_id) DO NOTHING";
const REMOVE_MEMBER: &str = "DELETE FROM team_members WHERE team_id = $1 AND agent_id = $2";
const REMOVE_MEMBERS: &str = "DELETE FROM team_members WHERE team_id = $1";
const ANY_TICKET: &str = "SELECT id FROM tickets WHERE team_id = $1 LIMIT 1";

/// Adds a team; `None` when the name is taken.
pub async fn insert(
    tx: &mut Tx<'_>,
    name: &Name,
    at: Timestamp,
) -> Result<Option<TeamId>, DbError> {
    let params = [
        name.shown.as_str().into(),
        name.fold.as_str().into(),
        at.into(),
    ];
    Ok(tx.one::<(TeamId,)>(INSERT, &params).await?.map(|(id,)| id))
}

/// Renames a team (possibly to its own name) and counts its version up.
pub async fn update(tx: &mut Tx<'_>, id: TeamId, name: &Name) -> Result<(), DbError> {
    let params = [
        id.into(),
        name.shown.as_str().into(),
        name.fold.as_str().into(),
    ];
    tx.execute(UPDATE, &params).await?;
    Ok(())
}

/// Deletes a team and its memberships.
pub async fn delete(tx: &mut Tx<'_>, id: TeamId) -> Result<(), DbError> {
    tx.execute(REMOVE_MEMBERS, &[id.into()]).await?;
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// Locks a team's row for this transaction; whether there is one.
pub async fn lock(tx: &mut Tx<'_>, id: TeamId) -> Result<bool, DbError> {
    tx.lock(LOCK, &[id.into()]).await
}

/// Whether there is such a team.
pub async fn exists(tx: &mut Tx<'_>, id: TeamId) -> Result<bool, DbError> {
    Ok(tx.one::<(i64,)>(EXISTS, &[id.into()]).await?.is_some())
}

/// The team of that name, compared by its fold.
pub async fn named(tx: &mut Tx<'_>, fold: &str) -> Result<Option<TeamId>, DbError> {
    Ok(tx
        .one::<(TeamId,)>(NAMED, &[fold.into()])
        .await?
        .map(|(id,)| id))
}

/// One team with its members.
pub async fn find(tx: &mut Tx<'_>, id: TeamId) -> Result<Option<Team>, DbError> {
    let Some((id, name, version)) = tx.one::<(TeamId, String, i64)>(FIND, &[id.into()]).await?
    else {
        return Ok(None);
    };
    let member_ids = members(tx, id).await?;
    Ok(Some(Team {
        id,
        name,
        member_ids,
        version,
    }))
}

/// All teams, by name.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Team>, DbError> {
    let mut members: BTreeMap<TeamId, Vec<AgentId>> = BTreeMap::new();
    for (team, agent) in tx.all::<(TeamId, AgentId)>(ALL_MEMBERS, &[]).await? {
        members.entry(team).or_default().push(agent);
    }
    let rows = tx.all::<(TeamId, String, i64)>(ALL, &[]).await?;
    let mut teams: Vec<Team> = rows
        .into_iter()
        .map(|(id, name, version)| {
            let member_ids = members.remove(&id).unwrap_or_default();
            Team {
                id,
                name,
                member_ids,
                version,
            }
        })
        .collect();
    // Sorted here, since the engines order text differently.
    teams.sort_by_cached_key(|team| team.name.to_lowercase());
    Ok(teams)
}

/// The agents in a team, in the order of their ids.
pub async fn members(tx: &mut Tx<'_>, id: TeamId) -> Result<Vec<AgentId>, DbError> {
    let rows = tx.all::<(AgentId,)>(MEMBERS, &[id.into()]).await?;
    Ok(rows.into_iter().map(|(agent,)| agent).collect())
}

/// Every membership, in order of agent, then team.
pub async fn memberships(tx: &mut Tx<'_>) -> Result<Vec<(AgentId, TeamId)>, DbError> {
    tx.all(BY_AGENT, &[]).await
}

/// Puts an agent into a team.
pub async fn add_member(tx: &mut Tx<'_>, team: TeamId, agent: AgentId) -> Result<(), DbError> {
    tx.execute(ADD_MEMBER, &[team.into(), agent.into()]).await?;
    Ok(())
}

/// Makes the members exactly `wanted`.
pub async fn set_members(tx: &mut Tx<'_>, team: TeamId, wanted: &[AgentId]) -> Result<(), DbError> {
    for agent in members(tx, team).await? {
        if !wanted.contains(&agent) {
            let params: [Value; 2] = [team.into(), agent.into()];
            tx.execute(REMOVE_MEMBER, &params).await?;
        }
    }
    for agent in wanted {
        add_member(tx, team, *agent).await?;
    }
    Ok(())
}

/// Whether any ticket belongs to the team.
pub async fn has_tickets(tx: &mut Tx<'_>, team: TeamId) -> Result<bool, DbError> {
    Ok(tx
        .one::<(i64,)>(ANY_TICKET, &[team.into()])
        .await?
        .is_some())
}
