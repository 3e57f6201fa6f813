//! Storing mail raw, with a job for each, before anybody looks into it.

use super::fail::seal;
use crate::email::intake::store::{self, NewMail};
use crate::email::intake::{Envelope, MailFailed, Source, job};
use crate::email::large::Raw;
use crate::email::mailbox::{self, Cursor};
use crate::email::parse;
use crate::email::words::single_line;
use crate::inboxes::Inbox;
use kernel::Kernel;
use kernel::blobs::PreparedBlob;
use kernel::db::Tx;
use kernel::ids::{FailureId, KeyId};
use kernel::journal::{self, Context, Subject};
use kernel::leases::Lease;
use kernel::refusal::Refusal;
use std::sync::Arc;

/// Longest text kept of an envelope: a local part of 64, a domain of 255, the sign between them.
const ADDRESS_CHARS_MAX: usize = 320;

/// A mail on arrival.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The raw bytes.
    pub raw: Raw,
    /// Whether it is history.
    pub quiet: bool,
    /// Why it can't be filed although it was just received (too large, not handed over).
    pub problem: Option<String>,
    /// What the servers on the way said, as far as they were asked.
    pub envelope: Envelope,
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
    /// The version of the inbox's settings by which the mailbox was read.
    pub version: i64,
}

/// Stores mails raw, with a job for each, and moves the mailbox's cursor in the same transaction.
/// It is the only way in for raw bytes, by whatever entrance they come. A large mail lies in the
/// blob store already and is named here; of one that is too large the beginning is filed, with a
/// note where the rest is.
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
    let prepared = prepare(kernel, inbox, source, arrivals).await?;
    let (prepared, kernel_of_closure) = (Arc::new(prepared), kernel.clone());
    let key = inbox.key;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if let Some(reached) = &reached
                && !mailbox::store::still_follows(tx, reached).await?
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

/// Looks at each mail as little as can be, and encrypts all of them in one go.
async fn prepare(
    kernel: &Kernel,
    inbox: &Inbox,
    source: Source,
    arrivals: Vec<Arrival>,
) -> Result<Vec<PreparedMail>, Refusal> {
    let at = kernel.clock.now();
    let (mut rows, mut whole) = (Vec::with_capacity(arrivals.len()), Vec::new());
    for arrival in arrivals {
        let Arrival {
            raw,
            quiet,
            problem,
            envelope,
        } = arrival;
        let raw = raw.stored_if_large(kernel, inbox.key).await?;
        let row = NewMail {
            inbox: inbox.id,
            source,
            raw_hash: raw.hash(kernel),
            size: raw.size(),
            quiet,
            at,
            envelope: readable(envelope),
        };
        // Of those that can still be fetched elsewhere, the beginning becomes a message.
        let stays = matches!(source, Source::Imap | Source::Import);
        let too_large = || "The mail is larger than 50 MB.".to_owned();
        let problem = problem.or_else(|| (!raw.fits() && !stays).then(too_large));
        let known = match (problem, raw) {
            (Some(reason), raw) => {
                let (sender, subject) = parse::glance(raw.beginning());
                Some(Content::Failure(sender, subject, reason))
            }
            (None, Raw::Stored(stored)) => Some(Content::Whole(stored.blob)),
            (None, Raw::Whole(raw)) => {
                whole.push((inbox.key, raw));
                None
            }
            (None, Raw::Beginning(beginning)) => {
                whole.push((inbox.key, beginning.bytes));
                None
            }
        };
        rows.push((row, known));
    }
    let mut whole = kernel.blobs.prepare_all(whole).await?.into_iter();
    let mut prepared = Vec::with_capacity(rows.len());
    for (row, known) in rows {
        let content = known.or_else(|| whole.next().map(Content::Whole));
        let content = content.ok_or_else(|| Refusal::broken("a mail lost its content"))?;
        prepared.push(PreparedMail { row, content });
    }
    Ok(prepared)
}

/// The envelope as it can be stored and shown: of each text one line, no longer than an address.
fn readable(envelope: Envelope) -> Envelope {
    let line = |text: Option<String>| {
        text.map(|text| single_line(&text).chars().take(ADDRESS_CHARS_MAX).collect())
    };
    Envelope {
        from: line(envelope.from),
        to: line(envelope.to),
        helo: line(envelope.helo),
        client_ip: envelope.client_ip,
    }
}

async fn insert(
    tx: &mut Tx<'_>,
    kernel: &Kernel,
    key: KeyId,
    mail: &PreparedMail,
) -> Result<Accepted, Refusal> {
    let Some(id) = store::insert(tx, &mail.row).await? else {
        let known = store::known(tx, mail.row.raw_hash).await?;
        let (id, inbox) = known.ok_or(Refusal::NotFound { what: "mail" })?;
        let (other, at) = (mail.row.inbox, mail.row.at);
        if inbox != other && store::add_entrance(tx, id, other, at).await? {
            job::enqueue_entrance(tx, id, other, at).await?;
        }
        return Ok(Accepted::Known(id));
    };
    match &mail.content {
        Content::Whole(blob) => {
            let blob = blob.insert(tx).await?;
            store::set_blob(tx, id, blob).await?;
            match mail.row.source {
                Source::Import => job::enqueue_imported(tx, id, mail.row.at).await?,
                _ => job::enqueue(tx, id, mail.row.at).await?,
            }
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
