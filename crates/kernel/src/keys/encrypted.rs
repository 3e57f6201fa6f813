//! The type of a stored personal value.

use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::db::{DbError, FromColumn, Row, Value};
use crate::ids::KeyId;

/// A `T` that is stored only in encrypted form. It names its data key, never a customer.
#[derive(Clone, PartialEq, Eq)]
pub struct Encrypted<T> {
    sealed: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

impl<T> Encrypted<T> {
    pub(super) fn new(sealed: Vec<u8>) -> Self {
        Self {
            sealed,
            of: PhantomData,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.sealed
    }

    /// The data key it is under; `None` when it is damaged.
    pub fn key(&self) -> Option<KeyId> {
        super::cipher::key_of(&self.sealed)
    }

    /// What came back from an object store.
    pub(crate) fn from_bytes(sealed: Vec<u8>) -> Self {
        Self::new(sealed)
    }

    /// What goes to an object store.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.sealed
    }
}

impl<T> fmt::Debug for Encrypted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encrypted({} bytes)", self.sealed.len())
    }
}

impl<T> Serialize for Encrypted<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD_NO_PAD.encode(&self.sealed))
    }
}

impl<'de, T> Deserialize<'de> for Encrypted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD_NO_PAD
            .decode(text)
            .map(Self::new)
            .map_err(D::Error::custom)
    }
}

impl<T> From<Encrypted<T>> for Value {
    fn from(value: Encrypted<T>) -> Self {
        Self::Bytes(value.sealed)
    }
}

impl<T> From<&Encrypted<T>> for Value {
    fn from(value: &Encrypted<T>) -> Self {
        Self::Bytes(value.sealed.clone())
    }
}

impl<T> FromColumn for Encrypted<T> {
    fn from_column(row: &Row<'_>, index: usize) -> Result<Self, DbError> {
        row.get(index).map(Self::new)
    }
}

// The derives ask generic types for this trait; it is public for them, if not for people.
impl<T> ComposeSchema for Encrypted<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("encrypted".to_owned())))
            .into()
    }
}

impl<T> ToSchema for Encrypted<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        "Encrypted".into()
    }
}
