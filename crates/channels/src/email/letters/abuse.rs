//! A letter about abuse on its way. It is no mail that one could say no to: it tells a person what
//! was decided about them, and how to object.

use super::post::{Letter, Steps, post};
use crate::Channels;
use crate::inboxes;
use customers::MailAddress;
use desk::abuse::commands::letter::{self, AbuseMail};
use desk::abuse::{AbusePurpose, rules, store};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::db::Tx;
use kernel::jobs::{JobError, Outcome};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

#[derive(Clone)]
struct Telling {
    job: AbuseMail,
    purpose: AbusePurpose,
}

impl Steps for Telling {
    fn hand<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool, Refusal>> {
        letter::hand(tx, self.job, self.purpose, at).boxed()
    }

    fn handed<'a>(&'a self, _: &'a mut Tx<'_>, _: Timestamp) -> BoxFuture<'a, Result<(), Refusal>> {
        async { Ok(()) }.boxed()
    }

    fn take_back<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<(), Refusal>> {
        async move { Ok(store::take_back(tx, self.job.step, self.job.letter).await?) }.boxed()
    }
}

/// Makes one attempt. What is not to be sent any more is done with.
pub(super) async fn send(channels: &Channels, job: AbuseMail) -> Result<Outcome, JobError> {
    let kernel = &channels.desk.kernel;
    let written = letter::write(kernel, job).await.map_err(JobError::retry)?;
    let Some(written) = written else {
        return Ok(Outcome::Done);
    };
    let purpose = written.purpose;
    let ready = ready(channels, job, written)
        .await
        .map_err(JobError::retry)?;
    match ready {
        Some(ready) => post(channels, ready, &Telling { job, purpose }).await,
        None => Ok(Outcome::Done),
    }
}

async fn ready(
    channels: &Channels,
    job: AbuseMail,
    written: letter::Letter,
) -> Result<Option<Letter>, Refusal> {
    let db = &channels.desk.kernel.db;
    db.read(async move |tx: &mut Tx<'_>| {
        let inbox = inboxes::store::find(tx, written.inbox).await?;
        let Some(inbox) = inbox.filter(|inbox| inbox.enabled) else {
            return Ok(None);
        };
        let person = customers::people::store::by_identity(tx, written.identity).await?;
        let Some(to) = person.and_then(|person| MailAddress::parse(&person.email)) else {
            return Ok(None);
        };
        if customers::pauses::store::find(tx, &to).await?.is_some() {
            return Ok(None);
        }
        Ok(Some(Letter {
            inbox,
            to: to.as_str().to_owned(),
            ticket: written.ticket,
            label: rules::label(job.step),
            subject: written.subject.clone(),
            text: written.text.clone(),
            html: written.html.clone(),
            unsubscribe: None,
        }))
    })
    .await
}
