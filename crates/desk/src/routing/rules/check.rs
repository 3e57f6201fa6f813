//! What may be set up.

use std::collections::BTreeSet;

use kernel::refusal::Refusal;

use super::super::{Need, Queue, SkillKind};
use crate::tickets::Channel;

/// Longest name of a skill, in characters.
pub const NAME_CHARS_MAX: usize = 60;
/// Most skills in a workspace.
pub const SKILLS_MAX: usize = 200;
/// Most needs of one skill.
pub const NEEDS_MAX: usize = 50;
/// What an agent can carry until somebody says otherwise, in units.
pub const UNITS_MAX_DEFAULT: i64 = 10;
/// The share of their limit that routing fills until an agent chooses another, in percent.
pub const CEILING_DEFAULT: i64 = 85;
/// How long an agent rests after an abusive contact until a team says otherwise, in minutes.
pub const RECOVERY_MINUTES_DEFAULT: i64 = 5;
/// The longest waiting that can be set, in minutes: thirty days.
const MINUTES_MAX: i64 = 30 * 24 * 60;

fn within(field: &str, value: i64, range: std::ops::RangeInclusive<i64>) -> Result<(), Refusal> {
    if range.contains(&value) {
        return Ok(());
    }
    let (low, high) = (range.start(), range.end());
    Err(Refusal::invalid(
        field,
        format!("is not between {low} and {high}"),
        format!("choose a whole number from {low} to {high}"),
    ))
}

/// Checks a team's bounds and queues.
pub fn team(ceiling: (i64, i64), recovery: i64, queues: &[Queue]) -> Result<(), Refusal> {
    within("ceiling_min", ceiling.0, 10..=100)?;
    within("ceiling_max", ceiling.1, 10..=100)?;
    if ceiling.0 > ceiling.1 {
        return Err(Refusal::invalid(
            "ceiling_min",
            "is above ceiling_max",
            "choose a smaller one, or a larger ceiling_max",
        ));
    }
    within(
        "recovery_minutes",
        recovery,
        0..=super::care::RECOVERY_MINUTES_MAX,
    )?;
    let mut seen: BTreeSet<Channel> = BTreeSet::new();
    for (index, queue) in queues.iter().enumerate() {
        if !seen.insert(queue.channel) {
            return Err(Refusal::invalid(
                format!("queues.{index}.channel"),
                "has a queue already",
                "set each channel up once",
            ));
        }
        self::queue(index, queue)?;
    }
    Ok(())
}

fn queue(index: usize, queue: &Queue) -> Result<(), Refusal> {
    let field = |name: &str| format!("queues.{index}.{name}");
    within(&field("units"), queue.units, 1..=100)?;
    within(&field("offer_seconds"), queue.offer_seconds, 10..=600)?;
    for (name, minutes) in [
        ("lower_after", queue.lower_after),
        ("drop_after", queue.drop_after),
        ("overflow_after", queue.overflow_after),
    ] {
        if let Some(minutes) = minutes {
            within(&field(name), minutes, 1..=MINUTES_MAX)?;
        }
    }
    if let (Some(lower), Some(drop)) = (queue.lower_after, queue.drop_after)
        && drop < lower
    {
        return Err(Refusal::invalid(
            field("drop_after"),
            "comes before lower_after",
            "drop skills later than they are lowered",
        ));
    }
    let needs_team =
        queue.overflow_after.is_some() || queue.closed == super::super::ClosedHours::Overflow;
    if needs_team && queue.overflow_team_id.is_none() {
        return Err(Refusal::invalid(
            field("overflow_team_id"),
            "is missing",
            "name the team that takes over",
        ));
    }
    Ok(())
}

/// A skill's name as it is shown and as it is compared.
pub fn skill_name(given: &str) -> Result<(String, String), Refusal> {
    let shown = given.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_long = shown.chars().count() > NAME_CHARS_MAX;
    if shown.is_empty() || is_long || shown.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            "name",
            "is empty, too long or holds control characters",
            format!("use at most {NAME_CHARS_MAX} plain characters"),
        ));
    }
    let fold = shown.to_lowercase();
    Ok((shown, fold))
}

/// Checks what a skill is and who needs it.
pub fn skill(
    kind: SkillKind,
    language: Option<&str>,
    level: i64,
    needs: &[Need],
) -> Result<(), Refusal> {
    within("language_level", level, 1..=5)?;
    match (kind, language) {
        (SkillKind::Language, Some(code)) if !language::detect::is_known(code) => {
            return Err(Refusal::invalid(
                "language",
                "is no language that we can tell",
                "give its two-letter code, such as de",
            ));
        }
        (SkillKind::Language, None) => {
            return Err(Refusal::invalid(
                "language",
                "is missing",
                "give its two-letter code, such as de",
            ));
        }
        (SkillKind::Language, Some(_)) | (_, None) => {}
        (_, Some(_)) => {
            return Err(Refusal::invalid(
                "language",
                "belongs to skills of the kind language only",
                "leave it out, or choose that kind",
            ));
        }
    }
    if needs.len() > NEEDS_MAX {
        return Err(Refusal::invalid(
            "needs",
            "is too long",
            format!("name at most {NEEDS_MAX}"),
        ));
    }
    for (index, need) in needs.iter().enumerate() {
        within(&format!("needs.{index}.level"), need.level, 1..=5)?;
        if need.inbox_id.is_none() && need.ticket_type.is_none() && need.tag_id.is_none() {
            return Err(Refusal::invalid(
                format!("needs.{index}"),
                "names no tickets",
                "name an inbox, a type or a tag",
            ));
        }
    }
    Ok(())
}

/// Checks what an agent can carry.
pub fn units_max(units: i64) -> Result<(), Refusal> {
    within("units_max", units, 0..=500)
}

/// Checks an agent's level of a skill.
pub fn level(index: usize, level: i64) -> Result<(), Refusal> {
    within(&format!("skills.{index}.level"), level, 1..=5)
}

/// Checks the share that an agent chose against the bounds of their teams.
pub fn ceiling(chosen: i64, bounds: (i64, i64)) -> Result<(), Refusal> {
    within("ceiling", chosen, bounds.0..=bounds.1)
}
