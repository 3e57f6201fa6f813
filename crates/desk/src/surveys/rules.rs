//! Who is asked, what an answer may be, and what answers say together. Pure but for the key that
//! signs links.

use std::time::Duration;

use kernel::ids::{SurveyId, TagId};
use kernel::keys::Keys;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{
    About, Against, CareLanguage, Share, Solved, Standing, SurveyFigures, SurveyScope,
    SurveySetting, Tally, Treatment,
};
use crate::tickets::{Place, Status, TicketType};

/// Below this many a figure has no share: half of its interval would be wider than 15 points.
pub const ENOUGH: i64 = 20;
/// The longest answer, in characters.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// The longest time between the end of the work and the question, in minutes: 30 days.
pub const DELAY_MINUTES_MAX: i64 = 30 * 24 * 60;
/// The longest rest between two surveys of a customer, and the longest time to answer, in days.
pub const DAYS_MAX: i64 = 365;
/// Most tags that are left out.
pub const TAGS_MAX: usize = 50;
/// Bytes of a link's signature that are kept: 128 bits.
const SIGNATURE_BYTES: usize = 16;

/// The setting that a ticket falls under: the team's, else the inbox's, else the brand's, else
/// the workspace's.
pub fn setting_of(all: &[SurveySetting], of: Standing) -> Option<&SurveySetting> {
    let is_for = |setting: &&SurveySetting| {
        let id = Some(setting.scope_id);
        match setting.scope {
            SurveyScope::Workspace => true,
            SurveyScope::Brand => id == Some(of.brand.0),
            SurveyScope::Inbox => id == of.inbox.map(|inbox| inbox.0),
            SurveyScope::Team => id == of.team.map(|team| team.0),
        }
    };
    all.iter().filter(is_for).max_by_key(|it| it.scope)
}

/// What is known of a ticket when its customer is to be asked.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// Its place.
    pub place: Place,
    /// How many people of ours answered it.
    pub answered_by: usize,
    /// Its tags.
    pub tags: Vec<TagId>,
    /// Its type.
    pub ticket_type: Option<TicketType>,
    /// What was drawn, 0 to 99.
    pub draw: i64,
    /// When the customer was last asked.
    pub last_offered: Option<Timestamp>,
    /// Whether mail to the address is paused.
    pub paused: bool,
    /// Whether there is an address and an inbox.
    pub reachable: bool,
    /// Whether a message of it was marked as abusive, or a step against its requester is in force.
    pub abuse: bool,
}

/// What speaks against asking; the weightiest first.
pub fn against(seen: &Circumstances, setting: &SurveySetting, now: Timestamp) -> Option<Against> {
    let asked_since = now.minus(days(setting.apart_days));
    let reasons = [
        (!setting.enabled, Against::Off),
        (seen.place != Place::Desk, Against::Place),
        (seen.abuse, Against::Abuse),
        (!seen.reachable, Against::NoAddress),
        (seen.paused, Against::Paused),
        (seen.answered_by == 0, Against::Unanswered),
        (
            seen.tags
                .iter()
                .any(|tag| setting.excluded_tags.contains(tag)),
            Against::Tag,
        ),
        (
            seen.ticket_type
                .is_some_and(|it| setting.excluded_types.contains(&it)),
            Against::Type,
        ),
        (seen.draw >= setting.sample_percent, Against::Sample),
        (
            setting.apart_days > 0 && seen.last_offered.is_some_and(|at| at > asked_since),
            Against::Recent,
        ),
    ];
    let found = reasons.into_iter().find(|(applies, _)| *applies);
    found.map(|(_, reason)| reason)
}

/// Whether a ticket's work is done.
pub fn is_done(status: Status) -> bool {
    matches!(status, Status::Solved | Status::Closed)
}

/// Checks what an administrator chose.
pub fn check(setting: &SurveySetting) -> Result<(), Refusal> {
    let within = |field: &str, value: i64, max: i64, unit: &str| {
        if (0..=max).contains(&value) {
            return Ok(());
        }
        let mend = format!("choose 0 to {max} {unit}");
        Err(Refusal::invalid(field, "is out of range", mend))
    };
    within(
        "delay_minutes",
        setting.delay_minutes,
        DELAY_MINUTES_MAX,
        "minutes",
    )?;
    within("apart_days", setting.apart_days, DAYS_MAX, "days")?;
    within("sample_percent", setting.sample_percent, 100, "percent")?;
    within("change_days", setting.change_days, DAYS_MAX, "days")?;
    if setting.change_days == 0 {
        let mend = "leave at least one day for the answer";
        return Err(Refusal::invalid("change_days", "is zero", mend));
    }
    if setting.excluded_tags.len() > TAGS_MAX {
        let mend = format!("name at most {TAGS_MAX} tags");
        return Err(Refusal::invalid("excluded_tags", "is too long", mend));
    }
    if (setting.scope == SurveyScope::Workspace) != (setting.scope_id == 0) {
        let mend = "name the brand, inbox or team, or 0 for the workspace";
        return Err(Refusal::invalid("scope_id", "does not fit the scope", mend));
    }
    Ok(())
}

/// So many days.
pub fn days(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0).saturating_mul(86_400))
}

/// So many minutes.
pub fn minutes(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0).saturating_mul(60))
}

/// The language to write to a customer in: theirs, by the first part of its tag, or the default.
pub fn language(theirs: Option<&str>, otherwise: CareLanguage) -> CareLanguage {
    let primary = theirs.and_then(|tag| tag.split(['-', '_']).next());
    let known = primary.and_then(|tag| tag.trim().to_ascii_lowercase().parse().ok());
    known.unwrap_or(otherwise)
}

/// What a customer answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Was it solved?
    pub solved: Option<Solved>,
    /// How did the person treat you?
    pub treatment: Option<Treatment>,
    /// What else they say; empty when nothing.
    pub text: String,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyProblem {
    /// Nothing is answered.
    Empty,
    /// The text is too long.
    TooLong,
}

/// Tidies an answer, or says what is wrong with it.
pub fn check_reply(reply: Reply) -> Result<Reply, ReplyProblem> {
    let text = reply.text.replace("\r\n", "\n").replace('\0', "\u{fffd}");
    let text = text.trim().to_owned();
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(ReplyProblem::TooLong);
    }
    if reply.solved.is_none() && reply.treatment.is_none() && text.is_empty() {
        return Err(ReplyProblem::Empty);
    }
    Ok(Reply { text, ..reply })
}

/// The words without the names of those they may be about. A reviewer must not know who it was.
pub fn without_names(text: &str, names: &[String]) -> String {
    const HIDDEN: &str = "[…]";
    const NAME_CHARS_MIN: usize = 3;
    let parts: Vec<String> = names
        .iter()
        .flat_map(|name| name.split_whitespace())
        .filter(|part| part.chars().count() >= NAME_CHARS_MIN)
        .map(str::to_lowercase)
        .collect();
    let mut shown = String::with_capacity(text.len());
    let mut word = String::new();
    let put = |word: &mut String, shown: &mut String| {
        let folded = word.to_lowercase();
        let plain = folded.strip_suffix("'s").or(folded.strip_suffix("’s"));
        let is_name = |part: &String| {
            *part == folded
                || plain == Some(part.as_str())
                || folded.strip_suffix('s') == Some(part)
        };
        if parts.iter().any(is_name) {
            shown.push_str(HIDDEN);
        } else {
            shown.push_str(word);
        }
        word.clear();
    };
    for c in text.chars() {
        if c.is_alphabetic() || c == '\'' || c == '’' {
            word.push(c);
        } else {
            put(&mut word, &mut shown);
            shown.push(c);
        }
    }
    put(&mut word, &mut shown);
    shown
}

/// The token of a survey's link.
pub fn token(keys: &Keys, survey: SurveyId) -> String {
    format!("{survey}.{}", signature(keys, survey))
}

/// Reads a token; `None` when it was forged or damaged.
pub fn read_token(keys: &Keys, token: &str) -> Option<SurveyId> {
    let (id, given) = token.split_once('.')?;
    let survey: SurveyId = id.parse().ok()?;
    let wanted = signature(keys, survey);
    let pairs = given.bytes().zip(wanted.bytes());
    let differences = pairs.fold(0, |seen, (a, b)| seen | (a ^ b));
    (given.len() == wanted.len() && differences == 0 && id == survey.to_string()).then_some(survey)
}

fn signature(keys: &Keys, survey: SurveyId) -> String {
    let mac = keys.hmac("survey.link", survey.to_string().as_bytes());
    let kept = mac.get(..SIGNATURE_BYTES).unwrap_or(&mac);
    kept.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The 95% interval of a share: Wilson 1927, without correction for continuity.
pub fn wilson(count: i64, of: i64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let (x, n) = (float(count), float(of));
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let (p, z2) = (x / n, Z * Z);
    let middle = p + z2 / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z2 / n;
    (
        ((middle - half) / whole).clamp(0.0, p),
        ((middle + half) / whole).clamp(p, 1.0),
    )
}

/// A share with its interval, or only its numbers when they are too few to say.
pub fn share(count: i64, of: i64) -> Share {
    let enough = of >= ENOUGH;
    let (low, high) = wilson(count, of);
    Share {
        count,
        of,
        share: enough.then(|| float(count) / float(of)),
        low: enough.then_some(low),
        high: enough.then_some(high),
    }
}

fn float(number: i64) -> f64 {
    f64::from(i32::try_from(number).unwrap_or(i32::MAX))
}

/// Whom figures are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Many people.
    Team,
    /// One: only words about the person count.
    Person,
}

/// What answers say together.
pub fn figures(of: Of, tallies: &[Tally]) -> SurveyFigures {
    let count = |which: &dyn Fn(&Tally) -> bool| -> i64 {
        tallies
            .iter()
            .filter(|it| which(it))
            .map(|it| it.count)
            .sum()
    };
    let decided = count(&Tally::is_decided);
    let offered = count(&Tally::is_offered);
    let answered = count(&|it| it.answered);
    let counts = |it: &Tally| of == Of::Team || it.about == Some(About::Person);
    let well = |it: &Tally| matches!(it.treatment, Some(Treatment::VeryWell | Treatment::Well));
    let asked_solved = count(&|it| it.solved.is_some());
    SurveyFigures {
        enough: ENOUGH,
        offered: share(offered, decided),
        answered: share(answered, offered),
        solved: share(count(&|it| it.solved == Some(Solved::Yes)), asked_solved),
        partly: share(count(&|it| it.solved == Some(Solved::Partly)), asked_solved),
        treated_well: share(
            count(&|it| counts(it) && well(it)),
            count(&|it| counts(it) && it.treatment.is_some()),
        ),
        to_review: count(&|it| it.has_text && it.about.is_none()),
        beyond: count(&|it| {
            it.treatment.is_some()
                && it.about != Some(About::Person)
                && !(it.has_text && it.about.is_none())
        }),
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
