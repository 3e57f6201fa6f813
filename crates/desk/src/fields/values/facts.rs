//! What conditions know of a ticket's fields.
//!
//! Conditions never read what is encrypted: of a text that may be personal they know only whether
//! there is one.

use std::collections::BTreeMap;

use kernel::db::{DbError, Tx};
use kernel::ids::{FieldId, FieldOptionId, TicketId};
use kernel::time::Timestamp;

use super::store::{self, FactRow};
use crate::conditions::{Field as Asked, FieldKind, rules as conditions};
use crate::fields::{self, Field, FieldType};

/// What conditions know of one field of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldFact {
    /// A number in its smallest unit, and its digits behind the point.
    Number(Option<i64>, u8),
    /// A day, counted since 1970-01-01.
    Day(Option<i64>),
    /// A point in time.
    Time(Option<Timestamp>),
    /// Yes or no.
    Flag(bool),
    /// A customer.
    Id(Option<i64>),
    /// The options that are chosen, and those above them.
    Options {
        /// The chosen ones.
        chosen: Vec<FieldOptionId>,
        /// All above them.
        above: Vec<FieldOptionId>,
    },
    /// A text that is nothing personal, folded.
    Text(Option<String>),
    /// Only whether there is a value.
    Filled(bool),
}

/// What conditions know of a ticket's fields: every field in use is there, whether it is filled
/// in or not.
pub async fn of_ticket(
    tx: &mut Tx<'_>,
    ticket: TicketId,
) -> Result<BTreeMap<FieldId, FieldFact>, DbError> {
    let mut facts = BTreeMap::new();
    for row in store::facts(tx, ticket).await? {
        join(&mut facts, row);
    }
    Ok(facts)
}

/// What conditions know of the fields of some tickets.
pub struct Page {
    empty: BTreeMap<FieldId, FieldFact>,
    filled: BTreeMap<TicketId, BTreeMap<FieldId, FieldFact>>,
}

impl Page {
    /// Those of one ticket: every field in use, whether it is filled in or not.
    pub fn take(&mut self, ticket: TicketId) -> BTreeMap<FieldId, FieldFact> {
        let mut facts = self.empty.clone();
        facts.extend(self.filled.remove(&ticket).unwrap_or_default());
        facts
    }
}

/// What conditions know of the fields of the tickets behind `after`, up to `last`.
pub async fn of_page(tx: &mut Tx<'_>, after: TicketId, last: TicketId) -> Result<Page, DbError> {
    let empty = of_ticket(tx, TicketId(0)).await?;
    let mut filled: BTreeMap<TicketId, BTreeMap<FieldId, FieldFact>> = BTreeMap::new();
    for (ticket, row) in store::facts_of_page(tx, after, last).await? {
        join(filled.entry(ticket).or_default(), row);
    }
    Ok(Page { empty, filled })
}

fn join(facts: &mut BTreeMap<FieldId, FieldFact>, row: FactRow) {
    let field = row.field;
    let fact = fact(row);
    {
        match (facts.get_mut(&field), fact) {
            (
                Some(FieldFact::Options { chosen, above }),
                FieldFact::Options {
                    chosen: more,
                    above: further,
                },
            ) => {
                chosen.extend(more);
                above.extend(further);
            }
            (_, fact) => {
                facts.insert(field, fact);
            }
        }
    }
}

fn fact(row: FactRow) -> FieldFact {
    match row.field_type {
        FieldType::Number | FieldType::Decimal => FieldFact::Number(row.number, row.digits),
        FieldType::Date => FieldFact::Day(row.number),
        FieldType::DateTime => FieldFact::Time(row.number.map(Timestamp::from_micros)),
        FieldType::Checkbox => FieldFact::Flag(row.number == Some(1)),
        FieldType::Customer => FieldFact::Id(row.number),
        FieldType::Choice | FieldType::MultiChoice => FieldFact::Options {
            chosen: row.option.into_iter().collect(),
            above: row.above,
        },
        FieldType::Text | FieldType::Order if row.searchable => {
            let text = row
                .lookup
                .map(|it| String::from_utf8_lossy(&it).into_owned());
            FieldFact::Text(text)
        }
        _ => FieldFact::Filled(row.is_set),
    }
}

/// What kinds of values there are to compare with; retired fields are not among them.
#[derive(Clone, Debug, Default)]
pub struct Kinds(BTreeMap<FieldId, FieldKind>);

impl Kinds {
    /// Of all fields in use.
    pub async fn load(tx: &mut Tx<'_>) -> Result<Self, DbError> {
        let options = fields::store::all_options(tx).await?;
        let fields = fields::store::all(tx).await?;
        let kinds = fields.iter().filter(|field| field.active).map(|field| {
            let own = options.iter().filter(|(of, _)| *of == field.id);
            let ids = own.map(|(_, option)| option.id).collect();
            (field.id, kind(field, ids))
        });
        Ok(Self(kinds.collect()))
    }

    /// What a field that conditions ask for holds; `None` when there is no such field.
    pub fn of(&self, field: Asked) -> Option<FieldKind> {
        match field {
            Asked::Own(field) => Some(conditions::kind_of(field)),
            Asked::Custom(id) => self.0.get(&id).cloned(),
        }
    }
}

fn kind(field: &Field, options: Vec<FieldOptionId>) -> FieldKind {
    match field.field_type {
        FieldType::Number => FieldKind::Number,
        FieldType::Decimal => FieldKind::Decimal(field.digits),
        FieldType::Date => FieldKind::Day,
        FieldType::DateTime => FieldKind::Time,
        FieldType::Checkbox => FieldKind::Flag,
        FieldType::Customer => FieldKind::Id(false),
        FieldType::Choice | FieldType::MultiChoice => FieldKind::Options(options),
        FieldType::Text | FieldType::Order if field.searchable => FieldKind::Text,
        _ => FieldKind::Filled,
    }
}
