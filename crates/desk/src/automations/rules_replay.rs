//! Tickets as they were, and what actions would change on them. Pure.

use kernel::journal::{DecodeError, StoredRecord};

use super::Step;
use crate::actions::{Action, Assign};
use crate::conditions::Facts;
use crate::messages::{MessageReceived, NoteAdded, ReplyReleased};
use crate::tickets::{
    PriorityChanged, RequesterChanged, StatusChanged, TicketAssigned, TicketMoved, TicketSnoozed,
    TicketTagged, TypeChanged,
};

/// Takes back what a record changed.
pub fn put_back(facts: &mut Facts, record: &StoredRecord) -> Result<(), DecodeError> {
    if let Some(StatusChanged { status, shelf }) = record.decode()? {
        (facts.status, facts.shelf) = (status.from, shelf.from);
    } else if let Some(PriorityChanged { priority }) = record.decode()? {
        facts.priority = priority.from;
    } else if let Some(TypeChanged { ticket_type }) = record.decode()? {
        facts.ticket_type = ticket_type.from;
    } else if let Some(TicketAssigned { assignee, team }) = record.decode()? {
        (facts.assignee, facts.team) = (assignee.from, team.from);
    } else if let Some(TicketTagged { tags }) = record.decode()? {
        facts.tags = tags.from;
    } else if let Some(TicketMoved { place, shelf }) = record.decode()? {
        (facts.place, facts.shelf) = (place.from, shelf.from);
    } else if let Some(TicketSnoozed { until, shelf }) = record.decode()? {
        (facts.snoozed_until, facts.shelf) = (until.from, shelf.from);
    } else if let Some(RequesterChanged { requester }) = record.decode()? {
        facts.requester = requester.from;
    } else if record.decode::<MessageReceived>()?.is_some()
        || record.decode::<ReplyReleased>()?.is_some()
        || record.decode::<NoteAdded>()?.is_some()
    {
        facts.message_count = facts.message_count.saturating_sub(1);
    }
    Ok(())
}

/// The steps that would change something on such a ticket; what only rules do always does.
pub fn would_do(steps: &[Step], facts: &Facts) -> Vec<Step> {
    let changes = |step: &&Step| match step {
        Step::Own(_) => true,
        Step::Action(action) => would_change(action, facts),
    };
    steps.iter().filter(changes).cloned().collect()
}

fn would_change(action: &Action, facts: &Facts) -> bool {
    match action {
        Action::SetStatus { status } => facts.status != *status,
        Action::SetPriority { priority } => facts.priority != *priority,
        Action::SetType { ticket_type } => facts.ticket_type != *ticket_type,
        Action::Assign { to } => match to {
            Assign::Nobody => facts.assignee.is_some(),
            Assign::Me => false,
            Assign::Agent(agent) => facts.assignee != Some(*agent),
        },
        Action::SetTeam { team_id } => facts.team != *team_id,
        Action::AddTags { tag_ids } => tag_ids.iter().any(|tag| !facts.tags.contains(tag)),
        Action::RemoveTags { tag_ids } => tag_ids.iter().any(|tag| facts.tags.contains(tag)),
        Action::SetPlace { place } => facts.place != *place,
        _ => true,
    }
}
