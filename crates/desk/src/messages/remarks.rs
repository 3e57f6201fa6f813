//! What a reader should know of a message beside its text.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Mailbox;
use kernel::words;

words! {
    /// What a date that came with a message asks for (RFC 5546).
    InvitationMethod {
        /// To come.
        Request = "request",
        /// Nothing: it answers an invitation.
        Reply = "reply",
        /// Not to come: it does not take place.
        Cancel = "cancel",
        /// Nothing: it tells of a date.
        Publish = "publish",
    }
}

words! {
    /// Where a mail lies that was too large to take in.
    LeftIn {
        /// In the mailbox that it was fetched from.
        Mailbox = "mailbox",
        /// In the file that it was imported from.
        File = "file",
    }
}

/// A plain line beside a message. Stored encrypted, with the receivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Remark {
    /// It is encrypted and can't be read here.
    Encrypted {
        /// By which method: `S/MIME` or `PGP`.
        method: String,
    },
    /// It is signed; the signature was not checked.
    Signed {
        /// By which method: `S/MIME` or `PGP`.
        method: String,
    },
    /// A date came with it.
    Invitation {
        /// What it asks for.
        method: InvitationMethod,
        /// What it is about; may be empty.
        summary: String,
        /// When it begins, as `2026-03-02 10:00` or `2026-03-02`; may be empty.
        start: String,
        /// In which zone; empty for the sender's own.
        zone: String,
        /// Who invites; may be empty.
        organizer: String,
    },
    /// A mail is among the files.
    AttachedMail {
        /// Its subject; may be empty.
        subject: String,
        /// Who wrote it; the address is empty when it names nobody.
        from: Mailbox,
    },
    /// It was too large to take in: what is shown is its beginning.
    TooLarge {
        /// Its size in bytes.
        bytes: i64,
        /// Where all of it is.
        place: LeftIn,
    },
    /// It had more receivers than are kept.
    MoreReceivers {
        /// How many more.
        count: i64,
    },
}

impl Remark {
    /// The remark with every text of its sender's changed.
    #[must_use]
    pub fn with(&self, change: impl Fn(&str) -> String) -> Remark {
        match self {
            Remark::Invitation {
                method,
                summary,
                start,
                zone,
                organizer,
            } => Remark::Invitation {
                method: *method,
                summary: change(summary),
                start: change(start),
                zone: change(zone),
                organizer: change(organizer),
            },
            Remark::AttachedMail { subject, from } => Remark::AttachedMail {
                subject: change(subject),
                from: Mailbox {
                    name: change(&from.name),
                    email: change(&from.email),
                },
            },
            Remark::Encrypted { .. }
            | Remark::Signed { .. }
            | Remark::TooLarge { .. }
            | Remark::MoreReceivers { .. } => self.clone(),
        }
    }
}
