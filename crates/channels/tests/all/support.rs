//! A shop with one inbox, one agent and whatever servers a test wants.

use channels::Channels;
use channels::email::intake::commands::{Filed, file};
use channels::email::intake::{Accepted, Arrival, Envelope, Source, accept};
use channels::email::server::Security;
use channels::inboxes::form::{NewAccess, NewInbox};
use channels::inboxes::{Import, Inbox};
use desk::Desk;
use desk::messages::commands::reply::{NewReply, reply};
use desk::messages::senders::SenderCheck;
use desk::tickets::Ticket;
use identity::{Caller, Role};
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::http::outgoing::{Outgoing, Reach};
use kernel::ids::{BrandId, FailureId, TicketId};
use kernel::migrate::Room;
use std::sync::Arc;
use std::time::Duration;
use testkit::World;

pub const ROOMS: &[Room] = &[
    kernel::MIGRATIONS,
    identity::MIGRATIONS,
    customers::MIGRATIONS,
    desk::MIGRATIONS,
    channels::MIGRATIONS,
];

pub const SHOP: &str = "support@shop.test";

pub struct Shop {
    pub channels: Channels,
    pub inbox: Inbox,
    pub mia: Caller,
}

pub fn new_inbox(address: &str) -> NewInbox {
    NewInbox {
        name: "Support".into(),
        address: address.into(),
        sender_name: "Lamp Shop".into(),
        brand: BrandId::DEFAULT,
        team: None,
        signature_html: "<p>Your Lamp Shop</p>".into(),
        imap: None,
        smtp: None,
        import: Import::NewOnly,
        practice: false,
    }
}

/// A way to a plain server on this machine.
pub fn local(port: u16) -> NewAccess {
    NewAccess {
        host: "127.0.0.1".into(),
        port: port.into(),
        security: Security::None,
        username: "support".into(),
        folder: "INBOX".into(),
        password: Some("practice".into()),
        connection: None,
    }
}

pub fn room(world: &World) -> Channels {
    room_with(world, &channels::Settings::default())
}

pub fn room_with(world: &World, settings: &channels::Settings) -> Channels {
    let outgoing = Outgoing::new(Reach::Private, None).unwrap();
    let inboxes = Arc::new(channels::inboxes::Directory);
    let desk = Desk::new(world.kernel.clone(), inboxes, outgoing);
    let settings = channels::Settings {
        reach: Reach::Private,
        ..settings.clone()
    };
    Channels::new(desk, &settings).unwrap()
}

pub async fn shop_with(world: &World, new: NewInbox) -> Shop {
    shop_in(world, room(world), new).await
}

/// A shop whose senders are checked by asking this server.
pub async fn checking_shop(world: &World, dns: std::net::SocketAddr, new: NewInbox) -> Shop {
    let settings = channels::Settings {
        dns_servers: channels::email::trust::dns::DnsServers::At(vec![dns]),
        ..channels::Settings::default()
    };
    shop_in(world, room_with(world, &settings), new).await
}

async fn shop_in(world: &World, channels: Channels, new: NewInbox) -> Shop {
    let mia = identity::fixtures::agent(&world.kernel, "Mia", Role::Owner).await;
    let inbox = add_inbox(&channels, &mia, new).await;
    Shop {
        channels,
        inbox,
        mia,
    }
}

pub async fn shop(world: &World) -> Shop {
    shop_with(world, new_inbox(SHOP)).await
}

pub async fn add_inbox(channels: &Channels, mia: &Caller, new: NewInbox) -> Inbox {
    let kernel = &channels.desk.kernel;
    let once = IdempotencyKey::default();
    let id = channels::inboxes::commands::create(kernel, mia, new, once)
        .await
        .unwrap();
    let find = async move |tx: &mut Tx<'_>| channels::inboxes::store::find(tx, id).await;
    kernel
        .db
        .read::<_, DbError, _>(find)
        .await
        .unwrap()
        .unwrap()
}

impl Shop {
    pub async fn store(&self, raw: &[u8]) -> Accepted {
        let arrival = Arrival {
            raw: raw.to_vec().into(),
            quiet: false,
            problem: None,
            envelope: Envelope::default(),
        };
        let kernel = &self.channels.desk.kernel;
        accept(kernel, &self.inbox, Source::Http, vec![arrival], None)
            .await
            .unwrap()[0]
    }

    /// Stores a mail (LF line ends) and files it.
    pub async fn receive(&self, raw: &str) -> Filed {
        let accepted = self.store(raw.replace('\n', "\r\n").as_bytes()).await;
        file(&self.channels, accepted.id()).await.unwrap()
    }

    pub async fn ticket(&self, id: TicketId) -> Ticket {
        let find = async move |tx: &mut Tx<'_>| desk::tickets::store::find(tx, id).await;
        let found = self
            .channels
            .desk
            .kernel
            .db
            .read::<_, DbError, _>(find)
            .await;
        found.unwrap().unwrap()
    }

    /// A message as the timeline shows it.
    pub async fn message(&self, ticket: TicketId, number: i64) -> desk::timeline::MessageItem {
        let kernel = self.channels.desk.kernel.clone();
        let db = kernel.db.clone();
        let read = async move |tx: &mut Tx<'_>| {
            desk::timeline::present::message(&kernel, tx, ticket, number).await
        };
        match db.read(read).await.unwrap() {
            desk::timeline::TimelineItem::Message(item) => *item,
            desk::timeline::TimelineItem::Event(_) => panic!("a message is no event"),
        }
    }

    /// What is known of who sent a message.
    pub async fn sender(&self, ticket: TicketId, number: i64) -> SenderCheck {
        self.message(ticket, number).await.sender.unwrap()
    }

    /// The tickets linked to a ticket.
    pub async fn links(&self, id: TicketId) -> Vec<TicketId> {
        let read = async move |tx: &mut Tx<'_>| desk::tickets::store::links(tx, id).await;
        let db = &self.channels.desk.kernel.db;
        let found = db.read::<_, DbError, _>(read).await.unwrap();
        found.into_iter().map(|link| link.0).collect()
    }

    /// How many are in copy on a ticket.
    pub async fn cc(&self, id: TicketId) -> usize {
        let read = async move |tx: &mut Tx<'_>| desk::tickets::store::cc(tx, id).await;
        let db = &self.channels.desk.kernel.db;
        db.read::<_, DbError, _>(read).await.unwrap().len()
    }

    /// How many tickets there are.
    pub async fn tickets(&self) -> i64 {
        let mut count = 0;
        while count < 100 {
            let id = TicketId(count + 1);
            let find = async move |tx: &mut Tx<'_>| desk::tickets::store::find(tx, id).await;
            let found = self
                .channels
                .desk
                .kernel
                .db
                .read::<_, DbError, _>(find)
                .await
                .unwrap();
            if found.is_none() {
                break;
            }
            count += 1;
        }
        count
    }

    /// Answers a ticket and lets undo pass; the deliveries' jobs are due afterwards.
    pub async fn answer(&self, world: &World, ticket: TicketId, html: &str) {
        let seen_number = self.ticket(ticket).await.last_number;
        let new = NewReply {
            html: html.into(),
            seen_number,
            ..NewReply::default()
        };
        let once = IdempotencyKey::default();
        reply(&self.channels.desk, &self.mia, ticket, new, once)
            .await
            .unwrap();
        world.clock.advance(Duration::from_secs(20));
        world.run_jobs(self.channels.desk.handlers()).await;
        // Deliveries were looked at in vain by handlers that can't send; they are due again.
        world.clock.advance(Duration::from_secs(10));
    }

    pub async fn run_jobs(&self, world: &World) -> usize {
        world.run_jobs(self.channels.handlers()).await
    }

    /// The deliveries of a message: state and readable reason.
    pub async fn deliveries(&self, ticket: TicketId, number: i64) -> Vec<(String, String)> {
        let keys = self.channels.desk.kernel.keys.clone();
        let read = async move |tx: &mut Tx<'_>| {
            let rows =
                desk::messages::deliveries::store::of_messages(tx, ticket, number, number).await;
            let mut deliveries = Vec::new();
            for row in rows.unwrap() {
                let reason = match &row.reason {
                    Some(reason) => keys.decrypt(tx, reason).await.unwrap().unwrap_or_default(),
                    None => String::new(),
                };
                deliveries.push((row.state.as_str().to_owned(), reason));
            }
            Ok(deliveries)
        };
        self.channels
            .desk
            .kernel
            .db
            .read::<_, DbError, _>(read)
            .await
            .unwrap()
    }

    /// The reasons of all failed mail, newest first.
    pub async fn failures(&self) -> Vec<(FailureId, String)> {
        let keys = self.channels.desk.kernel.keys.clone();
        let read = async move |tx: &mut Tx<'_>| {
            let mut failures = Vec::new();
            for mail in channels::email::intake::store::failed(tx, i64::MAX, 100).await? {
                let reason = keys.decrypt(tx, &mail.reason.unwrap()).await.unwrap();
                failures.push((mail.id, reason.unwrap()));
            }
            Ok(failures)
        };
        self.channels
            .desk
            .kernel
            .db
            .read::<_, DbError, _>(read)
            .await
            .unwrap()
    }
}

/// A simple customer's mail.
pub fn mail(from: &str, id: &str, headers: &str, text: &str) -> String {
    format!(
        "From: {from}\nTo: {SHOP}\nSubject: Broken lamp\nMessage-ID: <{id}>\n\
         Date: Mon, 2 Mar 2026 10:00:00 +0100\n{headers}\n{text}\n"
    )
}
