//! The room's commands, jobs and conversations, on both engines.

mod deliveries;
mod fake_imap;
mod fake_smtp;
mod inboxes;
mod intake;
mod mailbox;
mod practice;
mod real_servers;
mod support;
