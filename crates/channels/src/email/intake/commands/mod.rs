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
pub(crate) use file::file_if_free;
pub use file::{Filed, file};
