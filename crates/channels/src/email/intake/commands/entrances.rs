//! The same mail by several inboxes: one ticket, whose timeline says by which it came too.

use crate::email::intake::store;
use crate::email::intake::{InboundMail, MailAlsoArrived};
use desk::Desk;
use desk::tickets::commands::subject;
use kernel::db::{DbError, Tx};
use kernel::ids::{FailureId, TicketId};
use kernel::journal::{self, Context};
use kernel::refusal::Refusal;

/// Shows the entrances by which a filed mail came since: its copy may arrive a second or a year
/// later.
///
/// # Errors
/// The database failed.
pub(super) async fn catch_up(desk: &Desk, mail: &InboundMail) -> Result<(), Refusal> {
    let (id, Some(ticket)) = (mail.id, mail.ticket) else {
        return Ok(());
    };
    let kernel = &desk.kernel;
    let found = async move |tx: &mut Tx<'_>| store::entrances(tx, id).await;
    if kernel.db.read::<_, DbError, _>(found).await?.is_empty() {
        return Ok(());
    }
    let ctx = Context {
        quiet: mail.quiet,
        ..Context::system(kernel.clock.now())
    };
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| show(tx, &ctx, id, ticket).await)
        .await
}

/// Shows the other inboxes of a mail on its ticket, each once; a purged ticket shows nothing any
/// more.
pub(super) async fn show(
    tx: &mut Tx<'_>,
    ctx: &Context,
    mail: FailureId,
    ticket: TicketId,
) -> Result<(), Refusal> {
    let inboxes = store::entrances(tx, mail).await?;
    if inboxes.is_empty() {
        return Ok(());
    }
    let Some(ticket) = desk::tickets::store::lock(tx, ticket).await? else {
        return Ok(());
    };
    let ctx = Context {
        brand: ticket.brand,
        ..ctx.clone()
    };
    for inbox in inboxes {
        if ticket.inbox != Some(inbox) && store::show_entrance(tx, ticket.id, inbox, ctx.at).await?
        {
            let record = MailAlsoArrived { inbox };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
        }
    }
    Ok(())
}

/// Notes a copy at the mail that was first, and answers the ticket both belong to, if it is still
/// there.
pub(super) async fn join(
    tx: &mut Tx<'_>,
    ctx: &Context,
    copy: &InboundMail,
    first: FailureId,
) -> Result<Option<TicketId>, Refusal> {
    let Some(first) = store::find(tx, first).await? else {
        return Ok(None);
    };
    let Some(ticket) = first.ticket else {
        return Ok(None);
    };
    if desk::tickets::store::find(tx, ticket).await?.is_none() {
        return Ok(None);
    }
    if first.inbox != copy.inbox {
        store::add_entrance(tx, first.id, copy.inbox, ctx.at).await?;
        show(tx, ctx, first.id, ticket).await?;
    }
    show(tx, ctx, copy.id, ticket).await?;
    Ok(Some(ticket))
}
