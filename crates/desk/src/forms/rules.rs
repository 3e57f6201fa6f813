//! Which fields of a form are shown and which are missing, and which forms make sense.

use std::collections::{BTreeMap, BTreeSet};

use kernel::ids::FieldId;
use kernel::refusal::Refusal;

use super::FormField;
use crate::conditions::{
    Conditions, Facts, Field, FieldKind, Moment, Operator, OwnField, rules as conditions,
};
use crate::fields::values::facts::FieldFact;
use crate::tickets::TicketType;

/// The most forms of a workspace.
pub const FORMS_MAX: usize = 100;
/// The most fields of a form.
pub const FORM_FIELDS_MAX: usize = 100;

/// When a field is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// As an agent begins a ticket.
    Create,
    /// Before it is solved.
    Solve,
}

/// The fields of other fields that decide whether one is shown.
fn asked(show_when: Option<&Conditions>) -> BTreeSet<FieldId> {
    let all = show_when
        .into_iter()
        .flat_map(|it| it.all.iter().chain(&it.any));
    all.filter_map(|condition| match condition.field {
        Field::Custom(id) => Some(id),
        Field::Own(_) => None,
    })
    .collect()
}

/// Refuses a form that names a field twice or one there is not, whose conditions make no sense or
/// go in a circle. `names` tells what the fields are called.
pub fn check(
    fields: &[FormField],
    kind: impl Fn(Field) -> Option<FieldKind>,
    names: &BTreeMap<FieldId, String>,
) -> Result<(), Refusal> {
    if fields.len() > FORM_FIELDS_MAX {
        let mend = format!("keep at most {FORM_FIELDS_MAX}");
        return Err(Refusal::invalid("fields", "are too many", mend));
    }
    let on_form: Vec<FieldId> = fields.iter().map(|it| it.field_id).collect();
    for (place, field) in fields.iter().enumerate() {
        let at = format!("fields.{place}.field_id");
        if !names.contains_key(&field.field_id) {
            return Err(crate::fields::rules::gone(at));
        }
        if on_form.iter().take(place).any(|id| *id == field.field_id) {
            let mend = "keep it once";
            return Err(Refusal::invalid(at, "is on the form twice", mend));
        }
        let Some(show_when) = &field.show_when else {
            continue;
        };
        let at = format!("fields.{place}.show_when");
        conditions::check(&at, show_when, &kind)?;
        for (part, list) in [("all", &show_when.all), ("any", &show_when.any)] {
            for (index, condition) in list.iter().enumerate() {
                let at = format!("{at}.{part}.{index}");
                check_one(&at, condition.field, condition.op, &on_form)?;
            }
        }
    }
    match circle(fields) {
        None => Ok(()),
        Some(circle) => Err(circular(fields, &circle, names)),
    }
}

fn check_one(at: &str, field: Field, op: Operator, on_form: &[FieldId]) -> Result<(), Refusal> {
    let fits = match field {
        Field::Own(own) => matches!(own, OwnField::Type | OwnField::Priority),
        Field::Custom(id) => on_form.contains(&id),
    };
    if !fits {
        return Err(Refusal::invalid(
            format!("{at}.field"),
            "is not on this form",
            "ask for the type, the priority, or a field that you add to the form",
        ));
    }
    use Operator::{Is, IsNot, NoneOf, NotSet, OneOf, Set, Under};
    if !matches!(op, Is | IsNot | OneOf | NoneOf | Under | Set | NotSet) {
        return Err(Refusal::invalid(
            format!("{at}.op"),
            "does not fit a form",
            "take one of is, is_not, one_of, none_of, under, set, not_set",
        ));
    }
    Ok(())
}

/// Fields each of which is shown by the next, the last by the first; the first such circle.
fn circle(fields: &[FormField]) -> Option<Vec<FieldId>> {
    let mut left: BTreeMap<FieldId, BTreeSet<FieldId>> = fields
        .iter()
        .map(|it| (it.field_id, asked(it.show_when.as_ref())))
        .collect();
    // What asks for nothing that is left can't be part of a circle.
    loop {
        let free: Vec<FieldId> = left
            .iter()
            .filter(|(_, asks)| asks.iter().all(|id| !left.contains_key(id)))
            .map(|(id, _)| *id)
            .collect();
        if free.is_empty() {
            break;
        }
        left.retain(|id, _| !free.contains(id));
    }
    let mut path: Vec<FieldId> = vec![*left.keys().next()?];
    loop {
        let last = path.last()?;
        let next = left.get(last)?.iter().find(|id| left.contains_key(id))?;
        if let Some(start) = path.iter().position(|id| id == next) {
            return Some(path.split_off(start));
        }
        path.push(*next);
    }
}

fn circular(
    fields: &[FormField],
    circle: &[FieldId],
    names: &BTreeMap<FieldId, String>,
) -> Refusal {
    let first = circle.first();
    let place = fields.iter().position(|it| Some(&it.field_id) == first);
    let named: Vec<String> = circle
        .iter()
        .chain(first)
        .map(|id| {
            names
                .get(id)
                .map_or_else(String::new, |name| format!("“{name}”"))
        })
        .collect();
    Refusal::invalid(
        format!("fields.{}.show_when", place.unwrap_or(0)),
        format!("goes in a circle: {}", named.join(" hangs on ")),
        "take one of these conditions away",
    )
}

/// The fields that are shown, in the form's order. What hangs on a hidden field is hidden too, and
/// so is what is retired.
pub fn shown<'a>(fields: &'a [FormField], facts: &Facts, moment: &Moment) -> Vec<&'a FormField> {
    let mut facts = facts.clone();
    let mut hidden: BTreeSet<FieldId> = BTreeSet::new();
    // Each round hides at least one more field, or is the last.
    for _ in 0..=fields.len() {
        let newly: Vec<FieldId> = fields
            .iter()
            .filter(|it| !hidden.contains(&it.field_id) && !is_shown(it, &facts, moment))
            .map(|it| it.field_id)
            .collect();
        if newly.is_empty() {
            break;
        }
        for id in newly {
            facts.fields.remove(&id);
            hidden.insert(id);
        }
    }
    fields
        .iter()
        .filter(|it| !hidden.contains(&it.field_id))
        .collect()
}

fn is_shown(field: &FormField, facts: &Facts, moment: &Moment) -> bool {
    facts.fields.contains_key(&field.field_id)
        && field
            .show_when
            .as_ref()
            .is_none_or(|it| conditions::holds(it, facts, moment))
}

/// The fields that are shown and required but empty.
pub fn missing(fields: &[FormField], facts: &Facts, moment: &Moment, stage: Stage) -> Vec<FieldId> {
    shown(fields, facts, moment)
        .into_iter()
        .filter(|field| is_required(field, facts.ticket_type, stage))
        .filter(|field| facts.fields.get(&field.field_id).is_some_and(is_empty))
        .map(|field| field.field_id)
        .collect()
}

fn is_required(field: &FormField, ticket_type: Option<TicketType>, stage: Stage) -> bool {
    let at_stage = match stage {
        Stage::Create => field.required_on_create,
        Stage::Solve => field.required_on_solve,
    };
    at_stage && (field.types.is_empty() || ticket_type.is_some_and(|it| field.types.contains(&it)))
}

/// Whether a field is empty; a required box must be ticked.
fn is_empty(fact: &FieldFact) -> bool {
    match fact {
        FieldFact::Number(number, _) | FieldFact::Day(number) | FieldFact::Id(number) => {
            number.is_none()
        }
        FieldFact::Time(at) => at.is_none(),
        FieldFact::Options { chosen, .. } => chosen.is_empty(),
        FieldFact::Text(text) => text.is_none(),
        FieldFact::Flag(ticked) => !ticked,
        FieldFact::Filled(filled) => !filled,
    }
}
