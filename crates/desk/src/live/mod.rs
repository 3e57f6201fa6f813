//! The live feed: one WebSocket per open tab.
//!
//! A socket begins with `resume` and the position its screen stands at; the server answers
//! `hello`, replays from the journal what came since (or sends `snapshot` when that is too much),
//! and goes on with what happens. Every record is checked against the caller's rights before it is
//! sent, in the replay as in the live stream. A record is turned into its frame once on each node;
//! the frame holds ids and enums only, since nothing here can decrypt. A socket that can't keep up
//! loses frames, never makes the node hold them, and is told by `snapshot`.

pub mod events;
mod feed;
mod http;
mod limits;
mod presence;
pub mod rules;
mod socket;
mod tail;

pub use events::{LiveActor, LiveEvent, LiveRequest, PresenceState, PresentAgent};
pub use feed::Feed;
pub use http::router;
pub use tail::Tail;
