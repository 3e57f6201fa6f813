//! Harmless HTML as plain text: what a mail program without HTML, a search and a list show.

use html2text::render::TextDecorator;

/// The column at which lines wrap: high, so that they stay as they were written.
const COLUMNS: usize = 100_000;

/// Writes no marks but those of quotes and lists, and tells where links go.
#[derive(Default)]
struct Plain {
    links: Vec<String>,
}

/// `html` as plain text, without spaces at line ends or lines at the ends.
pub(super) fn to_text(html: &str) -> String {
    let text = html2text::config::with_decorator(Plain::default())
        .no_table_borders()
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), COLUMNS)
        .unwrap_or_default();
    let text = without_echoes(&text);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
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
    fn quotes_and_lists_keep_their_marks_and_nothing_else_has_any() {
        let text = to_text(
            "<h1>Hi</h1><p><b>a</b> <i>b</i></p><ol><li>one</li><li>two</li></ol>\
             <blockquote>before</blockquote>",
        );
        assert_eq!(text, "Hi\n\na b\n1. one\n2. two\n\n> before");
    }
}
