//! The servers the tests talk to: PostgreSQL, Dovecot and Exim, private to one run.
//!
//! They listen on free ports of 127.0.0.1, keep everything in one temporary folder, run without
//! privileges (as `nobody` when started by root), and stop with this command, also when it is
//! killed: the kernel then signals them (`setpriv --pdeathsig`).

mod certificate;
mod mail;
mod postgres;
#[cfg(test)]
mod tests;

use std::env;
use std::fs;
use std::io::{self, IsTerminal};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::process::{self, Group, Stopwatch};
use crate::tools;
use crate::workspace::Workspace;

use certificate::Certificate;

/// How long a server may take until it accepts connections.
const READY_MAX: Duration = Duration::from_secs(30);

/// The ports that servers may get.
const PORTS: Range<u16> = 20_000..32_000;
const PORTS_COUNT: u32 = 12_000;

/// What `cargo xtask services` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Make PostgreSQL flush to disk (fsync on).
    #[arg(long)]
    durable: bool,
    /// The command to run with the services up.
    #[arg(last = true)]
    command: Vec<String>,
}

/// Runs a command with the services up, or keeps them up until interrupted.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let services = Services::start(workspace, options.durable)?;
    let Some((program, args)) = options.command.split_first() else {
        for (name, value) in services.environment() {
            process::print(&format!("export {name}='{value}'"));
        }
        eprintln!("· the services are up until Ctrl-C");
        process::wait_until(Duration::MAX, process::interrupted);
        return Ok(ExitCode::SUCCESS);
    };
    let mut command = process::command(program);
    command.args(args).envs(services.environment());
    let status = if io::stdin().is_terminal() {
        // In our own process group: the terminal belongs to it, and sends it Ctrl-C.
        command
            .status()
            .with_context(|| format!("{program} could not be started"))?
    } else {
        Group::start(&mut command)?.wait()?
    };
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The running servers; dropping this stops them and removes what they stored.
pub struct Services {
    // In the order of stopping: mail first, its folder last.
    mail: mail::Servers,
    postgres: postgres::Server,
    corpus: PathBuf,
    _folder: TempDir,
}

impl Services {
    /// Installs what is missing, starts everything and waits until each server answers.
    pub fn start(workspace: &Workspace, durable: bool) -> Result<Self> {
        tools::ensure(&[
            &tools::POSTGRES,
            &tools::DOVECOT,
            &tools::EXIM,
            &tools::OPENSSL,
            &tools::PYTHON,
        ])?;
        let watch = Stopwatch::start();
        let folder = tempfile::Builder::new().prefix("evenkeel-").tempdir()?;
        // The servers' own user has to get through to its folders.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
        let user = User::current()?;
        let certificate = Certificate::create(&user.folder(folder.path(), "certificate")?, &user)?;
        let postgres = postgres::Server::start(folder.path(), &user, durable)?;
        let mail = mail::Servers::start(folder.path(), &user, certificate)?;
        let corpus = match env::var_os("EVENKEEL_CORPUS") {
            Some(folder) => PathBuf::from(folder),
            None => workspace
                .root
                .parent()
                .unwrap_or(&workspace.root)
                .join("shared/data"),
        };
        eprintln!("· PostgreSQL, Dovecot and Exim are up ({})", watch.shown());
        Ok(Self {
            mail,
            postgres,
            corpus,
            _folder: folder,
        })
    }

    /// What tests read to find the servers.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let shown = |path: &Path| path.display().to_string();
        let mut environment = vec![
            ("EVENKEEL_TEST_POSTGRES", self.postgres.url()),
            ("EVENKEEL_TEST_IMAP", address(self.mail.imap)),
            ("EVENKEEL_TEST_IMAPS", address(self.mail.imaps)),
            ("EVENKEEL_TEST_SMTP", address(self.mail.smtp)),
            ("EVENKEEL_TEST_SMTPS", address(self.mail.smtps)),
            (
                "EVENKEEL_TEST_MAIL_CA",
                shown(&self.mail.certificate.authority),
            ),
            ("EVENKEEL_TEST_MAILDIR", shown(&self.mail.mailboxes)),
            ("EVENKEEL_CORPUS", shown(&self.corpus)),
        ];
        if let Some(chromium) = tools::on_path("chromium") {
            environment.push(("CHROMIUM", shown(&chromium)));
        }
        environment
    }
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// Who the servers run as: ourselves, or `nobody` when we are root, since database and mail
/// servers refuse to serve as root.
struct User {
    name: String,
    group: String,
    uid: u32,
    gid: u32,
    switch: bool,
}

impl User {
    fn current() -> Result<Self> {
        let switch = tools::is_root();
        let ask = |what: &str| -> Result<String> {
            let mut command = process::command("id");
            command.arg(what);
            if switch {
                command.arg("nobody");
            }
            Ok(process::output(&mut command)?.trim().to_owned())
        };
        Ok(Self {
            name: ask("-un")?,
            group: ask("-gn")?,
            uid: ask("-u")?.parse()?,
            gid: ask("-g")?.parse()?,
            switch,
        })
    }

    /// Makes a folder that this user owns.
    fn folder(&self, parent: &Path, name: &str) -> Result<PathBuf> {
        let folder = parent.join(name);
        fs::create_dir_all(&folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
        self.own(&folder)?;
        Ok(folder)
    }

    /// Gives a file or folder to this user.
    fn own(&self, path: &Path) -> Result<()> {
        if self.switch {
            chown(path, Some(self.uid), Some(self.gid))
                .with_context(|| format!("{} could not be given away", path.display()))?;
        }
        Ok(())
    }

    /// A program to run as this user. It gets `signal` should we die without stopping it.
    fn command(&self, program: impl AsRef<Path>, signal: &str) -> Command {
        let mut command = process::command("setpriv");
        command.args(["--pdeathsig", signal]);
        if self.switch {
            command.arg(format!("--reuid={}", self.uid));
            command
                .arg(format!("--regid={}", self.gid))
                .arg("--clear-groups");
        }
        command.arg("--").arg(program.as_ref());
        // Our own working directory may be closed to this user.
        command.current_dir("/").env("LC_ALL", "C.UTF-8");
        command
    }
}

/// A free port of 127.0.0.1, below those that the system gives to outgoing connections: one of
/// them could take the port before the server does.
fn free_port() -> Result<u16> {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Runs side by side begin at different ports, and one run never gives a port twice.
    let first = std::process::id().wrapping_mul(41);
    for _ in 0..PORTS.len() {
        let step = first.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + u16::try_from(step % PORTS_COUNT)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!(
        "no port of 127.0.0.1 from {} to {} is free",
        PORTS.start,
        PORTS.end
    )
}

/// Waits until the server accepts connections; otherwise fails with what it logged.
fn wait_ready(name: &str, server: &mut Group, port: u16, log: &Path) -> Result<()> {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut ended = false;
    let ready = process::wait_until(READY_MAX, || {
        ended = !matches!(server.ended(), Ok(None)) || process::interrupted();
        ended || TcpStream::connect(at).is_ok()
    });
    process::check_interrupted()?;
    if ready && !ended {
        return Ok(());
    }
    let logged = fs::read_to_string(log).unwrap_or_default();
    bail!(
        "{name} does not answer on {at}. Its log:\n{}",
        logged.trim_end()
    )
}

/// Opens a server's log for both its output streams.
fn log_to(command: &mut Command, log: &Path) -> Result<()> {
    let file = fs::File::create(log)?;
    command.stdout(file.try_clone()?).stderr(file);
    Ok(())
}
