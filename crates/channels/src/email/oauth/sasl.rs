//! Saying an access token: OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's and Microsoft's older
//! form of the same). Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// A way to say a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 7628.
    OauthBearer,
    /// <https://developers.google.com/gmail/imap/xoauth2-protocol>.
    Xoauth2,
}

impl Mechanism {
    /// Its name in a server's capabilities.
    pub fn as_str(self) -> &'static str {
        match self {
            Mechanism::OauthBearer => "OAUTHBEARER",
            Mechanism::Xoauth2 => "XOAUTH2",
        }
    }

    /// The one to use with a server, which `offers` what it says it does: the standard first.
    pub fn choose(offers: impl Fn(&str) -> bool) -> Option<Mechanism> {
        [Mechanism::OauthBearer, Mechanism::Xoauth2]
            .into_iter()
            .find(|mechanism| offers(mechanism.as_str()))
    }

    /// What is said first, before base64.
    pub fn opening(self, user: &str, host: &str, port: u16, token: &str) -> String {
        match self {
            Mechanism::OauthBearer => {
                let user = user.replace('=', "=3D").replace(',', "=2C");
                format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01")
            }
            Mechanism::Xoauth2 => format!("user={user}\x01auth=Bearer {token}\x01\x01"),
        }
    }

    /// What is said to a server that explains why it refuses, so that it ends the attempt.
    pub fn farewell(self) -> &'static str {
        match self {
            Mechanism::OauthBearer => "\x01",
            Mechanism::Xoauth2 => "",
        }
    }
}

/// Text as a mail protocol carries it.
pub fn encode(text: &str) -> String {
    STANDARD.encode(text)
}

/// Reads what a mail protocol carries.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The status in the explanation of a refusal (RFC 7628, section 3.2.2), as in `invalid_token` or
/// `401`; `None` when there is none that may be shown.
pub fn refusal(explanation: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Explained {
        status: String,
    }
    let explained: Explained = serde_json::from_slice(explanation).ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let status = explained.status;
    (!status.is_empty() && status.len() <= 40 && status.chars().all(plain)).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strings_are_those_of_the_documents() {
        // RFC 7628, section 4.1.
        let rfc = "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1\
                   dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB";
        let said = Mechanism::OauthBearer.opening(
            "user@example.com",
            "server.example.com",
            143,
            "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
        );
        assert_eq!(encode(&said), rfc);
        // In the form that Google's page on XOAUTH2 gives.
        let google = "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk5\
                      2YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==";
        let said = Mechanism::Xoauth2.opening(
            "someuser@example.com",
            "imap.gmail.com",
            993,
            "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg",
        );
        assert_eq!(encode(&said), google);
    }

    #[test]
    fn names_cannot_break_out_of_their_place() {
        let said = Mechanism::OauthBearer.opening("a=b,c", "h", 1, "t");
        assert!(said.starts_with("n,a=a=3Db=2Cc,\x01"));
    }

    #[test]
    fn the_standard_goes_first() {
        let choose = |offered: &[&str]| Mechanism::choose(|name| offered.contains(&name));
        assert_eq!(
            choose(&["XOAUTH2", "OAUTHBEARER"]),
            Some(Mechanism::OauthBearer)
        );
        assert_eq!(choose(&["PLAIN", "XOAUTH2"]), Some(Mechanism::Xoauth2));
        assert_eq!(choose(&["PLAIN"]), None);
    }

    #[test]
    fn only_a_plain_status_is_shown() {
        assert_eq!(
            refusal(br#"{"status":"invalid_token","scope":"x"}"#),
            Some("invalid_token".into())
        );
        assert_eq!(
            refusal(br#"{"status":"401","schemes":"bearer"}"#),
            Some("401".into())
        );
        assert_eq!(refusal(br#"{"status":"<b>"}"#), None);
        assert_eq!(refusal(b"garbage"), None);
    }
}
