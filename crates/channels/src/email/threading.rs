//! Where a received mail belongs. Pure.
//!
//! Two things lead to a ticket: our signed token, and the mails it answers. Neither is enough:
//! the sender must belong to the ticket. A stranger who holds a token or guesses an id opens a
//! ticket of their own, linked to the one they pointed at. The subject never decides.

use kernel::ids::TicketId;

/// A ticket that something in the mail points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The ticket.
    pub ticket: TicketId,
    /// Whether the sender is its requester or in copy.
    pub sender_belongs: bool,
}

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// It joins this ticket.
    Append(TicketId),
    /// It opens a ticket linked to this one.
    Linked(TicketId),
    /// It opens a ticket.
    New,
}

/// Decides by the token first, then by the answered mails, nearest first.
pub fn destination(by_token: Option<Candidate>, by_references: &[Candidate]) -> Destination {
    let candidates = || by_token.iter().chain(by_references);
    let own = candidates().find(|candidate| candidate.sender_belongs);
    match (own, candidates().next()) {
        (Some(own), _) => Destination::Append(own.ticket),
        (None, Some(other)) => Destination::Linked(other.ticket),
        (None, None) => Destination::New,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ticket: i64, sender_belongs: bool) -> Candidate {
        Candidate {
            ticket: TicketId(ticket),
            sender_belongs,
        }
    }

    #[test]
    fn only_those_who_belong_join() {
        use Destination::{Append, Linked, New};
        let ticket = TicketId;
        for (by_token, by_references, expected) in [
            (None, vec![], New),
            (Some(at(1, true)), vec![], Append(ticket(1))),
            (Some(at(1, false)), vec![], Linked(ticket(1))),
            (None, vec![at(2, true), at(3, true)], Append(ticket(2))),
            (None, vec![at(2, false)], Linked(ticket(2))),
            (None, vec![at(2, false), at(3, true)], Append(ticket(3))),
            (Some(at(1, true)), vec![at(2, true)], Append(ticket(1))),
            (Some(at(1, false)), vec![at(2, true)], Append(ticket(2))),
        ] {
            assert_eq!(destination(by_token, &by_references), expected);
        }
    }
}
