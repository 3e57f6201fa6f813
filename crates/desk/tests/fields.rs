//! Fields, and what tickets hold in them, on both engines.

use axum::http::StatusCode;
use desk::conditions::{self, Conditions, Moment};
use desk::fields::values::facts::Kinds;
use desk::fields::values::store as values;
use desk::fixtures::ticket;
use identity::{Caller, Role};
use kernel::db::{DbError, Tx};
use kernel::ids::{FieldId, FieldOptionId, TicketId};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use testkit::each_engine;

use crate::{ROOMS, Scene};

/// A desk whose fields an admin sets up.
pub struct SetUp {
    pub scene: Scene,
    pub ada: Caller,
}

impl SetUp {
    pub async fn open(world: testkit::World) -> Self {
        let scene = Scene::open(world).await;
        let ada = scene.agent("Ada", Role::Admin).await;
        Self { scene, ada }
    }

    pub async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let body = Some(body).filter(|body| !body.is_null());
        let (status, answer) = self.scene.call(&self.ada, method, path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    pub async fn refused(&self, method: &str, path: &str, body: Value) -> Value {
        let body = Some(body).filter(|body| !body.is_null());
        let (status, answer) = self.scene.call(&self.ada, method, path, body).await;
        assert!(
            status.is_client_error(),
            "{method} {path}: {status} {answer}"
        );
        answer
    }

    pub async fn field(&self, body: Value) -> Value {
        self.done("POST", "/fields", body).await
    }

    /// Fills in fields of a ticket.
    pub async fn fill(&self, id: TicketId, fields: Value) -> Value {
        let version = self.scene.ticket(id).await.version;
        let body = json!({"version": version, "fields": fields});
        self.done("PATCH", &format!("/tickets/{id}"), body).await
    }

    /// The first wrong field and how to mend it.
    pub async fn unfilled(&self, id: TicketId, fields: Value) -> (String, String) {
        let version = self.scene.ticket(id).await.version;
        let body = json!({"version": version, "fields": fields});
        let answer = self.refused("PATCH", &format!("/tickets/{id}"), body).await;
        let word = |name: &str| answer["fields"][0][name].as_str().unwrap().to_owned();
        (word("field"), word("reason"))
    }

    pub async fn meets(&self, id: TicketId, condition: Value) -> bool {
        let conditions = json!({"all": [condition]});
        let conditions: Conditions = serde_json::from_value(conditions).unwrap();
        let moment = Moment {
            now: self.scene.world.kernel.clock.now(),
            me: None,
        };
        self.read(async move |tx: &mut Tx<'_>| {
            let facts = conditions::store::facts(tx, id).await?.unwrap();
            Ok(conditions::rules::holds(&conditions, &facts, &moment))
        })
        .await
    }

    pub async fn read<T, F>(&self, work: F) -> T
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, DbError> + Send + Sync + 'static,
        T: Send + 'static,
    {
        self.scene.world.kernel.db.read(work).await.unwrap()
    }
}

pub fn id(field: &Value) -> FieldId {
    FieldId(field["id"].as_i64().unwrap())
}

fn option(field: &Value, place: usize) -> i64 {
    field["options"][place]["id"].as_i64().unwrap()
}

fn tree() -> Value {
    json!({"label": "Reason", "type": "choice", "options": [
        {"label": "Delivery"},
        {"label": "Late", "depth": 1},
        {"label": "Lost", "depth": 1},
        {"label": "Product"},
        {"label": "Broken", "depth": 1},
    ]})
}

#[tokio::test]
async fn a_field_is_made_changed_retired_and_deleted() {
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        let made = desk.field(tree()).await;
        assert_eq!(made["key"], "reason");
        assert_eq!(made["options"][2]["key"], "lost");
        assert_eq!(made["options"][2]["depth"], 1);
        let path = format!("/fields/{}", made["id"]);
        let id = ticket(&desk.scene.desk, "ana@x.example").await;
        let late = option(&made, 1);
        let filled = desk.fill(id, json!({"reason": "late"})).await;
        assert_eq!(filled["fields"]["reason"], late);

        let kept = json!({"version": 1, "label": "Why", "options": [
            {"id": option(&made, 0), "label": "Delivery"},
            {"id": late, "label": "Too late", "depth": 1, "retired": true},
            {"label": "Late", "depth": 1},
        ]});
        let changed = desk.done("PATCH", &path, kept.clone()).await;
        assert_eq!(
            (&changed["label"], &changed["key"]),
            (&json!("Why"), &json!("reason"))
        );
        assert_eq!(changed["options"][2]["key"], "late_2");
        let stale = desk.refused("PATCH", &path, kept).await;
        assert_eq!(stale["code"], "stale_version");
        let lost =
            json!({"version": 2, "options": [{"id": option(&made, 0), "label": "Delivery"}]});
        let refused = desk.refused("PATCH", &path, lost).await;
        assert!(
            refused["fields"][0]["reason"]
                .as_str()
                .unwrap()
                .contains("Too late")
        );

        // What was chosen before may stay, but not be chosen anew.
        desk.fill(id, json!({"reason": late})).await;
        let other = ticket(&desk.scene.desk, "ben@x.example").await;
        let (at, why) = desk.unfilled(other, json!({"reason": late})).await;
        assert_eq!(at, "fields.reason");
        assert!(why.contains("retired"), "{why}");

        assert_eq!(
            desk.refused("DELETE", &path, Value::Null).await["code"],
            "field_in_use"
        );
        desk.done("PATCH", &path, json!({"version": 2, "active": false}))
            .await;
        let shown = desk.scene.get(&format!("/tickets/{id}")).await;
        assert_eq!(
            shown["fields"]["reason"], late,
            "a retired field keeps its values"
        );
        let (_, why) = desk.unfilled(other, json!({"reason": "delivery"})).await;
        assert_eq!(why, "was retired");
        desk.done("DELETE", &path, Value::Null).await;
        desk.scene.jobs().await;
        let shown = desk.scene.get(&format!("/tickets/{id}")).await;
        assert_eq!(shown["fields"], json!({}));
        let field = super::fields::id(&made);
        let left = desk
            .read(async move |tx: &mut Tx<'_>| values::holders(tx, field, TicketId(0), 9).await)
            .await;
        assert!(left.is_empty());
        let timeline = desk.scene.get(&format!("/tickets/{id}/timeline")).await;
        let told = timeline["items"].as_array().unwrap();
        assert!(told.iter().any(|it| it["kind"] == "ticket.fields_changed"));
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_name() {
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        let id = ticket(&desk.scene.desk, "ana@x.example").await;
        desk.field(tree()).await;
        for field in [
            json!({"label": "Line", "type": "text"}),
            json!({"label": "Count", "type": "number", "min": "1", "max": "10"}),
            json!({"label": "Price", "type": "decimal"}),
            json!({"label": "Day", "type": "date"}),
            json!({"label": "When", "type": "date_time"}),
            json!({"label": "Done", "type": "checkbox"}),
            json!({"label": "Friend", "type": "customer"}),
            json!({"label": "Card", "type": "masked"}),
            json!({"label": "Fine", "type": "checkbox"}),
        ] {
            desk.field(field).await;
        }
        for (key, value, reason) in [
            ("moon", json!(1), "names no field"),
            ("line", json!(1), "is no text"),
            ("line", json!("two\nlines"), "holds what is no text"),
            ("line", json!("x".repeat(501)), "is too long"),
            ("count", json!(11), "is too large"),
            ("count", json!("0"), "is too small"),
            ("count", json!(1.5), "does not fit"),
            ("count", json!(true), "is no number"),
            ("price", json!("1.005"), "does not fit"),
            ("price", json!("90071992547409.92"), "does not fit"),
            ("day", json!("2026-02-30"), "is no day"),
            ("when", json!("tomorrow"), "is no point in time"),
            ("done", json!("yes"), "is neither yes nor no"),
            ("friend", json!(999), "names no customer"),
            ("reason", json!("moon"), "names no option"),
            ("reason", json!([1]), "is no option"),
            ("card", json!("••••1111"), "is masked"),
        ] {
            let (at, why) = desk.unfilled(id, json!({key: value, "fine": true})).await;
            assert_eq!((at, why), (format!("fields.{key}"), reason.to_owned()));
        }
        assert_eq!(
            desk.scene.ticket(id).await.version,
            1,
            "nothing was changed"
        );
        for (body, at) in [
            (json!({"label": " ", "type": "text"}), "label"),
            (json!({"label": "A", "key": "Größe", "type": "text"}), "key"),
            (json!({"label": "A", "key": "line", "type": "text"}), "key"),
            (json!({"label": "A", "type": "text", "digits": 2}), "digits"),
            (
                json!({"label": "A", "type": "number", "min": "2", "max": "1"}),
                "max",
            ),
            (json!({"label": "A", "type": "text", "min": "2"}), "min"),
            (
                json!({"label": "A", "type": "masked", "searchable": true}),
                "searchable",
            ),
            (
                json!({"label": "A", "type": "text", "options": [{"label": "B"}]}),
                "options",
            ),
            (
                json!({"label": "A", "type": "choice", "options": [{"label": "B", "depth": 1}]}),
                "options.0.depth",
            ),
        ] {
            let refused = desk.refused("POST", "/fields", body.clone()).await;
            assert_eq!(refused["fields"][0]["field"], at, "{body}");
        }
        let mia = &desk.scene.mia;
        let body = json!({"label": "A", "type": "text"});
        let (status, _) = desk.scene.call(mia, "POST", "/fields", Some(body)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a_masked_text_is_shown_masked_found_whole_and_revealed_on_record() {
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        let field = desk.field(json!({"label": "Card", "type": "masked"})).await;
        let id = ticket(&desk.scene.desk, "ana@x.example").await;
        let filled = desk.fill(id, json!({"card": "4111 1111 1111 1234"})).await;
        assert_eq!(filled["fields"]["card"], "••••1234");
        let find = format!("/fields/{}/look-ups", field["id"]);
        let found = desk
            .done("POST", &find, json!({"text": "4111111111111234"}))
            .await;
        assert_eq!(found["ticket_ids"], json!([id]));
        let part = desk.done("POST", &find, json!({"text": "1234"})).await;
        assert_eq!(part["ticket_ids"], json!([]));
        let look = format!("/tickets/{id}/fields/card/reveal");
        let (status, _) = desk.scene.call(&desk.scene.mia, "POST", &look, None).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let seen = desk.done("POST", &look, Value::Null).await;
        assert_eq!(seen["text"], "4111 1111 1111 1234");
        let timeline = desk.scene.get(&format!("/tickets/{id}/timeline")).await;
        let items = timeline["items"].as_array().unwrap();
        let told = |kind: &str| items.iter().find(|it| it["kind"] == kind).unwrap();
        assert_eq!(told("ticket.field_revealed")["actor"]["name"], "Ada");
        let change = &told("ticket.fields_changed")["changes"][format!("field:{}", field["id"])];
        assert_eq!(*change, json!({"from": null, "to": "••••1234"}));
        for record in desk.scene.world.journal().await {
            assert!(!record.body.contains("1234"), "{}", record.body);
        }
    })
    .await;
}

#[tokio::test]
async fn conditions_ask_for_fields() {
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        let reason = desk.field(tree()).await;
        let price = desk.field(json!({"label": "Price", "type": "decimal"})).await;
        let day = desk.field(json!({"label": "Day", "type": "date"})).await;
        let model = desk
            .field(json!({"label": "Model", "type": "text", "searchable": true}))
            .await;
        let secret = desk.field(json!({"label": "Said", "type": "text"})).await;
        let ticket = ticket(&desk.scene.desk, "ana@x.example").await;
        let values = json!({"reason": "lost", "price": "12.5", "day": "2026-11-25",
            "model": "Grüner Topf", "said": "It is mine"});
        desk.fill(ticket, values).await;
        let ask = |field: &Value, op: &str, value: Value| {
            json!({"field": format!("field:{}", field["id"]), "op": op, "value": value})
        };
        for (condition, answer) in [
            (ask(&reason, "is", option(&reason, 2).into()), true),
            (ask(&reason, "is", option(&reason, 0).into()), false),
            (ask(&reason, "under", option(&reason, 0).into()), true),
            (ask(&reason, "under", option(&reason, 3).into()), false),
            (ask(&price, "above", json!("12.49")), true),
            (ask(&price, "above", json!(12)), true),
            (ask(&price, "is", json!("12.50")), true),
            (ask(&price, "below", json!("12.5")), false),
            (ask(&day, "above", json!("2026-11-24")), true),
            (ask(&day, "is", json!("2026-11-25")), true),
            (ask(&model, "contains", json!("GRÜN")), true),
            (ask(&model, "is", json!("grüner topf")), true),
            (ask(&model, "contains", json!("rot")), false),
        ] {
            let known = conditions_of(&condition);
            desk.read(async move |tx: &mut Tx<'_>| {
                let kinds = Kinds::load(tx).await?;
                conditions::rules::check("c", &known, |field| kinds.of(field)).unwrap();
                Ok(())
            })
            .await;
            assert_eq!(desk.meets(ticket, condition.clone()).await, answer, "{condition}");
        }
        let set = |field: &Value, op: &str| {
            json!({"field": format!("field:{}", field["id"]), "op": op})
        };
        assert!(desk.meets(ticket, set(&secret, "set")).await);
        let wrong = conditions_of(&ask(&secret, "contains", json!("mine")));
        desk.read(async move |tx: &mut Tx<'_>| {
            let kinds = Kinds::load(tx).await?;
            assert!(conditions::rules::check("c", &wrong, |field| kinds.of(field)).is_err());
            Ok(())
        })
        .await;
        // A retired field is as good as none: nothing that names it is met, nothing breaks.
        let path = format!("/fields/{}", reason["id"]);
        desk.done("PATCH", &path, json!({"version": 1, "active": false})).await;
        for op in ["set", "not_set"] {
            assert!(!desk.meets(ticket, set(&reason, op)).await);
        }
    })
    .await;
}

fn conditions_of(condition: &Value) -> Conditions {
    serde_json::from_value(json!({"all": [condition]})).unwrap()
}

/// Random values, the same on both engines and at every run.
fn random<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> T {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    strategy.new_tree(&mut runner).unwrap().current()
}

type Values = (i64, i64, i64, i64, String, Vec<usize>);

fn some_values() -> impl Strategy<Value = Vec<Values>> {
    const MOST: i64 = (1 << 53) - 1;
    let number = prop_oneof![-3_i64..4, -MOST..=MOST];
    let values = (
        number,
        -2_000_i64..2_000,
        -700_000_i64..2_900_000,
        -60_000_000_000_000_000_i64..250_000_000_000_000_000,
        "[ -~äßΣİ語🙂]{1,12}",
        proptest::collection::vec(0_usize..5, 1..4),
    );
    proptest::collection::vec(values, 40)
}

#[tokio::test]
async fn values_come_back_and_sort_as_they_do_in_memory() {
    let all = random(some_values());
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        let number = desk
            .field(json!({"label": "Number", "type": "number"}))
            .await;
        let price = desk
            .field(json!({"label": "Price", "type": "decimal"}))
            .await;
        let day = desk.field(json!({"label": "Day", "type": "date"})).await;
        let at = desk
            .field(json!({"label": "At", "type": "date_time"}))
            .await;
        let text = desk
            .field(json!({"label": "Text", "type": "text", "searchable": true}))
            .await;
        let mut many = tree();
        many["type"] = json!("multi_choice");
        let many = desk.field(many).await;
        let mut held: Vec<(TicketId, Values)> = Vec::new();
        for (place, values) in all.iter().enumerate() {
            let ticket = ticket(&desk.scene.desk, &format!("c{place}@x.example")).await;
            let (whole, cents, days, micros, line, chosen) = values.clone();
            let cents_text = format!(
                "{}{}.{:02}",
                if cents < 0 { "-" } else { "" },
                cents.abs() / 100,
                cents.abs() % 100
            );
            let date = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days);
            let time = jiff::Timestamp::from_microsecond(micros).unwrap();
            let mut ids: Vec<i64> = chosen.iter().map(|at| option(&many, *at)).collect();
            ids.sort_unstable();
            ids.dedup();
            let given = json!({"number": whole, "price": cents_text, "day": date.to_string(),
                "at": time.to_string(), "text": line, "reason": ids});
            let shown = desk.fill(ticket, given.clone()).await;
            let mut wanted = given;
            wanted["text"] = json!(line.trim());
            if line.trim().is_empty() {
                wanted.as_object_mut().unwrap().remove("text");
            }
            assert_eq!(shown["fields"], wanted);
            held.push((ticket, values.clone()));
        }
        type Reading = (FieldId, fn(&Values) -> i64);
        let readings: [Reading; 4] = [
            (id(&number), |it| it.0),
            (id(&price), |it| it.1),
            (id(&day), |it| it.2),
            (id(&at), |it| it.3),
        ];
        for (field, value) in readings {
            let mut wanted: Vec<(TicketId, i64)> = held
                .iter()
                .map(|(ticket, it)| (*ticket, value(it)))
                .collect();
            wanted.sort_by_key(|(ticket, value)| (*value, *ticket));
            let up = in_order(&desk, field, false).await;
            assert_eq!(up, wanted);
            wanted.reverse();
            assert_eq!(in_order(&desk, field, true).await, wanted);
        }
        let mut wanted: Vec<(TicketId, Vec<u8>)> = held
            .iter()
            .map(|(ticket, it)| (*ticket, it.4.trim().to_lowercase().into_bytes()))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        wanted.sort_by(|one, other| (&one.1, one.0).cmp(&(&other.1, other.0)));
        let field = id(&text);
        let texts = desk
            .read(async move |tx: &mut Tx<'_>| {
                values::by_text(tx, field, (Vec::new(), TicketId(0)), 100).await
            })
            .await;
        assert_eq!(texts, wanted);
        for place in 0..5 {
            let chosen = FieldOptionId(option(&many, place));
            let field = id(&many);
            let found = desk
                .read(async move |tx: &mut Tx<'_>| {
                    values::by_option(tx, (field, chosen), TicketId(0), 100).await
                })
                .await;
            let wanted: Vec<TicketId> = held
                .iter()
                .filter(|(_, it)| it.5.contains(&place))
                .map(|(ticket, _)| *ticket)
                .collect();
            assert_eq!(found, wanted);
            let threshold = held[place].1.0;
            for (ticket, it) in &held {
                let ask = json!({"field": format!("field:{}", number["id"]), "op": "above",
                    "value": threshold});
                assert_eq!(desk.meets(*ticket, ask).await, it.0 > threshold);
            }
        }
    })
    .await;
}

/// All values of a field, read in pages of seven.
async fn in_order(desk: &SetUp, field: FieldId, down: bool) -> Vec<(TicketId, i64)> {
    let mut all: Vec<(TicketId, i64)> = Vec::new();
    let end = if down { i64::MAX } else { i64::MIN };
    loop {
        let behind = all.last().map_or((end, TicketId(0)), |(id, at)| (*at, *id));
        let page = desk
            .read(async move |tx: &mut Tx<'_>| values::by_number(tx, field, down, behind, 7).await)
            .await;
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}
