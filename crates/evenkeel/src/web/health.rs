//! For those who watch the server: is it alive, can it serve, how does it do.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::journal;
use metrics_exporter_prometheus::PrometheusHandle;

/// What the routes below need.
#[derive(Clone)]
pub struct Watched {
    /// The kernel that is watched.
    pub kernel: Kernel,
    /// Where the metrics are.
    pub metrics: PrometheusHandle,
}

/// The process is alive.
pub async fn healthz() -> &'static str {
    "alive\n"
}

/// The database answers, so requests can be served.
pub async fn readyz(State(watched): State<Watched>) -> Response {
    let head = watched
        .kernel
        .db
        .read(async |tx: &mut Tx<'_>| journal::head(tx).await)
        .await;
    match head {
        Ok::<i64, DbError>(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database can't be reached\n",
            )
                .into_response()
        }
    }
}

/// The metrics in Prometheus' text format.
pub async fn metrics(State(watched): State<Watched>) -> Response {
    let head = watched.kernel.live.head();
    metrics::gauge!("evenkeel_journal_head").set(i32::try_from(head).map_or(f64::MAX, f64::from));
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4")],
        watched.metrics.render(),
    )
        .into_response()
}
