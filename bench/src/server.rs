//! The release binary as a process of its own.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::http::Client;
use crate::seed::Place;

const READY_WITHIN: Duration = Duration::from_secs(60);
const ASK_EVERY: Duration = Duration::from_millis(1);
const SETTLED_WITHIN: Duration = Duration::from_secs(300);
const SETTLED_EVERY: Duration = Duration::from_millis(20);
/// Of /proc/PID/stat; Linux has it at 100 wherever Evenkeel runs.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub port: u16,
    /// How long it took until it was ready.
    pub ready_after: Duration,
}

/// What a process holds in memory, in MB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Everything, pages of its file and of the database's included.
    pub resident: f64,
    /// Its own.
    pub anonymous: f64,
    /// The most that was ever resident.
    pub peak: f64,
}

impl Server {
    /// Starts the server on a store and waits until it is ready.
    pub async fn start(place: &Place) -> Result<Self> {
        Self::start_with(place, &[]).await
    }

    /// The same with further arguments.
    pub async fn start_with(place: &Place, arguments: &[&str]) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let binary =
            std::env::var_os("EVENKEEL_BIN").map_or_else(beside, |path| Ok(path.into()))?;
        let mut command = Command::new(&binary);
        command.arg("serve").arg("--data-dir").arg(&place.folder);
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        command.args(arguments);
        command.env("RUST_LOG", "warn").stdin(Stdio::null());
        // Asking for the domains of made-up senders would measure somebody else's name server.
        command.env("EVENKEEL_DNS_SERVERS", "off");
        if let Some(url) = &place.database_url {
            command.args(["--database-url", url]);
        }
        let begun = Instant::now();
        let child = command
            .spawn()
            .with_context(|| binary.display().to_string())?;
        let mut server = Self {
            child,
            port,
            ready_after: Duration::ZERO,
        };
        while !server.is_ready().await {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended with {status} before it was ready");
            }
            if begun.elapsed() > READY_WITHIN {
                bail!("the server is not ready after {READY_WITHIN:?}");
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    async fn is_ready(&self) -> bool {
        match Client::connect(self.port, "").await {
            Ok(mut client) => client.get("/readyz").await.is_ok(),
            Err(_) => false,
        }
    }

    /// Waits until its readers have dealt with all that happened; answers how long that took.
    pub async fn settle(&self) -> Result<Duration> {
        let begun = Instant::now();
        let mut client = Client::connect(self.port, "").await?;
        while !is_settled(&String::from_utf8_lossy(&client.get("/metrics").await?)) {
            if begun.elapsed() > SETTLED_WITHIN {
                bail!("the server's readers are still behind after {SETTLED_WITHIN:?}");
            }
            tokio::time::sleep(SETTLED_EVERY).await;
        }
        Ok(begun.elapsed())
    }

    /// Lets [`Memory::peak`] begin anew (proc(5), `clear_refs`).
    pub fn forget_peak(&self) -> Result<()> {
        Ok(std::fs::write(
            format!("/proc/{}/clear_refs", self.child.id()),
            "5",
        )?)
    }

    /// What it holds in memory now.
    pub fn memory(&self) -> Result<Memory> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| -> Result<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kb = line.and_then(|line| line.split_whitespace().next());
            Ok(kb
                .with_context(|| format!("no {name} in /proc"))?
                .parse::<f64>()?
                / 1024.0)
        };
        Ok(Memory {
            resident: field("VmRSS:")?,
            anonymous: field("RssAnon:")?,
            peak: field("VmHWM:")?,
        })
    }

    /// The processor time it has used, in seconds.
    pub fn processor(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, after_name) = stat.rsplit_once(')').context("an unreadable /proc")?;
        let times = after_name.split_whitespace().skip(11).take(2);
        let ticks: f64 = times.map(|ticks| ticks.parse::<f64>().unwrap_or(0.0)).sum();
        Ok(ticks / TICKS_PER_SECOND)
    }

    /// Asks it to end and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id())?;
        kill_process(Pid::from_raw(pid).context("no process")?, Signal::TERM)?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    /// A failed measurement leaves no server behind.
    fn drop(&mut self) {
        // It has ended already when it was stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the readers are at the journal's end, by the server's own metrics.
fn is_settled(metrics: &str) -> bool {
    let values = |name: &str| -> Vec<i64> {
        let lines = metrics.lines().filter(|line| line.starts_with(name));
        let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse().ok());
        values.collect()
    };
    let readers = values("evenkeel_reader_position");
    let head = values("evenkeel_journal_head");
    !readers.is_empty() && readers.into_iter().min() == head.into_iter().max()
}

/// The binary that was built beside this program.
fn beside() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("evenkeel"))
}
