//! What the headers of one part say about its body, for those who follow a mail line by line.

use super::fields::Field;
use super::headers::{Headers, goes_on, split_field};
use super::transfer::Transfer;

/// What has to be known to follow a part's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::email) struct PartHead {
    /// Whether the body is made of parts.
    pub(in crate::email) is_container: bool,
    /// What separates them, if it is said.
    pub(in crate::email) boundary: Option<Vec<u8>>,
    /// How the body is written.
    pub(in crate::email) transfer: Transfer,
    /// The name of a file with the whole text, when the body is a text to be read.
    pub(in crate::email) text: Option<&'static str>,
}

/// Reads a header block (RFC 2045 and 2183).
pub(in crate::email) fn part_head(block: &[u8]) -> PartHead {
    let (headers, _) = Headers::split(block);
    let field = |name: &str| headers.all(name).next().map(Field::read);
    let content_type = field("content-type").unwrap_or_default();
    let disposition = field("content-disposition").unwrap_or_default();
    let is_container = content_type.value.starts_with("multipart/");
    let boundary = content_type.parameter("boundary");
    let boundary = boundary.filter(|it| is_container && !it.is_empty());
    let is_file = disposition.value == "attachment"
        || disposition.readable("filename", None).is_some()
        || content_type.readable("name", None).is_some();
    let text = match content_type.value.as_str() {
        _ if is_file => None,
        "" | "text" | "plain" | "text/plain" => Some("text.txt"),
        "html" | "text/html" => Some("text.html"),
        _ => None,
    };
    PartHead {
        is_container,
        boundary: boundary.map(|it| it.as_bytes().to_vec()),
        transfer: Transfer::read(&headers.text("content-transfer-encoding")),
        text,
    }
}

/// Whether a line can begin a header block.
pub(in crate::email) fn begins_head(line: &[u8]) -> bool {
    split_field(line).is_some()
}

/// Whether a header block goes on with this line behind one of nothing but white space.
pub(in crate::email) fn head_goes_on(line: &[u8]) -> bool {
    goes_on(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_as_senders_write_them() {
        let read = |head: &str| part_head(head.as_bytes());
        let multipart = read("Content-Type: Multipart/Mixed;\r\n\tboundary=\"=_a b\"; x=1\r\n\r\n");
        assert_eq!(multipart.boundary.as_deref(), Some(&b"=_a b"[..]));
        let bare = read("content-type: multipart/alternative; Boundary=xyz\r\n\r\n");
        assert_eq!(bare.boundary.as_deref(), Some(&b"xyz"[..]));
        let file =
            read("Content-Type: text/plain; name=log.txt\nContent-Transfer-Encoding: BASE64\n\n");
        assert_eq!((file.text, file.transfer), (None, Transfer::Base64));
        assert_eq!(read("Subject: x\n\n").text, Some("text.txt"));
        assert_eq!(read("Content-Type: message/rfc822\n\n").text, None);
    }
}
