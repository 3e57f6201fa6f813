//! Saving, changing, deleting and listing macros.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, KeyId, MacroId};
use kernel::journal::{self, Change, Subject};
use kernel::keys::{Encrypted, Keys};
use kernel::refusal::Refusal;

use super::store::{self, Values};
use super::{Macro, MacroChanged, MacroCreated, MacroDeleted, Scope, Stored, rules};
use crate::html;
use crate::tickets::Status;

const CREATE: &str = "macro.create";

/// What a new macro needs.
#[derive(Clone, Debug)]
pub struct NewMacro {
    /// Its name.
    pub name: String,
    /// Its text, not yet sanitised.
    pub html: String,
    /// Whom it is for.
    pub scope: Scope,
    /// The status the ticket gets when the reply is sent.
    pub status_after: Option<Status>,
}

/// What is to change on a macro; `None` leaves it.
#[derive(Clone, Debug)]
pub struct MacroUpdate {
    /// The version the caller saw.
    pub version: i64,
    /// A new name.
    pub name: Option<String>,
    /// A new text, not yet sanitised.
    pub html: Option<String>,
    /// Whom it is for from now on.
    pub scope: Option<Scope>,
    /// Another status, or none.
    pub status_after: Option<Option<Status>>,
}

/// Saves a macro; the same idempotency key answers the same macro.
pub async fn create(
    kernel: &Kernel,
    caller: &Caller,
    new: NewMacro,
    once: IdempotencyKey,
) -> Result<Macro, Refusal> {
    rules::may_write(caller, new.scope)?;
    let name = rules::name(&new.name)?;
    let text = clean(&new.html)?;
    let at = kernel.clock.now();
    let (ctx, agent) = (caller.context(at), caller.agent);
    let (scope, status_after) = (new.scope, new.status_after);
    let owner = owner_of(scope, agent);
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
            {
                return read(tx, &keys, MacroId(id), agent).await;
            }
            let html = keys.encrypt(tx, key, &text).await?;
            let values = Values {
                name: name.clone(),
                html,
                owner,
                status_after,
            };
            let saved = store::insert(tx, values, at).await?.ok_or(NOT_FOUND)?;
            let name = keys.encrypt(tx, key, &name).await?;
            let record = MacroCreated {
                saved,
                name,
                scope,
                status_after,
            };
            journal::append(tx, &ctx, about(owner), &record).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, CREATE, saved.0, at).await?;
            }
            read(tx, &keys, saved, agent).await
        })
        .await
}

/// Changes a macro.
pub async fn update(
    kernel: &Kernel,
    caller: &Caller,
    id: MacroId,
    update: MacroUpdate,
) -> Result<Macro, Refusal> {
    caller.require(Permission::TicketNote)?;
    let name = update.name.as_deref().map(rules::name).transpose()?;
    let text = update.html.as_deref().map(clean).transpose()?;
    let (ctx, agent, caller) = (
        caller.context(kernel.clock.now()),
        caller.agent,
        caller.clone(),
    );
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            store::lock(tx, id).await?;
            let stored = find(tx, id, agent).await?;
            let scope = update.scope.unwrap_or(stored.scope());
            rules::may_write(&caller, stored.scope())?;
            rules::may_write(&caller, scope)?;
            if stored.version != update.version {
                return Err(Refusal::Stale { what: "macro" });
            }
            let wanted = Wanted {
                name: name.clone().unwrap_or_else(|| stored.name.clone()),
                html: text.clone(),
                scope,
                status_after: update.status_after.unwrap_or(stored.status_after),
            };
            if let Some(record) = change(tx, (&keys, key), &stored, wanted, agent).await? {
                // Whoever saw it before or sees it now is to hear of it.
                let owner = stored.owner.filter(|_| scope == Scope::Personal);
                journal::append(tx, &ctx, about(owner), &record).await?;
            }
            read(tx, &keys, id, agent).await
        })
        .await
}

/// Deletes a macro.
pub async fn delete(kernel: &Kernel, caller: &Caller, id: MacroId) -> Result<(), Refusal> {
    caller.require(Permission::TicketNote)?;
    let (ctx, agent, caller) = (
        caller.context(kernel.clock.now()),
        caller.agent,
        caller.clone(),
    );
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            store::lock(tx, id).await?;
            let stored = find(tx, id, agent).await?;
            rules::may_write(&caller, stored.scope())?;
            store::delete(tx, id).await?;
            let name = keys.encrypt(tx, key, &stored.name).await?;
            let record = MacroDeleted {
                saved: id,
                scope: stored.scope(),
                name,
            };
            journal::append(tx, &ctx, about(stored.owner), &record).await?;
            Ok(())
        })
        .await
}

/// The macros the caller sees, by name.
pub async fn list(kernel: &Kernel, caller: &Caller) -> Result<Vec<Macro>, Refusal> {
    caller.require(Permission::TicketRead)?;
    let agent = caller.agent;
    let keys = kernel.keys.clone();
    kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let mut macros = Vec::new();
            for stored in store::seen_by(tx, agent).await? {
                macros.push(opened(tx, &keys, stored).await?);
            }
            Ok(macros)
        })
        .await
}

/// What a macro is to be; a text that is not given stays.
struct Wanted {
    name: String,
    html: Option<String>,
    scope: Scope,
    status_after: Option<Status>,
}

/// Writes what differs, and tells it; `None` when nothing does.
async fn change(
    tx: &mut Tx<'_>,
    (keys, key): (&Keys, KeyId),
    stored: &Stored,
    wanted: Wanted,
    agent: AgentId,
) -> Result<Option<MacroChanged>, Refusal> {
    let before = keys.decrypt(tx, &stored.html).await?.unwrap_or_default();
    let html = match wanted.html.filter(|html| *html != before) {
        Some(html) => Some(keys.encrypt(tx, key, &html).await?),
        None => None,
    };
    let renamed = wanted.name != stored.name;
    let record = MacroChanged {
        saved: stored.id,
        name: if renamed {
            Some(encrypted(tx, keys, key, stored, &wanted.name).await?)
        } else {
            None
        },
        html: html.clone().map(|to| Change {
            from: stored.html.clone(),
            to,
        }),
        scope: changed(stored.scope(), wanted.scope),
        status_after: changed(stored.status_after, wanted.status_after),
    };
    if !renamed && html.is_none() && record.scope.is_none() && record.status_after.is_none() {
        return Ok(None);
    }
    let values = Values {
        name: wanted.name,
        html: html.unwrap_or_else(|| stored.html.clone()),
        owner: owner_of(wanted.scope, agent),
        status_after: wanted.status_after,
    };
    store::update(tx, stored.id, values).await?;
    Ok(Some(record))
}

async fn encrypted(
    tx: &mut Tx<'_>,
    keys: &Keys,
    key: KeyId,
    stored: &Stored,
    name: &str,
) -> Result<Change<Encrypted<String>>, Refusal> {
    let from = keys.encrypt(tx, key, &stored.name).await?;
    Ok(Change {
        from,
        to: keys.encrypt(tx, key, name).await?,
    })
}

fn changed<T: PartialEq>(from: T, to: T) -> Option<Change<T>> {
    (from != to).then_some(Change { from, to })
}

async fn find(tx: &mut Tx<'_>, id: MacroId, agent: AgentId) -> Result<Stored, Refusal> {
    let stored = store::find(tx, id).await?;
    stored
        .filter(|stored| rules::sees(agent, stored.owner))
        .ok_or(NOT_FOUND)
}

async fn read(tx: &mut Tx<'_>, keys: &Keys, id: MacroId, agent: AgentId) -> Result<Macro, Refusal> {
    let stored = find(tx, id, agent).await?;
    opened(tx, keys, stored).await
}

async fn opened(tx: &mut Tx<'_>, keys: &Keys, stored: Stored) -> Result<Macro, Refusal> {
    let scope = stored.scope();
    let html = keys.decrypt(tx, &stored.html).await?.unwrap_or_default();
    let Stored {
        id,
        name,
        status_after,
        version,
        ..
    } = stored;
    Ok(Macro {
        id,
        name,
        html,
        scope,
        status_after,
        version,
    })
}

fn clean(given: &str) -> Result<String, Refusal> {
    rules::html(given)?;
    Ok(html::sanitise(given).html)
}

fn owner_of(scope: Scope, agent: AgentId) -> Option<AgentId> {
    (scope == Scope::Personal).then_some(agent)
}

fn about(owner: Option<AgentId>) -> Subject {
    Subject {
        agent: owner,
        ..Subject::default()
    }
}

const NOT_FOUND: Refusal = Refusal::NotFound { what: "macro" };
