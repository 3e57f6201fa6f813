//! Setting connections up, changing and deleting them.

use super::provider::discover;
use super::rules::{self, Places};
use super::store;
use super::{ConnectionState, MailConnection, OauthProvider};
use super::{MailConnectionChanged, MailConnectionCreated, MailConnectionDeleted};
use crate::Channels;
use crate::inboxes::rules::Problems;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{InboxId, MailConnectionId};
use kernel::journal::{self, Subject};
use kernel::keys::Encrypted;
use kernel::refusal::Refusal;

const CREATE: &str = "mail_connection.create";

/// A connection as a person enters it.
#[derive(Clone, Debug, Default)]
pub struct NewConnection {
    /// Whose sign-in it is.
    pub provider: Option<OauthProvider>,
    /// The mailbox's user name at the provider.
    pub username: String,
    /// Microsoft's directory; `common` when empty.
    pub tenant: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret; `None` takes the one stored with this client before.
    pub client_secret: Option<String>,
    /// Other providers: the issuer, which knows its addresses.
    pub issuer: String,
    /// Other providers: where a person consents, when the issuer is empty.
    pub authorize_url: String,
    /// Other providers: where tokens are given, when the issuer is empty.
    pub token_url: String,
    /// Other providers: what to ask for.
    pub scopes: String,
    /// Other providers: the mail servers.
    pub hosts: Vec<String>,
}

/// Sets a connection up; it waits for consent.
///
/// # Errors
/// Missing permission, invalid fields, an issuer that can't be asked.
pub async fn create(
    channels: &Channels,
    caller: &Caller,
    new: NewConnection,
    once: IdempotencyKey,
) -> Result<MailConnectionId, Refusal> {
    caller.require(Permission::InboxManage)?;
    let kernel = &channels.desk.kernel;
    let (ctx, agent) = (caller.context(kernel.clock.now()), caller.agent);
    let draft = draft(channels, new).await?;
    let writing = kernel.db.write(async move |tx: &mut Tx<'_>| {
        if let Some(once) = &once.0
            && let Some(id) = idempotency::find(tx, agent, once, CREATE).await?
        {
            return Ok(MailConnectionId(id));
        }
        let id = store::insert(tx, &draft, ctx.at).await?;
        let record = MailConnectionCreated {
            connection: id,
            provider: draft.provider,
        };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        if let Some(once) = &once.0 {
            idempotency::remember(tx, agent, once, CREATE, id.0, ctx.at).await?;
        }
        Ok::<_, Refusal>(id)
    });
    writing.await
}

async fn draft(channels: &Channels, new: NewConnection) -> Result<MailConnection, Refusal> {
    let mut problems = Problems::default();
    let provider = new.provider.unwrap_or(OauthProvider::Other);
    let username = rules::text("username", &new.username, true, &mut problems);
    let client_id = rules::text("client_id", &new.client_id, true, &mut problems);
    let typed = new.client_secret.as_deref().unwrap_or_default();
    let typed = rules::text("client_secret", typed, false, &mut problems);
    let tenant = rules::tenant(&new.tenant, &mut problems);
    let places = match rules::places(provider, &tenant) {
        Some(places) => places,
        None => other_places(channels, &new, &mut problems).await,
    };
    problems.refuse()?;
    let client_secret = if typed.is_empty() {
        let token_url = places.token_url.clone();
        let stored = stored_secret(channels, provider, &client_id, &token_url).await?;
        // Only a public client of another provider has none.
        if stored.is_none() && provider != OauthProvider::Other {
            return Err(Refusal::invalid(
                "client_secret",
                "is empty",
                "copy it from the provider's console",
            ));
        }
        stored.unwrap_or_else(|| channels.desk.kernel.keys.encrypt_secret(""))
    } else {
        channels.desk.kernel.keys.encrypt_secret(&typed)
    };
    Ok(MailConnection {
        id: MailConnectionId(0),
        provider,
        username,
        issuer: places.issuer,
        authorize_url: places.authorize_url,
        token_url: places.token_url,
        scopes: places.scopes,
        hosts: places.hosts,
        client_id,
        client_secret,
        state: ConnectionState::Waiting,
        trouble: None,
        attempt: None,
        refresh_token: None,
        refresh_before: None,
        access_token: None,
        renew_at: None,
        expires_at: None,
        generation: 0,
        version: 1,
        connected_at: None,
    })
}

/// The addresses of a provider that is not well known: typed, or looked up at the issuer.
async fn other_places(channels: &Channels, new: &NewConnection, problems: &mut Problems) -> Places {
    let hosts = rules::hosts(&new.hosts, problems);
    let scopes = rules::text("scopes", &new.scopes, false, problems);
    let issuer = rules::text("issuer", &new.issuer, false, problems);
    let mut places = Places {
        issuer: None,
        authorize_url: new.authorize_url.trim().to_owned(),
        token_url: new.token_url.trim().to_owned(),
        scopes: String::new(),
        hosts: Vec::new(),
    };
    if !issuer.is_empty() {
        match discover(&channels.outgoing, &issuer).await {
            Ok(found) => places = found,
            Err(reason) => problems.add(
                "issuer",
                &reason,
                "check it, or leave it empty and enter both addresses",
            ),
        }
    }
    let mend = "write it like https://login.example.com/token";
    for (field, url) in [
        ("authorize_url", &places.authorize_url),
        ("token_url", &places.token_url),
    ] {
        if let Err(problem) = channels.outgoing.check(url)
            && (issuer.is_empty() || !url.is_empty())
        {
            problems.add(field, &problem.to_string(), mend);
        }
    }
    Places {
        scopes,
        hosts,
        ..places
    }
}

/// The secret stored with this client before. It goes only where it went before.
async fn stored_secret(
    channels: &Channels,
    provider: OauthProvider,
    client_id: &str,
    token_url: &str,
) -> Result<Option<Encrypted<String>>, Refusal> {
    let db = &channels.desk.kernel.db;
    let all = db
        .read(async |tx: &mut Tx<'_>| store::all(tx).await)
        .await?;
    let same = |known: &&MailConnection| {
        known.provider == provider && known.client_id == client_id && known.token_url == token_url
    };
    Ok(all.iter().rfind(same).map(|it| it.client_secret.clone()))
}

/// Changes the client: providers' secrets run out.
///
/// # Errors
/// Missing permission, a stale version, invalid fields.
pub async fn set_client(
    channels: &Channels,
    caller: &Caller,
    id: MailConnectionId,
    version: i64,
    client_id: Option<String>,
    client_secret: Option<String>,
) -> Result<(), Refusal> {
    caller.require(Permission::InboxManage)?;
    let kernel = channels.desk.kernel.clone();
    let mut problems = Problems::default();
    let client_id = client_id.map(|text| rules::text("client_id", &text, true, &mut problems));
    let typed = client_secret.map(|text| rules::text("client_secret", &text, true, &mut problems));
    problems.refuse()?;
    let sealed = typed.map(|typed| kernel.keys.encrypt_secret(&typed));
    let ctx = caller.context(kernel.clock.now());
    let writing = kernel.db.write(async move |tx: &mut Tx<'_>| {
        let found = store::lock(tx, id).await?;
        let before = found.ok_or(Refusal::NotFound { what: "connection" })?;
        if before.version != version {
            return Err(Refusal::Stale { what: "connection" });
        }
        let client_id = client_id.clone().unwrap_or(before.client_id);
        let secret = sealed.clone().unwrap_or(before.client_secret);
        store::set_client(tx, id, &client_id, secret).await?;
        restart_inboxes(tx, id).await?;
        let record = MailConnectionChanged { connection: id };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        Ok(())
    });
    writing.await?;
    channels.inboxes_changed();
    Ok(())
}

/// Deletes a connection that no inbox uses, with its tokens.
///
/// # Errors
/// Missing permission, no such connection, an inbox that uses it.
pub async fn delete(
    channels: &Channels,
    caller: &Caller,
    id: MailConnectionId,
) -> Result<(), Refusal> {
    caller.require(Permission::InboxManage)?;
    let kernel = &channels.desk.kernel;
    let ctx = caller.context(kernel.clock.now());
    let writing = kernel.db.write(async move |tx: &mut Tx<'_>| {
        store::lock(tx, id)
            .await?
            .ok_or(Refusal::NotFound { what: "connection" })?;
        if !store::used_by(tx, id).await?.is_empty() {
            return Err(Refusal::conflict(
                "connection_used",
                "An inbox signs in by this connection. Change or delete the inbox first.",
            ));
        }
        store::delete(tx, id).await?;
        let record = MailConnectionDeleted { connection: id };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        Ok(())
    });
    writing.await
}

/// Has the inboxes that sign in by a connection followed anew.
pub(super) async fn restart_inboxes(
    tx: &mut Tx<'_>,
    id: MailConnectionId,
) -> Result<Vec<InboxId>, Refusal> {
    let inboxes = store::used_by(tx, id).await?;
    for inbox in &inboxes {
        store::restart(tx, *inbox).await?;
        crate::inboxes::store::forget_health(tx, *inbox).await?;
    }
    Ok(inboxes)
}
