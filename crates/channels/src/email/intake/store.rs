//! The tables `inbound_mail`, `mail_fingerprints` and those of further entrances.

use super::{Envelope, InboundMail, Source, State};
use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{BlobId, FailureId, InboxId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

const INSERT: &str = "INSERT INTO inbound_mail (inbox_id, source, state, raw_hash, size, quiet, \
    attempts, received_at, envelope_from, envelope_to, helo, client_ip) \
    VALUES ($1, $2, 'received', $3, $4, $5, 0, $6, $7, $8, $9, $10) \
    ON CONFLICT (raw_hash) DO NOTHING RETURNING id";
const KNOWN: &str = "SELECT id, inbox_id FROM inbound_mail WHERE raw_hash = $1";
const SET_BLOB: &str = "UPDATE inbound_mail SET blob_id = $2 WHERE id = $1";
const FIND: &str = "SELECT id, inbox_id, state, blob_id, quiet, sender, subject, reason, \
    attempts, ticket_id, received_at, envelope_from, envelope_to, helo, client_ip, \
    source, size FROM inbound_mail WHERE id = $1";
const CLAIM_FINGERPRINT: &str = "INSERT INTO mail_fingerprints (fingerprint, mail_id) \
    VALUES ($1, $2) ON CONFLICT (fingerprint) DO UPDATE SET mail_id = mail_fingerprints.mail_id \
    RETURNING mail_id";
const SETTLE: &str = "UPDATE inbound_mail SET state = $2, ticket_id = $3, number = $4, \
    blob_id = $5, sender = NULL, subject = NULL, reason = NULL, settled_at = $6, \
    attempts = attempts + 1 WHERE id = $1";
const FAIL: &str = "UPDATE inbound_mail SET state = 'failed', sender = $2, subject = $3, \
    reason = $4, settled_at = $5, attempts = attempts + 1 WHERE id = $1";
const FAILED: &str = "SELECT id, inbox_id, state, blob_id, quiet, sender, subject, reason, \
    attempts, ticket_id, received_at, envelope_from, envelope_to, helo, client_ip, \
    source, size FROM inbound_mail WHERE state = 'failed' AND id < $1 ORDER BY id DESC LIMIT $2";
const ADD_ENTRANCE: &str = "INSERT INTO mail_entrances (mail_id, inbox_id, at) \
    VALUES ($1, $2, $3) ON CONFLICT (mail_id, inbox_id) DO NOTHING";
const ENTRANCES: &str = "SELECT inbox_id FROM mail_entrances WHERE mail_id = $1 ORDER BY inbox_id";
const SHOW_ENTRANCE: &str = "INSERT INTO ticket_entrances (ticket_id, inbox_id, at) \
    VALUES ($1, $2, $3) ON CONFLICT (ticket_id, inbox_id) DO NOTHING";
const RAW_OF: &str = "SELECT blob_id FROM inbound_mail \
    WHERE ticket_id = $1 AND blob_id IS NOT NULL";
const FORGET_RAW_OF: &str = "UPDATE inbound_mail SET blob_id = NULL, envelope_from = NULL, \
    envelope_to = NULL, helo = NULL, client_ip = NULL WHERE ticket_id = $1";
const FORGET_ENTRANCES: &str = "DELETE FROM ticket_entrances WHERE ticket_id = $1";

impl FromRow for InboundMail {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let state: String = row.get(2)?;
        let client_ip: Option<String> = row.get(14)?;
        let source: String = row.get(15)?;
        Ok(InboundMail {
            id: row.get(0)?,
            inbox: row.get(1)?,
            state: State::parse(&state)
                .ok_or_else(|| DbError::Unreadable(format!("the state {state:?}")))?,
            blob: row.get(3)?,
            quiet: row.get(4)?,
            sender: row.get(5)?,
            subject: row.get(6)?,
            reason: row.get(7)?,
            attempts: row.get(8)?,
            ticket: row.get(9)?,
            received_at: row.get(10)?,
            envelope: Envelope {
                from: row.get(11)?,
                to: row.get(12)?,
                helo: row.get(13)?,
                client_ip: client_ip.and_then(|address| address.parse().ok()),
            },
            source: Source::parse(&source)
                .ok_or_else(|| DbError::Unreadable(format!("a mail's source: {source}")))?,
            size: row.get(16)?,
        })
    }
}

/// A mail to be stored.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// The inbox.
    pub inbox: InboxId,
    /// By which way it came.
    pub source: Source,
    /// Keyed hash of the raw bytes.
    pub raw_hash: [u8; 32],
    /// Size in bytes.
    pub size: i64,
    /// Whether it is history.
    pub quiet: bool,
    /// When it arrived here.
    pub at: Timestamp,
    /// What the servers on the way said.
    pub envelope: Envelope,
}

/// Adds a mail; `None` when identical bytes are known.
pub async fn insert(tx: &mut Tx<'_>, mail: &NewMail) -> Result<Option<FailureId>, DbError> {
    let values = [
        mail.inbox.into(),
        mail.source.as_str().into(),
        mail.raw_hash.into(),
        mail.size.into(),
        mail.quiet.into(),
        mail.at.into(),
        mail.envelope.from.as_ref().into(),
        mail.envelope.to.as_ref().into(),
        mail.envelope.helo.as_ref().into(),
        mail.envelope
            .client_ip
            .map(|address| address.to_string())
            .into(),
    ];
    Ok(tx
        .one::<(FailureId,)>(INSERT, &values)
        .await?
        .map(|(id,)| id))
}

/// The mail with these bytes, and the inbox it first came in by.
pub async fn known(
    tx: &mut Tx<'_>,
    raw_hash: [u8; 32],
) -> Result<Option<(FailureId, InboxId)>, DbError> {
    tx.one(KNOWN, &[raw_hash.into()]).await
}

/// Names the raw bytes of a mail.
pub async fn set_blob(tx: &mut Tx<'_>, mail: FailureId, blob: BlobId) -> Result<(), DbError> {
    tx.execute(SET_BLOB, &[mail.into(), blob.into()])
        .await
        .map(drop)
}

/// One mail.
pub async fn find(tx: &mut Tx<'_>, mail: FailureId) -> Result<Option<InboundMail>, DbError> {
    tx.one(FIND, &[mail.into()]).await
}

/// Locks a mail and reads it.
pub async fn lock(tx: &mut Tx<'_>, mail: FailureId) -> Result<Option<InboundMail>, DbError> {
    tx.lock_one(FIND, &[mail.into()]).await
}

/// Claims a fingerprint for a mail and answers whose it is: the mail's, or that of the copy that
/// was first.
pub async fn claim_fingerprint(
    tx: &mut Tx<'_>,
    fingerprint: [u8; 32],
    mail: FailureId,
) -> Result<FailureId, DbError> {
    let values = [fingerprint.into(), mail.into()];
    let owner = tx.one::<(FailureId,)>(CLAIM_FINGERPRINT, &values).await?;
    Ok(owner.map_or(mail, |(owner,)| owner))
}

/// Notes that a mail came in by another inbox too; `false` when that is known.
pub async fn add_entrance(
    tx: &mut Tx<'_>,
    mail: FailureId,
    inbox: InboxId,
    at: Timestamp,
) -> Result<bool, DbError> {
    let values = [mail.into(), inbox.into(), at.into()];
    Ok(tx.execute(ADD_ENTRANCE, &values).await? == 1)
}

/// The other inboxes a mail came in by.
pub async fn entrances(tx: &mut Tx<'_>, mail: FailureId) -> Result<Vec<InboxId>, DbError> {
    let rows: Vec<(InboxId,)> = tx.all(ENTRANCES, &[mail.into()]).await?;
    Ok(rows.into_iter().map(|(inbox,)| inbox).collect())
}

/// Notes that a ticket shows this entrance; `false` when it did already.
pub async fn show_entrance(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    inbox: InboxId,
    at: Timestamp,
) -> Result<bool, DbError> {
    let values = [ticket.into(), inbox.into(), at.into()];
    Ok(tx.execute(SHOW_ENTRANCE, &values).await? == 1)
}

/// Where the raw mails of a ticket lie.
pub async fn raw_of(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<BlobId>, DbError> {
    let rows: Vec<(BlobId,)> = tx.all(RAW_OF, &[ticket.into()]).await?;
    Ok(rows.into_iter().map(|(blob,)| blob).collect())
}

/// Forgets all but the hashes of a ticket's mails.
pub async fn forget_raw_of(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(FORGET_RAW_OF, &[ticket.into()]).await?;
    tx.execute(FORGET_ENTRANCES, &[ticket.into()])
        .await
        .map(drop)
}

/// How a mail was settled.
#[derive(Clone, Copy, Debug)]
pub struct Settlement {
    /// Processed or duplicate.
    pub state: State,
    /// The ticket.
    pub ticket: Option<TicketId>,
    /// The message's number in it.
    pub number: Option<i64>,
    /// Where the raw bytes lie from now on.
    pub blob: Option<BlobId>,
}

/// Settles a mail.
pub async fn settle(
    tx: &mut Tx<'_>,
    mail: FailureId,
    settlement: Settlement,
    at: Timestamp,
) -> Result<(), DbError> {
    let values = [
        mail.into(),
        settlement.state.as_str().into(),
        settlement.ticket.into(),
        settlement.number.into(),
        settlement.blob.into(),
        at.into(),
    ];
    tx.execute(SETTLE, &values).await.map(drop)
}

/// What a failed mail shows in the list.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The sender, when readable.
    pub sender: Option<Encrypted<String>>,
    /// The subject, when readable.
    pub subject: Option<Encrypted<String>>,
    /// Why it failed.
    pub reason: Encrypted<String>,
}

/// Marks a mail failed.
pub async fn fail(
    tx: &mut Tx<'_>,
    mail: FailureId,
    shown: &Shown,
    at: Timestamp,
) -> Result<(), DbError> {
    let values = [
        mail.into(),
        shown.sender.clone().into(),
        shown.subject.clone().into(),
        shown.reason.clone().into(),
        at.into(),
    ];
    tx.execute(FAIL, &values).await.map(drop)
}

/// Failed mails below an id, newest first.
pub async fn failed(tx: &mut Tx<'_>, below: i64, limit: i64) -> Result<Vec<InboundMail>, DbError> {
    tx.all(FAILED, &[below.into(), limit.into()]).await
}
