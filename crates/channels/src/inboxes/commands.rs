//! Creating, changing and deleting inboxes.

use std::sync::Arc;

use super::rules::{self, AccessForm, Problems};
use super::{Access, Import, Inbox, InboxChanged, InboxCreated, InboxDeleted, store};
use crate::email::server::Security;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{BrandId, InboxId, KeyId, TeamId};
use kernel::journal::{self, Change, Context, Subject};
use kernel::keys::{Encrypted, KeyOwner};
use kernel::refusal::Refusal;

const CREATE: &str = "inbox.create";

/// How to reach a server, as a person enters it.
#[derive(Clone)]
pub struct NewAccess {
    /// Host name.
    pub host: String,
    /// Port, not checked yet.
    pub port: i64,
    /// Protection.
    pub security: Security,
    /// User name.
    pub username: String,
    /// Folder (IMAP).
    pub folder: String,
    /// The password, when one was typed.
    pub password: Option<String>,
}

/// An inbox as a person enters it.
#[derive(Clone)]
pub struct NewInbox {
    /// Name inside the team.
    pub name: String,
    /// The address.
    pub address: String,
    /// The name customers see.
    pub sender_name: String,
    /// The brand.
    pub brand: BrandId,
    /// The team for new tickets.
    pub team: Option<TeamId>,
    /// HTML below every reply.
    pub signature_html: String,
    /// Where mail is fetched.
    pub imap: Option<NewAccess>,
    /// Where mail is handed over.
    pub smtp: Option<NewAccess>,
    /// What happens with mail from before.
    pub import: Import,
    /// Whether it is the practice inbox of the demo.
    pub practice: bool,
}

/// Changes to an inbox; `None` leaves a field as it is.
#[derive(Clone, Default)]
pub struct Changes {
    /// The version they were made on.
    pub version: i64,
    /// Name inside the team.
    pub name: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// The name customers see.
    pub sender_name: Option<String>,
    /// The brand.
    pub brand: Option<BrandId>,
    /// The team for new tickets.
    pub team: Option<Option<TeamId>>,
    /// Switch on or off.
    pub enabled: Option<bool>,
    /// HTML below every reply.
    pub signature_html: Option<String>,
    /// Where mail is fetched.
    pub imap: Option<Option<NewAccess>>,
    /// Where mail is handed over.
    pub smtp: Option<Option<NewAccess>>,
    /// What happens with mail from before; matters until the first connection.
    pub import: Option<Import>,
}

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

/// Checks and encrypts what needs no transaction.
async fn prepare(kernel: &Kernel, new: NewInbox) -> Result<(Arc<Inbox>, KeyId), Refusal> {
    let mut problems = Problems::default();
    let name = rules::name("name", &new.name, true, &mut problems);
    let sender_name = rules::name("sender_name", &new.sender_name, false, &mut problems);
    let address = rules::address(&new.address, &mut problems);
    check_signature(&new.signature_html, &mut problems);
    let imap = new
        .imap
        .map(|form| access(kernel, "imap", form, None, &mut problems));
    let smtp = new
        .smtp
        .map(|form| access(kernel, "smtp", form, None, &mut problems));
    problems.refuse()?;
    let signature = signature(kernel, &new.signature_html).await?;
    let key = kernel.keys.create(KeyOwner::Intake).await?;
    let draft = Inbox {
        id: InboxId(0),
        name,
        address,
        sender_name,
        brand: new.brand,
        team: new.team,
        enabled: true,
        practice: new.practice,
        signature,
        imap,
        smtp,
        import: new.import,
        key,
        version: 1,
    };
    Ok((Arc::new(draft), key))
}

async fn insert(
    tx: &mut Tx<'_>,
    ctx: &Context,
    draft: &Inbox,
    key: KeyId,
) -> Result<InboxId, Refusal> {
    check_places(tx, draft.brand, draft.team).await?;
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

fn changed(
    kernel: &Kernel,
    before: &Inbox,
    changes: &Changes,
    signature: Option<Encrypted<String>>,
) -> Result<Inbox, Refusal> {
    let mut problems = Problems::default();
    let mut after = before.clone();
    if let Some(name) = &changes.name {
        after.name = rules::name("name", name, true, &mut problems);
    }
    if let Some(name) = &changes.sender_name {
        after.sender_name = rules::name("sender_name", name, false, &mut problems);
    }
    if let Some(address) = &changes.address {
        after.address = rules::address(address, &mut problems);
    }
    if let Some(form) = changes.imap.clone() {
        let stored = before.imap.as_ref();
        after.imap = form.map(|form| access(kernel, "imap", form, stored, &mut problems));
    }
    if let Some(form) = changes.smtp.clone() {
        let stored = before.smtp.as_ref();
        after.smtp = form.map(|form| access(kernel, "smtp", form, stored, &mut problems));
    }
    problems.refuse()?;
    after.brand = changes.brand.unwrap_or(before.brand);
    after.team = changes.team.unwrap_or(before.team);
    after.enabled = changes.enabled.unwrap_or(before.enabled);
    after.import = changes.import.unwrap_or(before.import);
    after.signature = signature.unwrap_or(after.signature);
    Ok(after)
}

/// Checks one server's form. A stored password serves only the server it was entered for, so that
/// nobody can have it sent elsewhere.
fn access(
    kernel: &Kernel,
    field: &str,
    form: NewAccess,
    stored: Option<&Access>,
    problems: &mut Problems,
) -> Access {
    let host = form.host.trim().to_lowercase();
    let username = form.username.trim().to_owned();
    let kept = stored
        .filter(|s| s.host == host && i64::from(s.port) == form.port && s.username == username)
        .filter(|s| s.security == form.security)
        .map(|s| s.password.clone());
    let typed = form.password.filter(|password| !password.is_empty());
    let has_password = typed.is_some() || kept.is_some();
    let folder = if field == "imap" && form.folder.trim().is_empty() {
        "INBOX".to_owned()
    } else {
        form.folder.trim().to_owned()
    };
    let checked = AccessForm {
        field,
        host: &host,
        port: form.port,
        security: form.security,
        username: &username,
        folder: &folder,
        has_password,
    };
    let port = rules::access(&checked, problems);
    let password = match (typed, kept) {
        (Some(typed), _) => kernel.keys.encrypt_secret(&typed),
        (None, Some(kept)) => kept,
        (None, None) => kernel.keys.encrypt_secret(""),
    };
    Access {
        host,
        port,
        security: form.security,
        username,
        folder,
        password,
    }
}

fn check_signature(html: &str, problems: &mut Problems) {
    if html.len() > rules::SIGNATURE_BYTES_MAX {
        problems.add(
            "signature_html",
            "is longer than 20,000 bytes",
            "shorten it",
        );
    }
}

async fn signature(kernel: &Kernel, html: &str) -> Result<Encrypted<String>, Refusal> {
    let key = kernel.keys.workspace().await?;
    let clean = desk::html::sanitise(html).html;
    let keys = kernel.keys.clone();
    let sealed = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| keys.encrypt(tx, key, &clean).await)
        .await?;
    Ok(sealed)
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
