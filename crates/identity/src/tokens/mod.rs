//! API tokens: how programs act for an agent, within scopes.
//!
//! A secret is shown once; the store keeps its keyed hash. A token never reaches further than its
//! agent, and ends with them.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use kernel::ids::TokenId;
use kernel::journal::Record;
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::permissions::Scopes;
use kernel::words;

/// What every secret begins with, so that scanners recognise a leaked one.
pub const SECRET_PREFIX: &str = "ek_";

/// An API token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// What its owner calls it.
    pub name: String,
    /// How far it reaches.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to within [`rules::TOUCH_EVERY`].
    pub last_used_at: Option<Timestamp>,
    /// When it stops working; `None` for never.
    pub expires_at: Option<Timestamp>,
}

words! {
    /// Why a token stopped working before its time.
    TokenRevocationReason {
        /// Its agent revoked it.
        Revoked = "revoked",
        /// The agent was disabled.
        AgentDisabled = "agent_disabled",
    }
}

/// An API token was made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenCreated {
    /// The token.
    pub token: TokenId,
    /// What its owner calls it.
    pub name: Encrypted<String>,
    /// How far it reaches.
    pub scopes: Scopes,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

impl Record for TokenCreated {
    const KIND: &'static str = "token.created";
}

/// An API token was revoked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenRevoked {
    /// The token.
    pub token: TokenId,
    /// Why.
    pub reason: TokenRevocationReason,
}

impl Record for TokenRevoked {
    const KIND: &'static str = "token.revoked";
}
