//! Reading a value that somebody gives, and writing one down for them.

use jiff::civil::Date;
use kernel::ids::FieldOptionId;
use kernel::refusal::FieldProblem;
use kernel::time::Timestamp;
use serde_json::Value as Json;

use super::FieldValue;
use crate::fields::rules::{is_open, number, number_text};
use crate::fields::{Field, FieldOption, FieldType};

/// The longest line of text, in characters.
pub const TEXT_CHARS_MAX: usize = 500;
/// The longest text, in characters.
pub const LONG_TEXT_CHARS_MAX: usize = 10_000;
/// The longest order number and masked text, in characters.
pub const NUMBER_CHARS_MAX: usize = 100;
/// The most options chosen together.
pub const CHOSEN_MAX: usize = 50;
/// What stands for what is not shown.
pub const MASK: char = '•';
/// How many characters of a masked text are shown, if it is twice as long.
const MASK_SHOWN: usize = 4;

/// Why a value does not fit: what is wrong with it, and what to do instead.
type Misfit = (String, String);

fn misfit<T>(reason: impl Into<String>, mend: impl Into<String>) -> Result<T, Misfit> {
    Err((reason.into(), mend.into()))
}

/// Reads what is given for a field; `None` clears it. Options that the ticket `held` before may
/// stay although they were retired since.
pub fn read(
    field: &Field,
    options: &[FieldOption],
    held: &[FieldOptionId],
    given: &Json,
) -> Result<Option<FieldValue>, FieldProblem> {
    let read = match (field.field_type, given) {
        (_, Json::Null) => Ok(None),
        (FieldType::Choice, given) => {
            option(options, held, given).map(|id| Some(FieldValue::Options(vec![id])))
        }
        (FieldType::MultiChoice, Json::Array(list)) => chosen(options, held, list),
        (FieldType::MultiChoice, _) => misfit("is no list", "send a list of options"),
        (kind, Json::String(text)) if kind.is_text() => line(kind, text),
        (kind, _) if kind.is_text() => misfit("is no text", "send a text"),
        (_, given) => integer(field, given).map(|number| Some(FieldValue::Number(number))),
    };
    read.map_err(|(reason, mend)| FieldProblem {
        field: format!("fields.{}", field.key),
        reason,
        mend: format!("{}: {mend}", field.label),
    })
}

fn line(kind: FieldType, given: &str) -> Result<Option<FieldValue>, Misfit> {
    let text = given.trim();
    let (most, lines) = match kind {
        FieldType::Text => (TEXT_CHARS_MAX, false),
        FieldType::LongText => (LONG_TEXT_CHARS_MAX, true),
        _ => (NUMBER_CHARS_MAX, false),
    };
    if text.chars().count() > most {
        return misfit("is too long", format!("use at most {most} characters"));
    }
    let odd = |it: char| it.is_control() && !(lines && matches!(it, '\n' | '\r' | '\t'));
    if text.chars().any(odd) {
        let mend = if lines {
            "leave control characters out"
        } else {
            "write it on one line"
        };
        return misfit("holds what is no text", mend);
    }
    // A screen that sends back what it was shown would overwrite what it never saw.
    if kind == FieldType::Masked && text.contains(MASK) {
        return misfit("is masked", "send the whole value, or leave the field out");
    }
    Ok((!text.is_empty()).then(|| FieldValue::Text(text.to_owned())))
}

fn option(
    options: &[FieldOption],
    held: &[FieldOptionId],
    given: &Json,
) -> Result<FieldOptionId, Misfit> {
    let found = match given {
        Json::Number(id) => options.iter().find(|it| Some(it.id.0) == id.as_i64()),
        Json::String(key) => options.iter().find(|it| it.key == *key),
        _ => return misfit("is no option", "send the id or the key of an option"),
    };
    let Some(found) = found else {
        return misfit("names no option", "choose one of the field's options");
    };
    if !is_open(options, found.id) && !held.contains(&found.id) {
        let reason = format!("names “{}”, which was retired", found.label);
        return misfit(reason, "choose another option");
    }
    Ok(found.id)
}

fn chosen(
    options: &[FieldOption],
    held: &[FieldOptionId],
    list: &[Json],
) -> Result<Option<FieldValue>, Misfit> {
    if list.len() > CHOSEN_MAX {
        return misfit("is too long", format!("choose at most {CHOSEN_MAX}"));
    }
    let ids: Result<Vec<FieldOptionId>, Misfit> =
        list.iter().map(|it| option(options, held, it)).collect();
    let mut ids = ids?;
    ids.sort();
    ids.dedup();
    Ok((!ids.is_empty()).then_some(FieldValue::Options(ids)))
}

fn integer(field: &Field, given: &Json) -> Result<i64, Misfit> {
    match (field.field_type, given) {
        (FieldType::Checkbox, Json::Bool(flag)) => Ok(i64::from(*flag)),
        (FieldType::Checkbox, _) => misfit("is neither yes nor no", "send true or false"),
        (FieldType::Date, Json::String(text)) => match text.parse::<Date>() {
            Ok(date) if date.year() >= 1 => Ok(days(date)),
            _ => misfit("is no day", "write it like 2026-11-25"),
        },
        (FieldType::Date, _) => misfit("is no day", "write it like 2026-11-25"),
        (FieldType::DateTime, given) => {
            let parsed = given.as_str().map(str::parse::<jiff::Timestamp>);
            match parsed {
                Some(Ok(at)) => Ok(Timestamp::from_jiff(at).micros()),
                _ => misfit("is no point in time", "write it like 2026-11-25T09:00:00Z"),
            }
        }
        (FieldType::Customer, given) => match given.as_i64() {
            Some(id) if id > 0 => Ok(id),
            _ => misfit("names no customer", "send the id of a customer"),
        },
        (_, given) => {
            let text = match given {
                Json::Number(it) => it.to_string(),
                Json::String(text) => text.trim().to_owned(),
                _ => return misfit("is no number", "send a number"),
            };
            let value =
                number(&text, field.digits).map_err(|mend| ("does not fit".into(), mend))?;
            within(field, value)
        }
    }
}

fn within(field: &Field, value: i64) -> Result<i64, Misfit> {
    let text = |bound: i64| number_text(bound, field.digits);
    match (field.least, field.most) {
        (Some(least), _) if value < least => {
            misfit("is too small", format!("use at least {}", text(least)))
        }
        (_, Some(most)) if value > most => {
            misfit("is too large", format!("use at most {}", text(most)))
        }
        _ => Ok(value),
    }
}

/// Days since 1970-01-01.
fn days(date: Date) -> i64 {
    let since = date.duration_since(Date::constant(1970, 1, 1));
    since.as_hours().div_euclid(24)
}

fn date(days: i64) -> Option<Date> {
    let span = jiff::Span::new().try_days(days).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

/// The day that conditions compare with, in days since 1970.
pub fn day(text: &str) -> Option<i64> {
    text.parse::<Date>().ok().map(days)
}

/// A value as the API shows it; a masked one as it is shown.
pub fn shown(kind: FieldType, digits: u8, value: &FieldValue) -> Json {
    match (kind, value) {
        (FieldType::Masked, FieldValue::Text(text)) => masked(text).into(),
        (_, FieldValue::Text(text)) => text.clone().into(),
        (FieldType::Choice, FieldValue::Options(ids)) => ids.first().map(|id| id.0).into(),
        (_, FieldValue::Options(ids)) => ids.iter().map(|id| id.0).collect::<Vec<_>>().into(),
        (FieldType::Decimal, FieldValue::Number(number)) => number_text(*number, digits).into(),
        (FieldType::Date, FieldValue::Number(days)) => date(*days).map(|it| it.to_string()).into(),
        (FieldType::DateTime, FieldValue::Number(at)) => {
            Timestamp::from_micros(*at).to_string().into()
        }
        (FieldType::Checkbox, FieldValue::Number(flag)) => (*flag != 0).into(),
        (_, FieldValue::Number(number)) => (*number).into(),
    }
}

/// A masked text as it is shown: its end, if that gives away less than half of it.
pub fn masked(text: &str) -> String {
    let count = text.chars().count();
    let hidden: String = std::iter::repeat_n(MASK, 4).collect();
    if count < MASK_SHOWN.saturating_mul(2) {
        return hidden;
    }
    let end: String = text
        .chars()
        .skip(count.saturating_sub(MASK_SHOWN))
        .collect();
    format!("{hidden}{end}")
}

/// A text as it is found and sorted by.
pub fn fold(text: &str) -> Vec<u8> {
    text.trim().to_lowercase().into_bytes()
}

/// A masked text as it is hashed: however it is grouped, it is the same.
pub fn bare(text: &str) -> String {
    text.chars()
        .filter(|it| it.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mask_gives_away_less_than_half() {
        assert_eq!(masked("4111 1111 1111 1234"), "••••1234");
        assert_eq!(masked("12345678"), "••••5678");
        assert_eq!(masked("1234567"), "••••");
        assert_eq!(bare("4111-1111 ab"), bare("41111111AB"));
    }

    proptest! {
        #[test]
        fn days_come_back(days in -719_162_i64..2_932_896) {
            let shown = shown(FieldType::Date, 0, &FieldValue::Number(days));
            prop_assert_eq!(day(shown.as_str().unwrap()), Some(days));
        }
    }
}
