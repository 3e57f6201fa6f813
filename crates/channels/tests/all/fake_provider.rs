//! A provider of consents and tokens: it checks what it is asked exactly, replaces refresh tokens,
//! takes consents back, breaks and is slow, all on request.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kernel::http::outgoing::Url;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub const CLIENT: &str = "evenkeel-client";
pub const SECRET: &str = "s3cret & more";

#[derive(Default)]
pub struct Book {
    /// Codes with PKCE's challenge and the redirect address they were given for.
    codes: HashMap<String, (String, String)>,
    /// Refresh tokens that are good.
    pub refresh: HashSet<String>,
    /// Whether each use of a refresh token replaces it.
    pub rotates: bool,
    /// Whether refresh tokens are given at all.
    pub stingy: bool,
    /// What is answered instead of tokens: status and error.
    pub refuses: Option<(u16, &'static str)>,
    /// Whether only HTTP Basic is understood.
    pub basic_only: bool,
    /// Seconds an access token lives.
    pub lives: u64,
    /// How many access tokens were given.
    pub given: usize,
    /// Grants that were asked for.
    pub asked: Vec<String>,
    /// What it calls itself when asked to describe itself.
    pub issuer: Option<String>,
}

#[derive(Clone)]
pub struct FakeProvider {
    pub url: String,
    pub book: Arc<Mutex<Book>>,
    /// While true, answers wait.
    pub holds: watch::Sender<bool>,
    /// Counts requests that came in.
    pub came: watch::Sender<usize>,
}

impl FakeProvider {
    pub async fn start() -> FakeProvider {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = FakeProvider {
            url: format!("http://{}", listener.local_addr().unwrap()),
            book: Arc::new(Mutex::new(Book {
                lives: 3600,
                ..Book::default()
            })),
            holds: watch::Sender::new(false),
            came: watch::Sender::new(0),
        };
        let app = Router::new()
            .route("/token", post(token))
            .route("/.well-known/openid-configuration", get(describe))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        provider
    }

    pub fn set(&self, change: impl FnOnce(&mut Book)) {
        change(&mut self.book.lock().unwrap());
    }

    /// A person opens the address and consents; answers state and code.
    pub fn consent(&self, address: &str) -> (String, String) {
        let url = Url::parse(address).unwrap();
        assert!(address.starts_with(&format!("{}/authorize?", self.url)));
        let said: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(said["response_type"], "code");
        assert_eq!(said["client_id"], CLIENT);
        assert_eq!(said["code_challenge_method"], "S256");
        assert_eq!(said["scope"], "mail offline_access");
        let mut book = self.book.lock().unwrap();
        let code = format!("code-{}", book.codes.len() + 1);
        let kept = (said["code_challenge"].clone(), said["redirect_uri"].clone());
        book.codes.insert(code.clone(), kept);
        (said["state"].clone(), code)
    }

    /// Waits until so many requests came in.
    pub async fn until_asked(&self, times: usize) {
        let mut came = self.came.subscribe();
        let waiting = came.wait_for(|came| *came >= times);
        let limit = std::time::Duration::from_secs(60);
        tokio::time::timeout(limit, waiting).await.unwrap().unwrap();
    }
}

async fn describe(State(provider): State<FakeProvider>) -> Json<Value> {
    let url = &provider.url;
    let issuer = provider.book.lock().unwrap().issuer.clone();
    Json(json!({
        "issuer": issuer.unwrap_or(url.clone()),
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
    }))
}

type Answer = (StatusCode, Json<Value>);

async fn token(
    State(provider): State<FakeProvider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Answer {
    provider.came.send_modify(|came| *came += 1);
    let answer = decide(&mut provider.book.lock().unwrap(), &headers, &form);
    // Decided already: an answer that comes late, or never, is no less true.
    let mut holds = provider.holds.subscribe();
    holds.wait_for(|holds| !holds).await.unwrap();
    answer
}

fn denied(status: StatusCode, error: &str) -> Answer {
    (
        status,
        Json(json!({"error": error, "error_description": "No."})),
    )
}

fn decide(book: &mut Book, headers: &HeaderMap, form: &HashMap<String, String>) -> Answer {
    let grant = form["grant_type"].clone();
    book.asked.push(grant.clone());
    if let Some((status, error)) = book.refuses {
        return denied(StatusCode::from_u16(status).unwrap(), error);
    }
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    let by_header = headers
        .get("authorization")
        .is_some_and(|given| given == basic.as_str());
    let field = |name: &str| form.get(name).map(String::as_str);
    let by_form = field("client_id") == Some(CLIENT) && field("client_secret") == Some(SECRET);
    if !(by_header || (by_form && !book.basic_only)) {
        return denied(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let granted = match grant.as_str() {
        "authorization_code" => book.codes.remove(&form["code"]).is_some_and(|kept| {
            let verifier = form["code_verifier"].as_bytes();
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier);
            kept == (URL_SAFE_NO_PAD.encode(digest), form["redirect_uri"].clone())
        }),
        "refresh_token" => {
            let known = book.refresh.contains(&form["refresh_token"]);
            if known && book.rotates {
                book.refresh.remove(&form["refresh_token"]);
            }
            known
        }
        _ => return denied(StatusCode::BAD_REQUEST, "unsupported_grant_type"),
    };
    if !granted {
        return denied(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    book.given += 1;
    let mut answer = json!({
        "access_token": format!("access-{}", book.given),
        "token_type": "Bearer",
        "expires_in": book.lives,
    });
    if (grant == "authorization_code" && !book.stingy) || book.rotates {
        let refresh = format!("refresh-{}", book.given);
        book.refresh.insert(refresh.clone());
        answer["refresh_token"] = json!(refresh);
    }
    (StatusCode::OK, Json(answer))
}
