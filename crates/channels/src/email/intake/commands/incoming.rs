//! Turning a read mail into what the desk takes, and finding the ticket it belongs to.

use crate::email::addresses::{self, Mailbox};
use crate::email::intake::rules;
use crate::email::parse::{self, ParsedMail};
use crate::email::threading::{self, Candidate, Destination};
use crate::email::tokens;
use crate::inboxes::Inbox;
use customers::MailAddress;
use desk::attachments::File;
use desk::messages::commands::receive::Incoming;
use desk::messages::{Mailbox as Person, message_ids};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

/// Where the mail belongs. Only the From address counts as the sender here: a Reply-To can name
/// anybody.
pub(super) async fn destination(
    kernel: &Kernel,
    parsed: &ParsedMail,
) -> Result<Destination, Refusal> {
    let recipients = parsed
        .to
        .iter()
        .chain(&parsed.cc)
        .map(|m| m.address.as_str());
    let recipients = recipients.chain(parsed.delivered_to.iter().map(String::as_str));
    let details = recipients.filter_map(addresses::detail);
    let by_token = details.chain(parsed.references.iter().rev().map(String::as_str));
    let by_token = by_token
        .filter_map(|text| tokens::ticket_of(&kernel.keys, text))
        .next();
    let ids: Vec<String> = parsed.references.iter().rev().cloned().collect();
    let sender = parsed.from.address.clone();
    let found = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let by_token = match by_token {
                Some(ticket) => candidate(tx, ticket, &sender).await?,
                None => None,
            };
            let known = message_ids::tickets_of(tx, &ids).await?;
            let mut by_references: Vec<Candidate> = Vec::new();
            for id in &ids {
                let tickets = known.iter().filter(|(known, _, _)| known == id);
                for &(_, ticket, _) in tickets {
                    if !by_references.iter().any(|c| c.ticket == ticket) {
                        by_references.extend(candidate(tx, ticket, &sender).await?);
                    }
                }
            }
            Ok::<_, kernel::db::DbError>((by_token, by_references))
        })
        .await?;
    Ok(threading::destination(found.0, &found.1))
}

async fn candidate(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    sender: &str,
) -> Result<Option<Candidate>, kernel::db::DbError> {
    if desk::tickets::store::find(tx, ticket).await?.is_none() {
        return Ok(None);
    }
    let sender_belongs = match MailAddress::parse(sender) {
        Some(sender) => desk::tickets::store::belongs(tx, ticket, &sender).await?,
        None => false,
    };
    Ok(Some(Candidate {
        ticket,
        sender_belongs,
    }))
}

pub(super) fn incoming(
    inbox: &Inbox,
    destination: Destination,
    parsed: ParsedMail,
    own: &[String],
) -> Incoming {
    let (into, link) = match destination {
        Destination::Append(ticket) => (Some(ticket), None),
        Destination::Linked(ticket) => (None, Some(ticket)),
        Destination::New => (None, None),
    };
    let writer = match into {
        Some(_) => parsed.from.clone(),
        None => rules::requester(&parsed, own),
    };
    let person = |m: &Mailbox| Person {
        name: m.name.clone(),
        email: m.address.clone(),
    };
    let (to, cc) = rules::readers(&parsed, &writer, own);
    Incoming {
        inbox: inbox.id,
        brand: inbox.brand,
        team: inbox.team,
        into,
        link,
        from: person(&writer),
        to: to.iter().map(person).collect(),
        cc: cc.iter().map(person).collect(),
        auto_reply: rules::answers_by_itself(&parsed),
        subject: parsed.subject,
        text: parsed.text,
        html: parsed.html,
        message_id: parsed.message_id,
        references: parsed.references,
        sent_at: parsed.sent_at.and_then(timestamp),
        files: parsed.attachments.into_iter().map(file_of).collect(),
    }
}

fn file_of(attachment: parse::Attachment) -> File {
    let parse::Attachment {
        name,
        content_id,
        inline,
        bytes,
        ..
    } = attachment;
    File {
        name,
        content_id,
        inline,
        bytes,
    }
}

fn timestamp(seconds: i64) -> Option<Timestamp> {
    seconds.checked_mul(1_000_000).map(Timestamp::from_micros)
}
