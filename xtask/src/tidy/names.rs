//! Names that say nothing.

use super::Findings;
use super::tree::Source;

const EMPTY: [&str; 5] = ["manager", "helper", "util", "data", "info"];
/// Names the design itself gives.
const GIVEN: [&str; 1] = ["PersonalData"];
const MEND: &str = "name it after what it is or does";

/// Checks the names of the file and of the folders it is in, and of the types in a web source.
pub fn check_file(source: &Source, findings: &mut Findings) {
    let places = source.folders().chain([source.stem()]);
    for place in places.filter(|place| words(place).any(|word| is_empty(&word))) {
        findings.add(&source.path, 1, format!("`{place}` says nothing"), MEND);
    }
    if !source.is_rust() {
        for (index, line) in source.text.lines().enumerate() {
            if let Some(name) = declared_type(line) {
                check_type(source, index + 1, name, findings);
            }
        }
    }
}

/// Checks the name of a type: its last word says what it is.
pub fn check_type(source: &Source, line: usize, name: &str, findings: &mut Findings) {
    let last = words(name).last().unwrap_or_default();
    if is_empty(&last) && !GIVEN.contains(&name) {
        findings.add(
            &source.path,
            line,
            format!("the type name `{name}` says nothing"),
            MEND,
        );
    }
}

fn is_empty(word: &str) -> bool {
    EMPTY.contains(&word)
        || word
            .strip_suffix('s')
            .is_some_and(|word| EMPTY.contains(&word))
}

/// The words of a name in whatever case, in lower case.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words: Vec<String> = Vec::new();
    let mut fresh = true;
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            fresh = true;
            continue;
        }
        match words.last_mut() {
            Some(word) if !fresh && !letter.is_uppercase() => word.push(letter),
            _ => words.push(letter.to_lowercase().collect()),
        }
        fresh = false;
    }
    words.into_iter()
}

/// The name a line of TypeScript gives to a type.
fn declared_type(line: &str) -> Option<&str> {
    let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let kind =
        words.find(|word| !matches!(*word, "export" | "default" | "declare" | "abstract"))?;
    let declares = matches!(kind, "class" | "interface" | "type" | "enum");
    words.next().filter(|name| declares && !name.is_empty())
}
