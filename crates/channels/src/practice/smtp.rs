//! The demo's own SMTP server (RFC 5321, the part a mail client needs): loopback only, bounded in
//! connections; takes mail for the practice inbox alone. The conversation is `email::dialogue`.

use super::commands;
use crate::Channels;
use crate::email::dialogue::{Dialect, Door, Handed, Reply, Terms, converse};
use crate::email::large::Taking;
use crate::inboxes::Inbox;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Practice mail lies in memory while it comes in.
const MAIL_BYTES_MAX: usize = 10 * 1024 * 1024;
const TOO_LARGE: &str = "552 5.3.4 The mail is larger than 10 MB, which is enough for practice";
const CONNECTIONS_MAX: usize = 20;
const RECIPIENTS_MAX: usize = 50;
const COMMANDS_MAX: usize = 500;
const IDLE_MAX: Duration = Duration::from_secs(60);

/// Serves connections until the task is dropped.
pub async fn serve(channels: Channels, listener: TcpListener) {
    let free = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let terms = Terms {
        dialect: Dialect::Smtp,
        name: "localhost".to_owned(),
        mail_bytes_max: MAIL_BYTES_MAX,
        recipients_max: RECIPIENTS_MAX,
        commands_max: COMMANDS_MAX,
        idle_max: IDLE_MAX,
        trusts_peer: false,
    };
    loop {
        let Ok(permit) = free.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (door, terms) = (Practice(channels.clone()), terms.clone());
                tokio::spawn(async move {
                    if let Err(problem) = converse(stream, &door, &terms).await {
                        tracing::debug!(%problem, "a practice connection broke off");
                    }
                    drop(permit);
                });
            }
            Err(problem) => {
                tracing::warn!(%problem, "the practice server can't accept a connection");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

struct Practice(Channels);

/// A mail within the limit.
struct Whole(Option<Vec<u8>>);

impl Taking for Whole {
    async fn take(&mut self, bytes: &[u8]) {
        if let Some(raw) = &mut self.0 {
            raw.extend_from_slice(bytes);
        }
        if self
            .0
            .as_ref()
            .is_some_and(|raw| raw.len() > MAIL_BYTES_MAX)
        {
            self.0 = None;
        }
    }
}

impl Door for Practice {
    type Place = Inbox;

    async fn admit(&self, address: &str) -> Result<Inbox, Reply> {
        match commands::inbox_for(&self.0, address).await {
            Ok(Some(inbox)) => Ok(inbox),
            Ok(None) => Err("550 5.1.1 Only mail for the practice inbox is taken here".into()),
            Err(_) => Err("451 4.3.0 Try again later".into()),
        }
    }

    type Content = Whole;

    fn begin(&self, _place: &Inbox) -> Whole {
        Whole(Some(Vec::new()))
    }

    async fn take(&self, mail: Handed<Inbox, Whole>) -> Vec<Reply> {
        let Some(raw) = mail.content.0 else {
            return vec![TOO_LARGE.into()];
        };
        let Some((_, inbox)) = mail.recipients.first() else {
            return Vec::new();
        };
        match commands::receive(&self.0, inbox, raw).await {
            Ok(_) => vec!["250 2.0.0 OK".into()],
            Err(_) => vec!["451 4.3.0 Try again later".into()],
        }
    }

    async fn too_large(&self, _from: &str, _recipient: (&str, Inbox), _bytes: u64) -> Reply {
        TOO_LARGE.into()
    }
}
