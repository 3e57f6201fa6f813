//! Asking the index: which groups hold all of what is sought, the best first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::ops::Bound;

use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, EnableScoring, FuzzyTermQuery, Occur,
    PhrasePrefixQuery, PhraseQuery, Query, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use super::words::{self, Word};
use super::{Index, Part, SearchError};
use crate::time::Timestamp;

/// Weights of the ways a word is found: as it is, by its stem, by its beginning, with typos.
const EXACT: f32 = 3.0;
const STEM: f32 = 2.0;
const BEGINNING: f32 = 1.0;
const FUZZY: f32 = 0.4;
/// Weights of the parts beside the body.
const TITLE: f32 = 2.5;
const NAMES: f32 = 2.0;
/// A word that so many documents hold is no typo of another.
const SURE_FROM: u64 = 20;
/// The shortest beginning of a word that is looked for, in letters.
const BEGINNING_CHARS_MIN: usize = 2;
/// After this time a group weighs half as much as one of now.
const HALF_AFTER_DAYS: f32 = 180.0;
const DAY_MICROS: f32 = 86_400_000_000.0;

/// What one part of a query asks for.
#[derive(Clone, Debug)]
pub enum Sought {
    /// Words, each in one of the parts; several of one text (`a-1`) stand beside each other.
    Words {
        /// The text.
        text: String,
        /// Where.
        parts: Vec<Part>,
        /// Whether the last word may go on.
        begins: bool,
        /// Whether the words must stand as they are, without stems and typos.
        exactly: bool,
    },
    /// One of these facts.
    Facts(Vec<String>),
    /// Any document within the limits.
    Anything,
}

/// A part of a query: some document of the group must fit, or none may.
#[derive(Clone, Debug)]
pub struct Clause {
    /// What is sought.
    pub sought: Sought,
    /// Whether groups that hold it are left out.
    pub not: bool,
}

/// What documents must be like to count at all.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Each names facts of which the document has one.
    pub facts: Vec<Vec<String>>,
    /// Words that stand in a part of the same document.
    pub words: Vec<(Part, String)>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// Facts that no such document may have: what the caller may not see.
    pub hidden: Vec<String>,
}

/// A query.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The fact of the one document that stands for its group.
    pub head: String,
    /// What those documents must be like.
    pub heads: Limits,
    /// What documents must be like in which clauses are looked for, beside the head.
    pub documents: Limits,
    /// The parts of the query.
    pub clauses: Vec<Clause>,
    /// How many of the best to leave out, and how many to answer.
    pub page: (usize, usize),
    /// Whether the newest come first, whatever fits best.
    pub newest: bool,
}

/// A group that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The group.
    pub group: i64,
    /// How well it fits.
    pub score: f32,
    /// The items in which the clauses are found best, the best clause's first, each once.
    pub items: Vec<u64>,
}

/// What one clause found, by group.
struct Hits {
    scores: Vec<f32>,
    items: Vec<u64>,
}

impl Index {
    /// The groups that fit all of a query, and how many there are. Blocks for milliseconds.
    ///
    /// # Errors
    /// When the index can't be read.
    pub fn ask(&self, ask: &Ask, now: Timestamp) -> Result<(Vec<Found>, usize), SearchError> {
        let searcher = self.reader.searcher();
        let groups = self.groups(&searcher)?;
        let heads = self.heads(&searcher, ask, groups)?;
        let mut wanted = Vec::new();
        let mut unwanted = Vec::new();
        for clause in &ask.clauses {
            let query = self.clause(&searcher, ask, &clause.sought)?;
            let hits = self.collect(&searcher, &*query, groups)?;
            let into = if clause.not {
                &mut unwanted
            } else {
                &mut wanted
            };
            into.push(hits);
        }
        let fits = |group: &usize| {
            let has = |hits: &Hits| hits.scores.get(*group).is_some_and(|score| *score > 0.0);
            wanted.iter().all(has) && !unwanted.iter().any(has)
        };
        let mut best = BinaryHeap::new();
        let keep = ask.page.0.saturating_add(ask.page.1);
        let mut count = 0;
        for (group, at) in heads.iter().enumerate() {
            if *at == i64::MIN || !fits(&group) {
                continue;
            }
            count += 1;
            let score = if ask.newest {
                1.0
            } else {
                weigh(&wanted, group, *at, now)
            };
            best.push(Reverse((Order(score), *at, group)));
            if best.len() > keep {
                best.pop();
            }
        }
        let sorted = best.into_sorted_vec();
        let page = sorted.into_iter().skip(ask.page.0);
        let found = page.map(|Reverse((Order(score), _, group))| Found {
            group: i64::try_from(group).unwrap_or(i64::MAX),
            score,
            items: items(&wanted, group),
        });
        Ok((found.collect(), count))
    }

    /// One more than the highest group.
    fn groups(&self, searcher: &Searcher) -> Result<usize, SearchError> {
        let mut most = 0;
        for segment in searcher.segment_readers() {
            most = most.max(segment.fast_fields().u64("group")?.max_value());
        }
        Ok(usize::try_from(most).unwrap_or(0).saturating_add(1))
    }

    /// The moment of each group's head that fits, `i64::MIN` for the others.
    fn heads(
        &self,
        searcher: &Searcher,
        ask: &Ask,
        groups: usize,
    ) -> Result<Vec<i64>, SearchError> {
        let mut found = vec![i64::MIN; groups];
        let mut parts = vec![(Occur::Must, self.fact(&ask.head))];
        parts.extend(self.limits(&ask.heads));
        let query = BooleanQuery::new(parts);
        let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
        for segment in searcher.segment_readers() {
            let group = segment.fast_fields().u64("group")?.first_or_default_col(0);
            let at = segment.fast_fields().i64("at")?.first_or_default_col(0);
            let alive = segment.alive_bitset();
            weight.for_each_no_score(segment, &mut |documents| {
                for document in documents {
                    if alive.is_some_and(|alive| !alive.is_alive(*document)) {
                        continue;
                    }
                    let place = usize::try_from(group.get_val(*document)).unwrap_or(0);
                    if let Some(slot) = found.get_mut(place) {
                        *slot = at.get_val(*document);
                    }
                }
            })?;
        }
        Ok(found)
    }

    fn collect(
        &self,
        searcher: &Searcher,
        query: &dyn Query,
        groups: usize,
    ) -> Result<Hits, SearchError> {
        let mut hits = Hits {
            scores: vec![0.0; groups],
            items: vec![0; groups],
        };
        let weight = query.weight(EnableScoring::enabled_from_searcher(searcher))?;
        for segment in searcher.segment_readers() {
            let group = segment.fast_fields().u64("group")?.first_or_default_col(0);
            let item = segment.fast_fields().u64("item")?.first_or_default_col(0);
            let alive = segment.alive_bitset();
            weight.for_each(segment, &mut |document, score| {
                if alive.is_some_and(|alive| !alive.is_alive(document)) {
                    return;
                }
                let place = usize::try_from(group.get_val(document)).unwrap_or(0);
                let slot = (hits.scores.get_mut(place), hits.items.get_mut(place));
                if let (Some(best), Some(which)) = slot
                    && score > *best
                {
                    *best = score;
                    *which = item.get_val(document);
                }
            })?;
        }
        Ok(hits)
    }

    fn fact(&self, fact: &str) -> Box<dyn Query> {
        let term = Term::from_field_text(self.fields.facts, fact);
        Box::new(TermQuery::new(term, IndexRecordOption::Basic))
    }

    fn any_fact(&self, facts: &[String]) -> Box<dyn Query> {
        Box::new(BooleanQuery::union(
            facts.iter().map(|fact| self.fact(fact)).collect(),
        ))
    }

    fn limits(&self, limits: &Limits) -> Vec<(Occur, Box<dyn Query>)> {
        let silent = |query| -> Box<dyn Query> { Box::new(BoostQuery::new(query, 0.0)) };
        let mut parts = Vec::new();
        for facts in &limits.facts {
            parts.push((Occur::Must, silent(self.any_fact(facts))));
        }
        for (part, text) in &limits.words {
            parts.push((
                Occur::Must,
                silent(self.as_written(*part, &words::words(text), true)),
            ));
        }
        if limits.from.is_some() || limits.to.is_some() {
            let term = |at: Timestamp| Term::from_field_i64(self.fields.at, at.micros());
            let from = limits
                .from
                .map_or(Bound::Unbounded, |at| Bound::Included(term(at)));
            let to = limits
                .to
                .map_or(Bound::Unbounded, |at| Bound::Excluded(term(at)));
            parts.push((Occur::Must, silent(Box::new(RangeQuery::new(from, to)))));
        }
        for fact in &limits.hidden {
            parts.push((Occur::MustNot, self.fact(fact)));
        }
        parts
    }

    /// A clause: in a document within the limits, or in the head's own parts.
    fn clause(
        &self,
        searcher: &Searcher,
        ask: &Ask,
        sought: &Sought,
    ) -> Result<Box<dyn Query>, SearchError> {
        let within = |query: Box<dyn Query>| -> Box<dyn Query> {
            let mut parts = vec![(Occur::Must, query)];
            parts.extend(self.limits(&ask.documents));
            Box::new(BooleanQuery::new(parts))
        };
        Ok(match sought {
            Sought::Anything => {
                let one = Box::new(ConstScoreQuery::new(
                    Box::new(tantivy::query::AllQuery),
                    1.0,
                ));
                within(one)
            }
            Sought::Facts(facts) => self.any_fact(facts),
            Sought::Words {
                text,
                parts,
                begins,
                exactly,
            } => {
                let found = words::words(text);
                let mut union: Vec<Box<dyn Query>> = Vec::new();
                for part in parts {
                    let query = match (found.as_slice(), exactly) {
                        ([word], false) => self.word(searcher, *part, word, *begins)?,
                        _ => self.as_written(*part, &found, *begins),
                    };
                    let of_head = matches!(part, Part::Title | Part::People | Part::Name);
                    union.push(if of_head { query } else { within(query) });
                }
                Box::new(BooleanQuery::union(union))
            }
        })
    }

    /// Words beside each other, as they are.
    fn as_written(&self, part: Part, words: &[Word], begins: bool) -> Box<dyn Query> {
        let field = self.fields.exact(part);
        let term = |word: &Word| Term::from_field_text(field, &word.folded);
        let query: Box<dyn Query> = match words {
            [] => Box::new(tantivy::query::EmptyQuery),
            [word] => {
                let one = TermQuery::new(term(word), IndexRecordOption::WithFreqs);
                let mut union: Vec<Box<dyn Query>> = vec![Box::new(one)];
                if begins {
                    union.extend(beginning(field, &word.folded, BEGINNING));
                }
                Box::new(BooleanQuery::union(union))
            }
            words if begins => Box::new(PhrasePrefixQuery::new(words.iter().map(term).collect())),
            words => Box::new(PhraseQuery::new(words.iter().map(term).collect())),
        };
        Box::new(BoostQuery::new(query, weight_of(part) * EXACT))
    }

    fn word(
        &self,
        searcher: &Searcher,
        part: Part,
        word: &Word,
        begins: bool,
    ) -> Result<Box<dyn Query>, SearchError> {
        let weight = weight_of(part);
        let field = self.fields.exact(part);
        let exact = Term::from_field_text(field, &word.folded);
        let mut known = searcher.doc_freq(&exact)?;
        let mut union: Vec<Box<dyn Query>> = Vec::new();
        let mut push = |term: Term, boost: f32| {
            let query = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
            union.push(Box::new(BoostQuery::new(query, boost * weight)));
        };
        push(exact.clone(), EXACT);
        if let Some(stem_field) = self.fields.stem(part) {
            for stem in words::stems_of_word(word) {
                let term = Term::from_field_text(stem_field, &stem);
                let count = searcher.doc_freq(&term)?;
                if count > 0 {
                    known += count;
                    push(term, STEM);
                }
            }
        }
        if begins {
            union.extend(beginning(field, &word.folded, BEGINNING * weight));
        }
        let typos = words::typos(&word.folded);
        if typos > 0 && known < SURE_FROM {
            let near = Box::new(FuzzyTermQuery::new(exact, typos, true));
            union.push(Box::new(ConstScoreQuery::new(near, FUZZY * weight)));
        }
        Ok(Box::new(BooleanQuery::union(union)))
    }
}

fn weight_of(part: Part) -> f32 {
    match part {
        Part::Body => 1.0,
        Part::Title => TITLE,
        Part::People | Part::Author | Part::Receiver | Part::Name => NAMES,
    }
}

/// Words that begin so.
fn beginning(field: Field, start: &str, score: f32) -> Option<Box<dyn Query>> {
    if start.chars().count() < BEGINNING_CHARS_MIN {
        return None;
    }
    let from = Bound::Included(Term::from_field_text(field, start));
    let to = Bound::Excluded(Term::from_field_text(field, &format!("{start}\u{10FFFF}")));
    let range = Box::new(RangeQuery::new(from, to));
    Some(Box::new(ConstScoreQuery::new(range, score)))
}

/// How well a group fits: its words, less the older it is.
fn weigh(wanted: &[Hits], group: usize, at: i64, now: Timestamp) -> f32 {
    let of = |hits: &Hits| hits.scores.get(group).copied().unwrap_or(0.0);
    let words: f32 = wanted.iter().map(of).sum();
    words.max(0.01) * recency(now.micros().saturating_sub(at))
}

#[expect(
    clippy::as_conversions,
    reason = "an age in days loses nothing that matters"
)]
fn recency(age_micros: i64) -> f32 {
    let days = (age_micros.max(0) as f32) / DAY_MICROS;
    HALF_AFTER_DAYS / (HALF_AFTER_DAYS + days)
}

fn items(wanted: &[Hits], group: usize) -> Vec<u64> {
    let of = |hits: &Hits| {
        let score = hits.scores.get(group).copied().unwrap_or(0.0);
        (Order(score), hits.items.get(group).copied().unwrap_or(0))
    };
    let mut all: Vec<(Order, u64)> = wanted.iter().map(of).collect();
    all.sort_by(|one, other| other.cmp(one));
    let mut seen = BTreeSet::new();
    all.into_iter()
        .map(|(_, item)| item)
        .filter(|item| seen.insert(*item))
        .collect()
}

/// A score that can be sorted; none is ever NaN.
#[derive(Clone, Copy, PartialEq)]
struct Order(f32);

impl Eq for Order {}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Order {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
