//! What a file is, and how it may be served.

use std::fmt::Write;
use std::time::Duration;

/// The largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 25 * 1024 * 1024;
/// The most files of a message.
pub const FILES_MAX: usize = 50;
/// How long an upload waits for its message.
pub const STAGED_FOR: Duration = Duration::from_hours(24);
/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 150;
/// How much of a file is looked at to tell text from other bytes.
const SNIFFED_BYTES: usize = 4096;
/// How much of a file's beginning tells its kind.
pub const HEAD_BYTES: usize = 2 * SNIFFED_BYTES;

/// The pictures that browsers show without running anything, by their first bytes.
const PICTURES: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
];

const OTHERS: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
];

/// The container of old Office files.
const OLE: &str = "application/x-ole-storage";
/// Something a computer would run.
const PROGRAM: &str = "application/x-executable";

/// What the bytes are, whatever anyone claims; unknown ones are `application/octet-stream`.
///
/// Text of every sort, HTML and SVG included, is `text/plain`, so that no browser runs it.
pub fn sniff(bytes: &[u8]) -> &'static str {
    let known = PICTURES
        .iter()
        .chain(OTHERS)
        .find(|(magic, _)| bytes.starts_with(magic));
    if let Some((_, kind)) = known {
        return kind;
    }
    let brand = bytes.get(4..12);
    match (bytes.get(..4), brand) {
        (Some(b"RIFF"), Some(brand)) if brand.ends_with(b"WEBP") => "image/webp",
        (Some(b"RIFF"), Some(brand)) if brand.ends_with(b"WAVE") => "audio/wav",
        (_, Some(brand)) if brand.starts_with(b"ftyp") => "video/mp4",
        _ if is_text(bytes) => "text/plain",
        _ => "application/octet-stream",
    }
}

/// What a file is: what its bytes show, refined by what was declared where that can be true.
///
/// A declaration never makes a file a picture, a page or a program. Every type that comes out is
/// one that browsers either show without running anything or are told to download.
pub fn media_type(declared: Option<&str>, bytes: &[u8]) -> String {
    let sniffed = sniff(bytes);
    let declared = declared.unwrap_or_default().to_ascii_lowercase();
    let token = |c: char| c.is_ascii_alphanumeric() || "-_.+/".contains(c);
    let proper =
        declared.len() <= 100 && declared.matches('/').count() == 1 && declared.chars().all(token);
    let refines = match sniffed {
        "application/zip" => is_document(&declared) || declared.starts_with("application/x-zip"),
        OLE => is_document(&declared),
        "text/plain" => is_plain_kind(&declared),
        "video/mp4" => matches!(&*declared, "audio/mp4" | "video/quicktime" | "audio/x-m4a"),
        "application/octet-stream" => {
            is_opaque_kind(&declared) || declared.starts_with("text/") && !has_controls(bytes)
        }
        _ => false,
    };
    if proper && refines && !bytes.is_empty() {
        // Text in an old charset; its own kind is kept only where nothing would run it.
        let is_text = declared.starts_with("text/") && !is_plain_kind(&declared);
        return if is_text {
            "text/plain".to_owned()
        } else {
            declared
        };
    }
    sniffed.to_owned()
}

/// Office files, which are zip or OLE archives.
fn is_document(declared: &str) -> bool {
    declared.starts_with("application/vnd.")
        || matches!(declared, "application/msword" | "application/epub+zip")
}

/// Kinds of text that nothing runs.
fn is_plain_kind(declared: &str) -> bool {
    matches!(
        declared,
        "text/calendar"
            | "text/csv"
            | "text/markdown"
            | "text/vcard"
            | "text/x-vcard"
            | "text/rfc822-headers"
            | "application/json"
            | "application/pgp-signature"
            | "application/pgp-encrypted"
            | "application/pgp-keys"
            | "application/mbox"
            | "message/rfc822"
            | "message/delivery-status"
            | "message/feedback-report"
    )
}

/// Kinds whose bytes have no fixed beginning.
fn is_opaque_kind(declared: &str) -> bool {
    let media = declared.starts_with("audio/") || declared.starts_with("video/");
    media
        || matches!(
            declared,
            "message/rfc822"
                | "application/pkcs7-mime"
                | "application/x-pkcs7-mime"
                | "application/pkcs7-signature"
                | "application/ms-tnef"
                | "application/pgp-encrypted"
        )
}

fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
    let readable = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The head may end within a character.
        Err(error) => error.error_len().is_none() && head.len() < bytes.len(),
    };
    readable && !has_controls(head)
}

fn has_controls(bytes: &[u8]) -> bool {
    let head = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
    head.iter().any(|byte| *byte < 9 || (14..27).contains(byte))
}

/// Whether a browser may show it within a page.
pub fn is_picture(content_type: &str) -> bool {
    matches!(
        content_type,
        "image/png" | "image/jpeg" | "image/gif" | "image/webp"
    )
}

/// A file name without folders, control characters or anything that turns text around.
pub fn clean_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(c, '\u{2066}'..='\u{2069}')
    };
    let visible: String = base.chars().filter(|c| !hides(*c)).collect();
    let trimmed = visible.trim().trim_start_matches('.').trim();
    let count = trimmed.chars().count();
    if count == 0 {
        return "file".to_owned();
    }
    // The end is kept, for it holds the extension.
    trimmed
        .chars()
        .skip(count.saturating_sub(NAME_CHARS_MAX))
        .collect()
}

/// The `Content-Disposition` under which a file is served (RFC 6266): real pictures in place,
/// everything else as a download.
pub fn disposition(content_type: &str, name: &str) -> String {
    let how = if is_picture(content_type) {
        "inline"
    } else {
        "attachment"
    };
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || " .-_()".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bytes_decide() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n...."), "image/png");
        assert_eq!(sniff(b"\xff\xd8\xff\xe0...."), "image/jpeg");
        assert_eq!(sniff(b"RIFF\x00\x00\x00\x00WEBPVP8 "), "image/webp");
        assert_eq!(sniff(b"RIFF\x00\x00\x00\x00WAVEfmt "), "audio/wav");
        assert_eq!(sniff(b"\x00\x00\x00\x18ftypmp42"), "video/mp4");
        assert_eq!(sniff(b"%PDF-1.7"), "application/pdf");
        assert_eq!(sniff(b""), "text/plain");
        assert_eq!(sniff(b"\x00\x01\x02"), "application/octet-stream");
    }

    #[test]
    fn nothing_a_browser_would_run_is_called_more_than_text() {
        for hostile in [
            "<html><script>",
            "<svg onload=alert(1)>",
            "<?xml version=\"1.0\"?>",
            "GIF",
        ] {
            assert_eq!(sniff(hostile.as_bytes()), "text/plain", "{hostile}");
        }
    }

    #[test]
    fn a_declaration_refines_but_never_misleads() {
        let zip = b"PK\x03\x04....";
        let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        for (declared, bytes, expected) in [
            (docx, &zip[..], docx),
            ("image/png", zip, "application/zip"),
            (
                "image/png",
                b"<html><script>alert(1)</script>",
                "text/plain",
            ),
            ("image/svg+xml", b"<svg onload=alert(1)>", "text/plain"),
            ("text/html", b"<b>hi</b>", "text/plain"),
            ("image/jpeg", b"\x00\x01\x02", "application/octet-stream"),
            ("application/pdf", b"\x89PNG\r\n\x1a\n..", "image/png"),
            ("application/octet-stream", b"%PDF-1.7", "application/pdf"),
            ("text/plain", b"Gr\xfc\xdfe", "text/plain"),
            ("text/html", b"Gr\xfc\xdfe", "text/plain"),
            ("text/calendar", b"BEGIN:VCALENDAR", "text/calendar"),
            ("message/rfc822", b"From: a@x.y", "message/rfc822"),
            ("audio/mpeg", b"\xff\xfb\x90\x00", "audio/mpeg"),
            ("text/calendar\r\nx: y", b"BEGIN", "text/plain"),
        ] {
            assert_eq!(media_type(Some(declared), bytes), expected, "{declared}");
        }
    }

    #[test]
    fn a_character_cut_by_the_look_is_still_text() {
        let text = "ä".repeat(SNIFFED_BYTES);
        assert_eq!(sniff(format!("x{text}").as_bytes()), "text/plain");
    }

    #[test]
    fn names_lose_folders_and_tricks() {
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name("C:\\temp\\a.txt"), "a.txt");
        assert_eq!(clean_name("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(clean_name("\r\n .. "), "file");
        assert!(clean_name(&format!("{}.pdf", "x".repeat(500))).ends_with("x.pdf"));
    }

    #[test]
    fn only_pictures_are_shown_in_place() {
        assert!(disposition("image/png", "a.png").starts_with("inline;"));
        assert!(disposition("text/plain", "a.html").starts_with("attachment;"));
        assert!(disposition("image/svg+xml", "a.svg").starts_with("attachment;"));
        assert_eq!(
            disposition("text/plain", "größe\".txt"),
            "attachment; filename=\"gr__e_.txt\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%22.txt"
        );
    }

    proptest! {
        #[test]
        fn a_disposition_is_always_one_harmless_header(name in "\\PC{0,60}|[\\x00-\\x7f]{0,60}") {
            let header = disposition("text/plain", &clean_name(&name));
            prop_assert!(header.chars().all(|c| c.is_ascii() && !c.is_ascii_control()));
            prop_assert_eq!(header.matches('"').count(), 2);
        }
    }
}
