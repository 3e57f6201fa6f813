//! Trying failed mail again, or discarding it.

use crate::email::intake::{MailDiscarded, MailRetried, State, job, store};
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::blobs::Blobs;
use kernel::db::Tx;
use kernel::ids::FailureId;
use kernel::journal::{self, Subject};
use kernel::refusal::Refusal;

const NOT_FOUND: Refusal = Refusal::NotFound {
    what: "failed mail",
};

/// Puts a failed mail back in line.
///
/// # Errors
/// Missing permission, no such failed mail, no raw copy of it.
pub async fn retry(kernel: &Kernel, caller: &Caller, id: FailureId) -> Result<(), Refusal> {
    caller.require(Permission::FailureManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let mail = store::lock(tx, id)
                .await?
                .filter(|mail| mail.state == State::Failed);
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

/// Discards a failed mail and its raw copy for good; it does not come back.
///
/// # Errors
/// Missing permission, no such failed mail.
pub async fn discard(kernel: &Kernel, caller: &Caller, id: FailureId) -> Result<(), Refusal> {
    caller.require(Permission::FailureManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let mail = store::lock(tx, id)
                .await?
                .filter(|mail| mail.state == State::Failed);
            let mail = mail.ok_or(NOT_FOUND)?;
            store::discard(tx, id, ctx.at).await?;
            if let Some(blob) = mail.blob {
                Blobs::delete(tx, blob).await?;
            }
            journal::append(tx, &ctx, Subject::default(), &MailDiscarded { mail: id }).await?;
            Ok(())
        })
        .await
}

/// The raw copy of a failed mail.
///
/// # Errors
/// Missing permission, no such failed mail, no raw copy of it.
pub async fn raw(kernel: &Kernel, caller: &Caller, id: FailureId) -> Result<Vec<u8>, Refusal> {
    caller.require(Permission::FailureManage)?;
    let mail = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| store::find(tx, id).await)
        .await?;
    let mail = mail
        .filter(|mail| mail.state == State::Failed)
        .ok_or(NOT_FOUND)?;
    let blob = mail.blob.ok_or(NOT_FOUND)?;
    kernel.blobs.read(blob).await?.ok_or(NOT_FOUND)
}
