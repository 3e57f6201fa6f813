//! Mail from the mailbox to the ticket: fetched, stored raw, read, filed, all of it durable.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use channels::email::server::Security;
use channels::inboxes::Import;
use channels::inboxes::form::{NewAccess, NewInbox};
use kernel::db::{Db, DbError, Location, Tx};
use kernel::ids::BrandId;
use kernel::live::Live;
use tempfile::TempDir;

use crate::appends::{database, folder};
use crate::letters::Letters;
use crate::limit_disk;
use crate::mailbox::Mailbox;
use crate::options::Options;
use crate::report::{Goal, Report};
use crate::seed::{self, Place};
use crate::server::Server;

const SEED: u64 = 20_260_302;
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Without a mail filed for so long, something is wrong.
const STUCK_AFTER: Duration = Duration::from_secs(120);
/// What a helpdesk must do, and what the fastest of its peers does on the same machine, a second.
const GOAL: Goal = Goal::AtLeast(500.0);
/// Between the first tenth and the end, in percent.
const GROWTH: Goal = Goal::Below(25.0);

const FILED: &str = "SELECT COUNT(*) FROM inbound_mail WHERE state <> 'received'";
pub const LEFT: &str = "SELECT id FROM inbound_mail WHERE state = 'received' LIMIT 1";
pub const OTHERWISE: &str = "SELECT COUNT(*) FROM inbound_mail WHERE state NOT IN ('processed')";
pub const LAST: &str = "SELECT COALESCE(MAX(id), 0) FROM inbound_mail";

/// Measures both engines.
pub async fn run(options: &Options, report: &mut Report) -> Result<()> {
    let home = tempfile::tempdir()?;
    engine(options, report, "SQLite", folder(&home)).await?;
    let Ok(url) = std::env::var("EVENKEEL_TEST_POSTGRES") else {
        report.note("Mail on PostgreSQL is left out: EVENKEEL_TEST_POSTGRES is not set.");
        return Ok(());
    };
    let home = tempfile::tempdir()?;
    let place = database(&url, "bench_mail", &home).await?;
    engine(options, report, "PostgreSQL", place).await
}

async fn engine(options: &Options, report: &mut Report, name: &str, place: Place) -> Result<()> {
    let mails = options.mails;
    let mailbox = Mailbox::start(Letters::new(SEED), mails).await?;
    let beside = TempDir::new_in(&place.folder)?;
    let syncs = limit_disk::syncs(beside.path(), Duration::from_secs(1))?;
    seed::reading(&place, inbox(mailbox.port)).await?;
    let server = Server::start(&place).await?;
    let taken = take(options, &mailbox, &server, &place).await?;
    let behind = server.settle().await?.as_secs_f64();
    let processor = (server.processor()? - taken.processor) / mails_of(mails) * 1e6;
    server.stop()?;
    let figure = |what: &str| format!("mail, {name}: {what}");
    report.add(figure("4 KiB overwrite + fdatasync"), "/s", &[syncs]);
    let rate = mails_of(mails) / taken.seconds;
    report.judge(figure("fetched to filed"), "mails/s", &[rate], GOAL);
    report.add(
        figure("mails for each sync of the disk"),
        "",
        &[rate / syncs],
    );
    let size = mails_of(mailbox.bytes()) / mails_of(mails) / 1024.0;
    report.add(figure("size"), "KiB/mail", &[size]);
    report.add(figure("server's processor"), "µs/mail", &[processor]);
    report.add(figure("readers behind"), "s", &[behind]);
    report.add(figure("RSS, sampled"), "MB", &taken.memory);
    if let (Some(first), Some(last)) = (taken.memory.first(), taken.memory.last()) {
        let growth = (last / first - 1.0) * 100.0;
        report.judge(
            figure("growth of RSS after the first tenth"),
            "%",
            &[growth],
            GROWTH,
        );
    }
    if taken.otherwise > 0 {
        bail!(
            "{} mails on {name} did not become a message",
            taken.otherwise
        );
    }
    Ok(())
}

pub fn inbox(port: u16) -> NewInbox {
    NewInbox {
        name: "Support".to_owned(),
        address: "support@bench.test".to_owned(),
        sender_name: String::new(),
        brand: BrandId::DEFAULT,
        team: None,
        signature_html: String::new(),
        imap: Some(NewAccess {
            host: "127.0.0.1".to_owned(),
            port: port.into(),
            security: Security::None,
            username: "support".to_owned(),
            folder: "INBOX".to_owned(),
            password: Some("practice".to_owned()),
            connection: None,
        }),
        smtp: None,
        import: Import::History,
        practice: false,
    }
}

struct Taken {
    /// From the first mail stored to the last one filed.
    seconds: f64,
    /// What the server had used before.
    processor: f64,
    /// RSS, ten times on the way, in MB.
    memory: Vec<f64>,
    /// Mails that were filed otherwise than as a message.
    otherwise: i64,
}

/// Follows the server until every mail is filed.
async fn take(
    options: &Options,
    mailbox: &Mailbox,
    server: &Server,
    place: &Place,
) -> Result<Taken> {
    let database = look_into(place).await?;
    let wanted = i64::try_from(options.mails)?;
    let step = (options.mails / 10).max(1);
    let processor = server.processor()?;
    let (mut begun, mut moved, mut seen, mut left) = (None, Instant::now(), 0, 0);
    let mut memory = Vec::new();
    loop {
        let fetched = mailbox.fetched();
        if fetched > 0 && begun.is_none() {
            begun = Some(Instant::now());
        }
        if fetched != seen {
            (moved, seen) = (Instant::now(), fetched);
        }
        if fetched / step > u64::try_from(memory.len())? {
            memory.push(server.memory()?.resident);
        }
        // Cheap questions only: the server shares the machine.
        if fetched == options.mails && number(&database, LAST).await? == wanted {
            match number(&database, LEFT).await {
                Err(_) => break,
                Ok(oldest) if oldest != left => (moved, left) = (Instant::now(), oldest),
                Ok(_) => {}
            }
        }
        if moved.elapsed() > STUCK_AFTER {
            let filed = number(&database, FILED).await?;
            bail!("{fetched} mails fetched, {filed} filed, and none more for {STUCK_AFTER:?}");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let seconds = begun.unwrap_or(moved).elapsed().as_secs_f64();
    Ok(Taken {
        seconds,
        processor,
        memory,
        otherwise: number(&database, OTHERWISE).await?,
    })
}

pub async fn look_into(place: &Place) -> Result<Db> {
    let location = match &place.database_url {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::Folder(place.folder.clone()),
    };
    Ok(Db::open(&location, &Live::default()).await?)
}

/// The number that a query answers; an error when it answers no row.
pub async fn number(database: &Db, sql: &'static str) -> Result<i64> {
    let row = database
        .read::<_, DbError, _>(async move |tx: &mut Tx<'_>| tx.one::<(i64,)>(sql, &[]).await)
        .await?;
    row.map(|(number,)| number)
        .ok_or_else(|| anyhow::anyhow!("no row: {sql}"))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a count of mails is far below 2^52"
)]
fn mails_of(count: u64) -> f64 {
    count as f64
}
