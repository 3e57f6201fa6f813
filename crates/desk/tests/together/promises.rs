//! Promises come back by themselves, to whoever can keep them.

use axum::http::StatusCode;
use desk::fixtures::ticket;
use desk::tickets::Shelf;
use identity::Role;
use serde_json::{Value, json};
use testkit::each_engine;

use super::{later, pass, told};
use crate::{ROOMS, Scene};

async fn promise(scene: &Scene, id: i64, minutes: u64) -> Value {
    let body = json!({"note": "write about the refund", "due_at": later(scene, minutes)});
    let path = format!("/tickets/{id}/promises");
    let (status, made) = scene.call(&scene.mia, "POST", &path, Some(body)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

async fn change(scene: &Scene, id: i64, change: Value) {
    let version = scene.get(&format!("/tickets/{id}")).await["version"].clone();
    let mut change = change;
    change["version"] = version;
    let path = format!("/tickets/{id}");
    let (status, body) = scene.call(&scene.mia, "PATCH", &path, Some(change)).await;
    assert!(status.is_success(), "{body}");
}

async fn states(scene: &Scene, id: i64) -> Vec<String> {
    let found = scene.get(&format!("/tickets/{id}/together")).await;
    let promises = found["promises"].as_array().unwrap();
    let state = |it: &Value| it["state"].as_str().unwrap().to_owned();
    promises.iter().map(state).collect()
}

#[tokio::test]
async fn a_promise_wakes_its_ticket_and_tells_its_owner() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let made = promise(&scene, id.0, 60).await;
        assert_eq!(made["note"], "write about the refund");
        let until = later(&scene, 600);
        change(&scene, id.0, json!({"snoozed_until": until})).await;
        assert_eq!(scene.get("/me/day").await["promises"][0]["id"], made["id"]);

        pass(&scene, 59);
        scene.jobs().await;
        assert_eq!(scene.ticket(id).await.shelf, Shelf::Snoozed);
        pass(&scene, 1);
        scene.jobs().await;
        let back = scene.ticket(id).await;
        assert_eq!(
            (back.shelf, back.assignee),
            (Shelf::Open, Some(scene.mia.agent))
        );
        assert_eq!(states(&scene, id.0).await, ["due"]);
        assert_eq!(told(&scene, &scene.mia).await, ["promise_due"]);
    })
    .await;
}

#[tokio::test]
async fn a_reply_that_goes_out_keeps_what_was_promised() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        promise(&scene, id.0, 60).await;
        promise(&scene, id.0, 120).await;
        scene.reply(id, 1, "<p>Here it is.</p>").await.unwrap();
        assert_eq!(states(&scene, id.0).await, ["open", "open"]);
        pass(&scene, 1);
        scene.jobs().await;
        assert_eq!(states(&scene, id.0).await, Vec::<String>::new());
        pass(&scene, 300);
        scene.jobs().await;
        assert!(
            !scene
                .kinds(0)
                .await
                .contains(&"promise.fell_due".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn another_time_counts_and_the_old_one_no_more() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let made = promise(&scene, id.0, 60).await;
        let path = format!("/promises/{}", made["id"]);
        let body = json!({"version": 1, "due_at": later(&scene, 120)});
        let (status, changed) = scene.call(&scene.mia, "PATCH", &path, Some(body)).await;
        assert_eq!((status, &changed["version"]), (StatusCode::OK, &json!(2)));
        let stale = json!({"version": 1, "state": "kept"});
        let (status, _) = scene.call(&scene.mia, "PATCH", &path, Some(stale)).await;
        assert_eq!(status, StatusCode::CONFLICT);
        pass(&scene, 60);
        scene.jobs().await;
        assert_eq!(states(&scene, id.0).await, ["open"]);
        let body = json!({"version": 2, "due_at": later(&scene, 90)});
        scene.call(&scene.mia, "PATCH", &path, Some(body)).await;
        pass(&scene, 60);
        scene.jobs().await;
        assert_eq!(states(&scene, id.0).await, ["open"]);
        let kept = json!({"version": 3, "state": "kept"});
        let (status, _) = scene.call(&scene.mia, "PATCH", &path, Some(kept)).await;
        assert_eq!(status, StatusCode::OK);
        pass(&scene, 60);
        scene.jobs().await;
        assert!(
            !scene
                .kinds(0)
                .await
                .contains(&"promise.fell_due".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn while_its_owner_is_away_the_stand_in_gets_it() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let zoe = scene.agent("Zoe", Role::Agent).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        change(&scene, id.0, json!({"assignee_id": scene.mia.agent})).await;
        promise(&scene, id.0, 60).await;
        // Ben is away too: Zoe stands in for him, and so for Mia.
        for (who, stand_in) in [(&scene.mia, ben.agent), (&ben, zoe.agent)] {
            let away = json!({"stand_in_id": stand_in, "from": later(&scene, 0),
                "to": later(&scene, 600)});
            let (status, body) = scene.call(who, "POST", "/absences", Some(away)).await;
            assert_eq!(status, StatusCode::CREATED, "{body}");
        }
        pass(&scene, 60);
        scene.jobs().await;
        let back = scene.ticket(id).await;
        assert_eq!(back.assignee, Some(zoe.agent));
        assert_eq!(told(&scene, &zoe).await, ["promise_due"]);
        assert_eq!(told(&scene, &scene.mia).await, ["promise_due"]);
        assert_eq!(told(&scene, &ben).await, Vec::<&str>::new());
    })
    .await;
}

#[tokio::test]
async fn what_comes_for_the_absent_reaches_their_stand_in() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let away = json!({"agent_id": ben.agent, "from": later(&scene, 0),
            "to": later(&scene, 600), "stand_in_id": scene.mia.agent});
        let (status, _) = scene
            .call(&scene.mia, "POST", "/absences", Some(away.clone()))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = scene
            .call(&ben, "POST", "/absences", Some(away.clone()))
            .await;
        assert_eq!(status, StatusCode::CREATED);
        let (status, twice) = scene.call(&ben, "POST", "/absences", Some(away)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{twice}");

        let zoe = scene.agent("Zoe", Role::Agent).await;
        let note = json!({"html": "<p>@Ben look</p>", "mentions": [ben.agent]});
        let path = format!("/tickets/{}/notes", id.0);
        let (status, body) = scene.call(&zoe, "POST", &path, Some(note)).await;
        assert!(status.is_success(), "{body}");
        assert_eq!(told(&scene, &ben).await, ["mentioned"]);
        assert_eq!(told(&scene, &scene.mia).await, ["standing_in"]);
    })
    .await;
}
