//! Setting inboxes up over HTTP: secrets stay secret, refusals name the field.

use crate::fake_imap::FakeImap;
use crate::fake_smtp::{Behaviour, FakeSmtp};
use crate::support::{ROOMS, room};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use identity::{Caller, Role};
use serde_json::{Value, json};
use testkit::{World, each_engine};
use tower::ServiceExt;

pub struct Http {
    pub app: Router,
    pub caller: Caller,
}

impl Http {
    pub async fn new(world: &World, name: &str, role: Role) -> Http {
        let caller = identity::fixtures::agent(&world.kernel, name, role).await;
        let app = channels::router().with_state(room(world)).into();
        Http { app, caller }
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        request.extensions_mut().insert(self.caller.clone());
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }
}

fn input(imap: u16, smtp: u16) -> Value {
    json!({
        "name": "Support", "address": "Support@Shop.test",
        "imap": {"host": "127.0.0.1", "port": imap, "security": "none",
            "username": "support", "password": "hunter2"},
        "smtp": {"host": "127.0.0.1", "port": smtp, "security": "none",
            "username": "support", "password": "hunter2"},
    })
}

#[tokio::test]
async fn inboxes_are_made_changed_and_deleted_without_showing_passwords() {
    each_engine(ROOMS, async |world: World| {
        let http = Http::new(&world, "Mia", Role::Admin).await;
        let (status, inbox) = http.send("POST", "/inboxes", input(143, 25)).await;
        assert_eq!(status, StatusCode::CREATED, "{inbox}");
        assert_eq!(inbox["address"], "support@shop.test");
        assert_eq!(inbox["imap"]["folder"], "INBOX");
        assert_eq!(inbox["health"]["receiving"], "off");
        assert!(!inbox.to_string().contains("hunter2"));
        let path = format!("/inboxes/{}", inbox["id"]);
        let (status, taken) = http.send("POST", "/inboxes", input(143, 25)).await;
        assert_eq!(
            (status, &taken["code"]),
            (StatusCode::CONFLICT, &json!("inbox_address_taken"))
        );
        // The same server keeps its password, another one doesn't get it.
        let mut imap = json!({"host": "127.0.0.1", "port": 143, "security": "none",
            "username": "support", "folder": "Orders"});
        let patch = json!({"version": 1, "imap": imap, "enabled": false, "smtp": null});
        let (status, changed) = http.send("PATCH", &path, patch).await;
        assert_eq!(status, StatusCode::OK, "{changed}");
        assert_eq!(
            (&changed["enabled"], &changed["smtp"]),
            (&json!(false), &Value::Null)
        );
        imap["host"] = json!("localhost");
        let (status, refused) = http
            .send("PATCH", &path, json!({"version": 2, "imap": imap}))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused["fields"][0]["field"], "imap.password");
        let (status, _) = http
            .send("PATCH", &path, json!({"version": 1, "name": "x"}))
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        let (status, unknown) = http
            .send("PATCH", &path, json!({"version": 2, "colour": "red"}))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{unknown}");
        let (status, _) = http.send("DELETE", &path, Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (_, list) = http.send("GET", "/inboxes", Value::Null).await;
        assert_eq!(list["items"], json!([]));
        assert!(!format!("{:?}", world.journal().await).contains("hunter2"));
    })
    .await;
}

#[tokio::test]
async fn only_those_who_may_manage_inboxes() {
    each_engine(ROOMS, async |world: World| {
        let admin = Http::new(&world, "Mia", Role::Admin).await;
        admin.send("POST", "/inboxes", input(143, 25)).await;
        let http = Http::new(&world, "Tom", Role::Agent).await;
        for (method, path, body) in [
            ("POST", "/inboxes", input(143, 25)),
            ("PATCH", "/inboxes/1", json!({"version": 1})),
            ("DELETE", "/inboxes/1", Value::Null),
            ("POST", "/inboxes/check", json!({})),
            ("GET", "/inbound/failures", Value::Null),
            ("POST", "/inbound/failures/1/retry", Value::Null),
            ("GET", "/inbound/failures/1/raw", Value::Null),
            ("GET", "/inbound/failures/1/preview", Value::Null),
            (
                "POST",
                "/inbound/failures/1/discard",
                json!({"reason": "x"}),
            ),
            ("GET", "/postmaster/mailboxes", Value::Null),
            ("GET", "/outbox?part=waiting", Value::Null),
            ("GET", "/stuck", Value::Null),
            ("POST", "/stuck/jobs/1/retry", Value::Null),
            ("POST", "/stuck/readers/x/retry", Value::Null),
            ("GET", "/inboxes/1/tests", Value::Null),
            ("POST", "/inboxes/1/tests", Value::Null),
        ] {
            let (status, _) = http.send(method, path, body).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
        }
        let (_, list) = http.send("GET", "/inboxes", Value::Null).await;
        assert_eq!(list["items"][0]["name"], "Support");
        assert_eq!(
            list["items"][0]["imap"],
            Value::Null,
            "servers are the admins' business"
        );
    })
    .await;
}

#[tokio::test]
async fn wrong_fields_are_named_together() {
    each_engine(ROOMS, async |world: World| {
        let http = Http::new(&world, "Mia", Role::Admin).await;
        let mut body = input(0, 25);
        body["address"] = json!("no address");
        body["name"] = json!("");
        body["smtp"]["host"] = json!("smtp.example.com");
        let (status, refused) = http.send("POST", "/inboxes", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields: Vec<_> = refused["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["field"].clone())
            .collect();
        assert_eq!(fields, ["name", "address", "imap.port", "smtp.security"]);
    })
    .await;
}

#[tokio::test]
async fn the_check_tells_each_step() {
    each_engine(ROOMS, async |world: World| {
        let http = Http::new(&world, "Mia", Role::Admin).await;
        let (imap, smtp) = (FakeImap::start(Vec::new()).await, FakeSmtp::start().await);
        smtp.behave(Behaviour::RefuseSignIn);
        let mut body = input(imap.port, smtp.port);
        body.as_object_mut().unwrap().remove("name");
        let (status, report) = http.send("POST", "/inboxes/check", body).await;
        assert_eq!(status, StatusCode::OK, "{report}");
        let steps: Vec<_> = report["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| format!("{} {} {}", s["protocol"], s["step"], s["ok"]).replace('"', ""))
            .collect();
        assert_eq!(
            steps,
            [
                "imap resolve true",
                "imap connect true",
                "imap tls true",
                "imap sign_in true",
                "imap folder true",
                "smtp resolve true",
                "smtp connect true",
                "smtp tls true",
                "smtp sign_in false",
            ]
        );
        let last = &report["steps"][8];
        assert!(last["message"].as_str().unwrap().contains("535"), "{last}");
        assert!(last["mend"].as_str().unwrap().contains("password"));
        let (_, report) = http
            .send(
                "POST",
                "/inboxes/check",
                json!({"imap": {"host": "127.0.0.1", "port": 1,
                "security": "tls", "username": "u", "password": "p"}}),
            )
            .await;
        assert_eq!(report["steps"][1]["step"], "connect");
        assert_eq!(report["steps"][1]["ok"], false);
    })
    .await;
}

#[tokio::test]
async fn raw_mail_is_taken_over_http() {
    each_engine(ROOMS, async |world: World| {
        let http = Http::new(&world, "Mia", Role::Admin).await;
        http.send("POST", "/inboxes", input(143, 25)).await;
        let post = async |target: &str, raw: &str| {
            let mut request = Request::post(format!("/inbound/mail?inbox={target}"))
                .body(Body::from(raw.to_owned()))
                .unwrap();
            request.extensions_mut().insert(http.caller.clone());
            let response = http.app.clone().oneshot(request).await.unwrap();
            let status = response.status();
            let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            (status, serde_json::from_slice::<Value>(&bytes).unwrap())
        };
        let raw = "From: ana@x.test\r\nMessage-ID: <1@x.test>\r\n\r\nhello";
        let (status, handed) = post("support@shop.test", raw).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        assert_eq!(handed, json!({"ticket_id": 1, "state": "processed"}));
        let (_, again) = post("Support%2Bt1.x@shop.test", raw).await;
        assert_eq!(again, json!({"ticket_id": 1, "state": "duplicate"}));
        let (_, broken) = post("support@shop.test", "Subject: x\r\n\r\nx").await;
        assert_eq!(broken, json!({"ticket_id": null, "state": "failed"}));
        let (_, failures) = http.send("GET", "/inbound/failures", Value::Null).await;
        assert_eq!(failures["items"][0]["subject"], "x");
        assert_eq!(failures["items"][0]["attempts"], 1);
        assert_eq!(post("nobody@shop.test", raw).await.0, StatusCode::NOT_FOUND);
        assert_eq!(
            post("support@shop.test", "").await.0,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    })
    .await;
}
