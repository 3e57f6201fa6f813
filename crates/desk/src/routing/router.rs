//! Keeping the facts in memory, and carrying decisions out on the node that holds the lease.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, OfferId, TicketId};
use kernel::journal::StoredRecord;
use kernel::leases::{self, Lease};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::commands::deal::{Outcome, carry_out};
use super::commands::offers;
use super::ports::Ports;
use super::rules::{Decision, decide_all, next_change};
use super::snapshot::{self, Snapshot};
use super::{OfferEnded, TicketRouted};
use crate::Desk;
use crate::live::Tail;
use crate::states;
use crate::tickets::TicketAssigned;

const LEASE_NAME: &str = "routing";
const LEASE: Duration = Duration::from_secs(15);
/// How often the lease is held on to, or asked for.
const LEASE_EVERY: Duration = Duration::from_secs(5);
/// How long more changes may gather.
const GATHER: Duration = Duration::from_millis(5);
/// How long to wait before reading again after the database failed.
const RETRY_WAIT: Duration = Duration::from_secs(1);
/// Screens that are gone are looked for this often.
const SWEEP_EVERY: Duration = Duration::from_secs(20);
/// Decisions that lead to others are made in so many rounds; the rest waits for the next record.
const ROUNDS_MAX: usize = 50;

/// The facts routing rests on, on this node; cloned freely.
#[derive(Clone)]
pub struct Routing(Arc<Shared>);

struct Shared {
    ports: Ports,
    /// `None` before the first load. It is only held between awaits.
    snapshot: Mutex<Option<Snapshot>>,
}

impl Routing {
    /// Routing that knows nothing until [`Self::follow`] runs.
    pub fn new(ports: Ports) -> Self {
        Self(Arc::new(Shared {
            ports,
            snapshot: Mutex::new(None),
        }))
    }

    /// Looks at the facts as they are now; `None` before the first load.
    pub fn look<T>(&self, look: impl FnOnce(&Snapshot) -> T) -> Option<T> {
        self.with(|snapshot| snapshot.as_ref().map(look))
    }

    /// Keeps the facts, and routes while this node holds the lease; runs until dropped. Each node
    /// runs it once.
    pub async fn follow(self, desk: Desk) {
        let holder = desk.kernel.random.token();
        let clock = desk.kernel.clock.clone();
        // The tail starts before the load, so that no change falls between them.
        let mut tail = Tail::from_head(&desk.kernel);
        while let Err(error) = self.load(&desk.kernel).await {
            pause(&desk.kernel, &error).await;
        }
        let mut lease: Option<Lease> = None;
        let (mut lease_at, mut sweep_at) = (clock.now(), clock.now());
        loop {
            if clock.now() >= lease_at {
                lease = keep(&desk.kernel, lease, &holder).await;
                lease_at = clock.now().plus(LEASE_EVERY);
            }
            let mut due = lease_at;
            if let Some(held) = &lease {
                let acted = async {
                    if clock.now() >= sweep_at {
                        states::commands::sweep(&desk.kernel).await?;
                        sweep_at = clock.now().plus(SWEEP_EVERY);
                    }
                    self.act(&desk, held).await
                };
                match acted.await {
                    Ok(true) => {}
                    Ok(false) => lease = None,
                    Err(error) => pause(&desk.kernel, &error).await,
                }
                let next = self.next_due(clock.now());
                due = due.min(next.unwrap_or(due));
            }
            tokio::select! {
                records = tail.next() => {
                    let read = match records {
                        Ok(records) => self.apply(&desk.kernel, &records).await,
                        Err(error) => Err(error.into()),
                    };
                    if let Err(error) = read {
                        pause(&desk.kernel, &error).await;
                        while let Err(error) = self.load(&desk.kernel).await {
                            pause(&desk.kernel, &error).await;
                        }
                    }
                    tokio::time::sleep(GATHER).await;
                }
                () = clock.sleep_until(due) => {}
            }
        }
    }

    /// Reads everything anew.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn load(&self, kernel: &Kernel) -> Result<(), Refusal> {
        let (ports, now) = (self.0.ports.clone(), kernel.clock.now());
        let turns = self.look(|old| old.floor.turns.clone()).unwrap_or_default();
        let read = async move |tx: &mut Tx<'_>| snapshot::load(tx, &ports, now).await;
        let mut loaded: Snapshot = kernel.db.read(read).await?;
        loaded.floor.turns = turns;
        self.with(|snapshot| *snapshot = Some(loaded));
        Ok(())
    }

    /// Reads again what these records may have changed.
    ///
    /// # Errors
    /// When the database can't be read; then everything is to be loaded anew.
    pub async fn apply(
        &self,
        kernel: &Kernel,
        records: &[Arc<StoredRecord>],
    ) -> Result<(), Refusal> {
        if records.iter().any(|record| changes_setting(record)) {
            return self.load(kernel).await;
        }
        let (tickets, agents) = touched(records)?;
        self.read(kernel, tickets, agents).await
    }

    async fn read(
        &self,
        kernel: &Kernel,
        tickets: BTreeSet<TicketId>,
        agents: BTreeSet<AgentId>,
    ) -> Result<(), Refusal> {
        if tickets.is_empty() && agents.is_empty() {
            return Ok(());
        }
        let (ports, now) = (self.0.ports.clone(), kernel.clock.now());
        // Only what a reading needs is copied: the skills, and the offers it may change.
        let Some(skills) = self.look(|all| all.skills.clone()) else {
            return self.load(kernel).await;
        };
        let (asked, who) = (tickets.clone(), agents);
        let read = async move |tx: &mut Tx<'_>| -> Result<(Snapshot, BTreeSet<AgentId>), Refusal> {
            let mut part = Snapshot {
                skills: skills.clone(),
                ..Snapshot::default()
            };
            let mut who = who.clone();
            for id in &asked {
                who.extend(snapshot::read_ticket(tx, &mut part, &ports, *id).await?);
            }
            for agent in &who {
                snapshot::read_hand(tx, &mut part, *agent, now).await?;
            }
            Ok((part, who))
        };
        let (part, agents) = kernel.db.read(read).await?;
        self.with(|snapshot| {
            if let Some(all) = snapshot {
                merge(all, part, &tickets, &agents);
            }
        });
        Ok(())
    }

    /// Reads an agent again after a change that leaves no record, which the agent's care is. Other
    /// nodes see it at the agent's next record; nothing is given by an old look, since everything
    /// is looked at again under the locks.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn notice(&self, kernel: &Kernel, agent: AgentId) -> Result<(), Refusal> {
        let agents = BTreeSet::from([agent]);
        self.read(kernel, BTreeSet::new(), agents).await
    }

    /// Ends offers that are over and carries out everything that can be done now; `false` when
    /// another node routes.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn act(&self, desk: &Desk, lease: &Lease) -> Result<bool, Refusal> {
        for _ in 0..ROUNDS_MAX {
            let now = desk.kernel.clock.now();
            self.look_at_hours(&desk.kernel, now).await?;
            let ended = self.end_offers(&desk.kernel, now).await?;
            let decisions = self.decide(now);
            if decisions.is_empty() && !ended {
                return Ok(true);
            }
            for (decision, hard) in decisions {
                let outcome = carry_out(desk, lease, &decision, hard).await?;
                if outcome == Outcome::Lost {
                    return Ok(false);
                }
                let agents = decision.routed.chosen.into_iter().collect();
                let tickets = BTreeSet::from([decision.ticket]);
                self.read(&desk.kernel, tickets, agents).await?;
            }
        }
        Ok(true)
    }

    fn decide(&self, now: Timestamp) -> Vec<(Decision, bool)> {
        self.with(|snapshot| {
            let Some(all) = snapshot else {
                return Vec::new();
            };
            let hard: BTreeSet<TicketId> = all
                .floor
                .waiting
                .values()
                .filter(|waiting| waiting.hard)
                .map(|waiting| waiting.ticket)
                .collect();
            let decisions = decide_all(&mut all.floor, now);
            let with_hard = |decision: Decision| {
                let is_hard = hard.contains(&decision.ticket);
                (decision, is_hard)
            };
            decisions.into_iter().map(with_hard).collect()
        })
    }

    /// Ends offers nobody answered or whose tickets went elsewhere; whether there was one.
    async fn end_offers(&self, kernel: &Kernel, now: Timestamp) -> Result<bool, Refusal> {
        let over: Vec<(OfferId, TicketId, AgentId)> = self
            .look(|all| {
                let is_over = |offer: &&super::store::Offer| {
                    let waiting = all.floor.waiting.get(&offer.ticket);
                    offer.expires_at <= now || waiting.is_none_or(|it| it.team != offer.team)
                };
                let over = all.offers.values().filter(is_over);
                over.map(|it| (it.id, it.ticket, it.agent)).collect()
            })
            .unwrap_or_default();
        for (offer, ticket, agent) in &over {
            offers::expire(kernel, *offer).await?;
            let tickets = BTreeSet::from([*ticket]);
            self.read(kernel, tickets, BTreeSet::from([*agent])).await?;
        }
        Ok(!over.is_empty())
    }

    async fn look_at_hours(&self, kernel: &Kernel, now: Timestamp) -> Result<(), Refusal> {
        let is_due = |all: &Snapshot| {
            let mut ends = all.hours.values().filter_map(|hours| hours.until);
            ends.any(|until| until <= now)
        };
        if !self.look(is_due).unwrap_or(false) {
            return Ok(());
        }
        let teams: Vec<_> = self
            .look(|all| all.hours.keys().copied().collect())
            .unwrap_or_default();
        let ports = self.0.ports.clone();
        let read = async move |tx: &mut Tx<'_>| -> Result<_, DbError> {
            let mut hours = std::collections::BTreeMap::new();
            for team in &teams {
                hours.insert(*team, ports.hours.look(tx, *team, now).await?);
            }
            Ok(hours)
        };
        let hours = kernel.db.read(read).await?;
        self.with(|snapshot| {
            if let Some(all) = snapshot {
                all.floor.closed = snapshot::closed(&hours);
                all.hours = hours;
            }
        });
        Ok(())
    }

    /// When something is to be done although nothing happens.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.look(|all| {
            let offers = all.offers.values().map(|offer| offer.expires_at);
            let ends = all.hours.values().filter_map(|hours| hours.until);
            let hours = ends.filter(|until| *until > now);
            let change = next_change(&all.floor, now);
            offers.chain(hours).chain(change).min()
        })
        .flatten()
    }

    fn with<T>(&self, change: impl FnOnce(&mut Option<Snapshot>) -> T) -> T {
        let mut snapshot = self
            .0
            .snapshot
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        change(&mut snapshot)
    }
}

/// Whether a record may change more than one ticket and a few agents.
fn changes_setting(record: &StoredRecord) -> bool {
    let kind = record.kind.as_str();
    kind.starts_with("team.")
        || kind.starts_with("skill.")
        || matches!(
            kind,
            "agent.created" | "agent.changed" | "agent.abilities_changed"
        )
}

/// The tickets and agents that records may have changed.
fn touched(
    records: &[Arc<StoredRecord>],
) -> Result<(BTreeSet<TicketId>, BTreeSet<AgentId>), Refusal> {
    let (mut tickets, mut agents) = (BTreeSet::new(), BTreeSet::new());
    for record in records {
        let noun = record.kind.split('.').next().unwrap_or_default();
        if !matches!(noun, "ticket" | "message" | "reply" | "agent") {
            continue;
        }
        tickets.extend(record.ticket);
        agents.extend(record.agent);
        if let Some(assigned) = record.decode::<TicketAssigned>()? {
            agents.extend(assigned.assignee.from);
            agents.extend(assigned.assignee.to);
        }
        if let Some(routed) = record.decode::<TicketRouted>()? {
            agents.extend(routed.chosen);
        }
        if let Some(ended) = record.decode::<OfferEnded>()? {
            agents.insert(ended.offered_to);
        }
    }
    Ok((tickets, agents))
}

/// Takes what was read again into the whole.
fn merge(
    all: &mut Snapshot,
    mut part: Snapshot,
    tickets: &BTreeSet<TicketId>,
    agents: &BTreeSet<AgentId>,
) {
    for id in tickets {
        match part.floor.waiting.remove(id) {
            Some(waiting) => all.floor.waiting.insert(*id, waiting),
            None => all.floor.waiting.remove(id),
        };
        match part.offers.remove(id) {
            Some(offer) => all.offers.insert(*id, offer),
            None => all.offers.remove(id),
        };
    }
    for agent in agents {
        match part.floor.hands.remove(agent) {
            Some(hand) => all.floor.hands.insert(*agent, hand),
            None => all.floor.hands.remove(agent),
        };
        match part.states.remove(agent) {
            Some(state) => all.states.insert(*agent, state),
            None => all.states.remove(agent),
        };
    }
}

async fn keep(kernel: &Kernel, lease: Option<Lease>, holder: &str) -> Option<Lease> {
    if let Some(held) = lease
        && leases::renew(&kernel.db, &held, LEASE)
            .await
            .unwrap_or(false)
    {
        return Some(held);
    }
    match leases::acquire(&kernel.db, LEASE_NAME, holder, LEASE).await {
        Ok(lease) => lease,
        Err(error) => {
            tracing::warn!(%error, "the lease of routing can't be had");
            None
        }
    }
}

async fn pause(kernel: &Kernel, error: &Refusal) {
    tracing::warn!(%error, "routing waits for the database");
    let next = kernel.clock.now().plus(RETRY_WAIT);
    kernel.clock.sleep_until(next).await;
}
