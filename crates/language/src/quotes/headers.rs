//! The head of a quoted mail: "From:", "Sent:", "To:", "Subject:" on lines of their own.

use super::rules::View;
use super::words::labels::{Role, read};

/// The most lines of one head, and of one value that goes on over lines.
const LINES_MAX: usize = 60;
const CONTINUED_MAX: usize = 3;

/// The line after the head of a mail that begins with line `start`.
///
/// Since forms and itineraries also say "From:", "To:" and "Date:", a head must hold what only mail
/// has: a subject, a time of sending, or an address. `is_expected` is for what follows a separator.
pub(super) fn block_at(view: &View<'_, '_>, start: usize, is_expected: bool) -> Option<usize> {
    let first = view.own(start)?;
    let mut found = Found::default();
    found.add(read(&first.text)?);
    let mut end = start.saturating_add(1);
    let mut continued = 0_usize;
    let mut blanks = 0_usize;
    for at in start.saturating_add(1)..start.saturating_add(LINES_MAX) {
        let Some(line) = view.get(at).filter(|line| line.depth == first.depth) else {
            break;
        };
        if line.is_blank() {
            blanks = blanks.saturating_add(1);
            if blanks > 1 || continued > 0 {
                break;
            }
        } else if let Some(header) = read(&line.text) {
            // Nobody wrote it twice: the head of a mail within has begun.
            if found.has(header.0) && (blanks > 0 || header.0 == Role::From) {
                break;
            }
            found.add(header);
            end = at.saturating_add(1);
            continued = 0;
            blanks = 0;
        } else {
            let is_list = line.text.contains('@') || line.text.ends_with([',', ';']);
            continued = continued.saturating_add(usize::from(!is_list));
            if blanks > 0 || continued > CONTINUED_MAX {
                break;
            }
        }
    }
    found.is_head(is_expected).then_some(end)
}

/// What a block has told so far.
#[derive(Debug, Default)]
struct Found {
    roles: Vec<Role>,
    has_address: bool,
}

impl Found {
    fn add(&mut self, (role, value): (Role, &str)) {
        if !self.roles.contains(&role) {
            self.roles.push(role);
        }
        self.has_address |= value.contains('@');
    }

    fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    fn is_head(&self, is_expected: bool) -> bool {
        let tells_when = self.has(Role::Sent) || self.has(Role::Date);
        let of_mail = self.has(Role::Subject) || self.has(Role::Sent);
        let named = self
            .roles
            .iter()
            .filter(|role| **role != Role::Other)
            .count();
        if is_expected {
            return self.has(Role::From) && named >= 2;
        }
        self.has(Role::From)
            && named >= 3
            && (self.has(Role::To) || self.has(Role::Subject))
            && (of_mail || self.has_address)
            && (tells_when || self.has_address)
    }
}
