//! Forms: what is shown, what must be filled in, and taking them elsewhere.

use std::time::Duration;

use axum::http::StatusCode;
use desk::actions::{self, Action};
use desk::fixtures::ticket;
use desk::messages::commands::reply::{NewReply, reply};
use desk::tickets::{Status, store as tickets};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::ids::TicketId;
use kernel::journal::Context;
use kernel::refusal::Refusal;
use serde_json::{Value, json};
use testkit::each_engine;

use crate::fields::SetUp;
use crate::{ROOMS, code};

/// A form on which the order number is needed to solve when the reason is a late delivery.
async fn returns(desk: &SetUp) -> (Value, Value, Value) {
    let reason = desk
        .field(json!({"label": "Reason", "type": "choice",
            "options": [{"label": "Late"}, {"label": "Other"}]}))
        .await;
    let order = desk
        .field(json!({"label": "Order number", "type": "order"}))
        .await;
    let form = json!({"name": "Returns", "is_default": true, "fields": [
        {"field_id": reason["id"], "required_on_create": true, "required_on_solve": true,
            "types": ["complaint"]},
        {"field_id": order["id"], "required_on_solve": true, "show_when": {"all": [
            {"field": format!("field:{}", reason["id"]), "op": "is",
                "value": reason["options"][0]["id"]}]}},
    ]});
    let form = desk.done("POST", "/forms", form).await;
    (reason, order, form)
}

async fn patch(desk: &SetUp, id: TicketId, body: Value) -> (StatusCode, Value) {
    let mut body = body;
    body["version"] = desk.scene.ticket(id).await.version.into();
    let path = format!("/tickets/{id}");
    desk.scene
        .call(&desk.scene.mia, "PATCH", &path, Some(body))
        .await
}

#[tokio::test]
async fn what_is_required_and_shown_is_asked_for_before_solving() {
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        let (_, _, form) = returns(&desk).await;
        let id = ticket(&desk.scene.desk, "ana@x.example").await;
        let shown = desk.scene.get(&format!("/tickets/{id}")).await;
        assert_eq!(shown["form_id"], form["id"]);
        let (status, _) = patch(&desk, id, json!({"status": "solved"})).await;
        assert_eq!(status, StatusCode::OK, "nothing that is shown is required");
        patch(&desk, id, json!({"status": "open", "type": "complaint"})).await;
        let (status, told) = patch(&desk, id, json!({"status": "solved"})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(told["fields"][0]["field"], "fields.reason");
        let late = json!({"status": "solved", "fields": {"reason": "late"}});
        let (_, told) = patch(&desk, id, late).await;
        assert_eq!(told["fields"][0]["field"], "fields.order_number");
        assert!(
            told["fields"][0]["mend"]
                .as_str()
                .unwrap()
                .contains("Order number")
        );
        let (status, _) = patch(&desk, id, json!({"status": "closed"})).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "nor by closing it"
        );
        let full = json!({"status": "solved",
            "fields": {"reason": "late", "order_number": "A-1"}});
        let (status, _) = patch(&desk, id, full).await;
        assert_eq!(status, StatusCode::OK);

        // Neither a retired field nor one that is gone is asked for.
        let other = ticket(&desk.scene.desk, "ben@x.example").await;
        patch(&desk, other, json!({"type": "complaint"})).await;
        let path = "/fields/1";
        desk.done("PATCH", path, json!({"version": 1, "active": false}))
            .await;
        let (status, _) = patch(&desk, other, json!({"status": "solved"})).await;
        assert_eq!(status, StatusCode::OK);
        desk.done("DELETE", path, Value::Null).await;
        let (status, _) = patch(&desk, other, json!({"status": "open"})).await;
        assert_eq!(status, StatusCode::OK);
        let forms = desk.scene.get("/forms").await;
        assert_eq!(forms["items"][0]["fields"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_reply_that_was_to_solve_leaves_and_the_ticket_says_why_it_is_open() {
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        returns(&desk).await;
        let id = ticket(&desk.scene.desk, "ana@x.example").await;
        let new = || NewReply {
            html: "<p>Here you are</p>".to_owned(),
            seen_number: 1,
            status_after: Some(Status::Solved),
            ..NewReply::default()
        };
        let (inside, mia) = (&desk.scene.desk, &desk.scene.mia);
        patch(&desk, id, json!({"type": "complaint"})).await;
        let refused = reply(inside, mia, id, new(), IdempotencyKey::default()).await;
        assert_eq!(
            code(&refused.unwrap_err()),
            "invalid",
            "it is told at the click"
        );
        patch(&desk, id, json!({"fields": {"reason": "other"}})).await;
        reply(inside, mia, id, new(), IdempotencyKey::default())
            .await
            .unwrap();
        patch(&desk, id, json!({"fields": {"reason": null}})).await;
        desk.scene.world.clock.advance(Duration::from_secs(60));
        desk.scene.jobs().await;
        assert_eq!(desk.scene.ticket(id).await.status, Status::Open);
        let kinds = desk.scene.kinds(0).await;
        for kind in ["reply.released", "ticket.solve_refused"] {
            assert!(kinds.iter().any(|it| it == kind), "{kind} in {kinds:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn actions_set_fields_and_solve_only_what_is_filled_in() {
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        let (reason, order, _) = returns(&desk).await;
        let id = ticket(&desk.scene.desk, "ana@x.example").await;
        patch(&desk, id, json!({"type": "complaint"})).await;
        let solve = json!({"action": "set_status", "status": "solved"});
        let other = reason["options"][1]["id"].clone();
        let set = json!({"action": "set_field", "field_id": reason["id"], "value": other});
        let refused = act(&desk, id, json!([solve.clone(), set.clone()])).await;
        assert_eq!(code(&refused.unwrap_err()), "invalid");
        assert_eq!(
            desk.scene.ticket(id).await.status,
            Status::New,
            "all or nothing"
        );
        act(&desk, id, json!([set, solve])).await.unwrap();
        assert_eq!(desk.scene.ticket(id).await.status, Status::Solved);
        for (field, value) in [(&order, json!("A-1")), (&reason, json!("moon"))] {
            let text = json!([{"action": "set_field", "field_id": field["id"], "value": value}]);
            assert!(act(&desk, id, text).await.is_err(), "{value}");
        }
        desk.done("PATCH", "/fields/1", json!({"version": 1, "active": false}))
            .await;
        let gone = json!([{"action": "set_field", "field_id": reason["id"], "value": null}]);
        let told = act(&desk, id, gone).await.unwrap_err().to_string();
        assert!(told.contains("there is not (any more)"), "{told}");
    })
    .await;
}

/// Does a list of actions as a rule would.
async fn act(desk: &SetUp, id: TicketId, actions: Value) -> Result<(), Refusal> {
    let actions: Vec<Action> = serde_json::from_value(actions).unwrap();
    let ctx = Context::system(desk.scene.world.kernel.clock.now());
    let db = &desk.scene.world.kernel.db;
    db.write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        actions::check(tx, "actions", &actions).await?;
        let mut ticket = tickets::lock(tx, id).await?.unwrap();
        actions::apply(tx, &ctx, &mut ticket, None, &actions).await?;
        Ok(tickets::save(tx, &ticket).await?)
    })
    .await
}

#[tokio::test]
async fn a_new_ticket_needs_what_its_form_says() {
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        let (_, _, form) = returns(&desk).await;
        let begin = |kind: &str, fields: Value| {
            json!({"subject": "s", "requester": {"email": "a@b.test"}, "kind": kind,
                "type": "complaint", "body": {"html": "x"}, "fields": fields})
        };
        let told = desk
            .refused("POST", "/tickets", begin("note", json!({})))
            .await;
        assert_eq!(told["fields"][0]["field"], "fields.reason");
        desk.done("POST", "/tickets", begin("customer", json!({})))
            .await;
        let made = desk
            .done("POST", "/tickets", begin("note", json!({"reason": "late"})))
            .await;
        assert_eq!(made["form_id"], form["id"]);
        let other = json!({"name": "Plain", "inbox_ids": [1]});
        let other = desk.done("POST", "/forms", other).await;
        let made = desk
            .done("POST", "/tickets", begin("note", json!({})))
            .await;
        assert_eq!(made["form_id"], other["id"], "the inbox's form comes first");
        let id = TicketId(made["id"].as_i64().unwrap());
        let (_, chosen) = patch(&desk, id, json!({"form_id": form["id"]})).await;
        assert_eq!(chosen["form_id"], form["id"]);
        desk.done("DELETE", &format!("/forms/{}", form["id"]), Value::Null)
            .await;
        let shown = desk.scene.get(&format!("/tickets/{id}")).await;
        assert_eq!(shown["form_id"], other["id"]);
    })
    .await;
}

#[tokio::test]
async fn forms_that_make_no_sense_are_refused() {
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        let mut ids = Vec::new();
        for name in ["A", "B", "C"] {
            let made = desk.field(json!({"label": name, "type": "checkbox"})).await;
            ids.push(made["id"].as_i64().unwrap());
        }
        let by = |id: i64, on: i64| {
            json!({"field_id": id, "show_when": {"all": [
                {"field": format!("field:{on}"), "op": "is", "value": true}]}})
        };
        let (a, b, c) = (ids[0], ids[1], ids[2]);
        for (fields, at, why) in [
            (
                json!([by(a, b), by(b, c), by(c, a)]),
                "fields.0.show_when",
                "circle",
            ),
            (json!([by(a, a)]), "fields.0.show_when", "“A” hangs on “A”"),
            (json!([{"field_id": 99}]), "fields.0.field_id", "is not"),
            (
                json!([{"field_id": a}, {"field_id": a}]),
                "fields.1.field_id",
                "twice",
            ),
            (
                json!([by(a, b)]),
                "fields.0.show_when.all.0.field",
                "not on this form",
            ),
        ] {
            let body = json!({"name": "F", "fields": fields});
            let told = desk.refused("POST", "/forms", body).await;
            let problem = &told["fields"][0];
            assert_eq!(problem["field"], at);
            let reason = problem["reason"].as_str().unwrap();
            assert!(reason.contains(why), "{reason}");
        }
        let chain = json!({"name": "F", "fields": [by(a, b), by(b, c), {"field_id": c}]});
        desk.done("POST", "/forms", chain).await;
    })
    .await;
}

#[tokio::test]
async fn a_document_carries_fields_and_forms_elsewhere() {
    let mut document = Value::Null;
    let exported = std::sync::Mutex::new(&mut document);
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        returns(&desk).await;
        **exported.lock().unwrap() = desk.done("GET", "/forms/document", Value::Null).await;
    })
    .await;
    let document = &document;
    each_engine(ROOMS, async |world| {
        let desk = SetUp::open(world).await;
        // Other ids here than where it comes from.
        desk.field(json!({"label": "First", "type": "choice", "options": [{"label": "X"}]}))
            .await;
        let put = |dry_run: bool| json!({"document": document, "dry_run": dry_run});
        let path = "/forms/document";
        let told = desk.done("POST", path, put(true)).await;
        assert_eq!(told["items"].as_array().unwrap().len(), 3, "{told}");
        let fields = desk.scene.get("/fields").await;
        assert_eq!(
            fields["items"].as_array().unwrap().len(),
            1,
            "a dry run writes nothing"
        );
        assert_eq!(desk.done("POST", path, put(false)).await, told);
        assert_eq!(
            desk.done("POST", path, put(false)).await["items"],
            json!([])
        );
        let form = &desk.scene.get("/forms").await["items"][0];
        let fields = desk.scene.get("/fields").await;
        let condition = &form["fields"][1]["show_when"]["all"][0];
        assert_eq!(
            condition["field"],
            format!("field:{}", fields["items"][1]["id"])
        );
        assert_eq!(condition["value"], fields["items"][1]["options"][0]["id"]);
        let mut changed = document.clone();
        changed["fields"][1]["label"] = json!("Order");
        changed["forms"][0]["fields"][1]["field"] = json!("moon");
        let body = json!({"document": changed, "dry_run": true});
        let told = desk.refused("POST", path, body).await;
        assert_eq!(
            told["fields"][0]["field"],
            "document.forms.0.fields.1.field"
        );
    })
    .await;
}
