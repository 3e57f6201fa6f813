//! Reading what was written in the search box.

use jiff::civil::Date;

use super::{Day, Filter, FilterName, Is, Problem, QUERY_CHARS_MAX, Query, TERMS_MAX, Term, What};
use crate::tickets::{Priority, Status, TicketType};

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
