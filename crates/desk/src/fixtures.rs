//! Builders for tests.
#![expect(
    clippy::expect_used,
    reason = "a test without its fixture has nothing to say"
)]

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::http::outgoing::{Outgoing, Reach};
use kernel::ids::{BrandId, InboxId, TicketId};
use kernel::journal::Context;
use kernel::refusal::Refusal;

use crate::Desk;
use crate::messages::Mailbox;
use crate::messages::commands::receive::{Incoming, Receipt};
use crate::tickets::{InboxCard, InboxDirectory};

/// The one inbox of the test world.
pub const INBOX: InboxId = InboxId(1);
/// Its address.
pub const INBOX_ADDRESS: &str = "support@desk.example";

/// A directory of that one inbox.
#[derive(Clone, Copy, Debug)]
pub struct OneInbox;

fn card() -> InboxCard {
    InboxCard {
        id: INBOX,
        brand: BrandId::DEFAULT,
        team: None,
        address: INBOX_ADDRESS.to_owned(),
        name: "Support".to_owned(),
    }
}

impl InboxDirectory for OneInbox {
    fn find<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        inbox: InboxId,
    ) -> BoxFuture<'a, Result<Option<InboxCard>, DbError>> {
        async move { Ok(Some(card()).filter(|card| card.id == inbox)) }.boxed()
    }

    fn default_inbox<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
    ) -> BoxFuture<'a, Result<Option<InboxCard>, DbError>> {
        async { Ok(Some(card())) }.boxed()
    }

    fn all<'a>(&'a self, _: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Vec<InboxCard>, DbError>> {
        async { Ok(vec![card()]) }.boxed()
    }

    fn own_addresses<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
    ) -> BoxFuture<'a, Result<Vec<String>, DbError>> {
        async { Ok(vec![INBOX_ADDRESS.to_owned()]) }.boxed()
    }
}

/// A desk with one inbox, whose webhooks may call this machine.
///
/// # Panics
/// Without TLS.
pub fn desk(kernel: &Kernel) -> Desk {
    let outgoing = Outgoing::new(Reach::Private, None).expect("there is TLS");
    Desk::new(kernel.clone(), Arc::new(OneInbox), outgoing)
}

/// A plain mail from `email`.
pub fn mail(email: &str, subject: &str, text: &str) -> Incoming {
    Incoming {
        inbox: INBOX,
        brand: BrandId::DEFAULT,
        team: None,
        into: None,
        link: None,
        from: mailbox(email),
        to: Vec::new(),
        cc: Vec::new(),
        subject: subject.to_owned(),
        text: text.to_owned(),
        html: None,
        files: Vec::new(),
        message_id: None,
        references: Vec::new(),
        sent_at: None,
        auto_reply: false,
        sender: None,
        remarks: Vec::new(),
    }
}

/// `email` with what stands before its `@` as the name.
pub fn mailbox(email: &str) -> Mailbox {
    let name = email.split('@').next().unwrap_or_default();
    Mailbox {
        email: email.to_owned(),
        name: name.to_owned(),
    }
}

/// Lets a mail come in.
///
/// # Panics
/// When the desk refuses it.
pub async fn receive(desk: &Desk, incoming: Incoming) -> Receipt {
    let prepared = desk
        .prepare_incoming(incoming)
        .await
        .expect("the mail can be prepared");
    let (inside, ctx) = (desk.clone(), Context::system(desk.kernel.clock.now()));
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Receipt, Refusal> {
            inside.receive(tx, &ctx, &prepared).await
        })
        .await
        .expect("the mail is received")
}

/// A ticket that began with a mail from `email`.
///
/// # Panics
/// When the desk refuses it.
pub async fn ticket(desk: &Desk, email: &str) -> TicketId {
    receive(
        desk,
        mail(email, "Where is my order?", "It should be here by now."),
    )
    .await
    .ticket
}
