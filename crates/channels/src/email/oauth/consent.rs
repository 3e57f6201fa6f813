//! Consenting: a person is sent to the provider and comes back with a code for tokens.

use super::commands::restart_inboxes;
use super::provider::{Grant, ask};
use super::rules::{self, TokenProblem};
use super::state::{Attempt, challenge};
use super::store::{self, Sealed};
use super::{ConnectionTrouble, MailConnection, MailConnectionGranted};
use crate::Channels;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::ids::MailConnectionId;
use kernel::journal::{self, Subject};
use kernel::refusal::Refusal;

/// Where providers send people back to.
pub fn redirect(channels: &Channels) -> String {
    let base = &channels.desk.kernel.settings.base_url;
    format!("{base}/app/admin/inboxes/connected")
}

/// Begins an attempt to consent; answers where to send the person.
///
/// # Errors
/// Missing permission, no such connection.
pub async fn begin(
    channels: &Channels,
    caller: &Caller,
    id: MailConnectionId,
) -> Result<String, Refusal> {
    caller.require(Permission::InboxManage)?;
    let kernel = &channels.desk.kernel;
    let nonce = kernel.random.token();
    let attempt = Attempt::new(id, caller, nonce.clone(), kernel.clock.now());
    let writing = kernel.db.write(async move |tx: &mut Tx<'_>| {
        let found = store::lock(tx, id).await?;
        let connection = found.ok_or(Refusal::NotFound { what: "connection" })?;
        store::begin(tx, id, &nonce).await?;
        Ok::<_, Refusal>(connection)
    });
    let connection = writing.await?;
    let shown = challenge(&attempt.verifier(&kernel.keys));
    let state = attempt.sign(&kernel.keys);
    Ok(rules::consent_url(
        &connection,
        &redirect(channels),
        &state,
        &shown,
    ))
}

/// What a person came back with from the provider.
#[derive(Clone, Debug, Default)]
pub struct Returned {
    /// Our own word, signed.
    pub state: String,
    /// What tokens are given for.
    pub code: Option<String>,
    /// Why there is none.
    pub error: Option<String>,
    /// Who says so (RFC 9207).
    pub issuer: Option<String>,
}

/// Takes a person's consent: gets the first tokens, and has the inboxes go on.
///
/// # Errors
/// Missing permission, a state that is not this caller's, too old or used, no consent, a provider
/// that gives nothing.
pub async fn complete(
    channels: &Channels,
    caller: &Caller,
    returned: Returned,
) -> Result<MailConnectionId, Refusal> {
    caller.require(Permission::InboxManage)?;
    let kernel = &channels.desk.kernel;
    let attempt = Attempt::read(&kernel.keys, &returned.state, kernel.clock.now())
        .filter(|attempt| attempt.is_of(caller))
        .ok_or_else(void)?;
    let connection = take_attempt(channels, &attempt).await?;
    let host = rules::host_of(&connection.authorize_url);
    if let (Some(known), Some(said)) = (&connection.issuer, &returned.issuer)
        && known != said
    {
        return Err(void());
    }
    let Some(code) = returned.code.filter(|_| returned.error.is_none()) else {
        return Err(Refusal::conflict(
            "consent_denied",
            format!(
                "{host} gave no access. Try again, sign in as the mailbox's owner and allow it."
            ),
        ));
    };
    let verifier = attempt.verifier(&kernel.keys);
    let grant = Grant::Code {
        code: &code,
        verifier: &verifier,
        redirect: &redirect(channels),
    };
    let asked = ask(&channels.outgoing, &kernel.keys, &connection, &grant).await?;
    let tokens = asked.map_err(|problem| ungiven(host, problem))?;
    if tokens.refresh.is_none() {
        return Err(Refusal::conflict(
            "no_lasting_access",
            format!(
                "{host} gave access for a short while only. Add offline_access to the scopes, or \
                 allow refresh tokens for this client in its console."
            ),
        ));
    }
    let (renew_at, expires_at) = tokens.ends(kernel.clock.now());
    let sealed = Sealed {
        refresh: tokens
            .refresh
            .as_deref()
            .map(|token| kernel.keys.encrypt_secret(token)),
        access: kernel.keys.encrypt_secret(&tokens.access),
        renew_at,
        expires_at,
    };
    grant_to(channels, caller, connection.id, sealed).await?;
    channels.inboxes_changed();
    Ok(connection.id)
}

fn void() -> Refusal {
    Refusal::invalid(
        "state",
        "is too old, used already, or of another session",
        "choose Connect and sign in at the provider once more",
    )
}

fn ungiven(host: &str, problem: TokenProblem) -> Refusal {
    match problem {
        TokenProblem::Refused(ConnectionTrouble::Consent, _) => void(),
        TokenProblem::Refused(ConnectionTrouble::Client, said) => Refusal::conflict(
            "client_refused",
            format!(
                "{host} does not accept the client ({said}). Check its id, its secret and the \
                 redirect address in the provider's console."
            ),
        ),
        TokenProblem::Later(reason) => Refusal::Unavailable {
            detail: format!("{host} gave no access just now: {reason}. Try again in a minute."),
        },
    }
}

/// Uses an attempt up.
async fn take_attempt(channels: &Channels, attempt: &Attempt) -> Result<MailConnection, Refusal> {
    let (id, nonce) = (attempt.connection, attempt.nonce.clone());
    let taking = channels.desk.kernel.db.write(async move |tx: &mut Tx<'_>| {
        let connection = store::lock(tx, id).await?.ok_or_else(void)?;
        if connection.attempt.as_deref() != Some(nonce.as_str()) {
            return Err(void());
        }
        store::end_attempt(tx, id).await?;
        Ok(connection)
    });
    taking.await
}

async fn grant_to(
    channels: &Channels,
    caller: &Caller,
    id: MailConnectionId,
    sealed: Sealed,
) -> Result<(), Refusal> {
    let kernel = &channels.desk.kernel;
    let ctx = caller.context(kernel.clock.now());
    let writing = kernel.db.write(async move |tx: &mut Tx<'_>| {
        store::lock(tx, id)
            .await?
            .ok_or(Refusal::NotFound { what: "connection" })?;
        store::grant(tx, id, &sealed, ctx.at).await?;
        let inboxes = restart_inboxes(tx, id).await?;
        let record = MailConnectionGranted {
            connection: id,
            inboxes,
        };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        Ok::<_, Refusal>(())
    });
    writing.await
}
