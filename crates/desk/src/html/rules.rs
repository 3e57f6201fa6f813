//! The allow-list and the rewriting.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use kernel::ids::AttachmentId;
use language::quotes::{FOLD_ATTRIBUTE, Kind, tamed, written};

use super::limits::{shallow, within};
use super::plain::to_text;

/// Where the files of messages are served.
pub const ATTACHMENT_PATH: &str = "/api/v1/attachments/";
/// The longest body that is read; what is behind is cut off.
pub const HTML_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The longest snippet, in characters.
pub const SNIPPET_CHARS_MAX: usize = 160;

const TAGS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Elements whose content is not text for people, so it goes with them.
const DROPPED_WHOLE: &[&str] = &[
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

const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href", "title"]),
    ("blockquote", &["type"]),
    ("col", &["span", "width"]),
    ("colgroup", &["span", "width"]),
    ("div", &[FOLD_ATTRIBUTE]),
    ("font", &["color", "face", "size"]),
    ("img", &["src", "alt", "title", "width", "height"]),
    ("ol", &["start", "type"]),
    (
        "table",
        &[
            "align",
            "bgcolor",
            "border",
            "cellpadding",
            "cellspacing",
            "width",
        ],
    ),
    (
        "td",
        &["align", "bgcolor", "colspan", "rowspan", "valign", "width"],
    ),
    (
        "th",
        &["align", "bgcolor", "colspan", "rowspan", "valign", "width"],
    ),
    ("tr", &["align", "bgcolor", "valign"]),
];

/// Properties that can neither place a box elsewhere nor load anything.
const STYLES: &[&str] = &[
    "background-color",
    "color",
    "direction",
    "font-style",
    "font-weight",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
];

/// What is left of foreign HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clean {
    /// The harmless HTML.
    pub html: String,
    /// The same as plain text.
    pub text: String,
    /// The beginning of the text, for lists.
    pub snippet: String,
    /// Whether images wait in `data-src`.
    pub has_remote_images: bool,
}

/// The plain text of foreign HTML. It is text: nothing in it runs, and it must not be taken for
/// HTML again.
pub fn plain_text(source: &str) -> String {
    to_text(&tamed(&shallow(within(source, HTML_BYTES_MAX))))
}

/// Makes foreign HTML harmless.
///
/// Images of the mail itself keep `src="cid:…"` until [`link_inline`] points them at their files.
pub fn sanitise(html: &str) -> Clean {
    clean(&tamed(&shallow(within(html, HTML_BYTES_MAX))))
}

/// The same for HTML that is neither too long nor too deep.
pub(super) fn clean(html: &str) -> Clean {
    static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(builder);
    let marked = BUILDER.clean(html).to_string();
    let has_remote_images = marked.contains(REMOTE);
    let html = marked
        .replace(REMOTE, "data-src=\"")
        .replace(LINK, "<a target=\"_blank\" ");
    let text = to_text(&html);
    let snippet = snippet(&text);
    Clean {
        html,
        text,
        snippet,
        has_remote_images,
    }
}

// The filter can change a value but not rename an attribute, so remote images are marked by a
// scheme that no browser loads and renamed in the serialised text. Someone who writes the mark as
// text only changes the text.
const REMOTE: &str = "src=\"x-remote:";
// The serialiser writes every link with attributes like this, since each has a `rel`.
const LINK: &str = "<a ";

fn builder() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(DROPPED_WHOLE.iter().copied().collect())
        .tag_attributes(attributes())
        .generic_attributes(HashSet::from(["dir", "lang", "style"]))
        .filter_style_properties(STYLES.iter().copied().collect())
        .url_schemes(HashSet::from([
            "http", "https", "mailto", "tel", "cid", "data",
        ]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(filter);
    builder
}

fn attributes() -> HashMap<&'static str, HashSet<&'static str>> {
    ATTRIBUTES
        .iter()
        .map(|(tag, names)| (*tag, names.iter().copied().collect()))
        .collect()
}

fn filter<'v>(tag: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    match (tag, attribute) {
        ("img", "src") => image(value),
        ("div", FOLD_ATTRIBUTE) => [Kind::Quote, Kind::Signature]
            .iter()
            .any(|kind| kind.name() == value)
            .then_some(Cow::Borrowed(value)),
        (_, "href") => link(value).then_some(Cow::Borrowed(value)),
        (_, "style") => Some(Cow::Owned(style(value))),
        _ => Some(Cow::Borrowed(value)),
    }
}

fn image(source: &str) -> Option<Cow<'_, str>> {
    let trimmed = source.trim();
    let lower = trimmed.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Some(Cow::Owned(format!("x-remote:{trimmed}")));
    }
    if let Some(protocol_relative) = trimmed.strip_prefix("//") {
        return Some(Cow::Owned(format!("x-remote:https://{protocol_relative}")));
    }
    let own = trimmed
        .strip_prefix(ATTACHMENT_PATH)
        .is_some_and(|id| id.parse::<u32>().is_ok());
    let embedded = ["png", "jpeg", "gif", "webp"]
        .iter()
        .any(|kind| lower.starts_with(&format!("data:image/{kind};base64,")));
    (own || embedded || lower.starts_with("cid:")).then_some(Cow::Borrowed(trimmed))
}

fn link(target: &str) -> bool {
    let lower = target.trim().to_ascii_lowercase();
    ["http://", "https://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| lower.starts_with(scheme))
}

/// Drops every declaration that could load something or hide behind an escape.
fn style(declarations: &str) -> String {
    let harmless = |declaration: &&str| {
        let lower = declaration.to_ascii_lowercase();
        let colour = lower.contains("rgb(") || lower.contains("rgba(");
        !lower.contains(['\\', '@', '<', '"', '\'', '/'])
            && (colour || !lower.contains('('))
            && !lower.contains("url")
    };
    declarations
        .split(';')
        .filter(harmless)
        .collect::<Vec<_>>()
        .join(";")
}

/// The beginning of a text for lists: one line, without quotes and signatures.
pub fn snippet(text: &str) -> String {
    let own = written(text);
    let fresh = own
        .lines()
        .filter(|line| !line.trim_start().starts_with('>'));
    let words: Vec<&str> = fresh
        .flat_map(str::split_whitespace)
        .take(SNIPPET_CHARS_MAX)
        .collect();
    let line = words.join(" ");
    if line.chars().count() <= SNIPPET_CHARS_MAX {
        return line;
    }
    let cut: String = line
        .chars()
        .take(SNIPPET_CHARS_MAX.saturating_sub(1))
        .collect();
    format!("{}…", cut.trim_end())
}

/// Plain text as HTML that shows the same.
pub fn from_text(text: &str) -> Clean {
    let html = format!("<div>{}</div>", escaped(within(text, HTML_BYTES_MAX)));
    let text = within(text, HTML_BYTES_MAX)
        .replace("\r\n", "\n")
        .trim()
        .to_owned();
    Clean {
        html,
        snippet: snippet(&text),
        text,
        has_remote_images: false,
    }
}

/// Plain text as HTML, without an element around it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace("\r\n", "\n")
        .replace('\n', "<br>")
}

/// Points the images of a mail at the files they came with, by Content-ID (RFC 2392).
pub fn link_inline(html: &str, files: &[(String, AttachmentId)]) -> String {
    files.iter().fold(html.to_owned(), |html, (cid, id)| {
        let escaped = cid.replace('&', "&amp;").replace('"', "&quot;");
        html.replace(
            &format!("src=\"cid:{escaped}\""),
            &format!("src=\"{ATTACHMENT_PATH}{id}\""),
        )
    })
}

/// The files that harmless HTML shows as images.
pub fn inline_ids(html: &str) -> Vec<AttachmentId> {
    let mark = format!("src=\"{ATTACHMENT_PATH}");
    html.split(&mark)
        .skip(1)
        .filter_map(|rest| rest.split('"').next()?.parse().ok())
        .map(AttachmentId)
        .collect()
}

#[cfg(test)]
mod tests;
