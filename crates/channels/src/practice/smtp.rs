//! The demo's own SMTP server (RFC 5321, the part a mail client needs): loopback only, bounded in
//! connections, lines, recipients, bytes and time; takes mail for the practice inbox alone.

use super::commands;
use crate::Channels;
use crate::email::intake::MAIL_BYTES_MAX;
use crate::inboxes::Inbox;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

const CONNECTIONS_MAX: usize = 20;
const LINE_BYTES_MAX: usize = 1_024;
const RECIPIENTS_MAX: usize = 50;
const COMMANDS_MAX: usize = 500;
const IDLE_MAX: Duration = Duration::from_secs(60);

/// Serves connections until the task is dropped.
pub async fn serve(channels: Channels, listener: TcpListener) {
    let free = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(permit) = free.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let channels = channels.clone();
                tokio::spawn(async move {
                    if let Err(problem) = converse(&channels, stream).await {
                        tracing::debug!(%problem, "a practice connection broke off");
                    }
                    drop(permit);
                });
            }
            Err(problem) => {
                tracing::warn!(%problem, "the practice server can't accept a connection");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// A mail under way.
#[derive(Default)]
struct Envelope {
    begun: bool,
    inbox: Option<Inbox>,
    recipients: usize,
}

async fn converse(channels: &Channels, stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    say(&mut stream, "220 localhost Evenkeel practice server").await?;
    let mut envelope = Envelope::default();
    for _ in 0..COMMANDS_MAX {
        let Some(line) = read_line(&mut stream, LINE_BYTES_MAX).await? else {
            return Ok(());
        };
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        let (verb, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let answer = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => "250-localhost\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 26214400",
            "HELO" | "NOOP" => "250 OK",
            "RSET" => {
                envelope = Envelope::default();
                "250 OK"
            }
            "MAIL" => {
                envelope = Envelope {
                    begun: true,
                    ..Envelope::default()
                };
                "250 OK"
            }
            "RCPT" => recipient(channels, &mut envelope, rest).await,
            "DATA" => data(channels, &mut stream, &mut envelope).await?,
            "QUIT" => {
                return say(&mut stream, "221 Bye").await;
            }
            _ => "502 This command is not part of the practice server",
        };
        say(&mut stream, answer).await?;
    }
    say(&mut stream, "421 Too many commands").await
}

async fn recipient(channels: &Channels, envelope: &mut Envelope, rest: &str) -> &'static str {
    if !envelope.begun {
        return "503 MAIL comes first";
    }
    if envelope.recipients == RECIPIENTS_MAX {
        return "452 Too many recipients";
    }
    let path = rest.split_once(':').map_or("", |(_, path)| path.trim());
    let path = path.split(' ').next().unwrap_or_default();
    let address = path.trim_matches(['<', '>']);
    match commands::inbox_for(channels, address).await {
        Ok(Some(inbox)) => {
            envelope.inbox = Some(inbox);
            envelope.recipients = envelope.recipients.saturating_add(1);
            "250 OK"
        }
        Ok(None) => "550 Only mail for the practice inbox is taken here",
        Err(_) => "451 Try again later",
    }
}

async fn data(
    channels: &Channels,
    stream: &mut BufReader<TcpStream>,
    envelope: &mut Envelope,
) -> std::io::Result<&'static str> {
    let Some(inbox) = envelope.inbox.take() else {
        return Ok("503 RCPT comes first");
    };
    *envelope = Envelope::default();
    say(stream, "354 End with a dot on its own line").await?;
    let mut mail = Vec::new();
    let mut too_large = false;
    while let Some(line) = read_line(stream, MAIL_BYTES_MAX).await? {
        if line.trim_ascii_end() == b"." {
            if too_large {
                return Ok("552 The mail is larger than 25 MB");
            }
            let taken = commands::receive(channels, &inbox, mail).await;
            return Ok(if taken.is_ok() {
                "250 OK"
            } else {
                "451 Try again later"
            });
        }
        // A dot at the start of a line was doubled on the way (RFC 5321, 4.5.2).
        let line = if line.first() == Some(&b'.') {
            line.get(1..).unwrap_or_default()
        } else {
            &line
        };
        too_large |= mail.len().saturating_add(line.len()) > MAIL_BYTES_MAX;
        if !too_large {
            mail.extend_from_slice(line);
        }
    }
    Err(std::io::ErrorKind::UnexpectedEof.into())
}

/// One line with its end; `None` at the end of the conversation.
async fn read_line(
    stream: &mut BufReader<TcpStream>,
    longest: usize,
) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let limit = u64::try_from(longest).unwrap_or(u64::MAX);
    let mut limited = stream.take(limit);
    let read = timeout(IDLE_MAX, limited.read_until(b'\n', &mut line)).await;
    let read = read.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
    if read == longest && line.last() != Some(&b'\n') {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    Ok((read > 0).then_some(line))
}

async fn say(stream: &mut BufReader<TcpStream>, answer: &str) -> std::io::Result<()> {
    stream
        .get_mut()
        .write_all(format!("{answer}\r\n").as_bytes())
        .await
}
