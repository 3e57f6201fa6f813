//! One process at a time writes to a data folder.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;

use anyhow::{Context, bail};

use crate::config::Config;

/// Takes the data folder for this process, until what this answers is dropped or the process ends,
/// however it ends. On PostgreSQL there is nothing to take: the server keeps processes apart.
///
/// The embedded database gives the journal's positions in the memory of one process, so two must
/// never write to it.
pub fn take(config: &Config) -> anyhow::Result<Option<File>> {
    if config.database_url.is_some() {
        return Ok(None);
    }
    let folder = &config.data_dir;
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("the data folder {} can't be used", folder.display()))?;
    let path = folder.join("in-use.lock");
    let file = File::create(&path).with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => bail!(
            "another Evenkeel uses the data folder {}: stop it first",
            folder.display()
        ),
        Err(TryLockError::Error(problem)) => {
            Err(problem).with_context(|| path.display().to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    #[test]
    fn a_folder_is_one_process_s_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let flags = Flags {
            data_dir: folder.path().to_str().map(str::to_owned),
            ..Flags::default()
        };
        let config = Config::load(flags.clone()).ok().unwrap();
        let held = take(&config).unwrap();
        let refusal = take(&config).unwrap_err().to_string();
        assert!(refusal.contains("stop it first"), "{refusal}");
        drop(held);
        assert!(take(&config).unwrap().is_some());
        let shared = Flags {
            database_url: Some("postgres://x@localhost/x".to_owned()),
            ..flags
        };
        let shared = Config::load(shared).ok().unwrap();
        assert!(
            take(&shared).unwrap().is_none(),
            "PostgreSQL keeps them apart"
        );
    }
}
