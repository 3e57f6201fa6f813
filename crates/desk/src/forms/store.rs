//! Rows of forms.

use std::collections::BTreeMap;

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{BrandId, FieldId, FormId, InboxId, TicketId};

use super::{Form, FormField};
use crate::tickets::TicketType;

const ALL: &str = "SELECT id, key, name, active, is_default, version FROM forms \
    ORDER BY position, id LIMIT 100";
const FIND: &str = "SELECT id, key, name, active, is_default, version FROM forms WHERE id = $1";
const COUNT: &str = "SELECT COUNT(*), COALESCE(MAX(position), 0) FROM forms";
const INSERT: &str = "INSERT INTO forms (key, name, active, is_default, position, version) \
    VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (key) DO NOTHING RETURNING id";
const UPDATE: &str = "UPDATE forms SET name = $2, active = $3, is_default = $4, \
    version = version + 1 WHERE id = $1";
const DELETE: &str = "DELETE FROM forms WHERE id = $1";
const NO_DEFAULT: &str = "UPDATE forms SET is_default = 0, version = version + 1 \
    WHERE is_default = 1 AND id <> $1";
const FIELDS: &str = "SELECT form_id, field_id, required_on_create, required_on_solve, types, \
    show_when FROM form_fields WHERE form_id = $1 ORDER BY position";
const ADD_FIELD: &str = "INSERT INTO form_fields (form_id, field_id, position, \
    required_on_create, required_on_solve, types, show_when) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const CLEAR_FIELDS: &str = "DELETE FROM form_fields WHERE form_id = $1";
const FORGET_FIELD: &str = "DELETE FROM form_fields WHERE field_id = $1";
const DEFAULTS: &str = "SELECT kind, target_id, form_id FROM form_defaults \
    ORDER BY kind, target_id";
const SET_DEFAULT: &str = "INSERT INTO form_defaults (kind, target_id, form_id) \
    VALUES ($1, $2, $3) ON CONFLICT (kind, target_id) DO UPDATE SET form_id = excluded.form_id";
const CLEAR_DEFAULTS: &str = "DELETE FROM form_defaults WHERE form_id = $1";
const CHOSEN: &str = "SELECT form_id FROM ticket_forms WHERE ticket_id = $1";
const CHOOSE: &str = "INSERT INTO ticket_forms (ticket_id, form_id) VALUES ($1, $2) \
    ON CONFLICT (ticket_id) DO UPDATE SET form_id = excluded.form_id";
const UNCHOOSE: &str = "DELETE FROM ticket_forms WHERE ticket_id = $1";
const OF_TICKET: &str = "SELECT f.id FROM ticket_forms t JOIN forms f ON f.id = t.form_id \
    WHERE t.ticket_id = $1 AND f.active = 1";
const OF_PLACE: &str = "SELECT f.id FROM form_defaults d JOIN forms f ON f.id = d.form_id \
    WHERE f.active = 1 AND ((d.kind = 'inbox' AND d.target_id = $1) \
        OR (d.kind = 'brand' AND d.target_id = $2)) ORDER BY d.kind DESC LIMIT 1";
const OF_WORKSPACE: &str = "SELECT id FROM forms WHERE is_default = 1 AND active = 1 \
    ORDER BY id LIMIT 1";

impl FromRow for Form {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            name: row.get(2)?,
            active: row.get(3)?,
            is_default: row.get(4)?,
            version: row.get(5)?,
            inbox_ids: Vec::new(),
            brand_ids: Vec::new(),
            fields: Vec::new(),
        })
    }
}

impl FromRow for FormField {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let types: String = row.get(4)?;
        let show_when: Option<String> = row.get(5)?;
        let show_when = show_when
            .map(|text| serde_json::from_str(&text))
            .transpose();
        Ok(Self {
            field_id: row.get(1)?,
            required_on_create: row.get(2)?,
            required_on_solve: row.get(3)?,
            types: types.split(' ').filter_map(|it| it.parse().ok()).collect(),
            show_when: show_when.map_err(|error| DbError::Unreadable(error.to_string()))?,
        })
    }
}

/// All forms in their order, with their fields; retired ones too.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Form>, DbError> {
    let mut forms: Vec<Form> = tx.all(ALL, &[]).await?;
    let mut defaults = defaults(tx).await?;
    for form in &mut forms {
        fill(tx, form, &mut defaults).await?;
    }
    Ok(forms)
}

/// One form with its fields.
pub async fn find(tx: &mut Tx<'_>, id: FormId) -> Result<Option<Form>, DbError> {
    let Some(mut form) = tx.one::<Form>(FIND, &[id.into()]).await? else {
        return Ok(None);
    };
    let mut defaults = defaults(tx).await?;
    fill(tx, &mut form, &mut defaults).await?;
    Ok(Some(form))
}

/// Locks a form's row; whether there is one.
pub async fn lock(tx: &mut Tx<'_>, id: FormId) -> Result<bool, DbError> {
    Ok(tx.lock_one::<Form>(FIND, &[id.into()]).await?.is_some())
}

type Places = (Vec<InboxId>, Vec<BrandId>);

async fn defaults(tx: &mut Tx<'_>) -> Result<BTreeMap<FormId, Places>, DbError> {
    let mut places: BTreeMap<FormId, Places> = BTreeMap::new();
    for (kind, target, form) in tx.all::<(String, i64, FormId)>(DEFAULTS, &[]).await? {
        let (inboxes, brands) = places.entry(form).or_default();
        if kind == "inbox" {
            inboxes.push(InboxId(target));
        } else {
            brands.push(BrandId(target));
        }
    }
    Ok(places)
}

async fn fill(
    tx: &mut Tx<'_>,
    form: &mut Form,
    defaults: &mut BTreeMap<FormId, Places>,
) -> Result<(), DbError> {
    form.fields = tx.all(FIELDS, &[form.id.into()]).await?;
    (form.inbox_ids, form.brand_ids) = defaults.remove(&form.id).unwrap_or_default();
    Ok(())
}

/// How many forms there are, and the last place among them.
pub async fn count(tx: &mut Tx<'_>) -> Result<(i64, i64), DbError> {
    Ok(tx.one(COUNT, &[]).await?.unwrap_or((0, 0)))
}

/// Writes a new form without its fields; `None` when its key is taken.
pub async fn insert(
    tx: &mut Tx<'_>,
    form: &Form,
    position: i64,
) -> Result<Option<FormId>, DbError> {
    let params = [
        (&form.key).into(),
        (&form.name).into(),
        form.active.into(),
        form.is_default.into(),
        position.into(),
    ];
    Ok(tx.one::<(FormId,)>(INSERT, &params).await?.map(|(id,)| id))
}

/// Writes all that may change of a form.
pub async fn update(tx: &mut Tx<'_>, form: &Form) -> Result<(), DbError> {
    let params = [
        form.id.into(),
        (&form.name).into(),
        form.active.into(),
        form.is_default.into(),
    ];
    tx.execute(UPDATE, &params).await?;
    arrange(tx, form).await
}

/// Writes a form's fields and where it is the default.
pub async fn arrange(tx: &mut Tx<'_>, form: &Form) -> Result<(), DbError> {
    if form.is_default {
        tx.execute(NO_DEFAULT, &[form.id.into()]).await?;
    }
    tx.execute(CLEAR_FIELDS, &[form.id.into()]).await?;
    for (place, field) in form.fields.iter().enumerate() {
        let types: Vec<&str> = field
            .types
            .iter()
            .copied()
            .map(TicketType::as_str)
            .collect();
        let show_when = field.show_when.as_ref().map(serde_json::to_string);
        let show_when = show_when
            .transpose()
            .map_err(|error| DbError::Unreadable(error.to_string()))?;
        let params = [
            form.id.into(),
            field.field_id.into(),
            i64::try_from(place).unwrap_or(i64::MAX).into(),
            field.required_on_create.into(),
            field.required_on_solve.into(),
            types.join(" ").into(),
            show_when.into(),
        ];
        tx.execute(ADD_FIELD, &params).await?;
    }
    tx.execute(CLEAR_DEFAULTS, &[form.id.into()]).await?;
    for inbox in &form.inbox_ids {
        let params = ["inbox".into(), (*inbox).into(), form.id.into()];
        tx.execute(SET_DEFAULT, &params).await?;
    }
    for brand in &form.brand_ids {
        let params = ["brand".into(), (*brand).into(), form.id.into()];
        tx.execute(SET_DEFAULT, &params).await?;
    }
    Ok(())
}

/// Removes a form.
pub async fn delete(tx: &mut Tx<'_>, id: FormId) -> Result<(), DbError> {
    tx.execute(CLEAR_FIELDS, &[id.into()]).await?;
    tx.execute(CLEAR_DEFAULTS, &[id.into()]).await?;
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// Takes a field that is gone off every form.
pub async fn forget_field(tx: &mut Tx<'_>, field: FieldId) -> Result<(), DbError> {
    tx.execute(FORGET_FIELD, &[field.into()]).await?;
    Ok(())
}

/// The form that was chosen for a ticket.
pub async fn chosen(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Option<FormId>, DbError> {
    let row = tx.one::<(FormId,)>(CHOSEN, &[ticket.into()]).await?;
    Ok(row.map(|(form,)| form))
}

/// Chooses a form for a ticket, or the default one.
pub async fn choose(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    form: Option<FormId>,
) -> Result<(), DbError> {
    match form {
        Some(form) => tx.execute(CHOOSE, &[ticket.into(), form.into()]).await?,
        None => tx.execute(UNCHOOSE, &[ticket.into()]).await?,
    };
    Ok(())
}

/// The form that a ticket has, if there is any.
pub async fn of_ticket(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    inbox: Option<InboxId>,
    brand: BrandId,
) -> Result<Option<FormId>, DbError> {
    if let Some((form,)) = tx.one::<(FormId,)>(OF_TICKET, &[ticket.into()]).await? {
        return Ok(Some(form));
    }
    let inbox = inbox.unwrap_or(InboxId(0));
    let place = [inbox.into(), brand.into()];
    if let Some((form,)) = tx.one::<(FormId,)>(OF_PLACE, &place).await? {
        return Ok(Some(form));
    }
    let row = tx.one::<(FormId,)>(OF_WORKSPACE, &[]).await?;
    Ok(row.map(|(form,)| form))
}
