//! Email: reading it, writing it, fetching it and handing it over.

pub mod acknowledgements;
pub mod addresses;
pub mod compose;
pub mod delivery;
pub(crate) mod dialogue;
pub mod dkim;
pub mod dns;
pub mod flood;
pub mod imap;
pub mod import;
pub mod intake;
pub mod large;
pub mod lmtp;
pub mod mailbox;
pub mod oauth;
pub mod parse;
pub mod reports;
pub mod sending;
pub mod server;
pub mod smtp;
pub mod threading;
pub mod threads;
pub mod tokens;
pub mod trust;
pub mod unsubscribe;
pub mod webhooks;
mod words;
