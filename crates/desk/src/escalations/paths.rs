//! Setting up the ways by which tickets are escalated.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::EscalationPathId;
use kernel::journal::{self, Subject};
use kernel::refusal::Refusal;

use super::store::{self, PathRow};
use super::{EscalationPath, EscalationPathChanged, Step, rules};
use crate::tickets::commands::change;

const CREATE: &str = "escalation_path.create";
const NOT_FOUND: Refusal = Refusal::NotFound {
    what: "escalation path",
};

/// Makes a path, or overwrites the one named with the version that the caller saw.
pub async fn save(
    kernel: &Kernel,
    caller: &Caller,
    existing: Option<(EscalationPathId, i64)>,
    (name, steps): (String, Vec<Step>),
    once: IdempotencyKey,
) -> Result<EscalationPath, Refusal> {
    caller.require(Permission::DeskManage)?;
    let name = rules::name(&name)?;
    let steps = rules::steps(&steps)?;
    let json = serde_json::to_string(&steps).map_err(|error| Refusal::broken(error.to_string()))?;
    let (ctx, agent, keys) = (
        caller.context(kernel.clock.now()),
        caller.agent,
        kernel.keys.clone(),
    );
    let key = keys.workspace().await?;
    kernel
        .db
        .write(
            async move |tx: &mut Tx<'_>| -> Result<EscalationPath, Refusal> {
                for (index, step) in steps.iter().enumerate() {
                    let place = format!("steps.{index}");
                    let checked = change::check_assignee(tx, step.agent_id).await;
                    checked.map_err(|refusal| refusal.under(&place))?;
                    let checked = change::check_team(tx, step.team_id).await;
                    checked.map_err(|refusal| refusal.under(&place))?;
                }
                let id = match existing {
                    None => {
                        if let Some(key) = &once.0
                            && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
                        {
                            return find(tx, EscalationPathId(id)).await;
                        }
                        let many = i64::try_from(store::paths(tx).await?.len()).unwrap_or(i64::MAX);
                        if many >= rules::PATHS_MAX {
                            let detail = "There are 100 paths. Remove one first.";
                            return Err(Refusal::conflict("too_many", detail));
                        }
                        let id = store::add_path(tx, (&name, &json), ctx.at).await?;
                        if let Some(key) = &once.0 {
                            idempotency::remember(tx, agent, key, CREATE, id.0, ctx.at).await?;
                        }
                        id
                    }
                    Some((id, version)) => {
                        let found = store::lock_path(tx, id).await?.ok_or(NOT_FOUND)?;
                        if found.version != version {
                            return Err(Refusal::Stale {
                                what: "escalation path",
                            });
                        }
                        store::save_path(tx, id, (&name, &json)).await?;
                        id
                    }
                };
                let record = EscalationPathChanged {
                    path: id,
                    removed: false,
                    name: keys.encrypt(tx, key, &name).await?,
                };
                journal::append(tx, &ctx, Subject::default(), &record).await?;
                find(tx, id).await
            },
        )
        .await
}

/// Removes a path; what was escalated by it goes on.
pub async fn remove(kernel: &Kernel, caller: &Caller, id: EscalationPathId) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let (ctx, keys) = (caller.context(kernel.clock.now()), kernel.keys.clone());
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let found = store::lock_path(tx, id).await?.ok_or(NOT_FOUND)?;
            store::delete_path(tx, id).await?;
            let record = EscalationPathChanged {
                path: id,
                removed: true,
                name: keys.encrypt(tx, key, &found.name).await?,
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

/// All paths, by name.
pub async fn list(kernel: &Kernel, caller: &Caller) -> Result<Vec<EscalationPath>, Refusal> {
    caller.require(Permission::TicketRead)?;
    kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Vec<EscalationPath>, Refusal> {
                let rows = store::paths(tx).await?.into_iter();
                let mut paths: Vec<_> = rows.map(opened).collect::<Result<_, _>>()?;
                paths.sort_by_cached_key(|path| path.name.to_lowercase());
                Ok(paths)
            },
        )
        .await
}

pub(super) async fn find(tx: &mut Tx<'_>, id: EscalationPathId) -> Result<EscalationPath, Refusal> {
    opened(store::path(tx, id).await?.ok_or(NOT_FOUND)?)
}

fn opened(row: PathRow) -> Result<EscalationPath, Refusal> {
    let steps = serde_json::from_str(&row.steps)
        .map_err(|error| Refusal::broken(format!("the steps of path {}: {error}", row.id)))?;
    Ok(EscalationPath {
        id: row.id,
        name: row.name,
        steps,
        version: row.version,
    })
}
