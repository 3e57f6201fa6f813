//! The `state` that goes to the provider with a person and comes back with them: signed, for one
//! agent and session, for ten minutes, once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::Caller;
use kernel::ids::{AgentId, MailConnectionId, SessionId};
use kernel::keys::Keys;
use kernel::time::Timestamp;
use std::time::Duration;

/// How long a person has to consent.
pub(super) const CONSENT_WITHIN: Duration = Duration::from_secs(600);
const PURPOSE: &str = "mail.oauth.state";

/// What a state says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub connection: MailConnectionId,
    pub agent: AgentId,
    pub session: Option<SessionId>,
    pub nonce: String,
    pub until: Timestamp,
}

impl Attempt {
    /// A new attempt of `caller`.
    pub fn new(
        connection: MailConnectionId,
        caller: &Caller,
        nonce: String,
        at: Timestamp,
    ) -> Self {
        Attempt {
            connection,
            agent: caller.agent,
            session: caller.session,
            nonce,
            until: at.plus(CONSENT_WITHIN),
        }
    }

    /// Whether it is this caller's own.
    pub fn is_of(&self, caller: &Caller) -> bool {
        self.agent == caller.agent && self.session == caller.session
    }

    /// The attempt as text, with its signature.
    pub fn sign(&self, keys: &Keys) -> String {
        let said = self.text();
        let mac = URL_SAFE_NO_PAD.encode(keys.hmac(PURPOSE, said.as_bytes()));
        format!("{said}.{mac}")
    }

    /// Reads a signed attempt; `None` when it was forged, damaged or is too old.
    pub fn read(keys: &Keys, text: &str, now: Timestamp) -> Option<Self> {
        let (said, mac) = text.rsplit_once('.')?;
        let given = URL_SAFE_NO_PAD.decode(mac).ok()?;
        // Constant time, so that a signature can't be guessed byte by byte.
        let expected = keys.hmac(PURPOSE, said.as_bytes());
        aws_lc_rs::constant_time::verify_slices_are_equal(&given, &expected).ok()?;
        let mut parts = said.split('.');
        let attempt = Attempt {
            connection: parts.next()?.parse().ok()?,
            agent: parts.next()?.parse().ok()?,
            session: match parts.next()? {
                "" => None,
                session => Some(session.parse().ok()?),
            },
            until: Timestamp::from_micros(parts.next()?.parse().ok()?),
            nonce: parts.next()?.to_owned(),
        };
        (now <= attempt.until).then_some(attempt)
    }

    fn text(&self) -> String {
        let session = self.session.map(|it| it.to_string()).unwrap_or_default();
        let until = self.until.micros();
        format!(
            "{}.{}.{session}.{until}.{}",
            self.connection, self.agent, self.nonce
        )
    }

    /// PKCE's secret (RFC 7636): only we can make it out of the nonce.
    pub fn verifier(&self, keys: &Keys) -> String {
        URL_SAFE_NO_PAD.encode(keys.hmac("mail.oauth.verifier", self.nonce.as_bytes()))
    }
}

/// What PKCE shows of its secret beforehand, by the method `S256`.
pub(super) fn challenge(verifier: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
