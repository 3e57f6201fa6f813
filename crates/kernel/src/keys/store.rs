//! The key store's SQL.

use super::KeyOwner;
use crate::db::{DbError, Tx};
use crate::ids::KeyId;
use crate::time::Timestamp;

const INSERT: &str = "INSERT INTO vault.data_keys (owner, wrapped, created_at) \
    VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id";
const WRAPPED: &str = "SELECT wrapped FROM vault.data_keys WHERE id = $1";
const WORKSPACE: &str = "SELECT id FROM vault.data_keys WHERE owner = 'workspace'";
const DESTROY: &str = "UPDATE vault.data_keys SET wrapped = NULL, destroyed_at = $2 WHERE id = $1";

/// `None` when there is a workspace key already and another was asked for.
pub(super) async fn insert(
    tx: &mut Tx<'_>,
    owner: KeyOwner,
    wrapped: &[u8],
    at: Timestamp,
) -> Result<Option<KeyId>, DbError> {
    let params = [owner.as_str().into(), wrapped.into(), at.into()];
    Ok(tx.one::<(KeyId,)>(INSERT, &params).await?.map(|(id,)| id))
}

/// The outer `None`: no such key; the inner: destroyed.
pub(super) async fn wrapped(
    tx: &mut Tx<'_>,
    key: KeyId,
) -> Result<Option<Option<Vec<u8>>>, DbError> {
    Ok(tx
        .one::<(Option<Vec<u8>>,)>(WRAPPED, &[key.into()])
        .await?
        .map(|(wrapped,)| wrapped))
}

pub(super) async fn workspace(tx: &mut Tx<'_>) -> Result<Option<KeyId>, DbError> {
    Ok(tx.one::<(KeyId,)>(WORKSPACE, &[]).await?.map(|(id,)| id))
}

pub(super) async fn destroy(tx: &mut Tx<'_>, key: KeyId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(DESTROY, &[key.into(), at.into()])
        .await
        .map(drop)
}
