//! Which course an arriving mail takes: decided in the transaction that files it.

use super::rules::{self, Tally};
use super::store::{self, ALL_INBOXES};
use desk::messages::{Manner, Placing};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{InboxId, TicketId};
use kernel::time::Timestamp;

/// A mail about to be filed, as far as limits ask.
#[derive(Clone, Copy, Debug)]
pub struct Arriving {
    /// Who writes, as [`sender`] gives it.
    pub sender: [u8; 32],
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
