//! Fetching what is new in a mailbox.

use super::keeper::Keeper;
use super::rules::{self, Choice, Folder};
use super::{Cursor, FetchProblem, store};
use crate::Channels;
use crate::email::imap::{Listed, Mailbox, Piece};
use crate::email::intake::commands::Reached;
use crate::email::intake::{self, Arrival, Envelope, MAIL_BYTES_MAX, Source};
use crate::email::large::{Beginning, Raw, Spool};
use crate::email::oauth::sign_in;
use crate::inboxes::{Access, Inbox, Look};
use kernel::db::{DbError, Tx};
use kernel::leases::Lease;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::time::Duration;

/// Mails listed at a time.
const LISTED_MAX: usize = 100;
/// A batch is stored when it holds this many bytes or mails.
const BATCH_BYTES: usize = 1024 * 1024;
const BATCH_MAILS: usize = 25;
/// Mails that the server says are larger are fetched in pieces of so many bytes.
const SMALL_SIZE_MAX: i64 = 1024 * 1024;
const PIECE_BYTES: u64 = 512 * 1024;
/// Longest time for one large mail: its host's other mailboxes wait for it.
const STREAM_MAX: Duration = Duration::from_secs(20 * 60);
/// What is fetched of a mail that is too large: its headers and the first words.
const BEGINNING_BYTES: u64 = 64 * 1024;
/// After this many connections in a row that broke on the same mail it is left to a person.
const STRIKES_MAX: u32 = 3;

/// The mail on which the last connections broke, and how many.
#[derive(Debug, Default)]
pub(super) struct Strikes {
    uid: i64,
    count: u32,
}

impl Strikes {
    fn of(&self, uid: i64) -> u32 {
        if self.uid == uid { self.count } else { 0 }
    }

    fn add(&mut self, uid: i64) {
        self.count = self.of(uid) + 1;
        self.uid = uid;
    }
}

/// What fetching needs of its surroundings.
pub(super) struct Round<'a> {
    pub channels: &'a Channels,
    pub keeper: &'a Keeper,
    pub inbox: &'a Inbox,
    pub lease: &'a Lease,
}

/// Connects once, stores everything new and says goodbye.
///
/// # Errors
/// What broke; what was stored until then stays stored.
pub async fn fetch_once(
    channels: &Channels,
    inbox: &Inbox,
    lease: &Lease,
) -> Result<(), FetchProblem> {
    let Some(access) = &inbox.imap else {
        return Ok(());
    };
    let round = Round {
        channels,
        keeper: &Keeper::default(),
        inbox,
        lease,
    };
    let (mut mailbox, mut cursor) = round.open(access).await?;
    let mut strikes = Strikes::default();
    round
        .fetch_new(&mut mailbox, &mut cursor, &mut strikes)
        .await?;
    mailbox.close().await;
    Ok(())
}

/// Where reading begins in a folder that was just opened. Kept at once: a mail that arrives before
/// the first fetch must count as new.
pub(super) async fn begin(
    round: &Round<'_>,
    mailbox: &mut Mailbox,
) -> Result<Cursor, FetchProblem> {
    let kernel = &round.channels.desk.kernel;
    let id = round.inbox.id;
    let finding = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| store::find(tx, id).await);
    let stored: Option<Cursor> = finding.await.map_err(|problem: DbError| problem)?;
    let folder = Folder {
        uid_validity: mailbox.uid_validity,
        uid_next: mailbox.uid_next,
    };
    if let Some(cursor) = stored.clone().filter(|it| rules::goes_on(Some(it), folder)) {
        return Ok(cursor);
    }
    let highest = mailbox.highest_uid().await?;
    let now = kernel.clock.now();
    let cursor = rules::begin(stored.clone(), id, folder, highest, round.inbox.import, now);
    if stored.as_ref() != Some(&cursor) {
        let reached = round.reached(&cursor);
        let keeping = kernel.db.write(async move |tx: &mut Tx<'_>| {
            if !store::still_follows(tx, &reached).await? {
                return Err(Refusal::Stale { what: "mailbox" });
            }
            Ok(store::save(tx, &reached.cursor).await?)
        });
        keeping.await?;
    }
    Ok(cursor)
}

impl Round<'_> {
    fn reached(&self, cursor: &Cursor) -> Reached {
        Reached {
            cursor: cursor.clone(),
            lease: self.lease.clone(),
            version: self.inbox.version,
        }
    }

    pub async fn open(&self, access: &Access) -> Result<(Mailbox, Cursor), FetchProblem> {
        let mut mailbox = sign_in::open_imap(self.channels, access).await?;
        let cursor = begin(self, &mut mailbox).await?;
        Ok((mailbox, cursor))
    }

    /// Stores every mail behind the cursor, in batches; answers how many there were.
    pub async fn fetch_new(
        &self,
        mailbox: &mut Mailbox,
        cursor: &mut Cursor,
        strikes: &mut Strikes,
    ) -> Result<usize, FetchProblem> {
        let mut all = 0;
        loop {
            let listing = mailbox.list(cursor.uid, LISTED_MAX).await?;
            if listing.mails.is_empty() {
                return Ok(all);
            }
            all += listing.mails.len();
            if listing.found > BATCH_MAILS {
                self.note_waiting(listing.found, &listing.mails).await?;
            }
            let mut batch = Vec::new();
            let mut bytes = 0;
            for mail in listing.mails {
                let arrivals = match rules::choose(cursor, &mail, self.inbox.import) {
                    Choice::Leave => Vec::new(),
                    Choice::Take { quiet } => {
                        let fetched = self.fetch(mailbox, &mail, cursor, quiet, strikes).await;
                        if fetched.is_err() && !batch.is_empty() {
                            // What came before the break is not fetched a second time.
                            self.keep_batch(cursor, std::mem::take(&mut batch)).await?;
                        }
                        fetched?
                    }
                };
                cursor.uid = mail.uid;
                bytes += arrivals.iter().map(|mail| mail.raw.held()).sum::<usize>();
                batch.extend(arrivals);
                if bytes >= BATCH_BYTES || batch.len() >= BATCH_MAILS {
                    self.keep_batch(cursor, std::mem::take(&mut batch)).await?;
                    bytes = 0;
                }
            }
            self.keep_batch(cursor, batch).await?;
        }
    }

    /// Lets the administrator see a backlog while it is worked off.
    async fn note_waiting(&self, found: usize, mails: &[Listed]) -> Result<(), Refusal> {
        let kernel = &self.channels.desk.kernel;
        let oldest = mails.iter().filter_map(|mail| mail.arrived_at).min();
        let look = Look {
            at: kernel.clock.now(),
            ended: false,
            waiting: i64::try_from(found).unwrap_or(i64::MAX),
            oldest_waiting_at: oldest.map(Timestamp::from_micros),
        };
        self.keeper.looked(kernel, self.inbox.id, look).await
    }

    async fn keep_batch(&self, cursor: &Cursor, batch: Vec<Arrival>) -> Result<(), FetchProblem> {
        let kernel = &self.channels.desk.kernel;
        let reached = Some(self.reached(cursor));
        intake::accept(kernel, self.inbox, Source::Imap, batch, reached).await?;
        Ok(())
    }

    /// Fetches one mail. Of one that is too large the beginning is taken; one that the server lists
    /// but does not hand over becomes a visible failure; one that vanished meanwhile is nobody's.
    async fn fetch(
        &self,
        mailbox: &mut Mailbox,
        mail: &Listed,
        cursor: &Cursor,
        quiet: bool,
        strikes: &mut Strikes,
    ) -> Result<Vec<Arrival>, FetchProblem> {
        let arrival = |raw: Raw, problem: Option<String>| Arrival {
            raw,
            quiet,
            problem,
            envelope: Envelope::default(),
        };
        let place = stand_in(mail, cursor);
        let failure = |reason| vec![arrival(place.clone().into_bytes().into(), Some(reason))];
        if strikes.of(mail.uid) >= STRIKES_MAX {
            return Ok(failure(format!(
                "The connection broke {STRIKES_MAX} times while mail {} was fetched. It was left \
                 on the server.",
                mail.uid
            )));
        }
        let host = self.inbox.imap.as_ref().map_or("", |imap| &imap.host);
        let _turn = self.keeper.turn(host, mail.size).await;
        // A second time for a server that forgets to answer.
        for _ in 0..2 {
            let large = if mail.size > SMALL_SIZE_MAX {
                let streaming = self.stream(mailbox, mail, &place).await;
                // What breaks on our side is not the mail's fault.
                streaming.inspect_err(|problem| match problem {
                    FetchProblem::Server(_) => strikes.add(mail.uid),
                    FetchProblem::Ours(_) => {}
                })?
            } else {
                Streamed::Nothing
            };
            let copies = match large {
                Streamed::Here(raw) => return Ok(vec![arrival(raw, None)]),
                Streamed::Apart => mailbox.copies(mail.uid, mail.size).await,
                Streamed::Nothing if mail.size > SMALL_SIZE_MAX => Ok(Vec::new()),
                Streamed::Nothing => mailbox.copies(mail.uid, mail.size).await,
            };
            let copies = copies.inspect_err(|_| strikes.add(mail.uid))?;
            if !copies.is_empty() {
                let whole = |raw: Vec<u8>| arrival(raw.into(), None);
                return Ok(copies.into_iter().map(whole).collect());
            }
            if !mailbox.lists(mail.uid).await? {
                return Ok(Vec::new());
            }
        }
        let uid = mail.uid;
        Ok(failure(format!(
            "The server lists mail {uid} but does not hand it over."
        )))
    }

    /// Fetches a large mail piece by piece, or the beginning of one that is too large. The pieces
    /// say when it ends; what the server says of its size is only believed where it is true.
    async fn stream(
        &self,
        mailbox: &mut Mailbox,
        mail: &Listed,
        place: &str,
    ) -> Result<Streamed, FetchProblem> {
        let most = u64::try_from(MAIL_BYTES_MAX).unwrap_or(u64::MAX);
        let size = u64::try_from(mail.size).unwrap_or_default();
        let goes_beyond = size > most
            && match mailbox.piece(mail.uid, most, 1).await? {
                Piece::Bytes(bytes) => !bytes.is_empty(),
                Piece::All(_) | Piece::Missing | Piece::Several => false,
            };
        let ends_at = if goes_beyond {
            BEGINNING_BYTES
        } else {
            u64::MAX
        };
        let clock = &self.channels.desk.kernel.clock;
        let deadline = clock.now().plus(STREAM_MAX);
        let mut spool = Spool::new(&self.channels.desk.kernel, self.inbox.key);
        while spool.wants_more() && spool.size() < ends_at {
            if clock.now() >= deadline {
                return Err(mailbox.loses_thread().into());
            }
            let asked = PIECE_BYTES.min(ends_at);
            match mailbox.piece(mail.uid, spool.size(), asked).await? {
                Piece::Bytes(bytes) if bytes.is_empty() => break,
                Piece::Bytes(bytes) => {
                    spool.write(&bytes).await;
                    let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    if count < asked && spool.size() >= size {
                        break;
                    }
                }
                Piece::All(bytes) if spool.size() == 0 => {
                    spool.write(&bytes).await;
                    break;
                }
                Piece::Missing if spool.size() == 0 => return Ok(Streamed::Nothing),
                // It changed its mind half way: another connection begins anew.
                Piece::All(_) | Piece::Missing => return Err(mailbox.loses_thread().into()),
                Piece::Several => return Ok(Streamed::Apart),
            }
        }
        if spool.size() == 0 {
            return Ok(Streamed::Nothing);
        }
        let seen = spool.size();
        Ok(Streamed::Here(match spool.finish().await? {
            Raw::Whole(bytes) if goes_beyond => beginning(bytes, size, place),
            Raw::Beginning(begun) => beginning(begun.bytes, size.max(seen), place),
            raw => raw,
        }))
    }
}

/// What came of fetching a mail piece by piece.
enum Streamed {
    Here(Raw),
    /// The server did not answer.
    Nothing,
    /// Several mails have its UID: they can only be told apart whole.
    Apart,
}

fn beginning(bytes: Vec<u8>, size: u64, place: &str) -> Raw {
    Raw::Beginning(Beginning {
        bytes,
        size,
        place: place.to_owned(),
    })
}

/// Identifies a mail of which there is no copy, so that its failure is listed once.
fn stand_in(mail: &Listed, cursor: &Cursor) -> String {
    format!("{}/{}/{}", cursor.inbox, cursor.uid_validity, mail.uid)
}
