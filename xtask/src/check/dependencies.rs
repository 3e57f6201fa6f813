//! Dependencies that nothing uses, and how many we lean on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process;

/// The most packages from outside that our own may name, tests apart.
const DIRECT_MAX: usize = 60;
/// Folders whose subfolders are packages, and folders that are one.
const PACKAGES: [&str; 4] = ["crates/*", "tests", "xtask", "bench"];

/// Prints what is wrong; true when nothing is.
///
/// A dependency counts as used when its name stands in the code of its package. One that is there
/// for its features only is named in `package.metadata.cargo-machete.ignored` of its manifest, as
/// for the tool of that name.
pub fn check(root: &Path) -> Result<bool> {
    let mut direct = BTreeSet::new();
    let mut fine = true;
    for folder in packages(root)? {
        let manifest = folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest)?;
        let package: toml::Table = text
            .parse()
            .with_context(|| manifest.display().to_string())?;
        let used = words(&folder)?;
        let mut ignored = ignored(&package);
        // A room names itself to switch its fixtures on in its own tests.
        ignored.extend(
            folder
                .file_name()
                .map(|name| name.to_string_lossy().into_owned()),
        );
        let tool = folder.ends_with("tests") || folder.ends_with("xtask");
        for (section, name) in named(&package) {
            if section == "dependencies" && !tool && !root.join("crates").join(&name).exists() {
                direct.insert(name.clone());
            }
            if !used.contains(&name.replace('-', "_")) && !ignored.contains(&name) {
                fine = false;
                let shown = manifest.strip_prefix(root).unwrap_or(&manifest).display();
                process::print(&format!(
                    "{shown}: nothing uses `{name}` ({section}); remove it"
                ));
            }
        }
    }
    process::print(&format!(
        "{} direct dependencies, budget {DIRECT_MAX}",
        direct.len()
    ));
    Ok(fine && direct.len() <= DIRECT_MAX)
}

fn packages(root: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for pattern in PACKAGES {
        match pattern.strip_suffix("/*") {
            Some(parent) => {
                let entries = root.join(parent).read_dir()?;
                folders.extend(entries.flatten().map(|entry| entry.path()));
            }
            None => folders.push(root.join(pattern)),
        }
    }
    folders.retain(|folder| folder.join("Cargo.toml").exists());
    folders.sort();
    Ok(folders)
}

fn named(package: &toml::Table) -> Vec<(&'static str, String)> {
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    let names = |section: &'static str| {
        let table = package.get(section).and_then(toml::Value::as_table);
        table
            .into_iter()
            .flat_map(toml::Table::keys)
            .map(move |name| (section, name.clone()))
    };
    sections.into_iter().flat_map(names).collect()
}

fn ignored(package: &toml::Table) -> BTreeSet<String> {
    let list = ["package", "metadata", "cargo-machete"]
        .iter()
        .try_fold(package, |table, key| table.get(*key)?.as_table())
        .and_then(|table| table.get("ignored")?.as_array());
    list.into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// Every word of the package's code, comments left out.
fn words(folder: &Path) -> Result<BTreeSet<String>> {
    let mut words = BTreeSet::new();
    for entry in folder.read_dir()?.flatten() {
        let path = entry.path();
        if path.is_dir() && !entry.file_name().to_string_lossy().starts_with('.') {
            words.extend(self::words(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for line in fs::read_to_string(&path)?.lines() {
                let code = line.split("//").next().unwrap_or_default();
                let parts = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                words.extend(parts.map(str::to_owned));
            }
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::check;

    #[test]
    fn a_dependency_that_only_a_comment_names_is_unused() {
        let folder = tempfile::tempdir().unwrap();
        let crate_folder = folder.path().join("crates/desk");
        fs::create_dir_all(crate_folder.join("src")).unwrap();
        let manifest = "[dependencies]\nbase64 = \"1\"\ntokio-rustls = \"1\"\n";
        fs::write(crate_folder.join("Cargo.toml"), manifest).unwrap();
        let source = crate_folder.join("src/lib.rs");
        fs::write(&source, "use tokio_rustls::X; // unlike base64\n").unwrap();
        assert!(!check(folder.path()).unwrap());
        fs::write(&source, "use tokio_rustls::X; use base64::Y;\n").unwrap();
        assert!(check(folder.path()).unwrap());
        fs::write(&source, "use tokio_rustls::X;\n").unwrap();
        let ignored = "[package.metadata.cargo-machete]\nignored = [\"base64\"]\n";
        fs::write(
            crate_folder.join("Cargo.toml"),
            format!("{manifest}{ignored}"),
        )
        .unwrap();
        assert!(check(folder.path()).unwrap());
    }
}
