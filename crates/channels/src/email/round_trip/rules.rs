//! What a test says to the administrator, and how its mail reads. Pure.

use super::MailTestState;
use crate::email::addresses::Mailbox;
use crate::email::compose::Outgoing;
use crate::inboxes::Inbox;

/// A problem in plain words, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What happened.
    pub problem: String,
    /// What helps.
    pub mend: String,
}

impl Finding {
    /// A finding of both parts.
    pub fn new(problem: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding {
            problem: problem.into(),
            mend: mend.into(),
        }
    }
}

/// Whether a mail that comes back may still end a test in this state. Once is enough: a second
/// mail with the same token is mail like any other.
pub fn may_return(state: MailTestState) -> bool {
    matches!(state, MailTestState::Running | MailTestState::Lost)
}

/// Why an inbox can't test itself now; `None` when it can.
pub fn hindrance(inbox: &Inbox) -> Option<Finding> {
    if inbox.practice {
        let problem = "The practice inbox sends nothing to the outside.";
        return Some(Finding::new(problem, "Test an inbox with a mail host."));
    }
    if !inbox.enabled {
        let problem = "This inbox is switched off.";
        return Some(Finding::new(problem, "Switch it on, then test it."));
    }
    if inbox.smtp.is_none() {
        let problem = "This inbox has no server for sending.";
        return Some(Finding::new(problem, "Enter its SMTP server first."));
    }
    None
}

/// What to say of a mail that left and did not come back. A known trouble with receiving explains
/// it best.
pub fn lost(inbox: &Inbox, receiving: Option<Finding>) -> Finding {
    let problem = "The mail server took the test mail, but it has not come back within 2 minutes.";
    if let Some(Finding { problem: why, mend }) = receiving {
        return Finding::new(format!("{problem} Receiving fails: {why}"), mend);
    }
    let address = &inbox.address;
    let mend = match &inbox.imap {
        Some(imap) => format!(
            "Look into the mailbox's junk folder, and check that mail to {address} is delivered \
             to the folder {}, which we read.",
            imap.folder
        ),
        None => {
            format!("Check that your mail server or provider hands mail for {address} to Evenkeel.")
        }
    };
    Finding::new(problem, mend)
}

/// What to say of a mail that a server sent back.
pub fn bounced(inbox: &Inbox, said: &str) -> Finding {
    let said = if said.is_empty() {
        "no reason given"
    } else {
        said
    };
    Finding::new(
        format!("The test mail came back as undeliverable: {said}"),
        format!(
            "Check on your mail server that {} exists and is delivered to this mailbox.",
            inbox.address
        ),
    )
}

/// What to say of a mail whose sender was changed on the way.
pub fn renamed(inbox: &Inbox, sender: &str) -> Finding {
    Finding::new(
        format!(
            "It came back from {sender}, not from {}: the server changes the sender.",
            inbox.address
        ),
        "Let the account on the mail server send as the inbox's address, or customers see \
         another one.",
    )
}

/// The test mail of an inbox to itself.
pub fn write(inbox: &Inbox, token: &str, host: &str, at: u64) -> Outgoing {
    let text = "This is a test: Evenkeel sent this mail to see that the inbox can send and \
                receive. There is nothing to do; it may be deleted.";
    Outgoing {
        from: Mailbox::new(inbox.shown_name(), &inbox.address),
        to: vec![Mailbox::new("", &inbox.address)],
        subject: format!("Evenkeel test mail ({token})"),
        message_id: format!("{token}@{host}"),
        text: format!("{text}\n"),
        html: format!("<p>{text}</p>"),
        at,
        automatic: true,
        ..Outgoing::default()
    }
}
