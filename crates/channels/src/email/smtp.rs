//! Handing a mail over by SMTP (RFC 5321), one recipient at a time.
//!
//! The conversation is split where it matters: [`open`] does everything that can be repeated
//! freely; [`Session::hand_over`] speaks MAIL, RCPT and DATA once and says honestly what is known
//! afterwards. Once the mail's text was begun and no answer came, nobody knows whether the server
//! took it, and only a person may decide to send again.

mod token;

use super::server::{Credential, MailTls, STEP_TIMEOUT, Security, Server, ServerProblem, Step};
use super::server::{refused_connection, refused_tls, resolve};
use super::words::single_line;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use std::error::Error as _;
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait for the answer to the mail's text (RFC 5321, 4.5.3.2.6 says ten minutes).
const DATA_TIMEOUT: Duration = Duration::from_secs(600);
/// Longest server answer kept as a reason, in characters.
const REASON_CHARS_MAX: usize = 500;
/// Longest wait for a sign of life of a conversation that rested.
const LIFE_TIMEOUT: Duration = Duration::from_secs(5);

/// What is known after a hand-over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handover {
    /// The server took responsibility.
    Accepted,
    /// The server said no for good (5xx).
    Refused(String),
    /// Nothing was taken, try later (4xx, or the connection broke before the text).
    Later(String),
    /// The text was under way when the connection was lost.
    Uncertain(String),
}

/// An open, signed-in conversation.
pub struct Session {
    connection: AsyncSmtpConnection,
    mails: u32,
}

/// Connects, encrypts and signs in.
///
/// # Errors
/// The step that failed, in plain words.
pub async fn open(server: &Server, tls: &MailTls, hello: &str) -> Result<Session, ServerProblem> {
    resolve(server).await?;
    let hello = ClientId::Domain(hello.to_owned());
    let parameters = tls
        .for_smtp(&server.host)
        .map_err(|p| refused_tls(server, &reason_of(&p)))?;
    let implicit = (server.security == Security::Tls).then(|| parameters.clone());
    let address = (server.host.as_str(), server.port);
    let connecting =
        AsyncSmtpConnection::connect_tokio1(address, Some(STEP_TIMEOUT), &hello, implicit, None);
    let mut connection = timeout(STEP_TIMEOUT, connecting)
        .await
        .map_err(|_| ServerProblem::silent(Step::Connect, &server.host))?
        .map_err(|problem| failed_connection(server, &problem))?;
    if server.security == Security::Starttls {
        if !connection.can_starttls() {
            return Err(ServerProblem::new(
                Step::Tls,
                format!(
                    "{} offers no STARTTLS on port {}.",
                    server.host, server.port
                ),
                "Choose TLS and port 465, or the port meant for STARTTLS (587).",
            ));
        }
        timeout(STEP_TIMEOUT, connection.starttls(parameters, &hello))
            .await
            .map_err(|_| ServerProblem::silent(Step::Tls, &server.host))?
            .map_err(|problem| refused_tls(server, &reason_of(&problem)))?;
    }
    if let Credential::Token(token) = &server.credential {
        token::sign_in(&mut connection, server, &hello, token).await?;
    } else if !server.username.is_empty() {
        sign_in(&mut connection, server).await?;
    }
    Ok(Session {
        connection,
        mails: 0,
    })
}

async fn sign_in(
    connection: &mut AsyncSmtpConnection,
    server: &Server,
) -> Result<(), ServerProblem> {
    let password = server.credential.password().to_owned();
    let credentials = Credentials::new(server.username.clone(), password);
    let mechanisms = [Mechanism::Plain, Mechanism::Login];
    timeout(STEP_TIMEOUT, connection.auth(&mechanisms, &credentials))
        .await
        .map_err(|_| ServerProblem::silent(Step::SignIn, &server.host))?
        .map(|_| ())
        .map_err(|problem| {
            let mend = if problem.is_client() {
                "The server offers no sign-in with a password here: choose TLS or STARTTLS, or \
                 leave user name and password empty."
            } else {
                "Check user name and password; some providers want an app password."
            };
            ServerProblem::new(
                Step::SignIn,
                format!(
                    "{} did not accept the sign-in: {}",
                    server.host,
                    reason_of(&problem)
                ),
                mend,
            )
        })
}

fn failed_connection(server: &Server, problem: &Error) -> ServerProblem {
    let reason = reason_of(problem);
    let lower = reason.to_lowercase();
    // lettre reports a failed handshake as a failed connection.
    let handshake = ["certificate", "handshake", "corrupt message", "tls"];
    if problem.is_tls() || handshake.iter().any(|word| lower.contains(word)) {
        return refused_tls(server, &reason);
    }
    match problem
        .source()
        .and_then(|source| source.downcast_ref::<std::io::Error>())
    {
        Some(io) => refused_connection(server, io),
        None => ServerProblem::new(
            Step::Connect,
            format!(
                "{} does not answer like a mail server: {reason}",
                server.host
            ),
            "Check the port: 465 wants TLS, 587 and 25 want STARTTLS.",
        ),
    }
}

impl Session {
    /// Asks whether the server would take mail from this sender, without sending any.
    ///
    /// # Errors
    /// The server's refusal, in plain words.
    pub async fn may_send(&mut self, from: &Address) -> Result<(), ServerProblem> {
        match self.step(Mail::new(Some(from.clone()), Vec::new())).await {
            Ok(()) => Ok(()),
            Err(
                Handover::Refused(reason) | Handover::Later(reason) | Handover::Uncertain(reason),
            ) => Err(ServerProblem::new(
                Step::Send,
                format!("The server does not let us send as {from}: {reason}"),
                "Sign in as the owner of this address, or allow sending on its behalf.",
            )),
            Err(Handover::Accepted) => Ok(()),
        }
    }

    /// Whether the server still listens; begins anew (RSET), so that nothing of the mail before
    /// remains.
    pub async fn still_answers(&mut self) -> bool {
        let reset = timeout(LIFE_TIMEOUT, self.connection.command(Rset)).await;
        matches!(reset, Ok(Ok(_)))
    }

    /// How many mails it carried.
    pub fn mails(&self) -> u32 {
        self.mails
    }

    /// Speaks MAIL, RCPT and DATA for one recipient, once.
    pub async fn hand_over(&mut self, from: &Address, to: &Address, mail: &[u8]) -> Handover {
        self.mails = self.mails.saturating_add(1);
        match self.envelope(from, to).await {
            Ok(()) => self.text(mail).await,
            Err(outcome) => outcome,
        }
    }

    /// Says goodbye; a server that doesn't answer is left alone.
    pub async fn close(mut self) {
        // The mail's fate is settled already; a lost farewell changes nothing.
        drop(timeout(Duration::from_secs(5), self.connection.quit()).await);
    }

    async fn envelope(&mut self, from: &Address, to: &Address) -> Result<(), Handover> {
        let mut parameters = Vec::new();
        if !(AsRef::<str>::as_ref(from).is_ascii() && AsRef::<str>::as_ref(to).is_ascii()) {
            if !self
                .connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                return Err(Handover::Refused(
                    "The mail server can't handle addresses beyond ASCII (SMTPUTF8).".into(),
                ));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if self
            .connection
            .server_info()
            .supports_feature(Extension::EightBitMime)
        {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        self.step(Mail::new(Some(from.clone()), parameters)).await?;
        self.step(Rcpt::new(to.clone(), Vec::new())).await?;
        self.step(Data).await
    }

    /// One command before the text: nothing was taken yet, so a lost connection is harmless.
    async fn step(&mut self, command: impl std::fmt::Display) -> Result<(), Handover> {
        match timeout(STEP_TIMEOUT, self.connection.command(command)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(problem)) if problem.is_permanent() => {
                Err(Handover::Refused(reason_of(&problem)))
            }
            Ok(Err(problem)) => Err(Handover::Later(reason_of(&problem))),
            Err(_) => Err(Handover::Later(
                "The mail server did not answer in time.".into(),
            )),
        }
    }

    async fn text(&mut self, mail: &[u8]) -> Handover {
        match timeout(DATA_TIMEOUT, self.connection.message(mail)).await {
            Ok(Ok(_)) => Handover::Accepted,
            Ok(Err(problem)) if problem.is_permanent() => Handover::Refused(reason_of(&problem)),
            Ok(Err(problem)) if problem.is_transient() => Handover::Later(reason_of(&problem)),
            Ok(Err(problem)) => Handover::Uncertain(format!(
                "The connection was lost while the mail was handed over: {}",
                reason_of(&problem)
            )),
            Err(_) => Handover::Uncertain(
                "The mail server did not confirm the mail within ten minutes.".into(),
            ),
        }
    }
}

/// The server's own words with its code, on one line.
fn reason_of(problem: &Error) -> String {
    let source = problem
        .source()
        .map(ToString::to_string)
        .unwrap_or_default();
    let code = problem
        .status()
        .map(|code| format!("{code} "))
        .unwrap_or_default();
    let text = if source.is_empty() {
        problem.to_string()
    } else {
        format!("{code}{source}")
    };
    single_line(&text).chars().take(REASON_CHARS_MAX).collect()
}
