//! Incoming mail with its quotes and signatures marked, so that screens can fold them.
//!
//! The marks are `<div data-fold="quote">` and `<div data-fold="signature">`. All text stays;
//! only the snippet leaves out what is marked.

use std::borrow::Cow;

use language::quotes::{FOLD_ATTRIBUTE, Kind, fold_html, fold_text};

use super::limits::{shallow, within};
use super::plain::to_text;
use super::rules::{Clean, HTML_BYTES_MAX, clean, escaped, from_text, snippet};

/// Makes the HTML of incoming mail harmless, with its folds marked.
pub fn receive_html(html: &str) -> Clean {
    let cut = shallow(within(html, HTML_BYTES_MAX));
    let mut clean = clean(&fold_html(&cut));
    if let Cow::Owned(written) = without_folds(&clean.html) {
        let line = snippet(&to_text(&written));
        if !line.is_empty() {
            clean.snippet = line;
        }
    }
    clean
}

/// The plain text of incoming mail as HTML, with its folds marked.
pub fn receive_text(text: &str) -> Clean {
    let text = within(text, HTML_BYTES_MAX);
    let mut html = String::with_capacity(text.len().saturating_add(64));
    html.push_str("<div>");
    for segment in fold_text(text) {
        let shown = escaped(text.get(segment.range).unwrap_or_default());
        if segment.kind == Kind::Written {
            html.push_str(&shown);
        } else {
            html.push_str(&mark(segment.kind));
            html.push_str(&shown);
            html.push_str("</div>");
        }
    }
    html.push_str("</div>");
    Clean {
        html,
        ..from_text(text)
    }
}

fn mark(kind: Kind) -> String {
    format!("<div {FOLD_ATTRIBUTE}=\"{}\">", kind.name())
}

/// Sanitised HTML without its folds.
fn without_folds(html: &str) -> Cow<'_, str> {
    let opening = format!("<div {FOLD_ATTRIBUTE}=\"");
    let mut parts = html.split("<div");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    if !html.contains(&opening) {
        return Cow::Borrowed(html);
    }
    // How many elements are open within a fold; none outside of one.
    let mut inside = 0_usize;
    let fold = opening.trim_start_matches("<div");
    for part in parts {
        if inside > 0 || part.starts_with(fold) {
            inside = inside.saturating_add(1);
        } else {
            kept.push_str("<div");
        }
        let mut rest = part;
        while inside > 0 {
            let Some((_, behind)) = rest.split_once("</div>") else {
                break;
            };
            inside = inside.saturating_sub(1);
            rest = behind;
        }
        if inside == 0 {
            kept.push_str(rest);
        }
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTE: &str = "On 24 Oct 2016 at 15:36, Ana &lt;a@x.example&gt; wrote:<br>";

    #[test]
    fn folds_of_html_survive_the_sanitiser() {
        let html = format!(
            "<div style=\"position:fixed\">It <b>broke</b></div><div>{QUOTE}</div>\
             <blockquote type=cite>Is it <div>well?</div></blockquote>"
        );
        let clean = receive_html(&html);
        assert!(
            clean.html.contains("</div><div data-fold=\"quote\">"),
            "{}",
            clean.html
        );
        assert!(clean.text.contains("Is it") && clean.text.contains("wrote:"));
        assert_eq!(clean.snippet, "It broke");
    }

    #[test]
    fn only_our_own_marks_get_through() {
        let clean = receive_html("<div data-fold=\"quote\">Pay</div><div data-fold=x>me</div>");
        assert!(!clean.html.contains("data-fold"), "{}", clean.html);
        let clean =
            super::super::sanitise("<p data-fold=\"quote\">Pay</p><div data-fold=x>me</div>");
        assert!(!clean.html.contains("data-fold"), "{}", clean.html);
    }

    #[test]
    fn plain_text_is_marked_the_same_way() {
        let clean = receive_text("It broke <here>\r\n\r\n-- \r\nBen\r\n");
        assert_eq!(
            clean.html,
            "<div>It broke &lt;here&gt;<br><br><div data-fold=\"signature\">-- \
                <br>Ben<br></div></div>"
        );
        assert_eq!(clean.text, "It broke <here>\n\n-- \nBen");
        assert_eq!(clean.snippet, "It broke <here>");
    }

    #[test]
    fn what_nests_in_a_fold_goes_with_it() {
        let html = "<div>a<div data-fold=\"quote\">b<div>c</div>d</div>e</div><div>f</div>";
        assert_eq!(without_folds(html), "<div>ae</div><div>f</div>");
    }
}
