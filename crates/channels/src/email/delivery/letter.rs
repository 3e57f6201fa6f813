//! Making the mail of a message. Pure.

use super::quote::quote;
use crate::email::addresses::{Mailbox, without_detail};
use crate::email::compose::{self, File};
use crate::email::threads::answer_subject;
use crate::email::tokens;
use desk::messages::deliveries::{Outgoing, OutgoingFile};

/// What the inbox adds to every message.
pub(super) struct Letterhead<'a> {
    /// The name and address it speaks as.
    pub(super) from: Mailbox,
    /// The token of the ticket and the recipient.
    pub(super) token: &'a str,
    /// Whether answers to a plus-part of the address arrive.
    pub(super) plus_addressing: bool,
    /// Below the message: the agent's own signature, then the inbox's. Both sanitised.
    pub(super) signatures: &'a [Signature],
    /// Whether replies carry the mail they answer, unless their author says otherwise.
    pub(super) quote_history: bool,
}

/// A signature in both forms.
#[derive(Clone, Debug, Default)]
pub(super) struct Signature {
    /// The HTML.
    pub(super) html: String,
    /// The same as text.
    pub(super) text: String,
}

/// The mail of a message for one recipient: the same for all but the envelope.
pub(super) fn letter(
    head: &Letterhead<'_>,
    message: Outgoing,
    files: Vec<(OutgoingFile, Vec<u8>)>,
    recipient: &Mailbox,
) -> compose::Outgoing {
    let address = without_detail(&head.from.address);
    let (_, host) = address.rsplit_once('@').unwrap_or((&address, "localhost"));
    let reply_to = tokens::reply_address(&address, head.token)
        .filter(|_| head.plus_addressing)
        .map(|address| Mailbox::new(&head.from.name, &address));
    let mut html = message.html;
    let (inline, attached) = places(&mut html, files, head.token, host);
    let mut text = message.text;
    sign(&mut text, &mut html, head.signatures);
    let quotes = message.quotes.unwrap_or(head.quote_history) && !message.forward;
    if let Some(answered) = message.answered.as_ref().filter(|_| quotes) {
        let quote = quote(answered, message.language.as_deref());
        text = format!("{}\n\n{}", text.trim_end(), quote.text);
        html.push_str("<br>");
        html.push_str(&quote.html);
    }
    // What answers a mail says so; what begins a thread or is sent on keeps its subject.
    let subject = if message.references.is_empty() || message.forward {
        message.subject
    } else {
        answer_subject(&message.subject)
    };
    if reply_to.is_none() {
        // The last hint that survives every server: clients quote it.
        text.push_str(&format!("\n\n[{}]", head.token));
        html.push_str(&format!("<div>[{}]</div>", head.token));
    }
    // Clients copy the References of what they answer, also where servers replace Message-IDs.
    let mut references = vec![format!("{}@{host}", head.token)];
    references.extend(message.references);
    let people = |list: Vec<desk::messages::Mailbox>| -> Vec<Mailbox> {
        list.iter()
            .map(|person| Mailbox::new(&person.name, &person.email))
            .collect()
    };
    let mut to = people(message.to);
    if to.is_empty() {
        to.push(recipient.clone());
    }
    compose::Outgoing {
        from: head.from.clone(),
        reply_to,
        to,
        cc: people(message.cc),
        subject,
        message_id: message.message_id,
        references,
        text,
        html,
        inline,
        files: attached,
        at: u64::try_from(message.at.micros() / 1_000_000).unwrap_or_default(),
        automatic: message.automatic,
        begun: message
            .begun
            .and_then(|begun| u64::try_from(begun.micros() / 1_000_000).ok()),
        unsubscribe: None,
    }
}

/// Files that the HTML shows, which travel inside it, and those beside the text.
fn places(
    html: &mut String,
    files: Vec<(OutgoingFile, Vec<u8>)>,
    token: &str,
    host: &str,
) -> (Vec<File>, Vec<File>) {
    let (mut inline, mut attached) = (Vec::new(), Vec::new());
    for (file, bytes) in files {
        let content_id = format!("a{}.{token}@{host}", file.id);
        let shown = replace_source(html, &file, &content_id);
        let part = File {
            name: file.name,
            content_type: file.content_type,
            content_id,
            bytes,
        };
        if shown {
            inline.push(part)
        } else {
            attached.push(part)
        }
    }
    (inline, attached)
}

/// Puts the signatures below a message, behind one delimiter (RFC 3676, 4.3) by which clients and
/// our own folding know where the message ends.
fn sign(text: &mut String, html: &mut String, signatures: &[Signature]) {
    let shown = |signature: &&Signature| !signature.text.trim().is_empty();
    let texts: Vec<&str> = signatures
        .iter()
        .filter(shown)
        .map(|signature| signature.text.trim())
        .collect();
    if !texts.is_empty() {
        text.push_str("\n\n-- \n");
        text.push_str(&texts.join("\n\n"));
    }
    let mut drawn = signatures
        .iter()
        .filter(|signature| !signature.html.trim().is_empty())
        .peekable();
    if drawn.peek().is_some() {
        html.push_str("<br><div class=\"evenkeel_signature\"><div>-- <br></div>");
        for signature in drawn {
            html.push_str(&signature.html);
        }
        html.push_str("</div>");
    }
}

/// Points the HTML at the image inside the mail; answers whether the HTML shows it at all.
fn replace_source(html: &mut String, file: &OutgoingFile, content_id: &str) -> bool {
    let source = format!("\"/api/v1/attachments/{}\"", file.id);
    let shown = html.contains(&source);
    if shown {
        *html = html.replace(&source, &format!("\"cid:{content_id}\""));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ids::{AttachmentId, BlobId};
    use kernel::journal::Actor;
    use kernel::time::Timestamp;

    fn file(id: i64, name: &str) -> (OutgoingFile, Vec<u8>) {
        let file = OutgoingFile {
            id: AttachmentId(id),
            name: name.into(),
            content_type: "image/png".into(),
            inline: true,
            blob: BlobId(id),
        };
        (file, vec![1])
    }

    fn signature(html: &str) -> Signature {
        let text = html.replace("<p>", "").replace("</p>", "");
        let html = html.to_owned();
        Signature { html, text }
    }

    #[test]
    fn images_shown_travel_inside_and_the_rest_beside() {
        let head = Letterhead {
            from: Mailbox::new("Shop", "support+old@shop.test"),
            token: "t12.abc",
            plus_addressing: true,
            signatures: &[
                signature("<p>Mia</p>"),
                Signature::default(),
                signature("<p>Shop</p>"),
            ],
            quote_history: false,
        };
        let message = Outgoing {
            subject: "s".into(),
            html: "<p><img src=\"/api/v1/attachments/1\"></p>".into(),
            text: "hello".into(),
            author: Actor::System,
            author_name: String::new(),
            to: Vec::new(),
            cc: Vec::new(),
            message_id: "m@shop.test".into(),
            references: vec!["a@x.y".into()],
            automatic: false,
            forward: false,
            quotes: None,
            answered: None,
            language: None,
            begun: None,
            files: Vec::new(),
            at: Timestamp::from_micros(5_000_000),
        };
        let ana = Mailbox::new("Ana", "ana@x.y");
        let mail = letter(
            &head,
            message,
            vec![file(1, "in.png"), file(11, "by.png")],
            &ana,
        );
        assert!(
            mail.html.contains("src=\"cid:a1.t12.abc@shop.test\""),
            "{}",
            mail.html
        );
        assert_eq!((mail.inline.len(), mail.files.len()), (1, 1));
        assert_eq!(mail.files[0].name, "by.png");
        assert_eq!(mail.reply_to.unwrap().address, "support+t12.abc@shop.test");
        assert_eq!(mail.to, [ana]);
        assert_eq!(mail.text, "hello\n\n-- \nMia\n\nShop");
        assert!(mail.html.ends_with("<p>Mia</p><p>Shop</p></div>"));
        assert_eq!(mail.subject, "Re: s");
    }
}
