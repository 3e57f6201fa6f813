//! Telling a customer of a step, or of what their appeal came to. The room above sends the mail.

use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AbuseStepId, IdentityId, InboxId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::texts;
use crate::abuse::store::{self, LetterKind};
use crate::abuse::{
    AbuseNoticed, AbusePurpose, AbuseStep, AppealDecision, CareLanguage, Step, rules, words,
};
use crate::surveys::page::escape;
use crate::{surveys, tickets};

/// The kind of the job that sends a letter about a step.
pub const ABUSE_MAIL: &str = "abuse.mail";

/// The payload of [`ABUSE_MAIL`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AbuseMail {
    /// The step.
    pub step: AbuseStepId,
    /// The ticket that answers go to.
    pub ticket: TicketId,
    /// Which letter.
    pub letter: LetterKind,
}

/// A letter about a step.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The ticket that answers go to.
    pub ticket: TicketId,
    /// The inbox that it leaves by.
    pub inbox: InboxId,
    /// The identity that it goes to.
    pub identity: IdentityId,
    /// What it tells.
    pub purpose: AbusePurpose,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
}

/// Plans a letter; each is planned once for a step.
pub(super) async fn plan(
    tx: &mut Tx<'_>,
    ctx: &Context,
    (step, ticket): (AbuseStepId, TicketId),
    letter: LetterKind,
) -> Result<(), Refusal> {
    let job = AbuseMail {
        step,
        ticket,
        letter,
    };
    let payload =
        serde_json::to_string(&job).map_err(|error| Refusal::broken(error.to_string()))?;
    let name = match letter {
        LetterKind::Notice => "notice",
        LetterKind::Verdict => "verdict",
    };
    let job = NewJob {
        kind: ABUSE_MAIL,
        key: format!("{ABUSE_MAIL}:{step}:{name}"),
        payload,
        run_at: ctx.at,
        ticket: Some(ticket),
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

/// Writes a letter; `None` when there is nothing to tell any more.
///
/// # Errors
/// The database or a key failed.
pub async fn write(kernel: &Kernel, job: AbuseMail) -> Result<Option<Letter>, Refusal> {
    let (kernel, at) = (kernel.clone(), kernel.clock.now());
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let Some(step) = store::step(tx, job.step).await? else {
            return Ok(None);
        };
        let Some(ticket) = tickets::store::find(tx, job.ticket).await? else {
            return Ok(None);
        };
        let (Some(purpose), Some(inbox)) = (purpose(tx, &step, job, at).await?, ticket.inbox)
        else {
            return Ok(None);
        };
        let found = customers::people::store::find(tx, step.customer).await?;
        let theirs = found.and_then(|customer| customer.language);
        let language = surveys::rules::language(theirs.as_deref(), CareLanguage::En);
        let token = rules::token(&kernel.keys, step.id);
        let link = format!("{}/api/v1/abuse/page/{token}", kernel.settings.base_url);
        let until = step.ends_at.unwrap_or(at).to_jiff().strftime("%Y-%m-%d");
        let template = texts::text(&kernel, tx, purpose, language).await?;
        let text = template.replace("{until}", &until.to_string());
        let anchor = format!("<a href=\"{0}\">{0}</a>", escape(&link));
        let html = escape(&text)
            .replace("{link}", &anchor)
            .replace('\n', "<br>");
        let direction = surveys::words::words(language).direction;
        let language_tag = language.as_str();
        Ok(Some(Letter {
            ticket: ticket.id,
            inbox,
            identity: ticket.requester_identity,
            purpose,
            subject: words::subject(language).to_owned(),
            text: text.replace("{link}", &link),
            html: format!("<div dir=\"{direction}\" lang=\"{language_tag}\">{html}</div>"),
        }))
    })
    .await
}

/// What there is to tell.
async fn purpose(
    tx: &mut Tx<'_>,
    step: &Step,
    job: AbuseMail,
    at: Timestamp,
) -> Result<Option<AbusePurpose>, Refusal> {
    if job.letter == LetterKind::Notice {
        let limit = match step.step {
            AbuseStep::Restrict => AbusePurpose::Restrict,
            AbuseStep::Block => AbusePurpose::Block,
            AbuseStep::Warn | AbuseStep::End => return Ok(None),
        };
        return Ok(step.is_in_force(at).then_some(limit));
    }
    let appeal = store::appeal_of(tx, step.id).await?;
    Ok(appeal
        .and_then(|appeal| appeal.decision)
        .map(|decision| match decision {
            AppealDecision::Uphold => AbusePurpose::Upheld,
            AppealDecision::Lift => AbusePurpose::Lifted,
        }))
}

/// Marks a letter as handed over, durably, before its text leaves; `false` when it left before.
///
/// # Errors
/// The database failed.
pub async fn hand(
    tx: &mut Tx<'_>,
    job: AbuseMail,
    purpose: AbusePurpose,
    at: Timestamp,
) -> Result<bool, Refusal> {
    if !store::hand(tx, job.step, job.letter, at).await? {
        return Ok(false);
    }
    let Some(step) = store::step(tx, job.step).await? else {
        return Ok(false);
    };
    let about = Subject {
        ticket: Some(job.ticket),
        ..Subject::customer(step.customer)
    };
    let record = AbuseNoticed {
        id: step.id,
        purpose,
    };
    journal::append(tx, &Context::system(at), about, &record).await?;
    Ok(true)
}
