//! Answers to SEARCH and FETCH that are known to be whole.
//!
//! The library takes a connection that ends between two responses for the end of the answer, and
//! does not look at how the server closes it. Then a mail that was never handed over looks like
//! one that is not there any more. Here an answer counts only with its tagged OK (RFC 3501, 7.1).

use crate::email::intake::MAIL_BYTES_MAX;
use async_imap::Session;
use async_imap::error::Error;
use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response, Status};
use jiff::fmt::strtime;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};

/// Most UIDs, mails and bytes of content taken from one answer: the mails of a very large folder,
/// and two copies of the largest mail.
const UIDS_MAX: usize = 5_000_000;
const MAILS_MAX: usize = 100_000;
const BYTES_MAX: usize = 2 * (MAIL_BYTES_MAX + 1024 * 1024);

/// What a server says about one mail.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    pub uid: Option<u32>,
    /// In bytes.
    pub size: Option<u32>,
    /// In microseconds since the epoch.
    pub arrived_at: Option<i64>,
    /// The part that was asked for.
    pub content: Option<Vec<u8>>,
    /// Where it begins, when a piece was asked for.
    pub origin: Option<u32>,
}

/// The UIDs that a UID SEARCH finds, each once, in order.
///
/// # Errors
/// The server refused, or the connection was lost before the answer's end.
pub(super) async fn search<S>(session: &mut Session<S>, query: &str) -> Result<Vec<u32>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug,
{
    let mut uids = Vec::new();
    ask(session, &format!("UID SEARCH {query}"), |response| {
        if let Response::MailboxData(MailboxDatum::Search(found)) = response {
            uids.extend_from_slice(found);
        }
        within(uids.len(), UIDS_MAX)
    })
    .await?;
    uids.sort_unstable();
    uids.dedup();
    Ok(uids)
}

/// What a UID FETCH answers, in the server's order.
///
/// # Errors
/// The server refused, or the connection was lost before the answer's end.
pub(super) async fn fetch<S>(
    session: &mut Session<S>,
    uids: &str,
    items: &str,
) -> Result<Vec<Fetched>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug,
{
    let (mut all, mut bytes) = (Vec::new(), 0_usize);
    ask(session, &format!("UID FETCH {uids} {items}"), |response| {
        if let Response::Fetch(_, attributes) = response {
            let mail = fetched(attributes);
            let held = mail.content.as_ref().map_or(0, Vec::len);
            bytes = bytes.saturating_add(held);
            all.push(mail);
        }
        within(all.len(), MAILS_MAX)?;
        within(bytes, BYTES_MAX)
    })
    .await?;
    Ok(all)
}

/// Ends the conversation with a server that answers without end.
fn within(count: usize, most: usize) -> Result<(), Error> {
    if count <= most {
        return Ok(());
    }
    let reason = "it answers more than was asked";
    Err(io::Error::new(io::ErrorKind::InvalidData, reason).into())
}

/// Says `command` and hands on everything up to its tagged answer.
async fn ask<S>(
    session: &mut Session<S>,
    command: &str,
    mut take: impl FnMut(&Response<'_>) -> Result<(), Error>,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug,
{
    let asked = session.run_command(command).await?;
    while let Some(response) = session.read_response().await? {
        let response = response.parsed();
        let Response::Done {
            tag,
            status,
            outcome,
        } = response
        else {
            take(response)?;
            continue;
        };
        if *tag != asked {
            continue;
        }
        let said = outcome.information.as_deref().unwrap_or_default();
        return match status {
            Status::Ok => Ok(()),
            Status::No => Err(Error::No(said.to_owned())),
            _ => Err(Error::Bad(said.to_owned())),
        };
    }
    Err(Error::ConnectionLost)
}

fn fetched(attributes: &[AttributeValue<'_>]) -> Fetched {
    let mut mail = Fetched::default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => mail.uid = Some(*uid),
            AttributeValue::Rfc822Size(size) => mail.size = Some(*size),
            AttributeValue::InternalDate(date) => mail.arrived_at = micros(date),
            AttributeValue::BodySection { data, index, .. } => {
                mail.content = data.as_ref().map(|data| data.to_vec());
                mail.origin = *index;
            }
            _ => {}
        }
    }
    mail
}

/// A date-time of RFC 3501, as in ` 2-Mar-2026 09:30:00 +0000`.
fn micros(date: &str) -> Option<i64> {
    let parsed = strtime::parse("%d-%b-%Y %H:%M:%S %z", date.trim()).ok()?;
    Some(parsed.to_timestamp().ok()?.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_imap::Client;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

    #[test]
    fn dates_are_read_with_one_digit_and_with_two() {
        let noon = Some(1_772_442_000_000_000);
        assert_eq!(micros(" 2-Mar-2026 09:00:00 +0000"), noon);
        assert_eq!(micros("02-Mar-2026 10:00:00 +0100"), noon);
        assert_eq!(micros("yesterday"), None);
    }

    /// A session in which the next command is answered with `answer`, and then nothing more.
    async fn answered(answer: &'static str) -> Session<tokio::io::DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        tokio::spawn(async move {
            let mut theirs = BufReader::new(theirs);
            for answer in ["OK", answer] {
                let mut line = String::new();
                theirs.read_line(&mut line).await.unwrap();
                let tag = line.split(' ').next().unwrap();
                let said = answer.replace("TAG", tag);
                let said = if answer == "OK" {
                    format!("{tag} OK in\r\n")
                } else {
                    said
                };
                theirs.get_mut().write_all(said.as_bytes()).await.unwrap();
            }
        });
        let signed_in = Client::new(ours).login("ana", "secret").await;
        signed_in.map_err(|(error, _)| error).unwrap()
    }

    #[tokio::test]
    async fn an_answer_counts_only_with_its_end() {
        let whole = "* SEARCH 9 4 9\r\nTAG OK done\r\n";
        let mut session = answered(whole).await;
        assert_eq!(search(&mut session, "UID 1:*").await.unwrap(), [4, 9]);
        for lost in ["", "* SEARCH 4 9\r\n", "* BYE gone\r\n", "* SEARCH 4"] {
            let mut session = answered(lost).await;
            let found = search(&mut session, "UID 1:*").await;
            assert!(found.is_err(), "{lost:?}: {found:?}");
        }
        let mut session = answered("TAG NO [UNAVAILABLE] later\r\n").await;
        let found = search(&mut session, "UID 1:*").await;
        assert!(matches!(found, Err(Error::No(_))), "{found:?}");
    }

    #[tokio::test]
    async fn a_mail_that_was_not_handed_over_is_not_one_that_is_gone() {
        let mut session = answered("* 1 FETCH (UID 7 BODY[] {2}\r\nhi)\r\nTAG OK done\r\n").await;
        let mails = fetch(&mut session, "7", "(UID BODY.PEEK[])").await.unwrap();
        assert_eq!(mails[0].uid, Some(7));
        assert_eq!(mails[0].content.as_deref(), Some(&b"hi"[..]));
        let mut session = answered("TAG OK done\r\n").await;
        let gone = fetch(&mut session, "7", "(UID BODY.PEEK[])").await.unwrap();
        assert!(gone.is_empty());
        for lost in ["", "* 1 EXISTS\r\n", "TAG NO busy\r\n", "TAG BAD what\r\n"] {
            let mut session = answered(lost).await;
            let mails = fetch(&mut session, "7", "(UID BODY.PEEK[])").await;
            assert!(mails.is_err(), "{lost:?}: {mails:?}");
        }
    }
}
