//! Forms as providers post them, read piece by piece within a limit of bytes. The raw mail among
//! the fields never lies in memory whole.

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt};
use kernel::http::Problem;
use multer::{Constraints, Multipart, SizeLimit};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::email::large::{Raw, Taking, pieces};

const FIELDS_MAX: usize = 1_000;
/// A post that makes us hold more than this waits until no other one does.
const HELD_FREELY: usize = 1024 * 1024;
static HOLDING: Semaphore = Semaphore::const_new(1);

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
}

/// What a post makes us hold in memory, and how much that may be.
pub(super) struct Held {
    bytes: usize,
    most: usize,
    turn: Option<SemaphorePermit<'static>>,
}

impl Held {
    pub(super) fn at_most(most: usize) -> Self {
        Self {
            bytes: 0,
            most,
            turn: None,
        }
    }

    async fn add(&mut self, bytes: usize) -> Result<(), Problem> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.most {
            return Err(Problem::too_large());
        }
        if self.bytes > HELD_FREELY && self.turn.is_none() {
            self.turn = HOLDING.acquire().await.ok();
        }
        Ok(())
    }
}

/// Reads a whole body.
///
/// # Errors
/// It is larger than may be held, or broke off.
pub(super) async fn whole(body: Body, held: &mut Held) -> Result<Vec<u8>, Problem> {
    let mut stream = pieces(body);
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| unreadable())?;
        held.add(piece.len()).await?;
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Reads a form of at most `most` bytes. The field with this name, the raw mail, is handed on and
/// stays empty in the answer.
///
/// # Errors
/// It is no form, is larger, or broke off.
pub(super) async fn read<S, T>(
    content_type: &str,
    stream: S,
    (most, held): (usize, &mut Held),
    (name_of_mail, mail): (&str, &mut T),
) -> Result<Fields, Problem>
where
    S: Stream<Item = Result<Bytes, axum::Error>> + Send + Unpin,
    T: Taking,
{
    let Ok(boundary) = multer::parse_boundary(content_type) else {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return urlencoded(stream, (most, held), (name_of_mail, mail)).await;
        }
        return Err(unreadable());
    };
    let limit = SizeLimit::new().whole_stream(u64::try_from(most).unwrap_or(u64::MAX));
    let constraints = Constraints::new().size_limit(limit);
    let mut form = Multipart::with_constraints(stream, boundary, constraints);
    let mut fields = Fields::default();
    while let Some(mut field) = form.next_field().await.map_err(problem)? {
        if fields.0.len() == FIELDS_MAX {
            return Err(Problem::too_large());
        }
        let name = field.name().unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(problem)? {
            if name == name_of_mail {
                mail.take(&piece).await;
            } else {
                held.add(piece.len()).await?;
                bytes.extend_from_slice(&piece);
            }
        }
        fields.0.push(Field {
            name,
            file_name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(ToString::to_string),
            bytes,
        });
    }
    Ok(fields)
}

/// The mail, unless its field was missing or empty.
pub(super) fn given(raw: Raw) -> Option<Raw> {
    Some(raw).filter(|raw| !raw.beginning().trim_ascii().is_empty())
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
async fn urlencoded<S, T>(
    mut stream: S,
    (most, held): (usize, &mut Held),
    (name_of_mail, mail): (&str, &mut T),
) -> Result<Fields, Problem>
where
    S: Stream<Item = Result<Bytes, axum::Error>> + Send + Unpin,
    T: Taking,
{
    let mut fields = Fields::default();
    let mut pair = Pair::default();
    let mut seen = 0_usize;
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| unreadable())?;
        seen = seen.saturating_add(piece.len());
        if seen > most {
            return Err(Problem::too_large());
        }
        for part in piece.split_inclusive(|&byte| byte == b'&') {
            let ended = part.strip_suffix(b"&");
            pair.raw.extend_from_slice(ended.unwrap_or(part));
            pair.split();
            if pair.name.as_deref() == Some(name_of_mail.as_bytes()) {
                let bytes = pair.take_whole(ended.is_some());
                mail.take(&bytes).await;
            } else {
                held.add(part.len()).await?;
            }
            if ended.is_some() {
                std::mem::take(&mut pair).add_to(&mut fields)?;
            }
        }
    }
    if pair.name.as_deref() == Some(name_of_mail.as_bytes()) {
        let bytes = pair.take_whole(true);
        mail.take(&bytes).await;
    }
    pair.add_to(&mut fields)?;
    Ok(fields)
}

/// A name and a value that is not decoded yet.
#[derive(Default)]
struct Pair {
    name: Option<Vec<u8>>,
    raw: Vec<u8>,
}

impl Pair {
    /// Takes the name off once it is whole.
    fn split(&mut self) {
        if self.name.is_none()
            && let Some(at) = self.raw.iter().position(|&byte| byte == b'=')
        {
            let value = self.raw.split_off(at.saturating_add(1));
            self.raw.truncate(at);
            self.name = Some(decoded(&std::mem::replace(&mut self.raw, value)));
        }
    }

    /// Takes the decoded value as far as it is here; an escape may still lack its end.
    fn take_whole(&mut self, ended: bool) -> Vec<u8> {
        let from = self.raw.len().saturating_sub(2);
        let end = self.raw.get(from..).unwrap_or_default();
        let sign = end.iter().position(|&byte| byte == b'%').filter(|_| !ended);
        let whole = sign.map_or(self.raw.len(), |at| from.saturating_add(at));
        let rest = self.raw.split_off(whole);
        decoded(&std::mem::replace(&mut self.raw, rest))
    }

    fn add_to(self, fields: &mut Fields) -> Result<(), Problem> {
        let (name, value) = match self.name {
            Some(name) => (name, decoded(&self.raw)),
            None if self.raw.is_empty() => return Ok(()),
            None => (decoded(&self.raw), Vec::new()),
        };
        if fields.0.len() == FIELDS_MAX {
            return Err(Problem::too_large());
        }
        fields.0.push(Field {
            name: String::from_utf8_lossy(&name).into_owned(),
            file_name: None,
            content_type: None,
            bytes: value,
        });
        Ok(())
    }
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

    struct Collected(Vec<u8>);

    impl Taking for Collected {
        async fn take(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }

    /// The fields and the mail of a form that comes in pieces of `step` bytes.
    async fn sent(kind: &str, body: &[u8], most: usize, step: usize) -> Result<Sent, u16> {
        let pieces: Vec<_> = body.chunks(step).map(Bytes::copy_from_slice).collect();
        let stream = futures_util::stream::iter(pieces.into_iter().map(Ok));
        let (mut held, mut mail) = (Held::at_most(most), Collected(Vec::new()));
        let limits = (most, &mut held);
        let read = read(kind, stream, limits, ("body-mime", &mut mail)).await;
        read.map(|fields| (fields, mail.0))
            .map_err(|problem| problem.status)
    }

    type Sent = (Fields, Vec<u8>);

    const URLENCODED: &str = "application/x-www-form-urlencoded; charset=utf-8";

    #[tokio::test]
    async fn urlencoded_values_are_bytes() {
        let body = b"a=1+2%2B&body-mime=%FFx%0D%0A%&&flag&bad=%zz%4";
        for step in [1, 2, 3, 7, 1_000] {
            let (fields, mail) = sent(URLENCODED, body, 1_000, step).await.ok().unwrap();
            assert_eq!(fields.text("a"), "1 2+");
            assert_eq!(mail, b"\xFFx\r\n%");
            assert!(fields.find("body-mime").unwrap().bytes.is_empty());
            assert_eq!(
                (fields.text("flag"), fields.text("none")),
                (String::new(), String::new())
            );
            assert_eq!(fields.text("bad"), "%zz%4");
        }
        let (_, mail) = sent(URLENCODED, b"a=1&body-mime=%4", 100, 1)
            .await
            .ok()
            .unwrap();
        assert_eq!(mail, b"%4");
    }

    #[tokio::test]
    async fn forms_are_read_within_their_limit() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n--b\r\n\
            Content-Disposition: form-data; name=\"body-mime\"\r\n\r\nFrom: a\r\n\r\n--b\r\n\
            Content-Disposition: form-data; name=\"attachment1\"; filename=\"a.txt\"\r\n\
            Content-Type: text/plain\r\n\r\nfile\r\n--b--\r\n";
        let kind = "multipart/form-data; boundary=b";
        for step in [1, 5, 1_000] {
            let (fields, mail) = sent(kind, body.as_bytes(), 1_000, step).await.ok().unwrap();
            assert_eq!(
                (&*fields.text("text"), &*mail),
                ("hello", &b"From: a\r\n"[..])
            );
            let file = fields.find("attachment1").unwrap();
            assert_eq!(file.file_name.as_deref(), Some("a.txt"));
            assert_eq!(file.content_type.as_deref(), Some("text/plain"));
        }
        let status = async |kind, body: &str, most| {
            sent(kind, body.as_bytes(), most, 9).await.err().unwrap()
        };
        assert_eq!(status(kind, body, 50).await, 413);
        assert_eq!(status(kind, "--b\r\nbroken", 1_000).await, 422);
        assert_eq!(status("application/json", "{}", 1_000).await, 422);
        assert_eq!(status(URLENCODED, "a=12345", 3).await, 413);
    }
}
