//! Whether the licences of what we ship allow us to ship it under ours.
//!
//! The list of licences stands in `deny.toml`, so that cargo-deny and this check, which needs
//! neither it nor the network, agree.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// What we ship for; crates that only other systems need are not fetched.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Prints what is wrong; true when nothing is.
pub fn check(root: &Path) -> Result<bool> {
    let allowed = Allowed::read(&root.join("deny.toml"))?;
    let mut packages = crates(root)?;
    let lock = root.join("web/package-lock.json");
    if lock.exists() {
        packages.extend(web_packages(&lock)?);
    }
    let mut fine = true;
    for (name, licence) in &packages {
        if !allowed.allows(licence) {
            fine = false;
            let licence = if licence.is_empty() {
                "no licence stated"
            } else {
                licence
            };
            process::print(&format!("{name}: {licence} is not allowed by deny.toml"));
        }
    }
    process::print(&format!("{} packages looked at", packages.len()));
    Ok(fine)
}

/// Name and licence expression of every crate in the lock file that is not ours.
fn crates(root: &Path) -> Result<Vec<(String, String)>> {
    let mut cargo = process::command("cargo");
    cargo.args([
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
        PLATFORM,
    ]);
    cargo.current_dir(root);
    let metadata: Value = serde_json::from_str(&process::output(&mut cargo)?)?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    let foreign = |package: &&Value| {
        package
            .get("source")
            .is_some_and(|source| !source.is_null())
    };
    let text = |package: &Value, key: &str| {
        package
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let foreign = packages
        .context("cargo metadata lists no packages")?
        .iter()
        .filter(foreign);
    Ok(foreign
        .map(|package| (text(package, "name"), text(package, "license")))
        .collect())
}

/// Name and licence expression of every package that the web app ships: not those only used to
/// build and test it.
fn web_packages(lock: &Path) -> Result<Vec<(String, String)>> {
    let lock: Value = serde_json::from_str(&fs::read_to_string(lock)?)?;
    let packages = lock.get("packages").and_then(Value::as_object);
    let packages = packages.context("web/package-lock.json lists no packages")?;
    let shipped = packages.iter().filter(|(path, package)| {
        let is = |key: &str| package.get(key).and_then(Value::as_bool).unwrap_or(false);
        path.starts_with("node_modules/") && !is("dev") && !is("link") && !is("devOptional")
    });
    let entry = |(path, package): (&String, &Value)| {
        let name = path
            .rsplit_once("node_modules/")
            .map_or(path.as_str(), |(_, name)| name);
        let licence = package
            .get("license")
            .and_then(Value::as_str)
            .unwrap_or_default();
        (name.to_owned(), licence.to_owned())
    };
    Ok(shipped.map(entry).collect())
}

/// The identifiers under `[licenses] allow`.
struct Allowed(BTreeSet<String>);

impl Allowed {
    fn read(file: &Path) -> Result<Self> {
        let settings: toml::Table = fs::read_to_string(file).context("deny.toml")?.parse()?;
        let list = settings
            .get("licenses")
            .and_then(|section| section.get("allow")?.as_array());
        let list = list.context("deny.toml has no list [licenses] allow")?;
        Ok(Self(
            list.iter()
                .filter_map(|it| it.as_str().map(str::to_owned))
                .collect(),
        ))
    }

    fn allows(&self, expression: &str) -> bool {
        let allowed = |licence: &str| self.0.contains(licence);
        // An older way to write OR.
        let expression = expression.replace('/', " OR ");
        let spaced = expression.replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let (holds, rest) = any(&words, &allowed);
        holds && rest.is_empty()
    }
}

/// An SPDX expression: parts joined by OR, each of parts joined by AND. Returns whether it holds
/// and the words after it.
fn any<'a>(words: &'a [&'a str], allowed: &impl Fn(&str) -> bool) -> (bool, &'a [&'a str]) {
    let (mut holds, mut rest) = all(words, allowed);
    while let ["OR", after @ ..] = rest {
        let (next, left) = all(after, allowed);
        holds |= next;
        rest = left;
    }
    (holds, rest)
}

fn all<'a>(words: &'a [&'a str], allowed: &impl Fn(&str) -> bool) -> (bool, &'a [&'a str]) {
    let (mut holds, mut rest) = one(words, allowed);
    while let ["AND", after @ ..] = rest {
        let (next, left) = one(after, allowed);
        holds &= next;
        rest = left;
    }
    (holds, rest)
}

fn one<'a>(words: &'a [&'a str], allowed: &impl Fn(&str) -> bool) -> (bool, &'a [&'a str]) {
    match words {
        ["(", inner @ ..] => match any(inner, allowed) {
            (holds, [")", rest @ ..]) => (holds, rest),
            (_, rest) => (false, rest),
        },
        [licence, "WITH", exception, rest @ ..] => (
            allowed(licence) || allowed(&format!("{licence} WITH {exception}")),
            rest,
        ),
        [licence, rest @ ..] => (allowed(licence), rest),
        [] => (false, words),
    }
}

#[cfg(test)]
mod tests {
    use super::Allowed;

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        let allowed = Allowed(
            ["MIT", "Apache-2.0", "Unicode-3.0"]
                .map(str::to_owned)
                .into(),
        );
        for good in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "GPL-2.0-only/MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(allowed.allows(good), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "(MIT",
            "MIT GPL-3.0-only",
        ] {
            assert!(!allowed.allows(bad), "{bad}");
        }
    }
}
