//! What protects an agent. None of it is journaled: it is for the agent alone.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::AgentId;
use kernel::journal::Context;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::super::TeamRouting;
use super::super::rules::{care, check, minutes};
use super::super::store::{self, Load};
use super::offers::withdraw;
use crate::{states, teams};

/// An agent met abuse: they are offered nothing for the minutes their teams grant (the longest
/// counts), and what lies before them goes to somebody else. Part of the caller's transaction,
/// which holds no row of another agent.
pub async fn after_abuse(tx: &mut Tx<'_>, agent: AgentId, at: Timestamp) -> Result<(), Refusal> {
    states::store::lock(tx, agent, at).await?;
    let mut load = store::load(tx, agent).await?;
    let rest = teams_of(tx, agent)
        .await?
        .iter()
        .map(|team| team.recovery_minutes)
        .max()
        .unwrap_or(check::RECOVERY_MINUTES_DEFAULT);
    add(&mut load, care::ABUSIVE, true, at);
    if rest > 0 {
        load.recovery_from = at;
        load.recovery_until = load.recovery_until.max(at.plus(minutes(rest)));
    }
    store::put_load(tx, agent, &load).await?;
    if rest > 0 {
        withdraw(tx, &Context::system(at), agent).await?;
    }
    Ok(())
}

/// The caller ends their rest, or makes it last `minutes` from its beginning, at most fifteen.
pub async fn rest(kernel: &Kernel, caller: &Caller, minutes_long: i64) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let (now, me) = (kernel.clock.now(), caller.agent);
    if !(0..=care::RECOVERY_MINUTES_MAX).contains(&minutes_long) {
        return Err(Refusal::invalid(
            "minutes",
            "is not between 0 and 15",
            "choose up to 15 minutes, or 0 to go on now",
        ));
    }
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            states::store::lock(tx, me, now).await?;
            let mut load = store::load(tx, me).await?;
            if load.recovery_until <= now {
                return Err(Refusal::conflict(
                    "no_recovery",
                    "Your recovery time is over. Choose the state Break to rest.",
                ));
            }
            load.recovery_until = load.recovery_from.plus(minutes(minutes_long));
            Ok(store::put_load(tx, me, &load).await?)
        })
        .await
}

/// The caller chooses how much of their limit routing fills, within the bounds of their teams.
pub async fn choose_ceiling(
    kernel: &Kernel,
    caller: &Caller,
    version: i64,
    ceiling: i64,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let (now, me) = (kernel.clock.now(), caller.agent);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            states::store::lock(tx, me, now).await?;
            let mut load = store::load(tx, me).await?;
            if load.version != version {
                return Err(Refusal::Stale { what: "load" });
            }
            check::ceiling(ceiling, bounds(&teams_of(tx, me).await?))?;
            load.ceiling = ceiling;
            load.version = load.version.saturating_add(1);
            Ok(store::put_load(tx, me, &load).await?)
        })
        .await
}

/// Adds a contact to an agent's numbers.
pub(super) fn add(load: &mut Load, weight: i64, hard: bool, now: Timestamp) {
    let left = care::decayed(load.strain, load.strain_at, now);
    load.strain = left.saturating_add(weight);
    load.strain_at = now;
    let today = care::day(now);
    if load.exposure_day != today {
        load.exposure = 0;
        load.exposure_day = today;
    }
    load.exposure = load.exposure.saturating_add(i64::from(hard));
}

/// How the agent's teams share work out.
pub async fn teams_of(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<TeamRouting>, Refusal> {
    let mut set_up = store::teams(tx).await?;
    let memberships = teams::store::memberships(tx).await?;
    Ok(memberships
        .into_iter()
        .filter(|(member, _)| *member == agent)
        .map(|(_, team)| set_up.remove(&team).unwrap_or_else(|| store::unset(team)))
        .collect())
}

/// Between which shares somebody in these teams chooses: what all of them allow.
pub fn bounds(teams: &[TeamRouting]) -> (i64, i64) {
    let low = teams
        .iter()
        .map(|team| team.ceiling_min)
        .max()
        .unwrap_or(50);
    let high = teams
        .iter()
        .map(|team| team.ceiling_max)
        .min()
        .unwrap_or(100);
    (low.min(high), high)
}
