//! Rows of values: what tickets hold in their fields.

use kernel::db::{DbError, FromRow, Row, Tx, Value, placeholders};
use kernel::ids::{FieldId, FieldOptionId, TicketId};
use kernel::keys::Encrypted;

use super::{Held, Stored};
use crate::fields::FieldType;

const OF_TICKETS: &str = "SELECT v.ticket_id, v.field_id, f.key, f.type, f.digits, v.option_id, \
    v.number, v.text, v.lookup FROM ticket_field_values v JOIN fields f ON f.id = v.field_id \
    WHERE v.ticket_id IN ";
const CLEAR: &str = "DELETE FROM ticket_field_values WHERE ticket_id = $1 AND field_id = $2";
const ADD: &str = "INSERT INTO ticket_field_values (ticket_id, field_id, option_id, number, text, \
    lookup) VALUES ($1, $2, $3, $4, $5, $6)";
const CLEAR_TICKET: &str = "DELETE FROM ticket_field_values WHERE ticket_id = $1";
const SOME_OF_FIELD: &str = "SELECT DISTINCT ticket_id FROM ticket_field_values \
    WHERE field_id = $1 AND ticket_id > $2 ORDER BY ticket_id LIMIT $3";
const CHOSEN: &str = "SELECT ticket_id FROM ticket_field_values \
    WHERE field_id = $1 AND option_id = $2 AND option_id > 0 LIMIT 1";
const FACTS: &str = "SELECT f.id, f.type, f.digits, f.searchable, v.option_id, v.number, v.lookup, \
    a.parent_id, b.parent_id, c.parent_id, d.parent_id FROM fields f \
    LEFT JOIN ticket_field_values v ON v.field_id = f.id AND v.ticket_id = $1 \
    LEFT JOIN field_options a ON a.id = v.option_id \
    LEFT JOIN field_options b ON b.id = a.parent_id \
    LEFT JOIN field_options c ON c.id = b.parent_id \
    LEFT JOIN field_options d ON d.id = c.parent_id \
    WHERE f.active = 1 ORDER BY f.id";
const FACTS_OF_PAGE: &str = "SELECT f.id, f.type, f.digits, f.searchable, v.option_id, v.number, \
    v.lookup, a.parent_id, b.parent_id, c.parent_id, d.parent_id, v.ticket_id \
    FROM ticket_field_values v JOIN fields f ON f.id = v.field_id \
    LEFT JOIN field_options a ON a.id = v.option_id \
    LEFT JOIN field_options b ON b.id = a.parent_id \
    LEFT JOIN field_options c ON c.id = b.parent_id \
    LEFT JOIN field_options d ON d.id = c.parent_id \
    WHERE v.ticket_id > $1 AND v.ticket_id <= $2 AND f.active = 1";
const BY_LOOKUP: &str = "SELECT ticket_id FROM ticket_field_values \
    WHERE field_id = $1 AND lookup = $2 AND lookup IS NOT NULL ORDER BY ticket_id DESC LIMIT $3";
const NUMBERS_UP: &str = "SELECT ticket_id, number FROM ticket_field_values \
    WHERE field_id = $1 AND number IS NOT NULL AND (number, ticket_id) > ($2, $3) \
    ORDER BY number, ticket_id LIMIT $4";
const NUMBERS_DOWN: &str = "SELECT ticket_id, number FROM ticket_field_values \
    WHERE field_id = $1 AND number IS NOT NULL AND (number, ticket_id) < ($2, $3) \
    ORDER BY number DESC, ticket_id DESC LIMIT $4";
const LOOKUPS_UP: &str = "SELECT ticket_id, lookup FROM ticket_field_values \
    WHERE field_id = $1 AND lookup IS NOT NULL AND (lookup, ticket_id) > ($2, $3) \
    ORDER BY lookup, ticket_id LIMIT $4";
const WITH_OPTION: &str = "SELECT ticket_id FROM ticket_field_values \
    WHERE field_id = $1 AND option_id = $2 AND option_id > 0 AND ticket_id > $3 \
    ORDER BY ticket_id LIMIT $4";

struct ValueRow {
    held: Held,
    option: FieldOptionId,
}

impl FromRow for ValueRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let digits: i64 = row.get(4)?;
        let option: FieldOptionId = row.get(5)?;
        let number: Option<i64> = row.get(6)?;
        let text: Option<Encrypted<String>> = row.get(7)?;
        let value = match (text, number) {
            (Some(text), _) => Stored::Text {
                text,
                lookup: row.get(8)?,
            },
            (None, Some(number)) => Stored::Number(number),
            (None, None) => Stored::Options(vec![option]),
        };
        let held = Held {
            ticket: row.get(0)?,
            field: row.get(1)?,
            key: row.get(2)?,
            field_type: row.get(3)?,
            digits: u8::try_from(digits).unwrap_or(0),
            value,
        };
        Ok(Self { held, option })
    }
}

/// What these tickets hold, by ticket and field; a retired field's value too.
pub async fn of_tickets(tx: &mut Tx<'_>, ids: &[TicketId]) -> Result<Vec<Held>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{OF_TICKETS}({})", placeholders(1, ids.len()));
    let params: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    let mut rows: Vec<ValueRow> = tx.all(&sql, &params).await?;
    rows.sort_by_key(|row| (row.held.ticket, row.held.field, row.option));
    let mut all: Vec<Held> = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(last) = all.last_mut()
            && (last.ticket, last.field) == (row.held.ticket, row.held.field)
            && let Stored::Options(chosen) = &mut last.value
        {
            chosen.push(row.option);
        } else {
            all.push(row.held);
        }
    }
    Ok(all)
}

/// Makes `value` what a ticket holds in a field.
pub async fn set(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    field: FieldId,
    value: Option<&Stored>,
) -> Result<(), DbError> {
    tx.execute(CLEAR, &[ticket.into(), field.into()]).await?;
    let rows: Vec<[Value; 4]> = match value {
        None => Vec::new(),
        Some(Stored::Number(number)) => {
            vec![[0.into(), (*number).into(), Value::Null, Value::Null]]
        }
        Some(Stored::Text { text, lookup }) => {
            vec![[0.into(), Value::Null, text.into(), lookup.clone().into()]]
        }
        Some(Stored::Options(ids)) => ids
            .iter()
            .map(|id| [(*id).into(), Value::Null, Value::Null, Value::Null])
            .collect(),
    };
    for [option, number, text, lookup] in rows {
        let params = [ticket.into(), field.into(), option, number, text, lookup];
        tx.execute(ADD, &params).await?;
    }
    Ok(())
}

/// Removes all that a ticket holds.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(CLEAR_TICKET, &[ticket.into()]).await?;
    Ok(())
}

/// Some tickets above `after` that hold a value in a field.
pub async fn holders(
    tx: &mut Tx<'_>,
    field: FieldId,
    after: TicketId,
    limit: i64,
) -> Result<Vec<TicketId>, DbError> {
    let params = [field.into(), after.into(), limit.into()];
    ids(tx, SOME_OF_FIELD, &params).await
}

/// Whether a ticket holds this option.
pub async fn is_chosen(
    tx: &mut Tx<'_>,
    field: FieldId,
    option: FieldOptionId,
) -> Result<bool, DbError> {
    let found = ids(tx, CHOSEN, &[field.into(), option.into()]).await?;
    Ok(!found.is_empty())
}

async fn ids(
    tx: &mut Tx<'_>,
    sql: &'static str,
    params: &[Value],
) -> Result<Vec<TicketId>, DbError> {
    let rows: Vec<(TicketId,)> = tx.all(sql, params).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// One row of what conditions know of a ticket's field.
pub struct FactRow {
    /// The field.
    pub field: FieldId,
    /// What it holds.
    pub field_type: FieldType,
    /// Digits behind the point.
    pub digits: u8,
    /// Whether its text is nothing personal.
    pub searchable: bool,
    /// An option that is chosen.
    pub option: Option<FieldOptionId>,
    /// An integer.
    pub number: Option<i64>,
    /// The folded text.
    pub lookup: Option<Vec<u8>>,
    /// The options above the one that is chosen.
    pub above: Vec<FieldOptionId>,
    /// Whether there is any value.
    pub is_set: bool,
}

impl FromRow for FactRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let digits: i64 = row.get(2)?;
        let option: Option<FieldOptionId> = row.get(4)?;
        let mut above = Vec::new();
        for column in 7..11 {
            above.extend(row.get::<Option<FieldOptionId>>(column)?);
        }
        Ok(Self {
            field: row.get(0)?,
            field_type: row.get(1)?,
            digits: u8::try_from(digits).unwrap_or(0),
            searchable: row.get(3)?,
            option: option.filter(|id| id.0 > 0),
            number: row.get(5)?,
            lookup: row.get(6)?,
            above,
            is_set: option.is_some(),
        })
    }
}

/// What conditions know of a ticket's fields: at least one row for each field in use.
pub async fn facts(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<FactRow>, DbError> {
    tx.all(FACTS, &[ticket.into()]).await
}

struct PageRow(TicketId, FactRow);

impl FromRow for PageRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self(row.get(11)?, FactRow::from_row(row)?))
    }
}

/// What tickets behind `after`, up to `last`, hold in fields in use.
pub async fn facts_of_page(
    tx: &mut Tx<'_>,
    after: TicketId,
    last: TicketId,
) -> Result<Vec<(TicketId, FactRow)>, DbError> {
    let rows: Vec<PageRow> = tx.all(FACTS_OF_PAGE, &[after.into(), last.into()]).await?;
    Ok(rows.into_iter().map(|PageRow(id, row)| (id, row)).collect())
}

/// The newest tickets whose text folds, or hashes, to this.
pub async fn by_lookup(
    tx: &mut Tx<'_>,
    field: FieldId,
    lookup: Vec<u8>,
    limit: i64,
) -> Result<Vec<TicketId>, DbError> {
    ids(tx, BY_LOOKUP, &[field.into(), lookup.into(), limit.into()]).await
}

/// Tickets in the order of the integer they hold, behind `(number, ticket)`.
pub async fn by_number(
    tx: &mut Tx<'_>,
    field: FieldId,
    descending: bool,
    behind: (i64, TicketId),
    limit: i64,
) -> Result<Vec<(TicketId, i64)>, DbError> {
    let sql = if descending { NUMBERS_DOWN } else { NUMBERS_UP };
    let params = [field.into(), behind.0.into(), behind.1.into(), limit.into()];
    tx.all(sql, &params).await
}

/// Tickets in the order of the folded text they hold, behind `(text, ticket)`.
pub async fn by_text(
    tx: &mut Tx<'_>,
    field: FieldId,
    behind: (Vec<u8>, TicketId),
    limit: i64,
) -> Result<Vec<(TicketId, Vec<u8>)>, DbError> {
    let params = [field.into(), behind.0.into(), behind.1.into(), limit.into()];
    tx.all(LOOKUPS_UP, &params).await
}

/// Tickets that hold an option, behind `after`.
pub async fn by_option(
    tx: &mut Tx<'_>,
    (field, option): (FieldId, FieldOptionId),
    after: TicketId,
    limit: i64,
) -> Result<Vec<TicketId>, DbError> {
    let params = [field.into(), option.into(), after.into(), limit.into()];
    ids(tx, WITH_OPTION, &params).await
}
