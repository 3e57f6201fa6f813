//! What the search box offers while somebody writes.

use kernel::search::words::fold;
use serde::Serialize;
use utoipa::ToSchema;

use super::asking::Names;
use super::rules::{FilterName, Is, quote};
use crate::tickets::{Priority, Status, TicketType};

/// The most that is offered at once.
const OFFERED_MAX: usize = 8;

/// How a query may go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Completion {
    /// What comes in place of the text from `from` on; filters without a value end with a colon.
    pub text: String,
    /// What to show for it.
    pub label: String,
    /// Where the replaced text begins, in UTF-16 units as browsers count them.
    pub from: usize,
}

/// How the query `text` may go on at its end.
pub fn complete(text: &str, names: &Names) -> Vec<Completion> {
    let start = last_part(text);
    let from = text.get(..start).unwrap_or_default().encode_utf16().count();
    let part = text.get(start..).unwrap_or_default();
    let (not, part) = match part.strip_prefix('-') {
        Some(part) => ("-", part),
        None => ("", part),
    };
    let offer = |text: String, label: String| Completion { text, label, from };
    let Some((name, value)) = part.split_once(':') else {
        if part.is_empty() || part.starts_with(['"', '#']) {
            return Vec::new();
        }
        let begun = part.to_lowercase();
        let fitting = FilterName::ALL
            .iter()
            .filter(|it| it.as_str().starts_with(&begun));
        let offers = fitting.map(|it| {
            let text = format!("{not}{}:", it.as_str());
            offer(text.clone(), text)
        });
        return offers.collect();
    };
    let Ok(name) = name.to_lowercase().parse::<FilterName>() else {
        return Vec::new();
    };
    let (before, begun) = value
        .rsplit_once(',')
        .map_or(("", value), |(before, last)| {
            (value.get(..before.len() + 1).unwrap_or_default(), last)
        });
    let begun = fold(begun.trim_start_matches('"'));
    let fits = |value: &String| {
        let value = fold(value);
        value.starts_with(&begun) || value.split(' ').any(|word| word.starts_with(&begun))
    };
    let fitting = values(name, names).into_iter().filter(fits);
    let offers = fitting.map(|value| {
        let text = format!("{not}{}:{before}{}", name.as_str(), quote(&value));
        offer(text, value)
    });
    offers.take(OFFERED_MAX).collect()
}

/// Where the part begins in which the text ends, in bytes.
fn last_part(text: &str) -> usize {
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c.is_whitespace() && !quoted {
            start = at + c.len_utf8();
        }
    }
    start
}

fn values(name: FilterName, names: &Names) -> Vec<String> {
    let owned = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    match name {
        FilterName::Status => Status::ALL
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
        FilterName::Priority => Priority::ALL
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
        FilterName::Type => TicketType::ALL
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
        FilterName::Is => Is::ALL.iter().map(|it| it.as_str().to_owned()).collect(),
        FilterName::Has => owned(&["attachment"]),
        FilterName::Before | FilterName::After => {
            owned(&["today", "yesterday", "7d", "30d", "3m", "1y"])
        }
        FilterName::Tag => names.tags.iter().map(|it| it.name.clone()).collect(),
        FilterName::Team => {
            let teams = names.teams.iter().map(|it| it.name.clone());
            owned(&["none"]).into_iter().chain(teams).collect()
        }
        FilterName::Assignee => {
            let agents = names.agents.iter().map(|it| it.name.clone());
            owned(&["me", "none"]).into_iter().chain(agents).collect()
        }
        FilterName::Inbox => names.inboxes.iter().map(|it| it.address.clone()).collect(),
        FilterName::From | FilterName::To | FilterName::Subject => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use kernel::ids::TeamId;

    use super::*;
    use crate::teams::Team;

    fn texts(query: &str) -> Vec<String> {
        let team = |id, name: &str| Team {
            id: TeamId(id),
            name: name.to_owned(),
            member_ids: Vec::new(),
            version: 1,
        };
        let names = Names {
            teams: vec![team(1, "Second line"), team(2, "Große Kunden")],
            ..Names::default()
        };
        complete(query, &names)
            .into_iter()
            .map(|it| it.text)
            .collect()
    }

    #[test]
    fn names_of_filters_are_offered_from_the_first_letter() {
        assert_eq!(texts("late st"), ["status:"]);
        assert_eq!(texts("-as"), ["-assignee:"]);
        assert_eq!(texts("t"), ["to:", "tag:", "type:", "team:"]);
        assert!(texts("").is_empty() && texts("x ").is_empty() && texts("#1").is_empty());
    }

    #[test]
    fn values_are_offered_with_quotes_where_they_need_them() {
        assert_eq!(texts("x team:gross"), ["team:\"Große Kunden\""]);
        assert_eq!(texts("team:lin"), ["team:\"Second line\""]);
        assert_eq!(texts("status:new,pe"), ["status:new,pending"]);
        assert_eq!(texts("team:\"Second l"), ["team:\"Second line\""]);
        assert!(texts("nothing:x").is_empty());
    }

    #[test]
    fn the_place_is_counted_as_browsers_do() {
        let offers = complete("🎁 is:un", &Names::default());
        assert_eq!(
            (offers[0].text.as_str(), offers[0].from),
            ("is:unassigned", 3)
        );
    }
}
