//! The real binary as a child process.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

const READY_WITHIN: Duration = Duration::from_secs(30);

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
        let child = Mutex::new(spawn(&folder, port, database_url.as_deref()));
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
        *self.child.lock().await = spawn(&self.folder, self.port, self.database_url.as_deref());
        self.ready().await;
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

    async fn ready(&self) {
        let url = format!("http://127.0.0.1:{}/readyz", self.port);
        let asking = async {
            while !reqwest::get(&url)
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(READY_WITHIN, asking)
            .await
            .expect("the server becomes ready");
    }
}

fn spawn(folder: &TempDir, port: u16, database_url: Option<&str>) -> Child {
    let mut command = Command::new(binary());
    command
        .arg("serve")
        .arg("--data-dir")
        .arg(folder.path())
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
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
