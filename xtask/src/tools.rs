//! The programs of the machine that we need, and how to get them.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;

/// The oldest Node.js that builds the web app.
const NODE_OLDEST: (u32, u32) = (20, 19);

/// A program and the Debian package that has it.
pub struct Tool {
    /// What people call it.
    pub name: &'static str,
    /// The Debian packages that bring it.
    pub packages: &'static [&'static str],
    find: fn() -> bool,
}

impl Tool {
    /// Whether the machine has it.
    pub fn present(&self) -> bool {
        (self.find)()
    }
}

/// A C compiler and linker: the embedded database and the cryptography are built from C.
pub const C_COMPILER: Tool = Tool {
    name: "a C compiler",
    packages: &["build-essential"],
    find: || on_path("cc").is_some(),
};
/// What builds and tests the web app.
pub const NODE: Tool = Tool {
    name: "Node.js",
    packages: &["nodejs"],
    find: || on_path("node").is_some(),
};
/// The package manager of the web app.
pub const NPM: Tool = Tool {
    name: "npm",
    packages: &["npm"],
    find: || on_path("npm").is_some(),
};
/// The database server for tests.
pub const POSTGRES: Tool = Tool {
    name: "PostgreSQL",
    packages: &["postgresql"],
    find: || postgres_folder().is_some(),
};
/// The mailbox server for tests.
pub const DOVECOT: Tool = Tool {
    name: "Dovecot (IMAP and LMTP)",
    packages: &["dovecot-imapd", "dovecot-lmtpd"],
    find: || {
        let parts = ["/usr/lib/dovecot/imap", "/usr/lib/dovecot/lmtp"];
        on_path("dovecot").is_some() && parts.iter().all(|part| Path::new(part).exists())
    },
};
/// The mail server for tests.
pub const EXIM: Tool = Tool {
    name: "Exim",
    packages: &["exim4-daemon-light"],
    find: || on_path("exim4").is_some(),
};
/// A second opinion on the mails we write.
pub const PYTHON: Tool = Tool {
    name: "Python 3",
    packages: &["python3"],
    find: || on_path("python3").is_some(),
};
/// What signs the mail servers' certificate, and checks our signatures.
pub const OPENSSL: Tool = Tool {
    name: "openssl",
    packages: &["openssl"],
    find: || on_path("openssl").is_some(),
};
/// The browser of the browser tests.
pub const CHROMIUM: Tool = Tool {
    name: "Chromium",
    packages: &["chromium"],
    find: || on_path("chromium").is_some(),
};

/// Finds a program on the path, or in the folders that hold servers and that a plain user's path
/// leaves out.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(system)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The folder of the newest PostgreSQL server programs (`initdb`, `postgres`).
pub fn postgres_folder() -> Option<PathBuf> {
    let versions = Path::new("/usr/lib/postgresql").read_dir().ok()?.flatten();
    let newest = versions
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path(),
            ))
        })
        .map(|(version, folder)| (version, folder.join("bin")))
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .max();
    newest.map(|(_, folder)| folder).or_else(|| {
        let initdb = on_path("initdb")?.canonicalize().ok()?;
        initdb.parent().map(Path::to_path_buf)
    })
}

/// Whether this process is root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Installs what is missing of `tools` with apt, as root or by sudo; when neither is to be had,
/// names the command that a person has to run.
pub fn ensure(tools: &[&Tool]) -> Result<()> {
    let missing: Vec<&&Tool> = tools.iter().filter(|tool| !tool.present()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|tool| tool.name).collect();
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|tool| tool.packages)
        .copied()
        .collect();
    let by_hand = format!("sudo apt-get install -y {}", packages.join(" "));
    if on_path("apt-get").is_none() {
        bail!(
            "{} is missing, and this is not Debian; on Debian: {by_hand}",
            names.join(", ")
        );
    }
    let Some(mut shell) = privileged_shell() else {
        bail!(
            "{} is missing. Install it with: {by_hand}",
            names.join(", ")
        );
    };
    eprintln!(
        "· installing {} (apt: {})",
        names.join(", "),
        packages.join(" ")
    );
    shell
        .arg(include_str!("install.sh"))
        .arg("install")
        .args(&packages);
    // Not a group of its own: sudo may have to ask for a password at the terminal.
    if !shell
        .status()
        .context("the shell could not be started")?
        .success()
    {
        bail!("apt failed; try by hand: {by_hand}");
    }
    if let Some(tool) = missing.iter().find(|tool| !tool.present()) {
        bail!("{} is still missing after `{by_hand}`", tool.name);
    }
    Ok(())
}

/// A shell that may install packages, up to and including its `-c`.
fn privileged_shell() -> Option<Command> {
    if is_root() {
        let mut shell = process::command("sh");
        shell.arg("-c");
        return Some(shell);
    }
    on_path("sudo")?;
    let free = Command::new("sudo")
        .args(["-n", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !free && !io::stdin().is_terminal() {
        return None;
    }
    let mut shell = process::command("sudo");
    shell.args(["sh", "-c"]);
    Some(shell)
}

/// Refuses a Node.js that is too old to build the web app.
pub fn check_node() -> Result<()> {
    let shown = process::output(process::command("node").arg("--version"))?;
    let version = shown.trim().trim_start_matches('v');
    let mut parts = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let (major, minor) = NODE_OLDEST;
    if found < NODE_OLDEST {
        bail!(
            "Node.js {version} is too old: the web app needs {major}.{minor} or newer \
             (Debian 13 has it as `nodejs`; for Debian 12 take it from nodesource.com)"
        );
    }
    Ok(())
}

/// Refuses to go on without the tools, naming each that is missing with the command that brings
/// it. Used where we may not install anything by ourselves.
pub fn require(tools: &[&Tool]) -> Result<()> {
    let missing: Vec<String> = tools
        .iter()
        .filter(|tool| !tool.present())
        .map(|tool| {
            format!(
                "{}: sudo apt-get install -y {}",
                tool.name,
                tool.packages.join(" ")
            )
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "something is missing on this machine:\n  {}",
        missing.join("\n  ")
    )
}
