//! Who speaks in a mail and who reads along. Pure.

use crate::email::addresses::{Mailbox, same, without_detail};
use crate::email::parse::{Automatic, ParsedMail};

/// Most readers taken over from one mail.
const READERS_MAX: usize = 50;

/// Whose ticket the mail opens. Shops and forms write from an address of ours or one that nobody
/// reads, and name the customer in Reply-To; everybody else speaks for themselves.
pub(super) fn requester(mail: &ParsedMail, own: &[String]) -> Mailbox {
    let unread = is_own(&mail.from.address, own) || nobody_reads(&mail.from.address);
    let named = mail
        .reply_to
        .iter()
        .find(|reply_to| !is_own(&reply_to.address, own));
    match named {
        Some(named) if unread => named.clone(),
        _ => mail.from.clone(),
    }
}

/// The other visible recipients (To, Cc), without addresses of ours, without the writer and each
/// once.
pub(super) fn readers(
    mail: &ParsedMail,
    writer: &Mailbox,
    own: &[String],
) -> (Vec<Mailbox>, Vec<Mailbox>) {
    let mut seen = vec![writer.address.clone()];
    let mut fresh = |list: &[Mailbox]| -> Vec<Mailbox> {
        let mut readers = Vec::new();
        for person in list.iter().filter(|person| !is_own(&person.address, own)) {
            let known = seen.iter().any(|address| same(address, &person.address));
            if !known && seen.len() <= READERS_MAX {
                seen.push(person.address.clone());
                readers.push(person.clone());
            }
        }
        readers
    };
    (fresh(&mail.to), fresh(&mail.cc))
}

/// Whether an address is one of our inboxes', with or without a plus-part.
pub(super) fn is_own(address: &str, own: &[String]) -> bool {
    let address = address.to_lowercase();
    let base = without_detail(&address);
    own.iter().any(|own| *own == address || *own == base)
}

/// Whether a program answered a mail: such mail never reopens anything.
pub(super) fn answers_by_itself(mail: &ParsedMail) -> bool {
    matches!(mail.automatic, Some(Automatic::Reply | Automatic::Bounce))
}

fn nobody_reads(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_lowercase();
    let local: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    ["noreply", "donotreply", "nepasrepondre", "noresponder"]
        .iter()
        .any(|n| local.starts_with(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(from: &str, reply_to: Option<&str>) -> ParsedMail {
        ParsedMail {
            from: Mailbox::new("", from),
            reply_to: reply_to
                .map(|address| Mailbox::new("", address))
                .into_iter()
                .collect(),
            ..ParsedMail::default()
        }
    }

    #[test]
    fn forms_speak_for_the_customer_they_name() {
        let own = ["support@shop.test".to_owned()];
        for (from, reply_to, expected) in [
            ("ana@x.y", None, "ana@x.y"),
            ("ana@x.y", Some("ben@x.y"), "ana@x.y"),
            ("support@shop.test", Some("ana@x.y"), "ana@x.y"),
            ("no-reply@shop.test", Some("ana@x.y"), "ana@x.y"),
            ("no-reply@shop.test", None, "no-reply@shop.test"),
            (
                "support@shop.test",
                Some("support@shop.test"),
                "support@shop.test",
            ),
        ] {
            assert_eq!(requester(&mail(from, reply_to), &own).address, expected);
        }
    }

    #[test]
    fn readers_leave_out_ourselves_and_the_writer() {
        let own = ["support@shop.test".to_owned()];
        let mut mail = mail("ana@x.y", None);
        mail.to = ["Support+t1.ab@shop.test", "ben@x.y", "ana@x.y"]
            .map(|address| Mailbox::new("", address))
            .into();
        mail.cc = ["BEN@x.y", "cleo@x.y"]
            .map(|address| Mailbox::new("", address))
            .into();
        let (to, cc) = readers(&mail, &mail.from, &own);
        assert_eq!(to, [Mailbox::new("", "ben@x.y")]);
        assert_eq!(cc, [Mailbox::new("", "cleo@x.y")]);
    }
}
