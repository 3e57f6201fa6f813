//! Access tokens that are good now.

use super::provider::{Grant, ask};
use super::rules::{self, TokenProblem, Tokens};
use super::store::{self, Sealed};
use super::{ConnectionState, ConnectionTrouble, MailConnection, MailConnectionRefused};
use crate::Channels;
use crate::email::mailbox::FetchProblem;
use crate::email::server::{ServerProblem, Step};
use kernel::db::Tx;
use kernel::ids::MailConnectionId;
use kernel::journal::{self, Context, Subject};
use kernel::keys::Encrypted;
use kernel::leases;
use kernel::refusal::Refusal;
use std::time::Duration;

/// Longer than a provider is waited for, twice over.
const LEASE: Duration = Duration::from_secs(90);
/// How often it is looked whether another one's renewal is done, and how many times.
const LOOKING: Duration = Duration::from_millis(100);
const LOOKS_MAX: u32 = 450;

/// A token that is good now. `worn` is one that a mail server just refused: another is got, unless
/// there is another by now.
pub(super) async fn good(
    channels: &Channels,
    id: MailConnectionId,
    worn: Option<&str>,
) -> Result<String, FetchProblem> {
    let kernel = &channels.desk.kernel;
    let lease = format!("mail_connection:{id}");
    for _ in 0..LOOKS_MAX {
        let connection = present(channels, id).await?;
        let held = held(channels, &connection, worn)?;
        if let Held::Fresh(token) = held {
            return Ok(token);
        }
        // Each renewal is a holder of its own, so that two of one node don't meet at the provider.
        let holder = kernel.random.token();
        if let Some(lease) = leases::acquire(&kernel.db, &lease, &holder, LEASE).await? {
            let renewing = renew(channels.clone(), id, worn.map(str::to_owned), lease);
            // Apart from whoever waits for it: an inbox that changes meanwhile is followed anew,
            // and a refresh token that was just replaced must not be lost with the old follower.
            return match tokio::spawn(renewing).await {
                Ok(renewed) => renewed,
                Err(broken) => Err(Refusal::broken(broken.to_string()).into()),
            };
        }
        if let Held::Ageing(token) = held {
            return Ok(token);
        }
        tokio::time::sleep(LOOKING).await;
    }
    Err(later("", "another renewal does not come to an end").into())
}

enum Held {
    /// Good for a while.
    Fresh(String),
    /// Good still, but due to be renewed.
    Ageing(String),
    Nothing,
}

fn held(
    channels: &Channels,
    connection: &MailConnection,
    worn: Option<&str>,
) -> Result<Held, FetchProblem> {
    let kernel = &channels.desk.kernel;
    let Some(sealed) = &connection.access_token else {
        return Ok(Held::Nothing);
    };
    let token = kernel.keys.decrypt_secret(sealed).map_err(Refusal::from)?;
    let now = kernel.clock.now();
    if worn == Some(token.as_str()) || connection.expires_at.is_none_or(|end| now >= end) {
        return Ok(Held::Nothing);
    }
    if connection.renew_at.is_some_and(|due| now < due) {
        Ok(Held::Fresh(token))
    } else {
        Ok(Held::Ageing(token))
    }
}

/// The connection, unless a person has to do something first.
async fn present(
    channels: &Channels,
    id: MailConnectionId,
) -> Result<MailConnection, FetchProblem> {
    let db = &channels.desk.kernel.db;
    let found = db
        .read(async move |tx: &mut Tx<'_>| store::find(tx, id).await)
        .await?;
    let Some(connection) = found else {
        return Err(absent().into());
    };
    match connection.state {
        ConnectionState::Connected => Ok(connection),
        ConnectionState::Waiting => Err(absent().into()),
        ConnectionState::Refused => {
            let trouble = connection.trouble.unwrap_or(ConnectionTrouble::Consent);
            Err(refused(&connection, trouble).into())
        }
    }
}

fn absent() -> ServerProblem {
    ServerProblem::new(
        Step::SignIn,
        "The mailbox is not connected with its provider.",
        "Choose Connect again and sign in as the mailbox's owner.",
    )
}

fn refused(connection: &MailConnection, trouble: ConnectionTrouble) -> ServerProblem {
    let host = rules::host_of(&connection.token_url);
    rules::refusal(host, &connection.username, trouble)
}

fn later(host: &str, reason: &str) -> ServerProblem {
    ServerProblem::new(
        // Nobody said no to us, so nobody has to do anything yet.
        Step::Connect,
        format!("No new access could be got from {host}: {reason}."),
        "Usually this passes; if it stays, look at the provider's status page.",
    )
}

async fn renew(
    channels: Channels,
    id: MailConnectionId,
    worn: Option<String>,
    lease: leases::Lease,
) -> Result<String, FetchProblem> {
    let renewed = renew_held(&channels, id, worn.as_deref()).await;
    let released = leases::release(&channels.desk.kernel.db, &lease).await;
    if let Err(problem) = released {
        tracing::warn!(%problem, "the lease of a connection runs out by itself");
    }
    renewed
}

/// Under the lease: looks once more, asks the provider, stores what it gave.
async fn renew_held(
    channels: &Channels,
    id: MailConnectionId,
    worn: Option<&str>,
) -> Result<String, FetchProblem> {
    let connection = present(channels, id).await?;
    let held = held(channels, &connection, worn)?;
    if let Held::Fresh(token) = held {
        return Ok(token);
    }
    let host = rules::host_of(&connection.token_url).to_owned();
    match ask_with_any(channels, &connection).await? {
        Ok(renewed) => keep(channels, &connection, renewed).await,
        Err(TokenProblem::Refused(trouble, said)) => {
            tracing::info!(connection = %id, ?trouble, said, "the provider refuses");
            refuse(channels, &connection, trouble).await?;
            Err(refused(&connection, trouble).into())
        }
        // What is good still is used on; it is tried again at the next sign-in.
        Err(TokenProblem::Later(reason)) => match held {
            Held::Ageing(token) => Ok(token),
            _ => Err(later(&host, &reason).into()),
        },
    }
}

struct Renewed {
    tokens: Tokens,
    by: Encrypted<String>,
}

/// Asks with the refresh token, and should that one be refused, with the one before: a provider
/// may have replaced it in vain.
async fn ask_with_any(
    channels: &Channels,
    connection: &MailConnection,
) -> Result<Result<Renewed, TokenProblem>, FetchProblem> {
    let kernel = &channels.desk.kernel;
    let mut last = TokenProblem::Refused(ConnectionTrouble::Consent, "no token".to_owned());
    let known = [&connection.refresh_token, &connection.refresh_before];
    for sealed in known.into_iter().flatten() {
        let token = kernel.keys.decrypt_secret(sealed).map_err(Refusal::from)?;
        let grant = Grant::Refresh(&token);
        let asked = ask(&channels.outgoing, &kernel.keys, connection, &grant).await;
        match asked.map_err(Refusal::from)? {
            Ok(tokens) => {
                let by = sealed.clone();
                return Ok(Ok(Renewed { tokens, by }));
            }
            Err(problem) => {
                let consent = matches!(
                    problem,
                    TokenProblem::Refused(ConnectionTrouble::Consent, _)
                );
                last = problem;
                if !consent {
                    break;
                }
            }
        }
    }
    Ok(Err(last))
}

/// Stores new tokens. Should others have been stored meanwhile, the new access token is good all
/// the same.
async fn keep(
    channels: &Channels,
    connection: &MailConnection,
    renewed: Renewed,
) -> Result<String, FetchProblem> {
    let kernel = &channels.desk.kernel;
    let Renewed { tokens, by } = renewed;
    let (renew_at, expires_at) = tokens.ends(kernel.clock.now());
    let replaced = tokens.refresh.as_deref();
    let sealed = Sealed {
        refresh: Some(replaced.map_or_else(|| by.clone(), |new| kernel.keys.encrypt_secret(new))),
        access: kernel.keys.encrypt_secret(&tokens.access),
        renew_at,
        expires_at,
    };
    let before = replaced.map(|_| by);
    let (id, generation) = (connection.id, connection.generation);
    let storing = kernel.db.write(async move |tx: &mut Tx<'_>| {
        store::renew(tx, id, generation, &sealed, before.clone()).await
    });
    storing.await?;
    Ok(tokens.access)
}

async fn refuse(
    channels: &Channels,
    connection: &MailConnection,
    trouble: ConnectionTrouble,
) -> Result<(), FetchProblem> {
    let kernel = &channels.desk.kernel;
    let (id, generation) = (connection.id, connection.generation);
    let ctx = Context::system(kernel.clock.now());
    let noting = kernel.db.write(async move |tx: &mut Tx<'_>| {
        if store::refuse(tx, id, generation, trouble).await? {
            let record = MailConnectionRefused {
                connection: id,
                trouble,
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
        }
        Ok::<_, Refusal>(())
    });
    Ok(noting.await?)
}
