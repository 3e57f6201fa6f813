//! No journal record holds a text in clear.

use std::collections::BTreeMap;

use evenkeel::app;
use kernel::journal::RecordType;
use serde_json::Value;

/// The texts in clear of a record: strings that are neither one of a few words, nor a time, nor
/// encrypted.
fn clear_texts(schema: &Value, shapes: &BTreeMap<String, Value>, path: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return match shapes.get(name) {
            Some(shape) => clear_texts(shape, shapes, path),
            // Only types that have no parts are left out of the collection: ids and the like.
            None => vec![format!("{path}: {name} is unknown")],
        };
    }
    let mut found = Vec::new();
    for choice in ["oneOf", "anyOf", "allOf", "prefixItems"] {
        for option in schema[choice].as_array().into_iter().flatten() {
            found.extend(clear_texts(option, shapes, path));
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        found.extend(clear_texts(property, shapes, &format!("{path}.{name}")));
    }
    for inner in ["items", "additionalProperties"] {
        if schema[inner].is_object() {
            found.extend(clear_texts(&schema[inner], shapes, &format!("{path}[]")));
        }
    }
    let is_text = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "string"),
        kind => kind == "string",
    };
    let is_marked = schema["format"] == "encrypted" || schema["format"] == "date-time";
    let is_word = schema["enum"].is_array() || schema["const"].is_string();
    if is_text && !is_marked && !is_word {
        found.push(path.to_owned());
    }
    found
}

fn clear_texts_of(record: &RecordType) -> Vec<String> {
    let mut collected = Vec::new();
    (record.schemas)(&mut collected);
    let shapes = collected
        .into_iter()
        .map(|(name, schema)| (name, serde_json::to_value(schema).unwrap()))
        .collect();
    let schema = serde_json::to_value((record.schema)()).unwrap();
    clear_texts(&schema, &shapes, record.kind)
}

#[test]
fn no_record_holds_a_text_in_clear() {
    let found: Vec<String> = app::records().flat_map(clear_texts_of).collect();
    assert!(
        found.is_empty(),
        "encrypt these values or make them enums: {found:#?}"
    );
}

#[test]
fn an_unmarked_text_is_found() {
    #[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
    struct Careless {
        reason: Option<String>,
        seen: Vec<String>,
        at: kernel::time::Timestamp,
        text: kernel::keys::Encrypted<String>,
    }
    impl kernel::journal::Record for Careless {
        const KIND: &'static str = "careless";
    }
    let found = clear_texts_of(&RecordType::of::<Careless>());
    assert_eq!(found, ["careless.reason", "careless.seen[]"]);
}

#[test]
fn every_record_kind_has_one_name() {
    let mut kinds: Vec<&str> = app::records().map(|record| record.kind).collect();
    let all = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), all, "two record types share a kind");
}
