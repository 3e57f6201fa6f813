//! What an absence may be, and who stands in when.

use std::time::Duration;

use kernel::ids::AgentId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

/// The longest absence.
pub const LENGTH_MAX: Duration = Duration::from_hours(366 * 24);
/// The most absences an agent plans ahead.
pub const PLANNED_MAX: usize = 50;
/// How many stand-ins are passed over because they are away themselves.
pub const HOPS_MAX: usize = 5;

/// Refuses a time that can't be one of absence.
pub fn check(from: Timestamp, to: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if to <= from {
        let mend = "choose a time after the first one";
        return Err(Refusal::invalid("to", "is not after from", mend));
    }
    if to <= now {
        return Err(Refusal::invalid("to", "is over", "choose a time to come"));
    }
    if to > from.plus(LENGTH_MAX) {
        let mend = "plan at most a year";
        return Err(Refusal::invalid("to", "is more than a year later", mend));
    }
    Ok(())
}

/// Where what comes for an agent goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deputy {
    /// They are here.
    Here,
    /// They are away, and nobody stands in who is here.
    Nobody,
    /// They are away, and this colleague stands in.
    StandIn(AgentId),
}

/// The next step on the way from the absent to whoever stands in: `stand_in` is whom the last one
/// named, `passed` are those passed over so far.
pub fn follows(passed: &[AgentId], stand_in: Option<AgentId>) -> Option<AgentId> {
    stand_in.filter(|next| !passed.contains(next) && passed.len() <= HOPS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_has_a_beginning_and_an_end_to_come() {
        let at = |hours: u64| Timestamp::from_micros(0).plus(Duration::from_hours(hours));
        assert!(check(at(1), at(2), at(0)).is_ok());
        assert!(check(at(1), at(2), at(1)).is_ok());
        assert!(check(at(1), at(2), at(2)).is_err());
        assert!(check(at(2), at(2), at(0)).is_err());
        assert!(check(at(1), at(1 + 367 * 24), at(0)).is_err());
    }

    #[test]
    fn stand_ins_who_name_each_other_end() {
        let (mia, ben) = (AgentId(1), AgentId(2));
        assert_eq!(follows(&[mia], Some(ben)), Some(ben));
        assert_eq!(follows(&[mia, ben], Some(mia)), None);
        assert_eq!(follows(&[mia], None), None);
    }
}
