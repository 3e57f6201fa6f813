//! Spam, trash, and back on the desk.

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::refusal::Refusal;

use super::{change, open};
use crate::Desk;
use crate::tickets::{Place, rules, store};

/// Lays a ticket among spam, into the trash, or back on the desk.
pub async fn place(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    version: i64,
    to: Place,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketTrash)?;
    let ctx = caller.context(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let (mut ticket, ctx) = open(tx, &ctx, id).await?;
            if ticket.version != version {
                return Err(Refusal::Stale { what: "ticket" });
            }
            rules::may_move(ticket.place, to)?;
            change::place(tx, &ctx, &mut ticket, to).await?;
            store::save(tx, &ticket).await?;
            Ok(())
        })
        .await
}
