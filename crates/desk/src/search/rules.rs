//! The language of the search box, read and written.
//!
//! Words, `"phrases"`, `-not`, filters as `status:open,pending` or `team:"Second line"`, and `#123`
//! for a ticket's number. A word before a colon that names no filter is an ordinary word.

mod reading;

use std::fmt;

use jiff::civil::Date;
use kernel::refusal::Refusal;
use kernel::words;

use crate::tickets::{Priority, Status, TicketType};

pub use reading::{example, parse};

/// Longer queries are refused, in characters.
pub const QUERY_CHARS_MAX: usize = 500;
/// Queries of more parts are refused.
pub const TERMS_MAX: usize = 30;

words! {
    /// What can be filtered by.
    FilterName {
        /// Who said it.
        From = "from",
        /// To whom it was said.
        To = "to",
        /// What the ticket is about.
        Subject = "subject",
        /// A tag.
        Tag = "tag",
        /// The status.
        Status = "status",
        /// The priority.
        Priority = "priority",
        /// The type.
        Type = "type",
        /// Who has it: `me`, `none` or a colleague.
        Assignee = "assignee",
        /// Whose queue it is in: `none` or a team.
        Team = "team",
        /// The entrance, by its address.
        Inbox = "inbox",
        /// Said before a day.
        Before = "before",
        /// Said on a day or after it.
        After = "after",
        /// `attachment`.
        Has = "has",
        /// A state by its word.
        Is = "is",
    }
}

words! {
    /// What a ticket or message can be.
    Is {
        /// Work to be done.
        Open = "open",
        /// Put off until a time.
        Snoozed = "snoozed",
        /// Nobody has it.
        Unassigned = "unassigned",
        /// Said among colleagues.
        Note = "note",
        /// Among spam; left out otherwise.
        Spam = "spam",
        /// In the trash; left out otherwise.
        Trash = "trash",
    }
}

/// A day, fixed or counted back from today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// The day.
    On(Date),
    /// So many days ago; 0 is today.
    Ago(i32),
}

/// A filter with its values; a ticket fits when one of them does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// [`FilterName::From`].
    From(String),
    /// [`FilterName::To`].
    To(String),
    /// [`FilterName::Subject`].
    Subject(String),
    /// [`FilterName::Tag`].
    Tag(Vec<String>),
    /// [`FilterName::Status`].
    Status(Vec<Status>),
    /// [`FilterName::Priority`].
    Priority(Vec<Priority>),
    /// [`FilterName::Type`].
    Type(Vec<TicketType>),
    /// [`FilterName::Assignee`].
    Assignee(Vec<String>),
    /// [`FilterName::Team`].
    Team(Vec<String>),
    /// [`FilterName::Inbox`].
    Inbox(Vec<String>),
    /// [`FilterName::Before`].
    Before(Day),
    /// [`FilterName::After`].
    After(Day),
    /// [`FilterName::Has`].
    HasAttachment,
    /// [`FilterName::Is`].
    Is(Is),
}

/// What a part of a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A word.
    Word(String),
    /// Words beside each other.
    Phrase(String),
    /// The ticket with this number.
    Number(i64),
    /// A filter.
    Filter(Filter),
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether tickets that fit are left out.
    pub not: bool,
    /// What it asks for.
    pub what: What,
    /// Where it stands, in characters: from and to.
    pub place: (usize, usize),
}

/// A query, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Its parts; a ticket must fit all.
    pub terms: Vec<Term>,
    /// Whether its last word may go on, as while typing.
    pub goes_on: bool,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, in characters from the beginning.
    pub at: usize,
    /// What is wrong.
    pub reason: String,
    /// What to do instead.
    pub mend: String,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let reason = format!(
            "has a mistake at character {}: {}",
            problem.at + 1,
            problem.reason
        );
        Self::invalid("q", reason, problem.mend)
    }
}

impl Filter {
    /// Which one it is.
    pub fn name(&self) -> FilterName {
        match self {
            Self::From(_) => FilterName::From,
            Self::To(_) => FilterName::To,
            Self::Subject(_) => FilterName::Subject,
            Self::Tag(_) => FilterName::Tag,
            Self::Status(_) => FilterName::Status,
            Self::Priority(_) => FilterName::Priority,
            Self::Type(_) => FilterName::Type,
            Self::Assignee(_) => FilterName::Assignee,
            Self::Team(_) => FilterName::Team,
            Self::Inbox(_) => FilterName::Inbox,
            Self::Before(_) => FilterName::Before,
            Self::After(_) => FilterName::After,
            Self::HasAttachment => FilterName::Has,
            Self::Is(_) => FilterName::Is,
        }
    }

    /// Its values, as they are written.
    pub fn values(&self) -> Vec<String> {
        match self {
            Self::From(text) | Self::To(text) | Self::Subject(text) => vec![text.clone()],
            Self::Tag(all) | Self::Assignee(all) | Self::Team(all) | Self::Inbox(all) => {
                all.clone()
            }
            Self::Status(all) => all.iter().map(|it| it.as_str().to_owned()).collect(),
            Self::Priority(all) => all.iter().map(|it| it.as_str().to_owned()).collect(),
            Self::Type(all) => all.iter().map(|it| it.as_str().to_owned()).collect(),
            Self::Before(day) | Self::After(day) => vec![day.to_string()],
            Self::HasAttachment => vec!["attachment".to_owned()],
            Self::Is(state) => vec![state.as_str().to_owned()],
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(date) => write!(f, "{date}"),
            Self::Ago(days) => write!(f, "{days}d"),
        }
    }
}

/// A value in quotes where it would not be read as one without.
pub fn quote(value: &str) -> String {
    let plain =
        !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || c == ',' || c == '"');
    if plain {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('"', ""))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.not {
            f.write_str("-")?;
        }
        match &self.what {
            What::Word(word) => f.write_str(word),
            What::Phrase(text) => write!(f, "\"{text}\""),
            What::Number(number) => write!(f, "#{number}"),
            What::Filter(filter) => {
                let values: Vec<String> = filter.values().iter().map(|it| quote(it)).collect();
                write!(f, "{}:{}", filter.name().as_str(), values.join(","))
            }
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms: Vec<String> = self.terms.iter().map(ToString::to_string).collect();
        f.write_str(&terms.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whats(text: &str) -> Vec<(bool, What)> {
        let terms = parse(text).unwrap().terms;
        terms
            .into_iter()
            .map(|term| (term.not, term.what))
            .collect()
    }

    fn one(text: &str) -> What {
        let all = whats(text);
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].1.clone()
    }

    #[test]
    fn words_phrases_and_numbers() {
        let word = |text: &str| What::Word(text.to_owned());
        assert_eq!(
            whats("late -refund \"my order\" #12"),
            [
                (false, word("late")),
                (true, word("refund")),
                (false, What::Phrase("my order".into())),
                (false, What::Number(12)),
            ]
        );
        assert_eq!(one("\"not closed"), What::Phrase("not closed".into()));
        assert_eq!(whats(" - , \"\" ?! "), []);
        assert_eq!(one("#abc"), word("#abc"));
    }

    #[test]
    fn filters_with_one_or_several_values() {
        let filter = |text: &str| match one(text) {
            What::Filter(filter) => filter,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            filter("STATUS:open,on-hold"),
            Filter::Status(vec![Status::Open, Status::OnHold])
        );
        let teams = vec!["Second line".to_owned(), "b".to_owned()];
        assert_eq!(filter("team:\"Second line\",b"), Filter::Team(teams));
        assert_eq!(filter("after:7d"), Filter::After(Day::Ago(7)));
        let date = Date::new(2026, 11, 1).unwrap();
        assert_eq!(filter("before:2026-11"), Filter::Before(Day::On(date)));
        assert_eq!(filter("is:note"), Filter::Is(Is::Note));
        assert_eq!(filter("has:attachment"), Filter::HasAttachment);
    }

    #[test]
    fn an_ordinary_word_may_hold_a_colon() {
        for text in ["Re:order", "https://shop.example/a?b", "12:30"] {
            assert_eq!(one(text), What::Word(text.to_owned()));
        }
    }

    #[test]
    fn mistakes_name_their_place_and_their_mend() {
        for (text, at, reason, mend) in [
            (
                "x status:opne",
                2,
                "`status:` does not know `opne`",
                "take one of new, open",
            ),
            ("tag:", 0, "`tag:` has no value", "`tag:refund`"),
            ("a -is:green", 2, "does not know `green`", "unassigned"),
            ("before:soon", 0, "does not understand `soon`", "2026-11-25"),
            ("after:2026-13-01", 0, "does not understand", "yesterday"),
            ("from:,,", 0, "has no value", "from:ana"),
            ("is:open,note", 0, "takes one word", "once for each"),
        ] {
            let problem = parse(text).unwrap_err();
            assert_eq!(problem.at, at, "{text}");
            assert!(problem.reason.contains(reason), "{problem:?}");
            assert!(problem.mend.contains(mend), "{problem:?}");
        }
        assert!(
            parse(&"a ".repeat(251))
                .unwrap_err()
                .reason
                .contains("longer")
        );
        assert!(
            parse(&"a ".repeat(31))
                .unwrap_err()
                .reason
                .contains("parts")
        );
    }

    #[test]
    fn the_last_word_goes_on_until_a_space() {
        assert!(parse("where is my ord").unwrap().goes_on);
        for text in ["order ", "\"my order\"", "tag:a", "-order", ""] {
            assert!(!parse(text).unwrap().goes_on, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(?s).{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_was_read_is_read_the_same_when_written(
            parts in prop::collection::vec(
                prop_oneof![
                    "[a-zé:\"#,-]{0,6}",
                    "status:(new|open)",
                    "team:\"[a-z ]{1,8}\"",
                    "after:[0-9]{1,3}d",
                ],
                0..12,
            )
        ) {
            let text = parts.join(" ");
            if let Ok(query) = parse(&text) {
                let written = query.to_string();
                let again = parse(&written);
                prop_assert!(again.is_ok(), "{} -> {}: {:?}", text, written, again);
                let bare = |query: Query| -> Vec<(bool, What)> {
                    query.terms.into_iter().map(|term| (term.not, term.what)).collect()
                };
                prop_assert_eq!(bare(query), bare(again.unwrap()), "{} -> {}", text, written);
            }
        }
    }
}
