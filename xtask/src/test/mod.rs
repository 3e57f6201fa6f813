//! The one test command: installs and starts what the tests need, runs all of them, cleans up.

mod counts;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::codegen;
use crate::process::{self, Stopwatch};
use crate::services::Services;
use crate::tools;
use crate::web;
use crate::workspace::Workspace;

use counts::Counts;

/// How long one program may run its tests: beyond this it hangs.
const STAGE_MAX: Duration = Duration::from_secs(40 * 60);

/// What `cargo xtask test` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Run only these parts.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Make PostgreSQL flush to disk (fsync on).
    #[arg(long)]
    durable: bool,
    /// Run only tests whose name or file contains this.
    filter: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Unit and integration tests of the crates.
    Rust,
    /// Unit tests of the web app.
    Web,
    /// Browser journeys against the built binary.
    E2e,
}

/// Runs the parts asked for and sums up. Fails when a test or a step failed.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let mut session = Session {
        workspace,
        options,
        stages: Vec::new(),
    };
    let outcome = session.run();
    session.sum_up();
    outcome?;
    let failed = session.stages.iter().any(|stage| stage.counts.failed > 0);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

struct Stage {
    name: &'static str,
    time: String,
    counts: Counts,
}

struct Session<'a> {
    workspace: &'a Workspace,
    options: &'a Options,
    stages: Vec<Stage>,
}

impl Session<'_> {
    fn wants(&self, part: Part) -> bool {
        self.options.only.is_empty() || self.options.only.contains(&part)
    }

    fn run(&mut self) -> Result<()> {
        let (rust, web, e2e) = (
            self.wants(Part::Rust),
            self.wants(Part::Web),
            self.wants(Part::E2e),
        );
        if web || e2e {
            tools::ensure(&[&tools::NODE, &tools::NPM])?;
            self.step("web packages", |session| web::install(session.workspace))?;
        }
        if web {
            let command = web::script(self.workspace, "test")?;
            self.tests("web unit tests", command, &[])?;
        }
        if !rust && !e2e {
            return Ok(());
        }
        tools::ensure(&[&tools::C_COMPILER])?;
        if e2e {
            tools::ensure(&[&tools::CHROMIUM])?;
            // Before the binary, which takes it in.
            self.step("web build", |session| web::build(session.workspace))?;
        }
        self.step("build", Session::build)?;
        let mut services = None;
        self.step("services", |session| {
            services = Some(Services::start(session.workspace, session.options.durable)?);
            Ok(())
        })?;
        let Some(services) = services else {
            return Ok(());
        };
        let binary = self.workspace.binary("debug").display().to_string();
        let mut environment = services.environment();
        environment.push(("EVENKEEL_BIN", binary));
        if rust {
            self.tests("rust tests", self.cargo_test(), &environment)?;
        }
        if e2e {
            self.generated();
            self.journeys(&environment)?;
        }
        Ok(())
    }

    /// One build of everything, tests included, so that cargo settles features once and the
    /// binary is compiled from the same objects as the tests.
    fn build(session: &mut Self) -> Result<()> {
        eprintln!("· building binary and tests (the first time 10 minutes or more)");
        let mut cargo = process::command("cargo");
        cargo.args(["build", "--workspace", "--bins", "--tests"]);
        process::must(cargo.current_dir(&session.workspace.root))
    }

    fn cargo_test(&self) -> Command {
        let mut cargo = process::command("cargo");
        cargo
            .args(["test", "--workspace", "--no-fail-fast"])
            .current_dir(&self.workspace.root);
        cargo
    }

    /// A step that must succeed for the rest to make sense.
    fn step(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        eprintln!("\n== {name}");
        let watch = Stopwatch::start();
        let outcome = work(self);
        let failed = u64::from(outcome.is_err());
        let counts = Counts {
            failed,
            ..Counts::default()
        };
        self.stages.push(Stage {
            name,
            time: watch.shown(),
            counts,
        });
        outcome
    }

    /// A program that runs tests. That some fail does not keep others from running.
    fn tests(
        &mut self,
        name: &'static str,
        mut command: Command,
        environment: &[(&'static str, String)],
    ) -> Result<()> {
        eprintln!("\n== {name}");
        command
            .args(self.options.filter.iter())
            .envs(environment.iter().cloned());
        let watch = Stopwatch::start();
        let mut counts = Counts::default();
        let succeeded = process::follow(&mut command, STAGE_MAX, |line| counts.read(line))?;
        if !succeeded && counts.failed == 0 {
            eprintln!("· {name} ended with an error that no test accounts for");
            counts.failed = 1;
        }
        self.stages.push(Stage {
            name,
            time: watch.shown(),
            counts,
        });
        Ok(())
    }

    /// The committed API description and types are those of the code; one test by itself.
    fn generated(&mut self) {
        eprintln!("\n== generated files");
        let watch = Stopwatch::start();
        let outcome = codegen::check(self.workspace, &self.workspace.binary("debug"));
        if let Err(error) = &outcome {
            eprintln!("error: {error:#}");
        }
        let failed = u64::from(outcome.is_err());
        let counts = Counts {
            passed: 1 - failed,
            failed,
            skipped: 0,
        };
        self.stages.push(Stage {
            name: "generated files",
            time: watch.shown(),
            counts,
        });
    }

    fn journeys(&mut self, environment: &[(&'static str, String)]) -> Result<()> {
        let folder: PathBuf = self.workspace.web().join("e2e");
        if !folder.exists() {
            bail!("web/e2e is missing: there are no browser journeys to run");
        }
        let command = web::script(self.workspace, "e2e")?;
        self.tests("browser journeys", command, environment)
    }

    fn sum_up(&self) {
        eprintln!();
        let mut total = Counts::default();
        for Stage { name, time, counts } in &self.stages {
            total.add(counts);
            let Counts {
                passed,
                failed,
                skipped,
            } = counts;
            let told = match passed + failed + skipped {
                0 => String::new(),
                _ => format!("{passed} passed, {failed} failed, {skipped} skipped"),
            };
            process::print(format!("{name:<18} {time:>12}   {told}").trim_end());
        }
        process::print(&total.closing_line());
    }
}
