//! What comes in from a customer who is limited. Part of the transaction that takes the mail in.

use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{CustomerId, TeamId};
use kernel::journal::{self, Actor, Context, Origin};
use kernel::refusal::Refusal;

use super::{appeal, letter};
use crate::abuse::store::LetterKind;
use crate::abuse::{AbuseEmergency, AbuseLaidAside, AbuseStep, Step, rules, store};
use crate::messages::commands::receive::Incoming;
use crate::messages::{Manner, Placing};
use crate::tickets::commands::{change, subject};
use crate::tickets::{self, Priority, Ticket};

/// The tag of what was laid aside.
pub const ASIDE_TAG: &str = "laid-aside";
/// The tag of what may speak of an emergency.
pub const EMERGENCY_TAG: &str = "possible-emergency";

/// How a customer's mail is taken in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    /// What limits them.
    steps: Vec<Step>,
    /// The step that lays the mail aside.
    aside: Option<Step>,
    /// The step that an emergency passed.
    emergency: Option<Step>,
}

impl Gate {
    /// Looks at what limits a customer, and at the mail with what it says.
    pub(crate) async fn of(
        tx: &mut Tx<'_>,
        ctx: &Context,
        customer: CustomerId,
        (incoming, text): (&Incoming, &str),
    ) -> Result<Self, Refusal> {
        // History is taken in as it was.
        if ctx.quiet {
            return Ok(Self::default());
        }
        let steps = store::in_force_of(tx, customer, ctx.at).await?;
        let refuses = |step: &&Step| {
            step.step == AbuseStep::Block || step.inbox.is_some_and(|only| only != incoming.inbox)
        };
        let refusing = steps.iter().find(refuses).cloned();
        let is_urgent = || rules::is_emergency(&incoming.subject) || rules::is_emergency(text);
        let (aside, emergency) = match refusing {
            Some(step) if is_urgent() => (None, Some(step)),
            refusing => (refusing, None),
        };
        Ok(Self {
            steps,
            aside,
            emergency,
        })
    }

    /// How the mail is placed: kept and laid aside where it is refused.
    pub(crate) fn placing(&self, placing: Placing) -> Placing {
        match self.aside {
            Some(_) => Placing {
                manner: Manner::Aside,
                ..placing
            },
            None => placing,
        }
    }

    /// The only queue that it may go to.
    fn team(&self) -> Option<TeamId> {
        self.steps.iter().find_map(|step| step.team)
    }

    /// Does what the limits ask of the ticket that the mail is on: the caller saves it.
    pub(crate) async fn apply(
        &self,
        kernel: &Kernel,
        tx: &mut Tx<'_>,
        ctx: &Context,
        ticket: &mut Ticket,
        (number, created): (i64, bool),
        (incoming, text): (&Incoming, &str),
    ) -> Result<(), Refusal> {
        let Some(first) = self.steps.first() else {
            return Ok(());
        };
        let ctx = Context {
            actor: Actor::System,
            origin: Origin::System,
            quiet: false,
            ..ctx.clone()
        };
        if let Some(step) = &self.aside {
            if created {
                tag(tx, &ctx, ticket, ASIDE_TAG).await?;
            }
            store::met(tx, step.id, ticket.id, true).await?;
            let record = AbuseLaidAside {
                id: step.id,
                number,
            };
            journal::append(tx, &ctx, subject(ticket), &record).await?;
            self.hear(kernel, tx, &ctx, (incoming, text)).await?;
            return letter::plan(tx, &ctx, (step.id, ticket.id), LetterKind::Notice).await;
        }
        if let Some(step) = &self.emergency {
            tag(tx, &ctx, ticket, EMERGENCY_TAG).await?;
            change::priority(tx, &ctx, ticket, Priority::Urgent).await?;
            let record = AbuseEmergency {
                id: step.id,
                number,
            };
            journal::append(tx, &ctx, subject(ticket), &record).await?;
            return Ok(());
        }
        if let Some(team) = self.team().filter(|team| ticket.team != Some(*team)) {
            change::assign(tx, &ctx, ticket, (None, Some(team))).await?;
        }
        if created && self.steps.iter().any(|step| step.slow) {
            change::priority(tx, &ctx, ticket, Priority::Low).await?;
        }
        self.hear(kernel, tx, &ctx, (incoming, text)).await?;
        store::met(tx, first.id, ticket.id, false).await?;
        letter::plan(tx, &ctx, (first.id, ticket.id), LetterKind::Notice).await
    }

    /// Takes an answer to a notice as an appeal.
    async fn hear(
        &self,
        kernel: &Kernel,
        tx: &mut Tx<'_>,
        ctx: &Context,
        (incoming, text): (&Incoming, &str),
    ) -> Result<(), Refusal> {
        let answered = rules::answered(&incoming.references);
        let step = self.steps.iter().find(|step| Some(step.id) == answered);
        // A program's answer asks for nothing.
        if let Some(step) = step.filter(|_| !incoming.auto_reply) {
            appeal::open(kernel, tx, ctx.at, step, text).await?;
        }
        Ok(())
    }
}

async fn tag(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    name: &str,
) -> Result<(), Refusal> {
    let known = tickets::store::tag_names(tx, &[ticket.id]).await?;
    let mut names: Vec<String> = known.into_iter().map(|(_, name)| name).collect();
    if names.iter().any(|known| known == name) {
        return Ok(());
    }
    names.push(name.to_owned());
    change::tags(tx, ctx, ticket, &names).await
}
