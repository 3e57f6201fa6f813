//! Promises end to end: policies and schedules, clocks that follow the journal, and what fires.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use desk::fixtures::{mail, receive, ticket};
use desk::sla::timer::fire_due;
use identity::{Caller, Role};
use kernel::ids::TicketId;
use kernel::time::Timestamp;
use serde_json::{Value, json};
use testkit::{World, each_engine};

use crate::{ROOMS, Scene};

const MINUTE: Duration = Duration::from_secs(60);

struct Office {
    scene: Scene,
    ada: Caller,
}

impl Office {
    async fn open(world: World) -> Self {
        let scene = Scene::open(world).await;
        let ada = scene.agent("Ada", Role::Admin).await;
        Self { scene, ada }
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.scene.call(&self.ada, method, path, Some(body)).await
    }

    async fn made(&self, path: &str, body: Value) -> Value {
        let (status, made) = self.send("POST", path, body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made
    }

    /// Monday to Friday, 09:00 to 17:00 in UTC, for everybody.
    async fn hours(&self) -> Value {
        self.made("/schedules", hours("Office hours")).await
    }

    async fn policy(&self, name: &str, conditions: Value, targets: Value) -> Value {
        let body = json!({"name": name, "conditions": conditions, "targets": targets});
        self.made("/sla-policies", body).await
    }

    /// Lets the reader catch up and looked-at jobs run.
    async fn follow(&self) {
        for reader in self.scene.desk.readers() {
            if reader.name() == "desk.sla" {
                self.scene.world.run_reader(Arc::clone(&reader)).await;
            }
        }
    }

    fn pass(&self, span: Duration) {
        self.scene.world.clock.advance(span);
    }

    fn now(&self) -> Timestamp {
        self.scene.world.kernel.clock.now()
    }

    async fn fired(&self) -> usize {
        fire_due(&self.scene.desk).await.unwrap()
    }

    /// Kinds of the promises' own records of a ticket.
    async fn told(&self, id: TicketId) -> Vec<String> {
        let records = self.scene.world.journal().await;
        let of_ticket = records.into_iter().filter(|it| it.ticket == Some(id));
        let kinds = of_ticket.map(|it| it.kind);
        kinds.filter(|kind| kind.starts_with("sla.")).collect()
    }

    async fn next(&self, id: TicketId) -> Value {
        self.scene.get(&format!("/tickets/{id}")).await["sla"].clone()
    }

    async fn clocks(&self, id: TicketId) -> Vec<Value> {
        let list = self.scene.get(&format!("/tickets/{id}/clocks")).await;
        list["items"].as_array().unwrap().clone()
    }

    async fn patch(&self, id: TicketId, mut change: Value) {
        let version = self.scene.ticket(id).await.version;
        change["version"] = json!(version);
        let path = format!("/tickets/{id}");
        let mia = &self.scene.mia;
        let (status, body) = self.scene.call(mia, "PATCH", &path, Some(change)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }
}

fn hours(name: &str) -> Value {
    let day = json!([{"from": "09:00", "to": "17:00"}]);
    json!({
        "name": name, "time_zone": "UTC",
        "week": {"monday": day, "tuesday": day, "wednesday": day, "thursday": day,
            "friday": day, "saturday": [], "sunday": []},
        "used_by": [{"kind": "workspace", "id": 0}],
    })
}

fn target(metric: &str, minutes: i64) -> Value {
    json!({"metric": metric, "priority": "normal", "minutes": minutes, "hours": "business",
        "warn": null})
}

fn time(at: Timestamp) -> Value {
    json!(at)
}

#[tokio::test]
async fn an_answer_is_promised_warned_of_missed_and_met() {
    each_engine(ROOMS, async |world| {
        let office = Office::open(world).await;
        office.hours().await;
        let mut first = target("first_reply", 60);
        first["warn"] = json!({"minutes": 15});
        let everyone = json!({"all": [], "any": []});
        office
            .policy(
                "Standard",
                everyone,
                json!([first, target("next_reply", 60)]),
            )
            .await;
        let id = ticket(&office.scene.desk, "ana@customer.example").await;
        let due = office.now().plus(MINUTE * 60);
        office.follow().await;
        let next = office.next(id).await;
        assert_eq!(
            (&next["metric"], &next["due_at"]),
            (&json!("first_reply"), &time(due))
        );
        assert_eq!(office.told(id).await, ["sla.applied", "sla.moved"]);

        office.pass(MINUTE * 45 - Duration::from_micros(1));
        assert_eq!(office.fired().await, 0, "a microsecond early is early");
        office.pass(Duration::from_micros(1));
        assert_eq!(office.fired().await, 1);
        assert_eq!(office.fired().await, 0, "once");
        office.pass(MINUTE * 15);
        assert_eq!(office.fired().await, 1);
        let next = office.next(id).await;
        assert_eq!(
            (&next["breached"], &next["due_at"]),
            (&json!(true), &time(due))
        );

        office
            .scene
            .reply(id, 1, "<p>It is on its way.</p>")
            .await
            .unwrap();
        office.follow().await;
        assert_eq!(
            office.next(id).await["metric"],
            "first_reply",
            "not before its release"
        );
        office.pass(MINUTE);
        office.scene.jobs().await;
        office.follow().await;
        assert_eq!(office.next(id).await, Value::Null);
        assert_eq!(
            office.told(id).await,
            [
                "sla.applied",
                "sla.moved",
                "sla.warned",
                "sla.breached",
                "sla.met"
            ]
        );
        let clocks = office.clocks(id).await;
        let clock = &clocks[0];
        assert_eq!(clock["state"], "missed");
        assert_eq!(clock["business_seconds"], 3660, "by the click");
        assert_eq!(clock["policy_name"], "Standard");
        assert_eq!(clock["schedule_name"], "Office hours");
    })
    .await;
}

#[tokio::test]
async fn an_answer_clicked_in_time_is_not_late_while_it_can_be_taken_back() {
    each_engine(ROOMS, async |world| {
        let office = Office::open(world).await;
        office
            .policy("Standard", json!({}), json!([target("first_reply", 60)]))
            .await;
        let id = ticket(&office.scene.desk, "ana@customer.example").await;
        office.follow().await;
        office.pass(MINUTE * 60 - Duration::from_secs(2));
        office.scene.reply(id, 1, "<p>Here.</p>").await.unwrap();
        office.pass(Duration::from_secs(3));
        office.fired().await;
        assert_eq!(office.told(id).await, ["sla.applied", "sla.moved"]);
        office.pass(MINUTE);
        office.scene.jobs().await;
        office.follow().await;
        assert_eq!(
            office.told(id).await,
            ["sla.applied", "sla.moved", "sla.met"]
        );
        assert_eq!(office.clocks(id).await[0]["state"], "met");
    })
    .await;
}

#[tokio::test]
async fn the_first_policy_that_fits_counts_and_clocks_follow_what_changes() {
    each_engine(ROOMS, async |world| {
        let office = Office::open(world).await;
        let schedule = office.hours().await;
        let complaint = json!({"all": [{"field": "type", "op": "is", "value": "complaint"}]});
        let slow = json!([
            target("first_reply", 480),
            target("pausable_resolution", 4800)
        ]);
        office
            .policy("Standard", json!({}), json!([target("first_reply", 60)]))
            .await;
        let complaints = office.policy("Complaints", complaint, slow).await;
        let id = ticket(&office.scene.desk, "ana@customer.example").await;
        let began = office.now();
        office.follow().await;

        // The order decides: the one for all stands before.
        office.pass(MINUTE * 10);
        office.patch(id, json!({"type": "complaint"})).await;
        office.follow().await;
        assert_eq!(office.clocks(id).await.len(), 1);
        let list = office
            .scene
            .call(&office.ada, "GET", "/sla-policies", None)
            .await
            .1;
        let mut ids: Vec<Value> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].clone())
            .collect();
        ids.reverse();
        let (status, _) = office
            .send("PUT", "/sla-policies/order", json!({"ids": ids}))
            .await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = office
            .send("PUT", "/sla-policies/order", json!({"ids": [1]}))
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        office.follow().await;
        office.scene.jobs().await;

        // What is promised now counts from the beginning, not from the change.
        let clocks = office.clocks(id).await;
        let of = |metric: &str| {
            clocks
                .iter()
                .find(|it| it["metric"] == metric)
                .unwrap()
                .clone()
        };
        assert_eq!(of("first_reply")["due_at"], time(began.plus(MINUTE * 480)));
        let resolution = of("pausable_resolution");
        assert_eq!(resolution["started_at"], time(began));
        assert_eq!(resolution["business_seconds"], 600);

        office.patch(id, json!({"status": "on_hold"})).await;
        office.follow().await;
        let clocks = office.clocks(id).await;
        let paused = clocks
            .iter()
            .find(|it| it["metric"] == "pausable_resolution")
            .unwrap();
        assert_eq!(
            (&paused["state"], &paused["reason"]),
            (&json!("paused"), &json!("on_hold"))
        );

        // Other hours move what is due: the ten minutes used up stay so, the rest is tomorrow's.
        let today = json!({"name": "Today", "date": "2026-03-02", "yearly": false,
            "kind": "closed"});
        let path = format!("/schedules/{}", schedule["id"]);
        let change = json!({"version": schedule["version"], "holidays": [today]});
        assert_eq!(office.send("PATCH", &path, change).await.0, StatusCode::OK);
        office.follow().await;
        office.scene.jobs().await;
        let next = office.next(id).await;
        let tomorrow = began.plus(MINUTE * (1440 + 470));
        assert_eq!(next["due_at"], time(tomorrow));

        let path = format!("/sla-policies/{}", complaints["id"]);
        let gone = office
            .scene
            .call(&office.ada, "DELETE", &path, None)
            .await
            .0;
        assert_eq!(gone, StatusCode::NO_CONTENT);
        office.follow().await;
        office.scene.jobs().await;
        let live = office.clocks(id).await;
        let running: Vec<&Value> = live.iter().filter(|it| it["ended_at"].is_null()).collect();
        assert_eq!(running.len(), 1, "it goes by the next that fits");
        assert_eq!(running[0]["policy_name"], "Standard");
    })
    .await;
}

#[tokio::test]
async fn a_follow_up_message_starts_the_next_clock_and_solving_ends_all() {
    each_engine(ROOMS, async |world| {
        let office = Office::open(world).await;
        let targets = json!([
            target("first_reply", 60),
            target("next_reply", 30),
            target("total_resolution", 600)
        ]);
        office.policy("Standard", json!({}), targets).await;
        let id = ticket(&office.scene.desk, "ana@customer.example").await;
        office
            .scene
            .reply(id, 1, "<p>Which order?</p>")
            .await
            .unwrap();
        office.pass(MINUTE);
        office.scene.jobs().await;
        office.pass(MINUTE * 5);
        let mut again = mail("ana@customer.example", "Re: order", "Number 7.");
        again.into = Some(id);
        receive(&office.scene.desk, again).await;
        let due = office.now().plus(MINUTE * 30);
        office.follow().await;
        let next = office.next(id).await;
        assert_eq!(
            (&next["metric"], &next["due_at"]),
            (&json!("next_reply"), &time(due))
        );
        office.patch(id, json!({"status": "solved"})).await;
        office.follow().await;
        let next = office.next(id).await;
        assert_eq!(
            (&next["state"], &next["reason"]),
            (&json!("paused"), &json!("solved"))
        );
        office.pass(MINUTE * 600);
        assert_eq!(office.fired().await, 0, "nothing is late on what is done");
        let met = office.told(id).await;
        assert_eq!(met.iter().filter(|kind| *kind == "sla.met").count(), 2);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_promised_to_imports_and_nothing_is_kept_without_policies() {
    each_engine(ROOMS, async |world| {
        let office = Office::open(world).await;
        let before = ticket(&office.scene.desk, "ana@customer.example").await;
        office.follow().await;
        assert_eq!(office.clocks(before).await.len(), 0);
        // A policy made later takes in what is open, from its beginning.
        office.pass(MINUTE * 30);
        office
            .policy("Standard", json!({}), json!([target("first_reply", 60)]))
            .await;
        office.follow().await;
        office.scene.jobs().await;
        let next = office.next(before).await;
        assert_eq!(next["due_at"], time(office.now().plus(MINUTE * 30)));

        let old = imported(&office).await;
        office.follow().await;
        assert_eq!(office.next(old).await, Value::Null);
    })
    .await;
}

async fn imported(office: &Office) -> TicketId {
    use kernel::db::Tx;
    use kernel::journal::Context;
    use kernel::refusal::Refusal;
    let desk = office.scene.desk.clone();
    let prepared = desk
        .prepare_incoming(mail("old@customer.example", "Long ago", "Was it?"))
        .await
        .unwrap();
    let ctx = Context {
        quiet: true,
        ..Context::system(office.now())
    };
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| -> Result<TicketId, Refusal> {
        Ok(desk.receive(tx, &ctx, &prepared).await?.ticket)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn schedules_and_policies_say_what_is_wrong_with_them() {
    each_engine(ROOMS, async |world| {
        let office = Office::open(world).await;
        let mut empty = hours("Never");
        for day in ["monday", "tuesday", "wednesday", "thursday", "friday"] {
            empty["week"][day] = json!([]);
        }
        let (status, problem) = office.send("POST", "/schedules", empty).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(problem.to_string().contains("has no hours"), "{problem}");
        let schedule = office.hours().await;
        let (status, _) = office
            .send("POST", "/schedules", hours("office HOURS"))
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        let mut team = hours("Team");
        team["used_by"] = json!([{"kind": "team", "id": 99}]);
        let (status, _) = office.send("POST", "/schedules", team).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

        let path = format!("/schedules/{}", schedule["id"]);
        let stale = json!({"version": 7, "name": "Other"});
        assert_eq!(
            office.send("PATCH", &path, stale).await.0,
            StatusCode::CONFLICT
        );
        let policy = json!({"name": "P", "schedule_id": schedule["id"],
            "targets": [target("first_reply", 60)]});
        let policy = office.made("/sla-policies", policy).await;
        let used = office
            .scene
            .call(&office.ada, "DELETE", &path, None)
            .await
            .0;
        assert_eq!(used, StatusCode::CONFLICT);
        let bad = json!({"name": "P", "targets": [target("first_reply", 0)]});
        let (status, problem) = office.send("POST", "/sla-policies", bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(problem.to_string().contains("targets.0.minutes"));
        let gone = json!({"name": "P", "schedule_id": 99, "targets": [target("first_reply", 1)]});
        let (status, _) = office.send("POST", "/sla-policies", gone).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let path = format!("/sla-policies/{}", policy["id"]);
        let freed = json!({"version": 1, "schedule_id": null, "enabled": false});
        let (status, changed) = office.send("PATCH", &path, freed).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (&changed["schedule_id"], &changed["version"]),
            (&Value::Null, &json!(2))
        );
        let mia = &office.scene.mia;
        let (status, _) = office.scene.call(mia, "GET", "/sla-policies", None).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    })
    .await;
}
