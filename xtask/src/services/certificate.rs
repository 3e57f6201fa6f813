//! The mail servers' certificate, signed by an authority that lives as long as the run.
//!
//! Authority and server are two certificates: TLS libraries refuse a server that shows the
//! certificate of an authority as its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;

use super::User;
use crate::process;

const SETTINGS: &str = "[req]
distinguished_name = name
prompt = no
[name]
CN = Evenkeel test authority
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, DNS:mail.test, IP:127.0.0.1
";

/// Where the PEM files are.
pub struct Certificate {
    /// The authority that clients have to trust.
    pub authority: PathBuf,
    /// The servers' certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Certificate {
    /// Creates authority and certificate in the folder.
    pub fn create(folder: &Path, user: &User) -> Result<Self> {
        fs::write(folder.join("settings"), SETTINGS)?;
        let openssl = |words: &str| -> Result<()> {
            let mut command = Command::new("openssl");
            command
                .args(words.split_whitespace())
                .current_dir(folder)
                .stderr(Stdio::null());
            process::output(&mut command).map(drop)
        };
        let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config settings";
        openssl(&format!(
            "req -x509 {new_key} -extensions authority -days 30 -keyout ca.key -out ca.pem"
        ))?;
        openssl(&format!(
            "req {new_key} -subj /CN=localhost -keyout server.key -out server.csr"
        ))?;
        openssl(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
             -extfile settings -extensions server -out server.pem",
        )?;
        let file = |name: &str| folder.join(name);
        let made = Self {
            authority: file("ca.pem"),
            certificate: file("server.pem"),
            key: file("server.key"),
        };
        fs::set_permissions(&made.key, fs::Permissions::from_mode(0o600))?;
        user.own(&made.key)?;
        Ok(made)
    }
}
