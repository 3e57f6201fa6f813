//! Reads how many tests a runner ran from what it prints.

/// How many tests ran, and how they ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that held.
    pub passed: u64,
    /// Tests that did not, and steps that broke.
    pub failed: u64,
    /// Tests that were left out.
    pub skipped: u64,
}

impl Counts {
    /// Takes in one line of output; lines that are no summary change nothing.
    ///
    /// Known summaries: `cargo test` (one line for each test program), Vitest (`Tests  3 passed
    /// (3)`), Node's test runner (`# pass 3` or `ℹ pass 3`), Playwright (`3 passed (4.2s)`) and
    /// the plain `3 passed, 0 failed`.
    pub fn read(&mut self, line: &str) {
        let line = without_colour(line);
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.read_pairs(
                rest.split_once(". ").map_or(rest, |(_, counts)| counts),
                ';',
            );
        } else if let Some(rest) = line.strip_prefix("Tests ") {
            self.read_pairs(rest, '|');
        } else if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            self.read_node(rest);
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            self.read_pairs(line, ',');
        }
    }

    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// The line that ends a run.
    pub fn closing_line(&self) -> String {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        format!("{passed} passed, {failed} failed, {skipped} skipped")
    }

    /// Reads `3 passed; 1 failed`, where each part has nothing but a number and a word, and
    /// perhaps a remark in parentheses.
    fn read_pairs(&mut self, text: &str, separator: char) {
        for part in text.split(separator) {
            let part = part.split('(').next().unwrap_or_default();
            let words: Vec<&str> = part.split_whitespace().collect();
            if let [number, word] = words.as_slice()
                && let Ok(number) = number.parse::<u64>()
            {
                self.count(word, number);
            }
        }
    }

    fn read_node(&mut self, text: &str) {
        if let Some((word, number)) = text.split_once(' ')
            && let Ok(number) = number.parse::<u64>()
        {
            self.count(word, number);
        }
    }

    fn count(&mut self, word: &str, number: u64) {
        match word {
            "passed" | "pass" => self.passed += number,
            "failed" | "fail" => self.failed += number,
            "skipped" | "ignored" | "todo" => self.skipped += number,
            _ => {}
        }
    }
}

/// Leaves out escape sequences that set colours.
fn without_colour(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once('m').map_or("", |(_, text)| text));
    std::iter::once(first).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::Counts;

    fn read(lines: &[&str]) -> (u64, u64, u64) {
        let mut counts = Counts::default();
        lines.iter().for_each(|line| counts.read(line));
        (counts.passed, counts.failed, counts.skipped)
    }

    #[test]
    fn cargo_test_is_summed_over_programs() {
        let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; \
                  finished in 0.10s";
        let bad = "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 7 filtered out";
        assert_eq!(read(&["running 13 tests", ok, bad]), (14, 3, 1));
    }

    #[test]
    fn vitest_counts_tests_and_not_files() {
        let lines = [
            " Test Files  1 failed | 2 passed (3)",
            "      Tests  1 failed | 9 passed (10)",
        ];
        assert_eq!(read(&lines), (9, 1, 0));
        let coloured = "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m4 passed\u{1b}[39m (4)";
        assert_eq!(read(&[coloured]), (4, 0, 0));
    }

    #[test]
    fn other_runners_are_understood() {
        assert_eq!(
            read(&["# tests 4", "# pass 3", "# fail 1", "# skipped 0"]),
            (3, 1, 0)
        );
        assert_eq!(read(&["ℹ pass 5", "ℹ fail 0"]), (5, 0, 0));
        assert_eq!(
            read(&["  1 failed", "  2 skipped", "  7 passed (4.2s)"]),
            (7, 1, 2)
        );
        assert_eq!(read(&["6 passed, 0 failed"]), (6, 0, 0));
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(
            read(&["3 tickets passed the filter", "12 passed here", "# Reading"]),
            (0, 0, 0)
        );
    }
}
