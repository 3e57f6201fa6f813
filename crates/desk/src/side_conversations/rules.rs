//! Who can be asked, and who hears of an answer.

use kernel::ids::{AgentId, CustomerId};
use kernel::refusal::Refusal;

use super::SideTurn;

/// The most people outside in one side conversation.
pub const PEOPLE_MAX: usize = 20;
/// The most files of the ticket that go along.
pub const FILES_MAX: usize = 50;
/// The most side conversations beside one ticket.
pub const BESIDE_MAX: usize = 50;
/// The most colleagues of a team who are told.
pub const TOLD_MAX: usize = 200;

/// Refuses people who belong to the ticket: they must never see what is said beside it.
pub fn outsiders(
    field: &str,
    given: &[CustomerId],
    insiders: &[CustomerId],
) -> Result<(), Refusal> {
    if given.iter().any(|person| insiders.contains(person)) {
        let reason = "names somebody who is part of the ticket itself";
        let mend = "answer them on the ticket; a side conversation is for others";
        return Err(Refusal::invalid(field, reason, mend));
    }
    Ok(())
}

/// Whose turn it is after `author` wrote in a conversation among colleagues.
pub fn turn(author: AgentId, owner: AgentId, assignee: Option<AgentId>, asked: bool) -> SideTurn {
    let is_ours = author == owner || assignee == Some(author);
    // Whoever is asked and has the ticket too speaks for those asked.
    if is_ours && !(asked && author != owner) {
        SideTurn::Them
    } else {
        SideTurn::Us
    }
}

/// Who is told of a message, each once and never its author.
pub fn told(
    author: Option<AgentId>,
    turn: SideTurn,
    ours: &[AgentId],
    theirs: &[AgentId],
) -> Vec<AgentId> {
    let side = match turn {
        SideTurn::Us => ours,
        SideTurn::Them => theirs,
    };
    let mut told: Vec<AgentId> = side
        .iter()
        .copied()
        .filter(|agent| Some(*agent) != author)
        .collect();
    told.sort();
    told.dedup();
    told.truncate(TOLD_MAX);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIA: AgentId = AgentId(1);
    const BEN: AgentId = AgentId(2);
    const ZOE: AgentId = AgentId(3);

    #[test]
    fn the_customer_is_no_third_party() {
        let (ana, carrier) = (CustomerId(1), CustomerId(2));
        assert!(outsiders("to", &[carrier], &[ana]).is_ok());
        assert!(outsiders("to", &[carrier, ana], &[ana]).is_err());
    }

    #[test]
    fn turns_pass_between_those_who_ask_and_those_who_are_asked() {
        assert_eq!(turn(MIA, MIA, None, false), SideTurn::Them);
        assert_eq!(turn(ZOE, MIA, Some(ZOE), false), SideTurn::Them);
        assert_eq!(turn(BEN, MIA, Some(ZOE), true), SideTurn::Us);
        assert_eq!(turn(BEN, MIA, Some(BEN), true), SideTurn::Us);
    }

    #[test]
    fn the_others_are_told_once() {
        let ours = [MIA, ZOE, MIA];
        assert_eq!(told(Some(BEN), SideTurn::Us, &ours, &[BEN]), [MIA, ZOE]);
        assert_eq!(told(Some(MIA), SideTurn::Them, &ours, &[BEN]), [BEN]);
        assert_eq!(told(Some(ZOE), SideTurn::Us, &ours, &[]), [MIA]);
    }
}
