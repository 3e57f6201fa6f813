//! Doing a rule's actions to a locked ticket, and writing down what was done and why.

use kernel::db::Tx;
use kernel::ids::{AgentId, RecordId, RuleRunId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Actor, Context, StoredRecord};
use kernel::refusal::{Broken, Refusal};
use kernel::time::Timestamp;

use super::compiled::Compiled;
use super::reactions::{FAILING, Failing};
use super::store::{self, NewRun};
use super::{
    LeftOut, RuleAction, RuleFailed, RuleRan, RuleTold, RunDetail, RunOutcome, Step, StepRun, rules,
};
use crate::conditions::{self, Facts};
use crate::drafts::{self, DraftBody, DraftKind};
use crate::html;
use crate::macros::variables::{self, Filled};
use crate::messages::commands::release::{RELEASE, Release};
use crate::messages::commands::{Plan, Utterance, next_number, reply, spoken, write};
use crate::messages::senders::{self, Standing};
use crate::messages::{self, MessageKind, MessageState, NoteAdded, ReplyScheduled};
use crate::notifications::{Notice, NotificationKind, tell};
use crate::tickets::commands::subject;
use crate::tickets::{self, Direction, Place, Ticket};
use crate::{Desk, actions, macros, teams, webhooks};

/// What a rule reacts to.
#[derive(Clone, Copy)]
pub(super) struct Spark<'a> {
    /// The record.
    pub(super) record: &'a StoredRecord,
    /// The record that the chain of causes began with.
    pub(super) chain: RecordId,
    /// The present.
    pub(super) now: Timestamp,
}

/// Whether rules look at a ticket at all.
pub(super) fn is_open_to_rules(ticket: &Ticket) -> bool {
    ticket.place == Place::Desk
}

/// Runs one rule on a locked ticket if it meets the conditions; answers whether it did its
/// actions. What can't be done to the end is undone, and written down. The caller saves the ticket.
pub(super) async fn run(
    desk: &Desk,
    tx: &mut Tx<'_>,
    (rule, spark): (&Compiled, Spark<'_>),
    ticket: &mut Ticket,
    facts: &Facts,
) -> Result<bool, Refusal> {
    let moment = conditions::Moment {
        now: spark.now,
        me: None,
    };
    if !conditions::rules::holds(&rule.definition.conditions, facts, &moment) {
        return Ok(false);
    }
    let mut detail = RunDetail {
        matched: rules::matched(&rule.definition, facts, moment),
        ..RunDetail::default()
    };
    let Some(run) = claim(desk, tx, (rule, spark), ticket, &detail).await? else {
        let which = (rule.id, ticket.id, spark.chain);
        store::hold_back(tx, which).await?;
        return Ok(false);
    };
    let ctx = Context {
        at: spark.now,
        ..Context::rule(rule.id, spark.now).caused_by(spark.record)
    };
    let ctx = Context {
        brand: ticket.brand,
        ..ctx
    };
    let before = ticket.clone();
    let mark = tx.mark().await?;
    let done = match all_steps(desk, tx, (&ctx, rule, spark, run), ticket).await {
        Ok(steps) => {
            tx.keep(mark).await?;
            detail.steps = steps;
            store::count_done(tx, rule.id, spark.now).await?;
            true
        }
        Err(Refusal::Broken(broken @ (Broken::Db(_) | Broken::Key(_)))) => {
            return Err(Refusal::Broken(broken));
        }
        Err(refusal) => {
            tx.back_to(mark).await?;
            *ticket = before;
            detail.problem = Some(refusal.to_string());
            false
        }
    };
    let outcome = match done {
        true => RunOutcome::Done,
        false if ticket.status == tickets::Status::Closed => RunOutcome::Skipped,
        false => RunOutcome::Failed,
    };
    settle(desk, tx, (&ctx, rule, run), ticket, (outcome, &detail)).await?;
    Ok(done)
}

/// Writes down that rules started each other too often.
pub(super) async fn stop(
    desk: &Desk,
    tx: &mut Tx<'_>,
    (rule, spark): (&Compiled, Spark<'_>),
    ticket: &Ticket,
) -> Result<(), Refusal> {
    let detail = RunDetail {
        problem: Some("rules had started each other too often".to_owned()),
        ..RunDetail::default()
    };
    let Some(run) = claim(desk, tx, (rule, spark), ticket, &detail).await? else {
        return Ok(store::hold_back(tx, (rule.id, ticket.id, spark.chain)).await?);
    };
    let ctx = Context::rule(rule.id, spark.now).caused_by(spark.record);
    settle(
        desk,
        tx,
        (&ctx, rule, run),
        ticket,
        (RunOutcome::Stopped, &detail),
    )
    .await
}

async fn claim(
    desk: &Desk,
    tx: &mut Tx<'_>,
    (rule, spark): (&Compiled, Spark<'_>),
    ticket: &Ticket,
    detail: &RunDetail,
) -> Result<Option<RuleRunId>, Refusal> {
    let run = NewRun {
        rule: rule.id,
        ticket: ticket.id,
        chain: spark.chain,
        record: spark.record.id,
        at: spark.now,
        outcome: RunOutcome::Stopped,
        detail: sealed(desk, tx, ticket, detail).await?,
    };
    Ok(store::claim_run(tx, run).await?)
}

async fn sealed(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    detail: &RunDetail,
) -> Result<kernel::keys::Encrypted<String>, Refusal> {
    let json = serde_json::to_string(detail).map_err(|error| Refusal::broken(error.to_string()))?;
    Ok(desk.kernel.keys.encrypt(tx, ticket.key, &json).await?)
}

/// Writes the run's end down; a rule that keeps failing is switched off by a job, which takes its
/// locks in another order.
async fn settle(
    desk: &Desk,
    tx: &mut Tx<'_>,
    (ctx, rule, run): (&Context, &Compiled, RuleRunId),
    ticket: &Ticket,
    (outcome, detail): (RunOutcome, &RunDetail),
) -> Result<(), Refusal> {
    let detail = sealed(desk, tx, ticket, detail).await?;
    store::settle_run(tx, run, outcome, detail).await?;
    if outcome == RunOutcome::Done {
        let ran = RuleRan { rule: rule.id, run };
        journal::append(tx, ctx, subject(ticket), &ran).await?;
        return Ok(());
    }
    let failed = RuleFailed {
        rule: rule.id,
        run,
        outcome,
    };
    journal::append(tx, ctx, subject(ticket), &failed).await?;
    if outcome != RunOutcome::Failed {
        return Ok(());
    }
    let failures = store::count_failed(tx, rule.id, ctx.at).await?;
    if failures < rules::FAILURES_MAX {
        return Ok(());
    }
    let failing = Failing {
        rule: rule.id,
        version: rule.version,
        ticket: ticket.id,
        failures,
    };
    let payload =
        serde_json::to_string(&failing).map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: FAILING,
        key: format!("{FAILING}:{}:{}", rule.id, rule.version),
        payload,
        run_at: ctx.at,
        ticket: None,
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

type Doing<'a> = (&'a Context, &'a Compiled, Spark<'a>, RuleRunId);

async fn all_steps(
    desk: &Desk,
    tx: &mut Tx<'_>,
    doing: Doing<'_>,
    ticket: &mut Ticket,
) -> Result<Vec<StepRun>, Refusal> {
    let mut done = Vec::new();
    for step in &doing.1.definition.actions {
        let left_out = match step {
            Step::Action(action) => {
                if ticket.status == tickets::Status::Closed {
                    return Err(tickets::rules::closed());
                }
                let one = std::slice::from_ref(action);
                actions::check(tx, "action", one).await?;
                actions::apply(tx, doing.0, ticket, None, one).await?;
                None
            }
            Step::Own(action) => own(desk, tx, doing, ticket, action).await?,
        };
        done.push(StepRun {
            step: step.clone(),
            left_out,
        });
    }
    Ok(done)
}

async fn own(
    desk: &Desk,
    tx: &mut Tx<'_>,
    doing: Doing<'_>,
    ticket: &mut Ticket,
    action: &RuleAction,
) -> Result<Option<LeftOut>, Refusal> {
    let (ctx, rule, spark, run) = doing;
    match action {
        RuleAction::AddNote { text } => {
            let text = filled(tx, ticket, &html::from_text(text).html).await?;
            note(desk, tx, ctx, ticket, &text.html).await?;
            Ok(None)
        }
        RuleAction::Reply { text } => {
            if let Some(why) = keeps_from_answering(tx, ticket).await? {
                return Ok(Some(why));
            }
            let text = filled(tx, ticket, &html::from_text(text).html).await?;
            if !text.unfilled.is_empty() {
                return Ok(Some(LeftOut::Unfilled));
            }
            let day = ctx.at.micros().div_euclid(86_400_000_000);
            if !store::claim_reply(tx, (rule.id, ticket.id), day).await? {
                return Ok(Some(LeftOut::AlreadyToday));
            }
            answer(desk, tx, ctx, ticket, &text.html).await?;
            Ok(None)
        }
        RuleAction::SuggestReply { macro_id } => {
            suggest(desk, tx, ctx, ticket, *macro_id).await
        }
        RuleAction::Notify {
            agent_ids,
            team_ids,
        } => {
            let mut told = agent_ids.clone();
            for team in team_ids {
                told.extend(teams::store::members(tx, *team).await?);
            }
            told.sort();
            told.dedup();
            tell_all(tx, doing, ticket, told).await?;
            Ok(None)
        }
        RuleAction::CallWebhook { webhook_id } => {
            let why = (spark.record, run.0);
            let called = webhooks::calls::call(desk, tx, *webhook_id, why, ticket);
            Ok((!called.await?).then_some(LeftOut::WebhookOff))
        }
    }
}

async fn tell_all(
    tx: &mut Tx<'_>,
    (ctx, rule, _, run): Doing<'_>,
    ticket: &Ticket,
    agents: Vec<AgentId>,
) -> Result<(), Refusal> {
    let told = RuleTold { rule: rule.id, run };
    let record = journal::append(tx, ctx, subject(ticket), &told).await?;
    for agent in agents {
        let notice = Notice {
            agent,
            kind: NotificationKind::Rule,
        };
        let news = (record, ctx.clone(), ctx.at);
        tell(tx, ticket.id, news, notice).await?;
    }
    Ok(())
}

/// The variables of a text filled for this ticket; the agent in them is the assignee.
async fn filled(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    html: &str,
) -> Result<Filled, Refusal> {
    let assignee = match ticket.assignee {
        Some(agent) => identity::agents::store::find(tx, agent).await?,
        None => None,
    };
    let agent = assignee.map(|it| it.name).unwrap_or_default();
    let values = macros::usage::values(tx, &agent, ticket).await?;
    Ok(variables::fill(html, &values))
}

async fn note(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    text: &str,
) -> Result<(), Refusal> {
    let body = html::sanitise(text);
    let number = next_number(ticket);
    let added = NoteAdded {
        number,
        mentions: Vec::new(),
    };
    let record = journal::append(tx, ctx, subject(ticket), &added).await?;
    let said = Utterance {
        kind: MessageKind::Note,
        author: ctx.actor,
        key: ticket.key,
        body: &body,
        addressed: None,
        auto_reply: true,
        at: ctx.at,
        plan: None,
    };
    write(
        &desk.kernel,
        tx,
        (ticket, number, record),
        &body.html,
        &said,
    )
    .await?;
    let key = ticket.key;
    let snippet = (key, body.snippet.as_str());
    spoken(&desk.kernel, tx, ticket, Direction::Note, snippet, ctx.at).await
}

/// Why a rule must not write to the requester, if it must not.
async fn keeps_from_answering(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
) -> Result<Option<LeftOut>, Refusal> {
    messages::rules::may_answer(ticket)?;
    let person = customers::people::store::by_identity(tx, ticket.requester_identity).await?;
    let address = person.and_then(|person| customers::MailAddress::parse(&person.email));
    let Some(address) = address.filter(|_| ticket.inbox.is_some()) else {
        return Ok(Some(LeftOut::NoAddress));
    };
    if customers::pauses::store::find(tx, &address)
        .await?
        .is_some()
    {
        return Ok(Some(LeftOut::AddressPaused));
    }
    if messages::gathered::store::find(tx, ticket.id)
        .await?
        .is_some()
    {
        return Ok(Some(LeftOut::Gathering));
    }
    let last = messages::store::answered(tx, ticket.id, i64::MAX).await?;
    if let Some(last) = last {
        let standing = senders::store::standing(tx, ticket.id, last.number).await?;
        if standing == Some(Standing::Doubted) || last.auto_reply {
            return Ok(Some(LeftOut::SenderDoubted));
        }
    }
    Ok(None)
}

async fn answer(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    text: &str,
) -> Result<(), Refusal> {
    let body = html::sanitise(text);
    let number = next_number(ticket);
    let scheduled = ReplyScheduled {
        number,
        release_at: ctx.at,
    };
    let record = journal::append(tx, ctx, subject(ticket), &scheduled).await?;
    let addressed = reply::receivers(tx, ticket).await?;
    let said = Utterance {
        kind: MessageKind::Out,
        author: ctx.actor,
        key: ticket.key,
        body: &body,
        addressed: Some(&addressed),
        auto_reply: true,
        at: ctx.at,
        plan: Some(Plan {
            state: MessageState::Scheduled,
            release_at: ctx.at,
            status_after: None,
        }),
    };
    write(
        &desk.kernel,
        tx,
        (ticket, number, record),
        &body.html,
        &said,
    )
    .await?;
    ticket.updated_at = ctx.at;
    let release = Release {
        ticket: ticket.id,
        number,
    };
    let payload =
        serde_json::to_string(&release).map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: RELEASE,
        key: release.key(),
        payload,
        run_at: ctx.at,
        ticket: Some(ticket.id),
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

async fn suggest(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    id: kernel::ids::MacroId,
) -> Result<Option<LeftOut>, Refusal> {
    let Some(agent) = ticket.assignee else {
        return Ok(Some(LeftOut::NoAssignee));
    };
    let found = macros::store::find(tx, id).await?;
    let Some(found) = found.filter(|it| it.owner.is_none() && it.team.is_none()) else {
        let reason = "names no shared macro (any more)";
        return Err(Refusal::invalid("macro_id", reason, "choose another one"));
    };
    let whose = (ticket.id, agent, DraftKind::Reply);
    if drafts::store::find(tx, whose).await?.is_some() {
        return Ok(Some(LeftOut::DraftThere));
    }
    let html = desk.kernel.keys.decrypt(tx, &found.html).await?;
    let text = filled(tx, ticket, &html.unwrap_or_default()).await?;
    let body = DraftBody {
        html: text.html,
        ..DraftBody::default()
    };
    let whose = (agent, DraftKind::Reply);
    drafts::commands::write(&desk.kernel, tx, ticket, whose, &body, ctx.at).await?;
    Ok(None)
}

/// Refuses a list of actions that names what there is not.
pub(super) async fn check(tx: &mut Tx<'_>, steps: &[Step]) -> Result<(), Refusal> {
    for (index, step) in steps.iter().enumerate() {
        let at = format!("definition.actions.{index}");
        let there = match step {
            Step::Action(action) => {
                actions::check(tx, &at, std::slice::from_ref(action)).await?;
                true
            }
            Step::Own(RuleAction::SuggestReply { macro_id }) => {
                let found = macros::store::find(tx, *macro_id).await?;
                found.is_some_and(|it| it.owner.is_none() && it.team.is_none())
            }
            Step::Own(RuleAction::CallWebhook { webhook_id }) => {
                webhooks::store::find(tx, *webhook_id).await?.is_some()
            }
            Step::Own(RuleAction::Notify {
                agent_ids,
                team_ids,
            }) => {
                let mut there = true;
                for agent in agent_ids {
                    there &= identity::agents::store::find(tx, *agent).await?.is_some();
                }
                for team in team_ids {
                    there &= teams::store::exists(tx, *team).await?;
                }
                there
            }
            Step::Own(_) => true,
        };
        if !there {
            let reason = "names what there is not (any more)";
            return Err(Refusal::invalid(at, reason, "choose another one"));
        }
    }
    Ok(())
}

/// Whether somebody is a rule: what it sends is marked as automatic.
pub(crate) fn is_rule(actor: Actor) -> bool {
    matches!(actor, Actor::Rule(_))
}
