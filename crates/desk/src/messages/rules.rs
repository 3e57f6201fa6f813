//! When a reply goes out, whom it reaches, and what may not be sent.

use std::time::Duration;

use identity::Role;
use kernel::ids::AgentId;
use kernel::journal::Actor;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{Mailbox, MessageState, Remark};
use crate::html::rules::HTML_BYTES_MAX;
use crate::html::{self, Clean};
use crate::macros;
use crate::tickets::{Place, Status, Ticket, rules};

/// How long a reply can be taken back.
pub const UNDO: Duration = Duration::from_secs(15);
/// How far ahead a reply can be sent.
pub const SEND_LATER_MAX: Duration = Duration::from_hours(366 * 24);
/// The most colleagues one note names.
pub const MENTIONS_MAX: usize = 50;
/// The most people one forward goes to.
pub const FORWARD_TO_MAX: usize = 20;
/// What stands in the place of removed words.
pub const REDACTED: &str = "█████";

/// When a reply written at `now` goes out.
pub fn release_at(now: Timestamp, send_at: Option<Timestamp>) -> Result<Timestamp, Refusal> {
    let undo_until = now.plus(UNDO);
    match send_at {
        None => Ok(undo_until),
        Some(at) if at > now && at <= now.plus(SEND_LATER_MAX) => Ok(at.max(undo_until)),
        Some(_) => {
            let mend = "choose a time within the next year";
            Err(Refusal::invalid("send_at", "is not a time to come", mend))
        }
    }
}

/// Whether the ticket takes an answer to the customer.
pub fn may_answer(ticket: &Ticket) -> Result<(), Refusal> {
    if ticket.status == Status::Closed {
        return Err(rules::closed());
    }
    if !matches!(ticket.place, Place::Desk | Place::Side) {
        let detail = "This ticket does not lie on the desk; put it back there first.";
        return Err(Refusal::conflict("not_on_desk", detail));
    }
    Ok(())
}

/// The refusal of an answer that did not see the newest messages.
pub fn new_messages(count: usize) -> Refusal {
    let detail = if count == 1 {
        "A message came while you were writing; read it, then send again.".to_owned()
    } else {
        format!("{count} messages came while you were writing; read them, then send again.")
    };
    Refusal::conflict("new_messages", detail)
}

/// The refusal of taking back what is on its way.
pub fn already_sent() -> Refusal {
    Refusal::conflict(
        "already_sent",
        "The reply is on its way and can't be taken back.",
    )
}

/// Whether `who` may take back or hurry a reply of `author`.
pub fn may_recall(who: AgentId, role: Role, author: Actor) -> Result<(), Refusal> {
    if author == Actor::Agent(who) || matches!(role, Role::Owner | Role::Admin | Role::Lead) {
        return Ok(());
    }
    Err(Refusal::NotAllowed {
        permission: "ticket.reply",
    })
}

/// Refuses a text to a customer that still holds a placeholder of a macro.
pub fn no_placeholder(html: &str) -> Result<(), Refusal> {
    match macros::variables::placeholder(html) {
        None => Ok(()),
        Some(found) => Err(Refusal::invalid(
            "html",
            format!("still holds the placeholder {found}"),
            "write what belongs there, or take it out",
        )),
    }
}

/// What an agent wrote, harmless; refused when there is nothing in it.
pub fn body(html: &str, has_files: bool) -> Result<Clean, Refusal> {
    if html.len() > HTML_BYTES_MAX {
        return Err(Refusal::invalid(
            "html",
            "is too long",
            "keep it under 2 MiB",
        ));
    }
    let clean = html::sanitise(html);
    if clean.text.is_empty() && !has_files && !clean.html.contains("<img") {
        return Err(Refusal::invalid("html", "is empty", "write something"));
    }
    Ok(clean)
}

/// Whom a reply is handed to: the requester and those in copy, each once, never ourselves.
pub fn recipients(requester: &Mailbox, cc: &[Mailbox], own: &[String]) -> Vec<Mailbox> {
    let mut seen: Vec<String> = own.to_vec();
    let mut recipients = Vec::new();
    for mailbox in std::iter::once(requester).chain(cc) {
        let fold = mailbox.email.to_lowercase();
        if !seen.contains(&fold) {
            seen.push(fold);
            recipients.push(mailbox.clone());
        }
    }
    recipients
}

/// Whether the timeline shows a message.
pub fn is_shown(state: Option<MessageState>) -> bool {
    state != Some(MessageState::Cancelled)
}

/// A body without `words`; `None` when it does not hold them.
///
/// Where formatting runs through the words, the formatting goes: what is removed must be gone.
pub fn redact(html: &str, text: &str, words: &str) -> Option<(String, String)> {
    let escaped = words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let clean_text = text.replace(words, REDACTED);
    let clean_html = html.replace(&escaped, REDACTED).replace(words, REDACTED);
    let left = html::sanitise(&clean_html).text;
    if clean_text == text && clean_html == html && !holds(&left, words) && !holds(text, words) {
        return None;
    }
    let clean_text = if holds(&clean_text, words) {
        drop_spread(&clean_text, words)
    } else {
        clean_text
    };
    if holds(&left, words) || clean_html.contains(words) {
        return Some((html::from_text(&clean_text).html, clean_text));
    }
    Some((clean_html, clean_text))
}

/// Remarks without `words`; `None` when none holds them.
pub fn redact_remarks(remarks: &[Remark], words: &str) -> Option<Vec<Remark>> {
    let clean = |text: &str| {
        let clean = text.replace(words, REDACTED);
        if holds(&clean, words) {
            drop_spread(&clean, words)
        } else {
            clean
        }
    };
    let cleaned: Vec<Remark> = remarks.iter().map(|remark| remark.with(clean)).collect();
    (cleaned != remarks).then_some(cleaned)
}

/// Remarks without what they tell of a removed file of this type; `None` when nothing does.
pub fn redact_file_remarks(remarks: &[Remark], content_type: &str) -> Option<Vec<Remark>> {
    let tells = |remark: &Remark| match remark {
        Remark::AttachedMail { .. } => content_type.starts_with("message/"),
        Remark::Invitation { .. } => content_type == "text/calendar",
        _ => false,
    };
    let left: Vec<Remark> = remarks.iter().filter(|it| !tells(it)).cloned().collect();
    (left.len() < remarks.len()).then_some(left)
}

/// Whether a text holds the words, however they are spaced.
fn holds(text: &str, words: &str) -> bool {
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    squeeze(text).contains(&squeeze(words))
}

/// Removes words that are spread over lines, at the price of the lines.
fn drop_spread(text: &str, words: &str) -> String {
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    squeeze(text).replace(&squeeze(words), REDACTED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn mailbox(email: &str) -> Mailbox {
        Mailbox {
            email: email.to_owned(),
            name: String::new(),
        }
    }

    #[test]
    fn a_reply_waits_for_undo_or_for_its_time() {
        assert_eq!(release_at(at(100), None).unwrap(), at(115));
        assert_eq!(release_at(at(100), Some(at(500))).unwrap(), at(500));
        assert_eq!(release_at(at(100), Some(at(101))).unwrap(), at(115));
        assert!(release_at(at(100), Some(at(100))).is_err());
        assert!(release_at(at(100), Some(at(100).plus(SEND_LATER_MAX * 2))).is_err());
    }

    #[test]
    fn a_reply_reaches_everyone_once_and_never_ourselves() {
        let own = vec!["support@desk.example".to_owned()];
        let cc = [
            mailbox("Support@Desk.example"),
            mailbox("ANA@x.example"),
            mailbox("ben@x.example"),
        ];
        let reached = recipients(&mailbox("ana@x.example"), &cc, &own);
        assert_eq!(
            reached,
            [mailbox("ana@x.example"), mailbox("ben@x.example")]
        );
    }

    #[test]
    fn only_the_author_or_an_admin_recalls() {
        let author = Actor::Agent(AgentId(1));
        assert!(may_recall(AgentId(1), Role::Agent, author).is_ok());
        assert!(may_recall(AgentId(2), Role::Agent, author).is_err());
        assert!(may_recall(AgentId(2), Role::Admin, author).is_ok());
    }

    #[test]
    fn an_empty_body_is_refused_unless_something_goes_with_it() {
        assert!(body("<p> </p><script>x</script>", false).is_err());
        assert!(body("<p></p>", true).is_ok());
        assert!(body("<img src=\"/api/v1/attachments/3\">", false).is_ok());
        assert!(body("<p>Hi</p>", false).is_ok());
    }

    #[test]
    fn redaction_leaves_nothing() {
        let (html, text) = redact(
            "<p>card <b>4111 1111</b></p>",
            "card 4111 1111",
            "4111 1111",
        )
        .unwrap();
        assert_eq!(html, format!("<p>card <b>{REDACTED}</b></p>"));
        assert_eq!(text, format!("card {REDACTED}"));
    }

    #[test]
    fn redaction_sees_through_formatting_and_escapes() {
        let (html, text) = redact(
            "<p>card 41<b>11 11</b>11</p>",
            "card 4111 1111",
            "4111 1111",
        )
        .unwrap();
        assert!(!html.contains("41<b>11") && !html::sanitise(&html).text.contains("4111"));
        assert!(!text.contains("4111"));
        let (html, _) = redact("<p>a &lt; b</p>", "a < b", "a < b").unwrap();
        assert_eq!(html, format!("<p>{REDACTED}</p>"));
        let (html, text) = redact("<p>4111<br>1111</p>", "4111\n1111", "4111 1111").unwrap();
        assert!(!html.contains("4111") && !text.contains("4111"));
    }

    #[test]
    fn what_is_not_there_can_not_be_removed() {
        assert!(redact("<p>Hello</p>", "Hello", "4111").is_none());
    }

    #[test]
    fn remarks_lose_the_words_and_what_tells_of_a_file() {
        let attached = |subject: &str, name: &str| Remark::AttachedMail {
            subject: subject.to_owned(),
            from: Mailbox {
                name: name.to_owned(),
                email: "ana@x.example".to_owned(),
            },
        };
        let signed = Remark::Signed {
            method: "PGP".to_owned(),
        };
        let remarks = [attached("card 4111  1111", "4111 1111"), signed.clone()];
        let left = redact_remarks(&remarks, "4111 1111").unwrap();
        let cleaned = attached(&format!("card {REDACTED}"), REDACTED);
        assert_eq!(left, [cleaned, signed.clone()]);
        assert_eq!(redact_remarks(&remarks, "5111"), None);
        let left = redact_file_remarks(&remarks, "message/rfc822").unwrap();
        assert_eq!(left, [signed]);
        assert_eq!(redact_file_remarks(&remarks, "image/png"), None);
    }

    proptest! {
        #[test]
        fn removed_words_are_gone_from_text_and_html(
            before in "[a-z ]{0,20}", words in "[0-9]{4,8}( [0-9]{4})?", after in "[a-z ]{0,20}",
        ) {
            let text = format!("{before}{words}{after}");
            let source = html::sanitise(&format!("<p>{before}<i>{words}</i>{after}</p>"));
            let (html, text) = redact(&source.html, &text, &words).unwrap();
            prop_assert!(!text.contains(&words));
            prop_assert!(!html.contains(&words));
        }
    }
}
