//! Trying failed mail again, discarding it with a reason, and looking into it.

use super::rules::{self, Preview};
use super::{REASON_CHARS_MAX, reactions, store};
use crate::email::intake::{self, InboundMail, MailDiscarded, MailRetried, State, job};
use crate::email::large::SMALL_BYTES_MAX;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::blobs::{BlobReader, Blobs};
use kernel::db::Tx;
use kernel::ids::FailureId;
use kernel::journal::{self, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::sync::Arc;

const NOT_FOUND: Refusal = Refusal::NotFound {
    what: "failed mail",
};

/// Whether a person still decides about a mail.
fn is_open(mail: &InboundMail) -> bool {
    matches!(mail.state, State::Failed | State::Discarded)
}

/// Puts a failed mail back in line, or one that was discarded.
///
/// # Errors
/// Missing permission, no such failed mail, no raw copy of it.
pub async fn retry(kernel: &Kernel, caller: &Caller, id: FailureId) -> Result<(), Refusal> {
    caller.require(Permission::FailureManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let mail = intake::store::lock(tx, id).await?.filter(is_open);
            let mail = mail.ok_or(NOT_FOUND)?;
            if mail.blob.is_none() {
                return Err(Refusal::conflict(
                    "no_raw_copy",
                    "There is no copy of this mail to try again. Look for it on the mail server.",
                ));
            }
            store::reopen(tx, id).await?;
            job::enqueue(tx, id, ctx.at).await?;
            journal::append(tx, &ctx, Subject::default(), &MailRetried { mail: id }).await?;
            Ok(())
        })
        .await
}

/// Discards a failed mail. It can be brought back for [`super::DISCARDED_KEPT`]; delivered again
/// it stays away.
///
/// # Errors
/// Missing permission, no such failed mail, no reason.
pub async fn discard(
    kernel: &Kernel,
    caller: &Caller,
    id: FailureId,
    reason: &str,
) -> Result<(), Refusal> {
    caller.require(Permission::FailureManage)?;
    let reason = reason.trim().to_owned();
    if reason.is_empty() {
        let mend = "say in a few words why nothing is to be made of this mail";
        return Err(Refusal::invalid("reason", "is empty", mend));
    }
    if reason.chars().count() > REASON_CHARS_MAX {
        let mend = format!("keep it within {REASON_CHARS_MAX} characters");
        return Err(Refusal::invalid("reason", "is too long", mend));
    }
    let ctx = caller.context(kernel.clock.now());
    let (keys, key) = (kernel.keys.clone(), kernel.keys.workspace().await?);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let mail = intake::store::lock(tx, id).await?;
            mail.filter(|mail| mail.state == State::Failed)
                .ok_or(NOT_FOUND)?;
            let reason = keys.encrypt(tx, key, &reason).await?;
            store::discard(tx, id, ctx.at, reason.clone()).await?;
            reactions::enqueue(tx, id, ctx.at).await?;
            let record = MailDiscarded {
                mail: id,
                reason: Some(reason),
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

/// Forgets a mail that was discarded at this time, unless it was brought back meanwhile.
///
/// # Errors
/// The database failed.
pub async fn forget(
    kernel: &Kernel,
    id: FailureId,
    discarded_at: Timestamp,
) -> Result<(), Refusal> {
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let Some(mail) = intake::store::lock(tx, id).await? else {
                return Ok(());
            };
            if store::discarded_at(tx, id).await? != Some(discarded_at) {
                return Ok(());
            }
            store::forget(tx, id).await?;
            if let Some(blob) = mail.blob {
                Blobs::delete(tx, blob).await?;
            }
            Ok(())
        })
        .await
}

/// The raw copy of a failed or discarded mail, piece by piece.
///
/// # Errors
/// Missing permission, no such mail, no raw copy of it.
pub async fn raw(kernel: &Kernel, caller: &Caller, id: FailureId) -> Result<BlobReader, Refusal> {
    caller.require(Permission::FailureManage)?;
    let mail = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| intake::store::find(tx, id).await)
        .await?;
    let mail = mail.filter(is_open).ok_or(NOT_FOUND)?;
    let blob = mail.blob.ok_or(NOT_FOUND)?;
    kernel.blobs.reader(blob).await?.ok_or(NOT_FOUND)
}

/// What can be shown of a failed or discarded mail.
///
/// # Errors
/// As [`raw`].
pub async fn preview(kernel: &Kernel, caller: &Caller, id: FailureId) -> Result<Preview, Refusal> {
    let raw = Arc::new(beginning(raw(kernel, caller, id).await?).await?);
    // The mail may be the one that breaks the reader: then its bytes are shown as they are.
    let reading = raw.clone();
    let read = tokio::task::spawn_blocking(move || rules::preview(&reading)).await;
    Ok(read.unwrap_or_else(|_| rules::plain_preview(&raw)))
}

/// As much of a mail as is looked at: all of it, or the first pieces of a large one.
async fn beginning(mut reader: BlobReader) -> Result<Vec<u8>, Refusal> {
    let mut raw = Vec::new();
    while raw.len() <= SMALL_BYTES_MAX
        && let Some(mut piece) = reader.next().await?
    {
        raw.append(&mut piece);
    }
    Ok(raw)
}
