//! Which lists of actions make sense, whatever there is at present.

use kernel::ids::TagId;
use kernel::refusal::Refusal;

use super::Action;
use crate::tickets::{Status, rules::TAGS_MAX};

/// The most actions together.
pub const ACTIONS_MAX: usize = 20;
/// The longest time a ticket can be put off by an action, in minutes: two years.
pub const SNOOZE_MINUTES_MAX: i64 = 2 * 366 * 24 * 60;

/// Refuses a list that makes no sense; `at` names where it stands, as in `actions`.
pub fn check(at: &str, actions: &[Action]) -> Result<(), Refusal> {
    if actions.len() > ACTIONS_MAX {
        let mend = format!("keep at most {ACTIONS_MAX} actions");
        return Err(Refusal::invalid(at, "is too long", mend));
    }
    for (index, action) in actions.iter().enumerate() {
        let at = format!("{at}.{index}");
        match action {
            Action::SetStatus {
                status: Status::New | Status::Closed,
            } => {
                let reason = "can't be set by hand";
                let mend = "set open, pending, on_hold or solved";
                return Err(Refusal::invalid(format!("{at}.status"), reason, mend));
            }
            Action::AddTags { tag_ids } | Action::RemoveTags { tag_ids }
                if tag_ids.is_empty() || tag_ids.len() > TAGS_MAX =>
            {
                let mend = format!("name 1 to {TAGS_MAX} tags");
                return Err(Refusal::invalid(
                    format!("{at}.tag_ids"),
                    "does not fit",
                    mend,
                ));
            }
            Action::Snooze { minutes } if !(1..=SNOOZE_MINUTES_MAX).contains(minutes) => {
                let mend = "give a number of minutes within two years";
                return Err(Refusal::invalid(
                    format!("{at}.minutes"),
                    "does not fit",
                    mend,
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The tags after adding and taking away, in order of their ids, each once.
pub fn tags(now: &[TagId], add: &[TagId], remove: &[TagId]) -> Vec<TagId> {
    let mut tags: Vec<TagId> = now
        .iter()
        .chain(add)
        .copied()
        .filter(|tag| !remove.contains(tag))
        .collect();
    tags.sort();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_where_it_stands() {
        let wrong = [
            (
                r#"[{"action":"set_status","status":"closed"}]"#,
                "actions.0.status",
            ),
            (
                r#"[{"action":"add_tags","tag_ids":[]}]"#,
                "actions.0.tag_ids",
            ),
            (r#"[{"action":"snooze","minutes":0}]"#, "actions.0.minutes"),
        ];
        for (json, place) in wrong {
            let actions: Vec<Action> = serde_json::from_str(json).unwrap();
            let Err(Refusal::Invalid(problems)) = check("actions", &actions) else {
                panic!("{json}")
            };
            assert_eq!(problems[0].field, place);
        }
        let many = vec![Action::Snooze { minutes: 5 }; ACTIONS_MAX + 1];
        assert!(check("actions", &many).is_err() && check("actions", &many[1..]).is_ok());
    }

    #[test]
    fn tags_are_sets() {
        let ids = |list: &[i64]| list.iter().copied().map(TagId).collect::<Vec<_>>();
        assert_eq!(
            tags(&ids(&[3, 1]), &ids(&[2, 3]), &ids(&[1, 9])),
            ids(&[2, 3])
        );
    }
}
