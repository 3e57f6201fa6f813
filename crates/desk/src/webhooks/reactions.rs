//! What webhooks are told of, and calling them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::db::Tx;
use kernel::http::signature::sign;
use kernel::ids::{TicketId, WebhookDeliveryId, WebhookId};
use kernel::jobs::{Job, JobError, JobHandler, Outcome};
use kernel::journal::{self, Context, StoredRecord, Subject};
use kernel::readers::Reader;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::rules::{self, Next};
use super::store::{self, Stored, StoredCall};
use super::{CallState, WebhookSwitchedOff, calls};
use crate::automations::tell_admins;
use crate::notifications::NotificationKind;
use crate::{Desk, tickets};

/// The job that calls a webhook.
pub const CALL: &str = "webhook.call";
/// How long a call waits when others fill every place.
const CROWDED: Duration = Duration::from_secs(1);

/// The single reader that writes down whom to tell of records.
pub struct WebhookReader {
    desk: Desk,
    /// The webhooks that subscribe to anything; `None` before they were first read.
    subscribed: Mutex<Option<Arc<Vec<Stored>>>>,
}

impl WebhookReader {
    /// Tells what happens on this desk.
    pub fn new(desk: Desk) -> Self {
        Self {
            desk,
            subscribed: Mutex::default(),
        }
    }

    fn kept(&self) -> Option<Arc<Vec<Stored>>> {
        let kept = self.subscribed.lock();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn react(&self, tx: &mut Tx<'_>, record: &StoredRecord) -> Result<(), Refusal> {
        let kept = self.kept().filter(|_| !changes_webhooks(record));
        let subscribed = match kept {
            Some(kept) => kept,
            None => {
                let mut all = store::all(tx).await?;
                all.retain(|it| it.enabled && !it.kinds.is_empty());
                let all = Arc::new(all);
                let mut kept = self
                    .subscribed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                *kept = Some(all.clone());
                all
            }
        };
        let Some(id) = record.ticket else {
            return Ok(());
        };
        let hears = |it: &&Stored| it.active_since <= record.at && it.kinds.contains(&record.kind);
        let mut hearing = subscribed.iter().filter(hears).peekable();
        if hearing.peek().is_none() {
            return Ok(());
        }
        let ticket = tickets::store::find(tx, id).await?;
        for webhook in hearing {
            let cause = format!("record:{}", record.id);
            calls::tell(&self.desk, tx, (webhook, cause), record, ticket.as_ref()).await?;
        }
        Ok(())
    }
}

fn changes_webhooks(record: &StoredRecord) -> bool {
    record.kind.starts_with("webhook.")
}

impl Reader for WebhookReader {
    fn name(&self) -> &'static str {
        "desk.webhooks"
    }

    fn wants(&self, record: &StoredRecord) -> bool {
        // The journal itself says when subscriptions change.
        let hears = |all: Arc<Vec<Stored>>| all.iter().any(|it| it.kinds.contains(&record.kind));
        changes_webhooks(record) || !record.quiet && self.kept().is_none_or(hears)
    }

    fn handle<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        record: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        self.react(tx, record).boxed()
    }
}

/// The payload of [`CALL`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) call: WebhookDeliveryId,
}

/// Calls webhooks, a few at a time.
pub struct CallWebhooks {
    desk: Desk,
    under_way: Arc<Mutex<HashMap<WebhookId, usize>>>,
}

impl CallWebhooks {
    /// Calls what this desk wants called.
    pub fn new(desk: Desk) -> Self {
        Self {
            desk,
            under_way: Arc::default(),
        }
    }

    /// A place for a call; `None` when others fill them.
    fn place(&self, webhook: &Stored) -> Option<Taken> {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let all: usize = under_way.values().sum();
        let each = under_way.entry(webhook.id).or_default();
        // One that fails keeps no more than a single place from the others.
        let most = match webhook.failures_in_row {
            0 => rules::AT_ONCE_EACH,
            _ => 1,
        };
        if all >= rules::AT_ONCE_MAX || *each >= most {
            return None;
        }
        *each = each.saturating_add(1);
        Some(Taken {
            webhook: webhook.id,
            under_way: self.under_way.clone(),
        })
    }

    async fn attempt(&self, id: WebhookDeliveryId) -> Result<Outcome, Refusal> {
        let Some(ready) = self.ready(id).await? else {
            return Ok(Outcome::Done);
        };
        let now = self.desk.kernel.clock.now();
        let Some(place) = self.place(&ready.webhook) else {
            return Ok(Outcome::Again(now.plus(CROWDED)));
        };
        let limits = (rules::ANSWER_WITHIN, rules::EXCERPT_BYTES_MAX);
        let outgoing = &self.desk.outgoing;
        let answered = outgoing
            .post_json(&ready.url, &ready.headers, ready.body.clone(), limits)
            .await;
        drop(place);
        let (status, answer) = match answered {
            Ok(answer) => {
                let text = String::from_utf8_lossy(&answer.body).replace('\0', "");
                (Some(i64::from(answer.status)), text)
            }
            Err(problem) => (None, problem.to_string()),
        };
        self.settle(ready, status, answer).await
    }

    /// The call, unless it was made, or may not be made any more.
    async fn ready(&self, id: WebhookDeliveryId) -> Result<Option<Ready>, Refusal> {
        let kernel = self.desk.kernel.clone();
        let db = kernel.db.clone();
        db.read(async move |tx: &mut Tx<'_>| {
            let Some(call) = store::call(tx, id).await? else {
                return Ok(None);
            };
            let Some(webhook) = store::find(tx, call.webhook).await? else {
                return Ok(None);
            };
            if call.state != CallState::Due {
                return Ok(None);
            }
            let Some(body) = kernel.keys.decrypt(tx, &call.payload).await? else {
                return Ok(None);
            };
            let now = kernel.clock.now();
            let mut secrets = vec![kernel.keys.decrypt_secret(&webhook.secret)?];
            if let Some(previous) = &webhook.previous_secret
                && webhook.previous_until.is_some_and(|until| until > now)
            {
                secrets.push(kernel.keys.decrypt_secret(previous)?);
            }
            let seconds = now.micros().div_euclid(1_000_000);
            let headers = vec![
                ("webhook-id", call.message_id.clone()),
                ("webhook-timestamp", seconds.to_string()),
                (
                    "webhook-signature",
                    sign(&secrets, &call.message_id, seconds, &body),
                ),
            ];
            Ok(Some(Ready {
                url: kernel.keys.decrypt_secret(&webhook.url)?,
                call,
                webhook,
                headers,
                body,
            }))
        })
        .await
    }

    async fn settle(
        &self,
        ready: Ready,
        status: Option<i64>,
        answer: String,
    ) -> Result<Outcome, Refusal> {
        let kernel = self.desk.kernel.clone();
        let (now, key) = (kernel.clock.now(), kernel.keys.workspace().await?);
        let attempts = ready.call.attempts.saturating_add(1);
        let next = match rules::next(status, attempts, now) {
            // A webhook that is off is called for a test, and only once.
            Next::Again(_) if !ready.webhook.enabled => Next::GivenUp,
            next => next,
        };
        let db = kernel.db.clone();
        db.write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let state = match next {
                Next::Delivered => CallState::Delivered,
                Next::Again(_) => CallState::Due,
                Next::GivenUp => CallState::Failed,
            };
            let Some(webhook) = store::lock(tx, ready.webhook.id).await? else {
                return Ok(());
            };
            let sealed = kernel.keys.encrypt(tx, key, &answer).await?;
            let (id, ended) = (ready.call.id, (state, attempts));
            store::tried(tx, id, ended, (status, sealed), now).await?;
            if next == Next::Delivered {
                return Ok(store::worked(tx, webhook.id).await?);
            }
            store::failed(tx, webhook.id, now).await?;
            if rules::is_hopeless(webhook.failing_since, status, now) {
                switch_off(tx, (&webhook, ready.call.ticket), now).await?;
            }
            Ok(())
        })
        .await?;
        Ok(match next {
            Next::Again(at) => Outcome::Again(at),
            Next::Delivered | Next::GivenUp => Outcome::Done,
        })
    }
}

async fn switch_off(
    tx: &mut Tx<'_>,
    (webhook, ticket): (&Stored, Option<TicketId>),
    now: Timestamp,
) -> Result<(), Refusal> {
    if !store::switch_off(tx, webhook.id).await? {
        return Ok(());
    }
    let record = WebhookSwitchedOff {
        webhook: webhook.id,
    };
    let ctx = Context::system(now);
    let id = journal::append(tx, &ctx, Subject::default(), &record).await?;
    // A notice hangs on a ticket; without one the list of webhooks says it.
    match ticket {
        Some(ticket) => tell_admins(tx, ticket, id, NotificationKind::WebhookOff, now).await,
        None => Ok(()),
    }
}

/// Everything that a call needs.
struct Ready {
    call: StoredCall,
    webhook: Stored,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// A place among the calls under way.
struct Taken {
    webhook: WebhookId,
    under_way: Arc<Mutex<HashMap<WebhookId, usize>>>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(each) = under_way.get_mut(&self.webhook) {
            *each = each.saturating_sub(1);
            if *each == 0 {
                under_way.remove(&self.webhook);
            }
        }
    }
}

impl JobHandler for CallWebhooks {
    fn kind(&self) -> &'static str {
        CALL
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let call: Call = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            self.attempt(call.call).await.map_err(JobError::retry)
        }
        .boxed()
    }
}
