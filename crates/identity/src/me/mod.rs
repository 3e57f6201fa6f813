//! The signed-in agent's own page: who they are, what they may do, how they like it.

pub mod commands;
pub mod http;
