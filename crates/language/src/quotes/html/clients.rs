//! What the names say that mail clients give their elements.
//!
//! Mail programs rewrite the names of what they quote (`x_` by Outlook, `ydp…` by Yahoo, `ecx` by
//! old Hotmail); prefixes are ignored.

use super::super::lines::Mark;
use super::tree::{Id, Tree};

/// What an element means for the lines in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Whether everything in it is quoted.
    pub is_quote: bool,
    /// What its first line, or all its lines, are.
    pub mark: Mark,
}

/// Whole quotes: Yahoo, Outlook for Mac and mobile, Thunderbird's forwards, NetEase, Freshdesk.
const QUOTES: &[&str] = &[
    "yahoo_quoted",
    "olk_src_body_section",
    "moz-forward-container",
    "ms-outlook-mobile-reference-message",
    "mail-editor-reference-message-container",
    "isreplycontent",
    "isforwardcontent",
    "freshdesk_quote",
    "tutanota_quote",
    "_originalcontent",
    "zendesk_quote",
];
/// What holds a quote and the line that introduces it, but maybe answers too: Gmail, Proton, Zoho,
/// Spark, Mailspring, K-9.
const OPENINGS: &[&str] = &[
    "gmail_quote",
    "gmail_extra",
    "protonmail_quote",
    "zmail_extra",
    "messagereplysection",
    "nylas-quote",
    "k9mail",
    "mail_android_quote",
];
/// The line that introduces a quote: Gmail, Thunderbird, Airmail, Roundcube.
const ATTRIBUTIONS: &[&str] = &[
    "gmail_attr",
    "moz-cite-prefix",
    "airmail_on",
    "reply-intro",
    "cite-prefix",
];
/// What stands above a quote that nothing surrounds: Outlook, Hotmail, Zimbra, Windows Mail.
const STARTS: &[&str] = &[
    "divrplyfwdmsg",
    "stopspelling",
    "zwchr",
    "outlookmessageheader",
    "replysplit",
    "_bb10tempseparator",
];
const SIGNATURES: &[&str] = &[
    "gmail_signature",
    "gmail_signature_prefix",
    "moz-signature",
    "signature",
    "ms-outlook-mobile-signature",
    "applemailsignature",
    "linebreakatbeginningofsignature",
    "composer_signature",
    "protonmail_signature_block",
    "tutanota_signature",
    "messagesignaturesection",
    "nylas-n1-signature",
    "mailspring-signature",
    "ymail_android_signature",
    "yahoo_signature",
    "signatureblock",
    "mobilesignature",
    "zmail_signature",
    "bloop_sign",
];
/// Ids that begin so: Outlook on the web of old, Avast's and Zoho's feet.
const START_PREFIX: &str = "divrpf";
const SIGNATURE_PREFIXES: &[&str] = &["dab4fad8-", "zm-_id_-sgn", "bloop_sign"];

/// What an element means.
pub(super) fn meaning(tree: &Tree, id: Id, name: &str) -> Meaning {
    let mut meaning = Meaning::default();
    if name == "blockquote" {
        meaning.is_quote = !is_indent(tree, id);
    } else if name == "signature" {
        meaning.mark = Mark::Signature;
    }
    if tree.attribute(id, "data-smartmail") == Some("gmail_signature")
        || tree.attribute(id, "data-signatureblock").is_some()
    {
        meaning.mark = Mark::Signature;
    }
    for attribute in ["class", "id", "name"] {
        let Some(value) = tree.attribute(id, attribute) else {
            continue;
        };
        for given in value.split_ascii_whitespace().take(8) {
            let given = given.to_ascii_lowercase();
            // GMX and web.de name their quote so, and only this attribute.
            meaning.is_quote |= attribute == "name" && given == "quote";
            name_means(bare(&given), &mut meaning);
        }
    }
    meaning
}

fn name_means(name: &str, meaning: &mut Meaning) {
    let is = |names: &[&str]| names.contains(&name);
    if is(QUOTES) || name.contains("yahoo_quoted") {
        meaning.is_quote = true;
    } else if is(ATTRIBUTIONS) {
        meaning.mark = Mark::Attribution;
    } else if is(STARTS) || name.starts_with(START_PREFIX) {
        meaning.mark = Mark::Start;
    } else if is(SIGNATURES) || SIGNATURE_PREFIXES.iter().any(|it| name.starts_with(it)) {
        meaning.mark = Mark::Signature;
    } else if is(OPENINGS) && meaning.mark == Mark::None && !meaning.is_quote {
        meaning.mark = Mark::Opening;
    }
}

fn bare(name: &str) -> &str {
    let mut name = name;
    while let Some(rest) = name.strip_prefix("x_").or_else(|| name.strip_prefix("ecx")) {
        name = rest;
    }
    name
}

/// Whether a block quote only indents: what editors make of the tab key.
fn is_indent(tree: &Tree, id: Id) -> bool {
    let style = tree.attribute(id, "style").unwrap_or_default();
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    let style = style.to_ascii_lowercase();
    tree.attribute(id, "type").is_none()
        && tree.attribute(id, "cite").is_none()
        && style.contains("border:none")
        && style.contains("margin")
}
