//! Limits on what one sender can stir up, so that two programs that answer each other fall silent
//! after a few rounds.
//!
//! Nothing is lost: mail over a limit is kept, but gathered on one ticket for a sender, inbox and
//! day, and nobody is told after the first. Nothing automatic ever goes to a sender over a limit.
//! Lists, newsletters and programs' reports are gathered likewise, beside the desk.
//!
//! Who writes in somebody's name and is doubted is counted apart, for each inbox: a forger gathers
//! their own mail and silences nobody.
//!
//! What no limit asks for any more is forgotten by a job every few hours.
//!
//! Two mails of one sender wait for each other on the sender's row, so that no count is lost and
//! only one of them opens the ticket.

mod commands;
pub mod reactions;
pub mod rules;
pub mod store;

/// The kind and the key of the job that forgets.
pub const FORGET: &str = "mail.forget_counts";

pub use commands::{
    Arriving, Course, Forgotten, begin_forgetting, course, doubted, forget, gathered, is_over,
    sender,
};
