//! Which recipients are ours, and keeping what they are sent.

use std::net::IpAddr;

use kernel::db::Tx;
use mail_parser::parsers::MessageStream;
use mail_parser::{HeaderValue, Host};

use crate::Channels;
use crate::email::addresses::without_detail;
use crate::email::dialogue::{Client, Door, Handed, Reply};
use crate::email::intake::{Arrival, Envelope, Source, accept};
use crate::email::large::{Raw, Spool};
use crate::inboxes::{self, Inbox};

const LATER: &str = "451 4.3.0 It can't be stored just now, try again later";
const TOO_LARGE: &str = "552 5.3.4 The mail is larger than 50 MB";
const HOUR_MICROS: i64 = 3_600_000_000;

/// The inboxes as a mail server sees them.
pub(super) struct Inboxes {
    pub(super) channels: Channels,
    /// Whether the trace header on top was written by a server we trust.
    pub(super) trusts_peer: bool,
}

impl Door for Inboxes {
    type Place = Inbox;

    async fn admit(&self, address: &str) -> Result<Inbox, Reply> {
        let base = without_detail(&address.to_lowercase());
        let find = async move |tx: &mut Tx<'_>| match inboxes::store::by_address(tx, &base).await? {
            Some(id) => inboxes::store::find(tx, id).await,
            None => Ok(None),
        };
        let found: Result<_, kernel::db::DbError> = self.channels.desk.kernel.db.read(find).await;
        match found {
            Ok(Some(inbox)) if inbox.practice => {
                Err("550 5.1.1 The practice inbox takes no mail from outside".into())
            }
            Ok(Some(inbox)) if inbox.enabled => Ok(inbox),
            // The mail waits where it is, as it does in a mailbox.
            Ok(Some(_)) => Err("450 4.2.1 This inbox is switched off".into()),
            Ok(None) => Err(format!("550 5.1.1 No inbox here has the address {address}").into()),
            Err(problem) => {
                tracing::warn!(%problem, "the inboxes can't be read just now");
                Err(LATER.into())
            }
        }
    }

    type Content = Spool;

    fn begin(&self, place: &Inbox) -> Spool {
        Spool::new(&self.channels.desk.kernel, place.key)
    }

    async fn take(&self, mail: Handed<Inbox, Spool>) -> Vec<Reply> {
        let raw = match mail.content.finish().await {
            Ok(raw) => raw,
            Err(problem) => {
                tracing::warn!(%problem, "a large mail can't be stored just now");
                return vec![LATER.into(); mail.recipients.len()];
            }
        };
        let client = match mail.client {
            // A local server that does not say whom it speaks for writes it on top of the mail.
            Client { ip: None, .. } if self.trusts_peer => trace(raw.beginning()),
            said => said,
        };
        let mut replies: Vec<Reply> = Vec::with_capacity(mail.recipients.len());
        for (address, inbox) in &mail.recipients {
            // A large mail lies under the first inbox's key and is named with it, or not at all.
            let first_failed = replies.first().is_some_and(|reply| reply.starts_with('4'));
            if first_failed && matches!(raw, Raw::Stored(_)) {
                replies.push(LATER.into());
                continue;
            }
            let arrival = Arrival {
                raw: raw.clone(),
                quiet: false,
                problem: (!raw.fits())
                    .then(|| "The mail is larger than 50 MB and was sent back.".to_owned()),
                envelope: Envelope {
                    from: Some(mail.from.clone()),
                    to: Some(address.clone()),
                    helo: client.helo.clone(),
                    client_ip: client.ip,
                },
            };
            let kept = self.keep(inbox, arrival).await;
            replies.push(if raw.fits() || kept.starts_with('4') {
                kept
            } else {
                TOO_LARGE.into()
            });
        }
        replies
    }

    async fn too_large(&self, from: &str, (to, inbox): (&str, Inbox), bytes: u64) -> Reply {
        // There is nothing of it to keep, so a note stands for it; servers that try again and
        // again make one note an hour.
        let hour = self.channels.desk.kernel.clock.now().micros() / HOUR_MICROS;
        let raw = format!("From: <{from}>\r\nTo: <{to}>\r\n\r\n{bytes} bytes, hour {hour}");
        let megabytes = bytes / 1_000_000;
        let arrival = Arrival {
            raw: raw.into_bytes().into(),
            quiet: false,
            problem: Some(format!(
                "The mail is larger than 50 MB ({megabytes} MB) and was sent back."
            )),
            envelope: Envelope {
                from: Some(from.to_owned()),
                to: Some(to.to_owned()),
                ..Envelope::default()
            },
        };
        let kept = self.keep(&inbox, arrival).await;
        if kept.starts_with('4') {
            kept
        } else {
            TOO_LARGE.into()
        }
    }
}

impl Inboxes {
    async fn keep(&self, inbox: &Inbox, arrival: Arrival) -> Reply {
        let kernel = &self.channels.desk.kernel;
        match accept(kernel, inbox, Source::Lmtp, vec![arrival], None).await {
            Ok(_) => "250 2.0.0 Kept".into(),
            Err(problem) => {
                tracing::warn!(%problem, inbox = %inbox.id, "mail can't be stored just now");
                LATER.into()
            }
        }
    }
}

/// Whom the topmost `Received` header (RFC 5321, 4.4) says the mail came from.
fn trace(raw: &[u8]) -> Client {
    let Some(value) = topmost_received(raw) else {
        return Client::default();
    };
    let mut value = value.to_vec();
    value.extend_from_slice(b"\r\n");
    let HeaderValue::Received(received) = MessageStream::new(&value).parse_received() else {
        return Client::default();
    };
    let helo = received.helo().or(received.from());
    Client {
        ip: client_ip(&String::from_utf8_lossy(&value)),
        helo: helo.map(|host| match host {
            Host::Name(name) => name.clone().into_owned(),
            Host::IpAddr(ip) => format!("[{ip}]"),
        }),
    }
}

/// The address in brackets of a trace header's `from` clause. One within the comment is the
/// server's own observation; one outside may be no more than what the client called itself, as is
/// whatever stands behind `helo=`.
fn client_ip(value: &str) -> Option<IpAddr> {
    let (mut within, mut outside) = (None, None);
    let mut depth = 0_u32;
    for (at, letter) in value.char_indices() {
        let before = value.get(..at).unwrap_or_default();
        match letter {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            '[' if !before.ends_with('=') => {
                let inside = value.get(at..).unwrap_or_default().trim_start_matches('[');
                let text = inside.split(']').next().unwrap_or_default();
                let tag = text
                    .get(..5)
                    .filter(|tag| tag.eq_ignore_ascii_case("IPv6:"));
                let text = text.get(tag.map_or(0, str::len)..).unwrap_or_default();
                let ip = text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
                let place = if depth > 0 { &mut within } else { &mut outside };
                *place = place.or(ip);
            }
            'b' if depth == 0 && is_by(before, value.get(at..)) => break,
            _ => {}
        }
    }
    within.or(outside)
}

/// Whether the clause of the receiving server begins here.
fn is_by(before: &str, rest: Option<&str>) -> bool {
    let word = rest.and_then(|rest| rest.strip_prefix("by"));
    before.ends_with(char::is_whitespace)
        && word.is_some_and(|after| after.starts_with(char::is_whitespace))
}

/// The value of the first `Received` header with its folded lines.
fn topmost_received(raw: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"received:";
    let mut at = 0_usize;
    loop {
        let rest = raw.get(at..)?;
        let length = rest
            .iter()
            .position(|&byte| byte == b'\n')?
            .saturating_add(1);
        let line = rest.get(..length)?;
        if line.trim_ascii().is_empty() {
            return None;
        }
        at = at.saturating_add(length);
        let name = line.get(..NAME.len()).unwrap_or_default();
        if name.eq_ignore_ascii_case(NAME) {
            let mut end = length;
            while matches!(rest.get(end), Some(b' ' | b'\t')) {
                let folded = rest.get(end..)?;
                let more = folded.iter().position(|&byte| byte == b'\n');
                end = more.map_or(rest.len(), |more| {
                    end.saturating_add(more).saturating_add(1)
                });
            }
            return rest.get(NAME.len()..end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(ip: &str, helo: &str) -> Client {
        Client {
            ip: ip.parse().ok(),
            helo: Some(helo.to_owned()),
        }
    }

    #[test]
    fn the_trace_on_top_names_the_client() {
        for (header, expected) in [
            (
                "from mail.x.test (mail.x.test [192.0.2.7])\r\n\tby mx.shop.test (Postfix) with \
                 ESMTPS id 1;\r\n\tMon, 2 Mar 2026 10:00:00 +0100",
                client("192.0.2.7", "mail.x.test"),
            ),
            (
                "from [203.0.113.9] (unknown [IPv6:2001:db8::9])\r\n\tby mx.shop.test; Mon, 2 Mar \
                 2026 10:00:00 +0100",
                client("2001:db8::9", "[203.0.113.9]"),
            ),
            (
                "from [192.0.2.8] (helo=[203.0.113.9])\r\n\tby mx ([198.51.100.3]) with esmtp; \
                 Mon, 2 Mar 2026 10:00:00 +0100",
                client("192.0.2.8", "[203.0.113.9]"),
            ),
            (
                "from [2001:db8::7] (helo=mail.x.test)\r\n\tby mx.shop.test with esmtp (Exim 4.96)\
                 \r\n\tid 1; Mon, 02 Mar 2026 10:00:00 +0100",
                client("2001:db8::7", "mail.x.test"),
            ),
        ] {
            let raw = format!(
                "Return-Path: <a@x.test>\r\nReceived: {header}\r\n\
                 Received: from evil ([198.51.100.1])\r\n\r\n\
                 Received: from body ([198.51.100.2])\r\n"
            );
            assert_eq!(trace(raw.as_bytes()), expected, "{header}");
        }
        for none in [
            "Subject: x\r\n\r\nReceived: from a ([1.2.3.4])\r\n",
            "",
            "Received:",
        ] {
            assert_eq!(trace(none.as_bytes()), Client::default());
        }
    }
}
