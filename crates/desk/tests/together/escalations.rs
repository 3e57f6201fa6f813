//! A ticket goes to somebody who can do more, and its contact stays visible.

use axum::http::StatusCode;
use desk::fixtures::ticket;
use desk::tickets::{Status, TicketAssigned};
use identity::{Caller, Role};
use kernel::ids::{AgentId, TicketId};
use kernel::journal::Record;
use serde_json::{Value, json};
use testkit::each_engine;

use super::told;
use crate::{ROOMS, Scene};

async fn path(scene: &Scene, steps: Value) -> Value {
    let admin = scene.agent("Ada", Role::Admin).await;
    let body = json!({"name": "Refunds", "steps": steps});
    let (status, made) = scene
        .call(&admin, "POST", "/escalation-paths", Some(body))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made["id"].clone()
}

fn to(agent: AgentId) -> Value {
    json!({"agent_id": agent, "when": "above 500", "minutes": 30})
}

async fn escalate(scene: &Scene, by: &Caller, id: TicketId, path: &Value, step: i64) -> Value {
    let note = json!({"summary": "A refund", "tried": "A voucher", "expected": "Her money"});
    let body = json!({"path_id": path, "step": step, "note": note});
    let path = format!("/tickets/{id}/escalations");
    let (status, made) = scene.call(by, "POST", &path, Some(body)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

async fn assign(scene: &Scene, id: TicketId, change: Value) {
    let mut change = change;
    change["version"] = json!(scene.ticket(id).await.version);
    let path = format!("/tickets/{id}");
    let (status, body) = scene.call(&scene.mia, "PATCH", &path, Some(change)).await;
    assert!(status.is_success(), "{body}");
}

#[tokio::test]
async fn who_escalates_stays_the_contact_until_it_is_solved() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let zoe = scene.agent("Zoe", Role::Agent).await;
        let path = path(&scene, json!([to(ben.agent), to(zoe.agent)])).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        assign(&scene, id, json!({"assignee_id": scene.mia.agent})).await;
        let made = escalate(&scene, &scene.mia, id, &path, 0).await;
        assert_eq!(made["owner_id"], json!(scene.mia.agent));
        assert_eq!(scene.ticket(id).await.assignee, Some(ben.agent));
        assert!(told(&scene, &ben).await.contains(&"escalated"));
        let shown = scene.get(&format!("/tickets/{id}")).await;
        assert!(
            shown["watchers"]
                .as_array()
                .unwrap()
                .contains(&json!(scene.mia.agent))
        );

        // Somebody who is not meant can't take it.
        let accept = format!("/escalations/{}/accept", made["id"]);
        let version = json!({"version": 1});
        let (status, _) = scene
            .call(&zoe, "POST", &accept, Some(version.clone()))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, taken) = scene.call(&ben, "POST", &accept, Some(version)).await;
        assert_eq!((status, &taken["state"]), (StatusCode::OK, &json!("taken")));
        assert_eq!(told(&scene, &scene.mia).await, ["escalated"]);

        // It goes on by the next step: Mia is still the contact, not Ben.
        let next = escalate(&scene, &ben, id, &path, 1).await;
        assert_eq!(next["owner_id"], json!(scene.mia.agent));
        assign(&scene, id, json!({"status": "solved"})).await;
        assert_eq!(scene.ticket(id).await.status, Status::Solved);
        let shown = scene.get(&format!("/tickets/{id}/together")).await;
        assert_eq!(shown["escalation"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_return_needs_a_reason_and_brings_the_ticket_back() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let path = path(&scene, json!([to(ben.agent)])).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let made = escalate(&scene, &scene.mia, id, &path, 0).await;
        let back = format!("/escalations/{}/return", made["id"]);
        for (reason, expected) in [
            (" ", StatusCode::UNPROCESSABLE_ENTITY),
            ("The order number is missing.", StatusCode::OK),
            ("Again", StatusCode::CONFLICT),
        ] {
            let body = json!({"version": 1, "reason": reason});
            let (status, answer) = scene.call(&ben, "POST", &back, Some(body)).await;
            assert_eq!(status, expected, "{answer}");
        }
        assert_eq!(scene.ticket(id).await.assignee, Some(scene.mia.agent));
        let shown = scene.get(&format!("/tickets/{id}/together")).await;
        assert_eq!(
            shown["escalation"]["reason"],
            "The order number is missing."
        );
        let moves = scene.kinds(0).await;
        let assigned = moves.iter().filter(|kind| *kind == TicketAssigned::KIND);
        assert_eq!(assigned.count(), 2);
    })
    .await;
}

#[tokio::test]
async fn every_part_of_the_note_is_needed() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let path = path(&scene, json!([to(ben.agent)])).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let note = json!({"summary": "A refund", "tried": "", "expected": "Her money"});
        let body = json!({"path_id": path, "step": 0, "note": note});
        let url = format!("/tickets/{id}/escalations");
        let (status, refused) = scene.call(&scene.mia, "POST", &url, Some(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        assert_eq!(scene.ticket(id).await.assignee, None);
    })
    .await;
}
