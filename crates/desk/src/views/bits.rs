//! A set of tickets, one bit each: ids are counters, so this is small.

use kernel::ids::TicketId;

const WORD_BITS: i64 = 64;

/// A set of tickets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    fn place(ticket: TicketId) -> Option<(usize, u64)> {
        let word = usize::try_from(ticket.0.div_euclid(WORD_BITS)).ok()?;
        let bit = u32::try_from(ticket.0.rem_euclid(WORD_BITS)).ok()?;
        Some((word, 1 << bit))
    }

    /// Whether the ticket is in it.
    pub fn get(&self, ticket: TicketId) -> bool {
        Self::place(ticket)
            .and_then(|(word, bit)| self.0.get(word).map(|bits| bits & bit != 0))
            .unwrap_or(false)
    }

    /// Puts the ticket in, or takes it out.
    pub fn set(&mut self, ticket: TicketId, on: bool) {
        let Some((word, bit)) = Self::place(ticket) else {
            return;
        };
        if on && self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits = if on { *bits | bit } else { *bits & !bit };
        }
    }

    /// The tickets in it, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = TicketId> + '_ {
        let words = (0_i64..).zip(&self.0).filter(|(_, bits)| **bits != 0);
        words.flat_map(|(word, bits)| {
            let set = (0..WORD_BITS).filter(move |bit| (bits >> bit) & 1 == 1);
            set.map(move |bit| TicketId(word * WORD_BITS + bit))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set(steps in proptest::collection::vec((0..300_i64, any::<bool>()), 0..200)) {
            let mut bits = Bits::default();
            let mut set = BTreeSet::new();
            for (id, on) in steps {
                bits.set(TicketId(id), on);
                if on { set.insert(TicketId(id)) } else { set.remove(&TicketId(id)) };
            }
            prop_assert_eq!(bits.iter().collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
        }
    }
}
