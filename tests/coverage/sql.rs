//! Every SQL text in the source is understood by both engines.

use std::path::{Path, PathBuf};
use std::{fs, io};

use evenkeel::app::MIGRATIONS;
use kernel::db::{DbError, Tx};
use syn::visit::Visit;

const VERBS: [&str; 5] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];

struct Statement {
    place: String,
    sql: String,
    /// The only engine it is for, when it stands in a twin file.
    engine: Option<&'static str>,
}

/// Collects `const NAME: &str = "SELECT …"`, wherever it stands.
struct Statements<'a> {
    file: &'a Path,
    found: Vec<Statement>,
}

impl Visit<'_> for Statements<'_> {
    fn visit_item_const(&mut self, item: &syn::ItemConst) {
        let syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) = &*item.expr
        else {
            return;
        };
        // A statement that ends in IN is completed by as many parameters as there are ids.
        let sql = text.value();
        let sql = if sql.ends_with(" IN ") {
            sql + "(NULL)"
        } else {
            sql
        };
        if VERBS.iter().any(|verb| sql.starts_with(verb)) {
            let name = self.file.file_name().unwrap().to_string_lossy();
            let engine = match () {
                () if name.ends_with("_sqlite.rs") => Some("sqlite"),
                () if name.ends_with("_postgres.rs") => Some("postgres"),
                () => None,
            };
            let place = format!("{}: {}", self.file.display(), item.ident);
            self.found.push(Statement { place, sql, engine });
        }
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

fn statements() -> Vec<Statement> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut files = Vec::new();
    for room in fs::read_dir(crates).unwrap() {
        sources(&room.unwrap().path().join("src"), &mut files).unwrap();
    }
    let mut found = Vec::new();
    for file in files {
        let parsed = syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap();
        let mut statements = Statements {
            file: &file,
            found: Vec::new(),
        };
        statements.visit_file(&parsed);
        found.extend(statements.found);
    }
    found
}

#[tokio::test]
async fn every_statement_is_understood_by_both_engines() {
    let all = statements();
    assert!(
        all.len() > 100,
        "only {} statements were found: is the search broken?",
        all.len()
    );
    testkit::each_engine(MIGRATIONS, async |world| {
        let engine = world.engine;
        let mine = statements()
            .into_iter()
            .filter(|s| s.engine.is_none_or(|e| e == engine));
        let mut refused = Vec::new();
        for Statement { place, sql, .. } in mine {
            let prepare = async move |tx: &mut Tx<'_>| tx.prepare(&sql).await;
            if let Err(error) = world.kernel.db.write::<_, DbError, _>(prepare).await {
                refused.push(format!("{place}: {}", reason(&error)));
            }
        }
        assert!(
            refused.is_empty(),
            "{engine} does not understand: {refused:#?}"
        );
    })
    .await;
}

/// The engine's own words.
fn reason(error: &DbError) -> String {
    use std::error::Error;
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}
