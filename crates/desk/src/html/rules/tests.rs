use proptest::prelude::*;

use super::*;

fn html(source: &str) -> String {
    sanitise(source).html
}

/// Every tag of serialised HTML with its attributes. The serialiser escapes `"` in values and `<`
/// in text, so this simple scanner sees what a browser sees.
fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with('/') {
            continue;
        }
        let end = rest.find([' ', '>']).expect("a tag ends");
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let mut attributes = Vec::new();
        while let Some(after) = rest.strip_prefix(' ') {
            let (attribute, value) = after.split_once("=\"").expect("an attribute has a value");
            let (value, after) = value.split_once('"').expect("a value ends");
            attributes.push((attribute.to_owned(), value.to_owned()));
            rest = after;
        }
        assert!(rest.starts_with('>'), "a tag that does not end: {rest:.80}");
        found.push((name, attributes));
    }
    found
}

/// Fails when `html` holds anything that could run, load, cover or leak.
fn assert_harmless(html: &str) {
    for (tag, attributes) in tags(html) {
        assert!(TAGS.contains(&&*tag), "<{tag}> in {html}");
        for (name, value) in attributes {
            let known = ["dir", "lang", "style", "rel", "target", "data-src"].contains(&&*name)
                || ATTRIBUTES
                    .iter()
                    .any(|(t, names)| *t == tag && names.contains(&&*name));
            assert!(known, "{name} on <{tag}> in {html}");
            let lower = value.to_ascii_lowercase();
            match &*name {
                "href" => assert!(link(&value), "{value}"),
                "src" => assert!(
                    lower.starts_with("cid:")
                        || lower.starts_with("data:image/")
                        || lower.starts_with(ATTACHMENT_PATH),
                    "{value}"
                ),
                "style" => assert!(
                    !lower.contains("url(") && !lower.contains("position"),
                    "{value}"
                ),
                _ => {}
            }
        }
    }
}

#[test]
fn ordinary_formatting_stays() {
    let source = "<p>Hello <b>Ana</b>, <i>see</i> \
        <a href=\"https://example.com/a?b=1&amp;c=2\">this</a></p>\
        <ul><li>one</li></ul><blockquote>quoted</blockquote>";
    let clean = sanitise(source);
    assert!(clean.html.contains("<b>Ana</b>"), "{}", clean.html);
    assert!(clean.html.contains("<ul><li>one</li></ul>"));
    assert!(clean.html.contains("<blockquote>quoted</blockquote>"));
    assert!(!clean.has_remote_images);
    assert!(
        clean
            .text
            .starts_with("Hello Ana, see this <https://example.com/a?b=1&c=2>"),
        "{}",
        clean.text
    );
}

#[test]
fn links_open_elsewhere_without_a_referrer() {
    let out = html("<a href=\"https://example.com\" target=\"_self\" onclick=\"x()\">x</a>");
    let found = tags(&out);
    let get = |name: &str| {
        found[0]
            .1
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    assert_eq!(get("target"), Some("_blank"));
    assert_eq!(get("rel"), Some("noopener noreferrer nofollow"));
    assert_eq!(get("onclick"), None);
}

#[test]
fn remote_images_wait() {
    for source in [
        "https://track.example/p.gif?a=1&b=2",
        "HTTP://track.example/p.gif",
        "//t.example/p",
    ] {
        let clean = sanitise(&format!("<img src=\"{source}\" width=1>"));
        assert!(clean.has_remote_images, "{source}");
        assert!(clean.html.contains("data-src=\"http") || clean.html.contains("data-src=\"HTTP"));
        assert!(!clean.html.contains(" src="), "{}", clean.html);
    }
}

#[test]
fn a_mark_written_as_text_stays_text() {
    let clean = sanitise("<p>src=\"x-remote:https://x.example/</p>");
    assert_harmless(&clean.html);
    assert!(!clean.html.contains("<img"));
}

#[test]
fn nothing_that_loads_or_covers_is_left_in_a_style() {
    for style in [
        "position:fixed;top:0;left:0",
        "background:url(https://t.example/p)",
        "background-color:url(https://t.example/p)",
        "color:\\75 rl(x)",
        "width:9999px;z-index:9",
        "color: expression(alert(1))",
        "background-image:image-set('x' 1x)",
    ] {
        let out = html(&format!("<div style=\"{style}\">x</div>"));
        assert!(
            !out.contains("t.example") && !out.contains("fixed"),
            "{out}"
        );
        assert!(
            !out.contains("expression") && !out.contains("9999"),
            "{out}"
        );
        assert_harmless(&out);
    }
    assert!(html("<b style=\"color: rgb(1, 2, 3)\">x</b>").contains("rgb(1, 2, 3)"));
}

#[test]
fn only_own_files_and_real_pictures_are_shown() {
    for source in [
        "javascript:alert(1)",
        "data:image/svg+xml;base64,AAAA",
        "data:text/html;base64,AAAA",
        "/api/v1/attachments/../session",
        "/api/v1/attachments/1?x",
        "/logout",
        "file:///etc/passwd",
    ] {
        let out = html(&format!("<img src=\"{source}\">"));
        assert!(!out.contains("src="), "{source}: {out}");
    }
    assert!(
        html("<img src=\"/api/v1/attachments/12\">").contains("src=\"/api/v1/attachments/12\"")
    );
    assert!(html("<img src=\"data:image/png;base64,AAAA\">").contains("src=\"data:image/png"));
}

#[test]
fn images_of_the_mail_find_their_files() {
    let clean = sanitise("<p><img src=\"cid:part1.a&amp;b@mail\"></p>");
    let linked = link_inline(
        &clean.html,
        &[("part1.a&b@mail".to_owned(), AttachmentId(7))],
    );
    assert!(linked.contains("src=\"/api/v1/attachments/7\""), "{linked}");
    assert_eq!(inline_ids(&linked), [AttachmentId(7)]);
}

#[test]
fn a_snippet_is_one_short_line_of_fresh_text() {
    assert_eq!(snippet("> quoted\nHello\n  there\n> more"), "Hello there");
    let long = snippet(&"word ".repeat(200));
    assert!(long.chars().count() <= SNIPPET_CHARS_MAX && long.ends_with('…'));
}

#[test]
fn text_becomes_html_that_shows_the_same() {
    let clean = from_text("a < b & c\r\n<script>alert(1)</script>");
    assert_eq!(
        clean.html,
        "<div>a &lt; b &amp; c<br>&lt;script&gt;alert(1)&lt;/script&gt;</div>"
    );
    assert_eq!(clean.text, "a < b & c\n<script>alert(1)</script>");
}

#[test]
fn nesting_thousands_deep_is_survived() {
    let bomb = "<div><b>".repeat(50_000);
    let clean = sanitise(&format!("{bomb}Hello"));
    assert!(clean.text.contains("Hello"));
    let spans = format!("{}x{}", "<span>".repeat(20_000), "</span>".repeat(20_000));
    assert!(sanitise(&spans).html.len() < spans.len());
}

#[test]
fn a_body_beyond_the_limit_is_cut_at_a_character() {
    let source = "ä".repeat(HTML_BYTES_MAX);
    assert!(sanitise(&source).html.len() <= HTML_BYTES_MAX + 64);
}

#[test]
fn the_xss_corpus_is_harmless() {
    let Ok(corpus) = std::env::var("EVENKEEL_CORPUS") else {
        return;
    };
    let path = format!("{corpus}/xss/dompurify_payloads.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        return;
    };
    let payloads: Vec<serde_json::Value> = serde_json::from_str(&text).expect("the corpus is JSON");
    assert!(payloads.len() > 200);
    for payload in payloads {
        let Some(source) = payload["payload"].as_str() else {
            continue;
        };
        assert_harmless(&html(source));
    }
}

proptest! {
    #[test]
    fn whatever_comes_in_is_harmless_and_stays_so(
        pieces in prop::collection::vec(prop_oneof![
            Just("<img src=x onerror=alert(1)>".to_owned()), Just("<svg><style>".to_owned()),
            Just("<math><mtext><table><mglyph><style><!--</style>".to_owned()),
            Just("<a href='jav\tascript:1'>".to_owned()), Just("</p></div>".to_owned()),
            Just("<table><tr><td><form action=x>".to_owned()), Just("--><noscript>".to_owned()),
            Just("<p style=\"color:red;position:fixed\">".to_owned()), "[<>\"'&;=a-z /!-]{0,12}",
        ], 0..12)
    ) {
        let once = html(&pieces.concat());
        assert_harmless(&once);
        assert_harmless(&html(&once));
    }
}
