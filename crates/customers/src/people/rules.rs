//! What an address and a name may be, and by which beginnings a customer is found.

use std::fmt;

/// The longest mail address, in bytes (RFC 5321, 4.5.3.1.3, without the brackets).
pub const ADDRESS_BYTES_MAX: usize = 254;
/// The longest part before the `@`, in bytes (RFC 5321, 4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;
/// The longest name, in characters.
pub const NAME_CHARS_MAX: usize = 200;
/// The longest note about a customer, in characters.
pub const NOTE_CHARS_MAX: usize = 20_000;
/// The most words of a name by which it is found.
const NAME_WORDS_MAX: usize = 8;

/// A mail address that can be written to.
///
/// Stricter than RFC 5322 on purpose: no comments, no quoted local parts, no control characters,
/// so that it can stand in a header or an SMTP command without further escaping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress(String);

impl MailAddress {
    /// The address in `text`, or `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let sound = !local.is_empty()
            && local.len() <= LOCAL_BYTES_MAX
            && text.len() <= ADDRESS_BYTES_MAX
            && local.chars().all(stands_bare)
            && is_domain(domain);
        sound.then(|| Self(text.to_owned()))
    }

    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form under which equal addresses are equal: lower case.
    pub fn fold(&self) -> String {
        fold(&self.0)
    }

    /// A name for someone who gave none: what stands before the `@`.
    pub fn stand_in_name(&self) -> String {
        self.0
            .rsplit_once('@')
            .map_or(&*self.0, |(local, _)| local)
            .to_owned()
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn stands_bare(c: char) -> bool {
    !c.is_control() && !c.is_whitespace() && !"\"(),:;<>@[\\]".contains(c)
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    !domain.is_empty() && domain.split('.').all(label)
}

/// Lower case: the form in which names and addresses are compared.
pub fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// `text` as a name: one line, single spaces, no control characters, cut to the longest allowed.
/// `None` when nothing is left.
pub fn clean_name(text: &str) -> Option<String> {
    let visible: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let joined = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = joined.chars().take(NAME_CHARS_MAX).collect();
    (!cut.is_empty()).then_some(cut)
}

/// The beginnings by which a customer is found: the whole name, each later word, each address.
pub fn terms(name: &str, addresses: &[String]) -> Vec<String> {
    let name = fold(name);
    let words = name
        .split_whitespace()
        .skip(1)
        .take(NAME_WORDS_MAX)
        .map(str::to_owned);
    let mut terms: Vec<String> = std::iter::once(name.clone())
        .chain(words)
        .chain(addresses.iter().map(|a| fold(a)))
        .collect();
    terms.sort();
    terms.dedup();
    terms.retain(|term| !term.is_empty());
    terms
}

/// Whether `tag` looks like a BCP 47 language tag.
pub fn is_language(tag: &str) -> bool {
    let subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    tag.len() <= 35
        && tag.split('-').all(subtag)
        && tag.split('-').next().is_some_and(|first| {
            (2..=3).contains(&first.len()) && first.chars().all(|c| c.is_ascii_alphabetic())
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_that_can_be_written_to_are_taken() {
        for text in [
            "ana@example.com",
            " ana@example.com ",
            "a.b+c@x-y.example",
            "ñ@exämple.de",
        ] {
            assert!(MailAddress::parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn addresses_that_could_break_a_header_or_go_nowhere_are_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "@",
            "ana",
            "ana@",
            "@example.com",
            "ana@example..com",
            "ana@-x.com",
            "a b@c.de",
            "ana@example.com\r\nBcc: x@y.z",
            "<ana@example.com>",
            "\"a\"@b.c",
            "a,b@c.de",
            &long,
        ] {
            assert!(MailAddress::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_name_is_one_clean_line() {
        assert_eq!(
            clean_name(" Ana \r\n\tRuiz\u{0} ").as_deref(),
            Some("Ana Ruiz")
        );
        assert_eq!(clean_name(" \u{7}\n"), None);
    }

    #[test]
    fn a_customer_is_found_by_name_last_name_and_address() {
        let found = terms("Ana Ruiz", &["Ana@Example.com".to_owned()]);
        assert_eq!(found, ["ana ruiz", "ana@example.com", "ruiz"]);
    }

    #[test]
    fn language_tags() {
        assert!(is_language("de") && is_language("pt-BR") && is_language("zh-Hant-TW"));
        assert!(!is_language("") && !is_language("d") && !is_language("de_DE"));
        assert!(!is_language("de-") && !is_language("12"));
    }

    proptest! {
        #[test]
        fn a_parsed_address_never_ends_a_line_or_a_bracket(text in "\\PC{0,40}@\\PC{0,40}") {
            if let Some(address) = MailAddress::parse(&text) {
                prop_assert!(!address.as_str().contains(['\r', '\n', '<', '>', ' ', ',']));
                prop_assert_eq!(MailAddress::parse(address.as_str()), Some(address));
            }
        }
    }
}
