//! Who is told what, by which way and when.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil;
use jiff::tz::TimeZone;
use kernel::ids::AgentId;
use kernel::journal::Actor;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Kinds, Notice, NotificationKind, NotificationSettings, QuietHours, Ways};

/// Mails about one ticket are at least this far apart.
pub const MAIL_WINDOW: Duration = Duration::from_secs(600);
/// A window takes in nothing in its last moments, so that no mail leaves while a notification for
/// it is being written.
pub const MAIL_LEAD: Duration = Duration::from_secs(30);
/// Unread notifications are counted up to here.
pub const UNREAD_COUNTED_MAX: i64 = 1_000;
/// Most notifications named in one request.
pub const IDS_MAX: usize = 200;
/// Longest name of a time zone, in bytes.
pub const TIME_ZONE_BYTES_MAX: usize = 64;

/// A time of day to the minute, written `22:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime(i8, i8);

impl WallTime {
    /// `hour` 0–23 and `minute` 0–59.
    pub fn new(hour: i8, minute: i8) -> Option<Self> {
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(Self(hour, minute))
    }

    /// Minutes after midnight.
    pub fn minutes(self) -> i64 {
        i64::from(self.0) * 60 + i64::from(self.1)
    }

    fn of(time: civil::Time) -> Self {
        Self(time.hour(), time.minute())
    }

    fn on(self, date: civil::Date) -> civil::DateTime {
        date.at(self.0, self.1, 0, 0)
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0, self.1)
    }
}

impl FromStr for WallTime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |part: &str| {
            (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse::<i8>().ok())
                .flatten()
        };
        text.split_once(':')
            .and_then(|(hour, minute)| Self::new(digits(hour)?, digits(minute)?))
            .ok_or("a time of day is written like 22:00")
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl PartialSchema for WallTime {
    fn schema() -> RefOr<Schema> {
        let pattern = Some("^([01][0-9]|2[0-3]):[0-5][0-9]$");
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(pattern)
            .into()
    }
}

impl ToSchema for WallTime {}

impl Default for NotificationSettings {
    /// Everything in the app; pop-ups for what is one's own; mail for what must not be missed.
    fn default() -> Self {
        let ways = |browser, mail| Ways {
            app: true,
            browser,
            mail,
        };
        Self {
            kinds: Kinds {
                assigned: ways(true, false),
                mentioned: ways(true, true),
                customer_replied: ways(true, false),
                delivery_failed: ways(true, true),
                watched: ways(false, false),
                promise_due: loud(),
                standing_in: shown(),
                side_answered: shown(),
                escalated: loud(),
                task: shown(),
                handed_over: shown(),
            },
            quiet_hours: QuietHours {
                enabled: false,
                from: WallTime(22, 0),
                to: WallTime(7, 0),
                time_zone: "UTC".to_owned(),
            },
        }
    }
}

/// In the app, as a pop-up and by mail: what must not be missed.
pub(super) fn loud() -> Ways {
    Ways {
        app: true,
        browser: true,
        mail: true,
    }
}

/// In the app and as a pop-up.
pub(super) fn shown() -> Ways {
    Ways {
        mail: false,
        ..loud()
    }
}

impl Kinds {
    /// The ways of one kind.
    pub fn of(&self, kind: NotificationKind) -> Ways {
        match kind {
            NotificationKind::Assigned => self.assigned,
            NotificationKind::Mentioned => self.mentioned,
            NotificationKind::CustomerReplied => self.customer_replied,
            NotificationKind::DeliveryFailed => self.delivery_failed,
            NotificationKind::Watched => self.watched,
            NotificationKind::PromiseDue => self.promise_due,
            NotificationKind::StandingIn => self.standing_in,
            NotificationKind::SideAnswered => self.side_answered,
            NotificationKind::Escalated => self.escalated,
            NotificationKind::Task => self.task,
            NotificationKind::HandedOver => self.handed_over,
            // Somebody set these up on purpose: they go the way of what must not be missed.
            NotificationKind::Rule => self.mentioned,
            NotificationKind::RuleOff | NotificationKind::WebhookOff => self.delivery_failed,
        }
    }
}

/// Refuses settings that can't be kept.
pub fn check(settings: &NotificationSettings) -> Result<(), Refusal> {
    let quiet = &settings.quiet_hours;
    if quiet.time_zone.len() > TIME_ZONE_BYTES_MAX || zone(quiet).is_none() {
        return Err(Refusal::invalid(
            "quiet_hours.time_zone",
            "is not a known time zone",
            "use an IANA name, such as Europe/Madrid",
        ));
    }
    if quiet.enabled && quiet.from == quiet.to {
        return Err(Refusal::invalid(
            "quiet_hours.to",
            "is the same as from",
            "choose another time, or turn kinds of notification off instead",
        ));
    }
    Ok(())
}

fn zone(quiet: &QuietHours) -> Option<TimeZone> {
    TimeZone::get(&quiet.time_zone).ok()
}

/// When the quiet hours that `at` lies in end; `None` when it lies in none.
pub fn quiet_until(quiet: &QuietHours, at: Timestamp) -> Option<Timestamp> {
    let zone = zone(quiet).filter(|_| quiet.enabled && quiet.from != quiet.to)?;
    let local = at.to_jiff().to_zoned(zone.clone());
    let now = WallTime::of(local.time());
    let wraps = quiet.from > quiet.to;
    let is_quiet = if wraps {
        now >= quiet.from || now < quiet.to
    } else {
        now >= quiet.from && now < quiet.to
    };
    if !is_quiet {
        return None;
    }
    let ends_tomorrow = wraps && now >= quiet.from;
    let day = if ends_tomorrow {
        local.date().tomorrow().ok()?
    } else {
        local.date()
    };
    let end = quiet.to.on(day).to_zoned(zone).ok()?;
    Some(Timestamp::from_jiff(end.timestamp()))
}

/// When the mail that tells of something noticed at `at` goes out: when its window ends, and not
/// before the quiet hours do. Two answers are equal or at least [`MAIL_WINDOW`] apart.
pub fn mail_at(quiet: &QuietHours, at: Timestamp) -> Timestamp {
    let due = window_end(at.plus(MAIL_LEAD));
    quiet_until(quiet, due).map_or(due, |end| window_end(end.minus(Duration::from_micros(1))))
}

fn window_end(at: Timestamp) -> Timestamp {
    let window = i64::try_from(MAIL_WINDOW.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(
        at.micros()
            .div_euclid(window)
            .saturating_add(1)
            .saturating_mul(window),
    )
}

/// What happened on a ticket, as far as somebody may have to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It has a new assignee.
    Assigned(AgentId),
    /// A note names these agents.
    Mentioned(Vec<AgentId>),
    /// The customer wrote again.
    CustomerReplied,
    /// A message of this agent was not delivered, or nobody knows.
    DeliveryFailed(Option<AgentId>),
    /// The command that caused it knew whom it concerns.
    Told(NotificationKind, Vec<AgentId>),
}

/// Who has to do with a ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circle {
    /// Who has it.
    pub assignee: Option<AgentId>,
    /// Who watches it.
    pub watchers: Vec<AgentId>,
}

/// Whom to tell what: each agent once, and nobody of what they did themselves.
pub fn notices(news: &News, by: Actor, circle: &Circle) -> Vec<Notice> {
    let mut notices: Vec<Notice> = Vec::new();
    let mut tell = |agent: AgentId, kind: NotificationKind| {
        let is_told = notices.iter().any(|notice| notice.agent == agent);
        if by != Actor::Agent(agent) && !is_told {
            notices.push(Notice { agent, kind });
        }
    };
    match news {
        // What routing shares out stands in the list of somebody who is at it, and what falls due
        // is told as that: neither is told once more.
        News::Assigned(_) if by == Actor::System => {}
        News::Assigned(agent) => tell(*agent, NotificationKind::Assigned),
        News::Mentioned(agents) => {
            for agent in agents {
                tell(*agent, NotificationKind::Mentioned);
            }
        }
        News::CustomerReplied => {
            if let Some(agent) = circle.assignee {
                tell(agent, NotificationKind::CustomerReplied);
            }
            for agent in &circle.watchers {
                tell(*agent, NotificationKind::Watched);
            }
        }
        News::DeliveryFailed(author) => {
            if let Some(agent) = author.or(circle.assignee) {
                tell(agent, NotificationKind::DeliveryFailed);
            }
        }
        News::Told(kind, agents) => {
            for agent in agents {
                tell(*agent, *kind);
            }
        }
    }
    notices
}

/// Whether whoever stands in for an absent agent hears of a notice to them. What a command told by
/// itself went to the stand-in already.
pub fn reaches_stand_in(kind: NotificationKind) -> bool {
    matches!(
        kind,
        NotificationKind::Mentioned
            | NotificationKind::CustomerReplied
            | NotificationKind::DeliveryFailed
            | NotificationKind::SideAnswered
            | NotificationKind::Task
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_jiff(text.parse().unwrap())
    }

    fn quiet(from: &str, to: &str, time_zone: &str) -> QuietHours {
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        QuietHours {
            enabled: true,
            from,
            to,
            time_zone: time_zone.to_owned(),
        }
    }

    #[test]
    fn wall_times_are_read_strictly() {
        assert_eq!("07:05".parse::<WallTime>().unwrap().to_string(), "07:05");
        for text in [
            "", "7:05", "24:00", "12:60", "12:5", "-1:00", "12:00:00", "+1:00",
        ] {
            assert!(text.parse::<WallTime>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn quiet_hours_end_in_the_morning_of_their_zone() {
        let night = quiet("22:00", "07:00", "Europe/Madrid");
        // Madrid is at +01:00 in winter.
        let ends = |text| quiet_until(&night, at(text));
        assert_eq!(ends("2026-01-10T20:59:59Z"), None);
        assert_eq!(
            ends("2026-01-10T21:00:00Z"),
            Some(at("2026-01-11T06:00:00Z"))
        );
        assert_eq!(
            ends("2026-01-11T05:59:59Z"),
            Some(at("2026-01-11T06:00:00Z"))
        );
        assert_eq!(ends("2026-01-11T06:00:00Z"), None);
        // The clocks go forward in the night to 2026-03-29.
        assert_eq!(
            ends("2026-03-28T22:00:00Z"),
            Some(at("2026-03-29T05:00:00Z"))
        );
        let noon = quiet("12:00", "13:30", "UTC");
        assert_eq!(
            quiet_until(&noon, at("2026-01-10T12:00:00Z")),
            Some(at("2026-01-10T13:30:00Z"))
        );
        assert_eq!(quiet_until(&noon, at("2026-01-10T13:30:00Z")), None);
        let off = QuietHours {
            enabled: false,
            ..noon
        };
        assert_eq!(quiet_until(&off, at("2026-01-10T12:00:00Z")), None);
    }

    #[test]
    fn settings_that_cannot_be_kept_are_refused() {
        let mut settings = NotificationSettings::default();
        assert!(check(&settings).is_ok());
        settings.quiet_hours = quiet("22:00", "07:00", "Middle/Earth");
        assert!(check(&settings).is_err());
        settings.quiet_hours = quiet("22:00", "22:00", "UTC");
        assert!(check(&settings).is_err());
    }

    #[test]
    fn nobody_is_told_of_their_own_doing_or_twice() {
        let circle = Circle {
            assignee: Some(AgentId(1)),
            watchers: vec![AgentId(1), AgentId(2)],
        };
        let told = |news, by| -> Vec<(i64, &str)> {
            let notices = notices(&news, by, &circle);
            notices
                .iter()
                .map(|notice| (notice.agent.0, notice.kind.as_str()))
                .collect()
        };
        let mia = Actor::Agent(AgentId(1));
        assert_eq!(
            told(News::CustomerReplied, Actor::System),
            [(1, "customer_replied"), (2, "watched")]
        );
        assert_eq!(told(News::Assigned(AgentId(1)), mia), []);
        assert_eq!(told(News::Assigned(AgentId(2)), mia), [(2, "assigned")]);
        assert_eq!(told(News::Assigned(AgentId(2)), Actor::System), []);
        let both = vec![AgentId(1), AgentId(3), AgentId(3)];
        assert_eq!(told(News::Mentioned(both), mia), [(3, "mentioned")]);
        assert_eq!(
            told(News::DeliveryFailed(Some(AgentId(2))), Actor::System),
            [(2, "delivery_failed")]
        );
        assert_eq!(
            told(News::DeliveryFailed(None), Actor::System),
            [(1, "delivery_failed")]
        );
    }

    proptest! {
        #[test]
        fn mails_keep_their_distance_and_the_quiet(
            one in 0..400 * 86_400_i64,
            apart in 0..86_400_i64,
            from in 0..24_i8, to in 0..24_i8, minute in 0..60_i8,
        ) {
            let start = at("2026-01-01T00:00:00Z");
            let quiet = QuietHours {
                enabled: true,
                from: WallTime(from, 0),
                to: WallTime(to, minute),
                time_zone: "Europe/Madrid".to_owned(),
            };
            let later = |seconds: i64| start.plus(Duration::from_secs(seconds.unsigned_abs()));
            let first = mail_at(&quiet, later(one));
            let second = mail_at(&quiet, later(one + apart));
            prop_assert!(first > later(one));
            prop_assert!(second >= first);
            prop_assert!(second == first || second.since(first) >= MAIL_WINDOW);
        }
    }
}
