//! Protection from abuse: a mark on a message, and a ladder of steps that ends with an appeal.
//!
//! Invariants: anger about bad service is not abuse, and only a person marks; nobody is restricted
//! or blocked for good, or without being told why, until when, and how to object; what a blocked
//! customer sends is kept and laid aside, and what speaks of an emergency is never laid aside; an
//! appeal is decided by somebody who had no part in it; each step is kept with who took it. An
//! agent is never obliged to bear it alone: handing over is always allowed, and nothing counts it.

pub mod commands;
mod http;
pub mod recovery;
pub mod rules;
pub mod store;
pub mod words;

use kernel::ids::{AbuseStepId, AgentId, AppealId, CustomerId, InboxId, TeamId, TicketId};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::surveys::CareLanguage;
pub use http::router;
pub use recovery::Recovery;

words! {
    /// What is abusive about a message.
    AbuseKind {
        /// Insults.
        Insult = "insult",
        /// Threats of harm.
        Threat = "threat",
        /// Harassing or following a person.
        Harassment = "harassment",
        /// Sexual remarks or pictures.
        Sexual = "sexual",
        /// Contempt for what somebody is.
        Discrimination = "discrimination",
        /// Flooding us.
        SpamFlood = "spam_flood",
    }
}

words! {
    /// A step of the ladder, from mild to severe.
    AbuseStep {
        /// The customer is asked to stop.
        Warn = "warn",
        /// The contact is ended.
        End = "end",
        /// Contact is limited for a time.
        Restrict = "restrict",
        /// Contact is refused for a time.
        Block = "block",
    }
}

words! {
    /// What an appeal comes to.
    AppealDecision {
        /// The step stays.
        Uphold = "uphold",
        /// The step ends.
        Lift = "lift",
    }
}

words! {
    /// What a text is for.
    AbusePurpose {
        /// A reply that warns.
        Warn = "warn",
        /// A reply that ends the contact.
        End = "end",
        /// The notice of a restriction.
        Restrict = "restrict",
        /// The notice of a block.
        Block = "block",
        /// The answer to an appeal: it stays.
        Upheld = "upheld",
        /// The answer to an appeal: it ends.
        Lifted = "lifted",
    }
}

/// A mark as stored.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The ticket.
    pub ticket: TicketId,
    /// The message.
    pub number: i64,
    /// Who wrote it.
    pub customer: CustomerId,
    /// What is abusive about it.
    pub kind: AbuseKind,
    /// What the agent added.
    pub note: Option<Encrypted<String>>,
    /// Who marked it.
    pub by: AgentId,
    /// When.
    pub at: Timestamp,
}

/// A step as stored.
#[derive(Clone, Debug)]
pub struct Step {
    /// The number.
    pub id: AbuseStepId,
    /// Against whom.
    pub customer: CustomerId,
    /// On which ticket.
    pub ticket: Option<TicketId>,
    /// Which step.
    pub step: AbuseStep,
    /// Who took it.
    pub by: AgentId,
    /// When.
    pub at: Timestamp,
    /// When it ends; none for what is done at once.
    pub ends_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<Encrypted<String>>,
    /// The only inbox that the customer may write to.
    pub inbox: Option<InboxId>,
    /// The queue that their mail goes to.
    pub team: Option<TeamId>,
    /// Whether their mail waits behind others.
    pub slow: bool,
    /// When it was lifted before its time.
    pub lifted_at: Option<Timestamp>,
    /// How many of their mails were laid aside.
    pub aside_count: i64,
    /// The ticket that the last of them is on.
    pub last_ticket: Option<TicketId>,
    /// Counts the changes.
    pub version: i64,
}

impl Step {
    /// Whether it limits the customer at `at`.
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        self.lifted_at.is_none() && self.ends_at.is_some_and(|end| at < end)
    }
}

/// An appeal as stored.
#[derive(Clone, Debug)]
pub struct Appeal {
    /// The number.
    pub id: AppealId,
    /// The step.
    pub step: AbuseStepId,
    /// Whose it is.
    pub customer: CustomerId,
    /// What they say.
    pub text: Encrypted<String>,
    /// When.
    pub at: Timestamp,
    /// What it came to.
    pub decision: Option<AppealDecision>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i64,
}

/// A message was marked as abusive.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseMarked {
    /// The message.
    pub number: i64,
    /// What is abusive about it.
    pub kind: AbuseKind,
    /// What the agent added.
    pub note: Option<Encrypted<String>>,
}

/// A mark was taken away.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseUnmarked {
    /// The message.
    pub number: i64,
}

/// A step was taken.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseStepTaken {
    /// Its number.
    pub id: AbuseStepId,
    /// Which step.
    pub step: AbuseStep,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<Encrypted<String>>,
}

/// A step was lifted before its time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseStepLifted {
    /// Its number.
    pub id: AbuseStepId,
    /// Which step.
    pub step: AbuseStep,
    /// Why.
    pub reason: Encrypted<String>,
}

/// A mail was kept and laid aside.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseLaidAside {
    /// The step that did it.
    pub id: AbuseStepId,
    /// The message.
    pub number: i64,
}

/// A mail of a blocked customer speaks of an emergency and was let through.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseEmergency {
    /// The step that it passed.
    pub id: AbuseStepId,
    /// The message.
    pub number: i64,
}

/// The customer was told of a step, or of what their appeal came to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseNoticed {
    /// The step.
    pub id: AbuseStepId,
    /// Of what.
    pub purpose: AbusePurpose,
}

/// A customer objected to a step.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseAppealed {
    /// The step.
    pub id: AbuseStepId,
    /// The appeal.
    pub appeal: AppealId,
}

/// An appeal was decided.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseAppealDecided {
    /// The step.
    pub id: AbuseStepId,
    /// The appeal.
    pub appeal: AppealId,
    /// What it came to.
    pub decision: AppealDecision,
    /// Why.
    pub reason: Encrypted<String>,
}

/// An agent handed an abusive contact over.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseHandedOver {
    /// Whether they take time to recover.
    pub pause: bool,
}

/// A text was rewritten.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AbuseTextChanged {
    /// What it is for.
    pub purpose: AbusePurpose,
    /// In which language.
    pub language: CareLanguage,
    /// The text.
    pub text: Encrypted<String>,
}

macro_rules! kinds {
    ($($kind:literal $record:ident),+ $(,)?) => {
        $(impl Record for $record {
            const KIND: &'static str = $kind;
        })+

        /// Every kind of record about abuse.
        pub const RECORDS: &[RecordType] = &[$(RecordType::of::<$record>()),+];
    };
}

kinds! {
    "abuse.marked" AbuseMarked,
    "abuse.unmarked" AbuseUnmarked,
    "abuse.step_taken" AbuseStepTaken,
    "abuse.step_lifted" AbuseStepLifted,
    "abuse.laid_aside" AbuseLaidAside,
    "abuse.emergency" AbuseEmergency,
    "abuse.noticed" AbuseNoticed,
    "abuse.appealed" AbuseAppealed,
    "abuse.appeal_decided" AbuseAppealDecided,
    "abuse.handed_over" AbuseHandedOver,
    "abuse_text.changed" AbuseTextChanged,
}
