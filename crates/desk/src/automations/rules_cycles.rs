//! Rules that would start each other for ever. Pure.
//!
//! A rule leads to another when what it sets is what the other follows. A ring of rules goes round
//! for ever only if every change in it is undone again by another rule of the ring; one whose
//! changes settle comes to rest by itself and is allowed.

use kernel::ids::RuleId;

use super::rules::NONE;
use super::{ChangedField, Definition, RuleEvent, Step, When, Who};
use crate::actions::{Action, Assign};
use crate::conditions::{Condition, Field, Operand, Operator, OwnField};

/// One rule, as far as rings are concerned.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Which.
    pub id: RuleId,
    /// When, if, then.
    pub definition: &'a Definition,
}

/// What a rule sets: a field and the value; `None` for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Set {
    field: ChangedField,
    /// The tag, for tags.
    tag: Option<i64>,
    value: Operand,
}

/// A ring that `new` would close, from it on; `None` when there is none.
pub fn ring(new: Link<'_>, others: &[Link<'_>]) -> Option<Vec<RuleId>> {
    let mut path = vec![new];
    walk(&mut path, others).then(|| path.iter().map(|link| link.id).collect())
}

/// Longest ring that is looked for: chains end at depth 8 anyway.
const RING_MAX: usize = 8;

fn walk<'a>(path: &mut Vec<Link<'a>>, others: &[Link<'a>]) -> bool {
    let (Some(first), Some(last)) = (path.first().copied(), path.last().copied()) else {
        return false;
    };
    if !edges(last.definition, first.definition).is_empty() && goes_round(path) {
        return true;
    }
    if path.len() >= RING_MAX {
        return false;
    }
    for other in others {
        let is_new = path.iter().all(|link| link.id != other.id);
        if is_new && !edges(last.definition, other.definition).is_empty() {
            path.push(*other);
            if walk(path, others) {
                return true;
            }
            path.pop();
        }
    }
    false
}

/// Whether each step of a ring has a change that another rule of the ring takes back.
fn goes_round(ring: &[Link<'_>]) -> bool {
    let all: Vec<Set> = ring.iter().flat_map(|link| sets(link.definition)).collect();
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).all(|(from, to)| {
        edges(from.definition, to.definition).iter().any(|edge| {
            all.iter().any(|other| {
                other.field == edge.field && other.tag == edge.tag && other.value != edge.value
            })
        })
    })
}

/// What `from` sets that `to` follows.
fn edges(from: &Definition, to: &Definition) -> Vec<Set> {
    let When::Event { events } = &to.when else {
        return Vec::new();
    };
    let hears = to.by.is_empty() || to.by.contains(&Who::Rule);
    let starts = |set: &Set| {
        let event = match set.field {
            ChangedField::Status => RuleEvent::StatusChanged,
            ChangedField::Priority => RuleEvent::PriorityChanged,
            ChangedField::Type => RuleEvent::TypeChanged,
            ChangedField::Assignee => RuleEvent::AssigneeChanged,
            ChangedField::Team => RuleEvent::TeamChanged,
            ChangedField::Tag => RuleEvent::TagsChanged,
        };
        hears && events.contains(&event) && fits(set, to)
    };
    sets(from).into_iter().filter(starts).collect()
}

/// Whether a ticket that was just given this value can meet the rule.
fn fits(set: &Set, to: &Definition) -> bool {
    let changes = to.changes.iter().all(|change| {
        change.field == set.field
            && match set.tag {
                Some(tag) if set.value == Operand::Flag(true) => change
                    .to
                    .as_ref()
                    .is_none_or(|to| *to == Operand::Number(tag)),
                Some(tag) => change
                    .from
                    .as_ref()
                    .is_none_or(|from| *from == Operand::Number(tag)),
                None => change.to.as_ref().is_none_or(|to| *to == set.value),
            }
    });
    changes && to.conditions.all.iter().all(|it| may_hold(set, it))
}

fn may_hold(set: &Set, condition: &Condition) -> bool {
    let field = match set.field {
        ChangedField::Status => OwnField::Status,
        ChangedField::Priority => OwnField::Priority,
        ChangedField::Type => OwnField::Type,
        ChangedField::Assignee => OwnField::Assignee,
        ChangedField::Team => OwnField::Team,
        ChangedField::Tag => return true,
    };
    if condition.field != Field::Own(field) {
        return true;
    }
    let is_none = set.value == Operand::Text(NONE.to_owned());
    let listed = matches!(&condition.value, Some(Operand::List(list)) if list.contains(&set.value));
    match condition.op {
        Operator::Is => condition.value.as_ref() == Some(&set.value),
        Operator::IsNot => condition.value.as_ref() != Some(&set.value),
        Operator::OneOf => listed,
        Operator::NoneOf => !listed,
        Operator::Set => !is_none,
        Operator::NotSet => is_none,
        _ => true,
    }
}

fn sets(definition: &Definition) -> Vec<Set> {
    let word = |field, word: &str| Set {
        field,
        tag: None,
        value: Operand::Text(word.to_owned()),
    };
    let id = |field, id: Option<i64>| Set {
        field,
        tag: None,
        value: id.map_or(Operand::Text(NONE.to_owned()), Operand::Number),
    };
    let tag = |tag: i64, there: bool| Set {
        field: ChangedField::Tag,
        tag: Some(tag),
        value: Operand::Flag(there),
    };
    let mut found = Vec::new();
    for step in &definition.actions {
        let Step::Action(action) = step else { continue };
        match action {
            Action::SetStatus { status } => found.push(word(ChangedField::Status, status.as_str())),
            Action::SetPriority { priority } => {
                found.push(word(ChangedField::Priority, priority.as_str()));
            }
            Action::SetType { ticket_type } => found.push(word(
                ChangedField::Type,
                ticket_type.map_or(NONE, |it| it.as_str()),
            )),
            Action::Assign { to: Assign::Nobody } => found.push(id(ChangedField::Assignee, None)),
            Action::Assign {
                to: Assign::Agent(agent),
            } => found.push(id(ChangedField::Assignee, Some(agent.0))),
            Action::SetTeam { team_id } => {
                found.push(id(ChangedField::Team, team_id.map(|it| it.0)));
            }
            Action::AddTags { tag_ids } => found.extend(tag_ids.iter().map(|it| tag(it.0, true))),
            Action::RemoveTags { tag_ids } => {
                found.extend(tag_ids.iter().map(|it| tag(it.0, false)));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(to: Option<&str>, set: &str) -> Definition {
        let to = to.map_or(String::new(), |to| format!(r#","to":"{to}""#));
        serde_json::from_str(&format!(
            r#"{{"when":{{"type":"event","events":["status_changed"]}},
                "changes":[{{"field":"status"{to}}}],
                "actions":[{{"action":"set_status","status":"{set}"}}]}}"#
        ))
        .unwrap()
    }

    fn ring_of(rules: &[Definition]) -> Option<Vec<i64>> {
        let links: Vec<Link<'_>> = (1..)
            .zip(rules)
            .map(|(id, definition)| Link {
                id: RuleId(id),
                definition,
            })
            .collect();
        let ring = ring(links[0], &links[1..])?;
        Some(ring.into_iter().map(|id| id.0).collect())
    }

    #[test]
    fn two_rules_that_undo_each_other_are_a_ring() {
        let (open, pending) = (on(Some("pending"), "open"), on(Some("open"), "pending"));
        assert_eq!(ring_of(&[open.clone(), pending.clone()]), Some(vec![1, 2]));
        assert_eq!(
            ring_of(&[on(None, "open"), on(None, "pending")]),
            Some(vec![1, 2])
        );
        // A third one in between changes nothing about it.
        let solved = on(Some("on_hold"), "solved");
        assert_eq!(ring_of(&[open, solved, pending]), Some(vec![1, 3]));
    }

    #[test]
    fn what_settles_by_itself_is_allowed() {
        assert_eq!(ring_of(&[on(None, "open")]), None);
        assert_eq!(
            ring_of(&[on(Some("pending"), "open"), on(Some("solved"), "pending")]),
            None
        );
        let mut people_only = on(Some("open"), "pending");
        people_only.by = vec![Who::Agent, Who::Customer];
        assert_eq!(ring_of(&[on(Some("pending"), "open"), people_only]), None);
    }
}
