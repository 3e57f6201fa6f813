//! What a policy may promise, and how clocks move.

pub mod clocks;
pub mod course;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use kernel::refusal::Refusal;

use super::{Target, Warning};

/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Most policies of a workspace.
pub const POLICIES_MAX: usize = 100;
/// Longest target, in minutes: one year.
pub const MINUTES_MAX: i64 = 366 * 24 * 60;

/// Tidies a name given by a person.
pub fn name(given: &str) -> Result<String, Refusal> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        let mend = "give it a name, such as Standard";
        return Err(Refusal::invalid("name", "is empty", mend));
    }
    if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            "name",
            "is too long or holds control characters",
            format!("use at most {NAME_CHARS_MAX} plain characters"),
        ));
    }
    Ok(name)
}

/// Refuses targets that promise nothing, or the same thing twice.
pub fn targets(given: &[Target]) -> Result<(), Refusal> {
    if given.is_empty() {
        let mend = "promise at least one thing at one priority";
        return Err(Refusal::invalid("targets", "are missing", mend));
    }
    let mut seen = BTreeSet::new();
    for (index, target) in given.iter().enumerate() {
        let at = |part: &str| format!("targets.{index}.{part}");
        if !(1..=MINUTES_MAX).contains(&target.minutes) {
            let mend = "give 1 minute to one year";
            return Err(Refusal::invalid(at("minutes"), "is out of range", mend));
        }
        if !seen.insert((target.metric, target.priority)) {
            let mend = "keep one target for each measure and priority";
            return Err(Refusal::invalid(at("metric"), "stands there twice", mend));
        }
        let fits = match target.warn {
            None => true,
            Some(Warning::Minutes(minutes)) => (1..target.minutes).contains(&minutes),
            Some(Warning::Percent(percent)) => (1..100).contains(&percent),
        };
        if !fits {
            return Err(Refusal::invalid(
                at("warn"),
                "does not come before the target",
                "warn fewer minutes before than the target has, or at 1 to 99 percent",
            ));
        }
    }
    Ok(())
}
