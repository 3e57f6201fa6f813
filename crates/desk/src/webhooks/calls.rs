//! Writing down whom to call, and looking at the calls.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{KeyId, TicketId, WebhookDeliveryId, WebhookId};
use kernel::jobs::{self, NewJob};
use kernel::journal::StoredRecord;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde_json::{Value, json};

use super::reactions::{CALL, Call};
use super::store::{self, NewCall, Stored, StoredCall};
use super::{WebhookCall, rules};
use crate::Desk;
use crate::tickets::{self, Ticket};

/// Calls of one page.
pub const CALLS_PAGE: i64 = 50;
const NOT_FOUND: Refusal = Refusal::NotFound { what: "webhook" };

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
