//! Moving what hangs on a ticket as a whole: promises, tasks, escalations, side conversations.

use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;

use crate::merges::Hanging;

const PROMISES: &str = "SELECT id FROM promises WHERE ticket_id = $1 ORDER BY id";
const TASKS: &str = "SELECT id FROM tasks WHERE ticket_id = $1 ORDER BY id";
const ESCALATIONS: &str = "SELECT id FROM escalations WHERE ticket_id = $1 ORDER BY id";
const SIDE_CONVERSATIONS: &str =
    "SELECT id FROM side_conversations WHERE ticket_id = $1 ORDER BY id";
const MOVE_PROMISE: &str = "UPDATE promises SET ticket_id = $2 WHERE ticket_id = $1 AND id = $3";
const MOVE_TASK: &str = "UPDATE tasks SET ticket_id = $2 WHERE ticket_id = $1 AND id = $3";
const MOVE_ESCALATION: &str =
    "UPDATE escalations SET ticket_id = $2 WHERE ticket_id = $1 AND id = $3";
const MOVE_SIDE_CONVERSATION: &str =
    "UPDATE side_conversations SET ticket_id = $2 WHERE ticket_id = $1 AND id = $3";

/// Everything that hangs on a ticket.
pub async fn hanging(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<(Hanging, i64)>, DbError> {
    let mut all = Vec::new();
    for (kind, statement) in [
        (Hanging::Promise, PROMISES),
        (Hanging::Task, TASKS),
        (Hanging::Escalation, ESCALATIONS),
        (Hanging::SideConversation, SIDE_CONVERSATIONS),
    ] {
        let rows = tx.all::<(i64,)>(statement, &[ticket.into()]).await?;
        all.extend(rows.into_iter().map(|(id,)| (kind, id)));
    }
    Ok(all)
}

/// Hangs on `to` what is still there of these things on `from`.
pub async fn rehang(
    tx: &mut Tx<'_>,
    (from, to): (TicketId, TicketId),
    things: &[(Hanging, i64)],
) -> Result<(), DbError> {
    for (kind, id) in things {
        let statement = match kind {
            Hanging::Promise => MOVE_PROMISE,
            Hanging::Task => MOVE_TASK,
            Hanging::Escalation => MOVE_ESCALATION,
            Hanging::SideConversation => MOVE_SIDE_CONVERSATION,
        };
        let values = [from.into(), to.into(), (*id).into()];
        tx.execute(statement, &values).await?;
    }
    Ok(())
}
