//! Rules, from the API to what they do, on both engines.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use desk::automations::RuleReader;
use desk::fixtures::{mail, receive, ticket};
use desk::sla::timer::fire_due;
use desk::tickets::{Priority, Status};
use identity::{Caller, Role};
use kernel::ids::TicketId;
use serde_json::{Value, json};
use testkit::{World, each_engine};

use crate::{ROOMS, Scene};

struct Ruled {
    scene: Scene,
    ada: Caller,
    reader: Arc<RuleReader>,
}

impl Ruled {
    async fn open(world: World) -> Self {
        let scene = Scene::open(world).await;
        let ada = scene.agent("Ada", Role::Admin).await;
        let reader = Arc::new(RuleReader::new(scene.desk.clone()));
        Self { scene, ada, reader }
    }

    async fn try_make(&self, name: &str, definition: Value) -> (StatusCode, Value) {
        let body = json!({"name": name, "enabled": true, "definition": definition});
        self.scene
            .call(&self.ada, "POST", "/rules", Some(body))
            .await
    }

    async fn make(&self, name: &str, definition: Value) -> Value {
        let (status, body) = self.try_make(name, definition).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.scene.call(&self.ada, "GET", path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    async fn runs(&self, id: TicketId) -> Vec<Value> {
        let list = self.get(&format!("/tickets/{id}/rule-runs")).await;
        list["items"].as_array().unwrap().clone()
    }

    async fn run(&self) {
        self.scene.rules(&self.reader).await;
    }

    async fn edit(&self, id: TicketId, change: Value) {
        let version = self.scene.ticket(id).await.version;
        let mut change = change;
        change["version"] = version.into();
        let path = format!("/tickets/{id}");
        let (status, body) = self
            .scene
            .call(&self.scene.mia, "PATCH", &path, Some(change))
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }
}

fn on(events: &[&str]) -> Value {
    json!({"type": "event", "events": events})
}

fn subject(word: &str) -> Value {
    json!({"all": [{"field": "subject", "op": "contains", "value": word}]})
}

/// Lets the clocks of what is promised catch up.
async fn follow_promises(scene: &Scene) {
    for reader in scene.desk.readers() {
        if reader.name() == "desk.sla" {
            scene.world.run_reader(Arc::clone(&reader)).await;
        }
    }
}

#[tokio::test]
async fn promised_times_and_fields_start_rules_too() {
    each_engine(ROOMS, async |world| {
        let ruled = Ruled::open(world).await;
        let scene = &ruled.scene;
        let urgency = |priority: &str| json!([{"action": "set_priority", "priority": priority}]);
        for (event, priority) in [
            ("sla_warned", "high"),
            ("sla_breached", "urgent"),
            ("fields_changed", "low"),
        ] {
            let rule = json!({"when": on(&[event]), "actions": urgency(priority)});
            ruled.make(event, rule).await;
        }
        let field = json!({"label": "Seen", "type": "checkbox"});
        let (status, field) = scene.call(&ruled.ada, "POST", "/fields", Some(field)).await;
        assert_eq!(status, StatusCode::CREATED, "{field}");
        let target = |priority: &str| {
            json!({"metric": "first_reply", "priority": priority, "minutes": 60,
                "hours": "calendar", "warn": {"minutes": 15}})
        };
        let targets = json!([target("normal"), target("high")]);
        let policy = json!({"name": "Standard", "targets": targets});
        let made = scene.call(&ruled.ada, "POST", "/sla-policies", Some(policy));
        assert_eq!(made.await.0, StatusCode::CREATED);
        let id = ticket(&scene.desk, "ana@x.example").await;
        for (minutes, priority) in [(46, Priority::High), (15, Priority::Urgent)] {
            follow_promises(scene).await;
            scene.world.clock.advance(Duration::from_secs(minutes * 60));
            fire_due(&scene.desk).await.unwrap();
            ruled.run().await;
            assert_eq!(scene.ticket(id).await.priority, priority);
        }
        let fields = json!({"fields": {field["key"].as_str().unwrap(): true}});
        ruled.edit(id, fields).await;
        ruled.run().await;
        assert_eq!(scene.ticket(id).await.priority, Priority::Low);
    })
    .await;
}

#[tokio::test]
async fn a_rule_does_its_actions_once_and_says_why() {
    each_engine(ROOMS, async |world| {
        let ruled = Ruled::open(world).await;
        let early = ticket(&ruled.scene.desk, "old@x.example").await;
        ruled.scene.world.clock.advance(Duration::from_secs(1));
        let rule = ruled
            .make(
                "VIP first",
                json!({
                    "when": on(&["ticket_created"]),
                    "by": ["customer"],
                    "conditions": subject("order"),
                    "actions": [
                        {"action": "set_priority", "priority": "high"},
                        {"action": "add_note", "text": "{{customer.name|Somebody}} is a VIP."},
                    ],
                }),
            )
            .await;
        let id = ticket(&ruled.scene.desk, "ana@x.example").await;
        let other = receive(&ruled.scene.desk, mail("ben@x.example", "Hello", "Hi")).await;
        ruled.run().await;
        ruled.run().await;
        assert_eq!(ruled.scene.ticket(id).await.priority, Priority::High);
        assert_eq!(ruled.scene.ticket(early).await.priority, Priority::Normal);
        let untouched = ruled.scene.ticket(other.ticket).await;
        assert_eq!(untouched.priority, Priority::Normal);

        let runs = ruled.runs(id).await;
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0]["rule_name"], "VIP first");
        assert_eq!(runs[0]["outcome"], "done");
        let matched = &runs[0]["detail"]["matched"][0];
        assert_eq!(matched["actual"], "Where is my order?");
        let timeline = ruled.get(&format!("/tickets/{id}/timeline")).await;
        let items = timeline["items"].as_array().unwrap();
        let note = items.iter().find(|it| it["kind"] == "note").unwrap();
        assert_eq!(note["text"], "ana is a VIP.");
        assert_eq!(note["author"]["name"], "VIP first");
        let set = items
            .iter()
            .find(|it| it["kind"] == "ticket.priority_changed")
            .unwrap();
        assert_eq!(set["actor"]["name"], "VIP first");
        assert_eq!(set["cause"], runs[0]["record"]);
        let listed = ruled.get(&format!("/rules/{}", rule["id"])).await;
        assert_eq!(
            (&listed["runs"], &listed["failures_in_row"]),
            (&json!(1), &json!(0))
        );
    })
    .await;
}

#[tokio::test]
async fn what_changed_and_who_did_it_are_asked_for() {
    each_engine(ROOMS, async |world| {
        let ruled = Ruled::open(world).await;
        ruled
            .make(
                "Reopened",
                json!({
                    "when": on(&["status_changed"]),
                    "by": ["agent"],
                    "changes": [{"field": "status", "from": "solved", "to": "open"}],
                    "actions": [{"action": "set_priority", "priority": "urgent"}],
                }),
            )
            .await;
        let id = ticket(&ruled.scene.desk, "ana@x.example").await;
        for status in ["pending", "open"] {
            ruled.edit(id, json!({"status": status})).await;
        }
        ruled.run().await;
        assert_eq!(ruled.scene.ticket(id).await.priority, Priority::Normal);
        for status in ["solved", "open"] {
            ruled.edit(id, json!({"status": status})).await;
        }
        ruled.run().await;
        assert_eq!(ruled.scene.ticket(id).await.priority, Priority::Urgent);
    })
    .await;
}

#[tokio::test]
async fn order_counts_and_a_rule_can_be_the_last() {
    each_engine(ROOMS, async |world| {
        let ruled = Ruled::open(world).await;
        let set = |priority: &str, stops: bool| {
            json!({
                "when": on(&["ticket_created"]),
                "actions": [{"action": "set_priority", "priority": priority}],
                "stops": stops,
            })
        };
        let low = ruled.make("Low", set("low", false)).await;
        let high = ruled.make("High", set("high", true)).await;
        let never = ruled.make("Never", set("urgent", false)).await;
        let first = ticket(&ruled.scene.desk, "ana@x.example").await;
        ruled.run().await;
        assert_eq!(ruled.scene.ticket(first).await.priority, Priority::High);
        let ids = json!({"ids": [high["id"], never["id"], low["id"]]});
        let ordered = ruled
            .scene
            .call(&ruled.ada, "PUT", "/rules/order", Some(ids))
            .await;
        assert_eq!(ordered.0, StatusCode::OK);
        let second = ticket(&ruled.scene.desk, "ben@x.example").await;
        ruled.run().await;
        assert_eq!(ruled.runs(second).await.len(), 1);
        let wrong = json!({"ids": [high["id"]]});
        let refused = ruled
            .scene
            .call(&ruled.ada, "PUT", "/rules/order", Some(wrong))
            .await;
        assert_eq!(refused.0, StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn rules_that_go_round_are_refused_and_named() {
    each_engine(ROOMS, async |world| {
        let ruled = Ruled::open(world).await;
        let turn = |to: &str, set: &str| {
            json!({
                "when": on(&["status_changed"]),
                "changes": [{"field": "status", "to": to}],
                "actions": [{"action": "set_status", "status": set}],
            })
        };
        ruled.make("Wake", turn("pending", "open")).await;
        let (status, body) = ruled.try_make("Sleep", turn("open", "pending")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = body.to_string();
        assert!(said.contains("“Sleep” → “Wake” → “Sleep”"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn a_chain_that_nobody_foresaw_ends_with_an_entry() {
    each_engine(ROOMS, async |world| {
        let ruled = Ruled::open(world).await;
        let answer = |text: &str| {
            json!({
                "when": on(&["note_added"]),
                "actions": [{"action": "add_note", "text": text}],
            })
        };
        // Each note starts both again; neither runs twice in one chain.
        ruled.make("Ping", answer("ping")).await;
        ruled.make("Pong", answer("pong")).await;
        let id = ticket(&ruled.scene.desk, "ana@x.example").await;
        ruled.scene.note(id, "<p>Hm</p>").await;
        ruled.run().await;
        assert_eq!(ruled.scene.ticket(id).await.message_count, 4);
        let runs = ruled.runs(id).await;
        assert_eq!(runs.len(), 2);
        let held: i64 = runs
            .iter()
            .map(|run| run["held_back"].as_i64().unwrap())
            .sum();
        assert_eq!(held, 4);
        // What a person does next begins a chain of its own.
        ruled.scene.note(id, "<p>Again</p>").await;
        ruled.run().await;
        assert_eq!(ruled.runs(id).await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_rule_that_fails_undoes_itself_and_is_switched_off_in_the_end() {
    each_engine(ROOMS, async |world| {
        let ruled = Ruled::open(world).await;
        let (_, team) = ruled
            .scene
            .call(
                &ruled.ada,
                "POST",
                "/teams",
                Some(json!({"name": "Ghosts"})),
            )
            .await;
        let broken = ruled
            .make(
                "To the ghosts",
                json!({
                    "when": on(&["ticket_created"]),
                    "actions": [
                        {"action": "set_priority", "priority": "urgent"},
                        {"action": "set_team", "team_id": team["id"]},
                    ],
                }),
            )
            .await;
        ruled
            .make(
                "Still there",
                json!({
                    "when": on(&["ticket_created"]),
                    "actions": [{"action": "add_note", "text": "seen"}],
                }),
            )
            .await;
        let path = format!("/teams/{}", team["id"]);
        let gone = ruled.scene.call(&ruled.ada, "DELETE", &path, None).await;
        assert_eq!(gone.0, StatusCode::NO_CONTENT);
        let mut last = TicketId(0);
        for number in 0..11 {
            last = ticket(&ruled.scene.desk, &format!("c{number}@x.example")).await;
            ruled.run().await;
            // Nothing was done by half, and the other rule ran.
            assert_eq!(ruled.scene.ticket(last).await.priority, Priority::Normal);
            assert_eq!(ruled.scene.ticket(last).await.message_count, 2);
        }
        let runs = ruled.runs(last).await;
        assert_eq!(runs.len(), 1, "it was off for the eleventh: {runs:?}");
        let rule = ruled.get(&format!("/rules/{}", broken["id"])).await;
        assert_eq!(rule["enabled"], false);
        assert_eq!(rule["switched_off"], true);
        assert_eq!(rule["failures_in_row"], 10);
        let log = ruled.get(&format!("/rules/{}/runs", broken["id"])).await;
        assert_eq!(log["items"][0]["outcome"], "failed");
        let problem = log["items"][0]["detail"]["problem"].as_str().unwrap();
        assert!(problem.contains("names no team"), "{problem}");
        let (_, notices) = ruled
            .scene
            .call(&ruled.ada, "GET", "/notifications", None)
            .await;
        assert_eq!(notices["items"][0]["kind"], "rule_off", "{notices}");
    })
    .await;
}

#[tokio::test]
async fn a_time_rule_runs_when_its_moment_is_due_and_only_then() {
    each_engine(ROOMS, async |world| {
        let ruled = Ruled::open(world).await;
        let waiting = ticket(&ruled.scene.desk, "ana@x.example").await;
        ruled.run().await;
        ruled.scene.world.clock.advance(Duration::from_secs(600));
        ruled
            .make(
                "Waits too long",
                json!({
                    "when": {"type": "time", "since": "customer_message", "minutes": 60},
                    "conditions": {"all": [{"field": "status", "op": "is", "value": "new"}]},
                    "actions": [{"action": "set_priority", "priority": "high"}],
                }),
            )
            .await;
        let later = ticket(&ruled.scene.desk, "ben@x.example").await;
        let done = ticket(&ruled.scene.desk, "cem@x.example").await;
        ruled.run().await;
        ruled.edit(done, json!({"status": "solved"})).await;
        let urgent = async |id| ruled.scene.ticket(id).await.priority == Priority::High;
        ruled
            .scene
            .world
            .clock
            .advance(Duration::from_secs(50 * 60 - 1));
        ruled.run().await;
        assert!(!urgent(waiting).await);
        ruled.scene.world.clock.advance(Duration::from_secs(1));
        ruled.run().await;
        assert!(urgent(waiting).await && !urgent(later).await);
        // The customer writes again: the time begins anew.
        let mut again = mail("ben@x.example", "Where is my order?", "Hello?");
        again.into = Some(later);
        receive(&ruled.scene.desk, again).await;
        ruled.run().await;
        ruled
            .scene
            .world
            .clock
            .advance(Duration::from_secs(20 * 60));
        ruled.run().await;
        assert!(!urgent(later).await);
        ruled
            .scene
            .world
            .clock
            .advance(Duration::from_secs(40 * 60));
        ruled.run().await;
        ruled.run().await;
        assert!(urgent(later).await && !urgent(done).await);
        assert_eq!(ruled.runs(later).await.len(), 1);
        assert_eq!(ruled.scene.ticket(done).await.status, Status::Solved);
    })
    .await;
}

#[tokio::test]
async fn a_rule_answers_once_a_day_and_marks_it_as_automatic() {
    each_engine(ROOMS, async |world| {
        let ruled = Ruled::open(world).await;
        ruled
            .make(
                "We are closed",
                json!({
                    "when": on(&["ticket_created", "customer_wrote"]),
                    "actions": [{"action": "reply", "text": "Hi {{customer.name}}, back soon."}],
                }),
            )
            .await;
        let id = ticket(&ruled.scene.desk, "ana@x.example").await;
        ruled.run().await;
        let mut again = mail("ana@x.example", "Where is my order?", "Hello?");
        again.into = Some(id);
        receive(&ruled.scene.desk, again).await;
        ruled.run().await;
        let timeline = ruled.get(&format!("/tickets/{id}/timeline")).await;
        let items = timeline["items"].as_array().unwrap();
        let sent: Vec<&Value> = items.iter().filter(|it| it["kind"] == "out").collect();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0]["text"], "Hi ana, back soon.");
        assert_eq!(sent[0]["auto_reply"], true);
        assert_eq!(sent[0]["state"], "released");
        // The ticket waits for a person as before.
        assert_eq!(ruled.scene.ticket(id).await.status, Status::New);
        let runs = ruled.runs(id).await;
        assert_eq!(runs[0]["detail"]["steps"][0]["left_out"], "already_today");
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_tells_what_would_have_been_and_writes_nothing() {
    each_engine(ROOMS, async |world| {
        let ruled = Ruled::open(world).await;
        let id = ticket(&ruled.scene.desk, "ana@x.example").await;
        let urgent = ticket(&ruled.scene.desk, "ben@x.example").await;
        ruled.scene.world.clock.advance(Duration::from_secs(60));
        // As it was then counts, not as it is now.
        ruled
            .edit(id, json!({"priority": "urgent", "status": "solved"}))
            .await;
        ruled.run().await;
        let before = ruled.scene.world.journal().await.len();
        let ask = |definition: Value| json!({"days": 7, "definition": definition});
        let definition = json!({
            "when": on(&["ticket_created"]),
            "conditions": {"all": [{"field": "status", "op": "is", "value": "new"}]},
            "actions": [{"action": "set_priority", "priority": "urgent"}],
        });
        let (status, found) = ruled
            .scene
            .call(&ruled.ada, "POST", "/rules/dry-run", Some(ask(definition)))
            .await;
        assert_eq!(status, StatusCode::OK, "{found}");
        let tickets: Vec<i64> = found["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["ticket_id"].as_i64().unwrap())
            .collect();
        assert_eq!(tickets, [id.0, urgent.0]);
        assert_eq!(found["next"], Value::Null);
        let timed = json!({
            "when": {"type": "time", "since": "created", "minutes": 1},
            "conditions": {"all": [{"field": "status", "op": "is", "value": "new"}]},
            "actions": [{"action": "set_priority", "priority": "urgent"}],
        });
        let (_, found) = ruled
            .scene
            .call(&ruled.ada, "POST", "/rules/dry-run", Some(ask(timed)))
            .await;
        assert!(!found["items"].as_array().unwrap().is_empty(), "{found}");
        assert_eq!(ruled.scene.world.journal().await.len(), before);
        assert_eq!(ruled.scene.ticket(urgent).await.priority, Priority::Normal);
    })
    .await;
}
