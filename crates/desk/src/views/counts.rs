//! The local reader that keeps the counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use identity::Caller;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, TeamId, TicketId, ViewId};
use kernel::journal::StoredRecord;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use tokio::sync::watch;

use super::rules::{self, Facts};
use super::saved::members::{Members, Place};
use super::saved::{self, Definition, Scope};
use super::tally::Tally;
use super::{View, store};
use crate::conditions;
use crate::live::Tail;
use crate::teams::{self, Team};

/// Tickets read at once while loading.
const PAGE_ROWS: i64 = 5_000;
/// Tickets noted at once while others wait to read.
const FILL_ROWS: usize = 100;
/// How long to wait before reading again after the database failed.
const RETRY_WAIT: Duration = Duration::from_secs(1);
/// How long more changes may gather after some were counted.
const GATHER: Duration = Duration::from_millis(5);
/// Tickets looked at again at once because their time has come.
const TURNED_MAX: usize = 500;
/// How long a request waits for the first load.
const LOAD_WAIT: Duration = Duration::from_secs(5);

/// What the ids of saved views begin with.
pub const SAVED: &str = "saved:";

/// How many tickets each view holds; cloned freely.
#[derive(Clone)]
pub struct Counts {
    kernel: Kernel,
    state: Arc<RwLock<State>>,
    progress: watch::Sender<Option<i64>>,
}

#[derive(Default)]
struct State {
    tally: Tally,
    teams: Vec<Team>,
    saved: BTreeMap<ViewId, Saved>,
    members: Members,
}

/// A saved view as far as lists need it.
#[derive(Clone)]
struct Saved {
    name: String,
    owner: Option<AgentId>,
    team: Option<TeamId>,
    definition: Definition,
}

impl Counts {
    /// Counts that know nothing until [`Self::follow`] runs.
    pub fn new(kernel: Kernel) -> Self {
        Self {
            kernel,
            state: Arc::default(),
            progress: watch::Sender::new(None),
        }
    }

    /// Loads the counts and keeps them; runs until dropped. Each node runs it once.
    pub async fn follow(self) {
        // The tail starts before the load, so that no change falls between them.
        let mut tail = Tail::from_head(&self.kernel);
        while let Err(error) = self.load().await {
            self.pause(&error).await;
        }
        self.progress.send_replace(Some(tail.position()));
        loop {
            let read = tokio::select! {
                read = tail.next() => read,
                () = self.turn() => Ok(Vec::new()),
            };
            match read {
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

    /// Changes whenever counts may have changed: the position they include, `None` before the
    /// first load.
    pub fn progress(&self) -> watch::Receiver<Option<i64>> {
        self.progress.subscribe()
    }

    /// The caller's views with their counts, once the first load is done.
    pub async fn views(&self, caller: &Caller) -> Result<Vec<View>, Refusal> {
        self.loaded().await?;
        Ok(self.views_now(caller))
    }

    async fn loaded(&self) -> Result<(), Refusal> {
        let mut progress = self.progress();
        let late = self.kernel.clock.now().plus(LOAD_WAIT);
        tokio::select! {
            biased;
            _ = progress.wait_for(Option::is_some) => Ok(()),
            () = self.kernel.clock.sleep_until(late) => Err(Refusal::Unavailable {
                detail: "The views are still being counted. Try again in a moment.".into(),
            }),
        }
    }

    /// The caller's views with their counts as far as they are known.
    pub fn views_now(&self, caller: &Caller) -> Vec<View> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let fixed = rules::views_for(caller.agent, caller.role, &state.teams)
            .into_iter()
            .map(|(key, name)| View {
                id: key.to_string(),
                name: name.map(str::to_owned),
                saved: None,
                count: state.tally.count(key),
                capped: false,
            });
        let teams = state.teams_of(caller.agent);
        let mut saved: Vec<View> = state
            .saved
            .iter()
            .filter(|(_, view)| view.is_seen_by(caller, &teams))
            .map(|(id, view)| View {
                id: format!("{SAVED}{id}"),
                name: Some(view.name.clone()),
                saved: Some(view.shown(*id, caller)),
                count: state.members.count(*id, caller.agent).unwrap_or(0),
                capped: false,
            })
            .collect();
        saved.sort_by_cached_key(|view| view.name.as_deref().unwrap_or_default().to_lowercase());
        fixed.chain(saved).collect()
    }

    /// Up to `limit` places of a saved view behind one of them, in its order; `None` when the
    /// caller sees no such view.
    pub async fn page(
        &self,
        caller: &Caller,
        view: ViewId,
        behind: Option<Place>,
        limit: usize,
    ) -> Result<Option<Vec<Place>>, Refusal> {
        self.loaded().await?;
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let teams = state.teams_of(caller.agent);
        let seen = state
            .saved
            .get(&view)
            .filter(|it| it.is_seen_by(caller, &teams));
        Ok(seen.and_then(|it| {
            state
                .members
                .page(view, caller.agent, &it.definition, behind, limit)
        }))
    }

    async fn load(&self) -> Result<(), Refusal> {
        let mut tally = Tally::default();
        let mut after = TicketId(0);
        loop {
            let page = self
                .kernel
                .db
                .read(async move |tx: &mut Tx<'_>| store::page(tx, after, PAGE_ROWS).await)
                .await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (ticket, facts) in page {
                tally.set(ticket, Some(facts), Vec::new());
            }
        }
        let mut after = (TicketId(0), AgentId(0));
        loop {
            let page = self
                .kernel
                .db
                .read(async move |tx: &mut Tx<'_>| store::mentions_page(tx, after, PAGE_ROWS).await)
                .await?;
            let Some(last) = page.last() else { break };
            after = *last;
            for (ticket, agent) in page {
                tally.mention(ticket, agent);
            }
        }
        let teams = self.read_teams().await?;
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State {
            tally,
            teams,
            ..State::default()
        };
        self.load_saved().await
    }

    /// Reads the saved views and fills those that are new or changed.
    async fn load_saved(&self) -> Result<(), Refusal> {
        let keys = self.kernel.keys.clone();
        let saved = self
            .kernel
            .db
            .read(async move |tx: &mut Tx<'_>| {
                let mut views = BTreeMap::new();
                for stored in saved::store::all(tx).await? {
                    let opened = saved::commands::opened(tx, &keys, &stored.definition).await?;
                    let Some(definition) = opened else { continue };
                    let view = Saved {
                        name: stored.name,
                        owner: stored.owner,
                        team: stored.team,
                        definition,
                    };
                    views.insert(stored.id, view);
                }
                Ok::<_, Refusal>(views)
            })
            .await?;
        let wanted = saved
            .iter()
            .map(|(id, view)| (*id, view.definition.conditions.clone()))
            .collect();
        let fill = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.saved = saved;
            state.members.become_views(&wanted)
        };
        if fill { self.fill().await } else { Ok(()) }
    }

    /// Tells new saved views of every ticket; what changes meanwhile is noted afterwards.
    async fn fill(&self) -> Result<(), Refusal> {
        let mut after = TicketId(0);
        loop {
            let page = self
                .kernel
                .db
                .read(async move |tx: &mut Tx<'_>| {
                    conditions::store::page(tx, after, PAGE_ROWS).await
                })
                .await?;
            let Some((last, _)) = page.last() else {
                let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
                state.members.filled();
                return Ok(());
            };
            after = *last;
            for some in page.chunks(FILL_ROWS) {
                self.fill_some(some);
                // Many views take long to fill, and others want to run meanwhile.
                tokio::task::yield_now().await;
            }
        }
    }

    fn fill_some(&self, page: &[(TicketId, conditions::Facts)]) {
        let now = self.kernel.clock.now();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        for (ticket, facts) in page {
            state.members.fill(*ticket, facts, now);
        }
    }

    /// Returns when time alone may have moved a ticket into a view or out of one.
    async fn turn(&self) {
        let next = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            state.members.next_turn()
        };
        match next {
            Some(at) => self.kernel.clock.sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// The tickets to be noted again: those of the records, and those whose time has come.
    fn touched(&self, records: &[Arc<StoredRecord>], now: Timestamp) -> (BTreeSet<TicketId>, bool) {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let mut tickets: BTreeSet<TicketId> = records.iter().filter_map(|it| it.ticket).collect();
        tickets.extend(state.members.turned(now, TURNED_MAX));
        (tickets, !state.saved.is_empty())
    }

    async fn apply(&self, records: &[Arc<StoredRecord>]) -> Result<(), Refusal> {
        let now = self.kernel.clock.now();
        let (tickets, with_facts) = self.touched(records, now);
        let found = self
            .kernel
            .db
            .read(async move |tx: &mut Tx<'_>| {
                let mut found = Vec::new();
                for ticket in &tickets {
                    found.push(read_ticket(tx, *ticket, with_facts).await?);
                }
                Ok::<_, DbError>(found)
            })
            .await?;
        let of = |noun: &str| records.iter().any(|record| record.kind.starts_with(noun));
        let teams = if of("team.") {
            Some(self.read_teams().await?)
        } else {
            None
        };
        {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            for Found {
                ticket,
                facts,
                mentioned,
                known,
            } in found
            {
                state.tally.set(ticket, facts, mentioned);
                if with_facts {
                    state.members.set(ticket, known.as_ref(), now);
                }
            }
            if let Some(teams) = teams {
                state.teams = teams;
            }
        }
        if of("view.") {
            self.load_saved().await?;
        }
        Ok(())
    }

    async fn read_teams(&self) -> Result<Vec<Team>, DbError> {
        self.kernel
            .db
            .read(async |tx: &mut Tx<'_>| teams::store::all(tx).await)
            .await
    }

    async fn pause(&self, error: &impl std::fmt::Display) {
        tracing::warn!(%error, "the counts of the views wait for the database");
        self.kernel
            .clock
            .sleep_until(self.kernel.clock.now().plus(RETRY_WAIT))
            .await;
    }
}

impl State {
    fn teams_of(&self, agent: AgentId) -> Vec<TeamId> {
        let own = self
            .teams
            .iter()
            .filter(|team| team.member_ids.contains(&agent));
        own.map(|team| team.id).collect()
    }
}

impl Saved {
    fn scope(&self) -> Scope {
        match (self.owner, self.team) {
            (Some(_), _) => Scope::Personal,
            (None, Some(team)) => Scope::Team(team),
            (None, None) => Scope::Shared,
        }
    }

    fn shown(&self, view_id: ViewId, caller: &Caller) -> saved::Shown {
        let scope = self.scope();
        saved::Shown {
            view_id,
            scope,
            group: self.definition.group,
            columns: self.definition.columns.clone(),
            density: self.definition.density,
            may_change: saved::rules::may_write(caller, scope).is_ok(),
        }
    }

    fn is_seen_by(&self, caller: &Caller, teams: &[TeamId]) -> bool {
        let who = (caller.agent, caller.role);
        saved::rules::sees(who, teams, (self.owner, self.team))
    }
}

/// What was read of a ticket that may have changed.
struct Found {
    ticket: TicketId,
    facts: Option<Facts>,
    mentioned: Vec<AgentId>,
    known: Option<conditions::Facts>,
}

async fn read_ticket(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    with_facts: bool,
) -> Result<Found, DbError> {
    Ok(Found {
        ticket,
        facts: store::facts(tx, ticket).await?,
        mentioned: store::mentioned(tx, ticket).await?,
        known: if with_facts {
            conditions::store::facts(tx, ticket).await?
        } else {
            None
        },
    })
}
