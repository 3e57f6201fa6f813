//! Evenkeel put together: configuration, wiring, command line, embedded web app.
//!
//! The rooms know nothing of each other's place in the process; here they are opened, given their
//! ports, routed and run.

pub mod api;
pub mod app;
pub mod audit;
pub mod cli;
pub mod config;
pub mod demo;
pub mod folder;
pub mod logs;
pub mod mail_import;
pub mod node;
pub mod search;
pub mod serve;
pub mod web;
