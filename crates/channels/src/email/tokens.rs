//! Signed tokens that lead an answer back to its ticket: in the plus-part of the address answers
//! go to (`support+t12.k3…@shop`) and in our Message-IDs (`t12.k3….n4.…@shop`).
//!
//! A token proves that we wrote to somebody about this ticket. It does not prove who answers:
//! whether the sender belongs to the ticket is decided by the threading rules.

use kernel::ids::{AgentId, NotificationId, TicketId};
use kernel::keys::Keys;

/// Bytes of the signature that are kept: 80 bits, 16 letters.
const SIGNATURE_BYTES: usize = 10;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Makes the token of a ticket: `t12.` and sixteen letters.
pub fn of_ticket(keys: &Keys, ticket: TicketId) -> String {
    format!("t{}.{}", ticket.0, signature(keys, ticket))
}

/// Reads the ticket out of a token at the start of `text`; `None` when it was forged or damaged.
/// Case is ignored because some servers fold local parts.
pub fn ticket_of(keys: &Keys, text: &str) -> Option<TicketId> {
    let text = text.to_ascii_lowercase();
    let (number, rest) = text.strip_prefix('t')?.split_once('.')?;
    let given = rest.split(['.', '@']).next()?;
    let number: i64 = number.parse().ok().filter(|&n| n > 0)?;
    let ticket = TicketId(number);
    same_bytes(given.as_bytes(), signature(keys, ticket).as_bytes()).then_some(ticket)
}

fn signature(keys: &Keys, ticket: TicketId) -> String {
    let mac = keys.hmac("mail.reply-token", ticket.0.to_string().as_bytes());
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
