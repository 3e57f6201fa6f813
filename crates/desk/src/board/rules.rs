//! What the numbers mean: pure.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::tz::TimeZone;
use kernel::ids::TeamId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::ledger::{Answer, Sums};
use super::{DEFINITION, Figure, List, ServiceLevel, What};
use crate::sla::ClockState;

/// What falls due within this time is at risk.
pub const AT_RISK_WITHIN: Duration = Duration::from_secs(3_600);
/// Below so many a share says nothing.
pub const ENOUGH: i64 = 10;
/// What the names of the board's lists begin with.
pub const PREFIX: &str = "board:";

/// The 97.5 % quantile of the normal distribution, for an interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;
const TEAMLESS: &str = "none";

impl fmt::Display for List {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{PREFIX}{}:", self.what.as_str())?;
        match self.team {
            Some(team) => write!(out, "{team}"),
            None => out.write_str(TEAMLESS),
        }
    }
}

impl List {
    /// The list of that view, if it is one of the board's.
    ///
    /// # Errors
    /// When it only looks like one.
    pub fn of_view(view: Option<&str>) -> Result<Option<Self>, Refusal> {
        let Some(name) = view.and_then(|view| view.strip_prefix(PREFIX)) else {
            return Ok(None);
        };
        let read = || {
            let (what, team) = name.split_once(':')?;
            let team = match team {
                TEAMLESS => None,
                id => Some(TeamId::from_str(id).ok()?),
            };
            Some(Self {
                what: what.parse().ok()?,
                team,
            })
        };
        let wrong = || Refusal::invalid("view", "is no list of the board", "take one of /board");
        read().map(Some).ok_or_else(wrong)
    }

    /// A number with the way to its tickets.
    pub fn figure(self, count: i64) -> Figure {
        Figure {
            count,
            view: self.to_string(),
        }
    }
}

/// How a first reply went; `None` while it is undecided, or when its promise fell away in time.
pub fn answer(
    state: ClockState,
    ended_at: Option<Timestamp>,
    breached_at: Option<Timestamp>,
) -> Option<Answer> {
    let (at, in_time) = match breached_at {
        Some(at) => (at, false),
        None => (ended_at.filter(|_| state == ClockState::Met)?, true),
    };
    Some(Answer { at, in_time })
}

/// When the day began in a zone.
pub fn day_began(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let begin = now.to_jiff().to_zoned(zone.clone()).start_of_day();
    // Only a day outside of what jiff can hold has no beginning.
    begin.map_or(now, |begin| Timestamp::from_jiff(begin.timestamp()))
}

/// The 95 % interval of a share of `hits` among `n`, after Wilson (1927); `None` without any.
pub fn wilson(hits: i64, n: i64) -> Option<(f64, f64)> {
    let (hits, n) = (float(hits)?, float(n).filter(|n| *n > 0.0)?);
    let share = hits / n;
    let square = Z * Z;
    let middle = share + square / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    let whole = 1.0 + square / n;
    // Rounding must not carry an end beyond what a share can be.
    let end = |value: f64| (value / whole).clamp(0.0, 1.0);
    Some((end(middle - half), end(middle + half)))
}

fn float(count: i64) -> Option<f64> {
    u32::try_from(count).ok().map(f64::from)
}

/// How a team's first replies went since `since`.
pub fn service_level(team: Option<TeamId>, since: Timestamp, sums: &Sums) -> ServiceLevel {
    let list = |what, count| List { what, team }.figure(count);
    let n = sums.in_time.saturating_add(sums.late);
    let said = n >= ENOUGH;
    let interval = wilson(sums.in_time, n).filter(|_| said);
    let share = match (float(sums.in_time), float(n)) {
        (Some(hits), Some(n)) if said => Some(hits / n),
        _ => None,
    };
    ServiceLevel {
        since,
        in_time: list(What::InTime, sums.in_time),
        late: list(What::Late, sums.late),
        share,
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        definition: DEFINITION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_micros(hours * 3_600_000_000)
    }

    fn near(found: Option<(f64, f64)>, low: f64, high: f64) {
        let (found_low, found_high) = found.unwrap();
        assert!((found_low - low).abs() < 0.000_5, "{found_low} for {low}");
        assert!(
            (found_high - high).abs() < 0.000_5,
            "{found_high} for {high}"
        );
    }

    #[test]
    fn intervals_are_those_of_the_tables() {
        // Newcombe 1998, table I, method 3 (score): 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        near(wilson(81, 263), 0.2553, 0.3662);
        near(wilson(15, 148), 0.0624, 0.1605);
        near(wilson(0, 20), 0.0, 0.1611);
        near(wilson(1, 29), 0.0061, 0.1718);
        near(wilson(20, 20), 0.8389, 1.0);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn few_answers_say_nothing_and_ten_do() {
        let level = |in_time, late| {
            let sums = Sums {
                in_time,
                late,
                ..Sums::default()
            };
            service_level(None, at(0), &sums)
        };
        let few = level(9, 0);
        assert_eq!((few.share, few.low, few.high), (None, None, None));
        assert_eq!(few.in_time.count, 9);
        let enough = level(8, 2);
        assert_eq!(enough.share, Some(0.8));
        near(enough.low.zip(enough.high), 0.4902, 0.9433);
    }

    #[test]
    fn a_first_reply_is_decided_once() {
        let (due, later) = (Some(at(1)), Some(at(2)));
        let decided = |state, ended, breached| {
            answer(state, ended, breached).map(|answer| (answer.at, answer.in_time))
        };
        assert_eq!(decided(ClockState::Running, None, None), None);
        assert_eq!(decided(ClockState::Met, due, None), Some((at(1), true)));
        // Late from the moment it was due, before and after the answer.
        let late = Some((at(1), false));
        assert_eq!(decided(ClockState::Running, None, due), late);
        assert_eq!(decided(ClockState::Missed, later, due), late);
        assert_eq!(decided(ClockState::Void, due, None), None);
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        let now = at(24 * 200 + 1);
        assert_eq!(day_began(now, &TimeZone::UTC), at(24 * 200));
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        // In July of 1970 there was no summer time in Berlin: one hour ahead.
        assert_eq!(day_began(now, &berlin), at(24 * 200 - 1));
        let new_york = TimeZone::get("America/New_York").unwrap();
        assert_eq!(day_began(now, &new_york), at(24 * 199 + 4));
    }

    #[test]
    fn lists_are_read_as_they_are_written() {
        for what in What::ALL {
            for team in [None, Some(TeamId(3))] {
                let list = List { what: *what, team };
                let read = List::of_view(Some(&list.to_string())).unwrap();
                assert_eq!(read, Some(list));
            }
        }
        assert_eq!(List::of_view(Some("all")).unwrap(), None);
        assert_eq!(List::of_view(None).unwrap(), None);
        for wrong in ["board:", "board:waiting", "board:waiting:x", "board:fast:1"] {
            assert!(List::of_view(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
