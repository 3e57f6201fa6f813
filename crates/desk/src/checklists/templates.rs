//! Setting up checklists.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::ChecklistId;
use kernel::journal::{self, Subject};
use kernel::keys::Keys;
use kernel::refusal::Refusal;

use super::store::{self, ListRow};
use super::{Checklist, ChecklistChanged, ChecklistItem, rules};

const CREATE: &str = "checklist.create";
const NOT_FOUND: Refusal = Refusal::NotFound { what: "checklist" };

/// Makes a checklist, or overwrites the one named with the version that the caller saw.
pub async fn save(
    kernel: &Kernel,
    caller: &Caller,
    existing: Option<(ChecklistId, i64)>,
    (name, items): (String, Vec<ChecklistItem>),
    once: IdempotencyKey,
) -> Result<Checklist, Refusal> {
    caller.require(Permission::DeskManage)?;
    let name = rules::name(&name)?;
    let items = rules::items(&items)?;
    let json = serde_json::to_string(&items).map_err(|error| Refusal::broken(error.to_string()))?;
    let (ctx, agent, keys) = (
        caller.context(kernel.clock.now()),
        caller.agent,
        kernel.keys.clone(),
    );
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Checklist, Refusal> {
            let sealed = keys.encrypt(tx, key, &json).await?;
            let id = match existing {
                None => {
                    if let Some(key) = &once.0
                        && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
                    {
                        return find(tx, &keys, ChecklistId(id)).await;
                    }
                    if store::lists(tx).await?.len() >= rules::CHECKLISTS_MAX {
                        let detail = "There are 200 checklists. Remove one first.";
                        return Err(Refusal::conflict("too_many", detail));
                    }
                    let id = store::add_list(tx, (&name, sealed), ctx.at).await?;
                    if let Some(key) = &once.0 {
                        idempotency::remember(tx, agent, key, CREATE, id.0, ctx.at).await?;
                    }
                    id
                }
                Some((id, version)) => {
                    let found = store::lock_list(tx, id).await?.ok_or(NOT_FOUND)?;
                    if found.version != version {
                        return Err(Refusal::Stale { what: "checklist" });
                    }
                    store::save_list(tx, id, (&name, sealed)).await?;
                    id
                }
            };
            let record = ChecklistChanged {
                checklist: id,
                removed: false,
                name: keys.encrypt(tx, key, &name).await?,
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            find(tx, &keys, id).await
        })
        .await
}

/// Removes a checklist.
pub async fn remove(kernel: &Kernel, caller: &Caller, id: ChecklistId) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let (ctx, keys) = (caller.context(kernel.clock.now()), kernel.keys.clone());
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let found = store::lock_list(tx, id).await?.ok_or(NOT_FOUND)?;
            store::delete_list(tx, id).await?;
            let record = ChecklistChanged {
                checklist: id,
                removed: true,
                name: keys.encrypt(tx, key, &found.name).await?,
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

/// All checklists, by name.
pub async fn list(kernel: &Kernel, caller: &Caller) -> Result<Vec<Checklist>, Refusal> {
    caller.require(Permission::TicketRead)?;
    let keys = kernel.keys.clone();
    kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Vec<Checklist>, Refusal> {
                let mut lists = Vec::new();
                for row in store::lists(tx).await? {
                    lists.push(opened(tx, &keys, row).await?);
                }
                lists.sort_by_cached_key(|list| list.name.to_lowercase());
                Ok(lists)
            },
        )
        .await
}

pub(super) async fn find(
    tx: &mut Tx<'_>,
    keys: &Keys,
    id: ChecklistId,
) -> Result<Checklist, Refusal> {
    let row = store::list(tx, id).await?.ok_or(NOT_FOUND)?;
    opened(tx, keys, row).await
}

async fn opened(tx: &mut Tx<'_>, keys: &Keys, row: ListRow) -> Result<Checklist, Refusal> {
    let json = keys.decrypt(tx, &row.items).await?;
    let items = serde_json::from_str(&json.unwrap_or_else(|| "[]".to_owned()))
        .map_err(|error| Refusal::broken(format!("the items of list {}: {error}", row.id)))?;
    Ok(Checklist {
        id: row.id,
        name: row.name,
        items,
        version: row.version,
    })
}
