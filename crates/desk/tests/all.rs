//! The desk on both engines, and its API.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that can not go on has failed"
)]

mod api;
mod around;
mod bulk;
mod deliveries;
mod fields;
mod forms;
mod hand_overs;
mod incoming;
mod links;
mod lists;
mod merges;
mod redaction;
mod replies;
mod routing;
mod rules;
mod search;
mod sla;
mod tickets;
mod together;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use desk::Desk;
use desk::messages::commands::note::{NewNote, note};
use desk::messages::commands::reply::{NewReply, reply};
use identity::{Caller, Role};
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::ids::TicketId;
use kernel::migrate::Room;
use kernel::refusal::Refusal;
use serde_json::Value;
use testkit::World;
use tower::ServiceExt;

const ROOMS: &[Room] = &[
    kernel::MIGRATIONS,
    identity::MIGRATIONS,
    customers::MIGRATIONS,
    desk::MIGRATIONS,
];

/// A desk with its world and one agent.
struct Scene {
    world: World,
    desk: Desk,
    mia: Caller,
}

impl Scene {
    async fn open(world: World) -> Self {
        let desk = desk::fixtures::desk(&world.kernel);
        let mia = identity::fixtures::agent(&world.kernel, "Mia", Role::Agent).await;
        Self { world, desk, mia }
    }

    async fn agent(&self, name: &str, role: Role) -> Caller {
        identity::fixtures::agent(&self.world.kernel, name, role).await
    }

    async fn ticket(&self, id: TicketId) -> desk::tickets::Ticket {
        self.world
            .kernel
            .db
            .read(async move |tx: &mut Tx<'_>| -> Result<_, DbError> {
                desk::tickets::store::find(tx, id).await
            })
            .await
            .unwrap()
            .expect("the ticket is there")
    }

    async fn jobs(&self) -> usize {
        self.world.run_jobs(self.desk.handlers()).await
    }

    /// Runs rules on everything that happened, and what they cause, until nothing more happens.
    async fn rules(&self, reader: &Arc<desk::automations::RuleReader>) {
        loop {
            let before = self.world.journal().await.len();
            self.world.run_reader(reader.clone()).await;
            self.jobs().await;
            if self.world.journal().await.len() == before {
                return;
            }
        }
    }

    /// The kinds of the journal's records from `skip` on.
    async fn kinds(&self, skip: usize) -> Vec<String> {
        self.world
            .journal()
            .await
            .into_iter()
            .skip(skip)
            .map(|record| record.kind)
            .collect()
    }

    async fn reply(&self, id: TicketId, seen_number: i64, html: &str) -> Result<i64, Refusal> {
        let new = NewReply {
            html: html.to_owned(),
            seen_number,
            ..NewReply::default()
        };
        reply(&self.desk, &self.mia, id, new, IdempotencyKey::default()).await
    }

    async fn note(&self, id: TicketId, html: &str) -> i64 {
        let new = NewNote {
            html: html.to_owned(),
            ..NewNote::default()
        };
        note(&self.desk, &self.mia, id, new, IdempotencyKey::default())
            .await
            .unwrap()
    }

    fn router(&self) -> Router {
        desk::router()
            .with_state(self.desk.clone())
            .split_for_parts()
            .0
    }

    async fn call(
        &self,
        caller: &Caller,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(caller.clone());
        let response = self.router().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(&self.mia, "GET", path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }
}

/// The stable code of a refusal that has one.
fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Conflict { code, .. } => code,
        Refusal::Stale { .. } => "stale_version",
        Refusal::NotAllowed { .. } => "not_allowed",
        Refusal::NotFound { .. } => "not_found",
        Refusal::Invalid(_) => "invalid",
        other => panic!("an unexpected refusal: {other:?}"),
    }
}
