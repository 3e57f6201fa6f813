//! The port by which identity, the room below, learns who is in which team.

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;
use identity::TeamMembership;
use kernel::db::{Db, Tx};
use kernel::ids::{AgentId, TeamId};
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::Refusal;

use super::{TeamChanged, rules, store};

/// Answers identity from the desk's tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct Membership;

impl TeamMembership for Membership {
    fn check<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        teams: &'a [TeamId],
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            for team in teams {
                if !store::exists(tx, *team).await? {
                    return Err(Refusal::invalid(
                        "team_ids",
                        format!("names team {team}, which does not exist"),
                        "leave it out",
                    ));
                }
            }
            Ok(())
        })
    }

    fn join<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        context: &'a Context,
        agent: AgentId,
        teams: &'a [TeamId],
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            // In one order, so that two who join the same teams never wait for each other.
            for team in teams.iter().collect::<BTreeSet<_>>() {
                join_one(tx, context, agent, *team).await?;
            }
            Ok(())
        })
    }

    fn teams_of_all<'a>(
        &'a self,
        db: &'a Db,
    ) -> BoxFuture<'a, Result<Vec<(AgentId, TeamId)>, Refusal>> {
        let read = async |tx: &mut Tx<'_>| Ok(store::memberships(tx).await?);
        Box::pin(db.read(read))
    }
}

async fn join_one(
    tx: &mut Tx<'_>,
    context: &Context,
    agent: AgentId,
    id: TeamId,
) -> Result<(), Refusal> {
    store::lock(tx, id).await?;
    let Some(team) = store::find(tx, id).await? else {
        return Ok(());
    };
    if team.member_ids.contains(&agent) || team.member_ids.len() >= rules::MEMBERS_MAX {
        return Ok(());
    }
    store::update(tx, id, &rules::name(&team.name)?).await?;
    store::add_member(tx, id, agent).await?;
    let to = store::members(tx, id).await?;
    let member_ids = Some(Change {
        from: team.member_ids,
        to,
    });
    let record = TeamChanged {
        team: id,
        name: None,
        member_ids,
    };
    journal::append(tx, context, Subject::default(), &record).await?;
    Ok(())
}
