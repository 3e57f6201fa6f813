//! The port to the room that keeps teams. Teams belong to the desk, above this room; agents and
//! invitations only name them.

use std::pin::Pin;

use kernel::db::{Db, Tx};
use kernel::ids::{AgentId, TeamId};
use kernel::journal::Context;
use kernel::refusal::Refusal;

/// A boxed answer of the port; one that is given a transaction awaits nothing else.
pub type TeamsFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;

/// Who is in which team, as far as this room needs to know.
pub trait TeamMembership: Send + Sync {
    /// Refuses when one of `teams` does not exist, naming the field `team_ids`.
    fn check<'a>(&'a self, tx: &'a mut Tx<'_>, teams: &'a [TeamId]) -> TeamsFuture<'a, ()>;

    /// Puts a new agent into `teams`, with records; teams that are gone by now are left out.
    fn join<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        context: &'a Context,
        agent: AgentId,
        teams: &'a [TeamId],
    ) -> TeamsFuture<'a, ()>;

    /// Every membership, in order of agent, then team; read on its own.
    fn teams_of_all<'a>(&'a self, db: &'a Db) -> TeamsFuture<'a, Vec<(AgentId, TeamId)>>;
}

/// A workspace without teams: none exists, nobody is in one.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTeams;

impl TeamMembership for NoTeams {
    fn check<'a>(&'a self, _: &'a mut Tx<'_>, teams: &'a [TeamId]) -> TeamsFuture<'a, ()> {
        Box::pin(async move {
            if teams.is_empty() {
                return Ok(());
            }
            Err(Refusal::invalid(
                "team_ids",
                "names a team that does not exist",
                "leave it out",
            ))
        })
    }

    fn join<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        _: &'a Context,
        _: AgentId,
        _: &'a [TeamId],
    ) -> TeamsFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn teams_of_all<'a>(&'a self, _: &'a Db) -> TeamsFuture<'a, Vec<(AgentId, TeamId)>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}
