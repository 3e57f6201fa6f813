use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::skeleton::{BODY_KEPT_MAX, Piece, Stripper};
use crate::email::parse::{ParsedMail, parse};

/// A body taken out, with the name it came with.
type Taken = (Option<&'static str>, Vec<u8>);

/// The skeleton, and the bodies taken out.
fn stripped(mail: &[u8], step: usize) -> (Vec<u8>, Vec<Taken>) {
    let mut stripper = Stripper::new("secret".to_owned());
    let mut pieces = Vec::new();
    for bytes in mail.chunks(step) {
        stripper.feed(bytes, &mut pieces);
    }
    let skeleton = stripper.finish(&mut pieces);
    let mut taken: Vec<Taken> = Vec::new();
    let mut open = false;
    for piece in pieces {
        match piece {
            Piece::Begins { text } => {
                assert!(!open);
                open = true;
                taken.push((text, Vec::new()));
            }
            Piece::Bytes(bytes) => taken.last_mut().unwrap().1.extend(bytes),
            Piece::Ends => open = false,
        }
    }
    assert!(!open, "every body that begins ends");
    (skeleton, taken)
}

fn bytes_of(size: usize) -> Vec<u8> {
    (0..=250).cycle().take(size).collect()
}

fn in_lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join("\r\n")
}

fn with_files(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut mail = String::from(
        "From: ana@example.com\r\nTo: support@shop.example\r\nSubject: Photos\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n\
         --b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHere they are.\r\n",
    );
    for (name, bytes) in files {
        mail += &format!(
            "--b1\r\nContent-Type: application/octet-stream; name=\"{name}\"\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            in_lines(bytes)
        );
    }
    mail += "--b1--\r\n";
    mail.into_bytes()
}

fn names(mail: &ParsedMail) -> Vec<&str> {
    mail.attachments
        .iter()
        .map(|file| file.name.as_str())
        .collect()
}

#[test]
fn a_small_mail_is_its_own_skeleton() {
    let mail = with_files(&[("a.bin", &bytes_of(1000)), ("b.bin", &bytes_of(100_000))]);
    for step in [1, 7, 4096, mail.len()] {
        let (skeleton, taken) = stripped(&mail, step);
        assert_eq!(skeleton, mail, "in steps of {step}");
        assert!(taken.is_empty());
    }
}

#[test]
fn large_files_are_taken_out_and_leave_their_marks() {
    let (large, small, larger) = (bytes_of(600_000), bytes_of(10), bytes_of(3_000_000));
    let mail = with_files(&[("a.bin", &large), ("b.bin", &small), ("c.bin", &larger)]);
    for step in [1000, 1 << 20] {
        let (skeleton, taken) = stripped(&mail, step);
        assert!(skeleton.len() < 2_000, "{} bytes are left", skeleton.len());
        assert_eq!(taken, [(None, large.clone()), (None, larger.clone())]);
        let read = parse(&skeleton).unwrap();
        assert_eq!(names(&read), ["a.bin", "b.bin", "c.bin"]);
        assert_eq!(read.text.trim(), "Here they are.");
        let contents: Vec<&[u8]> = read
            .attachments
            .iter()
            .map(|file| &file.bytes[..])
            .collect();
        let first = Stripper::mark_of("secret", 0);
        let second = Stripper::mark_of("secret", 1);
        assert_eq!(contents, [first.as_bytes(), &small, second.as_bytes()]);
    }
}

#[test]
fn a_long_text_keeps_its_beginning_and_is_taken_out_whole() {
    let line = "All work and no play makes a long mail.\r\n";
    let text = line.repeat(2 * BODY_KEPT_MAX / line.len());
    let mail = format!("From: ana@example.com\r\nSubject: Long\r\n\r\n{text}");
    let (skeleton, taken) = stripped(mail.as_bytes(), 10_000);
    assert_eq!(taken, [(Some("text.txt"), text.into_bytes())]);
    let read = parse(&skeleton).unwrap();
    assert!(read.text.starts_with(line.trim_end()));
    assert!(read.text.len() <= BODY_KEPT_MAX + line.len());
}

#[test]
fn parts_end_where_any_multipart_around_them_says_so() {
    let file = bytes_of(700_000);
    let inner = format!(
        "--in\r\nContent-Type: image/png; name=x.png\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        in_lines(&file)
    );
    // The inner multipart is never closed: the outer boundary ends it.
    let mail = format!(
        "From: ana@example.com\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\n\
         --out\r\nContent-Type: message/rfc822\r\n\r\n\
         From: ben@example.com\r\nSubject: Inner\r\n\
         Content-Type: multipart/related; boundary=in\r\n\r\n{inner}\
         --out\r\nContent-Type: text/plain\r\n\r\nbehind\r\n--out--\r\nepilogue\r\n"
    );
    let (skeleton, taken) = stripped(mail.as_bytes(), 999);
    assert_eq!(taken, [(None, file)]);
    let text = String::from_utf8(skeleton).unwrap();
    assert!(text.contains("Subject: Inner") && text.contains("behind"));
}

#[test]
fn lines_without_end_and_missing_boundaries_stay_within_bounds() {
    let mail = format!(
        "From: ana@example.com\r\nContent-Type: application/zip\r\n\r\n{}",
        "x".repeat(5_000_000)
    );
    let (skeleton, taken) = stripped(mail.as_bytes(), 100_000);
    assert!(skeleton.len() < 1_000);
    assert_eq!(taken[0].1.len(), 5_000_000);
    let unnamed = "From: a@example.com\r\nContent-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n";
    assert_eq!(stripped(unnamed.as_bytes(), 10).0, unnamed.as_bytes());
}
