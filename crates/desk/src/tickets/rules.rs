//! What may happen to a ticket, decided without looking at anything but the arguments.

use std::time::Duration;

use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{Place, Shelf, Status, Ticket};

/// The longest subject, in characters.
pub const SUBJECT_CHARS_MAX: usize = 500;
/// The most tags of a ticket.
pub const TAGS_MAX: usize = 50;
/// The most people in copy.
pub const CC_MAX: usize = 50;
/// How long a ticket lies in the trash before it is purged.
pub const TRASH_KEPT: Duration = Duration::from_hours(30 * 24);
/// The longest time a ticket can be put off.
pub const SNOOZE_MAX: Duration = Duration::from_hours(2 * 366 * 24);

/// The list a ticket belongs to.
pub fn shelf(place: Place, status: Status, snoozed: bool) -> Shelf {
    match (place, status) {
        (Place::Spam, _) => Shelf::Spam,
        (Place::Trash, _) => Shelf::Trash,
        (Place::Bulk, _) => Shelf::Bulk,
        (Place::Side, _) => Shelf::Side,
        (Place::Merged, _) => Shelf::Merged,
        (Place::Desk, Status::Solved | Status::Closed) => Shelf::Solved,
        (Place::Desk, _) if snoozed => Shelf::Snoozed,
        (Place::Desk, _) => Shelf::Open,
    }
}

/// Whether an agent may set `to` on a ticket that is `from`.
pub fn set_status(from: Status, to: Status) -> Result<(), Refusal> {
    if from == to {
        return Ok(());
    }
    match (from, to) {
        (Status::Closed, _) => Err(closed()),
        (_, Status::New) => Err(Refusal::invalid(
            "status",
            "a ticket is new only until someone deals with it",
            "set open, pending, on_hold, solved or closed",
        )),
        _ => Ok(()),
    }
}

/// Whether going from one status to another ends the work.
pub fn solves(from: Status, to: Status) -> bool {
    let done = |it| matches!(it, Status::Solved | Status::Closed);
    done(to) && !done(from)
}

/// The refusal of everything that would move a closed ticket.
pub fn closed() -> Refusal {
    Refusal::Conflict {
        code: "ticket_closed",
        detail: "This ticket is closed for good; start a follow-up instead.".to_owned(),
    }
}

/// The status after an agent first deals with a ticket.
pub fn touched(status: Status) -> Status {
    if status == Status::New {
        Status::Open
    } else {
        status
    }
}

/// Whether an agent may lay a ticket elsewhere: what carries a side conversation stays beside its
/// ticket, and nothing else comes there.
pub fn may_move(from: Place, to: Place) -> Result<(), Refusal> {
    if from == to || (from != Place::Side && to != Place::Side) {
        return Ok(());
    }
    let detail = "What carries a side conversation stays beside its ticket. End it there instead.";
    Err(Refusal::conflict("side_conversation", detail))
}

/// What a customer's message does to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It goes on the ticket, which gets this status and place and wakes when `wakes`.
    Joins {
        /// The status after it.
        status: Status,
        /// The place after it.
        place: Place,
        /// Whether a snooze ends.
        wakes: bool,
    },
    /// The ticket is closed: the message begins a new one, linked to it.
    FollowsUp,
}

/// What a customer's message does to a ticket; an automatic one (out of office) moves nothing.
pub fn arrive(status: Status, place: Place, automatic: bool) -> Arrival {
    match status {
        Status::Closed => Arrival::FollowsUp,
        _ if automatic => Arrival::Joins {
            status,
            place,
            wakes: false,
        },
        _ => {
            let status = if status == Status::New {
                Status::New
            } else {
                Status::Open
            };
            // A contact that reached us must be seen; what was called spam stays so.
            let place = match place {
                Place::Trash | Place::Bulk => Place::Desk,
                Place::Desk | Place::Spam | Place::Side | Place::Merged => place,
            };
            Arrival::Joins {
                status,
                place,
                wakes: true,
            }
        }
    }
}

/// Whether a ticket may be put off until `until`.
pub fn snooze(ticket: &Ticket, until: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if matches!(ticket.status, Status::Solved | Status::Closed) || ticket.place != Place::Desk {
        return Err(Refusal::Conflict {
            code: "not_open",
            detail: "Only a ticket with work to do can be put off.".to_owned(),
        });
    }
    if until <= now || until > now.plus(SNOOZE_MAX) {
        let mend = "choose a time within the next two years";
        return Err(Refusal::invalid(
            "snoozed_until",
            "is not a time to come",
            mend,
        ));
    }
    Ok(())
}

/// `text` as a subject: one line, and something to click when it is empty.
pub fn clean_subject(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let joined = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    joined.chars().take(SUBJECT_CHARS_MAX).collect()
}

/// The subject that an agent wrote, or why it can't be one.
pub fn check_subject(text: &str) -> Result<String, Refusal> {
    let subject = clean_subject(text);
    if subject.is_empty() {
        return Err(Refusal::invalid(
            "subject",
            "is empty",
            "say what it is about",
        ));
    }
    if text.chars().count() > SUBJECT_CHARS_MAX {
        return Err(Refusal::invalid(
            "subject",
            "is too long",
            "keep it under 500 characters",
        ));
    }
    Ok(subject)
}

/// Whether the ticket is unread for an agent.
///
/// `read` is the number the agent has read through, or -1 when they marked it unread. What an agent
/// wrote last, they have read.
pub fn unread(ticket: &Ticket, agent: kernel::ids::AgentId, read: Option<i64>) -> bool {
    match read {
        Some(-1) => true,
        read => ticket.last_agent != Some(agent) && ticket.last_number > read.unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shelf_follows_from_place_status_and_snooze() {
        for &status in Status::ALL {
            for snoozed in [false, true] {
                assert_eq!(shelf(Place::Spam, status, snoozed), Shelf::Spam);
                assert_eq!(shelf(Place::Trash, status, snoozed), Shelf::Trash);
                assert_eq!(shelf(Place::Bulk, status, snoozed), Shelf::Bulk);
                let done = matches!(status, Status::Solved | Status::Closed);
                let expected = match (done, snoozed) {
                    (true, _) => Shelf::Solved,
                    (false, true) => Shelf::Snoozed,
                    (false, false) => Shelf::Open,
                };
                assert_eq!(shelf(Place::Desk, status, snoozed), expected);
            }
        }
    }

    #[test]
    fn closed_is_for_good_and_nothing_becomes_new_again() {
        for &to in Status::ALL {
            assert_eq!(set_status(Status::Closed, to).is_ok(), to == Status::Closed);
        }
        for &from in Status::ALL {
            assert_eq!(set_status(from, Status::New).is_ok(), from == Status::New);
        }
        assert!(set_status(Status::Solved, Status::Open).is_ok());
    }

    #[test]
    fn a_customers_answer_reopens_and_wakes() {
        for status in [
            Status::Open,
            Status::Pending,
            Status::OnHold,
            Status::Solved,
        ] {
            assert_eq!(
                arrive(status, Place::Desk, false),
                Arrival::Joins {
                    status: Status::Open,
                    place: Place::Desk,
                    wakes: true
                }
            );
        }
        assert_eq!(
            arrive(Status::New, Place::Desk, false),
            Arrival::Joins {
                status: Status::New,
                place: Place::Desk,
                wakes: true
            }
        );
    }

    #[test]
    fn a_closed_ticket_gets_a_follow_up_even_from_a_robot() {
        assert_eq!(
            arrive(Status::Closed, Place::Desk, false),
            Arrival::FollowsUp
        );
        assert_eq!(
            arrive(Status::Closed, Place::Desk, true),
            Arrival::FollowsUp
        );
    }

    #[test]
    fn an_automatic_answer_moves_nothing() {
        assert_eq!(
            arrive(Status::Solved, Place::Trash, true),
            Arrival::Joins {
                status: Status::Solved,
                place: Place::Trash,
                wakes: false
            }
        );
    }

    #[test]
    fn a_customer_who_writes_again_is_taken_out_of_the_trash_but_not_out_of_spam() {
        let place = |place| match arrive(Status::Open, place, false) {
            Arrival::Joins { place, .. } => place,
            Arrival::FollowsUp => panic!("an open ticket takes the message"),
        };
        assert_eq!(place(Place::Trash), Place::Desk);
        assert_eq!(place(Place::Spam), Place::Spam);
    }

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(clean_subject(" Re:\r\n  order\t42 "), "Re: order 42");
        assert!(check_subject(" \n").is_err());
        assert!(check_subject(&"x".repeat(501)).is_err());
        assert_eq!(clean_subject(&"x".repeat(900)).len(), SUBJECT_CHARS_MAX);
    }
}
