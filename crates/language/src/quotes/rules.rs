//! What each line of a mail is: the decision, the same for plain text and HTML.
//!
//! A mail is read as `written`, quoted blocks, and possibly a tail in which everything is quoted.
//! Only what a mail ends with folds: the tail, the last quoted block, and the signature beside
//! them. Earlier blocks stand between answers and stay, unless they are long.

use super::Kind;
use super::attribution::{self, Attribution};
use super::headers;
use super::lines::{Line, Mark};
use super::signature;
use super::words::separators::{is_dashes, is_heading, is_separator};

/// From this many lines on, a quote folds even where an answer follows.
const LONG_QUOTE_LINES: usize = 10;
/// How often a mail that holds nothing written is looked into: forwards of forwards.
const ROUNDS_MAX: usize = 8;
/// How many lines below a separator the head of the mail is looked for.
const HEAD_WITHIN: usize = 3;

/// The lines of a mail, seen from a depth of quoting that counts as none.
pub(super) struct View<'v, 'a> {
    lines: &'v [Line<'a>],
    base: u32,
}

impl<'v, 'a> View<'v, 'a> {
    /// Any line.
    pub fn get(&self, at: usize) -> Option<&'v Line<'a>> {
        self.lines.get(at)
    }

    /// A line that is not quoted.
    pub fn own(&self, at: usize) -> Option<&'v Line<'a>> {
        self.get(at).filter(|line| line.depth <= self.base)
    }

    fn is_quoted(&self, at: usize) -> bool {
        self.get(at).is_some_and(|line| line.depth > self.base)
    }

    fn is_blank(&self, at: usize) -> bool {
        self.get(at).is_none_or(Line::is_blank)
    }

    /// The first line from `at` on that is not blank.
    fn next(&self, at: usize) -> Option<usize> {
        (at..self.lines.len()).find(|at| !self.is_blank(*at))
    }

    /// Whether a line says something.
    fn speaks(&self, at: usize) -> bool {
        self.get(at)
            .is_some_and(|line| line.mark != Mark::Rule && !is_dashes(&line.text))
    }
}

/// What each of the lines is.
pub(super) fn kinds(lines: &[Line<'_>]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Written; lines.len()];
    let mut view = View { lines, base: 0 };
    let mut from = 0_usize;
    for round in 0..=ROUNDS_MAX {
        decide(&view, from, &mut kinds);
        if shows_something(&view, &kinds) {
            break;
        }
        // Nothing written is left: the first thing folded is what the mail is about.
        let inside = if round < ROUNDS_MAX {
            look_into(&view, &kinds)
        } else {
            None
        };
        let Some((start, base)) = inside.filter(|it| *it != (from, view.base)) else {
            fill(&mut kinds, from, lines.len(), Kind::Written);
            break;
        };
        fill(&mut kinds, start, lines.len(), Kind::Written);
        from = start;
        view.base = base;
    }
    if shows_something(&view, &kinds) {
        close_gaps(&view, &mut kinds);
    } else {
        kinds.fill(Kind::Written);
    }
    kinds
}

fn shows_something(view: &View<'_, '_>, kinds: &[Kind]) -> bool {
    let mut lines = kinds.iter().enumerate();
    lines.any(|(at, kind)| *kind == Kind::Written && view.speaks(at))
}

/// Where the quoted mail begins that a mail consists of, below its head, and how deep it is quoted.
fn look_into(view: &View<'_, '_>, kinds: &[Kind]) -> Option<(usize, u32)> {
    let start = kinds.iter().position(|kind| *kind == Kind::Quote)?;
    let rest = kinds.get(start..).unwrap_or_default();
    let length = rest.iter().take_while(|kind| **kind == Kind::Quote).count();
    let end = start.saturating_add(length);
    let first = view.next(start).filter(|at| *at < end)?;
    let depth = view.get(first).map_or(0, |line| line.depth);
    let inner = View {
        lines: view.lines,
        base: depth.max(view.base),
    };
    let below = head_end(&inner, first, end).unwrap_or(first);
    let below = view.next(below).filter(|at| *at < end)?;
    let speaking = (below..end).filter(|at| !view.is_blank(*at));
    let base = speaking.filter_map(|at| Some(view.get(at)?.depth)).min()?;
    Some((below, base))
}

/// The line after what introduces the mail quoted from line `start` on.
fn head_end(view: &View<'_, '_>, start: usize, end: usize) -> Option<usize> {
    for at in start..end.min(start.saturating_add(6)) {
        if let Some(opened) = opening_at(view, at) {
            return Some(opened);
        }
        if attribution::ending_at(view, at, start).is_some_and(|it| it.start == start) {
            return Some(at.saturating_add(1));
        }
    }
    None
}

/// The line after a separator or a head that stands at line `at`.
fn opening_at(view: &View<'_, '_>, at: usize) -> Option<usize> {
    let line = view.own(at)?;
    if line.is_blank() || line.is_long {
        return None;
    }
    let is_separator = line.mark == Mark::Start || is_separator(&line.text);
    if !is_separator {
        let above = at.checked_sub(1).and_then(|above| view.get(above));
        let is_ruled = above.is_some_and(|it| it.mark == Mark::Rule || is_heading(&it.text));
        return headers::block_at(view, at, is_ruled);
    }
    let after = at.saturating_add(1);
    let head = (at..after.saturating_add(HEAD_WITHIN)).filter(|at| !view.is_blank(*at));
    let head = head
        .take(2)
        .find_map(|at| headers::block_at(view, at, true));
    Some(head.unwrap_or(after))
}

/// A block of quoted lines, with the lines that introduce it.
struct Block {
    start: usize,
    end: usize,
}

fn decide(view: &View<'_, '_>, from: usize, kinds: &mut [Kind]) {
    let (blocks, tail) = read(view, from);
    fill(kinds, tail, view.lines.len(), Kind::Quote);
    let mut end = tail;
    let mut is_answered = false;
    let starts = blocks.iter().map(|block| block.end).rev().chain([from]);
    for (start, block) in starts.zip(blocks.iter().rev().map(Some).chain([None])) {
        // What stands between this block and the next.
        let signed = signature::begins_at(view, start, end).filter(|_| !is_answered);
        let signed = signed.unwrap_or(end);
        fill(kinds, signed, end, Kind::Signature);
        is_answered |= (start..signed).any(|at| view.speaks(at));
        let Some(block) = block else {
            break;
        };
        let lines = (block.start..block.end).filter(|at| !view.is_blank(*at));
        if !is_answered || lines.count() >= LONG_QUOTE_LINES {
            fill(kinds, block.start, block.end, Kind::Quote);
        }
        end = block.start;
    }
}

/// The quoted blocks from line `from` on, and the line from which on everything is quoted.
fn read(view: &View<'_, '_>, from: usize) -> (Vec<Block>, usize) {
    let total = view.lines.len();
    let mut blocks: Vec<Block> = Vec::new();
    let mut introduced: Option<usize> = None;
    let mut last = from;
    let mut at = from;
    while at < total {
        if view.is_quoted(at) {
            let end = block_end(view, at);
            let start = introduced.take().unwrap_or(at);
            blocks.push(Block { start, end });
            last = end;
            at = end;
            continue;
        }
        if view.is_blank(at) {
            at = at.saturating_add(1);
            continue;
        }
        introduced = None;
        let (start, below, is_certain) = match opening_at(view, at) {
            Some(below) => (at, below, true),
            None => match attribution::ending_at(view, at, last) {
                Some(Attribution { start, is_certain }) => {
                    (start, at.saturating_add(1), is_certain)
                }
                None => {
                    at = at.saturating_add(1);
                    continue;
                }
            },
        };
        let next = view.next(below);
        if next.is_some_and(|next| view.is_quoted(next)) {
            introduced = Some(above_rules(view, start, last));
        } else if is_certain && (next.is_some() || start > from) {
            return (blocks, above_rules(view, start, last));
        }
        at = below;
    }
    (blocks, total)
}

/// The line after the block of quoted lines that begins at line `at`.
fn block_end(view: &View<'_, '_>, at: usize) -> usize {
    let mut end = at;
    let mut next = at;
    while next < view.lines.len() {
        if view.is_quoted(next) {
            end = next.saturating_add(1);
        } else if !view.is_blank(next) {
            break;
        }
        next = next.saturating_add(1);
    }
    end
}

/// The line where the rules begin that stand directly above line `start`.
fn above_rules(view: &View<'_, '_>, start: usize, from: usize) -> usize {
    let mut first = start;
    for at in (from..start).rev() {
        if view.is_blank(at) {
            continue;
        }
        let heads = |line: &Line<'_>| !view.speaks(at) || is_heading(&line.text);
        if view.own(at).is_some_and(heads) {
            first = at;
        } else {
            break;
        }
    }
    first
}

fn fill(kinds: &mut [Kind], start: usize, end: usize, kind: Kind) {
    for place in kinds.get_mut(start..end).unwrap_or_default() {
        *place = kind;
    }
}

/// Gives lines on which nothing is said to what stands before them, or else behind.
fn close_gaps(view: &View<'_, '_>, kinds: &mut [Kind]) {
    let mut at = 0_usize;
    let mut before = None;
    while at < kinds.len() {
        let kind = kinds.get(at).copied().unwrap_or(Kind::Written);
        let rest = kinds.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|it| **it == kind).count();
        let end = at.saturating_add(length);
        let is_silent = kind == Kind::Written && !(at..end).any(|at| view.speaks(at));
        let beside = before.or_else(|| kinds.get(end).copied());
        if let Some(beside) = beside.filter(|_| is_silent) {
            fill(kinds, at, end, beside);
        } else {
            before = Some(kind);
        }
        at = end;
    }
}
