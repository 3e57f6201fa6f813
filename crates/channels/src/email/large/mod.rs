//! Large mails: stored, read and filed without ever lying in memory whole.

pub mod decode;
pub mod skeleton;

#[cfg(test)]
mod tests;
