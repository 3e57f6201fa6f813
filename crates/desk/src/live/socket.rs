//! One socket, from its first message to its end.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use identity::agents::AgentStatus;
use identity::{Caller, sessions};
use kernel::clock::Clock;
use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;
use kernel::journal;
use kernel::time::Timestamp;
use tokio::sync::broadcast::error::RecvError;

use super::events::{LiveEvent, LiveRequest, PresenceState};
use super::feed::{Feed, Frame, frame_of, text_of};
use super::limits::Pace;
use super::presence::{Announcement, SEAT_RENEWED_EVERY, Seat, WRITING_MAX};
use super::rules::REPLAY_MAX;
use crate::views::ViewCount;

/// How long the first message may take.
const RESUME_WAIT: Duration = Duration::from_secs(10);
/// How long this node may take to reach the position that a screen stands at.
const CATCH_UP_WAIT: Duration = Duration::from_secs(2);
/// How long the peer may take to accept a frame.
const SEND_WAIT: Duration = Duration::from_secs(20);
/// A peer that says nothing for this long is gone; ours says something every 5 s.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Counts are sent at most this often.
const COUNTS_EVERY: Duration = Duration::from_millis(250);
/// The session is looked at again this often, since it can also end by age.
const RIGHTS_EVERY: Duration = Duration::from_secs(60);
const REPLAY_ROWS: i64 = 500;

/// Serves a socket until either side ends it.
pub async fn serve(feed: Feed, socket: WebSocket, caller: Caller) {
    let (sink, stream) = socket.split();
    let clock = feed.kernel().clock.clone();
    let now = clock.now();
    let mut connection = Connection {
        seat: feed.seat(),
        pace: Pace::new(now),
        heard_at: now,
        checked_at: now,
        position: 0,
        counts: HashMap::new(),
        at: None,
        feed,
        clock,
        caller,
        sink,
    };
    let end = connection.run(stream).await.unwrap_or_else(|end| end);
    connection.leave();
    connection.close(end).await;
}

/// Why a socket ends.
enum End {
    /// The peer is gone, or takes nothing any more.
    Gone,
    /// The peer broke the rules.
    Refused(&'static str),
    /// The session is over.
    SignedOut,
    /// The database can't be read; the client comes back.
    Unavailable,
}

struct Connection {
    feed: Feed,
    clock: Clock,
    caller: Caller,
    sink: SplitSink<WebSocket, Message>,
    seat: Seat,
    pace: Pace,
    heard_at: Timestamp,
    checked_at: Timestamp,
    /// The position of the last record that was sent or passed over.
    position: i64,
    /// The counts as they were last sent.
    counts: HashMap<String, i64>,
    /// The ticket the agent is at, what they do there, and since when they do it.
    at: Option<(TicketId, PresenceState, Timestamp)>,
}

impl Connection {
    async fn run(&mut self, mut stream: SplitStream<WebSocket>) -> Result<End, End> {
        let asked = self.first(&mut stream).await?;
        // Subscribed before the head is read, so that nothing falls between replay and stream.
        let mut frames = self.feed.subscribe();
        self.resume(asked).await?;
        let mut counts = self.feed.counts().progress();
        counts.mark_changed();
        let (mut counts_at, mut is_stale) = (self.clock.now(), false);
        let mut beat_at = self.clock.now().plus(SEAT_RENEWED_EVERY);
        let clock = self.clock.clone();
        loop {
            tokio::select! {
                message = stream.next() => match message {
                    Some(Ok(message)) => self.receive(message).await?,
                    Some(Err(_)) | None => return Ok(End::Gone),
                },
                frame = frames.recv() => match frame {
                    Ok(frame) => self.pass(frame).await?,
                    Err(RecvError::Lagged(_)) => {
                        frames = self.feed.subscribe();
                        self.snapshot().await?;
                    }
                    Err(RecvError::Closed) => return Ok(End::Gone),
                },
                changed = counts.changed(), if !is_stale => is_stale = changed.is_ok(),
                () = clock.sleep_until(counts_at), if is_stale => {
                    is_stale = false;
                    counts_at = clock.now().plus(COUNTS_EVERY);
                    self.send_counts().await?;
                }
                () = clock.sleep_until(beat_at) => {
                    beat_at = clock.now().plus(SEAT_RENEWED_EVERY);
                    self.beat().await?;
                }
            }
        }
    }

    /// The position in the first message, which must be `resume`.
    async fn first(&mut self, stream: &mut SplitStream<WebSocket>) -> Result<Option<i64>, End> {
        let late = self.clock.now().plus(RESUME_WAIT);
        let message = tokio::select! {
            message = stream.next() => message,
            () = self.clock.sleep_until(late) => return Err(End::Refused("resume is awaited")),
        };
        match message {
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                Ok(LiveRequest::Resume { position }) => Ok(position),
                _ => Err(End::Refused("resume comes first")),
            },
            _ => Err(End::Gone),
        }
    }

    /// Says hello and replays what the screen has missed.
    async fn resume(&mut self, asked: Option<i64>) -> Result<(), End> {
        let live = self.feed.kernel().live.clone();
        if let Some(asked) = asked {
            // The screen may have heard it from a node that is a moment ahead of this one.
            let late = self.clock.now().plus(CATCH_UP_WAIT);
            tokio::select! {
                biased;
                () = live.reached(asked) => {}
                () = self.clock.sleep_until(late) => {}
            }
        }
        let head = live.head();
        let agent_id = self.caller.agent;
        let Some(from) = asked.filter(|from| (head - REPLAY_MAX..=head).contains(from)) else {
            self.position = head;
            self.send(&LiveEvent::Hello {
                position: head,
                agent_id,
            })
            .await?;
            // A screen that has something, but not from this journal's last stretch.
            return if asked.is_some() {
                self.snapshot().await
            } else {
                Ok(())
            };
        };
        self.position = from;
        self.send(&LiveEvent::Hello {
            position: from,
            agent_id,
        })
        .await?;
        while self.position < head {
            let after = self.position;
            let records = self
                .feed
                .kernel()
                .db
                .read(async move |tx: &mut Tx<'_>| journal::after(tx, after, REPLAY_ROWS).await)
                .await
                .map_err(|error: DbError| unavailable(&error))?;
            if records.is_empty() {
                return Ok(());
            }
            for frame in records.iter().filter_map(frame_of) {
                self.pass(frame).await?;
            }
        }
        Ok(())
    }

    async fn receive(&mut self, message: Message) -> Result<(), End> {
        let now = self.clock.now();
        self.heard_at = now;
        if !self.pace.allows(now) {
            return Err(End::Refused("too many messages"));
        }
        let text = match message {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::Gone),
            Message::Binary(_) => return Err(End::Refused("frames are text")),
        };
        match serde_json::from_str(&text) {
            Ok(LiveRequest::Ping) => self.send(&LiveEvent::Pong).await,
            Ok(LiveRequest::Presence { ticket_id, state }) => {
                self.at = ticket_id.map(|ticket| (ticket, state, now));
                self.announce();
                Ok(())
            }
            Ok(LiveRequest::Resume { .. }) => Err(End::Refused("resume comes once")),
            Err(_) => Err(End::Refused("the message can't be read")),
        }
    }

    async fn pass(&mut self, frame: Frame) -> Result<(), End> {
        match frame {
            Frame::Record { position, .. } if position <= self.position => Ok(()),
            Frame::Record {
                position,
                audience,
                rights_of,
                text,
            } => {
                self.position = position;
                let starts_over =
                    rights_of == Some(self.caller.agent) && self.check_rights().await?;
                if starts_over || !audience.includes(&self.caller) {
                    return Ok(());
                }
                self.send_text(text).await
            }
            Frame::Presence { ticket, text } => match self.at {
                Some((at, ..)) if at == ticket => self.send_text(text).await,
                _ => Ok(()),
            },
        }
    }

    /// What is to be done now and then.
    async fn beat(&mut self) -> Result<(), End> {
        let now = self.clock.now();
        if now.since(self.checked_at) >= RIGHTS_EVERY {
            self.check_rights().await?;
        }
        if now.since(self.heard_at) >= SILENCE_MAX {
            return Err(End::Gone);
        }
        if let Some((ticket, PresenceState::Writing, since)) = self.at
            && now.since(since) >= WRITING_MAX
        {
            self.at = Some((ticket, PresenceState::Viewing, now));
        }
        if self.at.is_some() {
            self.announce();
        }
        Ok(())
    }

    /// Ends the socket when the session is over; starts it over when the role is another, and
    /// answers whether it did.
    async fn check_rights(&mut self) -> Result<bool, End> {
        let now = self.clock.now();
        self.checked_at = now;
        let (agent, session) = (self.caller.agent, self.caller.session);
        let role = self
            .feed
            .kernel()
            .db
            .read(async move |tx: &mut Tx<'_>| {
                let (idle, age) = (sessions::rules::IDLE_MAX, sessions::rules::AGE_MAX);
                let (idle, age) = (now.minus(idle), now.minus(age));
                let open = sessions::store::of_agent(tx, agent, idle, age).await?;
                let is_open = open.iter().any(|open| Some(open.id) == session);
                let agent = identity::agents::store::find(tx, agent).await?;
                Ok(agent
                    .filter(|agent| is_open && agent.status == AgentStatus::Active)
                    .map(|agent| agent.role))
            })
            .await
            .map_err(|error: DbError| unavailable(&error))?;
        let role = role.ok_or(End::SignedOut)?;
        let is_other = role != self.caller.role;
        if is_other {
            self.caller.role = role;
            self.snapshot().await?;
        }
        Ok(is_other)
    }

    /// Tells the screen to fetch everything again and goes on from the journal's head.
    async fn snapshot(&mut self) -> Result<(), End> {
        self.position = self.feed.kernel().live.head().max(self.position);
        self.counts.clear();
        self.send(&LiveEvent::Snapshot {
            position: self.position,
        })
        .await
    }

    async fn send_counts(&mut self) -> Result<(), End> {
        let views: Vec<ViewCount> = self
            .feed
            .counts()
            .views_now(&self.caller)
            .into_iter()
            .filter(|view| self.counts.get(&view.id) != Some(&view.count))
            .map(|view| ViewCount {
                id: view.id,
                count: view.count,
                capped: view.capped,
            })
            .collect();
        if views.is_empty() {
            return Ok(());
        }
        for view in &views {
            self.counts.insert(view.id.clone(), view.count);
        }
        self.send(&LiveEvent::Counts { views }).await
    }

    fn announce(&self) {
        let state = self
            .at
            .map_or(PresenceState::Viewing, |(_, state, _)| state);
        self.feed.announce(&Announcement {
            seat: self.seat.clone(),
            agent: self.caller.agent,
            ticket: self.at.map(|(ticket, ..)| ticket),
            state,
        });
    }

    fn leave(&mut self) {
        if self.at.take().is_some() {
            self.announce();
        }
    }

    async fn send(&mut self, event: &LiveEvent) -> Result<(), End> {
        match text_of(event) {
            Some(text) => self.send_text(text).await,
            None => Ok(()),
        }
    }

    async fn send_text(&mut self, text: Utf8Bytes) -> Result<(), End> {
        let late = self.clock.now().plus(SEND_WAIT);
        tokio::select! {
            biased;
            sent = self.sink.send(Message::Text(text)) => sent.map_err(|_| End::Gone),
            () = self.clock.sleep_until(late) => Err(End::Gone),
        }
    }

    /// Says why; a peer that is gone already does not hear it, which is no error.
    async fn close(&mut self, end: End) {
        let (code, reason) = match end {
            End::Gone => return,
            End::Refused(reason) => (close_code::POLICY, reason),
            End::Unavailable => (close_code::AGAIN, "try again"),
            End::SignedOut => {
                let _ = self.send(&LiveEvent::SignedOut).await;
                (close_code::NORMAL, "signed out")
            }
        };
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        let late = self.clock.now().plus(SEND_WAIT);
        tokio::select! {
            biased;
            _ = self.sink.send(Message::Close(Some(frame))) => {}
            () = self.clock.sleep_until(late) => {}
        }
    }
}

fn unavailable(error: &DbError) -> End {
    tracing::warn!(%error, "a live socket ends because the database can't be read");
    End::Unavailable
}
