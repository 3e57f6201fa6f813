//! Surveys: two questions after the work is done, asked by the system and never by the agent.
//!
//! Invariants: a ticket is asked about once, ever; a customer at most once in so many days; an
//! address that mail is paused to, an abuse case and a list never. "Was it solved?" and "how did
//! the person treat you?" are apart, because only the second is about the person. The words of an
//! answer count for a person only after somebody who saw neither name nor marks said that they are
//! about the person, in praise as in blame. Words are kept under the requester's key. There is no
//! list of people by figure here, and none is to come.

pub mod commands;
mod http;
pub mod letter;
pub mod page;
pub mod reactions;
pub mod rules;
pub mod store;
pub mod words;

use kernel::ids::{AgentId, CustomerId, InboxId, KeyId, SurveyId, SurveySettingId, TagId, TeamId};
use kernel::ids::{BrandId, TicketId};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::tickets::{Ticket, TicketType};

pub use http::router;

words! {
    /// What a setting is for; the more special one wins, in this order from the last.
    SurveyScope {
        /// Everybody.
        Workspace = "workspace",
        /// One brand.
        Brand = "brand",
        /// One inbox.
        Inbox = "inbox",
        /// One team.
        Team = "team",
    }
}

words! {
    /// A language that surveys and letters about abuse are written in.
    CareLanguage {
        /// English.
        En = "en",
        /// German.
        De = "de",
        /// Spanish.
        Es = "es",
        /// Arabic.
        Ar = "ar",
    }
}

words! {
    /// How far a survey is.
    SurveyState {
        /// It waits for its time.
        Planned = "planned",
        /// The ticket was reopened first.
        Cancelled = "cancelled",
        /// Something spoke against asking.
        Skipped = "skipped",
        /// Its mail is being handed over.
        Handing = "handing",
        /// The customer was asked.
        Offered = "offered",
        /// The customer answered.
        Answered = "answered",
    }
}

words! {
    /// Why a customer was not asked.
    Against {
        /// The ticket is gone.
        Gone = "gone",
        /// Surveys were turned off meanwhile.
        Off = "off",
        /// It is spam, trash or a list.
        Place = "place",
        /// No person answered it.
        Unanswered = "unanswered",
        /// It has a tag that is left out.
        Tag = "tag",
        /// It is of a kind that is left out.
        Type = "type",
        /// The draw left it out.
        Sample = "sample",
        /// The customer was asked a short time ago.
        Recent = "recent",
        /// Mail to the address is paused.
        Paused = "paused",
        /// There is no address to ask, or no inbox to ask from.
        NoAddress = "no_address",
        /// It is a case of abuse.
        Abuse = "abuse",
        /// The address wants no surveys.
        Unsubscribed = "unsubscribed",
    }
}

words! {
    /// Was it solved?
    Solved {
        /// It was.
        Yes = "yes",
        /// In part.
        Partly = "partly",
        /// It was not.
        No = "no",
    }
}

words! {
    /// How did the person treat you?
    Treatment {
        /// Very well.
        VeryWell = "very_well",
        /// Well.
        Well = "well",
        /// Neither well nor badly.
        Neutral = "neutral",
        /// Badly.
        Badly = "badly",
        /// Very badly.
        VeryBadly = "very_badly",
    }
}

words! {
    /// What the words of an answer are about.
    About {
        /// The person who answered.
        Person = "person",
        /// What we sell.
        Product = "product",
        /// What we allow.
        Policy = "policy",
        /// The way to the customer.
        Delivery = "delivery",
        /// What it costs.
        Price = "price",
        /// How long it took.
        Waiting = "waiting",
        /// Something else, or nobody can tell.
        Other = "other",
    }
}

/// How a scope asks its customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SurveySetting {
    /// The number.
    pub id: SurveySettingId,
    /// What it is for.
    pub scope: SurveyScope,
    /// Which brand, inbox or team; 0 for the workspace.
    pub scope_id: i64,
    /// Whether customers are asked.
    pub enabled: bool,
    /// The language for customers whose language is unknown or not written yet.
    pub language: CareLanguage,
    /// How long after the work is done, in minutes.
    pub delay_minutes: i64,
    /// A customer is asked at most once in so many days.
    pub apart_days: i64,
    /// How many of a hundred are asked.
    pub sample_percent: i64,
    /// How long an answer can be given and changed, in days.
    pub change_days: i64,
    /// Tickets with one of these tags are left out.
    pub excluded_tags: Vec<TagId>,
    /// Tickets of one of these types are left out.
    pub excluded_types: Vec<TicketType>,
    /// Counts the changes; send it back when changing it.
    pub version: i64,
}

/// A survey as stored.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The number.
    pub id: SurveyId,
    /// The ticket that it asks about.
    pub ticket: TicketId,
    /// Whom it asks.
    pub customer: CustomerId,
    /// The requester's key, for their words.
    pub key: KeyId,
    /// Who answered the ticket; none when it was several.
    pub agent: Option<AgentId>,
    /// In whose queue it ended.
    pub team: Option<TeamId>,
    /// The inbox that asks.
    pub inbox: Option<InboxId>,
    /// How far it is.
    pub state: SurveyState,
    /// How often it was planned.
    pub round: i64,
    /// 0 to 99, drawn once.
    pub draw: i64,
    /// The language that it is written in.
    pub language: CareLanguage,
    /// When it is to be asked.
    pub due_at: Timestamp,
    /// When it was asked.
    pub offered_at: Option<Timestamp>,
    /// Until when an answer counts.
    pub change_until: Option<Timestamp>,
    /// When it was last answered.
    pub answered_at: Option<Timestamp>,
    /// Was it solved?
    pub solved: Option<Solved>,
    /// How did the person treat you?
    pub treatment: Option<Treatment>,
    /// What else the customer said.
    pub text: Option<Encrypted<String>>,
    /// What the words are about.
    pub about: Option<About>,
    /// Counts the answers and the reviews.
    pub version: i64,
}

/// A part of a whole with what is uncertain about it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Share {
    /// How many of them.
    pub count: i64,
    /// Of how many.
    pub of: i64,
    /// `count / of`; null when there are too few to say.
    pub share: Option<f64>,
    /// The lower end of the 95% interval (Wilson 1927).
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
}

/// What customers answered, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct SurveyFigures {
    /// Below this many there is no share.
    pub enough: i64,
    /// Of the finished tickets: about how many the customer was asked.
    pub offered: Share,
    /// Of those asked: how many answered.
    pub answered: Share,
    /// Of the answers to "was it solved?": how many say yes.
    pub solved: Share,
    /// And how many say partly.
    pub partly: Share,
    /// Of the answers to "how did the person treat you?": how many say well or very well. For one
    /// person, only answers whose words are about the person count.
    pub treated_well: Share,
    /// Answers with words that nobody has attributed yet.
    pub to_review: i64,
    /// Answers that do not count for the person: their words are about something else, or there
    /// are none.
    pub beyond: i64,
}

/// So many surveys that are alike.
#[derive(Clone, Copy, Debug)]
pub struct Tally {
    /// How far they are.
    pub state: SurveyState,
    /// The first answer.
    pub solved: Option<Solved>,
    /// The second answer.
    pub treatment: Option<Treatment>,
    /// What the words are about.
    pub about: Option<About>,
    /// Whether there are words.
    pub has_text: bool,
    /// Whether there is an answer.
    pub answered: bool,
    /// How many.
    pub count: i64,
}

impl Tally {
    /// Whether it was decided if the customer is asked.
    pub fn is_decided(&self) -> bool {
        self.is_offered() || self.state == SurveyState::Skipped
    }

    /// Whether the customer was asked.
    pub fn is_offered(&self) -> bool {
        matches!(self.state, SurveyState::Offered | SurveyState::Answered)
    }
}

/// A customer will be asked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SurveyPlanned {
    /// The survey.
    pub survey: SurveyId,
    /// When.
    pub due_at: Timestamp,
}

/// A customer will not be asked, because the work goes on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SurveyCancelled {
    /// The survey.
    pub survey: SurveyId,
}

/// A customer was not asked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SurveySkipped {
    /// The survey.
    pub survey: SurveyId,
    /// Why.
    pub reason: Against,
}

/// A customer was asked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SurveyOffered {
    /// The survey.
    pub survey: SurveyId,
}

/// A customer answered, or answered anew.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SurveyAnswered {
    /// The survey.
    pub survey: SurveyId,
    /// Was it solved?
    pub solved: Option<Solved>,
    /// How did the person treat you?
    pub treatment: Option<Treatment>,
    /// Whether they said more.
    pub has_text: bool,
}

/// A reviewer said what the words of an answer are about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SurveyAttributed {
    /// The survey.
    pub survey: SurveyId,
    /// What they are about.
    pub about: About,
}

/// A scope asks in another way from now on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SurveySettingChanged {
    /// As it is now; null when it was removed.
    pub setting: Option<SettingNumbers>,
    /// What it is for.
    pub scope: SurveyScope,
    /// Which brand, inbox or team.
    pub scope_id: i64,
}

/// The numbers of a setting, as records keep them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettingNumbers {
    /// Whether customers are asked.
    pub enabled: bool,
    /// The language of last resort.
    pub language: CareLanguage,
    /// How long after the work is done, in minutes.
    pub delay_minutes: i64,
    /// A customer is asked at most once in so many days.
    pub apart_days: i64,
    /// How many of a hundred are asked.
    pub sample_percent: i64,
    /// How long an answer can be given and changed, in days.
    pub change_days: i64,
    /// Tickets with one of these tags are left out.
    pub excluded_tags: Vec<TagId>,
    /// Tickets of one of these types are left out.
    pub excluded_types: Vec<TicketType>,
}

macro_rules! kinds {
    ($($kind:literal $record:ident),+ $(,)?) => {
        $(impl Record for $record {
            const KIND: &'static str = $kind;
        })+

        /// Every kind of record about surveys.
        pub const RECORDS: &[RecordType] = &[$(RecordType::of::<$record>()),+];
    };
}

kinds! {
    "survey.planned" SurveyPlanned,
    "survey.cancelled" SurveyCancelled,
    "survey.skipped" SurveySkipped,
    "survey.offered" SurveyOffered,
    "survey.answered" SurveyAnswered,
    "survey.attributed" SurveyAttributed,
    "survey_setting.changed" SurveySettingChanged,
}

/// Where a ticket stands, for finding the setting that it falls under.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Its brand.
    pub brand: BrandId,
    /// Its inbox.
    pub inbox: Option<InboxId>,
    /// Its team.
    pub team: Option<TeamId>,
}

impl Standing {
    /// Of a ticket.
    pub fn of(ticket: &Ticket) -> Self {
        Self {
            brand: ticket.brand,
            inbox: ticket.inbox,
            team: ticket.team,
        }
    }
}
