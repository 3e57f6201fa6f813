//! The room through its own door: requests against router and middleware, on both engines.
//!
//! The modules are marked as tests one by one: that is how Clippy knows they may unwrap.

#[cfg(test)]
mod agents;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod client;
#[cfg(test)]
mod door;
#[cfg(test)]
mod invitations;
#[cfg(test)]
mod pins;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod throttle;
#[cfg(test)]
mod tokens;

use kernel::migrate::Room;

/// What these tests migrate.
pub const ROOMS: &[Room] = &[kernel::MIGRATIONS, identity::MIGRATIONS];
