//! How long things may be, and marks of unfinished work.

use super::Findings;
use super::tree::Source;

/// Lines of a file before its tests: more is a warning.
const FILE_LINES: usize = 400;
/// Lines of a file before its tests: more is refused.
const FILE_LINES_MAX: usize = 800;
/// Lines of a function, from its `fn` to its closing brace.
pub const FUNCTION_LINES_MAX: usize = 70;
/// Characters of a line.
const COLUMNS_MAX: usize = 100;
/// Marks of unfinished work, in halves so that this file has none.
const MARKS: [(&str, &str); 2] = [("TO", "DO"), ("FIX", "ME")];

/// Checks the length of the file and of its lines. `tests_from` is the line its tests begin on.
pub fn check_file(source: &Source, tests_from: Option<usize>, findings: &mut Findings) {
    let all = source.text.lines().count();
    let lines = tests_from.map_or(all, |line| line.saturating_sub(1));
    let what = format!("{lines} lines before tests");
    let mend = "split it by what it is about";
    if lines > FILE_LINES_MAX {
        let what = format!("{what}, at most {FILE_LINES_MAX}");
        findings.add(&source.path, FILE_LINES_MAX + 1, what, mend);
    } else if lines > FILE_LINES && !source.is_test() {
        let what = format!("{what}, better at most {FILE_LINES}");
        findings.warn(&source.path, FILE_LINES + 1, what, mend);
    }
    for (index, line) in source.text.lines().enumerate() {
        check_line(source, index + 1, line, findings);
    }
}

fn check_line(source: &Source, number: usize, line: &str, findings: &mut Findings) {
    let columns = line.chars().count();
    if source.is_rust() && columns > COLUMNS_MAX && !is_address(line) {
        let what = format!("{columns} columns, at most {COLUMNS_MAX}");
        findings.add(&source.path, number, what, "break the line");
    }
    let comment = ["//", "/*", " * "]
        .iter()
        .find_map(|start| line.find(start));
    let comment = comment
        .and_then(|start| line.get(start..))
        .unwrap_or_default();
    let mut words = comment.split(|letter: char| !letter.is_alphanumeric());
    if words.any(|word| {
        MARKS
            .iter()
            .any(|(first, second)| word == format!("{first}{second}"))
    }) {
        let what = "a mark of unfinished work";
        findings.add(
            &source.path,
            number,
            what,
            "finish it, or file an issue and leave it out",
        );
    }
}

/// A web address can't be broken, so a line with nothing else may be as long as it needs.
fn is_address(line: &str) -> bool {
    let text = line.trim_start_matches(|letter: char| "/!* ".contains(letter));
    text.contains("://") && !text.contains(' ')
}
