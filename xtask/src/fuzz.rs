//! The real fuzzer on one target. What it needs beyond the usual is named, not installed: a nightly
//! compiler is nothing to fetch unasked.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// What `cargo xtask fuzz` takes.
#[derive(clap::Args)]
pub struct Options {
    /// The target, a file in fuzz/fuzz_targets.
    target: String,
    /// How long it runs.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// Runs cargo-fuzz on a target. Inputs it learns from go to the build folder; the stored corpus
/// is only read. A crash leaves its input in fuzz/artifacts.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let Options { target, seconds } = options;
    let folder = workspace.root.join("fuzz");
    let known = targets(&folder)?;
    if !known.contains(target) {
        bail!(
            "there is no fuzz target {target}; there are: {}",
            known.join(", ")
        );
    }
    require_tools()?;
    // The same dependencies as the product, where they are the same.
    let lock = folder.join("Cargo.lock");
    if !lock.exists() {
        std::fs::copy(workspace.root.join("Cargo.lock"), lock)?;
    }
    let build = workspace.target.join("fuzz");
    let learnt = build.join("corpus").join(target);
    std::fs::create_dir_all(&learnt)?;
    eprintln!("· fuzzing {target} for {seconds} s (the first build takes 10 minutes)");
    let mut cargo = process::command("cargo");
    cargo
        .args(["+nightly", "fuzz", "run", "--target-dir"])
        .arg(&build)
        .arg(target)
        .arg(learnt)
        .arg(folder.join("corpus").join(target))
        .args([
            "--",
            &format!("-max_total_time={seconds}"),
            "-max_len=65536",
        ])
        .current_dir(&workspace.root);
    process::must(&mut cargo)?;
    Ok(ExitCode::SUCCESS)
}

/// The targets by name, in order.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in folder.join("fuzz_targets").read_dir()? {
        if let Some(stem) = entry?.path().file_stem() {
            names.push(stem.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn require_tools() -> Result<()> {
    let mut missing = Vec::new();
    let answers = |program: &str, args: &[&str]| {
        process::output(process::command(program).args(args)).is_ok()
    };
    if !answers("cargo", &["+nightly", "--version"]) {
        missing.push("a nightly compiler: rustup toolchain install nightly");
    }
    if !answers("cargo", &["fuzz", "--version"]) {
        missing.push("cargo-fuzz: cargo install cargo-fuzz");
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "something is missing for fuzzing:\n  {}",
        missing.join("\n  ")
    )
}
