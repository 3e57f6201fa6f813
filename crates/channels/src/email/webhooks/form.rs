//! Forms as providers post them, read field by field within a limit of bytes.

use axum::body::Body;
use futures_util::StreamExt;
use kernel::http::Problem;
use multer::{Constraints, Multipart, SizeLimit};

const FIELDS_MAX: usize = 1_000;

/// One field.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) file_name: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) bytes: Vec<u8>,
}

/// All fields, in the order they came in.
#[derive(Default)]
pub(super) struct Fields(pub(super) Vec<Field>);

impl Fields {
    pub(super) fn find(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|field| field.name == name)
    }

    /// The text of a field; empty when it is missing.
    pub(super) fn text(&self, name: &str) -> String {
        let field = self.find(name);
        let text = field.map(|field| String::from_utf8_lossy(&field.bytes).into_owned());
        text.unwrap_or_default()
    }

    /// The bytes of a field, taken out.
    pub(super) fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        let at = self.0.iter().position(|field| field.name == name)?;
        Some(self.0.swap_remove(at).bytes)
    }
}

/// Reads a whole body of at most `most` bytes.
///
/// # Errors
/// It is larger, or broke off.
pub(super) async fn whole(body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| unreadable())?;
        if bytes.len().saturating_add(piece.len()) > most {
            return Err(Problem::too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Reads a form of at most `most` bytes, multipart as it streams in.
///
/// # Errors
/// It is no form, is larger, or broke off.
pub(super) async fn read(content_type: &str, body: Body, most: usize) -> Result<Fields, Problem> {
    let Ok(boundary) = multer::parse_boundary(content_type) else {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Ok(urlencoded(&whole(body, most).await?));
        }
        return Err(unreadable());
    };
    let limit = SizeLimit::new().whole_stream(u64::try_from(most).unwrap_or(u64::MAX));
    let constraints = Constraints::new().size_limit(limit);
    let stream = body.into_data_stream();
    let mut form = Multipart::with_constraints(stream, boundary, constraints);
    let mut fields = Fields::default();
    while let Some(mut field) = form.next_field().await.map_err(problem)? {
        if fields.0.len() == FIELDS_MAX {
            return Err(Problem::too_large());
        }
        let mut bytes = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(problem)? {
            bytes.extend_from_slice(&piece);
        }
        fields.0.push(Field {
            name: field.name().unwrap_or_default().to_owned(),
            file_name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(ToString::to_string),
            bytes,
        });
    }
    Ok(fields)
}

fn problem(problem: multer::Error) -> Problem {
    match problem {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            Problem::too_large()
        }
        _ => unreadable(),
    }
}

/// What was sent has not the provider's shape.
pub(super) fn unreadable() -> Problem {
    Problem::new(
        axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        "unreadable",
        "This does not look like what the provider sends. Check that the address is used for \
         inbound mail of the provider it was made for.",
    )
}

/// `a=b&c=d` (URL Standard, 5.1); values stay bytes, because a raw mail need not be UTF-8.
fn urlencoded(body: &[u8]) -> Fields {
    let pairs = body.split(|&byte| byte == b'&').take(FIELDS_MAX);
    let fields = pairs.filter(|pair| !pair.is_empty()).map(|pair| {
        let at = pair.iter().position(|&byte| byte == b'=');
        let (name, value) = match at {
            Some(at) => (pair.get(..at), pair.get(at.saturating_add(1)..)),
            None => (Some(pair), None),
        };
        Field {
            name: String::from_utf8_lossy(&decoded(name.unwrap_or_default())).into_owned(),
            file_name: None,
            content_type: None,
            bytes: decoded(value.unwrap_or_default()),
        }
    });
    Fields(fields.collect())
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| first == b'%');
        let code = code.filter(|code| code.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if first == b'+' { b' ' } else { first });
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urlencoded_values_are_bytes() {
        let fields = urlencoded(b"a=1+2%2B&body-mime=%FFx%0D%0A&&flag&bad=%zz%4");
        assert_eq!(fields.text("a"), "1 2+");
        assert_eq!(fields.find("body-mime").unwrap().bytes, b"\xFFx\r\n");
        assert_eq!(
            (fields.text("flag"), fields.text("none")),
            (String::new(), String::new())
        );
        assert_eq!(fields.text("bad"), "%zz%4");
    }

    #[tokio::test]
    async fn forms_are_read_within_their_limit() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n--b\r\n\
            Content-Disposition: form-data; name=\"attachment1\"; filename=\"a.txt\"\r\n\
            Content-Type: text/plain\r\n\r\nfile\r\n--b--\r\n";
        let kind = "multipart/form-data; boundary=b";
        let fields = read(kind, Body::from(body), 1_000).await.ok().unwrap();
        assert_eq!(fields.text("text"), "hello");
        let file = fields.find("attachment1").unwrap();
        assert_eq!(file.file_name.as_deref(), Some("a.txt"));
        assert_eq!(file.content_type.as_deref(), Some("text/plain"));
        let status = async |kind, body: &'static str, most| {
            read(kind, Body::from(body), most)
                .await
                .err()
                .unwrap()
                .status
        };
        assert_eq!(status(kind, body, 50).await, 413);
        assert_eq!(status(kind, "--b\r\nbroken", 1_000).await, 422);
        assert_eq!(status("application/json", "{}", 1_000).await, 422);
        let urlencoded = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(status(urlencoded, "a=12345", 3).await, 413);
    }
}
