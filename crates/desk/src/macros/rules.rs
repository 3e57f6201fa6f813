//! What a macro may hold and who may change it.

use identity::{Caller, Permission};
use kernel::ids::AgentId;
use kernel::refusal::Refusal;

use super::Scope;

/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Longest text, in bytes of HTML before sanitising.
pub const HTML_BYTES_MAX: usize = 64 * 1024;
/// Most macros an agent sees.
pub const MACROS_LISTED_MAX: i64 = 1_000;

/// Tidies a name given by a person.
pub fn name(given: &str) -> Result<String, Refusal> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Refusal::invalid(
            "name",
            "is empty",
            "give it a name, such as Thanks",
        ));
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

/// Refuses a text too long to be a saved reply.
pub fn html(given: &str) -> Result<(), Refusal> {
    if given.len() > HTML_BYTES_MAX {
        return Err(Refusal::invalid(
            "html",
            "is too long",
            format!("use at most {} KiB", HTML_BYTES_MAX / 1024),
        ));
    }
    Ok(())
}

/// Whether `caller` may make a macro of `scope`, or change one that is or becomes so.
pub fn may_write(caller: &Caller, scope: Scope) -> Result<(), Refusal> {
    match scope {
        Scope::Personal => caller.require(Permission::TicketNote),
        Scope::Shared => caller.require(Permission::MacroManage),
    }
}

/// Whether `agent` sees a macro of `owner`.
pub fn sees(agent: AgentId, owner: Option<AgentId>) -> bool {
    owner.is_none_or(|owner| owner == agent)
}

#[cfg(test)]
mod tests {
    use identity::Role;

    use super::*;

    #[test]
    fn personal_macros_are_everybodys_own_and_shared_ones_the_managers() {
        let caller = |role| Caller::for_agent(AgentId(1), "Mia", role);
        for role in Role::ALL.iter().copied() {
            assert!(may_write(&caller(role), Scope::Personal).is_ok());
            let manages = matches!(role, Role::Owner | Role::Admin | Role::Lead);
            assert_eq!(may_write(&caller(role), Scope::Shared).is_ok(), manages);
        }
        assert!(sees(AgentId(1), None) && sees(AgentId(1), Some(AgentId(1))));
        assert!(!sees(AgentId(1), Some(AgentId(2))));
    }

    #[test]
    fn names_and_texts_have_limits() {
        assert_eq!(name("  Thank \n you ").unwrap(), "Thank you");
        assert!(name(" ").is_err() && name(&"x".repeat(NAME_CHARS_MAX + 1)).is_err());
        assert!(html(&"x".repeat(HTML_BYTES_MAX)).is_ok());
        assert!(html(&"x".repeat(HTML_BYTES_MAX + 1)).is_err());
    }
}
