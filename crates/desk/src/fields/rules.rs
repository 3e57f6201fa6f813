//! What a field may be, and which of its options can be chosen.

use kernel::ids::FieldOptionId;
use kernel::refusal::Refusal;

use super::{FieldOption, FieldType};

/// The most fields of a workspace, retired ones included.
pub const FIELDS_MAX: usize = 300;
/// The most options of one field, retired ones included.
pub const OPTIONS_MAX: usize = 1_000;
/// How deep options nest.
pub const DEPTH_MAX: usize = 5;
/// The longest key, in characters.
pub const KEY_CHARS_MAX: usize = 50;
/// The longest label, in characters.
pub const LABEL_CHARS_MAX: usize = 100;
/// The longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 1_000;
/// The most digits behind the point.
pub const DIGITS_MAX: u8 = 6;
/// The greatest number either side of zero, in the smallest unit: exact in JSON everywhere.
pub const NUMBER_MAX: i64 = (1 << 53) - 1;

/// Checks a key, such as `order_no`.
pub fn key(at: &str, given: &str) -> Result<String, Refusal> {
    let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    let key = given.trim();
    if key.is_empty() || key.len() > KEY_CHARS_MAX || !key.chars().all(fits) {
        let mend = format!("use 1 to {KEY_CHARS_MAX} of a-z, 0-9 and _, such as order_no");
        return Err(Refusal::invalid(at, "is no key", mend));
    }
    Ok(key.to_owned())
}

/// A key made from a label: `Where bought?` becomes `where_bought`. Without a letter or digit
/// that fits, it is `field`.
pub fn key_from(label: &str) -> String {
    let mut key = String::new();
    for it in label.to_lowercase().chars() {
        if it.is_ascii_alphanumeric() {
            key.push(it);
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    key.truncate(KEY_CHARS_MAX);
    let key = key.trim_matches('_');
    if key.is_empty() {
        return "field".to_owned();
    }
    key.to_owned()
}

/// `key`, or with a number behind it when it is `taken`.
pub fn free_key(key: String, taken: impl Fn(&str) -> bool) -> String {
    if !taken(&key) {
        return key;
    }
    let stem: String = key.chars().take(KEY_CHARS_MAX - 5).collect();
    (2..=9_999)
        .map(|number| format!("{stem}_{number}"))
        .find(|key| !taken(key))
        .unwrap_or(key)
}

/// Tidies a label given by a person.
pub fn label(at: &str, given: &str) -> Result<String, Refusal> {
    let label = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if label.is_empty() {
        let mend = "give it a name, such as Order number";
        return Err(Refusal::invalid(at, "is empty", mend));
    }
    if label.chars().count() > LABEL_CHARS_MAX || label.chars().any(char::is_control) {
        let mend = format!("use at most {LABEL_CHARS_MAX} plain characters");
        return Err(Refusal::invalid(at, "is too long or odd", mend));
    }
    Ok(label)
}

/// Tidies a description.
pub fn description(given: &str) -> Result<Option<String>, Refusal> {
    let text = given.trim();
    if text.chars().count() > DESCRIPTION_CHARS_MAX {
        let mend = format!("use at most {DESCRIPTION_CHARS_MAX} characters");
        return Err(Refusal::invalid("description", "is too long", mend));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Checks the digits behind the point.
pub fn digits(kind: FieldType, given: Option<u8>) -> Result<u8, Refusal> {
    match (kind, given) {
        (FieldType::Decimal, given) if given.unwrap_or(2) <= DIGITS_MAX => Ok(given.unwrap_or(2)),
        (FieldType::Decimal, _) => {
            let mend = format!("use at most {DIGITS_MAX}");
            Err(Refusal::invalid("digits", "are too many", mend))
        }
        (_, None | Some(0)) => Ok(0),
        _ => {
            let mend = "leave it out, or make the field a decimal";
            Err(Refusal::invalid("digits", "are for decimals only", mend))
        }
    }
}

/// Reads the least or greatest value.
pub fn bound(
    at: &str,
    (kind, digits): (FieldType, u8),
    given: Option<&str>,
) -> Result<Option<i64>, Refusal> {
    let Some(text) = given.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if !kind.is_number() {
        let mend = "leave it out";
        return Err(Refusal::invalid(at, "is for numbers only", mend));
    }
    number(text, digits)
        .map(Some)
        .map_err(|mend| Refusal::invalid(at, "does not fit", mend))
}

/// Refuses bounds between which there is nothing.
pub fn bounds(least: Option<i64>, most: Option<i64>) -> Result<(), Refusal> {
    match (least, most) {
        (Some(least), Some(most)) if least > most => Err(Refusal::invalid(
            "max",
            "is below min",
            "make it at least as large as min",
        )),
        _ => Ok(()),
    }
}

/// Whether text can be found by what it says; masked and long text never, order numbers always.
pub fn searchable(kind: FieldType, given: bool) -> Result<bool, Refusal> {
    match kind {
        FieldType::Text => Ok(given),
        FieldType::Order => Ok(true),
        _ if given => Err(Refusal::invalid(
            "searchable",
            "is for one line of text only",
            "leave it out; numbers, days and choices always are",
        )),
        _ => Ok(false),
    }
}

/// Reads a number with at most `digits` digits behind the point into its smallest unit; the error
/// says how to mend it.
pub fn number(text: &str, digits: u8) -> Result<i64, String> {
    let mend = || match digits {
        0 => "write a whole number".to_owned(),
        _ => format!("write a number with at most {digits} digits behind the point"),
    };
    let (negative, rest) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = rest.split_once('.').unwrap_or((rest, ""));
    let part = part.trim_end_matches('0');
    let all_digits = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
    let wide = part.len() > usize::from(digits);
    if whole.is_empty() || wide || !all_digits(whole) || !all_digits(part) {
        return Err(mend());
    }
    let text = format!("{whole}{part:0<width$}", width = usize::from(digits));
    let value: i64 = text.parse().map_err(|_| too_large(digits))?;
    if value > NUMBER_MAX {
        return Err(too_large(digits));
    }
    Ok(if negative { -value } else { value })
}

fn too_large(digits: u8) -> String {
    format!("stay within {}", number_text(NUMBER_MAX, digits))
}

/// A number in its smallest unit, written with its digits.
pub fn number_text(value: i64, digits: u8) -> String {
    if digits == 0 {
        return value.to_string();
    }
    let width = usize::from(digits).saturating_add(1);
    let text = format!("{:0>width$}", value.unsigned_abs());
    let (whole, part) = text.split_at(text.len().saturating_sub(usize::from(digits)));
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}.{part}")
}

/// The options above one, nearest first.
pub fn above(options: &[FieldOption], id: FieldOptionId) -> Vec<FieldOptionId> {
    let parent = |id| options.iter().find(|it| it.id == id)?.parent;
    std::iter::successors(parent(id), |id| parent(*id))
        .take(DEPTH_MAX)
        .collect()
}

/// Whether an option can be chosen: neither it nor one above it is retired.
pub fn is_open(options: &[FieldOption], id: FieldOptionId) -> bool {
    let active = |id| {
        options
            .iter()
            .any(|option| option.id == id && option.active)
    };
    active(id) && above(options, id).into_iter().all(active)
}

/// An option and all that stand below it.
pub fn branch(options: &[FieldOption], id: FieldOptionId) -> Vec<FieldOptionId> {
    options
        .iter()
        .map(|option| option.id)
        .filter(|it| *it == id || above(options, *it).contains(&id))
        .collect()
}

/// How deep an option stands; the uppermost ones at 0.
pub fn depth(options: &[FieldOption], id: FieldOptionId) -> usize {
    above(options, id).len()
}

/// For each place in a list of depths, the place of what it stands under.
///
/// # Errors
/// The first depth that is more than one below the place before it, or too deep.
pub fn parents(depths: &[usize]) -> Result<Vec<Option<usize>>, Refusal> {
    let mut path: Vec<usize> = Vec::new();
    let mut parents = Vec::with_capacity(depths.len());
    for (place, depth) in depths.iter().copied().enumerate() {
        if depth > path.len() || depth >= DEPTH_MAX {
            return Err(Refusal::invalid(
                format!("options.{place}.depth"),
                "stands too deep",
                format!(
                    "put it at most one deeper than the option before it, and {DEPTH_MAX} levels \
                     at most"
                ),
            ));
        }
        path.truncate(depth);
        parents.push(path.last().copied());
        path.push(place);
    }
    Ok(parents)
}

/// The refusal of a field that is retired or deleted.
pub fn gone(at: impl Into<String>) -> Refusal {
    Refusal::invalid(
        at,
        "names a field that there is not (any more)",
        "choose another field; Settings, Fields lists them",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn option(id: i64, parent: Option<i64>, active: bool) -> FieldOption {
        FieldOption {
            id: FieldOptionId(id),
            parent: parent.map(FieldOptionId),
            key: format!("o{id}"),
            label: format!("O{id}"),
            active,
        }
    }

    #[test]
    fn keys_come_from_labels_and_are_free() {
        assert_eq!(key_from("Where bought?"), "where_bought");
        assert_eq!(key_from("  №  "), "field");
        assert_eq!(key("key", " order_no2 ").unwrap(), "order_no2");
        for wrong in ["", "Order", "a-b", "größe"] {
            assert!(key("key", wrong).is_err(), "{wrong}");
        }
        let long = "x".repeat(KEY_CHARS_MAX);
        let free = free_key(long.clone(), |key| key == long);
        assert!(free.ends_with("_2") && free.len() <= KEY_CHARS_MAX);
    }

    #[test]
    fn what_stands_under_a_retired_option_is_closed_too() {
        let options = [
            option(1, None, false),
            option(2, Some(1), true),
            option(3, Some(2), true),
            option(4, None, true),
        ];
        let open = |id| is_open(&options, FieldOptionId(id));
        assert!(!open(1) && !open(2) && !open(3) && open(4) && !open(9));
        assert_eq!(branch(&options, FieldOptionId(2)).len(), 2);
        assert_eq!(depth(&options, FieldOptionId(3)), 2);
    }

    #[test]
    fn depths_make_a_tree() {
        assert_eq!(
            parents(&[0, 1, 2, 1, 0]).unwrap(),
            [None, Some(0), Some(1), Some(0), None]
        );
        for wrong in [&[1][..], &[0, 2], &[0, 1, 2, 3, 4, 5]] {
            assert!(parents(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn numbers_read_as_they_are_written(
            value in -NUMBER_MAX..=NUMBER_MAX,
            digits in 0..=DIGITS_MAX,
        ) {
            prop_assert_eq!(number(&number_text(value, digits), digits), Ok(value));
        }

        #[test]
        fn no_text_breaks_the_reading_of_numbers(text in "\\PC{0,20}", digits in 0..=DIGITS_MAX) {
            if let Ok(value) = number(&text, digits) {
                prop_assert!(value.abs() <= NUMBER_MAX);
            }
        }
    }
}
