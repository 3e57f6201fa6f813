//! Agents at work, while the process dies under them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::server::Server;

const WORKERS: usize = 6;
const TICKETS: usize = 8;
/// What was under way at the last kill waits for its lease to run out first (30 s).
const SETTLED_WITHIN: Duration = Duration::from_secs(120);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The people and tickets of the test.
pub struct Load {
    client: Client,
    cookie: String,
    tickets: Vec<i64>,
    counter: AtomicU32,
}

/// A message that the server said it keeps.
pub struct Written {
    pub text: String,
    pub is_reply: bool,
}

/// A message as the timeline shows it.
pub struct Shown {
    pub text: String,
    deliveries: Vec<String>,
    is_released: bool,
}

impl Load {
    /// Signs in, connects a mailbox that sends through `smtp_port`, opens tickets.
    pub async fn set_up(server: &Server, smtp_port: u16) -> Self {
        let client = Client::builder().timeout(ANSWER_WITHIN).build().unwrap();
        let mut load = Self {
            client,
            cookie: String::new(),
            tickets: Vec::new(),
            counter: AtomicU32::new(0),
        };
        let setup = json!({ "workspace_name": "Harbour Goods", "name": "Olga Owner",
            "email": "olga@team.test", "password": "correct-horse-battery-staple-9" });
        let answer = load
            .send(server, Method::POST, "/setup", &setup, None)
            .await
            .unwrap();
        let cookies = answer.headers().get_all("set-cookie").iter();
        let cookies = cookies.filter_map(|c| c.to_str().ok()?.split(';').next());
        load.cookie = cookies.collect::<Vec<_>>().join("; ");
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
        let inbox = json!({ "name": "Support", "address": "support@team.test", "smtp": {
            "host": "127.0.0.1", "port": smtp_port, "security": "none", "username": "",
            "password": "" } });
        let inbox = load.create(server, "/inboxes", &inbox).await;
        for number in 0..TICKETS {
            let ticket = json!({ "subject": format!("Crash {number}"), "kind": "customer",
                "inbox_id": inbox["id"],
                "requester": { "email": format!("c{number}@customer.test"), "name": "C" },
                "body": { "html": "<p>Hello</p>" } });
            let ticket = load.create(server, "/tickets", &ticket).await;
            load.tickets.push(ticket["id"].as_i64().unwrap());
        }
        load
    }

    /// Writes notes and replies from several workers until the server is gone, and answers what was
    /// acknowledged. A request without an answer is repeated later under its idempotency key.
    pub async fn run(&self, server: &Server, round: usize, until: Duration) -> Vec<Written> {
        let work = (0..WORKERS).map(|worker| async move {
            let mut written = Vec::new();
            let started = tokio::time::Instant::now();
            while started.elapsed() < until + ANSWER_WITHIN {
                match self.write_one(server, round, worker).await {
                    Some(message) => written.push(message),
                    None => break,
                }
            }
            written
        });
        futures_util::future::join_all(work)
            .await
            .into_iter()
            .flatten()
            .collect()
    }

    /// `None` when the server did not answer.
    async fn write_one(&self, server: &Server, round: usize, worker: usize) -> Option<Written> {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let ticket = self.tickets[usize::try_from(number).unwrap() % TICKETS];
        let is_reply = number.is_multiple_of(3);
        let kind = if is_reply { "reply" } else { "note" };
        let text = format!("crash-{kind}-{round}-{worker}-{number}");
        let path = format!(
            "/tickets/{ticket}/{}",
            if is_reply { "replies" } else { "notes" }
        );
        let mut body = json!({ "html": format!("<p>{text}</p>") });
        if is_reply {
            body["seen_number"] = json!(1_000_000);
        }
        let answer = self
            .send(server, Method::POST, &path, &body, Some(&text))
            .await
            .ok()?;
        let status = answer.status();
        let message: Value = answer.json().await.ok()?;
        assert_eq!(status.as_u16(), 201, "{path}: {message}");
        if is_reply {
            let send = format!("{path}/{}/send-now", message["number"]);
            // Unanswered, it is sent when undo ends.
            let _ = self
                .send(server, Method::POST, &send, &json!({}), None)
                .await;
        }
        Some(Written { text, is_reply })
    }

    /// Every message on every ticket that the test wrote.
    pub async fn messages(&self, server: &Server) -> Vec<Shown> {
        let mut found = Vec::new();
        for ticket in &self.tickets {
            let mut cursor = String::new();
            loop {
                let path = format!("/tickets/{ticket}/timeline{cursor}");
                let page = self.get(server, &path).await;
                let items = page["items"].as_array().unwrap();
                found.extend(items.iter().filter_map(shown));
                match page["next"].as_str() {
                    Some(next) => cursor = format!("?cursor={next}"),
                    None => break,
                }
            }
        }
        found
    }

    /// The state of every reply's delivery, once none is on its way any more.
    pub async fn settled_deliveries(&self, server: &Server) -> Vec<(String, String)> {
        let settling = async {
            loop {
                let replies = self.messages(server).await;
                let replies: Vec<Shown> = replies
                    .into_iter()
                    .filter(|m| m.text.starts_with("crash-reply-"))
                    .collect();
                let is_settled = |reply: &Shown| {
                    reply.is_released
                        && !reply.deliveries.is_empty()
                        && reply
                            .deliveries
                            .iter()
                            .all(|s| s != "queued" && s != "claimed")
                };
                if replies.iter().all(is_settled) {
                    return replies;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let replies = tokio::time::timeout(SETTLED_WITHIN, settling).await;
        let replies = replies.expect("every reply's delivery comes to an end");
        let states = replies.into_iter().flat_map(|reply| {
            let text = reply.text;
            reply
                .deliveries
                .into_iter()
                .map(move |state| (text.clone(), state))
        });
        states.collect()
    }

    async fn create(&self, server: &Server, path: &str, body: &Value) -> Value {
        let answer = self
            .send(server, Method::POST, path, body, None)
            .await
            .unwrap();
        let status = answer.status();
        let created: Value = answer.json().await.unwrap();
        assert_eq!(status.as_u16(), 201, "{path}: {created}");
        created
    }

    async fn get(&self, server: &Server, path: &str) -> Value {
        let answer = self
            .send(server, Method::GET, path, &Value::Null, None)
            .await
            .unwrap();
        answer.json().await.unwrap()
    }

    async fn send(
        &self,
        server: &Server,
        method: Method,
        path: &str,
        body: &Value,
        key: Option<&str>,
    ) -> reqwest::Result<Response> {
        let mut request = self
            .client
            .request(method, server.url(path))
            .header("x-evenkeel", "1")
            .header("cookie", &self.cookie);
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        request.send().await
    }
}

fn shown(item: &Value) -> Option<Shown> {
    let text = item["text"].as_str()?.trim();
    text.starts_with("crash-").then(|| Shown {
        text: text.to_owned(),
        deliveries: item["deliveries"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|delivery| delivery["state"].as_str().map(str::to_owned))
            .collect(),
        is_released: item["state"] == "released",
    })
}
