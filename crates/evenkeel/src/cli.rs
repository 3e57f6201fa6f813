//! The command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::config::{Config, Flags, Problem};
use crate::{api, audit, logs, mail_import, search, serve};

/// Customer service that makes its people good at their work and keeps them well.
#[derive(Debug, Parser)]
#[command(name = "evenkeel", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs Evenkeel until it is stopped.
    Serve {
        #[command(flatten)]
        flags: Flags,
        /// Loads a demo team with a practice mailbox; for an empty data folder.
        #[arg(long)]
        demo: bool,
    },
    /// Looks after the configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Looks after the journal.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Brings in older mail.
    Mail {
        #[command(subcommand)]
        command: MailCommand,
    },
    /// Looks after the search.
    Search {
        #[command(subcommand)]
        command: SearchCommand,
    },
    /// Prints the API's OpenAPI document.
    Openapi,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Explains every problem, or shows what would be used.
    Check {
        #[command(flatten)]
        flags: Flags,
    },
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Checks that no record of the journal was changed or removed.
    Verify {
        #[command(flatten)]
        flags: Flags,
    },
}

#[derive(Debug, Subcommand)]
enum SearchCommand {
    /// Builds this node's search index anew; stop the node first.
    Rebuild {
        #[command(flatten)]
        flags: Flags,
    },
}

#[derive(Debug, Subcommand)]
enum MailCommand {
    /// Turns mail in files into tickets, quietly: nobody is answered or notified. Run it again to
    /// go on after it was stopped; what is here already is left alone.
    Import {
        #[command(flatten)]
        flags: Flags,
        /// Mbox files, single mails (.eml), maildirs, or folders with any of them.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The address of the inbox that the mail belongs to.
        #[arg(long, value_name = "ADDRESS")]
        inbox: String,
    },
}

/// Does what was asked for.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve { flags, demo } => with_config(flags, |config| {
            logs::start(config.log_format);
            runtime()?.block_on(serve::serve(config, demo))?;
            Ok(ExitCode::SUCCESS)
        }),
        Command::Config {
            command: ConfigCommand::Check { flags },
        } => with_config(flags, |config| {
            say(&format!("The configuration is sound.\n\n{config}"))?;
            Ok(ExitCode::SUCCESS)
        }),
        Command::Audit {
            command: AuditCommand::Verify { flags },
        } => with_config(flags, |config| runtime()?.block_on(audit::verify(config))),
        Command::Mail {
            command:
                MailCommand::Import {
                    flags,
                    files,
                    inbox,
                },
        } => with_config(flags, |config| {
            runtime()?.block_on(mail_import::import(config, files, &inbox))
        }),
        Command::Search {
            command: SearchCommand::Rebuild { flags },
        } => with_config(flags, |config| runtime()?.block_on(search::rebuild(config))),
        Command::Openapi => {
            say(&api::document()
                .to_pretty_json()
                .context("the document can't be written")?)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Prints a line for people or programs; a closed pipe is an error, not a panic.
pub fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("standard output is closed")
}

fn with_config(
    flags: Flags,
    work: impl FnOnce(Config) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    match Config::load(flags) {
        Ok(config) => work(config),
        Err(problems) => {
            eprintln!("The configuration has {}:", counted(problems.len()));
            for Problem {
                place,
                reason,
                mend,
            } in problems
            {
                eprintln!("- {place}: {reason}\n  {mend}");
            }
            Ok(ExitCode::from(2))
        }
    }
}

fn counted(problems: usize) -> String {
    if problems == 1 {
        "a problem".to_owned()
    } else {
        format!("{problems} problems")
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime can't be started")
}
