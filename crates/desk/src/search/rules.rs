//! The language of the search box, read and written.
//!
//! Words, `"phrases"`, `-not`, filters as `status:open,pending` or `team:"Second line"`, and `#123`
//! for a ticket's number. A word before a colon that names no filter is an ordinary word.

use std::fmt;

use jiff::civil::Date;
use kernel::refusal::Refusal;
use kernel::words;

use crate::tickets::{Priority, Status, TicketType};

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

/// Reads a query.
///
/// # Errors
/// When a filter has no value or one that it can't have, or the query is too long.
pub fn parse(text: &str) -> Result<Query, Problem> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > QUERY_CHARS_MAX {
        let reason = format!("it is longer than {QUERY_CHARS_MAX} characters");
        return Err(problem(QUERY_CHARS_MAX, reason, "shorten it"));
    }
    let mut reading = Reading {
        chars: &chars,
        at: 0,
    };
    let mut query = Query::default();
    while let Some(term) = reading.term()? {
        if query.terms.len() == TERMS_MAX {
            let reason = format!("it has more than {TERMS_MAX} parts");
            return Err(problem(term.place.0, reason, "leave some out"));
        }
        query.terms.push(term);
    }
    let last = query
        .terms
        .last()
        .filter(|term| term.place.1 == chars.len());
    query.goes_on = last.is_some_and(|term| matches!(term.what, What::Word(_)) && !term.not);
    Ok(query)
}

fn problem(at: usize, reason: impl Into<String>, mend: impl Into<String>) -> Problem {
    Problem {
        at,
        reason: reason.into(),
        mend: mend.into(),
    }
}

struct Reading<'a> {
    chars: &'a [char],
    at: usize,
}

impl Reading<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn term(&mut self) -> Result<Option<Term>, Problem> {
        loop {
            while self.peek().is_some_and(char::is_whitespace) {
                self.at += 1;
            }
            let Some(mut c) = self.peek() else {
                return Ok(None);
            };
            let from = self.at;
            let next = self.chars.get(self.at + 1);
            let not = c == '-' && next.is_some_and(|next| !next.is_whitespace());
            if not {
                self.at += 1;
                c = self.peek().unwrap_or(' ');
            }
            let what = if c == '"' {
                Some(What::Phrase(self.quoted())).filter(says_something)
            } else {
                self.word_or_filter(from)?
            };
            if let Some(what) = what {
                let place = (from, self.at);
                return Ok(Some(Term { not, what, place }));
            }
        }
    }

    /// What stands between quotes; the closing one may be missing while typing.
    fn quoted(&mut self) -> String {
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            if c == '"' {
                break;
            }
            text.push(c);
        }
        text
    }

    fn word_or_filter(&mut self, from: usize) -> Result<Option<What>, Problem> {
        let start = self.at;
        let mut word = String::new();
        while let Some(c) = self.peek().filter(|c| !c.is_whitespace()) {
            if c == ':'
                && let Ok(name) = word.to_lowercase().parse::<FilterName>()
            {
                self.at += 1;
                let values = self.values();
                return filter(name, &values, from).map(What::Filter).map(Some);
            }
            word.push(c);
            self.at += 1;
        }
        if self.at == start {
            self.at += 1;
        }
        let number = word
            .strip_prefix('#')
            .and_then(|digits| digits.parse().ok());
        if let Some(number) = number.filter(|number| *number > 0) {
            return Ok(Some(What::Number(number)));
        }
        Ok(Some(What::Word(word)).filter(says_something))
    }

    /// Values with commas between them, each as it is or in quotes.
    fn values(&mut self) -> Vec<String> {
        let mut values = Vec::new();
        loop {
            let value = if self.peek() == Some('"') {
                self.quoted()
            } else {
                let mut value = String::new();
                while let Some(c) = self.peek().filter(|c| !c.is_whitespace() && *c != ',') {
                    value.push(c);
                    self.at += 1;
                }
                value
            };
            if !value.trim().is_empty() {
                values.push(value.trim().to_owned());
            }
            if self.peek() != Some(',') {
                // What follows a closing quote at once is a part of its own.
                return values;
            }
            self.at += 1;
        }
    }
}

/// Whether there is a word in it: punctuation alone asks for nothing.
fn says_something(what: &What) -> bool {
    match what {
        What::Word(text) | What::Phrase(text) => !kernel::search::words::words(text).is_empty(),
        What::Number(_) | What::Filter(_) => true,
    }
}

fn filter(name: FilterName, values: &[String], at: usize) -> Result<Filter, Problem> {
    let Some(first) = values.first() else {
        let reason = format!("`{}:` has no value", name.as_str());
        let mend = format!("write one behind the colon, as in `{}`", example(name));
        return Err(problem(at, reason, mend));
    };
    let texts = || values.to_vec();
    // Text filters hold one text; a comma in it is part of it.
    let text = || -> Result<String, Problem> {
        let text = values.join(", ");
        if kernel::search::words::words(&text).is_empty() {
            let reason = format!("`{}:` has no word to look for", name.as_str());
            return Err(problem(
                at,
                reason,
                format!("write one, as in `{}`", example(name)),
            ));
        }
        Ok(text)
    };
    Ok(match name {
        FilterName::From => Filter::From(text()?),
        FilterName::To => Filter::To(text()?),
        FilterName::Subject => Filter::Subject(text()?),
        FilterName::Tag => Filter::Tag(texts()),
        FilterName::Assignee => Filter::Assignee(texts()),
        FilterName::Team => Filter::Team(texts()),
        FilterName::Inbox => Filter::Inbox(texts()),
        FilterName::Status => Filter::Status(each(values, name, at, Status::ALL, Status::as_str)?),
        FilterName::Priority => {
            Filter::Priority(each(values, name, at, Priority::ALL, Priority::as_str)?)
        }
        FilterName::Type => {
            Filter::Type(each(values, name, at, TicketType::ALL, TicketType::as_str)?)
        }
        FilterName::Before => Filter::Before(day(first, name, at)?),
        FilterName::After => Filter::After(day(first, name, at)?),
        FilterName::Has => {
            each(values, name, at, &["attachment"], |word| word)?;
            Filter::HasAttachment
        }
        FilterName::Is => {
            let states = each(values, name, at, Is::ALL, Is::as_str)?;
            let [state] = states.as_slice() else {
                let reason = "`is:` takes one word";
                return Err(problem(at, reason, "write `is:` once for each"));
            };
            Filter::Is(*state)
        }
    })
}

/// A filter as it is written.
pub fn example(name: FilterName) -> &'static str {
    match name {
        FilterName::From => "from:ana",
        FilterName::To => "to:support@example.com",
        FilterName::Subject => "subject:invoice",
        FilterName::Tag => "tag:refund",
        FilterName::Status => "status:open",
        FilterName::Priority => "priority:high",
        FilterName::Type => "type:question",
        FilterName::Assignee => "assignee:me",
        FilterName::Team => "team:billing",
        FilterName::Inbox => "inbox:support@example.com",
        FilterName::Before => "before:2026-11-01",
        FilterName::After => "after:7d",
        FilterName::Has => "has:attachment",
        FilterName::Is => "is:open",
    }
}

fn each<T: Copy>(
    values: &[String],
    name: FilterName,
    at: usize,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Result<Vec<T>, Problem> {
    let find = |value: &String| {
        let value = value.to_lowercase().replace('-', "_");
        all.iter().copied().find(|it| word(*it) == value)
    };
    let read = |value: &String| {
        find(value).ok_or_else(|| {
            let words: Vec<&str> = all.iter().map(|it| word(*it)).collect();
            let reason = format!("`{}:` does not know `{value}`", name.as_str());
            problem(at, reason, format!("take one of {}", words.join(", ")))
        })
    };
    values.iter().map(read).collect()
}

fn day(value: &str, name: FilterName, at: usize) -> Result<Day, Problem> {
    read_day(value).ok_or_else(|| {
        let reason = format!("`{}:` does not understand `{value}`", name.as_str());
        let mend = "write a day as 2026-11-25, 2026-11, today, yesterday, or 7d, 2w, 3m, 1y ago";
        problem(at, reason, mend)
    })
}

fn read_day(value: &str) -> Option<Day> {
    let value = value.to_lowercase();
    match value.as_str() {
        "today" => return Some(Day::Ago(0)),
        "yesterday" => return Some(Day::Ago(1)),
        _ => {}
    }
    for (unit, days) in [('d', 1), ('w', 7), ('m', 30), ('y', 365)] {
        if let Some(count) = value.strip_suffix(unit) {
            let count: i32 = count
                .parse()
                .ok()
                .filter(|count| (0..=1_000).contains(count))?;
            return Some(Day::Ago(count * days));
        }
    }
    let mut numbers = value.split('-').map(str::parse::<i16>);
    let year = numbers
        .next()?
        .ok()
        .filter(|year| (1970..=9999).contains(year))?;
    let month = numbers.next().unwrap_or(Ok(1)).ok()?;
    let day = numbers.next().unwrap_or(Ok(1)).ok()?;
    if numbers.next().is_some() {
        return None;
    }
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    date.ok().map(Day::On)
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
