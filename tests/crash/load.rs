//! Agents at work, while the process dies under them.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::dice::Dice;
use super::server::Server;

const WORKERS: usize = 3;
const TICKETS: usize = 8;
/// Tickets that customers' mails opened and agents work on too.
const NEWCOMERS: usize = 20;
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The people and tickets of the test.
pub struct Load {
    client: Client,
    dice: Dice,
    cookie: String,
    tickets: Mutex<Vec<i64>>,
    counter: AtomicU64,
    /// On which ticket each text was written, acknowledged or not.
    placed: Mutex<HashMap<String, i64>>,
}

/// A message that the server said it keeps.
pub struct Written {
    pub text: String,
    pub is_reply: bool,
}

/// A message as the timeline shows it.
pub struct Shown {
    pub ticket: i64,
    pub text: String,
    pub is_released: bool,
    pub deliveries: Vec<Delivery>,
}

/// One recipient's copy.
pub struct Delivery {
    pub id: i64,
    pub email: String,
    pub state: String,
}

/// A mail that a person has to look at.
pub struct Failure {
    pub subject: String,
    pub reason: String,
}

impl Load {
    /// Signs in, connects a mailbox, opens tickets.
    pub async fn set_up(server: &Server, dice: Dice, imap_port: u16, smtp_port: u16) -> Self {
        let client = Client::builder().timeout(ANSWER_WITHIN).build().unwrap();
        let mut load = Self {
            client,
            dice,
            cookie: String::new(),
            tickets: Mutex::default(),
            counter: AtomicU64::new(0),
            placed: Mutex::default(),
        };
        let setup = json!({ "workspace_name": "Harbour Goods", "name": "Olga Owner",
            "email": "olga@team.test", "password": "correct-horse-battery-staple-9" });
        let answer = load.send(server, Method::POST, "/setup", &setup, None);
        let answer = answer.await.unwrap();
        let cookies = answer.headers().get_all("set-cookie").iter();
        let cookies = cookies.filter_map(|c| c.to_str().ok()?.split(';').next());
        load.cookie = cookies.collect::<Vec<_>>().join("; ");
        let status = answer.status();
        assert!(status.is_success(), "{}", answer.text().await.unwrap());
        let inbox = json!({ "name": "Support", "address": "support@team.test",
            "import": "history",
            "imap": { "host": "127.0.0.1", "port": imap_port, "security": "none",
                "username": "support", "password": "practice" },
            "smtp": { "host": "127.0.0.1", "port": smtp_port, "security": "none",
                "username": "", "password": "" } });
        let inbox = load.create(server, "/inboxes", &inbox).await;
        for number in 0..TICKETS {
            let ticket = json!({ "subject": format!("Crash {number}"), "kind": "customer",
                "inbox_id": inbox["id"],
                "requester": { "email": format!("c{number}@customer.test"), "name": "C" },
                "body": { "html": "<p>Hello</p>" } });
            let ticket = load.create(server, "/tickets", &ticket).await;
            load.tickets
                .get_mut()
                .unwrap()
                .push(ticket["id"].as_i64().unwrap());
        }
        load
    }

    /// The ticket that a text was written on.
    pub fn ticket_of(&self, text: &str) -> i64 {
        self.placed.lock().unwrap()[text]
    }

    /// Writes notes and replies from several workers until the server is gone, and answers what was
    /// acknowledged.
    pub async fn run(&self, server: &Server, until: Duration) -> Vec<Written> {
        let work = (0..WORKERS).map(|_| async {
            let mut written = Vec::new();
            let started = tokio::time::Instant::now();
            while started.elapsed() < until + ANSWER_WITHIN {
                let number = self.counter.fetch_add(1, Ordering::Relaxed);
                match self.write_one(server, number).await {
                    Some(message) => written.push(message),
                    None => break,
                }
                let pause = 20 + self.dice.roll("agent-pause", number, 100);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            written
        });
        let written = futures_util::future::join_all(work).await;
        written.into_iter().flatten().collect()
    }

    /// `None` when the server did not answer.
    async fn write_one(&self, server: &Server, number: u64) -> Option<Written> {
        let random = self.dice.stream("agent", number);
        let ticket = {
            let tickets = self.tickets.lock().unwrap();
            let count = u64::try_from(tickets.len()).unwrap();
            tickets[usize::try_from(random.below(count)).unwrap()]
        };
        let is_reply = random.below(100) < 40;
        let kind = if is_reply { "reply" } else { "note" };
        let text = format!("crash-{kind}-{number}");
        self.placed.lock().unwrap().insert(text.clone(), ticket);
        let plural = if is_reply { "replies" } else { "notes" };
        let path = format!("/tickets/{ticket}/{plural}");
        let mut body = json!({ "html": format!("<p>{text}</p>") });
        if is_reply {
            body["seen_number"] = json!(1_000_000);
            if random.below(3) == 0 {
                let email = format!("copy{}@customer.test", random.below(5));
                body["cc"] = json!([{ "name": "Copy", "email": email }]);
            }
        }
        let answer = self.send(server, Method::POST, &path, &body, Some(&text));
        let answer = answer.await.ok()?;
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

    /// Has the agents work on some of the tickets that mail opened too.
    pub async fn meet_newcomers(&self, server: &Server) {
        let page = self.get(server, "/tickets?view=all&limit=50").await;
        let rows = page["items"].as_array().unwrap();
        let ids = rows.iter().filter_map(|row| row["id"].as_i64());
        let mut tickets = self.tickets.lock().unwrap();
        for id in ids {
            if !tickets.contains(&id) && tickets.len() < TICKETS + NEWCOMERS {
                tickets.push(id);
            }
        }
    }

    /// Every message on every ticket that the test wrote or had written.
    pub async fn messages(&self, server: &Server) -> Vec<Shown> {
        let mut found = Vec::new();
        let rows = self.all(server, "/tickets?view=all&limit=100").await;
        for ticket in rows.iter().filter_map(|row| row["id"].as_i64()) {
            let items = self
                .all(server, &format!("/tickets/{ticket}/timeline?"))
                .await;
            found.extend(items.iter().filter_map(|item| shown(ticket, item)));
        }
        found
    }

    /// The mails that could not be filed.
    pub async fn failures(&self, server: &Server) -> Vec<Failure> {
        let items = self.all(server, "/inbound/failures?limit=100").await;
        let text = |item: &Value, field: &str| item[field].as_str().unwrap_or_default().to_owned();
        let failures = items.iter().map(|item| Failure {
            subject: text(item, "subject"),
            reason: text(item, "reason"),
        });
        failures.collect()
    }

    /// A person decides that a delivery is sent once more.
    pub async fn release(&self, server: &Server, delivery: i64) {
        let path = format!("/deliveries/{delivery}/retry");
        let body = json!({});
        let answer = self.send(server, Method::POST, &path, &body, None);
        let answer = answer.await.unwrap();
        assert_eq!(answer.status().as_u16(), 204, "{path}");
    }

    /// All pages of a list.
    async fn all(&self, server: &Server, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let mut page = self.get(server, &format!("{path}{cursor}")).await;
            match page["items"].take() {
                Value::Array(some) => items.extend(some),
                other => panic!("{path}: {other} {page}"),
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    async fn create(&self, server: &Server, path: &str, body: &Value) -> Value {
        let answer = self.send(server, Method::POST, path, body, None);
        let answer = answer.await.unwrap();
        let status = answer.status();
        let created: Value = answer.json().await.unwrap();
        assert_eq!(status.as_u16(), 201, "{path}: {created}");
        created
    }

    async fn get(&self, server: &Server, path: &str) -> Value {
        let nothing = Value::Null;
        let answer = self.send(server, Method::GET, path, &nothing, None);
        answer.await.unwrap().json().await.unwrap()
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

fn shown(ticket: i64, item: &Value) -> Option<Shown> {
    let text = item["text"].as_str()?;
    let text = text
        .split_whitespace()
        .find(|word| word.starts_with("crash-"))?;
    let deliveries = item["deliveries"].as_array().into_iter().flatten();
    let deliveries = deliveries.map(|delivery| Delivery {
        id: delivery["id"].as_i64().unwrap(),
        email: delivery["email"].as_str().unwrap().to_owned(),
        state: delivery["state"].as_str().unwrap().to_owned(),
    });
    Some(Shown {
        ticket,
        text: text.to_owned(),
        is_released: item["state"] == "released",
        deliveries: deliveries.collect(),
    })
}
