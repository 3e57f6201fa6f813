//! The local reader that keeps the ledger, and what the board shows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, RecordId, TeamId, TicketId};
use kernel::journal::StoredRecord;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use tokio::sync::watch;

use super::ledger::{Entry, Ledger, Sums};
use super::rules::{self, day_began, service_level};
use super::{AgentsInState, List, TeamStanding, What, store};
use crate::live::Tail;
use crate::routing::Routing;
use crate::routing::board::{self, QueueStanding};
use crate::sla::book::Page;
use crate::states::AgentState;

/// Rows read at once while loading.
const PAGE_ROWS: i64 = 5_000;
/// How long to wait before reading again after the database failed.
const RETRY_WAIT: Duration = Duration::from_secs(1);
/// How long more changes may gather after some were noted.
const GATHER: Duration = Duration::from_millis(5);
/// How long decided first replies are kept: longer than any day that is not over.
const KEPT: Duration = Duration::from_secs(3 * 24 * 3_600);

/// What is due and how first replies went, on this node; cloned freely.
#[derive(Clone)]
pub struct Board {
    kernel: Kernel,
    ledger: Arc<RwLock<Ledger>>,
    progress: watch::Sender<Option<i64>>,
}

impl Board {
    /// A board that knows nothing until [`Self::follow`] runs.
    pub fn new(kernel: Kernel) -> Self {
        Self {
            kernel,
            ledger: Arc::default(),
            progress: watch::Sender::new(None),
        }
    }

    /// Loads the ledger and keeps it; runs until dropped. Each node runs it once.
    pub async fn follow(self) {
        // The tail starts before the load, so that no change falls between them.
        let mut tail = Tail::from_head(&self.kernel);
        while let Err(error) = self.load().await {
            self.pause(&error).await;
        }
        self.progress.send_replace(Some(tail.position()));
        loop {
            match tail.next().await {
                Ok(records) => {
                    while let Err(error) = self.apply(&records).await {
                        self.pause(&error).await;
                    }
                    self.progress.send_replace(Some(tail.position()));
                    tokio::time::sleep(GATHER).await;
                }
                Err(error) => self.pause(&error).await,
            }
        }
    }

    /// The position in the journal that the ledger includes; `None` before the first load.
    pub fn progress(&self) -> watch::Receiver<Option<i64>> {
        self.progress.subscribe()
    }

    async fn load(&self) -> Result<(), DbError> {
        let mut ledger = Ledger::default();
        let since = self.kernel.clock.now().minus(KEPT);
        let db = &self.kernel.db;
        let mut after = TicketId(0);
        loop {
            let read = async move |tx: &mut Tx<'_>| store::due_page(tx, after, PAGE_ROWS).await;
            let page = db.read(read).await?;
            let Some((last, ..)) = page.last() else { break };
            after = *last;
            for (ticket, team, due) in page {
                ledger.edit(ticket, |entry| {
                    entry.team = team;
                    entry.due_at = Some(due);
                });
            }
        }
        let mut after = (TicketId(0), RecordId(0));
        loop {
            let read =
                async move |tx: &mut Tx<'_>| store::answers_page(tx, after, since, PAGE_ROWS).await;
            let page = db.read(read).await?;
            let Some((ticket, began, ..)) = page.last() else {
                break;
            };
            after = (*ticket, *began);
            for (ticket, _, team, state, ended, breached) in page {
                let answer = rules::answer(state, ended, breached);
                ledger.edit(ticket, |entry| {
                    entry.team = team;
                    entry.answers.extend(answer.filter(|it| it.at >= since));
                });
            }
        }
        self.load_teamless(&mut ledger, since).await?;
        *self.ledger.write().unwrap_or_else(PoisonError::into_inner) = ledger;
        Ok(())
    }

    async fn load_teamless(&self, ledger: &mut Ledger, since: Timestamp) -> Result<(), DbError> {
        let mut after = TicketId(0);
        loop {
            let read = async move |tx: &mut Tx<'_>| -> Result<Vec<(TicketId, Entry)>, DbError> {
                let mut found = Vec::new();
                for id in store::teamless_page(tx, after, PAGE_ROWS).await? {
                    found.push((id, store::entry(tx, id, since).await?));
                }
                Ok(found)
            };
            let page = self.kernel.db.read(read).await?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            after = *last;
            for (ticket, entry) in page {
                ledger.set(ticket, entry);
            }
        }
    }

    async fn apply(&self, records: &[Arc<StoredRecord>]) -> Result<(), DbError> {
        let since = self.kernel.clock.now().minus(KEPT);
        let tickets: BTreeSet<TicketId> = records.iter().filter_map(|it| it.ticket).collect();
        let read = async move |tx: &mut Tx<'_>| -> Result<Vec<(TicketId, Entry)>, DbError> {
            let mut found = Vec::new();
            for id in &tickets {
                found.push((*id, store::entry(tx, *id, since).await?));
            }
            Ok(found)
        };
        let found = self.kernel.db.read(read).await?;
        let mut ledger = self.ledger.write().unwrap_or_else(PoisonError::into_inner);
        for (ticket, entry) in found {
            ledger.set(ticket, entry);
        }
        ledger.forget_before(since);
        Ok(())
    }

    async fn pause(&self, error: &DbError) {
        tracing::warn!(%error, "the board waits for the database");
        let later = self.kernel.clock.now().plus(RETRY_WAIT);
        self.kernel.clock.sleep_until(later).await;
    }

    /// How every team's work stands at `now`, in the order of their ids, what has no team last.
    ///
    /// # Errors
    /// In the first moments after a start, before everything was read.
    pub fn standings(
        &self,
        routing: &Routing,
        hours: &Page,
        now: Timestamp,
    ) -> Result<Vec<TeamStanding>, Refusal> {
        let queues = board::queues(routing).filter(|_| self.progress.borrow().is_some());
        let queues = queues.ok_or_else(not_yet)?;
        let teamless = teamless_agents(routing, &queues);
        let teams: BTreeSet<Option<TeamId>> = queues
            .iter()
            .map(|it| Some(it.team_id))
            .chain([None])
            .collect();
        let days: BTreeMap<Option<TeamId>, Timestamp> = teams
            .into_iter()
            .map(|team| (team, day_began(now, &hours.zone_of(team))))
            .collect();
        let began = |team| days.get(&team).copied().unwrap_or(now);
        let ledger = self.ledger.read().unwrap_or_else(PoisonError::into_inner);
        let sums = ledger.sums(now, began);
        let of = |team| sums.get(&team).copied().unwrap_or_default();
        let mut shown: Vec<TeamStanding> = queues
            .into_iter()
            .map(|queue| {
                let team = Some(queue.team_id);
                standing(queue, began(team), &of(team))
            })
            .collect();
        let (waiting, waiting_since) = ledger.waiting();
        let rest = of(None);
        if waiting > 0 || rest != Sums::default() || !teamless.is_empty() {
            shown.push(TeamStanding {
                waiting: figure(What::Waiting, None, waiting),
                waiting_since,
                agents: teamless,
                ..bare(None, began(None), &rest)
            });
        }
        Ok(shown)
    }

    /// Up to `limit` tickets of a list behind a place, the earliest first.
    ///
    /// # Errors
    /// In the first moments after a start, before everything was read.
    pub fn list(
        &self,
        routing: &Routing,
        hours: &Page,
        now: Timestamp,
        list: List,
    ) -> Result<Vec<(Timestamp, TicketId)>, Refusal> {
        if self.progress.borrow().is_none() {
            return Err(not_yet());
        }
        if let (What::Waiting, Some(team)) = (list.what, list.team) {
            let waiting = routing.look(|all| {
                let of_team = all.floor.waiting.values().filter(|it| it.team == team);
                let mut waiting: Vec<_> = of_team.map(|it| (it.since, it.ticket)).collect();
                waiting.sort_unstable();
                waiting
            });
            return waiting.ok_or_else(not_yet);
        }
        let began = day_began(now, &hours.zone_of(list.team));
        let ledger = self.ledger.read().unwrap_or_else(PoisonError::into_inner);
        Ok(ledger.list(list, now, began))
    }
}

fn not_yet() -> Refusal {
    Refusal::Unavailable {
        detail: "The board is still being read. Try again in a moment.".into(),
    }
}

fn figure(what: What, team: Option<TeamId>, count: usize) -> super::Figure {
    List { what, team }.figure(i64::try_from(count).unwrap_or(i64::MAX))
}

/// What promises say of a team, without its queue.
fn bare(team: Option<TeamId>, since: Timestamp, sums: &Sums) -> TeamStanding {
    let list = |what, count| List { what, team }.figure(count);
    TeamStanding {
        team_id: team,
        open: true,
        waiting: list(What::Waiting, 0),
        waiting_since: None,
        at_risk: list(What::AtRisk, sums.at_risk),
        overdue: list(What::Overdue, sums.overdue),
        agents: Vec::new(),
        offers: Vec::new(),
        first_replies: service_level(team, since, sums),
    }
}

fn standing(queue: QueueStanding, since: Timestamp, sums: &Sums) -> TeamStanding {
    let team = Some(queue.team_id);
    TeamStanding {
        open: queue.open,
        waiting: figure(What::Waiting, team, queue.waiting.len()),
        waiting_since: queue.waiting_since,
        agents: in_states(queue.agents),
        offers: queue.offers,
        ..bare(team, since, sums)
    }
}

fn in_states(agents: BTreeMap<AgentState, Vec<AgentId>>) -> Vec<AgentsInState> {
    agents
        .into_iter()
        .map(|(state, agent_ids)| AgentsInState { state, agent_ids })
        .collect()
}

/// Those who are in no team and at work.
fn teamless_agents(routing: &Routing, queues: &[QueueStanding]) -> Vec<AgentsInState> {
    let placed: BTreeSet<AgentId> = queues
        .iter()
        .flat_map(|queue| queue.agents.values().flatten().copied())
        .collect();
    let mut agents: BTreeMap<AgentState, Vec<AgentId>> = BTreeMap::new();
    routing.look(|all| {
        for (agent, state) in &all.states {
            if !placed.contains(agent) && *state != AgentState::Offline {
                agents.entry(*state).or_default().push(*agent);
            }
        }
    });
    in_states(agents)
}
