//! Starting programs, stopping them with all their children, and telling how long they took.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long a program may take to end after it was asked to.
const STOP_MAX: Duration = Duration::from_secs(10);
/// How often a wait looks again.
const POLL: Duration = Duration::from_millis(20);

/// How long a step that has ended may still have lines on their way.
const LAST_WORDS: Duration = Duration::from_secs(2);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// The process groups to stop when we are asked to stop.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Turns Ctrl-C and its like into an orderly end: running steps are stopped, the code that waits
/// for them returns, and everything that was started is cleaned up on the way out.
pub fn watch_signals() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || {
        for _ in signals.forever() {
            INTERRUPTED.store(true, Ordering::SeqCst);
            for group in groups().iter() {
                signal_group(*group, Signal::TERM);
            }
        }
    });
    Ok(())
}

/// Whether we were asked to stop.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Refuses to go on once we were asked to stop.
pub fn check_interrupted() -> Result<()> {
    if interrupted() {
        bail!("interrupted");
    }
    Ok(())
}

fn groups() -> MutexGuard<'static, Vec<Pid>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program to start, without the variables that `cargo run` set for this one: they would make
/// an inner cargo build again what is built already.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    command
        .env_remove("CARGO_BIN_NAME")
        .env_remove("CARGO_CRATE_NAME");
    command
}

/// A running program that leads a process group of its own, stopped when dropped.
pub struct Group {
    child: Child,
    pid: Pid,
}

impl Group {
    /// Starts the program without standard input.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        let pid = Pid::from_child(&child);
        groups().push(pid);
        if interrupted() {
            signal_group(pid, Signal::TERM);
        }
        Ok(Self { child, pid })
    }

    /// Waits for the end; other processes of its group may live on until this is dropped.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the whole group to end with the signal, and kills what has not ended in time.
    pub fn stop(&mut self, signal: Signal) {
        signal_group(self.pid, signal);
        if !wait_until(STOP_MAX, || self.gone()) {
            signal_group(self.pid, Signal::KILL);
            wait_until(STOP_MAX, || self.gone());
        }
        groups().retain(|group| *group != self.pid);
    }

    fn gone(&mut self) -> bool {
        // The leader is reaped first: a zombie keeps its group alive.
        let reaped = !matches!(self.child.try_wait(), Ok(None));
        reaped && test_kill_process_group(self.pid).is_err()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.stop(Signal::TERM);
    }
}

fn signal_group(group: Pid, signal: Signal) {
    // The group may have ended in between, which is what we want.
    let _ended = kill_process_group(group, signal);
}

/// Waits until the condition holds; false when it did not within `limit`.
pub fn wait_until(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let watch = Stopwatch::start();
    loop {
        if holds() {
            return true;
        }
        if watch.elapsed() >= limit {
            return false;
        }
        thread::sleep(POLL);
    }
}

/// Runs a step to its end, its output shown as it comes. True when it succeeded.
pub fn succeeds(command: &mut Command) -> Result<bool> {
    check_interrupted()?;
    let status = Group::start(command)?.wait()?;
    check_interrupted()?;
    Ok(status.success())
}

/// Runs a step that must succeed.
pub fn must(command: &mut Command) -> Result<()> {
    if !succeeds(command)? {
        bail!("failed: {}", shown(command));
    }
    Ok(())
}

/// Runs a step that must succeed and returns what it printed.
pub fn output(command: &mut Command) -> Result<String> {
    check_interrupted()?;
    let name = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{name} could not be started"))?;
    if !output.status.success() {
        bail!(
            "failed: {name}\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a step, shows its standard output and hands each line to `line`. True when it succeeded
/// within `limit`; past that it is stopped.
pub fn follow(command: &mut Command, limit: Duration, mut line: impl FnMut(&str)) -> Result<bool> {
    check_interrupted()?;
    let name = shown(command);
    let mut group = Group::start(command.stdout(Stdio::piped()))?;
    let stdout = group
        .child
        .stdout
        .take()
        .context("standard output is not piped")?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        let texts = BufReader::new(stdout)
            .split(b'\n')
            .map_while(io::Result::ok);
        texts
            .map(|text| sender.send(text))
            .take_while(Result::is_ok)
            .for_each(drop);
    });
    let watch = Stopwatch::start();
    while watch.elapsed() < limit {
        match lines.recv_timeout(LAST_WORDS) {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text);
                print(&text);
                line(&text);
            }
            // A child that outlives the step may keep the stream open.
            Err(RecvTimeoutError::Timeout) if group.ended()?.is_none() => {}
            Err(_) => {
                let status = group.wait()?;
                check_interrupted()?;
                return Ok(status.success());
            }
        }
    }
    eprintln!("error: stopped after {}: {name}", watch.shown());
    Ok(false)
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

/// Prints a result. A reader that went away is no error of ours.
pub fn print(line: &str) {
    let _closed = writeln!(io::stdout().lock(), "{line}");
}

/// Measures how long something takes.
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    #[expect(
        clippy::disallowed_methods,
        reason = "these commands tell people how long a step took and bound their waits; no \
                  product code runs here"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// The time since the start, as people read it.
    pub fn shown(&self) -> String {
        let seconds = self.elapsed().as_secs();
        match seconds {
            0..60 => format!("{:.1} s", self.elapsed().as_secs_f64()),
            _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Group, Stopwatch, command, follow, wait_until};

    fn shell(script: &str) -> std::process::Command {
        let mut shell = command("sh");
        shell.args(["-c", script]);
        shell
    }

    #[test]
    fn a_step_is_followed_to_its_end() {
        let mut lines = Vec::new();
        let limit = Duration::from_secs(20);
        let mut script = shell("echo one; echo two; exit 3");
        assert!(!follow(&mut script, limit, |line| lines.push(line.to_owned())).unwrap());
        assert_eq!(lines, ["one", "two"]);
        assert!(follow(&mut shell("true"), limit, |_| {}).unwrap());
    }

    #[test]
    fn what_a_step_leaves_running_holds_nobody_up() {
        let watch = Stopwatch::start();
        assert!(follow(&mut shell("sleep 300 &"), Duration::from_secs(200), |_| {}).unwrap());
        assert!(watch.elapsed() < Duration::from_secs(100));
    }

    #[test]
    fn a_step_that_takes_too_long_is_stopped() {
        let mut endless = shell("sleep 300; true");
        assert!(!follow(&mut endless, Duration::from_millis(10), |_| {}).unwrap());
    }

    #[test]
    fn stopping_a_group_stops_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let script = format!(
            "sleep 300 & echo $! > {0}.new; mv {0}.new {0}; wait",
            file.display()
        );
        let group = Group::start(&mut shell(&script)).unwrap();
        assert!(wait_until(Duration::from_secs(20), || file.exists()));
        let child = std::fs::read_to_string(&file).unwrap();
        let process = format!("/proc/{}", child.trim());
        assert!(std::path::Path::new(&process).exists());
        drop(group);
        // Whoever takes in orphans reaps it in its own time.
        let gone = || match std::fs::read_to_string(format!("{process}/stat")) {
            Ok(stat) => stat.contains(") Z "),
            Err(_) => true,
        };
        assert!(wait_until(Duration::from_secs(20), gone));
    }
}
