//! A desk with agents in it, and tickets put straight into its tables: what is tested with them
//! looks at rows and records, whoever wrote them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use desk::Desk;
use identity::{Caller, Role, sessions};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, CustomerId, SessionId, TeamId, TicketId};
use kernel::journal::{self, Context, Record, Subject};
use kernel::migrate::Room;
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use testkit::World;
use tokio::task::JoinHandle;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// The tables a desk needs.
pub const ROOMS: &[Room] = &[
    kernel::MIGRATIONS,
    identity::MIGRATIONS,
    customers::MIGRATIONS,
    desk::MIGRATIONS,
];

const INSERT_TICKET: &str = "INSERT INTO tickets (subject, status, priority, place, shelf, \
    channel, requester_id, requester_identity_id, key_id, assignee_id, team_id, brand_id, \
    last_number, last_direction, message_count, has_attachments, failed_deliveries, created_at, \
    updated_at, last_message_at, version) VALUES ('Late parcel', $1, 'normal', $2, $3, 'email', \
    1, 1, 1, $4, $5, 1, 1, 'in', 1, 0, 0, 0, 0, 0, 1) RETURNING id";
const RECORDS: &str = "SELECT COUNT(*) FROM journal";

/// What nobody but a test writes: something happened to a ticket.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Touched {
    /// Makes the record as large as a test wants it.
    pub padding: Vec<i64>,
}

impl Record for Touched {
    const KIND: &'static str = "ticket.touched";
}

/// Runs what the kernel and the desk do in the background, until dropped.
pub struct Running(Vec<JoinHandle<()>>);

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// Runs the kernel's part: on PostgreSQL, records get their positions from it.
pub fn run_kernel(world: &World) -> Running {
    let url = world.database_url().map(str::to_owned);
    Running(vec![tokio::spawn(
        world.kernel.clone().run(url, "office".to_owned()),
    )])
}

/// Runs the desk's local readers.
pub fn run_desk(desk: &Desk) -> Running {
    let counts = tokio::spawn(desk.counts.clone().follow());
    Running(vec![counts, tokio::spawn(desk.feed.clone().follow())])
}

/// Returns once every record that is committed now was published; answers its position.
pub async fn published(kernel: &Kernel) -> i64 {
    let count = async |tx: &mut Tx<'_>| tx.one::<(i64,)>(RECORDS, &[]).await;
    let (records,) = kernel
        .db
        .read::<_, DbError, _>(count)
        .await
        .unwrap()
        .unwrap();
    kernel.live.reached(records).await;
    records
}

/// Returns once the counts include every record that is committed now.
pub async fn counted(desk: &Desk) {
    let position = published(&desk.kernel).await;
    let mut progress = desk.counts.progress();
    progress
        .wait_for(|at| at.is_some_and(|at| at >= position))
        .await
        .unwrap();
}

/// An agent with a session.
pub async fn signed_in(kernel: &Kernel, name: &str, role: Role) -> Caller {
    let mut caller = identity::fixtures::agent(kernel, name, role).await;
    caller.session = Some(session_of(kernel, caller.agent).await);
    caller
}

async fn session_of(kernel: &Kernel, agent: AgentId) -> SessionId {
    let (keys, now) = (kernel.keys.clone(), kernel.clock.now());
    let key = keys.workspace().await.unwrap();
    let hash = kernel.random.bytes();
    let made = kernel.db.write(async move |tx: &mut Tx<'_>| {
        let unsaid = keys.encrypt(tx, key, "").await?;
        Ok::<_, Refusal>(sessions::store::insert(tx, agent, hash, (&unsaid, &unsaid), now).await?)
    });
    made.await.unwrap()
}

/// A ticket on a shelf, with its record.
pub async fn ticket(
    kernel: &Kernel,
    shelf: &'static str,
    assignee: Option<AgentId>,
    team: Option<TeamId>,
) -> TicketId {
    let now = kernel.clock.now();
    let made = kernel.db.write(async move |tx: &mut Tx<'_>| {
        let id = insert_ticket(tx, shelf, assignee, team).await?;
        let context = Context::system(now);
        journal::append(
            tx,
            &context,
            Subject::ticket(id),
            &Touched { padding: vec![] },
        )
        .await?;
        Ok::<_, DbError>(id)
    });
    made.await.unwrap()
}

/// A ticket's row alone.
pub async fn insert_ticket(
    tx: &mut Tx<'_>,
    shelf: &str,
    assignee: Option<AgentId>,
    team: Option<TeamId>,
) -> Result<TicketId, DbError> {
    let (status, place) = match shelf {
        "open" | "snoozed" => ("open", "desk"),
        "solved" => ("solved", "desk"),
        elsewhere => ("open", elsewhere),
    };
    let params = [
        status.into(),
        place.into(),
        shelf.into(),
        assignee.into(),
        team.into(),
    ];
    Ok(tx
        .one::<(TicketId,)>(INSERT_TICKET, &params)
        .await?
        .unwrap()
        .0)
}

/// Writes one record, as `context` says.
pub async fn record<R: Record + Send + Sync + 'static>(
    kernel: &Kernel,
    context: Context,
    subject: Subject,
    record: R,
) {
    let written = kernel.db.write(async move |tx: &mut Tx<'_>| {
        journal::append(tx, &context, subject, &record)
            .await
            .map(drop)
    });
    written.await.unwrap();
}

/// The circumstances of a customer's act.
pub fn by_customer(kernel: &Kernel) -> Context {
    Context::customer(CustomerId(1), kernel.clock.now())
}

/// The desk's routes, where the header `x-agent` names the caller.
pub fn app(desk: Desk, callers: &[&Caller]) -> Router {
    let callers: HashMap<String, Caller> = callers
        .iter()
        .map(|caller| (caller.name.clone(), (*caller).clone()))
        .collect();
    let callers = Arc::new(callers);
    let routes = OpenApiRouter::new()
        .merge(desk::brands::router())
        .merge(desk::live::router())
        .merge(desk::macros::router())
        .merge(desk::notifications::router())
        .merge(desk::tags::router())
        .merge(desk::teams::router())
        .merge(desk::views::router());
    let (router, _) = routes.with_state(desk).split_for_parts();
    Router::new()
        .nest("/api/v1", router)
        .layer(from_fn(move |mut request: Request, next: Next| {
            let named = request
                .headers()
                .get("x-agent")
                .and_then(|name| name.to_str().ok());
            let caller = named.and_then(|name| callers.get(name)).cloned();
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            next.run(request)
        }))
}
