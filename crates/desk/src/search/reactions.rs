//! The local reader that keeps the index.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{CustomerId, TicketId};
use kernel::journal::{self, Record, StoredRecord};
use kernel::refusal::Refusal;
use kernel::search::{Batch, Document, Index, SearchError};
use serde::{Deserialize, Serialize};

use super::{Progress, Search, VERSION, documents, facts, store};
use crate::live::Tail;
use crate::merges::{
    TicketAbsorbed, TicketGaveBack, TicketMerged, TicketSplit, TicketSplitOff, TicketUnmerged,
};
use crate::messages::{
    MessageForwarded, MessageReceived, MessageRedacted, NoteAdded, ReplyCancelled, ReplyReleased,
    ReplyScheduled,
};
use crate::tickets::{MentionsRead, TicketPurged, TicketWatched};

/// How long changes gather after some were written: each commit costs the disk a little.
pub const GATHER: Duration = Duration::from_millis(250);
const RETRY_WAIT: Duration = Duration::from_secs(1);
/// Tickets read at once while the index is built.
const PAGE_TICKETS: i64 = 100;
/// Customers read at once while the index is built.
const PAGE_CUSTOMERS: i64 = 1_000;
/// Documents that are written together while the index is built.
const LOAD_DOCUMENTS: usize = 5_000;
/// Records read at once while catching up without following.
const CATCH_UP: i64 = 500;
/// How soon after one rewriting the next may begin.
const REWRITE_EVERY: Duration = Duration::from_mins(10);

/// Where the index is, as its commits say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// The journal's position.
    position: i64,
    /// Which record is there: another one means another journal, as after a restored backup.
    mark: String,
    /// Until where tickets and customers are read while the index is built.
    loading: Option<(TicketId, CustomerId)>,
}

impl Place {
    fn text(&self) -> Result<String, SearchError> {
        serde_json::to_string(self).map_err(|error| SearchError::Broken(error.to_string()))
    }
}

/// What records make necessary.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    tickets: BTreeSet<TicketId>,
    messages: BTreeSet<(TicketId, i64)>,
    customers: BTreeSet<CustomerId>,
    gone: BTreeSet<TicketId>,
    /// Those whose messages moved: everything of them is read anew.
    moved: BTreeSet<TicketId>,
    erased: bool,
}

/// The records that are about one message, which they name by its number.
const OF_MESSAGES: [&str; 7] = [
    MessageReceived::KIND,
    ReplyScheduled::KIND,
    ReplyCancelled::KIND,
    ReplyReleased::KIND,
    NoteAdded::KIND,
    MessageForwarded::KIND,
    MessageRedacted::KIND,
];

/// The records of tickets whose messages moved to or from another one.
const OF_MOVES: [&str; 6] = [
    TicketMerged::KIND,
    TicketAbsorbed::KIND,
    TicketUnmerged::KIND,
    TicketGaveBack::KIND,
    TicketSplit::KIND,
    TicketSplitOff::KIND,
];

#[derive(Deserialize)]
struct Numbered {
    number: i64,
}

fn changes<'a>(records: impl Iterator<Item = &'a StoredRecord>) -> Changes {
    let mut changes = Changes::default();
    for record in records {
        let kind = record.kind.as_str();
        if [TicketWatched::KIND, MentionsRead::KIND].contains(&kind) {
            continue;
        }
        if let Some(ticket) = record.ticket {
            changes.tickets.insert(ticket);
            if kind == TicketPurged::KIND {
                changes.gone.insert(ticket);
                changes.erased = true;
            }
            if OF_MOVES.contains(&kind) {
                changes.moved.insert(ticket);
            }
            let numbered = serde_json::from_str::<Numbered>(&record.body);
            if let (true, Ok(said)) = (OF_MESSAGES.contains(&kind), numbered) {
                changes.messages.insert((ticket, said.number));
            }
            changes.erased |= kind == MessageRedacted::KIND;
        }
        let of_customers = kind.starts_with("customer.") || kind.starts_with("identity.");
        if let (true, Some(customer)) = (of_customers, record.customer) {
            changes.customers.insert(customer);
        }
    }
    changes
}

impl Search {
    /// Opens the index and keeps it; runs until dropped. Each node runs it once.
    pub async fn follow(self) {
        loop {
            if let Err(error) = self.keep().await {
                tracing::warn!(%error, "the search waits");
            }
            self.sleep(RETRY_WAIT).await;
        }
    }

    /// Builds the index anew from the tables.
    ///
    /// # Errors
    /// When the folder is in use or the database fails.
    pub async fn rebuild(&self) -> Result<u64, Refusal> {
        let folder = self.folder();
        let index = Arc::new(blocking(move || Index::begin(&folder, VERSION)).await?);
        let place = self.start(&index).await?;
        self.load(&index, place).await?;
        Ok(index.len())
    }

    async fn sleep(&self, span: Duration) {
        let clock = &self.kernel.clock;
        clock.sleep_until(clock.now().plus(span)).await;
    }

    async fn keep(&self) -> Result<(), Refusal> {
        let (index, place) = self.ready().await?;
        let mut tail = Tail::after(&self.kernel, place.position);
        self.say(&place);
        let rewriting = rewrite_now_and_then(&self.kernel, index.clone());
        let following = async {
            loop {
                let records = tail.next().await?;
                let place = self.apply(&index, &records).await?;
                self.say(&place);
                self.sleep(GATHER).await;
            }
        };
        tokio::select! {
            () = rewriting => Ok(()),
            result = following => result,
        }
    }

    /// Opens the index and brings it to where it can follow the journal.
    async fn ready(&self) -> Result<(Arc<Index>, Place), Refusal> {
        self.open(None);
        let folder = self.folder();
        let mut index = Arc::new(blocking(move || Index::open(&folder, VERSION)).await?);
        let place = match self.known(&index).await? {
            Some(place) => place,
            None => {
                drop(index);
                let folder = self.folder();
                index = Arc::new(blocking(move || Index::begin(&folder, VERSION)).await?);
                self.start(&index).await?
            }
        };
        self.open(Some(index.clone()));
        let place = self.load(&index, place).await?;
        Ok((index, place))
    }

    /// Opens the index anew and includes the journal to its head, without following it further.
    ///
    /// # Errors
    /// When the index or the database fails.
    pub async fn catch_up(&self) -> Result<Progress, Refusal> {
        let (index, mut place) = self.ready().await?;
        loop {
            let from = place.position;
            let read = async move |tx: &mut Tx<'_>| journal::after(tx, from, CATCH_UP).await;
            let records = self.kernel.db.read::<_, DbError, _>(read).await?;
            if records.is_empty() {
                self.say(&place);
                return Ok(*self.progress.borrow());
            }
            let records: Vec<_> = records.into_iter().map(Arc::new).collect();
            place = self.apply(&index, &records).await?;
        }
    }

    fn say(&self, place: &Place) {
        self.progress.send_replace(Progress {
            position: place.position,
            complete: place.loading.is_none(),
        });
    }

    /// Where the index is; `None` when it must be built anew.
    async fn known(&self, index: &Arc<Index>) -> Result<Option<Place>, Refusal> {
        let Ok(place) = serde_json::from_str::<Place>(&index.place()?) else {
            return Ok(None);
        };
        let mark = mark(&self.kernel, place.position).await?;
        if mark == place.mark {
            return Ok(Some(place));
        }
        tracing::warn!(
            position = place.position,
            "the search index belongs to another journal"
        );
        Ok(None)
    }

    /// The first commit of an empty index: from here on it can go on whenever it is stopped.
    async fn start(&self, index: &Arc<Index>) -> Result<Place, Refusal> {
        let head = async |tx: &mut Tx<'_>| journal::head(tx).await;
        let position = self.kernel.db.read::<_, DbError, _>(head).await?;
        let place = Place {
            position,
            mark: mark(&self.kernel, position).await?,
            loading: Some((TicketId(0), CustomerId(0))),
        };
        write(
            index,
            Batch {
                place: place.text()?,
                ..Batch::default()
            },
        )
        .await?;
        Ok(place)
    }

    /// Reads what is in the tables; goes on where it was stopped.
    async fn load(&self, index: &Arc<Index>, mut place: Place) -> Result<Place, Refusal> {
        while let Some((ticket, customer)) = place.loading {
            self.say(&place);
            let mut add = Vec::new();
            let (mut ticket, mut customer) = (ticket, customer);
            let mut done = false;
            while add.len() < LOAD_DOCUMENTS && !done {
                let (tickets, customers) = self.page(ticket, customer).await?;
                done = tickets.is_empty() && customers.is_empty();
                ticket = tickets.last().copied().unwrap_or(ticket);
                customer = customers.last().copied().unwrap_or(customer);
                add.extend(self.whole(tickets, customers).await?);
            }
            place.loading = (!done).then_some((ticket, customer));
            write(
                index,
                Batch {
                    add,
                    place: place.text()?,
                    ..Batch::default()
                },
            )
            .await?;
        }
        Ok(place)
    }

    async fn page(
        &self,
        ticket: TicketId,
        customer: CustomerId,
    ) -> Result<(Vec<TicketId>, Vec<CustomerId>), DbError> {
        let read = async move |tx: &mut Tx<'_>| {
            let tickets = store::tickets(tx, ticket, PAGE_TICKETS).await?;
            let customers = store::customers(tx, customer, PAGE_CUSTOMERS).await?;
            Ok((tickets, customers))
        };
        self.kernel.db.read(read).await
    }

    /// Every document of these tickets and customers.
    async fn whole(
        &self,
        tickets: Vec<TicketId>,
        customers: Vec<CustomerId>,
    ) -> Result<Vec<Document>, Refusal> {
        let kernel = self.kernel.clone();
        let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            let (mut found, mut files) = (Vec::new(), Vec::new());
            for ticket in tickets.iter().copied() {
                found.extend(documents::ticket(tx, ticket).await?);
                for number in store::numbers(tx, ticket).await? {
                    let (message, more) = documents::message(&kernel, tx, ticket, number).await?;
                    found.extend(message);
                    files.extend(more);
                }
            }
            for customer in customers.iter().copied() {
                found.extend(documents::customer(tx, customer).await?);
            }
            Ok((found, files))
        };
        let (mut found, files) = self.kernel.db.read(read).await?;
        found.extend(documents::read_files(&self.kernel, files).await);
        Ok(found)
    }

    async fn apply(
        &self,
        index: &Arc<Index>,
        records: &[Arc<StoredRecord>],
    ) -> Result<Place, Refusal> {
        let changes = changes(records.iter().map(AsRef::as_ref));
        let last = records.last();
        let place = Place {
            position: last.map_or(0, |record| record.position),
            mark: last.map_or_else(String::new, |record| mark_of(record)),
            loading: None,
        };
        let mut batch = self.batch(changes).await?;
        batch.place = place.text()?;
        write(index, batch).await?;
        Ok(place)
    }

    /// What is there now of what changed, in place of what the index has of it.
    async fn batch(&self, changes: Changes) -> Result<Batch, Refusal> {
        let kernel = self.kernel.clone();
        let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            let mut batch = Batch {
                erased: changes.erased,
                ..Batch::default()
            };
            let mut files = Vec::new();
            let mut tickets = changes.tickets.clone();
            let mut messages = changes.messages.clone();
            for customer in changes.customers.iter().copied() {
                batch.remove.push(facts::customer(customer));
                batch.add.extend(documents::customer(tx, customer).await?);
                tickets.extend(store::of_customer(tx, customer).await?);
            }
            let anew = changes.gone.union(&changes.moved);
            batch.remove.extend(anew.copied().map(facts::of));
            for ticket in changes.moved.iter().copied() {
                tickets.insert(ticket);
                let numbers = store::numbers(tx, ticket).await?;
                messages.extend(numbers.into_iter().map(|number| (ticket, number)));
            }
            for ticket in tickets {
                batch.remove.push(facts::ticket(ticket));
                batch.add.extend(documents::ticket(tx, ticket).await?);
            }
            for (ticket, number) in messages {
                batch.remove.push(facts::message(ticket, number));
                let (message, more) = documents::message(&kernel, tx, ticket, number).await?;
                batch.add.extend(message);
                files.extend(more);
            }
            Ok((batch, files))
        };
        let (mut batch, files) = self.kernel.db.read(read).await?;
        batch
            .add
            .extend(documents::read_files(&self.kernel, files).await);
        Ok(batch)
    }
}

/// Writes the files anew after something was erased; never returns by itself.
async fn rewrite_now_and_then(kernel: &Kernel, index: Arc<Index>) {
    loop {
        let inner = index.clone();
        let rewritten = blocking(move || {
            if inner.holds_erased()? {
                inner.rewrite()
            } else {
                Ok(())
            }
        });
        if let Err(error) = rewritten.await {
            tracing::warn!(%error, "the search index could not be rewritten");
        }
        kernel
            .clock
            .sleep_until(kernel.clock.now().plus(REWRITE_EVERY))
            .await;
    }
}

/// Which record is at a position.
async fn mark(kernel: &Kernel, position: i64) -> Result<String, DbError> {
    if position == 0 {
        return Ok(String::new());
    }
    let read = async move |tx: &mut Tx<'_>| journal::after(tx, position - 1, 1).await;
    let records = kernel.db.read::<_, DbError, _>(read).await?;
    let there = records.first().filter(|record| record.position == position);
    Ok(there.map_or_else(|| "none".to_owned(), mark_of))
}

fn mark_of(record: &StoredRecord) -> String {
    format!("{}@{}", record.id.0, record.at.micros())
}

async fn write(index: &Arc<Index>, batch: Batch) -> Result<(), SearchError> {
    let index = index.clone();
    blocking(move || index.write(batch)).await
}

/// Does what blocks off the threads that serve.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SearchError> + Send + 'static,
) -> Result<T, SearchError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| SearchError::Broken(error.to_string()))?
}
