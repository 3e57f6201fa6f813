//! Which steps a delivery may take.

use kernel::refusal::Refusal;

use super::DeliveryState::{self, Accepted, Claimed, Queued, Refused, Uncertain};

/// Whether the sending room may move a delivery so.
pub fn may_move(from: DeliveryState, to: DeliveryState) -> bool {
    matches!(
        (from, to),
        (Queued, Claimed | Refused)
            | (Claimed, Queued | Accepted | Refused | Uncertain)
            // A report or the Sent folder tells later what happened.
            | (Uncertain, Accepted | Refused)
            | (Accepted, Refused)
    )
}

/// Whether a person must look at a delivery that came to `state`.
pub fn needs_attention(state: DeliveryState) -> bool {
    matches!(state, Refused | Uncertain)
}

/// Whether a person may have it sent once more.
pub fn retry(state: DeliveryState) -> Result<(), Refusal> {
    decided(
        state,
        "Only a refused or an uncertain delivery can be sent again.",
    )
}

/// Whether a person may say what became of it.
pub fn settle(state: DeliveryState, to: DeliveryState) -> Result<(), Refusal> {
    if !matches!(to, Accepted | Refused) {
        return Err(Refusal::invalid(
            "as",
            "is not an outcome",
            "say accepted or refused",
        ));
    }
    decided(
        state,
        "Only a refused or an uncertain delivery can be settled by hand.",
    )
}

fn decided(state: DeliveryState, detail: &str) -> Result<(), Refusal> {
    if matches!(state, Refused | Uncertain) {
        return Ok(());
    }
    Err(Refusal::conflict("delivery_under_way", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_sent_is_never_queued_again_by_a_machine() {
        for from in [Accepted, Refused, Uncertain] {
            assert!(
                !may_move(from, Queued) && !may_move(from, Claimed),
                "{from:?}"
            );
        }
        assert!(may_move(Claimed, Queued));
    }

    #[test]
    fn only_a_person_decides_about_refused_and_uncertain_ones() {
        for &state in DeliveryState::ALL {
            let open = matches!(state, Refused | Uncertain);
            assert_eq!(retry(state).is_ok(), open);
            assert_eq!(settle(state, Accepted).is_ok(), open);
            assert_eq!(needs_attention(state), open);
            assert!(settle(state, Queued).is_err());
        }
    }
}
