//! What routing asks of others.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, CustomerId, TeamId};
use kernel::time::Timestamp;

/// Whether a team is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Whether it is.
    pub open: bool,
    /// When that changes next; `None`: never.
    pub until: Option<Timestamp>,
}

/// When teams are open: a port that the schedules fill.
pub trait OpenHours: Send + Sync {
    /// Whether `team` is open at `at`.
    fn look<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        team: TeamId,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<Hours, DbError>>;
}

/// Who looks after a customer's account: a port that the customers' room fills.
pub trait AccountOwner: Send + Sync {
    /// The agent named for the account of `customer`; `None` when nobody is.
    fn of<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        customer: CustomerId,
    ) -> BoxFuture<'a, Result<Option<AgentId>, DbError>>;
}

/// Whether a customer was marked as abusive before: a port that the care of abuse fills. It only
/// helps to share hard contacts out.
pub trait AbuseMarks: Send + Sync {
    /// Whether there is such a mark on `customer`.
    fn is_marked<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        customer: CustomerId,
    ) -> BoxFuture<'a, Result<bool, DbError>>;
}

/// All that routing asks of others; cloned freely.
#[derive(Clone)]
pub struct Ports {
    /// When teams are open.
    pub hours: Arc<dyn OpenHours>,
    /// Who looks after accounts.
    pub owners: Arc<dyn AccountOwner>,
    /// Who was marked as abusive.
    pub marks: Arc<dyn AbuseMarks>,
}

impl Default for Ports {
    fn default() -> Self {
        Self {
            hours: Arc::new(AlwaysOpen),
            owners: Arc::new(NoAccountOwner),
            marks: Arc::new(NoMarks),
        }
    }
}

/// Customers without marks.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMarks;

impl AbuseMarks for NoMarks {
    fn is_marked<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        _: CustomerId,
    ) -> BoxFuture<'a, Result<bool, DbError>> {
        async { Ok(false) }.boxed()
    }
}

/// Teams without schedules: always open.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysOpen;

impl OpenHours for AlwaysOpen {
    fn look<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        _: TeamId,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Hours, DbError>> {
        let hours = Hours {
            open: true,
            until: None,
        };
        async move { Ok(hours) }.boxed()
    }
}

/// Accounts without owners.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAccountOwner;

impl AccountOwner for NoAccountOwner {
    fn of<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        _: CustomerId,
    ) -> BoxFuture<'a, Result<Option<AgentId>, DbError>> {
        async { Ok(None) }.boxed()
    }
}
