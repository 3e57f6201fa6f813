//! The room's commands, jobs and conversations, on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test that can't go on fails"
)]

mod abuse;
mod corpus;
mod corpus_fuzz;
mod corpus_hostile;
mod corpus_judge;
mod deliveries;
mod dkim;
mod entrances;
mod fake_dns;
mod fake_imap;
mod fake_provider;
mod fake_smtp;
mod fake_zone;
mod import;
mod inboxes;
mod intake;
mod large;
mod lies;
mod lmtp;
mod loops;
mod mailbox;
mod many;
mod oauth;
mod oauth_tokens;
mod pains;
mod postmaster;
mod practice;
mod python;
mod real_servers;
mod reply_tokens;
mod reports;
mod sending;
mod side_conversations;
mod signing;
mod support;
mod surveys;
mod threads;
mod trust;
mod unsubscribe;
mod webhooks;
mod written;
