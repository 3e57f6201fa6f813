//! What is kept of each ticket, found at once: ids are counters, so a row of places is enough.

use kernel::ids::TicketId;

/// A value for some tickets.
#[derive(Clone, Debug)]
pub struct Cards<T>(Vec<Option<T>>);

impl<T> Default for Cards<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Cards<T> {
    fn place(ticket: TicketId) -> Option<usize> {
        usize::try_from(ticket.0).ok()
    }

    /// The value of a ticket.
    pub fn get(&self, ticket: TicketId) -> Option<&T> {
        self.0.get(Self::place(ticket)?)?.as_ref()
    }

    /// Sets the value of a ticket, or takes it away.
    pub fn set(&mut self, ticket: TicketId, value: Option<T>) {
        let Some(place) = Self::place(ticket) else {
            return;
        };
        if value.is_some() && self.0.len() <= place {
            self.0.resize_with(place + 1, || None);
        }
        if let Some(kept) = self.0.get_mut(place) {
            *kept = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ticket_has_a_place_of_its_own() {
        let mut cards = Cards::default();
        cards.set(TicketId(3), Some("three"));
        cards.set(TicketId(9), None);
        cards.set(TicketId(-1), Some("none"));
        assert_eq!(cards.get(TicketId(3)), Some(&"three"));
        assert_eq!(cards.get(TicketId(2)), None);
        assert_eq!(cards.get(TicketId(900)), None);
        assert_eq!(cards.get(TicketId(-1)), None);
        cards.set(TicketId(3), None);
        assert_eq!(cards.get(TicketId(3)), None);
    }
}
