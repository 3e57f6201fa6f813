//! Headers that keep a thread together in the big clients. Pure.

use super::compose::Outgoing;
use super::words::single_line;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The subject as an answer carries it: `Re: ` once, whatever language it stands in already.
pub fn answer_subject(subject: &str) -> String {
    let subject = single_line(subject);
    if topic(&subject).len() < subject.len() {
        return subject;
    }
    format!("Re: {subject}")
}

/// The subject without the marks of answering and sending on, in the languages of the big clients.
pub fn topic(subject: &str) -> String {
    const MARKS: [&str; 21] = [
        "re", "aw", "sv", "vs", "odp", "ref", "res", "rif", "ynt", "bls", "antw", "vá", "רד", "رد",
        "回复", "答复", "fwd", "fw", "wg", "tr", "rv",
    ];
    let subject = single_line(subject);
    let mut rest = subject.as_str();
    loop {
        let Some((mark, after)) = rest.split_once([':', '：']) else {
            return rest.to_owned();
        };
        // `Re[2]:` and `RE (3):` count as well.
        let word = mark
            .split(['[', '('])
            .next()
            .unwrap_or_default()
            .trim()
            .to_lowercase();
        if !MARKS.contains(&word.as_str()) {
            return rest.to_owned();
        }
        rest = after.trim_start();
    }
}

/// Seconds between the epochs of Windows (1601) and Unix.
const WINDOWS_EPOCH: u64 = 11_644_473_600;

/// `Thread-Index` as Outlook makes it (MS-OXOMSG, 2.2.1.3): when and under which number the thread
/// began, and five bytes for each answer. It is written only for threads that we began, since a
/// number of our own would part an answer from the thread the customer's Outlook began.
pub(super) fn thread_index(mail: &Outgoing, begun: u64) -> String {
    let first = mail.references.first().unwrap_or(&mail.message_id);
    let number = digest(&SHA256, first.as_bytes());
    let ticks = |secs: u64| {
        secs.saturating_add(WINDOWS_EPOCH)
            .saturating_mul(10_000_000)
    };
    let mut index: Vec<u8> = vec![1];
    index.extend(ticks(begun).to_be_bytes().get(1..6).unwrap_or_default());
    index.extend(number.as_ref().get(..16).unwrap_or_default());
    if mail.references.len() > 1 {
        let later = mail.at.saturating_sub(begun).saturating_mul(10_000_000) >> 18;
        let later = u32::try_from(later & 0x7FFF_FFFF).unwrap_or_default();
        index.extend(later.to_be_bytes());
        let own = digest(&SHA256, mail.message_id.as_bytes());
        index.extend(own.as_ref().get(..1).unwrap_or_default());
    }
    STANDARD.encode(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_marked_once() {
        for (subject, topic_of, answer) in [
            ("Lamp", "Lamp", "Re: Lamp"),
            ("Re: Lamp", "Lamp", "Re: Lamp"),
            ("AW: WG: Lampe", "Lampe", "AW: WG: Lampe"),
            ("Re[2]: RE: x", "x", "Re[2]: RE: x"),
            ("回复：灯", "灯", "回复：灯"),
            ("Order: late", "Order: late", "Re: Order: late"),
            ("", "", "Re: "),
        ] {
            assert_eq!(topic(subject), topic_of);
            assert_eq!(answer_subject(subject), answer);
        }
    }
}
