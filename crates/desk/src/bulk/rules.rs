//! What may be done to many at once, what is put back, and what a refusal says.

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::ids::TicketId;
use kernel::refusal::{Broken, Refusal};
use serde_json::Value;

use super::{BulkState, Moved, Standing, Tally};
use crate::tickets::Status;

/// The most tickets at once.
pub const TICKETS_MAX: usize = 1_000;
/// The most tickets that an answer names one by one.
pub const LEFT_SHOWN: i64 = 200;
/// How long what was done is kept, and can be taken back.
pub const KEPT: Duration = Duration::from_hours(30 * 24);
/// Open screens hear of every so many tickets.
pub const TOLD_EVERY: i64 = 20;

/// Refuses a list of tickets that is empty, too long or names one twice.
pub fn check(tickets: &[TicketId]) -> Result<(), Refusal> {
    if tickets.is_empty() || tickets.len() > TICKETS_MAX {
        let mend = format!("name 1 to {TICKETS_MAX} tickets");
        return Err(Refusal::invalid("tickets", "does not fit", mend));
    }
    let mut once = tickets.to_vec();
    once.sort();
    once.dedup();
    if once.len() < tickets.len() {
        let mend = "name each ticket once";
        return Err(Refusal::invalid("tickets", "names a ticket twice", mend));
    }
    Ok(())
}

/// Whether work in this state can be taken back.
pub fn may_undo(state: BulkState, tally: Tally) -> bool {
    matches!(state, BulkState::Done | BulkState::Cancelled) && tally.done > 0
}

/// How many tickets were dealt with.
pub fn dealt(state: BulkState, tally: Tally) -> i64 {
    match state {
        BulkState::Undoing | BulkState::Undone => tally.undone.saturating_add(tally.kept),
        _ => tally
            .done
            .saturating_add(tally.same)
            .saturating_add(tally.refused),
    }
}

/// A refusal as one ticket's outcome: a stable code and words; `None`: something of ours broke that
/// may work at the next attempt.
pub fn outcome(refusal: &Refusal) -> Option<(&'static str, String)> {
    Some(match refusal {
        Refusal::Broken(Broken::Db(_) | Broken::Key(_) | Broken::Blob(_)) => return None,
        Refusal::Broken(_) => (
            "broken",
            "Something went wrong here; see the log.".to_owned(),
        ),
        Refusal::Conflict { code, detail } => (code, detail.clone()),
        Refusal::Invalid(problems) => {
            let told = problems
                .iter()
                .map(|it| format!("{} {}: {}", it.field, it.reason, it.mend));
            ("invalid", told.collect::<Vec<_>>().join("; "))
        }
        Refusal::Stale { .. } => {
            let words = "Somebody changed it after you looked at it.";
            ("stale_version", words.to_owned())
        }
        Refusal::NotAllowed { .. } | Refusal::NotSignedIn => {
            ("not_allowed", "You are not allowed to do this.".to_owned())
        }
        Refusal::NotFound { what } => ("not_found", format!("The {what} is gone.")),
        Refusal::TooMany { code, .. } => (code, "This happened too often just now.".to_owned()),
        Refusal::Unavailable { detail } => ("unavailable", detail.clone()),
    })
}

/// The refusal of a text that says nothing to one of its readers.
pub fn unfilled(placeholders: &[String]) -> Refusal {
    let detail = format!(
        "We don't know what to put in for {}.",
        placeholders.join(", ")
    );
    Refusal::conflict("unfilled_placeholder", detail)
}

/// What is to be put back on a ticket that stands as `now`: what the work changed and nobody since.
/// `None`: leave it. The second answer says whether something must stay that somebody changed.
pub fn put_back(moved: &Moved, now: &Standing) -> (Standing, bool) {
    let Moved { before, after } = moved;
    let mut stays = false;
    let mut back = now.clone();
    macro_rules! facet {
        ($($name:ident),+) => {
            $(if before.$name != after.$name {
                if now.$name == after.$name {
                    back.$name = before.$name.clone();
                } else if now.$name != before.$name {
                    stays = true;
                }
            })+
        };
    }
    facet!(
        status,
        priority,
        ticket_type,
        assignee,
        team,
        place,
        snoozed_until,
        tags,
        watchers
    );
    // Nothing dealt with becomes new again.
    if back.status == Status::New && now.status != Status::New {
        back.status = Status::Open;
    }
    for key in changed(&before.fields, &after.fields) {
        let held = |it: &BTreeMap<String, Value>| it.get(&key).cloned().unwrap_or(Value::Null);
        if held(&now.fields) == held(&after.fields) {
            back.fields.insert(key.clone(), held(&before.fields));
        } else if held(&now.fields) != held(&before.fields) {
            stays = true;
        }
    }
    (back, stays)
}

/// The keys of fields that hold something else.
pub fn changed(one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> Vec<String> {
    let mut keys: Vec<String> = one.keys().chain(other.keys()).cloned().collect();
    keys.sort();
    keys.dedup();
    let held = |it: &BTreeMap<String, Value>, key: &str| it.get(key).cloned().unwrap_or_default();
    keys.retain(|key| held(one, key) != held(other, key));
    keys
}

#[cfg(test)]
mod tests {
    use kernel::ids::{AgentId, TagId, TeamId};
    use proptest::prelude::*;

    use super::*;
    use crate::tickets::{Place, Priority};

    fn standing() -> impl Strategy<Value = Standing> {
        let status = prop::sample::select(vec![Status::Open, Status::Pending, Status::Solved]);
        let priority = prop::sample::select(Priority::ALL);
        let id = prop::option::of(1..3_i64);
        (
            status,
            priority,
            id.clone(),
            id,
            0..3_i64,
            prop::option::of(0..2_i64),
        )
            .prop_map(|(status, priority, assignee, team, tag, field)| Standing {
                status,
                priority,
                ticket_type: None,
                assignee: assignee.map(AgentId),
                team: team.map(TeamId),
                place: Place::Desk,
                snoozed_until: None,
                tags: vec![TagId(tag)],
                watchers: Vec::new(),
                fields: field
                    .map(|it| ("size".to_owned(), Value::from(it)))
                    .into_iter()
                    .collect(),
            })
    }

    /// The standing without fields that hold nothing, which is the same.
    fn plain(mut it: Standing) -> Standing {
        it.fields.retain(|_, value| !value.is_null());
        it
    }

    proptest! {
        #[test]
        fn undo_puts_back_all_when_nobody_came_between(
            before in standing(), after in standing()
        ) {
            let moved = Moved { before: before.clone(), after: after.clone() };
            let (back, stays) = put_back(&moved, &after);
            prop_assert_eq!(plain(back), before);
            prop_assert!(!stays);
        }

        #[test]
        fn undo_never_touches_what_somebody_changed_since(
            before in standing(), after in standing(), now in standing()
        ) {
            let moved = Moved { before: before.clone(), after: after.clone() };
            let (back, _) = put_back(&moved, &now);
            if now.priority != after.priority {
                prop_assert_eq!(back.priority, now.priority);
            }
            if now.tags != after.tags || before.tags == after.tags {
                prop_assert_eq!(&back.tags, &now.tags);
            }
            if now.fields != after.fields || before.fields == after.fields {
                prop_assert_eq!(plain(back).fields, now.fields);
            }
        }
    }

    #[test]
    fn what_is_new_becomes_open_and_lists_have_their_limits() {
        let ids: Vec<TicketId> = (1..=1_001).map(TicketId).collect();
        assert!(check(&ids).is_err() && check(&ids[1..]).is_ok());
        assert!(check(&[]).is_err() && check(&[TicketId(1), TicketId(1)]).is_err());
    }

    #[test]
    fn what_may_work_later_is_no_outcome() {
        let stale = Refusal::Stale { what: "ticket" };
        assert_eq!(outcome(&stale).unwrap().0, "stale_version");
        assert!(outcome(&Refusal::broken("a bug")).is_some());
        assert!(outcome(&kernel::db::DbError::Clash.into()).is_none());
    }
}
