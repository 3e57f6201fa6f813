//! What a saved view may hold, who sees it and who may change it.

use identity::{Caller, Permission, Role};
use kernel::ids::{AgentId, TeamId};
use kernel::refusal::Refusal;

use super::{Column, Definition, Scope};

/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 60;
/// Most views of a workspace: each costs a look at every change of a ticket.
pub const VIEWS_MAX: i64 = 1_000;

/// Tidies a name given by a person.
pub fn name(given: &str) -> Result<String, Refusal> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        let mend = "give it a name, such as Waiting for parts";
        return Err(Refusal::invalid("name", "is empty", mend));
    }
    if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let mend = format!("use at most {NAME_CHARS_MAX} plain characters");
        let reason = "is too long or holds control characters";
        return Err(Refusal::invalid("name", reason, mend));
    }
    Ok(name)
}

/// Refuses columns that are named twice.
pub fn definition(given: &Definition) -> Result<(), Refusal> {
    let mut seen: Vec<Column> = Vec::new();
    for column in &given.columns {
        if seen.contains(column) {
            let reason = format!("names {} twice", column.as_str());
            return Err(Refusal::invalid(
                "definition.columns",
                reason,
                "name each column once",
            ));
        }
        seen.push(*column);
    }
    Ok(())
}

/// Whether `caller` may make a view of `scope`, or change one that is or becomes so.
pub fn may_write(caller: &Caller, scope: Scope) -> Result<(), Refusal> {
    match scope {
        Scope::Personal => caller.require(Permission::TicketRead),
        Scope::Team(_) | Scope::Shared => caller.require(Permission::ViewShare),
    }
}

/// Whether an agent of these teams sees a view; leads and above see those of every team.
pub fn sees(
    (agent, role): (AgentId, Role),
    teams: &[TeamId],
    (owner, team): (Option<AgentId>, Option<TeamId>),
) -> bool {
    match (owner, team) {
        (Some(owner), _) => owner == agent,
        (None, Some(team)) => {
            matches!(role, Role::Owner | Role::Admin | Role::Lead) || teams.contains(&team)
        }
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_views_are_private_and_teams_see_their_own() {
        let mia = (AgentId(1), Role::Agent);
        assert!(sees(mia, &[], (Some(AgentId(1)), None)));
        assert!(!sees(
            (AgentId(2), Role::Owner),
            &[],
            (Some(AgentId(1)), None)
        ));
        assert!(sees(mia, &[TeamId(3)], (None, Some(TeamId(3)))));
        assert!(!sees(mia, &[], (None, Some(TeamId(3)))));
        assert!(sees((AgentId(2), Role::Lead), &[], (None, Some(TeamId(3)))));
        assert!(sees(mia, &[], (None, None)));
    }

    #[test]
    fn sharing_is_for_leads() {
        let caller = |role| Caller::for_agent(AgentId(1), "Mia", role);
        assert!(may_write(&caller(Role::LightAgent), Scope::Personal).is_ok());
        assert!(may_write(&caller(Role::Agent), Scope::Shared).is_err());
        assert!(may_write(&caller(Role::Agent), Scope::Team(TeamId(1))).is_err());
        assert!(may_write(&caller(Role::Lead), Scope::Shared).is_ok());
    }

    #[test]
    fn names_have_limits() {
        assert_eq!(name(" Parts \n missing ").unwrap(), "Parts missing");
        assert!(name(" ").is_err() && name(&"x".repeat(NAME_CHARS_MAX + 1)).is_err());
    }
}
