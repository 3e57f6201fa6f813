//! What happens to received mail when its ticket goes for good.

use desk::tickets::TicketPurged;
use futures_util::future::BoxFuture;
use kernel::blobs::Blobs;
use kernel::db::Tx;
use kernel::journal::{Record, StoredRecord};
use kernel::readers::Reader;
use kernel::refusal::Refusal;

use super::store;

/// The single reader that removes the raw mail of purged tickets. Hash and fingerprint stay, so
/// that the mail is known when it is delivered again.
#[derive(Clone, Copy, Debug)]
pub struct Purging;

impl Reader for Purging {
    fn name(&self) -> &'static str {
        "channels.purging"
    }

    fn wants(&self, record: &StoredRecord) -> bool {
        record.kind == TicketPurged::KIND
    }

    fn handle<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        record: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let Some(ticket) = record.ticket else {
                return Ok(());
            };
            for blob in store::raw_of(tx, ticket).await? {
                Blobs::delete(tx, blob).await?;
            }
            store::forget_raw_of(tx, ticket).await?;
            Ok(())
        })
    }
}
