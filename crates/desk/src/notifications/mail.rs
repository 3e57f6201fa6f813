//! The mail that tells of notifications: declared here, sent by the room that can send mail.
//!
//! A mail names the ticket by its number and what happened by its kind. It carries no subject and
//! no text of the customer, since mailboxes of agents are outside our walls.

use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AgentId, NotificationId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use identity::agents::AgentStatus;

use super::{NotificationKind, store};

/// The kind of job that sends a notification mail; its payload is a [`NotifyMail`].
pub const NOTIFY_MAIL: &str = "notify.mail";

/// The payload of a [`NOTIFY_MAIL`] job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyMail {
    /// Whom to write.
    pub agent: AgentId,
    /// Which ticket it is about.
    pub ticket: TicketId,
}

/// A mail to write to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Whom.
    pub agent: AgentId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The ticket it is about.
    pub ticket: TicketId,
    /// What happened and when, oldest first; never empty.
    pub events: Vec<(NotificationKind, Timestamp)>,
    /// The last notification it tells of, for [`sent`].
    pub up_to: NotificationId,
}

/// The mail a job asks for; `None` when the agent has read it all meanwhile or can't sign in.
pub async fn letter(kernel: &Kernel, job: NotifyMail) -> Result<Option<Letter>, Refusal> {
    kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let Some(agent) = identity::agents::store::find(tx, job.agent).await? else {
                return Ok(None);
            };
            let due = store::due(tx, job.agent, job.ticket).await?;
            let Some((up_to, ..)) = due.last().copied() else {
                return Ok(None);
            };
            let events = due.into_iter().map(|(_, kind, at)| (kind, at)).collect();
            Ok((agent.status == AgentStatus::Active).then_some(Letter {
                agent: agent.id,
                email: agent.email,
                name: agent.name,
                ticket: job.ticket,
                events,
                up_to,
            }))
        })
        .await
}

/// Notes that a mail was handed over.
pub async fn sent(kernel: &Kernel, letter: &Letter) -> Result<(), Refusal> {
    let (agent, ticket, up_to) = (letter.agent, letter.ticket, letter.up_to);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| Ok(store::mailed(tx, agent, ticket, up_to).await?))
        .await
}
