//! Which records are events of the timeline, and what they say.

use std::collections::BTreeMap;

use serde_json::Value;

use super::FieldChange;

/// Records that a message already shows, or that concern one agent only.
const UNSHOWN: &[&str] = &[
    "message.received",
    "reply.scheduled",
    "reply.released",
    "note.added",
    "message.forwarded",
    "delivery.changed",
    "message.sender_checked",
    "delivery.waiting",
    "mentions.read",
    "survey.planned",
    "survey.cancelled",
    "survey.skipped",
    "rule.ran",
    "rule.told",
];

/// Whether the timeline shows records of this kind as events.
pub fn is_event(kind: &str) -> bool {
    !UNSHOWN.contains(&kind)
}

/// What a record says changed, by field; a plain value is a change from nothing.
pub fn changes(body: &Value) -> BTreeMap<String, FieldChange> {
    let Some(fields) = body.as_object() else {
        return BTreeMap::new();
    };
    fields
        .iter()
        .filter_map(|(name, value)| {
            let change = match (value.get("from"), value.get("to")) {
                (Some(from), Some(to)) if from == to => return None,
                (Some(from), Some(to)) => FieldChange {
                    from: from.clone(),
                    to: to.clone(),
                },
                _ if value.is_null() => return None,
                _ => FieldChange {
                    from: Value::Null,
                    to: value.clone(),
                },
            };
            Some((name.clone(), change))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_what_moved_and_what_is_told() {
        let body = json!({
            "assignee": {"from": null, "to": 3},
            "team": {"from": 2, "to": 2},
            "number": 7,
            "linked": null,
        });
        let found = changes(&body);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["assignee", "number"]);
        assert_eq!(
            found["assignee"],
            FieldChange {
                from: Value::Null,
                to: json!(3)
            }
        );
        assert_eq!(
            found["number"],
            FieldChange {
                from: Value::Null,
                to: json!(7)
            }
        );
    }

    #[test]
    fn what_a_message_shows_is_no_event() {
        assert!(is_event("ticket.assigned") && is_event("message.redacted"));
        assert!(!is_event("note.added") && !is_event("delivery.changed"));
    }
}
