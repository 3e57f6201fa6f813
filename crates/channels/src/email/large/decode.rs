//! Content-Transfer-Encodings (RFC 2045, 6), undone piece by piece exactly as they are undone in
//! one go.

use crate::email::parse::transfer::{Transfer, quoted_printable, sextet};

/// Longest end of a line in quoted-printable that means nothing without what follows.
const UNFINISHED_MAX: usize = 210;

/// Decodes a body that comes in pieces.
pub(super) struct Decoder {
    transfer: Transfer,
    /// The digits of an unfinished group of four.
    group: u32,
    count: u8,
    /// Behind padding, up to the line's end.
    padded: bool,
    /// The end of a line in quoted-printable.
    unfinished: Vec<u8>,
}

impl Decoder {
    /// For a body in this encoding; uuencoded ones stay as they are.
    pub(super) fn new(transfer: Transfer) -> Self {
        Self {
            transfer,
            group: 0,
            count: 0,
            padded: false,
            unfinished: Vec::new(),
        }
    }

    /// The bytes of the next piece.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Vec<u8> {
        match self.transfer {
            Transfer::Plain | Transfer::Uuencode => piece.to_vec(),
            Transfer::Base64 => self.base64(piece),
            Transfer::QuotedPrintable => self.quoted_printable(piece),
        }
    }

    /// The bytes of what is left at the end.
    pub(super) fn end(&mut self) -> Vec<u8> {
        let mut bytes = quoted_printable(&std::mem::take(&mut self.unfinished));
        self.end_run(&mut bytes);
        bytes
    }

    fn base64(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(piece.len() / 4 * 3 + 3);
        for &byte in piece {
            if self.padded {
                self.padded = byte != b'\n';
            } else if let Some(value) = sextet(byte) {
                self.group = self.group << 6 | u32::from(value);
                self.count += 1;
                if self.count == 4 {
                    let [_, a, b, c] = self.group.to_be_bytes();
                    bytes.extend([a, b, c]);
                    (self.group, self.count) = (0, 0);
                }
            } else if byte == b'=' {
                self.end_run(&mut bytes);
                self.padded = true;
            }
        }
        bytes
    }

    /// A run of base64 is over; a single digit is less than a byte.
    fn end_run(&mut self, bytes: &mut Vec<u8>) {
        let shift = 32 - 6 * u32::from(self.count).max(1);
        let [a, b, ..] = (self.group << shift).to_be_bytes();
        match self.count {
            2 => bytes.push(a),
            3 => bytes.extend([a, b]),
            _ => {}
        }
        (self.group, self.count) = (0, 0);
    }

    fn quoted_printable(&mut self, piece: &[u8]) -> Vec<u8> {
        self.unfinished.extend_from_slice(piece);
        let whole = if self.unfinished.ends_with(b"\n") {
            self.unfinished.len()
        } else {
            let from = self.unfinished.len().saturating_sub(UNFINISHED_MAX);
            let end = self.unfinished.get(from..).unwrap_or_default();
            let sign = end.iter().rposition(|&byte| byte == b'=');
            sign.map_or(self.unfinished.len(), |at| from.saturating_add(at))
        };
        let rest = self.unfinished.split_off(whole);
        quoted_printable(&std::mem::replace(&mut self.unfinished, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In steps of every size the same as in one go.
    fn check(transfer: Transfer, raw: &[u8]) {
        let whole = transfer.decode(raw);
        for step in [1, 2, 3, 5, 61, 1000] {
            let mut decoder = Decoder::new(transfer);
            let mut back: Vec<u8> = raw.chunks(step).flat_map(|it| decoder.feed(it)).collect();
            back.extend(decoder.end());
            assert_eq!(back, whole, "{} in steps of {step}", raw.escape_ascii());
        }
    }

    #[test]
    fn base64_comes_back_whatever_its_pieces() {
        let all: Vec<u8> = (0..=255).collect();
        check(Transfer::Base64, &all);
        for raw in [
            "",
            "Zm8",
            "Zm9v\r\nYmE=\r\nYmE= trash\r\nZm9v",
            "Z",
            "Zm9vYg==",
            "-_=A\nQQ",
        ] {
            check(Transfer::Base64, raw.as_bytes());
        }
    }

    #[test]
    fn quoted_printable_comes_back_whatever_its_pieces() {
        for raw in [
            "Gr=C3=BC=\r\n=C3=9Fe\r\n",
            "a = b =3D c =  \r\nd=",
            "=C3",
            "=",
            "100 %=zz\n",
        ] {
            check(Transfer::QuotedPrintable, raw.as_bytes());
        }
    }
}
