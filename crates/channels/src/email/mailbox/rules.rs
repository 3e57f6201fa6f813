//! Where reading a mailbox begins and which mail is taken. Pure.

use super::Cursor;
use crate::email::imap::Listed;
use crate::email::server::{ServerProblem, Step};
use crate::inboxes::Import;
use kernel::ids::InboxId;
use kernel::time::Timestamp;
use std::time::Duration;

/// How much a server's clock may differ from ours before old mail is told from new wrongly.
const CLOCK_MARGIN: Duration = Duration::from_secs(3600);
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// What is done with a listed mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// It was there before the inbox was connected and stays where it is.
    Leave,
    /// It is taken in; quietly when it is history.
    Take { quiet: bool },
}

/// The cursor to go on from. A mailbox whose UIDVALIDITY changed is looked through from its first
/// mail: what is known is recognised by its content, what is not was never received.
pub(super) fn begin(
    stored: Option<Cursor>,
    inbox: InboxId,
    uid_validity: i64,
    highest_uid: i64,
    import: Import,
    now: Timestamp,
) -> Cursor {
    match stored {
        Some(cursor) if cursor.uid_validity == uid_validity => cursor,
        Some(cursor) => Cursor {
            uid_validity,
            uid: 0,
            old_through: highest_uid,
            ..cursor
        },
        None => Cursor {
            inbox,
            uid_validity,
            uid: if import == Import::NewOnly {
                highest_uid
            } else {
                0
            },
            old_through: highest_uid,
            connected_at: now,
        },
    }
}

/// Whether a mail is taken. Only mail that lay in the mailbox when it was connected, or when its
/// UIDs were given anew, is judged by its date.
pub(super) fn choose(cursor: &Cursor, mail: &Listed, import: Import) -> Choice {
    if mail.uid > cursor.old_through {
        return Choice::Take { quiet: false };
    }
    let arrived = mail.arrived_at.map(Timestamp::from_micros);
    match import {
        Import::History => Choice::Take {
            quiet: arrived.is_none_or(|at| at < cursor.connected_at),
        },
        Import::NewOnly => {
            let oldest = cursor.connected_at.minus(CLOCK_MARGIN);
            if arrived.is_some_and(|at| at < oldest) {
                Choice::Leave
            } else {
                Choice::Take { quiet: false }
            }
        }
    }
}

/// How long to wait after the nth failure in a row; `jitter` is 0 to 99. Refused sign-ins wait
/// longer, because providers lock accounts that try too often.
pub(super) fn pause(failures: u32, problem: &ServerProblem, jitter: u64) -> Duration {
    let first = if problem.step == Step::SignIn { 60 } else { 5 };
    let doubled = Duration::from_secs(first)
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(10)))
        .min(PAUSE_MAX);
    doubled.saturating_mul(u32::try_from(100 + jitter % 50).unwrap_or(100)) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    const INBOX: InboxId = InboxId(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn listed(uid: i64, arrived: Option<i64>) -> Listed {
        Listed {
            uid,
            size: 1,
            arrived_at: arrived.map(|s| s * 1_000_000),
        }
    }

    #[test]
    fn the_first_connection_follows_the_choice() {
        let new = begin(None, INBOX, 7, 41, Import::NewOnly, at(10_000));
        assert_eq!((new.uid, new.uid_validity), (41, 7));
        let history = begin(None, INBOX, 7, 41, Import::History, at(10_000));
        assert_eq!((history.uid, history.old_through), (0, 41));
        assert_eq!(
            choose(&history, &listed(3, Some(9_000)), Import::History),
            Choice::Take { quiet: true }
        );
        assert_eq!(
            choose(&history, &listed(42, Some(1)), Import::History),
            Choice::Take { quiet: false },
            "what came after connecting is new whatever its date says"
        );
    }

    #[test]
    fn a_new_uid_validity_rescans_without_importing_what_was_left() {
        let stored = begin(None, INBOX, 7, 41, Import::NewOnly, at(10_000));
        assert_eq!(
            begin(Some(stored.clone()), INBOX, 7, 90, Import::NewOnly, at(1)),
            stored
        );
        let again = begin(Some(stored), INBOX, 8, 60, Import::NewOnly, at(99_000));
        assert_eq!(
            (again.uid, again.old_through, again.connected_at),
            (0, 60, at(10_000))
        );
        let choice = |arrived| choose(&again, &listed(5, arrived), Import::NewOnly);
        assert_eq!(choice(Some(1_000)), Choice::Leave);
        assert_eq!(choice(Some(9_000)), Choice::Take { quiet: false });
        assert_eq!(choice(Some(20_000)), Choice::Take { quiet: false });
        assert_eq!(choice(None), Choice::Take { quiet: false });
    }

    #[test]
    fn pauses_grow_and_are_gentle_to_accounts() {
        let network = ServerProblem::new(Step::Connect, "", "");
        let sign_in = ServerProblem::new(Step::SignIn, "", "");
        assert_eq!(pause(1, &network, 0).as_secs(), 5);
        assert_eq!(pause(2, &network, 0).as_secs(), 10);
        assert_eq!(pause(50, &network, 0).as_secs(), 600);
        assert_eq!(pause(1, &sign_in, 0).as_secs(), 60);
        assert!(pause(1, &network, 49) > pause(1, &network, 0));
    }
}
