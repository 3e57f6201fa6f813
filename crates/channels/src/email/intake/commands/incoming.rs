//! Turning a read mail into what the desk takes, and finding the ticket it belongs to.

use crate::email::addresses::{self, Mailbox};
use crate::email::intake::rules;
use crate::email::parse::{self, ParsedMail};
use crate::email::threading::{self, Belief, Candidate, Destination, Evidence};
use crate::email::tokens;
use crate::email::trust::{self, rules::Findings};
use crate::inboxes::Inbox;
use customers::MailAddress;
use desk::attachments::File;
use desk::messages::commands::receive::Incoming;
use desk::messages::senders::SenderCheck;
use desk::messages::{InvitationMethod, Mailbox as Person, Remark, message_ids};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

/// Most tokens of one mail that are looked at: one mail leads to one ticket.
const TOKENS_MAX: usize = 20;

/// Most attached mails that are told of.
const ATTACHED_MAILS_MAX: usize = 10;

/// Where the mail belongs, and what is known of its sender. Only the From address counts as the
/// sender here: a Reply-To can name anybody.
pub(super) async fn destination(
    kernel: &Kernel,
    parsed: &ParsedMail,
    findings: Findings,
) -> Result<(Destination, SenderCheck), Refusal> {
    let sender = parsed.from.clone();
    let (tokens, last_hint) = tokens_of(kernel, parsed);
    let ids: Vec<String> = parsed.references.iter().rev().cloned().collect();
    let (candidates, check, proven) = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let (check, proven) = trust::commands::judge(tx, &findings, &sender).await?;
            let from = sender.address.as_str();
            let mut candidates = Vec::new();
            for &(ticket, evidence) in &tokens {
                candidates.extend(candidate(tx, ticket, evidence, from).await?);
            }
            let known = message_ids::tickets_of(tx, &ids).await?;
            for id in &ids {
                for &(_, ticket, ours) in known.iter().filter(|(known, _, _)| known == id) {
                    let evidence = if ours {
                        Evidence::OurMail
                    } else {
                        Evidence::TheirMail
                    };
                    candidates.extend(candidate(tx, ticket, evidence, from).await?);
                }
            }
            if let Some((ticket, evidence)) = last_hint {
                candidates.extend(candidate(tx, ticket, evidence, from).await?);
            }
            Ok::<_, kernel::db::DbError>((candidates, check, proven))
        })
        .await?;
    let belief = Belief::in_sender(&check, proven);
    Ok((threading::destination(belief, &candidates), check))
}

/// A ticket that something in a mail points at.
type Pointer = (TicketId, Evidence);

/// The tickets that tokens lead to: those in the recipients first, then those among the answered
/// mails; and the one in the text, the last hint when a server rewrote everything else.
fn tokens_of(kernel: &Kernel, parsed: &ParsedMail) -> (Vec<Pointer>, Option<Pointer>) {
    let keys = &kernel.keys;
    let worth = |token: tokens::Token| {
        let evidence = if token.is_for(keys, &parsed.from.address) {
            Evidence::OwnToken
        } else {
            Evidence::OtherToken
        };
        (token.ticket, evidence)
    };
    let recipients = parsed.to.iter().chain(&parsed.cc);
    let recipients = recipients.map(|mailbox| mailbox.address.as_str());
    let recipients = recipients.chain(parsed.delivered_to.iter().map(String::as_str));
    let details = recipients.filter_map(addresses::detail);
    let texts = details.chain(parsed.references.iter().rev().map(String::as_str));
    let found = texts.filter_map(|text| tokens::read(keys, text));
    let hint = tokens::find(keys, &parsed.text).map(worth);
    (found.map(worth).take(TOKENS_MAX).collect(), hint)
}

async fn candidate(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    evidence: Evidence,
    sender: &str,
) -> Result<Option<Candidate>, kernel::db::DbError> {
    // A merged ticket's tokens and mails lead to where it went.
    let ticket = desk::merges::store::resolve(tx, ticket).await?;
    if desk::tickets::store::find(tx, ticket).await?.is_none() {
        return Ok(None);
    }
    let sender_belongs = match MailAddress::parse(sender) {
        Some(sender) => desk::tickets::store::belongs(tx, ticket, &sender).await?,
        None => false,
    };
    Ok(Some(Candidate {
        ticket,
        evidence,
        sender_belongs,
    }))
}

pub(super) fn incoming(
    inbox: &Inbox,
    destination: Destination,
    parsed: ParsedMail,
    own: &[String],
    check: SenderCheck,
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
    let check = if addresses::same(&writer.address, &parsed.from.address) {
        check
    } else {
        trust::rules::named_by_program(check)
    };
    let person = |m: &Mailbox| Person {
        name: m.name.clone(),
        email: m.address.clone(),
    };
    let readers = rules::readers(&parsed, &writer, own);
    let remarks = remarks(&parsed, readers.more);
    Incoming {
        inbox: inbox.id,
        brand: inbox.brand,
        team: inbox.team,
        into,
        link,
        from: person(&writer),
        to: readers.to.iter().map(person).collect(),
        cc: readers.cc.iter().map(person).collect(),
        auto_reply: rules::answers_by_itself(&parsed),
        remarks,
        subject: parsed.subject,
        text: parsed.text,
        html: parsed.html,
        message_id: parsed.message_id,
        references: parsed.references,
        sent_at: parsed.sent_at.and_then(timestamp),
        files: parsed.attachments.into_iter().map(file_of).collect(),
        sender: Some(check),
    }
}

/// What the agent should know of a mail beside its text.
fn remarks(parsed: &ParsedMail, more_receivers: usize) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if let Some(protection) = parsed.protection {
        let method = protection.method().to_owned();
        remarks.push(if protection.is_encrypted() {
            Remark::Encrypted { method }
        } else {
            Remark::Signed { method }
        });
    }
    if let Some(invitation) = &parsed.invitation {
        remarks.push(Remark::Invitation {
            method: match invitation.method {
                parse::Method::Request => InvitationMethod::Request,
                parse::Method::Reply => InvitationMethod::Reply,
                parse::Method::Cancel => InvitationMethod::Cancel,
                parse::Method::Publish => InvitationMethod::Publish,
            },
            summary: invitation.summary.clone(),
            start: invitation.start.clone(),
            zone: invitation.zone.clone(),
            organizer: invitation.organizer.clone(),
        });
    }
    let mails = parsed
        .attachments
        .iter()
        .filter_map(|file| file.mail.as_ref());
    remarks.extend(
        mails
            .take(ATTACHED_MAILS_MAX)
            .map(|mail| Remark::AttachedMail {
                subject: mail.subject.clone(),
                from: Person {
                    name: mail.from.name.clone(),
                    email: mail.from.address.clone(),
                },
            }),
    );
    if let Ok(count @ 1..) = i64::try_from(more_receivers) {
        remarks.push(Remark::MoreReceivers { count });
    }
    remarks
}

pub(super) fn file_of(attachment: parse::Attachment) -> File {
    let parse::Attachment {
        name,
        content_id,
        content_type,
        inline,
        bytes,
        ..
    } = attachment;
    File {
        name,
        content_id,
        inline,
        content_type: Some(content_type),
        bytes,
    }
}

fn timestamp(seconds: i64) -> Option<Timestamp> {
    seconds.checked_mul(1_000_000).map(Timestamp::from_micros)
}
