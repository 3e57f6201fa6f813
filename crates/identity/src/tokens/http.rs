//! `/me/tokens`.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use kernel::http::{Answer, IdempotencyKey, Json, Page, Path, Problem};
use kernel::ids::TokenId;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::TokenInput;
use super::{Token, commands};
use crate::Identity;
use crate::caller::Caller;
use crate::permissions::{Scope, Scopes};

pub(crate) fn router() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(revoke))
}

/// An API token, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiToken {
    id: TokenId,
    name: String,
    scopes: Vec<Scope>,
    created_at: Timestamp,
    /// To within ten minutes.
    last_used_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

impl From<Token> for ApiToken {
    fn from(token: Token) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scopes: token.scopes.0.into_iter().collect(),
            created_at: token.created_at,
            last_used_at: token.last_used_at,
            expires_at: token.expires_at,
        }
    }
}

/// The only answer that carries the secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedApiToken {
    #[serde(flatten)]
    token: ApiToken,
    /// Send it as `Authorization: Bearer …`.
    secret: String,
}

/// A new API token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiTokenInput {
    /// What you call it.
    name: String,
    /// How far it reaches; each scope includes those before it.
    scopes: Vec<Scope>,
    /// When it stops working; without it, never.
    expires_at: Option<Timestamp>,
}

/// Your API tokens, newest first.
#[utoipa::path(get, path = "/me/tokens", tag = "me",
    operation_id = "list_tokens",
    responses((status = 200, body = Page<ApiToken>)), security(("session" = [])))]
async fn list(State(identity): State<Identity>, caller: Caller) -> Answer<Json<Page<ApiToken>>> {
    let tokens = commands::all(&identity, &caller).await?;
    Ok(Json(Page {
        items: tokens.into_iter().map(ApiToken::from).collect(),
        next: None,
    }))
}

/// Make an API token. Needs a signed-in browser: a token can't make tokens.
#[utoipa::path(post, path = "/me/tokens", tag = "me",
    operation_id = "create_token", request_body = ApiTokenInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 200 characters.")),
    responses(
        (status = 201, body = CreatedApiToken),
        (status = 409, description = "`too_many_tokens`", body = Problem),
        (status = 422, body = Problem),
    ),
    security(("session" = [])))]
async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(input): Json<ApiTokenInput>,
) -> Answer<(StatusCode, Json<CreatedApiToken>)> {
    let ApiTokenInput {
        name,
        scopes,
        expires_at,
    } = input;
    let scopes = Scopes(BTreeSet::from_iter(scopes));
    let input = TokenInput {
        name,
        scopes,
        expires_at,
    };
    let (token, secret) = commands::create(&identity, &caller, &input, key).await?;
    Ok((
        StatusCode::CREATED,
        Json(CreatedApiToken {
            token: token.into(),
            secret,
        }),
    ))
}

/// Revoke an API token; it stops working at once.
#[utoipa::path(delete, path = "/me/tokens/{id}", tag = "me",
    operation_id = "revoke_token", params(("id" = TokenId, Path)),
    responses((status = 204), (status = 404, body = Problem)), security(("session" = [])))]
async fn revoke(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<TokenId>,
) -> Answer<StatusCode> {
    commands::revoke(&identity, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
