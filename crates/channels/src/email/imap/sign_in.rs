//! Signing in to an IMAP server, by password or by token.

use super::patience::Patience;
use super::{ImapSession, Stream};
use crate::email::oauth::sasl::{self, Mechanism};
use crate::email::server::{Credential, STEP_TIMEOUT, Server, ServerProblem, Step};
use async_imap::error::Error;
use async_imap::imap_proto::{Capability, Response};
use async_imap::{Authenticator, Client};
use tokio::io::AsyncWriteExt;

/// Longest opening that goes on the command's own line; servers may refuse lines of more than
/// 8,000 bytes (RFC 7162, section 4).
const LINE_BYTES_MAX: usize = 7000;

pub(super) async fn sign_in(
    client: Client<Stream>,
    server: &Server,
    patience: &Patience,
) -> Result<ImapSession<Stream>, ServerProblem> {
    match &server.credential {
        Credential::Password(password) => {
            let signing_in = client.login(&server.username, password);
            let signing_in = async { signing_in.await.map_err(|(problem, _)| problem) };
            patience.step(Step::SignIn, STEP_TIMEOUT, signing_in).await
        }
        Credential::Token(token) => by_token(client, server, token, patience).await,
    }
}

async fn by_token(
    mut client: Client<Stream>,
    server: &Server,
    token: &str,
    patience: &Patience,
) -> Result<ImapSession<Stream>, ServerProblem> {
    let asking = capabilities(&mut client);
    let offered = patience.step(Step::SignIn, STEP_TIMEOUT, asking).await?;
    let offers = |name: &str| offered.iter().any(|it| it == &format!("AUTH={name}"));
    let mechanism = Mechanism::choose(offers).ok_or_else(|| unable(server))?;
    let opening = mechanism.opening(&server.username, &server.host, server.port, token);
    let encoded = sasl::encode(&opening);
    // SASL-IR (RFC 4959) spares a round trip.
    let at_once = offered.iter().any(|it| it == "SASL-IR") && encoded.len() <= LINE_BYTES_MAX;
    let (command, opening) = if at_once {
        (format!("{} {encoded}", mechanism.as_str()), None)
    } else {
        (mechanism.as_str().to_owned(), Some(opening))
    };
    let mut bearer = Bearer {
        mechanism,
        opening,
        explanation: Vec::new(),
    };
    let signing_in = client.authenticate(command, &mut bearer);
    let signing_in = async { signing_in.await.map_err(|(problem, _)| problem) };
    match patience.wait(STEP_TIMEOUT, signing_in).await {
        None => Err(ServerProblem::silent(Step::SignIn, &server.host)),
        Some(Ok(session)) => Ok(session),
        Some(Err(Error::No(said) | Error::Bad(said))) => {
            let status = sasl::refusal(&bearer.explanation);
            Err(refused(server, &status.unwrap_or(said)))
        }
        Some(Err(problem)) => Err(patience.explain(Step::SignIn, &problem)),
    }
}

/// What the server offers before anybody signed in.
async fn capabilities(client: &mut Client<Stream>) -> Result<Vec<String>, Error> {
    client.get_mut().write_all(b"C0 CAPABILITY\r\n").await?;
    client.get_mut().flush().await?;
    let mut offered = Vec::new();
    while let Some(answer) = client.read_response().await? {
        match answer.parsed() {
            Response::Capabilities(listed) => offered.extend(listed.iter().map(name)),
            Response::Done { tag, .. } if tag.0 == "C0" => return Ok(offered),
            _ => {}
        }
    }
    Err(Error::ConnectionLost)
}

fn name(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_uppercase()),
        Capability::Atom(atom) => atom.to_uppercase(),
    }
}

/// Says the token, and hears out why it is refused.
struct Bearer {
    mechanism: Mechanism,
    opening: Option<String>,
    explanation: Vec<u8>,
}

impl Authenticator for &mut Bearer {
    type Response = String;

    fn process(&mut self, challenge: &[u8]) -> String {
        match self.opening.take() {
            Some(opening) => opening,
            None => {
                self.explanation = challenge.to_vec();
                self.mechanism.farewell().to_owned()
            }
        }
    }
}

fn unable(server: &Server) -> ServerProblem {
    ServerProblem::new(
        Step::SignIn,
        format!("{} offers no sign-in by OAuth.", server.host),
        "Check host and encryption, or sign in with a password.",
    )
}

fn refused(server: &Server, said: &str) -> ServerProblem {
    ServerProblem::new(
        Step::SignIn,
        format!(
            "{} did not accept the sign-in of {}: {}",
            server.host,
            server.username,
            crate::email::words::single_line(said)
        ),
        "Check that this account may use IMAP and is the one that was connected; then connect \
         it again.",
    )
    .refused()
}
