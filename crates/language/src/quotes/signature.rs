//! Where a signature begins.

use super::lines::{Line, Mark};
use super::rules::View;
use super::words::footers::is_footer;
use super::words::separators::is_rule;

/// The most lines of a signature after `-- ` (RFC 3676), and after what only looks like it.
const AFTER_DELIMITER_MAX: usize = 40;
const AFTER_DASHES_MAX: usize = 15;
const AFTER_DASH_MAX: usize = 8;

/// The first line of the signature that the lines from `start` to `end` close with.
pub(super) fn begins_at(view: &View<'_, '_>, start: usize, end: usize) -> Option<usize> {
    let mut first = None;
    let mut below = 0_usize;
    let mut only_footers = true;
    let mut only_marked = true;
    let mut has_link = false;
    for at in (start..end).rev() {
        let Some(line) = view.get(at) else {
            break;
        };
        if line.is_blank() {
            continue;
        }
        let is_marked = line.mark == Mark::Signature;
        only_marked &= is_marked || is_footer(&line.text);
        only_footers &= is_footer(&line.text);
        if below > AFTER_DELIMITER_MAX && !only_marked {
            break;
        }
        if only_marked || only_footers || opens(line, below, has_link) {
            first = Some(at);
        }
        has_link |= line.text.contains("http") || line.text.contains('@');
        below = below.saturating_add(1);
    }
    first
}

/// Whether a signature of `below` lines may begin with this line.
fn opens(line: &Line<'_>, below: usize, has_link: bool) -> bool {
    let text = &*line.text;
    let lines_max = match text {
        _ if line.is_delimiter => AFTER_DELIMITER_MAX,
        "--" | "- --" | "- -" => AFTER_DASHES_MAX,
        "—" | "–" | "__" | "––" | "—-" => AFTER_DASH_MAX,
        // The foot that a mailing list adds.
        _ if text.len() >= 30 && has_link && is_rule(text) && text.starts_with('_') => {
            AFTER_DASH_MAX
        }
        _ => return false,
    };
    below > 0 && below <= lines_max
}
