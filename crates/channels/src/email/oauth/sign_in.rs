//! Signing in to an inbox's servers, by password or by token. A token that a server refuses is
//! renewed once, since providers take tokens back before their end.

use super::tokens;
use crate::Channels;
use crate::email::delivery::pool::Place;
use crate::email::mailbox::FetchProblem;
use crate::email::server::{Credential, Server, ServerProblem};
use crate::email::{imap, smtp};
use crate::inboxes::Access;
use kernel::ids::MailConnectionId;
use kernel::refusal::Refusal;

/// Signs in to the IMAP server of an inbox and opens its folder.
///
/// # Errors
/// What broke, in plain words.
pub async fn open_imap(
    channels: &Channels,
    access: &Access,
) -> Result<imap::Mailbox, FetchProblem> {
    let server = server(channels, access).await?;
    imap(channels, server, access.connection, &access.folder).await
}

/// A place in the pool with a conversation with the SMTP server of an inbox; `None` when too many
/// wait for that server already.
///
/// # Errors
/// What broke, in plain words.
pub async fn pooled_smtp(
    channels: &Channels,
    access: &Access,
) -> Result<Option<(Place, smtp::Session)>, FetchProblem> {
    // Before a token is asked for: providers can be slow as well.
    let Some(turn) = channels.pool.turn(&access.host) else {
        return Ok(None);
    };
    let server = server(channels, access).await?;
    let Some(place) = channels.pool.place(&server, turn) else {
        return Ok(None);
    };
    match (pooled(channels, place).await, access.connection) {
        (Err(problem), Some(connection)) if problem.refused => {
            let server = renewed(channels, server, connection).await?;
            let turn = channels.pool.turn(&access.host);
            match turn.and_then(|turn| channels.pool.place(&server, turn)) {
                Some(place) => Ok(Some(pooled(channels, place).await?)),
                None => Ok(None),
            }
        }
        (opened, _) => Ok(Some(opened?)),
    }
}

async fn pooled(
    channels: &Channels,
    place: Place,
) -> Result<(Place, smtp::Session), ServerProblem> {
    let (hello, now) = (channels.hello(), channels.desk.kernel.clock.now());
    let trust = (&channels.tls, hello.as_str());
    let session = channels.pool.session(&place, trust, now).await?;
    Ok((place, session))
}

async fn server(channels: &Channels, access: &Access) -> Result<Server, FetchProblem> {
    let mut server = access
        .server(&channels.desk.kernel.keys)
        .map_err(Refusal::from)?;
    if let Some(connection) = access.connection {
        server.credential = Credential::Token(tokens::good(channels, connection, None).await?);
    }
    Ok(server)
}

/// Gives a server that is being tried a token of the connection.
///
/// # Errors
/// No token can be got.
pub async fn with_token(
    channels: &Channels,
    server: Server,
    connection: Option<MailConnectionId>,
) -> Result<Server, FetchProblem> {
    let Some(connection) = connection else {
        return Ok(server);
    };
    let credential = Credential::Token(tokens::good(channels, connection, None).await?);
    Ok(Server {
        credential,
        ..server
    })
}

/// Opens a folder on `server`, whose credential was got by [`with_token`].
///
/// # Errors
/// What broke, in plain words.
pub async fn imap(
    channels: &Channels,
    server: Server,
    connection: Option<MailConnectionId>,
    folder: &str,
) -> Result<imap::Mailbox, FetchProblem> {
    let (tls, clock) = (&channels.tls, &channels.desk.kernel.clock);
    let problem = match imap::open(&server, tls, clock, folder).await {
        Ok(mailbox) => return Ok(mailbox),
        Err(problem) => problem,
    };
    match connection.filter(|_| problem.refused) {
        Some(connection) => {
            let server = renewed(channels, server, connection).await?;
            Ok(imap::open(&server, tls, clock, folder).await?)
        }
        None => Err(problem.into()),
    }
}

/// Opens a conversation with `server`, whose credential was got by [`with_token`].
///
/// # Errors
/// What broke, in plain words.
pub async fn smtp(
    channels: &Channels,
    server: Server,
    connection: Option<MailConnectionId>,
) -> Result<smtp::Session, FetchProblem> {
    let (tls, hello) = (&channels.tls, channels.hello());
    let problem = match smtp::open(&server, tls, &hello).await {
        Ok(session) => return Ok(session),
        Err(problem) => problem,
    };
    match connection.filter(|_| problem.refused) {
        Some(connection) => {
            let server = renewed(channels, server, connection).await?;
            Ok(smtp::open(&server, tls, &hello).await?)
        }
        None => Err(problem.into()),
    }
}

async fn renewed(
    channels: &Channels,
    server: Server,
    connection: MailConnectionId,
) -> Result<Server, FetchProblem> {
    let worn = server.credential.token().map(str::to_owned);
    let credential = Credential::Token(tokens::good(channels, connection, worn.as_deref()).await?);
    Ok(Server {
        credential,
        ..server
    })
}
