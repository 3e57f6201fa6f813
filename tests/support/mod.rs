//! The whole server in this process, driven through its router.

mod sample;
mod site;

pub use sample::sample;
pub use site::{Site, User};
