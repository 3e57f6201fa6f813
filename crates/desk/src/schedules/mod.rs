//! Schedules: business hours in the wall time of a zone, with holidays.
//!
//! A moment is open when the wall clock of the zone shows a time that lies in a span: so an hour
//! that the clock skips in spring is not open time, and one that it shows twice in autumn counts
//! twice. A holiday stands for its date from midnight to midnight: it closes the day or a part of
//! it, or gives it other hours instead; what the day before would have run on into it falls away,
//! unless only a part is closed. A schedule has hours in every week ([`rules::check`] refuses one
//! without), so that every promise by it has an end ([`rules::Calendar`]).

pub mod commands;
mod http;
pub mod rules;
pub mod store;

use jiff::civil;
use kernel::ids::ScheduleId;
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::notifications::WallTime;

pub use http::router;

/// Open from one wall time to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HoursSpan)]
pub struct Span {
    /// When it begins.
    pub from: WallTime,
    /// When it ends; when this is not after `from`, it is the next day's.
    pub to: WallTime,
}

/// The spans of each day of an ordinary week.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WeekHours)]
pub struct Week {
    /// Monday's.
    pub monday: Vec<Span>,
    /// Tuesday's.
    pub tuesday: Vec<Span>,
    /// Wednesday's.
    pub wednesday: Vec<Span>,
    /// Thursday's.
    pub thursday: Vec<Span>,
    /// Friday's.
    pub friday: Vec<Span>,
    /// Saturday's.
    pub saturday: Vec<Span>,
    /// Sunday's.
    pub sunday: Vec<Span>,
}

impl Week {
    /// The days, Monday first.
    pub fn days(&self) -> [(&'static str, &[Span]); 7] {
        [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ]
    }
}

words! {
    /// What a holiday does to its date.
    HolidayKind {
        /// Closed all day.
        Closed = "closed",
        /// Closed within its spans, otherwise as usual.
        ClosedBetween = "closed_between",
        /// Open within its spans and at no other time.
        OpenBetween = "open_between",
    }
}

/// A date with other hours than its day of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Its name.
    pub name: String,
    /// Its date.
    #[schema(value_type = String, format = Date)]
    pub date: civil::Date,
    /// Whether it comes back every year on that day of that month. One on 29 February comes in
    /// leap years only.
    pub yearly: bool,
    /// What it does.
    pub kind: HolidayKind,
    /// The spans it closes or opens; none for a day that is closed.
    #[serde(default)]
    pub spans: Vec<Span>,
}

words! {
    /// Who keeps a schedule's hours.
    UseKind {
        /// A team.
        Team = "team",
        /// An inbox.
        Inbox = "inbox",
        /// A brand.
        Brand = "brand",
        /// The workspace: whoever has no hours of their own.
        Workspace = "workspace",
    }
}

/// One who keeps a schedule's hours.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct ScheduleUse {
    /// What it is.
    pub kind: UseKind,
    /// Which one; 0 for the workspace.
    pub id: i64,
}

/// Business hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// Its name.
    pub name: String,
    /// The IANA name of the zone whose wall clock it goes by.
    pub time_zone: String,
    /// The hours of an ordinary week.
    pub week: Week,
    /// The dates with other hours.
    pub holidays: Vec<Holiday>,
    /// Who keeps these hours.
    pub used_by: Vec<ScheduleUse>,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// Business hours were set up.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ScheduleCreated {
    /// Which schedule.
    pub schedule: ScheduleId,
    /// Its name.
    pub name: Encrypted<String>,
    /// Zone, week and holidays as JSON.
    pub hours: Encrypted<String>,
    /// Who keeps them.
    pub used_by: Vec<ScheduleUse>,
}

/// Business hours changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ScheduleChanged {
    /// Which schedule.
    pub schedule: ScheduleId,
    /// The version from now on.
    pub version: i64,
    /// The name, when it changed.
    pub name: Option<Change<Encrypted<String>>>,
    /// Zone, week and holidays as JSON, when they changed.
    pub hours: Option<Change<Encrypted<String>>>,
    /// Who keeps them, when that changed.
    pub used_by: Option<Change<Vec<ScheduleUse>>>,
}

/// Business hours were deleted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ScheduleDeleted {
    /// Which schedule.
    pub schedule: ScheduleId,
    /// The name it had.
    pub name: Encrypted<String>,
}

impl Record for ScheduleCreated {
    const KIND: &'static str = "schedule.created";
}

impl Record for ScheduleChanged {
    const KIND: &'static str = "schedule.changed";
}

impl Record for ScheduleDeleted {
    const KIND: &'static str = "schedule.deleted";
}

/// The journal records schedules write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<ScheduleCreated>(),
    RecordType::of::<ScheduleChanged>(),
    RecordType::of::<ScheduleDeleted>(),
];
