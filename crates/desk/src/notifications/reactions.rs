//! The reader that tells agents what happened.

use futures_util::future::BoxFuture;
use identity::agents::AgentStatus;
use kernel::clock::Clock;
use kernel::db::Tx;
use kernel::ids::{AgentId, CustomerId, RecordId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Actor, Context, DecodeError, StoredRecord, Subject};
use kernel::readers::Reader;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::mail::{NOTIFY_MAIL, NotifyMail};
use super::rules::{self, News};
use super::store::{self, NewNotification};
use super::{MailState, Notice, NotificationCreated, NotificationKind, commands};
use crate::absences::{self, rules::Deputy};
use crate::checklists::{TaskChanged, TaskFellDue, TasksAdded};
use crate::escalations::{EscalationMoved, TicketEscalated};
use crate::hand_overs::{self, TicketHandedOver};
use crate::messages::deliveries::{DeliveryChanged, DeliveryState};
use crate::messages::{self, MessageReceived, NoteAdded};
use crate::promises::PromiseFellDue;
use crate::side_conversations::{SideConversationAnswered, SideConversationStarted};
use crate::tickets::{Shelf, TicketAssigned, TicketCreated};

/// The single reader that writes notifications.
#[derive(Clone, Debug)]
pub struct Notifier {
    clock: Clock,
}

impl Notifier {
    /// Tells the time by `clock`, for quiet hours and mail windows.
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

impl Reader for Notifier {
    fn name(&self) -> &'static str {
        "desk.notifications"
    }

    fn wants(&self, record: &StoredRecord) -> bool {
        // One that can't be decoded is wanted, so that it is parked and seen.
        !record.quiet && record.ticket.is_some() && !matches!(heard(record), Ok(None))
    }

    fn handle<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        record: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let (Some(ticket), Some(heard)) = (record.ticket, heard(record)?) else {
                return Ok(());
            };
            if is_told_at_once(tx, ticket, record, &heard).await? {
                return Ok(());
            }
            let (news, by) = news(tx, ticket, record, heard).await?;
            let Some((shelf, circle)) = store::circle(tx, ticket).await? else {
                return Ok(());
            };
            if matches!(
                shelf,
                Shelf::Spam | Shelf::Trash | Shelf::Bulk | Shelf::Merged
            ) {
                return Ok(());
            }
            // Its answers are told on the ticket it stands beside.
            if shelf == Shelf::Side && news == News::CustomerReplied {
                return Ok(());
            }
            let now = self.clock.now();
            let mut notices = rules::notices(&news, by, &circle);
            stand_ins(tx, &mut notices, by, now).await?;
            for notice in notices {
                let context = Context {
                    actor: by,
                    ..Context::system(record.at).caused_by(record)
                };
                tell(tx, ticket, (record.id, context, now), notice).await?;
            }
            Ok(())
        })
    }
}

/// What a record says by itself.
enum Heard {
    Assigned(AgentId),
    Mentioned(Vec<AgentId>),
    /// A mail is taken in by us, but it is the customer who speaks.
    Replied(CustomerId),
    /// Nobody knows whether this message arrived, or it did not.
    Failed(i64),
    /// The command knew whom it concerns.
    Told(NotificationKind, Vec<AgentId>),
}

/// What a record tells that agents may have to hear of.
fn heard(record: &StoredRecord) -> Result<Option<Heard>, DecodeError> {
    if let Some(created) = record.decode::<TicketCreated>()? {
        return Ok(created.assignee.map(Heard::Assigned));
    }
    if let Some(TicketAssigned { assignee, .. }) = record.decode()? {
        let to = assignee.to.filter(|to| assignee.from != Some(*to));
        return Ok(to.map(Heard::Assigned));
    }
    if let Some(note) = record.decode::<NoteAdded>()? {
        let names_any = !note.mentions.is_empty();
        return Ok(names_any.then_some(Heard::Mentioned(note.mentions)));
    }
    if let Some(message) = record.decode::<MessageReceived>()? {
        // The first message is the ticket itself, and a machine's answer is nobody's.
        let is_answer = message.number > 1 && !message.auto_reply;
        return Ok(is_answer.then_some(Heard::Replied(message.customer)));
    }
    if let Some(DeliveryChanged { number, state, .. }) = record.decode()? {
        let failed = matches!(state.to, DeliveryState::Refused | DeliveryState::Uncertain);
        let by_agent = matches!(record.actor, Actor::Agent(_));
        return Ok((failed && !by_agent).then_some(Heard::Failed(number)));
    }
    if let Some(due) = record.decode::<PromiseFellDue>()? {
        return Ok(Some(Heard::Told(NotificationKind::PromiseDue, due.told)));
    }
    let told = told(record)?.filter(|(_, agents)| !agents.is_empty());
    Ok(told.map(|(kind, agents)| Heard::Told(kind, agents)))
}

/// Whom the command that wrote the record wants told of it.
fn told(record: &StoredRecord) -> Result<Option<(NotificationKind, Vec<AgentId>)>, DecodeError> {
    if let Some(started) = record.decode::<SideConversationStarted>()? {
        return Ok(Some((NotificationKind::SideAnswered, started.told)));
    }
    if let Some(answered) = record.decode::<SideConversationAnswered>()? {
        return Ok(Some((NotificationKind::SideAnswered, answered.told)));
    }
    if let Some(escalated) = record.decode::<TicketEscalated>()? {
        return Ok(Some((NotificationKind::Escalated, escalated.told)));
    }
    if let Some(moved) = record.decode::<EscalationMoved>()? {
        return Ok(Some((NotificationKind::Escalated, moved.told)));
    }
    if let Some(handed) = record.decode::<TicketHandedOver>()? {
        return Ok(Some((NotificationKind::HandedOver, handed.told)));
    }
    if let Some(added) = record.decode::<TasksAdded>()? {
        return Ok(Some((NotificationKind::Task, added.told)));
    }
    if let Some(changed) = record.decode::<TaskChanged>()? {
        return Ok(Some((NotificationKind::Task, changed.told)));
    }
    if let Some(due) = record.decode::<TaskFellDue>()? {
        return Ok(Some((NotificationKind::Task, due.told)));
    }
    Ok(None)
}

/// Whether it is part of a hand-over, of which the receiver hears once and not for each ticket.
async fn is_told_at_once(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    record: &StoredRecord,
    heard: &Heard,
) -> Result<bool, Refusal> {
    match (heard, record.actor) {
        (Heard::Assigned(_), Actor::Agent(from)) => {
            Ok(hand_overs::store::passed_on(tx, ticket, from, record.at).await?)
        }
        _ => Ok(false),
    }
}

/// The news in it, and who caused them.
async fn news(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    record: &StoredRecord,
    heard: Heard,
) -> Result<(News, Actor), Refusal> {
    let by = record.actor;
    Ok(match heard {
        Heard::Assigned(to) => (News::Assigned(to), by),
        Heard::Mentioned(agents) => (News::Mentioned(agents), by),
        Heard::Replied(customer) => (News::CustomerReplied, Actor::Customer(customer)),
        Heard::Failed(number) => {
            let author = messages::store::author_agent(tx, ticket, number).await?;
            (News::DeliveryFailed(author), by)
        }
        Heard::Told(kind, agents) => (News::Told(kind, agents), by),
    })
}

/// Adds those who stand in for the absent among the told.
async fn stand_ins(
    tx: &mut Tx<'_>,
    notices: &mut Vec<Notice>,
    by: Actor,
    now: Timestamp,
) -> Result<(), Refusal> {
    let absent = notices.clone();
    for notice in absent.iter().filter(|it| rules::reaches_stand_in(it.kind)) {
        let Deputy::StandIn(agent) = absences::deputy(tx, notice.agent, now).await? else {
            continue;
        };
        if by != Actor::Agent(agent) && notices.iter().all(|told| told.agent != agent) {
            let kind = NotificationKind::StandingIn;
            notices.push(Notice { agent, kind });
        }
    }
    Ok(())
}

/// Tells one agent what `record` says and the context's actor did; each record tells an agent once.
pub(crate) async fn tell(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    (record, context, now): (RecordId, Context, Timestamp),
    notice: Notice,
) -> Result<(), Refusal> {
    let agent = identity::agents::store::find(tx, notice.agent).await?;
    if agent.is_none_or(|agent| agent.status != AgentStatus::Active) {
        return Ok(());
    }
    let settings = commands::settings_of(tx, notice.agent).await?;
    let ways = settings.kinds.of(notice.kind);
    if !ways.app && !ways.browser && !ways.mail {
        return Ok(());
    }
    let new = NewNotification {
        notice,
        record,
        ticket,
        actor: context.actor,
        at: context.at,
        app: ways.app,
        mail: if ways.mail {
            MailState::Due
        } else {
            MailState::None
        },
    };
    let Some(notification) = store::insert(tx, new).await? else {
        return Ok(());
    };
    let quiet = rules::quiet_until(&settings.quiet_hours, now).is_some();
    let created = NotificationCreated {
        notification,
        kind: notice.kind,
        ticket,
        app: ways.app,
        browser: ways.browser && !quiet,
    };
    let context = Context {
        actor: Actor::System,
        ..context
    };
    journal::append(tx, &context, Subject::agent(notice.agent), &created).await?;
    if ways.mail {
        let run_at = rules::mail_at(&settings.quiet_hours, now);
        plan_mail(tx, notice.agent, ticket, run_at).await?;
    }
    Ok(())
}

/// One mail for everything that falls into the same window.
async fn plan_mail(
    tx: &mut Tx<'_>,
    agent: AgentId,
    ticket: TicketId,
    run_at: Timestamp,
) -> Result<(), Refusal> {
    let payload = serde_json::to_string(&NotifyMail { agent, ticket })
        .map_err(|error| Refusal::broken(error.to_string()))?;
    let key = format!("notify:{agent}:{ticket}:{}", run_at.micros());
    let job = NewJob {
        kind: NOTIFY_MAIL,
        key,
        payload,
        run_at,
        ticket: Some(ticket),
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}
