//! The token of a link. Pure but for the master key.

use super::MailKind;
use kernel::ids::IdentityId;
use kernel::keys::Keys;

/// Bytes of the signature that are kept: 128 bits.
const SIGNATURE_BYTES: usize = 16;

/// The token that says no for an address to a kind of mail; the same every time.
pub fn token(keys: &Keys, identity: IdentityId, kind: MailKind) -> String {
    let subject = format!("{identity}.{}", kind.as_str());
    format!("{subject}.{}", signature(keys, &subject))
}

/// Reads a token; `None` when it was forged or damaged.
pub fn read(keys: &Keys, token: &str) -> Option<(IdentityId, MailKind)> {
    let (subject, given) = token.rsplit_once('.')?;
    let wanted = signature(keys, subject);
    let differences = given
        .bytes()
        .zip(wanted.bytes())
        .fold(0, |seen, (a, b)| seen | (a ^ b));
    if given.len() != wanted.len() || differences != 0 {
        return None;
    }
    let (identity, kind) = subject.split_once('.')?;
    Some((identity.parse().ok()?, kind.parse().ok()?))
}

fn signature(keys: &Keys, subject: &str) -> String {
    let mac = keys.hmac("mail.unsubscribe", subject.as_bytes());
    let kept = mac.get(..SIGNATURE_BYTES).unwrap_or(&mac);
    kept.iter().map(|byte| format!("{byte:02x}")).collect()
}
