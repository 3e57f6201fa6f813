//! Which tickets may be merged, brought back and split, decided without looking further.

use kernel::ids::TicketId;
use kernel::refusal::Refusal;

use crate::messages::{Message, MessageState};
use crate::tickets::{Place, Status, Ticket};

/// The most tickets merged into one at once.
pub const SOURCES_MAX: usize = 20;
/// The most messages picked at once, for splitting or for going along.
pub const PICKED_MAX: usize = 100;
/// The longest chain of merges that is followed.
pub const CHAIN_MAX: usize = 32;

/// The code of [`merged`].
pub const MERGED: &str = "ticket_merged";

/// The refusal of everything that would change a merged ticket.
pub fn merged(id: TicketId, survivor: TicketId) -> Refusal {
    Refusal::conflict(
        MERGED,
        format!("#{id} was merged into #{survivor}; go on there, or bring it back first."),
    )
}

/// Refuses a list of tickets that can't go into `survivor`.
pub fn check_sources(survivor: TicketId, sources: &[TicketId]) -> Result<(), Refusal> {
    if sources.is_empty() || sources.len() > SOURCES_MAX {
        let mend = format!("name 1 to {SOURCES_MAX} tickets");
        return Err(Refusal::invalid("sources", "does not fit", mend));
    }
    if sources.contains(&survivor) {
        return Err(Refusal::invalid(
            "sources",
            format!("names #{survivor} itself"),
            "choose other tickets to merge into it",
        ));
    }
    let mut once = sources.to_vec();
    once.sort();
    once.dedup();
    if once.len() < sources.len() {
        let mend = "name each ticket once";
        return Err(Refusal::invalid("sources", "names a ticket twice", mend));
    }
    Ok(())
}

/// Whether a ticket may take part in a merge as it stands.
pub fn may_merge(ticket: &Ticket) -> Result<(), Refusal> {
    let id = ticket.id;
    match (ticket.place, ticket.status) {
        (Place::Desk, Status::Closed) => Err(Refusal::conflict(
            "ticket_closed",
            format!("#{id} is closed for good and can't be merged; link it instead."),
        )),
        (Place::Desk, _) => Ok(()),
        _ => Err(Refusal::conflict(
            "not_on_desk",
            format!("#{id} does not lie on the desk; put it back there first."),
        )),
    }
}

/// The survivor's status: work that waits in what it takes in must not be hidden.
pub fn status_after(survivor: Status, source: Status) -> Status {
    match (survivor, source) {
        (Status::Pending | Status::OnHold | Status::Solved, Status::New | Status::Open) => {
            Status::Open
        }
        (Status::Solved, Status::Pending | Status::OnHold) => source,
        _ => survivor,
    }
}

/// Refuses numbers that no choice of messages can have.
pub fn check_picked(field: &str, numbers: &[i64]) -> Result<(), Refusal> {
    let mut once = numbers.to_vec();
    once.sort_unstable();
    once.dedup();
    if once.len() < numbers.len() {
        let mend = "name each message once";
        return Err(Refusal::invalid(field, "names a message twice", mend));
    }
    if numbers.len() > PICKED_MAX {
        let mend = format!("pick at most {PICKED_MAX} messages");
        return Err(Refusal::invalid(field, "is too long", mend));
    }
    Ok(())
}

/// Refuses a message that is not ready to move to another ticket.
pub fn may_move(message: &Message) -> Result<(), Refusal> {
    match message.state {
        Some(MessageState::Cancelled) => Err(Refusal::NotFound { what: "message" }),
        Some(MessageState::Scheduled) => Err(Refusal::conflict(
            "on_its_way",
            "One of the messages is just being sent; wait a moment, or take it back first.",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_never_goes_into_itself_or_twice() {
        let ids = |list: &[i64]| list.iter().copied().map(TicketId).collect::<Vec<_>>();
        assert!(check_sources(TicketId(1), &ids(&[2, 3])).is_ok());
        for wrong in [&[][..], &[1], &[2, 1], &[2, 2]] {
            assert!(
                check_sources(TicketId(1), &ids(wrong)).is_err(),
                "{wrong:?}"
            );
        }
        let many: Vec<TicketId> = (2..23).map(TicketId).collect();
        assert!(check_sources(TicketId(1), &many).is_err());
        assert!(check_sources(TicketId(1), &many[1..]).is_ok());
    }

    #[test]
    fn waiting_work_is_never_hidden() {
        use Status::{New, OnHold, Open, Pending, Solved};
        for (survivor, source, after) in [
            (New, Open, New),
            (Open, Solved, Open),
            (Pending, Open, Open),
            (Solved, New, Open),
            (Solved, OnHold, OnHold),
            (OnHold, Pending, OnHold),
            (Solved, Solved, Solved),
        ] {
            assert_eq!(status_after(survivor, source), after);
        }
    }
}
