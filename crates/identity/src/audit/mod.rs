//! The audit viewer: the journal as an auditor reads it, newest first.

pub mod commands;
pub mod http;
pub mod rules;

use kernel::ids::{AgentId, CustomerId, RecordId, TicketId};
use kernel::journal::{Actor, Origin};
use kernel::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A record, readable.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its place in the order of everything.
    pub position: i64,
    /// The noun and what happened to it, as in `ticket.assigned`.
    pub kind: String,
    /// Who did it.
    pub actor: Actor,
    /// By which way it came in.
    pub origin: Origin,
    /// When.
    pub at: Timestamp,
    /// The record it reacts to.
    pub cause: Option<RecordId>,
    /// The request that asked for it.
    pub request: Option<String>,
    /// The ticket it is about.
    pub ticket_id: Option<TicketId>,
    /// The customer it is about.
    pub customer_id: Option<CustomerId>,
    /// The agent it is about.
    pub agent_id: Option<AgentId>,
    /// What changed. Texts that were erased are null.
    #[schema(value_type = Object)]
    pub changes: Value,
}
