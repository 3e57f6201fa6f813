//! Taking turns at one computer: a counter or a call desk where colleagues share a screen.
//!
//! On a computer that is marked as shared, a session can be locked and opened again with its
//! agent's PIN. Invariants:
//! - a PIN opens only a session that began with full credentials, on this computer, no more than
//!   [`rules::AFTER_SIGN_IN_MAX`] ago; anywhere else it is worth nothing;
//! - a try counts before its PIN is looked at; [`rules::TRIES_MAX`] of them in a row end the
//!   session;
//! - the session's token is another after locking and after opening;
//! - a session opened by PIN reaches neither how its agent signs in nor how the workspace is set
//!   up: [`crate::Caller::require_full_sign_in`].
//!
//! The computer is known by the browser's mark (an HttpOnly cookie of 32 random bytes), of which
//! the store holds only a keyed hash.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use kernel::ids::SessionId;
use kernel::journal::Record;
use kernel::keys::Encrypted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An agent set, changed or removed their PIN.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PinChanged {
    /// Whether they have one now.
    pub is_set: bool,
}

impl Record for PinChanged {
    const KIND: &'static str = "agent.pin_changed";
}

/// An agent said whether their computer is shared.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ComputerShared {
    /// The session they did it from.
    pub session: Option<SessionId>,
    /// Whether it is.
    pub shared: bool,
}

impl Record for ComputerShared {
    const KIND: &'static str = "computer.shared";
}

/// An agent locked the screen. The session goes on, locked, under another id.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionLocked {
    /// The session that ended with it.
    pub session: SessionId,
    /// The locked one.
    pub locked: SessionId,
}

impl Record for SessionLocked {
    const KIND: &'static str = "session.locked";
}

/// A locked session was opened with the PIN.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionUnlocked {
    /// The session.
    pub session: SessionId,
    /// The address it came from.
    pub ip: Encrypted<String>,
}

impl Record for SessionUnlocked {
    const KIND: &'static str = "session.unlocked";
}

/// Somebody tried a wrong PIN on a locked session.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionUnlockFailed {
    /// The session.
    pub session: SessionId,
    /// The how-manieth try in a row it was.
    pub tries: u32,
    /// The address it came from.
    pub ip: Encrypted<String>,
}

impl Record for SessionUnlockFailed {
    const KIND: &'static str = "session.unlock_failed";
}
