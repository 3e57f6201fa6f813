//! Asking a provider for tokens.

use super::rules::{self, Places, TokenProblem, Tokens};
use super::{ConnectionTrouble, MailConnection, OauthProvider};
use kernel::http::outgoing::{Outgoing, OutgoingProblem};
use kernel::keys::{KeyError, Keys};
use serde::Deserialize;

/// What tokens are asked for by.
pub(super) enum Grant<'a> {
    /// The code that came back with a person (RFC 6749, section 4.1.3).
    Code {
        code: &'a str,
        verifier: &'a str,
        redirect: &'a str,
    },
    /// A refresh token (section 6).
    Refresh(&'a str),
}

/// Asks once for tokens. The client's secret goes into the form, as the big providers want it; one
/// that only knows HTTP Basic is asked again that way.
pub(super) async fn ask(
    outgoing: &Outgoing,
    keys: &Keys,
    connection: &MailConnection,
    grant: &Grant<'_>,
) -> Result<Result<Tokens, TokenProblem>, KeyError> {
    let secret = keys.decrypt_secret(&connection.client_secret)?;
    let first = post(outgoing, connection, &secret, grant, false).await;
    let client = matches!(
        first,
        Err(TokenProblem::Refused(ConnectionTrouble::Client, _))
    );
    if client && connection.provider == OauthProvider::Other && !secret.is_empty() {
        return Ok(post(outgoing, connection, &secret, grant, true).await);
    }
    Ok(first)
}

async fn post(
    outgoing: &Outgoing,
    connection: &MailConnection,
    secret: &str,
    grant: &Grant<'_>,
    by_header: bool,
) -> Result<Tokens, TokenProblem> {
    let client = connection.client_id.as_str();
    let mut fields = match grant {
        Grant::Code {
            code,
            verifier,
            redirect,
        } => vec![
            ("grant_type", "authorization_code"),
            ("code", *code),
            ("code_verifier", *verifier),
            ("redirect_uri", *redirect),
        ],
        Grant::Refresh(token) => vec![("grant_type", "refresh_token"), ("refresh_token", *token)],
    };
    if !by_header {
        fields.push(("client_id", client));
        if !secret.is_empty() {
            fields.push(("client_secret", secret));
        }
    }
    let basic = by_header.then_some((client, secret));
    let answer = outgoing
        .post_form(&connection.token_url, &fields, basic)
        .await;
    match answer {
        Ok(answer) => rules::read_answer(answer.status, &answer.body),
        Err(problem) => Err(TokenProblem::Later(problem.to_string())),
    }
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
}

/// Looks an issuer's addresses up (OpenID Connect Discovery, RFC 8414).
pub(super) async fn discover(outgoing: &Outgoing, issuer: &str) -> Result<Places, String> {
    let issuer = issuer.trim_end_matches('/');
    let address = format!("{issuer}/.well-known/openid-configuration");
    let answer = outgoing
        .get(&address)
        .await
        .map_err(|problem| match problem {
            OutgoingProblem::Refused(reason) => reason,
            problem => format!("can't be asked: {problem}"),
        })?;
    let known: Metadata = serde_json::from_slice(&answer.body)
        .ok()
        .filter(|_| answer.status == 200)
        .ok_or_else(|| format!("does not describe itself at {address}"))?;
    // Section 3.3 of RFC 8414: whoever speaks for another issuer is not believed.
    if known.issuer.trim_end_matches('/') != issuer {
        return Err("calls itself by another name".to_owned());
    }
    Ok(Places {
        issuer: Some(known.issuer),
        authorize_url: known.authorization_endpoint,
        token_url: known.token_endpoint,
        scopes: String::new(),
        hosts: Vec::new(),
    })
}
