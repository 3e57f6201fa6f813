//! Lines and mails over a stream, each bounded in length and in silence.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::timeout;

use crate::email::large::Taking;

/// How much of an overlong line is read on to find its end, in bytes.
const OVERRUN_BYTES_MAX: usize = 64 * 1024;
/// Reading by large pieces: mails are larger than lines.
const BUFFER_BYTES: usize = 32 * 1024;

pub(super) enum Line {
    /// Without its end.
    Whole(Vec<u8>),
    TooLong,
    /// The other side left.
    End,
}

/// Both directions of a connection. What is said waits until the other side must be heard, so that
/// pipelined commands (RFC 2920) are answered in one go.
pub(super) struct Wire<S> {
    stream: BufReader<S>,
    said: Vec<u8>,
    idle_max: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(stream: S, idle_max: Duration) -> Self {
        Self {
            stream: BufReader::with_capacity(BUFFER_BYTES, stream),
            said: Vec::new(),
            idle_max,
        }
    }

    pub(super) fn say(&mut self, reply: &str) {
        self.said.extend_from_slice(reply.as_bytes());
        self.said.extend_from_slice(b"\r\n");
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        let said = std::mem::take(&mut self.said);
        let stream = self.stream.get_mut();
        let saying = async {
            stream.write_all(&said).await?;
            stream.flush().await
        };
        timeout(self.idle_max, saying)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// What has arrived, waiting for it when nothing has; empty at the end.
    async fn arrived(&mut self) -> io::Result<&[u8]> {
        if self.stream.buffer().is_empty() && !self.said.is_empty() {
            self.flush().await?;
        }
        timeout(self.idle_max, self.stream.fill_buf())
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// One line.
    pub(super) async fn line(&mut self, longest: usize) -> io::Result<Line> {
        let mut line = Vec::new();
        let mut seen = 0_usize;
        loop {
            let arrived = self.arrived().await?;
            if arrived.is_empty() {
                return Ok(Line::End);
            }
            let end = arrived.iter().position(|&byte| byte == b'\n');
            let taken = end.map_or(arrived.len(), |at| at.saturating_add(1));
            seen = seen.saturating_add(taken);
            if seen <= longest {
                line.extend_from_slice(arrived.get(..taken).unwrap_or_default());
            }
            self.stream.consume(taken);
            if seen > OVERRUN_BYTES_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if end.is_some() {
                return Ok(if seen > longest {
                    Line::TooLong
                } else {
                    let text = line.trim_ascii_end().len();
                    line.truncate(text);
                    Line::Whole(line)
                });
            }
        }
    }

    /// A mail up to the lone dot, with the doubled dots undone (RFC 5321, 4.5.2), handed on as it
    /// arrives.
    pub(super) async fn content(&mut self, taking: &mut impl Taking) -> io::Result<()> {
        let mut place = Place::LineStart;
        let mut piece = Vec::with_capacity(BUFFER_BYTES.saturating_add(1));
        loop {
            let arrived = self.arrived().await?;
            if arrived.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let mut taken = 0_usize;
            piece.clear();
            for &byte in arrived {
                taken = taken.saturating_add(1);
                place = place.step(byte, &mut piece);
                if place == Place::End {
                    break;
                }
            }
            self.stream.consume(taken);
            taking.take(&piece).await;
            if place == Place::End {
                return Ok(());
            }
        }
    }
}

/// Where in a mail the last byte was. Only CRLF ends a line: taking a bare LF for one would let a
/// sender smuggle in a second mail behind a dot that other servers pass on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    LineStart,
    Dot,
    DotCr,
    Text,
    Cr,
    End,
}

impl Place {
    fn step(self, byte: u8, kept: &mut Vec<u8>) -> Place {
        match (self, byte) {
            (Place::LineStart, b'.') => return Place::Dot,
            (Place::Dot, b'\r') => return Place::DotCr,
            (Place::DotCr, b'\n') => return Place::End,
            (Place::DotCr, _) => kept.push(b'\r'),
            _ => {}
        }
        kept.push(byte);
        match (self, byte) {
            (Place::Cr | Place::DotCr, b'\n') => Place::LineStart,
            (_, b'\r') => Place::Cr,
            _ => Place::Text,
        }
    }
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

    /// Reads a mail that arrives in pieces of `size` bytes.
    async fn read(text: &[u8], size: usize) -> io::Result<Vec<u8>> {
        let (near, mut far) = tokio::io::duplex(size);
        let text = text.to_vec();
        tokio::spawn(async move {
            let _ = far.write_all(&text).await;
            // The connection stays open: only the dot ends the mail.
            let _ = far.read_u8_forever().await;
        });
        let mut collected = Collected(Vec::new());
        let mut wire = Wire::new(near, Duration::from_secs(5));
        wire.content(&mut collected).await?;
        Ok(collected.0)
    }

    trait Forever {
        async fn read_u8_forever(&mut self) -> io::Result<u8>;
    }
    impl Forever for tokio::io::DuplexStream {
        async fn read_u8_forever(&mut self) -> io::Result<u8> {
            tokio::io::AsyncReadExt::read_u8(self).await
        }
    }

    #[tokio::test]
    async fn dots_are_undone_and_only_a_lone_one_between_crlfs_ends() {
        for (sent, mail) in [
            (&b"a\r\n.\r\n"[..], &b"a\r\n"[..]),
            (b".\r\n", b""),
            (b"..\r\n...\r\n.\r\n", b".\r\n..\r\n"),
            (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),
            (
                b"a\n.\r\nMAIL FROM:<x>\r\n.\r\n",
                b"a\n.\r\nMAIL FROM:<x>\r\n",
            ),
            (b"a\r\n.\nb\r\n.\r\n", b"a\r\n\nb\r\n"),
            (b"a\r.\r\nb\r\n.\r\n", b"a\r.\r\nb\r\n"),
            (b"a\r\n.\rb\r\n.\r\n", b"a\r\n\rb\r\n"),
            (b"a\r\r\n.\r\n", b"a\r\r\n"),
        ] {
            for size in [1, 2, 3, 1024] {
                let read = read(sent, size).await.unwrap();
                let (sent, read) = (sent.escape_ascii(), read.escape_ascii());
                assert_eq!(read.to_string(), mail.escape_ascii().to_string(), "{sent}");
            }
        }
    }

    #[tokio::test]
    async fn overlong_lines_are_skipped_and_endless_ones_end_the_talk() {
        let text = format!("{}\r\nNOOP\r\n{}", "x".repeat(5_000), "y".repeat(200_000));
        let (near, mut far) = tokio::io::duplex(1 << 20);
        far.write_all(text.as_bytes()).await.unwrap();
        let mut wire = Wire::new(near, Duration::from_secs(5));
        assert!(matches!(wire.line(2_048).await, Ok(Line::TooLong)));
        assert!(matches!(wire.line(2_048).await, Ok(Line::Whole(line)) if line == b"NOOP"));
        assert!(wire.line(2_048).await.is_err());
    }
}
