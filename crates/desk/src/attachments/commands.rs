//! Uploading files and hanging them on messages.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::blobs::{Blobs, PreparedBlob};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, AttachmentId, BlobId, KeyId};
use kernel::jobs::{self, NewJob};
use kernel::keys::KeyOwner;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ApiAttachment, Attachment, File, PreparedFile, rules, store};
use crate::Desk;
use crate::html::rules::ATTACHMENT_PATH;
use crate::tickets::Ticket;

/// The job that removes an upload which no message took.
pub const SWEEP_UPLOAD: &str = "upload.sweep";

/// The command's name for idempotency keys.
const UPLOAD: &str = "upload.create";

/// The payload of [`SWEEP_UPLOAD`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SweepUpload {
    /// The upload.
    pub attachment: AttachmentId,
}

/// Makes a file ready for the transaction that will name it.
pub async fn prepare(kernel: &Kernel, key: KeyId, mut file: File) -> Result<PreparedFile, Refusal> {
    let head = file.bytes.get(..rules::HEAD_BYTES).unwrap_or(&file.bytes);
    let head = head.to_vec();
    let bytes = std::mem::replace(&mut file.bytes, head);
    let blob = kernel.blobs.prepare(key, bytes).await?;
    Ok(prepared(key, file, blob))
}

/// The same for a file whose bytes are stored under `key` already; `file` holds their beginning.
pub fn prepared(key: KeyId, file: File, blob: PreparedBlob) -> PreparedFile {
    let content_type = rules::media_type(file.content_type.as_deref(), &file.bytes);
    let inline = rules::is_picture(&content_type) && (file.inline || file.content_id.is_some());
    PreparedFile {
        name: rules::clean_name(&file.name),
        content_id: file.content_id,
        inline,
        content_type,
        key,
        blob,
    }
}

/// Stages an upload of the caller.
pub async fn upload(
    desk: &Desk,
    caller: &Caller,
    name: &str,
    bytes: Vec<u8>,
    once: IdempotencyKey,
) -> Result<AttachmentId, Refusal> {
    if !caller.may(Permission::TicketReply) {
        caller.require(Permission::TicketNote)?;
    }
    if bytes.is_empty() {
        return Err(Refusal::invalid(
            "body",
            "is empty",
            "send the file as the body",
        ));
    }
    let key = desk.kernel.keys.create(KeyOwner::Customer).await?;
    let file = File {
        name: name.to_owned(),
        content_id: None,
        inline: false,
        content_type: None,
        bytes,
    };
    let prepared = prepare(&desk.kernel, key, file).await?;
    let (kernel, agent, at) = (desk.kernel.clone(), caller.agent, desk.kernel.clock.now());
    desk.kernel
        .db
        .write(
            async move |tx: &mut Tx<'_>| -> Result<AttachmentId, Refusal> {
                if let Some(key) = &once.0
                    && let Some(id) = idempotency::find(tx, agent, key, UPLOAD).await?
                {
                    return Ok(AttachmentId(id));
                }
                let mut file = stored(&kernel, tx, &prepared, at).await?;
                file.uploaded_by = Some(agent);
                let id = store::insert(tx, &file).await?;
                sweep_later(tx, id, at).await?;
                if let Some(key) = &once.0 {
                    idempotency::remember(tx, agent, key, UPLOAD, id.0, at).await?;
                }
                Ok(id)
            },
        )
        .await
}

/// Plans the end of a staged file.
pub async fn sweep_later(tx: &mut Tx<'_>, id: AttachmentId, at: Timestamp) -> Result<(), Refusal> {
    let run_at = store::swept_at(at);
    let payload = serde_json::to_string(&SweepUpload { attachment: id })
        .map_err(|error| Refusal::broken(error.to_string()))?;
    let key = format!("sweep:{id}:{}", run_at.micros());
    jobs::enqueue(
        tx,
        NewJob {
            kind: SWEEP_UPLOAD,
            key,
            payload,
            run_at,
            ticket: None,
        },
    )
    .await?;
    Ok(())
}

async fn stored(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    file: &PreparedFile,
    at: Timestamp,
) -> Result<Attachment, Refusal> {
    let blob = file.blob.insert(tx).await?;
    Ok(Attachment {
        id: AttachmentId(0),
        ticket: None,
        number: None,
        blob: Some(blob),
        key: file.key,
        name: kernel.keys.encrypt(tx, file.key, &file.name).await?,
        size: file.blob.size(),
        content_type: file.content_type.clone(),
        inline: file.inline,
        uploaded_by: None,
        created_at: at,
    })
}

/// Writes the files of a mail as part of a message; answers which Content-ID became which file.
pub async fn add(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    number: i64,
    files: &[PreparedFile],
    at: Timestamp,
) -> Result<Vec<(String, AttachmentId)>, Refusal> {
    let mut linked = Vec::new();
    for file in files {
        let mut row = stored(kernel, tx, file, at).await?;
        row.ticket = Some(ticket.id);
        row.number = Some(number);
        let id = store::insert(tx, &row).await?;
        if let Some(cid) = file.content_id.clone().filter(|_| file.inline) {
            linked.push((cid, id));
        }
    }
    Ok(linked)
}

/// Makes uploads of `agent` part of a message; `shown` are those its text shows.
///
/// A picture that the text quotes from an earlier message of the ticket is copied; the answer tells
/// which file stands for it now.
pub async fn attach(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    number: i64,
    agent: AgentId,
    given: &[AttachmentId],
    shown: &[AttachmentId],
) -> Result<Vec<(AttachmentId, AttachmentId)>, Refusal> {
    let mut copies = Vec::new();
    for id in union(given, shown) {
        let inline = shown.contains(&id);
        if let Some(key) = store::attach(tx, id, (ticket.id, number), inline, agent).await? {
            customers::people::store::own_key(tx, ticket.requester, key).await?;
            continue;
        }
        let known = store::find(tx, id)
            .await?
            .filter(|file| file.ticket == Some(ticket.id));
        let Some(file) = known else {
            if !given.contains(&id) {
                continue;
            }
            let reason = format!("holds {id}, which is not an upload of yours any more");
            return Err(Refusal::invalid(
                "attachment_ids",
                reason,
                "upload the file again",
            ));
        };
        let copy = Attachment {
            number: Some(number),
            inline,
            ..file
        };
        copies.push((id, store::insert(tx, &copy).await?));
    }
    Ok(copies)
}

fn union(given: &[AttachmentId], shown: &[AttachmentId]) -> Vec<AttachmentId> {
    let mut all: Vec<AttachmentId> = given.iter().chain(shown).copied().collect();
    all.sort();
    all.dedup();
    all
}

/// Deletes contents that no file has any more.
pub async fn drop_unused(tx: &mut Tx<'_>, blobs: &[BlobId]) -> Result<(), Refusal> {
    for blob in blobs {
        if !store::in_use(tx, *blob).await? {
            Blobs::delete(tx, *blob).await?;
        }
    }
    Ok(())
}

/// Removes an upload that no message took; `false` when one did.
pub async fn sweep(desk: &Desk, id: AttachmentId) -> Result<bool, Refusal> {
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            let Some(blob) = store::delete_staged(tx, id).await? else {
                return Ok(false);
            };
            drop_unused(tx, blob.as_slice()).await?;
            Ok(true)
        })
        .await
}

/// The file as the API shows it.
pub async fn present(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    file: &Attachment,
) -> Result<ApiAttachment, Refusal> {
    Ok(ApiAttachment {
        id: file.id,
        name: kernel
            .keys
            .decrypt(tx, &file.name)
            .await?
            .unwrap_or_default(),
        size: file.size,
        content_type: file.content_type.clone(),
        inline: file.inline,
        redacted: file.blob.is_none(),
        url: format!("{ATTACHMENT_PATH}{}", file.id),
    })
}
