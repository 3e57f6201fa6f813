//! Showing a mail that could not be filed to a person.

use super::file::{Filed, load};
use crate::email::intake::store::{self, Shown};
use crate::email::intake::{MailFailed, State};
use crate::email::parse;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{FailureId, KeyId};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;

/// Marks a mail failed, with what can be seen of it.
///
/// # Errors
/// The database or a key failed.
pub async fn fail(kernel: &Kernel, id: FailureId, reason: &str) -> Result<Filed, Refusal> {
    let Some((mail, inbox, _)) = load(kernel, id).await? else {
        return Err(Refusal::NotFound { what: "mail" });
    };
    // Headers stand in the first piece, however large the mail is.
    let reader = match mail.blob {
        Some(blob) => kernel.blobs.reader(blob).await?,
        None => None,
    };
    let raw = match reader {
        Some(mut reader) => reader.next().await?.unwrap_or_default(),
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

pub(super) async fn seal(
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
