//! What each provider posts, turned into a raw mail and its envelope. Pure.

mod postmark;
mod sendgrid;

pub(super) use postmark::postmark;
pub(super) use sendgrid::sendgrid;

use crate::email::intake::Envelope;
use crate::email::large::Raw;

/// A mail as a provider brought it.
#[derive(Clone, Debug)]
pub(super) struct Brought {
    pub(super) raw: Raw,
    pub(super) envelope: Envelope,
}

/// A text unless it is empty.
fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
