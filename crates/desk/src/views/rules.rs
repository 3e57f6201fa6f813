//! Which views a ticket is in, and which views an agent has.

use std::fmt;

use identity::Role;
use kernel::ids::{AgentId, TeamId};

use crate::teams::Team;
use crate::tickets::Shelf;

/// A list of tickets; those of one agent name the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewKey {
    /// Open tickets assigned to the agent.
    Mine(AgentId),
    /// Open tickets assigned to nobody.
    Unassigned,
    /// Tickets in which the agent was mentioned and has not read it.
    Mentions(AgentId),
    /// Every open ticket.
    All,
    /// Open tickets put off until a time.
    Snoozed,
    /// Solved and closed tickets.
    Solved,
    /// What is unwanted.
    Spam,
    /// What was thrown away.
    Trash,
    /// Lists, newsletters and reports.
    Bulk,
    /// Open tickets of the team.
    Team(TeamId),
}

impl fmt::Display for ViewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mine(_) => f.write_str("mine"),
            Self::Unassigned => f.write_str("unassigned"),
            Self::Mentions(_) => f.write_str("mentions"),
            Self::All => f.write_str("all"),
            Self::Snoozed => f.write_str("snoozed"),
            Self::Solved => f.write_str("solved"),
            Self::Spam => f.write_str("spam"),
            Self::Trash => f.write_str("trash"),
            Self::Bulk => f.write_str("bulk"),
            Self::Team(team) => write!(f, "team:{team}"),
        }
    }
}

/// All that views ask of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The list it belongs to.
    pub shelf: Shelf,
    /// Who has it.
    pub assignee: Option<AgentId>,
    /// Whose queue it is in.
    pub team: Option<TeamId>,
}

/// The views a ticket is in, apart from mentions.
pub fn views_of(facts: Facts) -> impl Iterator<Item = ViewKey> {
    let open = facts.shelf == Shelf::Open;
    let shelf = match facts.shelf {
        Shelf::Open => Some(ViewKey::All),
        Shelf::Snoozed => Some(ViewKey::Snoozed),
        Shelf::Solved => Some(ViewKey::Solved),
        Shelf::Spam => Some(ViewKey::Spam),
        Shelf::Trash => Some(ViewKey::Trash),
        Shelf::Bulk => Some(ViewKey::Bulk),
        Shelf::Side | Shelf::Merged => None,
    };
    let person = facts.assignee.map_or(ViewKey::Unassigned, ViewKey::Mine);
    let team = facts.team.map(ViewKey::Team);
    [shelf, open.then_some(person), team.filter(|_| open)]
        .into_iter()
        .flatten()
}

/// Whether a mention in the ticket puts it into the mentions view.
pub fn shows_mentions(shelf: Shelf) -> bool {
    !matches!(
        shelf,
        Shelf::Spam | Shelf::Trash | Shelf::Bulk | Shelf::Merged
    )
}

/// The views of an agent, in the order of the sidebar: everybody's, then those of their teams;
/// owners, admins and leads have those of every team.
pub fn views_for(agent: AgentId, role: Role, teams: &[Team]) -> Vec<(ViewKey, Option<&str>)> {
    let sees_all = matches!(role, Role::Owner | Role::Admin | Role::Lead);
    let plain = [
        ViewKey::Mine(agent),
        ViewKey::Unassigned,
        ViewKey::Mentions(agent),
        ViewKey::All,
        ViewKey::Snoozed,
        ViewKey::Solved,
        ViewKey::Bulk,
        ViewKey::Spam,
        ViewKey::Trash,
    ];
    let of_teams = teams
        .iter()
        .filter(|team| sees_all || team.member_ids.contains(&agent))
        .map(|team| (ViewKey::Team(team.id), Some(team.name.as_str())));
    plain
        .into_iter()
        .map(|key| (key, None))
        .chain(of_teams)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn views(shelf: Shelf, assignee: Option<i64>, team: Option<i64>) -> Vec<String> {
        let (assignee, team) = (assignee.map(AgentId), team.map(TeamId));
        views_of(Facts {
            shelf,
            assignee,
            team,
        })
        .map(|view| view.to_string())
        .collect()
    }

    #[test]
    fn only_open_tickets_are_somebodys_work() {
        assert_eq!(
            views(Shelf::Open, Some(1), Some(3)),
            ["all", "mine", "team:3"]
        );
        assert_eq!(views(Shelf::Open, None, None), ["all", "unassigned"]);
        for (shelf, name) in [
            (Shelf::Snoozed, "snoozed"),
            (Shelf::Solved, "solved"),
            (Shelf::Bulk, "bulk"),
            (Shelf::Spam, "spam"),
            (Shelf::Trash, "trash"),
        ] {
            assert_eq!(views(shelf, Some(1), Some(3)), [name]);
        }
        assert!(views(Shelf::Merged, Some(1), Some(3)).is_empty());
    }

    #[test]
    fn agents_have_their_teams_and_admins_all() {
        let team = |id, members: &[i64]| Team {
            id: TeamId(id),
            name: format!("Team {id}"),
            member_ids: members.iter().copied().map(AgentId).collect(),
            version: 1,
        };
        let teams = [team(1, &[7]), team(2, &[])];
        let names = |role| -> Vec<String> {
            let views = views_for(AgentId(7), role, &teams);
            views
                .iter()
                .skip(9)
                .map(|(key, _)| key.to_string())
                .collect()
        };
        assert_eq!(names(Role::Agent), ["team:1"]);
        assert_eq!(names(Role::Admin), ["team:1", "team:2"]);
    }
}
