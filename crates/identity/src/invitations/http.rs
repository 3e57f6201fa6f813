//! `/invitations`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::http::{Answer, IdempotencyKey, Json, Page, Path, Problem};
use kernel::ids::{AgentId, InvitationId, TeamId};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::InvitationInput;
use super::{Invitation, commands};
use crate::caller::{Caller, Source};
use crate::me::http::Me;
use crate::permissions::Role;
use crate::{Identity, sessions};

pub(crate) fn router() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(withdraw))
        .routes(routes!(preview))
        .routes(routes!(accept))
}

/// An invitation that nobody has accepted yet.
#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationAnswer {
    id: InvitationId,
    email: String,
    role: Role,
    team_ids: Vec<TeamId>,
    invited_by: AgentId,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl From<Invitation> for InvitationAnswer {
    fn from(invitation: Invitation) -> Self {
        let Invitation {
            id,
            email,
            role,
            team_ids,
            invited_by,
            created_at,
            expires_at,
        } = invitation;
        Self {
            id,
            email,
            role,
            team_ids,
            invited_by,
            created_at,
            expires_at,
        }
    }
}

/// The only answer that carries the link.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedInvitation {
    #[serde(flatten)]
    invitation: InvitationAnswer,
    /// Give it to the invited person; it works once, for seven days.
    link: String,
}

/// A new invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvitationInput)]
pub(crate) struct InvitationBody {
    email: String,
    /// Only owners invite owners.
    role: Role,
    #[serde(default)]
    team_ids: Vec<TeamId>,
}

/// What the invited person sees before they have an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitationPreview {
    email: String,
    role: Role,
    workspace_name: String,
}

/// How the invited person accepts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationAcceptance {
    name: String,
    /// At least 12 characters, not easily guessed.
    password: String,
}

/// The invitations that can still be accepted, newest first.
#[utoipa::path(get, path = "/invitations", tag = "invitations",
    operation_id = "list_invitations",
    responses((status = 200, body = Page<InvitationAnswer>), (status = 403, body = Problem)),
    security(("session" = []), ("token" = [])))]
async fn list(
    State(identity): State<Identity>,
    caller: Caller,
) -> Answer<Json<Page<InvitationAnswer>>> {
    let open = commands::open(&identity, &caller).await?;
    Ok(Json(Page {
        items: open.into_iter().map(InvitationAnswer::from).collect(),
        next: None,
    }))
}

/// Invite somebody.
#[utoipa::path(post, path = "/invitations", tag = "invitations",
    operation_id = "create_invitation", request_body = InvitationBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 200 characters.")),
    responses(
        (status = 201, body = CreatedInvitation),
        (status = 403, body = Problem),
        (status = 409, description = "`email_taken`, `already_invited`", body = Problem),
        (status = 422, body = Problem),
    ),
    security(("session" = []), ("token" = [])))]
async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<InvitationBody>,
) -> Answer<(StatusCode, Json<CreatedInvitation>)> {
    let InvitationBody {
        email,
        role,
        team_ids,
    } = body;
    let input = InvitationInput {
        email,
        role,
        team_ids,
    };
    let (invitation, link) = commands::create(&identity, &caller, &input, key).await?;
    let invitation = invitation.into();
    Ok((
        StatusCode::CREATED,
        Json(CreatedInvitation { invitation, link }),
    ))
}

/// Withdraw an invitation; its link stops working.
#[utoipa::path(delete, path = "/invitations/{id}", tag = "invitations",
    operation_id = "withdraw_invitation",
    params(("id" = InvitationId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)),
    security(("session" = []), ("token" = [])))]
async fn withdraw(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<InvitationId>,
) -> Answer<StatusCode> {
    commands::withdraw(&identity, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a link stands for.
#[utoipa::path(get, path = "/invitations/by-token/{token}", tag = "invitations",
    operation_id = "preview_invitation",
    params(("token" = String, Path)),
    responses((status = 200, body = InvitationPreview), (status = 404, body = Problem)),
    security(()))]
async fn preview(
    State(identity): State<Identity>,
    Path(token): Path<String>,
) -> Answer<Json<InvitationPreview>> {
    let (invitation, workspace_name, _) = commands::by_token(&identity, &token).await?;
    let Invitation { email, role, .. } = invitation;
    Ok(Json(InvitationPreview {
        email,
        role,
        workspace_name,
    }))
}

/// Accept an invitation: makes the account and signs it in.
#[utoipa::path(post, path = "/invitations/by-token/{token}/accept", tag = "invitations",
    operation_id = "accept_invitation",
    params(("token" = String, Path)), request_body = InvitationAcceptance,
    responses(
        (status = 200, body = Me),
        (status = 404, body = Problem),
        (status = 409, description = "`email_taken`", body = Problem),
        (status = 422, body = Problem),
    ),
    security(()))]
async fn accept(
    State(identity): State<Identity>,
    source: Source,
    Path(token): Path<String>,
    Json(input): Json<InvitationAcceptance>,
) -> Answer<Response> {
    let person = (input.name.as_str(), input.password.as_str());
    let signed_in = commands::accept(&identity, &source, &token, person).await?;
    let me = Me::of(&identity, &signed_in.caller).await?;
    let cookies = sessions::http::cookies(&identity, &signed_in);
    Ok((cookies, Json(me)).into_response())
}
