//! An IMAP server that misbehaves on request: new UIDVALIDITY, mail it doesn't hand over, huge
//! sizes, refused sign-ins.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone)]
pub struct Mail {
    pub uid: i64,
    pub raw: String,
    /// INTERNALDATE, as in `02-Mar-2026 09:30:00 +0000`.
    pub date: &'static str,
    /// What the server says its size is; the true size when `None`.
    pub size: Option<i64>,
    /// Whether FETCH hands it over.
    pub fetched: bool,
}

impl Mail {
    pub fn new(uid: i64, raw: &str, date: &'static str) -> Mail {
        Mail {
            uid,
            raw: raw.replace('\n', "\r\n"),
            date,
            size: None,
            fetched: true,
        }
    }
}

#[derive(Default)]
pub struct Folder {
    pub uid_validity: i64,
    pub mails: Vec<Mail>,
    pub refuse_sign_in: bool,
}

#[derive(Clone)]
pub struct FakeImap {
    pub port: u16,
    pub folder: Arc<Mutex<Folder>>,
}

impl FakeImap {
    pub async fn start(mails: Vec<Mail>) -> FakeImap {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let folder = Folder {
            uid_validity: 7,
            mails,
            refuse_sign_in: false,
        };
        let server = FakeImap {
            port: listener.local_addr().unwrap().port(),
            folder: Arc::new(Mutex::new(folder)),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                tokio::spawn(async move { server.converse(stream).await });
            }
        });
        server
    }

    pub fn push(&self, mail: Mail) {
        self.folder.lock().unwrap().mails.push(mail);
    }

    async fn converse(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        say(&mut stream, "* OK fake ready").await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let (tag, command) = line.trim_end().split_once(' ')?;
            let answer = self.answer(command);
            stream.get_mut().write_all(answer.as_bytes()).await.ok()?;
            let refused =
                command.starts_with("LOGIN") && self.folder.lock().unwrap().refuse_sign_in;
            let status = if refused {
                "NO [AUTHENTICATIONFAILED] wrong"
            } else {
                "OK done"
            };
            say(&mut stream, &format!("{tag} {status}")).await?;
            if command == "LOGOUT" {
                return None;
            }
        }
    }

    fn answer(&self, command: &str) -> String {
        let folder = self.folder.lock().unwrap();
        let next = folder.mails.iter().map(|mail| mail.uid).max().unwrap_or(0) + 1;
        if command == "CAPABILITY" {
            return "* CAPABILITY IMAP4rev1\r\n".into();
        }
        if command.starts_with("EXAMINE") {
            return format!(
                "* {} EXISTS\r\n* OK [UIDVALIDITY {}] x\r\n* OK [UIDNEXT {next}] x\r\n",
                folder.mails.len(),
                folder.uid_validity
            );
        }
        if let Some(set) = command.strip_prefix("UID SEARCH UID ") {
            let last = next - 1;
            let found = folder
                .mails
                .iter()
                .filter(|mail| match set.split_once(":*") {
                    Some((from, _)) => mail.uid >= from.parse().unwrap() || mail.uid == last,
                    None => set.parse() == Ok(mail.uid),
                });
            let uids: Vec<String> = found.map(|mail| mail.uid.to_string()).collect();
            return format!("* SEARCH {}\r\n", uids.join(" "));
        }
        if let Some(rest) = command.strip_prefix("UID FETCH ") {
            let (set, what) = rest.split_once(' ').unwrap();
            let wanted: Vec<i64> = set.split(',').map(|uid| uid.parse().unwrap()).collect();
            let found = folder
                .mails
                .iter()
                .enumerate()
                .filter(|(_, m)| wanted.contains(&m.uid));
            return found
                .filter_map(|(at, mail)| fetched(at + 1, mail, what))
                .collect();
        }
        String::new()
    }
}

fn fetched(sequence: usize, mail: &Mail, what: &str) -> Option<String> {
    let uid = mail.uid;
    if what.contains("RFC822.SIZE") {
        let size = mail.size.unwrap_or(mail.raw.len() as i64);
        return Some(format!(
            "* {sequence} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \"{}\")\r\n",
            mail.date
        ));
    }
    let (item, content) = if what.contains("[HEADER]") {
        let head = mail.raw.split("\r\n\r\n").next().unwrap();
        ("BODY[HEADER]", format!("{head}\r\n\r\n"))
    } else {
        ("BODY[]", mail.raw.clone())
    };
    mail.fetched.then(|| {
        format!(
            "* {sequence} FETCH (UID {uid} {item} {{{}}}\r\n{content})\r\n",
            content.len()
        )
    })
}

async fn say(stream: &mut BufReader<TcpStream>, answer: &str) -> Option<()> {
    stream
        .get_mut()
        .write_all(format!("{answer}\r\n").as_bytes())
        .await
        .ok()
}
