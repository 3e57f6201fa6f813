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
const START_SPACING_MS: u64 = 50;
/// So many are spread; more begin between them.
const STARTS_SPREAD: u64 = 400;

/// What is done with a listed mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// It was there before the inbox was connected and stays where it is.
    Leave,
    /// It is taken in; quietly when it is history.
    Take { quiet: bool },
}

/// What a server says of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Folder {
    /// Its UIDVALIDITY.
    pub uid_validity: i64,
    /// Its UIDNEXT, when it says so.
    pub uid_next: Option<i64>,
}

/// Whether reading goes on behind the cursor without a further look: the UIDs are those of before
/// and the next one lies behind the cursor, as it must.
pub(super) fn goes_on(stored: Option<&Cursor>, folder: Folder) -> bool {
    stored.is_some_and(|cursor| {
        cursor.uid_validity == folder.uid_validity
            && folder.uid_next.is_none_or(|next| next > cursor.uid)
    })
}

/// The cursor to begin at when reading does not simply go on; `highest_uid` is that of a mail in
/// the folder.
///
/// A mailbox whose UIDs were given anew, with another UIDVALIDITY or silently (a restored backup),
/// is looked through from its first mail: what is known is recognised by its content, what is not
/// was never received. UIDNEXT alone proves nothing: some servers are wrong about it.
pub(super) fn begin(
    stored: Option<Cursor>,
    inbox: InboxId,
    folder: Folder,
    highest_uid: i64,
    import: Import,
    now: Timestamp,
) -> Cursor {
    let Some(cursor) = stored else {
        // Mail that came between the two answers is new; a UIDNEXT beyond the mails is not
        // believed, or those that come next would be passed over.
        let through = folder
            .uid_next
            .map_or(highest_uid, |next| highest_uid.min(next.saturating_sub(1)));
        return Cursor {
            inbox,
            uid_validity: folder.uid_validity,
            uid: if import == Import::NewOnly {
                through.max(0)
            } else {
                0
            },
            old_through: highest_uid,
            connected_at: now,
        };
    };
    let wrong_next = folder.uid_next.is_some_and(|next| highest_uid >= next);
    if goes_on(Some(&cursor), folder)
        || (cursor.uid_validity == folder.uid_validity && wrong_next && highest_uid >= cursor.uid)
    {
        return cursor;
    }
    Cursor {
        uid_validity: folder.uid_validity,
        uid: 0,
        old_through: highest_uid,
        ..cursor
    }
}

/// How long the nth of the mailboxes that begin together waits, so that they don't all connect at
/// once; `chance` is any number.
pub(super) fn start_after(nth: usize, chance: u64) -> Duration {
    if nth == 0 {
        return Duration::ZERO;
    }
    let nth = u64::try_from(nth).unwrap_or_default() % STARTS_SPREAD;
    Duration::from_millis(nth * START_SPACING_MS + chance % START_SPACING_MS)
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

    fn folder(uid_validity: i64, uid_next: i64) -> Folder {
        Folder {
            uid_validity,
            uid_next: Some(uid_next),
        }
    }

    fn first(folder: Folder, highest: i64, import: Import) -> Cursor {
        begin(None, INBOX, folder, highest, import, at(10_000))
    }

    #[test]
    fn the_first_connection_follows_the_choice() {
        let new = first(folder(7, 42), 41, Import::NewOnly);
        assert_eq!((new.uid, new.uid_validity), (41, 7));
        let history = first(folder(7, 42), 41, Import::History);
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
    fn a_wrong_uidnext_passes_nothing_over_and_imports_nothing() {
        let beyond = first(folder(7, 1_000), 41, Import::NewOnly);
        assert_eq!(beyond.uid, 41, "mail 42 will be seen");
        let behind = first(folder(7, 1), 41, Import::NewOnly);
        assert_eq!((behind.uid, behind.old_through), (0, 41));
        let old = choose(&behind, &listed(5, Some(1_000)), Import::NewOnly);
        assert_eq!(old, Choice::Leave, "judged by its date");
        let unsaid = Folder {
            uid_validity: 7,
            uid_next: None,
        };
        assert_eq!(first(unsaid, 41, Import::NewOnly).uid, 41);
    }

    #[test]
    fn a_new_uid_validity_rescans_without_importing_what_was_left() {
        let stored = first(folder(7, 42), 41, Import::NewOnly);
        assert!(goes_on(Some(&stored), folder(7, 91)));
        assert!(!goes_on(Some(&stored), folder(8, 91)));
        assert!(!goes_on(None, folder(8, 91)));
        let anew = |from| {
            begin(
                Some(stored.clone()),
                INBOX,
                from,
                60,
                Import::NewOnly,
                at(99_000),
            )
        };
        let again = anew(folder(8, 61));
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
    fn uids_that_went_backwards_are_noticed() {
        let stored = first(folder(7, 42), 41, Import::NewOnly);
        let again = |next, highest| {
            let from = folder(7, next);
            begin(
                Some(stored.clone()),
                INBOX,
                from,
                highest,
                Import::NewOnly,
                at(1),
            )
            .uid
        };
        assert_eq!(again(31, 30), 0, "a backup was restored");
        assert_eq!(again(1, 0), 0, "and one of an empty folder");
        assert_eq!(
            again(1, 41),
            41,
            "a server that is wrong about UIDNEXT, not about UIDs"
        );
        assert_eq!(again(50, 40), 41, "mail 41 was deleted");
        let ahead = Cursor {
            uid: i64::from(u32::MAX),
            ..stored.clone()
        };
        let from = folder(7, 42);
        let back = begin(Some(ahead), INBOX, from, 41, Import::NewOnly, at(1));
        assert_eq!(back.uid, 0, "a UID that never was does not hide what comes");
    }

    #[test]
    fn those_that_begin_together_are_spread() {
        assert_eq!(start_after(0, 12_345), Duration::ZERO);
        assert!(start_after(299, u64::MAX) < Duration::from_secs(15));
        assert!(start_after(100_399, u64::MAX) < Duration::from_secs(20));
        assert!(start_after(2, 0) > start_after(1, u64::MAX));
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
