//! Judges readings of the mail corpus by what a careful person reads there (`corpus.tsv`). Shared
//! by the test and by `cargo xtask bench mail`.

use channels::email::parse;
use mail_parser::{MessageParser, MimeHeaders};
use std::path::{Path, PathBuf};

/// What is expected of each mail.
const EXPECTED: &str = include_str!("corpus.tsv");

/// What somebody read in a mail.
#[derive(Debug, Default)]
pub struct Reading {
    /// The subject.
    pub subject: String,
    /// The sender's name; empty when there is none.
    pub name: String,
    /// The sender's address; empty when there is none.
    pub address: String,
    /// The files' names in order; empty ones had none.
    pub files: Vec<String>,
    /// Whether there was text to read.
    pub has_text: bool,
}

/// One mail and what is expected of it.
pub struct Mail {
    /// Its path within the corpus.
    pub file: &'static str,
    /// Its bytes.
    pub raw: Vec<u8>,
    expected: [&'static str; 4],
}

/// How many of how many were read right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// All mails.
    pub mails: usize,
    /// Subjects.
    pub subjects: usize,
    /// Senders, name and address.
    pub senders: usize,
    /// Files, number and names.
    pub files: usize,
    /// Mails with text.
    pub with_text: usize,
    /// Mails with text of which some was read.
    pub texts: usize,
}

/// The corpus; empty when it is not here.
pub fn mails() -> Vec<Mail> {
    let given = std::env::var("EVENKEEL_CORPUS").map(PathBuf::from).ok();
    let beside = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/data"))
        .find(|folder| folder.exists());
    let Some(root) = given.or(beside).map(|root| root.join("mail")) else {
        return Vec::new();
    };
    let rows = EXPECTED.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|row| {
        let mut cells = row.split('\t');
        let file = cells.next()?;
        let expected = [cells.next()?, cells.next()?, cells.next()?, cells.next()?];
        let raw = std::fs::read(root.join(file)).ok()?;
        Some(Mail {
            file,
            raw,
            expected,
        })
    })
    .collect()
}

/// Counts what `read` gets right, and names what it gets wrong.
pub fn judge(mails: &[Mail], read: impl Fn(&[u8]) -> Reading) -> (Shares, Vec<String>) {
    let mut shares = Shares::default();
    let mut wrong = Vec::new();
    for mail in mails {
        let [subject, sender, files, text] = mail.expected;
        let reading = read(&mail.raw);
        let mut count = |right: bool, field: &mut usize, what: &str| {
            *field += usize::from(right);
            if !right {
                wrong.push(format!("{}: {what} of {reading:?}", mail.file));
            }
        };
        shares.mails += 1;
        count(
            reading.subject.trim() == subject,
            &mut shares.subjects,
            "subject",
        );
        count(
            right_sender(sender, &reading),
            &mut shares.senders,
            "sender",
        );
        count(
            right_files(files, &reading.files),
            &mut shares.files,
            "files",
        );
        if text == "text" {
            shares.with_text += 1;
            count(reading.has_text, &mut shares.texts, "text");
        }
    }
    (shares, wrong)
}

fn right_sender(expected: &str, reading: &Reading) -> bool {
    if expected == "-" {
        return !reading.address.contains('@');
    }
    let read = format!("{} <{}>", reading.name, reading.address);
    let domain_in_lower = |text: &str| match text.rsplit_once('@') {
        Some((before, domain)) => format!("{before}@{}", domain.to_lowercase()),
        None => text.to_owned(),
    };
    domain_in_lower(read.trim()) == domain_in_lower(expected)
}

fn right_files(expected: &str, read: &[String]) -> bool {
    let expected: Vec<&str> = expected
        .split(" | ")
        .filter(|name| !name.is_empty())
        .collect();
    expected.len() == read.len()
        && expected
            .iter()
            .zip(read)
            .all(|(expected, read)| *expected == "?" || right_name(expected, read))
}

/// A name without its folder, with `?` for any one character.
fn right_name(expected: &str, read: &str) -> bool {
    let read = read.rsplit(['/', '\\']).next().unwrap_or_default();
    expected.chars().count() == read.chars().count()
        && expected
            .chars()
            .zip(read.chars())
            .all(|(expected, read)| expected == '?' || expected == read)
}

/// What Evenkeel reads.
pub fn ours(raw: &[u8]) -> Reading {
    let Ok(mail) = parse::read(raw) else {
        return Reading::default();
    };
    let files = mail.attachments.into_iter().map(|file| file.name);
    Reading {
        subject: mail.subject,
        name: mail.from.name,
        address: mail.from.address,
        files: files.collect(),
        has_text: !mail.text.trim().is_empty(),
    }
}

/// What mail-parser reads by itself.
pub fn mail_parser_alone(raw: &[u8]) -> Reading {
    let Some(mail) = MessageParser::default().parse(raw) else {
        return Reading::default();
    };
    let from = mail.from().and_then(|from| from.first());
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Reading {
        subject: text(mail.subject()),
        name: text(from.and_then(|from| from.name())),
        address: text(from.and_then(|from| from.address())),
        files: mail
            .attachments()
            .map(|file| text(file.attachment_name()))
            .collect(),
        has_text: mail
            .body_text(0)
            .is_some_and(|text| !text.trim().is_empty()),
    }
}
