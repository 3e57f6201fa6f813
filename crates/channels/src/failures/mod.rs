//! "Couldn't process": received mail that waits for a person, with its reason and its raw copy.

pub mod commands;
pub mod http;
