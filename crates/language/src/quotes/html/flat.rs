//! Documents that no person wrote, as bare text.

/// The most attributes of one tag: the parser compares each with all before it.
const ATTRIBUTES_MAX: usize = 1_000;

/// Whether a tag has more attributes than any mail program writes.
pub(super) fn is_overloaded(html: &str) -> bool {
    let mut words = 0_usize;
    let mut state = State::Text;
    for byte in html.bytes() {
        state = match (state, byte) {
            (State::Text, b'<') => {
                words = 0;
                State::Tag
            }
            (State::Text, _) => State::Text,
            (State::Quoted(quote), _) if byte != quote => State::Quoted(quote),
            (State::Quoted(_), _) => State::Tag,
            (_, b'>') => State::Text,
            (State::Value, b'"' | b'\'') => State::Quoted(byte),
            (State::Value, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c') => State::Value,
            (_, b'=') => State::Value,
            (_, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/') => State::Gap,
            (State::Gap, _) => {
                words = words.saturating_add(1);
                State::Tag
            }
            _ => State::Tag,
        };
        // A stray quote must not hide what follows, so every word counts that may be one.
        if words > ATTRIBUTES_MAX {
            return true;
        }
    }
    false
}

#[derive(Clone, Copy)]
enum State {
    Text,
    Tag,
    Gap,
    Value,
    Quoted(u8),
}

/// The text of a document without its tags, escaped, with line breaks where tags break lines.
pub(super) fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut pieces = html.split('<');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let is_tag = piece.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        match piece.split_once('>') {
            Some((tag, rest)) if is_tag => {
                let name = tag.trim_start_matches('/').to_ascii_lowercase();
                let breaks = ["br", "p", "div", "tr", "li", "blockquote"];
                if breaks
                    .iter()
                    .any(|it| name == *it || name.starts_with(&format!("{it} ")))
                {
                    text.push_str("<br>");
                }
                text.push_str(&rest.replace('>', "&gt;"));
            }
            _ => {
                text.push_str("&lt;");
                text.push_str(&piece.replace('>', "&gt;"));
            }
        }
    }
    format!("<div>{text}</div>")
}
