//! Everything that can be said about the code without running it.

mod dependencies;
mod licences;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::codegen;
use crate::process::{self, Stopwatch};
use crate::tidy;
use crate::tools;
use crate::web;
use crate::workspace::Workspace;

/// What `cargo xtask check` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Run only these checks.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Check>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Formatting of the Rust code.
    Fmt,
    /// Rooms, arrows, file roles, names and sizes.
    Tidy,
    /// Dependencies that nothing uses, and how many there are.
    Dependencies,
    /// Licences of what we build on.
    Licences,
    /// Known vulnerabilities of what we build on (needs cargo-deny and the network).
    Advisories,
    /// Clippy, with warnings as errors.
    Clippy,
    /// Types, lints, format and size budgets of the web app.
    Web,
    /// That generated files are those of the code.
    Codegen,
}

/// How a check ended when nothing broke.
enum Verdict {
    Fine,
    Broken,
    /// Not run, and why.
    Skipped(String),
}

/// Runs the checks asked for; all of them, whatever fails first.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let mut lines = Vec::new();
    let mut broken = false;
    for check in Check::value_variants() {
        if !options.only.is_empty() && !options.only.contains(check) {
            continue;
        }
        process::check_interrupted()?;
        let name = format!("{check:?}").to_lowercase();
        eprintln!("\n== {name}");
        let watch = Stopwatch::start();
        let told = match check.run(workspace) {
            Ok(Verdict::Fine) => "fine".to_owned(),
            Ok(Verdict::Skipped(why)) => format!("skipped: {why}"),
            Ok(Verdict::Broken) => {
                broken = true;
                "BROKEN".to_owned()
            }
            Err(error) => {
                broken = true;
                eprintln!("error: {error:#}");
                "BROKEN".to_owned()
            }
        };
        lines.push(format!("{name:<14} {:>12}   {told}", watch.shown()));
    }
    eprintln!();
    for line in &lines {
        process::print(line);
    }
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

impl Check {
    fn run(self, workspace: &Workspace) -> Result<Verdict> {
        match self {
            Self::Fmt => cargo(workspace, &["fmt", "--all", "--check"]),
            Self::Tidy => Ok(verdict(tidy::report(&workspace.root)?)),
            Self::Dependencies => Ok(verdict(dependencies::check(&workspace.root)?)),
            Self::Licences => Ok(verdict(licences::check(&workspace.root)?)),
            Self::Advisories => advisories(workspace),
            Self::Clippy => {
                let all = ["clippy", "--workspace", "--all-targets", "--quiet"];
                cargo(
                    workspace,
                    &[&all[..], &["--", "--deny", "warnings"]].concat(),
                )
            }
            Self::Web => web_app(workspace),
            Self::Codegen => codegen::run(workspace, true).map(|_| Verdict::Fine),
        }
    }
}

fn verdict(fine: bool) -> Verdict {
    if fine { Verdict::Fine } else { Verdict::Broken }
}

fn cargo(workspace: &Workspace, args: &[&str]) -> Result<Verdict> {
    let mut cargo = process::command("cargo");
    cargo.args(args).current_dir(&workspace.root);
    Ok(verdict(process::succeeds(&mut cargo)?))
}

fn advisories(workspace: &Workspace) -> Result<Verdict> {
    if tools::on_path("cargo-deny").is_none() {
        let why = "cargo-deny is not installed: cargo install --locked cargo-deny";
        return Ok(Verdict::Skipped(why.to_owned()));
    }
    cargo(
        workspace,
        &[
            "deny",
            "--workspace",
            "check",
            "advisories",
            "bans",
            "sources",
        ],
    )
}

fn web_app(workspace: &Workspace) -> Result<Verdict> {
    tools::require(&[&tools::NODE, &tools::NPM])?;
    web::install(workspace)?;
    let mut broken = Vec::new();
    // The build checks the size budgets.
    for name in ["typecheck", "lint", "format:check", "build"] {
        let mut script = web::script(workspace, name)?;
        if !process::succeeds(&mut script).with_context(|| name)? {
            broken.push(name);
        }
    }
    if broken.is_empty() {
        return Ok(Verdict::Fine);
    }
    bail!("npm run {} in web", broken.join(", npm run "))
}
