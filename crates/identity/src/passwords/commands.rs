//! Changing one's password.

use kernel::db::Tx;
use kernel::journal::{self, Subject};
use kernel::refusal::Refusal;

use super::{PasswordChanged, rules};
use crate::caller::Caller;
use crate::sessions::{self, RevocationReason};
use crate::throttle::Attempt;
use crate::throttle::rules::Familiarity;
use crate::{Identity, agents, workspace};

/// Replaces the caller's password and ends their other sessions.
///
/// # Errors
/// `not_allowed` for API tokens, `locked_out` after many wrong tries, `invalid` naming `current`
/// when it is not the present password or `new` when it is too easily guessed.
pub async fn change(
    identity: &Identity,
    caller: &Caller,
    current: &str,
    new: &str,
) -> Result<(), Refusal> {
    caller.require_full_sign_in()?;
    let known = prove("current", identity, caller, current).await?;
    rules::check("new", new, &[&known.name, &known.email, &known.workspace])?;
    let hash = identity.hasher.hash(new).await?;

    let caller = caller.clone();
    let context = caller.context(identity.kernel.clock.now());
    identity
        .kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            agents::store::lock(tx, caller.agent).await?;
            let present = agents::store::password_hash(tx, caller.agent).await?;
            if present.as_ref() != Some(&known.hash) {
                return Err(wrong("current"));
            }
            agents::store::set_password_hash(tx, caller.agent, &hash).await?;
            let subject = Subject::agent(caller.agent);
            journal::append(tx, &context, subject, &PasswordChanged {}).await?;
            let reason = RevocationReason::PasswordChanged;
            sessions::commands::end_others(tx, &context, caller.agent, caller.session, reason).await
        })
        .await
}

/// Refuses unless `password`, given in `field`, is the caller's.
pub(crate) async fn prove(
    field: &'static str,
    identity: &Identity,
    caller: &Caller,
    password: &str,
) -> Result<Known, Refusal> {
    let attempt = attempt(identity, caller);
    let admitted = identity
        .throttle
        .admit(&attempt, identity.kernel.clock.now());
    admitted.map_err(sessions::commands::refusal)?;
    let known = known(identity, caller).await?;
    let hash = Some(known.hash.clone());
    if !identity.hasher.verify(password, hash).await? {
        return Err(wrong(field));
    }
    identity.throttle.succeeded(&attempt);
    Ok(known)
}

/// What the rules need to know about the caller.
#[derive(Clone)]
pub(crate) struct Known {
    hash: String,
    name: String,
    email: String,
    workspace: String,
}

async fn known(identity: &Identity, caller: &Caller) -> Result<Known, Refusal> {
    let id = caller.agent;
    identity
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<Known, Refusal> {
            let agent = agents::store::find(tx, id).await?;
            let hash = agents::store::password_hash(tx, id).await?;
            let (Some(agent), Some(hash)) = (agent, hash) else {
                return Err(Refusal::NotSignedIn);
            };
            let workspace = workspace::store::find(tx).await?;
            let workspace = workspace.map(|it| it.name).unwrap_or_default();
            Ok(Known {
                hash,
                name: agent.name,
                email: agent.email,
                workspace,
            })
        })
        .await
}

/// Whoever holds the session may be a passer-by at an unlocked screen: they get few tries, which
/// count for this session only.
fn attempt(identity: &Identity, caller: &Caller) -> Attempt {
    let session = caller.session.map_or(0, |id| id.0).to_string();
    let key = identity.throttle_hash(&["session", &session]);
    Attempt {
        familiarity: Familiarity::Device,
        account: key,
        source: key,
        pair: key,
        device: key,
    }
}

fn wrong(field: &str) -> Refusal {
    Refusal::invalid(
        field,
        "is not your present password",
        "type the password you use now",
    )
}
