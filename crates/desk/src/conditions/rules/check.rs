//! Whether conditions make sense.

use kernel::ids::FieldOptionId;
use kernel::refusal::Refusal;

use super::{CONDITIONS_MAX, LIST_MAX, ME, MINUTES_MAX, TEXT_CHARS_MAX, decimal, operators, time};
use crate::conditions::{Condition, Conditions, Field, FieldKind, Operand, Operator};
use crate::fields::values::rules::day;

/// Refuses conditions that make no sense; `at` names where they stand, as in `conditions`.
pub fn check(
    at: &str,
    conditions: &Conditions,
    kind: impl Fn(Field) -> Option<FieldKind>,
) -> Result<(), Refusal> {
    let count = conditions.all.len().saturating_add(conditions.any.len());
    if count > CONDITIONS_MAX {
        let mend = format!("keep at most {CONDITIONS_MAX} conditions");
        return Err(Refusal::invalid(at, "is too long", mend));
    }
    for (part, list) in [("all", &conditions.all), ("any", &conditions.any)] {
        for (index, condition) in list.iter().enumerate() {
            check_one(&format!("{at}.{part}.{index}"), condition, &kind)?;
        }
    }
    Ok(())
}

fn check_one(
    at: &str,
    condition: &Condition,
    kind: impl Fn(Field) -> Option<FieldKind>,
) -> Result<(), Refusal> {
    let Some(kind) = kind(condition.field) else {
        return Err(Refusal::invalid(
            format!("{at}.field"),
            "names a field that there is not (any more)",
            "choose another field or take the condition away",
        ));
    };
    let able = operators(&kind);
    if !able.contains(&condition.op) {
        let names: Vec<&str> = able.iter().map(|op| op.as_str()).collect();
        return Err(Refusal::invalid(
            format!("{at}.op"),
            "does not fit this field",
            format!("take one of {}", names.join(", ")),
        ));
    }
    check_operand(condition.op, condition.value.as_ref(), &kind)
        .map_err(|mend| Refusal::invalid(format!("{at}.value"), "does not fit", mend))
}

fn check_operand(op: Operator, value: Option<&Operand>, kind: &FieldKind) -> Result<(), String> {
    match (op, value) {
        (Operator::Set | Operator::NotSet, None) => Ok(()),
        (Operator::Set | Operator::NotSet, Some(_)) => Err("leave the value out".to_owned()),
        (_, None) => Err("give a value".to_owned()),
        (Operator::OneOf | Operator::NoneOf, Some(Operand::List(list))) => {
            if list.is_empty() || list.len() > LIST_MAX {
                return Err(format!("give 1 to {LIST_MAX} values"));
            }
            list.iter().try_for_each(|value| check_value(value, kind))
        }
        (Operator::OneOf | Operator::NoneOf, Some(_)) => Err("give a list".to_owned()),
        (Operator::OlderThan | Operator::NewerThan, Some(Operand::Number(minutes)))
            if (1..=MINUTES_MAX).contains(minutes) =>
        {
            Ok(())
        }
        (Operator::OlderThan | Operator::NewerThan, Some(_)) => {
            Err("give a number of minutes, at most ten years".to_owned())
        }
        (_, Some(value)) => check_value(value, kind),
    }
}

fn check_value(value: &Operand, kind: &FieldKind) -> Result<(), String> {
    match (kind, value) {
        (FieldKind::Word(words), Operand::Text(word)) if words.contains(&word.as_str()) => Ok(()),
        (FieldKind::Word(words), _) => Err(format!("take one of {}", words.join(", "))),
        (FieldKind::Id(true), Operand::Text(word)) if word == ME => Ok(()),
        (FieldKind::Id(_) | FieldKind::Ids, Operand::Number(id)) if *id > 0 => Ok(()),
        (FieldKind::Id(_) | FieldKind::Ids, _) => Err("give an id".to_owned()),
        (FieldKind::Text, Operand::Text(text))
            if !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX =>
        {
            Ok(())
        }
        (FieldKind::Text, _) => Err(format!("give 1 to {TEXT_CHARS_MAX} characters")),
        (FieldKind::Number, Operand::Number(_)) | (FieldKind::Flag, Operand::Flag(_)) => Ok(()),
        (FieldKind::Number, _) => Err("give a whole number".to_owned()),
        (FieldKind::Decimal(digits), value) => decimal(value, *digits).map(drop),
        (FieldKind::Options(ids), Operand::Number(id)) if ids.contains(&FieldOptionId(*id)) => {
            Ok(())
        }
        (FieldKind::Options(_), _) => Err("give the id of an option of the field".to_owned()),
        (FieldKind::Day, Operand::Text(text)) if day(text).is_some() => Ok(()),
        (FieldKind::Day, _) => Err("give a day such as 2026-11-25".to_owned()),
        (FieldKind::Filled, _) => Err("leave the value out".to_owned()),
        (FieldKind::Flag, _) => Err("give true or false".to_owned()),
        (FieldKind::Time, Operand::Text(text)) if time(text).is_some() => Ok(()),
        (FieldKind::Time, _) => Err("give a time such as 2026-11-25T09:00:00Z".to_owned()),
    }
}
