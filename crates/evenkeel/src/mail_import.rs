//! `evenkeel mail import`.
//!
//! It works on the store itself, not through a running server: an archive of years is faster
//! without HTTP between, needs no token, and can be brought in before the server first starts. On
//! PostgreSQL it runs beside the server; the embedded database belongs to one process at a time,
//! so there the server has to be stopped meanwhile.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use channels::email::addresses::without_detail;
use channels::email::import::{MailFile, NAMED_MAX, Progress, Summary, import as bring_in, list};
use channels::inboxes::{self, Inbox};
use kernel::clock::Clock;
use kernel::db::{DbError, Tx};
use kernel::time::Timestamp;

use crate::app::App;
use crate::cli::say;
use crate::config::Config;
use crate::folder;

const BAR_CHARS: u64 = 30;
const DRAWN_EVERY: Duration = Duration::from_millis(100);
/// How often progress is told where it can't be drawn over.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// What a shell expects of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Imports files into the inbox with this address and tells what became of the mails.
pub async fn import(config: Config, files: Vec<PathBuf>, inbox: &str) -> anyhow::Result<ExitCode> {
    let files = list(&files).context("the mail can't be read")?;
    if files.is_empty() {
        bail!("there is no mail: name mbox files, .eml files, maildirs or folders with them");
    }
    let _folder = folder::take(&config).context(
        "the embedded database takes an import only while no server runs; nothing was changed",
    )?;
    let app = App::open(&config, false).await?;
    let inbox = find_inbox(&app, inbox).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = stop.clone();
    tokio::spawn(async move {
        // The second Ctrl-C finds nobody who waits for it and ends the process; that is safe too.
        if tokio::signal::ctrl_c().await.is_ok() {
            stopping.store(true, Ordering::Relaxed);
            eprintln!("\nstopping after the mails under way; once more ends at once");
            let _ = tokio::signal::ctrl_c().await;
            std::process::exit(i32::from(INTERRUPTED));
        }
    });
    let mut shown = Shown::new(&files, app.kernel.clock.clone());
    let outcome = bring_in(&app.channels, &inbox, files, stop, |progress| {
        shown.draw(progress)
    })
    .await;
    shown.end();
    let summary = outcome.context("the import broke off; run it again to go on")?;
    tell(&summary)?;
    Ok(match (summary.stopped, summary.unread_files) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::FAILURE,
    })
}

async fn find_inbox(app: &App, address: &str) -> anyhow::Result<Inbox> {
    let wanted = without_detail(&address.trim().to_lowercase());
    let all = async |tx: &mut Tx<'_>| inboxes::store::all(tx).await;
    let all = app.kernel.db.read::<_, DbError, _>(all).await?;
    let there: Vec<String> = all.iter().map(|inbox| inbox.address.clone()).collect();
    let found = all.into_iter().find(|inbox| inbox.address == wanted);
    found.with_context(|| match there.is_empty() {
        true => "there is no inbox yet: add one in the web app first".to_owned(),
        false => format!(
            "no inbox has the address {address}: use one of {}",
            there.join(", ")
        ),
    })
}

fn tell(summary: &Summary) -> anyhow::Result<()> {
    let Summary {
        imported,
        known,
        failed,
        unread_files,
        ..
    } = summary;
    say(&format!("{imported} imported, {known} known already"))?;
    if *failed > 0 {
        say(&format!(
            "{failed} could not be processed: they are listed in the web app under Admin, \
             Couldn't process, with the reason of each"
        ))?;
    }
    if *unread_files > 0 {
        say(&format!("{unread_files} files could not be read"))?;
    }
    for unread in &summary.unread {
        let reason = match unread.reason.as_str() {
            "" => String::new(),
            reason => format!(": {reason}"),
        };
        say(&format!("- {}{reason}", unread.place))?;
    }
    if summary.unread.len() == NAMED_MAX {
        say("- and perhaps more")?;
    }
    if summary.stopped {
        say("Stopped before the end. Run it again to go on.")?;
    }
    Ok(())
}

/// The progress: a line drawn over itself on a terminal, now and then a line elsewhere.
struct Shown {
    total: u64,
    clock: Clock,
    began: Timestamp,
    last: Timestamp,
    draws: bool,
}

impl Shown {
    fn new(files: &[MailFile], clock: Clock) -> Self {
        let now = clock.now();
        Self {
            total: files.iter().map(|file| file.size).sum(),
            clock,
            began: now,
            last: now,
            draws: std::io::stderr().is_terminal(),
        }
    }

    fn draw(&mut self, progress: Progress) {
        let now = self.clock.now();
        let every = if self.draws { DRAWN_EVERY } else { TOLD_EVERY };
        if now < self.last.plus(every) {
            return;
        }
        self.last = now;
        let line = line(progress, self.total, now.micros() - self.began.micros());
        // Progress that can't be shown is no reason to stop.
        let _ = if self.draws {
            write!(std::io::stderr(), "\r{line}\x1b[K")
        } else {
            writeln!(std::io::stderr(), "{line}")
        };
    }

    fn end(&self) {
        if self.draws {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(progress: Progress, total: u64, micros: i64) -> String {
    let share = |of: u64| {
        let done = progress.bytes.min(total).saturating_mul(of);
        done.checked_div(total).unwrap_or(of)
    };
    let full = usize::try_from(share(BAR_CHARS)).unwrap_or_default();
    let width = usize::try_from(BAR_CHARS).unwrap_or_default();
    let seconds = u64::try_from(micros / 1_000_000).unwrap_or_default().max(1);
    format!(
        "[{:<width$}] {:>3} %  {} mails, {} a second",
        "#".repeat(full),
        share(100),
        progress.mails,
        progress.mails / seconds
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_a_line() {
        let progress = Progress {
            bytes: 50,
            mails: 30,
        };
        let bar = format!("[{:<30}]  50 %  30 mails, 10 a second", "#".repeat(15));
        assert_eq!(line(progress, 100, 3_000_000), bar);
        assert!(
            line(progress, 0, 0).contains("100 %"),
            "empty files are done at once"
        );
        assert!(
            line(progress, 40, 0).contains("100 %"),
            "a file that grew meanwhile"
        );
    }
}
