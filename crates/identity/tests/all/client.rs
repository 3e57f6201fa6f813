//! A browser that talks to the room.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, Request};
use identity::{Identity, IdentitySettings, NoTeams};
use kernel::Kernel;
use serde_json::{Value, json};
use tower::ServiceExt;

pub const PASSWORD: &str = "tomato gravel oboe";
pub const PROXY: &str = "10.0.0.1";

/// The application as the binary builds it.
#[derive(Clone)]
pub struct App {
    pub identity: Identity,
    router: Router,
}

impl App {
    pub fn new(kernel: &Kernel) -> Self {
        let settings = IdentitySettings {
            trusted_proxies: vec![PROXY.parse().unwrap()],
        };
        let identity = Identity::new(kernel.clone(), settings, Arc::new(NoTeams));
        let (api, _) = identity::router()
            .with_state(identity.clone())
            .split_for_parts();
        let door =
            axum::middleware::from_fn_with_state(identity.clone(), identity::http::authenticate);
        Self {
            identity,
            router: Router::new().nest("/api/v1", api).layer(door),
        }
    }

    /// A browser at an address, without cookies.
    pub fn browser(&self, ip: &str) -> Browser {
        Browser {
            app: self.clone(),
            ip: ip.to_owned(),
            forwarded: None,
            session: None,
            device: None,
            bearer: None,
            guard: true,
        }
    }

    /// The owner Mia, signed in at 192.0.2.1, in a workspace called Bluebird.
    pub async fn owner(&self) -> Browser {
        let mut owner = self.browser("192.0.2.1");
        let reply = owner.post("/setup", set_up()).await;
        assert_eq!(reply.status, 201, "{:?}", reply.body);
        owner
    }

    /// Somebody who accepted the owner's invitation, signed in at `ip`.
    pub async fn member(&self, owner: &mut Browser, name: &str, role: &str, ip: &str) -> Browser {
        let email = format!("{}@example.com", name.to_lowercase());
        let invited = owner
            .post("/invitations", json!({"email": email, "role": role}))
            .await;
        assert_eq!(invited.status, 201, "{:?}", invited.body);
        let mut member = self.browser(ip);
        let accept = format!("/invitations/by-token/{}/accept", invited.token());
        let reply = member
            .post(&accept, json!({"name": name, "password": PASSWORD}))
            .await;
        assert_eq!(reply.status, 200, "{:?}", reply.body);
        member
    }
}

pub fn set_up() -> Value {
    json!({
        "workspace_name": "Bluebird",
        "name": "Mia",
        "email": "Mia@Example.com",
        "password": PASSWORD,
        "language": "de",
    })
}

#[derive(Clone)]
pub struct Browser {
    pub app: App,
    pub ip: String,
    pub forwarded: Option<String>,
    pub session: Option<String>,
    pub device: Option<String>,
    pub bearer: Option<String>,
    pub guard: bool,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
    pub headers: HeaderMap,
}

impl Reply {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The token at the end of a new invitation's link.
    pub fn token(&self) -> String {
        let link = self.body["link"].as_str().expect("a link");
        link.strip_prefix("http://localhost:8080/invite/")
            .expect("our link")
            .to_owned()
    }

    pub fn id(&self) -> i64 {
        self.body["id"].as_i64().expect("an id")
    }
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, None, &[]).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(body), &[]).await
    }

    pub async fn patch(&mut self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, Some(body), &[]).await
    }

    pub async fn delete(&mut self, path: &str) -> Reply {
        self.send("DELETE", path, None, &[]).await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Reply {
        self.post("/session", json!({"email": email, "password": password}))
            .await
    }

    /// Sends a request and keeps the cookies of the answer, as browsers do.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"));
        let session = self
            .session
            .iter()
            .map(|it| format!("evenkeel_session={it}"));
        let device = self.device.iter().map(|it| format!("evenkeel_device={it}"));
        let cookies: Vec<String> = session.chain(device).collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(secret) = &self.bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {secret}"));
        }
        if let Some(client) = &self.forwarded {
            request = request.header("x-forwarded-for", client);
        }
        if self.guard {
            request = request.header("x-evenkeel", "1");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let peer = SocketAddr::new(self.ip.parse().unwrap(), 4711);
        let request = request
            .header(USER_AGENT, "Testbrowser 1.0")
            .header(CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(peer))
            .body(body.map_or_else(Body::empty, |it| Body::from(it.to_string())))
            .unwrap();
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest
                .split(';')
                .next()
                .filter(|it| !it.is_empty())
                .map(str::to_owned);
            match name {
                "evenkeel_session" => self.session = value,
                "evenkeel_device" => self.device = value,
                other => panic!("a cookie called {other}"),
            }
        }
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or(Value::Null)
        };
        Reply {
            status: parts.status.as_u16(),
            body,
            headers: parts.headers,
        }
    }
}
