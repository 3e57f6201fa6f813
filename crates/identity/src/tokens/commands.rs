//! Making and revoking API tokens.

use kernel::db::Tx;
use kernel::idempotency;
use kernel::ids::{AgentId, TokenId};
use kernel::journal::{self, Context, Subject};
use kernel::keys::Keys;
use kernel::refusal::Refusal;

use super::rules::{self, TOKENS_MAX, TokenInput};
use super::store::TokenRow;
use super::{SECRET_PREFIX, Token, TokenCreated, TokenRevocationReason, TokenRevoked, store};
use crate::caller::Caller;
use crate::{Identity, agents};

const CREATE: &str = "token.create";

/// Makes a token for the caller; answers it and its secret, which is shown only here. Repeated with
/// the same idempotency key it answers the same token with a fresh secret in place of the lost.
///
/// # Errors
/// `not_allowed` for API tokens, `full_sign_in_needed` for sessions opened by PIN,
/// `too_many_tokens`, and what [`rules::check`] refuses.
pub async fn create(
    identity: &Identity,
    caller: &Caller,
    input: &TokenInput,
    idempotency_key: Option<String>,
) -> Result<(Token, String), Refusal> {
    caller.require_full_sign_in()?;
    let input = rules::check(input, identity.kernel.clock.now())?;
    let secret = format!("{SECRET_PREFIX}{}", identity.kernel.random.token());
    let hash = identity.token_hash(&secret);
    let key = identity.kernel.keys.workspace().await?;
    let caller = caller.clone();
    let (keys, db) = (identity.kernel.keys.clone(), identity.kernel.db.clone());
    let context = caller.context(identity.kernel.clock.now());
    let created = db.write(async move |tx: &mut Tx<'_>| -> Result<Token, Refusal> {
        let agent = caller.agent;
        agents::store::lock(tx, agent).await?;
        let own = store::of_agent(tx, agent).await?;
        if let Some(again) = &idempotency_key
            && let Some(id) = idempotency::find(tx, agent, again, CREATE).await?
        {
            let first = own.into_iter().find(|row| row.id == TokenId(id));
            store::set_secret(tx, TokenId(id), agent, hash).await?;
            return read(tx, &keys, first.ok_or(Refusal::NotFound { what: "token" })?).await;
        }
        if own.len() >= TOKENS_MAX {
            return Err(Refusal::conflict(
                "too_many_tokens",
                "You have 100 API tokens. Revoke some that are no longer used.",
            ));
        }
        let name = keys.encrypt(tx, key, &input.name).await?;
        let times = (context.at, input.expires_at);
        let id = store::insert(tx, agent, (&name, &input.scopes), hash, times).await?;
        let TokenInput {
            scopes, expires_at, ..
        } = input.clone();
        let record = TokenCreated {
            token: id,
            name,
            scopes: scopes.clone(),
            expires_at,
        };
        journal::append(tx, &context, Subject::agent(agent), &record).await?;
        if let Some(again) = &idempotency_key {
            idempotency::remember(tx, agent, again, CREATE, id.0, context.at).await?;
        }
        let (name, created_at) = (input.name.clone(), context.at);
        Ok(Token {
            id,
            name,
            scopes,
            created_at,
            last_used_at: None,
            expires_at,
        })
    });
    created.await.map(|token| (token, secret))
}

/// The caller's tokens, newest first.
///
/// # Errors
/// `not_allowed` for API tokens.
pub async fn all(identity: &Identity, caller: &Caller) -> Result<Vec<Token>, Refusal> {
    caller.require_session()?;
    let (keys, agent) = (identity.kernel.keys.clone(), caller.agent);
    identity
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Vec<Token>, Refusal> {
                let mut tokens = Vec::new();
                for row in store::of_agent(tx, agent).await? {
                    tokens.push(read(tx, &keys, row).await?);
                }
                Ok(tokens)
            },
        )
        .await
}

async fn read(tx: &mut Tx<'_>, keys: &Keys, row: TokenRow) -> Result<Token, Refusal> {
    let name = keys.decrypt(tx, &row.name).await?.unwrap_or_default();
    let TokenRow {
        id,
        scopes,
        created_at,
        last_used_at,
        expires_at,
        ..
    } = row;
    Ok(Token {
        id,
        name,
        scopes,
        created_at,
        last_used_at,
        expires_at,
    })
}

/// Revokes one of the caller's tokens.
///
/// # Errors
/// `not_allowed` for API tokens, `not_found`.
pub async fn revoke(identity: &Identity, caller: &Caller, token: TokenId) -> Result<(), Refusal> {
    caller.require_session()?;
    let agent = caller.agent;
    let context = caller.context(identity.kernel.clock.now());
    identity
        .kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            if !store::delete(tx, token, agent).await? {
                return Err(Refusal::NotFound { what: "token" });
            }
            note_revoked(tx, &context, agent, token, TokenRevocationReason::Revoked).await
        })
        .await
}

/// Revokes all tokens of a disabled agent, inside the command that disables them.
pub(crate) async fn revoke_all(
    tx: &mut Tx<'_>,
    context: &Context,
    agent: AgentId,
) -> Result<(), Refusal> {
    for token in store::delete_all(tx, agent).await? {
        let reason = TokenRevocationReason::AgentDisabled;
        note_revoked(tx, context, agent, token, reason).await?;
    }
    Ok(())
}

async fn note_revoked(
    tx: &mut Tx<'_>,
    context: &Context,
    agent: AgentId,
    token: TokenId,
    reason: TokenRevocationReason,
) -> Result<(), Refusal> {
    let record = TokenRevoked { token, reason };
    journal::append(tx, context, Subject::agent(agent), &record).await?;
    Ok(())
}
