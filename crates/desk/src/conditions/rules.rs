//! Whether a ticket meets conditions, and whether conditions make sense.

mod check;

use std::cmp::Ordering;
use std::time::Duration;

use kernel::ids::{FieldOptionId, TagId};
use kernel::time::Timestamp;

use super::{Condition, Conditions, Facts, Field, FieldKind, Moment, Operand, Operator, OwnField};
use crate::fields::rules::number;
use crate::fields::values::facts::FieldFact;
use crate::fields::values::rules::day;
use crate::tickets::{Channel, Direction, Place, Priority, Shelf, Status, TicketType};

pub use check::check;

/// The most conditions together.
pub const CONDITIONS_MAX: usize = 50;
/// The most values of one list.
pub const LIST_MAX: usize = 200;
/// The longest text that is compared, in characters.
pub const TEXT_CHARS_MAX: usize = 200;
/// The longest span of `older_than` and `newer_than`, in minutes: ten years.
pub const MINUTES_MAX: i64 = 10 * 366 * 24 * 60;
/// The word for whoever looks.
pub const ME: &str = "me";

/// What kind of value a field that every ticket has holds.
pub fn kind_of(field: OwnField) -> FieldKind {
    fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> FieldKind {
        FieldKind::Word(all.iter().map(|it| word(*it)).collect())
    }
    match field {
        OwnField::Status => words(Status::ALL, Status::as_str),
        OwnField::Priority => words(Priority::ALL, Priority::as_str),
        OwnField::Type => words(TicketType::ALL, TicketType::as_str),
        OwnField::Place => words(Place::ALL, Place::as_str),
        OwnField::Shelf => words(Shelf::ALL, Shelf::as_str),
        OwnField::Channel => words(Channel::ALL, Channel::as_str),
        OwnField::LastDirection => words(Direction::ALL, Direction::as_str),
        OwnField::Assignee => FieldKind::Id(true),
        OwnField::Team | OwnField::Inbox | OwnField::Brand | OwnField::Requester => {
            FieldKind::Id(false)
        }
        OwnField::Tag => FieldKind::Ids,
        OwnField::Subject => FieldKind::Text,
        OwnField::MessageCount => FieldKind::Number,
        OwnField::HasAttachments | OwnField::NeedsAttention => FieldKind::Flag,
        OwnField::CreatedAt
        | OwnField::UpdatedAt
        | OwnField::LastMessageAt
        | OwnField::SnoozedUntil => FieldKind::Time,
    }
}

/// How values of a kind can be compared.
pub fn operators(kind: &FieldKind) -> &'static [Operator] {
    use Operator::{
        Above, Below, Contains, Is, IsNot, NewerThan, NoneOf, NotContains, NotSet, OlderThan,
        OneOf, Set, Under,
    };
    match kind {
        FieldKind::Word(_) => &[Is, IsNot, OneOf, NoneOf, Above, Below, Set, NotSet],
        FieldKind::Id(_) | FieldKind::Ids => &[Is, IsNot, OneOf, NoneOf, Set, NotSet],
        FieldKind::Text => &[Is, IsNot, Contains, NotContains, Set, NotSet],
        FieldKind::Number | FieldKind::Decimal(_) | FieldKind::Day => {
            &[Is, IsNot, Above, Below, Set, NotSet]
        }
        FieldKind::Options(_) => &[Is, IsNot, OneOf, NoneOf, Under, Set, NotSet],
        FieldKind::Filled => &[Set, NotSet],
        FieldKind::Flag => &[Is, IsNot],
        FieldKind::Time => &[Above, Below, OlderThan, NewerThan, Set, NotSet],
    }
}

/// A value of a ticket, as conditions compare it.
enum Fact<'a> {
    Word(Option<&'static str>),
    Id(Option<i64>),
    Ids(&'a [TagId]),
    Options(&'a [FieldOptionId], &'a [FieldOptionId]),
    Text(&'a str),
    Number(Option<i64>, u8),
    Day(Option<i64>),
    Flag(bool),
    Time(Option<Timestamp>),
    Filled(bool),
    Unknown,
}

/// Whether a ticket meets the conditions at that moment; the shell of a merged one meets none.
pub fn holds(conditions: &Conditions, facts: &Facts, moment: &Moment) -> bool {
    if facts.shelf == Shelf::Merged {
        return false;
    }
    let met = |condition: &Condition| holds_one(condition, facts, moment);
    conditions.all.iter().all(met) && (conditions.any.is_empty() || conditions.any.iter().any(met))
}

/// Whether the answer of [`holds`] depends on who looks.
pub fn ask_me(conditions: &Conditions) -> bool {
    let is_me = |value: &Operand| matches!(value, Operand::Text(word) if word == ME);
    let mut all = conditions.all.iter().chain(&conditions.any);
    all.any(|condition| match &condition.value {
        Some(Operand::List(list)) => list.iter().any(is_me),
        Some(value) => is_me(value),
        None => false,
    })
}

/// When the answer of [`holds`] may change by the mere passing of time, if ever.
pub fn changes_at(conditions: &Conditions, facts: &Facts, now: Timestamp) -> Option<Timestamp> {
    let all = conditions.all.iter().chain(&conditions.any);
    let turns = all.filter_map(|condition| match (&condition.op, &condition.value) {
        (Operator::OlderThan | Operator::NewerThan, Some(Operand::Number(minutes))) => {
            match fact(condition.field, facts) {
                Fact::Time(Some(at)) => Some(turn(at, *minutes)),
                _ => None,
            }
        }
        _ => None,
    });
    turns.filter(|at| *at > now).min()
}

/// The first moment at which `at` is longer ago than `minutes`.
fn turn(at: Timestamp, minutes: i64) -> Timestamp {
    let span = Duration::from_secs(u64::try_from(minutes).unwrap_or(0).saturating_mul(60));
    at.plus(span).plus(Duration::from_micros(1))
}

fn holds_one(condition: &Condition, facts: &Facts, moment: &Moment) -> bool {
    let fact = fact(condition.field, facts);
    let value = condition.value.as_ref();
    match condition.op {
        Operator::Set => is_set(&fact),
        Operator::NotSet => !matches!(fact, Fact::Unknown) && !is_set(&fact),
        Operator::Is => value.is_some_and(|value| equals(&fact, value, moment)),
        Operator::IsNot => known(&fact) && !value.is_some_and(|it| equals(&fact, it, moment)),
        Operator::OneOf => in_list(&fact, value, moment),
        Operator::NoneOf => known(&fact) && !in_list(&fact, value, moment),
        Operator::Contains => contains(&fact, value),
        Operator::NotContains => known(&fact) && !contains(&fact, value),
        Operator::Under => match (&fact, value) {
            (Fact::Options(chosen, above), Some(Operand::Number(id))) => {
                chosen.iter().chain(*above).any(|it| it.0 == *id)
            }
            _ => false,
        },
        Operator::Above => compare(condition, &fact).is_some_and(Ordering::is_gt),
        Operator::Below => compare(condition, &fact).is_some_and(Ordering::is_lt),
        Operator::OlderThan => is_older(&fact, value, moment.now).unwrap_or(false),
        Operator::NewerThan => is_older(&fact, value, moment.now).is_some_and(|older| !older),
    }
}

fn fact(field: Field, facts: &Facts) -> Fact<'_> {
    let word = |word: &'static str| Fact::Word(Some(word));
    let field = match field {
        Field::Own(field) => field,
        Field::Custom(id) => return facts.fields.get(&id).map_or(Fact::Unknown, custom),
    };
    match field {
        OwnField::Status => word(facts.status.as_str()),
        OwnField::Priority => word(facts.priority.as_str()),
        OwnField::Type => Fact::Word(facts.ticket_type.map(TicketType::as_str)),
        OwnField::Place => word(facts.place.as_str()),
        OwnField::Shelf => word(facts.shelf.as_str()),
        OwnField::Channel => word(facts.channel.as_str()),
        OwnField::LastDirection => word(facts.last_direction.as_str()),
        OwnField::Assignee => Fact::Id(facts.assignee.map(|id| id.0)),
        OwnField::Team => Fact::Id(facts.team.map(|id| id.0)),
        OwnField::Inbox => Fact::Id(facts.inbox.map(|id| id.0)),
        OwnField::Brand => Fact::Id(Some(facts.brand.0)),
        OwnField::Requester => Fact::Id(Some(facts.requester.0)),
        OwnField::Tag => Fact::Ids(&facts.tags),
        OwnField::Subject => Fact::Text(&facts.subject),
        OwnField::MessageCount => Fact::Number(Some(facts.message_count), 0),
        OwnField::HasAttachments => Fact::Flag(facts.has_attachments),
        OwnField::NeedsAttention => Fact::Flag(facts.needs_attention),
        OwnField::CreatedAt => Fact::Time(Some(facts.created_at)),
        OwnField::UpdatedAt => Fact::Time(Some(facts.updated_at)),
        OwnField::LastMessageAt => Fact::Time(Some(facts.last_message_at)),
        OwnField::SnoozedUntil => Fact::Time(facts.snoozed_until),
    }
}

fn custom(fact: &FieldFact) -> Fact<'_> {
    match fact {
        FieldFact::Number(number, digits) => Fact::Number(*number, *digits),
        FieldFact::Day(day) => Fact::Day(*day),
        FieldFact::Time(at) => Fact::Time(*at),
        FieldFact::Flag(flag) => Fact::Flag(*flag),
        FieldFact::Id(id) => Fact::Id(*id),
        FieldFact::Options { chosen, above } => Fact::Options(chosen, above),
        FieldFact::Text(text) => Fact::Text(text.as_deref().unwrap_or_default()),
        FieldFact::Filled(filled) => Fact::Filled(*filled),
    }
}

fn known(fact: &Fact<'_>) -> bool {
    !matches!(fact, Fact::Unknown)
}

fn is_set(fact: &Fact<'_>) -> bool {
    match fact {
        Fact::Word(word) => word.is_some(),
        Fact::Id(id) => id.is_some(),
        Fact::Ids(ids) => !ids.is_empty(),
        Fact::Text(text) => !text.is_empty(),
        Fact::Time(time) => time.is_some(),
        Fact::Options(chosen, _) => !chosen.is_empty(),
        Fact::Number(number, _) | Fact::Day(number) => number.is_some(),
        Fact::Filled(filled) => *filled,
        Fact::Flag(_) => true,
        Fact::Unknown => false,
    }
}

fn equals(fact: &Fact<'_>, value: &Operand, moment: &Moment) -> bool {
    match (fact, value) {
        (Fact::Word(word), Operand::Text(wanted)) => word.is_some_and(|word| word == wanted),
        (Fact::Id(id), Operand::Number(wanted)) => *id == Some(*wanted),
        (Fact::Id(id), Operand::Text(word)) if word == ME => {
            moment.me.is_some() && *id == moment.me.map(|me| me.0)
        }
        (Fact::Ids(ids), Operand::Number(wanted)) => ids.contains(&TagId(*wanted)),
        (Fact::Text(text), Operand::Text(wanted)) => fold(text) == fold(wanted),
        (Fact::Number(number, digits), wanted) => {
            number.is_some() && *number == decimal(wanted, *digits).ok()
        }
        (Fact::Day(at), Operand::Text(text)) => at.is_some() && *at == day(text),
        (Fact::Options(chosen, _), Operand::Number(id)) => chosen.iter().any(|it| it.0 == *id),
        (Fact::Flag(flag), Operand::Flag(wanted)) => flag == wanted,
        _ => false,
    }
}

fn in_list(fact: &Fact<'_>, value: Option<&Operand>, moment: &Moment) -> bool {
    match value {
        Some(Operand::List(list)) => list.iter().any(|value| equals(fact, value, moment)),
        _ => false,
    }
}

fn contains(fact: &Fact<'_>, value: Option<&Operand>) -> bool {
    match (fact, value) {
        (Fact::Text(text), Some(Operand::Text(part))) => holds_text(text, part.trim()),
        _ => false,
    }
}

/// Whether a text contains another, whatever their case.
fn holds_text(text: &str, part: &str) -> bool {
    if !text.is_ascii() || !part.is_ascii() {
        return fold(text).contains(&fold(part));
    }
    // The same without making new texts: a thousand views may ask this of each ticket.
    let (text, part) = (text.as_bytes(), part.as_bytes());
    part.is_empty()
        || text
            .windows(part.len())
            .any(|it| it.eq_ignore_ascii_case(part))
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

fn compare(condition: &Condition, fact: &Fact<'_>) -> Option<Ordering> {
    match (fact, condition.value.as_ref()?) {
        (Fact::Number(number, digits), wanted) => {
            Some((*number)?.cmp(&decimal(wanted, *digits).ok()?))
        }
        (Fact::Day(at), Operand::Text(text)) => Some((*at)?.cmp(&day(text)?)),
        (Fact::Time(at), Operand::Text(text)) => Some((*at)?.cmp(&time(text)?)),
        (Fact::Word(word), Operand::Text(wanted)) => {
            let Field::Own(field) = condition.field else {
                return None;
            };
            let FieldKind::Word(words) = kind_of(field) else {
                return None;
            };
            let place = |word: &str| words.iter().position(|it| *it == word);
            Some(place((*word)?)?.cmp(&place(wanted)?))
        }
        _ => None,
    }
}

fn is_older(fact: &Fact<'_>, value: Option<&Operand>, now: Timestamp) -> Option<bool> {
    match (fact, value?) {
        (Fact::Time(at), Operand::Number(minutes)) => Some(now >= turn((*at)?, *minutes)),
        _ => None,
    }
}

/// A number to compare with, in the smallest unit of a field with so many digits.
fn decimal(value: &Operand, digits: u8) -> Result<i64, String> {
    match value {
        Operand::Number(whole) if digits == 0 => Ok(*whole),
        Operand::Number(whole) => number(&whole.to_string(), digits),
        Operand::Text(text) => number(text, digits),
        _ => Err("give a number".to_owned()),
    }
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>()
        .ok()
        .map(Timestamp::from_jiff)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kernel::ids::{AgentId, BrandId, CustomerId, TeamId};
    use kernel::refusal::Refusal;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(minutes: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(MINUTE * u32::try_from(minutes).unwrap())
    }

    fn facts() -> Facts {
        Facts {
            status: Status::Open,
            priority: Priority::High,
            ticket_type: None,
            place: Place::Desk,
            shelf: Shelf::Open,
            channel: Channel::Email,
            assignee: Some(AgentId(7)),
            team: Some(TeamId(3)),
            inbox: None,
            brand: BrandId(1),
            requester: CustomerId(9),
            tags: vec![TagId(2), TagId(5)],
            subject: "Where is my Ärmel?".to_owned(),
            last_direction: Direction::In,
            message_count: 4,
            has_attachments: false,
            needs_attention: false,
            created_at: at(100),
            updated_at: at(110),
            last_message_at: at(110),
            snoozed_until: None,
            fields: BTreeMap::new(),
        }
    }

    fn one(json: &str) -> Condition {
        serde_json::from_str(json).unwrap()
    }

    fn moment(minutes: u64) -> Moment {
        Moment {
            now: at(minutes),
            me: Some(AgentId(7)),
        }
    }

    fn own(field: Field) -> Option<FieldKind> {
        match field {
            Field::Own(field) => Some(kind_of(field)),
            Field::Custom(_) => None,
        }
    }

    #[test]
    fn each_kind_of_value_is_compared_in_its_way() {
        let met = [
            r#"{"field":"status","op":"is","value":"open"}"#,
            r#"{"field":"status","op":"one_of","value":["new","open"]}"#,
            r#"{"field":"status","op":"none_of","value":["solved","closed"]}"#,
            r#"{"field":"priority","op":"above","value":"normal"}"#,
            r#"{"field":"priority","op":"below","value":"urgent"}"#,
            r#"{"field":"type","op":"not_set"}"#,
            r#"{"field":"assignee","op":"is","value":"me"}"#,
            r#"{"field":"assignee","op":"is","value":7}"#,
            r#"{"field":"team","op":"is_not","value":4}"#,
            r#"{"field":"inbox","op":"not_set"}"#,
            r#"{"field":"tag","op":"is","value":5}"#,
            r#"{"field":"tag","op":"none_of","value":[1,3]}"#,
            r#"{"field":"subject","op":"contains","value":"ÄRMEL"}"#,
            r#"{"field":"subject","op":"not_contains","value":"shoe"}"#,
            r#"{"field":"message_count","op":"above","value":3}"#,
            r#"{"field":"has_attachments","op":"is","value":false}"#,
            r#"{"field":"created_at","op":"older_than","value":60}"#,
            r#"{"field":"last_message_at","op":"newer_than","value":60}"#,
            r#"{"field":"created_at","op":"below","value":"1970-01-01T02:00:00Z"}"#,
            r#"{"field":"snoozed_until","op":"not_set"}"#,
        ];
        for json in met {
            let condition = one(json);
            let conditions = Conditions {
                all: vec![condition],
                any: Vec::new(),
            };
            check("conditions", &conditions, own).unwrap();
            assert!(holds(&conditions, &facts(), &moment(161)), "{json}");
        }
    }

    #[test]
    fn the_opposite_of_what_is_met_is_not_met() {
        let pairs = [
            ("is", "is_not"),
            ("one_of", "none_of"),
            ("set", "not_set"),
            ("contains", "not_contains"),
            ("older_than", "newer_than"),
        ];
        let asked = [
            ("status", "is", r#""open""#),
            ("tag", "is", "5"),
            ("team", "one_of", "[1,2]"),
            ("subject", "contains", r#""where""#),
            ("created_at", "older_than", "60"),
        ];
        for (field, op, value) in asked {
            let opposite = pairs.iter().find(|(it, _)| *it == op).unwrap().1;
            let answer = |op: &str| {
                let json = format!(r#"{{"field":"{field}","op":"{op}","value":{value}}}"#);
                holds_one(&one(&json), &facts(), &moment(161))
            };
            assert_ne!(answer(op), answer(opposite), "{field}");
        }
    }

    #[test]
    fn any_needs_one_and_nothing_asks_nothing() {
        let open = one(r#"{"field":"status","op":"is","value":"open"}"#);
        let solved = one(r#"{"field":"status","op":"is","value":"solved"}"#);
        let ask = |all: &[&Condition], any: &[&Condition]| {
            let list = |it: &[&Condition]| it.iter().map(|it| (*it).clone()).collect();
            let conditions = Conditions {
                all: list(all),
                any: list(any),
            };
            holds(&conditions, &facts(), &moment(1))
        };
        assert!(ask(&[], &[]) && ask(&[&open], &[]) && ask(&[&open], &[&solved, &open]));
        assert!(!ask(&[&solved], &[&open]) && !ask(&[&open], &[&solved]));
    }

    #[test]
    fn time_says_when_it_changes_the_answer() {
        let conditions = Conditions {
            all: vec![one(
                r#"{"field":"created_at","op":"older_than","value":60}"#,
            )],
            any: Vec::new(),
        };
        let facts = facts();
        let turn = changes_at(&conditions, &facts, at(100)).unwrap();
        let look = |now| holds(&conditions, &facts, &Moment { now, me: None });
        assert!(!look(turn.minus(Duration::from_micros(1))) && look(turn));
        assert_eq!(changes_at(&conditions, &facts, turn), None);
    }

    #[test]
    fn a_field_that_is_gone_is_never_met() {
        for op in ["set", "not_set", "is", "is_not", "none_of"] {
            let condition = Condition {
                field: Field::Custom(kernel::ids::FieldId(1)),
                op: op.parse().unwrap(),
                value: Some(Operand::Number(1)),
            };
            assert!(!holds_one(&condition, &facts(), &moment(1)), "{op}");
        }
    }

    #[test]
    fn nonsense_is_refused_where_it_stands() {
        let wrong = [
            (
                r#"{"field":"field:9","op":"set"}"#,
                "conditions.all.0.field",
            ),
            (
                r#"{"field":"status","op":"contains","value":"o"}"#,
                "conditions.all.0.op",
            ),
            (
                r#"{"field":"status","op":"is","value":"opne"}"#,
                "conditions.all.0.value",
            ),
            (r#"{"field":"status","op":"is"}"#, "conditions.all.0.value"),
            (
                r#"{"field":"tag","op":"one_of","value":[]}"#,
                "conditions.all.0.value",
            ),
            (
                r#"{"field":"team","op":"is","value":"me"}"#,
                "conditions.all.0.value",
            ),
            (
                r#"{"field":"created_at","op":"older_than","value":0}"#,
                "conditions.all.0.value",
            ),
            (
                r#"{"field":"created_at","op":"above","value":"soon"}"#,
                "conditions.all.0.value",
            ),
        ];
        for (json, place) in wrong {
            let conditions = Conditions {
                all: vec![one(json)],
                any: Vec::new(),
            };
            let refusal = check("conditions", &conditions, own).unwrap_err();
            let Refusal::Invalid(problems) = refusal else {
                panic!("{refusal:?}")
            };
            assert_eq!(problems[0].field, place, "{json}");
        }
    }

    #[test]
    fn conditions_are_read_as_they_are_written() {
        let json = r#"{"all":[{"field":"field:7","op":"is","value":3}],"any":[]}"#;
        let conditions: Conditions = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&conditions).unwrap(), json);
        let unknown = r#"{"all":[{"field":"moon","op":"set"}]}"#;
        assert!(serde_json::from_str::<Conditions>(unknown).is_err());
    }
}
