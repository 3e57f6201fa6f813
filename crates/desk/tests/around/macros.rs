//! Macros in use: variables, languages, files, actions and what may not be sent.

use desk::attachments;
use identity::Role;
use kernel::http::IdempotencyKey;
use serde_json::{Value, json};
use testkit::{World, each_engine};

use crate::{ROOMS, Scene};

async fn made(scene: &Scene, input: Value) -> Value {
    let (status, body) = scene.call(&scene.mia, "POST", "/macros", Some(input)).await;
    assert_eq!(status, 201, "{body}");
    body
}

async fn preview(scene: &Scene, ticket: i64, id: &Value, language: &str) -> Value {
    let path = format!("/tickets/{ticket}/macros/{id}/preview{language}");
    let (status, body) = scene.call(&scene.mia, "POST", &path, None).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn a_macro_is_filled_in_for_its_ticket_and_language() {
    each_engine(ROOMS, async |world: World| {
        let scene = Scene::open(world).await;
        let ticket = desk::fixtures::ticket(&scene.desk, "ana@x.example").await.0;
        let saved = made(
            &scene,
            json!({
                "name": "Hello", "scope": "personal",
                "html": "<p>Hi {{customer.first_name|there}}, {{agent.name}} of {{team.name}}</p>",
                "variants": [{"language": "de", "html": "<p>Hallo {{customer.name}}</p>"}],
            }),
        )
        .await;
        let seen = preview(&scene, ticket, &saved["id"], "").await;
        assert_eq!(seen["html"], "<p>Hi ana, Mia of {{team.name}}</p>");
        assert_eq!(seen["unfilled"], json!(["{{team.name}}"]));
        let german = preview(&scene, ticket, &saved["id"], "?language=de-AT").await;
        assert_eq!(
            (&german["html"], &german["unfilled"]),
            (&json!("<p>Hallo ana</p>"), &json!([]))
        );

        let reply = json!({"html": seen["html"], "seen_number": 1});
        let path = format!("/tickets/{ticket}/replies");
        let (status, refused) = scene.call(&scene.mia, "POST", &path, Some(reply)).await;
        assert_eq!(status, 422);
        assert_eq!(refused["fields"][0]["field"], "html");
        assert!(
            refused["fields"][0]["reason"]
                .as_str()
                .unwrap()
                .contains("{{team.name}}")
        );

        let unknown = json!({"name": "X", "scope": "personal", "html": "{{customer.shoe}}"});
        let (status, refused) = scene
            .call(&scene.mia, "POST", "/macros", Some(unknown))
            .await;
        assert_eq!(
            (status.as_u16(), &refused["fields"][0]["field"]),
            (422, &json!("html"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_reply_does_the_actions_of_its_macro_and_counts_its_use() {
    each_engine(ROOMS, async |world: World| {
        let scene = Scene::open(world).await;
        let id = desk::fixtures::ticket(&scene.desk, "ana@x.example").await;
        let saved = made(
            &scene,
            json!({
                "name": "Refund", "scope": "personal", "html": "<p>Done</p>",
                "actions": [
                    {"action": "set_priority", "priority": "high"},
                    {"action": "assign", "to": "me"},
                ],
                "conditions": {"all": [{"field": "priority", "op": "is_not", "value": "high"}]},
            }),
        )
        .await;
        let reply = json!({"html": "<p>Done</p>", "seen_number": 1, "macro_id": saved["id"]});
        let path = format!("/tickets/{id}/replies");
        let (status, body) = scene.call(&scene.mia, "POST", &path, Some(reply)).await;
        assert_eq!(status, 201, "{body}");
        let ticket = scene.ticket(id).await;
        assert_eq!(ticket.priority, desk::tickets::Priority::High);
        assert_eq!(ticket.assignee, Some(scene.mia.agent));
        let list = scene.get("/macros").await;
        assert_eq!(list["items"][0]["uses"], 1);

        // Its condition holds no more: it changes nothing, and says why.
        let apply = format!("/tickets/{id}/macros/{}/apply", saved["id"]);
        let (status, refused) = scene.call(&scene.mia, "POST", &apply, None).await;
        assert_eq!(
            (status.as_u16(), &refused["code"]),
            (409, &json!("macro_does_not_fit"))
        );
        assert_eq!(scene.ticket(id).await.version, ticket.version);
        let tom = scene.agent("Tom", Role::Agent).await;
        let (status, _) = scene.call(&tom, "POST", &apply, None).await;
        assert_eq!(status, 404);
    })
    .await;
}

#[tokio::test]
async fn files_of_a_macro_are_copied_for_each_reply_and_outlive_it() {
    each_engine(ROOMS, async |world: World| {
        let scene = Scene::open(world).await;
        let ticket = desk::fixtures::ticket(&scene.desk, "ana@x.example").await;
        let once = IdempotencyKey::default();
        let bytes = b"How to return it".to_vec();
        let file = attachments::commands::upload(&scene.desk, &scene.mia, "guide.txt", bytes, once)
            .await
            .unwrap();
        let saved = made(
            &scene,
            json!({
                "name": "Guide", "scope": "personal", "html": "<p>See the file</p>",
                "attachment_ids": [file],
            }),
        )
        .await;
        assert_eq!(saved["files"][0]["name"], "guide.txt");
        // A macro's own file can't leave with a message.
        let own = json!({"html": "<p>x</p>", "seen_number": 1, "attachment_ids": [file]});
        let path = format!("/tickets/{ticket}/replies");
        assert_eq!(
            scene.call(&scene.mia, "POST", &path, Some(own)).await.0,
            422
        );

        let seen = preview(&scene, ticket.0, &saved["id"], "").await;
        let copy = seen["files"][0]["id"].clone();
        assert_ne!(copy, json!(file));
        let reply = json!({"html": "<p>See</p>", "seen_number": 1, "attachment_ids": [copy]});
        let (status, body) = scene.call(&scene.mia, "POST", &path, Some(reply)).await;
        assert_eq!(status, 201, "{body}");

        // The sweep of uploads leaves it alone for as long as the macro has it.
        scene
            .world
            .clock
            .advance(std::time::Duration::from_hours(48));
        scene.jobs().await;
        let again = preview(&scene, ticket.0, &saved["id"], "").await;
        assert_eq!(again["files"][0]["name"], "guide.txt");
    })
    .await;
}
