//! The tables `inbox_trust` and `proven_domains`, and where a filed mail lies.

use super::InboxTrust;
use kernel::db::{DbError, Tx};
use kernel::ids::{BlobId, FailureId, InboxId, TicketId};
use kernel::time::Timestamp;

const FIND: &str = "SELECT server, plus_addressing, version FROM inbox_trust WHERE inbox_id = $1";
const SAVE: &str = "INSERT INTO inbox_trust (inbox_id, server, plus_addressing, version) \
    VALUES ($1, $2, $3, 1) ON CONFLICT (inbox_id) DO UPDATE SET server = excluded.server, \
    plus_addressing = excluded.plus_addressing, version = inbox_trust.version + 1";
const IS_PROVEN: &str = "SELECT 1 FROM proven_domains WHERE domain = $1";
// Most domains are known already: their row is left alone, so that nobody waits for it.
const PROVE: &str = "INSERT INTO proven_domains (domain, at) VALUES ($1, $2) \
    ON CONFLICT (domain) DO NOTHING";
const FILED: &str = "SELECT inbox_id, ticket_id, number, blob_id FROM inbound_mail \
    WHERE id = $1 AND state = 'processed'";

/// What somebody chose for an inbox.
pub async fn find(tx: &mut Tx<'_>, inbox: InboxId) -> Result<Option<InboxTrust>, DbError> {
    let row = tx
        .one::<(Option<String>, bool, i64)>(FIND, &[inbox.into()])
        .await?;
    Ok(row.map(|(server, plus_addressing, version)| InboxTrust {
        server,
        plus_addressing,
        version,
    }))
}

/// Keeps the choice for an inbox and counts its version up.
pub async fn save(
    tx: &mut Tx<'_>,
    inbox: InboxId,
    server: Option<&str>,
    plus_addressing: bool,
) -> Result<(), DbError> {
    let values = [inbox.into(), server.into(), plus_addressing.into()];
    tx.execute(SAVE, &values).await.map(drop)
}

/// Whether a domain has proved a mail to be its own.
pub async fn is_proven(tx: &mut Tx<'_>, domain: &str) -> Result<bool, DbError> {
    Ok(tx
        .one::<(i64,)>(IS_PROVEN, &[domain.into()])
        .await?
        .is_some())
}

/// Notes that a domain proved a mail to be its own.
pub async fn prove(tx: &mut Tx<'_>, domain: &str, at: Timestamp) -> Result<(), DbError> {
    tx.execute(PROVE, &[domain.into(), at.into()])
        .await
        .map(drop)
}

/// Where a filed mail lies: its inbox, ticket, number and raw bytes.
pub async fn filed(
    tx: &mut Tx<'_>,
    mail: FailureId,
) -> Result<Option<(InboxId, TicketId, i64, BlobId)>, DbError> {
    let row = tx
        .one::<(InboxId, Option<TicketId>, Option<i64>, Option<BlobId>)>(FILED, &[mail.into()])
        .await?;
    Ok(row.and_then(|(inbox, ticket, number, blob)| Some((inbox, ticket?, number?, blob?))))
}
