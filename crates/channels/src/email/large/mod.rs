//! Large mails: stored, read and filed without ever lying in memory whole.
//!
//! On its way in, a mail lies in a [`Spool`]: in memory while it is small, in the blob store from
//! then on. A large one is read twice when it is filed. The first pass makes a skeleton, a mail of
//! the same structure in which large bodies are cut short; it is read like any other mail. The
//! second pass decodes each of those bodies into a file of its own, under the author's key.
//! Whatever the skeleton's reading made of them, every body that was cut becomes a file.

mod decode;
mod hashes;
mod letter;
mod pieces;
mod skeleton;
mod spool;

#[cfg(test)]
mod tests;

pub use hashes::BodyHashes;
pub(crate) use letter::Turns;
pub(in crate::email) use letter::{Letter, Reading, Turn};
pub(in crate::email) use pieces::pieces;
pub use spool::{Beginning, Raw, SMALL_BYTES_MAX, Spool, Stored, Taking};
