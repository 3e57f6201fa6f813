//! Creating, changing and deleting teams.

use std::collections::BTreeSet;

use identity::agents::AgentStatus;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, TeamId};
use kernel::journal::{self, Change, Subject};
use kernel::refusal::Refusal;

use super::rules::{self, Name};
use super::{Team, TeamChanged, TeamCreated, TeamDeleted, store};

const CREATE: &str = "team.create";

/// What a new team needs.
#[derive(Clone, Debug)]
pub struct NewTeam {
    /// Its name.
    pub name: String,
    /// Its first members.
    pub member_ids: Vec<AgentId>,
}

/// What is to change on a team; `None` leaves it.
#[derive(Clone, Debug)]
pub struct TeamUpdate {
    /// The version the caller saw.
    pub version: i64,
    /// A new name.
    pub name: Option<String>,
    /// The members from now on.
    pub member_ids: Option<Vec<AgentId>>,
}

/// Creates a team; the same idempotency key answers the same team.
pub async fn create(
    kernel: &Kernel,
    caller: &Caller,
    new: NewTeam,
    once: IdempotencyKey,
) -> Result<Team, Refusal> {
    caller.require(Permission::TeamManage)?;
    let name = rules::name(&new.name)?;
    let at = kernel.clock.now();
    let (ctx, agent) = (caller.context(at), caller.agent);
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
            {
                return found(store::find(tx, TeamId(id)).await?);
            }
            let member_ids = rules::members(&new.member_ids, &active(tx).await?)?;
            if store::all(tx).await?.len() >= rules::TEAMS_MAX {
                return Err(Refusal::conflict(
                    "too_many_teams",
                    format!("There can be at most {} teams.", rules::TEAMS_MAX),
                ));
            }
            let team = store::insert(tx, &name, at).await?.ok_or_else(name_taken)?;
            store::set_members(tx, team, &member_ids).await?;
            let record = TeamCreated {
                team,
                name: keys.encrypt(tx, key, &name.shown).await?,
                member_ids,
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, CREATE, team.0, at).await?;
            }
            found(store::find(tx, team).await?)
        })
        .await
}

/// Changes a team's name or members.
pub async fn update(
    kernel: &Kernel,
    caller: &Caller,
    id: TeamId,
    update: TeamUpdate,
) -> Result<Team, Refusal> {
    caller.require(Permission::TeamManage)?;
    let name = update.name.as_deref().map(rules::name).transpose()?;
    let ctx = caller.context(kernel.clock.now());
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            store::lock(tx, id).await?;
            let team = found(store::find(tx, id).await?)?;
            if team.version != update.version {
                return Err(Refusal::Stale { what: "team" });
            }
            let new_name = name.clone().filter(|name| name.shown != team.name);
            let new_members = match &update.member_ids {
                Some(given) => Some(rules::members(given, &allowed(tx, &team).await?)?)
                    .filter(|members| *members != team.member_ids),
                None => None,
            };
            if new_name.is_none() && new_members.is_none() {
                return Ok(team);
            }
            write_changes(tx, &team, new_name.as_ref(), new_members.as_deref()).await?;
            let renamed = match &new_name {
                Some(new) => Some(Change {
                    from: keys.encrypt(tx, key, &team.name).await?,
                    to: keys.encrypt(tx, key, &new.shown).await?,
                }),
                None => None,
            };
            let record = TeamChanged {
                team: id,
                name: renamed,
                member_ids: new_members.map(|to| Change {
                    from: team.member_ids,
                    to,
                }),
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            found(store::find(tx, id).await?)
        })
        .await
}

/// Deletes a team that no ticket belongs to.
pub async fn delete(kernel: &Kernel, caller: &Caller, id: TeamId) -> Result<(), Refusal> {
    caller.require(Permission::TeamManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if !store::lock(tx, id).await? {
                return Err(Refusal::NotFound { what: "team" });
            }
            if store::has_tickets(tx, id).await? {
                return Err(Refusal::conflict(
                    "team_in_use",
                    "Tickets belong to this team. Give them to another team first.",
                ));
            }
            store::delete(tx, id).await?;
            journal::append(tx, &ctx, Subject::default(), &TeamDeleted { team: id }).await?;
            Ok(())
        })
        .await
}

async fn write_changes(
    tx: &mut Tx<'_>,
    team: &Team,
    name: Option<&Name>,
    members: Option<&[AgentId]>,
) -> Result<(), Refusal> {
    if let Some(name) = name
        && store::named(tx, &name.fold)
            .await?
            .is_some_and(|other| other != team.id)
    {
        return Err(name_taken());
    }
    let kept = rules::name(&team.name)?;
    store::update(tx, team.id, name.unwrap_or(&kept)).await?;
    if let Some(members) = members {
        store::set_members(tx, team.id, members).await?;
    }
    Ok(())
}

/// A member who was disabled meanwhile may stay until somebody takes them out.
async fn allowed(tx: &mut Tx<'_>, team: &Team) -> Result<BTreeSet<AgentId>, DbError> {
    let mut allowed = active(tx).await?;
    allowed.extend(&team.member_ids);
    Ok(allowed)
}

async fn active(tx: &mut Tx<'_>) -> Result<BTreeSet<AgentId>, DbError> {
    let agents = identity::agents::store::all(tx).await?;
    Ok(agents
        .iter()
        .filter(|agent| agent.status == AgentStatus::Active)
        .map(|agent| agent.id)
        .collect())
}

fn found(team: Option<Team>) -> Result<Team, Refusal> {
    team.ok_or(Refusal::NotFound { what: "team" })
}

fn name_taken() -> Refusal {
    Refusal::conflict(
        "team_name_taken",
        "Another team has this name. Choose a different one.",
    )
}
