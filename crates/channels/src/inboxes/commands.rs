//! Creating, changing and deleting inboxes.

use super::form::{Changes, NewInbox, changed, check_signature, prepare, signature};
use super::rules::{self, Problems};
use super::{Inbox, InboxChanged, InboxCreated, InboxDeleted, store};
use crate::email::oauth;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{BrandId, InboxId, KeyId, TeamId};
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::Refusal;

const CREATE: &str = "inbox.create";

/// Creates an inbox, switched on.
///
/// # Errors
/// Missing permission, invalid fields, an address that another inbox has.
pub async fn create(
    kernel: &Kernel,
    caller: &Caller,
    new: NewInbox,
    once: IdempotencyKey,
) -> Result<InboxId, Refusal> {
    caller.require(Permission::InboxManage)?;
    let (ctx, agent) = (caller.context(kernel.clock.now()), caller.agent);
    let (draft, key) = prepare(kernel, new).await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if let Some(once) = &once.0
                && let Some(id) = idempotency::find(tx, agent, once, CREATE).await?
            {
                return Ok(InboxId(id));
            }
            let id = insert(tx, &ctx, &draft, key).await?;
            if let Some(once) = &once.0 {
                idempotency::remember(tx, agent, once, CREATE, id.0, ctx.at).await?;
            }
            Ok(id)
        })
        .await
}

/// Creates the practice inbox of the demo unless its address is there already.
///
/// # Errors
/// The database failed.
pub async fn ensure_practice(kernel: &Kernel, new: NewInbox) -> Result<InboxId, Refusal> {
    let ctx = Context::system(kernel.clock.now());
    let (draft, key) = prepare(kernel, new).await?;
    kernel
        .db
        .write(
            async move |tx: &mut Tx<'_>| match store::by_address(tx, &draft.address).await? {
                Some(id) => Ok(id),
                None => insert(tx, &ctx, &draft, key).await,
            },
        )
        .await
}

async fn insert(
    tx: &mut Tx<'_>,
    ctx: &Context,
    draft: &Inbox,
    key: KeyId,
) -> Result<InboxId, Refusal> {
    check_places(tx, draft.brand, draft.team).await?;
    check_connections(tx, draft).await?;
    let id = store::insert(tx, draft, key, ctx.at)
        .await?
        .ok_or_else(address_taken)?;
    let record = InboxCreated {
        inbox: id,
        team: draft.team,
        import: draft.import,
    };
    journal::append(tx, ctx, Subject::default(), &record).await?;
    Ok(id)
}

/// Changes an inbox. A server's password is kept unless host, port or user name change.
///
/// # Errors
/// Missing permission, a stale version, invalid fields.
pub async fn update(
    kernel: &Kernel,
    caller: &Caller,
    id: InboxId,
    changes: Changes,
) -> Result<(), Refusal> {
    caller.require(Permission::InboxManage)?;
    let ctx = caller.context(kernel.clock.now());
    let signature = match &changes.signature_html {
        Some(html) => {
            let mut problems = Problems::default();
            check_signature(html, &mut problems);
            problems.refuse()?;
            Some(signature(kernel, html).await?)
        }
        None => None,
    };
    let workspace = kernel.keys.workspace().await?;
    let kernel_of_closure = kernel.clone();
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let kernel = &kernel_of_closure;
            if !store::lock(tx, id).await? {
                return Err(Refusal::NotFound { what: "inbox" });
            }
            let before = store::find(tx, id)
                .await?
                .ok_or(Refusal::NotFound { what: "inbox" })?;
            if before.version != changes.version {
                return Err(Refusal::Stale { what: "inbox" });
            }
            let after = changed(kernel, &before, &changes, signature.clone())?;
            check_places(tx, after.brand, after.team).await?;
            check_connections(tx, &after).await?;
            let other = store::by_address(tx, &after.address).await?;
            if other.is_some_and(|other| other != id) {
                return Err(address_taken());
            }
            store::update(tx, &after).await?;
            if before.imap != after.imap || before.smtp != after.smtp {
                store::forget_health(tx, id).await?;
            }
            if mailbox_of(&before) != mailbox_of(&after) {
                crate::email::mailbox::store::invalidate(tx, id).await?;
            }
            let record = record_of(kernel, tx, &before, &after, workspace).await?;
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

/// Deletes an inbox: nothing is fetched or sent any more; its tickets stay.
///
/// # Errors
/// Missing permission, no such inbox.
pub async fn delete(kernel: &Kernel, caller: &Caller, id: InboxId) -> Result<(), Refusal> {
    caller.require(Permission::InboxManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if !store::lock(tx, id).await? {
                return Err(Refusal::NotFound { what: "inbox" });
            }
            store::delete(tx, id, ctx.at).await?;
            store::forget_health(tx, id).await?;
            journal::append(tx, &ctx, Subject::default(), &InboxDeleted { inbox: id }).await?;
            Ok(())
        })
        .await
}

/// Which mailbox is read. Another one has UIDs of its own, whatever it says its UIDVALIDITY is.
fn mailbox_of(inbox: &Inbox) -> Option<(&str, &str, &str)> {
    inbox
        .imap
        .as_ref()
        .map(|imap| (&*imap.host, &*imap.username, &*imap.folder))
}

async fn check_places(
    tx: &mut Tx<'_>,
    brand: BrandId,
    team: Option<TeamId>,
) -> Result<(), Refusal> {
    let brands = desk::brands::store::all(tx).await?;
    if !brands.iter().any(|known| known.id == brand) {
        return Err(Refusal::invalid(
            "brand_id",
            "names no brand",
            "choose one of the brands",
        ));
    }
    if let Some(team) = team
        && !desk::teams::store::exists(tx, team).await?
    {
        return Err(Refusal::invalid(
            "team_id",
            "names no team",
            "choose one of the teams",
        ));
    }
    Ok(())
}

/// A token serves only the servers its connection was made for, as a password does.
async fn check_connections(tx: &mut Tx<'_>, inbox: &Inbox) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    for (name, access) in [("imap", &inbox.imap), ("smtp", &inbox.smtp)] {
        if let Some(access) = access
            && let Some(id) = access.connection
        {
            let connection = oauth::store::lock(tx, id).await?;
            rules::connection(name, &access.host, connection.as_ref(), &mut problems);
        }
    }
    problems.refuse()
}

async fn record_of(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    before: &Inbox,
    after: &Inbox,
    key: KeyId,
) -> Result<InboxChanged, Refusal> {
    let keys = &kernel.keys;
    let mut record = InboxChanged {
        inbox: before.id,
        name: None,
        address: None,
        enabled: change(before.enabled, after.enabled),
        team: change(before.team, after.team),
        brand: change(before.brand, after.brand),
        imap: before.imap != after.imap,
        smtp: before.smtp != after.smtp,
        appearance: before.signature != after.signature || before.sender_name != after.sender_name,
    };
    if before.name != after.name {
        let from = keys.encrypt(tx, key, &before.name).await?;
        record.name = Some(Change {
            from,
            to: keys.encrypt(tx, key, &after.name).await?,
        });
    }
    if before.address != after.address {
        let from = keys.encrypt(tx, key, &before.address).await?;
        record.address = Some(Change {
            from,
            to: keys.encrypt(tx, key, &after.address).await?,
        });
    }
    Ok(record)
}

fn change<T: PartialEq>(from: T, to: T) -> Option<Change<T>> {
    (from != to).then_some(Change { from, to })
}

fn address_taken() -> Refusal {
    Refusal::conflict(
        "inbox_address_taken",
        "Another inbox has this address. Choose a different one.",
    )
}
