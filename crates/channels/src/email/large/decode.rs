//! Content-Transfer-Encodings (RFC 2045, 6), decoded line by line.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// Forgives what senders get wrong at the end of a file.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// How a body is written in a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// In base64.
    Base64,
    /// In quoted-printable.
    QuotedPrintable,
}

impl Encoding {
    /// By its name in the header; an unknown one is read as it is.
    pub fn named(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().as_str() {
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            _ => Self::Identity,
        }
    }

    /// A short text of letters, digits and dashes in this encoding.
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Base64 => BASE64.encode(text).into_bytes(),
            Self::Identity | Self::QuotedPrintable => text.as_bytes().to_vec(),
        }
    }
}

/// Decodes a body that comes in whole lines, or in pieces of very long ones.
pub struct Decoder {
    encoding: Encoding,
    /// The digits of an unfinished group of four.
    digits: Vec<u8>,
}

impl Decoder {
    /// For a body in this encoding.
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            digits: Vec::new(),
        }
    }

    /// The bytes of the next line or lines.
    pub fn feed(&mut self, lines: &[u8]) -> Vec<u8> {
        match self.encoding {
            Encoding::Identity => lines.to_vec(),
            Encoding::QuotedPrintable => {
                quoted_printable_decode(lines).unwrap_or_else(|| lines.to_vec())
            }
            Encoding::Base64 => {
                let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
                self.digits.extend(lines.iter().filter(is_digit));
                let rest = self.digits.split_off(self.digits.len() / 4 * 4);
                let whole = std::mem::replace(&mut self.digits, rest);
                // Only digits in groups of four are left, so this can't fail.
                BASE64.decode(whole).unwrap_or_default()
            }
        }
    }

    /// The bytes of what is left at the end.
    pub fn end(&mut self) -> Vec<u8> {
        // A single digit is less than a byte: the file was cut off there.
        BASE64
            .decode(std::mem::take(&mut self.digits))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_comes_back_whatever_its_lines() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let text = BASE64.encode(&bytes);
        for width in [1, 3, 4, 61, 76, 5000] {
            let mut decoder = Decoder::new(Encoding::Base64);
            let mut back = Vec::new();
            for line in text.as_bytes().chunks(width) {
                back.extend(decoder.feed(&[line, &b" \r\n"[..]].concat()));
            }
            back.extend(decoder.end());
            assert_eq!(back, bytes, "lines of {width}");
        }
    }

    #[test]
    fn quoted_printable_joins_soft_lines() {
        let mut decoder = Decoder::new(Encoding::QuotedPrintable);
        let lines = [&b"Gr=C3=BC=\r\n"[..], b"=C3=9Fe\r\n"];
        let back: Vec<u8> = lines.iter().flat_map(|line| decoder.feed(line)).collect();
        assert_eq!(back, "Grüße\r\n".as_bytes());
    }
}
