//! Signing mail the way its senders do (RFC 6376), with any tag a test wants to be wrong.

use crate::fake_dns::FakeDns;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_auth::arc::ArcSealer;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::{
    AuthenticatedMessage, AuthenticationResults, DkimResult, DmarcOutput, DmarcResult, Error,
    MessageAuthenticator,
};

/// A domain's key.
pub struct Signer {
    domain: String,
    seed: [u8; 32],
    key: Ed25519KeyPair,
    /// More tags, as in `x=2; `.
    pub tags: String,
    /// The fields signed.
    pub fields: Vec<&'static str>,
}

impl Signer {
    /// A key under `k._domainkey`, published.
    pub fn of(dns: &FakeDns, domain: &str) -> Signer {
        let mut seed = [7; 32];
        for (at, byte) in domain.bytes().enumerate().take(32) {
            seed[at] = byte;
        }
        let key = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let public = STANDARD.encode(key.public_key().as_ref());
        dns.txt(
            &format!("k._domainkey.{domain}"),
            &format!("v=DKIM1; k=ed25519; p={public}"),
        );
        Signer {
            domain: domain.into(),
            seed,
            key,
            tags: String::new(),
            fields: vec!["from", "subject"],
        }
    }

    pub fn with_tags(mut self, tags: &str) -> Signer {
        self.tags = tags.into();
        self
    }

    /// The mail (LF line ends) with a signature on top, both canonicalizations simple.
    pub fn sign(&self, mail: &str) -> String {
        let raw = mail.replace('\n', "\r\n");
        let (header, body) = raw.split_once("\r\n\r\n").unwrap();
        let body = format!("{}\r\n", body.trim_end_matches("\r\n"));
        let length = if self.tags.contains("l=") {
            format!("l={}; ", body.len())
        } else {
            String::new()
        };
        let tags = self.tags.replace("l=; ", &length);
        let hash = STANDARD.encode(digest(&SHA256, body.as_bytes()));
        let own = format!(
            "DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d={}; s=k; {tags}h={}; \
             bh={hash}; b=",
            self.domain,
            self.fields.join(":"),
        );
        let mut signed = String::new();
        for field in &self.fields {
            let found = header
                .split("\r\n")
                .find(|line| line.to_lowercase().starts_with(&format!("{field}:")));
            signed.push_str(found.unwrap_or_default());
            signed.push_str("\r\n");
        }
        signed.push_str(&own);
        let hashed = digest(&SHA256, signed.as_bytes());
        let signature = self.key.sign(hashed.as_ref());
        format!("{own}{}\n{mail}", STANDARD.encode(signature.as_ref()))
    }

    /// The mail (LF line ends) with a seal on top that says it was genuine, or not.
    pub async fn seal(&self, dns: &MessageAuthenticator, mail: &str, of: &str, ok: bool) -> String {
        let raw = mail.replace('\n', "\r\n");
        let message = AuthenticatedMessage::parse(raw.as_bytes()).unwrap();
        let before = dns.verify_arc(&message).await;
        assert!(matches!(
            before.result(),
            DkimResult::Pass | DkimResult::None
        ));
        let result = if ok {
            DmarcResult::Pass
        } else {
            DmarcResult::Fail(Error::NotAligned)
        };
        let found = DmarcOutput::new(of.to_owned()).with_dkim_result(result);
        let results = AuthenticationResults::new("mx.sealer.test").with_dmarc_result(&found);
        let key = Ed25519Key::from_seed_and_public_key(&self.seed, self.key.public_key().as_ref());
        let set = ArcSealer::from_key(key.unwrap())
            .domain(self.domain.as_str())
            .selector("k")
            .headers(["From", "Subject"])
            .seal(&message, &results, &before)
            .unwrap();
        format!("{}{mail}", set.to_header().replace("\r\n", "\n"))
    }
}
