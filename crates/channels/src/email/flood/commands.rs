//! Which course an arriving mail takes: decided in the transaction that files it.

use super::rules::{self, Tally};
use super::store::{self, ALL_INBOXES};
use crate::email::acknowledgements;
use desk::messages::{Manner, Placing};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{InboxId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::time::Timestamp;

/// Rows forgotten by one write: more would hold up others.
const FORGOTTEN_AT_ONCE: i64 = 1_000;
/// Days that an acknowledgement is remembered: one that waits for its server is sent until then.
const ACKNOWLEDGED_DAYS: i64 = 7;

/// A mail about to be filed, as far as limits ask.
#[derive(Clone, Copy, Debug)]
pub struct Arriving {
    /// Who writes, as [`sender`] gives it, or [`doubted`].
    pub sender: [u8; 32],
    /// Whether somebody else may have written in their name.
    pub is_doubted: bool,
    /// To which inbox.
    pub inbox: InboxId,
    /// The ticket it belongs to; `None` when it would open one.
    pub into: Option<TicketId>,
    /// Whether a program answered.
    pub answer: bool,
    /// What it is gathered with beside the desk, when it is bulk mail or a report.
    pub aside: Option<[u8; 32]>,
    /// Whether it is history: nothing is counted.
    pub quiet: bool,
}

/// The course of a mail.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// Where it goes, and how.
    pub placing: Placing,
    /// The gathering whose ticket it opens, if it opens one.
    gathering: Option<[u8; 32]>,
}

/// An address as limits know it: a keyed hash of its lower case.
pub fn sender(kernel: &Kernel, address: &str) -> [u8; 32] {
    let address = address.trim().to_lowercase();
    kernel.keys.hmac("mail.sender", address.as_bytes())
}

/// Whoever writes in the name of an address without proving it: counted apart, so that nobody
/// silences a customer by forging their mail.
pub fn doubted(kernel: &Kernel, address: &str) -> [u8; 32] {
    let address = address.trim().to_lowercase();
    kernel.keys.hmac("mail.sender.doubted", address.as_bytes())
}

/// What of a name is gathered on one ticket a day, in one inbox.
pub fn gathered(kernel: &Kernel, inbox: InboxId, name: &str, at: Timestamp) -> [u8; 32] {
    let text = format!("{inbox}\n{}\n{name}", day(at));
    kernel.keys.hmac("mail.gathering", text.as_bytes())
}

/// Days since the epoch, UTC.
fn day(at: Timestamp) -> i64 {
    at.micros().div_euclid(86_400_000_000)
}

/// Counts a mail and says which course it takes. The rows it decides on stay locked until the
/// transaction ends.
///
/// # Errors
/// The database failed.
pub async fn course(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    mail: &Arriving,
    at: Timestamp,
) -> Result<Course, DbError> {
    if let Some(gathering) = mail.aside {
        return gather(tx, gathering, Manner::Aside, at).await;
    }
    let usual = Course {
        placing: Placing {
            into: mail.into,
            manner: Manner::Usual,
        },
        gathering: None,
    };
    if mail.quiet || !count(tx, mail, at).await? {
        return Ok(usual);
    }
    // What belongs to a ticket stays with it; only what would open tickets goes on one.
    if mail.into.is_some() {
        let placing = Placing {
            manner: Manner::Gathered,
            ..usual.placing
        };
        return Ok(Course { placing, ..usual });
    }
    let text = [mail.sender.as_slice(), mail.inbox.to_string().as_bytes()].concat();
    let text = [text, day(at).to_string().into_bytes()].join(&b'\n');
    let gathering = kernel.keys.hmac("mail.flood", &text);
    gather(tx, gathering, Manner::Gathered, at).await
}

async fn gather(
    tx: &mut Tx<'_>,
    gathering: [u8; 32],
    manner: Manner,
    at: Timestamp,
) -> Result<Course, DbError> {
    let mut into = store::lock_gathering(tx, gathering, day(at)).await?;
    // A ticket that was closed or purged gathers nothing more.
    if let Some(ticket) = into {
        let found = desk::tickets::store::find(tx, ticket).await?;
        let open = found.filter(|found| found.status != desk::tickets::Status::Closed);
        into = open.map(|_| ticket);
    }
    Ok(Course {
        placing: Placing { into, manner },
        gathering: into.is_none().then_some(gathering),
    })
}

/// Counts the mail; whether its sender is over a limit now.
async fn count(tx: &mut Tx<'_>, mail: &Arriving, at: Timestamp) -> Result<bool, DbError> {
    if mail.is_doubted {
        let pair = raise(tx, mail, mail.inbox, at).await?;
        return Ok(rules::gathers(&pair, &pair, at, mail.answer));
    }
    // Always in this order, so that two mails of one sender never wait for each other crosswise.
    let all = raise(tx, mail, ALL_INBOXES, at).await?;
    let pair = raise(tx, mail, mail.inbox, at).await?;
    Ok(rules::gathers(&all, &pair, at, mail.answer))
}

async fn raise(
    tx: &mut Tx<'_>,
    mail: &Arriving,
    inbox: InboxId,
    at: Timestamp,
) -> Result<Tally, DbError> {
    let tally = store::lock(tx, mail.sender, inbox, at).await?;
    let tally = tally.plus(at, mail.answer);
    store::save(tx, mail.sender, inbox, &tally).await?;
    Ok(tally)
}

impl Course {
    /// Remembers the ticket that the mail opened, for what follows it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn opened(&self, tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
        match self.gathering {
            Some(gathering) => store::name_ticket(tx, gathering, ticket).await,
            None => Ok(()),
        }
    }
}

/// Whether an address is over a limit with any inbox: nothing automatic goes there.
///
/// # Errors
/// The database failed.
pub async fn is_over(tx: &mut Tx<'_>, sender: [u8; 32], at: Timestamp) -> Result<bool, DbError> {
    let tallies = store::of_sender(tx, sender).await?;
    let over = |tally: &Tally| {
        let tally = tally.at(at);
        rules::over(&tally, &tally, at)
    };
    Ok(tallies.iter().any(over))
}

/// How many rows were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Counts of senders.
    pub senders: u64,
    /// Tickets of gatherings.
    pub gatherings: u64,
    /// Days of acknowledgements.
    pub acknowledged: u64,
}

impl Forgotten {
    fn is_nothing(self) -> bool {
        self == Forgotten::default()
    }
}

/// Forgets what no limit asks for any more: counts older than two windows, gatherings of days
/// before yesterday, acknowledgements of a week ago.
///
/// # Errors
/// The database failed; what was forgotten until then stays so.
pub async fn forget(kernel: &Kernel) -> Result<Forgotten, DbError> {
    let at = kernel.clock.now();
    let mut all = Forgotten::default();
    loop {
        let some = kernel
            .db
            .write(async move |tx: &mut Tx<'_>| forget_some(tx, at).await)
            .await?;
        if some.is_nothing() {
            return Ok(all);
        }
        all.senders = all.senders.saturating_add(some.senders);
        all.gatherings = all.gatherings.saturating_add(some.gatherings);
        all.acknowledged = all.acknowledged.saturating_add(some.acknowledged);
    }
}

async fn forget_some(tx: &mut Tx<'_>, at: Timestamp) -> Result<Forgotten, DbError> {
    let (limit, today) = (FORGOTTEN_AT_ONCE, day(at));
    let old = at.minus(rules::WINDOW.saturating_mul(2));
    let last = today.saturating_sub(ACKNOWLEDGED_DAYS);
    Ok(Forgotten {
        senders: store::forget_senders(tx, old, limit).await?,
        gatherings: store::forget_gatherings(tx, today.saturating_sub(1), limit).await?,
        acknowledged: acknowledgements::store::forget_days(tx, last, limit).await?,
    })
}

/// Has the job that forgets begin, unless it does its work already.
///
/// # Errors
/// The database failed.
pub async fn begin_forgetting(kernel: &Kernel) -> Result<(), DbError> {
    let at = kernel.clock.now();
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let job = NewJob {
                kind: super::FORGET,
                key: super::FORGET.to_owned(),
                payload: "{}".to_owned(),
                run_at: at,
                ticket: None,
            };
            jobs::enqueue(tx, job).await.map(drop)
        })
        .await
}
