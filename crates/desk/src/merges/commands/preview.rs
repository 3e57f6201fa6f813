//! What a merge would do, before it is done.

use customers::Person;
use kernel::db::Tx;
use kernel::ids::{CustomerId, TicketId};
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{merge, rules, store};
use crate::tickets::{self, Place, Status, Ticket};

/// Somebody who has a part in a ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Participant {
    /// The customer.
    pub customer_id: CustomerId,
    /// The name.
    pub name: String,
    /// The address they use here.
    pub email: String,
}

impl From<Person> for Participant {
    fn from(person: Person) -> Self {
        Self {
            customer_id: person.id,
            name: person.name,
            email: person.email,
        }
    }
}

/// A ticket that would go.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Going {
    /// The ticket.
    pub id: TicketId,
    /// What it is about.
    pub subject: String,
    /// Send it back when merging.
    pub version: i64,
    /// How many messages would move.
    pub message_count: i64,
    /// Whether its requester is the survivor's.
    pub same_requester: bool,
    /// Whether replies on the survivor would reach some of its people no more.
    pub loses_people: bool,
    /// Why it can't be merged; null when it can.
    pub problem: Option<String>,
}

/// What a merge would do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MergePreview {
    /// The survivor.
    pub survivor_id: TicketId,
    /// Send it back when merging.
    pub version: i64,
    /// The survivor's status after it.
    pub status: Status,
    /// Who gets replies after it.
    pub recipients: Vec<Participant>,
    /// People of the other tickets who get none unless they are added.
    pub left_out: Vec<Participant>,
    /// The tickets that would go.
    pub sources: Vec<Going>,
    /// Why nothing can be merged into the survivor; null when it can.
    pub problem: Option<String>,
}

/// What merging `sources` into `survivor` would do.
pub async fn preview(
    tx: &mut Tx<'_>,
    survivor: TicketId,
    sources: &[TicketId],
) -> Result<MergePreview, Refusal> {
    rules::check_sources(survivor, sources)?;
    let gone = || Refusal::NotFound { what: "ticket" };
    let target = tickets::store::find(tx, survivor).await?.ok_or_else(gone)?;
    let recipients = merge::of_ticket(tx, &target).await?;
    let mut left_out: Vec<Person> = Vec::new();
    let mut status = target.status;
    let mut going = Vec::with_capacity(sources.len());
    for id in sources {
        let source = tickets::store::find(tx, *id).await?.ok_or_else(gone)?;
        let mut loses_people = false;
        for person in merge::of_ticket(tx, &source).await? {
            if recipients.iter().any(|it| it.id == person.id) {
                continue;
            }
            loses_people = true;
            if left_out.iter().all(|it| it.id != person.id) {
                left_out.push(person);
            }
        }
        status = rules::status_after(status, source.status);
        going.push(Going {
            id: source.id,
            version: source.version,
            message_count: source.message_count,
            same_requester: source.requester == target.requester,
            loses_people,
            problem: problem(tx, &source).await?,
            subject: source.subject,
        });
    }
    Ok(MergePreview {
        survivor_id: target.id,
        version: target.version,
        status,
        problem: problem(tx, &target).await?,
        recipients: recipients.into_iter().map(Participant::from).collect(),
        left_out: left_out.into_iter().map(Participant::from).collect(),
        sources: going,
    })
}

async fn problem(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Option<String>, Refusal> {
    if ticket.place == Place::Merged
        && let Some(into) = store::survivor(tx, ticket.id).await?
    {
        return Ok(Some(rules::merged(ticket.id, into).to_string()));
    }
    Ok(rules::may_merge(ticket)
        .err()
        .map(|refusal| refusal.to_string()))
}

/// Customers who wrote on a merged ticket and get no replies there.
pub async fn apart(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Vec<Participant>, Refusal> {
    let cc = tickets::store::cc(tx, ticket.id).await?;
    let mut apart = Vec::new();
    for id in store::writers(tx, ticket.id).await? {
        if id == ticket.requester || cc.iter().any(|person| person.id == id) {
            continue;
        }
        if let Some(person) = customers::people::store::by_id(tx, id).await? {
            apart.push(Participant::from(person));
        }
    }
    Ok(apart)
}
