//! What the disk can do: small writes made durable one by one.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

const BLOCK: [u8; 4096] = [0x5A; 4096];
const BLOCKS: u32 = 1024;

/// Overwrites of 4 KiB each followed by fdatasync, per second.
pub fn syncs(folder: &Path, duration: Duration) -> Result<f64> {
    let path = folder.join("syncs");
    let file = File::create(&path)?;
    for block in 0..BLOCKS {
        file.write_all_at(&BLOCK, u64::from(block) * 4096)?;
    }
    file.sync_all()?;
    let begun = Instant::now();
    let mut done: u32 = 0;
    while begun.elapsed() < duration {
        file.write_all_at(&BLOCK, u64::from(done % BLOCKS) * 4096)?;
        file.sync_data()?;
        done += 1;
    }
    let rate = f64::from(done) / begun.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}
