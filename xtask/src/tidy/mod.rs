//! The rules of the code that no compiler checks: rooms and arrows, file roles, names, sizes.
//!
//! Each finding names file and line, what is wrong, and what to do about it. What a rule can't
//! see it does not guess: these are checks of text and syntax, without types.

mod arrows;
mod migrations;
mod names;
mod roles;
mod sizes;
mod syntax;
#[cfg(test)]
mod tests;
mod tree;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use crate::process;
use tree::Source;

/// Something that is not as agreed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// The file, from the root of the checkout.
    file: PathBuf,
    /// The line, from 1.
    line: usize,
    what: String,
    mend: String,
    /// A warning is shown and breaks nothing.
    warning: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            what,
            mend,
            warning,
        } = self;
        let kind = if *warning { "warning: " } else { "" };
        write!(f, "{}:{line}: {kind}{what}; {mend}", file.display())
    }
}

/// Collects findings.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, file: &Path, line: usize, what: impl Into<String>, mend: impl Into<String>) {
        let (file, what, mend) = (file.to_path_buf(), what.into(), mend.into());
        self.0.push(Finding {
            file,
            line,
            what,
            mend,
            warning: false,
        });
    }

    fn warn(&mut self, file: &Path, line: usize, what: impl Into<String>, mend: impl Into<String>) {
        let (file, what, mend) = (file.to_path_buf(), what.into(), mend.into());
        self.0.push(Finding {
            file,
            line,
            what,
            mend,
            warning: true,
        });
    }
}

/// Prints what is wrong and fails when anything is.
pub fn run(root: &Path) -> Result<ExitCode> {
    Ok(if report(root)? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints what is wrong; true when nothing is.
pub fn report(root: &Path) -> Result<bool> {
    let findings = findings(root)?;
    for finding in &findings {
        process::print(&finding.to_string());
    }
    let (warnings, broken): (Vec<_>, Vec<_>) = findings.iter().partition(|it| it.warning);
    process::print(&format!(
        "tidy: {} to mend, {} warnings",
        broken.len(),
        warnings.len()
    ));
    Ok(broken.is_empty())
}

/// Everything that is wrong in a checkout, in the order of files and lines.
fn findings(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Findings::default();
    arrows::check(root, &mut findings)?;
    migrations::check(root, &mut findings)?;
    for source in Source::all(root)? {
        names::check_file(&source, &mut findings);
        let mut tests_from = None;
        if source.is_rust() {
            match syn::parse_file(&source.text) {
                Ok(file) => {
                    tests_from = syntax::tests_from(&file);
                    syntax::check(&source, &file, &mut findings);
                }
                Err(error) => {
                    let line = error.span().start().line;
                    let what = format!("does not parse: {error}");
                    findings.add(&source.path, line, what, "make it compile");
                }
            }
        }
        sizes::check_file(&source, tests_from, &mut findings);
    }
    findings.0.sort();
    findings.0.dedup();
    Ok(findings.0)
}
