//! Trying the way to a mailbox before it is saved: each step in plain words.

use crate::email::server::{MailTls, Server, ServerProblem, Step};
use crate::email::{imap, smtp};
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

/// Signs in to the IMAP server and opens the folder.
pub async fn check_imap(server: &Server, tls: &MailTls, folder: &str) -> Vec<CheckedStep> {
    let steps = [
        Step::Resolve,
        Step::Connect,
        Step::Tls,
        Step::SignIn,
        Step::Folder,
    ];
    let problem = match imap::open(server, tls, folder).await {
        Ok(mailbox) => {
            mailbox.close().await;
            None
        }
        Err(problem) => Some(problem),
    };
    report(Protocol::Imap, &steps, server, problem)
}

/// Signs in to the SMTP server and asks whether it takes mail from `address`; sends nothing.
pub async fn check_smtp(
    server: &Server,
    tls: &MailTls,
    hello: &str,
    address: Option<&Address>,
) -> Vec<CheckedStep> {
    let steps = [
        Step::Resolve,
        Step::Connect,
        Step::Tls,
        Step::SignIn,
        Step::Send,
    ];
    let problem = match smtp::open(server, tls, hello).await {
        Ok(mut session) => {
            let refused = match address {
                Some(address) => session.may_send(address).await.err(),
                None => None,
            };
            session.close().await;
            refused
        }
        Err(problem) => Some(problem),
    };
    report(Protocol::Smtp, &steps, server, problem)
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
            password: "p".into(),
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
