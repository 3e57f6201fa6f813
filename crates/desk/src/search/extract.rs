//! The text in files: plain text, HTML, Word documents and PDF.
//!
//! Files come from strangers, so each is read on a thread of its own with a stack of its own, its
//! panics end there, and what takes too long or is too large stays unread.

use std::io::{Cursor, Read};
use std::time::Duration;

use quick_xml::Reader;
use quick_xml::events::Event;
use tokio::sync::Semaphore;

use crate::html;

/// Larger files are found by their name only, in bytes.
pub const FILE_BYTES_MAX: i64 = 20 * 1024 * 1024;
/// The most text of one file that is looked at, in bytes.
const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// The most that a document may unpack to, in bytes.
const UNPACKED_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// How long reading a file may take.
const READ_TIME_MAX: Duration = Duration::from_secs(10);
/// The stack of the reading thread, in bytes: formats nest.
const STACK_BYTES: usize = 32 * 1024 * 1024;
/// Files read at once; one that never ends keeps its place until the process does.
static READING: Semaphore = Semaphore::const_new(2);

/// Whether a file of this type and size is read at all.
pub fn is_read(content_type: &str, size: i64) -> bool {
    size <= FILE_BYTES_MAX && kind(content_type).is_some()
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Pdf,
    Word,
}

fn kind(content_type: &str) -> Option<Kind> {
    match content_type {
        "application/pdf" => Some(Kind::Pdf),
        "application/zip" => Some(Kind::Word),
        "application/json" | "message/rfc822" => Some(Kind::Text),
        other if other.contains("wordprocessingml") => Some(Kind::Word),
        other if other.starts_with("text/") => Some(Kind::Text),
        _ => None,
    }
}

/// The text of a file; empty when it holds none or can't be read.
pub async fn text(content_type: &str, bytes: Vec<u8>) -> String {
    let Some(kind) = kind(content_type) else {
        return String::new();
    };
    // Waiting in vain for a place would hold up the reader, so the file is left unread instead.
    let Ok(Ok(place)) = tokio::time::timeout(READ_TIME_MAX, READING.acquire()).await else {
        return String::new();
    };
    let (send, receive) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("file-text".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let _place = place;
            // Nobody waits any more when it took too long.
            let _ = send.send(read(kind, &bytes));
        });
    if let Err(error) = thread {
        tracing::warn!(%error, "no thread to read a file");
        return String::new();
    }
    // A panic drops the sender, which ends the wait.
    let answer = tokio::time::timeout(READ_TIME_MAX, receive).await;
    let text = answer.ok().and_then(Result::ok).unwrap_or_default();
    cut(text)
}

fn cut(mut text: String) -> String {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

fn read(kind: Kind, bytes: &[u8]) -> String {
    match kind {
        Kind::Text => plain(bytes),
        Kind::Pdf => pdf_extract::extract_text_from_mem(bytes).unwrap_or_default(),
        Kind::Word => word(bytes).unwrap_or_default(),
    }
}

fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..TEXT_BYTES_MAX).unwrap_or(bytes));
    let start: String = text.trim_start().chars().take(20).collect();
    let start = start.to_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return html::sanitise(&text).text;
    }
    text.into_owned()
}

/// The text of a Word document (ECMA-376): `w:t` elements of the main part, a line for each
/// paragraph. `None` for other archives.
fn word(bytes: &[u8]) -> Option<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let part = archive.by_name("word/document.xml").ok()?;
    let mut xml = Vec::new();
    part.take(UNPACKED_BYTES_MAX).read_to_end(&mut xml).ok()?;
    let mut reader = Reader::from_reader(xml.as_slice());
    let mut text = String::new();
    let mut inside = false;
    while text.len() < TEXT_BYTES_MAX {
        match reader.read_event().ok()? {
            Event::Start(tag) if tag.local_name().as_ref() == b"t" => inside = true,
            Event::End(tag) => match tag.local_name().as_ref() {
                b"t" => inside = false,
                b"p" => text.push('\n'),
                _ => {}
            },
            Event::Empty(tag) if matches!(tag.local_name().as_ref(), b"tab" | b"br") => {
                text.push(' ');
            }
            Event::Text(piece) if inside => text.push_str(&piece.decode().ok()?),
            Event::GeneralRef(name) if inside => {
                let entity = match name.resolve_char_ref() {
                    Ok(Some(c)) => Some(c.to_string()),
                    _ => quick_xml::escape::resolve_xml_entity(&name.decode().ok()?)
                        .map(str::to_owned),
                };
                text.push_str(&entity.unwrap_or_default());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn docx(xml: &str) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file("word/document.xml", options).unwrap();
        archive.write_all(xml.as_bytes()).unwrap();
        archive.finish().unwrap().into_inner()
    }

    /// A PDF of one page that says "Hello World", by hand (ISO 32000).
    fn pdf() -> Vec<u8> {
        let stream = "BT /F1 24 Tf 72 720 Td (Hello World) Tj ET";
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
             /Resources << /Font << /F1 5 0 R >> >> >>"
                .to_owned(),
            format!(
                "<< /Length {} >>\nstream\n{stream}\nendstream",
                stream.len()
            ),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica \
             /Encoding /WinAnsiEncoding >>"
                .to_owned(),
        ];
        let mut file = String::from("%PDF-1.4\n");
        let mut places = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            places.push(file.len());
            file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
        }
        let table = file.len();
        file.push_str("xref\n0 6\n0000000000 65535 f \n");
        for place in places {
            file.push_str(&format!("{place:010} 00000 n \n"));
        }
        file.push_str(&format!(
            "trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
        ));
        file.into_bytes()
    }

    #[tokio::test]
    async fn each_kind_of_file_gives_its_text() {
        let xml = "<w:document xmlns:w=\"x\"><w:body><w:p><w:r><w:t>Ofer &amp; Söhne</w:t></w:r>\
            </w:p><w:p><w:r><w:t>Ende</w:t></w:r></w:p></w:body></w:document>";
        for (kind, bytes, wanted) in [
            ("text/plain", b"just text".to_vec(), "just text"),
            (
                "text/plain",
                b"<html><p>Hi <b>you</b></p></html>".to_vec(),
                "Hi you",
            ),
            ("application/zip", docx(xml), "Ofer & Söhne\nEnde\n"),
            ("image/png", b"pixels".to_vec(), ""),
        ] {
            assert_eq!(text(kind, bytes).await, wanted, "{kind}");
        }
        let read = text("application/pdf", pdf()).await;
        assert!(read.contains("Hello World"), "{read:?}");
    }

    #[tokio::test]
    async fn broken_files_give_no_text_and_break_nothing() {
        for kind in ["application/pdf", "application/zip"] {
            for bytes in [&b""[..], b"%PDF-1.4 \xff\xfe broken", b"PK\x03\x04 broken"] {
                assert_eq!(text(kind, bytes.to_vec()).await, "", "{kind}");
            }
            let cut = pdf();
            let half = cut.get(..cut.len() / 2).unwrap_or_default().to_vec();
            let _ = text(kind, half).await;
        }
    }
}
