//! Creating, changing, deleting tags, and bringing them into being by use.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::TagId;
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::Refusal;

use super::{Tag, TagChanged, TagCreated, TagDeleted, rules, store};

const CREATE: &str = "tag.create";

/// What is to change on a tag; `None` leaves it.
#[derive(Clone, Debug)]
pub struct TagUpdate {
    /// The version the caller saw, when they care.
    pub version: Option<i64>,
    /// A new name.
    pub name: Option<String>,
    /// A new colour as `#rrggbb`, or none.
    pub color: Option<Option<String>>,
}

/// The tags of these names, made where they are missing, in the order given without repeats.
///
/// Runs inside the command that tags a ticket and answers for its permission.
pub async fn ensure(
    tx: &mut Tx<'_>,
    ctx: &Context,
    given: &[String],
) -> Result<Vec<TagId>, Refusal> {
    let mut tags = Vec::new();
    for name in rules::names(given)? {
        tags.push(match store::named(tx, &name).await? {
            Some(tag) => tag,
            None => make(tx, ctx, &name).await?,
        });
    }
    Ok(tags)
}

async fn make(tx: &mut Tx<'_>, ctx: &Context, name: &str) -> Result<TagId, Refusal> {
    if let Some(tag) = store::insert(tx, name, None, ctx.at).await? {
        journal::append(
            tx,
            ctx,
            Subject::default(),
            &TagCreated { tag, color: None },
        )
        .await?;
        return Ok(tag);
    }
    // Somebody else made it between our look and our insert.
    found(store::named(tx, name).await?)
}

/// Creates a tag; the same idempotency key answers the same tag.
pub async fn create(
    kernel: &Kernel,
    caller: &Caller,
    name: &str,
    color: Option<&str>,
    once: IdempotencyKey,
) -> Result<Tag, Refusal> {
    caller.require(Permission::TagManage)?;
    let name = rules::normalise(name)?;
    let color = color.map(rules::color).transpose()?;
    let at = kernel.clock.now();
    let (ctx, agent) = (caller.context(at), caller.agent);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
            {
                return found(store::find(tx, TagId(id)).await?);
            }
            let tag = store::insert(tx, &name, color, at)
                .await?
                .ok_or_else(name_taken)?;
            journal::append(tx, &ctx, Subject::default(), &TagCreated { tag, color }).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, CREATE, tag.0, at).await?;
            }
            found(store::find(tx, tag).await?)
        })
        .await
}

/// Renames or colours a tag.
pub async fn update(
    kernel: &Kernel,
    caller: &Caller,
    id: TagId,
    update: TagUpdate,
) -> Result<Tag, Refusal> {
    caller.require(Permission::TagManage)?;
    let name = update.name.as_deref().map(rules::normalise).transpose()?;
    let color = match &update.color {
        Some(given) => Some(given.as_deref().map(rules::color).transpose()?),
        None => None,
    };
    let ctx = caller.context(kernel.clock.now());
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            store::lock(tx, id).await?;
            let tag = found(store::find(tx, id).await?)?;
            if update.version.is_some_and(|seen| seen != tag.version) {
                return Err(Refusal::Stale { what: "tag" });
            }
            let old_color = tag.color.as_deref().map(rules::color).transpose()?;
            let new_name = name.clone().filter(|name| *name != tag.name);
            let new_color = color.filter(|color| *color != old_color);
            if new_name.is_none() && new_color.is_none() {
                return Ok(tag);
            }
            if let Some(name) = &new_name
                && store::named(tx, name).await?.is_some()
            {
                return Err(name_taken());
            }
            let shown = new_name.as_deref().unwrap_or(&tag.name);
            store::update(tx, id, shown, new_color.unwrap_or(old_color)).await?;
            let renamed = match &new_name {
                Some(new) => Some(Change {
                    from: keys.encrypt(tx, key, &tag.name).await?,
                    to: keys.encrypt(tx, key, new).await?,
                }),
                None => None,
            };
            let record = TagChanged {
                tag: id,
                name: renamed,
                color: new_color.map(|to| Change {
                    from: old_color,
                    to,
                }),
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            found(store::find(tx, id).await?)
        })
        .await
}

/// Deletes a tag and takes it off every ticket.
pub async fn delete(kernel: &Kernel, caller: &Caller, id: TagId) -> Result<(), Refusal> {
    caller.require(Permission::TagManage)?;
    let ctx = caller.context(kernel.clock.now());
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            store::lock(tx, id).await?;
            let tag = found(store::find(tx, id).await?)?;
            store::delete(tx, id).await?;
            let name = keys.encrypt(tx, key, &tag.name).await?;
            journal::append(tx, &ctx, Subject::default(), &TagDeleted { tag: id, name }).await?;
            Ok(())
        })
        .await
}

fn found<T>(found: Option<T>) -> Result<T, Refusal> {
    found.ok_or(Refusal::NotFound { what: "tag" })
}

fn name_taken() -> Refusal {
    Refusal::conflict("tag_name_taken", "There is a tag of this name already.")
}
