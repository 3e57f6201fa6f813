//! Who signs in and what they may do: agents, sessions, invitations, API tokens, permissions.
//!
//! Invariants:
//! - [`http::authenticate`] is the only door: behind `/api/v1` nothing is reached without a
//!   [`Caller`] unless it stands in [`http::PUBLIC_ROUTES`];
//! - [`permissions`] is the only table of who may what, denied by default;
//! - passwords, tokens and invitation links are stored only as hashes;
//! - there is always an active owner.
//!
//! Deliberately absent: deleting agents. What they did stays under their name.

pub mod agents;
pub mod audit;
mod caller;
#[cfg(feature = "fixtures")]
pub mod fixtures;
pub mod http;
pub mod invitations;
pub mod me;
pub mod passwords;
pub mod permissions;
pub mod pins;
pub mod preferences;
pub mod sessions;
mod teams;
pub mod throttle;
pub mod tokens;
pub mod workspace;

use std::net::IpAddr;
use std::sync::Arc;

use kernel::Kernel;
use kernel::ids::AgentId;
use kernel::journal::RecordType;
use kernel::migrate::{Migration, Room};
use utoipa_axum::router::OpenApiRouter;

pub use agents::{Agent, AgentStatus};
pub use caller::{Caller, Source};
pub use permissions::{Permission, Role, Scope, Scopes};
pub use teams::{NoTeams, TeamMembership};

/// The tables of this room.
pub const MIGRATIONS: Room = Room {
    name: "identity",
    migrations: &[
        Migration {
            number: 1,
            name: "identity",
            sql: include_str!("../migrations/0001_identity.sql"),
        },
        Migration {
            number: 2,
            name: "pins",
            sql: include_str!("../migrations/0002_pins.sql"),
        },
    ],
};

/// Every kind of record this room writes.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<workspace::WorkspaceSetUp>(),
    RecordType::of::<agents::AgentCreated>(),
    RecordType::of::<agents::AgentChanged>(),
    RecordType::of::<preferences::PreferencesChanged>(),
    RecordType::of::<passwords::PasswordChanged>(),
    RecordType::of::<sessions::AgentSignedIn>(),
    RecordType::of::<sessions::AgentSignInFailed>(),
    RecordType::of::<sessions::SessionRevoked>(),
    RecordType::of::<pins::PinChanged>(),
    RecordType::of::<pins::ComputerShared>(),
    RecordType::of::<pins::SessionLocked>(),
    RecordType::of::<pins::SessionUnlocked>(),
    RecordType::of::<pins::SessionUnlockFailed>(),
    RecordType::of::<invitations::InvitationCreated>(),
    RecordType::of::<invitations::InvitationAccepted>(),
    RecordType::of::<invitations::InvitationWithdrawn>(),
    RecordType::of::<tokens::TokenCreated>(),
    RecordType::of::<tokens::TokenRevoked>(),
];

/// What the room is told at start.
#[derive(Clone, Debug, Default)]
pub struct IdentitySettings {
    /// Reverse proxies whose `X-Forwarded-For` is believed; nobody else's is.
    pub trusted_proxies: Vec<IpAddr>,
}

/// The room: everything its commands need; cloned freely.
#[derive(Clone)]
pub struct Identity {
    /// What it stands on.
    pub kernel: Kernel,
    settings: Arc<IdentitySettings>,
    hasher: passwords::Hasher,
    throttle: throttle::Throttle,
    teams: Arc<dyn TeamMembership>,
}

impl Identity {
    /// The room on a kernel; `teams` is the room above that keeps teams ([`NoTeams`] without one).
    pub fn new(kernel: Kernel, settings: IdentitySettings, teams: Arc<dyn TeamMembership>) -> Self {
        Self {
            hasher: passwords::Hasher::new(kernel.random.clone()),
            kernel,
            settings: Arc::new(settings),
            throttle: throttle::Throttle::default(),
            teams,
        }
    }

    /// What the store knows a session's token by.
    fn session_hash(&self, token: &str) -> [u8; 32] {
        self.kernel.keys.hmac("identity.session", token.as_bytes())
    }

    /// What the store knows a computer by that colleagues take turns at.
    fn computer_hash(&self, device: &str) -> [u8; 32] {
        self.kernel
            .keys
            .hmac("identity.computer", device.as_bytes())
    }

    /// What the store knows an API token's secret by.
    fn token_hash(&self, secret: &str) -> [u8; 32] {
        self.kernel.keys.hmac("identity.token", secret.as_bytes())
    }

    /// What the store knows an invitation's link by.
    fn invitation_hash(&self, token: &str) -> [u8; 32] {
        self.kernel
            .keys
            .hmac("identity.invitation", token.as_bytes())
    }

    /// What the store knows a place by that `agent` signs in from.
    fn place_hash(&self, agent: AgentId, kind: &str, place: &str) -> [u8; 32] {
        self.kernel.keys.hmac(
            "identity.place",
            format!("{agent} {kind} {place}").as_bytes(),
        )
    }

    /// What the throttle knows an attempt by.
    fn throttle_hash(&self, parts: &[&str]) -> [u8; 32] {
        self.kernel
            .keys
            .hmac("identity.throttle", parts.join("\n").as_bytes())
    }

    /// A mark for a browser, signed so that only ours are ever believed.
    fn new_device(&self) -> String {
        let random = self.kernel.random.token();
        format!("{random}.{}", self.device_signature(&random))
    }

    /// Whether `device` is a mark that [`Self::new_device`] made.
    fn is_device(&self, device: &str) -> bool {
        let signed = device.split_once('.');
        signed.is_some_and(|(random, signature)| signature == self.device_signature(random))
    }

    fn device_signature(&self, random: &str) -> String {
        let hash = self.kernel.keys.hmac("identity.device", random.as_bytes());
        hash.iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// The routes of this room, relative to `/api/v1`.
pub fn router() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .merge(workspace::http::router())
        .merge(sessions::http::router())
        .merge(me::http::router())
        .merge(passwords::http::router())
        .merge(pins::http::router())
        .merge(tokens::http::router())
        .merge(agents::http::router())
        .merge(invitations::http::router())
        .merge(audit::http::router())
}
