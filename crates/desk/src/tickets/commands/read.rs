//! Read and unread, for each agent.
//!
//! How far someone has read is not journaled: it changes nothing for anyone else. That a mention
//! was read is, since it leaves a view.

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::journal;
use kernel::refusal::Refusal;

use super::subject;
use crate::Desk;
use crate::messages;
use crate::tickets::{MentionsRead, store};

/// The number that stands for "marked unread".
const UNREAD: i64 = -1;

/// Marks the ticket read through message `number`.
pub async fn read(desk: &Desk, caller: &Caller, id: TicketId, number: i64) -> Result<(), Refusal> {
    caller.require(Permission::TicketRead)?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let found = store::find(tx, id).await?;
            let ticket = found.ok_or(Refusal::NotFound { what: "ticket" })?;
            let number = number.clamp(0, ticket.last_number);
            store::mark_read(tx, id, agent, number).await?;
            if messages::store::read_mentions(tx, id, agent, number).await? {
                journal::append(tx, &ctx, subject(&ticket), &MentionsRead { agent }).await?;
            }
            Ok(())
        })
        .await
}

/// Marks the ticket unread.
pub async fn unread(desk: &Desk, caller: &Caller, id: TicketId) -> Result<(), Refusal> {
    caller.require(Permission::TicketRead)?;
    let agent = caller.agent;
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            store::find(tx, id)
                .await?
                .ok_or(Refusal::NotFound { what: "ticket" })?;
            Ok(store::mark_read(tx, id, agent, UNREAD).await?)
        })
        .await
}
