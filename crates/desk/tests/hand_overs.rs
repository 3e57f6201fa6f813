//! At the end of a shift work goes to whoever goes on with it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use desk::fixtures::ticket;
use desk::messages::commands::redact::{Redaction, redact};
use desk::notifications::{Notifier, commands as notices};
use desk::tickets::Place;
use desk::tickets::commands::place;
use desk::tickets::commands::sleep::{Purge, purge};
use identity::{Caller, Role};
use kernel::ids::{NotificationId, TicketId};
use serde_json::{Value, json};
use testkit::each_engine;
use tower::ServiceExt;

use crate::{ROOMS, Scene};

/// A ticket that Mia has.
async fn mine(scene: &Scene) -> TicketId {
    let id = ticket(&scene.desk, "ana@x.example").await;
    change(scene, id, json!({"assignee_id": scene.mia.agent})).await;
    id
}

async fn change(scene: &Scene, id: TicketId, mut change: Value) {
    change["version"] = json!(scene.ticket(id).await.version);
    let path = format!("/tickets/{id}");
    let (status, body) = scene.call(&scene.mia, "PATCH", &path, Some(change)).await;
    assert!(status.is_success(), "{body}");
}

async fn send(scene: &Scene, body: Value) -> (StatusCode, Value) {
    scene
        .call(&scene.mia, "POST", "/hand-overs", Some(body))
        .await
}

async fn listed(scene: &Scene, who: &Caller) -> Vec<Value> {
    let (status, body) = scene.call(who, "GET", "/hand-overs", None).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["items"].as_array().unwrap().clone()
}

/// How many notices an agent has of work that came to them.
async fn told(scene: &Scene, who: &Caller) -> usize {
    let notifier = Notifier::new(scene.world.kernel.clock.clone());
    scene.world.run_reader(Arc::new(notifier)).await;
    let last = NotificationId(i64::MAX);
    let listed = notices::list(&scene.desk.kernel, who, last, 100)
        .await
        .unwrap();
    let of_it = |kind: &str| ["handed_over", "assigned"].contains(&kind);
    let kinds = listed.items.iter().map(|it| it.kind.as_str());
    kinds.filter(|kind| of_it(kind)).count()
}

#[tokio::test]
async fn the_draft_holds_what_is_under_way_and_what_wakes_soon() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        ticket(&scene.desk, "somebody@else.example").await;
        let (open, soon, far) = (mine(&scene).await, mine(&scene).await, mine(&scene).await);
        let now = scene.world.kernel.clock.now();
        for (id, hours) in [(soon, 23), (far, 25)] {
            let until = now.plus(Duration::from_hours(hours));
            change(&scene, id, json!({"snoozed_until": until})).await;
        }
        let promise = json!({"note": "call back", "due_at": now.plus(Duration::from_hours(2))});
        let path = format!("/tickets/{open}/promises");
        scene.call(&scene.mia, "POST", &path, Some(promise)).await;

        let draft = scene.get("/hand-overs/draft").await;
        let ids: Vec<_> = draft["tickets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["ticket_id"].as_i64().unwrap())
            .collect();
        assert_eq!(ids, [open.0, soon.0]);
        assert_eq!(draft["tickets"][0]["status"], "open");
        assert!(draft["tickets"][0]["waiting_since"].is_string());
        assert!(draft["tickets"][0]["snoozed_until"].is_null());
        assert!(draft["tickets"][1]["snoozed_until"].is_string());
        assert_eq!(draft["promises"][0]["note"], "call back");
        scene.note(open, "<p>Asked the store.</p>").await;
        let draft = scene.get("/hand-overs/draft").await;
        assert!(draft["tickets"].as_array().unwrap().len() == 2);
    })
    .await;
}

#[tokio::test]
async fn tickets_and_notes_go_to_the_colleague_who_hears_of_it_once() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let zoe = scene.agent("Zoe", Role::Agent).await;
        let (first, second, stays) = (mine(&scene).await, mine(&scene).await, mine(&scene).await);
        let (status, made) = send(
            &scene,
            json!({"to_agent_id": ben.agent, "note": "Quiet day.", "tickets": [
                {"ticket_id": second, "moves": true},
                {"ticket_id": first, "moves": true, "note": "She calls at <five>."},
                {"ticket_id": stays, "moves": false},
            ]}),
        )
        .await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(made["note"], "Quiet day.");
        assert_eq!(made["tickets"][0]["note"], "She calls at <five>.");
        for (id, has) in [(first, &ben), (second, &ben), (stays, &scene.mia)] {
            assert_eq!(scene.ticket(id).await.assignee, Some(has.agent));
        }
        assert_eq!(scene.ticket(first).await.last_number, 2);
        assert_eq!(scene.ticket(second).await.last_number, 1);
        assert_eq!(told(&scene, &ben).await, 1);
        assert_eq!(told(&scene, &scene.mia).await, 0);

        // Nobody else sees it, and the giver can't take it for the receiver.
        let path = format!("/hand-overs/{}", made["id"]);
        assert_eq!(scene.call(&zoe, "GET", &path, None).await.0, 404);
        assert!(listed(&scene, &zoe).await.is_empty());
        let read = format!("{path}/read");
        for other in [&zoe, &scene.mia] {
            assert_eq!(scene.call(other, "POST", &read, None).await.0, 404);
        }
        let (status, taken) = scene.call(&ben, "POST", &read, None).await;
        assert_eq!(
            (status, &taken["read_by_id"]),
            (StatusCode::OK, &json!(ben.agent))
        );
        let before = scene.world.journal().await.len();
        scene.call(&ben, "POST", &read, None).await;
        assert_eq!(scene.world.journal().await.len(), before, "twice is once");
        assert_eq!(
            listed(&scene, &scene.mia).await,
            std::slice::from_ref(&taken)
        );
        assert_eq!(listed(&scene, &ben).await, [taken]);
    })
    .await;
}

#[tokio::test]
async fn a_team_receives_and_whoever_takes_it_first_is_named() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ada = scene.agent("Ada", Role::Owner).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let zoe = scene.agent("Zoe", Role::Agent).await;
        let members = json!([scene.mia.agent, ben.agent, zoe.agent]);
        let team = json!({"name": "Night", "member_ids": members});
        let (_, team) = scene.call(&ada, "POST", "/teams", Some(team)).await;
        let id = mine(&scene).await;
        let body = json!({"to_team_id": team["id"],
            "tickets": [{"ticket_id": id, "moves": true}]});
        let (status, made) = send(&scene, body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let moved = scene.ticket(id).await;
        assert_eq!(moved.assignee, None);
        assert_eq!(json!(moved.team), team["id"]);
        assert_eq!((told(&scene, &ben).await, told(&scene, &zoe).await), (1, 1));
        let read = format!("/hand-overs/{}/read", made["id"]);
        assert_eq!(scene.call(&scene.mia, "POST", &read, None).await.0, 404);
        scene.call(&zoe, "POST", &read, None).await;
        let (_, later) = scene.call(&ben, "POST", &read, None).await;
        assert_eq!(later["read_by_id"], json!(zoe.agent));
        assert_eq!(
            listed(&scene, &scene.mia).await.len(),
            1,
            "given, not received too"
        );
    })
    .await;
}

#[tokio::test]
async fn what_can_not_go_refuses_the_whole() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let light = scene.agent("Lou", Role::LightAgent).await;
        let id = mine(&scene).await;
        let foreign = ticket(&scene.desk, "bea@x.example").await;
        let before = scene.world.journal().await.len();
        let tickets = json!([{"ticket_id": id, "moves": true, "note": "n"}]);
        for body in [
            json!({"to_agent_id": ben.agent, "tickets": []}),
            json!({"tickets": tickets}),
            json!({"to_agent_id": scene.mia.agent, "tickets": tickets}),
            json!({"to_agent_id": light.agent, "tickets": tickets}),
            json!({"to_team_id": 99, "tickets": tickets}),
            json!({"to_agent_id": ben.agent, "tickets": [
                {"ticket_id": id, "moves": true, "note": "n"},
                {"ticket_id": foreign, "moves": true},
            ]}),
        ] {
            let (status, problem) = send(&scene, body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        }
        assert_eq!(scene.world.journal().await.len(), before);
        assert_eq!(scene.ticket(id).await.last_number, 1);
        assert!(listed(&scene, &scene.mia).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_repeat_hands_over_once() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let id = mine(&scene).await;
        let body = json!({"to_agent_id": ben.agent,
            "tickets": [{"ticket_id": id, "moves": true, "note": "n"}]});
        let mut answers = Vec::new();
        for _ in 0..2 {
            let mut request = Request::post("/hand-overs")
                .header("content-type", "application/json")
                .header("idempotency-key", "one-evening")
                .body(Body::from(body.to_string()))
                .unwrap();
            request.extensions_mut().insert(scene.mia.clone());
            let answer = scene.router().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::CREATED);
            answers.push(to_bytes(answer.into_body(), usize::MAX).await.unwrap());
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(scene.ticket(id).await.last_number, 2);
    })
    .await;
}

#[tokio::test]
async fn redaction_and_purge_reach_what_was_written() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let id = mine(&scene).await;
        let body = json!({"to_agent_id": ben.agent,
            "tickets": [{"ticket_id": id, "moves": true, "note": "Card 4111 is hers."}]});
        send(&scene, body).await;
        let words = Redaction::Words("4111".to_owned());
        redact(&scene.desk, &scene.mia, id, 2, words).await.unwrap();
        let shown = listed(&scene, &ben).await;
        let note = shown[0]["tickets"][0]["note"].as_str().unwrap();
        assert!(!note.contains("4111") && note.contains("is hers"), "{note}");
        let version = scene.ticket(id).await.version;
        place::place(&scene.desk, &scene.mia, id, version, Place::Trash)
            .await
            .unwrap();
        let version = scene.ticket(id).await.version;
        let gone = purge(
            &scene.desk,
            Purge {
                ticket: id,
                version,
            },
        )
        .await;
        assert!(gone.unwrap());
        assert_eq!(listed(&scene, &ben).await[0]["tickets"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn the_list_goes_on_page_by_page() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let id = mine(&scene).await;
        let body = json!({"to_agent_id": ben.agent,
            "tickets": [{"ticket_id": id, "moves": false}]});
        for _ in 0..3 {
            assert_eq!(send(&scene, body.clone()).await.0, StatusCode::CREATED);
        }
        let first = scene.get("/hand-overs?limit=2").await;
        let next = first["next"].as_str().unwrap();
        let rest = scene
            .get(&format!("/hand-overs?limit=2&cursor={next}"))
            .await;
        let ids = |page: &Value| -> Vec<i64> {
            let items = page["items"].as_array().unwrap();
            items.iter().map(|it| it["id"].as_i64().unwrap()).collect()
        };
        assert_eq!((ids(&first), ids(&rest)), (vec![3, 2], vec![1]));
        assert!(rest["next"].is_null());
    })
    .await;
}
