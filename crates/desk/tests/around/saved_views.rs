//! Saved views: what they hold for whom, as tickets, time and definitions change.

use std::time::Duration;

use axum::http::StatusCode;
use identity::{Caller, Role};
use serde_json::{Value, json};
use testkit::{World, each_engine};

use super::office;
use crate::{ROOMS, Scene};

async fn call(scene: &Scene, who: &Caller, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = Some(body).filter(|body| !body.is_null());
    let (status, body) = scene.call(who, method, path, body).await;
    (status.as_u16(), body)
}

fn definition(all: Value) -> Value {
    json!({
        "conditions": {"all": all}, "sort": "created_at", "ascending": true,
        "columns": ["status", "tags"], "density": "compact",
    })
}

/// The count and the tickets that a view shows to somebody, once everything so far is counted.
async fn held(scene: &Scene, who: &Caller, view: i64) -> (i64, Vec<i64>) {
    office::counted(&scene.desk).await;
    let (_, views) = call(scene, who, "GET", "/views", Value::Null).await;
    let views = views["items"].as_array().unwrap();
    let id = format!("saved:{view}");
    let count = views.iter().find(|it| it["id"] == id).unwrap()["count"].clone();
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/tickets?view=saved:{view}&limit=2{cursor}");
        let (status, page) = call(scene, who, "GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().unwrap();
        ids.extend(items.iter().map(|row| row["id"].as_i64().unwrap()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    (count.as_i64().unwrap(), ids)
}

async fn save(scene: &Scene, who: &Caller, scope: Value, all: Value) -> Value {
    let input = json!({"name": "Mine now", "scope": scope, "definition": definition(all)});
    let (status, view) = call(scene, who, "POST", "/views", input).await;
    assert_eq!(status, 201, "{view}");
    view
}

#[tokio::test]
async fn a_view_follows_its_tickets_and_its_definition() {
    each_engine(ROOMS, async |world: World| {
        let scene = Scene::open(world).await;
        let _kernel = office::run_kernel(&scene.world);
        let _desk = office::run_desk(&scene.desk);
        let lead = scene.agent("Lea", Role::Lead).await;
        let mut made = Vec::new();
        for name in ["ana", "ben", "cem", "dee", "eva"] {
            scene.world.clock.advance(Duration::from_secs(1));
            let id = desk::fixtures::ticket(&scene.desk, &format!("{name}@x.example")).await;
            made.push(id.0);
        }
        let mine = json!([{"field": "assignee", "op": "is", "value": "me"}]);
        let view = save(&scene, &lead, json!("shared"), mine).await["id"]
            .as_i64()
            .unwrap();
        assert_eq!(held(&scene, &scene.mia, view).await, (0, vec![]));

        for id in [made[3], made[0], made[1]] {
            let change = json!({"version": 1, "assignee_id": scene.mia.agent});
            let path = format!("/tickets/{id}");
            assert_eq!(
                call(&scene, &scene.mia, "PATCH", &path, change).await.0,
                200
            );
        }
        let expected = vec![made[0], made[1], made[3]];
        assert_eq!(held(&scene, &scene.mia, view).await, (3, expected));
        assert_eq!(held(&scene, &lead, view).await, (0, vec![]));

        let new = definition(json!([{"field": "status", "op": "is", "value": "new"}]));
        let change = json!({"version": 1, "name": "New ones", "definition": new});
        let path = format!("/views/{view}");
        let (status, changed) = call(&scene, &lead, "PATCH", &path, change.clone()).await;
        assert_eq!((status, &changed["name"]), (200, &json!("New ones")));
        let expected = (2, vec![made[2], made[4]]);
        assert_eq!(held(&scene, &scene.mia, view).await, expected);
        assert_eq!(held(&scene, &lead, view).await, expected);
        let (status, problem) = call(&scene, &lead, "PATCH", &path, change).await;
        assert_eq!((status, &problem["code"]), (409, &json!("stale_version")));

        assert_eq!(
            call(&scene, &lead, "DELETE", &path, Value::Null).await.0,
            204
        );
        office::counted(&scene.desk).await;
        let gone = format!("/tickets?view=saved:{view}");
        assert_eq!(call(&scene, &lead, "GET", &gone, Value::Null).await.0, 404);
    })
    .await;
}

#[tokio::test]
async fn time_alone_moves_tickets_into_a_view() {
    each_engine(ROOMS, async |world: World| {
        let scene = Scene::open(world).await;
        let _kernel = office::run_kernel(&scene.world);
        let _desk = office::run_desk(&scene.desk);
        let id = desk::fixtures::ticket(&scene.desk, "ana@x.example").await.0;
        let old = json!([{"field": "created_at", "op": "older_than", "value": 60}]);
        let mia = &scene.mia;
        let view = save(&scene, mia, json!("personal"), old).await["id"]
            .as_i64()
            .unwrap();
        assert_eq!(held(&scene, mia, view).await, (0, vec![]));

        let mut progress = scene.desk.counts.progress();
        progress.mark_unchanged();
        scene.world.clock.advance(Duration::from_secs(60 * 60 + 1));
        progress.changed().await.unwrap();
        assert_eq!(held(&scene, mia, view).await, (1, vec![id]));
    })
    .await;
}

#[tokio::test]
async fn views_are_seen_and_changed_by_whom_they_are_for() {
    each_engine(ROOMS, async |world: World| {
        let scene = Scene::open(world).await;
        let tom = scene.agent("Tom", Role::Agent).await;
        let view = save(&scene, &scene.mia, json!("personal"), json!([])).await;
        let path = format!("/views/{}", view["id"]);
        assert_eq!(call(&scene, &tom, "GET", &path, Value::Null).await.0, 404);
        assert_eq!(
            call(&scene, &tom, "DELETE", &path, Value::Null).await.0,
            404
        );
        assert_eq!(
            call(&scene, &scene.mia, "GET", &path, Value::Null).await.1,
            view
        );

        let share = json!({"version": 1, "scope": "shared"});
        let (status, problem) = call(&scene, &scene.mia, "PATCH", &path, share).await;
        assert_eq!((status, &problem["code"]), (403, &json!("not_allowed")));
        let nobody = json!({"version": 1, "scope": {"team": 77}});
        let lead = scene.agent("Lea", Role::Lead).await;
        let own = save(&scene, &lead, json!("personal"), json!([])).await;
        let path = format!("/views/{}", own["id"]);
        assert_eq!(call(&scene, &lead, "PATCH", &path, nobody).await.0, 422);
    })
    .await;
}

#[tokio::test]
async fn a_view_over_a_field_that_is_not_there_is_refused_with_its_place() {
    each_engine(ROOMS, async |world: World| {
        let scene = Scene::open(world).await;
        let all = json!([
            {"field": "status", "op": "is", "value": "open"},
            {"field": "field:99", "op": "set"},
        ]);
        let input = json!({"name": "X", "scope": "personal", "definition": definition(all)});
        let (status, problem) = call(&scene, &scene.mia, "POST", "/views", input).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY.as_u16());
        let field = &problem["fields"][0]["field"];
        assert_eq!(field, "definition.conditions.all.1.field", "{problem}");
        let open = definition(json!([{"field": "status", "op": "is", "value": "new"}]));
        desk::fixtures::ticket(&scene.desk, "ana@x.example").await;
        let (status, preview) = call(&scene, &scene.mia, "POST", "/views/preview", open).await;
        assert_eq!((status, &preview["count"]), (200, &json!(1)));
    })
    .await;
}
