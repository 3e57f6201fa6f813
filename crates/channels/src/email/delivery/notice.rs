//! The short mail that tells an agent of news on a ticket. It names no customer and quotes
//! nothing: agents' own mailboxes are outside our walls.

use crate::Channels;
use crate::email::addresses::Mailbox;
use crate::email::compose::{self, Outgoing};
use crate::email::dkim;
use crate::email::mailbox::FetchProblem;
use crate::email::oauth::sign_in;
use crate::email::sending;
use crate::email::smtp::Handover;
use crate::email::tokens;
use crate::inboxes::{self, Direction, Inbox};
use desk::notifications::NotificationKind;
use desk::notifications::mail::{self, Letter, NotifyMail};
use kernel::db::{DbError, Tx};
use kernel::jobs::{JobError, Outcome};
use kernel::keys::KeyError;

/// So many hosts are found out of reach before the notification waits.
const SILENT_MAX: usize = 3;

/// Sends the mail of a notification through the first inbox that takes it.
pub(super) async fn send(channels: &Channels, job: NotifyMail) -> Result<Outcome, JobError> {
    let kernel = &channels.desk.kernel;
    let Some(letter) = mail::letter(kernel, job).await.map_err(JobError::retry)? else {
        return Ok(Outcome::Done);
    };
    let all = async |tx: &mut Tx<'_>| inboxes::store::all(tx).await;
    let inboxes: Vec<Inbox> = kernel
        .db
        .read(all)
        .await
        .map_err(|problem: DbError| JobError::retry(problem))?;
    let mut reason = "No inbox can send.".to_owned();
    let mut silent: Vec<String> = Vec::new();
    for inbox in inboxes.into_iter().filter(|inbox| inbox.enabled) {
        // A host that failed would only keep this job longer, and so would one after another.
        let host = inbox.smtp.as_ref().map_or("", |access| &access.host);
        if silent.iter().any(|known| known == host) || silent.len() >= SILENT_MAX {
            continue;
        }
        match send_through(channels, &inbox, &letter).await {
            Ok(()) => {
                mail::sent(kernel, &letter).await.map_err(JobError::retry)?;
                return Ok(Outcome::Done);
            }
            Err(Attempt::Next(why)) => reason = why,
            Err(Attempt::Silent(why)) => {
                silent.push(host.to_owned());
                reason = why;
            }
            Err(Attempt::GiveUp(why)) => return Err(JobError::give_up(why)),
        }
    }
    Err(JobError::retry(reason))
}

enum Attempt {
    /// Another inbox, or another time, may do better.
    Next(String),
    /// Its host is out of reach; another one may do better.
    Silent(String),
    /// It must not be tried again: it may have gone out, or was refused for good.
    GiveUp(String),
}

impl From<KeyError> for Attempt {
    fn from(problem: KeyError) -> Self {
        Attempt::Next(problem.to_string())
    }
}

async fn send_through(channels: &Channels, inbox: &Inbox, letter: &Letter) -> Result<(), Attempt> {
    let kernel = &channels.desk.kernel;
    let written = write(channels, inbox, letter);
    let raw = compose::compose(&written).map_err(|p| Attempt::GiveUp(p.to_string()))?;
    if inbox.practice {
        return practise(channels, letter, raw).await;
    }
    let Some(access) = &inbox.smtp else {
        return Err(Attempt::Next("No inbox can send.".to_owned()));
    };
    let from = compose::address(&inbox.address).map_err(|p| Attempt::Next(p.to_string()))?;
    let to = compose::address(&letter.email).map_err(|p| Attempt::GiveUp(p.to_string()))?;
    let resting = sending::commands::pause(kernel, access).await;
    let resting = resting.map_err(|problem| Attempt::Next(problem.to_string()))?;
    if resting.is_some_and(|pause| pause.until > kernel.clock.now()) {
        return Err(Attempt::Next(
            "The mail server asked us to slow down.".into(),
        ));
    }
    let raw = dkim::commands::signed(kernel, &inbox.address, raw).await;
    let raw = raw.map_err(|problem| Attempt::Next(problem.to_string()))?;
    let (place, mut session) = match sign_in::pooled_smtp(channels, access).await {
        Ok(None) => return Err(Attempt::Next("The mail server is busy.".to_owned())),
        Ok(Some(pooled)) => pooled,
        Err(FetchProblem::Ours(broken)) => return Err(Attempt::Next(broken.to_string())),
        Err(FetchProblem::Server(problem)) => {
            let reason = problem.message.clone();
            let noted =
                inboxes::note_health(kernel, inbox.id, Direction::Sending, Some(problem)).await;
            return Err(Attempt::Silent(
                noted.err().map_or(reason, |broken| broken.to_string()),
            ));
        }
    };
    match session.hand_over(&from, &to, &raw).await {
        Handover::Accepted => {
            channels
                .pool
                .give_back(place, session, kernel.clock.now())
                .await;
            Ok(())
        }
        Handover::Later(reason) => {
            session.close().await;
            let rest = sending::commands::rest(kernel, inbox, access, None, &reason).await;
            rest.map_err(|problem| Attempt::Next(problem.to_string()))?;
            Err(Attempt::Next(reason))
        }
        Handover::Refused(reason) | Handover::Uncertain(reason) => {
            session.close().await;
            Err(Attempt::GiveUp(reason))
        }
    }
}

async fn practise(channels: &Channels, letter: &Letter, raw: Vec<u8>) -> Result<(), Attempt> {
    let kernel = channels.desk.kernel.clone();
    let (db, at, to) = (kernel.db.clone(), kernel.clock.now(), letter.email.clone());
    let broken = |problem: &dyn std::fmt::Display| Attempt::Next(problem.to_string());
    let key = kernel
        .keys
        .workspace()
        .await
        .map_err(|problem| broken(&problem))?;
    let stored = db.write(async move |tx: &mut Tx<'_>| {
        let raw = kernel.keys.encrypt_bytes(tx, key, &raw).await?;
        crate::practice::store::insert(tx, None, &to, raw, at).await?;
        Ok::<_, KeyError>(())
    });
    stored.await.map_err(|problem| broken(&problem))
}

fn write(channels: &Channels, inbox: &Inbox, letter: &Letter) -> Outgoing {
    let kernel = &channels.desk.kernel;
    let ticket = letter.ticket;
    let link = format!("{}/tickets/{ticket}", kernel.settings.base_url);
    let lines: Vec<&str> = letter
        .events
        .iter()
        .map(|(kind, _)| sentence(*kind))
        .collect();
    let host = channels.hello();
    let list: String = lines
        .iter()
        .map(|line| format!("<li>{line}</li>"))
        .collect();
    Outgoing {
        from: Mailbox::new(inbox.shown_name(), &inbox.address),
        to: vec![Mailbox::new(&letter.name, &letter.email)],
        subject: format!("News on ticket #{ticket}"),
        message_id: tokens::notice_id(&kernel.keys, letter.agent, letter.up_to, &host),
        text: format!("Ticket #{ticket}\n\n- {}\n\n{link}\n", lines.join("\n- ")),
        html: format!("<p>Ticket #{ticket}</p><ul>{list}</ul><p><a href=\"{link}\">{link}</a></p>"),
        at: u64::try_from(kernel.clock.now().micros() / 1_000_000).unwrap_or_default(),
        automatic: true,
        ..Outgoing::default()
    }
}

fn sentence(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Assigned => "It was assigned to you.",
        NotificationKind::Mentioned => "A colleague mentioned you.",
        NotificationKind::CustomerReplied => "The customer wrote.",
        NotificationKind::DeliveryFailed => "A message of yours may not have arrived.",
        NotificationKind::Watched => "The customer wrote on a ticket you watch.",
        NotificationKind::PromiseDue => "A promise on it fell due.",
        NotificationKind::StandingIn => "Something came for a colleague you stand in for.",
        NotificationKind::SideAnswered => "Somebody wrote in a side conversation.",
        NotificationKind::Escalated => "It was escalated to you, or came back.",
        NotificationKind::Task => "A task on it needs you.",
        NotificationKind::HandedOver => "A colleague hands it over to you.",
        NotificationKind::Rule => "A rule points it out to you.",
        NotificationKind::RuleOff => "A rule was switched off, because it kept failing on it.",
        NotificationKind::WebhookOff => "A webhook was switched off, because it kept failing.",
    }
}
