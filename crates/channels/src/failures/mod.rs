//! "Couldn't process": received mail that waits for a person, with its reason and its raw copy.
//!
//! Discarding is a decision with a reason, and it can be taken back for [`DISCARDED_KEPT`]; only
//! then the raw copy goes. The hash stays, so that the mail is known when it is delivered again.

pub mod commands;
pub mod http;
pub mod reactions;
pub mod rules;
pub mod store;

use std::time::Duration;

/// How long a discarded mail can be brought back.
pub const DISCARDED_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Longest reason for discarding a mail, in characters.
pub const REASON_CHARS_MAX: usize = 500;
