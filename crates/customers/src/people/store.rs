//! The customers' tables.

use kernel::db::{DbError, FromColumn, FromRow, Row, Tx, Value};
use kernel::ids::{CustomerId, IdentityId, KeyId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::{Customer, Identity, IdentityKind, MailAddress, Person, rules};

const PERSON_BY_ADDRESS: &str = "SELECT c.id, o.key_id, i.id, c.name, i.value FROM identities i \
    JOIN customers o ON o.id = i.customer_id \
    JOIN customers c ON c.id = COALESCE(o.merged_into, o.id) \
    WHERE i.kind = 'email' AND i.fold = $1";
const PERSON_BY_ID: &str = "SELECT c.id, c.key_id, i.id, c.name, i.value FROM customers c \
    JOIN identities i ON i.customer_id = c.id AND i.kind = 'email' \
    WHERE c.id = $1 ORDER BY i.id LIMIT 1";
const PERSON_BY_IDENTITY: &str = "SELECT c.id, o.key_id, i.id, c.name, i.value FROM identities i \
    JOIN customers o ON o.id = i.customer_id \
    JOIN customers c ON c.id = COALESCE(o.merged_into, o.id) \
    WHERE i.id = $1";
const CUSTOMER: &str = "SELECT id, key_id, name, note, language, merged_into, created_at, version \
    FROM customers WHERE id = $1";
const LOCK_CUSTOMER: &str = "SELECT id FROM customers WHERE id = $1";
const NAME: &str = "SELECT name FROM customers WHERE id = $1";
const IDENTITIES: &str = "SELECT id, kind, value, verified FROM identities \
    WHERE customer_id = $1 ORDER BY id";
const INSERT_CUSTOMER: &str = "INSERT INTO customers (key_id, name, created_at, version) \
    VALUES ($1, $2, $3, 1) RETURNING id";
const DELETE_CUSTOMER: &str = "DELETE FROM customers WHERE id = $1";
const INSERT_IDENTITY: &str = "INSERT INTO identities \
    (customer_id, kind, value, fold, verified, created_at) VALUES ($1, 'email', $2, $3, 0, $4) \
    ON CONFLICT (kind, fold) DO NOTHING RETURNING id";
const UPDATE_CUSTOMER: &str = "UPDATE customers \
    SET name = $2, note = $3, language = $4, version = version + 1 WHERE id = $1";
const INSERT_TERMS: &str = "INSERT INTO customer_terms (customer_id, term) \
    VALUES ($1, $2), ($1, $3), ($1, $4), ($1, $5) ON CONFLICT DO NOTHING";
const DELETE_TERMS: &str = "DELETE FROM customer_terms WHERE customer_id = $1";
const INSERT_KEY: &str = "INSERT INTO customer_keys (key_id, customer_id) VALUES ($1, $2) \
    ON CONFLICT DO NOTHING";
const LIST: &str = "SELECT c.id, c.name, (SELECT i.value FROM identities i \
        WHERE i.customer_id = c.id AND i.kind = 'email' ORDER BY i.id LIMIT 1) \
    FROM customers c WHERE c.id < $1 AND c.merged_into IS NULL ORDER BY c.id DESC LIMIT $2";
const SEARCH: &str = "SELECT c.id, c.name, (SELECT i.value FROM identities i \
        WHERE i.customer_id = c.id AND i.kind = 'email' ORDER BY i.id LIMIT 1) \
    FROM customers c WHERE c.id < $1 AND c.merged_into IS NULL AND c.id IN \
        (SELECT customer_id FROM customer_terms WHERE term >= $3 AND term < $4) \
    ORDER BY c.id DESC LIMIT $2";

impl FromRow for Person {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            identity: row.get(2)?,
            name: row.get(3)?,
            email: row.get(4)?,
        })
    }
}

impl FromRow for Customer {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            name: row.get(2)?,
            note: row.get(3)?,
            language: row.get(4)?,
            merged_into: row.get(5)?,
            created_at: row.get(6)?,
            version: row.get(7)?,
        })
    }
}

impl FromColumn for IdentityKind {
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self, DbError> {
        match &*row.get::<String>(index)? {
            "email" => Ok(Self::Email),
            "phone" => Ok(Self::Phone),
            other => Err(DbError::Unreadable(format!("identity kind {other:?}"))),
        }
    }
}

impl FromRow for Identity {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            value: row.get(2)?,
            verified: row.get(3)?,
        })
    }
}

fn bytes(text: &str) -> Value {
    Value::Bytes(text.as_bytes().to_vec())
}

/// Who writes from `address`.
pub async fn by_address(tx: &mut Tx<'_>, address: &MailAddress) -> Result<Option<Person>, DbError> {
    tx.one(PERSON_BY_ADDRESS, &[bytes(&address.fold())]).await
}

/// The customer through their first mail address; `None` when they have none.
pub async fn by_id(tx: &mut Tx<'_>, id: CustomerId) -> Result<Option<Person>, DbError> {
    tx.one(PERSON_BY_ID, &[id.into()]).await
}

/// The customer through one identity.
pub async fn by_identity(tx: &mut Tx<'_>, id: IdentityId) -> Result<Option<Person>, DbError> {
    tx.one(PERSON_BY_IDENTITY, &[id.into()]).await
}

/// The customer's own row.
pub async fn find(tx: &mut Tx<'_>, id: CustomerId) -> Result<Option<Customer>, DbError> {
    tx.one(CUSTOMER, &[id.into()]).await
}

/// Locks the customer's row; `false` when there is none.
pub async fn lock(tx: &mut Tx<'_>, id: CustomerId) -> Result<bool, DbError> {
    tx.lock(LOCK_CUSTOMER, &[id.into()]).await
}

/// The name of a customer.
pub async fn name(tx: &mut Tx<'_>, id: CustomerId) -> Result<Option<String>, DbError> {
    Ok(tx
        .one::<(String,)>(NAME, &[id.into()])
        .await?
        .map(|(name,)| name))
}

/// The identities of a customer, oldest first.
pub async fn identities(tx: &mut Tx<'_>, id: CustomerId) -> Result<Vec<Identity>, DbError> {
    tx.all(IDENTITIES, &[id.into()]).await
}

/// Writes a new customer.
pub async fn insert(
    tx: &mut Tx<'_>,
    key: KeyId,
    name: &str,
    at: Timestamp,
) -> Result<CustomerId, DbError> {
    let row = tx
        .one::<(CustomerId,)>(INSERT_CUSTOMER, &[key.into(), name.into(), at.into()])
        .await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Takes back a customer of this transaction whose address someone else took meanwhile.
pub async fn remove(tx: &mut Tx<'_>, id: CustomerId) -> Result<(), DbError> {
    tx.execute(DELETE_CUSTOMER, &[id.into()]).await?;
    Ok(())
}

/// Adds a mail address; `None` when it belongs to someone already.
pub async fn add_address(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    address: &MailAddress,
    at: Timestamp,
) -> Result<Option<IdentityId>, DbError> {
    let values = [
        customer.into(),
        address.as_str().into(),
        bytes(&address.fold()),
        at.into(),
    ];
    Ok(tx
        .one::<(IdentityId,)>(INSERT_IDENTITY, &values)
        .await?
        .map(|(id,)| id))
}

/// Overwrites what agents may edit.
pub async fn update(
    tx: &mut Tx<'_>,
    id: CustomerId,
    name: &str,
    note: Option<Encrypted<String>>,
    language: Option<&str>,
) -> Result<(), DbError> {
    let language = language.map(str::to_owned);
    tx.execute(
        UPDATE_CUSTOMER,
        &[id.into(), name.into(), note.into(), language.into()],
    )
    .await?;
    Ok(())
}

/// Makes `terms` the beginnings by which the customer is found.
pub async fn index(tx: &mut Tx<'_>, id: CustomerId, terms: &[String]) -> Result<(), DbError> {
    tx.execute(DELETE_TERMS, &[id.into()]).await?;
    index_newcomer(tx, id, terms).await
}

/// The same for a customer who is not found by anything yet.
pub async fn index_newcomer(
    tx: &mut Tx<'_>,
    id: CustomerId,
    terms: &[String],
) -> Result<(), DbError> {
    for some in terms.chunks(4) {
        // Four at a time; where there are fewer, some stand there twice, which changes nothing.
        let places = some.iter().cycle().take(4);
        let values: Vec<Value> = std::iter::once(id.into())
            .chain(places.map(|term| bytes(term)))
            .collect();
        tx.execute(INSERT_TERMS, &values).await?;
    }
    Ok(())
}

/// Makes `key` one of the customer's, so that erasing them destroys it too.
pub async fn own_key(tx: &mut Tx<'_>, customer: CustomerId, key: KeyId) -> Result<(), DbError> {
    tx.execute(INSERT_KEY, &[key.into(), customer.into()])
        .await?;
    Ok(())
}

/// Customers below id `before`, newest first: id, name, first address.
pub async fn list(
    tx: &mut Tx<'_>,
    before: i64,
    limit: i64,
    beginning: Option<&str>,
) -> Result<Vec<(CustomerId, String, Option<String>)>, DbError> {
    let Some(beginning) = beginning.map(rules::fold).filter(|text| !text.is_empty()) else {
        return tx.all(LIST, &[before.into(), limit.into()]).await;
    };
    // No UTF-8 text holds the byte 0xFF, so it ends the range of everything that begins alike.
    let mut end = beginning.clone().into_bytes();
    end.push(0xFF);
    tx.all(
        SEARCH,
        &[before.into(), limit.into(), bytes(&beginning), end.into()],
    )
    .await
}
