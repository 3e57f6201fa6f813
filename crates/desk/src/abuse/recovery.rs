//! Where protection from abuse and routing meet: time to recover, and who was marked before.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, CustomerId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::store;
use crate::routing::commands::care;
use crate::routing::ports::AbuseMarks;

/// Who gives an agent time after an abusive contact.
pub trait Recovery: Send + Sync {
    /// Gives `agent` recovery time from `at` on, as part of the transaction that hands the contact
    /// over.
    fn after_abuse<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        agent: AgentId,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<(), Refusal>>;
}

/// Routing gives the time: it offers nothing meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct ByRouting;

impl Recovery for ByRouting {
    fn after_abuse<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        agent: AgentId,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        care::after_abuse(tx, agent, at).boxed()
    }
}

/// Tells routing whose messages were marked, so that it shares hard contacts out.
#[derive(Clone, Copy, Debug)]
pub struct MarkedBefore;

impl AbuseMarks for MarkedBefore {
    fn is_marked<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        customer: CustomerId,
    ) -> BoxFuture<'a, Result<bool, DbError>> {
        store::is_marked(tx, customer).boxed()
    }
}
