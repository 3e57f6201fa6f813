//! A name server that knows what a test publishes.

use mail_auth::hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use mail_auth::hickory_resolver::proto::rr::rdata::{MX, TXT};
use mail_auth::hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;

/// Texts by name; a mail server under `mx:` and the name.
type Zone = BTreeMap<String, Vec<String>>;

#[derive(Clone)]
pub struct FakeZone {
    pub address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    broken: Arc<Mutex<bool>>,
}

impl FakeZone {
    pub async fn start() -> FakeZone {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let dns = FakeZone {
            address: socket.local_addr().unwrap(),
            zone: Arc::default(),
            broken: Arc::default(),
        };
        let serving = dns.clone();
        tokio::spawn(async move {
            let mut bytes = [0; 4096];
            while let Ok((size, from)) = socket.recv_from(&mut bytes).await {
                let answer = serving.answer(&Message::from_vec(&bytes[..size]).unwrap());
                socket
                    .send_to(&answer.to_vec().unwrap(), from)
                    .await
                    .unwrap();
            }
        });
        dns
    }

    pub fn publish(&self, name: &str, text: &str) {
        let mut zone = self.zone.lock().unwrap();
        zone.entry(name.to_lowercase())
            .or_default()
            .push(text.to_owned());
    }

    pub fn withdraw(&self, name: &str) {
        self.zone.lock().unwrap().remove(&name.to_lowercase());
    }

    /// Fails every question from now on, or no longer.
    pub fn breaks(&self, broken: bool) {
        *self.broken.lock().unwrap() = broken;
    }

    fn answer(&self, asked: &Message) -> Message {
        let query = asked.queries.first().unwrap().clone();
        let name = query.name().to_utf8();
        let name = name.trim_end_matches('.').to_lowercase();
        let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
        answer.metadata.message_type = MessageType::Response;
        answer.metadata.recursion_available = true;
        answer.add_query(query.clone());
        if *self.broken.lock().unwrap() {
            answer.metadata.response_code = ResponseCode::ServFail;
            return answer;
        }
        let zone = self.zone.lock().unwrap();
        let key = match query.query_type() {
            RecordType::MX => format!("mx:{name}"),
            _ => name.clone(),
        };
        let known = zone.get(&key).cloned().unwrap_or_default();
        if known.is_empty() {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        for text in known {
            let data = match query.query_type() {
                RecordType::MX => RData::MX(MX::new(10, Name::from_utf8(text).unwrap())),
                _ => {
                    let strings = channels::email::dkim::rules::strings(&text);
                    RData::TXT(TXT::new(strings))
                }
            };
            answer.add_answer(Record::from_rdata(query.name().clone(), 60, data));
        }
        answer
    }
}
