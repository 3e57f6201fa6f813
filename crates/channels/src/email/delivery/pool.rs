//! Signed-in conversations, shared by everything that leaves by the same account on a server.
//!
//! A few conversations per account carry any number of mails. A conversation that rested is asked
//! (RSET) before it is trusted, so that one the server dropped is replaced before anything is
//! claimed. Nobody waits here: jobs are few, and a slow server must not hold them all.

use crate::email::server::{MailTls, Server, ServerProblem};
use crate::email::smtp::{self, Session};
use kernel::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Conversations with one server for one account, on one node.
pub const SESSIONS_MAX: usize = 4;
/// Conversations of one node, and with one host: jobs of other kinds keep places of their own,
/// however slow the servers are.
const AT_ONCE_MAX: usize = 10;
const PER_HOST_MAX: usize = 6;
/// Mails of one conversation; some servers end it after a hundred.
const MAILS_MAX: u32 = 50;
/// A conversation that rested this long is ended.
pub const IDLE_MAX: Duration = Duration::from_secs(30);

/// The conversations of this node.
#[derive(Clone)]
pub struct Pool {
    lanes: Arc<Mutex<Vec<Lane>>>,
    turns: Arc<Semaphore>,
    hosts: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

impl Default for Pool {
    fn default() -> Self {
        Pool {
            lanes: Arc::default(),
            turns: Arc::new(Semaphore::new(AT_ONCE_MAX)),
            hosts: Arc::default(),
        }
    }
}

/// The right to speak with a host at all; ends when dropped.
pub struct Turn {
    _node: OwnedSemaphorePermit,
    _host: OwnedSemaphorePermit,
}

/// One account on one server, with the secret it signs in by: another secret is another lane.
struct Lane {
    server: Server,
    sessions: Arc<Semaphore>,
    idle: Vec<(Session, Timestamp)>,
}

/// The right to hold a conversation; ends when dropped.
pub struct Place {
    server: Server,
    _session: OwnedSemaphorePermit,
    _turn: Turn,
}

impl Pool {
    /// A turn with a host, to be had before anything is asked of it or of its provider; `None` when
    /// there are too many already.
    pub fn turn(&self, host: &str) -> Option<Turn> {
        let of_host = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = || Arc::new(Semaphore::new(PER_HOST_MAX));
            hosts.entry(host.to_owned()).or_insert_with(fresh).clone()
        };
        Some(Turn {
            _host: of_host.try_acquire_owned().ok()?,
            _node: self.turns.clone().try_acquire_owned().ok()?,
        })
    }

    /// Whether nobody could have a turn now, so that no mail need be written for it.
    pub fn is_crowded(&self) -> bool {
        self.turns.available_permits() == 0
    }

    /// A place for a conversation of this account; `None` when there are too many already.
    pub fn place(&self, server: &Server, turn: Turn) -> Option<Place> {
        let sessions = self.with(server, |lane| lane.sessions.clone());
        Some(Place {
            server: server.clone(),
            _session: sessions.try_acquire_owned().ok()?,
            _turn: turn,
        })
    }

    /// A conversation that works: one that rested and still answers, or a new one.
    ///
    /// # Errors
    /// The server can't be reached or signed in to.
    pub async fn session(
        &self,
        place: &Place,
        (tls, hello): (&MailTls, &str),
        now: Timestamp,
    ) -> Result<Session, ServerProblem> {
        loop {
            let rested = self.with(&place.server, |lane| lane.idle.pop());
            let Some((mut session, since)) = rested else {
                return smtp::open(&place.server, tls, hello).await;
            };
            if now.since(since) < IDLE_MAX && session.still_answers().await {
                return Ok(session);
            }
            session.close().await;
        }
    }

    /// Gives a conversation back to rest; one that carried enough is ended.
    pub async fn give_back(&self, place: Place, session: Session, now: Timestamp) {
        if session.mails() >= MAILS_MAX {
            return session.close().await;
        }
        self.with(&place.server, |lane| lane.idle.push((session, now)));
    }

    /// Ends what rested too long and forgets accounts nobody uses.
    pub async fn sweep(&self, now: Timestamp) {
        let mut ended = Vec::new();
        {
            let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            for lane in lanes.iter_mut() {
                let idle = std::mem::take(&mut lane.idle);
                for (session, since) in idle {
                    if now.since(since) < IDLE_MAX {
                        lane.idle.push((session, since));
                    } else {
                        ended.push(session);
                    }
                }
            }
            lanes.retain(|lane| {
                !lane.idle.is_empty() || lane.sessions.available_permits() < SESSIONS_MAX
            });
        }
        for session in ended {
            session.close().await;
        }
    }

    /// Conversations that rest, for tests and figures.
    pub fn idle(&self) -> usize {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.iter().map(|lane| lane.idle.len()).sum()
    }

    fn with<T>(&self, server: &Server, act: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.iter_mut().find(|lane| lane.server == *server) {
            return act(lane);
        }
        let mut lane = Lane {
            server: server.clone(),
            sessions: Arc::new(Semaphore::new(SESSIONS_MAX)),
            idle: Vec::new(),
        };
        let answer = act(&mut lane);
        lanes.push(lane);
        answer
    }
}
