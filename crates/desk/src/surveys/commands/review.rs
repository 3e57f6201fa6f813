//! Reading answers: blind attribution, what customers said, and what it comes to in numbers.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::{Cursor, Page};
use kernel::ids::{SurveyId, TeamId, TicketId};
use kernel::journal::{self, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::surveys::rules::{self, Of};
use crate::surveys::store::{self, Whose};
use crate::surveys::{
    About, CareLanguage, Solved, Survey, SurveyAttributed, SurveyFigures, Treatment,
};

/// Answers of one page.
const PAGE: i64 = 50;
/// The longest span of figures, in days.
const SPAN_DAYS_MAX: i64 = 2 * 366;

/// Words of a customer as a reviewer sees them: neither whom they are about, nor what was marked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BlindAnswer {
    /// The survey.
    pub id: SurveyId,
    /// The words, without names.
    pub text: String,
    /// The language that the customer was asked in.
    pub language: CareLanguage,
    /// Send it back with the decision.
    pub version: i64,
}

/// An answer of a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SurveyAnswer {
    /// The survey.
    pub id: SurveyId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// In whose queue it ended.
    pub team_id: Option<TeamId>,
    /// Was it solved?
    pub solved: Option<Solved>,
    /// How did the person treat you?
    pub treatment: Option<Treatment>,
    /// What else the customer said; empty when nothing or erased.
    pub text: String,
    /// What the words are about; null when nobody has said yet.
    pub about: Option<About>,
    /// When it was answered.
    pub at: Option<Timestamp>,
}

/// The words that wait for a reviewer, oldest first; none about the reviewer.
///
/// # Errors
/// Missing permission.
pub async fn to_review(
    kernel: &Kernel,
    caller: &Caller,
    cursor: Option<&str>,
) -> Result<Page<BlindAnswer>, Refusal> {
    caller.require(Permission::QueueLead)?;
    let after = place(cursor)?.unwrap_or(0);
    let (kernel, reviewer) = (kernel.clone(), caller.agent);
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let found = store::to_review(tx, after, reviewer, PAGE.saturating_add(1)).await?;
        let (found, next) = cut(found);
        let mut items = Vec::with_capacity(found.len());
        for survey in &found {
            let names = names(tx, survey.ticket).await?;
            items.push(BlindAnswer {
                id: survey.id,
                text: rules::without_names(&text_of(&kernel, tx, survey).await?, &names),
                language: survey.language,
                version: survey.version,
            });
        }
        Ok(Page { items, next })
    })
    .await
}

/// Says what the words of an answer are about. Nobody judges words about themselves.
///
/// # Errors
/// Missing permission, no such words, changed or judged meanwhile.
pub async fn attribute(
    kernel: &Kernel,
    caller: &Caller,
    id: SurveyId,
    (version, about): (i64, About),
) -> Result<(), Refusal> {
    caller.require(Permission::QueueLead)?;
    let (ctx, reviewer) = (caller.context(kernel.clock.now()), caller.agent);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            const NOT_FOUND: Refusal = Refusal::NotFound { what: "answer" };
            let survey = store::lock(tx, id).await?.ok_or(NOT_FOUND)?;
            if survey.text.is_none() || survey.agent == Some(reviewer) {
                return Err(NOT_FOUND);
            }
            if survey.version != version {
                return Err(Refusal::Stale { what: "answer" });
            }
            if survey.about == Some(about) {
                return Ok(());
            }
            store::attribute(tx, id, about, (reviewer, ctx.at)).await?;
            let record = SurveyAttributed { survey: id, about };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

/// What customers answered, newest first.
///
/// # Errors
/// Missing permission.
pub async fn answers(
    kernel: &Kernel,
    caller: &Caller,
    whose: Whose,
    cursor: Option<&str>,
) -> Result<Page<SurveyAnswer>, Refusal> {
    may_read(caller, whose)?;
    let before = place(cursor)?.unwrap_or(i64::MAX);
    let kernel = kernel.clone();
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let found = store::answered(tx, whose, before, PAGE.saturating_add(1)).await?;
        let (found, next) = cut(found);
        let mut items = Vec::with_capacity(found.len());
        for survey in &found {
            items.push(SurveyAnswer {
                id: survey.id,
                ticket_id: survey.ticket,
                team_id: survey.team,
                solved: survey.solved,
                treatment: survey.treatment,
                text: text_of(&kernel, tx, survey).await?,
                about: survey.about,
                at: survey.answered_at,
            });
        }
        Ok(Page { items, next })
    })
    .await
}

/// The figures of a span of time.
///
/// # Errors
/// Missing permission, a span that is none.
pub async fn figures(
    kernel: &Kernel,
    caller: &Caller,
    whose: Whose,
    (from, to): (Timestamp, Timestamp),
) -> Result<SurveyFigures, Refusal> {
    may_read(caller, whose)?;
    if to <= from || to.since(from) > rules::days(SPAN_DAYS_MAX) {
        let mend = "end it after it begins, and within two years";
        return Err(Refusal::invalid("to", "makes no span of time", mend));
    }
    let of = match whose {
        Whose::Agent(_) => Of::Person,
        Whose::All | Whose::Team(_) => Of::Team,
    };
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        Ok(store::tally(tx, whose, (from, to)).await?)
    };
    let tallies = kernel.db.read(read).await?;
    Ok(rules::figures(of, &tallies))
}

/// Teams are read by those who lead; what is said to one person is theirs alone.
fn may_read(caller: &Caller, whose: Whose) -> Result<(), Refusal> {
    match whose {
        Whose::Agent(agent) if agent == caller.agent => Ok(()),
        Whose::Agent(_) => Err(Refusal::NotFound { what: "agent" }),
        Whose::All | Whose::Team(_) => caller.require(Permission::BoardRead),
    }
}

async fn text_of(kernel: &Kernel, tx: &mut Tx<'_>, survey: &Survey) -> Result<String, Refusal> {
    Ok(match &survey.text {
        Some(text) => kernel.keys.decrypt(tx, text).await?.unwrap_or_default(),
        None => String::new(),
    })
}

/// The names of those who answered a ticket.
async fn names(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    for agent in store::authors(tx, ticket).await? {
        let found = identity::agents::store::find(tx, agent).await?;
        names.extend(found.map(|agent| agent.name));
    }
    Ok(names)
}

fn place(cursor: Option<&str>) -> Result<Option<i64>, Refusal> {
    Ok(match cursor {
        Some(cursor) => Cursor::decode(cursor, 1)?.first().copied(),
        None => None,
    })
}

fn cut(mut found: Vec<Survey>) -> (Vec<Survey>, Option<String>) {
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > page;
    found.truncate(page);
    let last = found.last().filter(|_| more);
    let next = last.map(|survey| Cursor::encode(&[survey.id.0]));
    (found, next)
}
