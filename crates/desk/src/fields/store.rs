//! Rows of fields and their options.

use kernel::db::{DbError, FromRow, Row, Tx, Value, placeholders};
use kernel::ids::{FieldId, FieldOptionId};
use kernel::keys::Encrypted;

use super::{Field, FieldOption, FieldType};

const ALL: &str = "SELECT id, key, type, label, customer_label, description, digits, least, most, \
    searchable, active, position, version FROM fields ORDER BY position, id LIMIT 300";
const FIND: &str = "SELECT id, key, type, label, customer_label, description, digits, least, \
    most, searchable, active, position, version FROM fields WHERE id = $1";
const BY_KEYS: &str = "SELECT id, key, type, label, customer_label, description, digits, least, \
    most, searchable, active, position, version FROM fields WHERE key IN ";
const COUNT: &str = "SELECT COUNT(*), COALESCE(MAX(position), 0) FROM fields";
const INSERT: &str = "INSERT INTO fields (key, type, label, customer_label, description, digits, \
    least, most, searchable, active, position, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) \
    ON CONFLICT (key) DO NOTHING RETURNING id";
const UPDATE: &str = "UPDATE fields SET label = $2, customer_label = $3, description = $4, \
    least = $5, most = $6, searchable = $7, active = $8, position = $9 WHERE id = $1";
const BUMP: &str = "UPDATE fields SET version = version + 1 WHERE id = $1";
const DELETE: &str = "DELETE FROM fields WHERE id = $1";
const OPTIONS: &str = "SELECT field_id, id, parent_id, key, label, active FROM field_options \
    WHERE field_id = $1 ORDER BY position, id LIMIT 1000";
const ALL_OPTIONS: &str = "SELECT field_id, id, parent_id, key, label, active FROM field_options \
    ORDER BY field_id, position, id";
const ADD_OPTION: &str = "INSERT INTO field_options (field_id, parent_id, key, label, active, \
    position) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
const SET_OPTION: &str = "UPDATE field_options SET parent_id = $3, label = $4, active = $5, \
    position = $6 WHERE field_id = $1 AND id = $2";
const DROP_OPTION: &str = "DELETE FROM field_options WHERE field_id = $1 AND id = $2";
const DROP_OPTIONS: &str = "DELETE FROM field_options WHERE field_id = $1";

impl FromRow for Field {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let digits: i64 = row.get(6)?;
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            field_type: row.get(2)?,
            label: row.get(3)?,
            customer_label: row.get(4)?,
            description: row.get(5)?,
            digits: u8::try_from(digits).unwrap_or(0),
            least: row.get(7)?,
            most: row.get(8)?,
            searchable: row.get(9)?,
            active: row.get(10)?,
            position: row.get(11)?,
            version: row.get(12)?,
        })
    }
}

struct OptionRow(FieldId, FieldOption);

impl FromRow for OptionRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let option = FieldOption {
            id: row.get(1)?,
            parent: row.get(2)?,
            key: row.get(3)?,
            label: row.get(4)?,
            active: row.get(5)?,
        };
        Ok(Self(row.get(0)?, option))
    }
}

/// What is written of a field.
#[derive(Clone, Debug)]
pub struct Values {
    /// Its name in the API; an update leaves it.
    pub key: String,
    /// What it holds; an update leaves it.
    pub field_type: FieldType,
    /// Its name for agents.
    pub label: String,
    /// Its name for customers.
    pub customer_label: Option<String>,
    /// What agents should know of it.
    pub description: Option<Encrypted<String>>,
    /// Digits behind the point; an update leaves them.
    pub digits: u8,
    /// The least value.
    pub least: Option<i64>,
    /// The greatest value.
    pub most: Option<i64>,
    /// Whether it is found by its text.
    pub searchable: bool,
    /// Whether it is in use.
    pub active: bool,
    /// Its place.
    pub position: i64,
}

/// All fields in their order, retired ones too.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Field>, DbError> {
    tx.all(ALL, &[]).await
}

/// One field.
pub async fn find(tx: &mut Tx<'_>, id: FieldId) -> Result<Option<Field>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// One field, locked until the transaction ends.
pub async fn lock(tx: &mut Tx<'_>, id: FieldId) -> Result<Option<Field>, DbError> {
    tx.lock_one(FIND, &[id.into()]).await
}

/// The fields of these keys.
pub async fn by_keys(tx: &mut Tx<'_>, keys: &[&str]) -> Result<Vec<Field>, DbError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{BY_KEYS}({})", placeholders(1, keys.len()));
    let values: Vec<Value> = keys.iter().map(|key| (*key).into()).collect();
    tx.all(&sql, &values).await
}

/// How many fields there are, and the last place among them.
pub async fn count(tx: &mut Tx<'_>) -> Result<(i64, i64), DbError> {
    Ok(tx.one(COUNT, &[]).await?.unwrap_or((0, 0)))
}

/// Writes a new field; `None` when its key is taken.
pub async fn insert(tx: &mut Tx<'_>, values: &Values) -> Result<Option<FieldId>, DbError> {
    let params = [
        (&values.key).into(),
        values.field_type.into(),
        (&values.label).into(),
        values.customer_label.clone().into(),
        values.description.clone().into(),
        values.digits.into(),
        values.least.into(),
        values.most.into(),
        values.searchable.into(),
        values.active.into(),
        values.position.into(),
    ];
    Ok(tx.one::<(FieldId,)>(INSERT, &params).await?.map(|(id,)| id))
}

/// Overwrites what may change of a field.
pub async fn update(tx: &mut Tx<'_>, id: FieldId, values: &Values) -> Result<(), DbError> {
    let params = [
        id.into(),
        (&values.label).into(),
        values.customer_label.clone().into(),
        values.description.clone().into(),
        values.least.into(),
        values.most.into(),
        values.searchable.into(),
        values.active.into(),
        values.position.into(),
    ];
    tx.execute(UPDATE, &params).await?;
    Ok(())
}

/// Counts a change of a field.
pub async fn bump(tx: &mut Tx<'_>, id: FieldId) -> Result<(), DbError> {
    tx.execute(BUMP, &[id.into()]).await?;
    Ok(())
}

/// Removes a field and its options; its values stay until they are swept.
pub async fn delete(tx: &mut Tx<'_>, id: FieldId) -> Result<(), DbError> {
    tx.execute(DROP_OPTIONS, &[id.into()]).await?;
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// The options of a field, in the order in which they are shown.
pub async fn options(tx: &mut Tx<'_>, field: FieldId) -> Result<Vec<FieldOption>, DbError> {
    let rows: Vec<OptionRow> = tx.all(OPTIONS, &[field.into()]).await?;
    Ok(rows
        .into_iter()
        .map(|OptionRow(_, option)| option)
        .collect())
}

/// The options of all fields, by field and in the order in which they are shown.
pub async fn all_options(tx: &mut Tx<'_>) -> Result<Vec<(FieldId, FieldOption)>, DbError> {
    let rows: Vec<OptionRow> = tx.all(ALL_OPTIONS, &[]).await?;
    Ok(rows
        .into_iter()
        .map(|OptionRow(field, option)| (field, option))
        .collect())
}

/// Adds an option; its id is ignored.
pub async fn add_option(
    tx: &mut Tx<'_>,
    field: FieldId,
    option: &FieldOption,
    position: i64,
) -> Result<FieldOptionId, DbError> {
    let params = [
        field.into(),
        option.parent.into(),
        (&option.key).into(),
        (&option.label).into(),
        option.active.into(),
        position.into(),
    ];
    let row = tx.one::<(FieldOptionId,)>(ADD_OPTION, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Overwrites what may change of an option.
pub async fn set_option(
    tx: &mut Tx<'_>,
    field: FieldId,
    option: &FieldOption,
    position: i64,
) -> Result<(), DbError> {
    let params = [
        field.into(),
        option.id.into(),
        option.parent.into(),
        (&option.label).into(),
        option.active.into(),
        position.into(),
    ];
    tx.execute(SET_OPTION, &params).await?;
    Ok(())
}

/// Removes an option that nothing names.
pub async fn drop_option(
    tx: &mut Tx<'_>,
    field: FieldId,
    option: FieldOptionId,
) -> Result<(), DbError> {
    tx.execute(DROP_OPTION, &[field.into(), option.into()])
        .await?;
    Ok(())
}
