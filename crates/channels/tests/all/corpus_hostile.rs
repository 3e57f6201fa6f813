//! Mail written to hurt: each is read or refused in bounded time, with a clear reason.
#![expect(
    clippy::disallowed_methods,
    reason = "how long reading takes in the world is what these tests are about"
)]

use channels::email::parse::{self, ParseProblem, ParsedMail};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Far more than any of these takes unoptimised on a busy machine; a quadratic reading takes hours.
const PATIENCE: Duration = Duration::from_secs(60);

fn read(raw: &[u8]) -> Result<ParsedMail, ParseProblem> {
    let start = Instant::now();
    let mail = parse::parse(raw);
    let _ = parse::glance(raw);
    let took = start.elapsed();
    assert!(took < PATIENCE, "{took:?} for {} bytes", raw.len());
    mail
}

fn with_head(head: &str, body: &str) -> Result<ParsedMail, ParseProblem> {
    read(format!("From: a@x.y\r\nSubject: s\r\n{head}\r\n\r\n{body}").as_bytes())
}

#[test]
fn containers_within_containers_stay_a_readable_mail() {
    let mut raw = String::from("From: a@x.y\r\nSubject: bomb\r\n");
    for at in 0..50_000 {
        write!(
            raw,
            "Content-Type: multipart/mixed; boundary=b{at}\r\n\r\n--b{at}\r\n"
        )
        .unwrap();
    }
    raw.push_str("\r\nthe end");
    let mail = read(raw.as_bytes()).unwrap();
    assert_eq!(mail.subject, "bomb");
    assert_eq!(mail.attachments.len(), 1, "what lies too deep is one file");
}

#[test]
fn mails_within_mails_stay_one_file() {
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(200_000);
    let mail = with_head("X: y", "hello").unwrap();
    assert_eq!(mail.text, "hello");
    let mail = read(format!("From: a@x.y\r\n{nested}").as_bytes()).unwrap();
    assert_eq!(mail.attachments.len(), 1);
}

#[test]
fn ten_thousand_receivers_are_kept_in_part_and_counted() {
    let to: Vec<String> = (0..10_000).map(|n| format!("P{n} <p{n}@x.y>")).collect();
    let mail = with_head(&format!("To: {}", to.join(",\r\n ")), "hi").unwrap();
    assert_eq!((mail.to.len(), mail.more_recipients), (500, 9_500));
    assert_eq!(mail.to[0].address, "p0@x.y");
    let lines: Vec<String> = to.iter().map(|person| format!("Cc: {person}")).collect();
    let mail = with_head(&lines.join("\r\n"), "hi").unwrap();
    assert_eq!(mail.cc.len(), 500);
    assert!(mail.more_recipients > 4_000);
}

#[test]
fn endless_headers_end_somewhere() {
    let mail = with_head(&"X-Filler: y\r\n".repeat(500_000), "hi");
    assert!(mail.is_ok());
    let long = "word ".repeat(1_000_000);
    assert!(with_head(&format!("X-Long: {long}"), "hi").is_ok());
    let unended = format!("From: a@x.y\r\nSubject: {long}");
    assert!(read(unended.as_bytes()).unwrap().text.is_empty());
    let folded = "\r\n a".repeat(500_000);
    assert!(with_head(&format!("X-Folded: x{folded}"), "hi").is_ok());
    assert!(with_head(&" \r\n\tx".repeat(200_000), "hi").is_ok());
}

#[test]
fn many_small_things_in_headers_are_linear() {
    for head in [
        format!("References: {}", "<a@b> ".repeat(100_000)),
        (0..60_000)
            .map(|n| format!("References: <{n}@b>\r\n"))
            .collect(),
        (0..40_000)
            .map(|n| format!("Delivered-To: p{n}@x.y\r\n"))
            .collect(),
        format!("To: {}a@b", "(".repeat(500_000)),
        format!("To: {}", "\"".repeat(500_000)),
        format!("To: {}", "<".repeat(500_000)),
        format!("To: {}", "a ".repeat(300_000)),
        format!("To: {}", "a,".repeat(300_000)),
        format!("Comments: {}", "=?utf-8?B?".repeat(90_000)),
        format!("Subject: {}", "=?utf-8?Q?=E6?= ".repeat(50_000)),
        format!("Subject: {}", "=?".repeat(400_000)),
        format!("Content-Type: text/plain; {}", "a=b;".repeat(200_000)),
        format!("Content-Type: text/plain; {}", "name*0*=".repeat(100_000)),
        "Content-Type: multipart/mixed; boundary=b\r\n".repeat(20_000),
        format!(
            "Content-Type: multipart/mixed; boundary=\"{}\"",
            "b".repeat(900_000)
        ),
    ] {
        let mail = with_head(head.trim_end(), "hi");
        assert!(mail.is_ok(), "{}", &head[..40]);
    }
}

#[test]
fn a_hundred_thousand_parts_are_refused_with_a_reason() {
    let parts = "--b\r\n\r\n".repeat(100_000);
    let head = "Content-Type: multipart/mixed; boundary=b";
    assert_eq!(with_head(head, &parts), Err(ParseProblem::TooManyParts));
    assert!(
        ParseProblem::TooManyParts
            .to_string()
            .contains("10,000 parts")
    );
    let mail = with_head(
        head,
        &format!("--b\r\n\r\nhi\r\n{}", "--b\r\n\r\n".repeat(5_000)),
    )
    .unwrap();
    assert_eq!((mail.text.as_str(), mail.attachments.len()), ("hi", 0));
    let files = "--b\r\nContent-Type: a/b; name=x\r\n\r\nx\r\n".repeat(501);
    assert_eq!(
        with_head(head, &files),
        Err(ParseProblem::TooManyAttachments)
    );
}

#[test]
fn noise_in_bodies_is_linear() {
    let qp = "Content-Transfer-Encoding: quoted-printable";
    let base64 = "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64";
    for (head, body) in [
        (qp, "=".repeat(3_000_000)),
        (qp, "= ".repeat(1_000_000)),
        (base64, "=".repeat(3_000_000)),
        (base64, "=\n".repeat(1_000_000)),
        (base64, "A=\n".repeat(1_000_000)),
        ("X: y", "\0".repeat(2_000_000)),
        ("X: y", "begin 644 a\n".repeat(200_000)),
        ("X: y", "begin 644 a\n#0V%T\n".repeat(100_000)),
        ("X: y", "\n".repeat(2_000_000)),
        (
            "Content-Type: multipart/mixed; boundary=b",
            "--\n".repeat(1_000_000),
        ),
        ("Content-Type: multipart/mixed", "--bb\n\n".repeat(300_000)),
        (
            "Content-Type: text/calendar",
            "BEGIN:VEVENT\n".repeat(200_000),
        ),
        ("Content-Type: text/html", "<div>".repeat(200_000)),
        ("Content-Type: text/html", "<table><tr><td>".repeat(60_000)),
        ("Content-Type: text/html", "<".repeat(900_000)),
    ] {
        let mail = with_head(head, &body);
        assert!(mail.is_ok(), "{head}: {:?}", mail.err());
        assert!(!mail.unwrap().text.contains('\0'));
    }
}

#[test]
fn lengths_that_lie_are_ignored() {
    let mail = with_head("Content-Length: 999999999\r\nLines: -4", "hi").unwrap();
    assert_eq!(mail.text, "hi");
    let mut winmail =
        b"From: a@x.y\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\n".to_vec();
    winmail.extend(0x223E_9F78_u32.to_le_bytes());
    winmail.extend([1, 0, 2]);
    winmail.extend(0x0006_800F_u32.to_le_bytes());
    winmail.extend(u32::MAX.to_le_bytes());
    winmail.extend(b"short");
    let mail = read(&winmail).unwrap();
    assert_eq!(mail.attachments[0].name, "winmail.dat", "kept as it came");
}
