//! Making and changing agents.

use kernel::db::Tx;
use kernel::ids::{AgentId, InvitationId, KeyId, TeamId};
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::Refusal;

use super::rules::{self, AgentEdit};
use super::{Agent, AgentChanged, AgentCreated, AgentStatus, store};
use crate::caller::Caller;
use crate::permissions::Role;
use crate::preferences::{self, Language, Preferences};
use crate::sessions::{self, RevocationReason};
use crate::{Identity, tokens};

/// Somebody who is about to become an agent.
pub(crate) struct NewAgent<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub role: Role,
    pub password_hash: &'a str,
    pub language: Language,
    pub invitation: Option<InvitationId>,
}

/// Makes an agent inside the command that lets them in.
pub(crate) async fn create(
    tx: &mut Tx<'_>,
    (identity, key): (&Identity, KeyId),
    context: &Context,
    new: &NewAgent<'_>,
) -> Result<Agent, Refusal> {
    let inserted = store::insert(
        tx,
        (new.name, new.email),
        new.role,
        new.password_hash,
        context.at,
    );
    let agent = inserted.await?.ok_or_else(email_taken)?;
    let keys = &identity.kernel.keys;
    let preferences = Preferences::new(new.language);
    preferences::store::put(tx, (keys, key), agent.id, &preferences).await?;
    let record = AgentCreated {
        role: new.role,
        name: keys.encrypt(tx, key, new.name).await?,
        email: keys.encrypt(tx, key, new.email).await?,
        invitation: new.invitation,
    };
    journal::append(tx, context, Subject::agent(agent.id), &record).await?;
    Ok(agent)
}

/// The refusal for an address that has an agent.
pub(crate) fn email_taken() -> Refusal {
    Refusal::Conflict {
        code: "email_taken",
        detail: "Somebody with this e-mail address is here already.".to_owned(),
    }
}

/// Changes an agent's name, role or status. Disabling ends their sessions and API tokens.
///
/// # Errors
/// `not_allowed`, `not_found`, `stale_version` when `version` is not the present one, and what
/// [`rules::change`] refuses.
pub async fn change(
    identity: &Identity,
    caller: &Caller,
    target: AgentId,
    version: i64,
    edit: &AgentEdit,
) -> Result<Agent, Refusal> {
    let key = identity.kernel.keys.workspace().await?;
    let (caller, edit) = (caller.clone(), edit.clone());
    let (identity, db) = (identity.clone(), identity.kernel.db.clone());
    db.write(async move |tx: &mut Tx<'_>| -> Result<Agent, Refusal> {
        store::lock_with_owners(tx, target).await?;
        let before = store::find(tx, target)
            .await?
            .ok_or(Refusal::NotFound { what: "agent" })?;
        if before.version != version {
            return Err(Refusal::Stale { what: "agent" });
        }
        let owners = store::active_owners(tx).await?;
        let Some(after) = rules::change(&caller, &before, &edit, owners)? else {
            return Ok(before);
        };
        let context = caller.context(identity.kernel.clock.now());
        write(tx, (&identity, key), &context, &before, &after).await?;
        if before.status == AgentStatus::Active && after.status == AgentStatus::Disabled {
            let reason = RevocationReason::AgentDisabled;
            sessions::commands::end_others(tx, &context, target, None, reason).await?;
            tokens::commands::revoke_all(tx, &context, target).await?;
        }
        Ok(after)
    })
    .await
}

/// Writes an agent that a rule changed, with its record.
pub(crate) async fn write(
    tx: &mut Tx<'_>,
    (identity, key): (&Identity, KeyId),
    context: &Context,
    before: &Agent,
    after: &Agent,
) -> Result<(), Refusal> {
    store::update(tx, after).await?;
    let keys = &identity.kernel.keys;
    let name = if before.name == after.name {
        None
    } else {
        Some(Change {
            from: keys.encrypt(tx, key, &before.name).await?,
            to: keys.encrypt(tx, key, &after.name).await?,
        })
    };
    let record = AgentChanged {
        version: after.version,
        name,
        role: changed(before.role, after.role),
        status: changed(before.status, after.status),
    };
    journal::append(tx, context, Subject::agent(after.id), &record).await?;
    Ok(())
}

/// Before and after, if they differ.
pub(crate) fn changed<T: PartialEq>(from: T, to: T) -> Option<Change<T>> {
    (from != to).then(|| Change { from, to })
}

/// Every agent with their teams, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn all(identity: &Identity) -> Result<Vec<(Agent, Vec<TeamId>)>, Refusal> {
    let read = async |tx: &mut Tx<'_>| -> Result<_, Refusal> { Ok(store::all(tx).await?) };
    let agents = identity.kernel.db.read(read).await?;
    let memberships = identity.teams.teams_of_all(&identity.kernel.db).await?;
    let with_teams = agents.into_iter().map(|agent| {
        let teams = teams_of(&memberships, agent.id);
        (agent, teams)
    });
    Ok(with_teams.collect())
}

/// The teams of one agent.
///
/// # Errors
/// When the database cannot be read.
pub async fn teams(identity: &Identity, agent: AgentId) -> Result<Vec<TeamId>, Refusal> {
    Ok(teams_of(
        &identity.teams.teams_of_all(&identity.kernel.db).await?,
        agent,
    ))
}

fn teams_of(memberships: &[(AgentId, TeamId)], agent: AgentId) -> Vec<TeamId> {
    let own = memberships.iter().filter(|(member, _)| *member == agent);
    own.map(|(_, team)| *team).collect()
}
