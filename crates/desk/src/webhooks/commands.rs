//! Making, editing and deleting webhooks.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::http::signature::new_secret;
use kernel::idempotency;
use kernel::ids::{AgentId, KeyId, RecordId, WebhookId};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::store::{self, Stored, Values};
use super::{Webhook, WebhookChanged, WebhookCreated, WebhookDeleted, WebhookWithSecret, rules};
use crate::Desk;

const CREATE: &str = "webhook.create";
const NOT_FOUND: Refusal = Refusal::NotFound { what: "webhook" };

/// What a webhook is to be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The name.
    pub name: String,
    /// Where it calls.
    pub url: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The kinds subscribed to.
    pub kinds: Vec<String>,
    /// Whether the ticket goes along.
    pub with_ticket: bool,
}

/// Makes a webhook; its secret is shown this once.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    wanted: Wanted,
    once: IdempotencyKey,
) -> Result<WebhookWithSecret, Refusal> {
    caller.require(Permission::DeskManage)?;
    let wanted = checked(desk, wanted)?;
    let kernel = desk.kernel.clone();
    let (at, agent) = (kernel.clock.now(), caller.agent);
    let (ctx, key) = (caller.context(at), kernel.keys.workspace().await?);
    let secret = new_secret(&kernel.random);
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        if let Some(once) = &once.0
            && let Some(id) = idempotency::find(tx, agent, once, CREATE).await?
        {
            let webhook = read(tx, &kernel, WebhookId(id)).await?;
            return Ok(WebhookWithSecret {
                webhook,
                secret: None,
            });
        }
        if store::all(tx).await?.len() >= rules::WEBHOOKS_MAX {
            let detail = format!(
                "There are {} webhooks; delete one first.",
                rules::WEBHOOKS_MAX
            );
            return Err(Refusal::conflict("too_many_webhooks", detail));
        }
        let values = values(&kernel, &wanted, at, agent);
        let id = store::insert(tx, values, kernel.keys.encrypt_secret(&secret)).await?;
        let record = WebhookCreated {
            webhook: id,
            name: kernel.keys.encrypt(tx, key, &wanted.name).await?,
            url: kernel.keys.encrypt(tx, key, &wanted.url).await?,
        };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        if let Some(once) = &once.0 {
            idempotency::remember(tx, agent, once, CREATE, id.0, at).await?;
        }
        Ok(WebhookWithSecret {
            webhook: read(tx, &kernel, id).await?,
            secret: Some(secret.clone()),
        })
    })
    .await
}

/// Makes a webhook what is wanted; `version` is the one the caller saw.
pub async fn update(
    desk: &Desk,
    caller: &Caller,
    (id, version): (WebhookId, i64),
    wanted: Wanted,
) -> Result<Webhook, Refusal> {
    caller.require(Permission::DeskManage)?;
    let wanted = checked(desk, wanted)?;
    let kernel = desk.kernel.clone();
    let (at, agent) = (kernel.clock.now(), caller.agent);
    let (ctx, key) = (caller.context(at), kernel.keys.workspace().await?);
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        let stored = seen(tx, id, version).await?;
        let since = if stored.enabled {
            stored.active_since
        } else {
            at
        };
        let values = values(&kernel, &wanted, since, agent);
        store::update(tx, id, values, at).await?;
        note(tx, &kernel, (&ctx, key), (&wanted, id), false).await?;
        read(tx, &kernel, id).await
    })
    .await
}

/// Gives a webhook another secret; both sign for a day.
pub async fn rotate(
    desk: &Desk,
    caller: &Caller,
    (id, version): (WebhookId, i64),
) -> Result<WebhookWithSecret, Refusal> {
    caller.require(Permission::DeskManage)?;
    let kernel = desk.kernel.clone();
    let (at, agent) = (kernel.clock.now(), caller.agent);
    let (ctx, key) = (caller.context(at), kernel.keys.workspace().await?);
    let secret = new_secret(&kernel.random);
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        let stored = seen(tx, id, version).await?;
        let sealed = kernel.keys.encrypt_secret(&secret);
        let until = at.plus(rules::BOTH_SIGN_FOR);
        store::rotate(tx, id, (sealed, until), (at, agent)).await?;
        let wanted = Wanted {
            url: kernel.keys.decrypt_secret(&stored.url)?,
            name: stored.name,
            enabled: stored.enabled,
            kinds: stored.kinds,
            with_ticket: stored.with_ticket,
        };
        note(tx, &kernel, (&ctx, key), (&wanted, id), true).await?;
        Ok(WebhookWithSecret {
            webhook: read(tx, &kernel, id).await?,
            secret: Some(secret.clone()),
        })
    })
    .await
}

/// Deletes a webhook with the list of its calls.
pub async fn delete(desk: &Desk, caller: &Caller, id: WebhookId) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let kernel = desk.kernel.clone();
    let ctx = caller.context(kernel.clock.now());
    let key = kernel.keys.workspace().await?;
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        let stored = store::lock(tx, id).await?.ok_or(NOT_FOUND)?;
        store::delete(tx, id).await?;
        let name = kernel.keys.encrypt(tx, key, &stored.name).await?;
        let record = WebhookDeleted { webhook: id, name };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        Ok(())
    })
    .await
}

/// Every webhook.
pub async fn list(desk: &Desk, caller: &Caller) -> Result<Vec<Webhook>, Refusal> {
    caller.require(Permission::DeskManage)?;
    let kernel = desk.kernel.clone();
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let stored = store::all(tx).await?;
        stored.into_iter().map(|it| present(&kernel, it)).collect()
    })
    .await
}

fn checked(desk: &Desk, wanted: Wanted) -> Result<Wanted, Refusal> {
    let mend = "give an https:// address on the public internet; the operator can allow more";
    let refused = |reason: String| Refusal::invalid("url", reason, mend);
    if wanted.url.len() > rules::URL_BYTES_MAX {
        return Err(refused("is too long".to_owned()));
    }
    desk.outgoing
        .check(wanted.url.trim())
        .map_err(|problem| refused(problem.to_string()))?;
    Ok(Wanted {
        name: rules::name(&wanted.name)?,
        url: wanted.url.trim().to_owned(),
        kinds: rules::kinds(&wanted.kinds)?,
        ..wanted
    })
}

fn values(kernel: &Kernel, wanted: &Wanted, since: Timestamp, by: AgentId) -> Values {
    Values {
        name: wanted.name.clone(),
        url: kernel.keys.encrypt_secret(&wanted.url),
        enabled: wanted.enabled,
        kinds: wanted.kinds.clone(),
        with_ticket: wanted.with_ticket,
        active_since: since,
        by,
    }
}

async fn seen(tx: &mut Tx<'_>, id: WebhookId, version: i64) -> Result<Stored, Refusal> {
    let stored = store::lock(tx, id).await?.ok_or(NOT_FOUND)?;
    if stored.version != version {
        return Err(Refusal::Stale { what: "webhook" });
    }
    Ok(stored)
}

async fn note(
    tx: &mut Tx<'_>,
    kernel: &Kernel,
    (ctx, key): (&Context, KeyId),
    (wanted, webhook): (&Wanted, WebhookId),
    secret: bool,
) -> Result<RecordId, Refusal> {
    let record = WebhookChanged {
        webhook,
        name: kernel.keys.encrypt(tx, key, &wanted.name).await?,
        url: kernel.keys.encrypt(tx, key, &wanted.url).await?,
        enabled: wanted.enabled,
        secret,
    };
    Ok(journal::append(tx, ctx, Subject::default(), &record).await?)
}

async fn read(tx: &mut Tx<'_>, kernel: &Kernel, id: WebhookId) -> Result<Webhook, Refusal> {
    present(kernel, store::find(tx, id).await?.ok_or(NOT_FOUND)?)
}

fn present(kernel: &Kernel, stored: Stored) -> Result<Webhook, Refusal> {
    let now = kernel.clock.now();
    Ok(Webhook {
        id: stored.id,
        url: kernel.keys.decrypt_secret(&stored.url)?,
        name: stored.name,
        enabled: stored.enabled,
        kinds: stored.kinds,
        with_ticket: stored.with_ticket,
        switched_off: stored.switched_off,
        failing_since: stored.failing_since,
        previous_secret_until: stored.previous_until.filter(|until| *until > now),
        created_at: stored.created_at,
        updated_at: stored.updated_at,
        updated_by: stored.updated_by,
        version: stored.version,
    })
}
