//! The real binary as a child process.

use std::fs::OpenOptions;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use kernel::db::{Db, DbError, FromRow, Location, Tx};
use kernel::live::Live;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

const READY_WITHIN: Duration = Duration::from_secs(30);
const LOG: &str = "log";

/// A server that can be killed and started again on its data.
pub struct Server {
    child: Mutex<Child>,
    folder: TempDir,
    port: u16,
    database_url: Option<String>,
}

impl Server {
    /// Starts it on an empty store and waits until it is ready.
    pub async fn start(database_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let child = Mutex::new(spawn(folder.path(), port, database_url.as_deref()));
        let server = Self {
            child,
            folder,
            port,
            database_url,
        };
        server.ready().await;
        server
    }

    /// Where the API is.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/api/v1{path}", self.port)
    }

    /// SIGKILL, after a while.
    pub async fn kill_after(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
        self.child.lock().await.kill().await.unwrap();
    }

    /// Starts it again on what is left.
    pub async fn start_again(&self) {
        self.begin_again().await;
        self.ready().await;
    }

    /// The same, without waiting until it is ready.
    pub async fn begin_again(&self) {
        let child = spawn(self.folder.path(), self.port, self.database_url.as_deref());
        *self.child.lock().await = child;
    }

    /// Ends it.
    pub async fn stop(&self) {
        self.child.lock().await.kill().await.unwrap();
    }

    /// Has the chain checked.
    pub async fn verify_journal(&self) {
        let mut command = Command::new(binary());
        command
            .args(["audit", "verify", "--data-dir"])
            .arg(self.folder.path());
        if let Some(url) = &self.database_url {
            command.args(["--database-url", url]);
        }
        let output = command.output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Its database, to look into.
    pub async fn database(&self) -> Db {
        let location = match &self.database_url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Folder(self.folder.path().to_owned()),
        };
        Db::open(&location, &Live::default()).await.unwrap()
    }

    /// Its metrics.
    pub async fn metrics(&self) -> String {
        let url = format!("http://127.0.0.1:{}/metrics", self.port);
        reqwest::get(&url).await.unwrap().text().await.unwrap()
    }

    /// Waits until it serves.
    pub async fn ready(&self) {
        let url = format!("http://127.0.0.1:{}/readyz", self.port);
        let asking = async {
            while !reqwest::get(&url)
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(READY_WITHIN, asking)
            .await
            .expect("the server becomes ready");
    }
}

impl Drop for Server {
    /// A failed test shows what the server said last, and leaves its data to be looked at.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join(LOG)).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.iter().skip(lines.len().saturating_sub(40));
            last.for_each(|line| eprintln!("server: {line}"));
            self.folder.disable_cleanup(true);
            eprintln!("its data is kept in {}", self.folder.path().display());
        }
    }
}

/// The first row of a query.
pub async fn row<T: FromRow + Send + 'static>(database: &Db, sql: &'static str) -> T {
    let row = database
        .read::<_, DbError, _>(async move |tx: &mut Tx<'_>| tx.one::<T>(sql, &[]).await)
        .await;
    row.unwrap().unwrap_or_else(|| panic!("no row: {sql}"))
}

fn spawn(folder: &Path, port: u16, database_url: Option<&str>) -> Child {
    let mut log = OpenOptions::new();
    let log = log
        .append(true)
        .create(true)
        .open(folder.join(LOG))
        .unwrap();
    let mut command = Command::new(binary());
    command
        .arg("serve")
        .arg("--data-dir")
        .arg(folder)
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true);
    if let Some(url) = database_url {
        command.args(["--database-url", url]);
    }
    command.spawn().expect("the evenkeel binary is built")
}

/// `EVENKEEL_BIN`, or the one that was built beside this test.
fn binary() -> PathBuf {
    if let Ok(path) = std::env::var("EVENKEEL_BIN") {
        return PathBuf::from(path);
    }
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("evenkeel")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
