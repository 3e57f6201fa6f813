//! Counting, and when it is too much. Pure.

use kernel::time::Timestamp;
use std::time::Duration;

/// The span that limits are for.
pub const WINDOW: Duration = Duration::from_hours(1);
/// More mails than this from one sender within [`WINDOW`], automatic answers left out, are
/// gathered.
pub const MAILS_MAX: i64 = 20;
/// More automatic answers than this between one sender and one inbox within [`WINDOW`] are
/// gathered: a loop of two programs ends here.
pub const ANSWERS_MAX: i64 = 5;

/// What a sender sent in the running hour and in the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// When the running hour began.
    pub since: Timestamp,
    /// Mails in the running hour, automatic answers left out.
    pub mails: i64,
    /// Automatic answers in the running hour.
    pub answers: i64,
    /// Mails in the hour before.
    pub mails_before: i64,
    /// Automatic answers in the hour before.
    pub answers_before: i64,
}

impl Tally {
    /// Nothing yet.
    pub fn new(at: Timestamp) -> Tally {
        Tally {
            since: at,
            mails: 0,
            answers: 0,
            mails_before: 0,
            answers_before: 0,
        }
    }

    /// The tally as seen at a time: an hour that ended becomes the one before.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Tally {
        let age = now.since(self.since);
        if age < WINDOW {
            self
        } else if age < WINDOW * 2 {
            Tally {
                since: self.since.plus(WINDOW),
                mails: 0,
                answers: 0,
                mails_before: self.mails,
                answers_before: self.answers,
            }
        } else {
            Tally::new(now)
        }
    }

    /// With one more mail.
    #[must_use]
    pub fn plus(self, now: Timestamp, answer: bool) -> Tally {
        let tally = self.at(now);
        Tally {
            mails: tally.mails.saturating_add(i64::from(!answer)),
            answers: tally.answers.saturating_add(i64::from(answer)),
            ..tally
        }
    }

    /// Mails of about the last hour: all of the running one and the part of the hour before that
    /// still lies within [`WINDOW`]. Without that part, every full hour would open the gate again.
    pub fn mails_lately(&self, now: Timestamp) -> i64 {
        self.lately(now, self.mails, self.mails_before)
    }

    /// The same for automatic answers.
    pub fn answers_lately(&self, now: Timestamp) -> i64 {
        self.lately(now, self.answers, self.answers_before)
    }

    fn lately(&self, now: Timestamp, running: i64, before: i64) -> i64 {
        let window = i64::try_from(WINDOW.as_secs()).unwrap_or(i64::MAX);
        let age = i64::try_from(now.since(self.since).as_secs()).unwrap_or(window);
        let left = window.saturating_sub(age).max(0);
        let part = before.saturating_mul(left).checked_div(window);
        running.saturating_add(part.unwrap_or_default())
    }
}

/// Whether a sender is over a limit, by what they sent to all inboxes and to this one.
pub fn over(all: &Tally, pair: &Tally, now: Timestamp) -> bool {
    all.mails_lately(now) > MAILS_MAX || pair.answers_lately(now) > ANSWERS_MAX
}

/// Whether this mail of theirs is gathered: what a program answers for somebody doesn't silence
/// what they write themselves, nor the other way round.
pub fn gathers(all: &Tally, pair: &Tally, now: Timestamp, answer: bool) -> bool {
    if answer {
        pair.answers_lately(now) > ANSWERS_MAX
    } else {
        all.mails_lately(now) > MAILS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_micros(1_772_442_000_000_000);

    fn after(minutes: u64) -> Timestamp {
        START.plus(Duration::from_secs(minutes * 60))
    }

    #[test]
    fn a_loop_ends_after_a_few_rounds_and_stays_ended_while_it_goes_on() {
        let (all, mut pair) = (Tally::new(START), Tally::new(START));
        let mut through = Vec::new();
        for minute in 0..240 {
            pair = pair.plus(after(minute), true);
            if !over(&all, &pair, after(minute)) {
                through.push(minute);
            }
        }
        assert_eq!(through, [0, 1, 2, 3, 4], "no gate opens at the full hour");
    }

    #[test]
    fn who_writes_now_and_then_is_never_over() {
        let mut all = Tally::new(START);
        let pair = Tally::new(START);
        for n in 0..500 {
            let now = after(n * 4);
            all = all.plus(now, false);
            assert!(!over(&all, &pair, now), "mail {n}");
        }
    }

    #[test]
    fn an_absent_persons_program_does_not_silence_the_person() {
        let all = Tally::new(START);
        let pair = (0..9).fold(Tally::new(START), |pair, _| pair.plus(START, true));
        assert!(gathers(&all, &pair, START, true) && !gathers(&all, &pair, START, false));
    }

    #[test]
    fn silence_makes_good() {
        let mut all = Tally::new(START);
        let pair = Tally::new(START);
        for _ in 0..100 {
            all = all.plus(after(1), false);
        }
        assert!(over(&all, &pair, after(1)));
        assert!(over(&all.at(after(61)), &pair, after(61)));
        let later = all.at(after(125));
        assert!(!over(&later, &pair, after(125)));
    }

    proptest! {
        /// However mails come, what the tally says lies between nothing and everything sent.
        #[test]
        fn counts_stay_true(steps in proptest::collection::vec((0_u64..90, any::<bool>()), 1..80)) {
            let (mut tally, mut minute, mut sent) = (Tally::new(START), 0, 0);
            for (wait, answer) in steps {
                minute += wait;
                tally = tally.plus(after(minute), answer);
                sent += 1;
                let now = after(minute);
                let lately = tally.mails_lately(now) + tally.answers_lately(now);
                prop_assert!((1..=sent).contains(&lately));
            }
        }
    }
}
