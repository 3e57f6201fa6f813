//! Building the web app.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::process::{self, Stopwatch};
use crate::tools;
use crate::workspace::Workspace;

/// Folders of `web` that hold no sources of the built app.
const NOT_SOURCES: [&str; 3] = ["node_modules", "dist", "e2e"];

/// Builds the web app, or serves it with live reload.
pub fn run(workspace: &Workspace, watch: bool) -> Result<ExitCode> {
    tools::require(&[&tools::NODE, &tools::NPM])?;
    install(workspace)?;
    if watch {
        process::must(&mut script(workspace, "dev")?)?;
    } else {
        build(workspace)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Installs the packages that `package-lock.json` names, unless they are there.
pub fn install(workspace: &Workspace) -> Result<()> {
    tools::check_node()?;
    let web = workspace.web();
    let wanted = modified(&web.join("package-lock.json"))
        .context("web/package-lock.json is missing: there is no web app to build")?;
    if modified(&web.join("node_modules/.package-lock.json")).is_some_and(|at| at >= wanted) {
        return Ok(());
    }
    eprintln!("· installing the web app's packages (npm ci, up to a minute)");
    let mut npm = process::command("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(web);
    process::must(&mut npm)
}

/// Builds `web/dist`.
pub fn build(workspace: &Workspace) -> Result<()> {
    let watch = Stopwatch::start();
    eprintln!("· building the web app (up to a minute)");
    process::must(&mut script(workspace, "build")?)?;
    eprintln!("· the web app is in web/dist ({})", watch.shown());
    Ok(())
}

/// Builds `web/dist` when a source is newer than it.
pub fn build_when_stale(workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    let built = modified(&workspace.web().join("dist/index.html"));
    if built.is_some_and(|built| newest(&workspace.web()).is_some_and(|source| source <= built)) {
        return Ok(());
    }
    build(workspace)
}

/// A script of `web/package.json`, ready to take arguments.
pub fn script(workspace: &Workspace, name: &str) -> Result<Command> {
    if !has_script(workspace, name)? {
        bail!("web/package.json has no script `{name}`");
    }
    let mut npm = process::command("npm");
    npm.args(["run", "--silent", name, "--"])
        .current_dir(workspace.web());
    Ok(npm)
}

/// Whether `web/package.json` has this script.
pub fn has_script(workspace: &Workspace, name: &str) -> Result<bool> {
    let file = workspace.web().join("package.json");
    let text = fs::read_to_string(&file).context("web/package.json is missing")?;
    let package: serde_json::Value = serde_json::from_str(&text)?;
    Ok(package
        .pointer("/scripts")
        .and_then(|scripts| scripts.get(name))
        .is_some())
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}

/// When the newest source in the folder was changed.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = folder.read_dir().ok()?.flatten();
    let sources = entries.filter(|entry| {
        let name = entry.file_name();
        !NOT_SOURCES.iter().any(|other| name == *other) && !name.to_string_lossy().starts_with('.')
    });
    let times = sources.map(|entry| match entry.path() {
        path if path.is_dir() => newest(&path),
        path => modified(&path),
    });
    times.max().flatten()
}
