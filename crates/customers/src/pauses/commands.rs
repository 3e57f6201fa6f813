//! Pausing addresses and writing to them again.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{CustomerId, IdentityId, KeyId};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;

use super::{ApiPause, IdentityPaused, IdentityResumed, PauseCause, rules, store};
use crate::Customers;
use crate::people::{self, MailAddress};

/// Notes that mail to an address came back, and pauses it when that was once too often; answers
/// whether it is paused now. `reason` is kept under `key`.
///
/// # Errors
/// The database or a key failed.
pub async fn failed(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    address: &MailAddress,
    status: &str,
    (key, reason): (KeyId, &str),
) -> Result<bool, Refusal> {
    let in_a_row = store::count_failure(tx, address).await?;
    match rules::failed(status, reason, in_a_row) {
        Some(cause) => pause(kernel, tx, ctx, address, cause, (key, reason)).await,
        None => Ok(false),
    }
}

/// Stops writing to an address, unless that is so already.
///
/// # Errors
/// The database or a key failed.
pub async fn pause(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    address: &MailAddress,
    cause: PauseCause,
    (key, reason): (KeyId, &str),
) -> Result<bool, Refusal> {
    let reason = kernel.keys.encrypt(tx, key, reason).await?;
    if store::pause(tx, address, cause, &reason, ctx.at).await? {
        let (subject, identity) = about(tx, address).await?;
        let record = IdentityPaused {
            identity,
            cause,
            reason,
        };
        journal::append(tx, ctx, subject, &record).await?;
    }
    Ok(true)
}

/// Whom an address belongs to.
async fn about(
    tx: &mut Tx<'_>,
    address: &MailAddress,
) -> Result<(Subject, Option<IdentityId>), Refusal> {
    let person = people::store::by_address(tx, address).await?;
    let subject = Subject {
        customer: person.as_ref().map(|person| person.id),
        ..Subject::default()
    };
    Ok((subject, person.map(|person| person.identity)))
}

/// Somebody wrote from an address: it works.
///
/// # Errors
/// The database failed.
pub async fn works(tx: &mut Tx<'_>, ctx: &Context, address: &MailAddress) -> Result<(), Refusal> {
    let pause = store::find(tx, address).await?;
    if !store::clear(tx, address).await? {
        return Ok(());
    }
    if let Some(pause) = pause {
        let (subject, identity) = about(tx, address).await?;
        let record = IdentityResumed {
            identity,
            cause: pause.cause,
            reason: None,
        };
        journal::append(tx, ctx, subject, &record).await?;
    }
    Ok(())
}

/// An agent has us write to a customer's address again. Lifting what is not paused does nothing.
///
/// # Errors
/// Missing permission, no such address of the customer, no reason.
pub async fn resume(
    room: &Customers,
    caller: &Caller,
    (customer, identity): (CustomerId, IdentityId),
    reason: &str,
) -> Result<(), Refusal> {
    caller.require(Permission::CustomerUpdate)?;
    let reason = reason.trim().to_owned();
    if reason.is_empty() {
        let mend = "say why mail may go there again";
        return Err(Refusal::invalid("reason", "is empty", mend));
    }
    if reason.chars().count() > rules::REASON_CHARS_MAX {
        let mend = "keep it under 500 characters";
        return Err(Refusal::invalid("reason", "is too long", mend));
    }
    let ctx = caller.context(room.kernel.clock.now());
    let kernel = room.kernel.clone();
    room.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            const NOT_FOUND: Refusal = Refusal::NotFound { what: "address" };
            let person = people::store::by_identity(tx, identity).await?;
            let person = person
                .filter(|person| person.id == customer)
                .ok_or(NOT_FOUND)?;
            let address = MailAddress::parse(&person.email).ok_or(NOT_FOUND)?;
            let Some(pause) = store::find(tx, &address).await? else {
                return Ok(());
            };
            store::clear(tx, &address).await?;
            let record = IdentityResumed {
                identity: Some(identity),
                cause: pause.cause,
                reason: Some(kernel.keys.encrypt(tx, person.key, &reason).await?),
            };
            let subject = Subject {
                customer: Some(customer),
                ..Subject::default()
            };
            journal::append(tx, &ctx, subject, &record).await?;
            Ok(())
        })
        .await
}

/// The pause of an address as people may see it.
///
/// # Errors
/// The database or a key failed.
pub async fn shown(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    address: &str,
) -> Result<Option<ApiPause>, Refusal> {
    let Some(address) = MailAddress::parse(address) else {
        return Ok(None);
    };
    let Some(pause) = store::find(tx, &address).await? else {
        return Ok(None);
    };
    let reason = match &pause.reason {
        Some(reason) => kernel.keys.decrypt(tx, reason).await?,
        None => None,
    };
    Ok(Some(ApiPause {
        cause: pause.cause,
        reason: reason.unwrap_or_default(),
        since: pause.since,
    }))
}
