//! The LMTP listener (RFC 2033): a mail server on the same machine hands over mail for our inboxes
//! and hears for each recipient whether it is durable. Off unless the operator names a place.
//!
//! There is no sign-in: whoever reaches the port or the socket may hand over mail, as anybody may
//! by way of the mail server. It belongs on the loopback, a private network or a socket file.

mod door;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;

use super::dialogue::{Dialect, Terms, converse};
use super::intake::MAIL_BYTES_MAX;
use crate::Channels;
use door::Inboxes;

const CONNECTIONS_MAX: usize = 100;
const RECIPIENTS_MAX: usize = 1_000;
const COMMANDS_MAX: usize = 100_000;
/// RFC 5321, 4.5.3.2.7: a server waits at least five minutes.
const IDLE_MAX: Duration = Duration::from_secs(5 * 60);
const RETRY_WAIT: Duration = Duration::from_secs(1);

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An address and port.
    Tcp(SocketAddr),
    /// A socket file; readable and writable for the owner and the group.
    Socket(PathBuf),
}

impl FromStr for Place {
    type Err = ();

    /// `127.0.0.1:2424`, `/run/evenkeel/lmtp.sock` or `unix:/run/evenkeel/lmtp.sock`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let path = text.strip_prefix("unix:").unwrap_or(text);
        if Path::new(path).is_absolute() {
            return Ok(Place::Socket(PathBuf::from(path)));
        }
        text.parse().map(Place::Tcp).map_err(|_| ())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Tcp(address) => address.fmt(f),
            Place::Socket(path) => path.display().fmt(f),
        }
    }
}

/// An open listener.
#[derive(Debug)]
pub enum Listener {
    /// On a port.
    Tcp(TcpListener),
    /// On a socket file.
    Socket(UnixListener),
}

/// Opens the listener. A socket file that a killed process left behind is replaced; one that
/// somebody still listens on is not.
///
/// # Errors
/// The place is taken, or may not be used.
pub async fn bind(place: &Place) -> io::Result<Listener> {
    let path = match place {
        Place::Tcp(address) => return TcpListener::bind(address).await.map(Listener::Tcp),
        Place::Socket(path) => path,
    };
    match tokio::net::UnixStream::connect(path).await {
        Ok(_) => return Err(io::ErrorKind::AddrInUse.into()),
        Err(problem) if problem.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)?;
        }
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o660);
    std::fs::set_permissions(path, mode)?;
    Ok(Listener::Socket(listener))
}

/// Serves connections until the task is dropped.
pub async fn serve(channels: Channels, listener: Listener) {
    let free = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = match &listener {
            Listener::Tcp(listener) => listener.accept().await.map(|(stream, peer)| {
                let local = peer.ip().to_canonical().is_loopback();
                welcome(&channels, &free, stream, local);
            }),
            Listener::Socket(listener) => listener
                .accept()
                .await
                .map(|(stream, _)| welcome(&channels, &free, stream, true)),
        };
        if let Err(problem) = accepted {
            tracing::warn!(%problem, "a mail server's connection can't be accepted");
            tokio::time::sleep(RETRY_WAIT).await;
        }
    }
}

/// Talks with a mail server in a task of its own. Only one on the same machine is believed when it
/// says whom it speaks for.
fn welcome<S>(channels: &Channels, free: &Arc<Semaphore>, mut stream: S, local: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let permit = free.clone().try_acquire_owned();
    let channels = channels.clone();
    tokio::spawn(async move {
        let Ok(permit) = permit else {
            // Nothing to do for one that is gone already.
            let _ = stream
                .write_all(b"421 4.3.2 Too many connections, try again later\r\n")
                .await;
            return;
        };
        let terms = Terms {
            dialect: Dialect::Lmtp,
            name: channels.hello(),
            mail_bytes_max: MAIL_BYTES_MAX,
            recipients_max: RECIPIENTS_MAX,
            commands_max: COMMANDS_MAX,
            idle_max: IDLE_MAX,
            trusts_peer: local,
        };
        let door = Inboxes {
            channels,
            trusts_peer: local,
        };
        if let Err(problem) = converse(stream, &door, &terms).await {
            tracing::debug!(%problem, "a mail server's connection broke off");
        }
        drop(permit);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_ports_or_socket_files() {
        let tcp: Place = "127.0.0.1:2424".parse().unwrap();
        assert_eq!(tcp, Place::Tcp(([127, 0, 0, 1], 2424).into()));
        for text in ["/run/lmtp.sock", "unix:/run/lmtp.sock"] {
            let place: Place = text.parse().unwrap();
            assert_eq!(place, Place::Socket("/run/lmtp.sock".into()));
            assert_eq!(place.to_string(), "/run/lmtp.sock");
        }
        for wrong in ["", "2424", "lmtp.sock", "unix:lmtp.sock", "localhost:24"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
