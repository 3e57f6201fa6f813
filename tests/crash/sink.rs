//! A mail server that accepts everything, slowly, and counts it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Between the end of a mail and its acceptance: the moment at which a kill leaves it uncertain.
const PONDERING: Duration = Duration::from_millis(15);

/// How often each mail's first text line was accepted.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<HashMap<String, usize>>>);

/// The server.
pub struct Sink {
    port: u16,
    seen: Seen,
}

impl Sink {
    /// Listens on a free port until the test ends.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Seen::default();
        let all = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, all.clone()));
            }
        });
        Self { port, seen }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many mails with this text were accepted.
    pub fn times(&self, text: &str) -> usize {
        self.seen.0.lock().unwrap().get(text).copied().unwrap_or(0)
    }
}

/// One connection; a client that dies in the middle just ends it.
async fn converse(stream: TcpStream, seen: Seen) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink.test ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" | "HELO" => b"250 sink.test\r\n",
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                // Accepted from here on, whether or not the client hears of it.
                for text in texts(&mail) {
                    *seen.0.lock().unwrap().entry(text).or_default() += 1;
                }
                tokio::time::sleep(PONDERING).await;
                b"250 accepted\r\n"
            }
            _ => b"250 ok\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}

/// The words by which the test knows its mails again, each once however often it is repeated in
/// the mail's parts.
fn texts(mail: &str) -> Vec<String> {
    let mut found: Vec<String> = mail
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
        .filter(|word| word.starts_with("crash-reply-"))
        .map(str::to_owned)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
