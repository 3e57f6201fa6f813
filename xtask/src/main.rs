//! The project's own commands, run as `cargo xtask NAME`.
//!
//! Every command says what it does before a long step, stops what it started, and ends with a
//! non-zero status when anything failed. Nothing here is part of the product.

mod bench;
mod check;
mod codegen;
mod dist;
mod fuzz;
mod process;
mod run;
mod services;
mod test;
mod tidy;
mod tools;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

/// The commands of the Evenkeel workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the web app and the binary, and start Evenkeel on http://127.0.0.1:8080.
    Run {
        /// Arguments for `evenkeel serve`, for example `--demo`.
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Install and start what the tests need, and run all of them.
    Test(test::Options),
    /// Run a command with the test services up; without one, keep them up until Ctrl-C.
    Services(services::Options),
    /// Check format, lints, types, layers, sizes, dependencies and budgets.
    Check(check::Options),
    /// Check rooms, arrows, file roles, names and sizes.
    Tidy,
    /// Write openapi.json and the web app's types from the code.
    Codegen {
        /// Change nothing; fail when a generated file is stale.
        #[arg(long)]
        check: bool,
    },
    /// Install the web app's packages and build it into web/dist.
    Web {
        /// Serve it with live reload instead (the API comes from EVENKEEL_URL).
        #[arg(long)]
        watch: bool,
    },
    /// Build the release binary with the web app inside, and check the budgets.
    Dist,
    /// Run the fuzzer on one target (needs a nightly compiler and cargo-fuzz).
    Fuzz(fuzz::Options),
    /// Build the release binary and measure it.
    Bench {
        /// What to measure (sqlite, postgres, large, mail; all when absent), then arguments for
        /// the benchmark program, such as `--mails 100000`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<ExitCode> {
    process::watch_signals()?;
    let workspace = Workspace::find()?;
    match command {
        Command::Run { args } => run::run(&workspace, &args),
        Command::Test(options) => test::run(&workspace, &options),
        Command::Services(options) => services::run(&workspace, &options),
        Command::Check(options) => check::run(&workspace, &options),
        Command::Tidy => tidy::run(&workspace.root),
        Command::Codegen { check } => codegen::run(&workspace, check),
        Command::Web { watch } => web::run(&workspace, watch),
        Command::Dist => dist::run(&workspace),
        Command::Fuzz(options) => fuzz::run(&workspace, &options),
        Command::Bench { args } => bench::run(&workspace, &args),
    }
}
