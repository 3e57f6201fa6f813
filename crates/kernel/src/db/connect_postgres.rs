//! How PostgreSQL is reached: its address, and TLS when the address asks for it.
//!
//! `sslmode=require` encrypts *and* checks the server's certificate and name against the system's
//! authorities (`SSL_CERT_FILE` names others). Every other mode connects without TLS: encrypting
//! without knowing to whom would only look safe.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::DbError;

pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(5);

type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Where the server is and how to talk to it.
pub(crate) struct Address {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

impl Address {
    /// Reads `postgres://user:password@host:port/database?sslmode=require`.
    pub(crate) fn parse(url: &str) -> Result<Self, DbError> {
        let mut config = Config::from_str(url)
            .map_err(|error| DbError::Unreachable(format!("the database URL is wrong: {error}")))?;
        config
            .application_name("evenkeel")
            .connect_timeout(CONNECT_WITHIN);
        let mut roots = RootCertStore::empty();
        if config.get_ssl_mode() == SslMode::Require {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                return Err(DbError::Unreachable(
                    "the database URL asks for TLS, but this system has no certificate \
                    authorities: install ca-certificates or set SSL_CERT_FILE"
                        .to_owned(),
                ));
            }
        } else {
            config.ssl_mode(SslMode::Disable);
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| DbError::Unreachable(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
        })
    }

    /// A connection of its own, beside the pool.
    pub(crate) async fn connect(&self) -> Result<(Client, Connection<Socket, Stream>), DbError> {
        Ok(self.config.connect(self.tls.clone()).await?)
    }
}
