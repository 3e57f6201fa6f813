//! Signing in to an SMTP server by a token (RFC 4954 with RFC 7628 or XOAUTH2).

use super::reason_of;
use crate::email::oauth::sasl::{self, Mechanism};
use crate::email::server::{STEP_TIMEOUT, Server, ServerProblem, Step};
use crate::email::words::single_line;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Ehlo;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

/// Longest opening that goes on the command's own line (RFC 4954, section 4, speaks of 12,288
/// bytes; many servers take less).
const LINE_BYTES_MAX: usize = 7000;

pub(super) async fn sign_in(
    connection: &mut AsyncSmtpConnection,
    server: &Server,
    hello: &ClientId,
    token: &str,
) -> Result<(), ServerProblem> {
    // The library keeps only the mechanisms it knows itself.
    let greeted = say(connection, server, Ehlo::new(hello.clone())).await?;
    let greeted = greeted.map_err(|problem| refused(server, &reason_of(&problem)))?;
    let offered = mechanisms(&greeted);
    let offers = |name: &str| offered.iter().any(|it| it == name);
    let mechanism = Mechanism::choose(offers).ok_or_else(|| {
        ServerProblem::new(
            Step::SignIn,
            format!("{} offers no sign-in by OAuth.", server.host),
            "Check host and encryption, or sign in with a password.",
        )
    })?;
    let opening = mechanism.opening(&server.username, &server.host, server.port, token);
    let encoded = sasl::encode(&opening);
    let name = mechanism.as_str();
    let mut answer = if encoded.len() <= LINE_BYTES_MAX {
        say(connection, server, format!("AUTH {name} {encoded}\r\n")).await?
    } else {
        match say(connection, server, format!("AUTH {name}\r\n")).await? {
            Ok(ready) if ready.has_code(334) => {
                say(connection, server, format!("{encoded}\r\n")).await?
            }
            other => other,
        }
    };
    let mut status = None;
    if let Ok(explained) = &answer
        && explained.has_code(334)
    {
        status = explanation(explained);
        let farewell = sasl::encode(mechanism.farewell());
        answer = say(connection, server, format!("{farewell}\r\n")).await?;
    }
    match answer {
        Ok(welcome) if welcome.has_code(235) => Ok(()),
        Ok(_) => Err(refused(
            server,
            status.as_deref().unwrap_or("no reason given"),
        )),
        Err(problem) if problem.is_transient() || problem.is_permanent() => {
            let reason = reason_of(&problem);
            let reason = status.map_or(reason.clone(), |status| format!("{reason} ({status})"));
            Err(refused(server, &reason))
        }
        Err(problem) => Err(ServerProblem::new(
            Step::SignIn,
            format!(
                "The conversation with {} broke off: {}",
                server.host,
                reason_of(&problem)
            ),
            "Usually this passes; if it stays, ask the server's administrator.",
        )),
    }
}

async fn say(
    connection: &mut AsyncSmtpConnection,
    server: &Server,
    command: impl std::fmt::Display,
) -> Result<Result<Response, Error>, ServerProblem> {
    timeout(STEP_TIMEOUT, connection.command(command))
        .await
        .map_err(|_| ServerProblem::silent(Step::SignIn, &server.host))
}

/// The mechanisms in the answer to EHLO.
fn mechanisms(greeted: &Response) -> Vec<String> {
    let lines = greeted.message().map(str::to_uppercase);
    let offers = lines.filter_map(|line| {
        let rest = line.strip_prefix("AUTH")?.strip_prefix([' ', '='])?;
        Some(
            rest.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    });
    offers.flatten().collect()
}

/// The status in the server's explanation of a refusal.
fn explanation(answer: &Response) -> Option<String> {
    let text: String = answer.message().collect();
    sasl::refusal(&sasl::decode(text.trim())?)
}

fn refused(server: &Server, said: &str) -> ServerProblem {
    ServerProblem::new(
        Step::SignIn,
        format!(
            "{} did not accept the sign-in of {}: {}",
            server.host,
            server.username,
            single_line(said)
        ),
        "Check that this account may send by SMTP and is the one that was connected; then \
         connect it again.",
    )
    .refused()
}
