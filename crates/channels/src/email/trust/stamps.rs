//! What a receiving server noted in a mail's header: Authentication-Results (RFC 8601) and
//! Received-SPF (RFC 7208, 9.1).
//!
//! Anybody can write such fields. Only those of the inbox's own server are read, only the topmost
//! of each kind, and only above the first Received field of another server: what stands below it
//! came with the mail.

use super::rules::{domain_of, is_within};
use mail_auth::SpfResult;

/// Most bytes of a header that are looked at.
const HEADER_BYTES_MAX: usize = 256 * 1024;

/// SPF as `server` noted it: the result and the domain it is about.
pub fn spf(raw: &[u8], server: &str) -> Option<(SpfResult, String)> {
    for (name, value) in fields(raw) {
        match name.as_str() {
            "received" if !is_by(&value, server) => return None,
            "authentication-results" if is_noted_by(&value, server) => {
                return spf_of_results(&value);
            }
            "received-spf" => {
                if let Some(found) = spf_of_field(&value, server) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether the results in a seal's field say that a mail of `domain` fulfilled its policy.
pub fn says_genuine(value: &[u8], domain: &str) -> bool {
    let value = without_comments(&String::from_utf8_lossy(value));
    let results = value.split(';').skip(1);
    let mut dmarc = results.filter(|result| method(result) == Some(("dmarc", "pass")));
    dmarc.any(|result| {
        let of = property(result, "header.from").unwrap_or_default();
        let of = of.rsplit('@').next().unwrap_or_default();
        of.eq_ignore_ascii_case(domain)
    })
}

/// The header's fields in order: names in lower case, values unfolded.
fn fields(raw: &[u8]) -> Vec<(String, String)> {
    let block = raw.get(..HEADER_BYTES_MAX).unwrap_or(raw);
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.split(|&b| b == b'\n') {
        let line = String::from_utf8_lossy(line);
        let text = line.trim_end_matches('\r');
        if text.trim().is_empty() {
            break;
        }
        if text.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(text.trim());
            }
        } else if let Some((name, value)) = text.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

/// Whether a Received field was written by `server`.
fn is_by(value: &str, server: &str) -> bool {
    let value = without_comments(value);
    let mut words = value.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("by"));
    words
        .next()
        .is_some_and(|host| is_within(host.trim_end_matches(';'), server))
}

fn is_noted_by(value: &str, server: &str) -> bool {
    let value = without_comments(value);
    let id = value.split([';', ' ']).next().unwrap_or_default();
    is_within(id, server)
}

fn spf_of_results(value: &str) -> Option<(SpfResult, String)> {
    let value = without_comments(value);
    value.split(';').skip(1).find_map(|result| {
        let ("spf", word) = method(result)? else {
            return None;
        };
        let of = property(result, "smtp.mailfrom").or_else(|| property(result, "smtp.helo"))?;
        let domain = if of.contains('@') {
            domain_of(&of)
        } else {
            of.to_ascii_lowercase()
        };
        Some((SpfResult::try_from(word).ok()?, domain))
    })
}

/// `pass (mx.example.org: …) envelope-from=ana@x.y; receiver=mx.example.org`
fn spf_of_field(value: &str, server: &str) -> Option<(SpfResult, String)> {
    let bare = without_comments(value);
    if !is_within(&property(&bare, "receiver")?, server) {
        return None;
    }
    let word = bare.split_whitespace().next()?;
    let domain = domain_of(&property(&bare, "envelope-from")?);
    Some((SpfResult::try_from(word).ok()?, domain))
}

/// The method and its result: `spf=pass` or `dkim/1=fail`.
fn method(result: &str) -> Option<(&str, &str)> {
    let (name, word) = result.split_whitespace().next()?.split_once('=')?;
    Some((name.split('/').next().unwrap_or(name), word))
}

/// The value of `name=value` among words or parts, without quotes and brackets.
fn property(text: &str, name: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || c == ';')
        .filter_map(|word| word.split_once('='))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim_matches(['"', '<', '>']).to_owned())
}

/// The text without comments; an unclosed one hides the rest.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut quoted) = (0_u32, false);
    for c in text.chars() {
        match c {
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth = depth.saturating_add(1),
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "Received: from out.x.test (out.x.test [192.0.2.1]) by mx.host.test; now\n";
    const FORGED: &str = "Authentication-Results: mx.host.test; spf=pass smtp.mailfrom=v.test\n";

    fn read(header: &str) -> Option<(SpfResult, String)> {
        let raw = format!("{header}From: a@x.test\n\ntext\n").replace('\n', "\r\n");
        spf(raw.as_bytes(), "host.test")
    }

    #[test]
    fn the_topmost_note_of_the_own_server_counts() {
        let noted = "Authentication-Results: mx.host.test 1;\n dkim=fail (spf=pass);\n \
            spf=fail (not; allowed) smtp.mailfrom=ana@v.test\n";
        let fail = Some((SpfResult::Fail, "v.test".to_owned()));
        assert_eq!(read(&format!("{noted}{OWN}{FORGED}")), fail);
        assert_eq!(read(&format!("{OWN}{noted}{FORGED}")), fail);
        let field = "Received-SPF: softfail (mx.host.test: x) client-ip=192.0.2.1;\n \
            envelope-from=\"ana@v.test\"; receiver=mx.host.test\n";
        let soft = Some((SpfResult::SoftFail, "v.test".to_owned()));
        assert_eq!(read(&format!("{field}{OWN}{FORGED}")), soft);
    }

    #[test]
    fn notes_of_others_and_below_others_count_for_nothing() {
        let foreign = "Received: from a by relay.x.test; now\n";
        assert_eq!(read(&format!("{foreign}{FORGED}")), None);
        assert_eq!(read(&format!("{OWN}{foreign}{FORGED}")), None);
        let other = FORGED.replace("mx.host.test", "mx.evilhost.test");
        assert_eq!(read(&other), None);
        let other = FORGED.replace("mx.host.test", "host.test.evil.test");
        assert_eq!(read(&other), None);
        assert_eq!(read("Received-SPF: pass envelope-from=ana@v.test\n"), None);
        assert_eq!(read("Received: from mx.host.test by evil.test\n"), None);
    }

    #[test]
    fn a_seal_says_which_domain_was_genuine() {
        let says = |text: &str| says_genuine(text.as_bytes(), "v.test");
        assert!(says(
            " i=1; mx.google.com; dmarc=pass (p=REJECT) header.from=v.test"
        ));
        assert!(!says(" i=1; mx.google.com; dmarc=fail header.from=v.test"));
        assert!(!says(
            " i=1; mx.google.com; dmarc=pass header.from=evil.test"
        ));
        assert!(!says(
            " i=1; mx.google.com; spf=pass (dmarc=pass header.from=v.test)"
        ));
    }
}
