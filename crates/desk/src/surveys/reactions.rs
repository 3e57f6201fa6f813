//! The reader that plans surveys when the work is done, and gives them up when it goes on.

use futures_util::future::BoxFuture;
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::journal::{Context, DecodeError, StoredRecord};
use kernel::random::Random;
use kernel::readers::Reader;
use kernel::refusal::Refusal;

use super::commands::plan;
use super::{rules, store};
use crate::abuse;
use crate::tickets::{StatusChanged, TicketPurged};

/// The single reader that plans surveys.
#[derive(Clone)]
pub struct SurveyPlanner {
    random: Random,
}

impl SurveyPlanner {
    /// Draws from `random` whom to ask.
    pub fn new(random: Random) -> Self {
        Self { random }
    }
}

enum Heard {
    Done(TicketId),
    GoesOn(TicketId),
    Purged(TicketId),
}

impl Reader for SurveyPlanner {
    fn name(&self) -> &'static str {
        "desk.surveys"
    }

    fn wants(&self, record: &StoredRecord) -> bool {
        // One that can't be decoded is wanted, so that it is parked and seen.
        !matches!(heard(record), Ok(None))
    }

    fn handle<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        record: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let ctx = Context::system(record.at).caused_by(record);
            match heard(record)? {
                Some(Heard::Done(ticket)) => plan::plan(tx, &ctx, &self.random, ticket).await,
                Some(Heard::GoesOn(ticket)) => plan::cancel(tx, &ctx, ticket).await,
                Some(Heard::Purged(ticket)) => {
                    plan::cancel(tx, &ctx, ticket).await?;
                    abuse::store::forget(tx, ticket).await?;
                    Ok(store::forget_text(tx, ticket).await?)
                }
                None => Ok(()),
            }
        })
    }
}

fn heard(record: &StoredRecord) -> Result<Option<Heard>, DecodeError> {
    let Some(ticket) = record.ticket else {
        return Ok(None);
    };
    if record.decode::<TicketPurged>()?.is_some() {
        return Ok(Some(Heard::Purged(ticket)));
    }
    // What is imported was asked about elsewhere, if at all.
    if record.quiet {
        return Ok(None);
    }
    let Some(StatusChanged { status, .. }) = record.decode()? else {
        return Ok(None);
    };
    Ok(
        match (rules::is_done(status.from), rules::is_done(status.to)) {
            (false, true) => Some(Heard::Done(ticket)),
            (true, false) => Some(Heard::GoesOn(ticket)),
            _ => None,
        },
    )
}
