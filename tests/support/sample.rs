//! The smallest value that fits a JSON schema of the API's document.

use serde_json::{Map, Value, json};

/// A value for `schema`, whose references are looked up in `document`.
pub fn sample(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let path = reference.trim_start_matches('#');
        return sample(
            document,
            document.pointer(path).expect("references lead somewhere"),
        );
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(options) = schema[choice].as_array() {
            let first = options.iter().find(|option| option["type"] != "null");
            return sample(document, first.expect("a choice has options"));
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let merged = parts
            .iter()
            .filter_map(|part| match sample(document, part) {
                Value::Object(fields) => Some(fields),
                _ => None,
            });
        return Value::Object(merged.flatten().collect());
    }
    if let Some(options) = schema["enum"].as_array() {
        return options.first().cloned().unwrap_or_default();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").cloned(),
        kind => Some(kind.clone()),
    };
    match kind.as_ref().and_then(Value::as_str) {
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        Some("string") if schema["format"] == "date-time" => json!("2026-05-01T00:00:00Z"),
        Some("string") => json!("sample"),
        _ => object(document, schema),
    }
}

fn object(document: &Value, schema: &Value) -> Value {
    let required = schema["required"].as_array().into_iter().flatten();
    let fields: Map<String, Value> = required
        .filter_map(Value::as_str)
        .map(|name| {
            (
                name.to_owned(),
                sample(document, &schema["properties"][name]),
            )
        })
        .collect();
    Value::Object(fields)
}
