//! Taking large bodies out of a mail while it streams by. Pure.
//!
//! What is left, the skeleton, is a mail of the same structure that is small enough to be read as
//! a whole: where a file was, stands a mark that names it. A long text keeps its beginning; all of
//! it is taken out as well. Structure is followed as RFC 2046 has it: headers, an empty line, a
//! body that ends at a boundary of any multipart around it.

use super::decode::Decoder;
use crate::email::parse::part_head::{PartHead, part_head};

/// A body of more than this many bytes, as encoded in the mail, is taken out.
pub const BODY_KEPT_MAX: usize = 512 * 1024;
/// Longest line looked at as a whole; a longer one goes on as its own continuation.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// Most bytes kept of one header block, and of text around parts that nobody is shown.
const HEAD_BYTES_MAX: usize = 1_000_000;
const ASIDE_BYTES_MAX: usize = 64 * 1024;

/// What is taken out, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A body begins. A text that keeps its beginning in the skeleton comes with a file name.
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
pub struct Stripper {
    mark: String,
    taken: usize,
    skeleton: Vec<u8>,
    line: Vec<u8>,
    continues: bool,
    boundaries: Vec<Vec<u8>>,
    place: Place,
}

enum Place {
    Head(Vec<u8>),
    /// A body that is small so far.
    Body {
        head: PartHead,
        kept: Vec<u8>,
    },
    /// A body that is being taken out.
    Taken(Decoder),
    /// Before the first and behind the last part of a multipart: so many bytes.
    Aside(usize),
}

impl Stripper {
    /// `mark` is something that no sender can know.
    pub fn new(mark: String) -> Self {
        Self {
            mark,
            taken: 0,
            skeleton: Vec::new(),
            line: Vec::new(),
            continues: false,
            boundaries: Vec::new(),
            place: Place::Head(Vec::new()),
        }
    }

    /// What stands in the skeleton for the body taken out as number `number`, from 0.
    pub fn mark_of(mark: &str, number: usize) -> String {
        format!("evenkeel-{mark}-{number}")
    }

    /// Takes the next bytes; what has to be stored is added to `pieces`.
    pub fn feed(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            for part in line.chunks(LINE_BYTES_MAX) {
                self.line.extend_from_slice(part);
                if part.ends_with(b"\n") || self.line.len() >= LINE_BYTES_MAX {
                    self.take_line(pieces);
                }
            }
        }
    }

    /// The mail is over: answers the skeleton.
    pub fn finish(mut self, pieces: &mut Vec<Piece>) -> Vec<u8> {
        if !self.line.is_empty() {
            self.take_line(pieces);
        }
        self.end_body(pieces);
        self.skeleton
    }

    fn take_line(&mut self, pieces: &mut Vec<Piece>) {
        let line = std::mem::take(&mut self.line);
        let begins = !self.continues;
        self.continues = !line.ends_with(b"\n");
        if begins && let Some(closes) = self.boundary(&line) {
            self.end_body(pieces);
            self.skeleton.extend_from_slice(&line);
            self.place = if closes {
                Place::Aside(0)
            } else {
                Place::Head(Vec::new())
            };
            return;
        }
        match &mut self.place {
            Place::Head(head) => {
                let is_end = begins && line.trim_ascii().is_empty() && !head.is_empty();
                if head.len() < HEAD_BYTES_MAX {
                    head.extend_from_slice(&line);
                    self.skeleton.extend_from_slice(&line);
                } else if is_end {
                    self.skeleton.extend_from_slice(&line);
                }
                if is_end {
                    self.begin_body();
                }
            }
            Place::Body { kept, .. } => {
                kept.extend_from_slice(&line);
                if kept.len() > BODY_KEPT_MAX {
                    self.begin_taking(pieces);
                }
            }
            Place::Taken(decoder) => {
                let bytes = decoder.feed(&line);
                pieces.push(Piece::Bytes(bytes));
            }
            Place::Aside(so_far) => {
                if *so_far < ASIDE_BYTES_MAX {
                    self.skeleton.extend_from_slice(&line);
                    *so_far += line.len();
                }
            }
        }
    }

    /// Whether the line is a boundary of a multipart around here, and whether it closes it. Those
    /// within are over then, closed or not.
    fn boundary(&mut self, line: &[u8]) -> Option<bool> {
        let rest = line.strip_prefix(b"--")?.trim_ascii_end();
        let is = |boundary: &Vec<u8>| rest == boundary.as_slice();
        let closes = |boundary: &Vec<u8>| rest.strip_suffix(b"--") == Some(boundary.as_slice());
        if let Some(at) = self.boundaries.iter().rposition(is) {
            self.boundaries.truncate(at + 1);
            return Some(false);
        }
        let at = self.boundaries.iter().rposition(closes)?;
        self.boundaries.truncate(at);
        Some(true)
    }

    fn begin_body(&mut self) {
        let Place::Head(head) = std::mem::replace(&mut self.place, Place::Aside(0)) else {
            return;
        };
        let head = part_head(&head);
        self.place = match &head.boundary {
            Some(boundary) => {
                self.boundaries.push(boundary.clone());
                Place::Aside(0)
            }
            // A mail within the mail: its headers follow.
            None if head.is_mail => Place::Head(Vec::new()),
            None => Place::Body {
                head,
                kept: Vec::new(),
            },
        };
    }

    /// The body has grown large: what was kept of it is handed out, and a mark takes its place.
    fn begin_taking(&mut self, pieces: &mut Vec<Piece>) {
        let Place::Body { head, kept } = std::mem::replace(&mut self.place, Place::Aside(0)) else {
            return;
        };
        let mut decoder = Decoder::new(head.encoding);
        pieces.push(Piece::Begins { text: head.text });
        pieces.push(Piece::Bytes(decoder.feed(&kept)));
        if head.text.is_some() {
            let end = kept.iter().rposition(|&byte| byte == b'\n');
            let whole = kept.get(..=end.unwrap_or(0)).unwrap_or_default();
            self.skeleton.extend_from_slice(whole);
        } else {
            let mark = Self::mark_of(&self.mark, self.taken);
            self.skeleton.extend(head.encoding.encode(&mark));
            self.skeleton.extend_from_slice(b"\r\n");
        }
        self.taken += 1;
        self.place = Place::Taken(decoder);
    }

    fn end_body(&mut self, pieces: &mut Vec<Piece>) {
        match std::mem::replace(&mut self.place, Place::Aside(0)) {
            Place::Body { kept, .. } => self.skeleton.extend(kept),
            Place::Taken(mut decoder) => {
                pieces.push(Piece::Bytes(decoder.end()));
                pieces.push(Piece::Ends);
            }
            Place::Head(_) | Place::Aside(_) => {}
        }
    }
}
