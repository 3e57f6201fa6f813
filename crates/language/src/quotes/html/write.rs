//! A document as text again, by the rules of the HTML standard for serialising fragments.

use super::tree::{Id, Tree, What};

/// Elements without an end tag.
const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
    "keygen", "link", "meta", "param", "source", "track", "wbr",
];
/// Elements whose text is written as it is.
const RAW: &[&str] = &[
    "style",
    "script",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "plaintext",
    "noscript",
];

pub(super) fn write(tree: &Tree) -> String {
    let mut out = String::new();
    let root = tree.root();
    let mut next = tree.get(root).and_then(|it| it.first);
    // Without recursion: documents nest deeper than stacks.
    while let Some(id) = next {
        open(tree, id, &mut out);
        next = tree.get(id).and_then(|it| it.first);
        let mut at = id;
        while next.is_none() && at != root {
            close(tree, at, &mut out);
            let Some(node) = tree.get(at) else {
                return out;
            };
            next = node.after;
            at = node.parent.unwrap_or(root);
        }
    }
    out
}

fn open(tree: &Tree, id: Id, out: &mut String) {
    let Some(node) = tree.get(id) else {
        return;
    };
    match &node.what {
        What::Other => {}
        What::Text(text) => {
            let parent = node.parent.and_then(|parent| tree.name(parent));
            if parent.is_some_and(|name| RAW.contains(&name)) {
                out.push_str(text);
            } else {
                escape(text, false, out);
            }
        }
        What::Element(name, attributes) => {
            out.push('<');
            out.push_str(&name.local);
            for attribute in attributes {
                out.push(' ');
                if let Some(prefix) = &attribute.name.prefix {
                    out.push_str(prefix);
                    out.push(':');
                }
                out.push_str(&attribute.name.local);
                out.push_str("=\"");
                escape(&attribute.value, true, out);
                out.push('"');
            }
            out.push('>');
            // The parser drops the first line end in these.
            let text = node.first.and_then(|first| tree.text(first));
            if matches!(&*name.local, "pre" | "textarea" | "listing")
                && text.is_some_and(|text| text.starts_with('\n'))
            {
                out.push('\n');
            }
        }
    }
}

fn close(tree: &Tree, id: Id, out: &mut String) {
    if let Some(name) = tree.name(id).filter(|name| !VOID.contains(name)) {
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }
}

fn escape(text: &str, is_value: bool, out: &mut String) {
    let special = |c: char| match c {
        '&' | '\u{a0}' | '\r' => true,
        '"' => is_value,
        '<' | '>' => !is_value,
        _ => false,
    };
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        let (plain, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut chars = behind.chars();
        out.push_str(match chars.next() {
            Some('&') => "&amp;",
            Some('\u{a0}') => "&nbsp;",
            Some('\r') => "&#13;",
            Some('"') => "&quot;",
            Some('<') => "&lt;",
            _ => "&gt;",
        });
        rest = chars.as_str();
    }
    out.push_str(rest);
}
