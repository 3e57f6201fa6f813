//! `/postmaster/mailboxes`.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::{Answer, Json, Problem};
use kernel::ids::InboxId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Facts, MailStanding, rules, store};
use crate::Channels;
use crate::email::round_trip::http::{MailTestView, view as test_view};
use crate::email::{round_trip, sending};
use crate::inboxes::http::{DirectionFigures, figures};
use crate::inboxes::{self, Direction, HealthNote, Inbox};

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new().routes(routes!(list))
}

/// How one direction of an inbox stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct DirectionView {
    state: MailStanding,
    /// Until when the server wants no mail.
    resting_until: Option<Timestamp>,
    /// Null before the first attempt, and while the direction is off or not set up.
    figures: Option<DirectionFigures>,
}

/// How an inbox fares.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailboxView {
    inbox_id: InboxId,
    name: String,
    address: String,
    /// Whether it is the practice inbox of the demo.
    practice: bool,
    receiving: DirectionView,
    sending: DirectionView,
    /// Mails that are stored and not filed yet; counted up to 1000 over all inboxes.
    unfiled: i64,
    /// Since when the oldest of them waits.
    oldest_unfiled_at: Option<Timestamp>,
    /// Whether it can write to itself as a test.
    can_test: bool,
    /// The last test; null before the first.
    test: Option<MailTestView>,
}

/// All mailboxes.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailboxList {
    /// Oldest first.
    items: Vec<MailboxView>,
}

/// List how every mailbox fares.
#[utoipa::path(get, path = "/postmaster/mailboxes", tag = "postmaster",
    operation_id = "list_mailboxes", security(("session" = []), ("token" = [])),
    responses((status = 200, body = MailboxList), (status = 403, body = Problem)))]
async fn list(State(channels): State<Channels>, caller: Caller) -> Answer<Json<MailboxList>> {
    caller.require(Permission::InboxManage)?;
    let kernel = channels.desk.kernel.clone();
    let db = kernel.db.clone();
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let unfiled = store::unfiled(tx).await?;
        let mut items = Vec::new();
        for inbox in inboxes::store::all(tx).await? {
            let waits = unfiled.iter().find(|(id, ..)| *id == inbox.id);
            let mut view = mailbox(&kernel, tx, inbox).await?;
            if let Some((_, count, oldest)) = waits {
                (view.unfiled, view.oldest_unfiled_at) = (*count, Some(*oldest));
            }
            items.push(view);
        }
        Ok(items)
    };
    let items = db.read(read).await?;
    Ok(Json(MailboxList { items }))
}

async fn mailbox(kernel: &Kernel, tx: &mut Tx<'_>, inbox: Inbox) -> Result<MailboxView, Refusal> {
    let receiving = inboxes::store::health(tx, inbox.id, Direction::Receiving).await?;
    let sending = inboxes::store::health(tx, inbox.id, Direction::Sending).await?;
    let pause = match &inbox.smtp {
        Some(access) => {
            let account = sending::commands::account(kernel, access);
            sending::store::pause(tx, &account).await?
        }
        None => None,
    };
    let receives = (inbox.enabled, inbox.imap.is_some());
    let sends = (inbox.enabled, inbox.smtp.is_some() || inbox.practice);
    let until = pause.map(|pause| pause.until);
    let test = match round_trip::store::newest(tx, inbox.id).await? {
        Some(test) => Some(test_view(tx, &kernel.keys, test).await?),
        None => None,
    };
    Ok(MailboxView {
        inbox_id: inbox.id,
        practice: inbox.practice,
        receiving: direction(kernel, tx, receives, receiving, None).await?,
        sending: direction(kernel, tx, sends, sending, until).await?,
        unfiled: 0,
        oldest_unfiled_at: None,
        can_test: round_trip::rules::hindrance(&inbox).is_none(),
        test,
        name: inbox.name,
        address: inbox.address,
    })
}

async fn direction(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    (enabled, used): (bool, bool),
    note: Option<HealthNote>,
    resting_until: Option<Timestamp>,
) -> Result<DirectionView, Refusal> {
    let now = kernel.clock.now();
    let note = note.filter(|_| enabled && used);
    let facts = Facts {
        enabled,
        used,
        health: note.as_ref().map(|note| note.state),
        step: note.as_ref().and_then(|note| note.step),
        failing_since: note.as_ref().and_then(|note| note.failing_since),
        resting_until,
    };
    let state = rules::standing(&facts, now);
    Ok(DirectionView {
        state,
        resting_until: resting_until.filter(|_| state == MailStanding::Resting),
        figures: figures(tx, &kernel.keys, note, now).await?,
    })
}
