//! Writing in a side conversation, and ending it.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, AttachmentId, SideConversationId, TeamId};
use kernel::journal::{self, Change, Context};
use kernel::refusal::Refusal;

use super::guard::{spoken, wake_later};
use super::start::Asked;
use super::{
    SideConversationAnswered, SideConversationChanged, SideState, SideThread, SideTurn, Stored,
    present, rules, store,
};
use crate::drafts::Mailbox;
use crate::html::Clean;
use crate::messages::commands::reply::{NewReply, reply};
use crate::tickets::commands::{change, open, subject};
use crate::tickets::{self, Status, Ticket};
use crate::{Desk, messages, teams};

const POST: &str = "side_message.create";
const NOT_FOUND: Refusal = Refusal::NotFound {
    what: "side conversation",
};

/// A message to write.
#[derive(Clone, Debug, Default)]
pub struct NewSideMessage {
    /// The text.
    pub html: String,
    /// Uploads that go with a mail.
    pub attachment_ids: Vec<AttachmentId>,
    /// The newest message that its author saw; only looked at for mail.
    pub seen_number: i64,
}

/// Writes in a side conversation: by mail to people outside, or among colleagues.
pub async fn post(
    desk: &Desk,
    caller: &Caller,
    id: SideConversationId,
    new: NewSideMessage,
    once: IdempotencyKey,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketNote)?;
    let find = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        store::find(tx, id).await?.ok_or(NOT_FOUND)
    };
    let found = desk.kernel.db.read(find).await?;
    match found.side_ticket {
        Some(carrier) => {
            let mail = NewReply {
                html: new.html,
                attachment_ids: new.attachment_ids,
                seen_number: new.seen_number,
                status_after: Some(Status::Pending),
                ..NewReply::default()
            };
            reply(desk, caller, carrier, mail, once).await?;
            handed_on(desk, caller, id).await
        }
        None => post_inside(desk, caller, found, new, once).await,
    }
}

async fn post_inside(
    desk: &Desk,
    caller: &Caller,
    found: Stored,
    new: NewSideMessage,
    once: IdempotencyKey,
) -> Result<(), Refusal> {
    if !new.attachment_ids.is_empty() {
        let reason = "can't go into a conversation among colleagues";
        let mend = "leave the files as a note on the ticket, where everybody sees them";
        return Err(Refusal::invalid("attachment_ids", reason, mend));
    }
    let body = messages::rules::body(&new.html, false)?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            if let Some(key) = &once.0
                && idempotency::find(tx, agent, key, POST).await?.is_some()
            {
                return Ok(());
            }
            let (ticket, ctx) = open(tx, &ctx, found.ticket).await?;
            let mut side = store::lock(tx, found.id).await?.ok_or(NOT_FOUND)?;
            said(&kernel, tx, &ctx, &ticket, &mut side, (agent, &body)).await?;
            let theirs = colleagues(tx, &side).await?;
            let asked = theirs.contains(&agent);
            let turn = rules::turn(agent, side.owner, ticket.assignee, asked);
            side.state = SideState::Open;
            spoken(&mut side, turn, &ctx);
            store::save(tx, &side).await?;
            let ours: Vec<_> = ticket.assignee.into_iter().chain([side.owner]).collect();
            let record = SideConversationAnswered {
                side_conversation: side.id,
                number: side.last_number,
                waits_for: turn,
                told: rules::told(Some(agent), turn, &ours, &theirs),
            };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
            if turn == SideTurn::Us {
                wake_later(tx, &side, side.last_number, &ctx).await?;
            }
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, POST, side.last_number, ctx.at).await?;
            }
            Ok(())
        })
        .await
}

/// Notes that a mail waits to go out: it is the others' turn.
async fn handed_on(desk: &Desk, caller: &Caller, id: SideConversationId) -> Result<(), Refusal> {
    let ctx = caller.context(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let mut side = store::lock(tx, id).await?.ok_or(NOT_FOUND)?;
            side.state = SideState::Open;
            spoken(&mut side, SideTurn::Them, &ctx);
            store::save(tx, &side).await?;
            Ok(())
        })
        .await
}

/// Writes a message among colleagues; the caller saves the side conversation.
pub(super) async fn said(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    side: &mut Stored,
    (agent, body): (AgentId, &Clean),
) -> Result<(), Refusal> {
    side.last_number = side.last_number.saturating_add(1);
    let html = kernel.keys.encrypt(tx, ticket.key, &body.html).await?;
    let text = kernel.keys.encrypt(tx, ticket.key, &body.text).await?;
    let place = (side.id, side.last_number);
    store::add_message(tx, place, agent, (html, text), ctx.at).await?;
    store::save(tx, side).await?;
    Ok(())
}

/// Those who are asked.
pub(super) async fn colleagues(tx: &mut Tx<'_>, side: &Stored) -> Result<Vec<AgentId>, Refusal> {
    let mut asked: Vec<AgentId> = side.agent.into_iter().collect();
    if let Some(team) = side.team {
        asked.extend(teams::store::members(tx, team).await?);
    }
    Ok(asked)
}

/// Ends a side conversation, or opens it again.
pub async fn set_state(
    desk: &Desk,
    caller: &Caller,
    id: SideConversationId,
    version: i64,
    to: SideState,
) -> Result<SideThread, Refusal> {
    caller.require(Permission::TicketNote)?;
    let ctx = caller.context(desk.kernel.clock.now());
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(
            async move |tx: &mut Tx<'_>| -> Result<SideThread, Refusal> {
                let found = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
                // The ticket that carries the mail is locked before the side conversation, as an
                // answer that comes in does.
                let carrier = match found.side_ticket {
                    Some(carrier) => Some(open(tx, &ctx, carrier).await?),
                    None => None,
                };
                let mut side = store::lock(tx, id).await?.ok_or(NOT_FOUND)?;
                if side.version != version {
                    return Err(Refusal::Stale {
                        what: "side conversation",
                    });
                }
                if side.state == to {
                    return present::thread(&kernel, tx, side).await;
                }
                let state = Change {
                    from: side.state,
                    to,
                };
                side.state = to;
                side.version = side.version.saturating_add(1);
                store::save(tx, &side).await?;
                if let Some((mut carrier, ctx)) = carrier {
                    let status = match to {
                        SideState::Done => Status::Solved,
                        SideState::Open => Status::Open,
                    };
                    if carrier.status != Status::Closed {
                        change::status(tx, &ctx, &mut carrier, status).await?;
                        tickets::store::save(tx, &carrier).await?;
                    }
                }
                let ticket = tickets::store::find(tx, side.ticket).await?;
                if let Some(ticket) = ticket {
                    let record = SideConversationChanged {
                        side_conversation: id,
                        state,
                    };
                    journal::append(tx, &ctx, subject(&ticket), &record).await?;
                }
                present::thread(&kernel, tx, side).await
            },
        )
        .await
}

/// A side conversation with its messages.
pub async fn read(
    desk: &Desk,
    caller: &Caller,
    id: SideConversationId,
) -> Result<SideThread, Refusal> {
    caller.require(Permission::TicketRead)?;
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<SideThread, Refusal> {
                let side = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
                present::thread(&kernel, tx, side).await
            },
        )
        .await
}

/// Reads who is asked: exactly one way.
pub(super) fn whom(
    people: Option<Vec<Mailbox>>,
    agent: Option<AgentId>,
    team: Option<TeamId>,
) -> Result<Asked, Refusal> {
    match (people, agent, team) {
        (Some(people), None, None) => Ok(Asked::People(people)),
        (None, Some(agent), None) => Ok(Asked::Agent(agent)),
        (None, None, Some(team)) => Ok(Asked::Team(team)),
        _ => {
            let reason = "must be the only one of to, agent_id and team_id";
            let mend = "name people outside, one colleague or one team";
            Err(Refusal::invalid("to", reason, mend))
        }
    }
}
