//! Trying the way to a mailbox before it is saved: each step in plain words.

use crate::Channels;
use crate::email::mailbox::FetchProblem;
use crate::email::oauth::sign_in;
use crate::email::server::{Server, ServerProblem, Step};
use kernel::ids::MailConnectionId;
use kernel::refusal::Refusal;
use lettre::Address;
use serde::Serialize;
use utoipa::ToSchema;

/// Which server a step belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Fetching.
    Imap,
    /// Handing over.
    Smtp,
}

/// One step of the check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CheckedStep {
    /// Which server.
    pub protocol: Protocol,
    /// Which step.
    pub step: Step,
    /// Whether it worked.
    pub ok: bool,
    /// What happened.
    pub message: String,
    /// What helps, when it failed.
    pub mend: Option<String>,
}

/// A server to be tried, and the connection by which to sign in to it.
pub struct Tried {
    /// The server, with the password.
    pub server: Server,
    /// The connection whose token takes the password's place.
    pub connection: Option<MailConnectionId>,
}

/// Signs in to the IMAP server and opens the folder.
///
/// # Errors
/// Something of ours broke.
pub async fn check_imap(
    channels: &Channels,
    tried: Tried,
    folder: &str,
) -> Result<Vec<CheckedStep>, Refusal> {
    let steps = [
        Step::Resolve,
        Step::Connect,
        Step::Tls,
        Step::SignIn,
        Step::Folder,
    ];
    let shown = tried.server.clone();
    let server = match sign_in::with_token(channels, tried.server, tried.connection).await {
        Ok(server) => server,
        // Without a token nothing else was tried.
        Err(problem) => return untried(Protocol::Imap, &shown, problem),
    };
    let problem = match sign_in::imap(channels, server, tried.connection, folder).await {
        Ok(mailbox) => {
            mailbox.close().await;
            None
        }
        Err(FetchProblem::Server(problem)) => Some(problem),
        Err(FetchProblem::Ours(broken)) => return Err(broken),
    };
    Ok(report(Protocol::Imap, &steps, &shown, problem))
}

/// Signs in to the SMTP server and asks whether it takes mail from `address`; sends nothing.
///
/// # Errors
/// Something of ours broke.
pub async fn check_smtp(
    channels: &Channels,
    tried: Tried,
    address: Option<&Address>,
) -> Result<Vec<CheckedStep>, Refusal> {
    let steps = [
        Step::Resolve,
        Step::Connect,
        Step::Tls,
        Step::SignIn,
        Step::Send,
    ];
    let shown = tried.server.clone();
    let server = match sign_in::with_token(channels, tried.server, tried.connection).await {
        Ok(server) => server,
        // Without a token nothing else was tried.
        Err(problem) => return untried(Protocol::Smtp, &shown, problem),
    };
    let problem = match sign_in::smtp(channels, server, tried.connection).await {
        Ok(mut session) => {
            let refused = match address {
                Some(address) => session.may_send(address).await.err(),
                None => None,
            };
            session.close().await;
            refused
        }
        Err(FetchProblem::Server(problem)) => Some(problem),
        Err(FetchProblem::Ours(broken)) => return Err(broken),
    };
    Ok(report(Protocol::Smtp, &steps, &shown, problem))
}

fn untried(
    protocol: Protocol,
    server: &Server,
    problem: FetchProblem,
) -> Result<Vec<CheckedStep>, Refusal> {
    match problem {
        FetchProblem::Server(problem) => {
            Ok(report(protocol, &[Step::SignIn], server, Some(problem)))
        }
        FetchProblem::Ours(broken) => Err(broken),
    }
}

/// The steps that worked, then the one that failed.
fn report(
    protocol: Protocol,
    steps: &[Step],
    server: &Server,
    problem: Option<ServerProblem>,
) -> Vec<CheckedStep> {
    let failed = problem.as_ref().map(|problem| problem.step);
    let passed = steps.iter().take_while(|&&step| Some(step) != failed);
    let mut report: Vec<CheckedStep> = passed
        .map(|&step| CheckedStep {
            protocol,
            step,
            ok: true,
            message: worked(step, server),
            mend: None,
        })
        .collect();
    if let Some(ServerProblem {
        step,
        message,
        mend,
        ..
    }) = problem
    {
        report.push(CheckedStep {
            protocol,
            step,
            ok: false,
            message,
            mend: Some(mend),
        });
    }
    report
}

fn worked(step: Step, server: &Server) -> String {
    let (host, port) = (&server.host, server.port);
    match step {
        Step::Resolve => format!("{host} was found."),
        Step::Connect => format!("{host} answers on port {port}."),
        Step::Tls if server.security == crate::email::server::Security::None => {
            "The connection is not encrypted, as chosen.".to_owned()
        }
        Step::Tls => "The connection is encrypted and the certificate is valid.".to_owned(),
        Step::SignIn if server.username.is_empty() => "No sign-in is needed.".to_owned(),
        Step::SignIn => format!("Signed in as {}.", server.username),
        Step::Folder => "The folder can be read.".to_owned(),
        Step::Send => "The server takes mail from this address.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::server::Security;

    #[test]
    fn steps_before_the_failure_are_reported_as_done() {
        let server = Server {
            host: "h".into(),
            port: 993,
            security: Security::Tls,
            username: "u".into(),
            credential: "p".into(),
        };
        let steps = [Step::Resolve, Step::Connect, Step::Tls, Step::SignIn];
        let problem = ServerProblem::new(Step::Tls, "m", "n");
        let report = report(Protocol::Imap, &steps, &server, Some(problem));
        let seen: Vec<_> = report.iter().map(|s| (s.step, s.ok)).collect();
        assert_eq!(
            seen,
            [
                (Step::Resolve, true),
                (Step::Connect, true),
                (Step::Tls, false)
            ]
        );
        assert_eq!(report[2].mend.as_deref(), Some("n"));
    }
}
