//! Who may choose which state, and when somebody is gone.

use std::time::Duration;

use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{AgentState, StateRow};
use crate::tickets::{Direction, Place, Status, Ticket};

/// An agent whose last screen is gone for this long is offline.
pub const GONE_AFTER: Duration = Duration::from_secs(5 * 60);
/// How often a screen that is there is written down.
pub const SEEN_EVERY: Duration = Duration::from_secs(60);
/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 120;

/// A reason as it is kept; nothing when nothing was said.
pub fn reason(given: Option<&str>) -> Result<Option<String>, Refusal> {
    let text = given.unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > REASON_CHARS_MAX || text.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            "reason",
            "is too long or holds control characters",
            format!("say it in at most {REASON_CHARS_MAX} plain characters"),
        ));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// What a lead may choose for a colleague: anything but work.
pub fn by_lead(state: AgentState) -> Result<(), Refusal> {
    if state != AgentState::Available {
        return Ok(());
    }
    Err(Refusal::invalid(
        "state",
        "makes a colleague available, which only they can do",
        "ask them, or choose another state",
    ))
}

/// Whether an agent's last screen is gone for good.
pub fn is_gone(row: &StateRow, now: Timestamp) -> bool {
    row.state != AgentState::Offline && now >= row.seen_at.plus(GONE_AFTER)
}

/// Whether a ticket of somebody who goes home goes back to its queue: the customer waits for an
/// answer. What waits for the customer, or for others, stays with who knows it.
pub fn returns(ticket: &Ticket) -> bool {
    ticket.place == Place::Desk
        && ticket.team.is_some()
        && ticket.snoozed_until.is_none()
        && matches!(ticket.status, Status::New | Status::Open)
        && ticket.last_direction != Direction::Out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::states::StateCause;

    #[test]
    fn reasons_are_tidied_and_have_an_end() {
        assert_eq!(reason(None).unwrap(), None);
        assert_eq!(reason(Some("  ")).unwrap(), None);
        assert_eq!(
            reason(Some(" Late \n lunch")).unwrap().as_deref(),
            Some("Late lunch")
        );
        assert!(reason(Some(&"x".repeat(REASON_CHARS_MAX + 1))).is_err());
        assert!(reason(Some("a\u{7}b")).is_err());
    }

    #[test]
    fn nobody_is_made_available_by_somebody_else() {
        for state in AgentState::ALL {
            assert_eq!(
                by_lead(*state).is_err(),
                *state == AgentState::Available,
                "{state:?}"
            );
        }
    }

    #[test]
    fn gone_is_after_five_minutes_and_only_for_those_at_work() {
        let at = Timestamp::from_micros(0);
        let row = |state| StateRow {
            state,
            cause: StateCause::Chosen,
            reason: None,
            set_by: None,
            since: at,
            seen_at: at,
            version: 1,
        };
        let almost = at.plus(GONE_AFTER).minus(Duration::from_secs(1));
        assert!(!is_gone(&row(AgentState::Available), almost));
        assert!(is_gone(&row(AgentState::Available), at.plus(GONE_AFTER)));
        assert!(!is_gone(&row(AgentState::Offline), at.plus(GONE_AFTER)));
    }
}
