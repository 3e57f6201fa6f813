//! Links that people make between tickets, and what they ask of both.
//!
//! Two tickets have one link, seen from both. An incident has one problem and a part belongs to one
//! ticket, so that solving and looking up never have to choose. What comes about by itself (a
//! follow-up, a side conversation, a split) tells how a ticket came to be, and stays.

use kernel::ids::TicketId;
use kernel::journal::{Record, RecordType};
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{LinkKind, Place, Status, Ticket, TicketType};

/// The most links of a ticket.
pub const LINKS_MAX: usize = 1_000;
/// How far up the tickets that others belong to are followed.
pub const PARENTS_MAX: usize = 32;

/// Somebody linked two tickets; each of them has its own record.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketLinked {
    /// The other ticket.
    pub other: TicketId,
    /// What the other is to this one.
    pub link: LinkKind,
}

/// Somebody ended the link of two tickets; each of them has its own record.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketUnlinked {
    /// The other ticket.
    pub other: TicketId,
    /// What the other was to this one.
    pub link: LinkKind,
}

impl Record for TicketLinked {
    const KIND: &'static str = "ticket.linked";
}

impl Record for TicketUnlinked {
    const KIND: &'static str = "ticket.unlinked";
}

/// Every kind of record about links.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<TicketLinked>(),
    RecordType::of::<TicketUnlinked>(),
];

/// A ticket that belongs to another, as far as links look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// The number.
    pub id: TicketId,
    /// What it is about.
    pub subject: String,
    /// What it is to the other.
    pub kind: LinkKind,
    /// How far the work is.
    pub status: Status,
    /// Where it lies.
    pub place: Place,
}

/// Whether people make and end links of this kind.
pub const fn is_by_hand(kind: LinkKind) -> bool {
    match kind {
        LinkKind::Related
        | LinkKind::Child
        | LinkKind::Parent
        | LinkKind::Duplicate
        | LinkKind::Original
        | LinkKind::Incident
        | LinkKind::Problem => true,
        LinkKind::Followup | LinkKind::Forward | LinkKind::Side | LinkKind::Split => false,
    }
}

/// Refuses a link that no two tickets can have.
pub fn check(one: TicketId, other: TicketId, kind: LinkKind) -> Result<(), Refusal> {
    if one == other {
        let mend = "name another ticket";
        return Err(Refusal::invalid("ticket_id", "is this ticket itself", mend));
    }
    if !is_by_hand(kind) {
        let mend = "link as related, child, parent, duplicate, original, incident or problem";
        return Err(Refusal::invalid("kind", "comes about by itself", mend));
    }
    Ok(())
}

/// What is to be done to link two tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// They are linked in this way already.
    Nothing,
    /// They get this link.
    Link,
    /// They have another link, which goes.
    Replace,
}

/// Whether a ticket with these `links` may get one to `other`, and how; `kind` is what the other
/// becomes to it.
pub fn decide(links: &[Linked], other: TicketId, kind: LinkKind) -> Result<Step, Refusal> {
    let there = links.iter().find(|it| it.id == other);
    match there {
        Some(there) if there.kind == kind => return Ok(Step::Nothing),
        Some(there) if !is_by_hand(there.kind) => {
            let detail = format!("These tickets are linked already, by how #{other} came to be.");
            return Err(Refusal::conflict("linked_already", detail));
        }
        _ => {}
    }
    // One problem, one ticket that it is a part of.
    let single = matches!(kind, LinkKind::Problem | LinkKind::Parent);
    if let Some(first) = links
        .iter()
        .find(|it| single && it.kind == kind && it.id != other)
    {
        let detail = format!("It has one already: #{}. End that link first.", first.id);
        return Err(Refusal::conflict("linked_already", detail));
    }
    if there.is_none() && links.len() >= LINKS_MAX {
        let detail = "A ticket has at most 1,000 links. End some first.";
        return Err(Refusal::conflict("too_many", detail));
    }
    Ok(match there {
        Some(_) => Step::Replace,
        None => Step::Link,
    })
}

/// The types that a problem and a case of it get; what nobody has chosen yet follows from the link.
pub fn types(
    problem: &Ticket,
    incident: &Ticket,
) -> Result<(Option<TicketType>, Option<TicketType>), Refusal> {
    let (cause, case) = (problem.ticket_type, incident.ticket_type);
    if !matches!(cause, None | Some(TicketType::Problem)) {
        let detail = format!(
            "#{} is no problem. Set its type to problem first.",
            problem.id
        );
        return Err(Refusal::conflict("not_a_problem", detail));
    }
    if case == Some(TicketType::Problem) {
        let detail = format!(
            "#{} is a problem itself. Link the two as related, or change its type.",
            incident.id
        );
        return Err(Refusal::conflict("not_an_incident", detail));
    }
    Ok((
        cause.or(Some(TicketType::Problem)),
        case.or(Some(TicketType::Incident)),
    ))
}

/// Refuses to link a ticket that carries a side conversation: it belongs beside one ticket only.
pub fn may_be_linked(ticket: &Ticket) -> Result<(), Refusal> {
    if ticket.place != Place::Side {
        return Ok(());
    }
    let detail = format!(
        "#{} carries a side conversation of another ticket.",
        ticket.id
    );
    Err(Refusal::conflict("side_conversation", detail))
}

/// The refusal of a ticket that would be a part of itself.
pub fn in_a_circle(other: TicketId) -> Refusal {
    let detail = format!("#{other} is a part of this ticket already, at some remove.");
    Refusal::conflict("linked_in_a_circle", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(id: i64, kind: LinkKind) -> Linked {
        Linked {
            id: TicketId(id),
            subject: String::new(),
            kind,
            status: Status::Open,
            place: Place::Desk,
        }
    }

    #[test]
    fn a_link_is_between_two_and_made_by_people() {
        let (one, two) = (TicketId(1), TicketId(2));
        for &kind in LinkKind::ALL {
            assert!(check(one, one, kind).is_err());
            assert_eq!(check(one, two, kind).is_ok(), is_by_hand(kind));
            // Whoever may make it from here may make it from there.
            assert_eq!(is_by_hand(kind), is_by_hand(kind.seen_from_the_other()));
        }
    }

    #[test]
    fn two_tickets_have_one_link_and_an_incident_one_problem() {
        let links = [to(2, LinkKind::Problem), to(3, LinkKind::Followup)];
        let step = |id, kind| decide(&links, TicketId(id), kind);
        assert_eq!(step(2, LinkKind::Problem).unwrap(), Step::Nothing);
        assert_eq!(step(2, LinkKind::Related).unwrap(), Step::Replace);
        assert_eq!(step(4, LinkKind::Incident).unwrap(), Step::Link);
        assert!(step(4, LinkKind::Problem).is_err());
        assert!(step(3, LinkKind::Related).is_err());
    }
}
