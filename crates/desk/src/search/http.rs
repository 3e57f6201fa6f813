//! `/search`.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::{Answer, Cursor, Json, Query};
use kernel::ids::{AttachmentId, CustomerId, TicketId};
use kernel::refusal::Refusal;
use kernel::search::{Ask, Finder, Found, Snippet};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::asking::{self, Names};
use super::complete::{Completion, complete};
use super::documents::FILE;
use super::reactions::blocking;
use super::{Sight, rules};
use crate::Desk;
use crate::attachments;
use crate::messages::{self, MessageKind};
use crate::tickets::http::{TicketRow, rows};
use crate::timeline::authors;

/// Tickets of a page when the caller does not say.
const PAGE_ROWS: i64 = 20;
/// The most tickets of a page.
const PAGE_ROWS_MAX: i64 = 50;
/// How deep pages go: whoever looks further asks better.
const DEPTH_MAX: i64 = 1_000;
/// The most places shown of one ticket.
const PLACES_MAX: usize = 2;
/// The most customers shown.
const CUSTOMERS_MAX: usize = 5;

/// The routes of the search.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(search))
        .routes(routes!(complete_search))
}

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words, `"phrases"`, `-not`, filters such as `status:open`, and `#123`.
    pub q: String,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Tickets of the page, at most 50.
    pub limit: Option<i64>,
}

/// What is written so far.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct CompleteQuery {
    /// The text up to the caret.
    pub q: String,
}

/// A text with what was looked for marked in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarkedText {
    /// The text; plain, never HTML.
    pub text: String,
    /// Where what was looked for begins and ends, in UTF-16 units as browsers count them.
    pub highlights: Vec<[usize; 2]>,
}

impl From<Snippet> for MarkedText {
    fn from(snippet: Snippet) -> Self {
        let ranges = snippet.highlights.into_iter();
        Self {
            text: snippet.text,
            highlights: ranges.map(|(from, to)| [from, to]).collect(),
        }
    }
}

/// A place on a ticket where something was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundPlace {
    /// The message.
    pub number: i64,
    /// Which way it goes.
    pub kind: MessageKind,
    /// Who said it; null for machines and for people who are gone.
    pub author: Option<String>,
    /// When.
    pub at: Timestamp,
    /// The file, when it is in a file of the message.
    pub attachment_id: Option<AttachmentId>,
    /// The piece of the message, or the file's name.
    pub snippet: MarkedText,
}

/// A ticket that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHit {
    /// The ticket.
    pub ticket: TicketRow,
    /// Its subject.
    pub subject: MarkedText,
    /// Where on it, the best first; empty when its subject or people fit.
    pub places: Vec<FoundPlace>,
}

/// A customer who was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerHit {
    /// The customer.
    pub id: CustomerId,
    /// The name.
    pub name: MarkedText,
    /// The first address.
    pub email: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResults {
    /// Tickets, those that fit best first.
    pub items: Vec<SearchHit>,
    /// Where the next page begins; null on the last one.
    pub next: Option<String>,
    /// How many tickets there are.
    pub count: usize,
    /// Customers; only on the first page.
    pub customers: Vec<CustomerHit>,
    /// Whether older tickets may be missing because the index is still being built.
    pub incomplete: bool,
}

/// How a query may go on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Completions {
    /// The offers, at most 14.
    pub items: Vec<Completion>,
}

/// Searches tickets with all that was said on them, and customers.
#[utoipa::path(
    get, path = "/search", tag = "search", operation_id = "search",
    params(SearchQuery),
    responses(
        (status = 200, body = SearchResults),
        (status = 422, description = "The query can't be read; the reason names the place."),
        (status = 503, description = "The search is still starting."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn search(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
) -> Answer<Json<SearchResults>> {
    caller.require(Permission::TicketRead)?;
    let from = match &query.cursor {
        Some(cursor) => match *Cursor::decode(cursor, 1)? {
            [from] => from.clamp(0, DEPTH_MAX),
            _ => 0,
        },
        None => 0,
    };
    let limit = query.limit.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX);
    let page = (
        usize::try_from(from).unwrap_or(0),
        usize::try_from(limit).unwrap_or(0),
    );
    let results = find(&desk, &caller, &query.q, page).await?;
    Ok(Json(results))
}

/// Searches for a caller: `page` says how many tickets to leave out and how many to answer.
pub async fn find(
    desk: &Desk,
    caller: &Caller,
    text: &str,
    page: (usize, usize),
) -> Result<SearchResults, Refusal> {
    let (now, sight) = (desk.kernel.clock.now(), Sight::of(caller));
    let query = rules::parse(text)?;
    if query.terms.is_empty() {
        return Ok(SearchResults {
            items: Vec::new(),
            next: None,
            count: 0,
            customers: Vec::new(),
            incomplete: false,
        });
    }
    let names = if Names::are_needed(&query) {
        names(desk, caller).await?
    } else {
        Names::default()
    };
    let mut ask = asking::tickets(&query, &names, sight, now)?;
    ask.page = page;
    let of_customers = asking::customers(&query)
        .filter(|_| page.0 == 0 && caller.may(Permission::CustomerRead))
        .map(|ask| Ask {
            page: (0, CUSTOMERS_MAX),
            ..ask
        });
    let index = desk.search.index()?;
    let incomplete = !desk.search.progress().borrow().complete;
    let asked = blocking(move || {
        let tickets = index.ask(&ask, now)?;
        let customers = of_customers.map(|ask| index.ask(&ask, now)).transpose()?;
        Ok((tickets, customers.map_or_else(Vec::new, |(found, _)| found)))
    });
    let ((found, count), customers) = asked.await?;
    let shown = page.0.saturating_add(found.len());
    let more = shown < count && shown <= usize::try_from(DEPTH_MAX).unwrap_or(0);
    let next = i64::try_from(shown)
        .ok()
        .filter(|_| more && !found.is_empty());
    let finder = asking::finder(&query);
    let (kernel, caller) = (desk.kernel.clone(), caller.clone());
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let items = hits(&kernel, tx, &caller, &found, &finder).await?;
        Ok((items, customer_hits(tx, &customers, &finder).await?))
    };
    let (items, customers) = desk.kernel.db.read(read).await?;
    Ok(SearchResults {
        items,
        next: next.map(|from| Cursor::encode(&[from])),
        count,
        customers,
        incomplete,
    })
}

async fn names(desk: &Desk, caller: &Caller) -> Result<Names, Refusal> {
    let (inside, me) = (desk.clone(), caller.agent);
    let read = async move |tx: &mut Tx<'_>| Names::read(&inside, tx, me).await;
    Ok(desk.kernel.db.read(read).await?)
}

async fn hits(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    caller: &Caller,
    found: &[Found],
    finder: &Finder,
) -> Result<Vec<SearchHit>, Refusal> {
    let ids: Vec<TicketId> = found.iter().map(|it| TicketId(it.group)).collect();
    let mut items = Vec::with_capacity(ids.len());
    for ticket in rows(kernel, tx, caller.agent, &ids).await? {
        let mut places = Vec::new();
        let of = found.iter().find(|it| it.group == ticket.id.0);
        for item in of.map(|it| it.items.as_slice()).unwrap_or_default() {
            if places.len() < PLACES_MAX {
                places.extend(place(kernel, tx, (ticket.id, *item), finder, caller).await?);
            }
        }
        let subject = finder.whole(&ticket.subject).into();
        items.push(SearchHit {
            ticket,
            subject,
            places,
        });
    }
    Ok(items)
}

/// Where on a ticket; `None` when the item is the ticket itself, or is gone meanwhile.
async fn place(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    (ticket, item): (TicketId, u64),
    finder: &Finder,
    caller: &Caller,
) -> Result<Option<FoundPlace>, Refusal> {
    let id = i64::try_from(item & !FILE).unwrap_or(0);
    let file = if item & FILE == 0 {
        None
    } else {
        attachments::store::find(tx, AttachmentId(id)).await?
    };
    let number = file
        .as_ref()
        .map_or(Some(id), |file| file.number)
        .unwrap_or(0);
    let shown = |message: &messages::Message| {
        let may = message.kind != MessageKind::Note || Sight::of(caller).notes;
        may && messages::rules::is_shown(message.state)
    };
    let found = messages::store::find(tx, ticket, number).await?;
    let Some(message) = found.filter(shown) else {
        return Ok(None);
    };
    let sealed = file.as_ref().map_or(&message.text, |file| &file.name);
    let text = kernel.keys.decrypt(tx, sealed).await?.unwrap_or_default();
    let (snippet, _) = finder.snippet(&text);
    Ok(Some(FoundPlace {
        number,
        kind: message.kind,
        author: authors::name(tx, message.author).await?,
        at: message.at,
        attachment_id: file.map(|file| file.id),
        snippet: snippet.into(),
    }))
}

async fn customer_hits(
    tx: &mut Tx<'_>,
    found: &[Found],
    finder: &Finder,
) -> Result<Vec<CustomerHit>, Refusal> {
    let mut hits = Vec::with_capacity(found.len());
    for it in found {
        let id = CustomerId(it.group);
        let Some(name) = customers::people::store::name(tx, id).await? else {
            continue;
        };
        let identities = customers::people::store::identities(tx, id).await?;
        hits.push(CustomerHit {
            id,
            name: finder.whole(&name).into(),
            email: identities.into_iter().next().map(|identity| identity.value),
        });
    }
    Ok(hits)
}

/// How a query may go on: names of filters and their values.
#[utoipa::path(
    get, path = "/search/complete", tag = "search", operation_id = "complete_search",
    params(CompleteQuery),
    responses((status = 200, body = Completions)),
    security(("session" = []), ("token" = []))
)]
async fn complete_search(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<CompleteQuery>,
) -> Answer<Json<Completions>> {
    caller.require(Permission::TicketRead)?;
    if query.q.chars().count() > rules::QUERY_CHARS_MAX {
        return Ok(Json(Completions { items: Vec::new() }));
    }
    let names = names(&desk, &caller).await?;
    Ok(Json(Completions {
        items: complete(&query.q, &names),
    }))
}
