//! Postmark's inbound webhook: JSON with the raw mail where that is switched on, else with its
//! parts (<https://postmarkapp.com/developer/webhooks/inbound-webhook>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{Brought, given};
use crate::email::intake::Envelope;
use crate::email::webhooks::mime::{Part, Parts, build, is_structure};

/// The raw mail alone, so that the parts beside it cost no memory.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Whole {
    raw_email: Option<String>,
    original_recipient: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Inbound {
    from: String,
    from_full: Option<Person>,
    to: String,
    to_full: Vec<Person>,
    cc: String,
    cc_full: Vec<Person>,
    reply_to: String,
    subject: String,
    date: String,
    text_body: Option<String>,
    html_body: Option<String>,
    headers: Vec<Header>,
    attachments: Vec<Attachment>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Person {
    email: String,
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Attachment {
    name: String,
    #[serde(alias = "Data")]
    content: String,
    content_type: String,
    #[serde(rename = "ContentID")]
    content_id: Option<String>,
}

/// The mail of a posted document; `None` when it is none.
pub(in crate::email::webhooks) fn postmark(body: &[u8]) -> Option<Brought> {
    let whole: Whole = serde_json::from_slice(body).ok()?;
    let envelope = Envelope {
        to: given(&whole.original_recipient),
        ..Envelope::default()
    };
    if let Some(raw) = whole.raw_email.filter(|raw| !raw.trim().is_empty()) {
        let raw = raw.into_bytes().into();
        return Some(Brought { raw, envelope });
    }
    let inbound: Inbound = serde_json::from_slice(body).ok()?;
    let from = match &inbound.from_full {
        Some(from) if !from.email.is_empty() => listed(std::slice::from_ref(from)),
        _ => inbound.from,
    };
    if from.trim().is_empty() {
        return None;
    }
    let list = |people: &[Person], text: &str| {
        if people.is_empty() {
            text.to_owned()
        } else {
            listed(people)
        }
    };
    let mut parts = Parts::default();
    let own = ["from", "to", "cc", "reply-to", "subject", "date", "bcc"];
    for header in &inbound.headers {
        let name = header.name.trim().to_ascii_lowercase();
        if !own.contains(&name.as_str()) && !is_structure(&name) {
            parts.header(&header.name, &header.value);
        }
    }
    parts.header("From", &from);
    parts.header("To", &list(&inbound.to_full, &inbound.to));
    parts.header("Cc", &list(&inbound.cc_full, &inbound.cc));
    parts.header("Reply-To", &inbound.reply_to);
    parts.header("Subject", &inbound.subject);
    parts.header("Date", &inbound.date);
    parts.text = inbound.text_body.filter(|text| !text.is_empty());
    parts.html = inbound.html_body.filter(|html| !html.is_empty());
    for file in inbound.attachments {
        parts.files.push(Part {
            bytes: STANDARD.decode(file.content.trim()).ok()?,
            name: file.name,
            content_type: file.content_type,
            content_id: file.content_id,
        });
    }
    Some(Brought {
        raw: build(&parts).into(),
        envelope,
    })
}

/// Mailboxes as an address header writes them.
fn listed(people: &[Person]) -> String {
    let people = people.iter().map(|person| {
        let name: String = person
            .name
            .chars()
            .filter(|letter| !letter.is_control() && !"\"\\".contains(*letter))
            .collect();
        let address = person.email.trim().replace(['<', '>', ',', '"'], "");
        if name.trim().is_empty() {
            format!("<{address}>")
        } else {
            format!("\"{}\" <{address}>", name.trim())
        }
    });
    people.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::parse::parse;
    use serde_json::json;

    #[test]
    fn the_parts_become_the_mail_they_were() {
        let document = json!({
            "FromFull": {"Email": "ana@x.test", "Name": "Ána \"the\" Pérez", "MailboxHash": ""},
            "To": "support@shop.test",
            "ToFull": [{"Email": "support+t1@shop.test", "Name": "Shop, Support"}],
            "CcFull": [{"Email": "ben@x.test", "Name": ""}],
            "OriginalRecipient": "support+t1@shop.test",
            "Subject": "Kaputt", "MessageID": "00000000", "ReplyTo": "reply@x.test",
            "Date": "Mon, 2 Mar 2026 10:00:00 +0100",
            "TextBody": "Grüße", "HtmlBody": "<p>Grüße</p>",
            "Headers": [
                {"Name": "Message-ID", "Value": "<1@x.test>"},
                {"Name": "References", "Value": "<0@x.test>"},
                {"Name": "Content-Type", "Value": "multipart/mixed"},
                {"Name": "From", "Value": "eve@x.test"},
            ],
            "Attachments": [{"Name": "a.txt", "Content": "aGk=", "ContentType": "text/plain",
                "ContentLength": 2}],
        });
        let brought = postmark(document.to_string().as_bytes()).unwrap();
        assert_eq!(brought.envelope.to.as_deref(), Some("support+t1@shop.test"));
        let mail = parse(brought.raw.beginning()).unwrap();
        assert_eq!(mail.from.address, "ana@x.test");
        assert_eq!(mail.from.name, "Ána the Pérez");
        assert_eq!(mail.to[0].name, "Shop, Support");
        assert_eq!(mail.cc[0].address, "ben@x.test");
        assert_eq!(mail.reply_to[0].address, "reply@x.test");
        assert_eq!(mail.message_id.as_deref(), Some("1@x.test"));
        assert_eq!(mail.references, ["0@x.test"]);
        assert_eq!(mail.text.trim_end(), "Grüße");
        assert_eq!(mail.attachments[0].bytes, b"hi");
        assert!(mail.sent_at.is_some());
    }

    #[test]
    fn the_raw_mail_goes_before_its_parts() {
        let document = json!({"RawEmail": "From: a@x.test\r\n\r\nx", "From": "b@x.test"});
        let brought = postmark(document.to_string().as_bytes()).unwrap();
        assert_eq!(brought.raw.beginning(), b"From: a@x.test\r\n\r\nx");
        for none in [
            json!({}),
            json!([]),
            json!({"From": "", "Subject": "x"}),
            json!("x"),
        ] {
            assert!(postmark(none.to_string().as_bytes()).is_none(), "{none}");
        }
        let broken = json!({"From": "a@x.test", "Attachments": [{"Name": "a", "Content": "%"}]});
        assert!(postmark(broken.to_string().as_bytes()).is_none());
    }
}
