//! What starts a rule, what it may say, and which rules would start each other for ever. Pure.

use kernel::journal::{Actor, DecodeError, StoredRecord};
use kernel::refusal::Refusal;
use serde_json::Value;

use super::{
    ChangeCondition, ChangedField, Definition, Matched, Moment, RuleAction, RuleEvent, Step, When,
    Who,
};
use crate::conditions::{self, Condition, Facts, Field, Operand, OwnField};
use crate::fields::values::FieldsChanged;
use crate::macros::variables;
use crate::messages::{MessageReceived, NoteAdded, ReplyReleased};
use crate::sla::{SlaBreached, SlaWarned};
use crate::tickets::{
    Channel, PriorityChanged, StatusChanged, TicketAssigned, TicketCreated, TicketTagged,
    TicketType, TypeChanged,
};

/// The most rules.
pub const RULES_MAX: usize = 500;
/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 120;
/// The most events of one rule.
pub const EVENTS_MAX: usize = 20;
/// The most changes asked for by one rule.
pub const CHANGES_MAX: usize = 20;
/// The most actions of one rule.
pub const STEPS_MAX: usize = 20;
/// The most colleagues and teams told by one action.
pub const TOLD_MAX: usize = 50;
/// The longest time a time rule waits, in minutes: a year.
pub const MINUTES_MAX: i64 = 366 * 24 * 60;
/// After this many failures in a row a rule is switched off.
pub const FAILURES_MAX: i64 = 10;
/// Longest text of a note or reply, in bytes.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;
/// The word for nobody and nothing.
pub const NONE: &str = "none";

/// A value before or after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Nothing,
    /// A word.
    Word(&'static str),
    /// An id.
    Id(i64),
}

/// One field that moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub field: ChangedField,
    /// Before.
    pub from: Seen,
    /// After.
    pub to: Seen,
}

/// What a record says to rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What happened.
    pub events: Vec<RuleEvent>,
    /// Who acted.
    pub who: Who,
    /// What moved.
    pub moved: Vec<Moved>,
    /// What time rules count from here.
    pub moments: Vec<Moment>,
}

/// What a record says to rules; `None` when it says nothing to them.
pub fn happening(record: &StoredRecord) -> Result<Option<Happening>, DecodeError> {
    let who = who(record.actor);
    let told = |events: &[RuleEvent], who, moved: Vec<Moved>, moments: &[Moment]| {
        Ok(Some(Happening {
            events: events.to_vec(),
            who,
            moved,
            moments: moments.to_vec(),
        }))
    };
    if let Some(created) = record.decode::<TicketCreated>()? {
        let who = match created.channel {
            Channel::Agent => who,
            _ => Who::Customer,
        };
        let moments: &[Moment] = if created.assignee.is_some() {
            &[Moment::Created, Moment::Status, Moment::Assigned]
        } else {
            &[Moment::Created, Moment::Status]
        };
        return told(&[RuleEvent::Created], who, Vec::new(), moments);
    }
    if let Some(message) = record.decode::<MessageReceived>()? {
        // A machine's answer is nobody's, and the first message is the ticket itself.
        if message.auto_reply {
            return Ok(None);
        }
        let events: &[RuleEvent] = match message.number {
            1 => &[],
            _ => &[RuleEvent::CustomerWrote],
        };
        let moments = &[Moment::CustomerMessage];
        return told(events, Who::Customer, Vec::new(), moments);
    }
    if record.decode::<ReplyReleased>()?.is_some() {
        // What a rule sent is no answer of a person and starts nothing.
        if who == Who::Rule {
            return Ok(None);
        }
        return told(&[RuleEvent::Replied], who, Vec::new(), &[Moment::Reply]);
    }
    if record.decode::<NoteAdded>()?.is_some() {
        return told(&[RuleEvent::Noted], who, Vec::new(), &[]);
    }
    if record.decode::<FieldsChanged>()?.is_some() {
        return told(&[RuleEvent::FieldsChanged], who, Vec::new(), &[]);
    }
    if record.decode::<SlaWarned>()?.is_some() {
        return told(&[RuleEvent::SlaWarned], who, Vec::new(), &[]);
    }
    if record.decode::<SlaBreached>()?.is_some() {
        return told(&[RuleEvent::SlaBreached], who, Vec::new(), &[]);
    }
    changed(record, who)
}

fn changed(record: &StoredRecord, who: Who) -> Result<Option<Happening>, DecodeError> {
    let one = |event, field, from, to, moments: &[Moment]| {
        Ok(Some(Happening {
            events: vec![event],
            who,
            moved: vec![Moved { field, from, to }],
            moments: moments.to_vec(),
        }))
    };
    if let Some(StatusChanged { status, .. }) = record.decode()? {
        let (from, to) = (status.from.as_str(), status.to.as_str());
        return one(
            RuleEvent::StatusChanged,
            ChangedField::Status,
            Seen::Word(from),
            Seen::Word(to),
            &[Moment::Status],
        );
    }
    if let Some(PriorityChanged { priority }) = record.decode()? {
        let (from, to) = (priority.from.as_str(), priority.to.as_str());
        return one(
            RuleEvent::PriorityChanged,
            ChangedField::Priority,
            Seen::Word(from),
            Seen::Word(to),
            &[],
        );
    }
    if let Some(TypeChanged { ticket_type }) = record.decode()? {
        let seen = |it: Option<TicketType>| it.map_or(Seen::Nothing, |it| Seen::Word(it.as_str()));
        return one(
            RuleEvent::TypeChanged,
            ChangedField::Type,
            seen(ticket_type.from),
            seen(ticket_type.to),
            &[],
        );
    }
    if let Some(assigned) = record.decode::<TicketAssigned>()? {
        return Ok(Some(handed(&assigned, who)));
    }
    if let Some(TicketTagged { tags }) = record.decode()? {
        let added = tags.to.iter().filter(|tag| !tags.from.contains(tag));
        let removed = tags.from.iter().filter(|tag| !tags.to.contains(tag));
        let moved = |from, to| Moved {
            field: ChangedField::Tag,
            from,
            to,
        };
        let moved = added
            .map(|tag| moved(Seen::Nothing, Seen::Id(tag.0)))
            .chain(removed.map(|tag| moved(Seen::Id(tag.0), Seen::Nothing)))
            .collect();
        return Ok(Some(Happening {
            events: vec![RuleEvent::TagsChanged],
            who,
            moved,
            moments: Vec::new(),
        }));
    }
    Ok(None)
}

fn handed(assigned: &TicketAssigned, who: Who) -> Happening {
    let id = |it: Option<i64>| it.map_or(Seen::Nothing, Seen::Id);
    let (assignee, team) = (&assigned.assignee, &assigned.team);
    let mut happening = Happening {
        events: Vec::new(),
        who,
        moved: Vec::new(),
        moments: Vec::new(),
    };
    if assignee.from != assignee.to {
        happening.events.push(RuleEvent::AssigneeChanged);
        happening.moved.push(Moved {
            field: ChangedField::Assignee,
            from: id(assignee.from.map(|it| it.0)),
            to: id(assignee.to.map(|it| it.0)),
        });
        happening.moments.push(Moment::Assigned);
    }
    if team.from != team.to {
        happening.events.push(RuleEvent::TeamChanged);
        happening.moved.push(Moved {
            field: ChangedField::Team,
            from: id(team.from.map(|it| it.0)),
            to: id(team.to.map(|it| it.0)),
        });
    }
    happening
}

fn who(actor: Actor) -> Who {
    match actor {
        Actor::Agent(_) => Who::Agent,
        Actor::Customer(_) => Who::Customer,
        Actor::Rule(_) => Who::Rule,
        Actor::Bot | Actor::System | Actor::Import => Who::System,
    }
}

/// Whether an event rule follows what happened, before its conditions are looked at.
pub fn follows(definition: &Definition, happening: &Happening) -> bool {
    let When::Event { events } = &definition.when else {
        return false;
    };
    let by = &definition.by;
    events.iter().any(|event| happening.events.contains(event))
        && (by.is_empty() || by.contains(&happening.who))
        && definition
            .changes
            .iter()
            .all(|change| happening.moved.iter().any(|moved| has_moved(change, moved)))
}

fn has_moved(change: &ChangeCondition, moved: &Moved) -> bool {
    let fits =
        |wanted: &Option<Operand>, seen| wanted.as_ref().is_none_or(|wanted| is_seen(wanted, seen));
    change.field == moved.field && fits(&change.from, moved.from) && fits(&change.to, moved.to)
}

fn is_seen(wanted: &Operand, seen: Seen) -> bool {
    match (wanted, seen) {
        (Operand::Text(word), Seen::Nothing) => word == NONE,
        (Operand::Text(word), Seen::Word(is)) => word == is,
        (Operand::Number(id), Seen::Id(is)) => *id == is,
        (Operand::List(list), seen) => list.iter().any(|it| is_seen(it, seen)),
        _ => false,
    }
}

/// The conditions that are met, each with the value that meets it, for the run log.
pub fn matched(definition: &Definition, facts: &Facts, at: conditions::Moment) -> Vec<Matched> {
    let all = definition.conditions.all.iter();
    let any = definition.conditions.any.iter();
    let met = any.filter(|condition| {
        let alone = conditions::Conditions {
            all: vec![(*condition).clone()],
            any: Vec::new(),
        };
        conditions::rules::holds(&alone, facts, &at)
    });
    all.chain(met)
        .map(|condition: &Condition| Matched {
            condition: condition.clone(),
            actual: actual(condition.field, facts),
        })
        .collect()
}

fn actual(field: Field, facts: &Facts) -> Value {
    let Field::Own(field) = field else {
        return Value::Null;
    };
    let json = match field {
        OwnField::Status => serde_json::to_value(facts.status),
        OwnField::Priority => serde_json::to_value(facts.priority),
        OwnField::Type => serde_json::to_value(facts.ticket_type),
        OwnField::Place => serde_json::to_value(facts.place),
        OwnField::Shelf => serde_json::to_value(facts.shelf),
        OwnField::Channel => serde_json::to_value(facts.channel),
        OwnField::Assignee => serde_json::to_value(facts.assignee),
        OwnField::Team => serde_json::to_value(facts.team),
        OwnField::Inbox => serde_json::to_value(facts.inbox),
        OwnField::Brand => serde_json::to_value(facts.brand),
        OwnField::Requester => serde_json::to_value(facts.requester),
        OwnField::Tag => serde_json::to_value(&facts.tags),
        OwnField::Subject => serde_json::to_value(&facts.subject),
        OwnField::LastDirection => serde_json::to_value(facts.last_direction),
        OwnField::MessageCount => serde_json::to_value(facts.message_count),
        OwnField::HasAttachments => serde_json::to_value(facts.has_attachments),
        OwnField::NeedsAttention => serde_json::to_value(facts.needs_attention),
        OwnField::CreatedAt => serde_json::to_value(facts.created_at),
        OwnField::UpdatedAt => serde_json::to_value(facts.updated_at),
        OwnField::LastMessageAt => serde_json::to_value(facts.last_message_at),
        OwnField::SnoozedUntil => serde_json::to_value(facts.snoozed_until),
    };
    json.unwrap_or(Value::Null)
}

fn check_text(at: &str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.len() > TEXT_BYTES_MAX {
        let mend = format!("write 1 to {} KiB", TEXT_BYTES_MAX / 1024);
        return Err(Refusal::invalid(at, "is empty or too long", mend));
    }
    variables::check(at, text)
}

/// Tidies a name given by a person.
pub fn name(given: &str) -> Result<String, Refusal> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(char::is_control);
    if name.is_empty() || !fits {
        return Err(Refusal::invalid(
            "name",
            "is empty or too long",
            format!("use 1 to {NAME_CHARS_MAX} plain characters, such as VIP first"),
        ));
    }
    Ok(name)
}

/// Refuses what makes no sense, whatever there is at present.
pub fn check(definition: &Definition) -> Result<(), Refusal> {
    let wrong = |field: &str, reason: &str, mend: String| {
        Err(Refusal::invalid(
            format!("definition.{field}"),
            reason,
            mend,
        ))
    };
    match &definition.when {
        When::Event { events } if events.is_empty() || events.len() > EVENTS_MAX => {
            let mend = format!("choose 1 to {EVENTS_MAX} events");
            return wrong("when.events", "does not fit", mend);
        }
        When::Time { minutes, .. } if !(1..=MINUTES_MAX).contains(minutes) => {
            let mend = "give a number of minutes, at most a year".to_owned();
            return wrong("when.minutes", "does not fit", mend);
        }
        When::Time { .. } if !definition.changes.is_empty() || !definition.by.is_empty() => {
            let mend = "leave out who acted and what changed".to_owned();
            return wrong("changes", "does not fit a rule that waits for a time", mend);
        }
        _ => {}
    }
    if definition.changes.len() > CHANGES_MAX {
        return wrong(
            "changes",
            "is too long",
            format!("keep at most {CHANGES_MAX}"),
        );
    }
    if definition.actions.is_empty() || definition.actions.len() > STEPS_MAX {
        let mend = format!("choose 1 to {STEPS_MAX} actions");
        return wrong("actions", "does not fit", mend);
    }
    for (index, step) in definition.actions.iter().enumerate() {
        let at = format!("definition.actions.{index}");
        match step {
            Step::Own(RuleAction::AddNote { text } | RuleAction::Reply { text }) => {
                check_text(&format!("{at}.text"), text)?;
            }
            Step::Own(RuleAction::Notify {
                agent_ids,
                team_ids,
            }) if !(1..=TOLD_MAX).contains(&agent_ids.len().saturating_add(team_ids.len())) => {
                let mend = format!("name 1 to {TOLD_MAX} colleagues or teams");
                return Err(Refusal::invalid(at, "tells nobody, or too many", mend));
            }
            _ => {}
        }
    }
    Ok(())
}
