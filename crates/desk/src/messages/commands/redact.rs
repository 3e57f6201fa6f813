//! Removing words or a file from a message for good. The journal keeps that it happened.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AttachmentId, KeyId, TicketId};
use kernel::journal::{self, Actor};
use kernel::refusal::Refusal;

use crate::Desk;
use crate::attachments;
use crate::html;
use crate::messages::commands::addressed;
use crate::messages::{Addressed, Message, MessageRedacted, RedactedPart, Remark, rules, store};
use crate::tickets::commands::{open, subject};
use crate::tickets::{self, Ticket};

/// What is to be removed.
#[derive(Clone, Debug)]
pub enum Redaction {
    /// Every occurrence of these words.
    Words(String),
    /// This file.
    File(AttachmentId),
}

/// Removes words or a file from a message.
pub async fn redact(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    number: i64,
    redaction: Redaction,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketRedact)?;
    if let Redaction::Words(words) = &redaction
        && words.trim().is_empty()
    {
        return Err(Refusal::invalid(
            "text",
            "is empty",
            "give the words to remove",
        ));
    }
    let (ctx, kernel) = (caller.context(desk.kernel.clock.now()), desk.kernel.clone());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let (mut ticket, ctx) = open(tx, &ctx, id).await?;
            let found = store::find(tx, id, number).await?;
            let gone = Refusal::NotFound { what: "message" };
            let message = found
                .filter(|message| rules::is_shown(message.state))
                .ok_or(gone)?;
            let key = key_of(tx, &ticket, &message).await?;
            let part = match &redaction {
                Redaction::Words(words) => {
                    remove_words(&kernel, tx, (&mut ticket, &message, key), words).await?;
                    RedactedPart::Text
                }
                Redaction::File(file) => {
                    remove_file(&kernel, tx, (&message, key), *file).await?;
                    RedactedPart::Attachment
                }
            };
            let record = MessageRedacted { number, part };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
            ticket.updated_at = ctx.at;
            tickets::store::save(tx, &ticket).await?;
            Ok(())
        })
        .await
}

/// The key for a message's new body: its author's, or the requester's when we wrote it.
async fn key_of(tx: &mut Tx<'_>, ticket: &Ticket, message: &Message) -> Result<KeyId, Refusal> {
    let Actor::Customer(author) = message.author else {
        return Ok(ticket.key);
    };
    let found = customers::people::store::find(tx, author).await?;
    Ok(found.map_or(ticket.key, |customer| customer.key))
}

async fn remove_words(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    (ticket, message, key): (&mut Ticket, &Message, KeyId),
    words: &str,
) -> Result<(), Refusal> {
    let html = kernel
        .keys
        .decrypt(tx, &message.html)
        .await?
        .unwrap_or_default();
    let text = kernel
        .keys
        .decrypt(tx, &message.text)
        .await?
        .unwrap_or_default();
    let body = rules::redact(&html, &text, words);
    let of_remarks = |remarks: &[Remark]| rules::redact_remarks(remarks, words);
    let in_remarks = change_remarks(kernel, tx, (message, key), of_remarks).await?;
    let Some((html, text)) = body else {
        let mend = "copy the words from the message";
        let refusal = Refusal::invalid("text", "does not occur in this message", mend);
        return if in_remarks { Ok(()) } else { Err(refusal) };
    };
    let sealed_html = kernel.keys.encrypt(tx, key, &html).await?;
    let sealed_text = kernel.keys.encrypt(tx, key, &text).await?;
    store::rewrite(
        tx,
        (ticket.id, message.number),
        sealed_html,
        sealed_text,
        true,
    )
    .await?;
    if is_last(tx, ticket, message).await? {
        let snippet = html::snippet(&text);
        ticket.snippet = Some(kernel.keys.encrypt(tx, key, &snippet).await?);
    }
    Ok(())
}

/// Changes what is known beside the text, such as the titles of attached mails; answers whether
/// there was something to change.
async fn change_remarks(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    (message, key): (&Message, KeyId),
    change: impl Fn(&[Remark]) -> Option<Vec<Remark>>,
) -> Result<bool, Refusal> {
    let Some(before) = addressed(kernel, tx, message).await? else {
        return Ok(false);
    };
    let Some(remarks) = change(&before.remarks) else {
        return Ok(false);
    };
    let after = Addressed { remarks, ..before };
    let json = serde_json::to_string(&after).map_err(|error| Refusal::broken(error.to_string()))?;
    let sealed = kernel.keys.encrypt(tx, key, &json).await?;
    store::rewrite_addressed(tx, (message.ticket, message.number), sealed).await?;
    Ok(true)
}

/// Whether the ticket's snippet is of this message.
async fn is_last(tx: &mut Tx<'_>, ticket: &Ticket, message: &Message) -> Result<bool, Refusal> {
    let newer = store::after(tx, ticket.id, message.number, i64::MAX).await?;
    let spoken = newer.iter().any(|(_, state)| {
        !matches!(
            state,
            Some(
                crate::messages::MessageState::Scheduled | crate::messages::MessageState::Cancelled
            )
        )
    });
    Ok(!spoken)
}

async fn remove_file(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    (message, key): (&Message, KeyId),
    id: AttachmentId,
) -> Result<(), Refusal> {
    let of_message = |file: &attachments::Attachment| {
        file.ticket == Some(message.ticket) && file.number == Some(message.number)
    };
    let found = attachments::store::find(tx, id).await?.filter(of_message);
    let blob = found.as_ref().and_then(|file| file.blob);
    let (Some(file), Some(blob)) = (found, blob) else {
        return Err(Refusal::NotFound { what: "attachment" });
    };
    let nameless = kernel.keys.encrypt(tx, file.key, "").await?;
    attachments::store::redact(tx, blob, nameless).await?;
    attachments::commands::drop_unused(tx, &[blob]).await?;
    store::mark_redacted(tx, message.ticket, message.number).await?;
    let of_file = |remarks: &[Remark]| rules::redact_file_remarks(remarks, &file.content_type);
    change_remarks(kernel, tx, (message, key), of_file).await?;
    Ok(())
}
