//! What an inbox's own servers can be believed in, and checking a sender again.

use super::rules::{self, Findings};
use super::{
    Envelope, Examiner, Exhibit, InboxTrust, InboxTrustChanged, SeenBody, reactions, store,
};
use crate::Channels;
use crate::email::addresses::{Mailbox, normalise};
use crate::email::large::{Letter, Reading, Turn};
use crate::email::{intake, parse};
use crate::inboxes::{self, Inbox};
use desk::messages::senders::{SenderCheck, Standing, StandingReason, commands::reassess};
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{FailureId, InboxId, TicketId};
use kernel::journal::{self, Change, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::sync::Arc;

/// What is chosen for an inbox, or what fits it.
pub async fn of_inbox(tx: &mut Tx<'_>, inbox: &Inbox) -> Result<InboxTrust, DbError> {
    let chosen = store::find(tx, inbox.id).await?;
    let host = inbox.imap.as_ref().map(|imap| imap.host.as_str());
    Ok(chosen.unwrap_or_else(|| InboxTrust {
        server: rules::default_server(host),
        plus_addressing: true,
        version: 0,
    }))
}

/// Chooses what an inbox's servers can be believed in.
///
/// # Errors
/// Missing permission, no such inbox, a stale version, a server that is no domain.
pub async fn choose(
    kernel: &Kernel,
    caller: &Caller,
    inbox: InboxId,
    chosen: InboxTrust,
) -> Result<(), Refusal> {
    caller.require(Permission::InboxManage)?;
    let server = match chosen.server.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(server) => Some(checked_server(server)?),
    };
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let gone = || Refusal::NotFound { what: "inbox" };
            if !inboxes::store::lock(tx, inbox).await? {
                return Err(gone());
            }
            let found = inboxes::store::find(tx, inbox).await?.ok_or_else(gone)?;
            let before = of_inbox(tx, &found).await?;
            if before.version != chosen.version {
                return Err(Refusal::Stale { what: "inbox" });
            }
            let plus = chosen.plus_addressing;
            store::save(tx, inbox, server.as_deref(), plus).await?;
            let record = InboxTrustChanged {
                inbox,
                server: before.server != server,
                plus_addressing: (before.plus_addressing != plus).then_some(Change {
                    from: before.plus_addressing,
                    to: plus,
                }),
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

fn checked_server(server: &str) -> Result<String, Refusal> {
    let server = server.to_lowercase();
    let sound = server.contains('.') && normalise(&format!("x@{server}")).is_some();
    if sound && !rules::is_public_suffix(&server) {
        return Ok(server);
    }
    let mend = "write the domain your mail server signs its results with, like mx.example.com";
    Err(Refusal::invalid("server", "is not a domain", mend))
}

/// Examines a mail that an inbox received. History and practice are not examined.
///
/// # Errors
/// The database failed.
pub(crate) async fn examine(
    kernel: &Kernel,
    examiner: &Examiner,
    inbox: &Inbox,
    quiet: bool,
    (raw, body, from, envelope): (Arc<Vec<u8>>, SeenBody, &str, Option<Envelope>),
) -> Result<Findings, Refusal> {
    if quiet || inbox.practice {
        return Ok(Findings::not_examined());
    }
    let receiving = inbox.clone();
    let trust = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| of_inbox(tx, &receiving).await)
        .await?;
    let is_beginning = body == SeenBody::Beginning;
    let exhibit = Exhibit {
        raw,
        body,
        from: from.to_owned(),
        envelope,
        server: trust.server,
    };
    let findings = examiner.examine(exhibit).await;
    Ok(if is_beginning {
        findings.without_signatures()
    } else {
        findings
    })
}

/// Judges a sender by what was found and by what their domain did before.
pub(crate) async fn judge(
    tx: &mut Tx<'_>,
    findings: &Findings,
    from: &Mailbox,
) -> Result<(SenderCheck, bool), DbError> {
    let domain = rules::registered(&findings.domain);
    let proven = store::is_proven(tx, &domain).await?;
    let check = rules::judge(findings, &from.name, &from.address, proven);
    Ok((check, proven))
}

/// Remembers that the sender's domain proved a mail to be its own.
async fn remember(
    tx: &mut Tx<'_>,
    check: &SenderCheck,
    from: &str,
    at: Timestamp,
) -> Result<(), DbError> {
    if check.standing != Standing::Verified {
        return Ok(());
    }
    let domain = rules::registered(&rules::domain_of(from));
    store::prove(tx, &domain, at).await
}

/// What follows from a check when its mail is filed: a proof is remembered, a domain out of reach
/// is asked again later.
pub(crate) async fn settle(
    tx: &mut Tx<'_>,
    (mail, ticket): (FailureId, TicketId),
    check: &SenderCheck,
    from: &str,
    at: Timestamp,
) -> Result<(), DbError> {
    if check.reason == StandingReason::Unreachable {
        reactions::enqueue(tx, mail, ticket, at).await?;
    }
    remember(tx, check, from, at).await
}

/// What came of checking a sender again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recheck {
    /// It is checked, or there is nothing to check any more.
    Done,
    /// Their domain is still out of reach.
    OutOfReach,
    /// The mail is large, and another large mail is being read.
    Busy,
}

/// Checks the sender of a filed mail again.
///
/// # Errors
/// Something of ours broke.
pub async fn recheck(channels: &Channels, mail: FailureId) -> Result<Recheck, Refusal> {
    let (desk, examiner) = (&channels.desk, &channels.examiner);
    let kernel = &desk.kernel;
    let found = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let Some((inbox, ticket, number, blob)) = store::filed(tx, mail).await? else {
                return Ok(None);
            };
            let Some(inbox) = inboxes::store::find_any(tx, inbox).await? else {
                return Ok(None);
            };
            let kept = intake::store::find(tx, mail).await?;
            let is_beginning = kept.as_ref().is_some_and(intake::InboundMail::is_beginning);
            let envelope = kept.and_then(|kept| Envelope::kept(&kept.envelope));
            let message = (ticket, number, blob);
            Ok::<_, DbError>(Some((inbox, message, is_beginning, envelope)))
        })
        .await?;
    let Some((inbox, (ticket, number, blob), is_beginning, envelope)) = found else {
        return Ok(Recheck::Done);
    };
    let letter = match Letter::read(kernel, blob, &channels.large, Turn::IfFree).await? {
        Reading::Here(letter) => letter,
        // Another large mail is being read: later, and not in this job's place.
        Reading::Busy => return Ok(Recheck::Busy),
        Reading::Gone | Reading::TooManyParts => return Ok(Recheck::Done),
    };
    let text = letter.text.clone();
    let parsed = tokio::task::spawn_blocking(move || parse::parse(&text)).await;
    let Ok(Ok(parsed)) = parsed else {
        return Ok(Recheck::Done);
    };
    let body = match letter.hashes() {
        _ if is_beginning => SeenBody::Beginning,
        Some(hashes) => SeenBody::Hashed(hashes),
        None => SeenBody::Whole,
    };
    let from = parsed.from;
    let exhibit = (letter.text.clone(), body, &*from.address, envelope);
    let findings = examine(kernel, examiner, &inbox, false, exhibit).await?;
    let sender = from.clone();
    let (check, _) = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| judge(tx, &findings, &sender).await)
        .await?;
    if check.reason == StandingReason::Unreachable {
        return Ok(Recheck::OutOfReach);
    }
    let (noted, at) = (check.clone(), kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), DbError> {
            remember(tx, &noted, &from.address, at).await
        })
        .await?;
    reassess(desk, ticket, number, check).await?;
    Ok(Recheck::Done)
}
