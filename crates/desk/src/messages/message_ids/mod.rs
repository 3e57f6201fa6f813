//! Message-IDs (RFC 5322, 3.6.4): which mail belongs to which message.
//!
//! They outlive a purged ticket, so that a mail delivered again is known again.

pub mod store;

pub use store::{add, find, first_of_ticket, of_ticket, ours, tickets_of};
