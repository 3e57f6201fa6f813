//! Setting a webhook up, and taking in what comes by it.

use super::rules::{MAILGUN_WINDOW, check_secret};
use super::shapes::Brought;
use super::{InboxWebhookChanged, MailProvider, Webhook, store};
use crate::email::intake::{Accepted, Arrival, Envelope, Source, accept};
use crate::email::large::Raw;
use crate::inboxes::{self, Inbox};
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::InboxId;
use kernel::journal::{self, Change, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::time::Duration;

const HOUR_MICROS: i64 = 3_600_000_000;
/// How exactly the last arrival is noted.
const ARRIVAL_STEP: Duration = Duration::from_secs(60);

/// How a webhook should be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Who brings the mail.
    pub provider: MailProvider,
    /// The provider's key; `None` keeps the stored one.
    pub secret: Option<String>,
    /// Whether the address is made anew, so that the old one ends.
    pub new_address: bool,
    /// The version that was read; `None` when there was none.
    pub version: Option<i64>,
}

/// Sets an inbox's webhook up or changes it.
///
/// # Errors
/// Missing permission, no such inbox, a stale version, a secret that can't be the provider's.
pub async fn set(
    kernel: &Kernel,
    caller: &Caller,
    inbox: InboxId,
    wanted: Wanted,
) -> Result<(), Refusal> {
    caller.require(Permission::InboxManage)?;
    let ctx = caller.context(kernel.clock.now());
    // Drawn here, because the transaction may run more than once.
    let (token, password) = (kernel.random.token(), kernel.random.token());
    let given = wanted
        .secret
        .as_deref()
        .map(|secret| check_secret(wanted.provider, secret))
        .transpose()?;
    let keys = kernel.keys.clone();
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if !inboxes::store::lock(tx, inbox).await? {
                return Err(Refusal::NotFound { what: "inbox" });
            }
            let before = store::find(tx, inbox).await?;
            if before.as_ref().map(|before| before.version) != wanted.version {
                return Err(Refusal::Stale { what: "webhook" });
            }
            let same = before
                .as_ref()
                .filter(|before| before.provider == wanted.provider);
            let kept = same.filter(|_| !wanted.new_address);
            let address =
                kept.map_or_else(|| keys.encrypt_secret(&token), |kept| kept.token.clone());
            let secret = match (wanted.provider, &given) {
                (MailProvider::Postmark, _) => kept
                    .and_then(|kept| kept.secret.clone())
                    .or_else(|| Some(keys.encrypt_secret(&password))),
                (_, Some(given)) => given.as_ref().map(|secret| keys.encrypt_secret(secret)),
                (_, None) => same.and_then(|same| same.secret.clone()),
            };
            if wanted.provider == MailProvider::Mailgun && secret.is_none() {
                check_secret(wanted.provider, "")?;
            }
            let text = keys.decrypt_secret(&address)?;
            let webhook = Webhook {
                inbox,
                provider: wanted.provider,
                token: address,
                secret,
                version: before
                    .as_ref()
                    .map_or(1, |before| before.version.saturating_add(1)),
                arrived_at: None,
            };
            store::save(tx, &webhook, keys.hmac(TOKEN, text.as_bytes()), ctx.at).await?;
            let record = InboxWebhookChanged {
                inbox,
                provider: Change {
                    from: before.as_ref().map(|before| before.provider),
                    to: Some(wanted.provider),
                },
                address: kept.is_none(),
                secret: given.is_some(),
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

/// Removes an inbox's webhook: its address ends. Without one nothing happens.
///
/// # Errors
/// Missing permission.
pub async fn remove(kernel: &Kernel, caller: &Caller, inbox: InboxId) -> Result<(), Refusal> {
    caller.require(Permission::InboxManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            inboxes::store::lock(tx, inbox).await?;
            let Some(before) = store::find(tx, inbox).await? else {
                return Ok(());
            };
            store::delete(tx, inbox).await?;
            let record = InboxWebhookChanged {
                inbox,
                provider: Change {
                    from: Some(before.provider),
                    to: None,
                },
                address: true,
                secret: before.secret.is_some(),
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

const TOKEN: &str = "webhook.token";

/// The webhook of a provider's address and its inbox.
///
/// # Errors
/// There is no such address.
pub(super) async fn at_address(
    kernel: &Kernel,
    provider: MailProvider,
    token: &str,
) -> Result<(Webhook, Inbox), Refusal> {
    // Found by its keyed hash, so that the time of the search tells nothing of the token.
    let hash = kernel.keys.hmac(TOKEN, token.as_bytes());
    let found = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let Some(webhook) = store::by_token(tx, hash).await? else {
                return Ok(None);
            };
            let inbox = inboxes::store::find(tx, webhook.inbox).await?;
            Ok::<_, Refusal>(inbox.map(|inbox| (webhook, inbox)))
        })
        .await?;
    let found = found.filter(|(webhook, _)| webhook.provider == provider);
    let (webhook, inbox) = found.ok_or(Refusal::NotFound { what: "address" })?;
    if !inbox.enabled {
        let detail = "This inbox is switched off, so its mail has to wait.".to_owned();
        return Err(Refusal::Unavailable { detail });
    }
    Ok((webhook, inbox))
}

/// Stores a mail that a provider proved to have brought.
///
/// # Errors
/// The database failed; nothing was stored.
pub(super) async fn receive(
    kernel: &Kernel,
    webhook: &Webhook,
    inbox: &Inbox,
    brought: Brought,
) -> Result<Accepted, Refusal> {
    let arrival = Arrival {
        raw: brought.raw,
        quiet: false,
        problem: None,
        envelope: brought.envelope,
    };
    let accepted = accept(kernel, inbox, Source::Webhook, vec![arrival], None).await?;
    let accepted = accepted.first().copied();
    let accepted = accepted.ok_or_else(|| Refusal::broken("the mail was not stored"))?;
    let (now, id) = (kernel.clock.now(), webhook.inbox);
    if webhook
        .arrived_at
        .is_none_or(|at| at.plus(ARRIVAL_STEP) <= now)
    {
        let note = async move |tx: &mut Tx<'_>| store::note_arrival(tx, id, now).await;
        // The mail is safe; a time that can't be noted is no reason to have it sent again.
        if let Err(problem) = kernel.db.write::<_, kernel::db::DbError, _>(note).await {
            tracing::warn!(%problem, "the last arrival could not be noted");
        }
    }
    Ok(accepted)
}

/// Notes a mail that was too large to be read; providers that try again make one note an hour.
///
/// # Errors
/// The database failed.
pub(super) async fn note_too_large(kernel: &Kernel, inbox: &Inbox) -> Result<(), Refusal> {
    let hour = kernel.clock.now().micros() / HOUR_MICROS;
    let reason = "A mail was larger than a webhook takes and was refused. Look for it at the \
        provider.";
    let arrival = Arrival {
        raw: format!("webhook, inbox {}, hour {hour}", inbox.id)
            .into_bytes()
            .into(),
        quiet: false,
        problem: Some(reason.to_owned()),
        envelope: Envelope::default(),
    };
    accept(kernel, inbox, Source::Webhook, vec![arrival], None)
        .await
        .map(drop)
}

/// Whether a provider's one-time token comes with this mail for the first time, or with the same
/// mail again: Mailgun signs the token alone, so another mail with it is a forgery.
///
/// # Errors
/// The database failed.
pub(super) async fn is_first_use(kernel: &Kernel, token: &str, raw: &Raw) -> Result<bool, Refusal> {
    let token = kernel.keys.hmac("webhook.once", token.as_bytes());
    let raw = raw.hash(kernel);
    let now = kernel.clock.now();
    let claim = async move |tx: &mut Tx<'_>| {
        store::forget_tokens(tx, oldest(now)).await?;
        store::claim_token(tx, token, raw, now).await
    };
    let first: Vec<u8> = kernel.db.write::<_, kernel::db::DbError, _>(claim).await?;
    Ok(first == raw)
}

/// Tokens from before are refused by their time, which may lie ahead of ours by the window.
fn oldest(now: Timestamp) -> Timestamp {
    now.minus(MAILGUN_WINDOW.saturating_mul(2))
}
