//! How tags are written.

use kernel::refusal::Refusal;

/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 50;
/// Most tags on one ticket.
pub const TAGS_PER_TICKET_MAX: usize = 50;
/// Most tags a list answers; more are found by name.
pub const TAGS_LISTED_MAX: i64 = 2_000;

/// The one way to write a tag: lower case, words joined by hyphens.
pub fn normalise(given: &str) -> Result<String, Refusal> {
    let name = given
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("-");
    if name.is_empty() {
        return Err(Refusal::invalid(
            "tags",
            "holds an empty tag",
            "leave it out",
        ));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Refusal::invalid(
            "tags",
            "holds a tag that is too long",
            format!("use at most {NAME_CHARS_MAX} characters"),
        ));
    }
    if name
        .chars()
        .any(|c| c.is_control() || matches!(c, ',' | ';' | '"'))
    {
        return Err(Refusal::invalid(
            "tags",
            "holds a tag with a comma, semicolon, quote or control character",
            "use letters, digits and hyphens",
        ));
    }
    Ok(name)
}

/// The tags of one ticket, normalised, in the order given, without repeats.
pub fn names(given: &[String]) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    for name in given {
        let name = normalise(name)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > TAGS_PER_TICKET_MAX {
        return Err(Refusal::invalid(
            "tags",
            "holds too many tags",
            format!("put at most {TAGS_PER_TICKET_MAX} on one ticket"),
        ));
    }
    Ok(names)
}

/// Reads `#rrggbb` into a 24-bit number.
pub fn color(given: &str) -> Result<i64, Refusal> {
    let digits = given.strip_prefix('#').filter(|digits| {
        digits.len() == 6 && digits.chars().all(|digit| digit.is_ascii_hexdigit())
    });
    digits
        .and_then(|digits| i64::from_str_radix(digits, 16).ok())
        .ok_or_else(|| Refusal::invalid("color", "is not a colour", "write it like #3b82f6"))
}

/// Writes a 24-bit number as `#rrggbb`.
pub fn color_text(color: i64) -> String {
    format!("#{color:06x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_tag_are_one_tag() {
        let given = ["VIP  customer", "vip-customer", " Refund "].map(str::to_owned);
        assert_eq!(names(&given).unwrap(), ["vip-customer", "refund"]);
        assert_eq!(normalise("ÜBERGABE").unwrap(), "übergabe");
    }

    #[test]
    fn unusable_tags_are_refused() {
        for given in [
            "",
            "  ",
            "a,b",
            "a\u{0}b",
            "say \"hi\"",
            &"x".repeat(NAME_CHARS_MAX + 1),
        ] {
            assert!(normalise(given).is_err(), "{given:?}");
        }
        let many: Vec<String> = (0..=TAGS_PER_TICKET_MAX).map(|n| format!("t{n}")).collect();
        assert!(names(&many).is_err());
    }

    #[test]
    fn colours_survive_the_round_trip() {
        assert_eq!(color_text(color("#00Ff7f").unwrap()), "#00ff7f");
        for given in [
            "", "red", "#fff", "00ff7f", "#00ff7g", "#+0ff7f", "#00ff7f0",
        ] {
            assert!(color(given).is_err(), "{given:?}");
        }
    }
}
