//! What may be subscribed to, how often is tried, and what a call says. Pure.

use std::time::Duration;

use kernel::jobs::pause_after;
use kernel::journal::StoredRecord;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde_json::{Value, json};

use crate::live;

/// The most webhooks.
pub const WEBHOOKS_MAX: usize = 50;
/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Longest address, in bytes.
pub const URL_BYTES_MAX: usize = 2_000;
/// Longest wait for an answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How much of an answer is kept, in bytes.
pub const EXCERPT_BYTES_MAX: usize = 1_000;
/// Calls under way at once on one node.
pub const AT_ONCE_MAX: usize = 4;
/// Calls under way at once to one target.
pub const AT_ONCE_EACH: usize = 2;
/// A call is tried this often before it is given up: over three hours.
pub const ATTEMPTS_MAX: i64 = 12;
/// A webhook whose calls all failed for this long is switched off.
pub const FAILING_MAX: Duration = Duration::from_secs(3 * 24 * 3600);
/// After a change of secrets both sign for this long.
pub const BOTH_SIGN_FOR: Duration = Duration::from_secs(24 * 3600);
/// The version of what a call says.
pub const PAYLOAD_VERSION: i64 = 1;
/// What the test event is called.
pub const TEST: &str = "webhook.test";
/// The kinds of records that can be subscribed to.
pub const KINDS: &[&str] = &[
    "ticket.created",
    "ticket.assigned",
    "ticket.status_changed",
    "ticket.priority_changed",
    "ticket.type_changed",
    "ticket.tagged",
    "ticket.moved",
    "ticket.snoozed",
    "ticket.requester_changed",
    "message.received",
    "reply.released",
    "note.added",
    "delivery.changed",
];

/// Tidies a name given by a person.
pub fn name(given: &str) -> Result<String, Refusal> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(char::is_control);
    if name.is_empty() || !fits {
        let mend = format!("use 1 to {NAME_CHARS_MAX} plain characters");
        return Err(Refusal::invalid("name", "is empty or too long", mend));
    }
    Ok(name)
}

/// The kinds subscribed to, each once, in the list's order.
pub fn kinds(given: &[String]) -> Result<Vec<String>, Refusal> {
    for (index, kind) in given.iter().enumerate() {
        if !KINDS.contains(&kind.as_str()) {
            let mend = format!("take some of {}", KINDS.join(", "));
            let reason = "is nothing that can be subscribed to";
            return Err(Refusal::invalid(format!("kinds.{index}"), reason, mend));
        }
    }
    let wanted = KINDS
        .iter()
        .filter(|kind| given.iter().any(|it| it == *kind));
    Ok(wanted.map(|kind| (*kind).to_owned()).collect())
}

/// What is told about a record: ids, enums and times only, and the ticket when it goes along.
pub fn payload(record: &StoredRecord, ticket: Option<Value>) -> Value {
    let mut data = json!({
        "version": PAYLOAD_VERSION,
        "record": record.id,
        "ticket_id": record.ticket,
        "customer_id": record.customer,
        "brand_id": record.brand,
        "actor": record.actor,
        "origin": record.origin,
        "changes": live::rules::in_clear(
            serde_json::from_str(&record.body).unwrap_or(Value::Null)
        ),
    });
    if let (Some(ticket), Some(data)) = (ticket, data.as_object_mut()) {
        data.insert("ticket".to_owned(), ticket);
    }
    json!({"type": record.kind, "timestamp": record.at, "data": data})
}

/// What becomes of a call after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The other side took it.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It is given up.
    GivenUp,
}

/// What becomes of a call after attempt number `attempts`, answered with `status`.
pub fn next(status: Option<i64>, attempts: i64, now: Timestamp) -> Next {
    match status {
        Some(200..=299) => Next::Delivered,
        // Gone for good, as the standard has it.
        Some(410) => Next::GivenUp,
        _ if attempts >= ATTEMPTS_MAX => Next::GivenUp,
        _ => Next::Again(now.plus(pause_after(attempts))),
    }
}

/// Whether a webhook whose call failed just now is to be switched off.
pub fn is_hopeless(failing_since: Option<Timestamp>, status: Option<i64>, now: Timestamp) -> bool {
    let for_long = |since: Timestamp| now.since(since) >= FAILING_MAX;
    status == Some(410) || failing_since.is_some_and(for_long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_retried_and_end() {
        let now = Timestamp::from_micros(0);
        assert_eq!(next(Some(204), 1, now), Next::Delivered);
        assert_eq!(next(Some(410), 1, now), Next::GivenUp);
        for status in [None, Some(301), Some(404), Some(500)] {
            assert_eq!(next(status, 2, now), Next::Again(now.plus(pause_after(2))));
            assert_eq!(next(status, ATTEMPTS_MAX, now), Next::GivenUp);
        }
    }

    #[test]
    fn subscriptions_are_known_kinds() {
        let given = ["note.added", "ticket.created", "note.added"].map(str::to_owned);
        assert_eq!(kinds(&given).unwrap(), ["ticket.created", "note.added"]);
        assert!(kinds(&["session.created".to_owned()]).is_err());
    }
}
