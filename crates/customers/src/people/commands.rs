//! Finding, making and editing customers.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::CustomerId;
use kernel::journal::{self, Change, Context, Subject};
use kernel::keys::{Encrypted, KeyOwner};
use kernel::refusal::Refusal;

use super::{
    Arrival, Customer, CustomerChanged, CustomerCreated, IdentityAdded, IdentityKind, MailAddress,
    Person, rules, store,
};
use crate::Customers;

/// Looks up who writes from `address` and makes a key for a newcomer.
///
/// Call it before the transaction: keys are never made inside one.
pub async fn prepare(
    kernel: &Kernel,
    address: MailAddress,
    name: Option<&str>,
) -> Result<Arrival, Refusal> {
    let wanted = address.clone();
    let known = kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Option<Person>, DbError> {
                store::by_address(tx, &wanted).await
            },
        )
        .await?;
    let key = match &known {
        Some(person) => person.key,
        None => kernel.keys.create(KeyOwner::Customer).await?,
    };
    let name = name
        .and_then(rules::clean_name)
        .unwrap_or_else(|| address.stand_in_name());
    Ok(Arrival { address, name, key })
}

/// The customer who has the arrival's address, made when there is none.
///
/// Two transactions that meet the same newcomer at once agree on one customer.
pub async fn find_or_create(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    arrival: &Arrival,
) -> Result<Person, Refusal> {
    if let Some(person) = store::by_address(tx, &arrival.address).await? {
        return Ok(person);
    }
    let id = store::insert(tx, arrival.key, &arrival.name, ctx.at).await?;
    let Some(identity) = store::add_address(tx, id, &arrival.address, ctx.at).await? else {
        store::remove(tx, id).await?;
        return store::by_address(tx, &arrival.address)
            .await?
            .ok_or_else(|| DbError::Unreadable("an address without a customer".to_owned()).into());
    };
    let email = arrival.address.as_str().to_owned();
    store::index_newcomer(
        tx,
        id,
        &rules::terms(&arrival.name, std::slice::from_ref(&email)),
    )
    .await?;

    let subject = Subject {
        customer: Some(id),
        ..Subject::default()
    };
    let name = kernel.keys.encrypt(tx, arrival.key, &arrival.name).await?;
    journal::append(tx, ctx, subject, &CustomerCreated { name }).await?;
    let value = kernel.keys.encrypt(tx, arrival.key, &email).await?;
    let added = IdentityAdded {
        identity,
        identity_kind: IdentityKind::Email,
        value,
    };
    journal::append(tx, ctx, subject, &added).await?;
    Ok(Person {
        id,
        key: arrival.key,
        identity,
        name: arrival.name.clone(),
        email,
    })
}

/// What an agent changes on a customer; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The version that the agent saw.
    pub version: i64,
    /// The new name.
    pub name: Option<String>,
    /// The new note; `Some(None)` clears it.
    pub note: Option<Option<String>>,
    /// The new language; `Some(None)` clears it.
    pub language: Option<Option<String>>,
}

/// Changes name, note or language.
pub async fn edit(
    room: &Customers,
    caller: &Caller,
    id: CustomerId,
    edit: Edit,
) -> Result<(), Refusal> {
    caller.require(Permission::CustomerUpdate)?;
    check(&edit)?;
    let ctx = caller.context(room.kernel.clock.now());
    let kernel = room.kernel.clone();
    room.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            store::lock(tx, id).await?;
            let customer = store::find(tx, id)
                .await?
                .ok_or(Refusal::NotFound { what: "customer" })?;
            if customer.version != edit.version {
                return Err(Refusal::Stale { what: "customer" });
            }
            apply(&kernel, tx, &ctx, &customer, &edit).await
        })
        .await
}

fn check(edit: &Edit) -> Result<(), Refusal> {
    if edit
        .name
        .as_deref()
        .is_some_and(|name| rules::clean_name(name).is_none())
    {
        return Err(Refusal::invalid(
            "name",
            "is empty",
            "write at least one letter",
        ));
    }
    let note = edit.note.iter().flatten().next();
    if note.is_some_and(|note| note.chars().count() > rules::NOTE_CHARS_MAX) {
        return Err(Refusal::invalid(
            "note",
            "is too long",
            "keep it under 20,000 characters",
        ));
    }
    let language = edit.language.iter().flatten().next();
    if language.is_some_and(|tag| !rules::is_language(tag)) {
        let mend = "write it like \"de\" or \"pt-BR\"";
        return Err(Refusal::invalid("language", "is not a language tag", mend));
    }
    Ok(())
}

async fn apply(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    customer: &Customer,
    edit: &Edit,
) -> Result<(), Refusal> {
    let mut changed = CustomerChanged::default();
    let name = edit.name.as_deref().and_then(rules::clean_name);
    if let Some(name) = name.as_deref().filter(|name| *name != customer.name) {
        let from = kernel
            .keys
            .encrypt(tx, customer.key, &customer.name)
            .await?;
        let to = kernel.keys.encrypt(tx, customer.key, name).await?;
        changed.name = Some(Change { from, to });
    }
    let mut note = customer.note.clone();
    if let Some(wanted) = &edit.note {
        let wanted = wanted.as_deref().filter(|text| !text.trim().is_empty());
        note = encrypt(kernel, tx, customer, wanted).await?;
        changed.note = Some(Change {
            from: customer.note.clone(),
            to: note.clone(),
        });
    }
    let mut language = customer.language.clone();
    if let Some(wanted) = &edit.language
        && *wanted != language
    {
        let from = encrypt(kernel, tx, customer, language.as_deref()).await?;
        let to = encrypt(kernel, tx, customer, wanted.as_deref()).await?;
        changed.language = Some(Change { from, to });
        language.clone_from(wanted);
    }
    if changed.name.is_none() && changed.note.is_none() && changed.language.is_none() {
        return Ok(());
    }
    let name = name.unwrap_or_else(|| customer.name.clone());
    store::update(tx, customer.id, &name, note, language.as_deref()).await?;
    if changed.name.is_some() {
        let addresses: Vec<String> = store::identities(tx, customer.id)
            .await?
            .into_iter()
            .map(|i| i.value)
            .collect();
        store::index(tx, customer.id, &rules::terms(&name, &addresses)).await?;
    }
    let subject = Subject {
        customer: Some(customer.id),
        ..Subject::default()
    };
    journal::append(tx, ctx, subject, &changed).await?;
    Ok(())
}

async fn encrypt(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    customer: &Customer,
    text: Option<&str>,
) -> Result<Option<Encrypted<String>>, Refusal> {
    match text {
        Some(text) => Ok(Some(kernel.keys.encrypt(tx, customer.key, text).await?)),
        None => Ok(None),
    }
}
