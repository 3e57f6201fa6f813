//! Who may invite whom, and how long a link works.

use std::time::Duration;

use kernel::ids::TeamId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::Invitation;
use crate::agents;
use crate::caller::Caller;
use crate::permissions::{Permission, Role};

/// How long a link works.
pub const VALID_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// Most teams one invitation names.
pub const TEAMS_MAX: usize = 100;

/// What an invitation should say.
#[derive(Clone, Debug)]
pub struct InvitationInput {
    /// The address the new agent will sign in with.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// The teams they will be in.
    pub team_ids: Vec<TeamId>,
}

/// The input in the form it is kept in, if `caller` may invite so.
///
/// # Errors
/// `not_allowed` without `agent.manage`, or without `workspace.manage` for a new owner; `invalid`
/// naming the field.
pub fn check(caller: &Caller, input: &InvitationInput) -> Result<InvitationInput, Refusal> {
    caller.require(Permission::AgentManage)?;
    if input.role == Role::Owner {
        caller.require(Permission::WorkspaceManage)?;
    }
    if input.team_ids.len() > TEAMS_MAX {
        return Err(Refusal::invalid(
            "team_ids",
            "names too many teams",
            "name at most 100",
        ));
    }
    let mut team_ids = input.team_ids.clone();
    team_ids.sort_unstable();
    team_ids.dedup();
    Ok(InvitationInput {
        email: agents::rules::email(&input.email)?,
        role: input.role,
        team_ids,
    })
}

/// Whether the link has stopped working.
pub fn is_expired(invitation: &Invitation, now: Timestamp) -> bool {
    now >= invitation.expires_at
}

/// Whether `caller` may withdraw it: what somebody may offer they may take back.
///
/// # Errors
/// `not_allowed`, as for [`check`].
pub fn withdraw(caller: &Caller, invitation: &Invitation) -> Result<(), Refusal> {
    caller.require(Permission::AgentManage)?;
    if invitation.role == Role::Owner {
        caller.require(Permission::WorkspaceManage)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kernel::ids::AgentId;

    use super::*;

    fn caller(role: Role) -> Caller {
        Caller::for_agent(AgentId(1), "Mia", role)
    }

    fn input(role: Role) -> InvitationInput {
        InvitationInput {
            email: " Ana@Example.com".to_owned(),
            role,
            team_ids: vec![TeamId(3), TeamId(1), TeamId(3)],
        }
    }

    #[test]
    fn only_owners_invite_owners_and_agents_invite_nobody() {
        assert!(check(&caller(Role::Owner), &input(Role::Owner)).is_ok());
        assert!(check(&caller(Role::Admin), &input(Role::Admin)).is_ok());
        for (who, offered, missing) in [
            (Role::Admin, Role::Owner, "workspace.manage"),
            (Role::Agent, Role::LightAgent, "agent.manage"),
            (Role::LightAgent, Role::LightAgent, "agent.manage"),
        ] {
            let refusal = check(&caller(who), &input(offered)).unwrap_err();
            assert!(
                matches!(refusal, Refusal::NotAllowed { permission } if permission == missing),
                "{refusal:?}"
            );
        }
    }

    #[test]
    fn address_and_teams_are_tidied() {
        let checked = check(&caller(Role::Admin), &input(Role::Agent)).unwrap();
        assert_eq!(checked.email, "ana@example.com");
        assert_eq!(checked.team_ids, [TeamId(1), TeamId(3)]);
    }
}
