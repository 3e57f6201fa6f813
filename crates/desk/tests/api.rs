use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use desk::fixtures::ticket;
use serde_json::{Value, json};
use testkit::each_engine;
use tower::ServiceExt;

use crate::{ROOMS, Scene};

async fn upload(scene: &Scene, name: &str, bytes: &[u8]) -> Value {
    upload_once(scene, name, bytes, name).await
}

async fn upload_once(scene: &Scene, name: &str, bytes: &[u8], key: &str) -> Value {
    let mut request = Request::builder()
        .method("POST")
        .uri(format!("/uploads?name={name}"))
        .header("content-type", "text/html")
        .header("idempotency-key", key)
        .body(Body::from(bytes.to_vec()))
        .unwrap();
    request.extensions_mut().insert(scene.mia.clone());
    let response = scene.router().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn an_agent_begins_a_ticket_of_each_kind() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        for (kind, message, channel) in [
            ("reply", "out", "agent"),
            ("note", "note", "agent"),
            ("customer", "in", "api"),
        ] {
            let body = json!({
                "subject": "Your delivery",
                "requester": {"email": "ana@x.example", "name": "Ana Ruiz"},
                "kind": kind, "body": {"html": "<p>Hello <script>x</script>Ana</p>"},
                "tags": ["delivery"], "assignee_id": scene.mia.agent,
                "cc": [{"email": "ben@x.example"}],
            });
            let (status, made) = scene.call(&scene.mia, "POST", "/tickets", Some(body)).await;
            assert_eq!(status, StatusCode::CREATED, "{made}");
            assert_eq!(made["channel"], channel);
            assert_eq!(made["requester"]["name"], "Ana Ruiz");
            assert_eq!(made["tags"], json!(["delivery"]));
            assert_eq!(made["snippet"], "Hello Ana");
            assert_eq!(made["inbox_id"], 1);
            let timeline = scene
                .get(&format!("/tickets/{}/timeline", made["id"]))
                .await;
            let items = timeline["items"].as_array().unwrap();
            let first = items.iter().find(|item| item["type"] == "message").unwrap();
            assert_eq!(first["kind"], message);
            assert_eq!(first["html"], "<p>Hello Ana</p>");
            if kind == "reply" {
                assert_eq!(first["state"], "scheduled");
                assert_eq!(first["to"][0]["email"], "ana@x.example");
                assert_eq!(first["cc"][0]["email"], "ben@x.example");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_repeated_create_makes_one_ticket() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let body = json!({
            "subject": "Once", "requester": {"email": "ana@x.example"},
            "kind": "note", "body": {"html": "x"},
        });
        let mut ids = Vec::new();
        for _ in 0..2 {
            let mut request = Request::builder()
                .method("POST")
                .uri("/tickets")
                .header("content-type", "application/json")
                .header("idempotency-key", "abc")
                .body(Body::from(body.to_string()))
                .unwrap();
            request.extensions_mut().insert(scene.mia.clone());
            let response = scene.router().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::CREATED);
            let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let made: Value = serde_json::from_slice(&bytes).unwrap();
            ids.push(made["id"].as_i64());
        }
        assert_eq!(ids[0], ids[1]);
    })
    .await;
}

#[tokio::test]
async fn wrong_requests_say_what_is_wrong() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let good = json!({
            "subject": "S", "requester": {"email": "ana@x.example"},
            "kind": "note", "body": {"html": "x"},
        });
        let with = |field: &str, value: Value| {
            let mut body = good.clone();
            body[field] = value;
            body
        };
        for (path, body, field) in [
            ("/tickets", with("subject", json!(" ")), "subject"),
            (
                "/tickets",
                with("requester", json!({"email": "nope"})),
                "requester.email",
            ),
            ("/tickets", with("requester", json!({})), "requester"),
            (
                "/tickets",
                with("requester", json!({"customer_id": 99})),
                "requester.customer_id",
            ),
            ("/tickets", with("inbox_id", json!(99)), "inbox_id"),
            ("/tickets", with("team_id", json!(99)), "team_id"),
            ("/tickets", with("assignee_id", json!(99)), "assignee_id"),
            ("/tickets", with("body", json!({"html": "<p></p>"})), "html"),
            (
                "/tickets",
                with("body", json!({"html": "x", "attachment_ids": [5]})),
                "attachment_ids",
            ),
            ("/tickets", with("colour", json!("red")), "body"),
            ("/tickets/1/replies", json!({"html": "x"}), "body"),
            (
                "/tickets/1/notes",
                json!({"html": "x", "mentions": [99]}),
                "mentions",
            ),
            ("/tickets/1/forwards", json!({"html": "x", "to": []}), "to"),
            ("/tickets/1/messages/1/redactions", json!({}), "body"),
        ] {
            let (status, problem) = scene.call(&scene.mia, "POST", path, Some(body)).await;
            assert_eq!(
                status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{path} {field}: {problem}"
            );
            assert_eq!(problem["fields"][0]["field"], field, "{problem}");
        }
        assert_eq!(scene.ticket(id).await.last_number, 1);
    })
    .await;
}

#[tokio::test]
async fn a_stale_patch_is_told_and_null_clears() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let path = format!("/tickets/{id}");
        let take = json!({"version": 1, "assignee_id": scene.mia.agent});
        let (status, row) = scene
            .call(&scene.mia, "PATCH", &path, Some(take.clone()))
            .await;
        assert_eq!(
            (status, &row["assignee_id"]),
            (StatusCode::OK, &json!(scene.mia.agent))
        );
        let (status, problem) = scene.call(&scene.mia, "PATCH", &path, Some(take)).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("stale_version"))
        );
        let drop = json!({"version": row["version"], "assignee_id": null});
        let (_, row) = scene.call(&scene.mia, "PATCH", &path, Some(drop)).await;
        assert_eq!(row["assignee_id"], Value::Null);
        assert_eq!(row["may"]["reply"], true);
        assert_eq!(row["status"], "open");
    })
    .await;
}

#[tokio::test]
async fn an_upload_waits_for_its_message_and_is_served_safely() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let page = upload(&scene, "x.html", b"<html><script>alert(1)</script>").await;
        assert_eq!(page["content_type"], "text/plain");
        let picture = upload(&scene, "a.png", b"\x89PNG\r\n\x1a\nrest").await;
        let html = format!(
            "<p>Look <img src=\"{}\"></p>",
            picture["url"].as_str().unwrap()
        );
        let body = json!({"html": html, "seen_number": 1, "attachment_ids": [page["id"]]});
        let (status, item) = scene
            .call(
                &scene.mia,
                "POST",
                &format!("/tickets/{id}/replies"),
                Some(body),
            )
            .await;
        assert_eq!(status, StatusCode::CREATED, "{item}");
        let files = item["attachments"].as_array().unwrap();
        assert_eq!(files.len(), 2);
        assert_eq!(
            (&files[0]["inline"], &files[1]["inline"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(
            scene.get(&format!("/tickets/{id}")).await["has_attachments"],
            true
        );

        let mut request = Request::get(format!("/attachments/{}", page["id"]))
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(scene.mia.clone());
        let response = scene.router().oneshot(request).await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/plain");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-disposition").starts_with("attachment; filename=\"x.html\""));
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(&bytes[..], b"<html><script>alert(1)</script>");
        let again = json!({"html": "x", "attachment_ids": [page["id"]]});
        let other = ticket(&scene.desk, "ben@x.example").await;
        let (status, _) = scene
            .call(
                &scene.mia,
                "POST",
                &format!("/tickets/{other}/notes"),
                Some(again),
            )
            .await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "a file belongs to one ticket"
        );
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_sent_twice_with_one_key_is_kept_once() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let first = upload_once(&scene, "a.txt", b"text", "k1").await;
        let again = upload_once(&scene, "a.txt", b"text", "k1").await;
        let other = upload_once(&scene, "a.txt", b"text", "k2").await;
        assert_eq!(first["id"], again["id"]);
        assert_ne!(first["id"], other["id"]);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_plainly() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let bytes = vec![0; desk::attachments::rules::FILE_BYTES_MAX + 1];
        let mut request = Request::post("/uploads?name=big")
            .body(Body::from(bytes))
            .unwrap();
        request.extensions_mut().insert(scene.mia.clone());
        let response = scene.router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let problem: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(problem["code"], "too_large");
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_no_message_takes_is_swept_after_a_day() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let file = upload(&scene, "a.txt", b"secret").await;
        let path = format!("/attachments/{}", file["id"]);
        let ben = scene.agent("Ben", identity::Role::Agent).await;
        assert_eq!(
            scene.call(&ben, "GET", &path, None).await.0,
            StatusCode::NOT_FOUND
        );
        scene.world.clock.advance(Duration::from_secs(86_400));
        assert_eq!(scene.jobs().await, 1);
        assert_eq!(
            scene.call(&scene.mia, "GET", &path, None).await.0,
            StatusCode::NOT_FOUND
        );
    })
    .await;
}

#[tokio::test]
async fn undo_over_the_api_gives_files_and_text_back() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let file = upload(&scene, "a.txt", b"text").await;
        let replies = format!("/tickets/{id}/replies");
        let body = json!({"html": "<p>Hi</p>", "seen_number": 1, "attachment_ids": [file["id"]]});
        let (_, item) = scene.call(&scene.mia, "POST", &replies, Some(body)).await;
        assert_eq!(
            (&item["type"], &item["state"]),
            (&json!("message"), &json!("scheduled"))
        );
        assert_eq!(item["undo_until"], "2026-03-02T09:00:15Z");
        let undo = format!("{replies}/{}", item["number"]);
        let (status, back) = scene.call(&scene.mia, "DELETE", &undo, None).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (&back["html"], &back["attachment_ids"]),
            (&json!("<p>Hi</p>"), &json!([file["id"]]))
        );
        let (status, problem) = scene.call(&scene.mia, "DELETE", &undo, None).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("already_sent"))
        );
        let body = json!({"html": "<p>Hi</p>", "seen_number": 1, "attachment_ids": [file["id"]]});
        let (status, item) = scene.call(&scene.mia, "POST", &replies, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{item}");
        assert_eq!(item["number"], 3);
        let now = format!("{replies}/3/send-now");
        let (status, item) = scene.call(&scene.mia, "POST", &now, None).await;
        assert_eq!(
            (status, &item["state"]),
            (StatusCode::OK, &json!("released"))
        );
        assert_eq!(item["deliveries"][0]["email"], "ana@x.example");
        assert_eq!(item["undo_until"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn every_record_that_the_desk_writes_decodes() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        scene.note(id, "<p>x</p>").await;
        scene.reply(id, 2, "<p>y</p>").await.unwrap();
        scene.world.clock.advance(Duration::from_secs(15));
        scene.jobs().await;
        let kinds: Vec<_> = desk::RECORDS.iter().copied().flatten().collect();
        for record in scene.world.journal().await {
            if let Some(kind) = kinds.iter().find(|kind| kind.kind == record.kind) {
                assert!(
                    (kind.decodes)(&record.body),
                    "{}: {}",
                    record.kind,
                    record.body
                );
            }
        }
    })
    .await;
}
