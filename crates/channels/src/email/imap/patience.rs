//! Waiting for an IMAP server, never for ever, and putting what it says in plain words.

use crate::email::server::{STEP_TIMEOUT, ServerProblem, Step, within};
use crate::email::words::single_line;
use async_imap::error::Error;
use kernel::clock::Clock;
use std::time::Duration;

/// Longest saying of a server that is repeated, in characters.
const SAID_CHARS_MAX: usize = 300;

/// Waits for one server by one clock.
#[derive(Debug)]
pub(super) struct Patience {
    clock: Clock,
    host: String,
}

impl Patience {
    pub(super) fn new(clock: &Clock, host: &str) -> Patience {
        Patience {
            clock: clock.clone(),
            host: host.to_owned(),
        }
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Waits at most `longest`; `None` when the server stayed silent.
    pub(super) async fn wait<T>(
        &self,
        longest: Duration,
        waiting: impl Future<Output = T>,
    ) -> Option<T> {
        within(&self.clock, longest, waiting).await
    }

    /// Waits for one step and puts its failure in plain words.
    pub(super) async fn step<T>(
        &self,
        step: Step,
        longest: Duration,
        waiting: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, ServerProblem> {
        match self.wait(longest, waiting).await {
            None if longest == STEP_TIMEOUT => Err(ServerProblem::silent(step, &self.host)),
            None => Err(ServerProblem::new(
                step,
                format!("{} did not finish its answer in time.", self.host),
                "Usually this passes; if it stays, ask the server's administrator.",
            )),
            Some(Ok(done)) => Ok(done),
            Some(Err(problem)) => Err(self.explain(step, &problem)),
        }
    }

    /// Waits for the server while the folder is open.
    pub(super) async fn within<T>(
        &self,
        longest: Duration,
        waiting: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, ServerProblem> {
        self.step(Step::Folder, longest, waiting).await
    }

    pub(super) fn explain(&self, step: Step, problem: &Error) -> ServerProblem {
        let host = &self.host;
        let said = said(problem);
        match (step, problem) {
            (Step::SignIn, Error::No(_) | Error::Bad(_)) => ServerProblem::new(
                step,
                format!("{host} did not accept the sign-in: {said}"),
                "Check user name and password; some providers want an app password, and IMAP \
                 may have to be allowed in the account.",
            )
            .refused(),
            (Step::Folder, Error::No(_) | Error::Bad(_)) => ServerProblem::new(
                step,
                format!("{host} does not open the folder: {said}"),
                "Check the folder's name; the main one is INBOX.",
            ),
            _ => ServerProblem::new(
                step,
                format!("The conversation with {host} broke off: {said}"),
                "Usually this passes; if it stays, ask the server's administrator.",
            ),
        }
    }
}

/// What went wrong, on one line. The library quotes what it could not read, which may be
/// somebody's mail: that is not repeated.
fn said(problem: &Error) -> String {
    let text = match problem {
        Error::No(text) | Error::Bad(text) => single_line(text),
        Error::Parse(_) => "its answer can't be understood".to_owned(),
        Error::Io(io) if io.kind() == std::io::ErrorKind::Other => {
            "its answer can't be understood".to_owned()
        }
        other => single_line(&other.to_string()),
    };
    text.chars().take(SAID_CHARS_MAX).collect()
}
