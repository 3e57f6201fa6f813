//! Whether it is the provider who speaks, and what a webhook's settings must be like. Pure.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::time::Duration;

use super::MailProvider;

/// How far Mailgun's timestamp may lie from now. It tries again for eight hours and does not say
/// that it signs anew, so the window is wider; within it each token is taken once.
pub const MAILGUN_WINDOW: Duration = Duration::from_secs(12 * 3600);

/// What stands before the point in the public key of a P-256 key pair (RFC 5480, DER).
const SPKI_P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A,
    0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// An uncompressed point: 4, x, y.
const POINT_BYTES: usize = 65;

/// Whether `Authorization: Basic …` holds the password, whatever the user's name is.
pub fn has_password(authorization: Option<&str>, password: &str) -> bool {
    let given = authorization
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok())
        .unwrap_or_default();
    let colon = given.iter().position(|&byte| byte == b':');
    let given = colon.and_then(|at| given.get(at.saturating_add(1)..));
    given.is_some_and(|given| verify_slices_are_equal(given, password.as_bytes()).is_ok())
}

/// Whether Mailgun signed: the HMAC-SHA256 of time and token under the signing key, in hex, and
/// the time is near.
pub fn mailgun_signed(
    key: &str,
    (timestamp, token, signature): (&str, &str, &str),
    now: Timestamp,
) -> bool {
    let Some(signature) = unhex(signature.trim()) else {
        return false;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let signed = format!("{timestamp}{token}");
    let seconds = timestamp.parse::<i64>().ok();
    let micros = seconds.and_then(|seconds| seconds.checked_mul(1_000_000));
    let near = micros.is_some_and(|micros| {
        u128::from(micros.abs_diff(now.micros())) <= MAILGUN_WINDOW.as_micros()
    });
    !token.is_empty() && hmac::verify(&key, signed.as_bytes(), &signature).is_ok() && near
}

/// What SendGrid signs by ECDSA: the timestamp's header and the body as it was sent, seen piece by
/// piece. A body that is sent again is recognised as the mail it is, so its age does not matter.
pub struct SendgridSigned(digest::Context);

impl SendgridSigned {
    /// Begins with the timestamp.
    pub fn begin(timestamp: &str) -> Self {
        let mut signed = Self(digest::Context::new(&digest::SHA256));
        signed.update(timestamp.as_bytes());
        signed
    }

    /// Takes the next bytes of the body.
    pub fn update(&mut self, body: &[u8]) {
        self.0.update(body);
    }

    /// Whether this is the signature of all of it under a public key.
    pub fn by(self, key: &str, signature: &str) -> bool {
        let (Some(point), Ok(signature)) = (point(key), STANDARD.decode(signature.trim())) else {
            return false;
        };
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            .verify_digest(&self.0.finish(), &signature)
            .is_ok()
    }
}

/// The secret as it will be kept; `None` for SendGrid without signatures.
///
/// # Errors
/// It can't be one of this provider's.
pub fn check_secret(provider: MailProvider, secret: &str) -> Result<Option<String>, Refusal> {
    let secret = secret.trim();
    let wrong = |reason: &str, mend: &str| Err(Refusal::invalid("secret", reason, mend));
    match provider {
        MailProvider::Postmark if secret.is_empty() => Ok(None),
        MailProvider::Postmark => wrong("is made by Evenkeel for Postmark", "leave it out"),
        MailProvider::Mailgun if (16..=128).contains(&secret.len()) => Ok(Some(secret.to_owned())),
        MailProvider::Mailgun => wrong(
            "is no signing key",
            "copy the HTTP webhook signing key from Mailgun's API security page",
        ),
        MailProvider::Sendgrid if secret.is_empty() => Ok(None),
        MailProvider::Sendgrid if point(secret).is_some() => Ok(Some(secret.to_owned())),
        MailProvider::Sendgrid => wrong(
            "is no public key",
            "copy the public key of the security policy, or leave it empty if there is none",
        ),
    }
}

/// The point of a P-256 public key in base64, with or without the lines of a PEM file.
fn point(key: &str) -> Option<Vec<u8>> {
    let lines = key.lines().filter(|line| !line.starts_with("-----"));
    let text: String = lines
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect();
    let der = STANDARD.decode(text).ok()?;
    let point = der.strip_prefix(&SPKI_P256)?;
    (point.len() == POINT_BYTES && point.first() == Some(&4)).then(|| point.to_vec())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    const NOW: Timestamp = Timestamp::from_micros(1_772_442_000_000_000);

    #[test]
    fn a_password_is_compared_whole() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert!(has_password(Some(&basic("evenkeel:secret")), "secret"));
        assert!(has_password(Some(&basic(":se:cret")), "se:cret"));
        for wrong in ["evenkeel:secre", "evenkeel:secrets", "secret", "", ":"] {
            assert!(!has_password(Some(&basic(wrong)), "secret"), "{wrong}");
        }
        assert!(!has_password(None, "secret"));
        assert!(!has_password(Some("Bearer secret"), "secret"));
        assert!(!has_password(Some("Basic %%%"), "secret"));
    }

    #[test]
    fn mailgun_signs_time_and_token() {
        let sign = |key: &str, text: &str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
            let tag = hmac::sign(&key, text.as_bytes());
            tag.as_ref()
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect::<String>()
        };
        let good = sign("key", "1772442000token");
        let signed = |signature: &str, timestamp: &str, now| {
            mailgun_signed("key", (timestamp, "token", signature), now)
        };
        assert!(signed(&good, "1772442000", NOW));
        assert!(signed(&good, "1772442000", NOW.plus(MAILGUN_WINDOW)));
        let late = NOW.plus(MAILGUN_WINDOW + Duration::from_secs(1));
        assert!(!signed(&good, "1772442000", late), "too old");
        assert!(!signed(&good, "1772442001", NOW), "another time");
        assert!(!signed(
            &sign("other", "1772442000token"),
            "1772442000",
            NOW
        ));
        assert!(!signed("", "1772442000", NOW));
        assert!(!signed("zz", "1772442000", NOW));
        assert!(!signed("+1", "1772442000", NOW));
        let shifted = sign("key", "17724420001token");
        assert!(!mailgun_signed("key", ("", "", &sign("key", "")), NOW));
        assert!(!mailgun_signed("key", ("now", "token", &shifted), NOW));
    }

    #[test]
    fn sendgrid_signs_time_and_body() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der = [&SPKI_P256[..], pair.public_key().as_ref()].concat();
        let key = STANDARD.encode(der);
        let signature = pair.sign(&SystemRandom::new(), b"17body").unwrap();
        let signature = STANDARD.encode(signature.as_ref());
        let signed = |key: &str, signature: &str, timestamp: &str, body: &[u8]| {
            let mut signed = SendgridSigned::begin(timestamp);
            for piece in body.chunks(3) {
                signed.update(piece);
            }
            signed.by(key, signature)
        };
        assert!(signed(&key, &signature, "17", b"body"));
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----");
        assert!(signed(&pem, &signature, "17", b"body"));
        for (key, signature, timestamp, body) in [
            (&*key, &*signature, "18", &b"body"[..]),
            (&key, &signature, "17", b"Body"),
            (&key, "", "17", b"body"),
            (&key, "AAAA", "17", b"body"),
            ("AAAA", &signature, "17", b"body"),
        ] {
            assert!(!signed(key, signature, timestamp, body));
        }
        assert!(
            check_secret(MailProvider::Sendgrid, &key)
                .unwrap()
                .is_some()
        );
        assert!(check_secret(MailProvider::Sendgrid, "").unwrap().is_none());
        for (provider, wrong) in [
            (MailProvider::Sendgrid, "key"),
            (MailProvider::Mailgun, ""),
            (MailProvider::Postmark, "chosen"),
        ] {
            assert!(check_secret(provider, wrong).is_err());
        }
    }
}
