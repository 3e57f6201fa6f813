//! Measuring the release binary.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::process;
use crate::services::Services;
use crate::tools;
use crate::web;
use crate::workspace::Workspace;

/// Parts that measure functions and need neither server nor web app: `cargo xtask bench quotes`.
const PURE: [&str; 3] = ["quotes", "routing", "rules"];

/// The parts that are named first, as the program's `--only`; the rest as it is.
fn arguments(args: &[String]) -> Vec<String> {
    let parts = args.iter().take_while(|arg| !arg.starts_with('-'));
    let parts: Vec<&str> = parts.map(String::as_str).collect();
    let rest = args.iter().skip(parts.len()).cloned();
    let only = (!parts.is_empty()).then(|| format!("--only={}", parts.join(",")));
    only.into_iter().chain(rest).collect()
}

/// Builds the release binary and the benchmark program, and runs the latter beside a PostgreSQL.
pub fn run(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    if !workspace.root.join("bench/Cargo.toml").exists() {
        bail!("bench/Cargo.toml is missing: the benchmark program is the package in that folder");
    }
    tools::ensure(&[&tools::C_COMPILER, &tools::NODE, &tools::NPM])?;
    if let Some((part, rest)) = args.split_first()
        && PURE.contains(&part.as_str())
    {
        return pure(workspace, part, rest);
    }
    web::build_when_stale(workspace)?;
    eprintln!("· building for release (the first time about 20 minutes)");
    let mut cargo = process::command("cargo");
    cargo.args([
        "build",
        "--release",
        "--package",
        "evenkeel",
        "--package",
        "bench",
    ]);
    process::must(cargo.current_dir(&workspace.root))?;
    // Durable, as in production: without fsync its figures would mean nothing.
    let services = Services::start(workspace, true)?;
    let mut bench = process::command(workspace.target.join("release/bench"));
    bench.args(arguments(args)).current_dir(&workspace.root);
    bench
        .envs(services.environment())
        .env("EVENKEEL_BIN", workspace.binary("release"));
    process::must(&mut bench)?;
    Ok(ExitCode::SUCCESS)
}

fn pure(workspace: &Workspace, part: &str, args: &[String]) -> Result<ExitCode> {
    let mut cargo = process::command("cargo");
    cargo.args([
        "run",
        "--release",
        "--package",
        "bench",
        "--",
        "--only",
        part,
    ]);
    let out = format!("bench/results/{part}.json");
    cargo.args(["--out", &out]).args(args);
    process::must(cargo.current_dir(&workspace.root))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_first_and_arguments_behind_them() {
        let given = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(ToString::to_string).collect();
            arguments(&args).join(" ")
        };
        assert_eq!(given(&[]), "");
        assert_eq!(given(&["mail"]), "--only=mail");
        assert_eq!(
            given(&["mail", "sqlite", "--mails", "100"]),
            "--only=mail,sqlite --mails 100"
        );
        assert_eq!(given(&["--rounds", "1"]), "--rounds 1");
    }
}
