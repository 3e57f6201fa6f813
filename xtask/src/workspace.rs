//! Where things are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process;

/// The checkout this command works on.
pub struct Workspace {
    /// The folder with the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo puts what it builds.
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and configuration files count.
    pub fn find() -> Result<Self> {
        let mut command = process::command("cargo");
        command.args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ]);
        if let Some(folder) = env::var_os("CARGO_MANIFEST_DIR") {
            command.current_dir(folder);
        }
        let output = command.output().context("cargo could not be started")?;
        if !output.status.success() {
            bail!(
                "cargo metadata: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let folder = |key: &str| -> Result<PathBuf> {
            let value = metadata.get(key).and_then(|value| value.as_str());
            Ok(PathBuf::from(value.with_context(|| {
                format!("cargo metadata lacks `{key}`")
            })?))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
        })
    }

    /// The web workspace.
    pub fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// The binary as built by a profile; `folder` is `debug`, `quick` or `release`.
    pub fn binary(&self, folder: &str) -> PathBuf {
        self.target.join(folder).join("evenkeel")
    }

    /// A path as people read it: from the root of the checkout when it lies inside.
    pub fn short<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}
