//! Which minutes of a date are open.

use jiff::civil::{Date, Weekday};

use super::{DAY_MINUTES, minutes};
use crate::schedules::{Holiday, HolidayKind, Span, Week};

/// Minutes of a day, from and to, in order and apart.
pub(super) type Minutes = Vec<(i64, i64)>;

/// Monday is 0.
pub(super) fn day_of_week(date: Date) -> usize {
    match date.weekday() {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    }
}

/// The open minutes of an ordinary day of the week.
pub(super) fn ordinary(week: &Week, day: usize) -> Minutes {
    let days = week.days();
    let spans = |day: usize| days.get(day).map_or(&[][..], |(_, spans)| spans);
    let before = (day + 6) % 7;
    merged(today(spans(day)).chain(spilled(spans(before))))
}

/// The open minutes of a date, holidays and all.
pub(super) fn on(week: &Week, holidays: &[Holiday], date: Date) -> Minutes {
    let days = week.days();
    let usual = |date: Date| {
        days.get(day_of_week(date))
            .map_or(&[][..], |(_, spans)| spans)
    };
    let open = match replaced(holidays, date) {
        Some(spans) => merged(today(spans)),
        None => {
            let before = date.yesterday().ok();
            let before = before.map_or(&[][..], |it| {
                replaced(holidays, it).unwrap_or_else(|| usual(it))
            });
            merged(today(usual(date)).chain(spilled(before)))
        }
    };
    let closings = holidays
        .iter()
        .filter(|it| it.kind == HolidayKind::ClosedBetween && falls_on(it, date))
        .flat_map(|it| today(&it.spans));
    closings.fold(open, without)
}

/// Whether a holiday falls on a date.
pub(super) fn falls_on(holiday: &Holiday, date: Date) -> bool {
    if holiday.yearly {
        holiday.date.month() == date.month() && holiday.date.day() == date.day()
    } else {
        holiday.date == date
    }
}

/// The hours that a date has instead of its day's: one set for that very date comes before one
/// that comes every year.
fn replaced(holidays: &[Holiday], date: Date) -> Option<&[Span]> {
    let replaces = |it: &&Holiday| it.kind != HolidayKind::ClosedBetween && falls_on(it, date);
    let once = holidays.iter().filter(replaces).find(|it| !it.yearly);
    let found = once.or_else(|| holidays.iter().find(replaces))?;
    Some(&found.spans)
}

fn today(spans: &[Span]) -> impl Iterator<Item = (i64, i64)> {
    let minutes = spans.iter().map(minutes);
    minutes.map(|(from, to)| (from, to.min(DAY_MINUTES)))
}

fn spilled(spans: &[Span]) -> impl Iterator<Item = (i64, i64)> {
    let minutes = spans.iter().map(minutes);
    minutes
        .filter(|(_, to)| *to > DAY_MINUTES)
        .map(|(_, to)| (0, to - DAY_MINUTES))
}

fn merged(spans: impl Iterator<Item = (i64, i64)>) -> Minutes {
    let mut sorted: Vec<(i64, i64)> = spans.collect();
    sorted.sort_unstable();
    let mut merged: Minutes = Vec::with_capacity(sorted.len());
    for (from, to) in sorted {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn without(open: Minutes, (from, to): (i64, i64)) -> Minutes {
    open.into_iter()
        .flat_map(|(a, b)| [(a, b.min(from)), (a.max(to), b)])
        .filter(|(a, b)| a < b)
        .collect()
}
