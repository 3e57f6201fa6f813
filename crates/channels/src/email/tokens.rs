//! Signed tokens that lead an answer back to its ticket: in the plus-part of the address answers
//! go to (`support+t12.k3….n4…@shop`), among the References of our mail, and, for inboxes whose
//! server knows no plus-parts, in a line of its text.
//!
//! A token names the ticket and the participant it was sent to. It proves that we wrote to that
//! participant about this ticket. It does not prove who answers: a token that was passed on is
//! worth nothing in other hands, and what it is worth is decided by the threading rules.

use kernel::ids::{AgentId, NotificationId, TicketId};
use kernel::keys::Keys;

/// Bytes of the signature that are kept: 80 bits, 16 letters.
const SIGNATURE_BYTES: usize = 10;
/// Bytes of the keyed mark of a participant: 40 bits, 8 letters.
const PARTICIPANT_BYTES: usize = 5;
/// Longest text a token can be: `t`, 19 digits, and the letters with their dots.
const TOKEN_CHARS_MAX: usize = 1 + 19 + 1 + 8 + 1 + 16;
/// Longest local part of an address (RFC 5321, 4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;
/// How much of a text is searched for a token, in bytes, and how many likely ones are tried.
const SEARCHED_BYTES_MAX: usize = 256 * 1024;
const TRIED_MAX: usize = 50;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A token that we made, read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The ticket it leads to.
    pub ticket: TicketId,
    participant: String,
}

impl Token {
    /// Whether it was made for whoever writes from `address`.
    pub fn is_for(&self, keys: &Keys, address: &str) -> bool {
        same_bytes(
            self.participant.as_bytes(),
            participant(keys, address).as_bytes(),
        )
    }
}

/// Makes the token of a ticket for one participant: `t12.` and 8 and 16 letters.
pub fn make(keys: &Keys, ticket: TicketId, address: &str) -> String {
    let participant = participant(keys, address);
    let signature = signature(keys, ticket, &participant);
    format!("t{}.{participant}.{signature}", ticket.0)
}

/// Reads the token at the start of `text`; `None` when it was forged or damaged. Case is ignored
/// because some servers fold local parts.
pub fn read(keys: &Keys, text: &str) -> Option<Token> {
    let text = text.split('@').next()?;
    if text.len() > TOKEN_CHARS_MAX {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let mut parts = text.strip_prefix('t')?.split('.');
    let (digits, participant, given) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let number: i64 = digits.parse().ok().filter(|&n| n > 0)?;
    // "+12" and "012" are numbers too, but not as we write them.
    if number.to_string() != digits {
        return None;
    }
    let ticket = TicketId(number);
    let expected = signature(keys, ticket, participant);
    same_bytes(given.as_bytes(), expected.as_bytes()).then(|| Token {
        ticket,
        participant: participant.to_owned(),
    })
}

/// The first token in a text, as in the quoted line of a mail of ours.
pub fn find(keys: &Keys, text: &str) -> Option<Token> {
    let mut end = text.len().min(SEARCHED_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .map(|word| word.trim_matches('.'))
        .filter(|word| word.len() >= 28 && word.matches('.').count() == 2)
        .filter(|word| word.starts_with(['t', 'T']))
        .take(TRIED_MAX)
        .find_map(|word| read(keys, word))
}

/// The address that leads answers home by `token`; `None` when it would be longer than mail
/// servers take.
pub fn reply_address(inbox: &str, token: &str) -> Option<String> {
    let (local, host) = inbox.rsplit_once('@')?;
    let local = local.split('+').next().unwrap_or(local);
    let local = format!("{local}+{token}");
    (local.len() <= LOCAL_BYTES_MAX).then(|| format!("{local}@{host}"))
}

fn participant(keys: &Keys, address: &str) -> String {
    let mac = keys.hmac("mail.participant", address.trim().to_lowercase().as_bytes());
    letters(mac.get(..PARTICIPANT_BYTES).unwrap_or(&mac))
}

fn signature(keys: &Keys, ticket: TicketId, participant: &str) -> String {
    let signed = format!("{}.{participant}", ticket.0);
    let mac = keys.hmac("mail.reply-token", signed.as_bytes());
    letters(mac.get(..SIGNATURE_BYTES).unwrap_or(&mac))
}

/// Base32 in lower case: five bits a letter.
fn letters(bytes: &[u8]) -> String {
    let mut out = String::new();
    let (mut window, mut bits) = (0_u32, 0_u32);
    for &byte in bytes {
        window = (window << 8 | u32::from(byte)) & 0xFFFF;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let index = usize::try_from(window >> bits & 31).unwrap_or_default();
            out.push(ALPHABET.get(index).copied().map_or('a', char::from));
        }
    }
    out
}

/// Compares without stopping at the first difference, so that timing tells nothing.
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}

/// The Message-ID of a notification mail to an agent; the same for the same notification.
pub fn notice_id(keys: &Keys, agent: AgentId, notification: NotificationId, host: &str) -> String {
    let subject = format!("{agent}-{notification}");
    format!("n{subject}.{}@{host}", notice_signature(keys, &subject))
}

/// Whether a Message-ID is one of our notification mails'.
pub fn is_notice(keys: &Keys, id: &str) -> bool {
    let parts = id.strip_prefix('n').and_then(|rest| rest.split_once('.'));
    let Some((subject, rest)) = parts else {
        return false;
    };
    let given = rest.split('@').next().unwrap_or_default();
    same_bytes(given.as_bytes(), notice_signature(keys, subject).as_bytes())
}

fn notice_signature(keys: &Keys, subject: &str) -> String {
    let mac = keys.hmac("mail.notice", subject.as_bytes());
    letters(mac.get(..SIGNATURE_BYTES).unwrap_or(&mac))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_that_would_be_too_long_get_no_plus_part() {
        let token = "t12.aaaaaaaa.bbbbbbbbbbbbbbbb";
        let address = reply_address("support+old@shop.test", token).unwrap();
        assert_eq!(address, format!("support+{token}@shop.test"));
        let long = "a".repeat(LOCAL_BYTES_MAX - token.len());
        assert_eq!(reply_address(&format!("{long}@shop.test"), token), None);
        assert!(reply_address(&format!("{}@shop.test", &long[1..]), token).is_some());
    }

    proptest! {
        #[test]
        fn letters_are_five_bits_each(bytes in proptest::collection::vec(any::<u8>(), 5..=10)) {
            let text = letters(&bytes);
            prop_assert_eq!(text.len(), bytes.len() * 8 / 5);
            prop_assert!(text.bytes().all(|b| ALPHABET.contains(&b)));
        }
    }
}
