//! Signed-in conversations, shared by everything that leaves by the same account on a server.
//!
//! A few conversations per account carry any number of mails. A conversation that rested is asked
//! (RSET) before it is trusted, so that one the server dropped is replaced before anything is
//! claimed. Nobody waits here for long: jobs are few, and a slow server must not hold them all.

use crate::email::server::{MailTls, Server, ServerProblem};
use crate::email::smtp::{self, Session};
use kernel::time::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Conversations with one server for one account, on one node.
pub const SESSIONS_MAX: usize = 4;
/// Mails that wait for a conversation; more come back later.
const WAITING_MAX: usize = 4;
/// Longest wait for a conversation.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// Mails of one conversation; some servers end it after a hundred.
const MAILS_MAX: u32 = 50;
/// A conversation that rested this long is ended.
pub const IDLE_MAX: Duration = Duration::from_secs(30);

/// The conversations of this node.
#[derive(Clone, Default)]
pub struct Pool(Arc<Mutex<Vec<Lane>>>);

/// One account on one server, with the secret it signs in by: another secret is another lane.
struct Lane {
    server: Server,
    sessions: Arc<Semaphore>,
    /// Those that have a conversation or wait for one.
    places: Arc<Semaphore>,
    idle: Vec<(Session, Timestamp)>,
}

/// The right to hold a conversation; ends when dropped.
pub struct Place {
    server: Server,
    _session: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Pool {
    /// Waits a little for a place; `None` when there are too many already.
    pub async fn place(&self, server: &Server) -> Option<Place> {
        let (sessions, places) =
            self.with(server, |lane| (lane.sessions.clone(), lane.places.clone()));
        let place = places.try_acquire_owned().ok()?;
        let session = timeout(WAIT_MAX, sessions.acquire_owned()).await.ok()?;
        Some(Place {
            server: server.clone(),
            _session: session.ok()?,
            _place: place,
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
            let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        let lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.iter().map(|lane| lane.idle.len()).sum()
    }

    fn with<T>(&self, server: &Server, act: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.iter_mut().find(|lane| lane.server == *server) {
            return act(lane);
        }
        let mut lane = Lane {
            server: server.clone(),
            sessions: Arc::new(Semaphore::new(SESSIONS_MAX)),
            places: Arc::new(Semaphore::new(SESSIONS_MAX.saturating_add(WAITING_MAX))),
            idle: Vec::new(),
        };
        let answer = act(&mut lane);
        lanes.push(lane);
        answer
    }
}
