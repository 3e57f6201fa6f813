//! Foreign HTML made harmless, and its plain text.
//!
//! What comes out holds only tags and attributes of a short list: nothing runs, nothing loads by
//! itself (remote images wait in `data-src`), nothing covers the page, nothing sends the reader's
//! referrer. Every HTML body goes through [`sanitise`] before it is stored, whoever wrote it.

mod folds;
mod limits;
mod plain;
pub mod rules;

pub use folds::{receive_html, receive_text};
pub use rules::{Clean, from_text, inline_ids, link_inline, plain_text, sanitise, snippet};
