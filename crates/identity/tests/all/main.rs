//! The room through its own door: requests against router and middleware, on both engines.

mod agents;
mod audit;
mod client;
mod door;
mod invitations;
mod sessions;
mod setup;
mod throttle;
mod tokens;

use kernel::migrate::Room;

/// What these tests migrate.
pub const ROOMS: &[Room] = &[kernel::MIGRATIONS, identity::MIGRATIONS];
