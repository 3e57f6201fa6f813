//! Making, editing and deleting webhooks, and writing down whom to call.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::http::signature::new_secret;
use kernel::idempotency;
use kernel::ids::{KeyId, RecordId, TicketId, WebhookDeliveryId, WebhookId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Context, StoredRecord, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde_json::{Value, json};

use super::reactions::{CALL, Call};
use super::store::{self, NewCall, Stored, StoredCall, Values};
use super::{
    Webhook, WebhookCall, WebhookChanged, WebhookCreated, WebhookDeleted, WebhookWithSecret, rules,
};
use crate::Desk;
use crate::tickets::{self, Ticket};

const CREATE: &str = "webhook.create";
/// Calls of one page.
pub const CALLS_PAGE: i64 = 50;
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

/// Calls a webhook with a test event, whether it is on or not.
pub async fn test(desk: &Desk, caller: &Caller, id: WebhookId) -> Result<WebhookCall, Refusal> {
    caller.require(Permission::DeskManage)?;
    let kernel = desk.kernel.clone();
    let (at, key) = (kernel.clock.now(), kernel.keys.workspace().await?);
    let token = kernel.random.token();
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        store::lock(tx, id).await?.ok_or(NOT_FOUND)?;
        let data = json!({"version": rules::PAYLOAD_VERSION});
        let payload = json!({"type": rules::TEST, "timestamp": at, "data": data});
        let new = New {
            webhook: id,
            cause: format!("test:{token}"),
            kind: rules::TEST,
            ticket: None,
            key,
            at,
        };
        let added = add(&kernel, tx, new, &payload).await?;
        shown(tx, &kernel, added.ok_or(NOT_FOUND)?).await
    })
    .await
}

/// The calls of a webhook, newest first; `below` is where the page before ended.
pub async fn calls(
    desk: &Desk,
    caller: &Caller,
    id: WebhookId,
    below: WebhookDeliveryId,
) -> Result<Vec<WebhookCall>, Refusal> {
    caller.require(Permission::DeskManage)?;
    let kernel = desk.kernel.clone();
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        store::find(tx, id).await?.ok_or(NOT_FOUND)?;
        let mut found = Vec::new();
        for call in store::calls(tx, id, below, CALLS_PAGE).await? {
            found.push(present_call(tx, &kernel, call).await?);
        }
        Ok(found)
    })
    .await
}

/// Makes a call again, with the same `webhook-id`.
pub async fn replay(
    desk: &Desk,
    caller: &Caller,
    id: WebhookDeliveryId,
) -> Result<WebhookCall, Refusal> {
    caller.require(Permission::DeskManage)?;
    let kernel = desk.kernel.clone();
    let (at, token) = (kernel.clock.now(), kernel.random.token());
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        let gone = Refusal::NotFound { what: "call" };
        let call = store::call(tx, id).await?.ok_or(gone)?;
        if store::replay(tx, id).await? {
            enqueue(tx, id, call.ticket, &token, at).await?;
        }
        shown(tx, &kernel, id).await
    })
    .await
}

/// Writes down that a rule calls a webhook; `false` when it is off.
pub(crate) async fn call(
    desk: &Desk,
    tx: &mut Tx<'_>,
    id: WebhookId,
    (record, run): (&StoredRecord, i64),
    ticket: &Ticket,
) -> Result<bool, Refusal> {
    let Some(stored) = store::find(tx, id).await? else {
        let reason = "names no webhook (any more)";
        return Err(Refusal::invalid("webhook_id", reason, "choose another one"));
    };
    if !stored.enabled {
        return Ok(false);
    }
    let cause = format!("run:{run}");
    tell(desk, tx, (&stored, cause), record, Some(ticket)).await?;
    Ok(true)
}

/// Writes down that a webhook is to be told of a record, once for each cause.
pub(super) async fn tell(
    desk: &Desk,
    tx: &mut Tx<'_>,
    (webhook, cause): (&Stored, String),
    record: &StoredRecord,
    ticket: Option<&Ticket>,
) -> Result<(), Refusal> {
    let kernel = &desk.kernel;
    let key = match ticket {
        Some(ticket) => ticket.key,
        None => return Ok(()),
    };
    let ticket_value = match ticket.filter(|_| webhook.with_ticket) {
        Some(ticket) => Some(told(tx, ticket).await?),
        None => None,
    };
    let payload = rules::payload(record, ticket_value);
    let new = New {
        webhook: webhook.id,
        cause,
        kind: &record.kind,
        ticket: record.ticket,
        key,
        at: kernel.clock.now(),
    };
    add(kernel, tx, new, &payload).await?;
    Ok(())
}

/// The ticket as it goes along.
async fn told(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Value, Refusal> {
    let identity = ticket.requester_identity;
    let requester = customers::people::store::by_identity(tx, identity).await?;
    let tags = tickets::store::tag_names(tx, &[ticket.id]).await?;
    let tags: Vec<String> = tags.into_iter().map(|(_, name)| name).collect();
    Ok(json!({
        "id": ticket.id,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "type": ticket.ticket_type,
        "place": ticket.place,
        "channel": ticket.channel,
        "requester": {
            "id": ticket.requester,
            "name": requester.as_ref().map(|it| &it.name),
            "email": requester.as_ref().map(|it| &it.email),
        },
        "assignee_id": ticket.assignee,
        "team_id": ticket.team,
        "inbox_id": ticket.inbox,
        "brand_id": ticket.brand,
        "tags": tags,
        "message_count": ticket.message_count,
        "has_attachments": ticket.has_attachments,
        "last_direction": ticket.last_direction,
        "snoozed_until": ticket.snoozed_until,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "last_message_at": ticket.last_message_at,
        "version": ticket.version,
    }))
}

struct New<'a> {
    webhook: WebhookId,
    cause: String,
    kind: &'a str,
    ticket: Option<TicketId>,
    key: KeyId,
    at: Timestamp,
}

async fn add(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    new: New<'_>,
    payload: &Value,
) -> Result<Option<WebhookDeliveryId>, Refusal> {
    let call = NewCall {
        webhook: new.webhook,
        cause: new.cause,
        kind: new.kind.to_owned(),
        ticket: new.ticket,
        message_id: format!("msg_{}", kernel.random.token()),
        payload: kernel
            .keys
            .encrypt(tx, new.key, &payload.to_string())
            .await?,
        at: new.at,
    };
    let Some(id) = store::add_call(tx, call).await? else {
        return Ok(None);
    };
    enqueue(tx, id, new.ticket, "first", new.at).await?;
    Ok(Some(id))
}

async fn enqueue(
    tx: &mut Tx<'_>,
    id: WebhookDeliveryId,
    ticket: Option<TicketId>,
    turn: &str,
    at: Timestamp,
) -> Result<(), Refusal> {
    let payload = serde_json::to_string(&Call { call: id })
        .map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: CALL,
        key: format!("{CALL}:{id}:{turn}"),
        payload,
        run_at: at,
        ticket,
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
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

fn values(kernel: &Kernel, wanted: &Wanted, since: Timestamp, by: kernel::ids::AgentId) -> Values {
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

async fn shown(
    tx: &mut Tx<'_>,
    kernel: &Kernel,
    id: WebhookDeliveryId,
) -> Result<WebhookCall, Refusal> {
    let gone = Refusal::NotFound { what: "call" };
    let call = store::call(tx, id).await?.ok_or(gone)?;
    present_call(tx, kernel, call).await
}

async fn present_call(
    tx: &mut Tx<'_>,
    kernel: &Kernel,
    call: StoredCall,
) -> Result<WebhookCall, Refusal> {
    let answer = match &call.answer {
        Some(answer) => kernel.keys.decrypt(tx, answer).await?,
        None => None,
    };
    Ok(WebhookCall {
        id: call.id,
        kind: call.kind,
        ticket_id: call.ticket,
        message_id: call.message_id,
        state: call.state,
        attempts: call.attempts,
        status: call.status,
        answer,
        created_at: call.created_at,
        tried_at: call.tried_at,
    })
}
