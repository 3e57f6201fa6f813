use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use kernel::search::{Ask, Batch, Clause, Document, Index, Limits, Part, Sought};
use kernel::time::Timestamp;

const NOW: Timestamp = Timestamp::from_micros(1_772_442_000_000_000);

/// A message of a group, and its head.
fn said(group: i64, item: u64, text: &str) -> Document {
    Document {
        group,
        item,
        at: NOW,
        facts: vec![format!("of:{group}"), format!("message:{group}:{item}")],
        texts: vec![(Part::Body, text.to_owned())],
    }
}

fn head(group: i64, title: &str, facts: &[&str]) -> Document {
    let own = [
        format!("of:{group}"),
        format!("head:{group}"),
        "head".to_owned(),
    ];
    Document {
        group,
        item: 0,
        at: NOW,
        facts: own
            .into_iter()
            .chain(facts.iter().map(|it| (*it).to_owned()))
            .collect(),
        texts: vec![(Part::Title, title.to_owned())],
    }
}

fn words(text: &str) -> Clause {
    Clause {
        sought: Sought::Words {
            text: text.to_owned(),
            parts: vec![Part::Body, Part::Title],
            begins: false,
            exactly: false,
        },
        not: false,
    }
}

fn ask(clauses: Vec<Clause>) -> Ask {
    Ask {
        head: "head".to_owned(),
        clauses,
        page: (0, 10),
        ..Ask::default()
    }
}

fn found(index: &Index, ask: &Ask) -> Vec<i64> {
    let (found, count) = index.ask(ask, NOW).unwrap();
    assert_eq!(found.len(), count.min(10));
    found.into_iter().map(|it| it.group).collect()
}

fn finds(index: &Index, text: &str) -> Vec<i64> {
    found(index, &ask(text.split(' ').map(words).collect()))
}

fn filled(folder: &std::path::Path) -> Index {
    let index = Index::open(folder, 1).unwrap();
    let add = vec![
        head(1, "Lieferung", &["status:open"]),
        said(
            1,
            1,
            "Guten Tag, wo bleiben denn meine Bestellungen? Ich warte schon sehr lange.",
        ),
        said(
            1,
            2,
            "Die Rechnung über die Größe 42 habe ich gestern bereits bezahlt.",
        ),
        head(2, "Invoice 4711", &["status:solved"]),
        said(
            2,
            1,
            "Where are the invoices for my latest deliveries? I am still waiting.",
        ),
        head(3, "Facturas", &["status:open"]),
        said(
            3,
            1,
            "Hola, necesito las facturas de los últimos meses para mi contabilidad.",
        ),
        head(4, "請求書", &["status:open"]),
        said(4, 1, "先月の請求書を送ってください。"),
    ];
    let batch = Batch {
        add,
        place: "here".to_owned(),
        ..Batch::default()
    };
    index.write(batch).unwrap();
    index
}

#[test]
fn words_are_found_in_other_forms_without_accents_and_with_typos() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(&folder.path().join("search"));
    for (text, wanted) in [
        ("bestellung", 1),
        ("grosse", 1),
        ("rechnungen", 1),
        ("Rechnugn", 1),
        ("invoice", 2),
        ("delivery", 2),
        ("delivreies", 2),
        ("factura", 3),
        ("ultimos", 3),
        ("請求", 4),
        ("請求書", 4),
    ] {
        assert_eq!(finds(&index, text), [wanted], "{text}");
    }
    assert!(finds(&index, "nothing").is_empty());
    assert!(
        finds(&index, "tga").is_empty(),
        "short words are taken as they are"
    );
}

#[test]
fn each_word_may_be_on_another_message_but_all_on_one_group() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(&folder.path().join("search"));
    assert_eq!(finds(&index, "bestellung rechnung lieferung"), [1]);
    assert!(finds(&index, "bestellung invoice").is_empty());
    let mut query = ask(vec![words("rechnung")]);
    query.documents.hidden = vec!["message:1:2".to_owned()];
    assert!(
        found(&index, &query).is_empty(),
        "what is hidden is not found by"
    );
    let mut query = ask(Vec::new());
    query.heads = Limits {
        facts: vec![vec!["status:open".to_owned()]],
        ..Limits::default()
    };
    assert_eq!(
        found(&index, &query).into_iter().collect::<BTreeSet<_>>(),
        [1, 3, 4].into()
    );
}

#[test]
fn what_fits_better_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(&folder.path().join("search"), 1).unwrap();
    let add = vec![
        head(1, "x", &[]),
        said(
            1,
            1,
            "Please repair the heaters in our kitchen, they have been cold for days.",
        ),
        head(2, "x", &[]),
        said(
            2,
            1,
            "Please repair the heater in our kitchen, it has been cold for days.",
        ),
        head(3, "heater", &[]),
        head(4, "x", &[]),
        said(
            4,
            1,
            "Please repair the theater in our kitchen, it has been cold for days.",
        ),
    ];
    index
        .write(Batch {
            add,
            ..Batch::default()
        })
        .unwrap();
    assert_eq!(finds(&index, "heater"), [3, 2, 1, 4]);
}

#[test]
fn what_is_removed_is_not_found_and_after_rewriting_not_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search");
    let index = filled(&path);
    // A dictionary holds its words packed, so that looking for them in its bytes proves nothing.
    let dictionaries = || -> BTreeSet<std::ffi::OsString> {
        let files = std::fs::read_dir(&path)
            .unwrap()
            .map(|file| file.unwrap().file_name());
        files
            .filter(|name| name.to_string_lossy().ends_with(".term"))
            .collect()
    };
    let before = dictionaries();
    assert!(!before.is_empty());
    let remove = vec!["of:3".to_owned()];
    index
        .write(Batch {
            remove,
            erased: true,
            ..Batch::default()
        })
        .unwrap();
    assert!(finds(&index, "factura").is_empty());
    assert!(index.holds_erased().unwrap());
    index.rewrite().unwrap();
    assert!(!index.holds_erased().unwrap());
    let after = dictionaries();
    assert!(
        !after.is_empty() && before.is_disjoint(&after),
        "{before:?} {after:?}"
    );
    assert_eq!(finds(&index, "bestellung"), [1]);
}

#[test]
fn the_place_is_that_of_the_commit_and_other_versions_begin_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search");
    drop(filled(&path));
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let index = Index::open(&path, 1).unwrap();
    assert_eq!(index.place().unwrap(), "here");
    assert_eq!(finds(&index, "invoice"), [2]);
    drop(index);
    let index = Index::open(&path, 2).unwrap();
    assert_eq!((index.place().unwrap().as_str(), index.len()), ("", 0));
}

#[test]
fn a_damaged_index_begins_anew_and_one_in_use_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search");
    let index = filled(&path);
    assert!(Index::open(&path, 1).is_err(), "it is in use");
    assert_eq!(index.len(), 9);
    drop(index);
    std::fs::write(path.join("meta.json"), "{").unwrap();
    let index = Index::open(&path, 1).unwrap();
    assert!(index.is_empty());
}
