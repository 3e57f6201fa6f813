//! Having stuck work tried again.

use super::{JobRetried, ParkedRetried};
use crate::Channels;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::JobId;
use kernel::jobs;
use kernel::journal::{self, Subject};
use kernel::readers::{self, Reader};
use kernel::refusal::Refusal;
use std::sync::Arc;

/// Every reader of the server, by name.
pub(super) fn all_readers(channels: &Channels) -> Vec<Arc<dyn Reader>> {
    let mut all = channels.desk.readers();
    all.extend(channels.readers());
    all
}

/// Lets a job begin anew that gave up.
///
/// # Errors
/// Missing permission, no such failed job.
pub async fn retry_job(kernel: &Kernel, caller: &Caller, job: JobId) -> Result<(), Refusal> {
    caller.require(Permission::FailureManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if !jobs::rerun(tx, job, ctx.at).await? {
                return Err(Refusal::NotFound { what: "failed job" });
            }
            journal::append(tx, &ctx, Subject::default(), &JobRetried { job }).await?;
            Ok(())
        })
        .await
}

/// Hands a reader again what it could not deal with; answers how many records went through.
///
/// # Errors
/// Missing permission, no such reader, nothing parked.
pub async fn retry_parked(
    channels: &Channels,
    caller: &Caller,
    name: &str,
) -> Result<usize, Refusal> {
    caller.require(Permission::FailureManage)?;
    let gone = || Refusal::NotFound { what: "reader" };
    let mut all = all_readers(channels).into_iter();
    let reader = all.find(|reader| reader.name() == name).ok_or_else(gone)?;
    let kernel = &channels.desk.kernel;
    let ctx = caller.context(kernel.clock.now());
    let name = reader.name();
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let first = readers::parked(tx, name, 1).await?.pop();
            let position = first.ok_or_else(gone)?.position;
            let record = ParkedRetried { position };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok::<_, Refusal>(())
        })
        .await?;
    readers::retry_parked(kernel, reader).await
}
