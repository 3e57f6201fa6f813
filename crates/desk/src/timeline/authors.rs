//! Who someone in the timeline is, by name.

use kernel::db::{DbError, Tx};
use kernel::ids::RuleId;
use kernel::journal::Actor;

use crate::automations;

/// The name of whoever did something; `None` for machines and for people who are gone.
pub async fn name(tx: &mut Tx<'_>, actor: Actor) -> Result<Option<String>, DbError> {
    match actor {
        Actor::Agent(id) => Ok(identity::agents::store::find(tx, id).await?.map(|a| a.name)),
        Actor::Customer(id) => customers::people::store::name(tx, id).await,
        Actor::Rule(id) => automations::store::name(tx, RuleId(id)).await,
        _ => Ok(None),
    }
}
