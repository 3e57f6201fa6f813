//! Making, changing, retiring, deleting and listing fields.

mod arrange;

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{FieldId, KeyId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Change, Context, Subject};
use kernel::keys::{Encrypted, Keys};
use kernel::refusal::Refusal;

use arrange::arrange;

use super::http::{ApiField, ApiOption, FieldInput, FieldPatch};
use super::reactions::{SWEEP_VALUES, SweepFieldValues};
use super::store::{self, Values};
use super::{Field, FieldChanged, FieldCreated, FieldDeleted, FieldOption, rules};

const CREATE: &str = "field.create";
const NOT_FOUND: Refusal = Refusal::NotFound { what: "field" };

/// Who changes fields, and the key of the team's own texts.
#[derive(Clone)]
pub(crate) struct Desk {
    pub keys: Keys,
    pub key: KeyId,
    pub ctx: Context,
}

impl Desk {
    /// Made ready before the transaction.
    pub(crate) async fn ready(kernel: &Kernel, caller: &Caller) -> Result<Self, Refusal> {
        let keys = kernel.keys.clone();
        Ok(Self {
            key: keys.workspace().await?,
            keys,
            ctx: caller.context(kernel.clock.now()),
        })
    }

    async fn encrypt(&self, tx: &mut Tx<'_>, text: &str) -> Result<Encrypted<String>, Refusal> {
        Ok(self.keys.encrypt(tx, self.key, text).await?)
    }

    /// All of a field or form, as the journal keeps it.
    pub(crate) async fn definition(
        &self,
        tx: &mut Tx<'_>,
        it: &impl serde::Serialize,
    ) -> Result<Encrypted<String>, Refusal> {
        let text = serde_json::to_string(it);
        let text = text.map_err(|error| Refusal::broken(error.to_string()))?;
        self.encrypt(tx, &text).await
    }
}

/// Makes a field; the same idempotency key answers the same field.
pub async fn create(
    kernel: &Kernel,
    caller: &Caller,
    new: FieldInput,
    once: IdempotencyKey,
) -> Result<ApiField, Refusal> {
    caller.require(Permission::DeskManage)?;
    let (desk, agent) = (Desk::ready(kernel, caller).await?, caller.agent);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<ApiField, Refusal> {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
            {
                return read(&desk.keys, tx, FieldId(id)).await;
            }
            let field = make(&desk, tx, &new).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, CREATE, field.id.0, desk.ctx.at).await?;
            }
            Ok(field)
        })
        .await
}

/// Makes a field inside a transaction.
pub(crate) async fn make(
    desk: &Desk,
    tx: &mut Tx<'_>,
    new: &FieldInput,
) -> Result<ApiField, Refusal> {
    let label = rules::label("label", &new.label)?;
    let kind = new.field_type;
    let digits = rules::digits(kind, new.digits)?;
    let least = rules::bound("min", (kind, digits), new.min.as_deref())?;
    let most = rules::bound("max", (kind, digits), new.max.as_deref())?;
    rules::bounds(least, most)?;
    let (count, last) = store::count(tx).await?;
    if usize::try_from(count).unwrap_or(usize::MAX) >= rules::FIELDS_MAX {
        return Err(Refusal::conflict(
            "too_many_fields",
            "There are 300 fields; delete some that nobody uses any more first.",
        ));
    }
    let key = match &new.key {
        Some(key) => rules::key("key", key)?,
        None => {
            let taken = store::all(tx).await?;
            rules::free_key(rules::key_from(&label), |key| {
                taken.iter().any(|it| it.key == key)
            })
        }
    };
    let values = Values {
        key,
        field_type: kind,
        label,
        customer_label: customer_label(new.customer_label.as_deref())?,
        description: describe(desk, tx, new.description.as_deref()).await?,
        digits,
        least,
        most,
        searchable: rules::searchable(kind, new.searchable)?,
        active: new.active,
        position: new.position.unwrap_or_else(|| last.saturating_add(1)),
    };
    let Some(id) = store::insert(tx, &values).await? else {
        let mend = "choose another key";
        return Err(Refusal::invalid("key", "is another field's", mend));
    };
    arrange(tx, (id, kind.is_choice()), &[], &new.options).await?;
    let field = read(&desk.keys, tx, id).await?;
    let record = FieldCreated {
        field: id,
        field_type: kind,
        definition: desk.definition(tx, &field).await?,
    };
    journal::append(tx, &desk.ctx, Subject::default(), &record).await?;
    Ok(field)
}

fn customer_label(given: Option<&str>) -> Result<Option<String>, Refusal> {
    match given.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => rules::label("customer_label", text).map(Some),
    }
}

async fn describe(
    desk: &Desk,
    tx: &mut Tx<'_>,
    given: Option<&str>,
) -> Result<Option<Encrypted<String>>, Refusal> {
    match rules::description(given.unwrap_or_default())? {
        Some(text) => Ok(Some(desk.encrypt(tx, &text).await?)),
        None => Ok(None),
    }
}

/// Changes a field.
pub async fn update(
    kernel: &Kernel,
    caller: &Caller,
    id: FieldId,
    patch: FieldPatch,
) -> Result<ApiField, Refusal> {
    caller.require(Permission::DeskManage)?;
    let desk = Desk::ready(kernel, caller).await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| change(&desk, tx, id, &patch).await)
        .await
}

/// Changes a field inside a transaction.
pub(crate) async fn change(
    desk: &Desk,
    tx: &mut Tx<'_>,
    id: FieldId,
    patch: &FieldPatch,
) -> Result<ApiField, Refusal> {
    let field = store::lock(tx, id).await?.ok_or(NOT_FOUND)?;
    if field.version != patch.version {
        return Err(Refusal::Stale { what: "field" });
    }
    let before = read(&desk.keys, tx, id).await?;
    let shape = (field.field_type, field.digits);
    let values = Values {
        label: match &patch.label {
            Some(label) => rules::label("label", label)?,
            None => field.label.clone(),
        },
        customer_label: match &patch.customer_label {
            Some(label) => customer_label(label.as_deref())?,
            None => field.customer_label.clone(),
        },
        description: match &patch.description {
            Some(text) => describe(desk, tx, Some(text)).await?,
            None => field.description.clone(),
        },
        least: match &patch.min {
            Some(bound) => rules::bound("min", shape, bound.as_deref())?,
            None => field.least,
        },
        most: match &patch.max {
            Some(bound) => rules::bound("max", shape, bound.as_deref())?,
            None => field.most,
        },
        active: patch.active.unwrap_or(field.active),
        position: patch.position.unwrap_or(field.position),
        searchable: field.searchable,
        key: field.key.clone(),
        field_type: field.field_type,
        digits: field.digits,
    };
    rules::bounds(values.least, values.most)?;
    if let Some(options) = &patch.options {
        let old = store::options(tx, id).await?;
        arrange(tx, (id, field.field_type.is_choice()), &old, options).await?;
    }
    store::update(tx, id, &values).await?;
    if read(&desk.keys, tx, id).await? == before {
        return Ok(before);
    }
    store::bump(tx, id).await?;
    let now = read(&desk.keys, tx, id).await?;
    let record = FieldChanged {
        field: id,
        active: Change {
            from: before.active,
            to: now.active,
        },
        definition: Change {
            from: desk.definition(tx, &before).await?,
            to: desk.definition(tx, &now).await?,
        },
    };
    journal::append(tx, &desk.ctx, Subject::default(), &record).await?;
    Ok(now)
}

/// Deletes a retired field for good; what tickets hold in it is removed soon after.
pub async fn delete(kernel: &Kernel, caller: &Caller, id: FieldId) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let desk = Desk::ready(kernel, caller).await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let field = store::lock(tx, id).await?.ok_or(NOT_FOUND)?;
            if field.active {
                return Err(Refusal::conflict(
                    "field_in_use",
                    "This field is in use; retire it first. Retired, it keeps what tickets hold.",
                ));
            }
            let shown = read(&desk.keys, tx, id).await?;
            store::delete(tx, id).await?;
            crate::forms::store::forget_field(tx, id).await?;
            let record = FieldDeleted {
                field: id,
                definition: desk.definition(tx, &shown).await?,
            };
            journal::append(tx, &desk.ctx, Subject::default(), &record).await?;
            let payload = serde_json::to_string(&SweepFieldValues { field: id });
            let payload = payload.map_err(|error| Refusal::broken(error.to_string()))?;
            let job = NewJob {
                kind: SWEEP_VALUES,
                key: format!("fields.sweep:{id}"),
                payload,
                run_at: desk.ctx.at,
                ticket: None,
            };
            jobs::enqueue(tx, job).await?;
            Ok(())
        })
        .await
}

/// All fields in their order, with their options; retired ones too.
pub async fn list(kernel: &Kernel, caller: &Caller) -> Result<Vec<ApiField>, Refusal> {
    caller.require(Permission::TicketRead)?;
    let keys = kernel.keys.clone();
    kernel
        .db
        .read(async move |tx: &mut Tx<'_>| all(&keys, tx).await)
        .await
}

/// All fields inside a transaction.
pub(crate) async fn all(keys: &Keys, tx: &mut Tx<'_>) -> Result<Vec<ApiField>, Refusal> {
    let mut shown = Vec::new();
    let options = store::all_options(tx).await?;
    for field in store::all(tx).await? {
        let own = options.iter().filter(|(of, _)| *of == field.id);
        let own: Vec<FieldOption> = own.map(|(_, option)| option.clone()).collect();
        shown.push(present(keys, tx, field, &own).await?);
    }
    Ok(shown)
}

async fn read(keys: &Keys, tx: &mut Tx<'_>, id: FieldId) -> Result<ApiField, Refusal> {
    let field = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    let options = store::options(tx, id).await?;
    present(keys, tx, field, &options).await
}

async fn present(
    keys: &Keys,
    tx: &mut Tx<'_>,
    field: Field,
    options: &[FieldOption],
) -> Result<ApiField, Refusal> {
    let description = match &field.description {
        Some(text) => keys.decrypt(tx, text).await?.unwrap_or_default(),
        None => String::new(),
    };
    let bound = |value: Option<i64>| value.map(|it| rules::number_text(it, field.digits));
    let options = options.iter().map(|option| ApiOption {
        id: option.id,
        key: option.key.clone(),
        label: option.label.clone(),
        depth: u8::try_from(rules::depth(options, option.id)).unwrap_or(0),
        retired: !option.active,
    });
    Ok(ApiField {
        id: field.id,
        min: bound(field.least),
        max: bound(field.most),
        key: field.key,
        field_type: field.field_type,
        label: field.label,
        customer_label: field.customer_label,
        description,
        digits: field.digits,
        searchable: field.searchable,
        active: field.active,
        position: field.position,
        options: options.collect(),
        version: field.version,
    })
}
