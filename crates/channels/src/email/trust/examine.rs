//! Asking the sender's domain about a mail.

use super::rules::{Findings, Policy, Signed, is_known_sealer, same_organisation};
use super::{Envelope, Exhibit, SeenBody, stamps};
use crate::email::addresses;
use desk::messages::senders::CheckResult;
use mail_auth::dkim::DkimError;
use mail_auth::dmarc::Policy as Asked;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    ArcOutput, AuthenticatedMessage, DkimOutput, DkimResult, DmarcOutput, DmarcResult, Error,
    MessageAuthenticator, SpfOutput, SpfResult,
};

/// Most header fields of a mail that is examined; real ones have a few dozen.
const FIELDS_MAX: usize = 1_000;
/// Most signatures looked at, and most fields that one may cover.
const SIGNATURES_MAX: usize = 8;
const COVERED_MAX: usize = 200;
/// Most sets of seals looked at.
const SEALS_MAX: usize = 20;

/// Finds out what can be known about a mail's sender.
pub(super) async fn examine(dns: &MessageAuthenticator, exhibit: &Exhibit) -> Findings {
    let mut findings = Findings::about(&exhibit.from);
    let Some(mut message) = AuthenticatedMessage::parse(&exhibit.raw) else {
        findings.sole_sender = false;
        return findings;
    };
    findings.sole_sender =
        message.headers.len() <= FIELDS_MAX && names_only(&message.from, &exhibit.from);
    if !findings.sole_sender {
        return findings;
    }
    keep_own_signatures(&mut message, &findings.domain);
    see_body(&mut message, &exhibit.body);
    let message = message;

    let spf = sent_by(dns, exhibit, &findings.domain).await;
    findings.spf = (spf_word(spf.result()), spf.domain().to_ascii_lowercase());
    let signatures = dns.verify_dkim(&message).await;
    findings.signed = signatures.iter().filter_map(worth).collect();
    let domain = spf.domain().to_owned();
    let parameters = DmarcParameters::new(&message, &signatures, &domain, &spf);
    findings.policy = policy(&dns.verify_dmarc(parameters).await);
    passed_on(dns, &message, exhibit, &mut findings).await;
    findings.unreachable = findings.policy == Policy::Unreachable
        || findings.spf.0 == CheckResult::TempError
        || findings.arc == CheckResult::TempError
        || findings
            .signed
            .iter()
            .any(|(_, worth)| *worth == Signed::Unreachable);
    findings
}

/// Whether From names the sender and nobody else, as the library reads it: two programs that read
/// a name differently are how one person speaks as another.
fn names_only(froms: &[String], sender: &str) -> bool {
    let mut named = froms.iter().filter(|from| from.contains('@'));
    let first = named.next();
    first.is_some_and(|first| addresses::same(first.trim(), sender)) && named.next().is_none()
}

/// Leaves only signatures that could prove something: of the sender's organisation, and over the
/// sender's name. What others signed costs a question each and proves nothing.
fn keep_own_signatures(message: &mut AuthenticatedMessage<'_>, domain: &str) {
    message.dkim_headers.retain(|header| {
        let covered = &header.header.h;
        same_organisation(&header.header.d, domain)
            && covered.len() <= COVERED_MAX
            && covered
                .iter()
                .any(|field| field.eq_ignore_ascii_case("from"))
    });
    message.dkim_headers.truncate(SIGNATURES_MAX);
    for header in &mut message.dkim_headers {
        // Nobody wants our reports, and a domain vouches for itself only.
        header.header.r = false;
        header.header.atps = None;
    }
}

/// Has signatures compared with the whole body, or with none at all.
fn see_body(message: &mut AuthenticatedMessage<'_>, body: &SeenBody) {
    match body {
        SeenBody::Whole => {}
        SeenBody::Hashed(hashes) => hashes.apply(message),
        SeenBody::Beginning => {
            message.dkim_headers.clear();
            message.ams_headers.clear();
            message.as_headers.clear();
        }
    }
}

/// SPF of the envelope, when we saw it, or as the inbox's own server noted it. An envelope of
/// another organisation proves nothing about the sender and is not asked for.
async fn sent_by(dns: &MessageAuthenticator, exhibit: &Exhibit, domain: &str) -> SpfOutput {
    let Some(envelope) = &exhibit.envelope else {
        return noted(exhibit);
    };
    let Envelope {
        mail_from,
        helo,
        client_ip,
    } = envelope;
    let asked = match mail_from.rsplit_once('@') {
        Some((_, of)) => of,
        None => helo,
    };
    if !same_organisation(asked, domain) {
        return SpfOutput::new(asked.to_owned());
    }
    let parameters = if mail_from.is_empty() {
        SpfParameters::verify_ehlo(*client_ip, helo, helo)
    } else {
        SpfParameters::verify_mail_from(*client_ip, helo, helo, mail_from)
    };
    dns.verify_spf(parameters).await
}

fn noted(exhibit: &Exhibit) -> SpfOutput {
    let note = exhibit
        .server
        .as_deref()
        .and_then(|server| stamps::spf(&exhibit.raw, server));
    match note {
        Some((result, domain)) => SpfOutput::new(domain).with_result(result),
        None => SpfOutput::default(),
    }
}

fn spf_word(result: SpfResult) -> CheckResult {
    match result {
        SpfResult::Pass => CheckResult::Pass,
        SpfResult::Fail => CheckResult::Fail,
        SpfResult::SoftFail => CheckResult::SoftFail,
        SpfResult::Neutral => CheckResult::Neutral,
        SpfResult::TempError => CheckResult::TempError,
        SpfResult::PermError => CheckResult::PermError,
        SpfResult::None => CheckResult::Absent,
    }
}

fn worth(output: &DkimOutput<'_>) -> Option<(String, Signed)> {
    let signature = output.signature()?;
    let worth = match output.result() {
        DkimResult::Pass => Signed::Valid,
        DkimResult::TempError(_) => Signed::Unreachable,
        DkimResult::Neutral(Error::Dkim(DkimError::FailedBodyHashMatch)) => Signed::Altered,
        DkimResult::Neutral(_) | DkimResult::Fail(_) | DkimResult::PermError(_) => Signed::Invalid,
        DkimResult::None => return None,
    };
    Some((signature.d.to_ascii_lowercase(), worth))
}

fn policy(output: &DmarcOutput) -> Policy {
    match output.result() {
        DmarcResult::Pass => Policy::Fulfilled,
        DmarcResult::Fail(_) => match output.policy() {
            Asked::Quarantine | Asked::Reject => Policy::Distrust,
            Asked::None | Asked::Unspecified => Policy::Missed,
        },
        DmarcResult::TempError(_) => Policy::Unreachable,
        DmarcResult::PermError(_) => Policy::Unreadable,
        DmarcResult::None => Policy::Absent,
    }
}

/// Follows the chain of seals down through the servers we know; the oldest of them found the mail
/// as the sender sent it, or didn't.
async fn passed_on(
    dns: &MessageAuthenticator,
    message: &AuthenticatedMessage<'_>,
    exhibit: &Exhibit,
    findings: &mut Findings,
) {
    let own = exhibit.server.as_deref();
    let newest = message.as_headers.last().map(|seal| seal.header.d.as_str());
    let known = newest.is_some_and(|sealer| is_known_sealer(sealer, own));
    if !known || message.as_headers.len() > SEALS_MAX {
        return;
    }
    let chain = dns.verify_arc(message).await;
    findings.arc = match chain.result() {
        DkimResult::Pass => CheckResult::Pass,
        DkimResult::TempError(_) => CheckResult::TempError,
        DkimResult::PermError(_) => CheckResult::PermError,
        DkimResult::Neutral(_) | DkimResult::Fail(_) => CheckResult::Fail,
        DkimResult::None => CheckResult::Absent,
    };
    if findings.arc == CheckResult::Pass {
        findings.voucher = voucher(&chain, own, &findings.domain);
    }
}

fn voucher(chain: &ArcOutput<'_>, own: Option<&str>, domain: &str) -> Option<String> {
    let known = chain
        .sets()
        .iter()
        .rev()
        .take_while(|set| is_known_sealer(&set.seal.header.d, own));
    let oldest = known.last()?;
    stamps::says_genuine(oldest.results.value, domain)
        .then(|| oldest.seal.header.d.to_ascii_lowercase())
}
