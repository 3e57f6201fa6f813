//! Sessions: signed-in browsers.
//!
//! The browser holds a random token in an HttpOnly cookie; the store holds only its keyed hash, so
//! that nobody signs in with what they read there. A session ends when it is idle for
//! [`rules::IDLE_MAX`], [`rules::AGE_MAX`] after it began, when it is revoked, when the password
//! changes and when its agent is disabled.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use kernel::ids::SessionId;
use kernel::journal::Record;
use kernel::keys::Encrypted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use kernel::words;

words! {
    /// Why a session ended before its time.
    RevocationReason {
        /// Its agent signed out.
        SignedOut = "signed_out",
        /// Its agent ended it from another browser.
        Revoked = "revoked",
        /// The password changed.
        PasswordChanged = "password_changed",
        /// Its agent began or locked another one on the same computer while it was locked.
        Replaced = "replaced",
        /// Too many wrong PINs were tried on it.
        WrongPins = "wrong_pins",
        /// The agent was disabled.
        AgentDisabled = "agent_disabled",
    }
}

words! {
    /// Why somebody could not sign in.
    FailureReason {
        /// There is no such address.
        UnknownAddress = "unknown_address",
        /// The password is another.
        WrongPassword = "wrong_password",
        /// The agent is disabled.
        Disabled = "disabled",
    }
}

/// An agent signed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgentSignedIn {
    /// The session that began.
    pub session: SessionId,
    /// The address it came from.
    pub ip: Encrypted<String>,
    /// What the browser called itself.
    pub user_agent: Encrypted<String>,
}

impl Record for AgentSignedIn {
    const KIND: &'static str = "agent.signed_in";
}

/// Somebody tried to sign in and could not. The address they typed is not kept: people type
/// passwords there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgentSignInFailed {
    /// Why not.
    pub reason: FailureReason,
    /// The address it came from.
    pub ip: Encrypted<String>,
}

impl Record for AgentSignInFailed {
    const KIND: &'static str = "agent.sign_in_failed";
}

/// A session ended before its time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionRevoked {
    /// The session.
    pub session: SessionId,
    /// Why.
    pub reason: RevocationReason,
}

impl Record for SessionRevoked {
    const KIND: &'static str = "session.revoked";
}
