//! Which parts of a record's body are encrypted.

use kernel::keys::Encrypted;
use serde_json::Value;

/// The shortest an encrypted text is in base64: key, nonce and tag around nothing. Enums and times,
/// the only other strings a record may hold, are shorter.
const ENCRYPTED_CHARS_MIN: usize = 44;

/// The encrypted text a string in a body stands for, if it is one.
pub fn encrypted(text: &str) -> Option<Encrypted<String>> {
    if text.len() < ENCRYPTED_CHARS_MIN {
        return None;
    }
    serde_json::from_value(Value::String(text.to_owned())).ok()
}

/// Every string of `body`, wherever it stands.
pub fn strings(body: &mut Value) -> Vec<&mut Value> {
    match body {
        Value::String(_) => vec![body],
        Value::Array(items) => items.iter_mut().flat_map(strings).collect(),
        Value::Object(fields) => fields.values_mut().flat_map(strings).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn strings_are_found_wherever_they_stand() {
        let mut body = json!({"a": "x", "b": [1, "y", {"c": "z"}], "d": null});
        for text in strings(&mut body) {
            *text = json!("!");
        }
        assert_eq!(
            body,
            json!({"a": "!", "b": [1, "!", {"c": "!"}], "d": null})
        );
    }

    #[test]
    fn enums_and_times_are_not_taken_for_ciphertext() {
        for text in ["password_changed", "2026-03-02T09:00:00.123456789Z", "open"] {
            assert!(encrypted(text).is_none());
        }
    }
}
