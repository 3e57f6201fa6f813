//! Planning a survey when the work is done, and giving it up when the work goes on. Both are parts
//! of the reader's transaction.

use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Context, Subject};
use kernel::random::Random;
use kernel::refusal::Refusal;

use crate::surveys::letter::{SURVEY_MAIL, SurveyMail};
use crate::surveys::store::{self, Plan};
use crate::surveys::{Standing, SurveyCancelled, SurveyPlanned, SurveyState, rules};
use crate::tickets::{self, Place};

/// Plans the survey of a ticket whose work is done, where customers are asked.
pub(crate) async fn plan(
    tx: &mut Tx<'_>,
    ctx: &Context,
    random: &Random,
    id: TicketId,
) -> Result<(), Refusal> {
    let Some(ticket) = tickets::store::find(tx, id).await? else {
        return Ok(());
    };
    if !rules::is_done(ticket.status) || ticket.place != Place::Desk {
        return Ok(());
    }
    let settings = store::settings(tx).await?;
    let found = rules::setting_of(&settings, Standing::of(&ticket));
    let Some(setting) = found.filter(|it| it.enabled) else {
        return Ok(());
    };
    let due_at = ctx.at.plus(rules::minutes(setting.delay_minutes));
    let plan = Plan {
        ticket: id,
        customer: ticket.requester,
        key: ticket.key,
        team: ticket.team,
        inbox: ticket.inbox,
        draw: i64::try_from(random.below(100)).unwrap_or(0),
        language: setting.language,
        due_at,
    };
    let Some((survey, round)) = store::plan(tx, &plan).await? else {
        return Ok(());
    };
    let job = SurveyMail { survey, round };
    let payload =
        serde_json::to_string(&job).map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: SURVEY_MAIL,
        key: job.key(),
        payload,
        run_at: due_at,
        ticket: Some(id),
    };
    jobs::enqueue(tx, job).await?;
    let record = SurveyPlanned { survey, due_at };
    journal::append(tx, ctx, Subject::ticket(id), &record).await?;
    Ok(())
}

/// Gives a planned survey up: the work goes on, or the ticket is gone.
pub(crate) async fn cancel(tx: &mut Tx<'_>, ctx: &Context, id: TicketId) -> Result<(), Refusal> {
    let Some(survey) = store::lock_of_ticket(tx, id).await? else {
        return Ok(());
    };
    let step = (SurveyState::Planned, SurveyState::Cancelled);
    if !store::set_state(tx, survey.id, step, None).await? {
        return Ok(());
    }
    let job = SurveyMail {
        survey: survey.id,
        round: survey.round,
    };
    jobs::cancel(tx, &job.key()).await?;
    let record = SurveyCancelled { survey: survey.id };
    journal::append(tx, ctx, Subject::ticket(id), &record).await?;
    Ok(())
}
