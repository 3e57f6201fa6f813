//! Invitations: how everybody after the first owner gets in.
//!
//! The link carries a random token; the store keeps its keyed hash, so a link is shown once. It
//! works once, for [`rules::VALID_FOR`], until it is withdrawn.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, InvitationId, TeamId};
use kernel::journal::Record;
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::permissions::Role;
use kernel::words;

/// An invitation that nobody has accepted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Which.
    pub id: InvitationId,
    /// The address the new agent will sign in with.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// The teams they will be in.
    pub team_ids: Vec<TeamId>,
    /// Who invited them.
    pub invited_by: AgentId,
    /// When.
    pub created_at: Timestamp,
    /// Until when the link works.
    pub expires_at: Timestamp,
}

words! {
    /// Why an invitation is no longer open.
    WithdrawalReason {
        /// Somebody withdrew it.
        Withdrawn = "withdrawn",
        /// It had expired when the same address was invited again.
        Expired = "expired",
    }
}

/// Somebody was invited.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationCreated {
    /// The invitation.
    pub invitation: InvitationId,
    /// The address.
    pub email: Encrypted<String>,
    /// The role offered.
    pub role: Role,
    /// The teams offered.
    pub team_ids: Vec<TeamId>,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Record for InvitationCreated {
    const KIND: &'static str = "invitation.created";
}

/// An invitation was accepted; the agent is the record's subject.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationAccepted {
    /// The invitation.
    pub invitation: InvitationId,
}

impl Record for InvitationAccepted {
    const KIND: &'static str = "invitation.accepted";
}

/// An invitation was withdrawn.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationWithdrawn {
    /// The invitation.
    pub invitation: InvitationId,
    /// Why.
    pub reason: WithdrawalReason,
}

impl Record for InvitationWithdrawn {
    const KIND: &'static str = "invitation.withdrawn";
}
