//! Cutting large bodies out of a mail while it streams by. Pure.
//!
//! What is left, the skeleton, is a mail of the same structure that is small enough to be read as
//! a whole: of a large body it has the beginning and a mark that names the rest. Structure is
//! followed as the reader of whole mails does it: headers, an empty line, a body that ends at a
//! boundary of any multipart around it; mails within mails stay bodies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::decode::Decoder;
use crate::email::parse::part_head::{PartHead, begins_head, head_goes_on, part_head};
use crate::email::parse::transfer::Transfer;

/// A body of more than this many bytes, as encoded in the mail, is cut.
pub(super) const BODY_KEPT_MAX: usize = 512 * 1024;
/// What is left of a file, decoded: enough to tell what it is. Of a text it is all that is kept.
const HEAD_KEPT: usize = 12 * 1024;
/// From this size on, the skeleton takes in less of each further body.
const LARGE_BYTES: usize = 1024 * 1024;
const BODY_KEPT_THEN: usize = 16 * 1024;
const HEAD_KEPT_THEN: usize = 3 * 1024;
/// A skeleton that grows beyond this has more parts and headers than anybody writes.
const SKELETON_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest line looked at as a whole; a longer one goes on as its own continuation.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// Most bytes kept of one header block, and of text around parts.
const HEAD_BYTES_MAX: usize = 1_000_000;
const ASIDE_BYTES_MAX: usize = 64 * 1024;
/// Deepest nesting that is opened, and longest boundary compared, as for whole mails.
const DEPTH_MAX: usize = 20;
const BOUNDARY_BYTES_MAX: usize = 250;
/// How a winmail.dat begins: half of one would be taken for a whole.
const TNEF: &[u8] = &[0x78, 0x9F, 0x3E, 0x22];

/// What is cut out, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A body begins; a text comes with a file name.
    Begins {
        /// The name of the file that holds all of a long text.
        text: Option<&'static str>,
    },
    /// Its next bytes, decoded.
    Bytes(Vec<u8>),
    /// It ends.
    Ends,
}

/// Follows a mail from its first byte to its last.
pub(super) struct Stripper {
    mark: String,
    cut: usize,
    skeleton: Vec<u8>,
    line: Vec<u8>,
    continues: bool,
    boundaries: Vec<Option<Vec<u8>>>,
    place: Place,
}

enum Place {
    Head(Head),
    /// A body that is small so far.
    Body {
        head: PartHead,
        kept: Vec<u8>,
    },
    /// A body that is being cut out; the end of a line waits, since it may be the boundary's.
    Taken {
        decoder: Decoder,
        end: Vec<u8>,
    },
    /// Before the first and behind the last part of a multipart.
    Aside {
        kept: usize,
        /// The last line that could be a boundary nobody declared.
        boundary: Option<Vec<u8>>,
    },
}

#[derive(Default)]
struct Head {
    block: Vec<u8>,
    /// A line of white space, which may be the end or a fold.
    doubt: Option<Vec<u8>>,
}

impl Place {
    fn aside() -> Self {
        Self::Aside {
            kept: 0,
            boundary: None,
        }
    }
}

impl Stripper {
    /// `mark` is something that no sender can know.
    pub(super) fn new(mark: String) -> Self {
        Self {
            mark,
            cut: 0,
            skeleton: Vec::new(),
            line: Vec::new(),
            continues: false,
            boundaries: Vec::new(),
            place: Place::Head(Head::default()),
        }
    }

    /// What stands in the skeleton behind the beginning of the body cut as number `number`, from 0.
    pub(super) fn mark_of(mark: &str, number: usize) -> String {
        format!("evenkeel-{mark}-{number}-")
    }

    /// Takes the next bytes; what was cut out is added to `pieces`.
    pub(super) fn feed(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            for part in line.chunks(LINE_BYTES_MAX) {
                self.line.extend_from_slice(part);
                if part.ends_with(b"\n") || self.line.len() >= LINE_BYTES_MAX {
                    self.take_line(pieces);
                }
            }
        }
    }

    /// The mail is over: answers how many bodies were cut, and the skeleton; `None` when it has
    /// more parts than anybody writes.
    pub(super) fn finish(mut self, pieces: &mut Vec<Piece>) -> (usize, Option<Vec<u8>>) {
        if !self.line.is_empty() {
            self.take_line(pieces);
        }
        if let Place::Taken { decoder, end } = &mut self.place {
            // No boundary owns it.
            let bytes = decoder.feed(&std::mem::take(end));
            pieces.push(Piece::Bytes(bytes));
        }
        self.end_body(pieces);
        let fits = self.skeleton.len() <= SKELETON_BYTES_MAX;
        (self.cut, fits.then_some(self.skeleton))
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.skeleton.len() <= SKELETON_BYTES_MAX {
            self.skeleton.extend_from_slice(bytes);
        }
    }

    fn take_line(&mut self, pieces: &mut Vec<Piece>) {
        let line = std::mem::take(&mut self.line);
        let begins = !self.continues;
        self.continues = !line.ends_with(b"\n");
        if begins && let Some(closes) = self.boundary(&line) {
            self.end_body(pieces);
            self.keep(&line);
            self.place = if closes {
                Place::aside()
            } else {
                Place::Head(Head::default())
            };
        } else {
            self.follow(line, begins, pieces);
        }
        if self.line.capacity() == 0 {
            self.line.reserve(128);
        }
    }

    fn follow(&mut self, line: Vec<u8>, begins: bool, pieces: &mut Vec<Piece>) {
        match &mut self.place {
            Place::Head(_) => self.follow_head(line, begins, pieces),
            Place::Body { head, kept } => {
                kept.extend_from_slice(&line);
                let most = if self.skeleton.len() > LARGE_BYTES {
                    BODY_KEPT_THEN
                } else {
                    BODY_KEPT_MAX
                };
                if kept.len() > most {
                    let (head, kept) = (head.clone(), std::mem::take(kept));
                    self.begin_taking(&head, &kept, pieces);
                }
            }
            Place::Taken { decoder, end } => {
                let (text, line_end) = line.split_at(line.len() - end_of_line(&line));
                let held = std::mem::replace(end, line_end.to_vec());
                let mut bytes = decoder.feed(&held);
                bytes.append(&mut decoder.feed(text));
                pieces.push(Piece::Bytes(bytes));
            }
            Place::Aside { kept, boundary } => {
                *kept = kept.saturating_add(line.len());
                let kept = *kept;
                let is_part = begins
                    && line
                        .get(..8)
                        .is_some_and(|it| it.eq_ignore_ascii_case(b"content-"));
                if let Some(guessed) = boundary.take().filter(|_| is_part) {
                    // A boundary nobody declared, or not that one.
                    if let Some(last) = self.boundaries.last_mut() {
                        *last = Some(guessed);
                        self.place = Place::Head(Head::default());
                        return self.follow_head(line, begins, pieces);
                    }
                }
                let dashes = line.strip_prefix(b"--").filter(|_| begins);
                let dashes = dashes
                    .map(<[u8]>::trim_ascii_end)
                    .filter(|it| !it.is_empty());
                if let Place::Aside { boundary, .. } = &mut self.place {
                    *boundary = dashes.map(<[u8]>::to_vec);
                }
                if kept <= ASIDE_BYTES_MAX {
                    self.keep(&line);
                } else {
                    // More than anybody writes there: kept as a file, so that nothing is lost.
                    let head = PartHead {
                        is_container: false,
                        boundary: None,
                        transfer: Transfer::Plain,
                        text: Some("text.txt"),
                    };
                    self.begin_taking(&head, &line, pieces);
                }
            }
        }
    }

    fn follow_head(&mut self, line: Vec<u8>, begins: bool, pieces: &mut Vec<Piece>) {
        let is_mail = self.boundaries.is_empty();
        let Place::Head(head) = &mut self.place else {
            return;
        };
        if let Some(doubt) = head.doubt.take() {
            if !head_goes_on(&line) {
                head.block.extend_from_slice(&doubt);
                self.begin_body();
                return self.follow(line, begins, pieces);
            }
            head.block.extend_from_slice(&doubt);
        }
        let blank = begins && line.trim_ascii().is_empty();
        let first = head.block.is_empty();
        if first && is_mail && (blank || line.starts_with(b"From ") || line.starts_with(b">From "))
        {
            // What may stand before the headers of a mail.
            self.keep(&line);
            return;
        }
        if first && !blank && !begins_head(&line) {
            // A part without headers.
            self.begin_body();
            return self.follow(line, begins, pieces);
        }
        let has_room = head.block.len() < HEAD_BYTES_MAX;
        if blank && !first && matches!(line.first(), Some(b' ' | b'\t')) {
            head.doubt = Some(line.clone());
        } else if has_room {
            head.block.extend_from_slice(&line);
        }
        let is_doubted = head.doubt.is_some();
        if has_room || blank {
            self.keep(&line);
        }
        if blank && !is_doubted {
            self.begin_body();
        }
    }

    /// Whether the line is a boundary of a multipart around here, and whether it closes it. Those
    /// within are over then, closed or not.
    fn boundary(&mut self, line: &[u8]) -> Option<bool> {
        let rest = line.strip_prefix(b"--")?;
        for (at, boundary) in self.boundaries.iter().enumerate() {
            let behind = boundary.as_deref().and_then(|it| rest.strip_prefix(it));
            let closes = match behind.map(<[u8]>::trim_ascii) {
                Some(b"") => false,
                Some(b"--" | b"-") => true,
                _ => continue,
            };
            self.boundaries.truncate(at.saturating_add(1));
            return Some(closes);
        }
        None
    }

    fn begin_body(&mut self) {
        let Place::Head(head) = std::mem::replace(&mut self.place, Place::aside()) else {
            return;
        };
        let head = part_head(&head.block);
        if head.is_container && self.boundaries.len() < DEPTH_MAX {
            let proper = |it: &Vec<u8>| it.len() <= BOUNDARY_BYTES_MAX;
            self.boundaries.push(head.boundary.filter(proper));
        } else {
            self.place = Place::Body {
                head,
                kept: Vec::new(),
            };
        }
    }

    /// The body has grown large: what was kept of it is handed out, and its beginning and a mark
    /// take its place.
    fn begin_taking(&mut self, head: &PartHead, kept: &[u8], pieces: &mut Vec<Piece>) {
        let mut decoder = Decoder::new(head.transfer);
        let (text, end) = kept.split_at(kept.len() - end_of_line(kept));
        let first = decoder.feed(text);
        let most = match (head.text, self.skeleton.len() > LARGE_BYTES) {
            (Some(_), false) => BODY_KEPT_MAX,
            (None, false) => HEAD_KEPT,
            (_, true) => HEAD_KEPT_THEN,
        };
        let mark = Self::mark_of(&self.mark, self.cut);
        self.cut += 1;
        match head.transfer {
            Transfer::Base64 => {
                let most = if first.starts_with(TNEF) { 0 } else { most };
                let begun = [first.get(..most).unwrap_or(&first), mark.as_bytes()].concat();
                for line in STANDARD.encode(begun).as_bytes().chunks(76) {
                    self.keep(line);
                    self.keep(b"\r\n");
                }
            }
            Transfer::Plain | Transfer::QuotedPrintable => {
                let begun = beginning(kept, if first.starts_with(TNEF) { 0 } else { most });
                self.keep(begun);
                self.keep(mark.as_bytes());
                self.keep(b"\r\n");
            }
            Transfer::Uuencode => {
                self.keep(mark.as_bytes());
                self.keep(b"\r\n");
            }
        }
        pieces.push(Piece::Begins { text: head.text });
        pieces.push(Piece::Bytes(first));
        self.place = Place::Taken {
            decoder,
            end: end.to_vec(),
        };
    }

    fn end_body(&mut self, pieces: &mut Vec<Piece>) {
        match std::mem::replace(&mut self.place, Place::aside()) {
            Place::Body { kept, .. } => self.keep(&kept),
            Place::Taken { mut decoder, .. } => {
                pieces.push(Piece::Bytes(decoder.end()));
                pieces.push(Piece::Ends);
            }
            Place::Head(_) | Place::Aside { .. } => {}
        }
    }
}

/// How many bytes of a line are its end; half an end counts too.
fn end_of_line(line: &[u8]) -> usize {
    match line {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n' | b'\r'] => 1,
        _ => 0,
    }
}

/// The beginning of an encoded body, cut where nothing is torn.
fn beginning(kept: &[u8], most: usize) -> &[u8] {
    let cut = kept.get(..most).unwrap_or(kept);
    let end = match cut.iter().rposition(|&byte| byte == b'\n') {
        Some(at) => at.saturating_add(1),
        // A single long line: an escape of quoted-printable has three letters.
        None => {
            let from = cut.len().saturating_sub(2);
            let last = cut.get(from..).unwrap_or_default();
            let sign = last.iter().position(|&byte| byte == b'=');
            sign.map_or(cut.len(), |at| from.saturating_add(at))
        }
    };
    cut.get(..end).unwrap_or_default()
}
