//! Puts the built web app, or a page that says it is missing, where it is embedded from.
//!
//! It never runs Node and never downloads: `cargo xtask web` builds the app.

use std::path::Path;
use std::{env, fs, io};

const NOTICE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <title>Evenkeel</title><p>The server runs, but it was built without the web app. Run \
    <code>cargo xtask web</code> and build it again.";

fn main() -> io::Result<()> {
    let variable = |name| env::var(name).map_err(io::Error::other);
    let built = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../../web/dist");
    let target = Path::new(&variable("OUT_DIR")?).join("web");
    println!("cargo::rerun-if-changed={}", built.display());
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    fs::create_dir_all(&target)?;
    if built.join("index.html").exists() {
        copy(&built, &target)
    } else {
        fs::write(target.join("index.html"), NOTICE)
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
