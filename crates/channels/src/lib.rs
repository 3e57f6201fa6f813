//! Channels: mailboxes in, deliveries out, and the list of mail that could not be processed.

pub mod email;
