//! A schedule made ready to be asked: every answer is two or three binary searches.
//!
//! Open time is one growing sum over the wall clock (an ordinary week, corrected by the days that
//! differ), and the wall clock is a list of pieces of real time between two changes of the zone's
//! offset. How long it was open between two moments is the difference of two sums; the moment at
//! which a span of open time is used up is the sum turned around.

use std::time::Duration;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use kernel::time::Timestamp;

use super::days::{self, Minutes};
use crate::schedules::{Holiday, Week};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;
const WEEK: i64 = 7 * DAY;
/// From the Monday before it to 1970-01-01, a Thursday.
const TO_EPOCH: i64 = 3 * DAY;
/// Holidays and changes of the clock are known within these years; outside of them, the ordinary
/// week goes on by the offset at the end.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2090;

/// A schedule's hours, ready to be asked. Times are exact to the microsecond.
#[derive(Clone, Debug)]
pub struct Calendar {
    week: [Day; 7],
    /// Open time of the week before each of its days.
    before: [i64; 7],
    week_open: i64,
    special: Vec<Special>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, Default)]
struct Day {
    open: Vec<(i64, i64)>,
    total: i64,
}

impl Day {
    fn of(minutes: &Minutes) -> Self {
        let open: Vec<(i64, i64)> = minutes
            .iter()
            .map(|(from, to)| (from * MINUTE, to * MINUTE))
            .collect();
        let total = open.iter().map(|(from, to)| to - from).sum();
        Self { open, total }
    }

    /// Open time of the day before `until`.
    fn before(&self, until: i64) -> i64 {
        let part = |(from, to): &(i64, i64)| (until.min(*to) - from).max(0);
        self.open.iter().map(part).sum()
    }

    /// Where `spent` of the day's open time is used up.
    fn at(&self, mut spent: i64) -> i64 {
        for (from, to) in &self.open {
            if spent <= to - from {
                return from + spent;
            }
            spent -= to - from;
        }
        DAY
    }
}

/// A date that differs from its day of the week.
#[derive(Clone, Debug)]
struct Special {
    /// Its midnight, on the wall.
    start: i64,
    day: Day,
    /// Open time on the wall before its midnight.
    before: i64,
    /// How much more than ordinary weeks would have was open by its end.
    extra: i64,
}

/// Real time during which the zone keeps one offset.
#[derive(Clone, Debug)]
struct Piece {
    start: i64,
    offset: i64,
    /// Open time before its start.
    before: i64,
    /// Open time on the wall at its start.
    wall_before: i64,
}

impl Calendar {
    /// The hours of `week` and `holidays` in a zone; they have passed [`super::check`].
    pub fn new(zone: &TimeZone, week: &Week, holidays: &[Holiday]) -> Self {
        let days: [Day; 7] = std::array::from_fn(|day| Day::of(&days::ordinary(week, day)));
        let mut before = [0; 7];
        let mut sum = 0;
        for (slot, day) in before.iter_mut().zip(&days) {
            *slot = sum;
            sum += day.total;
        }
        let mut calendar = Self {
            week: days,
            before,
            week_open: sum,
            special: Vec::new(),
            pieces: Vec::new(),
        };
        calendar.learn_holidays(week, holidays);
        calendar.learn_zone(zone);
        calendar
    }

    /// Whether it is open at `t`.
    pub fn open_at(&self, t: Timestamp) -> bool {
        let t = t.micros();
        self.sum(t.saturating_add(1)) > self.sum(t)
    }

    /// The first moment from `t` on at which it is open; `None` when that is beyond all dates.
    pub fn next_open(&self, t: Timestamp) -> Option<Timestamp> {
        let first = self.turned(self.sum(t.micros()).saturating_add(1))?;
        Some(Timestamp::from_micros(first.saturating_sub(1)))
    }

    /// How long it was open between `a` and `b`; nothing when `b` is before `a`.
    pub fn business_between(&self, a: Timestamp, b: Timestamp) -> Duration {
        let open = self.sum(b.micros()) - self.sum(a.micros());
        Duration::from_micros(u64::try_from(open).unwrap_or(0))
    }

    /// The first moment at which it was open for `span` since `t`; `None` when that is beyond all
    /// dates.
    pub fn add_business(&self, t: Timestamp, span: Duration) -> Option<Timestamp> {
        let span = i64::try_from(span.as_micros()).ok()?;
        if span == 0 {
            return Some(t);
        }
        let end = self.sum(t.micros()).checked_add(span)?;
        self.turned(end).map(Timestamp::from_micros)
    }

    fn learn_holidays(&mut self, week: &Week, holidays: &[Holiday]) {
        let mut dates: Vec<Date> = Vec::new();
        for holiday in holidays {
            let years = if holiday.yearly {
                YEARS
            } else {
                holiday.date.year()..=holiday.date.year()
            };
            for year in years {
                let Ok(date) = Date::new(year, holiday.date.month(), holiday.date.day()) else {
                    continue;
                };
                dates.push(date);
                dates.extend(date.tomorrow().ok());
            }
        }
        dates.sort_unstable();
        dates.dedup();
        let mut extra = 0;
        for date in dates {
            let day = Day::of(&days::on(week, holidays, date));
            let usual = self.week.get(days::day_of_week(date));
            let more = day.total - usual.map_or(0, |usual| usual.total);
            let start = midnight(date);
            let before = self.ordinary_sum(start) + extra;
            extra += more;
            self.special.push(Special {
                start,
                day,
                before,
                extra,
            });
        }
    }

    fn learn_zone(&mut self, zone: &TimeZone) {
        let start = midnight(date(*YEARS.start(), 1, 1));
        let end = midnight(date(*YEARS.end(), 12, 31));
        let first = Timestamp::from_micros(start).to_jiff();
        let offset = i64::from(zone.to_offset(first).seconds()) * 1_000_000;
        self.add_piece(start, offset);
        for change in zone.following(first) {
            let at = change.timestamp().as_microsecond();
            if at > end {
                break;
            }
            let offset = i64::from(change.offset().seconds()) * 1_000_000;
            if self.pieces.last().is_some_and(|it| it.offset != offset) {
                self.add_piece(at, offset);
            }
        }
    }

    fn add_piece(&mut self, start: i64, offset: i64) {
        let before = if self.pieces.is_empty() {
            0
        } else {
            self.sum(start)
        };
        let wall_before = self.wall_sum(start + offset);
        self.pieces.push(Piece {
            start,
            offset,
            before,
            wall_before,
        });
    }

    /// Open time before `t`, from some fixed moment on.
    fn sum(&self, t: i64) -> i64 {
        let index = self.pieces.partition_point(|piece| piece.start <= t);
        let Some(piece) = self.pieces.get(index.saturating_sub(1)) else {
            return 0;
        };
        piece.before + self.wall_sum(t.saturating_add(piece.offset)) - piece.wall_before
    }

    /// The first moment at which the sum is `sum`.
    fn turned(&self, sum: i64) -> Option<i64> {
        let index = self.pieces.partition_point(|piece| piece.before < sum);
        let piece = self.pieces.get(index.saturating_sub(1))?;
        let wall = self.wall_turned(piece.wall_before + (sum - piece.before))?;
        Some(wall - piece.offset)
    }

    /// Open time on the wall before `wall`.
    fn wall_sum(&self, wall: i64) -> i64 {
        let index = self.special.partition_point(|it| it.start <= wall);
        let Some(special) = index.checked_sub(1).and_then(|it| self.special.get(it)) else {
            return self.ordinary_sum(wall);
        };
        let within = wall - special.start;
        if within < DAY {
            special.before + special.day.before(within)
        } else {
            self.ordinary_sum(wall) + special.extra
        }
    }

    /// The first moment on the wall at which the wall's sum is `sum`.
    fn wall_turned(&self, sum: i64) -> Option<i64> {
        let index = self.special.partition_point(|it| it.before < sum);
        let Some(special) = index.checked_sub(1).and_then(|it| self.special.get(it)) else {
            return self.ordinary_turned(sum);
        };
        let within = sum - special.before;
        if within <= special.day.total {
            Some(special.start + special.day.at(within))
        } else {
            self.ordinary_turned(sum - special.extra)
        }
    }

    fn ordinary_sum(&self, wall: i64) -> i64 {
        let from_monday = wall.saturating_add(TO_EPOCH);
        let within = from_monday.rem_euclid(WEEK);
        let index = usize::try_from(within / DAY).unwrap_or(0);
        let days = self.week.get(index).zip(self.before.get(index));
        let today = days.map_or(0, |(day, before)| before + day.before(within % DAY));
        from_monday.div_euclid(WEEK) * self.week_open + today
    }

    fn ordinary_turned(&self, sum: i64) -> Option<i64> {
        if self.week_open == 0 {
            return None;
        }
        let weeks = (sum - 1).div_euclid(self.week_open);
        let spent = sum - weeks * self.week_open;
        let index = self.before.partition_point(|before| *before < spent);
        let index = index.saturating_sub(1);
        let (day, before) = self.week.get(index).zip(self.before.get(index))?;
        let days = i64::try_from(index).ok()? * DAY;
        let wall = weeks.checked_mul(WEEK)?.checked_add(days)?;
        Some(wall + day.at(spent - before) - TO_EPOCH)
    }
}

/// A date's midnight, as microseconds on the wall since 1970.
fn midnight(date: Date) -> i64 {
    let first = jiff::civil::date(1970, 1, 1);
    let hours = first.at(0, 0, 0, 0).duration_until(date.at(0, 0, 0, 0));
    i64::try_from(hours.as_micros()).unwrap_or(0)
}
