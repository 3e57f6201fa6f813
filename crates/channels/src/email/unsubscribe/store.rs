//! The table `unsubscribed`.

use super::MailKind;
use kernel::db::{DbError, Tx};
use kernel::ids::IdentityId;
use kernel::time::Timestamp;

const ADD: &str = "INSERT INTO unsubscribed (identity_id, kind, at) VALUES ($1, $2, $3) \
    ON CONFLICT (identity_id, kind) DO NOTHING";
const FIND: &str = "SELECT at FROM unsubscribed WHERE identity_id = $1 AND kind = $2";

/// Notes that an address wants no more mail of a kind; `false` when that was known.
pub async fn add(
    tx: &mut Tx<'_>,
    identity: IdentityId,
    kind: MailKind,
    at: Timestamp,
) -> Result<bool, DbError> {
    let values = [identity.into(), kind.into(), at.into()];
    Ok(tx.execute(ADD, &values).await? > 0)
}

/// Since when an address wants no mail of a kind.
pub async fn since(
    tx: &mut Tx<'_>,
    identity: IdentityId,
    kind: MailKind,
) -> Result<Option<Timestamp>, DbError> {
    let row = tx
        .one::<(Timestamp,)>(FIND, &[identity.into(), kind.into()])
        .await?;
    Ok(row.map(|(at,)| at))
}
