//! Limits on what an IMAP server may announce, below the library that reads it: a literal (RFC
//! 3501, section 4.3) is believed by its length, and a server may say any length.

use crate::email::intake::MAIL_BYTES_MAX;
use crate::email::server::MailStream;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Largest literal that is taken, in bytes: a whole mail and some room.
const LITERAL_BYTES_MAX: usize = MAIL_BYTES_MAX + 1024 * 1024;
/// Longest line, in bytes: the answer to a search in a folder of two million mails.
const LINE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A connection whose incoming bytes are watched.
#[derive(Debug)]
pub(super) struct Guarded {
    inner: Box<dyn MailStream>,
    scan: Scan,
}

impl Guarded {
    pub(super) fn new(inner: Box<dyn MailStream>) -> Guarded {
        Guarded {
            inner,
            scan: Scan::default(),
        }
    }

    pub(super) fn into_inner(self) -> Box<dyn MailStream> {
        self.inner
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let this = &mut *self;
        let read = Pin::new(&mut this.inner).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = read {
            let fresh = buf.filled().get(before..).unwrap_or_default();
            if let Err(reason) = this.scan.feed(fresh) {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, reason)));
            }
        }
        read
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// How far the announcement of a literal, `{123}` at the end of a line, is read.
#[derive(Debug, Default)]
enum Announced {
    #[default]
    Nothing,
    Open(Option<usize>),
    Closed(usize),
    Ended(usize),
}

#[derive(Debug, Default)]
struct Scan {
    literal: usize,
    line: usize,
    announced: Announced,
}

impl Scan {
    fn feed(&mut self, mut bytes: &[u8]) -> Result<(), &'static str> {
        loop {
            let skipped = self.literal.min(bytes.len());
            self.literal -= skipped;
            bytes = bytes.get(skipped..).unwrap_or_default();
            let Some((&byte, rest)) = bytes.split_first() else {
                return Ok(());
            };
            bytes = rest;
            self.byte(byte)?;
        }
    }

    fn byte(&mut self, byte: u8) -> Result<(), &'static str> {
        self.line += 1;
        if self.line > LINE_BYTES_MAX {
            return Err("it sends a line without an end");
        }
        self.announced = match (std::mem::take(&mut self.announced), byte) {
            (_, b'{') => Announced::Open(None),
            (Announced::Open(length), b'0'..=b'9') => {
                let digit = usize::from(byte - b'0');
                let longer = length.unwrap_or(0).saturating_mul(10).saturating_add(digit);
                Announced::Open(Some(longer))
            }
            (Announced::Open(Some(length)), b'}') => Announced::Closed(length),
            (Announced::Closed(length), b'\r') => Announced::Ended(length),
            (Announced::Ended(length), b'\n') if length > LITERAL_BYTES_MAX => {
                return Err("it announces more than a mail may hold");
            }
            (Announced::Ended(length), b'\n') => {
                self.literal = length;
                Announced::Nothing
            }
            (_, b'\n') => {
                self.line = 0;
                Announced::Nothing
            }
            _ => Announced::Nothing,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(pieces: &[&[u8]]) -> Result<Scan, &'static str> {
        let mut scan = Scan::default();
        for piece in pieces {
            scan.feed(piece)?;
        }
        Ok(scan)
    }

    #[test]
    fn literals_are_skipped_wherever_the_pieces_break() {
        let whole = b"* 1 FETCH (BODY[] {12}\r\n{99999999999)\n)\r\n* 2 EXISTS\r\n";
        for at in 0..whole.len() {
            let scan = feed(&[&whole[..at], &whole[at..]]).unwrap();
            assert_eq!((scan.literal, scan.line), (0, 0), "broken at {at}");
        }
    }

    #[test]
    fn a_literal_nobody_could_hold_is_refused() {
        assert!(feed(&[b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n"]).is_err());
        assert!(feed(&[b"* 1 FETCH (BODY[] {700000000}\r\n"]).is_err());
        assert!(feed(&[b"* 1 FETCH (BODY[] {700000}\r\n"]).is_ok());
        assert!(feed(&[b"* OK {700000000} is only text\r\n"]).is_ok());
    }

    #[test]
    fn a_line_has_an_end() {
        let piece = vec![b'x'; 1024 * 1024];
        let pieces: Vec<&[u8]> = (0..17).map(|_| piece.as_slice()).collect();
        assert!(feed(&pieces).is_err());
    }
}
