//! What makes an agent, and who may change whom.

use kernel::refusal::Refusal;

use super::{Agent, AgentStatus};
use crate::caller::Caller;
use crate::permissions::{Permission, Role};

/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// Longest address, in bytes (RFC 5321's limit on a path, less its brackets).
pub const EMAIL_BYTES_MAX: usize = 254;

/// What should change about an agent; `None` leaves as is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentEdit {
    /// The new name.
    pub name: Option<String>,
    /// The new role.
    pub role: Option<Role>,
    /// The new status.
    pub status: Option<AgentStatus>,
}

/// The name without surrounding space, or a refusal naming `field`.
///
/// # Errors
/// [`Refusal::Invalid`] when it is empty, too long or has control characters.
pub fn name(field: &str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::invalid(field, "is empty", "give a name"));
    }
    if text.chars().count() > NAME_CHARS_MAX {
        return Err(Refusal::invalid(
            field,
            "is too long",
            "use at most 100 characters",
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            field,
            "contains line breaks or other control characters",
            "use one line of text",
        ));
    }
    Ok(text.to_owned())
}

/// The address in the form it is compared and stored in: trimmed, in lower case.
///
/// # Errors
/// [`Refusal::Invalid`] when it is not `local@domain`, of visible ASCII or other letters.
pub fn email(text: &str) -> Result<String, Refusal> {
    let text = text.trim().to_lowercase();
    let well_formed = text.rsplit_once('@').is_some_and(|(local, domain)| {
        let visible = |it: char| !it.is_whitespace() && !it.is_control();
        !local.is_empty()
            && local
                .chars()
                .all(|it| visible(it) && !"<>()[],;:\\\"@".contains(it))
            && domain.split('.').all(|label| {
                !label.is_empty() && label.chars().all(|it| it.is_alphanumeric() || it == '-')
            })
    });
    if !well_formed || text.len() > EMAIL_BYTES_MAX {
        return Err(Refusal::invalid(
            "email",
            "is not an e-mail address",
            "write it like ana@example.com",
        ));
    }
    Ok(text)
}

/// What a change of `target` comes to: the agent after it, or `None` when nothing changes.
///
/// `owners` is the number of active owners, `target` included if they are one.
///
/// # Errors
/// `not_allowed` for anybody but owners on what concerns owners, `own_account` for disabling
/// oneself, `last_owner` when no active owner would be left, `invalid` for a bad name.
pub fn change(
    caller: &Caller,
    target: &Agent,
    edit: &AgentEdit,
    owners: usize,
) -> Result<Option<Agent>, Refusal> {
    let mut after = target.clone();
    if let Some(text) = &edit.name {
        after.name = name("name", text)?;
    }
    after.role = edit.role.unwrap_or(target.role);
    after.status = edit.status.unwrap_or(target.status);
    if after == *target {
        return Ok(None);
    }
    let concerns_owners = target.role == Role::Owner || after.role == Role::Owner;
    let needed = if concerns_owners {
        Permission::WorkspaceManage
    } else {
        Permission::AgentManage
    };
    caller.require(needed)?;
    let owns = |agent: &Agent| agent.role == Role::Owner && agent.status == AgentStatus::Active;
    if owns(target) && !owns(&after) && owners <= 1 {
        return Err(Refusal::Conflict {
            code: "last_owner",
            detail: "This is the only active owner. Make somebody else an owner first.".to_owned(),
        });
    }
    if caller.agent == target.id && after.status == AgentStatus::Disabled {
        return Err(Refusal::Conflict {
            code: "own_account",
            detail: "You can't disable your own account. Ask another admin.".to_owned(),
        });
    }
    after.version += 1;
    Ok(Some(after))
}

#[cfg(test)]
mod tests {
    use kernel::ids::AgentId;
    use kernel::time::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn agent(id: i64, role: Role) -> Agent {
        Agent {
            id: AgentId(id),
            name: "Mia".to_owned(),
            email: "mia@example.test".to_owned(),
            role,
            status: AgentStatus::Active,
            created_at: Timestamp::from_micros(0),
            version: 3,
        }
    }

    fn decide(
        actor: &Agent,
        target: &Agent,
        edit: &AgentEdit,
        owners: usize,
    ) -> Result<Option<Agent>, Refusal> {
        change(
            &Caller::for_agent(actor.id, &actor.name, actor.role),
            target,
            edit,
            owners,
        )
    }

    fn to_role(role: Role) -> AgentEdit {
        AgentEdit {
            role: Some(role),
            ..AgentEdit::default()
        }
    }

    fn disable() -> AgentEdit {
        AgentEdit {
            status: Some(AgentStatus::Disabled),
            ..AgentEdit::default()
        }
    }

    #[test]
    fn an_admin_manages_everybody_but_owners() {
        let admin = agent(1, Role::Admin);
        let after = decide(&admin, &agent(2, Role::Agent), &to_role(Role::Admin), 1).unwrap();
        assert_eq!(
            after.map(|it| (it.role, it.version)),
            Some((Role::Admin, 4))
        );
        for (target, edit) in [
            (Role::Owner, to_role(Role::Agent)),
            (Role::Owner, disable()),
            (Role::Agent, to_role(Role::Owner)),
        ] {
            let refusal = decide(&admin, &agent(2, target), &edit, 2).unwrap_err();
            assert!(
                matches!(
                    refusal,
                    Refusal::NotAllowed {
                        permission: "workspace.manage"
                    }
                ),
                "{refusal:?}"
            );
        }
    }

    #[test]
    fn an_agent_manages_nobody() {
        let refusal = decide(
            &agent(1, Role::Agent),
            &agent(2, Role::LightAgent),
            &to_role(Role::Agent),
            1,
        );
        assert!(matches!(
            refusal,
            Err(Refusal::NotAllowed {
                permission: "agent.manage"
            })
        ));
    }

    #[test]
    fn the_last_owner_stays() {
        let owner = agent(1, Role::Owner);
        for edit in [to_role(Role::Admin), disable()] {
            let refusal = decide(&owner, &owner, &edit, 1).unwrap_err();
            assert!(matches!(
                refusal,
                Refusal::Conflict {
                    code: "last_owner",
                    ..
                }
            ));
        }
        assert!(
            decide(&owner, &owner, &to_role(Role::Admin), 2)
                .unwrap()
                .is_some()
        );
        let refusal = decide(&owner, &owner, &disable(), 2).unwrap_err();
        assert!(matches!(
            refusal,
            Refusal::Conflict {
                code: "own_account",
                ..
            }
        ));
    }

    #[test]
    fn nothing_new_is_no_change() {
        let owner = agent(1, Role::Owner);
        let edit = AgentEdit {
            name: Some(" Mia ".to_owned()),
            role: Some(Role::Owner),
            status: Some(AgentStatus::Active),
        };
        assert_eq!(decide(&owner, &owner, &edit, 1).unwrap(), None);
    }

    #[test]
    fn addresses_are_compared_in_lower_case() {
        assert_eq!(
            email(" Ana.Ruiz+x@Example.COM ").unwrap(),
            "ana.ruiz+x@example.com"
        );
        assert_eq!(email("support@demo").unwrap(), "support@demo");
        assert_eq!(email("用户@例え.jp").unwrap(), "用户@例え.jp");
        for bad in [
            "",
            "ana",
            "@example.com",
            "ana@",
            "a na@example.com",
            "ana@ex..com",
            "ana@b@example.com",
            "ana\r\nBcc: x@example.com",
            "<ana@example.com>",
            "ana@[::1]",
        ] {
            assert!(email(bad).is_err(), "{bad} is let through");
        }
        assert!(email(&format!("{}@example.com", "a".repeat(250))).is_err());
    }

    proptest! {
        #[test]
        fn there_is_always_an_owner_left(
            steps in prop::collection::vec(
                (0..4_usize, 0..4_usize, 0..4_usize, any::<bool>()),
                1..60,
            ),
        ) {
            let mut agents: Vec<Agent> = (0..4_u8)
                .map(|id| agent(id.into(), Role::ALL[usize::from(id)]))
                .collect();
            for (actor, target, role, active) in steps {
                let owns = |it: &&Agent| it.role == Role::Owner && it.status == AgentStatus::Active;
                let owners = agents.iter().filter(owns).count();
                prop_assert!(owners >= 1);
                let status = if active { AgentStatus::Active } else { AgentStatus::Disabled };
                let edit = AgentEdit {
                    role: Some(Role::ALL[role]), status: Some(status), name: None,
                };
                if agents[actor].status == AgentStatus::Active
                    && let Ok(Some(after)) = decide(&agents[actor], &agents[target], &edit, owners)
                {
                    agents[target] = after;
                }
            }
        }
    }
}
