//! What people and machines do to tickets.

pub mod change;
pub mod create;
pub mod edit;
pub mod links;
pub mod place;
pub mod read;
pub mod sleep;
pub mod watch;

use customers::people::commands as people;
use customers::{Arrival, MailAddress, Person};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{CustomerId, TicketId};
use kernel::journal::{Context, Subject};
use kernel::refusal::Refusal;

use super::{Place, Ticket, rules, store};
use crate::merges;
use crate::messages::Mailbox;

/// What a record about the ticket is about.
pub fn subject(ticket: &Ticket) -> Subject {
    Subject {
        ticket: Some(ticket.id),
        customer: Some(ticket.requester),
        agent: None,
    }
}

/// Locks the ticket; what is done to it happens under its brand. A shell takes no commands: what
/// belongs to it is on the ticket it was merged into.
pub(crate) async fn open(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: TicketId,
) -> Result<(Ticket, Context), Refusal> {
    let (ticket, ctx) = open_any(tx, ctx, id).await?;
    if ticket.place == Place::Merged
        && let Some(into) = merges::store::survivor(tx, id).await?
    {
        let into = merges::store::resolve(tx, into).await?;
        return Err(merges::rules::merged(id, into));
    }
    Ok((ticket, ctx))
}

/// What opening a ticket gave to a job: one that is gone, or went into another one, is nothing to
/// complain of.
pub(crate) fn still<T>(opened: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(Refusal::NotFound { .. }) => Ok(None),
        Err(Refusal::Conflict { code, .. }) if code == merges::rules::MERGED => Ok(None),
        Err(other) => Err(other),
    }
}

/// Locks the ticket at the end of the chain of merges that begins with `id`.
pub(crate) async fn open_survivor(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: TicketId,
) -> Result<(Ticket, Context), Refusal> {
    let mut id = id;
    loop {
        id = merges::store::resolve(tx, id).await?;
        let (ticket, ctx) = open_any(tx, ctx, id).await?;
        // It may have been merged while we waited for its lock.
        if ticket.place != Place::Merged || merges::store::survivor(tx, id).await?.is_none() {
            return Ok((ticket, ctx));
        }
    }
}

/// Locks the ticket, be it a shell or not.
pub(crate) async fn open_any(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: TicketId,
) -> Result<(Ticket, Context), Refusal> {
    let ticket = store::lock(tx, id)
        .await?
        .ok_or(Refusal::NotFound { what: "ticket" })?;
    let ctx = Context {
        brand: ticket.brand,
        ..ctx.clone()
    };
    Ok((ticket, ctx))
}

/// Someone a command names: by address, or as a customer we know.
#[derive(Clone, Debug)]
pub enum Whom {
    /// By address.
    Address(Mailbox),
    /// As a customer.
    Known(CustomerId),
}

/// The same, made ready for the transaction.
#[derive(Clone, Debug)]
pub(crate) enum Ready {
    Address(Arrival),
    Known(CustomerId),
}

/// Makes someone ready for the transaction; `field` names them in a refusal.
pub(crate) async fn ready(kernel: &Kernel, field: &str, whom: &Whom) -> Result<Ready, Refusal> {
    Ok(match whom {
        Whom::Known(id) => Ready::Known(*id),
        Whom::Address(mailbox) => Ready::Address(arrival(kernel, field, mailbox).await?),
    })
}

async fn arrival(kernel: &Kernel, field: &str, mailbox: &Mailbox) -> Result<Arrival, Refusal> {
    let address = MailAddress::parse(&mailbox.email).ok_or_else(|| {
        let reason = "is not a mail address";
        Refusal::invalid(
            format!("{field}.email"),
            reason,
            "write it like ana@example.com",
        )
    })?;
    people::prepare(kernel, address, Some(&mailbox.name)).await
}

/// Makes those in copy ready for the transaction.
pub(crate) async fn ready_cc(kernel: &Kernel, cc: &[Mailbox]) -> Result<Vec<Arrival>, Refusal> {
    if cc.len() > rules::CC_MAX {
        return Err(Refusal::invalid(
            "cc",
            "is too long",
            "name at most 50 people",
        ));
    }
    let mut arrivals = Vec::with_capacity(cc.len());
    for (index, mailbox) in cc.iter().enumerate() {
        arrivals.push(arrival(kernel, &format!("cc.{index}"), mailbox).await?);
    }
    Ok(arrivals)
}

impl Ready {
    /// The customer, made when they are new.
    pub(crate) async fn person(
        &self,
        kernel: &Kernel,
        tx: &mut Tx<'_>,
        ctx: &Context,
    ) -> Result<Person, Refusal> {
        match self {
            Self::Address(arrival) => people::find_or_create(kernel, tx, ctx, arrival).await,
            Self::Known(id) => {
                let found = customers::people::store::by_id(tx, *id).await?;
                found.ok_or_else(|| {
                    let reason = "names no customer with a mail address";
                    Refusal::invalid("requester.customer_id", reason, "take the id of a customer")
                })
            }
        }
    }
}

/// The customers in copy, made when they are new.
pub(crate) async fn persons(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    arrivals: &[Arrival],
) -> Result<Vec<Person>, Refusal> {
    let mut persons: Vec<Person> = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        let person = people::find_or_create(kernel, tx, ctx, arrival).await?;
        if persons.iter().all(|known| known.id != person.id) {
            persons.push(person);
        }
    }
    Ok(persons)
}
