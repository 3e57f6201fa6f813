//! What the headers of one part say about its body.

use super::headers::Headers;
use crate::email::large::decode::Encoding;

/// What has to be known to follow a part's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::email) struct PartHead {
    /// What separates the parts within; only of a multipart.
    pub(in crate::email) boundary: Option<Vec<u8>>,
    /// Whether the body is a mail of its own.
    pub(in crate::email) is_mail: bool,
    /// How the body is written.
    pub(in crate::email) encoding: Encoding,
    /// The name of a file with the whole text, when the body is the text of the mail.
    pub(in crate::email) text: Option<&'static str>,
}

/// Reads a header block (RFC 2045 and 2183).
pub(in crate::email) fn part_head(block: &[u8]) -> PartHead {
    let headers = Headers::read(block, None);
    let lower = |name: &str| {
        let text = headers.as_ref().map(|headers| headers.text(name));
        text.unwrap_or_default()
    };
    let content_type = lower("content-type");
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let encoding = Encoding::named(&lower("content-transfer-encoding"));
    let disposition = lower("content-disposition").to_ascii_lowercase();
    let is_file = disposition.trim_start().starts_with("attachment")
        || disposition.contains("filename")
        || content_type.to_ascii_lowercase().contains("name=");
    let boundary = kind
        .starts_with("multipart/")
        .then(|| boundary(&content_type))
        .flatten();
    let is_mail = matches!(kind.as_str(), "message/rfc822" | "message/global");
    let text = match kind.as_str() {
        _ if is_file => None,
        "" | "text/plain" => Some("text.txt"),
        "text/html" => Some("text.html"),
        _ => None,
    };
    PartHead {
        boundary,
        is_mail: is_mail && encoding == Encoding::Identity,
        encoding,
        text,
    }
}

/// The boundary parameter, quoted or not.
fn boundary(content_type: &str) -> Option<Vec<u8>> {
    let at = content_type.to_ascii_lowercase().find("boundary=")?;
    let value = content_type.get(at..)?.split_once('=')?.1.trim_start();
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => value
            .split(|c: char| c == ';' || c.is_whitespace())
            .next()
            .unwrap_or_default(),
    };
    let value = value.trim_end();
    (!value.is_empty()).then(|| value.as_bytes().to_vec())
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
        assert_eq!((file.text, file.encoding), (None, Encoding::Base64));
        assert_eq!(read("Subject: x\n\n").text, Some("text.txt"));
        assert!(read("Content-Type: message/rfc822\n\n").is_mail);
    }
}
