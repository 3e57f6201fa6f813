//! Storing received mail and filing it.

use super::rules;
use super::store::{self, NewMail, Settlement, Shown};
use super::{InboundMail, MAIL_BYTES_MAX, MailFailed, Source, State, job};
use crate::email::addresses::{self, Mailbox};
use crate::email::mailbox::{self, Cursor};
use crate::email::parse::{self, ParsedMail};
use crate::email::threading::{self, Candidate, Destination};
use crate::email::tokens;
use crate::inboxes::Inbox;
use customers::MailAddress;
use desk::Desk;
use desk::attachments::File;
use desk::messages::commands::receive::Incoming;
use desk::messages::{Mailbox as Person, message_ids};
use kernel::Kernel;
use kernel::blobs::{Blobs, PreparedBlob};
use kernel::db::Tx;
use kernel::ids::{FailureId, KeyId, TicketId};
use kernel::journal::{self, Context, Origin, Subject};
use kernel::leases::{self, Lease};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::sync::Arc;

/// A mail on arrival.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The raw bytes; for a mail that was not fetched, what identifies it.
    pub raw: Vec<u8>,
    /// Whether it is history.
    pub quiet: bool,
    /// Why it can't be filed although it was just received (too large, not handed over).
    pub problem: Option<String>,
}

/// What became of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Stored under this id.
    Stored(FailureId),
    /// The same bytes are here already.
    Known(FailureId),
}

impl Accepted {
    /// The mail's id.
    pub fn id(self) -> FailureId {
        match self {
            Accepted::Stored(id) | Accepted::Known(id) => id,
        }
    }
}

/// The place in the mailbox that the arrivals reach, under the mailbox's lease.
#[derive(Clone, Debug)]
pub struct Reached {
    /// The new cursor.
    pub cursor: Cursor,
    /// The right to move it.
    pub lease: Lease,
}

/// Stores mails raw, with a job for each, and moves the mailbox's cursor in the same transaction.
///
/// # Errors
/// Nothing was stored, and the cursor did not move.
pub async fn accept(
    kernel: &Kernel,
    inbox: &Inbox,
    source: Source,
    arrivals: Vec<Arrival>,
    reached: Option<Reached>,
) -> Result<Vec<Accepted>, Refusal> {
    let at = kernel.clock.now();
    let mut prepared = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        prepared.push(prepare(kernel, inbox, source, arrival, at).await?);
    }
    let (prepared, kernel_of_closure) = (Arc::new(prepared), kernel.clone());
    let key = inbox.key;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if let Some(reached) = &reached
                && !leases::check(tx, &reached.lease).await?
            {
                return Err(Refusal::Stale { what: "mailbox" });
            }
            let mut accepted = Vec::with_capacity(prepared.len());
            for mail in prepared.iter() {
                accepted.push(insert(tx, &kernel_of_closure, key, mail).await?);
            }
            if let Some(reached) = &reached {
                mailbox::store::save(tx, &reached.cursor).await?;
            }
            Ok(accepted)
        })
        .await
}

struct PreparedMail {
    row: NewMail,
    content: Content,
}

enum Content {
    Whole(PreparedBlob),
    /// A failure from the start, of which no whole copy exists: sender, subject, reason.
    Failure(Option<String>, Option<String>, String),
}

async fn prepare(
    kernel: &Kernel,
    inbox: &Inbox,
    source: Source,
    arrival: Arrival,
    at: Timestamp,
) -> Result<PreparedMail, Refusal> {
    let Arrival {
        raw,
        quiet,
        problem,
    } = arrival;
    let problem = problem.or_else(|| {
        (raw.len() > MAIL_BYTES_MAX).then(|| "The mail is larger than 25 MB.".to_owned())
    });
    let row = NewMail {
        inbox: inbox.id,
        source,
        raw_hash: kernel.keys.hmac("mail.raw", &raw),
        size: i64::try_from(raw.len()).unwrap_or(i64::MAX),
        quiet,
        at,
    };
    let content = match problem {
        None => Content::Whole(kernel.blobs.prepare(inbox.key, raw).await?),
        Some(reason) => {
            let (sender, subject) = parse::glance(&raw);
            Content::Failure(sender, subject, reason)
        }
    };
    Ok(PreparedMail { row, content })
}

async fn insert(
    tx: &mut Tx<'_>,
    kernel: &Kernel,
    key: KeyId,
    mail: &PreparedMail,
) -> Result<Accepted, Refusal> {
    let Some(id) = store::insert(tx, &mail.row).await? else {
        let known = store::known(tx, mail.row.raw_hash).await?;
        return known
            .map(Accepted::Known)
            .ok_or(Refusal::NotFound { what: "mail" });
    };
    match &mail.content {
        Content::Whole(blob) => {
            let blob = blob.insert(tx).await?;
            store::set_blob(tx, id, blob).await?;
            job::enqueue(tx, id, mail.row.at).await?;
        }
        Content::Failure(sender, subject, reason) => {
            let shown = seal(tx, kernel, key, sender, subject, reason).await?;
            store::fail(tx, id, &shown, mail.row.at).await?;
            let record = MailFailed {
                mail: id,
                inbox: mail.row.inbox,
            };
            journal::append(
                tx,
                &Context::system(mail.row.at),
                Subject::default(),
                &record,
            )
            .await?;
        }
    }
    Ok(Accepted::Stored(id))
}

/// How filing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The mail's state.
    pub state: State,
    /// The ticket it is in.
    pub ticket: Option<TicketId>,
}

/// Files a stored mail: reads it, decides where it belongs, hands it to the desk. Repeating it is
/// harmless; a mail that can't be filed is marked failed, which is not an error of this command.
///
/// # Errors
/// Something of ours broke; the mail stays in line.
pub async fn file(desk: &Desk, id: FailureId) -> Result<Filed, Refusal> {
    let kernel = &desk.kernel;
    let Some((mail, inbox, own)) = load(kernel, id).await? else {
        return Err(Refusal::NotFound { what: "mail" });
    };
    if mail.state != State::Received {
        return Ok(Filed {
            state: mail.state,
            ticket: mail.ticket,
        });
    }
    let raw = match mail.blob {
        Some(blob) => kernel.blobs.read(blob).await?,
        None => None,
    };
    let Some(raw) = raw else {
        return fail(kernel, id, "There is no copy of this mail to read.").await;
    };
    let raw = Arc::new(raw);
    let reading = raw.clone();
    // On a thread of its own: reading is pure work, and a panic in it must not end the job.
    let parsed = match tokio::task::spawn_blocking(move || parse::parse(&reading)).await {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(problem)) => return fail(kernel, id, &problem.to_string()).await,
        Err(_) => return fail(kernel, id, "Reading the mail failed unexpectedly.").await,
    };
    match deliver(desk, &mail, &inbox, own, &raw, parsed).await {
        Err(broken @ Refusal::Broken(_)) => Err(broken),
        Err(refusal) => fail(kernel, id, &refusal.to_string()).await,
        Ok(filed) => Ok(filed),
    }
}

async fn load(
    kernel: &Kernel,
    id: FailureId,
) -> Result<Option<(InboundMail, Inbox, Vec<String>)>, Refusal> {
    let loaded = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let Some(mail) = store::find(tx, id).await? else {
                return Ok(None);
            };
            // A deleted inbox still files what it received.
            let inbox = crate::inboxes::store::find_any(tx, mail.inbox).await?;
            let own = crate::inboxes::store::addresses(tx).await?;
            Ok::<_, kernel::db::DbError>(inbox.map(|inbox| (mail, inbox, own)))
        })
        .await?;
    Ok(loaded)
}

/// Decides where the mail belongs and hands it to the desk.
async fn deliver(
    desk: &Desk,
    mail: &InboundMail,
    inbox: &Inbox,
    own: Vec<String>,
    raw: &[u8],
    parsed: ParsedMail,
) -> Result<Filed, Refusal> {
    let kernel = &desk.kernel;
    if comes_back(kernel, &parsed, &own).await? || answers_notice(kernel, &parsed) {
        return settle_unfiled(kernel, mail.id).await;
    }
    let fingerprint = fingerprint(kernel, &parsed);
    let destination = destination(kernel, &parsed).await?;
    let incoming = incoming(inbox, destination, parsed, &own);
    let prepared = desk.prepare_incoming(incoming).await?;
    // The raw copy moves under the author's key, so that erasing the person erases it too.
    let raw = kernel.blobs.prepare(prepared.key, raw.to_vec()).await?;
    let at = kernel.clock.now();
    let ctx = Context {
        origin: if mail.quiet {
            Origin::Import
        } else {
            Origin::Customer
        },
        brand: inbox.brand,
        quiet: mail.quiet,
        ..Context::system(at)
    };
    let (desk_of_closure, id, prepared) = (desk.clone(), mail.id, Arc::new(prepared));
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let Some(mail) = store::lock(tx, id).await? else {
                return Err(Refusal::NotFound { what: "mail" });
            };
            if mail.state != State::Received {
                return Ok(Filed {
                    state: mail.state,
                    ticket: mail.ticket,
                });
            }
            if let Some(fingerprint) = fingerprint
                && !store::claim_fingerprint(tx, fingerprint, id).await?
            {
                return settle_duplicate(tx, &mail, at).await;
            }
            let receipt = desk_of_closure.receive(tx, &ctx, &prepared).await?;
            let blob = raw.insert(tx).await?;
            let ticket = Some(receipt.ticket);
            let settlement = Settlement {
                state: State::Processed,
                ticket,
                number: Some(receipt.number),
                blob: Some(blob),
            };
            store::settle(tx, id, settlement, at).await?;
            if let Some(old) = mail.blob.filter(|&old| old != blob) {
                Blobs::delete(tx, old).await?;
            }
            Ok(Filed {
                state: State::Processed,
                ticket,
            })
        })
        .await
}

/// Whether it is our own mail: our Message-ID, from an address of ours. A stranger who borrows a
/// Message-ID of ours is treated like any other writer.
async fn comes_back(kernel: &Kernel, parsed: &ParsedMail, own: &[String]) -> Result<bool, Refusal> {
    let Some(id) = parsed.message_id.clone() else {
        return Ok(false);
    };
    if !rules::is_own(&parsed.from.address, own) {
        return Ok(false);
    }
    if tokens::is_notice(&kernel.keys, &id) {
        return Ok(true);
    }
    let found = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            message_ids::tickets_of(tx, std::slice::from_ref(&id)).await
        })
        .await?;
    Ok(found.iter().any(|(_, _, ours)| *ours))
}

/// Whether a program answers one of our notification mails: filing that would start a loop.
fn answers_notice(kernel: &Kernel, parsed: &ParsedMail) -> bool {
    let to_notice = |id: &String| tokens::is_notice(&kernel.keys, id);
    rules::answers_by_itself(parsed) && parsed.references.iter().any(to_notice)
}

fn fingerprint(kernel: &Kernel, parsed: &ParsedMail) -> Option<[u8; 32]> {
    let id = parsed.message_id.as_deref()?;
    let sender = parsed.from.address.to_lowercase();
    let text = format!("{id}\n{sender}\n{}", parsed.sent_at.unwrap_or_default());
    Some(kernel.keys.hmac("mail.fingerprint", text.as_bytes()))
}

/// Where the mail belongs. Only the From address counts as the sender here: a Reply-To can name
/// anybody.
async fn destination(kernel: &Kernel, parsed: &ParsedMail) -> Result<Destination, Refusal> {
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

fn incoming(
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

async fn settle_duplicate(
    tx: &mut Tx<'_>,
    mail: &InboundMail,
    at: Timestamp,
) -> Result<Filed, Refusal> {
    let settlement = Settlement {
        state: State::Duplicate,
        ticket: None,
        number: None,
        blob: None,
    };
    store::settle(tx, mail.id, settlement, at).await?;
    if let Some(blob) = mail.blob {
        Blobs::delete(tx, blob).await?;
    }
    Ok(Filed {
        state: State::Duplicate,
        ticket: None,
    })
}

async fn settle_unfiled(kernel: &Kernel, id: FailureId) -> Result<Filed, Refusal> {
    let at = kernel.clock.now();
    kernel
        .db
        .write(
            async move |tx: &mut Tx<'_>| match store::lock(tx, id).await? {
                Some(mail) if mail.state == State::Received => {
                    settle_duplicate(tx, &mail, at).await
                }
                Some(mail) => Ok(Filed {
                    state: mail.state,
                    ticket: mail.ticket,
                }),
                None => Err(Refusal::NotFound { what: "mail" }),
            },
        )
        .await
}

/// Marks a mail failed, with what can be seen of it.
///
/// # Errors
/// The database or a key failed.
pub async fn fail(kernel: &Kernel, id: FailureId, reason: &str) -> Result<Filed, Refusal> {
    let Some((mail, inbox, _)) = load(kernel, id).await? else {
        return Err(Refusal::NotFound { what: "mail" });
    };
    let raw = match mail.blob {
        Some(blob) => kernel.blobs.read(blob).await?.unwrap_or_default(),
        None => Vec::new(),
    };
    let glance = tokio::task::spawn_blocking(move || parse::glance(&raw)).await;
    let (sender, subject) = glance.unwrap_or_default();
    let at = kernel.clock.now();
    let (kernel_of_closure, key, reason) = (kernel.clone(), inbox.key, reason.to_owned());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let locked = store::lock(tx, id).await?;
            if let Some(mail) = locked.filter(|mail| mail.state != State::Received) {
                return Ok(Filed {
                    state: mail.state,
                    ticket: mail.ticket,
                });
            }
            let shown = seal(tx, &kernel_of_closure, key, &sender, &subject, &reason).await?;
            store::fail(tx, id, &shown, at).await?;
            let record = MailFailed {
                mail: id,
                inbox: inbox.id,
            };
            journal::append(tx, &Context::system(at), Subject::default(), &record).await?;
            Ok(Filed {
                state: State::Failed,
                ticket: None,
            })
        })
        .await
}

async fn seal(
    tx: &mut Tx<'_>,
    kernel: &Kernel,
    key: KeyId,
    sender: &Option<String>,
    subject: &Option<String>,
    reason: &str,
) -> Result<Shown, Refusal> {
    let keys = &kernel.keys;
    let sender = match sender {
        Some(sender) => Some(keys.encrypt(tx, key, sender).await?),
        None => None,
    };
    let subject = match subject {
        Some(subject) => Some(keys.encrypt(tx, key, subject).await?),
        None => None,
    };
    Ok(Shown {
        sender,
        subject,
        reason: keys.encrypt(tx, key, reason).await?,
    })
}
