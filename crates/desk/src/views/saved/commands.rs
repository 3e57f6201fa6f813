//! Saving, changing, deleting and reading views.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, KeyId, TeamId, TicketId, ViewId};
use kernel::journal::{self, Record, Subject};
use kernel::keys::{Encrypted, Keys};
use kernel::refusal::Refusal;

use super::store::{self, Values};
use super::{Definition, SavedView, Scope, Stored, ViewChanged, ViewCreated, ViewDeleted, rules};
use crate::conditions::{self, Moment};
use crate::teams;
use crate::tickets::Shelf;
use crate::tickets::commands::change;

const CREATE: &str = "view.create";
/// Tickets read at once while counting.
const PAGE_ROWS: i64 = 5_000;
const NOT_FOUND: Refusal = Refusal::NotFound { what: "view" };

/// What a new view needs.
#[derive(Clone, Debug)]
pub struct NewView {
    /// Its name.
    pub name: String,
    /// Whom it is for.
    pub scope: Scope,
    /// Which tickets, and how.
    pub definition: Definition,
}

/// What is to change on a view; `None` leaves it.
#[derive(Clone, Debug)]
pub struct ViewUpdate {
    /// The version the caller saw.
    pub version: i64,
    /// A new name.
    pub name: Option<String>,
    /// Whom it is for from now on.
    pub scope: Option<Scope>,
    /// Which tickets from now on, and how.
    pub definition: Option<Definition>,
}

/// Saves a view; the same idempotency key answers the same view.
pub async fn create(
    kernel: &Kernel,
    caller: &Caller,
    new: NewView,
    once: IdempotencyKey,
) -> Result<SavedView, Refusal> {
    rules::may_write(caller, new.scope)?;
    let name = rules::name(&new.name)?;
    rules::definition(&new.definition)?;
    let at = kernel.clock.now();
    let (ctx, caller) = (caller.context(at), caller.clone());
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    let write = async move |tx: &mut Tx<'_>| {
        let agent = caller.agent;
        if let Some(key) = &once.0
            && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
        {
            return read(tx, &keys, &caller, ViewId(id)).await;
        }
        if store::count(tx).await? >= rules::VIEWS_MAX {
            let detail = "There are as many views as a workspace can have; delete one first.";
            return Err(Refusal::conflict("too_many_views", detail));
        }
        let wanted = Wanted {
            name: name.clone(),
            scope: new.scope,
            definition: new.definition.clone(),
        };
        let (values, record) = wanted.values(tx, (&keys, key), agent).await?;
        let owner = values.owner;
        let view = store::insert(tx, values, at).await?.ok_or(NOT_FOUND)?;
        let record = ViewCreated { view, ..record };
        tell(tx, &ctx, owner, &record).await?;
        if let Some(key) = &once.0 {
            idempotency::remember(tx, agent, key, CREATE, view.0, at).await?;
        }
        read(tx, &keys, &caller, view).await
    };
    kernel.db.write(write).await
}

/// Changes a view.
pub async fn update(
    kernel: &Kernel,
    caller: &Caller,
    id: ViewId,
    update: ViewUpdate,
) -> Result<SavedView, Refusal> {
    caller.require(Permission::TicketRead)?;
    let name = update.name.as_deref().map(rules::name).transpose()?;
    if let Some(definition) = &update.definition {
        rules::definition(definition)?;
    }
    let (ctx, caller) = (caller.context(kernel.clock.now()), caller.clone());
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    let write = async move |tx: &mut Tx<'_>| {
        let stored = locked(tx, &caller, id).await?;
        let scope = update.scope.unwrap_or(stored.scope());
        rules::may_write(&caller, scope)?;
        if stored.version != update.version {
            return Err(Refusal::Stale { what: "view" });
        }
        let definition = match &update.definition {
            Some(definition) => definition.clone(),
            None => opened(tx, &keys, &stored.definition)
                .await?
                .ok_or(NOT_FOUND)?,
        };
        let wanted = Wanted {
            name: name.clone().unwrap_or_else(|| stored.name.clone()),
            scope,
            definition,
        };
        let (values, created) = wanted.values(tx, (&keys, key), caller.agent).await?;
        // Whoever saw it before or sees it now is to hear of it.
        let owner = stored.owner.filter(|_| values.owner.is_some());
        store::update(tx, id, values).await?;
        let record = ViewChanged {
            view: id,
            name: created.name,
            scope,
            definition: created.definition,
        };
        tell(tx, &ctx, owner, &record).await?;
        read(tx, &keys, &caller, id).await
    };
    kernel.db.write(write).await
}

/// Deletes a view.
pub async fn delete(kernel: &Kernel, caller: &Caller, id: ViewId) -> Result<(), Refusal> {
    caller.require(Permission::TicketRead)?;
    let (ctx, caller) = (caller.context(kernel.clock.now()), caller.clone());
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    let write = async move |tx: &mut Tx<'_>| {
        let stored = locked(tx, &caller, id).await?;
        store::delete(tx, id).await?;
        let name = keys.encrypt(tx, key, &stored.name).await?;
        tell(tx, &ctx, stored.owner, &ViewDeleted { view: id, name }).await
    };
    kernel.db.write(write).await
}

/// One view that the caller sees.
pub async fn get(kernel: &Kernel, caller: &Caller, id: ViewId) -> Result<SavedView, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (keys, caller) = (kernel.keys.clone(), caller.clone());
    let look = async move |tx: &mut Tx<'_>| read(tx, &keys, &caller, id).await;
    kernel.db.read(look).await
}

/// Refuses conditions that make no sense at present.
pub async fn check(kernel: &Kernel, given: &Definition) -> Result<(), Refusal> {
    let given = given.clone();
    let look = async move |tx: &mut Tx<'_>| check_in(tx, &given).await;
    kernel.db.read(look).await
}

/// How many tickets a view would hold for the caller.
pub async fn count(kernel: &Kernel, caller: &Caller, given: &Definition) -> Result<i64, Refusal> {
    let moment = Moment {
        now: kernel.clock.now(),
        me: Some(caller.agent),
    };
    let mut after = TicketId(0);
    let mut count = 0_i64;
    loop {
        let look = async move |tx: &mut Tx<'_>| conditions::store::page(tx, after, PAGE_ROWS).await;
        let page = kernel.db.read(look).await?;
        let Some((last, _)) = page.last() else {
            return Ok(count);
        };
        after = *last;
        for (_, facts) in page.iter().filter(|(_, facts)| facts.shelf != Shelf::Side) {
            count += i64::from(conditions::rules::holds(&given.conditions, facts, &moment));
        }
    }
}

async fn check_in(tx: &mut Tx<'_>, given: &Definition) -> Result<(), Refusal> {
    conditions::store::check(tx, "definition.conditions", &given.conditions).await
}

/// What a view is to be.
struct Wanted {
    name: String,
    scope: Scope,
    definition: Definition,
}

impl Wanted {
    /// What is written for it, and the record of its making without its number.
    async fn values(
        self,
        tx: &mut Tx<'_>,
        (keys, key): (&Keys, KeyId),
        agent: AgentId,
    ) -> Result<(Values, ViewCreated), Refusal> {
        check_in(tx, &self.definition).await?;
        let (owner, team) = match self.scope {
            Scope::Personal => (Some(agent), None),
            Scope::Team(team) => (None, Some(team)),
            Scope::Shared => (None, None),
        };
        change::check_team(tx, team).await?;
        let json = serde_json::to_string(&self.definition)
            .map_err(|error| Refusal::broken(error.to_string()))?;
        let definition = keys.encrypt(tx, key, &json).await?;
        let record = ViewCreated {
            view: ViewId(0),
            name: keys.encrypt(tx, key, &self.name).await?,
            scope: self.scope,
            definition: definition.clone(),
        };
        let values = Values {
            name: self.name,
            owner,
            team,
            definition,
        };
        Ok((values, record))
    }
}

/// A view that the caller may change, locked.
async fn locked(tx: &mut Tx<'_>, caller: &Caller, id: ViewId) -> Result<Stored, Refusal> {
    store::lock(tx, id).await?;
    let stored = find(tx, caller, id).await?;
    rules::may_write(caller, stored.scope())?;
    Ok(stored)
}

async fn find(tx: &mut Tx<'_>, caller: &Caller, id: ViewId) -> Result<Stored, Refusal> {
    let stored = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    let teams = teams_of(tx, caller.agent).await?;
    let whose = (stored.owner, stored.team);
    if rules::sees((caller.agent, caller.role), &teams, whose) {
        Ok(stored)
    } else {
        Err(NOT_FOUND)
    }
}

async fn teams_of(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<TeamId>, DbError> {
    let teams = teams::store::all(tx).await?;
    let own = teams.iter().filter(|team| team.member_ids.contains(&agent));
    Ok(own.map(|team| team.id).collect())
}

async fn read(
    tx: &mut Tx<'_>,
    keys: &Keys,
    caller: &Caller,
    id: ViewId,
) -> Result<SavedView, Refusal> {
    let stored = find(tx, caller, id).await?;
    let definition = opened(tx, keys, &stored.definition)
        .await?
        .ok_or(NOT_FOUND)?;
    let scope = stored.scope();
    Ok(SavedView {
        id,
        scope,
        definition,
        may_change: rules::may_write(caller, scope).is_ok(),
        name: stored.name,
        version: stored.version,
    })
}

/// A stored definition; `None` when its key is gone.
pub(crate) async fn opened(
    tx: &mut Tx<'_>,
    keys: &Keys,
    stored: &Encrypted<String>,
) -> Result<Option<Definition>, Refusal> {
    let Some(json) = keys.decrypt(tx, stored).await? else {
        return Ok(None);
    };
    let definition =
        serde_json::from_str(&json).map_err(|error| Refusal::broken(error.to_string()))?;
    Ok(Some(definition))
}

async fn tell<R: Record>(
    tx: &mut Tx<'_>,
    ctx: &journal::Context,
    owner: Option<AgentId>,
    record: &R,
) -> Result<(), Refusal> {
    let about = Subject {
        agent: owner,
        ..Subject::default()
    };
    journal::append(tx, ctx, about, record).await?;
    Ok(())
}
