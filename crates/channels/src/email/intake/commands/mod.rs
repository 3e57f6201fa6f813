//! Storing received mail and filing it.

mod accept;
mod entrances;
mod fail;
mod file;
mod incoming;
mod steps;
mod test_mail;

pub use accept::{Accepted, Arrival, Reached, accept};
pub use fail::fail;
pub use file::{Filed, file};
