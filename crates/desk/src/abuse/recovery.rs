//! Time to recover: a port, for agent states belong to routing.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::db::Tx;
use kernel::ids::AgentId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

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

/// Nobody keeps states: handing over is all there is.
#[derive(Clone, Copy, Debug)]
pub struct NoRecovery;

impl Recovery for NoRecovery {
    fn after_abuse<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        _: AgentId,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        async { Ok(()) }.boxed()
    }
}
