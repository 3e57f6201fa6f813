//! Signing in and out.

use std::time::Duration;

use kernel::db::Tx;
use kernel::ids::{AgentId, KeyId, SessionId};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{
    AgentSignInFailed, AgentSignedIn, FailureReason, RevocationReason, SessionRevoked, rules, store,
};
use crate::Identity;
use crate::agents::{self, Agent};
use crate::caller::{Caller, Source};
use crate::pins;
use crate::throttle::rules::Familiarity;
use crate::throttle::{Attempt, Throttled};

/// A session that has just begun, with what the browser must keep.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who signed in.
    pub caller: Caller,
    /// The session's token, for its cookie.
    pub token: String,
    /// The mark by which this browser is known again, for its cookie.
    pub device: String,
}

/// What a new session needs that a transaction must not wait for.
#[derive(Clone)]
pub(crate) struct Opening {
    source: Source,
    token: String,
    device: String,
    key: KeyId,
}

impl Opening {
    pub(crate) async fn prepare(identity: &Identity, source: &Source) -> Result<Self, Refusal> {
        let device = match &source.device {
            Some(device) => device.clone(),
            None => identity.new_device(),
        };
        Ok(Self {
            source: source.clone(),
            token: identity.kernel.random.token(),
            device,
            key: identity.kernel.keys.workspace().await?,
        })
    }

    /// Begins a session of `agent` inside the command that lets them in.
    pub(crate) async fn begin(
        &self,
        tx: &mut Tx<'_>,
        identity: &Identity,
        agent: &Agent,
        at: Timestamp,
    ) -> Result<SignedIn, Refusal> {
        store::delete_over(tx, at.minus(rules::IDLE_MAX), at.minus(rules::AGE_MAX)).await?;
        let keys = &identity.kernel.keys;
        let ip = keys
            .encrypt(tx, self.key, &self.source.address.to_string())
            .await?;
        let user_agent = keys.encrypt(tx, self.key, &self.source.user_agent).await?;
        let hash = identity.session_hash(&self.token);
        let session = store::insert(tx, agent.id, hash, (&user_agent, &ip), at).await?;
        let known = [
            identity.place_hash(agent.id, "network", &self.source.network()),
            identity.place_hash(agent.id, "device", &self.device),
        ];
        store::remember(tx, agent.id, known, at).await?;
        let computer = identity.computer_hash(&self.device);
        pins::store::hold(tx, session, computer).await?;
        let caller = Caller {
            session: Some(session),
            request: self.source.request_id(),
            ..Caller::for_agent(agent.id, &agent.name, agent.role)
        };
        pins::commands::end_locked(tx, &caller.context(at), computer, agent.id).await?;
        let record = AgentSignedIn {
            session,
            ip,
            user_agent,
        };
        journal::append(tx, &caller.context(at), Subject::agent(agent.id), &record).await?;
        Ok(SignedIn {
            caller,
            token: self.token.clone(),
            device: self.device.clone(),
        })
    }
}

/// Why somebody is not let in.
#[derive(Debug)]
pub enum SignInRefusal {
    /// The address and the password do not belong together; which of the two is wrong, or that the
    /// agent is disabled, is not said.
    WrongCredentials,
    /// Anything else.
    Refused(Refusal),
}

impl<E: Into<Refusal>> From<E> for SignInRefusal {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Lets an agent in by address and password.
///
/// # Errors
/// [`SignInRefusal::WrongCredentials`], or `too_many_requests` and `locked_out` when too many wrong
/// passwords came from this place or for this account.
pub async fn sign_in(
    identity: &Identity,
    source: &Source,
    email: &str,
    password: &str,
) -> Result<SignedIn, SignInRefusal> {
    let now = identity.kernel.clock.now();
    let email = agents::rules::email(email).unwrap_or_default();
    let candidate = candidate(identity, source, &email).await?;
    let attempt = attempt(identity, source, &email, &candidate);
    identity.throttle.admit(&attempt, now).map_err(refusal)?;

    let hash = candidate.as_ref().map(|it| it.password_hash.clone());
    let fits = identity.hasher.verify(password, hash).await?;
    let status = candidate.as_ref().map(|it| it.agent.status);
    if let Some(reason) = rules::failure(status, fits) {
        let agent = candidate.map(|it| it.agent.id);
        note_failure(identity, source, agent, reason).await?;
        return Err(SignInRefusal::WrongCredentials);
    }
    let Some(candidate) = candidate else {
        return Err(SignInRefusal::WrongCredentials);
    };
    let signed_in = begin(identity, source, candidate).await?;
    identity.throttle.succeeded(&attempt);
    signed_in.ok_or(SignInRefusal::WrongCredentials)
}

/// The agent an address belongs to, with what an attempt is judged by.
#[derive(Clone)]
struct Candidate {
    agent: Agent,
    password_hash: String,
    familiarity: Familiarity,
}

async fn candidate(
    identity: &Identity,
    source: &Source,
    email: &str,
) -> Result<Option<Candidate>, Refusal> {
    let (email, network) = (email.to_owned(), source.network());
    let device = source.device.clone().unwrap_or_default();
    let places = identity.clone();
    identity
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Option<Candidate>, Refusal> {
                let Some(agent) = agents::store::find_by_email(tx, &email).await? else {
                    return Ok(None);
                };
                let network = places.place_hash(agent.id, "network", &network);
                let device = places.place_hash(agent.id, "device", &device);
                let (network, device) = store::known(tx, agent.id, network, device).await?;
                let password_hash = agents::store::password_hash(tx, agent.id).await?;
                Ok(password_hash.map(|password_hash| Candidate {
                    agent,
                    password_hash,
                    familiarity: rules::familiarity(network, device),
                }))
            },
        )
        .await
}

fn attempt(
    identity: &Identity,
    source: &Source,
    email: &str,
    candidate: &Option<Candidate>,
) -> Attempt {
    let network = source.network();
    let device = source.device.as_deref().unwrap_or_default();
    Attempt {
        familiarity: candidate
            .as_ref()
            .map_or(Familiarity::Unknown, |it| it.familiarity),
        account: identity.throttle_hash(&["account", email]),
        source: identity.throttle_hash(&["network", &network]),
        pair: identity.throttle_hash(&["pair", email, &network]),
        device: identity.throttle_hash(&["device", email, device]),
    }
}

/// What a throttled attempt is told: being locked out of one account is worth its own name.
pub(crate) fn refusal(throttled: Throttled) -> Refusal {
    use crate::throttle::rules::Counter;
    let code = match throttled.counter {
        Counter::Source => "too_many_requests",
        Counter::Account | Counter::Pair | Counter::KnownNetwork | Counter::KnownDevice => {
            "locked_out"
        }
    };
    // Whole seconds, rounded up: whoever waits as long as they are told must get in.
    let retry_after = Duration::from_secs(throttled.retry_after.as_secs() + 1);
    Refusal::TooMany { code, retry_after }
}

async fn note_failure(
    identity: &Identity,
    source: &Source,
    agent: Option<AgentId>,
    reason: FailureReason,
) -> Result<(), Refusal> {
    let (identity, source) = (identity.clone(), source.clone());
    let key = identity.kernel.keys.workspace().await?;
    let db = identity.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        let ip = source.address.to_string();
        let ip = identity.kernel.keys.encrypt(tx, key, &ip).await?;
        let system = Context::system(identity.kernel.clock.now());
        let context = Context {
            request: source.request_id(),
            ..system
        };
        let subject = Subject {
            agent,
            ..Subject::default()
        };
        journal::append(tx, &context, subject, &AgentSignInFailed { reason, ip }).await?;
        Ok(())
    })
    .await
}

/// Begins the session; `None` when the agent or the password changed since they were read.
async fn begin(
    identity: &Identity,
    source: &Source,
    candidate: Candidate,
) -> Result<Option<SignedIn>, Refusal> {
    let opening = Opening::prepare(identity, source).await?;
    let identity = identity.clone();
    let db = identity.kernel.db.clone();
    db.write(
        async move |tx: &mut Tx<'_>| -> Result<Option<SignedIn>, Refusal> {
            let id = candidate.agent.id;
            agents::store::lock(tx, id).await?;
            let Some(agent) = agents::store::find(tx, id).await? else {
                return Ok(None);
            };
            let hash = agents::store::password_hash(tx, id).await?;
            let fits = hash.as_ref() == Some(&candidate.password_hash);
            if rules::failure(Some(agent.status), fits).is_some() {
                return Ok(None);
            }
            let at = identity.kernel.clock.now();
            opening.begin(tx, &identity, &agent, at).await.map(Some)
        },
    )
    .await
}

/// Ends one of the caller's own sessions.
///
/// # Errors
/// `not_found` when the caller has no such session, `not_allowed` for API tokens.
pub async fn end(
    identity: &Identity,
    caller: &Caller,
    session: SessionId,
    reason: RevocationReason,
) -> Result<(), Refusal> {
    caller.require_session()?;
    let caller = caller.clone();
    let context = caller.context(identity.kernel.clock.now());
    identity
        .kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            if !store::delete(tx, session, caller.agent).await? {
                return Err(Refusal::NotFound { what: "session" });
            }
            let record = SessionRevoked { session, reason };
            journal::append(tx, &context, Subject::agent(caller.agent), &record).await?;
            Ok(())
        })
        .await
}

/// Ends all sessions of `agent` but `kept`, inside the command that makes it necessary.
pub(crate) async fn end_others(
    tx: &mut Tx<'_>,
    context: &Context,
    agent: AgentId,
    kept: Option<SessionId>,
    reason: RevocationReason,
) -> Result<(), Refusal> {
    for session in store::delete_others(tx, agent, kept).await? {
        let record = SessionRevoked { session, reason };
        journal::append(tx, context, Subject::agent(agent), &record).await?;
    }
    Ok(())
}

/// One of the caller's sessions, readable.
#[derive(Clone, Debug)]
pub struct OwnSession {
    /// Which.
    pub id: SessionId,
    /// What the browser called itself.
    pub user_agent: String,
    /// The address it began from.
    pub ip: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
}

/// The caller's sessions that are not over, latest use first.
///
/// # Errors
/// `not_allowed` for API tokens.
pub async fn all(identity: &Identity, caller: &Caller) -> Result<Vec<OwnSession>, Refusal> {
    caller.require_session()?;
    let (keys, agent) = (identity.kernel.keys.clone(), caller.agent);
    let now = identity.kernel.clock.now();
    identity
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Vec<OwnSession>, Refusal> {
                let (idle, age) = (now.minus(rules::IDLE_MAX), now.minus(rules::AGE_MAX));
                let mut own = Vec::new();
                for row in store::of_agent(tx, agent, idle, age).await? {
                    own.push(OwnSession {
                        id: row.id,
                        user_agent: keys.decrypt(tx, &row.user_agent).await?.unwrap_or_default(),
                        ip: keys.decrypt(tx, &row.ip).await?.unwrap_or_default(),
                        created_at: row.created_at,
                        last_seen_at: row.last_seen_at,
                    });
                }
                Ok(own)
            },
        )
        .await
}
