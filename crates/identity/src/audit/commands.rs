//! Reading the journal.

use kernel::db::Tx;
use kernel::journal::{self, StoredRecord};
use kernel::keys::Keys;
use kernel::refusal::Refusal;
use serde_json::Value;

use super::{AuditEntry, rules};
use crate::Identity;
use crate::caller::Caller;
use crate::permissions::Permission;

/// Up to `limit` records before `position` (`None`: the newest), newest first.
///
/// # Errors
/// `not_allowed` without `audit.read`.
pub async fn read(
    identity: &Identity,
    caller: &Caller,
    position: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditEntry>, Refusal> {
    caller.require(Permission::AuditRead)?;
    let keys = identity.kernel.keys.clone();
    identity
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Vec<AuditEntry>, Refusal> {
                let mut entries = Vec::new();
                for record in journal::recent(tx, position.unwrap_or(i64::MAX), limit).await? {
                    entries.push(entry(tx, &keys, record).await?);
                }
                Ok(entries)
            },
        )
        .await
}

async fn entry(tx: &mut Tx<'_>, keys: &Keys, record: StoredRecord) -> Result<AuditEntry, Refusal> {
    let mut changes: Value = serde_json::from_str(&record.body)
        .map_err(|error| Refusal::broken(format!("record {}: {error}", record.id)))?;
    for text in rules::strings(&mut changes) {
        let sealed = text.as_str().and_then(rules::encrypted);
        if let Some(sealed) = sealed {
            *text = keys
                .decrypt(tx, &sealed)
                .await?
                .map_or(Value::Null, Value::String);
        }
    }
    Ok(AuditEntry {
        position: record.position,
        kind: record.kind,
        actor: record.actor,
        origin: record.origin,
        at: record.at,
        cause: record.cause,
        request: record.request,
        ticket_id: record.ticket,
        customer_id: record.customer,
        agent_id: record.agent,
        changes,
    })
}
