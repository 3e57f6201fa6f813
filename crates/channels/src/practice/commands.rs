//! A customer's mail, written in the practice mailbox.

use super::PRACTICE_ADDRESS;
use crate::Channels;
use crate::email::addresses::{Mailbox, without_detail};
use crate::email::compose::{self, Outgoing};
use crate::email::intake::{Accepted, Arrival, Envelope, Source, accept, commands};
use crate::inboxes::form::NewInbox;
use crate::inboxes::{self, Import, Inbox};
use kernel::db::Tx;
use kernel::ids::{BrandId, InboxId};
use kernel::refusal::Refusal;

/// Creates the practice inbox unless it is there.
///
/// # Errors
/// The database failed.
pub async fn ensure_inbox(channels: &Channels) -> Result<InboxId, Refusal> {
    let new = NewInbox {
        name: "Support".to_owned(),
        address: PRACTICE_ADDRESS.to_owned(),
        sender_name: String::new(),
        brand: BrandId::DEFAULT,
        team: None,
        signature_html: String::new(),
        imap: None,
        smtp: None,
        import: Import::NewOnly,
        practice: true,
    };
    inboxes::commands::ensure_practice(&channels.desk.kernel, new).await
}

/// What a practising customer writes.
#[derive(Clone, Debug)]
pub struct PracticeMail {
    /// The customer's address.
    pub from_email: String,
    /// The customer's name.
    pub from_name: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// Writes a mail as a customer and puts it in line like any other.
///
/// # Errors
/// An invalid address; the database failed.
pub async fn write(channels: &Channels, mail: PracticeMail) -> Result<Accepted, Refusal> {
    let kernel = &channels.desk.kernel;
    let host = mail
        .from_email
        .rsplit_once('@')
        .map_or("demo", |(_, host)| host);
    let message_id = format!("{}@{}", kernel.random.token(), host.to_lowercase());
    let html: String = mail
        .text
        .split("\n\n")
        .map(|paragraph| format!("<p>{}</p>", escape(paragraph).replace('\n', "<br>")))
        .collect();
    let outgoing = Outgoing {
        from: Mailbox::new(&mail.from_name, mail.from_email.trim()),
        to: vec![Mailbox::new("", PRACTICE_ADDRESS)],
        subject: mail.subject,
        message_id,
        text: mail.text,
        html,
        at: u64::try_from(kernel.clock.now().micros() / 1_000_000).unwrap_or_default(),
        ..Outgoing::default()
    };
    let raw = compose::compose(&outgoing).map_err(|problem| {
        Refusal::invalid(
            "from_email",
            problem.to_string(),
            "write it like ana@example.com",
        )
    })?;
    let inbox = practice_inbox(channels)
        .await?
        .ok_or(Refusal::NotFound { what: "inbox" })?;
    receive(channels, &inbox, raw).await
}

/// Takes in a raw mail for the practice inbox and files it at once.
///
/// # Errors
/// The database failed.
pub(super) async fn receive(
    channels: &Channels,
    inbox: &Inbox,
    raw: Vec<u8>,
) -> Result<Accepted, Refusal> {
    let arrival = Arrival {
        raw: raw.into(),
        quiet: false,
        problem: None,
        envelope: Envelope::default(),
    };
    let kernel = &channels.desk.kernel;
    let accepted = accept(kernel, inbox, Source::Practice, vec![arrival], None).await?;
    let accepted = accepted.first().copied();
    let accepted = accepted.ok_or_else(|| Refusal::broken("the mail was not stored"))?;
    if let Err(problem) = commands::file(channels, accepted.id()).await {
        tracing::warn!(%problem, "a mail is filed later");
    }
    Ok(accepted)
}

/// The practice inbox that takes mail for `address`.
///
/// # Errors
/// The database failed.
pub(super) async fn inbox_for(
    channels: &Channels,
    address: &str,
) -> Result<Option<Inbox>, Refusal> {
    let address = without_detail(&address.to_lowercase());
    let found = channels
        .desk
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| match inboxes::store::by_address(tx, &address).await? {
                Some(id) => inboxes::store::find(tx, id).await,
                None => Ok(None),
            },
        )
        .await?;
    Ok(found.filter(|inbox| inbox.practice && inbox.enabled))
}

async fn practice_inbox(channels: &Channels) -> Result<Option<Inbox>, Refusal> {
    inbox_for(channels, PRACTICE_ADDRESS).await
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
