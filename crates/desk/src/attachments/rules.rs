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
];

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

fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
    let readable = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The head may end within a character.
        Err(error) => error.error_len().is_none() && head.len() < bytes.len(),
    };
    readable && !head.iter().any(|byte| *byte < 9 || (14..27).contains(byte))
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
