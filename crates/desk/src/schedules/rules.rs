//! What a schedule may hold, and what its hours mean.

mod calendar;
mod days;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use kernel::refusal::Refusal;

use super::{Holiday, HolidayKind, ScheduleUse, Span, UseKind, Week};

pub use calendar::Calendar;

/// Longest name of a schedule or holiday, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Most spans of one day.
pub const SPANS_MAX: usize = 12;
/// Most holidays of one schedule.
pub const HOLIDAYS_MAX: usize = 400;
/// Most schedules of a workspace.
pub const SCHEDULES_MAX: usize = 200;
/// Most of those who keep a schedule's hours.
pub const USES_MAX: usize = 500;
/// Longest name of a time zone, in bytes.
const TIME_ZONE_BYTES_MAX: usize = 64;
const DAY_MINUTES: i64 = 24 * 60;

/// Tidies a name given by a person; `field` names it in a refusal.
pub fn name(field: &str, given: &str) -> Result<String, Refusal> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        let mend = "give it a name, such as Office hours";
        return Err(Refusal::invalid(field, "is empty", mend));
    }
    if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            field,
            "is too long or holds control characters",
            format!("use at most {NAME_CHARS_MAX} plain characters"),
        ));
    }
    Ok(name)
}

/// The zone of that name.
pub fn zone(name: &str) -> Result<TimeZone, Refusal> {
    let found = (name.len() <= TIME_ZONE_BYTES_MAX)
        .then(|| TimeZone::get(name).ok())
        .flatten();
    found.ok_or_else(|| {
        Refusal::invalid(
            "time_zone",
            "is not a known time zone",
            "use an IANA name, such as Europe/Madrid",
        )
    })
}

/// Refuses hours that can't be kept: none at all, spans that overlap, a holiday without its spans.
pub fn check(time_zone: &str, week: &Week, holidays: &[Holiday]) -> Result<(), Refusal> {
    zone(time_zone)?;
    if week.days().iter().all(|(_, spans)| spans.is_empty()) {
        return Err(Refusal::invalid(
            "week",
            "has no hours",
            "give at least one day a span, such as 09:00 to 17:00; without hours no promise by \
             this schedule would ever come due",
        ));
    }
    for (day, spans) in week.days() {
        check_spans(&format!("week.{day}"), spans)?;
    }
    if holidays.len() > HOLIDAYS_MAX {
        let mend = format!("keep at most {HOLIDAYS_MAX}; past ones can be taken away");
        return Err(Refusal::invalid("holidays", "are too many", mend));
    }
    for (index, holiday) in holidays.iter().enumerate() {
        check_holiday(&format!("holidays.{index}"), holiday)?;
    }
    Ok(())
}

fn check_holiday(at: &str, holiday: &Holiday) -> Result<(), Refusal> {
    name(&format!("{at}.name"), &holiday.name)?;
    let spans = &holiday.spans;
    match holiday.kind {
        HolidayKind::Closed if spans.is_empty() => Ok(()),
        HolidayKind::Closed => Err(Refusal::invalid(
            format!("{at}.spans"),
            "are given for a day that is closed",
            "leave them out, or choose other hours",
        )),
        _ if spans.is_empty() => Err(Refusal::invalid(
            format!("{at}.spans"),
            "are missing",
            "give at least one span, or close the whole day",
        )),
        HolidayKind::ClosedBetween if spans.iter().any(ends_next_day) => Err(Refusal::invalid(
            format!("{at}.spans"),
            "go past midnight",
            "end at 00:00 and close the next date too",
        )),
        _ => check_spans(&format!("{at}.spans"), spans),
    }
}

fn ends_next_day(span: &Span) -> bool {
    let (from, to) = minutes(span);
    from.max(to) > DAY_MINUTES
}

fn check_spans(at: &str, spans: &[Span]) -> Result<(), Refusal> {
    if spans.len() > SPANS_MAX {
        let mend = format!("use at most {SPANS_MAX} spans a day");
        return Err(Refusal::invalid(at, "are too many", mend));
    }
    let mut sorted: Vec<(i64, i64)> = spans.iter().map(minutes).collect();
    sorted.sort_unstable();
    let overlap = sorted.windows(2).any(|two| match two {
        [first, second] => second.0 < first.1,
        _ => false,
    });
    if overlap {
        let mend = "let each span begin when the one before has ended";
        return Err(Refusal::invalid(at, "overlap", mend));
    }
    Ok(())
}

/// Minutes after the day's midnight at which a span begins and ends.
fn minutes(span: &Span) -> (i64, i64) {
    let (from, to) = (span.from.minutes(), span.to.minutes());
    (from, if to <= from { to + DAY_MINUTES } else { to })
}

/// Tidies the list of those who keep the hours.
pub fn uses(given: &[ScheduleUse]) -> Result<Vec<ScheduleUse>, Refusal> {
    if given.len() > USES_MAX {
        let mend = format!("name at most {USES_MAX}");
        return Err(Refusal::invalid("used_by", "is too long", mend));
    }
    if given
        .iter()
        .any(|it| (it.kind == UseKind::Workspace) != (it.id == 0) || it.id < 0)
    {
        let mend = "give the id of a team, inbox or brand; the workspace's is 0";
        return Err(Refusal::invalid(
            "used_by",
            "holds an id that is none",
            mend,
        ));
    }
    let uses: BTreeSet<ScheduleUse> = given.iter().copied().collect();
    Ok(uses.into_iter().collect())
}
