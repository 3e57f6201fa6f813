//! Routing: who gets which waiting ticket, and why.
//!
//! Each team has, per channel, a queue: people pick, tickets are offered, or they are assigned.
//! The decision is pure ([`rules`]): from what waits, who is there and the time it makes one
//! decision with its explanation. [`router`] keeps those facts in memory on every node; the node
//! that holds the lease carries decisions out, each in one transaction that checks the lease and
//! looks at everything again under the locks of the ticket and of the agent's row. Nothing has to
//! be remembered between two looks: what waits is derived from the rows, so a node that takes over
//! goes on where the other stopped, and what a dead node decided but did not write never happened.
//!
//! Care is an input: how much of their limit agents let routing fill, rest after abuse, and
//! sharing out hard contacts among those who are free anyway. It chooses among the free and never
//! makes anybody wait. An agent's exposure, strain and rest are in no record and in no list of
//! others: deliberately, they leave no trail.

pub mod board;
pub mod commands;
mod http;
pub mod ports;
pub mod router;
pub mod rules;
mod snapshot;
pub mod store;

use kernel::ids::{AgentId, OfferId, SkillId, TagId, TeamId};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::tickets::{Channel, TicketType};

pub use http::router as routes;
pub use router::Routing;
pub(crate) use snapshot::store::customer_waits_since;

words! {
    /// How a queue's tickets find somebody.
    Mode {
        /// People pick.
        Off = "off",
        /// A ticket is put before one agent, who takes it or passes it on.
        Push = "push",
        /// A ticket is given to an agent.
        Auto = "auto",
    }
}

words! {
    /// Who of several is chosen.
    Strategy {
        /// Whoever was given nothing for longest.
        LongestIdle = "longest_idle",
        /// Whoever has the smallest share of their limit in hand.
        LeastLoaded = "least_loaded",
        /// One after the other, in the order of their ids.
        RoundRobin = "round_robin",
    }
}

words! {
    /// What happens to a queue outside opening hours.
    ClosedHours {
        /// It waits.
        Wait = "wait",
        /// It goes to whoever is available all the same.
        Route = "route",
        /// It goes to the other team at once.
        Overflow = "overflow",
    }
}

words! {
    /// What kind of thing a skill is.
    SkillKind {
        /// A language.
        Language = "language",
        /// A product or subject.
        Product = "product",
        /// A certificate, which is never done without.
        Certificate = "certificate",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// How an offer stands.
    OfferState {
        /// It lies before the agent.
        Open = "open",
        /// The agent took it.
        Accepted = "accepted",
        /// The agent passed it on.
        Declined = "declined",
        /// Nobody answered in time.
        TimedOut = "timed_out",
        /// A lead took it back.
        TakenBack = "taken_back",
        /// It became pointless: the ticket or the agent is elsewhere.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What routing did with a ticket.
    Deed {
        /// It put the ticket before an agent.
        Offered = "offered",
        /// It gave the ticket to an agent.
        Assigned = "assigned",
        /// It gave the ticket to another team.
        Overflowed = "overflowed",
    }
}

words! {
    /// Why it was this agent, or another team.
    Why {
        /// Nobody else could take it.
        OnlyOne = "only_one",
        /// They were given nothing for longest.
        LongestIdle = "longest_idle",
        /// They had the smallest share of their limit in hand.
        LeastLoaded = "least_loaded",
        /// It was their turn.
        RoundRobin = "round_robin",
        /// They know this customer.
        PreviousAgent = "previous_agent",
        /// They look after this customer's account.
        AccountOwner = "account_owner",
        /// Demanding work is shared out among those who are free.
        SharedOut = "shared_out",
        /// The ticket waited too long here.
        Waited = "waited",
        /// The team is closed now.
        Closed = "closed",
    }
}

words! {
    /// Whether an agent could take a ticket, and if not, why not.
    Fit {
        /// They could.
        Fits = "fits",
        /// They take no work just now.
        NotAvailable = "not_available",
        /// They have their hands full, or another offer before them.
        Full = "full",
        /// They lack a skill.
        Skill = "skill",
        /// They passed it on before.
        PassedOn = "passed_on",
    }
}

words! {
    /// What was done without because the ticket waited.
    Relaxed {
        /// Nothing.
        Nothing = "nothing",
        /// Each skill at one level less.
        Lowered = "lowered",
        /// Skills altogether, but for certificates.
        Dropped = "dropped",
    }
}

/// How one channel of a team's work is shared out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Which channel.
    pub channel: Channel,
    /// How tickets find somebody.
    pub mode: Mode,
    /// Who of several is chosen.
    pub strategy: Strategy,
    /// Whether whoever had this customer's last ticket comes first.
    pub previous_agent_first: bool,
    /// Whether whoever looks after the customer's account comes first.
    pub account_owner_first: bool,
    /// How many units of an agent's limit a ticket takes, 1 to 100.
    pub units: i64,
    /// How long an offer lies before an agent, in seconds, 10 to 600.
    pub offer_seconds: i64,
    /// Minutes of waiting after which skills are asked for at one level less; null: never.
    pub lower_after: Option<i64>,
    /// Minutes of waiting after which skills are not asked for; null: never.
    pub drop_after: Option<i64>,
    /// The team that what waits too long goes to.
    pub overflow_team_id: Option<TeamId>,
    /// Minutes of waiting after which it goes there; null: never.
    pub overflow_after: Option<i64>,
    /// What happens outside opening hours.
    pub closed: ClosedHours,
}

/// How a team's work is shared out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamRouting {
    /// Which team.
    pub team_id: TeamId,
    /// The least share of their limit that its agents may let routing fill, in percent.
    pub ceiling_min: i64,
    /// The largest share.
    pub ceiling_max: i64,
    /// How long an agent rests after an abusive contact, in minutes; 0: not at all.
    pub recovery_minutes: i64,
    /// Its queues, one per channel.
    pub queues: Vec<Queue>,
    /// Counts the changes; 0 while nothing was ever set up.
    pub version: i64,
}

/// Tickets that ask for a skill: all that is named here applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The level it takes, 1 to 5.
    pub level: i64,
    /// Those of this inbox.
    pub inbox_id: Option<kernel::ids::InboxId>,
    /// Those of this type.
    #[serde(rename = "type")]
    pub ticket_type: Option<TicketType>,
    /// Those with this tag.
    pub tag_id: Option<TagId>,
}

/// Something an agent can take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Skill {
    /// Its id.
    pub id: SkillId,
    /// Its name, unique in the workspace.
    pub name: String,
    /// What kind of thing it is.
    pub kind: SkillKind,
    /// The ISO 639-1 code of a language.
    pub language: Option<String>,
    /// The level that tickets in that language ask for.
    pub language_level: i64,
    /// Which other tickets ask for it.
    pub needs: Vec<Need>,
    /// Who has it.
    pub holders: Vec<Holder>,
    /// Counts the changes.
    pub version: i64,
}

/// Somebody who has a skill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Holder {
    /// Who.
    pub agent_id: AgentId,
    /// How well, 1 to 5.
    pub level: i64,
    /// Until when it counts, for certificates that run out.
    pub valid_until: Option<Timestamp>,
}

/// An agent whom routing considered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Considered {
    /// Who.
    pub agent: AgentId,
    /// Whether they could have taken it.
    pub fit: Fit,
}

/// Routing did something with a ticket: this is how it explains itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketRouted {
    /// What it did.
    pub deed: Deed,
    /// Whom the ticket was put before or given to.
    pub chosen: Option<AgentId>,
    /// The team it went to.
    pub to_team: Option<TeamId>,
    /// The offer.
    pub offer: Option<OfferId>,
    /// Why this one.
    pub why: Why,
    /// Whom it considered: those who could take it first, at most twelve.
    pub considered: Vec<Considered>,
    /// How many it considered.
    pub of: i64,
    /// What it did without because the ticket waited.
    pub relaxed: Relaxed,
    /// How long the customer had waited, in seconds.
    pub waited: i64,
}

/// An offer came to its end.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OfferEnded {
    /// Which offer.
    pub offer: OfferId,
    /// Before whom it lay.
    pub offered_to: AgentId,
    /// How it ended.
    pub end: OfferState,
}

/// A team's sharing out of work changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RoutingChanged {
    /// Which team.
    pub team: TeamId,
}

/// A skill came into being or changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SkillChanged {
    /// Which skill.
    pub skill: SkillId,
    /// Its name.
    pub name: Encrypted<String>,
}

/// A skill was deleted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SkillDeleted {
    /// Which skill.
    pub skill: SkillId,
}

/// An agent's skills, or how much they can carry, changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AbilitiesChanged {
    /// How much they can carry, in units.
    pub units_max: i64,
    /// The skills they have.
    pub skills: Vec<SkillId>,
}

macro_rules! kinds {
    ($($kind:literal $record:ident),+ $(,)?) => {
        $(impl Record for $record {
            const KIND: &'static str = $kind;
        })+

        /// Every kind of record that routing writes.
        pub const RECORDS: &[RecordType] = &[$(RecordType::of::<$record>()),+];
    };
}

kinds! {
    "ticket.routed" TicketRouted,
    "ticket.offer_ended" OfferEnded,
    "team.routing_changed" RoutingChanged,
    "skill.changed" SkillChanged,
    "skill.deleted" SkillDeleted,
    "agent.abilities_changed" AbilitiesChanged,
}
