//! Every kind of mail that we write, read back by two parsers that know nothing of each other.

use crate::python;
use channels::email::addresses::Mailbox;
use channels::email::compose::{File, Outgoing, Unsubscribe, compose};
use channels::email::parse::parse;
use serde_json::{Value, json};

const LONG_WORD: usize = 3_000;

fn plain() -> Outgoing {
    Outgoing {
        from: Mailbox::new("Lamp Shop", "support@shop.test"),
        reply_to: Some(Mailbox::new(
            "Lamp Shop",
            "support+t1.abcdefghijklmnop@shop.test",
        )),
        to: vec![Mailbox::new("Ana", "ana@example.com")],
        subject: "Re: Broken lamp".into(),
        message_id: "m1.2.token@shop.test".into(),
        references: vec!["first@example.com".into(), "second@example.com".into()],
        text: "Hello Ana,\nwe send a new one.".into(),
        html: "<p>Hello Ana,<br>we send a new one.</p>".into(),
        at: 1_772_442_000,
        ..Outgoing::default()
    }
}

fn file(name: &str, content_type: &str, bytes: Vec<u8>) -> File {
    File {
        name: name.into(),
        content_type: content_type.into(),
        content_id: String::new(),
        bytes,
    }
}

fn image(name: &str, cid: &str) -> File {
    File {
        content_id: cid.into(),
        ..file(name, "image/png", (0..=255).cycle().take(700).collect())
    }
}

/// Every mail of the matrix, by name.
fn matrix() -> Vec<(&'static str, Outgoing)> {
    let with = |change: fn(&mut Outgoing)| {
        let mut mail = plain();
        change(&mut mail);
        mail
    };
    vec![
        ("plain", plain()),
        ("first of a thread", with(|m| m.references.clear())),
        (
            "nothing to say",
            with(|m| {
                (m.text, m.html, m.subject) = Default::default();
            }),
        ),
        (
            "inline image",
            with(|m| {
                m.html = "<p><img src=\"cid:a1.t@shop.test\"></p>".into();
                m.inline = vec![image("dot.png", "a1.t@shop.test")];
            }),
        ),
        (
            "two images and files",
            with(|m| {
                m.inline = vec![image("a.png", "a1@s.test"), image("b.png", "a2@s.test")];
                m.files = vec![
                    file(
                        "bill.pdf",
                        "application/pdf",
                        b"%PDF-1.4 \r\n.\r\n".to_vec(),
                    ),
                    file("Rechnung März (2).txt", "text/plain", "Grüße\n".into()),
                    file("請求書.csv", "text/csv; charset=utf-8", b"a;b\n".to_vec()),
                    file("عقد.html", "text/html", b"<p>x</p>".to_vec()),
                    file(
                        "mail.eml",
                        "message/rfc822",
                        b"From: x@y.z\r\n\r\nhi".to_vec(),
                    ),
                    file("odd", "not a type", vec![0, 255, 10, 13]),
                    file(&"long ".repeat(25), "image/gif", vec![1]),
                ];
            }),
        ),
        (
            "an empty file",
            with(|m| {
                m.files = vec![file("empty.bin", "application/octet-stream", Vec::new())];
            }),
        ),
        (
            "twenty megabytes",
            with(|m| {
                let bytes = (0..20 * 1024 * 1024_u32)
                    .map(|n| (n * 31 % 251) as u8)
                    .collect();
                m.files = vec![file("big.bin", "application/octet-stream", bytes)];
            }),
        ),
        (
            "names and subjects beyond ASCII",
            with(|m| {
                m.from.name = "Łukasz \"Lampa\" Żółw, Sp. z o.o.".into();
                m.to = vec![
                    Mailbox::new("日本 太郎", "taro@example.jp"),
                    Mailbox::new("محمد بن علي", "m@example.com"),
                    Mailbox::new("O'Neil, Ben (Sales)", "ben@example.com"),
                ];
                m.cc = vec![Mailbox::new("", "cc@example.com")];
                m.subject = "Re: Zażółć gęślą jaźń – 日本語の件名です – שלום 👋🏽".repeat(3);
            }),
        ),
        (
            "addresses beyond ASCII",
            with(|m| {
                m.to = vec![
                    Mailbox::new("用户", "用户@例子.test"),
                    Mailbox::new("", "ü@x.test"),
                ];
            }),
        ),
        (
            "a hundred recipients",
            with(|m| {
                m.to = (0..100)
                    .map(|n| Mailbox::new(&format!("Person Number {n}"), &format!("p{n}@x.test")))
                    .collect();
            }),
        ),
        (
            "long lines",
            with(|m| {
                m.text = "x".repeat(LONG_WORD) + "\n" + &"word ".repeat(900);
                m.html = format!("<p>{}</p>", "y".repeat(LONG_WORD));
                m.subject = "s".repeat(400);
            }),
        ),
        (
            "dots, From and odd line ends",
            with(|m| {
                m.text = ".\n..\n.leading\nFrom here\n--boundary\n\ntrailing space \n\ttab".into();
            }),
        ),
        (
            "many scripts",
            with(|m| {
                m.text = "مرحبا آنا\nשלום\nПривет\n你好\nสวัสดี\n👩‍👩‍👧‍👦 🇩🇪 é e\u{301}".into();
                m.html = "<p dir=\"rtl\">مرحبا آنا</p><p>👩‍👩‍👧‍👦 你好</p>".into();
            }),
        ),
        (
            "a long thread",
            with(|m| {
                m.references = (0..200)
                    .map(|n| format!("{n}.{}@x.test", "r".repeat(100)))
                    .collect();
            }),
        ),
        (
            "by a program, with a way out",
            with(|m| {
                m.automatic = true;
                m.unsubscribe = Some(Unsubscribe {
                    url: format!("https://desk.shop.test/api/v1/mail/{}", "u".repeat(120)),
                });
            }),
        ),
        ("a thread of ours", with(|m| m.begun = Some(m.at - 3_600))),
    ]
}

/// The layers a mail has, as `[type, [parts]]`.
fn layers(mail: &Outgoing) -> Value {
    let mut whole = json!("text/html");
    if !mail.inline.is_empty() {
        let mut parts = vec![whole];
        parts.extend(mail.inline.iter().map(|_| json!("image/png")));
        whole = json!(["multipart/related", parts]);
    }
    whole = json!(["multipart/alternative", ["text/plain", whole]]);
    if !mail.files.is_empty() {
        let mut parts = vec![whole];
        let types =
            mail.files
                .iter()
                .map(|file| match file.content_type.split(';').next().unwrap() {
                    "message/rfc822" | "not a type" => json!("application/octet-stream"),
                    known => json!(known),
                });
        parts.extend(types);
        whole = json!(["multipart/mixed", parts]);
    }
    whole
}

fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

/// Before 3.13 Python keeps the space between two encoded words of a name, against RFC 2047, 6.2;
/// so names are compared without any.
fn without_spaces(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let dense = |(name, address): &(String, String)| (name.replace(' ', ""), address.clone());
    pairs.iter().map(dense).collect()
}

fn pairs(mailboxes: &[Mailbox]) -> Vec<(String, String)> {
    let pair = |mailbox: &Mailbox| (mailbox.name.clone(), mailbox.address.clone());
    mailboxes.iter().map(pair).collect()
}

/// What the wire allows (RFC 5322, 2.1.1; RFC 5321, 4.5.3.1.6), and what we promise beyond it.
fn check_wire(name: &str, raw: &[u8], mail: &Outgoing) {
    let text = String::from_utf8_lossy(raw);
    assert_eq!(
        text.matches('\r').count(),
        text.matches("\r\n").count(),
        "{name}"
    );
    assert_eq!(
        text.matches('\n').count(),
        text.matches("\r\n").count(),
        "{name}"
    );
    for line in raw.split(|&b| b == b'\n') {
        assert!(line.len() <= 999, "{name}: a line of {} bytes", line.len());
    }
    let ascii = |mailbox: &Mailbox| mailbox.address.is_ascii();
    if mail.to.iter().all(ascii) {
        assert!(raw.is_ascii(), "{name}: 8-bit without need");
    }
    let head = text.split("\r\n\r\n").next().unwrap();
    for line in head.split("\r\n") {
        let begins = line.starts_with([' ', '\t']) || line.contains(':');
        assert!(begins && !line.trim().is_empty(), "{name}: {line:?}");
    }
}

#[test]
fn every_mail_reads_back_in_our_own_parser() {
    for (name, mail) in matrix() {
        let raw = compose(&mail).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        check_wire(name, &raw, &mail);
        let read = parse(&raw).unwrap();
        assert_eq!(read.from, mail.from, "{name}");
        assert_eq!(read.to, mail.to, "{name}");
        assert_eq!(read.cc, mail.cc, "{name}");
        let subject: String = mail.subject.chars().take(500).collect();
        assert_eq!(read.subject, subject.trim(), "{name}");
        assert_eq!(lines(&read.text), lines(&mail.text), "{name}");
        assert_eq!(
            read.attachments.len(),
            mail.inline.len() + mail.files.len(),
            "{name}"
        );
        for (read, wrote) in read
            .attachments
            .iter()
            .zip(mail.inline.iter().chain(&mail.files))
        {
            assert_eq!(read.name, wrote.name.trim(), "{name}");
            assert!(read.bytes == wrote.bytes, "{name}: {}", wrote.name);
        }
        let parsed = mail_parser::MessageParser::default().parse(&raw).unwrap();
        let count = mail.inline.len() + mail.files.len();
        assert_eq!(parsed.attachment_count(), count, "{name}");
        assert_eq!(
            lines(&parsed.body_text(0).unwrap_or_default()),
            lines(&mail.text),
            "{name}"
        );
    }
}

#[test]
fn every_mail_reads_back_in_python() {
    if !python::at_hand() {
        return;
    }
    let matrix = matrix();
    let raws: Vec<Vec<u8>> = matrix.iter().map(|(_, m)| compose(m).unwrap()).collect();
    let reads = python::read(&raws, &[]);
    assert_eq!(reads.len(), matrix.len());
    for ((name, mail), read) in matrix.iter().zip(reads) {
        assert_eq!(read.defects, Vec::<String>::new(), "{name}");
        let from = pairs(std::slice::from_ref(&mail.from));
        assert_eq!(without_spaces(&read.from), without_spaces(&from), "{name}");
        assert_eq!(read.reply_to, pairs(mail.reply_to.as_slice()), "{name}");
        assert_eq!(
            without_spaces(&read.to),
            without_spaces(&pairs(&mail.to)),
            "{name}"
        );
        assert_eq!(
            without_spaces(&read.cc),
            without_spaces(&pairs(&mail.cc)),
            "{name}"
        );
        let subject: String = mail.subject.chars().take(500).collect();
        assert_eq!(read.subject, subject.trim(), "{name}");
        assert_eq!(read.message_id, mail.message_id, "{name}");
        assert_eq!(
            read.in_reply_to,
            mail.references.last().cloned().unwrap_or_default()
        );
        assert!(read.references.len() <= 20, "{name}");
        assert_eq!(read.references.first(), mail.references.first(), "{name}");
        assert_eq!(read.structure, layers(mail), "{name}");
        assert_eq!(lines(&read.text), lines(&mail.text), "{name}");
        assert!(read.html.contains(&mail.html), "{name}");
        let one_click = mail.unsubscribe.as_ref().map(|u| format!("<{}>", u.url));
        assert_eq!(
            read.list_unsubscribe,
            one_click.unwrap_or_default(),
            "{name}"
        );
        for header in [
            "From",
            "Date",
            "Message-ID",
            "Subject",
            "MIME-Version",
            "Content-Type",
        ] {
            let count = read.headers.iter().filter(|h| *h == header).count();
            assert_eq!(count, 1, "{name}: {header}");
        }
        let wrote: Vec<&File> = mail.inline.iter().chain(&mail.files).collect();
        assert_eq!(read.files.len(), wrote.len(), "{name}");
        for (index, (read, wrote)) in read.files.iter().zip(wrote).enumerate() {
            assert_eq!(read.name, wrote.name.trim(), "{name}");
            assert_eq!(read.size, wrote.bytes.len(), "{name}");
            assert_eq!(read.inline, index < mail.inline.len(), "{name}");
            assert_eq!(read.cid, wrote.content_id, "{name}");
            let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &wrote.bytes);
            let hash: String = hash.as_ref().iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(read.sha256, hash, "{name}: {} {}", wrote.name, read.r#type);
        }
    }
}
