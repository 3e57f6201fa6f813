//! What providers want and what their answers mean. Pure.

use super::{ConnectionTrouble, MailConnection, OauthProvider};
use crate::email::server::{ServerProblem, Step};
use crate::inboxes::rules::Problems;
use kernel::http::outgoing::form;
use kernel::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// Longest token that is taken, in bytes.
const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// How long a token is believed to live when the provider doesn't say.
const LIFE_UNSAID: Duration = Duration::from_secs(1800);
const LIFE_MAX: Duration = Duration::from_secs(24 * 3600);
/// A token is renewed this long before its end, or a fifth of its life if that is less.
const AHEAD_MAX: Duration = Duration::from_secs(300);
const TEXT_CHARS_MAX: usize = 500;

/// A provider's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The issuer's identifier, when known.
    pub issuer: Option<String>,
    /// Where a person consents.
    pub authorize_url: String,
    /// Where tokens are given.
    pub token_url: String,
    /// What is asked for.
    pub scopes: String,
    /// The mail servers.
    pub hosts: Vec<String>,
}

/// The addresses of a well-known provider; `None` for any other. `tenant` is Microsoft's directory.
pub fn places(provider: OauthProvider, tenant: &str) -> Option<Places> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    match provider {
        // https://developers.google.com/gmail/imap/xoauth2-protocol
        OauthProvider::Google => Some(Places {
            issuer: Some("https://accounts.google.com".to_owned()),
            authorize_url: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
            token_url: "https://oauth2.googleapis.com/token".to_owned(),
            scopes: "https://mail.google.com/".to_owned(),
            hosts: owned(&["imap.gmail.com", "smtp.gmail.com"]),
        }),
        // https://learn.microsoft.com/exchange/client-developer/legacy-protocols/
        // how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
        OauthProvider::Microsoft => {
            let base = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0");
            Some(Places {
                // The issuer names the directory that signed in, not the one asked for.
                issuer: None,
                authorize_url: format!("{base}/authorize"),
                token_url: format!("{base}/token"),
                scopes: "offline_access https://outlook.office.com/IMAP.AccessAsUser.All \
                    https://outlook.office.com/SMTP.Send"
                    .to_owned(),
                hosts: owned(&[
                    "outlook.office365.com",
                    "smtp.office365.com",
                    "smtp-mail.outlook.com",
                ]),
            })
        }
        OauthProvider::Other => None,
    }
}

/// Checks a directory of Microsoft's: a name, a domain or an id.
pub fn tenant(tenant: &str, problems: &mut Problems) -> String {
    let tenant = tenant.trim();
    let proper = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if tenant.is_empty() {
        return "common".to_owned();
    }
    if tenant.len() > 100 || !tenant.chars().all(proper) {
        problems.add(
            "tenant",
            "is not a directory",
            "copy the directory's id, or leave it empty",
        );
    }
    tenant.to_owned()
}

/// Checks a text that is sent to a provider as it is; answers it trimmed.
pub fn text(field: &str, text: &str, required: bool, problems: &mut Problems) -> String {
    let text = text.trim();
    if required && text.is_empty() {
        problems.add(field, "is empty", "copy it from the provider's console");
    }
    if text.chars().count() > TEXT_CHARS_MAX || text.chars().any(char::is_control) {
        problems.add(
            field,
            "can't be that",
            "copy it again, on one line and at most 500 characters",
        );
    }
    text.to_owned()
}

/// The mail servers the tokens may be shown to.
pub fn hosts(hosts: &[String], problems: &mut Problems) -> Vec<String> {
    let hosts: Vec<String> = hosts
        .iter()
        .map(|host| host.trim().to_lowercase())
        .filter(|host| !host.is_empty())
        .collect();
    let proper = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':');
    let wrong = |host: &String| host.len() > 253 || !host.chars().all(proper);
    if hosts.is_empty() || hosts.len() > 4 || hosts.iter().any(wrong) {
        problems.add(
            "hosts",
            "are not one to four host names",
            "name the IMAP and the SMTP server",
        );
    }
    hosts
}

/// Where to send a person to consent.
pub fn consent_url(
    connection: &MailConnection,
    redirect: &str,
    state: &str,
    challenge: &str,
) -> String {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", connection.client_id.as_str()),
        ("redirect_uri", redirect),
        ("scope", connection.scopes.as_str()),
        ("state", state),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
        ("login_hint", connection.username.as_str()),
    ];
    match connection.provider {
        // Without these Google gives a refresh token once only, and none when asked again.
        OauthProvider::Google => fields.extend([("access_type", "offline"), ("prompt", "consent")]),
        OauthProvider::Microsoft => fields.push(("prompt", "select_account")),
        OauthProvider::Other => {}
    }
    let joint = if connection.authorize_url.contains('?') {
        '&'
    } else {
        '?'
    };
    format!("{}{joint}{}", connection.authorize_url, form(&fields))
}

/// What a provider gave.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// For mail servers.
    pub access: String,
    /// For the next access token; `None` keeps the present one.
    pub refresh: Option<String>,
    /// How long the access token lives.
    pub lives: Duration,
}

impl Tokens {
    /// When the access token is renewed and when it ends.
    pub fn ends(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let ahead = AHEAD_MAX.min(self.lives / 5);
        (now.plus(self.lives - ahead), now.plus(self.lives))
    }
}

/// Why a provider gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// It will not do so again without a person: consent or client.
    Refused(ConnectionTrouble, String),
    /// It may do so later.
    Later(String),
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    token_type: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<Value>,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
}

/// Reads the answer of a token endpoint (RFC 6749, sections 5.1 and 5.2).
///
/// # Errors
/// What the answer means for the connection.
pub fn read_answer(status: u16, body: &[u8]) -> Result<Tokens, TokenProblem> {
    if (200..300).contains(&status) {
        return match serde_json::from_slice::<Given>(body) {
            Ok(given) => given_tokens(given),
            Err(_) => Err(TokenProblem::Later(
                "its answer can't be understood".to_owned(),
            )),
        };
    }
    let error = serde_json::from_slice::<Denied>(body).map(|denied| denied.error);
    let error = error.unwrap_or_default();
    let named = |error: &str| {
        let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        error.chars().filter(plain).take(60).collect::<String>()
    };
    match (status, error.as_str()) {
        (429, _) | (500.., _) => Err(TokenProblem::Later(format!("it answered {status}"))),
        (
            _,
            "invalid_grant"
            | "interaction_required"
            | "consent_required"
            | "login_required"
            | "access_denied",
        ) => Err(TokenProblem::Refused(
            ConnectionTrouble::Consent,
            named(&error),
        )),
        (
            _,
            "invalid_client"
            | "unauthorized_client"
            | "invalid_scope"
            | "invalid_request"
            | "unsupported_grant_type",
        ) => Err(TokenProblem::Refused(
            ConnectionTrouble::Client,
            named(&error),
        )),
        (401, "") => Err(TokenProblem::Refused(
            ConnectionTrouble::Client,
            format!("it answered {status}"),
        )),
        (_, "") => Err(TokenProblem::Later(format!("it answered {status}"))),
        _ => Err(TokenProblem::Later(named(&error))),
    }
}

fn given_tokens(given: Given) -> Result<Tokens, TokenProblem> {
    let strange = |what: &str| Err(TokenProblem::Later(what.to_owned()));
    let bearer = given
        .token_type
        .is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    if !bearer {
        return strange("it gave a token that is no bearer token");
    }
    // Anything else could end the token within the sign-in and say something of its own there.
    let proper = |token: &str| {
        (1..=TOKEN_BYTES_MAX).contains(&token.len())
            && token.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !proper(&given.access_token) {
        return strange("it gave a token with strange characters");
    }
    let seconds = match given.expires_in {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let lives = seconds.map_or(LIFE_UNSAID, Duration::from_secs);
    let refresh = given.refresh_token.filter(|token| {
        (1..=TOKEN_BYTES_MAX).contains(&token.len()) && !token.chars().any(char::is_control)
    });
    Ok(Tokens {
        access: given.access_token,
        refresh,
        lives: lives.min(LIFE_MAX),
    })
}

/// A refusal in words an administrator can act on.
pub fn refusal(host: &str, username: &str, trouble: ConnectionTrouble) -> ServerProblem {
    match trouble {
        ConnectionTrouble::Consent => ServerProblem::new(
            Step::SignIn,
            format!("{host} no longer lets us into the mailbox of {username}."),
            "Choose Connect again and sign in as the mailbox's owner. It happens when access was \
             withdrawn, the password changed, or the connection was not used for long.",
        ),
        ConnectionTrouble::Client => ServerProblem::new(
            Step::SignIn,
            format!("{host} does not accept the client's id or secret."),
            "Enter a new client secret; the old one has probably run out.",
        ),
    }
}

/// The host of an address, for sentences.
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests;
