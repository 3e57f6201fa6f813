//! Who is calling: the signed-in person behind a request, and where the request came from.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::http::Problem;
use kernel::ids::{AgentId, SessionId};
use kernel::journal::Context;
use kernel::refusal::{FULL_SIGN_IN, Refusal};
use kernel::time::Timestamp;

use crate::permissions::{self, Permission, Role, Scope, Scopes};

/// The agent a request acts for. Only [`crate::http::authenticate`] makes one from a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub agent: AgentId,
    /// Their name, for what is written about them.
    pub name: String,
    /// Their role at the time of the request.
    pub role: Role,
    /// What the API token is limited to; `None` for a cookie session.
    pub scopes: Option<Scopes>,
    /// The cookie session; `None` for an API token.
    pub session: Option<SessionId>,
    /// Whether the session was opened again by PIN since its full sign-in.
    pub by_pin: bool,
    /// The request's id, for the journal and the logs.
    pub request: Option<String>,
    /// Whether what they do is history, to which nothing reacts; never so for a request.
    pub quiet: bool,
}

impl Caller {
    /// Somebody acting without a request: jobs and tests.
    pub fn for_agent(agent: AgentId, name: &str, role: Role) -> Self {
        Self {
            agent,
            name: name.to_owned(),
            role,
            scopes: None,
            session: None,
            by_pin: false,
            request: None,
            quiet: false,
        }
    }

    /// Whether this caller has `permission`.
    pub fn may(&self, permission: Permission) -> bool {
        permissions::allowed(self.role, self.scopes.as_ref(), permission)
            && !(self.by_pin && permission.scope() == Scope::Admin)
    }

    /// Refuses with `not_allowed` unless this caller has `permission`.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] naming the permission.
    pub fn require(&self, permission: Permission) -> Result<(), Refusal> {
        if self.may(permission) {
            return Ok(());
        }
        if permissions::allowed(self.role, self.scopes.as_ref(), permission) {
            return self.require_full_sign_in();
        }
        Err(Refusal::NotAllowed {
            permission: permission.as_str(),
        })
    }

    /// Refuses API tokens: a token must not change how its owner signs in, or make more tokens.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] naming `session`.
    pub fn require_session(&self) -> Result<(), Refusal> {
        if self.scopes.is_none() {
            return Ok(());
        }
        Err(Refusal::NotAllowed {
            permission: "session",
        })
    }

    /// Refuses API tokens and sessions opened by PIN: what decides how somebody signs in, and how
    /// the workspace is set up, asks for more than six digits.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] naming `session` or [`FULL_SIGN_IN`].
    pub fn require_full_sign_in(&self) -> Result<(), Refusal> {
        self.require_session()?;
        if !self.by_pin {
            return Ok(());
        }
        Err(Refusal::NotAllowed {
            permission: FULL_SIGN_IN,
        })
    }

    /// The journal context of what this caller does at `at`.
    pub fn context(&self, at: Timestamp) -> Context {
        Context {
            request: self.request.clone(),
            quiet: self.quiet,
            ..Context::agent(self.agent, at)
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Refusal::NotSignedIn.into())
    }
}

/// Where a request came from, known or not who sent it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The client's address; the unspecified address when the server cannot tell.
    pub address: IpAddr,
    /// What the browser calls itself, cut to [`USER_AGENT_CHARS_MAX`]; empty when unsaid.
    pub user_agent: String,
    /// The device cookie, if one was sent.
    pub device: Option<String>,
    /// The request's id.
    pub request: String,
}

/// Longest user agent that is kept, in characters.
pub const USER_AGENT_CHARS_MAX: usize = 300;

impl Source {
    /// A source for commands that no request carries, such as building a demo.
    pub fn local() -> Self {
        Self {
            address: IpAddr::V6(Ipv6Addr::LOCALHOST),
            user_agent: String::new(),
            device: None,
            request: String::new(),
        }
    }

    /// The request's id; `None` when no request carries this.
    pub fn request_id(&self) -> Option<String> {
        Some(self.request.clone()).filter(|id| !id.is_empty())
    }

    /// The network the address belongs to: one customer line rather than one address, since
    /// whoever has an IPv6 line has 2^64 addresses or more (RFC 6177 speaks of /56 for homes).
    pub fn network(&self) -> String {
        match self.address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{:x}::/56", d & 0xff00)
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Source {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let source = parts.extensions.get::<Self>().cloned();
        source.ok_or_else(|| Refusal::broken("the request did not come in by the door").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> String {
        Source {
            address: address.parse().unwrap(),
            ..Source::local()
        }
        .network()
    }

    #[test]
    fn one_line_is_one_network() {
        assert_eq!(network("203.0.113.9"), "203.0.113.9");
        assert_eq!(network("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(network("2001:db8:1:2ab::5"), network("2001:db8:1:2ff:9::1"));
        assert_ne!(network("2001:db8:1:2ab::5"), network("2001:db8:1:3ab::5"));
    }
}
