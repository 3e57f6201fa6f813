//! The journal: every change, in order, append-only and hash-chained.
//!
//! A record is written in the transaction of the change it tells of ([`append`]). Its *id* says
//! when it was written; its *position* (1, 2, 3 … without gaps) says when it may be read. On
//! SQLite the writer thread gives positions at once; on PostgreSQL a single sequencer gives them
//! after commit, because ids there can become visible late and out of order. Readers, cursors and
//! the chain use positions only. The end of the chain is signed now and then ([`checkpoints`]).

pub mod checkpoints;
pub(crate) mod order_sqlite;
mod record;
pub mod sequencer_postgres;
mod store;
pub mod verify;

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use record::{Change, DecodeError, Record, RecordType, StoredRecord};
pub use store::{after, cause, head, of_ticket, position_before, recent};

use crate::db::{DbError, Tx};
use crate::ids::{AgentId, BrandId, CustomerId, RecordId, RuleId, TicketId};
use crate::time::Timestamp;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// An agent.
    Agent(AgentId),
    /// A customer.
    Customer(CustomerId),
    /// An automation rule.
    Rule(i64),
    /// The bot.
    Bot,
    /// Evenkeel itself.
    System,
    /// An import of older data.
    Import,
}

/// By which way the change came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// An agent at work.
    Agent,
    /// A customer's message or act.
    Customer,
    /// An automation rule.
    Rule,
    /// The bot.
    Bot,
    /// An import of older data.
    Import,
    /// Evenkeel itself.
    System,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agent => "agent",
            Self::Customer => "customer",
            Self::Rule => "rule",
            Self::Bot => "bot",
            Self::Import => "import",
            Self::System => "system",
        })
    }
}

/// Under which circumstances a command runs; copied onto every record it writes.
#[derive(Clone, Debug)]
pub struct Context {
    /// Who does it.
    pub actor: Actor,
    /// By which way it came in.
    pub origin: Origin,
    /// The record it reacts to.
    pub cause: Option<RecordId>,
    /// How many reactions lie between this and a person's act.
    pub depth: u8,
    /// The brand it happens under.
    pub brand: BrandId,
    /// Whether reactions leave it alone, as they do for imports.
    pub quiet: bool,
    /// When.
    pub at: Timestamp,
    /// The id of the request that asked for it.
    pub request: Option<String>,
}

impl Context {
    /// Evenkeel acts by itself.
    pub fn system(at: Timestamp) -> Self {
        Self::of(Actor::System, Origin::System, at)
    }

    /// An agent acts.
    pub fn agent(agent: AgentId, at: Timestamp) -> Self {
        Self::of(Actor::Agent(agent), Origin::Agent, at)
    }

    /// A customer acts.
    pub fn customer(customer: CustomerId, at: Timestamp) -> Self {
        Self::of(Actor::Customer(customer), Origin::Customer, at)
    }

    /// The same circumstances, as a reaction to `record`.
    #[must_use]
    pub fn caused_by(self, record: &StoredRecord) -> Self {
        let depth = record.depth.saturating_add(1);
        Self {
            cause: Some(record.id),
            depth,
            brand: record.brand,
            quiet: record.quiet,
            ..self
        }
    }

    /// A rule acts.
    pub fn rule(rule: RuleId, at: Timestamp) -> Self {
        Self::of(Actor::Rule(rule.0), Origin::Rule, at)
    }

    fn of(actor: Actor, origin: Origin, at: Timestamp) -> Self {
        let brand = BrandId::DEFAULT;
        Self {
            actor,
            origin,
            cause: None,
            depth: 0,
            brand,
            quiet: false,
            at,
            request: None,
        }
    }
}

/// What a record is about; what is named here can be looked up and is filtered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The ticket.
    pub ticket: Option<TicketId>,
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The agent it is about or for (not the one who did it).
    pub agent: Option<AgentId>,
}

impl Subject {
    /// About a ticket.
    pub fn ticket(ticket: TicketId) -> Self {
        Self {
            ticket: Some(ticket),
            ..Self::default()
        }
    }

    /// About a customer.
    pub fn customer(customer: CustomerId) -> Self {
        Self {
            customer: Some(customer),
            ..Self::default()
        }
    }

    /// About an agent.
    pub fn agent(agent: AgentId) -> Self {
        Self {
            agent: Some(agent),
            ..Self::default()
        }
    }
}

/// Writes one record as part of the transaction.
pub async fn append<R: Record>(
    tx: &mut Tx<'_>,
    context: &Context,
    subject: Subject,
    record: &R,
) -> Result<RecordId, DbError> {
    let body = serde_json::to_string(record)
        .map_err(|error| DbError::Unreadable(format!("{}: {error}", R::KIND)))?;
    let stored = StoredRecord {
        position: 0,
        id: RecordId(0),
        kind: R::KIND.to_owned(),
        version: R::VERSION,
        at: context.at,
        actor: context.actor,
        origin: context.origin,
        cause: context.cause,
        depth: context.depth,
        brand: context.brand,
        quiet: context.quiet,
        ticket: subject.ticket,
        customer: subject.customer,
        agent: subject.agent,
        request: context.request.clone(),
        body,
    };
    store::insert(tx, stored).await
}
