//! Which package may name which: arrows point downward only.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Findings;

/// The rooms, lowest first. A room may name those before it.
const ROOMS: [&str; 11] = [
    "kernel",
    "language",
    "identity",
    "customers",
    "desk",
    "knowledge",
    "channels",
    "voice",
    "people",
    "insight",
    "doors",
];
/// The binary stands above all rooms.
const BINARY: &str = "evenkeel";
/// What tests stand on; it knows the kernel only.
const TESTKIT: &str = "testkit";
/// Packages that may turn any error into text.
const MAY_ANYHOW: [&str; 4] = [BINARY, "xtask", "tests", "bench"];
const TABLE: &str = "xtask/src/tidy/arrows.rs";

/// Checks every manifest.
pub fn check(root: &Path, findings: &mut Findings) -> Result<()> {
    let rooms = root
        .join("crates")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = rooms.map(|entry| entry.path()).collect();
    folders.extend(["tests", "xtask", "bench"].map(|name| root.join(name)));
    for folder in folders {
        let file = folder.join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        let table: toml::Table = text.parse().with_context(|| file.display().to_string())?;
        let path = file.strip_prefix(root).unwrap_or(&file);
        let name = table
            .get("package")
            .and_then(|package| package.get("name")?.as_str())
            .unwrap_or_default();
        let manifest = Manifest {
            path,
            text: &text,
            package: name,
        };
        if folder.starts_with(root.join("crates")) && !is_known(name) {
            let mend = format!("give it its place among the rooms in {TABLE}");
            findings.add(path, 1, format!("`{name}` is not a known room"), mend);
        }
        manifest.check_table(&table, findings);
        // Dependencies of one platform: [target.'cfg(unix)'.dependencies].
        let targets = table.get("target").and_then(toml::Value::as_table);
        for target in targets.into_iter().flat_map(toml::Table::values) {
            if let Some(target) = target.as_table() {
                manifest.check_table(target, findings);
            }
        }
    }
    Ok(())
}

fn is_known(package: &str) -> bool {
    ROOMS.contains(&package) || package == BINARY || package == TESTKIT
}

struct Manifest<'a> {
    path: &'a Path,
    text: &'a str,
    package: &'a str,
}

impl Manifest<'_> {
    fn check_table(&self, table: &toml::Table, findings: &mut Findings) {
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let named = table.get(section).and_then(toml::Value::as_table);
            for (key, value) in named.into_iter().flatten() {
                let renamed = value.get("package").and_then(toml::Value::as_str);
                let dependency = renamed.unwrap_or(key);
                if let Some((what, mend)) = self.refusal(section, dependency) {
                    findings.add(self.path, self.line(section, key), what, mend);
                }
            }
        }
    }

    fn refusal(&self, section: &str, dependency: &str) -> Option<(String, String)> {
        let package = self.package;
        let for_tests = section == "dev-dependencies";
        if dependency == "anyhow" && !MAY_ANYHOW.contains(&package) {
            let what = format!("`{package}` names anyhow");
            return Some((
                what,
                "say what went wrong with an error type of its own".to_owned(),
            ));
        }
        let up = |mend: &str| {
            Some((
                format!("`{package}` names `{dependency}`: the arrow points up"),
                mend.to_owned(),
            ))
        };
        match (package, dependency) {
            ("tests" | "bench", _) => None,
            (_, TESTKIT) if for_tests => None,
            // A room's own tests switch its fixtures on this way.
            (_, _) if for_tests && package == dependency => None,
            (_, TESTKIT) => up("testkit belongs under [dev-dependencies]"),
            (_, BINARY) => up("nothing stands above the binary; declare a port that it fills"),
            ("xtask", _) if ROOMS.contains(&dependency) => {
                up("xtask is no part of the product; run the binary instead")
            }
            _ => {
                let (from, to) = (rank(package)?, rank(dependency)?);
                if to < from {
                    return None;
                }
                up("declare a port (a trait) in the lower room and let the binary fill it")
            }
        }
    }

    /// Where the dependency stands in the file.
    fn line(&self, section: &str, key: &str) -> usize {
        let mut inside = false;
        for (index, line) in self.text.lines().enumerate() {
            let line = line.trim();
            if let Some(header) = line.strip_prefix('[') {
                let header = header.trim_end_matches(']');
                inside = header == section || header.ends_with(&format!(".{section}"));
                if header.ends_with(&format!("{section}.{key}")) {
                    return index + 1;
                }
            } else if inside && line.split(['=', '.', ' ']).next() == Some(key) {
                return index + 1;
            }
        }
        1
    }
}

/// The height of a package that takes part in the order of rooms.
fn rank(package: &str) -> Option<usize> {
    match package {
        // Above the kernel and below every other room, so that it can name the kernel only.
        TESTKIT => Some(1),
        BINARY => Some(ROOMS.len() + 1),
        _ => ROOMS.iter().position(|room| *room == package),
    }
}
