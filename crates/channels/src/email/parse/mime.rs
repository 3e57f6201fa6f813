//! The MIME structure (RFC 2046) as a flat list of parts. Mails within mails are not opened: they
//! stay files. So the work is bounded by size times [`DEPTH_MAX`], whatever the nesting.

use super::ParseProblem;
use super::fields::Field;
use super::headers::Headers;
use super::transfer::Transfer;

/// Deepest nesting that is opened; what lies deeper stays one file.
const DEPTH_MAX: usize = 20;
/// Most parts read.
const PARTS_MAX: usize = 10_000;
/// Longest boundary compared (RFC 2046, 5.1.1 allows 70).
const BOUNDARY_BYTES_MAX: usize = 250;

/// A part: a container or a leaf.
pub(super) struct Part<'a> {
    pub(super) headers: Headers<'a>,
    pub(super) content_type: Field,
    pub(super) disposition: Field,
    pub(super) transfer: Transfer,
    pub(super) body: &'a [u8],
    pub(super) children: Vec<usize>,
}

impl Part<'_> {
    /// `type/subtype` in lower case.
    pub(super) fn kind(&self) -> &str {
        &self.content_type.value
    }

    pub(super) fn is_container(&self) -> bool {
        self.kind().starts_with("multipart/")
    }

    /// The body with its transfer encoding undone.
    pub(super) fn decoded(&self) -> Vec<u8> {
        self.transfer.decode(self.body)
    }

    /// The file name the sender gave.
    pub(super) fn name(&self, hint: Option<&str>) -> Option<String> {
        self.disposition
            .readable("filename", hint)
            .or_else(|| self.content_type.readable("name", hint))
    }
}

/// Takes a mail apart; the first part is the mail itself.
pub(super) fn read(raw: &[u8]) -> Result<Vec<Part<'_>>, ParseProblem> {
    let mut parts = Vec::new();
    open(raw, "text/plain", 0, &mut parts)?;
    Ok(parts)
}

fn open<'a>(
    raw: &'a [u8],
    default: &str,
    depth: usize,
    parts: &mut Vec<Part<'a>>,
) -> Result<usize, ParseProblem> {
    if parts.len() >= PARTS_MAX {
        return Err(ParseProblem::TooManyParts);
    }
    let (headers, body) = Headers::split(raw);
    let declared: Vec<Field> = headers
        .all("content-type")
        .take(4)
        .map(Field::read)
        .collect();
    let mut content_type = declared.first().cloned().unwrap_or_default();
    content_type.value = settled(&content_type.value, default);
    let disposition = headers.all("content-disposition").next().map(Field::read);
    let at = parts.len();
    let transfer = Transfer::read(&headers.text("content-transfer-encoding"));
    let mut part = Part {
        transfer,
        headers,
        content_type,
        disposition: disposition.unwrap_or_default(),
        body,
        children: Vec::new(),
    };
    if !part.is_container() || depth >= DEPTH_MAX {
        if part.is_container() {
            part.content_type.value = "application/octet-stream".to_owned();
        }
        parts.push(part);
        return Ok(at);
    }
    let Some((preamble, pieces)) = pieces(&part) else {
        // A container without a single boundary line: what is there is meant to be read.
        part.content_type = Field::read(if looks_like_html(body) {
            b"text/html"
        } else {
            b"text/plain"
        });
        parts.push(part);
        return Ok(at);
    };
    let within = if part.kind() == "multipart/digest" {
        "message/rfc822"
    } else {
        "text/plain"
    };
    parts.push(part);
    let mut children = Vec::new();
    if let Some(lost) = lost_part(raw, preamble, &declared).filter(|_| depth > 0) {
        children.push(parts.len());
        parts.push(lost);
    }
    for piece in pieces {
        children.push(open(piece, within, depth.saturating_add(1), parts)?);
    }
    if let Some(container) = parts.get_mut(at) {
        container.children = children;
    }
    Ok(at)
}

/// Two Content-Types in one head: a container whose first part lost its boundary line, so that
/// the container's preamble is that part's text.
fn lost_part<'a>(raw: &'a [u8], preamble: &'a [u8], declared: &[Field]) -> Option<Part<'a>> {
    let inner = declared.get(1)?;
    let readable = inner.value.starts_with("text/") && !preamble.trim_ascii().is_empty();
    let headers = Headers::split(raw).0;
    readable.then(|| Part {
        transfer: Transfer::read(&headers.text("content-transfer-encoding")),
        headers,
        content_type: inner.clone(),
        disposition: Field::default(),
        body: preamble,
        children: Vec::new(),
    })
}

/// A media type that can be relied on, from what was declared.
fn settled(declared: &str, default: &str) -> String {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+/".contains(c);
    let proper = declared.len() <= 120 && declared.chars().all(token);
    match declared {
        "" | "text" | "plain" => default.to_owned(),
        "html" => "text/html".to_owned(),
        _ if proper && declared.contains('/') => declared.to_owned(),
        _ => "application/octet-stream".to_owned(),
    }
}

fn looks_like_html(body: &[u8]) -> bool {
    let head = body.trim_ascii_start();
    let begins = |with: &[u8]| {
        head.get(..with.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(with))
    };
    begins(b"<html") || begins(b"<!doctype html")
}

/// What lies before the first boundary line, and the pieces between them; `None` when there is
/// no such line, not even of a boundary nobody declared.
fn pieces<'a>(container: &Part<'a>) -> Option<(&'a [u8], Vec<&'a [u8]>)> {
    let body = container.body;
    let declared = container.content_type.parameter("boundary");
    declared
        .and_then(|boundary| split(body, boundary.as_bytes()))
        .or_else(|| split(body, guessed_boundary(body)?))
}

fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Option<(&'a [u8], Vec<&'a [u8]>)> {
    if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES_MAX {
        return None;
    }
    let mut pieces = Vec::new();
    let mut preamble = None;
    let mut start = Some(0_usize);
    let mut at = 0_usize;
    for line in body.split_inclusive(|b| *b == b'\n') {
        let line_start = at;
        at = at.saturating_add(line.len());
        let Some(closes) = delimits(line, boundary) else {
            continue;
        };
        if let Some(piece) = start.and_then(|start| body.get(start..line_start)) {
            let piece = without_line_end(piece);
            match preamble {
                None => preamble = Some(piece),
                Some(_) => pieces.push(piece),
            }
        }
        if pieces.len() > PARTS_MAX {
            break;
        }
        start = (!closes).then_some(at);
    }
    let preamble = preamble?;
    // The last boundary line is missing: the mail was cut off, or its writer was careless.
    if let Some(piece) = start.and_then(|start| body.get(start..)) {
        pieces.push(piece);
    }
    Some((preamble, pieces))
}

/// Whether a line is a boundary line, and whether it is the last one.
fn delimits(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    match rest.trim_ascii() {
        b"" => Some(false),
        b"--" | b"-" => Some(true),
        _ => None,
    }
}

fn without_line_end(piece: &[u8]) -> &[u8] {
    let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
    piece.strip_suffix(b"\r").unwrap_or(piece)
}

/// The boundary of the first line that looks like one: two dashes, with a header below.
fn guessed_boundary(body: &[u8]) -> Option<&[u8]> {
    let mut lines = body.split(|b| *b == b'\n').peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_ascii_end();
        let Some(boundary) = line.strip_prefix(b"--").filter(|b| !b.is_empty()) else {
            continue;
        };
        let next = lines.peek()?;
        let header = next
            .get(..8)
            .is_some_and(|head| head.eq_ignore_ascii_case(b"content-"));
        if header && boundary.len() <= BOUNDARY_BYTES_MAX {
            return Some(boundary);
        }
    }
    None
}
