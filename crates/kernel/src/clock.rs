//! Time as an argument: the system's clock in production, one moved by hand in tests.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::time::Timestamp;

/// Tells the time and waits for it; cloned freely.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<watch::Sender<Timestamp>>),
}

/// The hand that moves a manual [`Clock`].
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<watch::Sender<Timestamp>>);

/// A sleep is cut into pieces of this length, so that a changed system clock is noticed.
const SLEEP_PIECE: Duration = Duration::from_secs(60);

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until it is moved.
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let sender = Arc::new(watch::Sender::new(start));
        (Self(Source::Manual(sender.clone())), ManualClock(sender))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place that reads the clock"
            )]
            Source::System => Timestamp::from_jiff(jiff::Timestamp::now()),
            Source::Manual(sender) => *sender.borrow(),
        }
    }

    /// Returns once the clock shows `at` or later.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.0 {
            Source::System => {
                while self.now() < at {
                    tokio::time::sleep(at.since(self.now()).min(SLEEP_PIECE)).await;
                }
            }
            Source::Manual(sender) => {
                let mut moved = sender.subscribe();
                // The sender lives in `self`, so waiting can't fail.
                let _ = moved.wait_for(|now| *now >= at).await;
            }
        }
    }
}

impl ManualClock {
    /// Moves the clock forward.
    pub fn advance(&self, span: Duration) {
        self.0.send_modify(|now| *now = now.plus(span));
    }

    /// The time the clock shows.
    pub fn now(&self) -> Timestamp {
        *self.0.borrow()
    }
}
