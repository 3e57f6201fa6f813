//! A survey on its way.

use super::post::{Letter, Steps, post};
use crate::Channels;
use crate::email::unsubscribe::{self, MailKind};
use crate::inboxes;
use desk::surveys::commands::offer;
use desk::surveys::{Against, letter, store};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::db::Tx;
use kernel::jobs::{JobError, Outcome};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

#[derive(Clone)]
struct Survey {
    job: letter::SurveyMail,
    letter: letter::Letter,
}

impl Steps for Survey {
    fn hand<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool, Refusal>> {
        offer::hand(tx, self.job, &self.letter, at).boxed()
    }

    fn handed<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        offer::handed(tx, self.job, at).boxed()
    }

    fn take_back<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<(), Refusal>> {
        async move { Ok(store::take_back(tx, self.job.survey).await?) }.boxed()
    }
}

/// Makes one attempt. What is not to be sent any more is done with.
pub(super) async fn send(
    channels: &Channels,
    job: letter::SurveyMail,
) -> Result<Outcome, JobError> {
    let kernel = &channels.desk.kernel;
    let next = offer::next(kernel, job).await.map_err(JobError::retry)?;
    let Some(letter) = next else {
        return Ok(Outcome::Done);
    };
    match ready(channels, job, &letter)
        .await
        .map_err(JobError::retry)?
    {
        Ok(ready) => post(channels, ready, &Survey { job, letter }).await,
        Err(reason) => {
            offer::give_up(kernel, job, reason)
                .await
                .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
    }
}

async fn ready(
    channels: &Channels,
    job: letter::SurveyMail,
    letter: &letter::Letter,
) -> Result<Result<Letter, Against>, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let (db, letter) = (kernel.db.clone(), letter.clone());
    db.read(async move |tx: &mut Tx<'_>| {
        let inbox = inboxes::store::find(tx, letter.inbox).await?;
        let Some(inbox) = inbox.filter(|inbox| inbox.enabled) else {
            return Ok(Err(Against::NoAddress));
        };
        let person = customers::people::store::by_identity(tx, letter.identity).await?;
        let Some(person) = person else {
            return Ok(Err(Against::NoAddress));
        };
        let kind = MailKind::Survey;
        let way_out = unsubscribe::commands::offer(&kernel, tx, letter.identity, kind).await?;
        let Some(way_out) = way_out else {
            return Ok(Err(Against::Unsubscribed));
        };
        let written = letter::write(&letter, inbox.shown_name());
        Ok(Ok(Letter {
            inbox,
            to: person.email,
            ticket: letter.ticket,
            label: format!("s{}", job.survey),
            subject: written.subject,
            text: written.text,
            html: written.html,
            unsubscribe: Some(way_out),
        }))
    })
    .await
}
