//! Filling in a ticket's fields.

pub mod look;

use std::collections::BTreeMap;

use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{FieldId, FieldOptionId, TicketId};
use kernel::journal::{self, Change, Context};
use kernel::keys::{Encrypted, Keys};
use kernel::refusal::{FieldProblem, Refusal};
use serde_json::Value as Json;

use super::{FieldValue, FieldsChanged, Held, Recorded, Stored, ValueChange, rules, store};
use crate::fields::{self, Field, FieldType};
use crate::tickets::Ticket;
use crate::tickets::commands::{change, subject};

/// What the keyed hash of a masked text is made for.
const MASKED: &str = "fields.masked";
/// Tickets that are swept in one transaction.
const SWEPT_AT_ONCE: i64 = 200;

/// Fills in fields of a locked ticket, by key; null clears. The caller saves the ticket.
///
/// # Errors
/// Every field that does not fit is named, and then none is changed.
pub(crate) async fn fill(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    given: &BTreeMap<String, Json>,
) -> Result<(), Refusal> {
    if given.is_empty() {
        return Ok(());
    }
    if given.len() > fields::rules::FIELDS_MAX {
        let mend = format!("send at most {} fields", fields::rules::FIELDS_MAX);
        return Err(Refusal::invalid("fields", "are too many", mend));
    }
    let keys: Vec<&str> = given.keys().map(String::as_str).collect();
    let known = fields::store::by_keys(tx, &keys).await?;
    let held = store::of_tickets(tx, &[ticket.id]).await?;
    let (mut problems, mut changes) = (Vec::new(), Vec::new());
    for (key, value) in given {
        let Some(field) = known.iter().find(|field| field.key == *key) else {
            problems.push(unknown(key));
            continue;
        };
        let held = held.iter().find(|held| held.field == field.id);
        match read(tx, field, held, value).await? {
            Ok(value) => changes.push((field, held, value)),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    let mut moved = Vec::new();
    for (field, held, value) in changes {
        if let Some(change) = put(kernel, tx, ticket, field, held, value).await? {
            moved.push(change);
        }
    }
    tell(tx, ctx, ticket, moved).await
}

fn unknown(key: &str) -> FieldProblem {
    FieldProblem {
        field: format!("fields.{key}"),
        reason: "names no field".to_owned(),
        mend: "take the key of a field; GET /fields lists them".to_owned(),
    }
}

/// Reads what is given for a field, or says what is wrong with it.
async fn read(
    tx: &mut Tx<'_>,
    field: &Field,
    held: Option<&Held>,
    given: &Json,
) -> Result<Result<Option<FieldValue>, FieldProblem>, Refusal> {
    if !field.active && !given.is_null() {
        return Ok(Err(FieldProblem {
            field: format!("fields.{}", field.key),
            reason: "was retired".to_owned(),
            mend: format!("{}: leave it out, or send null to empty it", field.label),
        }));
    }
    let options = if field.field_type.is_choice() {
        fields::store::options(tx, field.id).await?
    } else {
        Vec::new()
    };
    let chosen: &[FieldOptionId] = match held.map(|held| &held.value) {
        Some(Stored::Options(ids)) => ids,
        _ => &[],
    };
    let value = match rules::read(field, &options, chosen, given) {
        Ok(value) => value,
        Err(problem) => return Ok(Err(problem)),
    };
    if field.field_type == FieldType::Customer
        && let Some(FieldValue::Number(id)) = value
        && customers::people::store::find(tx, kernel::ids::CustomerId(id))
            .await?
            .is_none()
    {
        return Ok(Err(FieldProblem {
            field: format!("fields.{}", field.key),
            reason: "names no customer".to_owned(),
            mend: format!("{}: send the id of a customer", field.label),
        }));
    }
    Ok(Ok(value))
}

/// Writes a value, if it is another than before.
async fn put(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    field: &Field,
    held: Option<&Held>,
    value: Option<FieldValue>,
) -> Result<Option<ValueChange>, Refusal> {
    let before = match held {
        Some(held) => opened(&kernel.keys, tx, &held.value).await?,
        None => None,
    };
    if before == value && (before.is_some() || held.is_none()) {
        return Ok(None);
    }
    let stored = match &value {
        Some(value) => Some(sealed(kernel, tx, ticket, field, value).await?),
        None => None,
    };
    store::set(tx, ticket.id, field.id, stored.as_ref()).await?;
    let keys = &kernel.keys;
    let kind = field.field_type;
    let from = match held {
        Some(held) => Some(recorded(keys, tx, ticket, kind, &held.value, before).await?),
        None => None,
    };
    let to = match stored {
        Some(stored) => Some(recorded(keys, tx, ticket, kind, &stored, value).await?),
        None => None,
    };
    Ok(Some(ValueChange {
        field: field.id,
        field_type: kind,
        value: Change { from, to },
    }))
}

/// Sets or clears fields whose values need no key: all but texts. Macros, rules and bulk edits do
/// this; what is not of that kind was refused when they were written.
pub(crate) async fn set(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    id: FieldId,
    given: &Json,
) -> Result<(), Refusal> {
    let (field, value) = settable(tx, ticket.id, id, given).await?;
    let held = store::of_tickets(tx, &[ticket.id]).await?;
    let held = held.into_iter().find(|held| held.field == id);
    let before = held.map(|held| held.value);
    let after = value.map(|value| match value {
        FieldValue::Options(ids) => Stored::Options(ids),
        FieldValue::Number(number) => Stored::Number(number),
        // Not reached: texts are refused above.
        FieldValue::Text(_) => Stored::Options(Vec::new()),
    });
    if before == after {
        return Ok(());
    }
    store::set(tx, ticket.id, id, after.as_ref()).await?;
    let tell_of = |value: Option<Stored>| {
        value.map(|value| match value {
            Stored::Number(number) => Recorded::Number(number),
            Stored::Options(ids) => Recorded::Options(ids),
            Stored::Text { text, .. } => Recorded::Text(text),
        })
    };
    let change = ValueChange {
        field: id,
        field_type: field.field_type,
        value: Change {
            from: tell_of(before),
            to: tell_of(after),
        },
    };
    tell(tx, ctx, ticket, vec![change]).await
}

/// Checks a value that a list of actions sets; `ticket` 0 when there is none yet.
pub(crate) async fn check(tx: &mut Tx<'_>, id: FieldId, given: &Json) -> Result<(), Refusal> {
    settable(tx, TicketId(0), id, given).await.map(drop)
}

async fn settable(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    id: FieldId,
    given: &Json,
) -> Result<(Field, Option<FieldValue>), Refusal> {
    let Some(field) = fields::store::find(tx, id).await?.filter(|it| it.active) else {
        return Err(fields::rules::gone("field_id"));
    };
    if field.field_type.is_text() {
        let reason = format!("names “{}”, which holds text", field.label);
        let mend = "choose a field of numbers, days, options or yes and no";
        return Err(Refusal::invalid("field_id", reason, mend));
    }
    let held = store::of_tickets(tx, &[ticket]).await?;
    let held = held.iter().find(|held| held.field == id);
    match read(tx, &field, held, given).await? {
        Ok(value) => Ok((field, value)),
        Err(problem) => Err(Refusal::Invalid(vec![FieldProblem {
            field: "value".to_owned(),
            ..problem
        }])),
    }
}

async fn tell(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    fields: Vec<ValueChange>,
) -> Result<(), Refusal> {
    if fields.is_empty() {
        return Ok(());
    }
    change::touch(ticket, ctx.at);
    journal::append(tx, ctx, subject(ticket), &FieldsChanged { fields }).await?;
    Ok(())
}

/// A stored value, readable; `None` when its text was erased.
pub(crate) async fn opened(
    keys: &Keys,
    tx: &mut Tx<'_>,
    value: &Stored,
) -> Result<Option<FieldValue>, Refusal> {
    Ok(match value {
        Stored::Text { text, .. } => keys.decrypt(tx, text).await?.map(FieldValue::Text),
        Stored::Number(number) => Some(FieldValue::Number(*number)),
        Stored::Options(ids) => Some(FieldValue::Options(ids.clone())),
    })
}

async fn sealed(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    field: &Field,
    value: &FieldValue,
) -> Result<Stored, Refusal> {
    Ok(match value {
        FieldValue::Number(number) => Stored::Number(*number),
        FieldValue::Options(ids) => Stored::Options(ids.clone()),
        FieldValue::Text(text) => Stored::Text {
            lookup: lookup(&kernel.keys, field, text),
            text: kernel.keys.encrypt(tx, ticket.key, text).await?,
        },
    })
}

/// By what a text of a field is found, if it can be.
fn lookup(keys: &Keys, field: &Field, text: &str) -> Option<Vec<u8>> {
    match field.field_type {
        FieldType::Masked => {
            let bare = format!("{}:{}", field.id, rules::bare(text));
            Some(keys.hmac(MASKED, bare.as_bytes()).to_vec())
        }
        _ if field.searchable => Some(rules::fold(text)),
        _ => None,
    }
}

/// A value as the journal keeps it: of a masked text only what is shown.
async fn recorded(
    keys: &Keys,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    kind: FieldType,
    stored: &Stored,
    value: Option<FieldValue>,
) -> Result<Recorded, Refusal> {
    Ok(match (stored, value) {
        (Stored::Number(number), _) => Recorded::Number(*number),
        (Stored::Options(ids), _) => Recorded::Options(ids.clone()),
        (_, Some(FieldValue::Text(text))) if kind == FieldType::Masked => {
            let masked = rules::masked(&text);
            Recorded::Text(keys.encrypt(tx, ticket.key, &masked).await?)
        }
        (Stored::Text { text, .. }, _) => Recorded::Text(text.clone()),
    })
}

/// What tickets hold, by ticket and key, as the API shows it.
pub(crate) async fn shown(
    keys: &Keys,
    tx: &mut Tx<'_>,
    tickets: &[TicketId],
) -> Result<BTreeMap<TicketId, BTreeMap<String, Json>>, Refusal> {
    let mut all: BTreeMap<TicketId, BTreeMap<String, Json>> = BTreeMap::new();
    for held in store::of_tickets(tx, tickets).await? {
        let value = opened(keys, tx, &held.value).await?;
        let value = value.map_or(Json::Null, |value| {
            rules::shown(held.field_type, held.digits, &value)
        });
        all.entry(held.ticket).or_default().insert(held.key, value);
    }
    Ok(all)
}

/// The digits behind the point of a field; 0 when it is gone.
pub(crate) async fn digits(tx: &mut Tx<'_>, field: FieldId) -> Result<u8, Refusal> {
    let found = fields::store::find(tx, field).await?;
    Ok(found.map_or(0, |field| field.digits))
}

/// A recorded value as the timeline shows it.
pub(crate) async fn told(
    keys: &Keys,
    tx: &mut Tx<'_>,
    (kind, digits): (FieldType, u8),
    value: Option<&Recorded>,
) -> Result<Json, Refusal> {
    let value = match value {
        None => return Ok(Json::Null),
        Some(Recorded::Number(number)) => FieldValue::Number(*number),
        Some(Recorded::Options(ids)) => FieldValue::Options(ids.clone()),
        Some(Recorded::Text(text)) => {
            let text: &Encrypted<String> = text;
            return Ok(keys.decrypt(tx, text).await?.into());
        }
    };
    Ok(rules::shown(kind, digits, &value))
}

/// Removes what tickets hold in a field that is gone.
pub async fn sweep(kernel: &Kernel, field: FieldId) -> Result<(), Refusal> {
    let mut after = TicketId(0);
    loop {
        let swept = kernel
            .db
            .write(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
                let holders = store::holders(tx, field, after, SWEPT_AT_ONCE).await?;
                for ticket in &holders {
                    store::set(tx, *ticket, field, None).await?;
                }
                Ok(holders.last().copied())
            })
            .await?;
        let Some(last) = swept else { return Ok(()) };
        after = last;
    }
}
