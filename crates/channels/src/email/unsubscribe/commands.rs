//! Saying no, and heeding it.

use super::{MailKind, SubscriptionChanged, rules, store};
use crate::email::compose::Unsubscribe;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::IdentityId;
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::Refusal;

/// What a mail of a kind to an address carries, or `None` when the address said no to it: then
/// the mail must not be written at all.
///
/// # Errors
/// The database failed.
pub async fn offer(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    identity: IdentityId,
    kind: MailKind,
) -> Result<Option<Unsubscribe>, Refusal> {
    if store::since(tx, identity, kind).await?.is_some() {
        return Ok(None);
    }
    let token = rules::token(&kernel.keys, identity, kind);
    let base = &kernel.settings.base_url;
    Ok(Some(Unsubscribe {
        url: format!("{base}/api/v1/mail/unsubscribe/{token}"),
    }))
}

/// Whether a token is one of ours.
pub fn is_valid(kernel: &Kernel, token: &str) -> bool {
    rules::read(&kernel.keys, token).is_some()
}

/// Says no for the address that a token names; harmless when said twice.
///
/// # Errors
/// A token that is not ours; the database failed.
pub async fn say_no(kernel: &Kernel, token: &str) -> Result<(), Refusal> {
    let unknown = || Refusal::NotFound { what: "link" };
    let (identity, kind) = rules::read(&kernel.keys, token).ok_or_else(unknown)?;
    let at = kernel.clock.now();
    let write = async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        // An address that was erased meanwhile gets no mail anyway.
        let Some(person) = customers::people::store::by_identity(tx, identity).await? else {
            return Ok(());
        };
        if store::add(tx, identity, kind, at).await? {
            let wanted = Change {
                from: true,
                to: false,
            };
            let record = SubscriptionChanged {
                customer: person.id,
                identity,
                kind,
                wanted,
            };
            let ctx = Context::customer(person.id, at);
            journal::append(tx, &ctx, Subject::customer(person.id), &record).await?;
        }
        Ok(())
    };
    kernel.db.write(write).await
}
