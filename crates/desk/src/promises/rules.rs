//! What may be promised, and where a promise goes when its time comes.

use std::time::Duration;

use kernel::ids::{AgentId, TeamId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use crate::absences::rules::Deputy;

/// The furthest time that is promised.
pub const AHEAD_MAX: Duration = Duration::from_hours(2 * 366 * 24);
/// Longest wording, in characters.
pub const NOTE_CHARS_MAX: usize = 500;
/// The most promises that are open on one ticket.
pub const OPEN_MAX: usize = 20;

/// Tidies the wording of a promise.
pub fn note(given: &str) -> Result<String, Refusal> {
    let note = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if note.is_empty() {
        let mend = "say what you promised, such as: write about the refund";
        return Err(Refusal::invalid("note", "is empty", mend));
    }
    if note.chars().count() > NOTE_CHARS_MAX || note.chars().any(char::is_control) {
        let mend = format!("use at most {NOTE_CHARS_MAX} plain characters");
        return Err(Refusal::invalid("note", "is too long", mend));
    }
    Ok(note)
}

/// Refuses a time that nothing can be promised for.
pub fn due(at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if at <= now || at > now.plus(AHEAD_MAX) {
        let mend = "choose a time within the next two years";
        return Err(Refusal::invalid("due_at", "is not a time to come", mend));
    }
    Ok(())
}

/// Where a ticket goes when a promise on it falls due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    /// Who has it from now on; `None`: nobody, it lies in its team's queue.
    pub assignee: Option<AgentId>,
    /// Who is told.
    pub told: Vec<AgentId>,
}

/// Where a ticket goes when a promise of `owner` on it falls due. Somebody else who has the ticket
/// keeps it: they are told beside the owner.
pub fn comes_back(
    owner: AgentId,
    assignee: Option<AgentId>,
    (team, members): (Option<TeamId>, &[AgentId]),
    deputy: Deputy,
) -> Return {
    let mut told = vec![owner];
    let with_owner = assignee.is_none_or(|assignee| assignee == owner);
    let to = match deputy {
        _ if !with_owner => assignee,
        Deputy::Here => Some(owner),
        Deputy::StandIn(stand_in) => Some(stand_in),
        Deputy::Nobody if team.is_some() => None,
        Deputy::Nobody => Some(owner),
    };
    told.extend(assignee);
    match deputy {
        Deputy::StandIn(stand_in) => told.push(stand_in),
        Deputy::Nobody => told.extend(members),
        Deputy::Here => {}
    }
    told.sort();
    told.dedup();
    Return { assignee: to, told }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIA: AgentId = AgentId(1);
    const BEN: AgentId = AgentId(2);
    const ZOE: AgentId = AgentId(3);

    #[test]
    fn it_comes_back_to_whoever_can_keep_it() {
        let team = (Some(TeamId(1)), &[MIA, ZOE][..]);
        let none = (None, &[][..]);
        for (assignee, team, deputy, to, told) in [
            (Some(MIA), none, Deputy::Here, Some(MIA), vec![MIA]),
            (None, none, Deputy::Here, Some(MIA), vec![MIA]),
            (Some(BEN), team, Deputy::Here, Some(BEN), vec![MIA, BEN]),
            (
                Some(MIA),
                team,
                Deputy::StandIn(BEN),
                Some(BEN),
                vec![MIA, BEN],
            ),
            (Some(MIA), team, Deputy::Nobody, None, vec![MIA, ZOE]),
            (Some(MIA), none, Deputy::Nobody, Some(MIA), vec![MIA]),
            (
                Some(ZOE),
                none,
                Deputy::StandIn(BEN),
                Some(ZOE),
                vec![MIA, BEN, ZOE],
            ),
        ] {
            let found = comes_back(MIA, assignee, team, deputy);
            assert_eq!(found, Return { assignee: to, told });
        }
    }

    #[test]
    fn wording_and_time_have_limits() {
        assert_eq!(note("  write \n again ").unwrap(), "write again");
        assert!(note("  ").is_err() && note(&"x".repeat(NOTE_CHARS_MAX + 1)).is_err());
        let now = Timestamp::from_micros(0);
        assert!(due(now, now).is_err());
        assert!(due(now.plus(AHEAD_MAX), now).is_ok());
        assert!(due(now.plus(AHEAD_MAX + Duration::from_secs(1)), now).is_err());
    }
}
