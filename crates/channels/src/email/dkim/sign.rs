//! Making keys and signatures. No database.

use super::Algorithm;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RsaKeyPair};
use mail_auth::common::crypto::{DkimKey as SigningKey, Ed25519Key, RsaKey};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{Canonicalization, DkimSigner};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Headers that are signed when they are there, and sealed against being added when they are not.
const SEALED: [&str; 12] = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];
/// Headers of which a second one is sealed out as well: readers would show the forged one.
const TWICE: [&str; 6] = ["From", "To", "Cc", "Subject", "Date", "Reply-To"];
/// Headers that others may add and that are signed when we wrote them (RFC 8058, 4).
const WHEN_PRESENT: [&str; 3] = [
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
];

/// A key could not be made or used.
#[derive(Debug, thiserror::Error)]
#[error("the signing key can't be used: {0}")]
pub struct KeyProblem(String);

/// A new key: PKCS #8 and what `p=` publishes.
pub struct Made {
    /// The secret half.
    pub pkcs8: Vec<u8>,
    /// The public half.
    pub public: Vec<u8>,
}

/// Makes a key. Takes up to a second for RSA, so it does not belong on an executor's thread.
///
/// # Errors
/// The library refused.
pub fn make(algorithm: Algorithm) -> Result<Made, KeyProblem> {
    let refused = |_| KeyProblem("it could not be made".into());
    match algorithm {
        Algorithm::Rsa => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(refused)?;
            Ok(Made {
                pkcs8: pair.as_der().map_err(refused)?.as_ref().to_vec(),
                public: pair
                    .public_key()
                    .as_der()
                    .map_err(refused)?
                    .as_ref()
                    .to_vec(),
            })
        }
        Algorithm::Ed25519 => {
            let pair = Ed25519KeyPair::generate().map_err(refused)?;
            Ok(Made {
                pkcs8: pair.to_pkcs8v1().map_err(refused)?.as_ref().to_vec(),
                public: pair.public_key().as_ref().to_vec(),
            })
        }
    }
}

/// The `DKIM-Signature` header of a mail, with its line end. The library stamps it by the wall
/// clock (`t=`).
///
/// # Errors
/// The key is damaged.
pub fn signature(
    mail: &[u8],
    domain: &str,
    selector: &str,
    (algorithm, pkcs8): (Algorithm, &[u8]),
) -> Result<String, KeyProblem> {
    let broken = |problem: mail_auth::Error| KeyProblem(problem.to_string());
    let key = match algorithm {
        Algorithm::Rsa => {
            let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8));
            SigningKey::from(RsaKey::from_key_der(der).map_err(broken)?)
        }
        Algorithm::Ed25519 => {
            let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(pkcs8).map_err(broken)?;
            SigningKey::from(key)
        }
    };
    let present = WHEN_PRESENT
        .into_iter()
        .filter(|name| has_header(mail, name));
    let headers = SEALED.into_iter().chain(present).chain(TWICE);
    let signature = DkimSigner::from_key(key)
        .domain(domain)
        .selector(selector)
        .headers(headers)
        .header_canonicalization(Canonicalization::Relaxed)
        .body_canonicalization(Canonicalization::Relaxed)
        .sign(mail)
        .map_err(broken)?;
    Ok(signature.to_header())
}

/// Whether the header block holds a header of this name.
fn has_header(mail: &[u8], name: &str) -> bool {
    mail.split(|&b| b == b'\n')
        .take_while(|line| !matches!(*line, b"" | b"\r"))
        .any(|line| {
            let given = line.split(|&b| b == b':').next().unwrap_or_default();
            given.eq_ignore_ascii_case(name.as_bytes())
        })
}
