//! Migrations: one text for both engines, or a pair of twins; each with a number of its own and
//! listed in the code of its room.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Findings;
use super::tree::Source;

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// Checks the migrations of every room.
pub fn check(root: &Path, findings: &mut Findings) -> Result<()> {
    let sources = Source::all(root)?;
    for room in root
        .join("crates")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
    {
        let folder = room.path().join("migrations");
        let short = folder.strip_prefix(root).unwrap_or(&folder);
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        let names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        check_names(short, &names, findings);
        let own = room
            .path()
            .strip_prefix(root)
            .map(Path::to_path_buf)
            .unwrap_or_default();
        let listed = |name: &str| {
            let mut own = sources
                .iter()
                .filter(|source| source.path.starts_with(&own));
            own.any(|source| source.is_rust() && source.text.contains(name))
        };
        for name in names.iter().filter(|name| !listed(name)) {
            let mend = "list it in the room's MIGRATIONS with include_str!";
            findings.add(&short.join(name), 1, "no code lists this migration", mend);
        }
    }
    Ok(())
}

fn check_names(folder: &Path, names: &[String], findings: &mut Findings) {
    let mut numbers: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for name in names {
        let file = folder.join(name);
        let Some((number, title)) = parts(name) else {
            let mend = "name it 0001_title.sql, or 0001_title_sqlite.sql and its twin";
            findings.add(&file, 1, "is not named like a migration", mend);
            continue;
        };
        let engine = ENGINES
            .into_iter()
            .find(|it| title.ends_with(&format!("_{it}")));
        let title = engine.map_or(title, |engine| title.trim_end_matches(engine));
        let title = title.trim_end_matches('_');
        if let Some(engine) = engine {
            let other = if engine == "sqlite" {
                "postgres"
            } else {
                "sqlite"
            };
            let twin = format!("{number}_{title}_{other}.sql");
            if !names.contains(&twin) {
                let mend = format!("add {twin}: both engines take every step");
                findings.add(&file, 1, "this migration has no twin", mend);
            }
        }
        match numbers.get(number) {
            Some((other, first)) if *other != title => {
                let what = format!("number {number} is taken by {first}");
                findings.add(&file, 1, what, "give it the next free number");
            }
            Some(_) => {}
            None => {
                numbers.insert(number, (title, name));
            }
        }
    }
}

/// `0001_title.sql` in its parts.
fn parts(name: &str) -> Option<(&str, &str)> {
    let (number, title) = name.strip_suffix(".sql")?.split_once('_')?;
    let digits = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !title.is_empty()).then_some((number, title))
}
