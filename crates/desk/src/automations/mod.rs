//! Rules: when something happens to a ticket, or a time has passed, and it meets conditions, then
//! actions are done to it.
//!
//! Invariants: one single reader decides about event rules, in the order of the journal and in the
//! order of the rules, and writes effects, run log and position in one transaction; what a rule
//! can't do to the end it does not do at all, and the ticket and the other rules go on; a rule runs
//! at most once on a ticket for one chain of causes, and a time rule at most once for each due
//! moment; quiet records and what rules themselves sent start nothing. A rule that fails
//! [`rules::FAILURES_MAX`] times in a row is switched off, and admins are told.
//!
//! The API and the code call them rules; the folder has another name because `rules.rs` is what
//! holds pure decisions.

mod act;
pub mod commands;
mod compiled;
pub mod dry_run;
mod http;
mod reactions;
pub mod rules;
mod rules_cycles;
mod rules_replay;
mod say;
pub mod store;

use kernel::ids::{AgentId, MacroId, RecordId, RuleId, RuleRunId, TeamId, TicketId, WebhookId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::Action;
use crate::conditions::{Condition, Conditions, Operand};

pub(crate) use act::is_rule;
pub use http::router;
pub(crate) use reactions::tell_admins;
pub use reactions::{FailingRules, PlanRules, RuleReader, TimeRules};

words! {
    /// What happens to tickets that rules can follow.
    RuleEvent {
        /// A ticket began.
        Created = "ticket_created",
        /// The customer wrote again; not the first message, and no machine's answer.
        CustomerWrote = "customer_wrote",
        /// A reply of ours went out.
        Replied = "reply_released",
        /// A colleague left a note.
        Noted = "note_added",
        /// The status moved.
        StatusChanged = "status_changed",
        /// The priority moved.
        PriorityChanged = "priority_changed",
        /// It became another kind of work.
        TypeChanged = "type_changed",
        /// Somebody else has it.
        AssigneeChanged = "assignee_changed",
        /// It went into another queue.
        TeamChanged = "team_changed",
        /// Its tags changed.
        TagsChanged = "tags_changed",
        /// What its form's fields hold changed.
        FieldsChanged = "fields_changed",
        /// The time until something promised is due has become short.
        SlaWarned = "sla_warned",
        /// Something promised was not done in time.
        SlaBreached = "sla_breached",
    }
}

words! {
    /// What a time rule counts from.
    Moment {
        /// The ticket began.
        Created = "created",
        /// The customer last wrote.
        CustomerMessage = "customer_message",
        /// We last replied.
        Reply = "reply",
        /// The status was last set.
        Status = "status_set",
        /// It was last assigned.
        Assigned = "assigned",
    }
}

words! {
    /// Who acted.
    Who {
        /// A customer.
        Customer = "customer",
        /// One of us.
        Agent = "agent",
        /// Another rule.
        Rule = "rule",
        /// Evenkeel itself.
        System = "system",
    }
}

words! {
    /// What may have changed.
    ChangedField {
        /// The status.
        Status = "status",
        /// The priority.
        Priority = "priority",
        /// What kind of work it is.
        Type = "type",
        /// Who has it.
        Assignee = "assignee",
        /// Whose queue it is in.
        Team = "team",
        /// A tag: `to` when it was added, `from` when it was taken away.
        Tag = "tag",
    }
}

words! {
    /// How a rule's run ended.
    RunOutcome {
        /// Its actions were done.
        Done = "done",
        /// The ticket can't be changed any more; not the rule's fault.
        Skipped = "skipped",
        /// Its actions could not be done, and none was.
        Failed = "failed",
        /// It was held back because rules had started each other too often.
        Stopped = "stopped",
    }
}

/// When a rule looks at a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = RuleWhen)]
pub enum When {
    /// When one of these happens.
    Event {
        /// What.
        events: Vec<RuleEvent>,
    },
    /// When this time has passed and the same has not happened again.
    Time {
        /// Since when.
        since: Moment,
        /// How many minutes, in calendar time.
        minutes: i64,
    },
}

/// A change that must have happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCondition {
    /// Of what.
    pub field: ChangedField,
    /// From this; `none` for nobody or nothing, absent for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Operand>,
    /// To this; the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Operand>,
}

/// What only rules do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum RuleAction {
    /// Leaves a note.
    AddNote {
        /// The text, with the variables of macros such as `{{customer.name}}`.
        text: String,
    },
    /// Answers the requester with a fixed text: marked as automatic, at most once a day on a
    /// ticket, never to a paused address nor to a doubted sender.
    Reply {
        /// The text, with the variables of macros.
        text: String,
    },
    /// Lays a macro's text as a draft before the assignee, if they have none.
    SuggestReply {
        /// Which macro.
        macro_id: MacroId,
    },
    /// Tells colleagues.
    Notify {
        /// These.
        #[serde(default)]
        agent_ids: Vec<AgentId>,
        /// And the members of these teams.
        #[serde(default)]
        team_ids: Vec<TeamId>,
    },
    /// Calls a webhook.
    CallWebhook {
        /// Which.
        webhook_id: WebhookId,
    },
}

/// One thing that a rule does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = RuleStep)]
pub enum Step {
    /// What macros and bulk edits do too.
    Action(Action),
    /// What only rules do.
    Own(RuleAction),
}

/// When, if, then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RuleDefinition)]
pub struct Definition {
    /// When it looks at a ticket.
    pub when: When,
    /// Whose doings it follows; empty: everybody's.
    #[serde(default)]
    pub by: Vec<Who>,
    /// The changes that must all have happened.
    #[serde(default)]
    pub changes: Vec<ChangeCondition>,
    /// What the ticket must be like.
    #[serde(default)]
    pub conditions: Conditions,
    /// What is done, in this order.
    pub actions: Vec<Step>,
    /// Whether later rules are passed over for the same event once this one ran.
    #[serde(default)]
    pub stops: bool,
}

/// A rule as the API shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rule {
    /// The number.
    pub id: RuleId,
    /// The name.
    pub name: String,
    /// Whether it runs.
    pub enabled: bool,
    /// When, if, then.
    pub definition: Definition,
    /// How often it ran.
    pub runs: i64,
    /// How often it failed since it last did what it should.
    pub failures_in_row: i64,
    /// Whether it was switched off because it kept failing.
    pub switched_off: bool,
    /// When it last ran.
    pub last_run_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
    /// Who last edited it.
    pub updated_by: AgentId,
    /// Counts the edits; send it back when editing.
    pub version: i64,
}

/// A condition that was met, and the value that met it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Matched {
    /// What was asked.
    pub condition: Condition,
    /// What the ticket had.
    #[schema(value_type = Value)]
    pub actual: serde_json::Value,
}

words! {
    /// Why a step was left out.
    LeftOut {
        /// The same rule wrote on this ticket today already.
        AlreadyToday = "already_today",
        /// Mail to the address is paused.
        AddressPaused = "address_paused",
        /// Nobody knows whether the sender is who they say.
        SenderDoubted = "sender_doubted",
        /// There is no address to write to, or no entrance to write from.
        NoAddress = "no_address",
        /// So much comes in that it is gathered without answers.
        Gathering = "gathering",
        /// Nobody has the ticket.
        NoAssignee = "no_assignee",
        /// The assignee is writing already.
        DraftThere = "draft_there",
        /// A variable of its text stands for nothing here.
        Unfilled = "unfilled",
        /// The webhook is switched off.
        WebhookOff = "webhook_off",
    }
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepRun {
    /// What was to be done.
    pub step: Step,
    /// Why it was left out; null when it was done.
    pub left_out: Option<LeftOut>,
}

/// What a run did and why; stored as one encrypted value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RuleRunDetail)]
pub struct RunDetail {
    /// The conditions that were met, with the values that met them.
    pub matched: Vec<Matched>,
    /// What was done; empty when nothing was.
    pub steps: Vec<StepRun>,
    /// What was in the way.
    pub problem: Option<String>,
}

/// One run of a rule on a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleRun {
    /// The number.
    pub id: RuleRunId,
    /// Which rule.
    pub rule_id: RuleId,
    /// Its name; empty when it is gone.
    pub rule_name: String,
    /// On which ticket.
    pub ticket_id: TicketId,
    /// The record that it reacted to.
    pub record: RecordId,
    /// When.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: RunOutcome,
    /// How often it would have run again in the same chain of causes, and was held back.
    pub held_back: i64,
    /// What it did and why; null when it was erased.
    pub detail: Option<RunDetail>,
}

/// A rule was made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleCreated {
    /// Which.
    pub rule: RuleId,
    /// Its name.
    pub name: Encrypted<String>,
    /// When, if, then.
    pub definition: Encrypted<String>,
    /// Whether it runs.
    pub enabled: bool,
}

/// A rule was edited.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleChanged {
    /// Which.
    pub rule: RuleId,
    /// Its name.
    pub name: Change<Encrypted<String>>,
    /// When, if, then.
    pub definition: Change<Encrypted<String>>,
    /// Whether it runs.
    pub enabled: Change<bool>,
}

/// A rule was deleted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleDeleted {
    /// Which.
    pub rule: RuleId,
    /// Its name.
    pub name: Encrypted<String>,
}

/// The rules were put into another order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RulesOrdered {
    /// The order.
    pub rules: Change<Vec<RuleId>>,
}

/// A rule did its actions on a ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleRan {
    /// Which rule.
    pub rule: RuleId,
    /// The entry of the run log.
    pub run: RuleRunId,
}

/// A rule pointed a ticket out to colleagues.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleTold {
    /// Which rule.
    pub rule: RuleId,
    /// The entry of the run log.
    pub run: RuleRunId,
}

/// A rule could not do its actions on a ticket, or was held back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleFailed {
    /// Which rule.
    pub rule: RuleId,
    /// The entry of the run log.
    pub run: RuleRunId,
    /// How it ended.
    pub outcome: RunOutcome,
}

/// A rule was switched off because it kept failing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleSwitchedOff {
    /// Which.
    pub rule: RuleId,
    /// How often it had failed in a row.
    pub failures: i64,
}

macro_rules! kinds {
    ($($kind:literal $record:ident),+ $(,)?) => {
        $(impl Record for $record {
            const KIND: &'static str = $kind;
        })+

        /// Every kind of record about rules.
        pub const RECORDS: &[RecordType] = &[$(RecordType::of::<$record>()),+];
    };
}

kinds! {
    "rule.created" RuleCreated,
    "rule.changed" RuleChanged,
    "rule.deleted" RuleDeleted,
    "rule.ordered" RulesOrdered,
    "rule.ran" RuleRan,
    "rule.told" RuleTold,
    "rule.failed" RuleFailed,
    "rule.switched_off" RuleSwitchedOff,
}
