//! The room's commands, jobs and conversations, on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test that can't go on fails"
)]

mod corpus;
mod corpus_fuzz;
mod corpus_hostile;
mod corpus_judge;
mod deliveries;
mod entrances;
mod fake_dns;
mod fake_imap;
mod fake_provider;
mod fake_smtp;
mod import;
mod inboxes;
mod intake;
mod lies;
mod lmtp;
mod loops;
mod mailbox;
mod many;
mod oauth;
mod oauth_tokens;
mod practice;
mod real_servers;
mod reply_tokens;
mod reports;
mod signing;
mod support;
mod threads;
mod trust;
mod webhooks;
