//! Signing what we call other programs with, as Standard Webhooks has it
//! (<https://github.com/standard-webhooks/standard-webhooks>, version 1): HMAC-SHA256 over
//! `id.timestamp.body`, so that a receiver knows who sent it, when, and that nobody changed it.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::random::Random;

/// What every secret begins with.
pub const SECRET_PREFIX: &str = "whsec_";

/// A new secret: 32 random bytes.
pub fn new_secret(random: &Random) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(random.bytes::<32>()))
}

/// The value of `webhook-signature`: one signature for each secret, so that a receiver may still
/// hold the one before. A secret that can't be read signs nothing.
pub fn sign(secrets: &[String], id: &str, timestamp: i64, body: &str) -> String {
    let signed = format!("{id}.{timestamp}.{body}");
    let signatures: Vec<String> = secrets
        .iter()
        .filter_map(|secret| STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok())
        .map(|secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            let tag = hmac::sign(&key, signed.as_bytes());
            format!("v1,{}", STANDARD.encode(tag))
        })
        .collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's `hmac` and `base64`.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let body = r#"{"test": 2432232314}"#;
        let one = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(
            sign(std::slice::from_ref(&secret), id, 1_614_265_330, body),
            one
        );
        let two = sign(
            &["whsec_c2VjcmV0".to_owned(), secret],
            id,
            1_614_265_330,
            body,
        );
        assert_eq!(two.split(' ').nth(1), Some(one));
        assert_eq!(sign(&["nonsense".to_owned()], id, 1, body), "");
    }

    #[test]
    fn secrets_are_as_long_as_they_should_be() {
        let secret = new_secret(&Random::seeded(1));
        let bytes = STANDARD
            .decode(secret.strip_prefix(SECRET_PREFIX).unwrap())
            .unwrap();
        assert_eq!(bytes.len(), 32);
    }
}
