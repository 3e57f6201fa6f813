//! One change to many tickets: each for itself, never twice, and back again.

use axum::http::StatusCode;
use desk::bulk::reactions::WorkOnMany;
use desk::fixtures::ticket;
use desk::tickets::{Priority, Status};
use identity::Role;
use kernel::ids::TicketId;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::each_engine;

use crate::{ROOMS, Scene};

async fn three(scene: &Scene) -> [TicketId; 3] {
    let a = ticket(&scene.desk, "ana@x.example").await;
    let b = ticket(&scene.desk, "ben@x.example").await;
    [a, b, ticket(&scene.desk, "cem@x.example").await]
}

async fn start(scene: &Scene, ids: &[TicketId], change: Value) -> Value {
    let mut tickets = Vec::new();
    for id in ids {
        tickets.push(json!({"id": id, "version": scene.ticket(*id).await.version}));
    }
    let body = json!({"tickets": tickets, "change": change});
    let (status, work) = scene.call(&scene.mia, "POST", "/bulk", Some(body)).await;
    assert_eq!(status, StatusCode::CREATED, "{work}");
    work
}

/// Does the work but not yet what waits for the end of undo.
async fn work(scene: &Scene, begun: &Value) -> Value {
    scene.jobs().await;
    scene.get(&format!("/bulk/{}", begun["id"])).await
}

async fn undo(scene: &Scene, begun: &Value) -> Value {
    let path = format!("/bulk/{}/undo", begun["id"]);
    let (status, told) = scene.call(&scene.mia, "POST", &path, None).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    work(scene, begun).await
}

fn urgent() -> Value {
    json!({"kind": "actions", "add_tags": ["wave"], "actions": [
        {"action": "set_priority", "priority": "urgent"},
        {"action": "set_status", "status": "solved"}]})
}

#[tokio::test]
async fn many_are_changed_and_put_back_but_for_what_somebody_changed_since() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let [a, b, c] = three(&scene).await;
        let begun = start(&scene, &[a, b, c], urgent()).await;
        // Somebody comes between: the version that was seen is no more.
        let path = format!("/tickets/{c}");
        let body = json!({"version": scene.ticket(c).await.version, "priority": "low"});
        scene.call(&scene.mia, "PATCH", &path, Some(body)).await;
        let done = work(&scene, &begun).await;
        assert_eq!(done["state"], "done", "{done}");
        assert_eq!(done["tally"]["done"], 2);
        assert_eq!(done["left"][0]["ticket_id"], json!(c));
        assert_eq!(done["left"][0]["code"], "stale_version");
        assert_eq!(scene.ticket(a).await.status, Status::Solved);
        assert_eq!(scene.ticket(c).await.status, Status::New);
        // Somebody goes on with b: its priority stays, its status comes back.
        let path = format!("/tickets/{b}");
        let body = json!({"version": scene.ticket(b).await.version, "priority": "high"});
        scene.call(&scene.mia, "PATCH", &path, Some(body)).await;
        let undone = undo(&scene, &begun).await;
        assert_eq!(undone["state"], "undone", "{undone}");
        assert_eq!(
            (&undone["tally"]["undone"], &undone["tally"]["kept"]),
            (&json!(1), &json!(1))
        );
        let (a, b) = (scene.ticket(a).await, scene.ticket(b).await);
        assert_eq!((a.status, a.priority), (Status::Open, Priority::Normal));
        assert_eq!((b.status, b.priority), (Status::Open, Priority::High));
        let shown = scene.get(&format!("/tickets/{}", a.id)).await;
        assert_eq!(shown["tags"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn the_work_goes_on_after_a_restart_and_never_twice() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let [a, b, c] = three(&scene).await;
        let begun = start(&scene, &[a, b, c], urgent()).await;
        let before = scene.kinds(0).await.len();
        // Two nodes think it is theirs at the same time.
        let job = kernel::jobs::Job {
            id: kernel::ids::JobId(1),
            kind: "bulk.work".to_owned(),
            key: String::new(),
            payload: json!({"bulk": begun["id"]}).to_string(),
            attempt: 1,
        };
        let handler = Arc::new(WorkOnMany(scene.desk.clone()));
        let run = async || kernel::jobs::JobHandler::run(&*handler, &job).await;
        let (one, other) = tokio::join!(run(), run());
        assert!(one.is_ok() && other.is_ok());
        let done = work(&scene, &begun).await;
        assert_eq!(done["tally"]["done"], 3, "{done}");
        let kinds = scene.kinds(before).await;
        let count = |kind| kinds.iter().filter(|it| *it == kind).count();
        assert_eq!(count("ticket.priority_changed"), 3);
        assert_eq!(count("bulk.progressed"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_reply_to_many_speaks_to_each_and_waits_to_be_taken_back() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let [a, b, c] = three(&scene).await;
        let reply = json!({"kind": "reply", "status_after": "pending",
            "html": "<p>Hi {{customer.email}}, about {{team.name}}</p>"});
        let begun = start(&scene, &[a], reply).await;
        let done = work(&scene, &begun).await;
        assert_eq!(done["left"][0]["code"], "unfilled_placeholder", "{done}");
        let reply = json!({"kind": "reply", "status_after": "pending",
            "html": "<p>Hi {{customer.email}}</p>"});
        let begun = start(&scene, &[a, b, c], reply).await;
        // A message comes in before its turn.
        ticket(&scene.desk, "ana@x.example").await;
        let done = work(&scene, &begun).await;
        assert_eq!(done["tally"]["done"], 3, "{done}");
        let timeline = scene.get(&format!("/tickets/{b}/timeline")).await;
        let said = timeline["items"].to_string();
        assert!(said.contains("Hi ben@x.example"), "{said}");
        // Within the time for undo nothing has left.
        let undone = undo(&scene, &begun).await;
        assert_eq!(undone["tally"]["undone"], 3, "{undone}");
        assert_eq!(undone["tally"]["mails_left"], 0);
        // Later it has.
        let reply = json!({"kind": "reply", "html": "<p>Hello</p>"});
        let begun = start(&scene, &[b], reply).await;
        work(&scene, &begun).await;
        scene
            .world
            .clock
            .advance(std::time::Duration::from_secs(3600));
        scene.jobs().await;
        let undone = undo(&scene, &begun).await;
        assert_eq!(undone["tally"]["mails_left"], 1, "{undone}");
        assert_eq!(undone["left"][0]["code"], "mail_left");
    })
    .await;
}

#[tokio::test]
async fn work_is_its_owners_and_can_be_stopped() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let [a, b, _] = three(&scene).await;
        let begun = start(&scene, &[a, b], urgent()).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let path = format!("/bulk/{}/cancel", begun["id"]);
        let (status, _) = scene.call(&ben, "POST", &path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (_, told) = scene.call(&scene.mia, "POST", &path, None).await;
        assert_eq!(told["state"], "cancelled");
        let after = work(&scene, &begun).await;
        assert_eq!(after["tally"]["done"], 0);
        assert_eq!(scene.ticket(a).await.status, Status::New);
        // Kept for 30 days.
        let days = std::time::Duration::from_secs(30 * 24 * 3600);
        scene.world.clock.advance(days);
        scene.jobs().await;
        let path = format!("/bulk/{}", begun["id"]);
        let (status, _) = scene.call(&scene.mia, "GET", &path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let light = scene.agent("Lea", Role::LightAgent).await;
        let body = json!({"tickets": [{"id": a}], "change": urgent()});
        let (status, _) = scene.call(&light, "POST", "/bulk", Some(body)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a_problem_takes_its_open_incidents_along() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let [problem, open, done] = three(&scene).await;
        for id in [open, done] {
            let body = json!({"ticket_id": id, "kind": "incident"});
            let path = format!("/tickets/{problem}/links");
            let (status, told) = scene.call(&scene.mia, "POST", &path, Some(body)).await;
            assert!(status.is_success(), "{told}");
        }
        let solved = json!({"version": scene.ticket(done).await.version, "status": "solved"});
        let url = format!("/tickets/{done}");
        scene.call(&scene.mia, "PATCH", &url, Some(solved)).await;
        let before = scene.kinds(0).await.len();
        let body = json!({"version": scene.ticket(problem).await.version,
            "html": "<p>It works again, {{customer.name|friend}}.</p>"});
        let path = format!("/tickets/{problem}/incidents/solve");
        let (status, begun) = scene.call(&scene.mia, "POST", &path, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{begun}");
        assert_eq!(begun["tally"]["total"], 1);
        assert_eq!(scene.ticket(problem).await.status, Status::Solved);
        let told = work(&scene, &begun).await;
        assert_eq!(told["tally"]["done"], 1, "{told}");
        assert_eq!(scene.ticket(open).await.status, Status::Solved);
        let kinds = scene.kinds(before).await;
        for kind in [
            "ticket.solved_with_problem",
            "ticket.incidents_solved",
            "reply.scheduled",
        ] {
            assert_eq!(kinds.iter().filter(|it| *it == kind).count(), 1, "{kind}");
        }
    })
    .await;
}
