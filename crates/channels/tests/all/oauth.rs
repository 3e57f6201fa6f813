//! Connecting a mailbox with its provider: consent, its ways to fail, and who may.

use crate::fake_imap::FakeImap;
use crate::fake_provider::{CLIENT, FakeProvider, SECRET};
use crate::fake_smtp::FakeSmtp;
use crate::support::{ROOMS, room};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use channels::Channels;
use identity::{Caller, Role};
use kernel::ids::SessionId;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{World, each_engine};
use tower::ServiceExt;

pub struct Http {
    app: Router,
    pub channels: Channels,
    pub caller: Caller,
}

impl Http {
    pub async fn new(world: &World) -> Http {
        let channels = room(world);
        let mut caller = identity::fixtures::agent(&world.kernel, "Mia", Role::Admin).await;
        caller.session = Some(SessionId(1));
        let app = channels::router().with_state(channels.clone()).into();
        Http {
            app,
            channels,
            caller,
        }
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.send_as(&self.caller, method, path, body).await
    }

    pub async fn send_as(
        &self,
        caller: &Caller,
        method: &str,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        request.extensions_mut().insert(caller.clone());
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        (status, body)
    }

    /// Sets a connection up and answers its id.
    pub async fn connection(&self, provider: &FakeProvider) -> i64 {
        let (status, made) = self
            .send("POST", "/mail-connections", input(provider))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made["id"].as_i64().unwrap()
    }

    pub async fn begin(&self, id: i64) -> String {
        let path = format!("/mail-connections/{id}/consent");
        let (status, place) = self.send("POST", &path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{place}");
        place["url"].as_str().unwrap().to_owned()
    }

    pub async fn complete(&self, state: &str, code: &str) -> (StatusCode, Value) {
        let body = json!({"state": state, "code": code});
        self.send("POST", "/mail-connections/complete", body).await
    }

    /// Sets a connection up and consents.
    pub async fn connected(&self, provider: &FakeProvider) -> i64 {
        let id = self.connection(provider).await;
        self.consent(provider, id).await;
        id
    }

    pub async fn consent(&self, provider: &FakeProvider, id: i64) {
        let (state, code) = provider.consent(&self.begin(id).await);
        let (status, connected) = self.complete(&state, &code).await;
        assert_eq!(status, StatusCode::OK, "{connected}");
        assert_eq!(connected["state"], "connected");
    }
}

pub fn input(provider: &FakeProvider) -> Value {
    let url = &provider.url;
    json!({
        "provider": "other", "username": "help@shop.test", "client_id": CLIENT,
        "client_secret": SECRET, "authorize_url": format!("{url}/authorize"),
        "token_url": format!("{url}/token"), "scopes": "mail offline_access",
        "hosts": ["127.0.0.1"],
    })
}

#[tokio::test]
async fn a_mailbox_is_connected_without_showing_secrets() {
    each_engine(ROOMS, async |world: World| {
        let (http, provider) = (Http::new(&world).await, FakeProvider::start().await);
        let id = http.connected(&provider).await;
        let (_, list) = http.send("GET", "/mail-connections", Value::Null).await;
        let shown = &list["items"][0];
        assert_eq!(
            (&shown["id"], &shown["has_secret"]),
            (&json!(id), &json!(true))
        );
        let redirect = "http://localhost:8080/app/admin/inboxes/connected";
        assert_eq!(list["redirect_uri"], redirect);
        let everything = format!("{list} {:?}", world.journal().await);
        for secret in [SECRET, "access-1", "refresh-1"] {
            assert!(!everything.contains(secret), "{secret}");
        }
        let kinds: Vec<String> = world.journal().await.into_iter().map(|r| r.kind).collect();
        assert!(
            kinds.contains(&"mail_connection.granted".to_owned()),
            "{kinds:?}"
        );
        // The secret is kept for the next mailbox of the same client.
        let mut second = input(&provider);
        second.as_object_mut().unwrap().remove("client_secret");
        let (_, second) = http.send("POST", "/mail-connections", second).await;
        http.consent(&provider, second["id"].as_i64().unwrap())
            .await;
        // But it goes nowhere else.
        let mut elsewhere = input(&provider);
        elsewhere.as_object_mut().unwrap().remove("client_secret");
        elsewhere["token_url"] = json!("https://evil.example/token");
        let (_, elsewhere) = http.send("POST", "/mail-connections", elsewhere).await;
        assert_eq!(elsewhere["has_secret"], false);
    })
    .await;
}

#[tokio::test]
async fn a_state_serves_its_own_session_once_and_for_ten_minutes() {
    each_engine(ROOMS, async |world: World| {
        let (http, provider) = (Http::new(&world).await, FakeProvider::start().await);
        let id = http.connection(&provider).await;
        let refused = async |state: &str, code: &str| {
            let (status, problem) = http.complete(state, code).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
            assert_eq!(problem["fields"][0]["field"], "state");
        };
        let (state, code) = provider.consent(&http.begin(id).await);
        // Another session of the same agent, another agent, a forged state.
        let mut other = http.caller.clone();
        other.session = Some(SessionId(2));
        let body = json!({"state": state, "code": code});
        let tried = http.send_as(&other, "POST", "/mail-connections/complete", body.clone());
        assert_eq!(tried.await.0, StatusCode::UNPROCESSABLE_ENTITY);
        let tom = identity::fixtures::agent(&world.kernel, "Tom", Role::Admin).await;
        let tried = http.send_as(&tom, "POST", "/mail-connections/complete", body);
        assert_eq!(tried.await.0, StatusCode::UNPROCESSABLE_ENTITY);
        let forged = state.replacen(&format!("{id}."), &format!("{}.", id + 1), 1);
        refused(&forged, &code).await;
        refused("nonsense", &code).await;
        // An attempt that was begun later voids this one.
        let (later, later_code) = provider.consent(&http.begin(id).await);
        refused(&state, &code).await;
        assert!(
            provider.book.lock().unwrap().asked.is_empty(),
            "nobody asked for tokens"
        );
        assert_eq!(http.complete(&later, &later_code).await.0, StatusCode::OK);
        refused(&later, &later_code).await;
        // And one that took too long.
        let (slow, slow_code) = provider.consent(&http.begin(id).await);
        world.clock.advance(Duration::from_secs(601));
        refused(&slow, &slow_code).await;
    })
    .await;
}

#[tokio::test]
async fn what_a_provider_refuses_is_said_in_plain_words() {
    each_engine(ROOMS, async |world: World| {
        let (http, provider) = (Http::new(&world).await, FakeProvider::start().await);
        let id = http.connection(&provider).await;
        let (state, _) = provider.consent(&http.begin(id).await);
        let body = json!({"state": state, "error": "access_denied"});
        let (status, denied) = http.send("POST", "/mail-connections/complete", body).await;
        assert_eq!(
            (status, &denied["code"]),
            (StatusCode::CONFLICT, &json!("consent_denied"))
        );
        let complete = async || {
            let (state, code) = provider.consent(&http.begin(id).await);
            let (_, problem) = http.complete(&state, &code).await;
            problem["code"].as_str().unwrap_or_default().to_owned()
        };
        provider.set(|book| book.refuses = Some((400, "invalid_client")));
        assert_eq!(complete().await, "client_refused");
        provider.set(|book| book.refuses = Some((503, "")));
        assert_eq!(complete().await, "unavailable");
        provider.set(|book| {
            book.refuses = None;
            book.stingy = true;
        });
        assert_eq!(complete().await, "no_lasting_access");
        // One that speaks for another issuer is not believed.
        let mut mixed = input(&provider);
        mixed["issuer"] = json!(provider.url);
        let (_, mixed) = http.send("POST", "/mail-connections", mixed).await;
        let (state, code) = provider.consent(&http.begin(mixed["id"].as_i64().unwrap()).await);
        let body = json!({"state": state, "code": code, "issuer": "https://evil.example"});
        let (status, _) = http.send("POST", "/mail-connections/complete", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

#[tokio::test]
async fn addresses_are_looked_up_and_checked() {
    each_engine(ROOMS, async |world: World| {
        let (http, provider) = (Http::new(&world).await, FakeProvider::start().await);
        let by_issuer = json!({
            "provider": "other", "username": "help@shop.test", "client_id": CLIENT,
            "client_secret": SECRET, "issuer": provider.url, "scopes": "mail offline_access",
            "hosts": ["127.0.0.1"],
        });
        let (status, found) = http
            .send("POST", "/mail-connections", by_issuer.clone())
            .await;
        assert_eq!(status, StatusCode::CREATED, "{found}");
        assert_eq!(found["token_url"], format!("{}/token", provider.url));
        provider.set(|book| book.issuer = Some("https://other.example".into()));
        let (_, refused) = http.send("POST", "/mail-connections", by_issuer).await;
        assert_eq!(refused["fields"][0]["field"], "issuer", "{refused}");
        let mut wrong = input(&provider);
        wrong["token_url"] = json!("http://10.0.0.1/token");
        wrong["authorize_url"] = json!("javascript:alert(1)");
        wrong["hosts"] = json!(["a b"]);
        wrong["client_id"] = json!("");
        let (_, refused) = http.send("POST", "/mail-connections", wrong).await;
        let fields: Vec<&str> = refused["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, ["client_id", "hosts", "authorize_url", "token_url"]);
        // A provider that only knows HTTP Basic.
        provider.set(|book| book.basic_only = true);
        http.connected(&provider).await;
    })
    .await;
}

fn inbox(imap: &FakeImap, smtp: &FakeSmtp, connection: i64) -> Value {
    json!({
        "name": "Help", "address": "help@shop.test",
        "imap": {"host": "127.0.0.1", "port": imap.port, "security": "none",
            "username": "help@shop.test", "connection_id": connection},
        "smtp": {"host": "127.0.0.1", "port": smtp.port, "security": "none",
            "username": "help@shop.test", "connection_id": connection},
    })
}

#[tokio::test]
async fn an_inbox_signs_in_by_its_connection_and_nowhere_else() {
    each_engine(ROOMS, async |world: World| {
        let (http, provider) = (Http::new(&world).await, FakeProvider::start().await);
        let (imap, smtp) = (FakeImap::start(Vec::new()).await, FakeSmtp::start().await);
        imap.set(|folder| {
            folder.offers = "AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR";
            folder.tokens.insert("access-1".into());
        });
        *smtp.offers.lock().unwrap() = "PLAIN XOAUTH2";
        smtp.tokens.lock().unwrap().push("access-1".into());
        let id = http.connected(&provider).await;
        let mut body = inbox(&imap, &smtp, id);
        let mut check = body.clone();
        check.as_object_mut().unwrap().remove("name");
        let (status, report) = http.send("POST", "/inboxes/check", check.clone()).await;
        assert_eq!(status, StatusCode::OK, "{report}");
        let steps = report["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["ok"] == true), "{report}");
        let (status, made) = http.send("POST", "/inboxes", body.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(made["imap"]["connection_id"], id);
        // The token is for the servers that were named when it was got.
        body["address"] = json!("other@shop.test");
        body["imap"]["host"] = json!("localhost");
        check["imap"]["host"] = json!("localhost");
        for (path, body) in [("/inboxes", &body), ("/inboxes/check", &check)] {
            let (status, refused) = http.send("POST", path, body.clone()).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert_eq!(refused["fields"][0]["field"], "imap.host");
        }
        body["imap"]["host"] = json!("127.0.0.1");
        body["imap"]["connection_id"] = json!(99);
        let (_, refused) = http.send("POST", "/inboxes", body).await;
        assert_eq!(refused["fields"][0]["field"], "imap.connection_id");
        // It can't be deleted under the inbox.
        let path = format!("/mail-connections/{id}");
        let (status, used) = http.send("DELETE", &path, Value::Null).await;
        assert_eq!(
            (status, &used["code"]),
            (StatusCode::CONFLICT, &json!("connection_used"))
        );
        let path_of_inbox = format!("/inboxes/{}", made["id"]);
        http.send("DELETE", &path_of_inbox, Value::Null).await;
        assert_eq!(
            http.send("DELETE", &path, Value::Null).await.0,
            StatusCode::NO_CONTENT
        );
    })
    .await;
}

#[tokio::test]
async fn only_those_who_may_manage_inboxes_connect_them() {
    each_engine(ROOMS, async |world: World| {
        let (http, provider) = (Http::new(&world).await, FakeProvider::start().await);
        http.connection(&provider).await;
        let tom = identity::fixtures::agent(&world.kernel, "Tom", Role::Agent).await;
        for (method, path, body) in [
            ("GET", "/mail-connections", Value::Null),
            ("POST", "/mail-connections", input(&provider)),
            ("PATCH", "/mail-connections/1", json!({"version": 1})),
            ("DELETE", "/mail-connections/1", Value::Null),
            ("POST", "/mail-connections/1/consent", Value::Null),
            ("POST", "/mail-connections/complete", json!({"state": "x"})),
        ] {
            let (status, _) = http.send_as(&tom, method, path, body).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
        }
    })
    .await;
}
