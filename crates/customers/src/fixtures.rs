//! Builders for tests.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::CustomerId;
use kernel::journal::Context;
use kernel::refusal::Refusal;

use crate::people::{MailAddress, Person, TicketCounts, commands};

/// A world in which nobody has a ticket.
#[derive(Clone, Copy, Debug)]
pub struct NoTickets;

impl TicketCounts for NoTickets {
    fn count<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        _: CustomerId,
    ) -> BoxFuture<'a, Result<i64, DbError>> {
        async { Ok(0) }.boxed()
    }
}

/// The customer who writes from `email`, made when there is none.
///
/// # Panics
/// When `email` is not a mail address or the database fails.
#[expect(clippy::expect_used, reason = "a fixture may only be used in tests")]
pub async fn customer(kernel: &Kernel, name: &str, email: &str) -> Person {
    let address = MailAddress::parse(email).expect("a mail address");
    let arrival = commands::prepare(kernel, address, Some(name))
        .await
        .expect("a key");
    let ctx = Context::system(kernel.clock.now());
    let inside = kernel.clone();
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Person, Refusal> {
            commands::find_or_create(&inside, tx, &ctx, &arrival).await
        })
        .await
        .expect("a customer")
}
