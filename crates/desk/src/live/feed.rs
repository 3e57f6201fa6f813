//! The node's fan-out to its sockets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use kernel::Kernel;
use kernel::ids::{AgentId, TicketId};
use kernel::journal::StoredRecord;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::events::LiveEvent;
use super::limits::Sockets;
use super::presence::{Announcement, Presence, Seat};
use super::rules::{self, Audience};
use super::tail::Tail;
use crate::views::Counts;

/// Frames a slow socket may lag behind before it loses them.
const BACKLOG_MAX: usize = 1_024;
const RETRY_WAIT: Duration = Duration::from_secs(1);
const EXPIRE_EVERY: Duration = Duration::from_secs(5);

/// One frame, made once for all sockets.
#[derive(Clone, Debug)]
pub enum Frame {
    /// A journal record.
    Record {
        /// Its position.
        position: i64,
        /// Who may see it.
        audience: Audience,
        /// The agent whose rights it may have changed.
        rights_of: Option<AgentId>,
        /// The JSON that is sent.
        text: Utf8Bytes,
    },
    /// Who is at a ticket.
    Presence {
        /// The ticket; only sockets that are at it get the frame.
        ticket: TicketId,
        /// The JSON that is sent.
        text: Utf8Bytes,
    },
}

/// What all sockets of this node share; cloned freely.
#[derive(Clone)]
pub struct Feed(Arc<Shared>);

struct Shared {
    kernel: Kernel,
    counts: Counts,
    frames: broadcast::Sender<Frame>,
    presence: Mutex<Presence>,
    sockets: Sockets,
    node: String,
    seats: AtomicU64,
}

impl Feed {
    /// A feed that sends nothing until [`Self::follow`] runs.
    pub fn new(kernel: Kernel, counts: Counts) -> Self {
        Self(Arc::new(Shared {
            node: kernel.random.token(),
            kernel,
            counts,
            frames: broadcast::Sender::new(BACKLOG_MAX),
            presence: Mutex::default(),
            sockets: Sockets::default(),
            seats: AtomicU64::new(1),
        }))
    }

    /// Turns what happens into frames; runs until dropped. Each node runs it once.
    pub async fn follow(self) {
        // Both watch before the first await, so that nothing is missed once this is polled.
        let tail = Tail::from_head(self.kernel());
        let transient = self.kernel().live.subscribe_transient();
        tokio::join!(
            self.follow_records(tail),
            self.follow_presence(transient),
            self.expire()
        );
    }

    pub(super) fn kernel(&self) -> &Kernel {
        &self.0.kernel
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.0.counts
    }

    pub(super) fn sockets(&self) -> &Sockets {
        &self.0.sockets
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Frame> {
        self.0.frames.subscribe()
    }

    pub(super) fn seat(&self) -> Seat {
        let socket = self.0.seats.fetch_add(1, Ordering::Relaxed);
        Seat {
            node: self.0.node.clone(),
            socket,
        }
    }

    /// Tells every node, this one included, where a socket is.
    pub(super) fn announce(&self, told: &Announcement) {
        match serde_json::to_string(told) {
            Ok(json) => self.kernel().live.send_transient(json.into()),
            Err(error) => tracing::error!(%error, "presence can't be announced"),
        }
    }

    async fn follow_records(&self, mut tail: Tail) {
        loop {
            match tail.next().await {
                Ok(records) => {
                    for record in records {
                        self.send_record(&record);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the live feed waits for the database");
                    self.wait(RETRY_WAIT).await;
                }
            }
        }
    }

    fn send_record(&self, record: &StoredRecord) {
        // A socket that subscribes after this look replays the record from the journal.
        if self.0.frames.receiver_count() > 0
            && let Some(frame) = frame_of(record)
        {
            // Sockets may leave at any time; nobody left is no error.
            let _ = self.0.frames.send(frame);
        }
    }

    async fn follow_presence(&self, mut transient: broadcast::Receiver<Arc<str>>) {
        loop {
            match transient.recv().await {
                Ok(message) => {
                    // Other rooms send other messages over the same line.
                    let Ok(told) = serde_json::from_str::<Announcement>(&message) else {
                        continue;
                    };
                    let now = self.kernel().clock.now();
                    let mut presence = self.presence();
                    for ticket in presence.announce(told, now) {
                        self.send_presence(&presence, ticket);
                    }
                }
                // What was lost is announced again within seconds.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }

    async fn expire(&self) {
        loop {
            self.wait(EXPIRE_EVERY).await;
            let now = self.kernel().clock.now();
            let mut presence = self.presence();
            for ticket in presence.expire(now) {
                self.send_presence(&presence, ticket);
            }
        }
    }

    fn send_presence(&self, presence: &Presence, ticket: TicketId) {
        let event = LiveEvent::Presence {
            ticket_id: ticket,
            agents: presence.at(ticket),
        };
        if let Some(text) = text_of(&event) {
            // Nobody watching is no error.
            let _ = self.0.frames.send(Frame::Presence { ticket, text });
        }
    }

    fn presence(&self) -> std::sync::MutexGuard<'_, Presence> {
        self.0
            .presence
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn wait(&self, span: Duration) {
        let clock = &self.kernel().clock;
        clock.sleep_until(clock.now().plus(span)).await;
    }
}

/// A record's frame; `None` only if it can't be written as JSON.
pub(super) fn frame_of(record: &StoredRecord) -> Option<Frame> {
    Some(Frame::Record {
        position: record.position,
        audience: rules::audience(record),
        rights_of: record.agent.filter(|_| rules::touches_rights(record)),
        text: text_of(&rules::event(record))?,
    })
}

/// An event as it is sent.
pub(super) fn text_of(event: &LiveEvent) -> Option<Utf8Bytes> {
    match serde_json::to_string(event) {
        Ok(json) => Some(json.into()),
        Err(error) => {
            tracing::error!(%error, "a live event can't be written");
            None
        }
    }
}
