//! What a file of a room is for, told by its name, and what it may hold.

use super::tree::Source;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Pure decisions.
    Rules,
    /// SQL, one text for both engines.
    Store,
    /// One half of a pair of files, each for one engine.
    Twin,
    /// The database layer itself, and our own tools.
    Free,
    /// Parse, call, present.
    Http,
    /// Not part of the product.
    Test,
    /// Everything else.
    Other,
}

impl Role {
    /// The role a file's name gives it.
    pub fn of(source: &Source) -> Self {
        let stem = source.stem();
        let is = |name: &str| {
            stem == name
                || stem
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('_'))
                || source.folders().any(|folder| folder == name)
        };
        let engine = |name: &str| {
            ["sqlite", "postgres"]
                .iter()
                .any(|it| name == *it || name.ends_with(&format!("_{it}")))
        };
        if source.is_test() {
            Self::Test
        } else if engine(stem) || source.folders().any(engine) {
            Self::Twin
        } else if source.path.starts_with("crates/kernel/src/db")
            || source.path.starts_with("xtask")
        {
            Self::Free
        } else if is("store") {
            Self::Store
        } else if is("rules") {
            Self::Rules
        } else if is("http") {
            Self::Http
        } else if source.path.starts_with("crates/kernel/src") {
            // The kernel's nouns are single files: the journal's SQL stands with the journal.
            Self::Store
        } else {
            Self::Other
        }
    }

    /// Whether SQL may stand in it.
    pub fn may_hold_sql(self) -> bool {
        matches!(self, Self::Store | Self::Twin | Self::Free | Self::Test)
    }

    /// Whether it may tell one engine from the other.
    pub fn may_branch(self) -> bool {
        matches!(self, Self::Twin | Self::Free | Self::Test)
    }
}

/// Whether a text is SQL. Keywords in capitals are enough; in small letters some punctuation must
/// come with them, so that English sentences are not taken for it.
pub fn is_sql(text: &str) -> bool {
    /// First keywords, each with those of which one must follow; none must where none is given.
    const KEYWORDS: [(&str, &[&str]); 12] = [
        ("SELECT", &["FROM", "EXISTS", "COUNT", "1", "$1"]),
        ("INSERT", &["INTO"]),
        ("UPDATE", &["SET"]),
        ("DELETE", &["FROM"]),
        (
            "CREATE",
            &["TABLE", "INDEX", "DATABASE", "SCHEMA", "VIEW", "TRIGGER"],
        ),
        ("ALTER", &["TABLE"]),
        ("DROP", &["TABLE", "INDEX", "DATABASE", "SCHEMA"]),
        ("WITH", &["SELECT"]),
        ("BEGIN", &["IMMEDIATE", "EXCLUSIVE", "TRANSACTION"]),
        ("PRAGMA", &[]),
        ("SAVEPOINT", &[]),
        ("VACUUM", &[]),
    ];
    let text = text.trim_start();
    let mut words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '$');
    let first = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    let small = first == first.to_lowercase();
    if small && !text.contains(['$', '=', '*', '(']) {
        return false;
    }
    let same = |word: &str, keyword: &str| {
        if small {
            word == keyword.to_lowercase()
        } else {
            word == keyword
        }
    };
    KEYWORDS.iter().any(|(start, follow)| {
        let follows = follow
            .iter()
            .any(|keyword| rest.iter().any(|word| same(word, keyword)));
        same(first, start) && (follows || (follow.is_empty() && !small))
    })
}

/// Why a path has no place in a file of rules, if it has none.
pub fn impure(path: &[String]) -> Option<&'static str> {
    const OUTSIDE: [&str; 15] = [
        "std::fs",
        "std::io",
        "std::net",
        "std::process",
        "std::env",
        "std::thread",
        "tokio",
        "axum",
        "reqwest",
        "lettre",
        "async_imap",
        "object_store",
        "kernel::blobs",
        "kernel::live",
        "kernel::Kernel",
    ];
    let starts = |with: &str| {
        let mut own = path.iter();
        with.split("::")
            .all(|part| own.next().is_some_and(|it| it == part))
    };
    let ends_in_now = || match path {
        [.., owner, now] => {
            now == "now"
                && [
                    "SystemTime",
                    "Instant",
                    "Timestamp",
                    "Zoned",
                    "Clock",
                    "clock",
                ]
                .contains(&owner.as_str())
        }
        _ => false,
    };
    // Addresses are values; only what connects to them is outside.
    let is_address = || {
        starts("std::net")
            && path
                .last()
                .is_some_and(|last| last.contains("Addr") && last != "ToSocketAddrs")
    };
    if starts("kernel::db") || starts("rusqlite") || starts("tokio_postgres") {
        Some("the database")
    } else if starts("kernel::clock") || ends_in_now() {
        Some("a clock")
    } else if starts("kernel::random") {
        Some("randomness")
    } else if OUTSIDE.iter().any(|it| starts(it)) && !is_address() {
        Some("the outside world")
    } else if path.len() > 1
        && matches!(
            path.first().map(String::as_str),
            Some("super" | "crate" | "self")
        )
        && path
            .iter()
            .any(|it| matches!(it.as_str(), "store" | "commands" | "http" | "reactions"))
    {
        Some("the files that call it")
    } else {
        None
    }
}

/// Whether a path names one engine and not the other.
pub fn names_engine(path: &[String]) -> bool {
    const DRIVERS: [&str; 3] = ["rusqlite", "tokio_postgres", "deadpool_postgres"];
    let first = path
        .first()
        .is_some_and(|first| DRIVERS.contains(&first.as_str()));
    first || (path.len() > 1 && path.last().is_some_and(|last| is_engine(last)))
}

/// Whether this is what code calls one of the engines.
pub fn is_engine(name: &str) -> bool {
    matches!(
        name,
        "Sqlite" | "SQLite" | "Postgres" | "PostgreSql" | "PostgreSQL"
    )
}
