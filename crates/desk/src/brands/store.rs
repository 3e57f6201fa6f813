//! Rows of brands.

use kernel::db::{DbError, Tx};
use kernel::ids::BrandId;

use super::Brand;

const ALL: &str = "SELECT id, name FROM brands ORDER BY id";

/// All brands, the default one first.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Brand>, DbError> {
    let rows = tx.all::<(BrandId, String)>(ALL, &[]).await?;
    Ok(rows
        .into_iter()
        .map(|(id, name)| Brand { id, name })
        .collect())
}
