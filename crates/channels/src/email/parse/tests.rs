use super::*;
use std::path::{Path, PathBuf};

fn mail(text: &str) -> ParsedMail {
    parse(text.replace('\n', "\r\n").as_bytes()).unwrap()
}

#[test]
fn reads_a_plain_mail() {
    let mail = mail(
        "From: Ana Ruiz <ana@example.com>\nTo: support@shop.test\nSubject: Broken lamp\n\
         Message-ID: <1@example.com>\nReferences: <a@x> <b@x>\nIn-Reply-To: <b@x>\n\
         Date: Mon, 2 Mar 2026 10:00:00 +0100\n\nHello\n",
    );
    assert_eq!(mail.from, Mailbox::new("Ana Ruiz", "ana@example.com"));
    assert_eq!(mail.subject, "Broken lamp");
    assert_eq!(mail.message_id.as_deref(), Some("1@example.com"));
    assert_eq!(mail.references, ["a@x", "b@x"]);
    assert_eq!(mail.text, "Hello");
    assert_eq!(mail.html, None);
    assert_eq!(mail.sent_at, Some(1_772_442_000));
    assert_eq!(mail.automatic, None);
}

#[test]
fn reads_html_inline_images_and_files() {
    let mail = mail(
        "From: a@x.y\nSubject: s\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=m\n\n--m\n\
         Content-Type: multipart/related; boundary=r\n\n--r\n\
         Content-Type: multipart/alternative; boundary=a\n\n--a\n\
         Content-Type: text/plain; charset=utf-8\n\nplain\n--a\n\
         Content-Type: text/html; charset=utf-8\n\n<p>rich <img src=\"cid:i1@x\"></p>\n--a--\n--r\n\
         Content-Type: image/png; name=dot.png\nContent-ID: <i1@x>\nContent-Disposition: inline\n\
         Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--r--\n--m\n\
         Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\
         Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf\n\nJVBERi0=\n--m\n\
         Content-Type: message/rfc822\n\nFrom: b@x.y\nSubject: inner\n\ninner text\n--m--\n",
    );
    assert_eq!(mail.text, "plain");
    assert!(mail.html.unwrap().contains("rich"));
    let files: Vec<_> = mail
        .attachments
        .iter()
        .map(|a| (a.name.as_str(), a.content_type.as_str(), a.inline))
        .collect();
    assert_eq!(
        files,
        [
            ("dot.png", "image/png", true),
            ("résumé.pdf", "application/pdf", false),
            ("inner.eml", "message/rfc822", false)
        ]
    );
    assert_eq!(mail.attachments[0].content_id.as_deref(), Some("i1@x"));
    assert_eq!(mail.attachments[1].bytes, b"%PDF-");
    assert!(mail.attachments[2].bytes.ends_with(b"inner text"));
}

#[test]
fn reads_charsets_declared_and_undeclared() {
    let mut raw = b"From: a@x.y\r\nSubject: \xC4\xE3\xBA\xC3\r\n\
        Content-Type: text/plain; charset=gb2312\r\n\r\n\xC4\xE3\xBA\xC3"
        .to_vec();
    let mail = parse(&raw).unwrap();
    assert_eq!(
        (mail.subject.as_str(), mail.text.as_str()),
        ("你好", "你好")
    );
    raw = b"From: a@x.y\r\nSubject: s\r\n\r\ncaf\xE9".to_vec();
    assert_eq!(parse(&raw).unwrap().text, "café");
    raw = b"From: a@x.y\r\nContent-Type: text/plain; charset=shift_jis\r\n\r\n\x93\xFA\x96\x7B"
        .to_vec();
    assert_eq!(parse(&raw).unwrap().text, "日本");
}

#[test]
fn makes_text_of_html_and_replaces_nul() {
    let mail =
        parse(b"From: a@x.y\r\nContent-Type: text/html\r\n\r\n<p>one</p><p>two\0</p>").unwrap();
    assert!(
        mail.text.contains("one") && mail.text.contains("two"),
        "{}",
        mail.text
    );
    assert!(!mail.text.contains('\0') && !mail.html.unwrap().contains('\0'));
}

#[test]
fn survives_without_ids_dates_and_proper_senders() {
    let mail = mail("From: \"Ruiz, Ana\nSender: ana@x.y\n\nhi");
    assert_eq!(mail.from.address, "ana@x.y");
    assert_eq!(
        (mail.message_id, mail.sent_at, mail.subject.as_str()),
        (None, None, "")
    );
    assert_eq!(
        parse(b"Subject: nobody\r\n\r\nx"),
        Err(ParseProblem::NoSender)
    );
    assert_eq!(parse(b""), Err(ParseProblem::NoHeaders));
}

#[test]
fn recognises_machines() {
    for (header, expected) in [
        ("Auto-Submitted: auto-replied", Some(Automatic::Reply)),
        ("Auto-Submitted: auto-generated", Some(Automatic::Notice)),
        ("Auto-Submitted: no", None),
        ("X-Autoreply: yes", Some(Automatic::Reply)),
        ("Precedence: bulk", Some(Automatic::Bulk)),
        ("List-Id: <news.x.y>", Some(Automatic::Bulk)),
        ("Return-Path: <>", Some(Automatic::Notice)),
        ("X-Failed-Recipients: b@x.y", Some(Automatic::Bounce)),
        (
            "X-Auto-Response-Suppress: All\nSubject: Automatische Antwort: Hallo",
            Some(Automatic::Reply),
        ),
    ] {
        assert_eq!(
            mail(&format!("From: a@x.y\n{header}\n\nx")).automatic,
            expected,
            "{header}"
        );
    }
}

#[test]
fn file_names_are_harmless() {
    for (name, safe) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\doc.txt", "doc.txt"),
        ("a\r\nX: b.txt", "a X: b.txt"),
        ("\u{202E}gpj.exe", "gpj.exe"),
        (".htaccess", "htaccess"),
    ] {
        assert_eq!(files::safe_name(name), safe);
    }
}

#[test]
fn keeps_enormous_bodies_as_files() {
    let long = "ü".repeat(BODY_BYTES_MAX);
    let mail = parse(format!("From: a@x.y\r\n\r\n{long}").as_bytes()).unwrap();
    assert!(mail.text.len() <= BODY_BYTES_MAX);
    assert_eq!(mail.attachments[0].bytes.len(), long.len());
}

#[test]
fn glances_at_what_it_cannot_read() {
    assert_eq!(
        glance(b"From: a@x.y\r\nSubject: =?utf-8?Q?=C3=BC?=\r\n\r\nx"),
        (Some("a@x.y".into()), Some("ü".into()))
    );
    assert_eq!(glance(b"\0\0\0"), (None, None));
}

#[test]
fn takes_winmail_apart() {
    let raw = std::fs::read("../../fuzz/corpus/ingestion/tnef").unwrap();
    let mail = parse(&raw).unwrap();
    assert_eq!(mail.text, "hello");
    let names: Vec<_> = mail
        .attachments
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(names, ["long ä.txt"]);
    assert_eq!(mail.attachments[0].bytes, b"content");
}

#[test]
fn names_how_a_mail_is_protected() {
    let enveloped = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; \
        name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHA6CA\n";
    let opaque = "Content-Type: application/x-pkcs7-mime; name=smime.p7m\n\
        Content-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHAqCA\n";
    let pgp = "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; \
        boundary=e\n\n--e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--e\n\
        Content-Type: application/octet-stream; name=encrypted.asc\n\n\
        -----BEGIN PGP MESSAGE-----\nx\n--e--\n";
    let signed = "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; \
        boundary=s\n\n--s\n\nhello\n--s\nContent-Type: application/pgp-signature\n\nx\n--s--\n";
    let inline = "\nSee:\n-----BEGIN PGP MESSAGE-----\nx\n-----END PGP MESSAGE-----\n";
    let clear = "\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhello\n";
    for (body, expected, said) in [
        (
            enveloped,
            Protection::SmimeEncrypted,
            "encrypted with S/MIME",
        ),
        (
            opaque,
            Protection::SmimeOpaque,
            "packed into its S/MIME signature",
        ),
        (pgp, Protection::PgpEncrypted, "encrypted with PGP"),
        (signed, Protection::PgpSigned, "hello"),
        (inline, Protection::PgpInlineEncrypted, "See:"),
        (clear, Protection::PgpInlineSigned, "hello"),
    ] {
        let mail = mail(&format!("From: a@x.y\n{body}"));
        assert_eq!(mail.protection, Some(expected), "{body}");
        assert!(mail.text.contains(said), "{}", mail.text);
        let files = matches!(
            expected,
            Protection::PgpInlineEncrypted | Protection::PgpInlineSigned
        );
        assert_eq!(mail.attachments.is_empty(), files, "{expected:?}");
    }
    assert_eq!(mail("From: a@x.y\n\nhi").protection, None);
}

#[test]
fn reads_invitations_and_attached_mails() {
    let mail = mail(
        "From: a@x.y\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\
         Content-Type: multipart/alternative; boundary=a\n\n--a\n\nCome!\n--a\n\
         Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\n\
         BEGIN:VEVENT\nSUMMARY:Lamps\nDTSTART:20260302T090000Z\nEND:VEVENT\n--a--\n--m\n\
         Content-Type: message/rfc822\n\nFrom: Ben <b@x.y>\nSubject: Old story\n\ntext\n--m--\n",
    );
    assert_eq!(mail.text, "Come!");
    let invitation = mail.invitation.unwrap();
    assert_eq!(
        (invitation.method, invitation.summary.as_str()),
        (Method::Request, "Lamps")
    );
    assert_eq!(
        (invitation.start.as_str(), invitation.zone.as_str()),
        ("2026-03-02 09:00", "UTC")
    );
    let names: Vec<_> = mail
        .attachments
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(names, ["invitation.ics", "Old story.eml"]);
    let inner = mail.attachments[1].mail.as_ref().unwrap();
    assert_eq!(inner.from, Mailbox::new("Ben", "b@x.y"));
}

#[test]
fn a_picture_is_one_by_its_bytes_only() {
    let mail = mail(
        "From: a@x.y\nContent-Type: multipart/related; boundary=r\n\n--r\n\
         Content-Type: text/html\n\n<img src=\"cid:i\">\n--r\nContent-Type: image/png\n\
         Content-ID: <i>\nContent-Disposition: inline; filename=x.png\n\n\
         <html><script>alert(1)</script>\n--r--\n",
    );
    let file = &mail.attachments[0];
    assert_eq!(
        (file.content_type.as_str(), file.inline),
        ("text/plain", false)
    );
}

#[test]
fn missing_and_wrong_boundaries_lose_nothing() {
    let files = |text: &str| {
        let mail = mail(text);
        let names: Vec<String> = mail.attachments.into_iter().map(|file| file.name).collect();
        (mail.text, names)
    };
    let parts = "--b\nContent-Type: text/plain\n\nhello\n--b\n\
        Content-Type: application/pdf; name=a.pdf\n\n%PDF-\n";
    for head in [
        "multipart/mixed; boundary=b",
        "multipart/mixed",
        "multipart/mixed; boundary=z",
    ] {
        let read = files(&format!("From: a@x.y\nContent-Type: {head}\n\n{parts}"));
        assert_eq!(
            read,
            ("hello".to_owned(), vec!["a.pdf".to_owned()]),
            "{head}"
        );
    }
    let none = files("From: a@x.y\nContent-Type: multipart/mixed; boundary=b\n\nonly text");
    assert_eq!(none, ("only text".to_owned(), Vec::new()));
}

fn corpus(folder: &str) -> Vec<PathBuf> {
    let root = std::env::var("EVENKEEL_CORPUS")
        .unwrap_or_else(|_| format!("{}/../../../shared/data", env!("CARGO_MANIFEST_DIR")));
    let mut files = Vec::new();
    collect(&Path::new(&root).join(folder), &mut files);
    files.sort();
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "eml") {
            files.push(path);
        }
    }
}

/// Every mail of the corpus is read, and the only ones refused are fragments without a sender.
#[test]
fn reads_the_corpus() {
    let files = corpus("mail");
    if files.is_empty() {
        eprintln!("skipped: no corpus (set EVENKEEL_CORPUS)");
        return;
    }
    for file in &files {
        let raw = std::fs::read(file).unwrap();
        let name = file.display();
        match parse(&raw) {
            Ok(mail) => {
                assert!(!mail.from.address.is_empty(), "{name}");
                assert!(
                    !mail.subject.contains(['\r', '\n', '\0']),
                    "{name}: {}",
                    mail.subject
                );
                assert!(!mail.text.contains('\0'), "{name}");
            }
            Err(problem) => {
                assert_eq!(problem, ParseProblem::NoSender, "{name}");
                assert!(!names_a_sender(&raw), "{name} has a sender");
            }
        }
        glance(&raw);
    }
}

/// Whether the header block has a From line with an address in it, judged without the parser.
fn names_a_sender(raw: &[u8]) -> bool {
    let text = String::from_utf8_lossy(raw).to_lowercase();
    let head = text.lines().take_while(|line| !line.trim().is_empty());
    head.into_iter()
        .any(|line| line.starts_with("from") && line.contains(':') && line.contains('@'))
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn never_panics_on_bytes(raw in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = parse(&raw);
            let _ = glance(&raw);
        }

        #[test]
        fn never_panics_on_mutated_mail(
            pick in any::<prop::sample::Index>(),
            cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        ) {
            let files = corpus("mail");
            if !files.is_empty() {
                let mut raw = std::fs::read(pick.get(&files)).unwrap();
                for (at, byte) in cuts {
                    if !raw.is_empty() {
                        let at = at.index(raw.len());
                        raw[at] = byte;
                    }
                }
                let _ = parse(&raw);
                raw.truncate(raw.len() / 2);
                let _ = parse(&raw);
            }
        }

        #[test]
        fn headers_hold_no_line_breaks(value in "\\PC{0,80}") {
            let raw = format!("From: a@x.y\r\nSubject: {value}\r\n\r\n");
            if let Ok(mail) = parse(raw.as_bytes()) {
                prop_assert!(!mail.subject.chars().any(char::is_control));
            }
        }
    }
}
