//! The variables of a macro's text: `{{customer.first_name|there}}` stands for the customer's
//! first name, or for “there” when we don't know it.
//!
//! The text is HTML; what is put in is escaped, so that a customer's name can never become markup.

use std::collections::BTreeMap;

use kernel::refusal::Refusal;

/// What a variable can stand for.
pub const NAMES: &[&str] = &[
    "customer.name",
    "customer.first_name",
    "customer.email",
    "agent.name",
    "agent.first_name",
    "ticket.id",
    "ticket.subject",
    "team.name",
    "workspace.name",
];
/// The longest variable with its fallback, in bytes: what is longer is text.
const VARIABLE_BYTES_MAX: usize = 200;
const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable {
        /// With its braces.
        whole: &'a str,
        name: &'a str,
        fallback: Option<&'a str>,
    },
}

/// A text with its variables filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The text; what could not be filled stands as it was.
    pub html: String,
    /// The variables that could not be filled, as written, each once.
    pub unfilled: Vec<String>,
}

fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(OPEN) {
        let (before, from) = rest.split_at(at);
        let inside = from.get(OPEN.len()..).unwrap_or_default();
        let end = inside
            .find(CLOSE)
            .filter(|end| *end <= VARIABLE_BYTES_MAX)
            .filter(|end| {
                inside
                    .get(..*end)
                    .is_some_and(|it| !it.contains(['<', '{']))
            });
        let Some(end) = end else {
            // No variable begins here; the next one may begin one character later.
            let split = at.saturating_add(1);
            let (text, after) = rest.split_at(split);
            pieces.push(Piece::Text(text));
            rest = after;
            continue;
        };
        pieces.push(Piece::Text(before));
        let length = OPEN.len().saturating_add(end).saturating_add(CLOSE.len());
        let (whole, after) = from.split_at(length);
        let body = inside.get(..end).unwrap_or_default();
        let (name, fallback) = match body.split_once('|') {
            Some((name, fallback)) => (name, Some(fallback.trim())),
            None => (body, None),
        };
        pieces.push(Piece::Variable {
            whole,
            name: name.trim(),
            fallback,
        });
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// Refuses a text with a variable that there is not; `field` names it.
pub fn check(field: &str, html: &str) -> Result<(), Refusal> {
    for piece in pieces(html) {
        if let Piece::Variable { whole, name, .. } = piece
            && !NAMES.contains(&name)
        {
            return Err(Refusal::invalid(
                field,
                format!("holds {whole}, which stands for nothing"),
                format!("use one of {}", NAMES.join(", ")),
            ));
        }
    }
    Ok(())
}

/// Fills the variables in; `values` holds what is known, by name.
pub fn fill(html: &str, values: &BTreeMap<&'static str, String>) -> Filled {
    let mut filled = Filled {
        html: String::with_capacity(html.len()),
        unfilled: Vec::new(),
    };
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => filled.html.push_str(text),
            Piece::Variable {
                whole,
                name,
                fallback,
            } => {
                let known = values.get(name).filter(|value| !value.trim().is_empty());
                // The fallback is part of the macro's own HTML already.
                match (known, fallback) {
                    (Some(value), _) => filled.html.push_str(&escaped(value)),
                    (None, Some(fallback)) => filled.html.push_str(fallback),
                    (None, None) => {
                        filled.html.push_str(whole);
                        if !filled.unfilled.iter().any(|it| it == whole) {
                            filled.unfilled.push(whole.to_owned());
                        }
                    }
                }
            }
        }
    }
    filled
}

/// The first placeholder that a text to a customer still holds.
pub fn placeholder(html: &str) -> Option<&str> {
    pieces(html).into_iter().find_map(|piece| match piece {
        Piece::Variable { whole, name, .. } if NAMES.contains(&name) => Some(whole),
        _ => None,
    })
}

/// The first word of a name: how most people are greeted.
pub fn first_name(name: &str) -> String {
    name.split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known() -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("customer.name", "Ana <b>Ruiz</b>".to_owned()),
            ("customer.first_name", String::new()),
        ])
    }

    #[test]
    fn what_is_known_is_put_in_as_text_and_the_rest_falls_back() {
        let filled = fill(
            "<p>Hi {{ customer.first_name | there }}, {{customer.name}}</p>",
            &known(),
        );
        assert_eq!(filled.html, "<p>Hi there, Ana &lt;b&gt;Ruiz&lt;/b&gt;</p>");
        assert!(filled.unfilled.is_empty());
    }

    #[test]
    fn what_can_not_be_filled_stays_and_is_told_once() {
        let filled = fill("{{team.name}} {{team.name}}!", &known());
        assert_eq!(filled.html, "{{team.name}} {{team.name}}!");
        assert_eq!(filled.unfilled, ["{{team.name}}"]);
        assert_eq!(placeholder(&filled.html), Some("{{team.name}}"));
    }

    #[test]
    fn an_unknown_variable_is_refused_and_braces_alone_are_text() {
        let Err(Refusal::Invalid(problems)) = check("html", "<p>{{customer.shoe}}</p>") else {
            panic!("it was taken")
        };
        assert!(problems[0].reason.contains("{{customer.shoe}}"));
        assert!(check("html", "a {{ b <i>}}</i> {{{customer.name}}} {{").is_ok());
        assert_eq!(placeholder("if (a) {{ return; }} }}"), None);
    }

    proptest! {
        #[test]
        fn nothing_but_variables_changes(text in "[a-z{}|<> .]{0,60}") {
            let filled = fill(&text, &BTreeMap::new());
            if filled.unfilled.is_empty() && !text.contains('|') {
                prop_assert_eq!(filled.html, text);
            }
        }
    }
}
