//! The binary that people install, and whether it keeps its budgets.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{self, Group, Stopwatch};
use crate::run;
use crate::tools;
use crate::web;
use crate::workspace::Workspace;

/// The largest release binary, web app included.
const BINARY_BYTES_MAX: u64 = 64 * MIB;
/// The most resident memory of a new server at rest.
const IDLE_BYTES_MAX: u64 = 64 * MIB;
/// How long it may take until the server's start has settled.
const READY_MAX: Duration = Duration::from_secs(30);
const MIB: u64 = 1024 * 1024;

/// Builds for release and checks sizes; the web app's own build checks its scripts and styles.
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    tools::require(&[&tools::C_COMPILER, &tools::NODE, &tools::NPM])?;
    web::install(workspace)?;
    web::build(workspace)?;
    let watch = Stopwatch::start();
    eprintln!("· building for release (the first time about 20 minutes)");
    let mut cargo = process::command("cargo");
    cargo
        .args(["build", "--release", "--package", "evenkeel"])
        .current_dir(&workspace.root);
    process::must(&mut cargo)?;
    eprintln!("· built in {}", watch.shown());
    let binary = workspace.binary("release");
    let size = binary.metadata()?.len();
    process::print(&format!("{}", workspace.short(&binary).display()));
    let kept = [
        within("binary", size, BINARY_BYTES_MAX),
        within("memory at rest", idle_bytes(&binary)?, IDLE_BYTES_MAX),
    ];
    Ok(if kept.contains(&false) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn within(what: &str, bytes: u64, limit: u64) -> bool {
    let tenths = bytes * 10 / MIB;
    let verdict = if bytes <= limit { "kept" } else { "BROKEN" };
    process::print(&format!(
        "  {what}: {}.{} MiB, budget {} MiB: {verdict}",
        tenths / 10,
        tenths % 10,
        limit / MIB
    ));
    bytes <= limit
}

/// Starts the server on an empty folder and reads its resident memory once it is ready.
fn idle_bytes(binary: &Path) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let mut command = process::command(binary);
    command
        .args(["serve", "--listen", &address, "--data-dir"])
        .arg(folder.path());
    let mut server = Group::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    let ready = process::wait_until(READY_MAX, || {
        run::is_ready(&address) || !matches!(server.ended(), Ok(None))
    });
    if !ready || server.ended()?.is_some() {
        bail!("the release binary does not answer /readyz");
    }
    let status = fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Ok(kib.context("/proc tells no resident memory")? * 1024)
}
