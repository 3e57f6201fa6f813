//! A server on a fake world, and the people signed in to it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use evenkeel::api;
use evenkeel::app::App;
use evenkeel::config::{Config, LogFormat};
use evenkeel::web::health::Watched;
use kernel::http::outgoing::Reach;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use testkit::World;
use tower::ServiceExt;

const BODY_BYTES_MAX: usize = 10_000_000;
const PASSWORD: &str = "correct-horse-battery-staple-9";

/// The server.
pub struct Site {
    pub world: World,
    pub app: App,
    router: Router,
    joined: AtomicU32,
}

/// Somebody signed in, or nobody.
#[derive(Clone, Default)]
pub struct User {
    cookie: Option<String>,
}

/// An answer.
pub struct Reply {
    pub status: StatusCode,
    pub body: Value,
    cookie: Option<String>,
}

impl Site {
    /// A server on this world, not set up yet.
    pub fn on(world: World) -> Self {
        let config = Config {
            data_dir: PathBuf::new(),
            listen: "127.0.0.1:8080".parse().unwrap(),
            base_url: "http://localhost:8080".to_owned(),
            database_url: None,
            blob_url: None,
            master_key: None,
            trusted_proxies: Vec::new(),
            mail_ca_file: None,
            lmtp_listen: None,
            dns_servers: channels::email::trust::dns::DnsServers::Off,
            outgoing: Reach::Public,
            log_format: LogFormat::Text,
        };
        let app = App::on(world.kernel.clone(), &config).unwrap();
        let desk = app.desk.clone();
        tokio::spawn(async move { desk.run().await });
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let router = api::router(
            &app,
            Watched {
                kernel: world.kernel.clone(),
                metrics,
            },
        );
        Self {
            world,
            app,
            router,
            joined: AtomicU32::new(0),
        }
    }

    /// Creates the owner.
    pub async fn set_up(&self) -> User {
        let setup = json!({ "workspace_name": "Harbour Goods", "name": "Olga Owner",
            "email": "olga@team.test", "password": PASSWORD });
        self.post(&User::default(), "/setup", setup)
            .await
            .signed_in()
    }

    /// Invites somebody new in this role and lets them accept.
    pub async fn join(&self, owner: &User, role: &str) -> User {
        let number = self.joined.fetch_add(1, Ordering::Relaxed);
        let email = format!("{role}-{number}@team.test");
        let invitation = json!({ "email": email, "role": role });
        let invited = self.post(owner, "/invitations", invitation).await;
        let link = invited.body["link"].as_str();
        let link = link.unwrap_or_else(|| panic!("{}", invited.body));
        let token = link.rsplit('/').next().unwrap();
        let accept = format!("/invitations/by-token/{token}/accept");
        let acceptance = json!({ "name": role, "password": PASSWORD });
        self.post(&User::default(), &accept, acceptance)
            .await
            .signed_in()
    }

    /// A POST with a JSON body.
    pub async fn post(&self, user: &User, path: &str, body: Value) -> Reply {
        self.send(user, Method::POST, path, Some(body)).await
    }

    /// A GET.
    pub async fn get(&self, user: &User, path: &str) -> Reply {
        self.send(user, Method::GET, path, None).await
    }

    /// Any request below `/api/v1`.
    pub async fn send(
        &self,
        user: &User,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", api::PREFIX))
            .header("x-evenkeel", "1");
        if let Some(cookie) = &user.cookie {
            request = request.header("cookie", cookie);
        }
        let body = match body {
            Some(json) => {
                request = request.header("content-type", "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        let mut request = request.body(body).unwrap();
        let peer: SocketAddr = "127.0.0.1:50000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let cookies = response.headers().get_all("set-cookie").iter();
        let cookies: Vec<&str> = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .collect();
        let cookie = (!cookies.is_empty()).then(|| cookies.join("; "));
        let bytes = to_bytes(response.into_body(), BODY_BYTES_MAX)
            .await
            .unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply {
            status,
            body,
            cookie,
        }
    }
}

impl Reply {
    pub fn signed_in(self) -> User {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        User {
            cookie: Some(self.cookie.expect("signing in sets a cookie")),
        }
    }
}
