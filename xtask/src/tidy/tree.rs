//! The sources of a checkout.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Where hand-written code is.
const FOLDERS: [&str; 5] = ["crates", "tests", "xtask", "bench", "web"];
/// Folders whose content is installed or built.
const SKIPPED: [&str; 4] = ["target", "node_modules", "dist", "build"];
const RUST: [&str; 1] = ["rs"];
const WEB: [&str; 6] = ["ts", "tsx", "js", "mjs", "cjs", "css"];

/// A hand-written source file.
pub struct Source {
    /// From the root of the checkout.
    pub path: PathBuf,
    /// Its content.
    pub text: String,
}

impl Source {
    /// Reads every source of the checkout.
    pub fn all(root: &Path) -> Result<Vec<Self>> {
        let mut sources = Vec::new();
        for folder in FOLDERS {
            collect(root, &root.join(folder), &mut sources)?;
        }
        Ok(sources)
    }

    /// Whether it is Rust.
    pub fn is_rust(&self) -> bool {
        self.path
            .extension()
            .is_some_and(|extension| extension == "rs")
    }

    /// Its name without folders.
    pub fn name(&self) -> &str {
        self.path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
    }

    /// Its name up to the first dot.
    pub fn stem(&self) -> &str {
        self.name().split('.').next().unwrap_or_default()
    }

    /// The names of the folders it is in, outermost first.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        let parent = self.path.parent().unwrap_or(Path::new(""));
        parent.iter().filter_map(|name| name.to_str())
    }

    /// Whether nothing in it is part of the product: tests, and what only serves them.
    pub fn is_test(&self) -> bool {
        let mut folders = self.folders();
        let top = folders.next().unwrap_or_default();
        let package = folders.next().unwrap_or_default();
        let inner = folders.any(|folder| matches!(folder, "tests" | "e2e" | "benches"));
        let name = self.name();
        matches!(top, "tests" | "bench")
            || matches!(package, "testkit" | "tests" | "e2e")
            || inner
            || self.stem() == "tests"
            || name.contains(".test.")
            || name.contains(".spec.")
    }
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) -> Result<()> {
    let Ok(entries) = folder.read_dir() else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            if !SKIPPED.contains(&name) && !name.starts_with('.') {
                collect(root, &path, sources)?;
            }
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        let known = RUST
            .iter()
            .chain(&WEB)
            .any(|known| extension == Some(known));
        if known && !is_generated(&path) {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let path = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
            sources.push(Source { path, text });
        }
    }
    Ok(())
}

/// Generated code is called so, or is a compiled catalogue of translations.
fn is_generated(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    name.contains(".gen.") || path.iter().any(|folder| folder == "locales")
}
