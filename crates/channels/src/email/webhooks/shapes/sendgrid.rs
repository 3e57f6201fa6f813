//! SendGrid's Inbound Parse: a form with the raw mail in `email` where that is switched on, else
//! with its headers and parts
//! (<https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook>).

use std::collections::HashMap;

use serde::Deserialize;

use super::{Brought, given};
use crate::email::intake::Envelope;
use crate::email::large::Raw;
use crate::email::webhooks::form::Fields;
use crate::email::webhooks::mime::{Part, Parts, build, is_structure};
use crate::email::words::decode_charset;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Route {
    from: Option<String>,
    to: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct About {
    filename: Option<String>,
    name: Option<String>,
    r#type: Option<String>,
    #[serde(rename = "content-id")]
    content_id: Option<String>,
}

/// The mail of a posted form; `None` when it is none.
pub(in crate::email::webhooks) fn sendgrid(fields: Fields, raw: Option<Raw>) -> Option<Brought> {
    let route: Route = serde_json::from_str(&fields.text("envelope")).unwrap_or_default();
    let envelope = Envelope {
        from: route.from,
        to: route.to.first().and_then(|to| given(to)),
        helo: None,
        client_ip: fields.text("sender_ip").trim().parse().ok(),
    };
    if let Some(raw) = raw {
        return Some(Brought { raw, envelope });
    }
    let raw = build(&parts(fields)?).into();
    Some(Brought { raw, envelope })
}

fn parts(mut fields: Fields) -> Option<Parts> {
    let charsets: HashMap<String, String> =
        serde_json::from_str(&fields.text("charsets")).unwrap_or_default();
    let about: HashMap<String, About> =
        serde_json::from_str(&fields.text("attachment-info")).unwrap_or_default();
    let mut parts = Parts::default();
    for (name, value) in unfolded(&fields.text("headers")) {
        if !is_structure(&name) {
            parts.header(&name, &value);
        }
    }
    for name in ["From", "To", "Cc", "Subject"] {
        let stands = parts
            .headers
            .iter()
            .any(|(it, _)| it.eq_ignore_ascii_case(name));
        if !stands {
            let text = decoded(&fields, &charsets, &name.to_ascii_lowercase());
            parts.header(name, &text.unwrap_or_default());
        }
    }
    if !parts
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("from"))
    {
        return None;
    }
    parts.text = decoded(&fields, &charsets, "text");
    parts.html = decoded(&fields, &charsets, "html");
    for field in std::mem::take(&mut fields.0) {
        let number = field.name.strip_prefix("attachment").unwrap_or_default();
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let about = about.get(&field.name);
        let name = about.and_then(|about| about.filename.as_ref().or(about.name.as_ref()));
        let name = name.cloned().or(field.file_name);
        let kind = about.and_then(|about| about.r#type.clone());
        parts.files.push(Part {
            name: name.unwrap_or_default(),
            content_type: kind.or(field.content_type).unwrap_or_default(),
            content_id: about.and_then(|about| about.content_id.clone()),
            bytes: field.bytes,
        });
    }
    Some(parts)
}

/// A field in the charset that `charsets` names for it.
fn decoded(fields: &Fields, charsets: &HashMap<String, String>, name: &str) -> Option<String> {
    let bytes = &fields.find(name)?.bytes;
    let charset = charsets.get(name).map_or("utf-8", String::as_str);
    let text = decode_charset(charset, bytes);
    let text = text.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned());
    given(&text).map(|_| text)
}

/// Header lines with their folded parts joined.
fn unfolded(headers: &str) -> Vec<(String, String)> {
    let mut list: Vec<(String, String)> = Vec::new();
    for line in headers.lines() {
        match (line.starts_with([' ', '\t']), list.last_mut()) {
            (true, Some((_, value))) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (true, None) => {}
            (false, _) => {
                if let Some((name, value)) = line.split_once(':') {
                    list.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::parse::parse;
    use crate::email::webhooks::form::Field;

    fn fields(list: &[(&str, &[u8])]) -> Fields {
        let field = |(name, bytes): &(&str, &[u8])| Field {
            name: (*name).to_owned(),
            file_name: None,
            content_type: None,
            bytes: bytes.to_vec(),
        };
        Fields(list.iter().map(field).collect())
    }

    #[test]
    fn the_fields_become_the_mail_they_were() {
        let form = fields(&[
            (
                "headers",
                b"Received: by mx.sendgrid.net\n\twith SMTP id 1\nFrom: =?utf-8?Q?=C3=81na?= \
                  <ana@x.test>\nMessage-ID: <1@x.test>\nMIME-Version: 1.0\n\
                  Content-Type: x/y; b=z\n",
            ),
            ("to", b"Support <support@shop.test>"),
            ("subject", b"Gr\xFC\xDFe"),
            ("text", b"Gr\xFC\xDFe"),
            (
                "charsets",
                br#"{"text":"iso-8859-1","subject":"ISO-8859-1","to":"UTF-8"}"#,
            ),
            (
                "envelope",
                br#"{"to":["support+t1@shop.test"],"from":"bounce@x.test"}"#,
            ),
            ("sender_ip", b"192.0.2.7"),
            ("attachments", b"1"),
            (
                "attachment-info",
                br#"{"attachment1":{"filename":"a.txt","type":"text/plain","content-id":"i@x"}}"#,
            ),
            ("attachment1", b"hi"),
        ]);
        let brought = sendgrid(form, None).unwrap();
        let envelope = Envelope {
            from: Some("bounce@x.test".into()),
            to: Some("support+t1@shop.test".into()),
            helo: None,
            client_ip: Some("192.0.2.7".parse().unwrap()),
        };
        assert_eq!(brought.envelope, envelope);
        let mail = parse(brought.raw.beginning()).unwrap();
        assert_eq!(
            (&*mail.from.name, &*mail.from.address),
            ("Ána", "ana@x.test")
        );
        assert_eq!(mail.to[0].address, "support@shop.test");
        assert_eq!((&*mail.subject, mail.text.trim_end()), ("Grüße", "Grüße"));
        assert_eq!(mail.message_id.as_deref(), Some("1@x.test"));
        assert_eq!(mail.attachments[0].bytes, b"hi");
        assert_eq!(mail.attachments[0].content_id.as_deref(), Some("i@x"));
    }

    #[test]
    fn the_raw_mail_goes_before_its_parts() {
        let raw = b"From: a@x.test\r\n\r\n\xFFx";
        let form = fields(&[("email", b""), ("from", b"b@x.test")]);
        let brought = sendgrid(form, Some(raw.to_vec().into())).unwrap();
        assert_eq!(brought.raw.beginning(), raw);
        assert!(sendgrid(fields(&[("subject", b"x")]), None).is_none());
        assert!(sendgrid(Fields::default(), None).is_none());
    }
}
