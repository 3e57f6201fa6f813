//! Tasks are done by somebody, fall due, and never hold a ticket up.

use axum::http::StatusCode;
use desk::fixtures::ticket;
use desk::tickets::Status;
use identity::Role;
use serde_json::{Value, json};
use testkit::each_engine;

use super::{later, pass, told};
use crate::{ROOMS, Scene};

#[tokio::test]
async fn a_checklist_becomes_tasks_that_are_ticked_off() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let admin = scene.agent("Ada", Role::Admin).await;
        let items = json!([{"title": "Check the serial", "required": true, "minutes": 60},
            {"title": "Print the label", "required": false}]);
        let body = json!({"name": "Return", "items": items});
        let (status, list) = scene.call(&admin, "POST", "/checklists", Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{list}");
        let id = ticket(&scene.desk, "ana@x.example").await;
        let path = format!("/tickets/{id}/checklists");
        let body = json!({"checklist_id": list["id"]});
        let (status, tasks) = scene.call(&scene.mia, "POST", &path, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{tasks}");
        let path = format!("/tasks/{}", tasks["items"][0]["id"]);
        let done = json!({"version": 1, "done": true});
        let (status, task) = scene.call(&scene.mia, "PATCH", &path, Some(done)).await;
        assert_eq!(status, StatusCode::OK, "{task}");
        assert_eq!(task["done_by"], json!(scene.mia.agent));
        // What is done falls due no more.
        pass(&scene, 61);
        scene.jobs().await;
        assert!(!scene.kinds(0).await.contains(&"task.fell_due".to_owned()));
        let undone = json!({"version": 2, "done": false});
        let (_, task) = scene.call(&scene.mia, "PATCH", &path, Some(undone)).await;
        assert_eq!(
            (&task["done_by"], &task["done_at"]),
            (&Value::Null, &Value::Null)
        );
        // An open required task never blocks.
        let version = scene.ticket(id).await.version;
        let solved = json!({"version": version, "status": "solved"});
        let url = format!("/tickets/{id}");
        let (status, _) = scene.call(&scene.mia, "PATCH", &url, Some(solved)).await;
        assert!(status.is_success());
        assert_eq!(scene.ticket(id).await.status, Status::Solved);
    })
    .await;
}

#[tokio::test]
async fn a_task_tells_whom_it_is_given_to_and_when_it_is_due() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::LightAgent).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let body = json!({"title": "Measure it", "assignee_id": ben.agent,
            "due_at": later(&scene, 60)});
        let path = format!("/tickets/{id}/tasks");
        let (status, task) = scene.call(&scene.mia, "POST", &path, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{task}");
        assert_eq!(told(&scene, &ben).await, ["task"]);
        let (_, day) = scene.call(&ben, "GET", "/me/day", None).await;
        assert_eq!(day["tasks"][0]["title"], "Measure it");
        pass(&scene, 60);
        scene.jobs().await;
        assert_eq!(told(&scene, &ben).await, ["task", "task"]);
    })
    .await;
}
