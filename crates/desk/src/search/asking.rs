//! From what was written in the search box to what the index is asked.

use identity::agents::Agent;
use kernel::db::{DbError, Tx};
use kernel::ids::AgentId;
use kernel::search::{Ask, Clause, Finder, Part, Sought, words};
use kernel::time::Timestamp;

use super::rules::{Day, Filter, Is, Problem, Query, Term, What};
use super::{Sight, facts};
use crate::Desk;
use crate::tags::{self, Tag};
use crate::teams::{self, Team};
use crate::tickets::InboxCard;

/// Where the words of a query are looked for.
const PARTS: [Part; 3] = [Part::Body, Part::Title, Part::People];

/// The names that filters may hold.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Who asks.
    pub me: Option<AgentId>,
    /// The tags.
    pub tags: Vec<Tag>,
    /// The teams.
    pub teams: Vec<Team>,
    /// Everybody, disabled ones too.
    pub agents: Vec<Agent>,
    /// The entrances.
    pub inboxes: Vec<InboxCard>,
}

impl Names {
    /// Whether a query can be understood only with them.
    pub fn are_needed(query: &Query) -> bool {
        query.terms.iter().any(|term| {
            let What::Filter(filter) = &term.what else {
                return false;
            };
            matches!(
                filter,
                Filter::Tag(_) | Filter::Assignee(_) | Filter::Team(_) | Filter::Inbox(_)
            )
        })
    }

    /// The names of this workspace.
    pub async fn read(desk: &Desk, tx: &mut Tx<'_>, me: AgentId) -> Result<Self, DbError> {
        Ok(Self {
            me: Some(me),
            tags: tags::store::all(tx).await?,
            teams: teams::store::all(tx).await?,
            agents: identity::agents::store::all(tx).await?,
            inboxes: desk.inboxes.all(tx).await?,
        })
    }
}

/// What to ask the index for tickets.
///
/// # Errors
/// When a filter names something that is not there.
pub fn tickets(query: &Query, names: &Names, sight: Sight, now: Timestamp) -> Result<Ask, Problem> {
    let mut ask = Ask {
        head: facts::TICKET.to_owned(),
        newest: true,
        ..Ask::default()
    };
    let mut place = false;
    let last = query.terms.len().saturating_sub(1);
    for (index, term) in query.terms.iter().enumerate() {
        let begins = query.goes_on && index == last;
        match &term.what {
            What::Word(text) | What::Phrase(text) => {
                let exactly = matches!(term.what, What::Phrase(_));
                ask.newest &= term.not;
                let sought = sought(text, &PARTS, begins, exactly || term.not);
                ask.clauses.push(Clause {
                    sought,
                    not: term.not,
                });
            }
            What::Number(number) => {
                fact(
                    &mut ask,
                    term.not,
                    vec![facts::number("ticket", Some(*number))],
                );
            }
            What::Filter(filter) => {
                place |= !term.not && matches!(filter, Filter::Is(Is::Spam | Is::Trash));
                add_filter(&mut ask, term, filter, names, now)?;
            }
        }
    }
    if !place {
        ask.heads.hidden.push("place:spam".to_owned());
        ask.heads.hidden.push("place:trash".to_owned());
    }
    let limits = &mut ask.documents;
    let limited = !limits.facts.is_empty()
        || !limits.words.is_empty()
        || limits.from.is_some()
        || limits.to.is_some();
    if !sight.notes {
        limits.hidden.push(facts::NOTE.to_owned());
    }
    if limited {
        ask.clauses.push(Clause {
            sought: Sought::Anything,
            not: false,
        });
    }
    Ok(ask)
}

/// What to ask for customers; `None` when the query is about more than names.
pub fn customers(query: &Query) -> Option<Ask> {
    let mut clauses = Vec::new();
    for (index, term) in query.terms.iter().enumerate() {
        let (What::Word(text) | What::Phrase(text)) = &term.what else {
            return None;
        };
        let begins = query.goes_on && index + 1 == query.terms.len();
        let exactly = matches!(term.what, What::Phrase(_)) || term.not;
        let sought = sought(text, &[Part::Name], begins, exactly);
        clauses.push(Clause {
            sought,
            not: term.not,
        });
    }
    (!clauses.is_empty()).then(|| Ask {
        head: facts::CUSTOMER.to_owned(),
        clauses,
        ..Ask::default()
    })
}

/// What marks the words of a query in the texts that are shown.
pub fn finder(query: &Query) -> Finder {
    let mut finder = Finder::default();
    for (index, term) in query.terms.iter().enumerate() {
        let begins = query.goes_on && index + 1 == query.terms.len();
        match &term.what {
            What::Word(text) | What::Phrase(text) if !term.not => finder.add(text, begins),
            What::Filter(Filter::Subject(text)) if !term.not => finder.add(text, false),
            _ => {}
        }
    }
    finder
}

fn sought(text: &str, parts: &[Part], begins: bool, exactly: bool) -> Sought {
    Sought::Words {
        text: text.to_owned(),
        parts: parts.to_vec(),
        begins,
        exactly,
    }
}

fn fact(ask: &mut Ask, not: bool, facts: Vec<String>) {
    if not {
        ask.heads.hidden.extend(facts);
    } else {
        ask.heads.facts.push(facts);
    }
}

fn add_filter(
    ask: &mut Ask,
    term: &Term,
    filter: &Filter,
    names: &Names,
    now: Timestamp,
) -> Result<(), Problem> {
    let field = filter.name().as_str();
    let words = || {
        filter
            .values()
            .iter()
            .map(|it| facts::word(field, it))
            .collect()
    };
    match filter {
        Filter::From(text) => said(ask, term.not, Part::Author, text),
        Filter::To(text) => said(ask, term.not, Part::Receiver, text),
        Filter::Subject(text) => {
            let sought = sought(text, &[Part::Title], false, term.not);
            ask.clauses.push(Clause {
                sought,
                not: term.not,
            });
        }
        Filter::Status(_) | Filter::Priority(_) | Filter::Type(_) => fact(ask, term.not, words()),
        Filter::Tag(all) | Filter::Assignee(all) | Filter::Team(all) | Filter::Inbox(all) => {
            let mut found = Vec::new();
            for value in all {
                let ids = ids(filter, value, names).ok_or_else(|| unknown(term, field, value))?;
                found.extend(ids.into_iter().map(|id| facts::number(field, id)));
            }
            fact(ask, term.not, found);
        }
        Filter::Before(day) => limit(ask, !term.not, start(*day, now)),
        Filter::After(day) => limit(ask, term.not, start(*day, now)),
        Filter::HasAttachment => fact(ask, term.not, vec![facts::ATTACHMENT.to_owned()]),
        Filter::Is(Is::Note) if term.not => ask.documents.hidden.push(facts::NOTE.to_owned()),
        Filter::Is(Is::Note) => ask.documents.facts.push(vec![facts::NOTE.to_owned()]),
        Filter::Is(Is::Open) => fact(ask, term.not, vec!["shelf:open".to_owned()]),
        Filter::Is(Is::Snoozed) => fact(ask, term.not, vec!["shelf:snoozed".to_owned()]),
        Filter::Is(Is::Unassigned) => fact(ask, term.not, vec!["assignee:none".to_owned()]),
        Filter::Is(Is::Spam) => fact(ask, term.not, vec!["place:spam".to_owned()]),
        Filter::Is(Is::Trash) => fact(ask, term.not, vec!["place:trash".to_owned()]),
    }
    Ok(())
}

/// Only what a person said, or was told, counts.
fn said(ask: &mut Ask, not: bool, part: Part, text: &str) {
    if not {
        let sought = sought(text, &[part], false, true);
        ask.clauses.push(Clause { sought, not });
    } else {
        ask.documents.words.push((part, text.to_owned()));
    }
}

fn limit(ask: &mut Ask, before: bool, at: Timestamp) {
    let limits = &mut ask.documents;
    if before {
        limits.to = Some(limits.to.map_or(at, |to| to.min(at)));
    } else {
        limits.from = Some(limits.from.map_or(at, |from| from.max(at)));
    }
}

/// When a day begins, in UTC.
fn start(day: Day, now: Timestamp) -> Timestamp {
    let zone = jiff::tz::TimeZone::UTC;
    let today = now.to_jiff().to_zoned(zone.clone()).date();
    let date = match day {
        Day::On(date) => date,
        Day::Ago(days) => today.saturating_sub(jiff::Span::new().days(days)),
    };
    let begins = date
        .to_zoned(zone)
        .map(|zoned| Timestamp::from_jiff(zoned.timestamp()));
    begins.unwrap_or(now)
}

/// The ids that a value stands for: `None` in the list is nobody; no list: there is no such thing.
fn ids(filter: &Filter, value: &str, names: &Names) -> Option<Vec<Option<i64>>> {
    let wanted = words::fold(value);
    let same = |name: &str| words::fold(name) == wanted;
    let some = |ids: Vec<i64>| (!ids.is_empty()).then(|| ids.into_iter().map(Some).collect());
    match filter {
        Filter::Assignee(_) if wanted == "me" => some(names.me.iter().map(|id| id.0).collect()),
        Filter::Assignee(_) | Filter::Team(_) if wanted == "none" => Some(vec![None]),
        Filter::Assignee(_) => {
            let exact = names
                .agents
                .iter()
                .filter(|it| same(&it.name) || same(&it.email));
            let exact: Vec<i64> = exact.map(|it| it.id.0).collect();
            let begins = |it: &&Agent| words::fold(&it.name).starts_with(&wanted);
            let near = || {
                names
                    .agents
                    .iter()
                    .filter(begins)
                    .map(|it| it.id.0)
                    .collect()
            };
            some(if exact.is_empty() { near() } else { exact })
        }
        Filter::Tag(_) => {
            let normal = tags::rules::normalise(value).unwrap_or_default();
            let found = names
                .tags
                .iter()
                .filter(|it| same(&it.name) || it.name == normal);
            some(found.map(|it| it.id.0).collect())
        }
        Filter::Team(_) => some(
            names
                .teams
                .iter()
                .filter(|it| same(&it.name))
                .map(|it| it.id.0)
                .collect(),
        ),
        _ => {
            let found = names
                .inboxes
                .iter()
                .filter(|it| same(&it.address) || same(&it.name));
            some(found.map(|it| it.id.0).collect())
        }
    }
}

fn unknown(term: &Term, field: &str, value: &str) -> Problem {
    Problem {
        at: term.place.0,
        reason: format!("there is nothing called `{value}` for `{field}:`"),
        mend: format!("choose one that is offered while you write `{field}:`"),
    }
}
