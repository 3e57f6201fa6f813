//! The body of a request, piece by piece, from senders who may fall silent.

use axum::Error;
use axum::body::{Body, Bytes};
use futures_util::stream::{self, Stream, StreamExt};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Longest silence between two pieces.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Longest upload; 50 MB pass in it at 60 kB a second.
const UPLOAD_MAX: Duration = Duration::from_secs(15 * 60);

/// The pieces of a body. A sender who falls silent, or never comes to an end, breaks it off: what
/// is held for them must become free again.
pub(in crate::email) fn pieces(
    body: Body,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + Unpin {
    let end = Instant::now() + UPLOAD_MAX;
    let next = move |stream: Option<axum::body::BodyDataStream>| async move {
        let mut stream = stream?;
        let patience = end.min(Instant::now() + SILENCE_MAX);
        match timeout_at(patience, stream.next()).await {
            Ok(piece) => piece.map(|piece| (piece, Some(stream))),
            Err(silence) => Some((Err(Error::new(silence)), None)),
        }
    };
    Box::pin(stream::unfold(Some(body.into_data_stream()), next).fuse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_sender_who_falls_silent_breaks_off() {
        let begun = stream::iter([Ok::<_, Error>(Bytes::from_static(b"Subject: x"))]);
        let body = Body::from_stream(begun.chain(stream::pending()));
        let mut read = pieces(body);
        assert_eq!(read.next().await.unwrap().unwrap(), "Subject: x");
        assert!(read.next().await.unwrap().is_err());
        assert!(read.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_who_never_ends_breaks_off() {
        let trickle = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(50)).await;
            Some((Ok::<_, Error>(Bytes::from_static(b"x")), ()))
        });
        let read: Vec<_> = pieces(Body::from_stream(trickle)).collect().await;
        assert!(read.len() < 20 && read.last().unwrap().is_err());
    }
}
