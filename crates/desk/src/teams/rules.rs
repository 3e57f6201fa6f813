//! What a team may be called and who may be in it.

use std::collections::BTreeSet;

use kernel::ids::AgentId;
use kernel::refusal::Refusal;

/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Most agents in one team.
pub const MEMBERS_MAX: usize = 500;
/// Most teams in a workspace.
pub const TEAMS_MAX: usize = 500;

/// A name as it is shown and as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// As written, with single spaces.
    pub shown: String,
    /// In lower case: two names with the same fold are the same name.
    pub fold: String,
}

/// Tidies a name given by a person.
pub fn name(given: &str) -> Result<Name, Refusal> {
    let shown = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if shown.is_empty() {
        return Err(Refusal::invalid(
            "name",
            "is empty",
            "give it a name, such as Billing",
        ));
    }
    if shown.chars().count() > NAME_CHARS_MAX || shown.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            "name",
            "is too long or holds control characters",
            format!("use at most {NAME_CHARS_MAX} plain characters"),
        ));
    }
    let fold = shown.to_lowercase();
    Ok(Name { shown, fold })
}

/// Members in order and without repeats; every one must be among the `active` agents.
pub fn members(given: &[AgentId], active: &BTreeSet<AgentId>) -> Result<Vec<AgentId>, Refusal> {
    let members: BTreeSet<AgentId> = given.iter().copied().collect();
    if members.len() > MEMBERS_MAX {
        return Err(Refusal::invalid(
            "member_ids",
            "names too many agents",
            format!("put at most {MEMBERS_MAX} agents into one team"),
        ));
    }
    if let Some(stranger) = members.iter().find(|agent| !active.contains(agent)) {
        return Err(Refusal::invalid(
            "member_ids",
            format!("names agent {stranger}, who does not exist or is disabled"),
            "leave that agent out",
        ));
    }
    Ok(members.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tidied_and_folded() {
        let name = name("  Second \t Line ").unwrap();
        assert_eq!(
            (name.shown.as_str(), name.fold.as_str()),
            ("Second Line", "second line")
        );
    }

    #[test]
    fn empty_and_endless_names_are_refused() {
        for given in ["", " \n ", &"x".repeat(NAME_CHARS_MAX + 1), "a\u{7}b"] {
            assert!(matches!(name(given), Err(Refusal::Invalid(_))), "{given:?}");
        }
        assert!(name(&"ä".repeat(NAME_CHARS_MAX)).is_ok());
    }

    #[test]
    fn members_are_sorted_once_and_active() {
        let active = BTreeSet::from([AgentId(1), AgentId(2)]);
        let given = [AgentId(2), AgentId(1), AgentId(2)];
        assert_eq!(members(&given, &active).unwrap(), [AgentId(1), AgentId(2)]);
        assert!(members(&[AgentId(3)], &active).is_err());
    }
}
