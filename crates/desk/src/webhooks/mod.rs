//! Webhooks: other programs that are told what happens here, as Standard Webhooks has it
//! (<https://www.standardwebhooks.com>).
//!
//! Invariants: what is to be told is written in the transaction that decides it, once for each
//! cause, and stays the same over all attempts, as does its `webhook-id`; it leaves by the one
//! careful client ([`kernel::http::outgoing`]), never into private networks unless the operator
//! allowed it; a target that does not answer takes at most [`rules::AT_ONCE_EACH`] places, and all
//! webhooks together [`rules::AT_ONCE_MAX`]; one that fails for [`rules::FAILING_MAX`] is switched
//! off, and admins are told. Secrets are shown once.

pub mod calls;
pub mod commands;
mod http;
mod reactions;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, TicketId, WebhookDeliveryId, WebhookId};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use http::router;
pub use reactions::{CallWebhooks, WebhookReader};

words! {
    /// How far a call is.
    CallState {
        /// It will be made, or made again.
        Due = "due",
        /// The other side took it.
        Delivered = "delivered",
        /// Given up; it can be called again by hand.
        Failed = "failed",
    }
}

/// A webhook as the API shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Webhook {
    /// The number.
    pub id: WebhookId,
    /// The name.
    pub name: String,
    /// Where it calls.
    pub url: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The kinds of records that it is called for; empty: only by rules.
    pub kinds: Vec<String>,
    /// Whether the ticket goes along.
    pub with_ticket: bool,
    /// Whether it was switched off because its calls kept failing.
    pub switched_off: bool,
    /// Since when every call failed; null when the last one did not.
    pub failing_since: Option<Timestamp>,
    /// Until when calls are also signed with the secret before.
    pub previous_secret_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
    /// Who last edited it.
    pub updated_by: AgentId,
    /// Counts the edits; send it back when editing.
    pub version: i64,
}

/// A webhook with its secret, which is shown this once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookWithSecret {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// Its secret, `whsec_` and base64; null when it was shown before.
    pub secret: Option<String>,
}

/// One call, as the API shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookCall {
    /// The number.
    pub id: WebhookDeliveryId,
    /// The kind of record, or `webhook.test`.
    pub kind: String,
    /// The ticket it is about.
    pub ticket_id: Option<TicketId>,
    /// The `webhook-id` header: the same for every attempt.
    pub message_id: String,
    /// How far it is.
    pub state: CallState,
    /// How often it was tried.
    pub attempts: i64,
    /// The status of the last answer; null when there was none.
    pub status: Option<i64>,
    /// The beginning of the last answer, or why there was none.
    pub answer: Option<String>,
    /// When it was wanted.
    pub created_at: Timestamp,
    /// When it was last tried.
    pub tried_at: Option<Timestamp>,
}

/// A webhook was made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WebhookCreated {
    /// Which.
    pub webhook: WebhookId,
    /// Its name.
    pub name: Encrypted<String>,
    /// Where it calls.
    pub url: Encrypted<String>,
}

/// A webhook was edited, or got another secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WebhookChanged {
    /// Which.
    pub webhook: WebhookId,
    /// Its name.
    pub name: Encrypted<String>,
    /// Where it calls.
    pub url: Encrypted<String>,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether the secret was changed.
    pub secret: bool,
}

/// A webhook was deleted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WebhookDeleted {
    /// Which.
    pub webhook: WebhookId,
    /// Its name.
    pub name: Encrypted<String>,
}

/// A webhook was switched off because its calls kept failing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WebhookSwitchedOff {
    /// Which.
    pub webhook: WebhookId,
}

impl Record for WebhookCreated {
    const KIND: &'static str = "webhook.created";
}

impl Record for WebhookChanged {
    const KIND: &'static str = "webhook.changed";
}

impl Record for WebhookDeleted {
    const KIND: &'static str = "webhook.deleted";
}

impl Record for WebhookSwitchedOff {
    const KIND: &'static str = "webhook.switched_off";
}

/// Every kind of record about webhooks.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<WebhookCreated>(),
    RecordType::of::<WebhookChanged>(),
    RecordType::of::<WebhookDeleted>(),
    RecordType::of::<WebhookSwitchedOff>(),
];
