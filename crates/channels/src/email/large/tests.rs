//! What is cut out, and that the skeleton reads like the mail.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::skeleton::{BODY_KEPT_MAX, Piece, Stripper};
use crate::email::parse::{ParsedMail, parse};

/// A body cut out, with the name it came with.
type Taken = (Option<&'static str>, Vec<u8>);

/// The skeleton, and the bodies cut out.
fn stripped(mail: &[u8], step: usize) -> (Vec<u8>, Vec<Taken>) {
    let mut stripper = Stripper::new("secret".to_owned());
    let mut pieces = Vec::new();
    for bytes in mail.chunks(step) {
        stripper.feed(bytes, &mut pieces);
    }
    let (cut, skeleton) = stripper.finish(&mut pieces);
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
    assert_eq!(cut, taken.len());
    (skeleton.unwrap(), taken)
}

fn marked(number: usize, beginning: &[u8]) -> Vec<u8> {
    [beginning, Stripper::mark_of("secret", number).as_bytes()].concat()
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
fn large_files_are_cut_behind_their_beginning() {
    let (large, small, larger) = (bytes_of(600_000), bytes_of(10), bytes_of(3_000_000));
    let mail = with_files(&[("a.bin", &large), ("b.bin", &small), ("c.bin", &larger)]);
    for step in [1000, 1 << 20] {
        let (skeleton, taken) = stripped(&mail, step);
        assert!(skeleton.len() < 40_000, "{} bytes are left", skeleton.len());
        assert_eq!(taken, [(None, large.clone()), (None, larger.clone())]);
        let read = parse(&skeleton).unwrap();
        assert_eq!(names(&read), ["a.bin", "b.bin", "c.bin"]);
        assert_eq!(read.text.trim(), "Here they are.");
        let contents: Vec<&[u8]> = read
            .attachments
            .iter()
            .map(|file| &file.bytes[..])
            .collect();
        let first = marked(0, &large[..12 * 1024]);
        let second = marked(1, &larger[..12 * 1024]);
        assert_eq!(contents, [&first[..], &small, &second]);
    }
}

/// Whatever the encoding, what is cut out is what reading the whole mail finds.
#[test]
fn cut_files_are_those_of_the_whole_mail() {
    let line = "Caf\u{e9} =C3=A9 = and a soft break=\r\n that goes on\r\n.\r\n";
    let quoted = line.repeat(20_000);
    let binary: Vec<u8> = (0..=255).cycle().take(700_001).collect();
    let long_line = "=41".repeat(300_000);
    for (encoding, body) in [
        ("quoted-printable", quoted.as_bytes()),
        ("8bit", quoted.as_bytes()),
        ("binary", &binary),
        ("base64", in_lines(&binary).as_bytes()),
        ("Base 64;", in_lines(&binary).replace("\r\n", "").as_bytes()),
        ("quoted-printable", long_line.as_bytes()),
    ] {
        let head = format!(
            "From: ana@example.com\nContent-Type: multipart/mixed; boundary=b1\n\n\
             --b1\n\nHello\n--b1\nContent-Type: application/zip; name=a.zip\n\
             Content-Transfer-Encoding: {encoding}\n\n"
        );
        for end in ["\r\n--b1--\r\n", "\n--b1\n\n", ""] {
            let mail = [head.as_bytes(), body, end.as_bytes()].concat();
            let whole = parse(&mail).unwrap();
            for step in [4_093, 1 << 20] {
                let (skeleton, taken) = stripped(&mail, step);
                assert_eq!(taken.len(), 1, "{encoding}");
                assert!(
                    taken[0].1 == whole.attachments[0].bytes,
                    "{encoding} {end:?}"
                );
                let read = parse(&skeleton).unwrap();
                let file = &read.attachments[0];
                let mark = Stripper::mark_of("secret", 0);
                let kept = file.bytes.trim_ascii_end();
                let kept = kept.strip_suffix(mark.as_bytes()).expect(encoding);
                assert!(taken[0].1.starts_with(kept), "{encoding}");
                assert_eq!((&*file.name, &*read.text), ("a.zip", "Hello"));
            }
        }
    }
}

#[test]
fn a_long_text_keeps_its_beginning_and_is_cut_out_whole() {
    let line = "All work and no play makes a long mail.\r\n";
    let text = line.repeat(2 * BODY_KEPT_MAX / line.len());
    let mail = format!("From: ana@example.com\r\nSubject: Long\r\n\r\n{text}");
    let (skeleton, taken) = stripped(mail.as_bytes(), 10_000);
    assert_eq!(taken, [(Some("text.txt"), text.into_bytes())]);
    let read = parse(&skeleton).unwrap();
    assert!(read.text.starts_with(line.trim_end()));
    assert!(read.text.ends_with("evenkeel-secret-0-"));
    assert!(read.text.len() <= BODY_KEPT_MAX + line.len());
}

#[test]
fn attached_mails_stay_whole_and_parts_end_where_any_multipart_says_so() {
    let file = bytes_of(700_000);
    let inner = format!(
        "From: ben@example.com\r\nSubject: Inner\r\n\
         Content-Type: multipart/mixed; boundary=in\r\n\r\n\
         --in\r\nContent-Type: image/png; name=x.png\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}",
        in_lines(&file)
    );
    let mail = format!(
        "From: ana@example.com\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\n\
         --out\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n\
         --out\r\nContent-Type: multipart/related; boundary=rel\r\n\r\n\
         --rel\r\nContent-Type: image/png; name=y.png\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n\
         --out\r\nContent-Type: text/plain\r\n\r\nbehind\r\n--out--\r\nepilogue\r\n",
        in_lines(&file)
    );
    let (skeleton, taken) = stripped(mail.as_bytes(), 999);
    assert_eq!(taken, [(None, inner.into_bytes()), (None, file)]);
    let read = parse(&skeleton).unwrap();
    assert_eq!(read.attachments[0].mail.as_ref().unwrap().subject, "Inner");
    assert_eq!(names(&read), ["Inner.eml", "y.png"]);
    assert_eq!(read.text, "behind");
}

#[test]
fn half_a_winmail_is_not_opened() {
    let mut tnef = vec![0x78, 0x9F, 0x3E, 0x22];
    tnef.extend(bytes_of(700_000));
    let mail = with_files(&[("winmail.dat", &tnef)]);
    let (skeleton, taken) = stripped(&mail, 8_192);
    assert_eq!(taken, [(None, tnef)]);
    let read = parse(&skeleton).unwrap();
    assert_eq!(read.attachments[0].bytes, marked(0, b""));
}

#[test]
fn lines_without_end_and_missing_boundaries_stay_within_bounds() {
    let mail = format!(
        "From: ana@example.com\r\nContent-Type: application/zip\r\n\r\n{}",
        "x".repeat(5_000_000)
    );
    let (skeleton, taken) = stripped(mail.as_bytes(), 100_000);
    assert!(skeleton.len() < 20_000);
    assert_eq!(taken[0].1.len(), 5_000_000);
    let unnamed = "From: a@example.com\r\nContent-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n";
    assert_eq!(stripped(unnamed.as_bytes(), 10).0, unnamed.as_bytes());
}

#[test]
fn a_boundary_nobody_declared_is_found_as_in_small_mails() {
    let file = in_lines(&bytes_of(700_000));
    let mail = format!(
        "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=other\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\n\
         Content-Type: image/png; name=x.png\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}\r\n\
         --b--\r\n"
    );
    let (skeleton, taken) = stripped(mail.as_bytes(), 5_000);
    assert_eq!(taken, [(None, bytes_of(700_000))]);
    let read = parse(&skeleton).unwrap();
    assert_eq!((names(&read), &*read.text), (vec!["x.png"], "Hello"));
}

#[test]
fn nothing_is_lost_behind_a_closed_boundary_or_around_parts() {
    let chatter = "nobody reads this\r\n".repeat(10_000);
    let mail = format!(
        "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\n\r\nHello\r\n--b--\r\n{chatter}--b\r\n\
         Content-Type: text/csv; name=late.csv\r\n\r\n1,2\r\n--b--\r\n"
    );
    let (skeleton, taken) = stripped(mail.as_bytes(), 5_000);
    assert_eq!(taken.len(), 1);
    assert!(taken[0].1.len() > chatter.len() - 70_000);
    assert_eq!(names(&parse(&skeleton).unwrap()), ["late.csv"]);
}

/// Thousands of middling parts must not make a large mail of the skeleton.
#[test]
fn many_parts_leave_a_small_skeleton_or_none() {
    let part = bytes_of(100_000);
    let files: Vec<(&str, &[u8])> = (0..300).map(|_| ("x.bin", &part[..])).collect();
    let (skeleton, taken) = stripped(&with_files(&files), 1 << 18);
    assert!(skeleton.len() < 4_000_000, "{}", skeleton.len());
    assert!(taken.len() > 280);
    let small = bytes_of(10_000);
    let files: Vec<(&str, &[u8])> = (0..2_000).map(|_| ("x.bin", &small[..])).collect();
    let mut stripper = Stripper::new("secret".to_owned());
    let mut pieces = Vec::new();
    stripper.feed(&with_files(&files), &mut pieces);
    assert_eq!(stripper.finish(&mut pieces).1, None);
}
