//! A second opinion on our mail: Python's email package, and openssl for signatures.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

#[derive(Debug, Deserialize)]
pub struct ReadFile {
    pub name: String,
    pub r#type: String,
    pub inline: bool,
    pub cid: String,
    pub size: usize,
    pub sha256: String,
}

/// A mail as Python reads it.
#[derive(Debug, Deserialize)]
pub struct ReadMail {
    pub headers: Vec<String>,
    pub subject: String,
    pub from: Vec<(String, String)>,
    pub reply_to: Vec<(String, String)>,
    pub to: Vec<(String, String)>,
    pub cc: Vec<(String, String)>,
    pub message_id: String,
    pub in_reply_to: String,
    pub references: Vec<String>,
    pub list_unsubscribe: String,
    pub structure: Value,
    pub text: String,
    pub html: String,
    pub files: Vec<ReadFile>,
    pub defects: Vec<String>,
    #[serde(default)]
    pub dkim: BTreeMap<String, String>,
}

/// Whether this machine has Python (and openssl); says so when not.
pub fn at_hand() -> bool {
    let has = |name: &str| Command::new(name).arg("--version").output().is_ok();
    let both = has("python3") && has("openssl");
    if !both {
        eprintln!("skipped: python3 and openssl are needed for a second opinion");
    }
    both
}

/// Reads mails; `keys` are public keys in PEM by selector.
pub fn read(mails: &[Vec<u8>], keys: &[(String, String)]) -> Vec<ReadMail> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("python3");
    let script = folder.path().join("read_mail.py");
    std::fs::write(&script, include_str!("read_mail.py")).unwrap();
    command.arg(&script);
    if !keys.is_empty() {
        for (selector, pem) in keys {
            std::fs::write(folder.path().join(format!("{selector}.pem")), pem).unwrap();
        }
        command.arg("--keys").arg(folder.path());
    }
    for (index, raw) in mails.iter().enumerate() {
        let path = folder.path().join(format!("{index}.eml"));
        std::fs::write(&path, raw).unwrap();
        command.arg(path);
    }
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}");
    let answers = String::from_utf8(done.stdout).unwrap();
    answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
