//! Generated files: the API's description from the routes, the web app's types from it.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::tools;
use crate::web;
use crate::workspace::Workspace;

const DESCRIPTION: &str = "openapi.json";
const TYPES: &str = "web/api/src/schema.gen.ts";

/// Builds the binary and writes both files, or compares them with what is committed.
pub fn run(workspace: &Workspace, check: bool) -> Result<ExitCode> {
    tools::require(&[&tools::C_COMPILER, &tools::NODE, &tools::NPM])?;
    web::install(workspace)?;
    let mut cargo = process::command("cargo");
    cargo
        .args(["build", "--package", "evenkeel"])
        .current_dir(&workspace.root);
    process::must(&mut cargo)?;
    let generated = generate(workspace, &workspace.binary("debug"))?;
    if check {
        refuse_stale(workspace, &generated)?;
        return Ok(ExitCode::SUCCESS);
    }
    for file in &generated {
        fs::write(workspace.root.join(file.path), &file.text)?;
        eprintln!("· wrote {}", file.path);
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails when a committed file differs from what the binary and the generator give now.
pub fn check(workspace: &Workspace, binary: &Path) -> Result<()> {
    refuse_stale(workspace, &generate(workspace, binary)?)
}

struct Generated {
    path: &'static str,
    text: String,
}

fn generate(workspace: &Workspace, binary: &Path) -> Result<[Generated; 2]> {
    let printed = process::output(process::command(binary).arg("openapi"))
        .context("the API's description comes from `evenkeel openapi`")?;
    let description = format!("{}\n", printed.trim_end());
    let folder = tempfile::tempdir()?;
    let input = folder.path().join(DESCRIPTION);
    let output = folder.path().join("schema.gen.ts");
    fs::write(&input, &description)?;
    let mut npx = process::command("npx");
    npx.args(["--no-install", "openapi-typescript"])
        .arg(&input)
        .arg("--output")
        .arg(&output)
        // An object without named fields holds any field, not none. Last: it would take a path
        // that follows for its value.
        .arg("--empty-objects-unknown");
    process::output(npx.current_dir(workspace.web()))
        .context("openapi-typescript comes with web's packages: npm i -D openapi-typescript")?;
    let types = fs::read_to_string(&output)?;
    Ok([
        Generated {
            path: DESCRIPTION,
            text: description,
        },
        Generated {
            path: TYPES,
            text: types,
        },
    ])
}

fn refuse_stale(workspace: &Workspace, generated: &[Generated]) -> Result<()> {
    let committed = |path: &str| fs::read_to_string(workspace.root.join(path)).ok();
    let stale: Vec<&str> = generated
        .iter()
        .filter(|file| committed(file.path).as_ref() != Some(&file.text))
        .map(|file| file.path)
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    bail!(
        "stale: {}; run `cargo xtask codegen` and commit them",
        stale.join(", ")
    )
}
