//! The customers' routes.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::db::{DbError, Tx};
use kernel::http::{Answer, Cursor, Json, Page, Path, Query};
use kernel::ids::{CustomerId, IdentityId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, Edit};
use super::{IdentityKind, store};
use crate::Customers;
use crate::pauses::{self, ApiPause};

/// Rows of a page when the caller does not say.
const PAGE_ROWS: i64 = 50;
/// The most rows of a page.
const PAGE_ROWS_MAX: i64 = 100;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Customers> {
    OpenApiRouter::new()
        .routes(routes!(list_customers))
        .routes(routes!(get_customer, patch_customer))
}

/// One customer in a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CustomerRow {
    /// The number.
    pub id: CustomerId,
    /// The name shown.
    pub name: String,
    /// The first mail address.
    pub email: Option<String>,
}

/// An address of a customer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomerIdentity)]
pub struct ApiIdentity {
    /// The number.
    pub id: IdentityId,
    /// Mail or phone.
    pub kind: IdentityKind,
    /// The address as written.
    pub value: String,
    /// Whether the customer proved that it is theirs.
    pub verified: bool,
    /// Why mail to it is paused; null when it is not.
    pub paused: Option<ApiPause>,
}

/// A customer in full.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Customer)]
pub struct ApiCustomer {
    /// The number.
    pub id: CustomerId,
    /// The name shown.
    pub name: String,
    /// The addresses, oldest first.
    pub identities: Vec<ApiIdentity>,
    /// What the team wrote about the customer; empty when nothing.
    pub note: String,
    /// The language, as a BCP 47 tag.
    pub language: Option<String>,
    /// When the customer first reached us.
    pub created_at: Timestamp,
    /// Send it back when changing the customer.
    pub version: i64,
    /// How many tickets they have, counted up to 1,000.
    pub ticket_count: i64,
}

/// Which customers to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// The beginning of a name, of a word in it, or of an address.
    pub q: Option<String>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Rows of the page, at most 100.
    pub limit: Option<i64>,
}

/// What to change; absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerPatch {
    /// The version that you saw.
    pub version: i64,
    /// The new name.
    pub name: Option<String>,
    /// The new note.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub note: Option<Option<String>>,
    /// The new language, as a BCP 47 tag.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub language: Option<Option<String>>,
}

/// Tells a field that is null (`Some(None)`) from one that is absent (`None`).
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Customers, newest first.
#[utoipa::path(
    get, path = "/customers", tag = "customers", operation_id = "list_customers",
    params(ListQuery),
    responses((status = 200, body = Page<CustomerRow>)),
    security(("session" = []), ("token" = []))
)]
async fn list_customers(
    State(room): State<Customers>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<CustomerRow>>> {
    caller.require(Permission::CustomerRead)?;
    let before = match &query.cursor {
        Some(cursor) => Cursor::decode(cursor, 1)?
            .first()
            .copied()
            .unwrap_or(i64::MAX),
        None => i64::MAX,
    };
    let limit = query.limit.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX);
    let mut rows = room
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, DbError> {
            store::list(tx, before, limit.saturating_add(1), query.q.as_deref()).await
        })
        .await
        .map_err(Refusal::from)?;
    let full = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > full;
    rows.truncate(full);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|(id, ..)| Cursor::encode(&[id.0]));
    let items = rows
        .into_iter()
        .map(|(id, name, email)| CustomerRow { id, name, email })
        .collect();
    Ok(Json(Page { items, next }))
}

/// One customer.
#[utoipa::path(
    get, path = "/customers/{id}", tag = "customers", operation_id = "get_customer",
    params(("id" = CustomerId, Path)),
    responses(
        (status = 200, body = ApiCustomer),
        (status = 404, description = "No such customer."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn get_customer(
    State(room): State<Customers>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Answer<Json<ApiCustomer>> {
    caller.require(Permission::CustomerRead)?;
    Ok(Json(present_customer(&room, id).await?))
}

/// Changes a customer.
#[utoipa::path(
    patch, path = "/customers/{id}", tag = "customers", operation_id = "update_customer",
    params(("id" = CustomerId, Path)), request_body = CustomerPatch,
    responses(
        (status = 200, body = ApiCustomer),
        (status = 404, description = "No such customer."),
        (status = 409, description = "Someone changed it meanwhile: `stale_version`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn patch_customer(
    State(room): State<Customers>,
    caller: Caller,
    Path(id): Path<CustomerId>,
    Json(patch): Json<CustomerPatch>,
) -> Answer<Json<ApiCustomer>> {
    let edit = Edit {
        version: patch.version,
        name: patch.name,
        note: patch.note,
        language: patch.language,
    };
    commands::edit(&room, &caller, id, edit).await?;
    Ok(Json(present_customer(&room, id).await?))
}

async fn present_customer(room: &Customers, id: CustomerId) -> Result<ApiCustomer, Refusal> {
    let kernel = room.kernel.clone();
    let tickets = room.tickets.clone();
    room.kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<ApiCustomer, Refusal> {
                let customer = store::find(tx, id)
                    .await?
                    .ok_or(Refusal::NotFound { what: "customer" })?;
                let identities = store::identities(tx, id).await?;
                let note = match &customer.note {
                    Some(note) => kernel.keys.decrypt(tx, note).await?.unwrap_or_default(),
                    None => String::new(),
                };
                let ticket_count = tickets.count(tx, id).await?;
                let mut shown = Vec::with_capacity(identities.len());
                for i in identities {
                    shown.push(ApiIdentity {
                        id: i.id,
                        kind: i.kind,
                        paused: pauses::commands::shown(&kernel, tx, &i.value).await?,
                        value: i.value,
                        verified: i.verified,
                    });
                }
                Ok(ApiCustomer {
                    id,
                    name: customer.name,
                    identities: shown,
                    note,
                    language: customer.language,
                    created_at: customer.created_at,
                    version: customer.version,
                    ticket_count,
                })
            },
        )
        .await
}
