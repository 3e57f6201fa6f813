//! A store with tickets on it, made by the rooms' own commands.
//!
//! Everything that happens here is quiet: no notification, no job. Many commands are on their way
//! at once, so that the embedded database commits them in groups.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use channels::inboxes::form::NewInbox;
use desk::messages::Mailbox;
use desk::messages::commands::note::{NewNote, note};
use desk::messages::commands::receive::Incoming;
use desk::tickets::commands::edit::{Edit, edit};
use desk::tickets::{self, Status};
use evenkeel::app::App;
use evenkeel::config::{Config, Flags};
use futures_util::future::BoxFuture;
use identity::Caller;
use identity::Source;
use identity::permissions::{Scope, Scopes};
use identity::preferences::Language;
use identity::tokens::rules::TokenInput;
use identity::workspace::rules::SetUp;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::ids::{AgentId, BrandId, InboxId, TicketId};
use kernel::journal::{Context, StoredRecord};
use kernel::readers::{self, Reader};
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

/// Tickets on which something happens at once: enough to fill a group while another is committed.
const AT_ONCE: usize = 128;
/// The messages of four tickets; a page of reading is a ticket with [`LONG`] of them.
const MESSAGES: [u32; 4] = [LONG, 7, 7, 6];
/// The messages of a long ticket.
const LONG: u32 = 20;
/// One of so many tickets is still open.
const OPEN_EVERY: u32 = 10;
/// Two of five tickets come from somebody new.
const TICKETS_OF_FIVE_CUSTOMERS: (u32, u32) = (2, 5);
/// The file in the data folder by which a store is known again.
const DONE: &str = "bench.json";

/// A note as an agent writes it, 352 bytes.
pub const NOTE_HTML: &str = "<p>Spoke with the warehouse: the parcel left on Tuesday with the \
    second lot and was scanned at the depot this morning, so it should be there by tomorrow.</p>\
    <p>If it is not, send a new one from the northern stock, it has <strong>twelve</strong> left, \
    and put the difference in postage on our own account, not on the customer's. I will look in \
    again on Friday.</p>";
/// What a customer writes.
const MAIL_TEXT: &str = "Hello,\n\nI ordered the blue lamp for my daughter's room two weeks ago \
    and was told that it would take four days at most. The page still says that it is being \
    packed. Could you please find out where it is, and tell me whether it will be here before \
    her birthday on the 14th? If that is not possible I would rather have my money back.\n\nMany \
    thanks and kind regards,\nAnneliese";

/// Where a store is.
#[derive(Clone, Debug)]
pub struct Place {
    /// The data folder.
    pub folder: PathBuf,
    /// PostgreSQL instead of the embedded database.
    pub database_url: Option<String>,
}

/// A store that is ready to be measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Store {
    /// The secret of the owner's API token.
    pub token: String,
    /// The owner.
    pub owner: AgentId,
    /// All tickets.
    pub tickets: Vec<TicketId>,
    /// Those with twenty messages.
    pub long: Vec<TicketId>,
    /// How many messages there are.
    pub messages: u32,
}

/// Fills an empty store with `tickets`, or finds what was filled before.
pub async fn fill(place: &Place, tickets: u32) -> Result<Store> {
    let done = place.folder.join(DONE);
    if let Ok(text) = std::fs::read_to_string(&done) {
        return serde_json::from_str(&text).context(done.display().to_string());
    }
    let app = open(place).await?;
    let begun = Instant::now();
    let office = found(&app).await?;
    let mut store = Store {
        token: office.token.clone(),
        owner: office.owner.agent,
        tickets: Vec::new(),
        long: Vec::new(),
        messages: 0,
    };
    let mut running = JoinSet::new();
    for index in 0..tickets {
        if running.len() >= AT_ONCE {
            store.keep(running.join_next().await)?;
        }
        let (app, office) = (app.clone(), office.clone());
        running.spawn(async move { ticket(&app, &office, index).await });
    }
    while let Some(done) = running.join_next().await {
        store.keep(Some(done))?;
    }
    store.tickets.sort();
    let seconds = begun.elapsed().as_secs_f64();
    let rate = f64::from(store.messages) / seconds;
    eprintln!(
        "· {} messages in {seconds:.0} s, {rate:.0}/s",
        store.messages
    );
    if place.database_url.is_none() {
        pass_by(&app).await?;
    }
    std::fs::write(&done, serde_json::to_string(&store)?)?;
    Ok(store)
}

/// Founds a workspace that reads mail from `inbox`, and nothing else.
pub async fn reading(place: &Place, inbox: NewInbox) -> Result<()> {
    let app = open(place).await?;
    let office = found(&app).await?;
    let once = IdempotencyKey(None);
    channels::inboxes::commands::create(&app.kernel, &office.owner, inbox, once).await?;
    Ok(())
}

impl Store {
    fn keep(
        &mut self,
        done: Option<Result<Result<(TicketId, u32)>, tokio::task::JoinError>>,
    ) -> Result<()> {
        let (ticket, messages) = done.context("nothing is running")???;
        self.tickets.push(ticket);
        self.messages += messages;
        if messages == LONG {
            self.long.push(ticket);
        }
        Ok(())
    }
}

/// Opens the store without starting its work.
pub async fn open(place: &Place) -> Result<App> {
    let flags = Flags {
        data_dir: Some(place.folder.display().to_string()),
        database_url: place.database_url.clone(),
        ..Flags::default()
    };
    let config = Config::load(flags)
        .map_err(|problems| anyhow::anyhow!("{} problems in the configuration", problems.len()))?;
    App::open(&config, true).await
}

/// Who works there, and where mail comes in.
#[derive(Clone)]
struct Office {
    owner: Caller,
    inbox: InboxId,
    token: String,
}

async fn found(app: &App) -> Result<Office> {
    let set_up = SetUp {
        workspace_name: "Bench".to_owned(),
        name: "Olga Owner".to_owned(),
        email: "olga@bench.test".to_owned(),
        password: "correct-horse-battery-staple-9".to_owned(),
        language: Language::English,
    };
    let signed_in =
        identity::workspace::commands::set_up(&app.identity, &Source::local(), &set_up).await?;
    let owner = signed_in.caller;
    let input = TokenInput {
        name: "Bench".to_owned(),
        scopes: Scopes([Scope::Write].into()),
        expires_at: None,
    };
    let (_, token) =
        identity::tokens::commands::create(&app.identity, &owner, &input, None).await?;
    let inbox = channels::practice::ensure_inbox(&app.channels).await?;
    Ok(Office {
        owner: Caller {
            quiet: true,
            ..owner
        },
        inbox,
        token,
    })
}

/// One ticket from its first mail to its end.
async fn ticket(app: &App, office: &Office, index: u32) -> Result<(TicketId, u32)> {
    let messages = MESSAGES
        .into_iter()
        .cycle()
        .nth(usize::try_from(index % 4)?)
        .unwrap_or(LONG);
    let id = mail(app, office, index, 0, None).await?;
    for number in 1..messages {
        if number % 2 == 0 {
            mail(app, office, index, number, Some(id)).await?;
        } else {
            let new = NewNote {
                html: NOTE_HTML.to_owned(),
                ..NewNote::default()
            };
            note(&app.desk, &office.owner, id, new, IdempotencyKey(None)).await?;
        }
    }
    let find = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        tickets::store::find(tx, id)
            .await?
            .ok_or(Refusal::NotFound { what: "ticket" })
    };
    let is_open = index.is_multiple_of(OPEN_EVERY);
    let last = Edit {
        version: app.kernel.db.read(find).await?.version,
        assignee: Some((!index.is_multiple_of(20)).then_some(office.owner.agent)),
        status: (!is_open).then_some(Status::Solved),
        ..Edit::default()
    };
    edit(&app.desk, &office.owner, id, last).await?;
    Ok((id, messages))
}

async fn mail(
    app: &App,
    office: &Office,
    index: u32,
    number: u32,
    into: Option<TicketId>,
) -> Result<TicketId> {
    let (new, of) = TICKETS_OF_FIVE_CUSTOMERS;
    let customer = index * new / of;
    let incoming = Incoming {
        inbox: office.inbox,
        brand: BrandId::DEFAULT,
        team: None,
        into,
        link: None,
        from: Mailbox {
            email: format!("customer{customer}@bench.test"),
            name: format!("Customer {customer}"),
        },
        to: Vec::new(),
        cc: Vec::new(),
        subject: format!("Where is my lamp? Order {index}"),
        text: MAIL_TEXT.to_owned(),
        html: None,
        files: Vec::new(),
        message_id: Some(format!("{index}.{number}@bench.test")),
        references: Vec::new(),
        sent_at: None,
        auto_reply: false,
        sender: None,
        remarks: Vec::new(),
    };
    let prepared = Arc::new(app.desk.prepare_incoming(incoming).await?);
    let ctx = Context {
        quiet: true,
        ..Context::system(app.kernel.clock.now())
    };
    let desk = app.desk.clone();
    let receive = async move |tx: &mut Tx<'_>| desk.receive(tx, &ctx, &prepared).await;
    Ok(app.kernel.db.write::<_, Refusal, _>(receive).await?.ticket)
}

/// Moves the desk's readers past all of it: they would leave it alone, one record at a time.
async fn pass_by(app: &App) -> Result<()> {
    for reader in app.desk.readers() {
        let deaf: Arc<dyn Reader> = Arc::new(Deaf(reader.name()));
        let position = readers::enter(&app.kernel, deaf.name(), 0).await?;
        readers::catch_up(&app.kernel, &deaf, 0, position).await?;
    }
    Ok(())
}

/// A reader of a given name that wants nothing.
struct Deaf(&'static str);

impl Reader for Deaf {
    fn name(&self) -> &'static str {
        self.0
    }

    fn wants(&self, _: &StoredRecord) -> bool {
        false
    }

    fn handle<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        _: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }
}
