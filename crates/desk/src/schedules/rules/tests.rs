//! Business time against a slow and obvious reference: every minute is looked at on the wall.

use std::time::Duration;

use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use kernel::time::Timestamp;
use proptest::prelude::*;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
/// Zones whose clocks change by an hour, by half of one, twice in Ramadan, by a whole day, or not.
const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Antarctica/Troll",
    "America/Sao_Paulo",
    "UTC",
];

fn at(minutes: i64) -> WallTime {
    let minutes = minutes.rem_euclid(1440);
    WallTime::new(
        i8::try_from(minutes / 60).unwrap(),
        i8::try_from(minutes % 60).unwrap(),
    )
    .unwrap()
}

use crate::notifications::WallTime;

fn span(from: i64, to: i64) -> Span {
    Span {
        from: at(from),
        to: at(to),
    }
}

fn office() -> Week {
    let day = vec![span(9 * 60, 12 * 60), span(13 * 60, 17 * 60)];
    Week {
        monday: day.clone(),
        tuesday: day.clone(),
        wednesday: day.clone(),
        thursday: day.clone(),
        friday: day,
        ..Week::default()
    }
}

fn time(text: &str) -> Timestamp {
    Timestamp::from_jiff(text.parse().unwrap())
}

fn closed(name: &str, day: Date, yearly: bool) -> Holiday {
    Holiday {
        name: name.to_owned(),
        date: day,
        yearly,
        kind: HolidayKind::Closed,
        spans: Vec::new(),
    }
}

/// Whether the wall shows open time: said once more, without sums, merging or cutting.
fn is_open(week: &Week, holidays: &[Holiday], wall: DateTime) -> bool {
    let minute = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
    let on = |it: &&Holiday, day: Date| {
        it.date == day || it.yearly && (it.date.month(), it.date.day()) == (day.month(), day.day())
    };
    let instead = |day: Date| {
        let mut all: Vec<&Holiday> = holidays.iter().filter(|it| on(it, day)).collect();
        all.retain(|it| it.kind != HolidayKind::ClosedBetween);
        all.sort_by_key(|it| it.yearly);
        all.first().map(|it| it.spans.clone())
    };
    let usual = |day: Date| {
        let index = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap();
        week.days()[index].1.to_vec()
    };
    let inside = |spans: &[Span], minute: i64| {
        spans.iter().any(|span| {
            let (from, mut to) = (span.from.minutes(), span.to.minutes());
            if to <= from {
                to += 1440;
            }
            from <= minute && minute < to
        })
    };
    let (today, before) = (wall.date(), wall.date().yesterday().unwrap());
    let cut = holidays
        .iter()
        .filter(|it| it.kind == HolidayKind::ClosedBetween && on(it, today))
        .any(|it| inside(&it.spans, minute));
    if cut {
        return false;
    }
    match instead(today) {
        Some(spans) => inside(&spans, minute),
        None => {
            let before = instead(before).unwrap_or_else(|| usual(before));
            inside(&usual(today), minute) || inside(&before, minute + 1440)
        }
    }
}

fn spans(most: usize, past_midnight: bool) -> impl Strategy<Value = Vec<Span>> {
    let cuts = proptest::collection::btree_set(0..48_i64, 0..=most * 2);
    (cuts, 0..48_i64).prop_map(move |(cuts, shift)| {
        // Pairs of a sorted list never overlap; shifting the last one's end goes past midnight.
        let cuts: Vec<i64> = cuts.into_iter().collect();
        let mut spans: Vec<Span> = cuts
            .chunks_exact(2)
            .map(|two| span(two[0] * 30 + 7, two[1] * 30 + 11))
            .collect();
        if past_midnight && let Some(last) = spans.last_mut() {
            let to = (shift * 30).min(last.from.minutes());
            if shift % 2 == 0 {
                last.to = at(to);
            }
        }
        spans
    })
}

prop_compose! {
    fn weeks()(days in proptest::collection::vec(spans(3, true), 7)) -> Week {
        let mut days = days.into_iter();
        let mut next = || days.next().unwrap();
        Week {
            monday: next(),
            tuesday: next(),
            wednesday: next(),
            thursday: next(),
            friday: next(),
            saturday: next(),
            sunday: next(),
        }
    }
}

fn holidays(around: Date) -> impl Strategy<Value = Vec<Holiday>> {
    let one = (
        -3..8_i64,
        any::<bool>(),
        0..3_usize,
        spans(2, true),
        spans(2, false),
    );
    let all = proptest::collection::vec(one, 0..5);
    all.prop_map(move |all| {
        let made = all.into_iter().map(|(days, yearly, kind, open, shut)| {
            let kind = HolidayKind::ALL[kind];
            Holiday {
                name: "A day".to_owned(),
                date: around.checked_add(jiff::Span::new().days(days)).unwrap(),
                yearly,
                kind,
                spans: match kind {
                    HolidayKind::Closed => Vec::new(),
                    HolidayKind::ClosedBetween => shut,
                    HolidayKind::OpenBetween => open,
                },
            }
        });
        made.collect()
    })
}

/// A zone, and a minute shortly before one of its changes (or any minute, where there is none).
fn places() -> impl Strategy<Value = (TimeZone, Timestamp)> {
    let years = 2004..2040_i16;
    (0..ZONES.len(), years, 0..2_usize, 0..3_600_i64).prop_map(|(zone, year, which, before)| {
        let zone = TimeZone::get(ZONES[zone]).unwrap();
        let begin = date(year, 1, 1)
            .to_zoned(TimeZone::UTC)
            .unwrap()
            .timestamp();
        let change = zone.following(begin).nth(which);
        let change = change.map_or(begin, |change| change.timestamp());
        let micros = change.as_microsecond().div_euclid(60_000_000) * 60_000_000;
        (zone, Timestamp::from_micros(micros - before * 60_000_000))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn business_time_is_what_the_wall_shows(
        (zone, start) in places(),
        week in weeks(),
        seed in any::<u64>(),
        holidays in holidays(date(2026, 1, 1)),
        seconds in 0..60_u64,
    ) {
        // The holidays fall into the days that are looked at.
        let first = start.to_jiff().to_zoned(zone.clone()).date();
        let shift = date(2026, 1, 1).until(first).unwrap();
        let holidays: Vec<Holiday> = holidays
            .into_iter()
            .map(|it| Holiday { date: it.date.checked_add(shift).unwrap(), ..it })
            .collect();
        let calendar = Calendar::new(&zone, &week, &holidays);
        let minutes = 5 * 1440;
        let moment = |minute: u32| start.plus(MINUTE * minute);
        let open: Vec<bool> = (0..minutes)
            .map(|it| moment(it).to_jiff().to_zoned(zone.clone()).datetime())
            .map(|wall| is_open(&week, &holidays, wall))
            .collect();
        for (minute, open) in open.iter().enumerate() {
            let t = moment(u32::try_from(minute).unwrap()).plus(Duration::from_secs(seconds));
            prop_assert_eq!(calendar.open_at(t), *open, "minute {} at {}", minute, t);
        }
        // Two moments off the minute, and what lies between them.
        let a = u32::try_from(seed % u64::from(minutes)).unwrap();
        let b = u32::try_from((seed >> 32) % u64::from(minutes)).unwrap().max(a);
        let from = moment(a).plus(Duration::from_secs(seconds));
        let to = moment(b).plus(Duration::from_secs(seconds));
        let place = |minute: u32| usize::try_from(minute).unwrap();
        let counted = open[place(a)..place(b)].iter().filter(|it| **it).count();
        let edge = |minute: u32| if open[place(minute)] { seconds } else { 0 };
        let expected = u64::try_from(counted).unwrap() * 60 + edge(b) - edge(a);
        prop_assert_eq!(calendar.business_between(from, to), Duration::from_secs(expected));
        // The same the other way round: no earlier moment will do.
        if expected > 0 {
            let end = calendar.add_business(from, Duration::from_secs(expected)).unwrap();
            prop_assert!(end <= to);
            prop_assert_eq!(calendar.business_between(from, end), Duration::from_secs(expected));
            let before = end.minus(Duration::from_micros(1));
            prop_assert!(calendar.business_between(from, before) < Duration::from_secs(expected));
        }
        // The next open moment is the first open minute.
        let next = (a..minutes).find(|it| open[place(*it)]);
        if let Some(next) = next {
            let expected = if next == a { from } else { moment(next) };
            prop_assert_eq!(calendar.next_open(from), Some(expected));
        }
    }
}

#[test]
fn an_answer_promised_on_friday_is_due_on_monday() {
    let calendar = Calendar::new(&TimeZone::get("Europe/Berlin").unwrap(), &office(), &[]);
    let due = calendar.add_business(time("2026-03-27T15:30:00Z"), MINUTE * 60);
    // 16:30 by winter time; on Monday the clock shows summer time.
    assert_eq!(due, Some(time("2026-03-30T07:30:00Z")));
    // Work ends with the minute it is used up in, not when the next span begins.
    let due = calendar.add_business(time("2026-03-27T15:30:00Z"), MINUTE * 30);
    assert_eq!(due, Some(time("2026-03-27T16:00:00Z")));
    let none = calendar.add_business(time("2026-03-28T15:30:00Z"), Duration::ZERO);
    assert_eq!(none, Some(time("2026-03-28T15:30:00Z")));
}

#[test]
fn a_skipped_hour_is_no_time_and_a_repeated_one_counts_twice() {
    let night = Week {
        saturday: vec![span(22 * 60, 6 * 60)],
        ..Week::default()
    };
    let calendar = Calendar::new(&TimeZone::get("Europe/Berlin").unwrap(), &night, &[]);
    let spent = |from: &str, to: &str| calendar.business_between(time(from), time(to)).as_secs();
    assert_eq!(
        spent("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
        7 * 3600
    );
    assert_eq!(
        spent("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"),
        9 * 3600
    );
    assert_eq!(
        spent("2026-06-06T12:00:00Z", "2026-06-07T12:00:00Z"),
        8 * 3600
    );
}

#[test]
fn holidays_close_days_and_parts_of_days_once_or_every_year() {
    let mut eve = closed("Christmas Eve", date(2020, 12, 24), true);
    eve.kind = HolidayKind::ClosedBetween;
    eve.spans = vec![span(12 * 60, 0)];
    let mut stock = closed("Stocktaking", date(2026, 12, 5), false);
    stock.kind = HolidayKind::OpenBetween;
    stock.spans = vec![span(10 * 60, 11 * 60)];
    let free = closed("Holiday", date(2020, 12, 25), true);
    let calendar = Calendar::new(&TimeZone::UTC, &office(), &[eve, stock, free]);
    let on = |day: &str| {
        let from = time(&format!("{day}T00:00:00Z"));
        calendar
            .business_between(from, from.plus(MINUTE * 1440))
            .as_secs()
            / 3600
    };
    assert_eq!(on("2026-12-24"), 3);
    assert_eq!(on("2026-12-25"), 0);
    assert_eq!(on("2025-12-25"), 0);
    assert_eq!(on("2026-12-05"), 1, "a Saturday with hours of its own");
    assert_eq!(on("2026-12-12"), 0);
    assert_eq!(on("2026-12-28"), 7);
}

#[test]
fn a_closed_day_ends_the_night_shift_before_it_and_cancels_its_own() {
    let night = Week {
        wednesday: vec![span(22 * 60, 6 * 60)],
        thursday: vec![span(22 * 60, 6 * 60)],
        friday: vec![span(22 * 60, 6 * 60)],
        ..Week::default()
    };
    // 24 December 2026 is a Thursday.
    let free = [closed("Holiday", date(2026, 12, 24), false)];
    let calendar = Calendar::new(&TimeZone::UTC, &night, &free);
    let spent = |from: &str, to: &str| calendar.business_between(time(from), time(to)).as_secs();
    assert_eq!(
        spent("2026-12-23T12:00:00Z", "2026-12-24T12:00:00Z"),
        2 * 3600
    );
    assert_eq!(spent("2026-12-24T12:00:00Z", "2026-12-25T12:00:00Z"), 0);
    assert_eq!(
        spent("2026-12-25T12:00:00Z", "2026-12-26T12:00:00Z"),
        8 * 3600
    );
}

#[test]
fn a_schedule_without_hours_is_refused_with_what_to_do() {
    let refusal = check("Europe/Berlin", &Week::default(), &[]).unwrap_err();
    let Refusal::Invalid(problems) = refusal else {
        panic!("another refusal")
    };
    assert_eq!(problems[0].field, "week");
    assert!(problems[0].mend.contains("at least one day"));
    assert!(check("Mars/Olympus", &office(), &[]).is_err());
    assert!(check("Europe/Berlin", &office(), &[]).is_ok());
}

#[test]
fn overlapping_spans_and_holidays_without_their_spans_are_refused() {
    let two = Week {
        monday: vec![span(9 * 60, 12 * 60), span(11 * 60, 13 * 60)],
        ..Week::default()
    };
    assert!(check("UTC", &two, &[]).is_err());
    let mut part = closed("Half", date(2026, 1, 6), false);
    part.kind = HolidayKind::ClosedBetween;
    assert!(check("UTC", &office(), std::slice::from_ref(&part)).is_err());
    part.spans = vec![span(22 * 60, 6 * 60)];
    assert!(check("UTC", &office(), std::slice::from_ref(&part)).is_err());
    part.spans = vec![span(12 * 60, 0)];
    assert!(check("UTC", &office(), std::slice::from_ref(&part)).is_ok());
}

#[test]
fn the_workspace_is_nobody_in_particular() {
    let of = |kind, id| ScheduleUse { kind, id };
    assert!(uses(&[of(UseKind::Workspace, 1)]).is_err());
    assert!(uses(&[of(UseKind::Team, 0)]).is_err());
    let twice = [of(UseKind::Team, 2), of(UseKind::Team, 2)];
    assert_eq!(uses(&twice).unwrap(), [of(UseKind::Team, 2)]);
}
