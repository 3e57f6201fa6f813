//! Who may see a record, and what of it.

use std::collections::BTreeSet;

use identity::{Caller, Permission};
use kernel::ids::AgentId;
use kernel::journal::{Actor, StoredRecord};
use serde_json::Value;

use super::events::{LiveActor, LiveActorType, LiveEvent};

/// A screen further behind than this many records fetches everything again.
pub const REPLAY_MAX: i64 = 10_000;
/// Longer strings of a record are not shown. An enum or a time is at most this long; an encrypted
/// value is always longer: key id, nonce and tag alone make 50 characters.
pub const CLEAR_CHARS_MAX: usize = 40;

/// Who may see a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody signed in.
    Everybody,
    /// Those who have the permission.
    Holders(Permission),
    /// One agent.
    Agent(AgentId),
    /// Nobody, by this way.
    Nobody,
}

impl Audience {
    /// Whether `caller` belongs to it.
    pub fn includes(self, caller: &Caller) -> bool {
        match self {
            Self::Everybody => true,
            Self::Holders(permission) => caller.may(permission),
            Self::Agent(agent) => caller.agent == agent,
            Self::Nobody => false,
        }
    }
}

/// Who may see a record: what is not named here is seen by nobody.
pub fn audience(record: &StoredRecord) -> Audience {
    let about = record.agent.map_or(Audience::Nobody, Audience::Agent);
    let noun = record
        .kind
        .split_once('.')
        .map_or(record.kind.as_str(), |(noun, _)| noun);
    match noun {
        "ticket" | "message" | "reply" | "note" | "delivery" | "mentions" | "sla" | "promise"
        | "side_conversation" | "escalation" | "task" | "rule" => {
            Audience::Holders(Permission::TicketRead)
        }
        "customer" | "identity" => Audience::Holders(Permission::CustomerRead),
        "team" | "tag" | "brand" | "inbox" | "skill" | "workspace" | "field" | "form"
        | "schedule" | "absence" | "checklist" | "escalation_path" => Audience::Everybody,
        "sla_policy" => Audience::Holders(Permission::DeskManage),
        "agent" => match record.kind.as_str() {
            "agent.created"
            | "agent.changed"
            | "agent.state_changed"
            | "agent.abilities_changed" => Audience::Everybody,
            "agent.preferences_changed" => about,
            _ => Audience::Nobody,
        },
        // A personal macro or view is about its owner.
        "macro" | "view" => record.agent.map_or(Audience::Everybody, Audience::Agent),
        "invitation" => Audience::Holders(Permission::AgentManage),
        "mail" => Audience::Holders(Permission::FailureManage),
        "notification" | "bulk" => about,
        "abuse" => Audience::Holders(Permission::TicketRead),
        // Who attributes an answer stays blind, and so does whoever watches them.
        "survey" if record.ticket.is_some() => Audience::Holders(Permission::TicketRead),
        _ => Audience::Nobody,
    }
}

/// Whether the record may have changed what the agent it is about may see.
pub fn touches_rights(record: &StoredRecord) -> bool {
    record.agent.is_some()
        && matches!(
            record.kind.as_str(),
            "agent.changed" | "session.locked" | "session.revoked"
        )
}

/// The record as it goes over the feed.
pub fn event(record: &StoredRecord) -> LiveEvent {
    let body: Value = serde_json::from_str(&record.body).unwrap_or(Value::Null);
    LiveEvent::Record {
        position: record.position,
        kind: record.kind.clone(),
        at: record.at,
        ticket_id: record.ticket,
        customer_id: record.customer,
        actor: actor(record.actor),
        agent_ids: concerned(record.agent, &body),
        changes: in_clear(body),
    }
}

/// Whether a browser's page at `origin` may open a socket: only pages of ours may, since the
/// browser sends the session's cookie along whoever asks. Programs send no origin.
pub fn same_origin(origin: Option<&str>, host: Option<&str>, base_url: &str) -> bool {
    let Some(origin) = origin else { return true };
    let authority = |url: &str| -> Option<String> {
        let (_, rest) = url.split_once("://")?;
        Some(rest.split('/').next().unwrap_or(rest).to_ascii_lowercase())
    };
    let Some(from) = authority(origin) else {
        return false;
    };
    host.is_some_and(|host| host.eq_ignore_ascii_case(&from)) || authority(base_url) == Some(from)
}

fn actor(actor: Actor) -> LiveActor {
    let (kind, id) = match actor {
        Actor::Agent(id) => (LiveActorType::Agent, Some(id.0)),
        Actor::Customer(id) => (LiveActorType::Customer, Some(id.0)),
        Actor::Rule(id) => (LiveActorType::Rule, Some(id)),
        Actor::Bot => (LiveActorType::Bot, None),
        Actor::System | Actor::Import => (LiveActorType::System, None),
    };
    LiveActor { kind, id }
}

/// The agents a record concerns: whom it is about, whom it mentions, who gets the ticket.
fn concerned(about: Option<AgentId>, body: &Value) -> Vec<AgentId> {
    let mentioned = body
        .get("mentions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let assignee = body
        .get("assignee")
        .map(|value| value.get("to").unwrap_or(value));
    let named = mentioned
        .chain(assignee)
        .filter_map(Value::as_i64)
        .map(AgentId);
    named
        .chain(about)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The body without its encrypted values, which become null.
pub(crate) fn in_clear(body: Value) -> Value {
    match body {
        Value::String(text) if text.len() > CLEAR_CHARS_MAX => Value::Null,
        Value::Array(items) => items.into_iter().map(in_clear).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, in_clear(value)))
            .collect(),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use identity::Role;
    use kernel::ids::{BrandId, RecordId, TicketId};
    use kernel::journal::Origin;
    use kernel::time::Timestamp;
    use serde_json::json;

    use super::*;

    fn record(kind: &str, agent: Option<i64>, body: Value) -> StoredRecord {
        StoredRecord {
            position: 5,
            id: RecordId(5),
            kind: kind.to_owned(),
            version: 1,
            at: Timestamp::from_micros(0),
            actor: Actor::System,
            origin: Origin::System,
            cause: None,
            depth: 0,
            brand: BrandId::DEFAULT,
            quiet: false,
            ticket: Some(TicketId(1)),
            customer: None,
            agent: agent.map(AgentId),
            request: None,
            body: body.to_string(),
        }
    }

    fn seen(kind: &str, agent: Option<i64>, by: i64, role: Role) -> bool {
        let caller = Caller::for_agent(AgentId(by), "Mia", role);
        audience(&record(kind, agent, json!({}))).includes(&caller)
    }

    #[test]
    fn records_are_denied_by_default() {
        for kind in [
            "agent.signed_in",
            "agent.sign_in_failed",
            "session.revoked",
            "token.created",
            "agent.password_changed",
            "agent.preferences_changed",
            "draft.saved",
            "unheard.of",
            "ticket_like",
            "",
        ] {
            assert!(!seen(kind, Some(1), 2, Role::Owner), "{kind}");
        }
    }

    #[test]
    fn each_record_is_seen_by_those_it_is_for() {
        for kind in [
            "ticket.created",
            "note.added",
            "team.changed",
            "agent.changed",
        ] {
            assert!(seen(kind, None, 2, Role::LightAgent), "{kind}");
        }
        assert!(seen("notification.created", Some(2), 2, Role::LightAgent));
        assert!(!seen("notification.created", Some(1), 2, Role::Owner));
        assert!(!seen("notification.created", None, 2, Role::Owner));
        assert!(seen("macro.changed", None, 2, Role::Agent));
        assert!(!seen("macro.changed", Some(1), 2, Role::Owner));
        assert!(seen("mail.failed", None, 2, Role::Admin));
        assert!(!seen("mail.failed", None, 2, Role::Agent));
        assert!(!seen("invitation.created", None, 2, Role::Agent));
    }

    #[test]
    fn a_frame_holds_ids_and_enums_only() {
        let sealed = "AQAAAAAAAAAHxmYGmX3kQ6d1nZ3yq0d0mB8xT3m2uE9vXk1Qw5Zt8A";
        let body = json!({
            "number": 3,
            "subject": { "from": sealed, "to": sealed },
            "status": { "from": "open", "to": "solved" },
            "until": "2026-11-22T02:36:17.123456Z",
            "mentions": [4, 2],
        });
        let LiveEvent::Record {
            agent_ids, changes, ..
        } = event(&record("note.added", Some(9), body))
        else {
            panic!("a record makes a record event");
        };
        assert_eq!(agent_ids, [AgentId(2), AgentId(4), AgentId(9)]);
        assert_eq!(
            changes,
            json!({
                "number": 3,
                "subject": { "from": null, "to": null },
                "status": { "from": "open", "to": "solved" },
                "until": "2026-11-22T02:36:17.123456Z",
                "mentions": [4, 2],
            })
        );
    }

    #[test]
    fn only_our_own_pages_may_open_a_socket() {
        let base = "https://help.example.com/";
        let allowed = |origin| same_origin(origin, Some("localhost:8080"), base);
        assert!(allowed(None));
        assert!(allowed(Some("http://localhost:8080")));
        assert!(allowed(Some("https://Help.example.com")));
        assert!(!allowed(Some("https://evil.example.com")));
        assert!(!allowed(Some("http://localhost:8081")));
        assert!(!allowed(Some("null")));
    }

    #[test]
    fn the_new_assignee_is_concerned() {
        let ids = |body| match event(&record("ticket.assigned", None, body)) {
            LiveEvent::Record { agent_ids, .. } => agent_ids,
            _ => Vec::new(),
        };
        assert_eq!(
            ids(json!({ "assignee": { "from": 1, "to": 2 } })),
            [AgentId(2)]
        );
        assert_eq!(ids(json!({ "assignee": { "from": 1, "to": null } })), []);
        assert_eq!(ids(json!({ "assignee": 3 })), [AgentId(3)]);
    }
}
