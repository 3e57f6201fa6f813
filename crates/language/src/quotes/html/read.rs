//! A document as lines, as a person sees them.

use std::borrow::Cow;

use super::super::lines::{LINE_BYTES_MAX, Line, Mark, PICTURE, quoted, trim};
use super::clients::meaning;
use super::tree::{Id, Tree};

/// Where a line begins: a text, picture, break or rule, and how far into the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The node.
    pub node: Id,
    /// The byte in its text.
    pub offset: usize,
}

/// What is no text for people.
pub(super) const SILENT: &[&str] = &[
    "script",
    "style",
    "title",
    "head",
    "template",
    "noscript",
    "iframe",
    "object",
    "embed",
    "svg",
    "math",
    "select",
    "textarea",
    "xmp",
    "noembed",
    "noframes",
    "plaintext",
    "audio",
    "video",
    "canvas",
];
/// What stands on lines of its own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "html",
    "li",
    "listing",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
    "caption",
];

/// The lines of a document, and where each begins.
pub(super) fn lines(tree: &Tree) -> (Vec<Line<'static>>, Vec<Place>) {
    let mut reader = Reader::default();
    let root = tree.root();
    let mut next = tree.get(root).and_then(|it| it.first);
    while let Some(id) = next {
        let enters = reader.open(tree, id);
        next = tree.get(id).and_then(|it| it.first).filter(|_| enters);
        let mut at = id;
        while next.is_none() && at != root {
            reader.close(tree, at);
            let Some(node) = tree.get(at) else {
                break;
            };
            next = node.after;
            at = node.parent.unwrap_or(root);
        }
    }
    reader.flush();
    (reader.lines, reader.places)
}

/// An element that changes what its lines are, and is not yet closed.
struct Frame {
    id: Id,
    is_quote: bool,
    is_pre: bool,
    mark: Mark,
}

#[derive(Default)]
struct Reader {
    lines: Vec<Line<'static>>,
    places: Vec<Place>,
    frames: Vec<Frame>,
    depth: u32,
    pre: u32,
    /// How many signatures and attributions are open.
    signatures: u32,
    attributions: u32,
    /// What the next line is.
    pending: Mark,
    text: String,
    start: Option<Place>,
    is_long: bool,
}

impl Reader {
    /// Enters a node, and says whether to go into it.
    fn open(&mut self, tree: &Tree, id: Id) -> bool {
        if let Some(text) = tree.text(id) {
            self.read_text(id, text);
            return false;
        }
        let Some(name) = tree.name(id) else {
            return false;
        };
        if SILENT.contains(&name) {
            return false;
        }
        if BLOCKS.contains(&name) {
            self.flush();
        }
        let found = meaning(tree, id, name);
        let is_pre = matches!(name, "pre" | "listing") || keeps_lines(tree, id);
        if found.is_quote || is_pre || found.mark != Mark::None {
            self.enter(Frame {
                id,
                is_quote: found.is_quote,
                is_pre,
                mark: found.mark,
            });
        }
        match name {
            "br" => self.break_line(id),
            "hr" => self.rule(id),
            "img" if !is_pixel(tree, id) => self.push(PICTURE, id, 0),
            // Cells stand side by side.
            "td" | "th" if !self.text.is_empty() => self.text.push(' '),
            _ => {}
        }
        true
    }

    fn enter(&mut self, frame: Frame) {
        // A line does not go on where a quote begins or a signature.
        self.flush();
        self.depth = self.depth.saturating_add(u32::from(frame.is_quote));
        self.pre = self.pre.saturating_add(u32::from(frame.is_pre));
        match frame.mark {
            Mark::Signature => self.signatures = self.signatures.saturating_add(1),
            Mark::Attribution => self.attributions = self.attributions.saturating_add(1),
            Mark::Opening if self.pending == Mark::None => self.pending = Mark::Opening,
            Mark::Start => self.pending = Mark::Start,
            _ => {}
        }
        self.frames.push(frame);
    }

    fn close(&mut self, tree: &Tree, id: Id) {
        if tree.name(id).is_some_and(|name| BLOCKS.contains(&name)) {
            self.flush();
        }
        if self.frames.last().is_none_or(|frame| frame.id != id) {
            return;
        }
        let Some(frame) = self.frames.pop() else {
            return;
        };
        self.flush();
        self.depth = self.depth.saturating_sub(u32::from(frame.is_quote));
        self.pre = self.pre.saturating_sub(u32::from(frame.is_pre));
        match frame.mark {
            Mark::Signature => self.signatures = self.signatures.saturating_sub(1),
            Mark::Attribution => self.attributions = self.attributions.saturating_sub(1),
            _ => {}
        }
        if frame.mark == self.pending {
            self.pending = Mark::None;
        }
    }

    fn push(&mut self, c: char, id: Id, offset: usize) {
        self.start.get_or_insert(Place { node: id, offset });
        self.text.push(c);
    }

    fn read_text(&mut self, id: Id, text: &str) {
        if self.pre > 0 {
            let mut offset = 0_usize;
            for line in text.split_inclusive('\n') {
                self.words(id, offset, line);
                if line.ends_with('\n') {
                    self.start.get_or_insert(Place { node: id, offset });
                    self.flush_line();
                }
                offset = offset.saturating_add(line.len());
            }
        } else {
            self.words(id, 0, text);
        }
    }

    /// Adds words to the line, with single spaces between them.
    fn words(&mut self, id: Id, offset: usize, text: &str) {
        if text.starts_with(|c: char| c.is_ascii_whitespace()) && !self.text.is_empty() {
            self.text.push(' ');
        }
        let mut is_first = true;
        for word in text.split_ascii_whitespace() {
            if self.text.len().saturating_add(word.len()) > LINE_BYTES_MAX {
                self.is_long = true;
                if !self.text.is_empty() {
                    break;
                }
            }
            self.start.get_or_insert(Place { node: id, offset });
            if !is_first {
                self.text.push(' ');
            }
            is_first = false;
            let cut = word
                .char_indices()
                .nth(LINE_BYTES_MAX)
                .map_or(word.len(), |(at, _)| at);
            self.text.push_str(word.get(..cut).unwrap_or_default());
        }
        if !is_first && text.ends_with(|c: char| c.is_ascii_whitespace()) {
            self.text.push(' ');
        }
    }

    fn break_line(&mut self, id: Id) {
        self.start.get_or_insert(Place {
            node: id,
            offset: 0,
        });
        self.flush_line();
    }

    fn rule(&mut self, id: Id) {
        self.flush();
        let pending = std::mem::take(&mut self.pending);
        let mark = if pending == Mark::Start {
            Mark::Start
        } else {
            Mark::Rule
        };
        self.add(
            Line {
                depth: self.depth,
                mark,
                ..Line::default()
            },
            Place {
                node: id,
                offset: 0,
            },
        );
    }

    /// Ends the line if anything stands on it.
    fn flush(&mut self) {
        if self.start.is_some() {
            self.flush_line();
        }
        self.text.clear();
    }

    fn flush_line(&mut self) {
        let Some(place) = self.start.take() else {
            return;
        };
        let is_long = std::mem::take(&mut self.is_long);
        let (marks, rest) = quoted(trim(&self.text));
        let text = trim(rest).to_owned();
        let mark = if text.is_empty() {
            Mark::None
        } else if self.signatures > 0 {
            Mark::Signature
        } else if self.attributions > 0 {
            Mark::Attribution
        } else {
            std::mem::take(&mut self.pending)
        };
        self.text.clear();
        self.add(
            Line {
                depth: self.depth.saturating_add(marks),
                is_long,
                is_delimiter: false,
                mark,
                text: Cow::Owned(text),
            },
            place,
        );
    }

    fn add(&mut self, line: Line<'static>, place: Place) {
        self.lines.push(line);
        self.places.push(place);
    }
}

/// Whether line ends in its text are shown as such.
fn keeps_lines(tree: &Tree, id: Id) -> bool {
    let style = tree.attribute(id, "style").unwrap_or_default();
    style.contains("white-space:pre") || style.contains("white-space: pre")
}

/// Whether a picture is too small to show anything.
fn is_pixel(tree: &Tree, id: Id) -> bool {
    let tiny = |name: &str| {
        let value = tree.attribute(id, name).unwrap_or_default();
        matches!(value.trim_end_matches("px"), "0" | "1" | "2")
    };
    let style = tree.attribute(id, "style").unwrap_or_default();
    tiny("width")
        || tiny("height")
        || style.contains("display:none")
        || style.contains("display: none")
}
