//! Mail by webhook: a provider receives it for us and posts it here, in the shapes of Postmark,
//! Mailgun and SendGrid.
//!
//! Invariants: the address is unguessable and belongs to one inbox; what a provider signs is
//! verified before anything is stored; a repeated delivery is answered like the first.

pub mod commands;
mod form;
pub mod http;
mod mime;
pub mod rules;
mod shapes;
pub mod store;

use kernel::ids::InboxId;
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// Who receives the mail for us.
    MailProvider {
        /// <https://postmarkapp.com/developer/webhooks/inbound-webhook>
        Postmark = "postmark",
        /// <https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http>
        Mailgun = "mailgun",
        /// <https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook>
        Sendgrid = "sendgrid",
    }
}

/// The way by which a provider brings an inbox its mail.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The inbox.
    pub inbox: InboxId,
    /// Who brings it.
    pub provider: MailProvider,
    /// The unguessable part of the address, under the master key.
    pub token: Encrypted<String>,
    /// What proves the provider, under the master key: Postmark's password, Mailgun's signing key,
    /// SendGrid's public key.
    pub secret: Option<Encrypted<String>>,
    /// Counts changes.
    pub version: i64,
    /// When mail last came this way, to a minute.
    pub arrived_at: Option<Timestamp>,
}

/// An inbox's webhook was set up, changed or removed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InboxWebhookChanged {
    /// The inbox.
    pub inbox: InboxId,
    /// The provider; null for none.
    pub provider: Change<Option<MailProvider>>,
    /// Whether it has a new address.
    pub address: bool,
    /// Whether it has another secret.
    pub secret: bool,
}

impl Record for InboxWebhookChanged {
    const KIND: &'static str = "inbox.webhook_changed";
}

/// The journal records of webhooks.
pub const RECORDS: &[RecordType] = &[RecordType::of::<InboxWebhookChanged>()];
