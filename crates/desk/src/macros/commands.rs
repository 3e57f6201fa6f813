//! Saving, changing, deleting and listing macros.

use std::collections::BTreeMap;
use std::time::Duration;

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, AttachmentId, KeyId, MacroId, TeamId};
use kernel::journal::{self, Change, Subject};
use kernel::keys::Keys;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::store::{self, Values};
use super::{
    Extras, Macro, MacroChanged, MacroCreated, MacroDeleted, Scope, Stored, rules, variables,
};
use crate::tickets::Status;
use crate::tickets::commands::change::check_team;
use crate::{actions, attachments, conditions, html, teams};

const CREATE: &str = "macro.create";
/// How far back uses are counted.
pub const USES_COUNTED: Duration = Duration::from_hours(30 * 24);

/// What a new macro needs.
#[derive(Clone, Debug, Default)]
pub struct NewMacro {
    /// Its name.
    pub name: String,
    /// Its text, not yet sanitised.
    pub html: String,
    /// Whom it is for.
    pub scope: Scope,
    /// The status the ticket gets when the reply is sent.
    pub status_after: Option<Status>,
    /// What it does beside its text.
    pub extras: Extras,
    /// The uploads that go with it.
    pub attachment_ids: Vec<AttachmentId>,
}

/// What is to change on a macro; `None` leaves it.
#[derive(Clone, Debug, Default)]
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
    /// What it does beside its text from now on.
    pub extras: Option<Extras>,
    /// The files that go with it from now on: those it has, and new uploads.
    pub attachment_ids: Option<Vec<AttachmentId>>,
}

/// Saves a macro; the same idempotency key answers the same macro.
pub async fn create(
    kernel: &Kernel,
    caller: &Caller,
    new: NewMacro,
    once: IdempotencyKey,
) -> Result<Macro, Refusal> {
    rules::may_write(caller, new.scope)?;
    let wanted = Wanted {
        name: rules::name(&new.name)?,
        html: clean("html", &new.html)?,
        scope: new.scope,
        status_after: new.status_after,
        extras: clean_extras(new.extras)?,
    };
    let files = new.attachment_ids;
    check_files(&files)?;
    let at = kernel.clock.now();
    let (ctx, caller) = (caller.context(at), caller.clone());
    let (kernel_inside, key) = (kernel.clone(), kernel.keys.workspace().await?);
    let write = async move |tx: &mut Tx<'_>| {
        let (kernel, agent) = (&kernel_inside, caller.agent);
        if let Some(key) = &once.0
            && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
        {
            return read(tx, kernel, &caller, MacroId(id)).await;
        }
        let values = wanted.values(tx, (&kernel.keys, key), agent).await?;
        let owner = values.owner;
        let saved = store::insert(tx, values, at).await?.ok_or(NOT_FOUND)?;
        set_files(tx, saved, &files, agent, at).await?;
        let record = MacroCreated {
            saved,
            name: kernel.keys.encrypt(tx, key, &wanted.name).await?,
            scope: wanted.scope,
            status_after: wanted.status_after,
        };
        journal::append(tx, &ctx, about(owner), &record).await?;
        if let Some(key) = &once.0 {
            idempotency::remember(tx, agent, key, CREATE, saved.0, at).await?;
        }
        read(tx, kernel, &caller, saved).await
    };
    kernel.db.write(write).await
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
    let html = update.html.as_deref();
    let html = html.map(|html| clean("html", html)).transpose()?;
    let extras = update.extras.map(clean_extras).transpose()?;
    let files = update.attachment_ids;
    if let Some(files) = &files {
        check_files(files)?;
    }
    let at = kernel.clock.now();
    let (ctx, caller) = (caller.context(at), caller.clone());
    let (kernel_inside, key) = (kernel.clone(), kernel.keys.workspace().await?);
    let write = async move |tx: &mut Tx<'_>| {
        let (kernel, keys) = (&kernel_inside, &kernel_inside.keys);
        let stored = locked(tx, &caller, id).await?;
        let scope = update.scope.unwrap_or(stored.scope());
        rules::may_write(&caller, scope)?;
        if stored.version != update.version {
            return Err(Refusal::Stale { what: "macro" });
        }
        let before = before(tx, keys, &stored).await?;
        let wanted = Wanted {
            name: name.clone().unwrap_or_else(|| stored.name.clone()),
            html: html.clone().unwrap_or_else(|| before.html.clone()),
            scope,
            status_after: update.status_after.unwrap_or(stored.status_after),
            extras: extras.clone().unwrap_or_else(|| before.extras.clone()),
        };
        let had = store::files(tx, id).await?;
        let new_files = files.clone().map(sorted).filter(|files| *files != had);
        let same = wanted == before && new_files.is_none();
        if !same {
            let values = wanted.values(tx, (keys, key), caller.agent).await?;
            let mut record = changes((&before, &stored), &wanted, &values);
            if wanted.name != before.name {
                record.name = Some(Change {
                    from: keys.encrypt(tx, key, &before.name).await?,
                    to: keys.encrypt(tx, key, &wanted.name).await?,
                });
            }
            // Whoever saw it before or sees it now is to hear of it.
            let owner = stored.owner.filter(|_| scope == Scope::Personal);
            store::update(tx, id, values, (caller.agent, at)).await?;
            if let Some(files) = &new_files {
                set_files(tx, id, files, caller.agent, at).await?;
            }
            record.files = new_files;
            journal::append(tx, &ctx, about(owner), &record).await?;
        }
        read(tx, kernel, &caller, id).await
    };
    kernel.db.write(write).await
}

/// Deletes a macro.
pub async fn delete(kernel: &Kernel, caller: &Caller, id: MacroId) -> Result<(), Refusal> {
    caller.require(Permission::TicketNote)?;
    let at = kernel.clock.now();
    let (ctx, caller) = (caller.context(at), caller.clone());
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    let write = async move |tx: &mut Tx<'_>| {
        let stored = locked(tx, &caller, id).await?;
        for file in store::delete(tx, id).await? {
            attachments::commands::sweep_later(tx, file, at).await?;
        }
        let record = MacroDeleted {
            saved: id,
            scope: stored.scope(),
            name: keys.encrypt(tx, key, &stored.name).await?,
        };
        journal::append(tx, &ctx, about(stored.owner), &record).await?;
        Ok(())
    };
    kernel.db.write(write).await
}

/// The macros the caller sees, by name.
pub async fn list(kernel: &Kernel, caller: &Caller) -> Result<Vec<Macro>, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (kernel_inside, caller) = (kernel.clone(), caller.clone());
    let look = async move |tx: &mut Tx<'_>| {
        let kernel = &kernel_inside;
        let teams = teams_of(tx, caller.agent).await?;
        let since = kernel.clock.now().minus(USES_COUNTED);
        let uses: BTreeMap<MacroId, i64> = store::uses(tx, since).await?.into_iter().collect();
        let mut macros = Vec::new();
        for stored in store::seen_by(tx, caller.agent).await? {
            if rules::sees(&caller, &teams, (stored.owner, stored.team)) {
                let used = uses.get(&stored.id).copied().unwrap_or(0);
                macros.push(opened(tx, kernel, stored, used).await?);
            }
        }
        Ok(macros)
    };
    kernel.db.read(look).await
}

/// What a macro is to be, or was.
#[derive(Clone, PartialEq, Eq)]
struct Wanted {
    name: String,
    html: String,
    scope: Scope,
    status_after: Option<Status>,
    extras: Extras,
}

impl Wanted {
    /// What is written for it, checked against what there is at present.
    async fn values(
        &self,
        tx: &mut Tx<'_>,
        (keys, key): (&Keys, KeyId),
        agent: AgentId,
    ) -> Result<Values, Refusal> {
        let (owner, team) = match self.scope {
            Scope::Personal => (Some(agent), None),
            Scope::Team(team) => (None, Some(team)),
            Scope::Shared => (None, None),
        };
        check_team(tx, team).await?;
        actions::check(tx, "actions", &self.extras.actions).await?;
        conditions::store::check(tx, "conditions", &self.extras.conditions).await?;
        let extras = serde_json::to_string(&self.extras)
            .map_err(|error| Refusal::broken(error.to_string()))?;
        Ok(Values {
            name: self.name.clone(),
            html: keys.encrypt(tx, key, &self.html).await?,
            owner,
            team,
            status_after: self.status_after,
            extras: keys.encrypt(tx, key, &extras).await?,
        })
    }
}

async fn before(tx: &mut Tx<'_>, keys: &Keys, stored: &Stored) -> Result<Wanted, Refusal> {
    Ok(Wanted {
        name: stored.name.clone(),
        html: keys.decrypt(tx, &stored.html).await?.unwrap_or_default(),
        scope: stored.scope(),
        status_after: stored.status_after,
        extras: extras_of(tx, keys, stored).await?,
    })
}

/// What differs, but for name and files.
fn changes((before, stored): (&Wanted, &Stored), wanted: &Wanted, values: &Values) -> MacroChanged {
    let html = (before.html != wanted.html).then(|| Change {
        from: stored.html.clone(),
        to: values.html.clone(),
    });
    MacroChanged {
        saved: stored.id,
        name: None,
        html,
        scope: changed(before.scope, wanted.scope),
        status_after: changed(before.status_after, wanted.status_after),
        extras: (before.extras != wanted.extras).then(|| values.extras.clone()),
        files: None,
    }
}

fn changed<T: PartialEq>(from: T, to: T) -> Option<Change<T>> {
    (from != to).then_some(Change { from, to })
}

/// What a stored macro does beside its text.
pub(super) async fn extras_of(
    tx: &mut Tx<'_>,
    keys: &Keys,
    stored: &Stored,
) -> Result<Extras, Refusal> {
    let Some(extras) = &stored.extras else {
        return Ok(Extras::default());
    };
    let Some(json) = keys.decrypt(tx, extras).await? else {
        return Ok(Extras::default());
    };
    serde_json::from_str(&json).map_err(|error| Refusal::broken(error.to_string()))
}

/// Makes `wanted` the files of a macro; those it loses are swept later.
async fn set_files(
    tx: &mut Tx<'_>,
    id: MacroId,
    wanted: &[AttachmentId],
    agent: AgentId,
    at: Timestamp,
) -> Result<(), Refusal> {
    let had = store::files(tx, id).await?;
    for file in had.iter().filter(|file| !wanted.contains(file)) {
        store::remove_file(tx, id, *file).await?;
        attachments::commands::sweep_later(tx, *file, at).await?;
    }
    for file in wanted.iter().filter(|file| !had.contains(file)) {
        if !store::add_file(tx, id, *file, agent).await? {
            let reason = format!("holds {file}, which is not an upload of yours any more");
            let mend = "upload the file again";
            return Err(Refusal::invalid("attachment_ids", reason, mend));
        }
        attachments::store::keep(tx, *file).await?;
    }
    Ok(())
}

fn check_files(files: &[AttachmentId]) -> Result<(), Refusal> {
    if files.len() > rules::FILES_MAX {
        let mend = format!("keep at most {} files", rules::FILES_MAX);
        return Err(Refusal::invalid("attachment_ids", "is too long", mend));
    }
    Ok(())
}

fn sorted(mut files: Vec<AttachmentId>) -> Vec<AttachmentId> {
    files.sort();
    files.dedup();
    files
}

/// A macro that the caller may change, locked.
async fn locked(tx: &mut Tx<'_>, caller: &Caller, id: MacroId) -> Result<Stored, Refusal> {
    store::lock(tx, id).await?;
    let stored = find(tx, caller, id).await?;
    rules::may_write(caller, stored.scope())?;
    Ok(stored)
}

/// A macro that the caller sees.
pub(crate) async fn find(tx: &mut Tx<'_>, caller: &Caller, id: MacroId) -> Result<Stored, Refusal> {
    let stored = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    let teams = teams_of(tx, caller.agent).await?;
    if rules::sees(caller, &teams, (stored.owner, stored.team)) {
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
    kernel: &Kernel,
    caller: &Caller,
    id: MacroId,
) -> Result<Macro, Refusal> {
    let stored = find(tx, caller, id).await?;
    let since = kernel.clock.now().minus(USES_COUNTED);
    let uses = store::uses(tx, since).await?;
    let used = uses.iter().find(|(of, _)| *of == id);
    opened(tx, kernel, stored, used.map_or(0, |(_, count)| *count)).await
}

async fn opened(
    tx: &mut Tx<'_>,
    kernel: &Kernel,
    stored: Stored,
    uses: i64,
) -> Result<Macro, Refusal> {
    let scope = stored.scope();
    let html = kernel.keys.decrypt(tx, &stored.html).await?;
    let extras = extras_of(tx, &kernel.keys, &stored).await?;
    let mut files = Vec::new();
    for id in store::files(tx, stored.id).await? {
        if let Some(file) = attachments::store::find(tx, id).await? {
            files.push(attachments::commands::present(kernel, tx, &file).await?);
        }
    }
    Ok(Macro {
        id: stored.id,
        name: stored.name,
        html: html.unwrap_or_default(),
        scope,
        status_after: stored.status_after,
        variants: extras.variants,
        actions: extras.actions,
        conditions: extras.conditions,
        files,
        uses,
        edited_by: stored.edited_by,
        edited_at: stored.edited_at,
        version: stored.version,
    })
}

fn clean(field: &str, given: &str) -> Result<String, Refusal> {
    rules::html(given)?;
    let html = html::sanitise(given).html;
    variables::check(field, &html)?;
    Ok(html)
}

fn clean_extras(mut extras: Extras) -> Result<Extras, Refusal> {
    rules::extras(&extras)?;
    actions::rules::check("actions", &extras.actions)?;
    for (index, variant) in extras.variants.iter_mut().enumerate() {
        variant.html = clean(&format!("variants.{index}.html"), &variant.html)?;
    }
    Ok(extras)
}

fn about(owner: Option<AgentId>) -> Subject {
    Subject {
        agent: owner,
        ..Subject::default()
    }
}

pub(super) const NOT_FOUND: Refusal = Refusal::NotFound { what: "macro" };
