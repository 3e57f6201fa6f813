//! `/inboxes/{id}/tests`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{InboxId, MailTestId};
use kernel::keys::Keys;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{MailTest, MailTestState, commands, store};
use crate::Channels;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new().routes(routes!(show, start))
}

/// A mail that an inbox sent to itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailTestView {
    id: MailTestId,
    state: MailTestState,
    started_at: Timestamp,
    /// When the server took it; null before, and when that is not known.
    handed_at: Option<Timestamp>,
    /// When it was back, also when that was too late.
    returned_at: Option<Timestamp>,
    /// How long it was on its way, in milliseconds.
    took_ms: Option<i64>,
    /// What is wrong, in plain words.
    problem: Option<String>,
    /// What helps.
    mend: Option<String>,
}

/// The last test of an inbox.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewestMailTest {
    /// Null before the first.
    test: Option<MailTestView>,
}

pub(crate) async fn view(
    tx: &mut Tx<'_>,
    keys: &Keys,
    test: MailTest,
) -> Result<MailTestView, Refusal> {
    let took = test.took().map(|took| took.as_millis());
    let problem = match &test.problem {
        Some(problem) => keys.decrypt(tx, problem).await?,
        None => None,
    };
    Ok(MailTestView {
        id: test.id,
        state: test.state,
        started_at: test.started_at,
        handed_at: test.handed_at,
        returned_at: test.returned_at,
        took_ms: took.map(|took| i64::try_from(took).unwrap_or(i64::MAX)),
        mend: test.mend,
        problem,
    })
}

/// Show the last test of an inbox.
#[utoipa::path(get, path = "/inboxes/{id}/tests", tag = "postmaster",
    operation_id = "get_inbox_test", security(("session" = []), ("token" = [])),
    params(("id" = InboxId, Path)),
    responses((status = 200, body = NewestMailTest), (status = 403, body = Problem)))]
async fn show(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
) -> Answer<Json<NewestMailTest>> {
    caller.require(Permission::InboxManage)?;
    let kernel = &channels.desk.kernel;
    let keys = kernel.keys.clone();
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        match store::newest(tx, id).await? {
            Some(test) => Ok(Some(view(tx, &keys, test).await?)),
            None => Ok(None),
        }
    };
    let test = kernel.db.read(read).await?;
    Ok(Json(NewestMailTest { test }))
}

/// Have an inbox write a mail to itself, to see that it can send and receive.
#[utoipa::path(post, path = "/inboxes/{id}/tests", tag = "postmaster",
    operation_id = "start_inbox_test", security(("session" = []), ("token" = [])),
    params(("id" = InboxId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = MailTestView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`test_running`, `inbox_cannot_test`")))]
async fn start(
    State(channels): State<Channels>,
    caller: Caller,
    once: IdempotencyKey,
    Path(id): Path<InboxId>,
) -> Answer<(StatusCode, Json<MailTestView>)> {
    let kernel = &channels.desk.kernel;
    let test = commands::start(kernel, &caller, id, once).await?;
    let keys = kernel.keys.clone();
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let found = store::find(tx, test).await?;
        let test = found.ok_or(Refusal::NotFound { what: "test" })?;
        view(tx, &keys, test).await
    };
    let view = kernel.db.read(read).await?;
    Ok((StatusCode::CREATED, Json(view)))
}
