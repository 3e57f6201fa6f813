//! "On Monday, Ana wrote:" in any language, on up to four lines.
//!
//! No pattern per language: such a line ends in a colon and holds at least two of a date, an
//! address and a word for writing. Names and dates stand in any order.

use super::lines::{Line, Mark};
use super::rules::View;
use super::words::folded;
use super::words::verbs::{opens_with_date, opens_with_lead, says_wrote};

/// The most lines that one is wrapped over.
const LINES_MAX: usize = 4;
/// The longest one, in bytes.
const BYTES_MAX: usize = 600;
/// The longest one that has neither date nor address, in bytes.
const VAGUE_BYTES_MAX: usize = 80;

/// A line or more that introduces a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attribution {
    /// The first line.
    pub start: usize,
    /// Whether it can't be anything else, so that all below it is quoted, marked or not.
    pub is_certain: bool,
}

/// The attribution that ends with line `end`.
pub(super) fn ending_at(view: &View<'_, '_>, end: usize, from: usize) -> Option<Attribution> {
    let last = view.get(end)?;
    if last.mark == Mark::Attribution {
        let start = (from..end)
            .rev()
            .take_while(|at| view.get(*at).is_some_and(|it| it.mark == Mark::Attribution))
            .last();
        return Some(Attribution {
            start: start.unwrap_or(end),
            is_certain: true,
        });
    }
    if last.is_long || !may_end(&last.text) {
        return opening(last, end);
    }
    let mut joined = String::new();
    let mut vague = None;
    for start in (from..=end).rev().take(LINES_MAX) {
        let Some(line) = view.own(start) else {
            break;
        };
        let is_other = start < end && may_end(&line.text) && !has_open_bracket(&line.text);
        if line.is_blank() || line.is_long || is_other || joined.len() > BYTES_MAX {
            break;
        }
        joined = format!("{} {joined}", line.text);
        let cues = Cues::of(&folded(&joined));
        if cues.tells_who_and_when() {
            let start = reach_up(view, start, from, &cues);
            let whole: Vec<&str> = (start..=end)
                .filter_map(|at| view.get(at).map(|line| &*line.text))
                .collect();
            let whole = Cues::of(&folded(&whole.join(" ")));
            return Some(Attribution {
                start,
                is_certain: cues.is_certain() || whole.is_certain(),
            });
        }
        if vague.is_none() && cues.may_introduce() {
            vague = Some(start);
        }
    }
    let vague = vague.map(|start| Attribution {
        start,
        is_certain: false,
    });
    vague.or_else(|| opening(last, end))
}

fn opening(line: &Line<'_>, at: usize) -> Option<Attribution> {
    (line.mark == Mark::Opening).then_some(Attribution {
        start: at,
        is_certain: false,
    })
}

/// Whether one may end here; cheap, since every line is asked.
fn may_end(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '*' | '_' | '\u{a0}') || super::words::is_direction(c)
    });
    text.ends_with([':', '：', '︰'])
        || (text.ends_with("--") && text.contains(char::is_alphabetic))
}

/// Whether what stands in brackets goes on below: Hungarian puts the date there.
fn has_open_bracket(text: &str) -> bool {
    text.matches('(').count() > text.matches(')').count()
}

/// The first line, when the date or the name stands on a line above those found.
fn reach_up(view: &View<'_, '_>, start: usize, from: usize, cues: &Cues) -> usize {
    let Some(line) = view.own(start) else {
        return start;
    };
    let own = folded(&line.text);
    if opens_with_lead(&own) && cues.address {
        return start;
    }
    let above = start.checked_sub(1).filter(|above| *above >= from);
    let Some((above, line)) = above.and_then(|at| Some((at, view.own(at)?))) else {
        return start;
    };
    let text = folded(&line.text);
    let ends_sentence = text.ends_with(['!', '?', '。', ':']);
    if line.is_blank() || text.len() > 120 || ends_sentence {
        return start;
    }
    let is_date =
        text.contains(char::is_numeric) && opens_with_lead(&text) && !opens_with_lead(&own);
    let is_name = !cues.address && text.contains('<') && text.contains('@');
    if is_date || is_name { above } else { start }
}

/// What a text holds of what makes an attribution.
#[derive(Debug, Default)]
struct Cues {
    date: bool,
    clock: bool,
    address: bool,
    bracketed: bool,
    verb: bool,
    opens: bool,
    bytes: usize,
    words: usize,
}

impl Cues {
    fn of(folded: &str) -> Self {
        let mut cues = Self {
            bytes: folded.len(),
            opens: opens_with_date(folded),
            words: folded.split_whitespace().count(),
            ..Self::default()
        };
        let mut outside = String::with_capacity(folded.len());
        let mut rest = folded;
        while let Some((before, after)) = rest.split_once('<') {
            outside.push_str(before);
            outside.push(' ');
            let (inside, behind) = after.split_once('>').unwrap_or((after, ""));
            cues.bracketed |= inside.contains('@');
            rest = behind;
        }
        outside.push_str(rest);
        cues.address = cues.bracketed;
        let mut groups = 0_usize;
        for word in outside.split_whitespace() {
            if word.contains('@') && word.contains('.') {
                cues.address = true;
                continue;
            }
            let (count, year, clock) = numbers(word);
            groups = groups.saturating_add(count);
            cues.date |= year || groups >= 2;
            cues.clock |= clock;
        }
        cues.verb = says_wrote(folded);
        cues
    }

    fn tells_who_and_when(&self) -> bool {
        self.date && (self.verb || self.address)
    }

    fn may_introduce(&self) -> bool {
        let who = self.verb && (self.address || self.words >= 2 && self.bytes <= VAGUE_BYTES_MAX);
        who || self.date && self.clock && self.opens && self.bytes <= VAGUE_BYTES_MAX
    }

    fn is_certain(&self) -> bool {
        let said = self.verb && self.date && (self.clock || self.address);
        (said && (self.opens || self.address))
            || (self.date && self.clock && self.address && (self.opens || self.bracketed))
    }
}

/// How many numbers a word holds, whether one is a year, and whether it is a time of day.
fn numbers(word: &str) -> (usize, bool, bool) {
    let mut count = 0_usize;
    let mut year = false;
    let mut clock = false;
    let mut digits = 0_usize;
    let mut previous = (0_usize, ' ');
    for c in word.chars().chain([' ']) {
        if c.is_numeric() {
            if digits == 0 {
                count = count.saturating_add(1);
            }
            digits = digits.saturating_add(1);
            continue;
        }
        if digits > 0 {
            year |= digits == 4;
            let is_time = matches!(
                previous.1,
                ':' | '：' | 'h' | '.' | '時' | '时' | '點' | '시'
            );
            clock |= is_time && (1..=2).contains(&previous.0) && digits == 2;
            previous = (digits, c);
            digits = 0;
        } else {
            previous.0 = 0;
        }
    }
    (count, year, clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues(text: &str) -> Cues {
        Cues::of(&folded(text))
    }

    #[test]
    fn numbers_tell_dates_and_times() {
        assert_eq!(numbers("2016-10-24"), (3, true, false));
        assert_eq!(numbers("17:48"), (2, false, true));
        assert_eq!(numbers("15h36"), (2, false, true));
        assert_eq!(numbers("5"), (1, false, false));
        assert_eq!(numbers("۱۵:۳۶"), (2, false, true));
    }

    #[test]
    fn an_address_in_brackets_is_no_date() {
        let it = cues("Ana <ana2020.12@x.example> wrote:");
        assert!(it.address && it.verb && !it.date && it.may_introduce());
    }

    #[test]
    fn a_sentence_with_a_date_is_not_certain() {
        assert!(!cues("On 5 May 2020 your colleague told me this:").is_certain());
        assert!(!cues("We agreed on 12.05.2020 at 15:00:").is_certain());
    }
}
