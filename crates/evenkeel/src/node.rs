//! Which node this is, so that one that starts again takes up at once what it held before.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;

use kernel::random::Random;

const FILE: &str = "node";
const HOST: &str = "/proc/sys/kernel/hostname";

/// A node's name in leases, and the lock that makes it this process' alone.
///
/// After a crash the name comes back with the restarted process, which then need not wait until
/// its own leases run out: mail goes on within a second instead of a minute. The epochs fence what
/// is left of the old process. The lock ends with the process, however it ends.
#[derive(Debug)]
pub struct Node {
    /// What leases call it.
    pub name: String,
    _lock: Option<File>,
}

impl Node {
    /// The node of this data folder; a stranger's name where that can't be told, because another
    /// process serves from the folder or the folder can't be written. A name holds for one host,
    /// so that copied folders do not share theirs.
    pub fn of(folder: &Path, random: &Random) -> Self {
        match locked(&folder.join(FILE), random) {
            Ok((token, lock)) => {
                let host = std::fs::read_to_string(HOST).unwrap_or_else(|_| random.token());
                Self {
                    name: format!("{}:{token}", host.trim()),
                    _lock: Some(lock),
                }
            }
            Err(error) => {
                tracing::info!(%error, "this node takes a new name");
                Self {
                    name: random.token(),
                    _lock: None,
                }
            }
        }
    }
}

/// The name in the file, written when there is none, and the lock on it.
fn locked(path: &Path, random: &Random) -> std::io::Result<(String, File)> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    file.try_lock()?;
    let mut name = String::new();
    file.read_to_string(&mut name)?;
    if name.is_empty() {
        name = random.token();
        file.rewind()?;
        file.write_all(name.as_bytes())?;
    }
    Ok((name, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_with_its_folder_and_with_one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let random = Random::seeded(1);
        let first = Node::of(folder.path(), &random);
        let beside = Node::of(folder.path(), &random);
        assert_ne!(first.name, beside.name);
        let name = first.name.clone();
        drop(first);
        assert_eq!(Node::of(folder.path(), &random).name, name);
    }

    #[test]
    fn a_folder_that_is_not_there_gives_a_new_name_each_time() {
        let random = Random::seeded(1);
        let missing = Path::new("/nonexistent");
        assert_ne!(
            Node::of(missing, &random).name,
            Node::of(missing, &random).name
        );
    }
}
