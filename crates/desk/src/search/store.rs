//! What the search reads beside the other nouns' stores.

use kernel::db::{DbError, Tx};
use kernel::ids::{CustomerId, TicketId};

const TICKETS: &str = "SELECT id FROM tickets WHERE id > $1 ORDER BY id LIMIT $2";
const NUMBERS: &str = "SELECT number FROM messages WHERE ticket_id = $1 ORDER BY number";
const CUSTOMERS: &str = "SELECT id FROM customers WHERE id > $1 ORDER BY id LIMIT $2";
const OF_CUSTOMER: &str = "SELECT id FROM tickets WHERE requester_id = $1 \
    UNION SELECT ticket_id FROM ticket_cc WHERE customer_id = $1";

/// Tickets above `after`, in order.
pub async fn tickets(
    tx: &mut Tx<'_>,
    after: TicketId,
    limit: i64,
) -> Result<Vec<TicketId>, DbError> {
    let rows = tx
        .all::<(TicketId,)>(TICKETS, &[after.into(), limit.into()])
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The numbers of a ticket's messages.
pub async fn numbers(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<i64>, DbError> {
    let rows = tx.all::<(i64,)>(NUMBERS, &[ticket.into()]).await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// Customers above `after`, in order.
pub async fn customers(
    tx: &mut Tx<'_>,
    after: CustomerId,
    limit: i64,
) -> Result<Vec<CustomerId>, DbError> {
    let rows = tx
        .all::<(CustomerId,)>(CUSTOMERS, &[after.into(), limit.into()])
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The tickets on which a customer is.
pub async fn of_customer(tx: &mut Tx<'_>, id: CustomerId) -> Result<Vec<TicketId>, DbError> {
    let rows = tx.all::<(TicketId,)>(OF_CUSTOMER, &[id.into()]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
