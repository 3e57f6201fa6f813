//! What people suffer with mail elsewhere, and that it can't happen here. Each row of the list has
//! a test of its own that plays the story from the mail server to the ticket, with the cause that
//! was found elsewhere, and then counts: nothing lost, nothing doubled, nothing in a wrong place.
//!
//! | what happens elsewhere, and why | the test |
//! |---|---|
//! | after an outage older mail never arrives: asked for by date | [`outage`] |
//! | mail without Message-ID is dropped: the parser is the gate | [`unnamed`] |
//! | mail of shops and forms is dropped: loops are fought by discarding | [`machines`] |
//! | mail that fails to process is only logged, and gone after a day | [`unprocessable`] |
//! | silent loss, once in a month or two, no error | [`silence`] |
//! | one huge mail stops all intake for days | [`huge`] |
//! | the newest mail is skipped, or fetching is stuck while copies pile up | [`newest`] |
//! | a reply opens a new conversation: one header is matched at a time | [`replies`] |
//! | unrelated mail joins a stranger's conversation: nobody asks whose it is | [`strangers`] |
//! | storms of automatic answers: lists of headers, no limits | [`storms`] |
//! | a deleted conversation comes back: known by rows that were deleted | [`deleted`] |

mod deleted;
mod huge;
mod machines;
mod newest;
mod outage;
mod replies;
mod silence;
mod storms;
mod strangers;
mod unnamed;
mod unprocessable;

use crate::fake_imap::{FakeImap, Mail};
use crate::fake_smtp::FakeSmtp;
use crate::lies;
use crate::support::{SHOP, Shop, local, new_inbox, room, shop_with};
use channels::email::intake::MAIL_PROCESS;
use channels::email::mailbox::FetchProblem;
use channels::failures::commands as failures;
use channels::inboxes::Import;
use channels::inboxes::form::NewInbox;
use desk::tickets::TicketCreated;
use kernel::ids::{FailureId, JobId, TicketId};
use kernel::jobs::Job;
use std::collections::BTreeMap;
use testkit::World;

/// An hour after the clock of the fake world starts.
const AFTER: &str = "02-Mar-2026 10:00:00 +0000";

/// A shop with a mailbox that is read and a server that sends.
struct Story {
    imap: FakeImap,
    smtp: FakeSmtp,
    shop: Shop,
}

/// Where a text stands: the ticket, and the message's number on it.
type Spot = (TicketId, i64);

impl Story {
    /// The mailbox is connected, and empty.
    async fn begin(world: &World) -> Story {
        let (imap, smtp) = (FakeImap::start(Vec::new()).await, FakeSmtp::start().await);
        let new = NewInbox {
            imap: Some(local(imap.port)),
            smtp: Some(local(smtp.port)),
            import: Import::NewOnly,
            ..new_inbox(SHOP)
        };
        let shop = shop_with(world, new).await;
        let story = Story { imap, smtp, shop };
        story.fetch().await.unwrap();
        story
    }

    /// The process ends and starts again: nothing that was not stored is remembered.
    fn restart(&mut self, world: &World) {
        self.shop.channels = room(world);
    }

    fn next_uid(&self) -> i64 {
        let folder = self.imap.folder.lock().unwrap();
        folder.mails.iter().map(|mail| mail.uid).max().unwrap_or(0) + 1
    }

    /// A mail reaches the server.
    fn arrives(&self, raw: &str) {
        self.imap.push(Mail::new(self.next_uid(), raw, AFTER));
    }

    async fn fetch(&self) -> Result<(), FetchProblem> {
        lies::fetch(&self.shop).await
    }

    /// What was stored is filed, and what became due is sent.
    async fn work(&self, world: &World) {
        while self.shop.run_jobs(world).await > 0 {}
    }

    async fn fetch_and_work(&self, world: &World) {
        self.fetch().await.unwrap();
        self.work(world).await;
    }

    /// A mail reaches the server, is fetched and filed; answers its spot.
    async fn comes(&self, world: &World, raw: &str) -> Spot {
        let before = self.messages(world).await;
        self.arrives(raw);
        self.fetch_and_work(world).await;
        let mut now = self.messages(world).await;
        now.retain(|spot, _| !before.contains_key(spot));
        assert_eq!(now.len(), 1, "one mail is one message: {now:?}");
        now.into_keys().next().unwrap()
    }

    /// Everything that was said on all tickets there are.
    async fn messages(&self, world: &World) -> BTreeMap<Spot, String> {
        let mut all = BTreeMap::new();
        for record in world.journal().await {
            if record.decode::<TicketCreated>().unwrap().is_none() {
                continue;
            }
            let ticket = record.ticket.unwrap();
            let Some(found) = self.find(ticket).await else {
                continue;
            };
            for number in 1..=found.last_number {
                let message = self.shop.message(ticket, number).await;
                all.insert((ticket, number), message.text);
            }
        }
        all
    }

    async fn find(&self, id: TicketId) -> Option<desk::tickets::Ticket> {
        let find =
            async move |tx: &mut kernel::db::Tx<'_>| desk::tickets::store::find(tx, id).await;
        let db = &self.shop.channels.desk.kernel.db;
        db.read::<_, kernel::db::DbError, _>(find).await.unwrap()
    }

    /// The spots of the messages that hold a text.
    async fn spots(&self, world: &World, text: &str) -> Vec<Spot> {
        let mut all = self.messages(world).await;
        all.retain(|_, said| said.contains(text));
        all.into_keys().collect()
    }

    /// An agent answers; the server hands the answer on.
    async fn answer(&self, world: &World, ticket: TicketId, words: &str) {
        self.shop
            .answer(world, ticket, &format!("<p>{words}</p>"))
            .await;
        self.work(world).await;
    }

    /// Filing a mail is interrupted again and again, as by one that ends the process; answers
    /// whether there is such a mail.
    async fn breaks_on(&self, mail: FailureId) -> bool {
        let job = Job {
            id: JobId(1),
            kind: MAIL_PROCESS.into(),
            key: "k".into(),
            payload: format!("{{\"mail\":{mail}}}"),
            attempt: 6,
        };
        let handlers = self.shop.channels.handlers();
        let mut filing = handlers.iter().filter(|it| it.kind() == MAIL_PROCESS);
        filing.next().unwrap().run(&job).await.is_ok()
    }

    /// The bytes that are kept of a mail that could not be filed.
    async fn copy(&self, world: &World, mail: FailureId) -> Vec<u8> {
        let reader = failures::raw(&world.kernel, &self.shop.mia, mail).await;
        let mut reader = reader.unwrap();
        let mut raw = Vec::new();
        while let Some(mut piece) = reader.next().await.unwrap() {
            raw.append(&mut piece);
        }
        raw
    }

    /// What was sent last to somebody, as their program reads it.
    fn got(&self, whom: &str) -> channels::email::parse::ParsedMail {
        let taken = self.smtp.taken();
        let last = taken.iter().rev().find(|(to, _)| to == whom).unwrap();
        channels::email::parse::parse(&last.1).unwrap()
    }
}
