//! From findings to a standing. Pure.

use crate::email::addresses;
use desk::messages::senders::{CheckResult, SenderCheck, Standing, StandingReason};
use mail_auth::common::to_a_label;

/// Servers whose seal we take for what it says: they check what they pass on, and they are many
/// people's way of forwarding. Anybody can seal, so a seal alone is worth nothing.
const SEALERS: [&str; 9] = [
    "google.com",
    "gmail.com",
    "microsoft.com",
    "outlook.com",
    "messagingengine.com",
    "fastmail.com",
    "icloud.com",
    "yahoo.com",
    "zoho.com",
];

/// Mail providers that note SPF in every mail they receive and strip forged notes, by the host
/// their mailboxes are fetched from: the domain of the note (RFC 8601, 2.5).
const KNOWN_SERVERS: [(&str, &str); 7] = [
    ("gmail.com", "google.com"),
    ("googlemail.com", "google.com"),
    ("fastmail.com", "messagingengine.com"),
    ("messagingengine.com", "messagingengine.com"),
    ("yahoo.com", "yahoo.com"),
    ("mail.me.com", "icloud.com"),
    ("zoho.com", "zoho.com"),
];

/// What a signature of the sender's domain is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// It is valid.
    Valid,
    /// The text was changed.
    Altered,
    /// It is wrong, expired, or its key is weak or gone.
    Invalid,
    /// Its key could not be fetched.
    Unreachable,
}

/// What the sender's domain says of mail like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// It says nothing.
    Absent,
    /// It can't be understood.
    Unreadable,
    /// The mail fulfils it.
    Fulfilled,
    /// The mail fails it, and the domain asks for nothing (`p=none`).
    Missed,
    /// The mail fails it, and the domain asks to distrust it (`quarantine`, `reject`).
    Distrust,
    /// It could not be asked.
    Unreachable,
}

/// What was found out about a mail's sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// The domain of the sender's address, in ASCII and lower case.
    pub domain: String,
    /// Whether From names one sender, the same for every program.
    pub sole_sender: bool,
    /// The signatures of the sender's organisation: the domain that signed, and their worth.
    pub signed: Vec<(String, Signed)>,
    /// The result of SPF, whoever evaluated it, and the domain it is about.
    pub spf: (CheckResult, String),
    /// What the sender's domain says.
    pub policy: Policy,
    /// The result of the chain of seals, when one of a server we know stands on top.
    pub arc: CheckResult,
    /// The server we know that found the mail genuine before it passed it on.
    pub voucher: Option<String>,
    /// Whether something of it could not be asked.
    pub unreachable: bool,
    /// Whether it was examined at all.
    pub examined: bool,
}

impl Findings {
    /// Of a mail that nobody examines.
    pub fn not_examined() -> Findings {
        Findings {
            examined: false,
            ..Findings::about("")
        }
    }

    /// Of a mail whose sender's domain did not answer in time.
    pub fn unreachable(from: &str) -> Findings {
        Findings {
            policy: Policy::Unreachable,
            unreachable: true,
            ..Findings::about(from)
        }
    }

    /// What is left of findings about a mail whose signatures could not be checked: a proof by
    /// other means is one, but that there is none says nothing.
    pub fn without_signatures(self) -> Findings {
        if self.sole_sender && !self.unreachable && proof(&self).is_none() {
            return Findings::not_examined();
        }
        self
    }

    /// Of a mail about which nothing is known yet.
    pub fn about(from: &str) -> Findings {
        Findings {
            domain: domain_of(from),
            sole_sender: true,
            signed: Vec::new(),
            spf: (CheckResult::Absent, String::new()),
            policy: Policy::Absent,
            arc: CheckResult::Absent,
            voucher: None,
            unreachable: false,
            examined: true,
        }
    }
}

/// The domain of an address, in ASCII and lower case.
pub fn domain_of(address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    to_a_label(&domain.to_lowercase())
        .trim_end_matches('.')
        .to_owned()
}

/// The part of a domain that somebody registered: `shop.co.uk` of `mail.shop.co.uk`. The whole
/// domain when it is a public suffix itself.
pub fn registered(domain: &str) -> String {
    let domain = to_a_label(domain).to_lowercase();
    psl::domain_str(&domain).unwrap_or(&domain).to_owned()
}

/// Whether nobody owns a domain because many people register theirs below it: `co.uk`.
pub fn is_public_suffix(domain: &str) -> bool {
    psl::domain_str(domain).is_none()
}

/// Whether two domains are one organisation's.
pub fn same_organisation(one: &str, other: &str) -> bool {
    !one.is_empty() && !other.is_empty() && registered(one) == registered(other)
}

/// Whether `host` is `domain` or lies below it.
pub fn is_within(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let above = host.strip_suffix(&domain);
    !domain.is_empty() && above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether we know a server that seals under `domain`, or it is the inbox's own.
pub fn is_known_sealer(domain: &str, own: Option<&str>) -> bool {
    SEALERS.iter().any(|known| is_within(domain, known))
        || own.is_some_and(|own| is_within(domain, own))
}

/// Whose notes an inbox believes unless somebody chose: those of a provider we know.
pub fn default_server(imap_host: Option<&str>) -> Option<String> {
    let host = imap_host?;
    KNOWN_SERVERS
        .iter()
        .find(|(of, _)| is_within(host, of))
        .map(|(_, server)| (*server).to_owned())
}

/// Judges the sender. `proven_before` says whether the domain has proved a mail to be its own.
pub fn judge(findings: &Findings, name: &str, address: &str, proven_before: bool) -> SenderCheck {
    if !findings.examined {
        return SenderCheck::not_examined();
    }
    let (standing, reason, domain) = verdict(findings, proven_before);
    let best = |worth| findings.signed.iter().any(|(_, found)| *found == worth);
    let dkim = if best(Signed::Valid) {
        CheckResult::Pass
    } else if best(Signed::Unreachable) {
        CheckResult::TempError
    } else if findings.signed.is_empty() {
        CheckResult::Absent
    } else {
        CheckResult::Fail
    };
    let dmarc = match findings.policy {
        Policy::Absent => CheckResult::Absent,
        Policy::Unreadable => CheckResult::PermError,
        Policy::Fulfilled => CheckResult::Pass,
        Policy::Missed | Policy::Distrust => CheckResult::Fail,
        Policy::Unreachable => CheckResult::TempError,
    };
    SenderCheck {
        standing,
        reason,
        domain,
        misleading_name: misleads(name, address),
        spf: findings.spf.0,
        dkim,
        dmarc,
        arc: findings.arc,
    }
}

fn verdict(findings: &Findings, proven_before: bool) -> (Standing, StandingReason, String) {
    let own = || findings.domain.clone();
    if !findings.sole_sender {
        return (Standing::Doubted, StandingReason::AmbiguousSender, own());
    }
    if let Some((reason, by)) = proof(findings) {
        return (Standing::Verified, reason, by);
    }
    if let Some(voucher) = &findings.voucher {
        let reason = StandingReason::VouchedFor;
        return (Standing::Forwarded, reason, voucher.clone());
    }
    match findings.policy {
        Policy::Distrust => return (Standing::Doubted, StandingReason::Distrusted, own()),
        Policy::Unreachable => return (Standing::Unchecked, StandingReason::Unreachable, own()),
        Policy::Absent | Policy::Unreadable | Policy::Fulfilled | Policy::Missed => {}
    }
    let signed = |worth| findings.signed.iter().find(|(_, found)| *found == worth);
    if signed(Signed::Unreachable).is_some() || findings.unreachable {
        return (Standing::Unchecked, StandingReason::Unreachable, own());
    }
    let standing = if proven_before {
        Standing::Doubted
    } else {
        Standing::Unproven
    };
    match signed(Signed::Altered) {
        Some((by, _)) => (standing, StandingReason::Altered, by.clone()),
        None => (standing, StandingReason::Unsigned, own()),
    }
}

/// What proves that the mail is the sender's domain's own. Where the domain has a policy, it says
/// how near the proof must be (strict or relaxed); elsewhere the same organisation is enough.
fn proof(findings: &Findings) -> Option<(StandingReason, String)> {
    let near_enough = |by: &str| match findings.policy {
        Policy::Fulfilled | Policy::Absent | Policy::Unreadable => {
            same_organisation(by, &findings.domain)
        }
        // Whatever the policy says, the very domain is near enough.
        Policy::Unreachable => by == findings.domain,
        Policy::Missed | Policy::Distrust => false,
    };
    let mut signed = findings.signed.iter();
    let valid = signed.find(|(by, worth)| *worth == Signed::Valid && near_enough(by));
    if let Some((by, _)) = valid {
        return Some((StandingReason::Signed, by.clone()));
    }
    let (spf, by) = &findings.spf;
    let sent = *spf == CheckResult::Pass && near_enough(by);
    sent.then(|| (StandingReason::SentByServer, by.clone()))
}

/// Whether a sender's name shows an address that is not theirs.
fn misleads(name: &str, address: &str) -> bool {
    name.split(|c: char| c.is_whitespace() || "<>()[],;:\"'".contains(c))
        .filter_map(addresses::normalise)
        .any(|shown| !addresses::same(&shown, address))
}

/// The check of a mail whose author a program named: what is proven is the program's domain.
pub fn named_by_program(check: SenderCheck) -> SenderCheck {
    if check.standing == Standing::Doubted || check.reason == StandingReason::NotExamined {
        return check;
    }
    SenderCheck {
        standing: Standing::Unproven,
        reason: StandingReason::NamedByProgram,
        ..check
    }
}

#[cfg(test)]
mod tests;
