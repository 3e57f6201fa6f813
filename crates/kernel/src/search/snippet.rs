//! The piece of a text that shows why it was found.

use std::collections::BTreeSet;

use super::words::{self, Word};

/// How much of a text a snippet shows, in bytes.
const SNIPPET_BYTES: usize = 220;
/// How much stands before the first word that was found, in bytes.
const LEAD_BYTES: usize = 60;

/// A piece of a text and what in it was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The piece, with an ellipsis where the text goes on.
    pub text: String,
    /// Where what was looked for begins and ends, in UTF-16 units as browsers count them.
    pub highlights: Vec<(usize, usize)>,
}

/// Finds a query's words in texts as the index does.
#[derive(Clone, Debug, Default)]
pub struct Finder {
    exact: BTreeSet<String>,
    beginnings: Vec<String>,
    stems: BTreeSet<String>,
}

impl Finder {
    /// Also finds the words of `text`; `begins`: the last of them may go on.
    pub fn add(&mut self, text: &str, begins: bool) {
        let found = words::words(text);
        if let Some(last) = found.last().filter(|_| begins) {
            self.beginnings.push(last.folded.clone());
        }
        for word in found {
            self.stems.extend(words::stems_of_word(&word));
            self.exact.insert(word.folded);
        }
    }

    fn finds(&self, word: &Word) -> bool {
        let folded = &word.folded;
        self.exact.contains(folded)
            || self
                .beginnings
                .iter()
                .any(|it| folded.starts_with(it.as_str()))
            || !words::stems_of_word(word).is_disjoint(&self.stems)
    }

    fn nearly_finds(&self, word: &Word) -> bool {
        self.exact.iter().any(|wanted| {
            let typos = usize::from(words::typos(wanted));
            typos > 0
                && wanted.chars().count().abs_diff(word.folded.chars().count()) <= typos
                && strsim::osa_distance(wanted, &word.folded) <= typos
        })
    }

    /// Where the words are in a text, in bytes; those that are nearly so only when none is.
    fn places(&self, text: &str) -> Vec<(usize, usize)> {
        let all = words::words(text);
        let of = |word: &&Word| self.finds(word);
        let mut hits: Vec<&Word> = all.iter().filter(of).collect();
        if hits.is_empty() {
            hits = all.iter().filter(|word| self.nearly_finds(word)).collect();
        }
        let mut places: Vec<(usize, usize)> = Vec::new();
        for word in hits {
            match places.last_mut().filter(|last| last.1 >= word.from) {
                Some(last) => last.1 = last.1.max(word.to),
                None => places.push((word.from, word.to)),
            }
        }
        places
    }

    /// The piece of `text` with most of the words, or its beginning; the number says how many
    /// words were found in it.
    pub fn snippet(&self, text: &str) -> (Snippet, usize) {
        let places = self.places(text);
        let start = best_start(&places).saturating_sub(LEAD_BYTES);
        let start = word_start(text, start);
        let end = floor(text, start.saturating_add(SNIPPET_BYTES));
        let inside = |place: &&(usize, usize)| place.0 >= start && place.1 <= end;
        let places: Vec<&(usize, usize)> = places.iter().filter(inside).collect();
        let mut snippet = Snippet::default();
        if start > 0 {
            snippet.text.push('…');
        }
        let mut units = snippet.text.encode_utf16().count();
        let mut at = start;
        for (from, to) in places.iter().copied() {
            units += push_plain(&mut snippet.text, text.get(at..*from).unwrap_or_default());
            let begun = units;
            units += push_plain(&mut snippet.text, text.get(*from..*to).unwrap_or_default());
            snippet.highlights.push((begun, units));
            at = *to;
        }
        push_plain(&mut snippet.text, text.get(at..end).unwrap_or_default());
        if end < text.len() {
            snippet.text.push('…');
        }
        let found = snippet.highlights.len();
        (snippet, found)
    }

    /// A short text whole, such as a subject.
    pub fn whole(&self, text: &str) -> Snippet {
        let units = |to: usize| text.get(..to).unwrap_or_default().encode_utf16().count();
        let places = self.places(text);
        let ranges = places
            .into_iter()
            .map(|(from, to)| (units(from), units(to)));
        Snippet {
            text: text.to_owned(),
            highlights: ranges.collect(),
        }
    }
}

/// Adds a piece with line breaks as spaces; answers its length in UTF-16 units.
fn push_plain(into: &mut String, piece: &str) -> usize {
    let plain = piece
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c });
    let before = into.len();
    into.extend(plain);
    into.get(before..)
        .unwrap_or_default()
        .encode_utf16()
        .count()
}

/// The first of those places that have most others close behind.
fn best_start(places: &[(usize, usize)]) -> usize {
    let close = |from: usize| {
        let end = from + SNIPPET_BYTES - LEAD_BYTES;
        places
            .iter()
            .filter(|it| it.0 >= from && it.1 <= end)
            .count()
    };
    let mut best = (0, 0);
    for (from, _) in places.iter().take(200) {
        let count = close(*from);
        if count > best.0 {
            best = (count, *from);
        }
    }
    best.1
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The beginning of the word around `at`.
fn word_start(text: &str, at: usize) -> usize {
    let at = floor(text, at);
    let before = text.get(..at).unwrap_or_default();
    let near = floor(text, at.saturating_sub(LEAD_BYTES / 2));
    match before.rfind(char::is_whitespace) {
        Some(space) if space >= near => floor(text, space + 1),
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(snippet: &Snippet) -> Vec<String> {
        let units: Vec<u16> = snippet.text.encode_utf16().collect();
        let of = |range: &(usize, usize)| String::from_utf16(&units[range.0..range.1]).unwrap();
        snippet.highlights.iter().map(of).collect()
    }

    fn finder(text: &str) -> Finder {
        let mut finder = Finder::default();
        finder.add(text, true);
        finder
    }

    #[test]
    fn a_snippet_shows_the_words_and_marks_them() {
        let text = format!(
            "{}The Größe of 🎁 the invoices is wrong.",
            "bla ".repeat(100)
        );
        let (snippet, found) = finder("invoice grosse").snippet(&text);
        assert_eq!(marked(&snippet), ["Größe", "invoices"]);
        assert_eq!(found, 2);
        assert!(snippet.text.starts_with('…') && snippet.text.len() < 300);
    }

    #[test]
    fn words_with_typos_are_marked_when_nothing_else_is() {
        let (snippet, _) = finder("delivrey").snippet("Where is my delivery?");
        assert_eq!(marked(&snippet), ["delivery"]);
        let (snippet, found) = finder("parcel").snippet("Where is my delivery?");
        assert_eq!((snippet.text.as_str(), found), ("Where is my delivery?", 0));
    }

    #[test]
    fn a_beginning_marks_the_whole_word() {
        assert_eq!(marked(&finder("deliv").whole("My delivery")), ["delivery"]);
    }

    #[test]
    fn pairs_of_one_word_are_marked_as_one() {
        assert_eq!(
            marked(&finder("請求書").whole("新しい請求書です")),
            ["請求書"]
        );
    }
}
