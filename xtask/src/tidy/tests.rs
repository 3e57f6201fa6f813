//! A violation of each kind is planted in an otherwise tidy tree and must be found, by file and
//! line, with what to do about it.

use std::fs;

use tempfile::TempDir;

use super::{Finding, findings, report};

/// A small tidy checkout.
struct Tree(TempDir);

const STORE: &str = r#"//! SQL.
const FIND: &str = "SELECT id FROM tickets WHERE id = $1";
"#;
const RULES: &str = "//! Decisions.
pub fn decide(open: bool) -> bool {
    !open
}
";
const HTTP: &str = "//! Presenting.
pub async fn show() {}
";

impl Tree {
    fn tidy() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (name, dependencies) in [
            ("kernel", "[dev-dependencies]\ntestkit.workspace = true\n"),
            ("testkit", "[dependencies]\nkernel.workspace = true\n"),
            ("desk", "[dependencies]\nkernel.workspace = true\n"),
            (
                "evenkeel",
                "[dependencies]\nanyhow = \"1\"\ndesk = { path = \"../desk\" }\n",
            ),
        ] {
            tree.manifest(name, dependencies);
        }
        tree.write(
            "crates/desk/src/lib.rs",
            "//! Desk.\n// lists 0001_tickets.sql\n",
        );
        tree.write("crates/desk/src/tickets/store.rs", STORE);
        tree.write("crates/desk/src/tickets/rules.rs", RULES);
        tree.write("crates/desk/src/tickets/http.rs", HTTP);
        tree.write(
            "crates/desk/migrations/0001_tickets.sql",
            "CREATE TABLE tickets (id {id});\n",
        );
        tree.write(
            "web/app/src/inbox.ts",
            "export type Inbox = { id: number };\n",
        );
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.0.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn manifest(&self, name: &str, dependencies: &str) {
        let text = format!("[package]\nname = \"{name}\"\n\n{dependencies}");
        self.write(&format!("crates/{name}/Cargo.toml"), &text);
    }

    fn findings(&self) -> Vec<Finding> {
        findings(self.0.path()).unwrap()
    }

    /// The tree breaks exactly one rule, at this place, in these words.
    #[track_caller]
    fn breaks(&self, place: &str, what: &str, mend: &str) {
        let found: Vec<String> = self.findings().iter().map(Finding::to_string).collect();
        let hit = found.iter().filter(|line| {
            line.starts_with(&format!("{place}: ")) && line.contains(what) && line.contains(mend)
        });
        assert_eq!(
            hit.count(),
            1,
            "want {place}: {what}; {mend}\nfound {found:#?}"
        );
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(
            !report(self.0.path()).unwrap(),
            "a violation must break the run"
        );
    }
}

/// A tidy tree with one file more, or one file changed.
fn with(path: &str, text: &str) -> Tree {
    let tree = Tree::tidy();
    tree.write(path, text);
    tree
}

fn with_manifest(name: &str, dependencies: &str) -> Tree {
    let tree = Tree::tidy();
    tree.manifest(name, dependencies);
    tree
}

#[test]
fn a_tidy_tree_is_tidy() {
    let tree = Tree::tidy();
    assert_eq!(tree.findings(), []);
    assert!(report(tree.0.path()).unwrap());
}

#[test]
fn one_violation_breaks_the_run() {
    assert!(!report(with_manifest("cellar", "").0.path()).unwrap());
}

#[test]
fn arrows_point_down() {
    let tree = with_manifest("kernel", "[dependencies]\ndesk.workspace = true\n");
    tree.breaks(
        "crates/kernel/Cargo.toml:5",
        "`kernel` names `desk`",
        "declare a port",
    );
    let tree = with_manifest(
        "kernel",
        "[dependencies.low]\npackage = \"desk\"\npath = \"x\"\n",
    );
    tree.breaks(
        "crates/kernel/Cargo.toml:4",
        "`kernel` names `desk`",
        "declare a port",
    );
    let tree = with_manifest("desk", "[build-dependencies]\n\ndoors = \"1\"\n");
    tree.breaks(
        "crates/desk/Cargo.toml:6",
        "`desk` names `doors`",
        "declare a port",
    );
    let tree = with_manifest("desk", "[target.'cfg(unix)'.dependencies]\nvoice = \"1\"\n");
    tree.breaks(
        "crates/desk/Cargo.toml:5",
        "`desk` names `voice`",
        "declare a port",
    );
    let tree = with_manifest("desk", "[dependencies]\nevenkeel.workspace = true\n");
    tree.breaks(
        "crates/desk/Cargo.toml:5",
        "`desk` names `evenkeel`",
        "declare a port",
    );
    let tree = with_manifest("testkit", "[dependencies]\ndesk.workspace = true\n");
    tree.breaks(
        "crates/testkit/Cargo.toml:5",
        "`testkit` names `desk`",
        "declare a port",
    );
}

#[test]
fn testkit_is_for_tests() {
    let tree = with_manifest("desk", "[dependencies]\ntestkit.workspace = true\n");
    tree.breaks(
        "crates/desk/Cargo.toml:5",
        "`desk` names `testkit`",
        "[dev-dependencies]",
    );
}

#[test]
fn every_room_has_its_place() {
    let tree = with_manifest("cellar", "");
    tree.breaks(
        "crates/cellar/Cargo.toml:1",
        "`cellar` is not a known room",
        "its place",
    );
}

#[test]
fn tools_know_no_room() {
    let manifest = "[package]\nname = \"xtask\"\n[dependencies]\nkernel.workspace = true\n";
    let tree = with("xtask/Cargo.toml", manifest);
    tree.breaks(
        "xtask/Cargo.toml:4",
        "`xtask` names `kernel`",
        "run the binary",
    );
}

#[test]
fn rooms_have_errors_of_their_own() {
    let tree = with_manifest("desk", "[dependencies]\nanyhow = \"1\"\n");
    tree.breaks(
        "crates/desk/Cargo.toml:5",
        "`desk` names anyhow",
        "error type of its own",
    );
}

#[test]
fn sql_stands_in_stores() {
    let sql = "//! X.\npub fn all() -> &'static str {\n    \"SELECT * FROM tickets\"\n}\n";
    let tree = with("crates/desk/src/tickets/commands.rs", sql);
    tree.breaks(
        "crates/desk/src/tickets/commands.rs:3",
        "SQL outside a store",
        "store.rs",
    );
    let tree = with("crates/desk/src/tickets/http.rs", sql);
    tree.breaks(
        "crates/desk/src/tickets/http.rs:3",
        "SQL in a file that presents",
        "store.rs",
    );
    let tree = with("crates/desk/src/tickets/rules.rs", sql);
    tree.breaks(
        "crates/desk/src/tickets/rules.rs:3",
        "SQL in a file of rules",
        "store.rs",
    );
    let inside =
        "//! X.\npub fn f(id: i64) {\n    run(format!(\"delete from t where id = {id}\"));\n}\n";
    let tree = with("crates/desk/src/tickets/mod.rs", inside);
    tree.breaks(
        "crates/desk/src/tickets/mod.rs:3",
        "SQL outside a store",
        "store.rs",
    );
    let tree = with("crates/desk/src/tickets/store.rs", sql);
    tree.breaks(
        "crates/desk/src/tickets/store.rs:3",
        "SQL without a name",
        "const NAME",
    );
}

#[test]
fn english_is_no_sql() {
    let text = r#"//! X.
pub const A: &[&str] = &[
    "Select a ticket from the list",
    "update it",
    "select one from those that you set",
    "-----BEGIN CERTIFICATE-----",
];
"#;
    assert_eq!(with("crates/desk/src/tickets/mod.rs", text).findings(), []);
}

#[test]
fn tests_may_say_anything_in_sql() {
    let text = "//! X.\n#[cfg(test)]\nmod tests {\n    const ALL: &str = \"SELECT 1 FROM x\";\n}\n";
    assert_eq!(with("crates/desk/src/tickets/mod.rs", text).findings(), []);
    let text = "const ALL: &str = \"SELECT 1 FROM x\";\n";
    assert_eq!(with("crates/desk/tests/all.rs", text).findings(), []);
}

#[test]
fn rules_are_pure() {
    let rules = "crates/desk/src/tickets/rules.rs";
    for (line, what) in [
        ("pub async fn decide() {}", "rules wait"),
        ("pub fn decide() { drop(async {}); }", "rules wait"),
        ("use kernel::db::Tx;", "rules reach for the database"),
        (
            "use kernel::{db, ids::TicketId};",
            "rules reach for the database",
        ),
        ("use kernel::clock::Clock;", "rules reach for a clock"),
        (
            "pub fn decide() { drop(std::time::SystemTime::now()); }",
            "rules reach for a clock",
        ),
        ("use kernel::random::Random;", "rules reach for randomness"),
        ("use std::fs::File;", "rules reach for the outside world"),
        (
            "pub fn decide() { drop(tokio::spawn(f())); }",
            "rules reach for the outside world",
        ),
        (
            "use super::store;",
            "rules reach for the files that call it",
        ),
    ] {
        with(rules, &format!("//! Decisions.\n{line}\n")).breaks(&format!("{rules}:2"), what, "");
    }
    with(rules, "//! X.\nuse std::fs;\n").breaks(&format!("{rules}:2"), "", "as an argument");
}

#[test]
fn presenting_changes_nothing() {
    let text = "//! X.\npub async fn f(db: Db) {\n    db.write(async |tx| tx.all()).await;\n}\n";
    let tree = with("crates/desk/src/tickets/http.rs", text);
    tree.breaks(
        "crates/desk/src/tickets/http.rs:3",
        "a write in a file that presents",
        "command",
    );
}

#[test]
fn engines_are_told_apart_in_twins_only() {
    let text = "//! X.\npub fn f(engine: Engine) -> bool {\n    engine == Engine::Sqlite\n}\n";
    let tree = with("crates/desk/src/tickets/store.rs", text);
    tree.breaks(
        "crates/desk/src/tickets/store.rs:3",
        "code for one engine",
        "x_sqlite.rs",
    );
    let tree = with(
        "crates/desk/src/tickets/mod.rs",
        "//! X.\nuse rusqlite::Connection;\n",
    );
    tree.breaks(
        "crates/desk/src/tickets/mod.rs:2",
        "code for one engine",
        "x_postgres.rs",
    );
    assert_eq!(
        with("crates/desk/src/tickets/search_sqlite.rs", text).findings(),
        []
    );
    assert_eq!(with("crates/kernel/src/db/mod.rs", text).findings(), []);
}

#[test]
fn files_stay_short() {
    let long = format!("//! X.\n{}", "const _: () = ();\n".repeat(800));
    let tree = with(
        "crates/desk/src/lib.rs",
        &format!("{long}// 0001_tickets.sql\n"),
    );
    tree.breaks(
        "crates/desk/src/lib.rs:801",
        "802 lines before tests, at most 800",
        "split",
    );
    let tree = with("web/app/src/inbox.ts", &"export {};\n".repeat(801));
    tree.breaks("web/app/src/inbox.ts:801", "801 lines", "split");
}

#[test]
fn a_longish_file_is_a_warning_and_tests_do_not_count() {
    let code = "const _: () = ();\n".repeat(400);
    let tree = with("crates/desk/src/tickets/mod.rs", &format!("//! X.\n{code}"));
    let found = tree.findings();
    assert!(
        matches!(
            found.as_slice(),
            [Finding {
                warning: true,
                line: 401,
                ..
            }]
        ),
        "{found:?}"
    );
    assert!(report(tree.0.path()).unwrap(), "a warning breaks nothing");
    let tests = format!("//! X.\n#[cfg(test)]\nmod tests {{\n{code}{code}{code}}}\n");
    assert_eq!(
        with("crates/desk/src/tickets/mod.rs", &tests).findings(),
        []
    );
}

#[test]
fn functions_stay_short() {
    let body = "    step();\n".repeat(69);
    let tree = with(
        "crates/desk/src/tickets/mod.rs",
        &format!("//! X.\nfn f() {{\n{body}}}\n"),
    );
    tree.breaks(
        "crates/desk/src/tickets/mod.rs:2",
        "`f` has 71 lines, at most 70",
        "steps",
    );
    let body = "    step();\n".repeat(68);
    let tree = with(
        "crates/desk/src/tickets/mod.rs",
        &format!("//! X.\nfn f() {{\n{body}}}\n"),
    );
    assert_eq!(tree.findings(), []);
}

#[test]
fn lines_stay_short() {
    let tree = with(
        "crates/desk/src/tickets/mod.rs",
        &format!("//! {}\n", "x".repeat(97)),
    );
    tree.breaks(
        "crates/desk/src/tickets/mod.rs:1",
        "101 columns, at most 100",
        "break the line",
    );
    let address = format!("//! <https://{}>\n", "x".repeat(100));
    assert_eq!(
        with("crates/desk/src/tickets/mod.rs", &address).findings(),
        []
    );
}

#[test]
fn lints_are_not_silenced() {
    let module = "crates/desk/src/tickets/mod.rs";
    let tree = with(module, "//! X.\n#[allow(dead_code)]\nfn f() {}\n");
    tree.breaks(
        "crates/desk/src/tickets/mod.rs:2",
        "a lint is silenced",
        "#[expect(",
    );
    let tree = with(module, "//! X.\n#![allow(dead_code)]\n");
    tree.breaks(
        "crates/desk/src/tickets/mod.rs:2",
        "a lint is silenced",
        "#[expect(",
    );
    let tree = with(
        module,
        "//! X.\n#[cfg_attr(test, allow(dead_code))]\nuse x::y;\n",
    );
    tree.breaks(
        "crates/desk/src/tickets/mod.rs:2",
        "a lint is silenced",
        "#[expect(",
    );
}

#[test]
fn work_is_finished() {
    for mark in [concat!("TO", "DO"), concat!("FIX", "ME")] {
        let tree = with(
            "crates/desk/src/tickets/mod.rs",
            &format!("//! X.\n// {mark}: later\n"),
        );
        tree.breaks(
            "crates/desk/src/tickets/mod.rs:2",
            "unfinished work",
            "file an issue",
        );
        let tree = with(
            "web/app/src/inbox.ts",
            &format!("const a = 1; /* {mark} */\n"),
        );
        tree.breaks("web/app/src/inbox.ts:1", "unfinished work", "file an issue");
    }
}

#[test]
fn names_say_something() {
    let module = "crates/desk/src/tickets/mod.rs";
    for (code, name) in [
        ("pub struct TicketManager;", "TicketManager"),
        ("enum Info { A }", "Info"),
        ("trait MailHelper {}", "MailHelper"),
        ("type UserData = i64;", "UserData"),
    ] {
        let tree = with(module, &format!("//! X.\n{code}\n"));
        tree.breaks(
            "crates/desk/src/tickets/mod.rs:2",
            &format!("`{name}`"),
            "name it after",
        );
    }
    assert_eq!(
        with(module, "//! X.\ntrait PersonalData {}\nstruct DataKey;\n").findings(),
        []
    );
    let tree = with("crates/desk/src/string_utils.rs", "//! X.\n");
    tree.breaks(
        "crates/desk/src/string_utils.rs:1",
        "`string_utils`",
        "name it after",
    );
    let tree = with("web/app/src/helpers/date.ts", "export {};\n");
    tree.breaks(
        "web/app/src/helpers/date.ts:1",
        "`helpers`",
        "name it after",
    );
    let tree = with(
        "web/app/src/inbox.ts",
        "\nexport interface TicketInfo { id: number }\n",
    );
    tree.breaks("web/app/src/inbox.ts:2", "`TicketInfo`", "name it after");
}

#[test]
fn migrations_are_paired_numbered_and_listed() {
    let folder = "crates/desk/migrations";
    let list = |names: &str| format!("//! Desk.\n// lists 0001_tickets.sql {names}\n");
    let tree = with(
        "crates/desk/migrations/0002_search_sqlite.sql",
        "SELECT 1;\n",
    );
    tree.write("crates/desk/src/lib.rs", &list("0002_search_sqlite.sql"));
    let place = format!("{folder}/0002_search_sqlite.sql:1");
    tree.breaks(&place, "has no twin", "add 0002_search_postgres.sql");

    tree.write(
        "crates/desk/migrations/0002_search_postgres.sql",
        "SELECT 1;\n",
    );
    tree.breaks(
        &format!("{folder}/0002_search_postgres.sql:1"),
        "no code lists",
        "include_str!",
    );
    tree.write(
        "crates/desk/src/lib.rs",
        &list("0002_search_sqlite.sql 0002_search_postgres.sql"),
    );
    assert_eq!(tree.findings(), []);

    let tree = with("crates/desk/migrations/tickets.sql", "SELECT 1;\n");
    tree.write("crates/desk/src/lib.rs", &list("tickets.sql"));
    tree.breaks(
        &format!("{folder}/tickets.sql:1"),
        "not named like",
        "0001_title.sql",
    );

    let tree = with("crates/desk/migrations/0001_again.sql", "SELECT 1;\n");
    tree.write("crates/desk/src/lib.rs", &list("0001_again.sql"));
    tree.breaks(
        &format!("{folder}/0001_tickets.sql:1"),
        "taken by 0001_again.sql",
        "next free",
    );
}

#[test]
fn code_that_does_not_parse_is_named() {
    let tree = with("crates/desk/src/tickets/mod.rs", "//! X.\nfn f( {}\n");
    tree.breaks(
        "crates/desk/src/tickets/mod.rs:2",
        "does not parse",
        "make it compile",
    );
}
