//! What a record is, typed and stored.

use aws_lc_rs::digest::{Context as Sha256, SHA256};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Actor, Origin};
use crate::db::{DbError, FromRow, Row};
use crate::ids::{AgentId, BrandId, CustomerId, RecordId, TicketId};
use crate::time::Timestamp;

/// A kind of journal record. Ids, enums and numbers stand in clear; every personal or free-text
/// value is an [`Encrypted`](crate::keys::Encrypted). Old versions always decode.
pub trait Record: Serialize + DeserializeOwned + ToSchema {
    /// The name: the noun and what happened to it, as in `ticket.replied`.
    const KIND: &'static str;
    /// The version of the shape.
    const VERSION: i64 = 1;
}

/// A value before and after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change<T> {
    /// Before.
    pub from: T,
    /// After.
    pub to: T,
}

/// A record's type as data, so that all of them can be listed and checked.
#[derive(Clone, Copy)]
pub struct RecordType {
    /// [`Record::KIND`].
    pub kind: &'static str,
    /// The shape of its body.
    pub schema: fn() -> RefOr<Schema>,
    /// The shapes that the body refers to, by name.
    pub schemas: fn(&mut Vec<(String, RefOr<Schema>)>),
    /// Whether a stored body decodes.
    pub decodes: fn(&str) -> bool,
}

impl RecordType {
    /// Describes `R`.
    pub const fn of<R: Record>() -> Self {
        Self {
            kind: R::KIND,
            schema: <R as PartialSchema>::schema,
            schemas: <R as ToSchema>::schemas,
            decodes: |body| serde_json::from_str::<R>(body).is_ok(),
        }
    }
}

/// A record as it stands in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRecord {
    /// Its place in the order of reading; 0 while it has none yet.
    pub position: i64,
    /// Its place in the order of writing.
    pub id: RecordId,
    /// [`Record::KIND`].
    pub kind: String,
    /// [`Record::VERSION`] at the time of writing.
    pub version: i64,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// By which way it came in.
    pub origin: Origin,
    /// The record it reacts to.
    pub cause: Option<RecordId>,
    /// How many reactions lie between it and a person's act.
    pub depth: u8,
    /// The brand it happened under.
    pub brand: BrandId,
    /// Whether reactions leave it alone.
    pub quiet: bool,
    /// The ticket it is about.
    pub ticket: Option<TicketId>,
    /// The customer it is about.
    pub customer: Option<CustomerId>,
    /// The agent it is about or for.
    pub agent: Option<AgentId>,
    /// The request that asked for it.
    pub request: Option<String>,
    /// The typed part, as JSON.
    pub body: String,
}

/// A stored body that no longer decodes: a broken promise, never a user's fault.
#[derive(Debug, thiserror::Error)]
#[error("record {id} ({kind} version {version}) can't be decoded: {reason}")]
pub struct DecodeError {
    /// Which record.
    pub id: RecordId,
    /// Its kind.
    pub kind: String,
    /// Its version.
    pub version: i64,
    /// What the decoder said.
    pub reason: String,
}

impl StoredRecord {
    /// The typed part, when this is an `R`.
    pub fn decode<R: Record>(&self) -> Result<Option<R>, DecodeError> {
        if self.kind != R::KIND {
            return Ok(None);
        }
        serde_json::from_str(&self.body)
            .map(Some)
            .map_err(|error| DecodeError {
                id: self.id,
                kind: self.kind.clone(),
                version: self.version,
                reason: error.to_string(),
            })
    }

    /// The chain's next link: SHA-256 of the previous link and of the stored values in order,
    /// each behind its length.
    pub(crate) fn link(&self, previous: &[u8]) -> Vec<u8> {
        let (actor, actor_id) = self.actor.columns();
        let number = |value: i64| value.to_string();
        let optional = |value: Option<i64>| value.map(number).unwrap_or_default();
        let mut hash = Sha256::new(&SHA256);
        hash.update(previous);
        for part in [
            number(self.id.0).as_str(),
            &self.kind,
            &number(self.version),
            &number(self.at.micros()),
            actor,
            &optional(actor_id),
            &self.origin.to_string(),
            &optional(self.cause.map(|id| id.0)),
            &number(self.depth.into()),
            &number(self.brand.0),
            &number(self.quiet.into()),
            &optional(self.ticket.map(|id| id.0)),
            &optional(self.customer.map(|id| id.0)),
            &optional(self.agent.map(|id| id.0)),
            self.request.as_deref().unwrap_or_default(),
            &self.body,
        ] {
            hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finish().as_ref().to_vec()
    }
}

impl Actor {
    /// The two columns an actor is stored in.
    pub(crate) fn columns(self) -> (&'static str, Option<i64>) {
        match self {
            Self::Agent(id) => ("agent", Some(id.0)),
            Self::Customer(id) => ("customer", Some(id.0)),
            Self::Rule(id) => ("rule", Some(id)),
            Self::Bot => ("bot", None),
            Self::System => ("system", None),
            Self::Import => ("import", None),
        }
    }

    fn from_columns(actor: &str, id: Option<i64>) -> Result<Self, DbError> {
        match (actor, id) {
            ("agent", Some(id)) => Ok(Self::Agent(AgentId(id))),
            ("customer", Some(id)) => Ok(Self::Customer(CustomerId(id))),
            ("rule", Some(id)) => Ok(Self::Rule(id)),
            ("bot", None) => Ok(Self::Bot),
            ("system", None) => Ok(Self::System),
            ("import", None) => Ok(Self::Import),
            _ => Err(DbError::Unreadable(format!("an actor called {actor}"))),
        }
    }
}

impl Origin {
    fn from_column(text: &str) -> Result<Self, DbError> {
        match text {
            "agent" => Ok(Self::Agent),
            "customer" => Ok(Self::Customer),
            "rule" => Ok(Self::Rule),
            "bot" => Ok(Self::Bot),
            "import" => Ok(Self::Import),
            "system" => Ok(Self::System),
            _ => Err(DbError::Unreadable(format!("an origin called {text}"))),
        }
    }
}

impl FromRow for StoredRecord {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            position: row.get(0)?,
            id: row.get(1)?,
            kind: row.get(2)?,
            version: row.get(3)?,
            at: row.get(4)?,
            actor: Actor::from_columns(&row.get::<String>(5)?, row.get(6)?)?,
            origin: Origin::from_column(&row.get::<String>(7)?)?,
            cause: row.get(8)?,
            depth: u8::try_from(row.get::<i64>(9)?).unwrap_or(u8::MAX),
            brand: row.get(10)?,
            quiet: row.get(11)?,
            ticket: row.get(12)?,
            customer: row.get(13)?,
            agent: row.get(14)?,
            request: row.get(15)?,
            body: row.get(16)?,
        })
    }
}
