//! What one agent and one socket may use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::ids::AgentId;
use kernel::time::Timestamp;

/// Most sockets of one agent on one node.
pub const SOCKETS_PER_AGENT_MAX: usize = 20;
/// Messages a socket may send at once.
const BURST_MAX: u32 = 40;
/// One more message is allowed for each such span.
const MESSAGE_EVERY: Duration = Duration::from_millis(100);

/// How many sockets each agent has open.
#[derive(Clone, Default)]
pub struct Sockets(Arc<Mutex<HashMap<AgentId, usize>>>);

/// One socket's place among its agent's; given back when dropped.
pub struct Place {
    sockets: Sockets,
    agent: AgentId,
}

impl Sockets {
    /// A place for one more socket, if there is one.
    pub fn take(&self, agent: AgentId) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(agent).or_insert(0);
        if *count >= SOCKETS_PER_AGENT_MAX {
            return None;
        }
        *count += 1;
        Some(Place {
            sockets: self.clone(),
            agent,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self
            .sockets
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.agent) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.agent);
            }
        }
    }
}

/// The pace of one socket's messages.
pub struct Pace {
    left: u32,
    since: Timestamp,
}

impl Pace {
    /// A socket that has sent nothing yet.
    pub fn new(now: Timestamp) -> Self {
        Self {
            left: BURST_MAX,
            since: now,
        }
    }

    /// Whether one more message is within the pace.
    pub fn allows(&mut self, now: Timestamp) -> bool {
        let earned = now.since(self.since).as_millis() / MESSAGE_EVERY.as_millis();
        if let Ok(earned) = u32::try_from(earned)
            && earned > 0
        {
            self.left = self.left.saturating_add(earned).min(BURST_MAX);
            self.since = now;
        }
        self.left
            .checked_sub(1)
            .map(|left| self.left = left)
            .is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_and_given_back() {
        let sockets = Sockets::default();
        let mut places: Vec<_> = (0..SOCKETS_PER_AGENT_MAX)
            .map(|_| sockets.take(AgentId(1)).expect("a place"))
            .collect();
        assert!(sockets.take(AgentId(1)).is_none());
        assert!(sockets.take(AgentId(2)).is_some());
        places.pop();
        assert!(sockets.take(AgentId(1)).is_some());
    }

    #[test]
    fn a_burst_is_allowed_and_then_the_pace_holds() {
        let start = Timestamp::from_micros(0);
        let mut pace = Pace::new(start);
        assert_eq!((0..100).filter(|_| pace.allows(start)).count(), 40);
        let later = start.plus(Duration::from_millis(250));
        assert_eq!((0..100).filter(|_| pace.allows(later)).count(), 2);
    }
}
