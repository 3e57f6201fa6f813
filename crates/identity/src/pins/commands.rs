//! Setting a PIN, marking a computer as shared, locking and opening.

use kernel::db::Tx;
use kernel::ids::{AgentId, SessionId};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::store::Person;
use super::{
    ComputerShared, PinChanged, SessionLocked, SessionUnlockFailed, SessionUnlocked, rules, store,
};
use crate::agents::{self, AgentStatus};
use crate::caller::{Caller, Source};
use crate::sessions::commands::SignedIn;
use crate::sessions::{self, RevocationReason, SessionRevoked};
use crate::{Identity, passwords};

/// What the lock screen shows.
#[derive(Clone, Debug, Default)]
pub struct Turns {
    /// Whether this computer is shared.
    pub shared: bool,
    /// Whose sessions a PIN opens here; empty unless it is.
    pub people: Vec<Person>,
}

/// Whether this computer is shared, and whose sessions a PIN opens here. For anybody at the
/// computer: it says no more than who sat there today.
///
/// # Errors
/// Only when something breaks.
pub async fn turns(identity: &Identity, source: &Source) -> Result<Turns, Refusal> {
    let Some(computer) = computer(identity, source) else {
        return Ok(Turns::default());
    };
    let since = since(identity.kernel.clock.now());
    let look = async move |tx: &mut Tx<'_>| -> Result<Turns, Refusal> {
        Ok(Turns {
            shared: store::is_shared(tx, computer).await?,
            people: store::people(tx, computer, since).await?,
        })
    };
    identity.kernel.db.read(look).await
}

/// Whether the caller has a PIN.
///
/// # Errors
/// `not_allowed` for API tokens.
pub async fn has_pin(identity: &Identity, caller: &Caller) -> Result<bool, Refusal> {
    caller.require_session()?;
    let agent = caller.agent;
    let look = async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
        Ok(store::pin(tx, agent).await?.is_some())
    };
    identity.kernel.db.read(look).await
}

/// Sets (`Some`) or removes the caller's PIN, for which they give their password once more.
///
/// # Errors
/// `not_allowed` for API tokens, `full_sign_in_needed` for sessions opened by PIN, `locked_out`
/// after many wrong passwords, `invalid` naming `password` or `pin`, `not_found` without a PIN to
/// remove.
pub async fn change(
    identity: &Identity,
    caller: &Caller,
    password: &str,
    pin: Option<&str>,
) -> Result<(), Refusal> {
    caller.require_full_sign_in()?;
    if let Some(pin) = pin {
        rules::check(pin)?;
    }
    passwords::commands::prove("password", identity, caller, password).await?;
    let hash = match pin {
        Some(pin) => {
            let peppered = peppered(identity, caller.agent, pin);
            Some(identity.hasher.hash(&peppered).await?)
        }
        None => None,
    };
    let agent = caller.agent;
    let at = identity.kernel.clock.now();
    let context = caller.context(at);
    let write = async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        agents::store::lock(tx, agent).await?;
        let is_set = hash.is_some();
        if let Some(hash) = &hash {
            store::set_pin(tx, agent, hash, at).await?;
        } else if !store::remove_pin(tx, agent).await? {
            return Err(Refusal::NotFound { what: "PIN" });
        }
        journal::append(tx, &context, Subject::agent(agent), &PinChanged { is_set }).await?;
        Ok(())
    };
    identity.kernel.db.write(write).await
}

/// Marks the caller's computer as shared or takes the mark away, which ends what is locked there.
///
/// # Errors
/// `not_allowed` for API tokens, `full_sign_in_needed` for sessions opened by PIN, a conflict
/// `no_mark` when the browser keeps no cookie to be known by.
pub async fn share(
    identity: &Identity,
    caller: &Caller,
    source: &Source,
    shared: bool,
) -> Result<(), Refusal> {
    caller.require_full_sign_in()?;
    let session = caller.session;
    let (Some(computer), Some(id)) = (computer(identity, source), session) else {
        return Err(Refusal::conflict(
            "no_mark",
            "This browser keeps no cookie to be known by. Sign out, sign in and try again.",
        ));
    };
    let agent = caller.agent;
    let at = identity.kernel.clock.now();
    let context = caller.context(at);
    let write = async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        if store::is_shared(tx, computer).await? == shared {
            return Ok(());
        }
        if shared {
            store::share(tx, computer, agent, at).await?;
            store::hold(tx, id, computer).await?;
        } else {
            store::unshare(tx, computer).await?;
            for (session, agent) in store::end_all_locked(tx, computer).await? {
                revoked(tx, &context, agent, session, RevocationReason::Revoked).await?;
            }
        }
        let record = ComputerShared { session, shared };
        journal::append(tx, &context, Subject::agent(agent), &record).await?;
        Ok(())
    };
    identity.kernel.db.write(write).await
}

/// Locks the caller's session: its token is worth nothing from here on.
///
/// # Errors
/// `not_allowed` for API tokens, a conflict `not_shared` unless this computer is marked as shared.
pub async fn lock(identity: &Identity, caller: &Caller, source: &Source) -> Result<(), Refusal> {
    caller.require_session()?;
    let (Some(computer), Some(session)) = (computer(identity, source), caller.session) else {
        return Err(not_shared());
    };
    let agent = caller.agent;
    let at = identity.kernel.clock.now();
    let context = caller.context(at);
    // Nobody is given this token, so nobody comes back by one.
    let nobodys = identity.session_hash(&identity.kernel.random.token());
    let write = async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        agents::store::lock(tx, agent).await?;
        if !store::is_shared(tx, computer).await? {
            return Err(not_shared());
        }
        end_locked(tx, &context, computer, agent).await?;
        let locked = store::lock(tx, session, computer, nobodys, at).await?;
        let locked = locked.ok_or_else(not_shared)?;
        sessions::store::delete(tx, session, agent).await?;
        let record = SessionLocked { session, locked };
        journal::append(tx, &context, Subject::agent(agent), &record).await?;
        Ok(())
    };
    identity.kernel.db.write(write).await
}

/// Ends what an agent left locked on a computer, where they now begin or lock another session.
pub(crate) async fn end_locked(
    tx: &mut Tx<'_>,
    context: &Context,
    computer: [u8; 32],
    agent: AgentId,
) -> Result<(), Refusal> {
    for session in store::end_locked(tx, computer, agent).await? {
        revoked(tx, context, agent, session, RevocationReason::Replaced).await?;
    }
    Ok(())
}

/// Why a locked session stays locked.
#[derive(Debug)]
pub enum UnlockRefusal {
    /// The PIN is another; so many tries are left.
    WrongPin {
        /// Tries before the session ends.
        left: u32,
    },
    /// No PIN opens a session of this person here (any more): they sign in in full.
    SignInInFull,
    /// Anything else.
    Refused(Refusal),
}

impl<E: Into<Refusal>> From<E> for UnlockRefusal {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Opens the session that `agent` left locked on this computer.
///
/// # Errors
/// [`UnlockRefusal`].
pub async fn unlock(
    identity: &Identity,
    source: &Source,
    agent: AgentId,
    pin: &str,
) -> Result<SignedIn, UnlockRefusal> {
    let (Some(computer), Some(device)) = (computer(identity, source), source.device.clone()) else {
        return Err(UnlockRefusal::SignInInFull);
    };
    let since = since(identity.kernel.clock.now());
    // Counted in a transaction of its own, before the PIN is looked at: a hundred at once gain
    // nothing, and neither does stopping the server.
    let claim = async move |tx: &mut Tx<'_>| -> Result<Option<Claim>, Refusal> {
        let Some(hash) = store::pin(tx, agent).await? else {
            return Ok(None);
        };
        let claim = store::claim(tx, computer, agent, since).await?;
        Ok(claim.map(|(session, tries)| Claim {
            session,
            agent,
            tries: u32::try_from(tries).unwrap_or(rules::TRIES_MAX),
            hash,
        }))
    };
    let claim = identity.kernel.db.write(claim).await?;
    let claim = claim.ok_or(UnlockRefusal::SignInInFull)?;
    let peppered = peppered(identity, agent, pin);
    let hash = Some(claim.hash.clone());
    if !identity.hasher.verify(&peppered, hash).await? {
        let left = rules::TRIES_MAX.saturating_sub(claim.tries);
        note_failure(identity, source, claim).await?;
        return Err(match left {
            0 => UnlockRefusal::SignInInFull,
            left => UnlockRefusal::WrongPin { left },
        });
    }
    let token = identity.kernel.random.token();
    let caller = open(identity, source, claim, &token).await?;
    let caller = caller.ok_or(UnlockRefusal::SignInInFull)?;
    Ok(SignedIn {
        caller,
        token,
        device,
    })
}

/// A try that is counted.
#[derive(Clone)]
struct Claim {
    session: SessionId,
    agent: AgentId,
    tries: u32,
    hash: String,
}

async fn note_failure(identity: &Identity, source: &Source, claim: Claim) -> Result<(), Refusal> {
    let (identity, source) = (identity.clone(), source.clone());
    let key = identity.kernel.keys.workspace().await?;
    let db = identity.kernel.db.clone();
    let write = async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        let ip = source.address.to_string();
        let ip = identity.kernel.keys.encrypt(tx, key, &ip).await?;
        let context = Context {
            request: source.request_id(),
            ..Context::system(identity.kernel.clock.now())
        };
        let record = SessionUnlockFailed {
            session: claim.session,
            tries: claim.tries,
            ip,
        };
        let subject = Subject::agent(claim.agent);
        journal::append(tx, &context, subject, &record).await?;
        if claim.tries >= rules::TRIES_MAX && store::end_used_up(tx, claim.session).await? {
            let reason = RevocationReason::WrongPins;
            revoked(tx, &context, claim.agent, claim.session, reason).await?;
        }
        Ok(())
    };
    db.write(write).await
}

/// Opens the session; `None` when it, the PIN or the agent changed since the try was counted.
async fn open(
    identity: &Identity,
    source: &Source,
    claim: Claim,
    token: &str,
) -> Result<Option<Caller>, Refusal> {
    let key = identity.kernel.keys.workspace().await?;
    let hash = identity.session_hash(token);
    let (identity, source) = (identity.clone(), source.clone());
    let db = identity.kernel.db.clone();
    let write = async move |tx: &mut Tx<'_>| -> Result<Option<Caller>, Refusal> {
        agents::store::lock(tx, claim.agent).await?;
        let agent = agents::store::find(tx, claim.agent).await?;
        let agent = agent.filter(|it| it.status == AgentStatus::Active);
        let is_same = store::pin(tx, claim.agent).await?.as_ref() == Some(&claim.hash);
        let (Some(agent), true) = (agent, is_same) else {
            return Ok(None);
        };
        let at = identity.kernel.clock.now();
        if !store::open(tx, claim.session, hash, at).await? {
            return Ok(None);
        }
        let ip = source.address.to_string();
        let ip = identity.kernel.keys.encrypt(tx, key, &ip).await?;
        let caller = Caller {
            session: Some(claim.session),
            request: source.request_id(),
            by_pin: true,
            ..Caller::for_agent(agent.id, &agent.name, agent.role)
        };
        let session = claim.session;
        let record = SessionUnlocked { session, ip };
        journal::append(tx, &caller.context(at), Subject::agent(agent.id), &record).await?;
        Ok(Some(caller))
    };
    db.write(write).await
}

async fn revoked(
    tx: &mut Tx<'_>,
    context: &Context,
    agent: AgentId,
    session: SessionId,
    reason: RevocationReason,
) -> Result<(), Refusal> {
    let record = SessionRevoked { session, reason };
    journal::append(tx, context, Subject::agent(agent), &record).await?;
    Ok(())
}

/// What is hashed of a PIN: six digits alone would be found by trying, so the server's key is in.
fn peppered(identity: &Identity, agent: AgentId, pin: &str) -> String {
    let keyed = identity
        .kernel
        .keys
        .hmac("identity.pin", format!("{agent} {pin}").as_bytes());
    keyed.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn computer(identity: &Identity, source: &Source) -> Option<[u8; 32]> {
    let device = source.device.as_deref()?;
    Some(identity.computer_hash(device))
}

fn since(now: Timestamp) -> Timestamp {
    now.minus(rules::AFTER_SIGN_IN_MAX)
}

fn not_shared() -> Refusal {
    Refusal::conflict(
        "not_shared",
        "This computer is not marked as shared. Mark it in your profile, or sign out.",
    )
}
