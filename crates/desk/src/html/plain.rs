//! Harmless HTML as plain text: what a mail program without HTML, a search and a list show.

use std::borrow::Cow;

use html2text::render::TextDecorator;

/// The column at which lines wrap: high, so that they stay as they were written.
const COLUMNS: usize = 100_000;

/// Writes no marks but those of quotes and lists, and tells where links go.
#[derive(Default)]
struct Plain {
    links: Vec<String>,
}

/// Deepest nesting of tables that is drawn as such, and of quotes and lists that is marked: each
/// costs every line within it.
const TABLES_MAX: usize = 5;
const MARKED_MAX: usize = 12;

/// `html` as plain text, without spaces at line ends or lines at the ends.
pub(super) fn to_text(html: &str) -> String {
    let text = html2text::config::with_decorator(Plain::default())
        .no_table_borders()
        .allow_width_overflow()
        .string_from_read(levelled(html).as_bytes(), COLUMNS)
        .unwrap_or_default();
    let text = without_echoes(&text);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

/// The same document without the tags of tables, quotes and lists that nest too deep; their text
/// stays, on lines of its own.
fn levelled(html: &str) -> Cow<'_, str> {
    let nested = |name: &str, max: usize| html.matches(name).nth(max).is_some();
    let deep = nested("<table", TABLES_MAX)
        || ["<blockquote", "<ul", "<ol", "<dl"]
            .iter()
            .any(|name| nested(name, MARKED_MAX));
    if !deep && !html.contains("<T") && !html.contains("<B") {
        return Cow::Borrowed(html);
    }
    let mut kept = String::with_capacity(html.len());
    let (mut tables, mut marked) = (0_usize, 0_usize);
    let mut pieces = html.split('<');
    kept.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (closes, rest) = piece
            .strip_prefix('/')
            .map_or((false, piece), |it| (true, it));
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
        let name = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let name = name.to_ascii_lowercase();
        let (depth, max) = match &*name {
            "table" | "tbody" | "thead" | "tfoot" | "tr" | "td" | "th" | "caption" => {
                (&mut tables, TABLES_MAX)
            }
            "blockquote" | "ul" | "ol" | "dl" => (&mut marked, MARKED_MAX),
            _ => {
                kept.push('<');
                kept.push_str(piece);
                continue;
            }
        };
        let nests = matches!(&*name, "table" | "blockquote" | "ul" | "ol" | "dl");
        if nests && !closes {
            *depth = depth.saturating_add(1);
        }
        if *depth > max {
            kept.push_str(if matches!(&*name, "td" | "th") {
                " "
            } else {
                "<br>"
            });
            kept.push_str(piece.split_once('>').map_or("", |(_, text)| text));
        } else {
            kept.push('<');
            kept.push_str(piece);
        }
        if nests && closes {
            *depth = depth.saturating_sub(1);
        }
    }
    Cow::Owned(kept)
}

/// Drops the target behind a link that shows its target anyway.
fn without_echoes(text: &str) -> String {
    let mut pieces = text.split(" <http");
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let target = piece
            .split_once('>')
            .map(|(rest, after)| (format!("http{rest}"), after));
        match target {
            Some((target, after)) if kept.ends_with(&target) => kept.push_str(after),
            _ => {
                kept.push_str(" <http");
                kept.push_str(piece);
            }
        }
    }
    kept
}

impl TextDecorator for Plain {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        self.links.push(url.to_owned());
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        let target = self.links.pop().filter(|url| url.starts_with("http"));
        target.map_or_else(String::new, |url| format!(" <{url}>"))
    }

    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn decorate_image(&mut self, _: &str, title: &str) -> (String, ()) {
        (title.to_owned(), ())
    }

    fn header_prefix(&self, _: usize) -> String {
        String::new()
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "* ".to_owned()
    }

    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_tell_where_they_go_unless_they_show_it() {
        let text = to_text(
            "<p>See <a href=\"https://a.example/x\">this</a> or \
             <a href=\"https://b.example/\">https://b.example/</a>, \
             <a href=\"mailto:ana@x.example\">ana@x.example</a></p>",
        );
        assert_eq!(
            text,
            "See this <https://a.example/x> or https://b.example/, ana@x.example"
        );
    }

    #[test]
    fn what_nests_too_deep_keeps_its_words_and_no_more_marks() {
        for (open, close) in [
            ("<blockquote>", "</blockquote>"),
            ("<ul><li>", "</li></ul>"),
            ("<table><tr><td>", "</td></tr></table>"),
        ] {
            let inside = "one<br>two<br>three<br>".repeat(50);
            let html = format!("a{}{inside}{}z", open.repeat(100), close.repeat(100));
            let text = to_text(&html);
            assert_eq!(text.matches("two").count(), 50, "{open}");
            assert!(text.starts_with('a') && text.ends_with('z'), "{open}");
            assert!(text.len() < 12_000, "{open}: {}", text.len());
        }
    }

    #[test]
    fn quotes_and_lists_keep_their_marks_and_nothing_else_has_any() {
        let text = to_text(
            "<h1>Hi</h1><p><b>a</b> <i>b</i></p><ol><li>one</li><li>two</li></ol>\
             <blockquote>before</blockquote>",
        );
        assert_eq!(text, "Hi\n\na b\n1. one\n2. two\n\n> before");
    }
}
