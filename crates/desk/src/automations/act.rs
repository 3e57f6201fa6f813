//! Doing a rule's actions to a locked ticket, and writing down what was done and why.

use kernel::db::Tx;
use kernel::ids::{AgentId, RecordId, RuleRunId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Actor, Context, StoredRecord};
use kernel::refusal::{Broken, Refusal};
use kernel::time::Timestamp;

use super::compiled::Compiled;
use super::reactions::{FAILING, Failing};
use super::say;
use super::store::{self, NewRun};
use super::{
    LeftOut, RuleAction, RuleFailed, RuleRan, RuleTold, RunDetail, RunOutcome, Step, StepRun, rules,
};
use crate::conditions::{self, Facts};
use crate::html;
use crate::notifications::{Notice, NotificationKind, tell};
use crate::tickets::commands::subject;
use crate::tickets::{self, Place, Ticket};
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
            let text = say::filled(tx, ticket, &html::from_text(text).html).await?;
            say::note(desk, tx, ctx, ticket, &text.html).await?;
            Ok(None)
        }
        RuleAction::Reply { text } => {
            if let Some(why) = say::keeps_from_answering(tx, ticket).await? {
                return Ok(Some(why));
            }
            let text = say::filled(tx, ticket, &html::from_text(text).html).await?;
            if !text.unfilled.is_empty() {
                return Ok(Some(LeftOut::Unfilled));
            }
            let day = ctx.at.micros().div_euclid(86_400_000_000);
            if !store::claim_reply(tx, (rule.id, ticket.id), day).await? {
                return Ok(Some(LeftOut::AlreadyToday));
            }
            say::answer(desk, tx, ctx, ticket, &text.html).await?;
            Ok(None)
        }
        RuleAction::SuggestReply { macro_id } => {
            say::suggest(desk, tx, ctx, ticket, *macro_id).await
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
