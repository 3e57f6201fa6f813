//! The practice mailbox of the demo: a small SMTP server that takes mail for the practice inbox,
//! and an outbox that shows what was sent. Nothing leaves the machine, nothing exists outside the
//! demo.

pub mod commands;
pub mod http;
mod smtp;
pub mod store;

pub use smtp::serve;

/// The address of the practice inbox.
pub const PRACTICE_ADDRESS: &str = "support@demo";
