//! What reports do: a mail that came back is shown on the message it was, and an address that is
//! gone is written to no more.
//!
//! Anybody can write a report, so one counts only with evidence that its writer had the returned
//! mail: a Message-ID of ours, whose random part only its readers know, or our signed token in the
//! address that answers go to. A report without evidence is kept beside the desk and moves nothing.

mod commands;
mod rules;

pub(in crate::email) use commands::attach;
pub use commands::{paused, refused_at_the_door};
