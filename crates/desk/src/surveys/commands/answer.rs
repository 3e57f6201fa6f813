//! A customer answers, by the signed link alone.

use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::InboxId;
use kernel::journal::{self, Context, Subject};
use kernel::keys::KeyError;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use crate::Desk;
use crate::surveys::rules::{self, Reply};
use crate::surveys::{CareLanguage, Survey, SurveyAnswered, SurveyState, store};
use crate::tickets;
use crate::tickets::commands::subject;

/// What the page of a survey shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The language that it was asked in.
    pub language: CareLanguage,
    /// The name of the inbox that asked.
    pub from: String,
    /// Whether it can still be answered.
    pub open: bool,
    /// What was answered before.
    pub reply: Reply,
}

/// What the page of a link shows; `None` when the link is none of ours.
///
/// # Errors
/// The database or a key failed.
pub async fn shown(desk: &Desk, token: &str) -> Result<Option<Shown>, Refusal> {
    let Some(id) = rules::read_token(&desk.kernel.keys, token) else {
        return Ok(None);
    };
    let (desk, at) = (desk.clone(), desk.kernel.clock.now());
    let db = desk.kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let Some(survey) = store::find(tx, id).await? else {
            return Ok(None);
        };
        Ok(Some(Shown {
            language: survey.language,
            from: name_of(&desk, tx, survey.inbox).await?,
            open: is_open(&survey, at),
            reply: reply_of(&desk.kernel, tx, &survey).await?,
        }))
    })
    .await
}

fn is_open(survey: &Survey, at: Timestamp) -> bool {
    let asked = matches!(
        survey.state,
        SurveyState::Handing | SurveyState::Offered | SurveyState::Answered
    );
    asked && survey.change_until.is_some_and(|until| at < until)
}

async fn name_of(desk: &Desk, tx: &mut Tx<'_>, inbox: Option<InboxId>) -> Result<String, Refusal> {
    let card = match inbox {
        Some(inbox) => desk.inboxes.find(tx, inbox).await?,
        None => None,
    };
    Ok(card.map(|card| card.name).unwrap_or_default())
}

async fn reply_of(kernel: &Kernel, tx: &mut Tx<'_>, survey: &Survey) -> Result<Reply, Refusal> {
    let text = match &survey.text {
        Some(text) => kernel.keys.decrypt(tx, text).await?,
        None => None,
    };
    Ok(Reply {
        solved: survey.solved,
        treatment: survey.treatment,
        text: text.unwrap_or_default(),
    })
}

/// How an answer was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It counts.
    Yes,
    /// It came too late, or the customer was never asked.
    TooLate,
    /// The link is none of ours.
    Unknown,
}

/// Takes an answer, or another one in its place. The same answer again changes nothing.
///
/// # Errors
/// The database or a key failed.
pub async fn answer(desk: &Desk, token: &str, reply: Reply) -> Result<Taken, Refusal> {
    let kernel = desk.kernel.clone();
    let Some(id) = rules::read_token(&kernel.keys, token) else {
        return Ok(Taken::Unknown);
    };
    let at = kernel.clock.now();
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        let Some(survey) = store::lock(tx, id).await? else {
            return Ok(Taken::Unknown);
        };
        if !is_open(&survey, at) {
            return Ok(Taken::TooLate);
        }
        let before = reply_of(&kernel, tx, &survey).await?;
        if survey.state == SurveyState::Answered && before == reply {
            return Ok(Taken::Yes);
        }
        let text = match Some(&reply.text).filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => match kernel.keys.encrypt(tx, survey.key, text).await {
                Ok(text) => Some(text),
                // The customer was erased: their words are not kept any more.
                Err(KeyError::Destroyed(_)) => return Ok(Taken::TooLate),
                Err(other) => return Err(Refusal::from(other)),
            },
        };
        // Other words have to be looked at anew.
        let about = survey.about.filter(|_| before.text == reply.text);
        store::answer(tx, id, at, (reply.solved, reply.treatment), text, about).await?;
        tell(tx, &survey, &reply, at).await?;
        Ok(Taken::Yes)
    })
    .await
}

async fn tell(
    tx: &mut Tx<'_>,
    survey: &Survey,
    reply: &Reply,
    at: Timestamp,
) -> Result<(), Refusal> {
    let record = SurveyAnswered {
        survey: survey.id,
        solved: reply.solved,
        treatment: reply.treatment,
        has_text: !reply.text.is_empty(),
    };
    let ctx = Context::customer(survey.customer, at);
    match tickets::store::find(tx, survey.ticket).await? {
        Some(ticket) => {
            let ctx = Context {
                brand: ticket.brand,
                ..ctx
            };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
        }
        None => {
            let about = Subject::customer(survey.customer);
            journal::append(tx, &ctx, about, &record).await?;
        }
    }
    Ok(())
}
