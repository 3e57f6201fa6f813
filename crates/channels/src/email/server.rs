//! A mail server as an inbox knows it, and the first steps to it: name, connection, TLS.

use kernel::clock::Clock;
use kernel::words;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use utoipa::ToSchema;

/// Longest wait for one step of a conversation before the server counts as silent.
pub const STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte (ports 993 and 465).
    Tls,
    /// Plain at first, then TLS by STARTTLS (ports 143 and 587); never without.
    Starttls,
    /// No protection: for servers on the same machine only.
    None,
}

impl Security {
    /// Its name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Security::Tls => "tls",
            Security::Starttls => "starttls",
            Security::None => "none",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Security> {
        [Security::Tls, Security::Starttls, Security::None]
            .into_iter()
            .find(|security| security.as_str() == name)
    }
}

/// What proves who we are; in clear, so it lives only while it is used.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A password.
    Password(String),
    /// An access token of the mailbox's provider (RFC 6749).
    Token(String),
}

impl Credential {
    /// The password, or nothing.
    pub fn password(&self) -> &str {
        match self {
            Credential::Password(password) => password,
            Credential::Token(_) => "",
        }
    }

    /// The token, if it is one.
    pub fn token(&self) -> Option<&str> {
        match self {
            Credential::Password(_) => None,
            Credential::Token(token) => Some(token),
        }
    }
}

impl From<String> for Credential {
    fn from(password: String) -> Self {
        Credential::Password(password)
    }
}

impl From<&str> for Credential {
    fn from(password: &str) -> Self {
        Credential::Password(password.to_owned())
    }
}

/// Everything needed to sign in to a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Protection of the connection.
    pub security: Security,
    /// User name; empty for a server that asks for none (SMTP only).
    pub username: String,
    /// Password or token.
    pub credential: Credential,
}

words! {
    /// Which part of reaching a server failed.
    Step {
        /// Finding the server's address by its name.
        Resolve = "resolve",
        /// Opening the connection.
        Connect = "connect",
        /// Agreeing on encryption and checking the certificate.
        Tls = "tls",
        /// Signing in.
        SignIn = "sign_in",
        /// Opening the folder (IMAP).
        Folder = "folder",
        /// Being allowed to send (SMTP).
        Send = "send",
    }
}

/// A failure on the way to a server: what happened and what helps, in plain words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ServerProblem {
    /// The part that failed.
    pub step: Step,
    /// What happened.
    pub message: String,
    /// What the administrator can do.
    pub mend: String,
    /// Whether the server answered and said no to the sign-in: another credential may help.
    pub refused: bool,
}

impl ServerProblem {
    /// Builds a problem of a step.
    pub fn new(step: Step, message: impl Into<String>, mend: &str) -> ServerProblem {
        ServerProblem {
            step,
            message: message.into(),
            mend: mend.to_owned(),
            refused: false,
        }
    }

    /// The same, as the server's own no.
    #[must_use]
    pub fn refused(self) -> ServerProblem {
        ServerProblem {
            refused: true,
            ..self
        }
    }

    /// The server stayed silent for [`STEP_TIMEOUT`].
    pub fn silent(step: Step, host: &str) -> ServerProblem {
        ServerProblem::new(
            step,
            format!("{host} did not answer within 30 seconds."),
            "Check host and port, and whether a firewall stands between.",
        )
    }
}

/// Which certificates are trusted when talking to mail servers.
#[derive(Clone)]
pub struct MailTls {
    client: Arc<ClientConfig>,
    extra_pem: Option<Arc<Vec<u8>>>,
}

impl MailTls {
    /// Trusts the system's authorities, and those in `extra_pem` when given (a private CA).
    ///
    /// # Errors
    /// The PEM text holds no readable certificate.
    pub fn new(extra_pem: Option<&[u8]>) -> Result<MailTls, ServerProblem> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let unreadable = |_| {
            ServerProblem::new(
                Step::Tls,
                "The file with extra certificate authorities can't be read.",
                "It must hold certificates in PEM form.",
            )
        };
        for certificate in CertificateDer::pem_slice_iter(extra_pem.unwrap_or_default()) {
            let certificate = certificate.map_err(|_| unreadable(()))?;
            roots.add(certificate).map_err(|_| unreadable(()))?;
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|problem| {
                ServerProblem::new(Step::Tls, problem.to_string(), "Report this as a defect.")
            })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MailTls {
            client: Arc::new(client),
            extra_pem: extra_pem.map(|pem| Arc::new(pem.to_vec())),
        })
    }

    /// Trusts the system's authorities, and those in a file when given.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn with_file(extra: Option<&Path>) -> Result<MailTls, ServerProblem> {
        let Some(path) = extra else {
            return MailTls::new(None);
        };
        let pem = std::fs::read(path).map_err(|problem| {
            ServerProblem::new(
                Step::Tls,
                format!("The file {} can't be read: {problem}.", path.display()),
                "It must hold certificates in PEM form.",
            )
        })?;
        MailTls::new(Some(&pem))
    }

    /// The authorities trusted beside the system's, in PEM form.
    pub(crate) fn extra_pem(&self) -> Option<&[u8]> {
        self.extra_pem.as_deref().map(Vec::as_slice)
    }

    /// The same trust for lettre.
    pub(super) fn for_smtp(
        &self,
        host: &str,
    ) -> Result<lettre::transport::smtp::client::TlsParameters, lettre::transport::smtp::Error>
    {
        use lettre::transport::smtp::client::{Certificate, TlsParameters};
        let mut builder = TlsParameters::builder(host.to_owned());
        if let Some(pem) = &self.extra_pem {
            builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
        }
        builder.build()
    }
}

/// A connection that IMAP can speak over, plain or encrypted.
pub trait MailStream: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug> MailStream for T {}

/// Opens a TCP connection; resolving and connecting are told apart in the problem.
pub(super) async fn connect(server: &Server) -> Result<TcpStream, ServerProblem> {
    resolve(server).await?;
    let host = server.host.as_str();
    let stream = timeout(STEP_TIMEOUT, TcpStream::connect((host, server.port)))
        .await
        .map_err(|_| ServerProblem::silent(Step::Connect, host))?
        .map_err(|problem| refused_connection(server, &problem))?;
    stream
        .set_nodelay(true)
        .map_err(|problem| refused_connection(server, &problem))?;
    Ok(stream)
}

/// Checks that the host name leads somewhere.
pub(super) async fn resolve(server: &Server) -> Result<(), ServerProblem> {
    let host = server.host.as_str();
    let unknown = || {
        ServerProblem::new(
            Step::Resolve,
            format!("There is no server named {host}."),
            "Check the spelling of the host name.",
        )
    };
    let mut found = timeout(STEP_TIMEOUT, tokio::net::lookup_host((host, server.port)))
        .await
        .map_err(|_| ServerProblem::silent(Step::Resolve, host))?
        .map_err(|_| unknown())?;
    found.next().map(|_| ()).ok_or_else(unknown)
}

pub(super) fn refused_connection(server: &Server, problem: &std::io::Error) -> ServerProblem {
    let (host, port) = (&server.host, server.port);
    match problem.kind() {
        std::io::ErrorKind::ConnectionRefused => ServerProblem::new(
            Step::Connect,
            format!("{host} does not listen on port {port}."),
            "Check the port: usually 993 for IMAP and 465 or 587 for SMTP.",
        ),
        std::io::ErrorKind::TimedOut => ServerProblem::silent(Step::Connect, host),
        _ => ServerProblem::new(
            Step::Connect,
            format!("{host} can't be reached on port {port}: {problem}."),
            "Check host and port, and whether a firewall stands between.",
        ),
    }
}

/// Puts TLS over an open connection.
pub(super) async fn encrypt(
    server: &Server,
    tls: &MailTls,
    clock: &Clock,
    stream: Box<dyn MailStream>,
) -> Result<Box<dyn MailStream>, ServerProblem> {
    let name = ServerName::try_from(server.host.clone())
        .map_err(|problem| refused_tls(server, &problem.to_string()))?;
    let shaking_hands = TlsConnector::from(tls.client.clone()).connect(name, stream);
    let encrypted = within(clock, STEP_TIMEOUT, shaking_hands)
        .await
        .ok_or_else(|| ServerProblem::silent(Step::Tls, &server.host))?
        .map_err(|problem| refused_tls(server, &problem.to_string()))?;
    Ok(Box::new(encrypted))
}

/// Waits at most `longest` by the given clock; `None` when the time was up first.
pub(super) async fn within<T>(
    clock: &Clock,
    longest: Duration,
    waiting: impl Future<Output = T>,
) -> Option<T> {
    let end = clock.now().plus(longest);
    tokio::select! {
        biased;
        done = waiting => Some(done),
        () = clock.sleep_until(end) => None,
    }
}

/// Puts a failed handshake in words an administrator can act on.
pub(super) fn refused_tls(server: &Server, reason: &str) -> ServerProblem {
    let host = &server.host;
    let lower = reason.to_lowercase();
    let (message, mend) =
        if lower.contains("notvalidforname") || lower.contains("not valid for name") {
            (
                format!("The certificate of {host} is for another name."),
                "Use the name the certificate was issued for as host.",
            )
        } else if lower.contains("expired") {
            (
                format!("The certificate of {host} has expired."),
                "Ask the server's administrator to renew it.",
            )
        } else if lower.contains("unknownissuer") || lower.contains("invalid peer certificate") {
            (
                format!("The certificate of {host} is not signed by an authority known here."),
                "Install a certificate of a public authority, or add the private one to this \
             system's trusted authorities.",
            )
        } else if lower.contains("corrupt message") || lower.contains("invalidcontenttype") {
            (
                format!("{host} does not speak TLS on port {}.", server.port),
                "Choose STARTTLS, or the port meant for TLS (993 for IMAP, 465 for SMTP).",
            )
        } else {
            (
                format!("No encrypted connection to {host}: {reason}."),
                "Check the port and the kind of encryption.",
            )
        };
    ServerProblem::new(Step::Tls, message, mend)
}
