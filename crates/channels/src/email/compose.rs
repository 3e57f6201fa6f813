//! Writing a mail (RFC 5322, MIME): text and HTML, inline images, files.
//!
//! Header injection is impossible by construction: names, subjects and file names pass through
//! [`single_line`], addresses through lettre's checked type, Message-IDs through [`checked_id`];
//! the builder encodes the rest.

use super::addresses::Mailbox;
use super::threads::{thread_index, topic};
use super::words::single_line;
use lettre::message::header::{
    ContentDisposition, ContentId, ContentTransferEncoding, ContentType, Header, HeaderName,
    HeaderValue,
};
use lettre::message::{Mailbox as LettreMailbox, MultiPart, SinglePart};
use std::time::{Duration, UNIX_EPOCH};

/// Most References written; the first and the newest matter to the clients.
const REFERENCES_MAX: usize = 20;
/// References kept at the beginning: the token of the thread and the mail it began with.
const FIRST_KEPT: usize = 2;
/// Longest subject written, in characters.
const SUBJECT_CHARS_MAX: usize = 500;

/// A mail to be written.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// The inbox with its sender name.
    pub from: Mailbox,
    /// Where this recipient's answer should go.
    pub reply_to: Option<Mailbox>,
    /// Visible recipients; the same for every recipient of a reply.
    pub to: Vec<Mailbox>,
    /// Visible copies.
    pub cc: Vec<Mailbox>,
    /// The subject.
    pub subject: String,
    /// Message-ID without brackets.
    pub message_id: String,
    /// The mails it answers, oldest first, without brackets; the last one is In-Reply-To.
    pub references: Vec<String>,
    /// The plain text.
    pub text: String,
    /// The HTML, a fragment; inline images as `cid:`.
    pub html: String,
    /// Images the HTML shows.
    pub inline: Vec<File>,
    /// Files beside the text.
    pub files: Vec<File>,
    /// When it was written, seconds since the epoch.
    pub at: u64,
    /// Whether a program speaks: other programs must not answer it (RFC 3834).
    pub automatic: bool,
    /// When the thread began, if it began with a mail of ours: Outlook keeps it together by that.
    pub begun: Option<u64>,
    /// How the recipient says no to mail of this kind by one click.
    pub unsubscribe: Option<Unsubscribe>,
}

/// A link that says no by one click (RFC 8058).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Where the click is sent, an `https` URL in ASCII.
    pub url: String,
}

/// A file to be sent.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// File name.
    pub name: String,
    /// MIME type; `application/octet-stream` when it is none.
    pub content_type: String,
    /// Content-ID without brackets, for inline images.
    pub content_id: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Why a mail can't be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeProblem {
    /// The text is not an address mail servers accept.
    #[error("\"{0}\" is not a mail address.")]
    Address(String),
    /// A Message-ID holds characters that don't belong there.
    #[error("The Message-ID is not valid.")]
    MessageId,
    /// The link to say no can't stand in a header.
    #[error("The link to unsubscribe is not valid.")]
    Unsubscribe,
    /// The builder refused.
    #[error("The mail could not be written: {0}")]
    Builder(String),
}

/// Writes the mail as bytes with CRLF lines, ready for DATA.
///
/// # Errors
/// An address or Message-ID that can't stand in a header.
pub fn compose(mail: &Outgoing) -> Result<Vec<u8>, ComposeProblem> {
    if !checked_id(&mail.message_id) {
        return Err(ComposeProblem::MessageId);
    }
    let mut builder = lettre::Message::builder()
        .date(UNIX_EPOCH + Duration::from_secs(mail.at))
        .message_id(Some(format!("<{}>", mail.message_id)))
        .from(mailbox(&mail.from)?)
        .subject(subject(&mail.subject));
    if let Some(reply_to) = &mail.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    for to in &mail.to {
        builder = builder.to(mailbox(to)?);
    }
    for cc in &mail.cc {
        builder = builder.cc(mailbox(cc)?);
    }
    let references = references(&mail.references);
    if let Some(nearest) = references.last() {
        builder = builder
            .in_reply_to(nearest.clone())
            .references(references.join(" "));
    }
    builder = builder.header(ThreadTopic(topic(&mail.subject)));
    if let Some(begun) = mail.begun {
        builder = builder.header(ThreadIndex(thread_index(mail, begun)));
    }
    if let Some(unsubscribe) = &mail.unsubscribe {
        if !checked_url(&unsubscribe.url) {
            return Err(ComposeProblem::Unsubscribe);
        }
        let link = format!("<{}>", unsubscribe.url);
        builder = builder.header(ListUnsubscribe(link)).header(OneClick);
    }
    if mail.automatic {
        builder = builder.header(AutoSubmitted).header(SuppressResponses);
    }
    builder
        .multipart(body(mail))
        .map(|message| message.formatted())
        .map_err(|problem| ComposeProblem::Builder(problem.to_string()))
}

/// Whether a text may stand between the brackets of a Message-ID: visible ASCII, one `@`.
pub fn checked_id(id: &str) -> bool {
    id.len() <= 300
        && id.matches('@').count() == 1
        && id
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>()[],;:\"\\".contains(&b))
}

/// Whether a link may stand in `List-Unsubscribe`: visible ASCII, nothing that ends it early.
fn checked_url(url: &str) -> bool {
    url.len() <= 900
        && (url.starts_with("https://") || url.starts_with("http://"))
        && url
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>,()\"\\".contains(&b))
}

/// Checks an address for the envelope and headers.
///
/// # Errors
/// [`ComposeProblem::Address`] when mail servers would not accept it.
pub fn address(text: &str) -> Result<lettre::Address, ComposeProblem> {
    text.parse()
        .map_err(|_| ComposeProblem::Address(single_line(text)))
}

fn mailbox(mailbox: &Mailbox) -> Result<LettreMailbox, ComposeProblem> {
    let name = single_line(&mailbox.name);
    Ok(LettreMailbox::new(
        (!name.is_empty()).then_some(name),
        address(&mailbox.address)?,
    ))
}

fn subject(subject: &str) -> String {
    single_line(subject)
        .chars()
        .take(SUBJECT_CHARS_MAX)
        .collect()
}

/// The references in brackets, the middle of a long thread left out. A customer's id that can't
/// be written safely is left out as well.
fn references(ids: &[String]) -> Vec<String> {
    let mut ids: Vec<String> = ids
        .iter()
        .filter(|id| checked_id(id))
        .map(|id| format!("<{id}>"))
        .collect();
    if ids.len() > REFERENCES_MAX {
        let surplus = ids.len() - REFERENCES_MAX;
        ids.drain(FIRST_KEPT..FIRST_KEPT.saturating_add(surplus));
    }
    ids
}

/// `mixed(related(alternative(text, html), images), files)`, without the layers nobody needs.
fn body(mail: &Outgoing) -> MultiPart {
    let text = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.clone());
    let html = SinglePart::builder()
        .header(ContentType::TEXT_HTML)
        .body(document(&mail.html));
    let boundary = |layer: &str| format!("=_{layer}_{}", boundary_of(&mail.message_id));
    let alternative = MultiPart::alternative().boundary(boundary("alt"));
    let mut whole = if mail.inline.is_empty() {
        alternative.singlepart(text).singlepart(html)
    } else {
        let mut related = MultiPart::related()
            .boundary(boundary("rel"))
            .singlepart(html);
        for file in &mail.inline {
            related = related.singlepart(file_part(file, true));
        }
        alternative.singlepart(text).multipart(related)
    };
    if !mail.files.is_empty() {
        let mut mixed = MultiPart::mixed()
            .boundary(boundary("mix"))
            .multipart(whole);
        for file in &mail.files {
            mixed = mixed.singlepart(file_part(file, false));
        }
        whole = mixed;
    }
    whole
}

/// Boundaries derive from the Message-ID, so that writing a mail again gives the same bytes.
fn boundary_of(message_id: &str) -> String {
    message_id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(40)
        .collect()
}

fn document(html: &str) -> String {
    format!(
        "<!DOCTYPE html>\r\n<html><head><meta charset=\"utf-8\"></head><body dir=\"auto\">\r\n\
         {html}\r\n</body></html>\r\n"
    )
}

fn file_part(file: &File, inline: bool) -> SinglePart {
    let name = single_line(&file.name);
    let disposition = if inline {
        ContentDisposition::inline_with_name(&name)
    } else {
        ContentDisposition::attachment(&name)
    };
    let part = SinglePart::builder()
        .header(content_type(&file.content_type))
        .header(disposition)
        .header(ContentTransferEncoding::Base64);
    let part = if inline && checked_id(&file.content_id) {
        part.header(ContentId::from(format!("<{}>", file.content_id)))
    } else {
        part
    };
    part.body(file.bytes.clone())
}

fn content_type(declared: &str) -> ContentType {
    let known = single_line(declared);
    let binary = || ContentType::parse("application/octet-stream");
    // A mail or multipart inside must not be base64 (RFC 2046), so it travels as plain bytes.
    let composite = known.starts_with("message/") || known.starts_with("multipart/");
    let parsed = if composite {
        binary()
    } else {
        ContentType::parse(&known).or_else(|_| binary())
    };
    parsed.unwrap_or(ContentType::TEXT_PLAIN)
}

/// Defines a header whose value was checked or is encoded by the builder.
macro_rules! text_header {
    ($type:ident, $name:literal) => {
        #[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }
            fn parse(value: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok($type(value.to_owned()))
            }
            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}
text_header!(ThreadTopic, "Thread-Topic");
text_header!(ThreadIndex, "Thread-Index");
text_header!(ListUnsubscribe, "List-Unsubscribe");

/// `List-Unsubscribe-Post: List-Unsubscribe=One-Click` (RFC 8058).
#[derive(Clone)]
struct OneClick;

/// `Auto-Submitted: auto-generated` (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

/// `X-Auto-Response-Suppress: All`, which Exchange honours.
#[derive(Clone)]
struct SuppressResponses;

macro_rules! fixed_header {
    ($type:ident, $name:literal, $value:literal) => {
        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }
            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok($type)
            }
            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), $value.to_owned())
            }
        }
    };
}
fixed_header!(
    OneClick,
    "List-Unsubscribe-Post",
    "List-Unsubscribe=One-Click"
);
fixed_header!(AutoSubmitted, "Auto-Submitted", "auto-generated");
fixed_header!(SuppressResponses, "X-Auto-Response-Suppress", "All");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::parse::parse;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn sample() -> Outgoing {
        Outgoing {
            from: Mailbox::new("Lamp Shop", "support@shop.test"),
            reply_to: Some(Mailbox::new("Lamp Shop", "support+t1.abc@shop.test")),
            to: vec![Mailbox::new("Ana Ruíz", "ana@example.com")],
            cc: vec![Mailbox::new("", "ben@example.com")],
            subject: "Re: Lámpara rota".into(),
            message_id: "t1.abc.n2.x@shop.test".into(),
            references: vec!["a@x".into(), "b@x".into()],
            text: "Hola\n-- \nShop".into(),
            html: "<p>Hola</p>".into(),
            at: 1_772_442_000,
            ..Outgoing::default()
        }
    }

    #[test]
    fn a_written_mail_reads_back() {
        let mut mail = sample();
        mail.inline.push(File {
            name: "dot.png".into(),
            content_type: "image/png".into(),
            content_id: "a5@shop.test".into(),
            bytes: b"\x89PNG\r\n\x1a\n".to_vec(),
        });
        mail.files.push(File {
            name: "Rechnung März.pdf".into(),
            content_type: "application/pdf".into(),
            content_id: String::new(),
            bytes: b"%PDF-".to_vec(),
        });
        let raw = compose(&mail).unwrap();
        let read = parse(&raw).unwrap();
        assert_eq!(read.from, mail.from);
        assert_eq!(read.reply_to, [mail.reply_to.clone().unwrap()]);
        assert_eq!((read.to, read.cc), (mail.to.clone(), mail.cc.clone()));
        assert_eq!(read.subject, mail.subject);
        assert_eq!(read.message_id.as_deref(), Some("t1.abc.n2.x@shop.test"));
        assert_eq!(read.references, ["a@x", "b@x"]);
        assert_eq!(read.text.replace("\r\n", "\n"), mail.text);
        assert!(read.html.unwrap().contains("<p>Hola</p>"));
        let files: Vec<_> = read
            .attachments
            .iter()
            .map(|a| (a.name.as_str(), a.inline))
            .collect();
        assert_eq!(files, [("dot.png", true), ("Rechnung März.pdf", false)]);
        assert_eq!(
            read.attachments[0].content_id.as_deref(),
            Some("a5@shop.test")
        );
        assert_eq!(read.attachments[1].bytes, b"%PDF-");
        assert_eq!(read.automatic, None);
        assert_eq!(raw, compose(&mail).unwrap(), "the same bytes every time");
        assert!(raw.is_ascii());
        assert!(raw.split(|&b| b == b'\n').all(|line| line.len() <= 998));
    }

    #[test]
    fn machines_are_told_not_to_answer() {
        let raw = compose(&Outgoing {
            automatic: true,
            ..sample()
        })
        .unwrap();
        assert!(parse(&raw).unwrap().automatic.is_some());
    }

    #[test]
    fn refuses_what_is_no_address_or_id() {
        let mut mail = sample();
        mail.to[0].address = "ana@example.com\r\nBcc: x@y.z".into();
        assert!(matches!(compose(&mail), Err(ComposeProblem::Address(_))));
        mail = sample();
        mail.message_id = "a@b>\r\nX: y".into();
        assert_eq!(compose(&mail), Err(ComposeProblem::MessageId));
    }

    #[test]
    fn outlook_is_told_of_threads_we_began() {
        let mut mail = sample();
        mail.references.clear();
        mail.begun = Some(mail.at);
        let header = |mail: &Outgoing| -> Vec<u8> {
            let raw = compose(mail).unwrap();
            let text = String::from_utf8(raw).unwrap();
            let value = text.split("Thread-Index: ").nth(1).unwrap();
            STANDARD
                .decode(value.split("\r\n").next().unwrap())
                .unwrap()
        };
        let first = header(&mail);
        assert_eq!((first.len(), first[0]), (22, 1));
        let mut answer = sample();
        answer.begun = Some(mail.at);
        answer.at = mail.at + 3600;
        answer.references = vec![mail.message_id.clone(), "b@x".into()];
        answer.message_id = "t1.abc.n3.x@shop.test".into();
        let second = header(&answer);
        assert_eq!(second.len(), 27);
        assert_eq!(second[..22], first[..]);
        let raw = compose(&sample()).unwrap();
        assert!(!String::from_utf8(raw).unwrap().contains("Thread-Index"));
    }

    #[test]
    fn one_click_says_no() {
        let url = "https://desk.shop.test/api/v1/mail/unsubscribe/7.survey.abcdef";
        let unsubscribe = |url: &str| {
            compose(&Outgoing {
                unsubscribe: Some(Unsubscribe { url: url.into() }),
                ..sample()
            })
        };
        let text = String::from_utf8(unsubscribe(url).unwrap()).unwrap();
        let unfolded = text.replace("\r\n ", " ");
        assert!(
            unfolded.contains(&format!("List-Unsubscribe: <{url}>\r\n")),
            "{text}"
        );
        assert!(text.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
        for bad in [
            "javascript:x",
            "https://a/>\r\nX: y",
            "https://a/b c",
            "https://ü/",
        ] {
            assert_eq!(unsubscribe(bad), Err(ComposeProblem::Unsubscribe), "{bad}");
        }
    }

    #[test]
    fn long_threads_keep_their_ends() {
        let ids: Vec<String> = (0..50).map(|n| format!("m{n}@x")).collect();
        let kept = references(&ids);
        assert_eq!(kept.len(), REFERENCES_MAX);
        assert_eq!((kept[0].as_str(), kept[19].as_str()), ("<m0@x>", "<m49@x>"));
        assert_eq!((kept[1].as_str(), kept[2].as_str()), ("<m1@x>", "<m32@x>"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Whatever stands in names, subjects, file names and ids: the header block holds exactly
        /// the headers we write.
        #[test]
        fn headers_cannot_be_injected(text in "[\\PC\r\n\t\0:<>\"@,;=?]{0,60}") {
            let mut mail = sample();
            mail.from.name.clone_from(&text);
            mail.to[0].name.clone_from(&text);
            mail.subject.clone_from(&text);
            mail.references = vec![text.clone(), "a@x".into()];
            mail.files.push(File {
                name: text.clone(),
                content_type: text.clone(),
                content_id: text,
                bytes: vec![0],
            });
            let raw = compose(&mail).unwrap();
            let message = mail_parser::MessageParser::default().parse(&raw).unwrap();
            let names: Vec<_> = message.headers().iter().map(|h| h.name.as_str()).collect();
            let expected = ["Date", "Message-ID", "From", "Subject", "Reply-To", "To", "Cc",
                "In-Reply-To", "References", "Thread-Topic", "MIME-Version", "Content-Type"];
            prop_assert_eq!(names, expected);
            let read = parse(&raw).unwrap();
            prop_assert_eq!(read.to[0].address.as_str(), "ana@example.com");
        }
    }
}
