//! Where a received mail belongs. Pure.
//!
//! Three things lead to a ticket: our signed token, the mails of ours it answers, and the
//! customer's own earlier mails. None is enough: the sender must belong to the ticket, and a
//! sender we doubt needs the token that we made for them. Everybody else opens a ticket of their
//! own, linked to the one they pointed at. The subject never decides.

use desk::messages::senders::{SenderCheck, Standing, StandingReason};
use kernel::ids::TicketId;

/// How far the sender may be believed when a ticket is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// Their domain proves it, or never did: membership decides.
    Open,
    /// Their domain usually proves it and could not be asked: they must hold something that only
    /// those have whom we wrote to.
    Guarded,
    /// They fail what their domain usually passes: only their own token counts.
    Doubted,
}

impl Belief {
    /// The belief in a sender whose domain has proved mail before, or not.
    pub fn in_sender(check: &SenderCheck, proven_before: bool) -> Belief {
        let unreachable = check.reason == StandingReason::Unreachable;
        match check.standing {
            Standing::Doubted => Belief::Doubted,
            Standing::Unchecked if unreachable && proven_before => Belief::Guarded,
            // History is not examined: its domains' keys are long gone.
            Standing::Verified | Standing::Forwarded | Standing::Unproven | Standing::Unchecked => {
                Belief::Open
            }
        }
    }
}

/// What in a mail points at a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A token that we made for the sender.
    OwnToken,
    /// A token that we made for somebody else.
    OtherToken,
    /// The Message-ID of a mail of ours, which nobody can guess.
    OurMail,
    /// The Message-ID of a mail we received, which whoever else got it knows.
    TheirMail,
}

/// A ticket that something in the mail points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The ticket.
    pub ticket: TicketId,
    /// What points at it.
    pub evidence: Evidence,
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

/// Decides over the candidates, the strongest first: tokens, then the answered mails from the
/// nearest on.
pub fn destination(belief: Belief, candidates: &[Candidate]) -> Destination {
    let own = candidates.iter().find(|candidate| joins(belief, candidate));
    match (own, candidates.first()) {
        (Some(own), _) => Destination::Append(own.ticket),
        (None, Some(other)) => Destination::Linked(other.ticket),
        (None, None) => Destination::New,
    }
}

fn joins(belief: Belief, candidate: &Candidate) -> bool {
    candidate.sender_belongs
        && match belief {
            Belief::Open => true,
            Belief::Guarded => candidate.evidence != Evidence::TheirMail,
            Belief::Doubted => candidate.evidence == Evidence::OwnToken,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Evidence::{OtherToken, OurMail, OwnToken, TheirMail};

    fn at(ticket: i64, evidence: Evidence, sender_belongs: bool) -> Candidate {
        Candidate {
            ticket: TicketId(ticket),
            evidence,
            sender_belongs,
        }
    }

    #[test]
    fn only_those_who_belong_join() {
        use Destination::{Append, Linked, New};
        let ticket = TicketId;
        for (candidates, expected) in [
            (vec![], New),
            (vec![at(1, OwnToken, true)], Append(ticket(1))),
            (vec![at(1, OtherToken, false)], Linked(ticket(1))),
            (
                vec![at(2, OurMail, true), at(3, OurMail, true)],
                Append(ticket(2)),
            ),
            (vec![at(2, OurMail, false)], Linked(ticket(2))),
            (
                vec![at(2, OurMail, false), at(3, TheirMail, true)],
                Append(ticket(3)),
            ),
            (
                vec![at(1, OwnToken, true), at(2, OurMail, true)],
                Append(ticket(1)),
            ),
            (
                vec![at(1, OtherToken, false), at(2, OurMail, true)],
                Append(ticket(2)),
            ),
        ] {
            assert_eq!(destination(Belief::Open, &candidates), expected);
        }
    }

    /// The whole table: belief × membership × evidence.
    #[test]
    fn belief_decides_which_evidence_counts() {
        for (belief, counts) in [
            (Belief::Open, [true, true, true, true]),
            (Belief::Guarded, [true, true, true, false]),
            (Belief::Doubted, [true, false, false, false]),
        ] {
            let kinds = [OwnToken, OtherToken, OurMail, TheirMail];
            for (evidence, joins) in kinds.into_iter().zip(counts) {
                let found = destination(belief, &[at(1, evidence, true)]);
                let expected = if joins {
                    Destination::Append(TicketId(1))
                } else {
                    Destination::Linked(TicketId(1))
                };
                assert_eq!(found, expected, "{belief:?} {evidence:?}");
                let stranger = destination(belief, &[at(1, evidence, false)]);
                assert_eq!(stranger, Destination::Linked(TicketId(1)));
            }
        }
    }

    #[test]
    fn belief_follows_from_the_check_and_the_past() {
        let check = |standing| SenderCheck {
            standing,
            reason: StandingReason::Unreachable,
            ..SenderCheck::not_examined()
        };
        for (standing, before, expected) in [
            (Standing::Verified, true, Belief::Open),
            (Standing::Forwarded, true, Belief::Open),
            (Standing::Unproven, false, Belief::Open),
            (Standing::Unchecked, false, Belief::Open),
            (Standing::Unchecked, true, Belief::Guarded),
            (Standing::Doubted, true, Belief::Doubted),
            (Standing::Doubted, false, Belief::Doubted),
        ] {
            assert_eq!(Belief::in_sender(&check(standing), before), expected);
        }
        let history = SenderCheck::not_examined();
        assert_eq!(Belief::in_sender(&history, true), Belief::Open);
    }
}
