//! Webhooks against a real server on this machine, on both engines.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use desk::Desk;
use desk::automations::RuleReader;
use desk::fixtures::ticket;
use desk::webhooks::WebhookReader;
use identity::{Caller, Role};
use kernel::http::outgoing::{Outgoing, Reach};
use kernel::http::signature::sign;
use serde_json::{Value, json};
use testkit::each_engine;

use crate::{ROOMS, Scene};

#[derive(Clone, Default)]
struct Target {
    heard: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

async fn hear(
    State(target): State<Target>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    target.heard.lock().unwrap().push((headers, body));
    let status = target.answers.lock().unwrap().pop().unwrap_or(200);
    (StatusCode::from_u16(status).unwrap(), "x".repeat(5_000))
}

impl Target {
    /// Listens on a free port and answers its address.
    async fn open(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/hook", post(hear))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/hook")
    }

    fn heard(&self) -> Vec<(HeaderMap, String)> {
        self.heard.lock().unwrap().clone()
    }
}

async fn make(scene: &Scene, ada: &Caller, url: &str, kinds: &[&str]) -> Value {
    let body = json!({
        "name": "Warehouse", "url": url, "enabled": true, "kinds": kinds, "with_ticket": true,
    });
    let (status, made) = scene.call(ada, "POST", "/webhooks", Some(body)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).unwrap().to_str().unwrap()
}

#[tokio::test]
async fn records_are_told_signed_once_and_again_after_a_failure() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ada = scene.agent("Ada", Role::Admin).await;
        let target = Target::default();
        let url = target.open().await;
        let made = make(&scene, &ada, &url, &["ticket.created"]).await;
        let secret = made["secret"].as_str().unwrap().to_owned();
        let id = ticket(&scene.desk, "ana@x.example").await;
        let reader = Arc::new(WebhookReader::new(scene.desk.clone()));
        scene.world.run_reader(reader.clone()).await;
        scene.world.run_reader(reader.clone()).await;
        target.answers.lock().unwrap().push(500);
        scene.jobs().await;
        scene.world.clock.advance(Duration::from_secs(5));
        scene.jobs().await;
        scene.jobs().await;
        let heard = target.heard();
        assert_eq!(heard.len(), 2);
        let ids: Vec<&str> = heard
            .iter()
            .map(|(it, _)| header(it, "webhook-id"))
            .collect();
        assert_eq!(ids[0], ids[1]);
        for (headers, body) in &heard {
            let at: i64 = header(headers, "webhook-timestamp").parse().unwrap();
            let expected = sign(std::slice::from_ref(&secret), ids[0], at, body);
            assert_eq!(header(headers, "webhook-signature"), expected);
        }
        let body: Value = serde_json::from_str(&heard[0].1).unwrap();
        assert_eq!(body["type"], "ticket.created");
        assert_eq!(body["data"]["ticket"]["id"], id.0);
        assert_eq!(
            body["data"]["ticket"]["requester"]["email"],
            "ana@x.example"
        );
        let path = format!("/webhooks/{}/calls", made["id"]);
        let (_, calls) = scene.call(&ada, "GET", &path, None).await;
        assert_eq!(calls["items"].as_array().unwrap().len(), 1);
        assert_eq!(calls["items"][0]["state"], "delivered");
        assert_eq!(calls["items"][0]["attempts"], 2);
        assert_eq!(calls["items"][0]["answer"].as_str().unwrap().len(), 1_000);

        let path = format!("/webhook-calls/{}/replay", calls["items"][0]["id"]);
        let (status, _) = scene.call(&ada, "POST", &path, None).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        scene.jobs().await;
        let heard = target.heard();
        assert_eq!(
            header(&heard[2].0, "webhook-id"),
            header(&heard[0].0, "webhook-id")
        );
    })
    .await;
}

#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one_for_a_day() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ada = scene.agent("Ada", Role::Admin).await;
        let target = Target::default();
        let made = make(&scene, &ada, &target.open().await, &[]).await;
        let id = &made["id"];
        let version = json!({"version": made["version"]});
        let (_, changed) = scene
            .call(
                &ada,
                "POST",
                &format!("/webhooks/{id}/secret"),
                Some(version),
            )
            .await;
        assert_ne!(changed["secret"], made["secret"], "{changed}");
        for _ in 0..2 {
            let path = format!("/webhooks/{id}/test");
            scene.call(&ada, "POST", &path, None).await;
            scene.jobs().await;
            scene
                .world
                .clock
                .advance(Duration::from_secs(24 * 3600 + 1));
        }
        let count = |at: usize| {
            let heard = target.heard();
            header(&heard[at].0, "webhook-signature").split(' ').count()
        };
        assert_eq!((count(0), count(1)), (2, 1));
        // It is shown once.
        let (_, list) = scene.call(&ada, "GET", "/webhooks", None).await;
        assert!(!list.to_string().contains("whsec_"));
    })
    .await;
}

#[tokio::test]
async fn a_rule_calls_a_webhook() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ada = scene.agent("Ada", Role::Admin).await;
        let target = Target::default();
        let made = make(&scene, &ada, &target.open().await, &[]).await;
        let rule = json!({"name": "Tell the warehouse", "enabled": true, "definition": {
            "when": {"type": "event", "events": ["ticket_created"]},
            "actions": [{"action": "call_webhook", "webhook_id": made["id"]}],
        }});
        let (status, body) = scene.call(&ada, "POST", "/rules", Some(rule)).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        ticket(&scene.desk, "ana@x.example").await;
        let reader = Arc::new(RuleReader::new(scene.desk.clone()));
        scene.rules(&reader).await;
        assert_eq!(target.heard().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_target_that_always_fails_is_switched_off_and_admins_hear_of_it() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ada = scene.agent("Ada", Role::Admin).await;
        let target = Target::default();
        let made = make(&scene, &ada, &target.open().await, &["ticket.created"]).await;
        let reader = Arc::new(WebhookReader::new(scene.desk.clone()));
        for day in 0..4 {
            ticket(&scene.desk, &format!("c{day}@x.example")).await;
            scene.world.run_reader(reader.clone()).await;
            *target.answers.lock().unwrap() = vec![500; 20];
            for _ in 0..13 {
                scene.jobs().await;
                scene.world.clock.advance(Duration::from_secs(3600));
            }
            scene.world.clock.advance(Duration::from_secs(12 * 3600));
        }
        let (_, list) = scene.call(&ada, "GET", "/webhooks", None).await;
        assert_eq!(list["items"][0]["id"], made["id"]);
        assert_eq!(list["items"][0]["switched_off"], true, "{list}");
        let (_, notices) = scene.call(&ada, "GET", "/notifications", None).await;
        assert_eq!(notices["items"][0]["kind"], "webhook_off");
    })
    .await;
}

#[tokio::test]
async fn private_addresses_are_refused_when_saved_and_when_called() {
    each_engine(ROOMS, async |world| {
        let mut scene = Scene::open(world).await;
        let ada = scene.agent("Ada", Role::Admin).await;
        let target = Target::default();
        let url = target.open().await;
        let made = make(&scene, &ada, &url, &[]).await;
        // The operator closes the private network again.
        scene.desk = Desk {
            outgoing: Outgoing::new(Reach::Public, None).unwrap(),
            ..scene.desk.clone()
        };
        for url in [
            "https://127.0.0.1/",
            "https://169.254.169.254/",
            "http://x.example/",
        ] {
            let body = json!({
                "name": "Inside", "url": url, "enabled": true, "kinds": [], "with_ticket": false,
            });
            let (status, body) = scene.call(&ada, "POST", "/webhooks", Some(body)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(body.to_string().contains("url"), "{body}");
        }
        let path = format!("/webhooks/{}/test", made["id"]);
        scene.call(&ada, "POST", &path, None).await;
        scene.jobs().await;
        assert!(target.heard().is_empty());
        let path = format!("/webhooks/{}/calls", made["id"]);
        let (_, calls) = scene.call(&ada, "GET", &path, None).await;
        assert_eq!(calls["items"][0]["status"], Value::Null);
        assert!(
            calls["items"][0]["answer"]
                .as_str()
                .unwrap()
                .contains("https")
        );
    })
    .await;
}
