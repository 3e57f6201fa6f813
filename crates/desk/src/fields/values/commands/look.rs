//! Looking behind a mask, and finding tickets by a whole text.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{FieldId, TicketId};
use kernel::journal;
use kernel::refusal::Refusal;

use super::{lookup, opened};
use crate::fields::values::{FieldRevealed, FieldValue, store};
use crate::fields::{self, FieldType};
use crate::tickets::commands::{open, subject};

/// The most tickets that a look-up answers.
const FOUND_MAX: i64 = 50;

/// Shows what a masked field of a ticket holds, and notes who looked.
pub async fn reveal(
    kernel: &Kernel,
    caller: &Caller,
    id: TicketId,
    key: &str,
) -> Result<Option<String>, Refusal> {
    caller.require(Permission::FieldReveal)?;
    let (ctx, keys) = (caller.context(kernel.clock.now()), kernel.keys.clone());
    let key = key.to_owned();
    kernel
        .db
        .write(
            async move |tx: &mut Tx<'_>| -> Result<Option<String>, Refusal> {
                let (ticket, ctx) = open(tx, &ctx, id).await?;
                let field = fields::store::by_keys(tx, &[key.as_str()]).await?;
                let field = field
                    .into_iter()
                    .find(|field| field.field_type == FieldType::Masked)
                    .ok_or(Refusal::NotFound { what: "field" })?;
                let held = store::of_tickets(tx, &[id]).await?;
                let Some(held) = held.iter().find(|held| held.field == field.id) else {
                    return Ok(None);
                };
                let Some(FieldValue::Text(text)) = opened(&keys, tx, &held.value).await? else {
                    return Ok(None);
                };
                let revealed = FieldRevealed { field: field.id };
                journal::append(tx, &ctx, subject(&ticket), &revealed).await?;
                Ok(Some(text))
            },
        )
        .await
}

/// The tickets whose field holds exactly this text, whatever its case; newest first.
pub async fn look_up(
    kernel: &Kernel,
    caller: &Caller,
    id: FieldId,
    text: &str,
) -> Result<Vec<TicketId>, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (keys, text) = (kernel.keys.clone(), text.to_owned());
    kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Vec<TicketId>, Refusal> {
                let found = fields::store::find(tx, id).await?;
                let field = found.ok_or(Refusal::NotFound { what: "field" })?;
                let Some(lookup) = lookup(&keys, &field, &text) else {
                    let reason = format!("“{}” can't be looked up by its text", field.label);
                    let mend = "choose a field of order numbers, masked or searchable text";
                    return Err(Refusal::invalid("id", reason, mend));
                };
                Ok(store::by_lookup(tx, id, lookup, FOUND_MAX).await?)
            },
        )
        .await
}
