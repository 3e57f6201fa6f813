//! A small DNS server (RFC 1035) that answers TXT and A as a test says, or doesn't.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;

const TXT: u16 = 16;
const A: u16 = 1;

#[derive(Clone, Default)]
struct Zone {
    txt: HashMap<String, Vec<String>>,
    addresses: HashMap<String, Ipv4Addr>,
    broken: Vec<String>,
    silent: bool,
    asked: Vec<String>,
}

/// The server and what it knows.
#[derive(Clone)]
pub struct FakeDns {
    pub address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
}

impl FakeDns {
    pub async fn start() -> FakeDns {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let server = FakeDns {
            address: socket.local_addr().unwrap(),
            zone: Arc::default(),
        };
        let zone = server.zone.clone();
        tokio::spawn(async move {
            let mut buffer = [0_u8; 1500];
            while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
                let answer = answer(&mut zone.lock().unwrap(), &buffer[..length]);
                if let Some(answer) = answer {
                    socket.send_to(&answer, client).await.ok();
                }
            }
        });
        server
    }

    /// Adds a TXT record.
    pub fn txt(&self, name: &str, text: &str) {
        let mut zone = self.zone.lock().unwrap();
        zone.txt.entry(name.into()).or_default().push(text.into());
    }

    /// Adds an A record.
    pub fn address(&self, name: &str, address: [u8; 4]) {
        let mut zone = self.zone.lock().unwrap();
        zone.addresses.insert(name.into(), address.into());
    }

    /// Questions about names that end so fail at the server (SERVFAIL), or work again.
    pub fn fail(&self, suffix: &str, fails: bool) {
        let mut zone = self.zone.lock().unwrap();
        zone.broken.retain(|broken| broken != suffix);
        if fails {
            zone.broken.push(suffix.into());
        }
    }

    /// Answers nothing any more.
    pub fn fall_silent(&self) {
        self.zone.lock().unwrap().silent = true;
    }

    /// How many questions there were about names that end so.
    pub fn asked(&self, suffix: &str) -> usize {
        let zone = self.zone.lock().unwrap();
        zone.asked.iter().filter(|n| n.ends_with(suffix)).count()
    }
}

fn answer(zone: &mut Zone, question: &[u8]) -> Option<Vec<u8>> {
    let mut name = String::new();
    let mut at = 12;
    while question[at] != 0 {
        let length = usize::from(question[at]);
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&String::from_utf8_lossy(&question[at + 1..=at + length]).to_lowercase());
        at += length + 1;
    }
    let kind = u16::from_be_bytes([question[at + 1], question[at + 2]]);
    zone.asked.push(name.clone());
    if zone.silent {
        return None;
    }
    let mut records: Vec<Vec<u8>> = Vec::new();
    if kind == TXT {
        for text in zone.txt.get(&name).into_iter().flatten() {
            let strings = text.as_bytes().chunks(255);
            records.push(
                strings
                    .flat_map(|part| [&[part.len() as u8], part].concat())
                    .collect(),
            );
        }
    } else if kind == A
        && let Some(address) = zone.addresses.get(&name)
    {
        records.push(address.octets().to_vec());
    }
    let known = zone.txt.contains_key(&name) || zone.addresses.contains_key(&name);
    let fails = zone.broken.iter().any(|suffix| name.ends_with(suffix));
    let code: u8 = match (fails, known) {
        (true, _) => 2,
        (false, true) => 0,
        (false, false) => 3,
    };
    if fails {
        records.clear();
    }
    let mut out = Vec::from(&question[..2]);
    out.extend([0x81, 0x80 | code, 0, 1, 0, records.len() as u8, 0, 0, 0, 0]);
    out.extend(&question[12..at + 5]);
    for record in records {
        out.extend([0xC0, 12]);
        out.extend(kind.to_be_bytes());
        out.extend([0, 1, 0, 0, 0, 60]);
        out.extend((record.len() as u16).to_be_bytes());
        out.extend(record);
    }
    Some(out)
}
