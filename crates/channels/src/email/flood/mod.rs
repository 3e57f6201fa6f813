//! Limits on what one sender can stir up, so that two programs that answer each other fall silent
//! after a few rounds.
//!
//! Nothing is lost: mail over a limit is kept, but gathered on one ticket for a sender, inbox and
//! day, and nobody is told after the first. Nothing automatic ever goes to a sender over a limit.
//! Lists, newsletters and programs' reports are gathered likewise, beside the desk.
//!
//! Two mails of one sender wait for each other on the sender's row, so that no count is lost and
//! only one of them opens the ticket.

mod commands;
pub mod rules;
pub mod store;

pub use commands::{Arriving, Course, course, gathered, is_over, sender};
