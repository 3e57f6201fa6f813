//! Using a macro on a ticket: looking at what it would do, and doing it.

use std::collections::BTreeMap;

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::ids::{BlobId, MacroId, TicketId};
use kernel::journal::{self, Context};
use kernel::refusal::Refusal;

use super::commands::{self, USES_COUNTED};
use super::{Extras, MacroApplied, MacroPreview, Stored, rules, store, variables};
use crate::Desk;
use crate::attachments::{self, ApiAttachment};
use crate::conditions::{self, Moment};
use crate::tickets::commands::{open, subject};
use crate::tickets::{Ticket, store as tickets};
use crate::{actions, teams};

/// The refusal of a macro on a ticket that it is not for.
fn does_not_fit() -> Refusal {
    let detail = "This macro is not for such a ticket: its conditions do not hold here.";
    Refusal::conflict("macro_does_not_fit", detail)
}

/// Makes a macro ready for a ticket: its text with the variables filled in, in a language if there
/// is a text for it, and copies of its files for a reply of the caller's. Changes nothing on the
/// ticket.
pub async fn preview(
    desk: &Desk,
    caller: &Caller,
    ticket: TicketId,
    id: MacroId,
    language: Option<String>,
) -> Result<MacroPreview, Refusal> {
    caller.require(Permission::TicketNote)?;
    let (desk_inside, who) = (desk.clone(), caller.clone());
    let look = async move |tx: &mut Tx<'_>| -> Result<(MacroPreview, Vec<FileOf>), Refusal> {
        let desk = &desk_inside;
        let missing = Refusal::NotFound { what: "ticket" };
        let ticket = tickets::find(tx, ticket).await?.ok_or(missing)?;
        let stored = commands::find(tx, &who, id).await?;
        let keys = &desk.kernel.keys;
        let extras = commands::extras_of(tx, keys, &stored).await?;
        let html = keys.decrypt(tx, &stored.html).await?.unwrap_or_default();
        let text = rules::text_for(&html, &extras.variants, language.as_deref());
        let filled = variables::fill(text, &values(tx, &who.name, &ticket).await?);
        let preview = MacroPreview {
            html: filled.html,
            unfilled: filled.unfilled,
            fits: fits(tx, desk, &who, &ticket, &extras).await?,
            actions: extras.actions,
            status_after: stored.status_after,
            files: Vec::new(),
        };
        Ok((preview, files_of(tx, desk, &stored).await?))
    };
    let (mut preview, files) = desk.kernel.db.read(look).await?;
    for file in files {
        preview.files.extend(copied(desk, caller, file).await?);
    }
    Ok(preview)
}

/// Does a macro's actions to a ticket, without a reply.
pub async fn apply(
    desk: &Desk,
    caller: &Caller,
    ticket: TicketId,
    id: MacroId,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let ctx = caller.context(desk.kernel.clock.now());
    let (desk_inside, who) = (desk.clone(), caller.clone());
    let write = async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        let (mut ticket, ctx) = open(tx, &ctx, ticket).await?;
        act(&desk_inside, tx, &ctx, &who, &mut ticket, id).await?;
        tickets::save(tx, &ticket).await?;
        Ok(())
    };
    desk.kernel.db.write(write).await
}

/// Does a macro's actions to a locked ticket and notes its use. The caller saves the ticket.
pub(crate) async fn act(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    caller: &Caller,
    ticket: &mut Ticket,
    id: MacroId,
) -> Result<(), Refusal> {
    let stored = commands::find(tx, caller, id).await?;
    let extras = commands::extras_of(tx, &desk.kernel.keys, &stored).await?;
    if !fits(tx, desk, caller, ticket, &extras).await? {
        return Err(does_not_fit());
    }
    let applied = MacroApplied { saved: id };
    journal::append(tx, ctx, subject(ticket), &applied).await?;
    actions::apply(tx, ctx, ticket, Some(caller.agent), &extras.actions).await?;
    store::add_use(tx, id, ctx.at, ctx.at.minus(USES_COUNTED)).await?;
    Ok(())
}

async fn fits(
    tx: &mut Tx<'_>,
    desk: &Desk,
    caller: &Caller,
    ticket: &Ticket,
    extras: &Extras,
) -> Result<bool, Refusal> {
    let facts = conditions::store::facts_of(tx, ticket).await?;
    let moment = Moment {
        now: desk.kernel.clock.now(),
        me: Some(caller.agent),
    };
    Ok(conditions::rules::holds(
        &extras.conditions,
        &facts,
        &moment,
    ))
}

/// What is known to fill variables with.
pub(crate) async fn values(
    tx: &mut Tx<'_>,
    agent: &str,
    ticket: &Ticket,
) -> Result<BTreeMap<&'static str, String>, Refusal> {
    let customer = customers::people::store::by_identity(tx, ticket.requester_identity).await?;
    let (name, email) = customer.map_or_else(Default::default, |it| (it.name, it.email));
    let team = match ticket.team {
        Some(team) => teams::store::all(tx)
            .await?
            .into_iter()
            .find(|it| it.id == team),
        None => None,
    };
    let workspace = identity::workspace::store::find(tx).await?;
    Ok(BTreeMap::from([
        ("customer.first_name", variables::first_name(&name)),
        ("customer.name", name),
        ("customer.email", email),
        ("agent.first_name", variables::first_name(agent)),
        ("agent.name", agent.to_owned()),
        ("ticket.id", ticket.id.to_string()),
        ("ticket.subject", ticket.subject.clone()),
        ("team.name", team.map(|team| team.name).unwrap_or_default()),
        (
            "workspace.name",
            workspace.map(|it| it.name).unwrap_or_default(),
        ),
    ]))
}

/// A file of a macro: its name and its bytes.
type FileOf = (String, BlobId);

async fn files_of(tx: &mut Tx<'_>, desk: &Desk, stored: &Stored) -> Result<Vec<FileOf>, Refusal> {
    let mut files = Vec::new();
    for id in store::files(tx, stored.id).await? {
        let Some(file) = attachments::store::find(tx, id).await? else {
            continue;
        };
        let name = desk.kernel.keys.decrypt(tx, &file.name).await?;
        files.extend(name.zip(file.blob));
    }
    Ok(files)
}

/// A copy under a key of its own: what goes to a customer is erased with the customer.
async fn copied(
    desk: &Desk,
    caller: &Caller,
    (name, blob): FileOf,
) -> Result<Option<ApiAttachment>, Refusal> {
    let Some(bytes) = desk.kernel.blobs.read(blob).await? else {
        return Ok(None);
    };
    let once = IdempotencyKey::default();
    let id = attachments::commands::upload(desk, caller, &name, bytes, once).await?;
    let kernel = desk.kernel.clone();
    let look = async move |tx: &mut Tx<'_>| -> Result<Option<ApiAttachment>, Refusal> {
        match attachments::store::find(tx, id).await? {
            Some(file) => Ok(Some(
                attachments::commands::present(&kernel, tx, &file).await?,
            )),
            None => Ok(None),
        }
    };
    desk.kernel.db.read(look).await
}
