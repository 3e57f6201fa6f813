//! Moving messages between tickets, with everything that hangs on them.

use kernel::db::{DbError, Tx, Value};
use kernel::ids::TicketId;

use crate::merges::rules::CHAIN_MAX;

// Message-IDs that the other ticket knows too stay behind: either row leads to the right ticket.
const MESSAGES: &str = "UPDATE messages SET ticket_id = $2, number = number + $5 \
    WHERE ticket_id = $1 AND number >= $3 AND number <= $4";
const ATTACHMENTS: &str = "UPDATE attachments SET ticket_id = $2, number = number + $5 \
    WHERE ticket_id = $1 AND number >= $3 AND number <= $4";
const DELIVERIES: &str = "UPDATE deliveries SET ticket_id = $2, number = number + $5 \
    WHERE ticket_id = $1 AND number >= $3 AND number <= $4";
const MENTIONS: &str = "UPDATE mentions SET ticket_id = $2, number = number + $5 \
    WHERE ticket_id = $1 AND number >= $3 AND number <= $4";
const SENDERS: &str = "UPDATE message_senders SET ticket_id = $2, number = number + $5 \
    WHERE ticket_id = $1 AND number >= $3 AND number <= $4";
const ABUSE_MARKS: &str = "UPDATE abuse_marks SET ticket_id = $2, number = number + $5 \
    WHERE ticket_id = $1 AND number >= $3 AND number <= $4";
const MESSAGE_IDS: &str = "UPDATE message_ids SET ticket_id = $2, number = number + $5 \
    WHERE ticket_id = $1 AND number >= $3 AND number <= $4 AND NOT EXISTS \
    (SELECT 1 FROM message_ids o WHERE o.message_id = message_ids.message_id \
    AND o.ticket_id = $2)";
const ADD_MOVE: &str = "INSERT INTO message_moves (ticket_id, first, last, to_ticket_id, shift) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (ticket_id, first, last) \
    DO UPDATE SET to_ticket_id = excluded.to_ticket_id, shift = excluded.shift";
const FORGET_MOVE: &str = "DELETE FROM message_moves \
    WHERE ticket_id = $1 AND first = $2 AND last = $3 AND to_ticket_id = $4";
// Of several ways from a number the narrowest is right: a whole ticket that moved took only what
// was still there.
const NEXT: &str = "SELECT to_ticket_id, shift FROM message_moves \
    WHERE ticket_id = $1 AND first <= $2 AND last >= $2 ORDER BY last - first LIMIT 1";
const IS_MERGED_IN: &str = "SELECT 1 FROM merges WHERE survivor_id = $1 \
    AND undone_at IS NULL AND shift < $2 AND shift + last >= $2 LIMIT 1";
const CAME_FROM: &str = "SELECT ticket_id, shift FROM message_moves \
    WHERE to_ticket_id = $1 AND first + shift <= $2 AND last + shift >= $2 \
    ORDER BY last - first LIMIT 1";
const IS_THERE: &str = "SELECT 1 FROM messages WHERE ticket_id = $1 AND number = $2";
const COUNT: &str = "SELECT COUNT(*) FROM messages \
    WHERE ticket_id = $1 AND (state IS NULL OR state = 'released')";
const FAILED: &str = "SELECT COUNT(*) FROM deliveries WHERE ticket_id = $1 AND attention = 1";
const HAS_FILES: &str = "SELECT 1 FROM attachments WHERE ticket_id = $1 LIMIT 1";
const NEWEST: &str = "SELECT number FROM messages WHERE ticket_id = $1 \
    ORDER BY number DESC LIMIT 1";
const RAISE_READS: &str =
    "UPDATE ticket_reads SET number = $2 WHERE ticket_id = $1 AND number >= $3";

/// Messages of one ticket that move together.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// Where they are.
    pub from: TicketId,
    /// Where they go.
    pub to: TicketId,
    /// The number of the first.
    pub first: i64,
    /// The number of the last.
    pub last: i64,
    /// By how much their numbers rise; negative when they go home.
    pub shift: i64,
}

impl Range {
    /// The way back.
    pub fn back(self) -> Self {
        Self {
            from: self.to,
            to: self.from,
            first: self.first.saturating_add(self.shift),
            last: self.last.saturating_add(self.shift),
            shift: self.shift.saturating_neg(),
        }
    }
}

/// Moves messages with their files, deliveries, mentions, ids and what is known of their senders,
/// and remembers the way. The caller holds the locks of both tickets.
pub async fn move_range(tx: &mut Tx<'_>, range: Range) -> Result<(), DbError> {
    let values: [Value; 5] = [
        range.from.into(),
        range.to.into(),
        range.first.into(),
        range.last.into(),
        range.shift.into(),
    ];
    for statement in [
        MESSAGES,
        ATTACHMENTS,
        DELIVERIES,
        MENTIONS,
        SENDERS,
        ABUSE_MARKS,
        MESSAGE_IDS,
    ] {
        tx.execute(statement, &values).await?;
    }
    // A way that led here is walked no more: what it led to has left.
    let back = range.back();
    let way: [Value; 4] = [
        back.from.into(),
        back.first.into(),
        back.last.into(),
        back.to.into(),
    ];
    tx.execute(FORGET_MOVE, &way).await?;
    let way: [Value; 5] = [
        range.from.into(),
        range.first.into(),
        range.last.into(),
        range.to.into(),
        range.shift.into(),
    ];
    tx.execute(ADD_MOVE, &way).await.map(drop)
}

/// Where the message is that once was `number` of `ticket`; `None` when it is gone.
pub async fn whereabouts(
    tx: &mut Tx<'_>,
    (ticket, number): (TicketId, i64),
) -> Result<Option<(TicketId, i64)>, DbError> {
    let (mut ticket, mut number) = (ticket, number);
    for _ in 0..CHAIN_MAX {
        let place: [Value; 2] = [ticket.into(), number.into()];
        if tx.one::<(i64,)>(IS_THERE, &place).await?.is_some() {
            return Ok(Some((ticket, number)));
        }
        let Some((to, shift)) = tx.one::<(TicketId, i64)>(NEXT, &place).await? else {
            return Ok(None);
        };
        (ticket, number) = (to, number.saturating_add(shift));
    }
    Ok(None)
}

/// Whether a message is on the ticket it was written for, and did not come with a merged one.
pub async fn is_own(tx: &mut Tx<'_>, (ticket, number): (TicketId, i64)) -> Result<bool, DbError> {
    Ok(tx
        .one::<(i64,)>(IS_MERGED_IN, &[ticket.into(), number.into()])
        .await?
        .is_none())
}

/// Where a message was before it came here; `None` when it never moved.
pub async fn came_from(
    tx: &mut Tx<'_>,
    (ticket, number): (TicketId, i64),
) -> Result<Option<(TicketId, i64)>, DbError> {
    let row = tx
        .one::<(TicketId, i64)>(CAME_FROM, &[ticket.into(), number.into()])
        .await?;
    Ok(row.map(|(from, shift)| (from, number.saturating_sub(shift))))
}

/// Counts messages and failed deliveries, and looks for files: what a ticket says of itself.
pub async fn recount(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(i64, i64, bool), DbError> {
    let messages = tx.one::<(i64,)>(COUNT, &[ticket.into()]).await?;
    let failed = tx.one::<(i64,)>(FAILED, &[ticket.into()]).await?;
    let files = tx.one::<(i64,)>(HAS_FILES, &[ticket.into()]).await?;
    Ok((
        messages.map_or(0, |(count,)| count),
        failed.map_or(0, |(count,)| count),
        files.is_some(),
    ))
}

/// The highest number of a message that is still on the ticket.
pub async fn newest(tx: &mut Tx<'_>, ticket: TicketId) -> Result<i64, DbError> {
    let row = tx.one::<(i64,)>(NEWEST, &[ticket.into()]).await?;
    Ok(row.map_or(0, |(number,)| number))
}

/// Whoever had read all that is left on a ticket has read it through its last number.
pub async fn raise_reads(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    last_number: i64,
    newest: i64,
) -> Result<(), DbError> {
    let values: [Value; 3] = [ticket.into(), last_number.into(), newest.into()];
    tx.execute(RAISE_READS, &values).await.map(drop)
}
