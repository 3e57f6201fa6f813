//! What limits mean and what servers mean by their answers. Pure.

use super::{Limits, Options};
use crate::inboxes::rules::Problems;
use kernel::time::Timestamp;
use std::time::Duration;

/// Highest limit an administrator can set; beyond it, none is meant.
const LIMIT_MAX: i64 = 10_000_000;
/// The share of a minute's mails that may leave at once; the rest follows evenly.
const BURST_SHARE: i64 = 10;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR_MICROS: i64 = 3_600_000_000;
/// Hours that count for a day's limit: 24 whole ones and the one begun.
pub const HOURS_COUNTED: i64 = 25;
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const PAUSE_MAX: Duration = Duration::from_secs(30 * 60);
/// After a limit of a day is reached, one mail an hour asks again.
const DAY_PAUSE: Duration = Duration::from_secs(3600);

/// What a server meant by an answer that took no mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// We send too much or too fast.
    Slower,
    /// Today's allowance is used up; some providers say so with a permanent code.
    Tomorrow,
    /// It is busy, or it dislikes this mail: time tells.
    Unclear,
    /// It concerns this mail or this recipient.
    ThisMail,
}

/// The limits of an inbox: the administrator's, else those its provider publishes.
pub fn limits(options: &Options, smtp_host: &str) -> Limits {
    let known = provider_limits(smtp_host);
    Limits {
        per_minute: options.per_minute.or(known.per_minute),
        per_day: options.per_day.or(known.per_day),
    }
}

/// What providers publish: Google Workspace 2,000 mails a day
/// (support.google.com/a/answer/166852), Exchange Online 30 a minute and 10,000 recipients a day
/// (learn.microsoft.com, "Exchange Online limits"), Amazon SES 14 a second and 50,000 a day as a
/// common grant out of the sandbox (docs.aws.amazon.com/ses, "quotas").
pub fn provider_limits(smtp_host: &str) -> Limits {
    let host = smtp_host.to_lowercase();
    let under = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    let (per_minute, per_day) = if under("gmail.com") || under("googlemail.com") {
        (None, Some(2_000))
    } else if under("office365.com") || under("outlook.com") {
        (Some(30), Some(10_000))
    } else if host.starts_with("email-smtp.") && under("amazonaws.com") {
        (Some(14 * 60), Some(50_000))
    } else {
        (None, None)
    };
    Limits {
        per_minute,
        per_day,
    }
}

/// Checks a limit from a form; `None` asks for the provider's.
pub fn check_limit(field: &str, limit: Option<i64>, problems: &mut Problems) {
    if limit.is_some_and(|limit| !(1..=LIMIT_MAX).contains(&limit)) {
        problems.add(
            field,
            "is not between 1 and 10,000,000",
            "enter how many mails your provider allows, or leave it empty",
        );
    }
}

/// Gives a turn at a minute's limit (a leaky bucket): answers when this mail may leave, and the
/// `next_at` to keep. No 60 seconds ever see more than the limit.
pub fn pace(per_minute: i64, next_at: Timestamp, now: Timestamp) -> (Timestamp, Timestamp) {
    let limit = per_minute.max(1);
    let burst = (limit / BURST_SHARE).max(1);
    let steady = limit.saturating_sub(burst).max(1);
    let gap = MINUTE / u32::try_from(steady).unwrap_or(u32::MAX);
    let ahead = gap.saturating_mul(u32::try_from(burst.saturating_sub(1)).unwrap_or(u32::MAX));
    let next_at = next_at.max(now);
    let turn = next_at.minus(ahead).max(now);
    (turn, next_at.plus(gap))
}

/// The hour that a time belongs to, counted from the epoch.
pub fn hour_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(HOUR_MICROS)
}

/// When a day's limit lets the next mail go, from the mails of each hour, oldest first; `None`
/// when there is room now.
pub fn room_at(per_day: i64, hours: &[(i64, i64)], now: Timestamp) -> Option<Timestamp> {
    let first = hour_of(now).saturating_sub(HOURS_COUNTED - 1);
    let counted = || hours.iter().filter(|(hour, _)| *hour >= first);
    let mut left: i64 = counted().map(|(_, mails)| mails).sum();
    if left < per_day {
        return None;
    }
    for (hour, mails) in counted() {
        left = left.saturating_sub(*mails);
        if left < per_day {
            let leaves = hour.saturating_add(HOURS_COUNTED);
            return Some(Timestamp::from_micros(leaves.saturating_mul(HOUR_MICROS)));
        }
    }
    None
}

/// How long an account rests after a server put us off, `pauses` times in a row before.
pub fn rest(meaning: Meaning, pauses: i64) -> Duration {
    if meaning == Meaning::Tomorrow {
        return DAY_PAUSE;
    }
    let doublings = u32::try_from(pauses).unwrap_or_default().min(10);
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(PAUSE_MAX)
}

/// Reads an answer such as `421 4.7.0 Too many connections`, wherever its code stands in the
/// reason (RFC 5321, 4.2; RFC 3463).
pub fn meaning(reason: &str) -> Meaning {
    let lower = reason.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let mut words = lower.split_whitespace();
    let code = words.by_ref().find_map(code_of);
    let class = words.next().and_then(enhanced);
    if code.is_some()
        && says(&[
            "daily user sending",
            "daily message quota",
            "daily sending quota",
            "sending limit exceeded",
            "submissionquotaexceeded",
            "5.4.5",
        ])
    {
        return Meaning::Tomorrow;
    }
    let Some(code) = code.filter(|code| *code < 500) else {
        return Meaning::ThisMail;
    };
    // Greylisting, a full mailbox or an unknown address are about one recipient; so is a
    // recipient who gets mail too fast from everybody (4.2.1).
    if says(&["greylist", "graylist", "postgrey"]) || matches!(class, Some(1 | 2)) {
        return Meaning::ThisMail;
    }
    let plain = without_names(&lower);
    let is_fast = |word: &str| {
        let words = [
            "rate",
            "limit",
            "limits",
            "limited",
            "quota",
            "throttled",
            "throttling",
        ];
        words.contains(&word)
    };
    let fast =
        plain.contains("too many") || plain.split(|c: char| !c.is_alphanumeric()).any(is_fast);
    match (code, class) {
        (421, _) | (_, Some(7)) => Meaning::Slower,
        _ if fast => Meaning::Slower,
        (450..=454, _) => Meaning::Unclear,
        _ => Meaning::ThisMail,
    }
}

/// What a server says, without addresses and host names: words in those mean nothing.
fn without_names(said: &str) -> String {
    let is_name = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.contains('@') || (word.contains('.') && word.contains(|c: char| c.is_alphabetic()))
    };
    let words = said.split(' ').filter(|word| !is_name(word));
    words.collect::<Vec<_>>().join(" ")
}

fn code_of(word: &str) -> Option<u16> {
    let code = word.trim_end_matches(['-', ':']);
    let digits = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
    code.parse()
        .ok()
        .filter(|code| digits && (400..600).contains(code))
}

/// The subject digit of an enhanced code: 7 for `4.7.1`.
fn enhanced(word: &str) -> Option<u8> {
    let mut parts = word.splitn(3, '.');
    let class = parts.next()?;
    let subject = parts.next()?.parse().ok()?;
    parts.next()?;
    matches!(class, "4" | "5").then_some(subject)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_micros(secs * 1_000_000)
    }

    #[test]
    fn answers_mean_what_providers_mean() {
        use Meaning::{Slower, ThisMail, Tomorrow, Unclear};
        for (reason, expected) in [
            ("421 4.7.0 Too many concurrent SMTP connections", Slower),
            ("421 try again later", Slower),
            (
                "mail.x does not answer like a mail server: 421 busy",
                Slower,
            ),
            ("450 4.7.1 slow down", Slower),
            ("451 4.7.500 Server busy. Please try again later", Slower),
            (
                "454 Throttling failure: Maximum sending rate exceeded.",
                Slower,
            ),
            (
                "454 Throttling failure: Daily message quota exceeded.",
                Tomorrow,
            ),
            ("550 5.4.5 Daily user sending limit exceeded.", Tomorrow),
            (
                "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
                Tomorrow,
            ),
            ("452 4.5.3 Too many recipients", Slower),
            ("452 4.3.1 Insufficient system storage", Unclear),
            ("451 Temporary local problem", Unclear),
            // Words in names mean nothing.
            (
                "451 4.3.0 <bob@corporate.com>: Temporary lookup failure",
                Unclear,
            ),
            ("451 mx.ratelimit.test is out of order", Unclear),
            ("452 4.2.2 The mailbox is full", ThisMail),
            ("450 4.2.1 receiving mail at a rate that prevents", ThisMail),
            ("451 4.7.1 Greylisted, come back", ThisMail),
            ("550 5.1.1 no such person, limit your hopes", ThisMail),
            ("554 5.7.1 looks like spam", ThisMail),
            ("The mail server did not answer in time.", ThisMail),
            ("", ThisMail),
        ] {
            assert_eq!(meaning(reason), expected, "{reason}");
        }
    }

    #[test]
    fn rests_grow() {
        let rests: Vec<u64> = (0..7)
            .map(|n| rest(Meaning::Slower, n).as_secs() / 60)
            .collect();
        assert_eq!(rests, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(rest(Meaning::Tomorrow, 0).as_secs(), 3600);
    }

    #[test]
    fn providers_are_known_by_their_hosts() {
        assert_eq!(provider_limits("smtp.gmail.com").per_day, Some(2_000));
        assert_eq!(provider_limits("smtp.office365.com").per_minute, Some(30));
        let ses = "email-smtp.eu-west-1.amazonaws.com";
        assert_eq!(provider_limits(ses).per_day, Some(50_000));
        assert_eq!(provider_limits("notgmail.com"), Limits::default());
        let own = Options {
            per_minute: Some(5),
            ..Options::default()
        };
        assert_eq!(limits(&own, "smtp.gmail.com").per_minute, Some(5));
        assert_eq!(limits(&own, "smtp.gmail.com").per_day, Some(2_000));
    }

    #[test]
    fn a_day_has_room_again_when_its_oldest_hour_leaves() {
        let now = at(100 * 3600 + 60);
        assert_eq!(room_at(10, &[(100, 9)], now), None);
        assert_eq!(room_at(10, &[(70, 50)], now), None);
        let full = [(80, 4), (90, 3), (100, 3)];
        assert_eq!(room_at(10, &full, now), Some(at(105 * 3600)));
        assert_eq!(room_at(5, &full, now), Some(at(115 * 3600)));
    }

    proptest! {
        /// Whatever comes when: no minute holds more than the limit, nothing is early, and mails
        /// that come slowly never wait.
        #[test]
        fn no_minute_sees_more_than_its_limit(
            limit in 1_i64..200,
            gaps in prop::collection::vec(0_i64..20, 1..300),
        ) {
            let (mut now, mut next_at) = (0, at(0));
            let mut turns = Vec::new();
            for gap in gaps {
                now += gap * 100_000;
                let come = Timestamp::from_micros(now);
                let (turn, next) = pace(limit, next_at, come);
                prop_assert!(turn >= come);
                next_at = next;
                turns.push(turn.micros());
            }
            for (index, turn) in turns.iter().enumerate() {
                let within = turns[index..].iter().filter(|t| *t - turn < 60_000_000).count();
                prop_assert!(i64::try_from(within).unwrap() <= limit.max(2), "{within} of {limit}");
            }
        }
    }
}
