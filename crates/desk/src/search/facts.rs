//! The words by which documents are filtered and removed.

use kernel::ids::{CustomerId, TicketId};

/// Of each ticket's own document.
pub const TICKET: &str = "ticket";
/// Of each customer's.
pub const CUSTOMER: &str = "customer";
/// Of messages and files.
pub const MESSAGE: &str = "message";
/// Of what was said among colleagues.
pub const NOTE: &str = "note";
/// Of tickets with a file.
pub const ATTACHMENT: &str = "attachment";

/// Of the document of one ticket.
pub fn ticket(id: TicketId) -> String {
    format!("ticket:{id}")
}

/// Of the document of one customer.
pub fn customer(id: CustomerId) -> String {
    format!("customer:{id}")
}

/// Of everything of one ticket.
pub fn of(id: TicketId) -> String {
    format!("of:{id}")
}

/// Of one message and its files.
pub fn message(ticket: TicketId, number: i64) -> String {
    format!("message:{ticket}:{number}")
}

/// Of tickets with this word in a field.
pub fn word(field: &str, word: &str) -> String {
    format!("{field}:{word}")
}

/// Of tickets with this number in a field, or none.
pub fn number(field: &str, number: Option<i64>) -> String {
    match number {
        Some(number) => format!("{field}:{number}"),
        None => format!("{field}:none"),
    }
}
