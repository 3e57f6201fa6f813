//! Attaching reports to the messages they are about, and pausing addresses.

use super::rules;
use crate::Channels;
use crate::email::intake::commands::Filed;
use crate::email::intake::store::{self, Settlement};
use crate::email::intake::{InboundMail, State};
use crate::email::large::Letter;
use crate::email::parse::Report;
use crate::email::parse::reports::{
    Action, DeliveryReport, FeedbackReport, ReportedRecipient, status_in,
};
use crate::email::tokens;
use customers::MailAddress;
use customers::pauses::{PauseCause, commands as pauses};
use desk::Desk;
use desk::messages::deliveries::{self, Delivery, DeliveryState};
use desk::messages::{Mailbox, message_ids};
use desk::tickets::Ticket;
use kernel::Kernel;
use kernel::blobs::Blobs;
use kernel::db::{DbError, Tx};
use kernel::ids::{DeliveryId, KeyId, TicketId};
use kernel::journal::{Context, Origin};
use kernel::refusal::Refusal;
use std::sync::Arc;

type Copies = Vec<(Delivery, Option<Mailbox>)>;

/// The message of ours that a report is about.
struct Returned {
    ticket: Ticket,
    /// Its number, when its id names it; without one, only the ticket is known.
    number: Option<i64>,
    copies: Copies,
    /// Whom we told that their mail arrived, when that mail came back.
    acknowledged: Option<MailAddress>,
}

/// Puts a report where it belongs; `None` when there is no evidence that it is about a mail of
/// ours, or nothing in it that one could act on.
///
/// # Errors
/// Something of ours broke; the mail stays in line.
pub(in crate::email) async fn attach(
    desk: &Desk,
    mail: &InboundMail,
    letter: &Letter,
    report: Option<&Report>,
) -> Result<Option<Filed>, Refusal> {
    let (Some(report), false) = (report, mail.quiet) else {
        return Ok(None);
    };
    let kernel = desk.kernel.clone();
    let (db, report) = (kernel.db.clone(), Arc::new(report.clone()));
    let (reading, asked) = (kernel.clone(), report.clone());
    let found = db
        .read(async move |tx: &mut Tx<'_>| returned(&reading, tx, &asked).await)
        .await?;
    let Some(found) = found.filter(|found| concerns(&report, found)) else {
        return Ok(None);
    };
    // The report names the customer: it is kept under their key.
    let raw = letter.copy(&kernel, found.ticket.key).await?;
    let (id, at) = (mail.id, kernel.clock.now());
    let ctx = Context {
        origin: Origin::System,
        brand: found.ticket.brand,
        ..Context::system(at)
    };
    db.write(async move |tx: &mut Tx<'_>| {
        let Some(mail) = store::lock(tx, id).await? else {
            return Err(Refusal::NotFound { what: "mail" });
        };
        if mail.state != State::Received {
            return Ok(Some(Filed {
                state: mail.state,
                ticket: mail.ticket,
            }));
        }
        let Some(found) = returned(&kernel, tx, &report).await? else {
            return Ok(None);
        };
        apply(&kernel, tx, &ctx, &report, &found).await?;
        let blob = raw.insert(tx).await?;
        let settlement = Settlement {
            state: State::Processed,
            ticket: Some(found.ticket.id),
            number: found.number,
            blob: Some(blob),
        };
        store::settle(tx, id, settlement, at).await?;
        if let Some(old) = mail.blob.filter(|&old| old != blob) {
            Blobs::delete(tx, old).await?;
        }
        Ok(Some(Filed {
            state: State::Processed,
            ticket: Some(found.ticket.id),
        }))
    })
    .await
}

/// The message that a report shows evidence of.
async fn returned(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    report: &Report,
) -> Result<Option<Returned>, Refusal> {
    let (id, details) = match report {
        Report::Delivery(report) => (&report.original_id, &report.reply_details),
        Report::Feedback(report) => (&report.original_id, &report.reply_details),
    };
    let by_id = match id {
        Some(id) => message_ids::ours(tx, id).await?,
        None => None,
    };
    let signed = |text: &String| Some(tokens::read(&kernel.keys, text)?.ticket);
    // Only what acknowledges a mail has our signed token for its id.
    let acknowledges = id.as_ref().and_then(signed);
    let by_token = || details.iter().filter_map(signed).next();
    let place = by_id
        .map(|(ticket, number)| (ticket, Some(number)))
        .or_else(|| acknowledges.or_else(by_token).map(|ticket| (ticket, None)));
    let Some((ticket, number)) = place else {
        return Ok(None);
    };
    let Some(ticket) = desk::tickets::store::find(tx, ticket).await? else {
        return Ok(None);
    };
    let (mut copies_sent, mut acknowledged) = (Copies::new(), None);
    if number.is_none() && acknowledges.is_some() {
        let identity = ticket.requester_identity;
        let requester = customers::people::store::by_identity(tx, identity).await?;
        acknowledged = requester.and_then(|person| MailAddress::parse(&person.email));
    } else {
        copies_sent = copies(kernel, tx, ticket.id, number).await?;
    }
    Ok(Some(Returned {
        ticket,
        number,
        copies: copies_sent,
        acknowledged,
    }))
}

async fn copies(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: Option<i64>,
) -> Result<Copies, Refusal> {
    let (first, last) = number.map_or((0, i64::MAX), |number| (number, number));
    let mut copies = Vec::new();
    for delivery in deliveries::store::of_messages(tx, ticket, first, last).await? {
        let to = deliveries::commands::recipient(kernel, tx, &delivery).await?;
        copies.push((delivery, to));
    }
    Ok(copies)
}

impl Returned {
    /// The newest copy that went to an address, and whether it is certainly that one. A message
    /// with a single copy was returned by whomever its reader forwards mail to.
    fn copy_for(&self, address: &str) -> Option<(&Delivery, bool)> {
        let to = |to: &Option<Mailbox>| {
            to.as_ref()
                .is_some_and(|to| to.email.eq_ignore_ascii_case(address))
        };
        let exact = self.copies.iter().rev().find(|(_, mailbox)| to(mailbox));
        if let Some((copy, _)) = exact {
            return Some((copy, true));
        }
        match (self.number, self.copies.as_slice()) {
            (Some(_), [(copy, _)]) => Some((copy, false)),
            _ => None,
        }
    }

    /// The address of a report, when it is the one that an acknowledgement went to.
    fn acknowledged(&self, address: &str) -> Option<&MailAddress> {
        let known = self.acknowledged.as_ref();
        known.filter(|known| known.as_str().eq_ignore_ascii_case(address))
    }

    /// Who complained: whom the report names, or the only reader.
    fn complainer(&self, report: &FeedbackReport) -> Option<MailAddress> {
        let named = report
            .recipient
            .as_deref()
            .and_then(|address| self.copy_for(address));
        let copy = match (named, self.number, self.copies.as_slice()) {
            (Some((copy, _)), ..) => Some(copy.id),
            (None, Some(_), [(copy, _)]) => Some(copy.id),
            _ => None,
        };
        let found = self.copies.iter().find(|(it, _)| Some(it.id) == copy);
        if let Some(address) = &self.acknowledged {
            return Some(address.clone());
        }
        found.and_then(|(_, to)| MailAddress::parse(&to.as_ref()?.email))
    }
}

/// Whether a report speaks of a copy that we sent.
fn concerns(report: &Report, found: &Returned) -> bool {
    match report {
        Report::Delivery(report) => report.recipients.iter().any(|it| {
            found.copy_for(&it.address).is_some() || found.acknowledged(&it.address).is_some()
        }),
        Report::Feedback(report) => found.complainer(report).is_some(),
    }
}

async fn apply(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    report: &Report,
    found: &Returned,
) -> Result<(), Refusal> {
    match report {
        Report::Delivery(report) => delivery(kernel, tx, ctx, report, found).await,
        Report::Feedback(report) => feedback(kernel, tx, ctx, report, found).await,
    }
}

async fn delivery(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    report: &DeliveryReport,
    found: &Returned,
) -> Result<(), Refusal> {
    for it in &report.recipients {
        if let (Some(address), Action::Failed) = (found.acknowledged(&it.address), it.action) {
            let why = rules::reason(it);
            let why = (found.ticket.key, why.as_str());
            pauses::failed(kernel, tx, ctx, address, &it.status, why).await?;
        }
        let Some((copy, is_exact)) = found.copy_for(&it.address) else {
            continue;
        };
        let address = MailAddress::parse(&it.address).filter(|_| is_exact);
        let moved = settle(kernel, tx, ctx, copy, it).await?;
        let Some(address) = address else { continue };
        match it.action {
            // A report that comes twice counts once.
            Action::Failed if moved => {
                let why = rules::reason(it);
                let why = (copy.key, why.as_str());
                pauses::failed(kernel, tx, ctx, &address, &it.status, why).await?;
            }
            Action::Delivered => {
                customers::pauses::store::forget_failures(tx, &address).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Moves one copy as the report says; whether that changed anything.
async fn settle(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    copy: &Delivery,
    it: &ReportedRecipient,
) -> Result<bool, Refusal> {
    use deliveries::commands::{advance, note};
    let reason = rules::reason(it);
    let (accepted, refused) = (DeliveryState::Accepted, DeliveryState::Refused);
    match it.action {
        Action::Failed => advance(kernel, tx, ctx, copy.id, refused, Some(&reason)).await,
        Action::Delayed => Ok(
            advance(kernel, tx, ctx, copy.id, accepted, Some(&reason)).await?
                || note(kernel, tx, ctx, copy.id, Some(&reason)).await?,
        ),
        Action::Delivered | Action::Relayed | Action::Expanded => {
            Ok(advance(kernel, tx, ctx, copy.id, accepted, None).await?
                || note(kernel, tx, ctx, copy.id, None).await?)
        }
    }
}

async fn feedback(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    report: &FeedbackReport,
    found: &Returned,
) -> Result<(), Refusal> {
    if !rules::is_complaint(&report.kind) {
        return Ok(());
    }
    let Some(address) = found.complainer(report) else {
        return Ok(());
    };
    let why = (
        found.ticket.key,
        "Its reader marked a mail of ours as spam.",
    );
    pauses::pause(kernel, tx, ctx, &address, PauseCause::Complaint, why).await?;
    Ok(())
}

/// The recipient's own server refused a mail to our face: that is evidence as good as a report.
///
/// # Errors
/// The database or a key failed.
pub async fn refused_at_the_door(
    channels: &Channels,
    id: DeliveryId,
    address: &str,
    said: &str,
) -> Result<(), Refusal> {
    let (Some(address), Some(status)) = (MailAddress::parse(address), status_in(said)) else {
        return Ok(());
    };
    let kernel = channels.desk.kernel.clone();
    let (db, said) = (kernel.db.clone(), said.to_owned());
    let ctx = Context::system(kernel.clock.now());
    db.write(async move |tx: &mut Tx<'_>| {
        let Some(key) = key_of(tx, id).await? else {
            return Ok(());
        };
        pauses::failed(&kernel, tx, &ctx, &address, &status, (key, &said)).await?;
        Ok(())
    })
    .await
}

async fn key_of(tx: &mut Tx<'_>, id: DeliveryId) -> Result<Option<KeyId>, DbError> {
    let found = deliveries::store::find(tx, id).await?;
    Ok(found.map(|delivery| delivery.key))
}

/// Why nothing may be sent to an address now.
///
/// # Errors
/// The database failed.
pub async fn paused(kernel: &Kernel, address: &str) -> Result<Option<&'static str>, Refusal> {
    let Some(address) = MailAddress::parse(address) else {
        return Ok(None);
    };
    let found = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| customers::pauses::store::find(tx, &address).await)
        .await?;
    Ok(found.map(|pause| rules::pause(pause.cause)))
}
