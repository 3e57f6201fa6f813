//! From a checkout to a running Evenkeel.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::process::{self, Group, Stopwatch};
use crate::tools;
use crate::web;
use crate::workspace::Workspace;

const LISTEN: &str = "127.0.0.1:8080";
/// How long the server may take until it answers: a large store may have to be migrated.
const READY_MAX: Duration = Duration::from_secs(120);
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Builds what is stale and serves until interrupted.
pub fn run(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    tools::require(&[&tools::C_COMPILER, &tools::NODE, &tools::NPM])?;
    web::build_when_stale(workspace)?;
    let watch = Stopwatch::start();
    eprintln!("· building Evenkeel (the first time 5 to 10 minutes, later seconds)");
    let mut cargo = process::command("cargo");
    cargo.args(["build", "--package", "evenkeel", "--profile", "quick"]);
    process::must(cargo.current_dir(&workspace.root))?;
    eprintln!("· built in {}", watch.shown());
    serve(workspace, args)
}

fn serve(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let mut command = process::command(workspace.binary("quick"));
    command.arg("serve").current_dir(&workspace.root);
    if option(args, "--data-dir").is_none() {
        command.args(["--data-dir", "./data"]);
    }
    let listen = option(args, "--listen");
    if listen.is_none() {
        command.args(["--listen", LISTEN]);
    }
    command.args(args);
    let address = listen.unwrap_or(LISTEN);
    let mut server = Group::start(&mut command)?;
    let mut ended = false;
    let ready = process::wait_until(READY_MAX, || {
        ended = !matches!(server.ended(), Ok(None));
        ended || process::interrupted() || is_ready(address)
    });
    if ready && !ended && !process::interrupted() {
        eprintln!("\n  Evenkeel is ready: http://{address}   (Ctrl-C stops it)\n");
    } else if !ready {
        eprintln!("· not ready after {} s, still waiting", READY_MAX.as_secs());
    }
    let status = server.wait()?;
    if !status.success() && !process::interrupted() {
        bail!("evenkeel ended with {status}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The value of an option, written `--name value` or `--name=value`.
fn option<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    args.iter()
        .enumerate()
        .find_map(|(at, arg)| match arg.strip_prefix(name)? {
            "" => args.get(at + 1).map(String::as_str),
            rest => rest.strip_prefix('='),
        })
}

/// Whether `GET /readyz` answers 200.
pub fn is_ready(address: &str) -> bool {
    let ask = |at: SocketAddr| -> std::io::Result<bool> {
        let mut socket = TcpStream::connect_timeout(&at, ANSWER_MAX)?;
        socket.set_read_timeout(Some(ANSWER_MAX))?;
        socket
            .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        socket.read_exact(&mut start)?;
        Ok(start == *b"HTTP/1.1 200")
    };
    let at = address
        .to_socket_addrs()
        .ok()
        .and_then(|mut all| all.next());
    at.is_some_and(|at| ask(at).unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::option;

    #[test]
    fn options_are_found_in_both_spellings() {
        let args = ["--demo", "--listen=[::1]:80", "--data-dir", "/srv"].map(str::to_owned);
        assert_eq!(option(&args, "--listen"), Some("[::1]:80"));
        assert_eq!(option(&args, "--data-dir"), Some("/srv"));
        assert_eq!(option(&args, "--database-url"), None);
    }
}
