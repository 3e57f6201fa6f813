//! Whether a customer's message comes from whom it says.
//!
//! A higher room examines the mail (SPF, DKIM, DMARC, ARC) and hands the finding in with the
//! message; here it is kept and shown. Nothing in a message's text or headers counts as proof.

pub mod commands;
pub mod store;

use kernel::ids::{KeyId, TicketId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// How far the sender of a message can be believed.
    Standing {
        /// The sender's domain proves that it is theirs.
        Verified = "verified",
        /// It was passed on by a server we trust, which had checked it.
        Forwarded = "forwarded",
        /// Nothing proves it, and nothing speaks against it.
        Unproven = "unproven",
        /// It speaks in somebody's name and fails what that name usually passes.
        Doubted = "doubted",
        /// It could not be checked.
        Unchecked = "unchecked",
    }
}

words! {
    /// Why a sender stands so.
    StandingReason {
        /// A signature of the sender's domain is valid (DKIM).
        Signed = "signed",
        /// A server that the sender's domain names handed it over (SPF).
        SentByServer = "sent_by_server",
        /// A server we trust vouches that it was genuine before it passed it on (ARC).
        VouchedFor = "vouched_for",
        /// The sender's domain asks receivers to distrust mail like this (DMARC).
        Distrusted = "distrusted",
        /// It was changed after the sender's domain signed it.
        Altered = "altered",
        /// Nothing shows that it comes from the sender's domain.
        Unsigned = "unsigned",
        /// It names several senders, or one that programs read differently.
        AmbiguousSender = "ambiguous_sender",
        /// A form or program sent it and named its author, whom nobody checked.
        NamedByProgram = "named_by_program",
        /// The sender's domain could not be asked.
        Unreachable = "unreachable",
        /// It was not examined: it is history, practice, or checking is switched off.
        NotExamined = "not_examined",
    }
}

words! {
    /// The result of one check, in the words of RFC 8601.
    CheckResult {
        /// Passed.
        Pass = "pass",
        /// Failed.
        Fail = "fail",
        /// Failed, with reservations (SPF).
        SoftFail = "softfail",
        /// Nothing was asserted.
        Neutral = "neutral",
        /// There was nothing to check.
        Absent = "none",
        /// It can't be checked now.
        TempError = "temperror",
        /// It can't ever be checked: the sender's side made a mistake.
        PermError = "permerror",
    }
}

/// What is known of who sent a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SenderCheck {
    /// How far the sender can be believed.
    pub standing: Standing,
    /// Why.
    pub reason: StandingReason,
    /// The domain that the reason is about; empty when there is none.
    pub domain: String,
    /// Whether the sender's name shows an address that is not theirs.
    pub misleading_name: bool,
    /// Sent by a server of the envelope's domain (RFC 7208).
    pub spf: CheckResult,
    /// Signed by the sender's domain (RFC 6376).
    pub dkim: CheckResult,
    /// What the sender's domain says of mail like this (RFC 9989).
    pub dmarc: CheckResult,
    /// Passed on by servers that sealed it (RFC 8617).
    pub arc: CheckResult,
}

impl SenderCheck {
    /// Of a message that was not examined.
    pub fn not_examined() -> Self {
        Self {
            standing: Standing::Unchecked,
            reason: StandingReason::NotExamined,
            domain: String::new(),
            misleading_name: false,
            spf: CheckResult::Absent,
            dkim: CheckResult::Absent,
            dmarc: CheckResult::Absent,
            arc: CheckResult::Absent,
        }
    }
}

/// The same as stored.
#[derive(Clone, Debug)]
pub struct StoredCheck {
    /// The ticket.
    pub ticket: TicketId,
    /// The message.
    pub number: i64,
    /// How far the sender can be believed.
    pub standing: Standing,
    /// The [`SenderCheck`] as JSON.
    pub detail: Encrypted<String>,
    /// The key it lies under: the author's.
    pub key: KeyId,
}

/// A sender who could not be checked at first was checked later.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SenderChecked {
    /// The message.
    pub number: i64,
    /// How far the sender can be believed.
    pub standing: Change<Standing>,
}

impl Record for SenderChecked {
    const KIND: &'static str = "message.sender_checked";
}

/// Every kind of record about senders.
pub const RECORDS: &[RecordType] = &[RecordType::of::<SenderChecked>()];
