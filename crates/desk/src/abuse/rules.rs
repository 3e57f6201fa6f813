//! Which step may be taken, what counts as an emergency, and the tokens of appeals. Pure but for
//! the key that signs.

use std::time::Duration;

use kernel::ids::AbuseStepId;
use kernel::keys::Keys;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{AbuseKind, AbuseStep};

/// The longest note, reason or appeal, in characters.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// The longest restriction, in days.
pub const RESTRICT_DAYS_MAX: i64 = 90;
/// The longest block, in days.
pub const BLOCK_DAYS_MAX: i64 = 365;
/// What lies further back is forgotten by the ladder.
pub const LOOKED_BACK: Duration = Duration::from_hours(365 * 24);
/// Bytes of a token's signature that are kept: 128 bits.
const SIGNATURE_BYTES: usize = 16;

/// How grave a kind is: 1 insulting, 2 personal, 3 threatening.
pub fn level(kind: AbuseKind) -> u8 {
    match kind {
        AbuseKind::Insult | AbuseKind::SpamFlood => 1,
        AbuseKind::Harassment | AbuseKind::Sexual | AbuseKind::Discrimination => 2,
        AbuseKind::Threat => 3,
    }
}

/// What happened between a customer and us, each in order of time.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Abusive messages.
    pub marks: Vec<(AbuseKind, Timestamp)>,
    /// Steps.
    pub steps: Vec<(AbuseStep, Timestamp)>,
}

/// The steps that may be taken now, mild ones first. A warning after the first abusive message; an
/// end, restriction or block after a warning that did not help, after two personal attacks, or
/// after one threat.
pub fn offered(history: &History, now: Timestamp) -> Vec<AbuseStep> {
    let since = now.minus(LOOKED_BACK);
    let marks: Vec<_> = history
        .marks
        .iter()
        .filter(|(_, at)| *at >= since)
        .collect();
    let steps = || history.steps.iter().filter(|(_, at)| *at >= since);
    if marks.is_empty() {
        return Vec::new();
    }
    let warned = steps().map(|(_, at)| *at).min();
    let again = warned.is_some_and(|warned| marks.iter().any(|(_, at)| *at > warned));
    let personal = marks.iter().filter(|(kind, _)| level(*kind) >= 2).count();
    let threat = marks.iter().any(|(kind, _)| level(*kind) == 3);
    if again || personal >= 2 || threat {
        AbuseStep::ALL.to_vec()
    } else {
        vec![AbuseStep::Warn]
    }
}

/// Refuses a step that comes too early.
pub fn check_step(history: &History, step: AbuseStep, now: Timestamp) -> Result<(), Refusal> {
    let offered = offered(history, now);
    if offered.contains(&step) {
        return Ok(());
    }
    Err(Refusal::conflict(
        "too_early",
        if offered.is_empty() {
            "Mark the message that is abusive first."
        } else {
            "Warn the customer first; go on when another message is marked after that."
        },
    ))
}

/// When a restriction or block of so many days ends.
pub fn end(step: AbuseStep, days: i64, now: Timestamp) -> Result<Timestamp, Refusal> {
    let max = match step {
        AbuseStep::Restrict => RESTRICT_DAYS_MAX,
        AbuseStep::Block => BLOCK_DAYS_MAX,
        AbuseStep::Warn | AbuseStep::End => {
            let mend = "take restrict or block";
            return Err(Refusal::invalid("step", "has no end", mend));
        }
    };
    if !(1..=max).contains(&days) {
        let mend = format!("choose 1 to {max} days: nobody is shut out for good");
        return Err(Refusal::invalid("days", "is out of range", mend));
    }
    Ok(now.plus(crate::surveys::rules::days(days)))
}

/// A text that a person must give.
pub fn text(field: &'static str, given: &str) -> Result<String, Refusal> {
    let text = given.trim().replace('\0', "\u{fffd}");
    if text.is_empty() {
        return Err(Refusal::invalid(field, "is empty", "write a few words"));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        let mend = format!("use at most {TEXT_CHARS_MAX} characters");
        return Err(Refusal::invalid(field, "is too long", mend));
    }
    Ok(text)
}

/// Words that may speak of danger to life. One too many is a mail that a lead reads in vain; one
/// missed may cost more, so the list is wide.
const EMERGENCY: &[&str] = &[
    "suicid",
    "kill myself",
    "end my life",
    "want to die",
    "self-harm",
    "self harm",
    "overdose",
    "emergency",
    "ambulance",
    "heart attack",
    "can't breathe",
    "cannot breathe",
    "gas leak",
    "caught fire",
    "electric shock",
    "life-threatening",
    "selbstmord",
    "suizid",
    "umbringen",
    "nicht mehr leben",
    "notfall",
    "notarzt",
    "lebensgefahr",
    "gasgeruch",
    "brennt",
    "stromschlag",
    "suicidio",
    "suicidarme",
    "matarme",
    "quiero morir",
    "emergencia",
    "ambulancia",
    "peligro de muerte",
    "fuga de gas",
    "incendio",
    "descarga eléctrica",
    "انتحار",
    "سأنتحر",
    "أقتل نفسي",
    "أريد أن أموت",
    "طوارئ",
    "إسعاف",
    "خطر على حياتي",
    "تسرب غاز",
    "حريق",
];

/// Whether a text may speak of an emergency.
pub fn is_emergency(text: &str) -> bool {
    let text = text.to_lowercase().replace('’', "'");
    EMERGENCY.iter().any(|word| text.contains(word))
}

/// The token of an appeal's link.
pub fn token(keys: &Keys, step: AbuseStepId) -> String {
    format!("{step}.{}", signature(keys, step))
}

/// Reads a token; `None` when it was forged or damaged.
pub fn read_token(keys: &Keys, token: &str) -> Option<AbuseStepId> {
    let (id, given) = token.split_once('.')?;
    let step: AbuseStepId = id.parse().ok()?;
    let wanted = signature(keys, step);
    let pairs = given.bytes().zip(wanted.bytes());
    let differences = pairs.fold(0, |seen, (a, b)| seen | (a ^ b));
    (given.len() == wanted.len() && differences == 0 && id == step.to_string()).then_some(step)
}

fn signature(keys: &Keys, step: AbuseStepId) -> String {
    let mac = keys.hmac("abuse.appeal", step.to_string().as_bytes());
    let kept = mac.get(..SIGNATURE_BYTES).unwrap_or(&mac);
    kept.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first label of the host in a notice's Message-ID.
pub fn label(step: AbuseStepId) -> String {
    format!("abuse-{step}")
}

/// The step whose notice a mail answers, by the Message-IDs that it refers to.
pub fn answered(references: &[String]) -> Option<AbuseStepId> {
    references.iter().rev().find_map(|id| {
        let (_, host) = id.split_once('@')?;
        let (label, _) = host.split_once('.')?;
        label.strip_prefix("abuse-")?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: u64) -> Timestamp {
        Timestamp::from_micros(1_772_442_000_000_000).plus(Duration::from_secs(60 * minute))
    }

    fn history(marks: &[(AbuseKind, u64)], steps: &[(AbuseStep, u64)]) -> History {
        History {
            marks: marks
                .iter()
                .map(|(kind, minute)| (*kind, at(*minute)))
                .collect(),
            steps: steps
                .iter()
                .map(|(step, minute)| (*step, at(*minute)))
                .collect(),
        }
    }

    #[test]
    fn the_ladder_begins_with_a_warning_unless_it_is_a_threat() {
        let now = at(100);
        assert_eq!(offered(&History::default(), now), []);
        let first = history(&[(AbuseKind::Insult, 1)], &[]);
        assert_eq!(offered(&first, now), [AbuseStep::Warn]);
        assert!(check_step(&first, AbuseStep::End, now).is_err());
        let twice = history(&[(AbuseKind::Insult, 1), (AbuseKind::Insult, 2)], &[]);
        assert_eq!(offered(&twice, now), [AbuseStep::Warn]);
        let warned = [(AbuseStep::Warn, 3)];
        let before = history(&[(AbuseKind::Insult, 1)], &warned);
        assert_eq!(offered(&before, now), [AbuseStep::Warn]);
        for all in [
            history(&[(AbuseKind::Insult, 1), (AbuseKind::Insult, 4)], &warned),
            history(&[(AbuseKind::Sexual, 1), (AbuseKind::Harassment, 2)], &[]),
            history(&[(AbuseKind::Threat, 1)], &[]),
        ] {
            assert_eq!(offered(&all, now), AbuseStep::ALL);
        }
        let long_ago = now.plus(LOOKED_BACK + Duration::from_secs(60 * 200));
        assert_eq!(
            offered(&history(&[(AbuseKind::Threat, 1)], &[]), long_ago),
            []
        );
    }

    proptest! {
        #[test]
        fn one_more_abusive_message_never_takes_a_step_away(
            marks in prop::collection::vec((0..6_usize, 0..99_u64), 0..6),
            steps in prop::collection::vec((0..4_usize, 0..99_u64), 0..4),
            more in (0..6_usize, 0..99_u64),
        ) {
            let kind = |(kind, minute): &(usize, u64)| (AbuseKind::ALL[*kind], *minute);
            let step = |(step, minute): &(usize, u64)| (AbuseStep::ALL[*step], *minute);
            let steps: Vec<_> = steps.iter().map(step).collect();
            let fewer: Vec<_> = marks.iter().map(kind).collect();
            let all: Vec<_> = marks.iter().chain([&more]).map(kind).collect();
            let before = offered(&history(&fewer, &steps), at(100));
            let after = offered(&history(&all, &steps), at(100));
            prop_assert!(before.iter().all(|it| after.contains(it)));
            prop_assert!(after.contains(&AbuseStep::Warn));
        }
    }

    #[test]
    fn nobody_is_shut_out_for_good() {
        for (step, days) in [
            (AbuseStep::Block, 366),
            (AbuseStep::Restrict, 91),
            (AbuseStep::Block, 0),
        ] {
            assert!(end(step, days, at(0)).is_err());
        }
        assert!(end(AbuseStep::Warn, 1, at(0)).is_err());
        let day = Duration::from_hours(24);
        assert_eq!(
            end(AbuseStep::Block, 90, at(0)).unwrap(),
            at(0).plus(90 * day)
        );
    }

    #[test]
    fn emergencies_are_heard_in_every_language() {
        for text in [
            "I can’t breathe",
            "Es ist ein NOTFALL!",
            "quiero morir",
            "هناك حريق في البيت",
        ] {
            assert!(is_emergency(text), "{text}");
        }
        for text in ["You idiots!", "Wo ist mein Paket?", ""] {
            assert!(!is_emergency(text), "{text}");
        }
    }

    #[test]
    fn an_answer_to_a_notice_names_its_step() {
        let ids = ["x@y.test".to_owned(), "t1.a.b@abuse-7.shop.test".to_owned()];
        assert_eq!(answered(&ids), Some(AbuseStepId(7)));
        assert_eq!(
            answered(&["t1.a.b@s7.shop.test".to_owned(), "abuse-7".to_owned()]),
            None
        );
    }
}
