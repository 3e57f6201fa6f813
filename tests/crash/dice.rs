//! Decisions by seed.

use kernel::random::Random;

/// What is decided depends on the seed, the question and its number alone, never on the order in
/// which things happen to be asked: so a run decides the same again although its timing differs.
#[derive(Clone, Copy)]
pub struct Dice {
    seed: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A number below `limit`.
    pub fn roll(&self, question: &str, number: u64, limit: u64) -> u64 {
        self.stream(question, number).below(limit)
    }

    /// As many numbers as needed for one question.
    pub fn stream(&self, question: &str, number: u64) -> Random {
        // FNV-1a: enough to keep the questions apart.
        let bytes = self.seed.to_be_bytes().into_iter();
        let bytes = bytes.chain(question.bytes()).chain(number.to_be_bytes());
        let mixed = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Random::seeded(mixed)
    }

    /// True in `percent` of cases.
    pub fn chance(&self, question: &str, number: u64, percent: u64) -> bool {
        self.roll(question, number, 100) < percent
    }
}
