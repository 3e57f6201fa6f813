//! Recognising signed and encrypted mail. It is named, not opened: keys come later.

use super::mime::Part;

/// By which means a mail is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// S/MIME, encrypted (RFC 8551 `enveloped-data`, `authEnveloped-data`).
    SmimeEncrypted,
    /// S/MIME, readable text with a signature beside it (`multipart/signed`).
    SmimeSigned,
    /// S/MIME, text and signature in one file (`signed-data`).
    SmimeOpaque,
    /// PGP/MIME, encrypted (RFC 3156).
    PgpEncrypted,
    /// PGP/MIME, readable text with a signature beside it.
    PgpSigned,
    /// PGP within the text, encrypted (RFC 9580, 6).
    PgpInlineEncrypted,
    /// PGP within the text, readable (RFC 9580, 7).
    PgpInlineSigned,
}

impl Protection {
    /// Whether what was written can't be read without a key.
    pub fn is_encrypted(self) -> bool {
        use Protection::{PgpEncrypted, PgpInlineEncrypted, SmimeEncrypted};
        matches!(self, SmimeEncrypted | PgpEncrypted | PgpInlineEncrypted)
    }

    /// The method's name: `S/MIME` or `PGP`.
    pub fn method(self) -> &'static str {
        use Protection::{SmimeEncrypted, SmimeOpaque, SmimeSigned};
        match self {
            SmimeEncrypted | SmimeOpaque | SmimeSigned => "S/MIME",
            _ => "PGP",
        }
    }

    /// What stands in place of a text that can't be shown.
    pub(super) fn explained(self) -> &'static str {
        match self {
            Protection::SmimeEncrypted => {
                "This mail is encrypted with S/MIME and can't be read here yet. \
                 The encrypted content is attached."
            }
            Protection::PgpEncrypted | Protection::PgpInlineEncrypted => {
                "This mail is encrypted with PGP and can't be read here yet. \
                 The encrypted content is attached."
            }
            Protection::SmimeOpaque => {
                "This mail is packed into its S/MIME signature and can't be read here yet. \
                 The signed content is attached."
            }
            _ => "",
        }
    }
}

/// Reads it from the structure.
pub(super) fn recognise(parts: &[Part<'_>]) -> Option<Protection> {
    parts.iter().find_map(|part| match part.kind() {
        "multipart/encrypted" => Some(Protection::PgpEncrypted),
        "multipart/signed" => signed(part),
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => Some(packed(part)),
        _ => None,
    })
}

/// Reads it from the text.
pub(super) fn of_text(text: &str) -> Option<Protection> {
    let begins = |mark: &str| text.lines().any(|line| line.trim() == mark);
    if begins("-----BEGIN PGP MESSAGE-----") {
        Some(Protection::PgpInlineEncrypted)
    } else if begins("-----BEGIN PGP SIGNED MESSAGE-----") {
        Some(Protection::PgpInlineSigned)
    } else {
        None
    }
}

fn signed(part: &Part<'_>) -> Option<Protection> {
    let protocol = part
        .content_type
        .parameter("protocol")?
        .to_ascii_lowercase();
    if protocol.contains("pkcs7-signature") {
        Some(Protection::SmimeSigned)
    } else if protocol.contains("pgp-signature") {
        Some(Protection::PgpSigned)
    } else {
        None
    }
}

/// Which kind of `pkcs7-mime`: by its parameter, by its name, else by the object identifier that
/// stands at its start (RFC 5652: 1.2.840.113549.1.7.2 is signed-data).
fn packed(part: &Part<'_>) -> Protection {
    let kind = part.content_type.parameter("smime-type");
    let signed = match kind {
        Some(kind) => kind.eq_ignore_ascii_case("signed-data"),
        None => {
            const SIGNED: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
            let head = part.body.get(..200).unwrap_or(part.body);
            let bytes = part.transfer.decode(head);
            bytes.windows(SIGNED.len()).any(|window| window == SIGNED)
        }
    };
    if signed {
        Protection::SmimeOpaque
    } else {
        Protection::SmimeEncrypted
    }
}
