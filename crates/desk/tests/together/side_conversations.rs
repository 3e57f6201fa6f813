//! Side conversations stay apart from their ticket, whatever comes in.

use axum::http::StatusCode;
use desk::fixtures::{mail, mailbox, receive, ticket};
use desk::tickets::{Place, Shelf, Status};
use identity::Role;
use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;
use serde_json::{Value, json};
use testkit::each_engine;

use super::{later, pass, told};
use crate::{ROOMS, Scene};

async fn ask(scene: &Scene, id: TicketId, whom: Value) -> (StatusCode, Value) {
    let mut body = json!({"subject": "Parcel 77", "html": "<p>Where is it?</p>"});
    for (key, value) in whom.as_object().unwrap() {
        body[key] = value.clone();
    }
    let path = format!("/tickets/{id}/side-conversations");
    scene.call(&scene.mia, "POST", &path, Some(body)).await
}

async fn snooze(scene: &Scene, id: TicketId) {
    let version = scene.ticket(id).await.version;
    let body = json!({"version": version, "status": "on_hold", "assignee_id": scene.mia.agent,
        "snoozed_until": later(scene, 6_000)});
    let path = format!("/tickets/{id}");
    let (status, body) = scene.call(&scene.mia, "PATCH", &path, Some(body)).await;
    assert!(status.is_success(), "{body}");
}

fn carrier(thread: &Value) -> TicketId {
    TicketId(thread["conversation"]["side_ticket_id"].as_i64().unwrap())
}

async fn cc(scene: &Scene, id: TicketId) -> Vec<String> {
    let read = async move |tx: &mut Tx<'_>| desk::tickets::store::cc(tx, id).await;
    let found = scene.desk.kernel.db.read::<_, DbError, _>(read).await;
    found.unwrap().into_iter().map(|it| it.email).collect()
}

#[tokio::test]
async fn an_answer_from_outside_comes_back_beside_the_ticket_and_wakes_it() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let before = scene.ticket(id).await.last_number;
        let to = json!({"to": [{"email": "desk@carrier.example", "name": "Carrier"}]});
        let (status, thread) = ask(&scene, id, to).await;
        assert_eq!(status, StatusCode::CREATED, "{thread}");
        let side = carrier(&thread);
        let shown = scene.ticket(side).await;
        assert_eq!((shown.place, shown.shelf), (Place::Side, Shelf::Side));
        snooze(&scene, id).await;
        pass(&scene, 1);
        scene.jobs().await;

        // The carrier has the customer in copy: she is brought into nothing.
        let mut answer = mail("desk@carrier.example", "Re: Parcel 77", "It is lost.");
        answer.into = Some(side);
        answer.cc = vec![mailbox("ana@x.example"), mailbox("chief@carrier.example")];
        let receipt = receive(&scene.desk, answer).await;
        assert_eq!((receipt.ticket, receipt.created), (side, false));
        scene.jobs().await;
        assert_eq!(cc(&scene, side).await, ["chief@carrier.example"]);
        let woken = scene.ticket(id).await;
        assert_eq!((woken.status, woken.shelf), (Status::Open, Shelf::Open));
        assert_eq!(
            woken.last_number, before,
            "nothing came onto the ticket itself"
        );
        assert_eq!(told(&scene, &scene.mia).await, ["side_answered"]);

        let path = format!("/side-conversations/{}", thread["conversation"]["id"]);
        let thread = scene.get(&path).await;
        assert_eq!(thread["conversation"]["waits_for"], "us");
        assert_eq!(thread["messages"].as_array().unwrap().len(), 2);
        for list in ["all", "mine", "unassigned", "snoozed", "solved"] {
            let listed = scene.get(&format!("/tickets?view={list}")).await;
            let items = listed["items"].as_array().unwrap();
            assert!(items.iter().all(|row| row["id"] != side.0), "{list}");
        }
        let end = json!({"version": thread["conversation"]["version"], "state": "done"});
        let (status, ended) = scene.call(&scene.mia, "PATCH", &path, Some(end)).await;
        assert_eq!(status, StatusCode::OK, "{ended}");
        assert_eq!(scene.ticket(side).await.status, Status::Solved);
    })
    .await;
}

#[tokio::test]
async fn the_customer_cannot_be_brought_in_by_anybody() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let to = json!({"to": [{"email": "Ana@x.example"}]});
        let (status, refused) = ask(&scene, id, to).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        let ours = json!({"to": [{"email": "support@desk.example"}]});
        let (status, _) = ask(&scene, id, ours).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

        let to = json!({"to": [{"email": "desk@carrier.example"}]});
        let (_, thread) = ask(&scene, id, to).await;
        let side = carrier(&thread);
        let version = scene.ticket(side).await.version;
        let path = format!("/tickets/{side}");
        for change in [
            json!({"version": version, "cc": [{"email": "ana@x.example"}]}),
            json!({"version": version, "requester": {"email": "ana@x.example"}}),
        ] {
            let (status, body) = scene.call(&scene.mia, "PATCH", &path, Some(change)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        }
        let moved = json!({"version": version, "place": "desk"});
        let path = format!("/tickets/{side}/place");
        let (status, _) = scene.call(&scene.mia, "PUT", &path, Some(moved)).await;
        assert_eq!(status, StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn files_of_the_ticket_go_along_and_others_do_not() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let mut first = mail("ana@x.example", "Broken", "See the picture.");
        first.files = vec![desk::attachments::File {
            name: "label.txt".to_owned(),
            content_id: None,
            inline: false,
            content_type: None,
            bytes: b"parcel 77".to_vec(),
        }];
        let id = receive(&scene.desk, first).await.ticket;
        let other = ticket(&scene.desk, "ben@x.example").await;
        let timeline = scene.get(&format!("/tickets/{id}/timeline")).await;
        let items = timeline["items"].as_array().unwrap();
        let message = items.iter().find(|item| item["type"] == "message").unwrap();
        let file = &message["attachments"][0]["id"];
        let to = json!({"to": [{"email": "desk@carrier.example"}], "file_ids": [file]});
        let (status, thread) = ask(&scene, id, to.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{thread}");
        let names: Vec<&str> = thread["messages"][0]["attachments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["label.txt"]);
        let (status, _) = ask(&scene, other, to).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

#[tokio::test]
async fn a_colleague_is_asked_and_answers_beside_the_ticket() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let lou = scene.agent("Lou", Role::LightAgent).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let (status, thread) = ask(&scene, id, json!({"agent_id": lou.agent})).await;
        assert_eq!(status, StatusCode::CREATED, "{thread}");
        assert_eq!(told(&scene, &lou).await, ["side_answered"]);
        let (_, day) = scene.call(&lou, "GET", "/me/day", None).await;
        let waiting = day["side_conversations"].as_array().unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0]["waits_for"], "them");

        snooze(&scene, id).await;
        let said = json!({"html": "<p>Ask the warehouse.</p>", "seen_number": 1});
        let path = format!(
            "/side-conversations/{}/messages",
            thread["conversation"]["id"]
        );
        let (status, thread) = scene.call(&lou, "POST", &path, Some(said)).await;
        assert_eq!(status, StatusCode::CREATED, "{thread}");
        assert_eq!(thread["conversation"]["waits_for"], "us");
        let said = thread["messages"].as_array().unwrap();
        assert_eq!(said[1]["author"]["name"], "Lou");
        scene.jobs().await;
        assert_eq!(scene.ticket(id).await.status, Status::Open);
        assert_eq!(told(&scene, &scene.mia).await, ["side_answered"]);
        // Lou may read and note, but not write to people outside.
        let to = json!({"subject": "s", "html": "x", "to": [{"email": "a@b.example"}]});
        let path = format!("/tickets/{id}/side-conversations");
        let (status, _) = scene.call(&lou, "POST", &path, Some(to)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    })
    .await;
}
