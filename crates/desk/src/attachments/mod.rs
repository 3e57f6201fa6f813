//! Files on messages.
//!
//! A file is staged by its upload, under a key of its own, and becomes part of a message when the
//! message is written; its key then becomes the requester's. What a file is, its bytes decide,
//! never its name or what the sender claims.

pub mod commands;
pub mod http;
pub mod reactions;
pub mod rules;
pub mod store;

use kernel::blobs::PreparedBlob;
use kernel::ids::{AgentId, AttachmentId, BlobId, KeyId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A file as stored.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The number.
    pub id: AttachmentId,
    /// The ticket; `None` while staged.
    pub ticket: Option<TicketId>,
    /// The message; `None` while staged.
    pub number: Option<i64>,
    /// The bytes; `None` once redacted.
    pub blob: Option<BlobId>,
    /// The key of bytes and name.
    pub key: KeyId,
    /// The file's name.
    pub name: Encrypted<String>,
    /// The size, in bytes.
    pub size: i64,
    /// The media type, found by looking at the bytes.
    pub content_type: String,
    /// Whether the message shows it in its text.
    pub inline: bool,
    /// Who uploaded it; `None` when it came by mail.
    pub uploaded_by: Option<AgentId>,
    /// When it came.
    pub created_at: Timestamp,
}

/// A file that comes in with a message.
#[derive(Clone, Debug)]
pub struct File {
    /// The name that the sender gave.
    pub name: String,
    /// The Content-ID (RFC 2392) without brackets, by which the HTML shows it.
    pub content_id: Option<String>,
    /// Whether the sender meant it to be shown in the text.
    pub inline: bool,
    /// The media type it was declared to be; the bytes have the last word.
    pub content_type: Option<String>,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A file made ready for the transaction that will name it.
#[derive(Clone, Debug)]
pub struct PreparedFile {
    /// The cleaned name.
    pub name: String,
    /// The Content-ID, without brackets.
    pub content_id: Option<String>,
    /// Whether it is a picture meant to be shown in the text.
    pub inline: bool,
    /// The media type, found by looking at the bytes.
    pub content_type: String,
    /// The key of bytes and name.
    pub key: KeyId,
    /// The bytes.
    pub blob: PreparedBlob,
}

/// A file as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Attachment)]
pub struct ApiAttachment {
    /// The number.
    pub id: AttachmentId,
    /// The file's name; empty when erased.
    pub name: String,
    /// The size, in bytes.
    pub size: i64,
    /// The media type.
    pub content_type: String,
    /// Whether the message shows it in its text.
    pub inline: bool,
    /// Whether its content was removed.
    pub redacted: bool,
    /// Where to get it.
    pub url: String,
}
