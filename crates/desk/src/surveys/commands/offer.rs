//! Asking: the last look at what speaks against it, and the steps around the hand-over. The room
//! above sends the mail.

use customers::MailAddress;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use crate::abuse;
use crate::surveys::letter::{Letter, SurveyMail};
use crate::surveys::rules::Circumstances;
use crate::surveys::{
    Against, Standing, Survey, SurveyOffered, SurveySetting, SurveySkipped, SurveyState, rules,
    store,
};
use crate::tickets::commands::subject;
use crate::tickets::{self, Ticket};

/// Looks once more at what speaks against asking: the mail to be written, or none because it was
/// cancelled, skipped or sent. What was being handed over when a process died counts as asked:
/// nobody knows, and nobody is asked twice.
///
/// # Errors
/// The database failed.
pub async fn next(kernel: &Kernel, job: SurveyMail) -> Result<Option<Letter>, Refusal> {
    let (kernel, at) = (kernel.clone(), kernel.clock.now());
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        let found = store::lock(tx, job.survey).await?;
        let Some(survey) = found.filter(|it| it.round == job.round) else {
            return Ok(None);
        };
        let ctx = Context::system(at);
        match survey.state {
            SurveyState::Handing => done(tx, &ctx, &survey).await.map(|()| None),
            SurveyState::Planned => match weigh(tx, &survey, at).await? {
                Ok(found) => letter(&kernel, tx, &survey, found).await.map(Some),
                Err(reason) => skip(tx, &ctx, &survey, reason).await.map(|()| None),
            },
            _ => Ok(None),
        }
    })
    .await
}

/// Skips a survey for a reason that only the sending room knows.
///
/// # Errors
/// The database failed.
pub async fn give_up(kernel: &Kernel, job: SurveyMail, reason: Against) -> Result<(), Refusal> {
    let at = kernel.clock.now();
    let write = async move |tx: &mut Tx<'_>| match store::lock(tx, job.survey).await? {
        Some(survey) => skip(tx, &Context::system(at), &survey, reason).await,
        None => Ok(()),
    };
    kernel.db.write(write).await
}

/// Marks a survey as being handed over, durably, before its text leaves; `false` when something
/// came up since. The customer's row is locked, so that two tickets solved at once ask once.
///
/// # Errors
/// The database failed.
pub async fn hand(
    tx: &mut Tx<'_>,
    job: SurveyMail,
    letter: &Letter,
    at: Timestamp,
) -> Result<bool, Refusal> {
    let Some(seen) = store::find(tx, job.survey).await? else {
        return Ok(false);
    };
    customers::people::store::lock(tx, seen.customer).await?;
    let found = store::lock(tx, job.survey).await?;
    let is_due = |it: &Survey| it.state == SurveyState::Planned && it.round == job.round;
    let Some(survey) = found.filter(is_due) else {
        return Ok(false);
    };
    let setting = match weigh(tx, &survey, at).await? {
        Ok((_, setting)) => setting,
        Err(reason) => {
            skip(tx, &Context::system(at), &survey, reason).await?;
            return Ok(false);
        }
    };
    // What several people did is nobody's alone.
    let agent = match store::authors(tx, survey.ticket).await?.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let times = (at, at.plus(rules::days(setting.change_days)));
    Ok(store::hand(tx, survey.id, agent, times, letter.language).await?)
}

/// Settles a survey whose mail left, or may have left.
///
/// # Errors
/// The database failed.
pub async fn handed(tx: &mut Tx<'_>, job: SurveyMail, at: Timestamp) -> Result<(), Refusal> {
    match store::lock(tx, job.survey).await? {
        Some(survey) => done(tx, &Context::system(at), &survey).await,
        None => Ok(()),
    }
}

async fn done(tx: &mut Tx<'_>, ctx: &Context, survey: &Survey) -> Result<(), Refusal> {
    let step = (SurveyState::Handing, SurveyState::Offered);
    if !store::set_state(tx, survey.id, step, None).await? {
        return Ok(());
    }
    if let Some(ticket) = tickets::store::find(tx, survey.ticket).await? {
        let ctx = Context {
            brand: ticket.brand,
            ..ctx.clone()
        };
        let record = SurveyOffered { survey: survey.id };
        journal::append(tx, &ctx, subject(&ticket), &record).await?;
    }
    Ok(())
}

async fn skip(
    tx: &mut Tx<'_>,
    ctx: &Context,
    survey: &Survey,
    reason: Against,
) -> Result<(), Refusal> {
    let step = (SurveyState::Planned, SurveyState::Skipped);
    if store::set_state(tx, survey.id, step, Some(reason)).await? {
        let record = SurveySkipped {
            survey: survey.id,
            reason,
        };
        journal::append(tx, ctx, Subject::ticket(survey.ticket), &record).await?;
    }
    Ok(())
}

/// The ticket and its setting, or what speaks against asking.
async fn weigh(
    tx: &mut Tx<'_>,
    survey: &Survey,
    at: Timestamp,
) -> Result<Result<(Ticket, SurveySetting), Against>, Refusal> {
    let Some(ticket) = tickets::store::find(tx, survey.ticket).await? else {
        return Ok(Err(Against::Gone));
    };
    let settings = store::settings(tx).await?;
    let Some(setting) = rules::setting_of(&settings, Standing::of(&ticket)).cloned() else {
        return Ok(Err(Against::Off));
    };
    let person = customers::people::store::by_identity(tx, ticket.requester_identity).await?;
    let address = person.and_then(|person| MailAddress::parse(&person.email));
    let paused = match &address {
        Some(address) => customers::pauses::store::find(tx, address).await?.is_some(),
        None => false,
    };
    let seen = Circumstances {
        place: ticket.place,
        answered_by: store::authors(tx, ticket.id).await?.len(),
        tags: tickets::store::tags(tx, ticket.id).await?,
        ticket_type: ticket.ticket_type,
        draw: survey.draw,
        last_offered: store::last_offered(tx, ticket.requester, survey.id).await?,
        paused,
        reachable: address.is_some() && ticket.inbox.is_some(),
        abuse: abuse::store::is_case(tx, (ticket.id, ticket.requester), at).await?,
    };
    Ok(match rules::against(&seen, &setting, at) {
        Some(reason) => Err(reason),
        None => Ok((ticket, setting)),
    })
}

async fn letter(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    survey: &Survey,
    (ticket, setting): (Ticket, SurveySetting),
) -> Result<Letter, Refusal> {
    let customer = customers::people::store::find(tx, ticket.requester).await?;
    let theirs = customer.and_then(|customer| customer.language);
    let theirs = rules::language(theirs.as_deref(), setting.language);
    let spoken = store::ticket_language(tx, ticket.id).await?;
    let token = rules::token(&kernel.keys, survey.id);
    let base = &kernel.settings.base_url;
    Ok(Letter {
        ticket: ticket.id,
        inbox: ticket.inbox.ok_or(Refusal::NotFound { what: "inbox" })?,
        identity: ticket.requester_identity,
        language: rules::language(spoken.as_deref(), theirs),
        link: format!("{base}/api/v1/surveys/page/{token}"),
    })
}
