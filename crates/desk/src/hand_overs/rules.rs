//! What may be handed over.

use std::collections::BTreeSet;
use std::time::Duration;

use kernel::ids::{AgentId, TeamId, TicketId};
use kernel::refusal::Refusal;

/// The most tickets in one hand-over.
pub const TICKETS_MAX: usize = 100;
/// Longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 5_000;
/// How far ahead a ticket that is put off belongs to the next shift.
pub const AHEAD: Duration = Duration::from_hours(24);

/// Who goes on with the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// A colleague.
    Agent(AgentId),
    /// Everybody in a team.
    Team(TeamId),
}

/// The one receiver that is named.
pub fn receiver(
    giver: AgentId,
    agent: Option<AgentId>,
    team: Option<TeamId>,
) -> Result<Receiver, Refusal> {
    match (agent, team) {
        (Some(agent), None) if agent == giver => {
            let mend = "name a colleague or a team";
            Err(Refusal::invalid("to_agent_id", "is yourself", mend))
        }
        (Some(agent), None) => Ok(Receiver::Agent(agent)),
        (None, Some(team)) => Ok(Receiver::Team(team)),
        _ => {
            let mend = "name either a colleague or a team";
            Err(Refusal::invalid(
                "to_agent_id",
                "names not one receiver",
                mend,
            ))
        }
    }
}

/// Tidies a note; `None` when there is nothing in it. `field` names it in a refusal.
pub fn note(field: &str, given: Option<&str>) -> Result<Option<String>, Refusal> {
    let note = given.unwrap_or_default().trim();
    if note.chars().count() > NOTE_CHARS_MAX {
        let mend = format!("use at most {NOTE_CHARS_MAX} characters");
        return Err(Refusal::invalid(field, "is too long", mend));
    }
    Ok(Some(note.to_owned()).filter(|note| !note.is_empty()))
}

/// Refuses no tickets, too many, and one that is named twice.
pub fn tickets(ids: &[TicketId]) -> Result<(), Refusal> {
    if ids.is_empty() || ids.len() > TICKETS_MAX {
        let mend = format!("name 1 to {TICKETS_MAX} tickets");
        return Err(Refusal::invalid("tickets", "has the wrong length", mend));
    }
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
        let mend = "name each ticket once";
        return Err(Refusal::invalid("tickets", "names a ticket twice", mend));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_receiver_who_is_somebody_else() {
        let (me, ben, team) = (AgentId(1), AgentId(2), TeamId(3));
        assert_eq!(receiver(me, Some(ben), None).unwrap(), Receiver::Agent(ben));
        assert_eq!(
            receiver(me, None, Some(team)).unwrap(),
            Receiver::Team(team)
        );
        assert!(receiver(me, Some(me), None).is_err());
        assert!(receiver(me, None, None).is_err());
        assert!(receiver(me, Some(ben), Some(team)).is_err());
    }

    #[test]
    fn each_ticket_comes_once_and_there_is_one_at_least() {
        assert!(tickets(&[]).is_err());
        assert!(tickets(&[TicketId(1), TicketId(1)]).is_err());
        assert!(tickets(&[TicketId(2), TicketId(1)]).is_ok());
    }

    #[test]
    fn an_empty_note_is_none() {
        assert_eq!(note("note", Some("  ")).unwrap(), None);
        assert_eq!(note("note", Some(" a ")).unwrap().as_deref(), Some("a"));
        assert!(note("note", Some(&"a".repeat(NOTE_CHARS_MAX + 1))).is_err());
    }
}
