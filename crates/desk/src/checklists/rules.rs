//! What tasks and checklists hold.

use kernel::ids::AgentId;
use kernel::refusal::Refusal;

use super::{ChecklistItem, Stored};

/// Longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 300;
/// Longest name of a checklist, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// The most tasks on one ticket.
pub const TASKS_MAX: usize = 100;
/// The most items of a checklist.
pub const ITEMS_MAX: usize = 50;
/// The most checklists.
pub const CHECKLISTS_MAX: usize = 200;
/// The longest time that an item gives, in minutes: a year.
pub const MINUTES_MAX: i64 = 366 * 24 * 60;

fn line(field: &str, given: &str, max: usize, mend: &str) -> Result<String, Refusal> {
    let line = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err(Refusal::invalid(field, "is empty", mend));
    }
    if line.chars().count() > max || line.chars().any(char::is_control) {
        let mend = format!("use at most {max} plain characters");
        return Err(Refusal::invalid(field, "is too long", mend));
    }
    Ok(line)
}

/// Tidies what is to be done.
pub fn title(given: &str) -> Result<String, Refusal> {
    line("title", given, TITLE_CHARS_MAX, "say what is to be done")
}

/// Tidies the name of a checklist.
pub fn name(given: &str) -> Result<String, Refusal> {
    line(
        "name",
        given,
        NAME_CHARS_MAX,
        "give it a name, such as Return",
    )
}

/// Tidies the items of a checklist.
pub fn items(given: &[ChecklistItem]) -> Result<Vec<ChecklistItem>, Refusal> {
    if given.is_empty() || given.len() > ITEMS_MAX {
        let mend = format!("name 1 to {ITEMS_MAX} items");
        return Err(Refusal::invalid("items", "are none or too many", mend));
    }
    let mut items = Vec::with_capacity(given.len());
    for (index, item) in given.iter().enumerate() {
        let field = format!("items.{index}.title");
        let title = line(
            &field,
            &item.title,
            TITLE_CHARS_MAX,
            "say what is to be done",
        )?;
        if item
            .minutes
            .is_some_and(|it| !(1..=MINUTES_MAX).contains(&it))
        {
            let field = format!("items.{index}.minutes");
            let mend = "give it between a minute and a year, or no time";
            return Err(Refusal::invalid(field, "is not a time to do it in", mend));
        }
        items.push(ChecklistItem {
            title,
            ..item.clone()
        });
    }
    Ok(items)
}

/// Who is told that a task fell due.
pub fn told(task: &Stored, has_ticket: Option<AgentId>) -> Vec<AgentId> {
    task.assignee.or(has_ticket).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checklist_has_items_that_say_something() {
        let item = ChecklistItem {
            title: " Check  the  serial ".to_owned(),
            required: true,
            minutes: Some(60),
        };
        assert_eq!(
            items(std::slice::from_ref(&item)).unwrap()[0].title,
            "Check the serial"
        );
        assert!(items(&[]).is_err());
        for bad in [
            ChecklistItem {
                title: " ".to_owned(),
                ..item.clone()
            },
            ChecklistItem {
                minutes: Some(0),
                ..item
            },
        ] {
            assert!(items(&[bad]).is_err());
        }
    }
}
