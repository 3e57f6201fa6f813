//! `/stuck`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::{Answer, Json, Path, Problem};
use kernel::ids::{JobId, TicketId};
use kernel::keys::Encrypted;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use kernel::{jobs, readers};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands;
use crate::Channels;

/// Most of either kind shown at once; trying them again makes room for the rest.
const SHOWN_MAX: i64 = 50;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(retry_job))
        .routes(routes!(retry_parked))
}

/// A job that gave up.
#[derive(Debug, Serialize, ToSchema)]
pub struct StuckJob {
    id: JobId,
    /// What it does, as in `mail.deliver`.
    kind: String,
    ticket_id: Option<TicketId>,
    /// What went wrong last.
    problem: Option<String>,
    /// How often it was tried.
    attempts: i64,
    created_at: Timestamp,
}

/// A record that a reader could not deal with.
#[derive(Debug, Serialize, ToSchema)]
pub struct StuckRecord {
    /// Which reader, as in `desk.notifications`.
    reader: String,
    position: i64,
    /// The ticket whose later records wait behind it.
    ticket_id: Option<TicketId>,
    /// What went wrong.
    problem: Option<String>,
    parked_at: Timestamp,
}

/// Work that got stuck; at most 50 of either kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct StuckWork {
    /// Oldest first.
    jobs: Vec<StuckJob>,
    /// By reader, oldest first.
    records: Vec<StuckRecord>,
}

/// How many went through.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedOutcome {
    through: i64,
}

/// Show work that got stuck: jobs that gave up, and records that could not be dealt with.
#[utoipa::path(get, path = "/stuck", tag = "postmaster", operation_id = "list_stuck",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = StuckWork), (status = 403, body = Problem)))]
async fn list(State(channels): State<Channels>, caller: Caller) -> Answer<Json<StuckWork>> {
    caller.require(Permission::FailureManage)?;
    let all = commands::all_readers(&channels);
    let names: Vec<&str> = all.iter().map(|reader| reader.name()).collect();
    let kernel = channels.desk.kernel.clone();
    let db = kernel.db.clone();
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let mut stuck = Vec::new();
        for failed in jobs::failed(tx, JobId(0), SHOWN_MAX).await? {
            stuck.push(StuckJob {
                id: failed.job.id,
                kind: failed.job.kind,
                ticket_id: failed.ticket,
                problem: opened(&kernel, tx, failed.problem).await?,
                attempts: failed.job.attempt,
                created_at: failed.created_at,
            });
        }
        let mut records = Vec::new();
        for name in &names {
            for parked in readers::parked(tx, name, SHOWN_MAX).await? {
                records.push(StuckRecord {
                    reader: parked.reader,
                    position: parked.position,
                    ticket_id: parked.ticket,
                    problem: opened(&kernel, tx, Some(parked.reason)).await?,
                    parked_at: parked.at,
                });
            }
        }
        records.truncate(usize::try_from(SHOWN_MAX).unwrap_or(usize::MAX));
        Ok(StuckWork {
            jobs: stuck,
            records,
        })
    };
    Ok(Json(db.read(read).await?))
}

async fn opened(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    sealed: Option<Encrypted<String>>,
) -> Result<Option<String>, Refusal> {
    match sealed {
        Some(sealed) => Ok(kernel.keys.decrypt(tx, &sealed).await?),
        None => Ok(None),
    }
}

/// Have a job tried again that gave up.
#[utoipa::path(post, path = "/stuck/jobs/{id}/retry", tag = "postmaster",
    operation_id = "retry_stuck_job", params(("id" = JobId, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 404, body = Problem)))]
async fn retry_job(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> Answer<StatusCode> {
    commands::retry_job(&channels.desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hand a reader again the records it could not deal with.
#[utoipa::path(post, path = "/stuck/readers/{reader}/retry", tag = "postmaster",
    operation_id = "retry_parked_records", params(("reader" = String, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = ParkedOutcome), (status = 404, body = Problem)))]
async fn retry_parked(
    State(channels): State<Channels>,
    caller: Caller,
    Path(reader): Path<String>,
) -> Answer<Json<ParkedOutcome>> {
    let through = commands::retry_parked(&channels, &caller, &reader).await?;
    let through = i64::try_from(through).unwrap_or(i64::MAX);
    Ok(Json(ParkedOutcome { through }))
}
