//! The practice mailbox of the demo: a small SMTP server that takes mail for the practice inbox,
//! and an outbox that shows what was sent. Nothing leaves the machine, nothing exists outside the
//! demo.

pub mod commands;
pub mod http;
mod smtp;
pub mod store;

use std::net::Ipv4Addr;

use tokio::net::TcpListener;

use crate::Channels;

pub use commands::{PracticeMail, ensure_inbox, write};
pub use smtp::serve;

/// The loopback port of the practice server.
pub const PRACTICE_PORT: u16 = 2525;

/// The address of the practice inbox.
pub const PRACTICE_ADDRESS: &str = "support@demo";

/// Serves the practice mailbox on its port. A taken port is no reason not to start.
pub async fn listen(channels: Channels) {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, PRACTICE_PORT)).await {
        Ok(listener) => serve(channels, listener).await,
        Err(problem) => tracing::warn!(
            %problem,
            port = PRACTICE_PORT,
            "the practice mail server can't listen; write practice mail in the browser instead"
        ),
    }
}
