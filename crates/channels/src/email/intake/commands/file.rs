//! Filing a stored mail: reading it, deciding where it belongs, handing it to the desk.

use super::entrances;
use super::fail::fail;
use super::incoming::{destination, file_of, incoming};
use super::steps::{Steps, Traits};
use super::test_mail;
use crate::Channels;
use crate::email::intake::store::{self, Settlement};
use crate::email::intake::{InboundMail, Source, State, rules};
use crate::email::large::{Letter, Reading, Turn};
use crate::email::parse::{self, Automatic, ParsedMail};
use crate::email::reports;
use crate::email::tokens;
use crate::email::trust::{self, SeenBody, rules::Findings};
use crate::inboxes::Inbox;
use desk::messages::{LeftIn, Remark, message_ids};
use kernel::Kernel;
use kernel::blobs::Blobs;
use kernel::db::Tx;
use kernel::ids::{FailureId, TicketId};
use kernel::journal::{Context, Origin};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::sync::Arc;

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
pub async fn file(channels: &Channels, id: FailureId) -> Result<Filed, Refusal> {
    file_in(channels, id, Turn::Wait).await
}

/// The same, but leaves a large mail in line while another one is read.
///
/// # Errors
/// As [`file`].
pub(crate) async fn file_if_free(channels: &Channels, id: FailureId) -> Result<Filed, Refusal> {
    file_in(channels, id, Turn::IfFree).await
}

async fn file_in(channels: &Channels, id: FailureId, turn: Turn) -> Result<Filed, Refusal> {
    let kernel = &channels.desk.kernel;
    let Some((mail, inbox, own)) = load(kernel, id).await? else {
        return Err(Refusal::NotFound { what: "mail" });
    };
    if mail.state != State::Received {
        entrances::catch_up(&channels.desk, &mail).await?;
        return Ok(Filed {
            state: mail.state,
            ticket: mail.ticket,
        });
    }
    let reading = match mail.blob {
        Some(blob) => Letter::read(kernel, blob, &channels.large, turn).await?,
        None => Reading::Gone,
    };
    let letter = match reading {
        Reading::Here(letter) => letter,
        Reading::Gone => return fail(kernel, id, "There is no copy of this mail to read.").await,
        Reading::TooManyParts => {
            let reason = "The mail has more parts and headers than can be read.";
            return fail(kernel, id, reason).await;
        }
        Reading::Busy => {
            return Ok(Filed {
                state: State::Received,
                ticket: None,
            });
        }
    };
    let text = letter.text.clone();
    // On a thread of its own: reading is pure work, and a panic in it must not end the job.
    let mut parsed = match tokio::task::spawn_blocking(move || parse::parse(&text)).await {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(problem)) => return fail(kernel, id, &problem.to_string()).await,
        Err(_) => return fail(kernel, id, "Reading the mail failed unexpectedly.").await,
    };
    if let Some(filed) = test_mail::settle(kernel, &mail, &inbox, &parsed).await? {
        return Ok(filed);
    }
    if mail.is_beginning() {
        // A file that was torn is no file.
        parsed.attachments.clear();
    }
    let envelope = trust::Envelope::kept(&mail.envelope);
    let seen = seen_body(&mail, &letter);
    let exhibit = (letter.text.clone(), seen, &*parsed.from.address, envelope);
    let findings =
        trust::commands::examine(kernel, &channels.examiner, &inbox, mail.quiet, exhibit).await?;
    match deliver(channels, (&mail, &inbox, own), &letter, (parsed, findings)).await {
        Err(broken @ Refusal::Broken(_)) => Err(broken),
        Err(refusal) => fail(kernel, id, &refusal.to_string()).await,
        Ok(filed) => Ok(filed),
    }
}

pub(super) async fn load(
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
    channels: &Channels,
    (mail, inbox, own): (&InboundMail, &Inbox, Vec<String>),
    letter: &Letter,
    (mut parsed, findings): (ParsedMail, Findings),
) -> Result<Filed, Refusal> {
    let desk = &channels.desk;
    let kernel = &desk.kernel;
    parsed.delivered_to.extend(mail.envelope.to.clone());
    if comes_back(kernel, &parsed, &own).await? || answers_notice(kernel, &parsed) {
        return settle_unfiled(kernel, mail.id).await;
    }
    if let Some(filed) = reports::attach(desk, mail, letter, parsed.report.as_ref()).await? {
        return Ok(filed);
    }
    let cut = letter.take_cut(&mut parsed);
    let cut = cut.into_iter().map(|file| file.map(file_of)).collect();
    let fingerprint = fingerprint(kernel, &parsed);
    let from = parsed.from.address.clone();
    let (destination, check) = destination(kernel, &parsed, findings).await?;
    let traits = Traits::of(&parsed, &own);
    let mut incoming = incoming(inbox, destination, parsed, &own, check.clone());
    incoming.remarks.extend(left_behind(mail));
    let steps = Steps::of(kernel, mail, inbox, &incoming, traits);
    let mut prepared = desk.prepare_incoming(incoming).await?;
    // The raw copy moves under the author's key, so that erasing the person erases it too.
    let raw = letter.store(kernel, cut, &mut prepared).await?;
    let at = kernel.clock.now();
    let ctx = context(mail, inbox, at);
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
            if let Some(copy) = settle_copy(tx, &ctx, &mail, fingerprint).await? {
                return Ok(copy);
            }
            let receipt = steps.receive(&desk_of_closure, tx, &ctx, &prepared).await?;
            trust::commands::settle(tx, (id, receipt.ticket), &check, &from, at).await?;
            let blob = match mail.blob {
                Some(old) => Blobs::replace(tx, old, &raw).await?,
                None => raw.insert(tx).await?,
            };
            let ticket = Some(receipt.ticket);
            let settlement = Settlement {
                state: State::Processed,
                ticket,
                number: Some(receipt.number),
                blob: Some(blob),
            };
            store::settle(tx, id, settlement, at).await?;
            entrances::show(tx, &ctx, id, receipt.ticket).await?;
            Ok(Filed {
                state: State::Processed,
                ticket,
            })
        })
        .await
}

/// How much of the body is there to be checked.
fn seen_body(mail: &InboundMail, letter: &Letter) -> SeenBody {
    match letter.hashes() {
        _ if mail.is_beginning() => SeenBody::Beginning,
        Some(hashes) => SeenBody::Hashed(hashes),
        None => SeenBody::Whole,
    }
}

/// Says of a mail that is too large where the rest of it is.
fn left_behind(mail: &InboundMail) -> Option<Remark> {
    let place = match mail.source {
        Source::Import => LeftIn::File,
        _ => LeftIn::Mailbox,
    };
    mail.is_beginning().then_some(Remark::TooLarge {
        bytes: mail.size,
        place,
    })
}

fn context(mail: &InboundMail, inbox: &Inbox, at: Timestamp) -> Context {
    Context {
        origin: if mail.quiet {
            Origin::Import
        } else {
            Origin::Customer
        },
        brand: inbox.brand,
        quiet: mail.quiet,
        ..Context::system(at)
    }
}

/// Whether it is our own mail: our Message-ID, and as it left us or as a list passed it on.
async fn comes_back(kernel: &Kernel, parsed: &ParsedMail, own: &[String]) -> Result<bool, Refusal> {
    let Some(id) = parsed.message_id.clone() else {
        return Ok(false);
    };
    if !rules::came_from_us(parsed, own) {
        return Ok(false);
    }
    let signed = tokens::read(&kernel.keys, &id).is_some();
    if signed || tokens::is_notice(&kernel.keys, &id) {
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
    // A report that a notification didn't arrive is no answer: somebody must see it.
    parsed.automatic == Some(Automatic::Reply) && parsed.references.iter().any(to_notice)
}

/// What copies of a mail share by whatever way they come. A mail without Message-ID is known by
/// its date and all that can be read of it; one without either is known by its bytes alone.
pub(super) fn fingerprint(kernel: &Kernel, parsed: &ParsedMail) -> Option<[u8; 32]> {
    let sender = parsed.from.address.to_lowercase();
    let (purpose, text) = match (&parsed.message_id, parsed.sent_at) {
        (Some(id), sent_at) => (
            "mail.fingerprint",
            format!("{id}\n{sender}\n{}", sent_at.unwrap_or_default()),
        ),
        (None, Some(sent_at)) => {
            let (subject, text, html) = (&parsed.subject, &parsed.text, &parsed.html);
            let to: Vec<_> = parsed.to.iter().map(|to| to.address.as_str()).collect();
            (
                "mail.likeness",
                format!("{sender}\n{sent_at}\n{to:?}\n{subject:?}\n{text:?}\n{html:?}"),
            )
        }
        (None, None) => return None,
    };
    Some(kernel.keys.hmac(purpose, text.as_bytes()))
}

/// Settles a mail of which another copy was first; `None` for one that is news.
async fn settle_copy(
    tx: &mut Tx<'_>,
    ctx: &Context,
    mail: &InboundMail,
    fingerprint: Option<[u8; 32]>,
) -> Result<Option<Filed>, Refusal> {
    let Some(fingerprint) = fingerprint else {
        return Ok(None);
    };
    let first = store::claim_fingerprint(tx, fingerprint, mail.id).await?;
    if first == mail.id {
        return Ok(None);
    }
    let ticket = entrances::join(tx, ctx, mail, first).await?;
    settle_duplicate(tx, mail, ticket, ctx.at).await.map(Some)
}

pub(super) async fn settle_duplicate(
    tx: &mut Tx<'_>,
    mail: &InboundMail,
    ticket: Option<TicketId>,
    at: Timestamp,
) -> Result<Filed, Refusal> {
    let settlement = Settlement {
        state: State::Duplicate,
        ticket,
        number: None,
        blob: None,
    };
    store::settle(tx, mail.id, settlement, at).await?;
    if let Some(blob) = mail.blob {
        Blobs::delete(tx, blob).await?;
    }
    Ok(Filed {
        state: State::Duplicate,
        ticket,
    })
}

async fn settle_unfiled(kernel: &Kernel, id: FailureId) -> Result<Filed, Refusal> {
    let at = kernel.clock.now();
    kernel
        .db
        .write(
            async move |tx: &mut Tx<'_>| match store::lock(tx, id).await? {
                Some(mail) if mail.state == State::Received => {
                    settle_duplicate(tx, &mail, None, at).await
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
