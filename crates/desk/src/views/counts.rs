//! The local reader that keeps the counts.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use identity::Caller;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, TicketId};
use kernel::journal::StoredRecord;
use kernel::refusal::Refusal;
use tokio::sync::watch;

use super::rules::{self, Facts};
use super::tally::Tally;
use super::{View, store};
use crate::live::Tail;
use crate::teams::{self, Team};

/// Tickets read at once while loading.
const PAGE_ROWS: i64 = 5_000;
/// How long to wait before reading again after the database failed.
const RETRY_WAIT: Duration = Duration::from_secs(1);
/// How long more changes may gather after some were counted.
const GATHER: Duration = Duration::from_millis(5);
/// How long a request waits for the first load.
const LOAD_WAIT: Duration = Duration::from_secs(5);

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

    /// Changes whenever counts may have changed: the position they include, `None` before the
    /// first load.
    pub fn progress(&self) -> watch::Receiver<Option<i64>> {
        self.progress.subscribe()
    }

    /// The caller's views with their counts, once the first load is done.
    pub async fn views(&self, caller: &Caller) -> Result<Vec<View>, Refusal> {
        let mut progress = self.progress();
        let late = self.kernel.clock.now().plus(LOAD_WAIT);
        tokio::select! {
            biased;
            _ = progress.wait_for(Option::is_some) => Ok(self.views_now(caller)),
            () = self.kernel.clock.sleep_until(late) => Err(Refusal::Unavailable {
                detail: "The views are still being counted. Try again in a moment.".into(),
            }),
        }
    }

    /// The caller's views with their counts as far as they are known.
    pub fn views_now(&self, caller: &Caller) -> Vec<View> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        rules::views_for(caller.agent, caller.role, &state.teams)
            .into_iter()
            .map(|(key, name)| View {
                id: key.to_string(),
                name: name.map(str::to_owned),
                count: state.tally.count(key),
                capped: false,
            })
            .collect()
    }

    async fn load(&self) -> Result<(), DbError> {
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
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State { tally, teams };
        Ok(())
    }

    async fn apply(&self, records: &[Arc<StoredRecord>]) -> Result<(), DbError> {
        let tickets: BTreeSet<TicketId> = records.iter().filter_map(|it| it.ticket).collect();
        let found = self
            .kernel
            .db
            .read(async move |tx: &mut Tx<'_>| {
                let mut found = Vec::new();
                for ticket in &tickets {
                    found.push(read_ticket(tx, *ticket).await?);
                }
                Ok::<_, DbError>(found)
            })
            .await?;
        let teams = if records
            .iter()
            .any(|record| record.kind.starts_with("team."))
        {
            Some(self.read_teams().await?)
        } else {
            None
        };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        for (ticket, facts, mentioned) in found {
            state.tally.set(ticket, facts, mentioned);
        }
        if let Some(teams) = teams {
            state.teams = teams;
        }
        Ok(())
    }

    async fn read_teams(&self) -> Result<Vec<Team>, DbError> {
        self.kernel
            .db
            .read(async |tx: &mut Tx<'_>| teams::store::all(tx).await)
            .await
    }

    async fn pause(&self, error: &DbError) {
        tracing::warn!(%error, "the counts of the views wait for the database");
        self.kernel
            .clock
            .sleep_until(self.kernel.clock.now().plus(RETRY_WAIT))
            .await;
    }
}

async fn read_ticket(
    tx: &mut Tx<'_>,
    ticket: TicketId,
) -> Result<(TicketId, Option<Facts>, Vec<AgentId>), DbError> {
    let facts = store::facts(tx, ticket).await?;
    Ok((ticket, facts, store::mentioned(tx, ticket).await?))
}
