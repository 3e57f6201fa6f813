//! Who speaks in a mail and who reads along. Pure.

use crate::email::addresses::{Mailbox, same, without_detail};
use crate::email::parse::{Automatic, ParsedMail};

/// Most readers taken over from one mail.
const READERS_MAX: usize = 50;

/// Whose ticket the mail opens. Shops and forms write from an address of ours or one that nobody
/// reads, and name the customer in Reply-To; everybody else speaks for themselves, whatever their
/// Reply-To says.
pub(super) fn requester(mail: &ParsedMail, own: &[String]) -> Mailbox {
    let unread = is_own(&mail.from.address, own) || nobody_reads(&mail.from.address);
    let named =
        |reply_to: &&Mailbox| !is_own(&reply_to.address, own) && !nobody_reads(&reply_to.address);
    match mail.reply_to.iter().find(named) {
        Some(named) if unread && !answers_by_itself(mail) => named.clone(),
        _ => mail.from.clone(),
    }
}

/// What a mail that would open a ticket is gathered with beside the desk: the name of its list or
/// newsletter. A list that is our own entrance (support@ as a group) brings customers; so does a
/// form, whatever headers its sending service adds.
pub(super) fn bulk_of(mail: &ParsedMail, own: &[String]) -> Option<String> {
    if mail.automatic == Some(Automatic::Bounce) {
        return Some("reports".to_owned());
    }
    if mail.automatic != Some(Automatic::Bulk) {
        return None;
    }
    let Some(list) = mail.list.as_ref().filter(|list| !list.id.is_empty()) else {
        let is_form = requester(mail, own) != mail.from;
        return (!is_form).then(|| mail.from.address.to_lowercase());
    };
    let entrance = |own: &String| {
        list.id == own.replace('@', ".") || list.posts_to.iter().any(|post| post == own)
    };
    (!own.iter().any(entrance)).then(|| list.id.clone())
}

/// Whether an answer to the mail may confirm that it arrived: a person wrote it for themselves.
pub(super) fn may_acknowledge(mail: &ParsedMail, writer: &str, own: &[String]) -> bool {
    mail.automatic.is_none()
        && same(writer, &mail.from.address)
        && !is_own(writer, own)
        && !nobody_reads(writer)
}

/// Whether a mail of ours came back by a list, a forward or a copy: the caller made sure that its
/// Message-ID is ours. Lists put themselves into From and leave us in Reply-To or Sender. A
/// stranger who borrows an id of ours is treated like any other writer.
pub(super) fn came_from_us(mail: &ParsedMail, own: &[String]) -> bool {
    is_own(&mail.from.address, own)
        || (mail.list.is_some() && mail.reply_to.iter().any(|it| is_own(&it.address, own)))
}

/// The other visible recipients.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Readers {
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    /// How many more there are than are kept.
    pub(super) more: usize,
}

/// The other visible recipients (To, Cc), without addresses of ours, without the writer and each
/// once.
pub(super) fn readers(mail: &ParsedMail, writer: &Mailbox, own: &[String]) -> Readers {
    let mut seen = vec![writer.address.clone()];
    let mut more = mail.more_recipients;
    let mut fresh = |list: &[Mailbox]| -> Vec<Mailbox> {
        let mut readers = Vec::new();
        for person in list.iter().filter(|person| !is_own(&person.address, own)) {
            let known = seen.iter().any(|address| same(address, &person.address));
            if !known && seen.len() <= READERS_MAX {
                seen.push(person.address.clone());
                readers.push(person.clone());
            } else if !known {
                more = more.saturating_add(1);
            }
        }
        readers
    };
    let (to, cc) = (fresh(&mail.to), fresh(&mail.cc));
    Readers { to, cc, more }
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

/// Whether an address is a program's, as shops, forms and their services name them.
fn nobody_reads(address: &str) -> bool {
    /// How such addresses begin.
    const BEGINNINGS: [&str; 12] = [
        "noreply",
        "noreplies",
        "donotreply",
        "dontreply",
        "nepasrepondre",
        "noresponder",
        "naoresponda",
        "nonrispondere",
        "nichtantworten",
        "keineantwort",
        "bounces",
        "unmonitored",
    ];
    /// What such addresses are called.
    const NAMES: [&str; 26] = [
        "apache",
        "auto",
        "automailer",
        "contactform",
        "form",
        "formmail",
        "formmailer",
        "forms",
        "formular",
        "formulario",
        "formulaire",
        "kontaktformular",
        "mailer",
        "nginx",
        "nobody",
        "notification",
        "notifications",
        "notify",
        "shopmailer",
        "system",
        "webform",
        "webforms",
        "webserver",
        "website",
        "wordpress",
        "wwwdata",
    ];
    let local = address.split('@').next().unwrap_or_default().to_lowercase();
    let local = local.split('+').next().unwrap_or_default();
    let local: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    BEGINNINGS.iter().any(|begins| local.starts_with(begins)) || NAMES.contains(&local.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::parse::List;

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
            ("wordpress@blog.test", Some("ana@x.y"), "ana@x.y"),
            ("Contact-Form@blog.test", Some("ana@x.y"), "ana@x.y"),
            ("mailer+7@shops.test", Some("ana@x.y"), "ana@x.y"),
            (
                "www-data@host.test",
                Some("no-reply@host.test"),
                "www-data@host.test",
            ),
            // These are people: what they put into Reply-To can name anybody.
            ("info@firm.test", Some("ana@x.y"), "info@firm.test"),
            ("formosa@x.y", Some("ana@x.y"), "formosa@x.y"),
            ("noreen@x.y", Some("ana@x.y"), "noreen@x.y"),
            (
                "support@shop.test",
                Some("support@shop.test"),
                "support@shop.test",
            ),
        ] {
            assert_eq!(requester(&mail(from, reply_to), &own).address, expected);
        }
    }

    fn listed(from: &str, reply_to: Option<&str>, id: &str, post: &str) -> ParsedMail {
        ParsedMail {
            automatic: Some(Automatic::Bulk),
            list: Some(List {
                id: id.into(),
                posts_to: vec![post.into()],
            }),
            ..mail(from, reply_to)
        }
    }

    #[test]
    fn lists_and_newsletters_lie_aside_and_entrances_and_forms_do_not() {
        let own = ["support@shop.test".to_owned()];
        let aside = |mail: &ParsedMail| bulk_of(mail, &own);
        let talk = listed("ben@x.y", None, "talk.x.y", "talk@x.y");
        assert_eq!(aside(&talk).as_deref(), Some("talk.x.y"));
        let news = listed("News@x.y", None, "", "");
        assert_eq!(aside(&news).as_deref(), Some("news@x.y"));
        // A group of ours by its id or by where one posts to.
        for (id, post) in [
            ("support.shop.test", ""),
            ("123.groups.test", "support@shop.test"),
        ] {
            assert_eq!(aside(&listed("ana@x.y", None, id, post)), None);
        }
        assert_eq!(
            aside(&listed("no-reply@forms.test", Some("ana@x.y"), "", "")),
            None
        );
        assert_eq!(aside(&mail("ana@x.y", None)), None);
        let report = ParsedMail {
            automatic: Some(Automatic::Bounce),
            ..mail("mailer-daemon@x.y", None)
        };
        assert_eq!(aside(&report).as_deref(), Some("reports"));
    }

    #[test]
    fn our_mail_is_known_when_a_list_sends_it_back() {
        let own = ["support@shop.test".to_owned()];
        let back = |mail: &ParsedMail| came_from_us(mail, &own);
        assert!(back(&mail("Support@shop.test", None)));
        let ours = Some("support+t1.abc@shop.test");
        assert!(back(&listed("talk@x.y", ours, "talk.x.y", "")));
        assert!(
            !back(&mail("eve@x.y", ours)),
            "a stranger who borrows an id"
        );
    }

    #[test]
    fn only_people_who_write_for_themselves_get_a_confirmation() {
        let own = ["support@shop.test".to_owned()];
        let may = |mail: &ParsedMail, writer: &str| may_acknowledge(mail, writer, &own);
        assert!(may(&mail("Ana@x.y", None), "ana@x.y"));
        assert!(!may(&mail("no-reply@x.y", Some("ana@x.y")), "ana@x.y"));
        assert!(!may(&mail("no-reply@x.y", None), "no-reply@x.y"));
        assert!(!may(&mail("support@shop.test", None), "support@shop.test"));
        for kind in [
            Automatic::Reply,
            Automatic::Bounce,
            Automatic::Bulk,
            Automatic::Notice,
        ] {
            let automatic = ParsedMail {
                automatic: Some(kind),
                ..mail("ana@x.y", None)
            };
            assert!(!may(&automatic, "ana@x.y"), "{kind:?}");
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
        let Readers { to, cc, more } = readers(&mail, &mail.from, &own);
        assert_eq!(to, [Mailbox::new("", "ben@x.y")]);
        assert_eq!(cc, [Mailbox::new("", "cleo@x.y")]);
        assert_eq!(more, 0);
    }

    #[test]
    fn receivers_beyond_the_first_are_counted() {
        let mut mail = mail("ana@x.y", None);
        let many = |n: usize| Mailbox::new("", &format!("p{n}@x.y"));
        mail.to = (0..60).map(many).collect();
        mail.more_recipients = 9_940;
        let Readers { to, more, .. } = readers(&mail, &mail.from, &[]);
        assert_eq!((to.len(), more), (50, 9_950));
    }
}
