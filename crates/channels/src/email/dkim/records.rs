//! What a sending domain should publish, and what is wrong with what it publishes. Pure.

use super::{DkimKey, Published, rules};
use kernel::words;

words! {
    /// What a record is for.
    Purpose {
        /// The public half of a signing key.
        Dkim = "dkim",
        /// Which servers may send for the domain (RFC 7208).
        Spf = "spf",
        /// What becomes of mail that fails both (RFC 7489).
        Dmarc = "dmarc",
        /// Where mail for the domain is received (RFC 5321, 5.1).
        Mx = "mx",
    }
}

/// A record to publish, with what was found under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What it is for.
    pub purpose: Purpose,
    /// The key it publishes.
    pub key: Option<i64>,
    /// Its full name.
    pub name: String,
    /// What to publish; `None` when only the domain's owner can know.
    pub value: Option<String>,
    /// What was found.
    pub published: Published,
    /// The records found.
    pub found: Vec<String>,
    /// What is wrong.
    pub problem: Option<String>,
    /// What helps.
    pub mend: Option<String>,
}

/// The record of a key.
pub fn dkim(key: &DkimKey, texts: Option<&[String]>) -> Advice {
    let (published, problem) = match texts {
        Some(texts) => rules::compare(key, texts),
        None => (key.published, None),
    };
    let name = rules::record_name(key);
    let mend = match published {
        Published::Missing => Some(format!(
            "Add a TXT record named {name} with this text. Some hosts want only the part before \
             .{}. A new record can take an hour to be seen.",
            key.domain
        )),
        Published::Differs => Some("Replace the record by this text, copied whole.".to_owned()),
        Published::Found | Published::Unknown => None,
    };
    Advice {
        purpose: Purpose::Dkim,
        key: Some(key.id),
        name,
        value: Some(rules::record_value(key)),
        published,
        found: texts.unwrap_or_default().to_vec(),
        problem: problem.or_else(|| {
            let missing = published == Published::Missing;
            missing.then(|| "There is no record under this name.".to_owned())
        }),
        mend,
    }
}

/// What lets a server send for a domain: its provider's published include, or the host itself.
fn mechanism(smtp_host: &str) -> String {
    let host = smtp_host.to_lowercase();
    let under = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    let include = [
        ("gmail.com", "_spf.google.com"),
        ("googlemail.com", "_spf.google.com"),
        ("office365.com", "spf.protection.outlook.com"),
        ("outlook.com", "spf.protection.outlook.com"),
        ("amazonaws.com", "amazonses.com"),
        ("mailgun.org", "mailgun.org"),
        ("sendgrid.net", "sendgrid.net"),
        ("postmarkapp.com", "spf.mtasv.net"),
        ("fastmail.com", "spf.messagingengine.com"),
        ("zoho.com", "zohomail.com"),
        ("zoho.eu", "zohomail.eu"),
    ]
    .into_iter()
    .find(|(domain, _)| under(domain));
    match include {
        Some((_, include)) => format!("include:{include}"),
        None => format!("a:{host}"),
    }
}

/// The record that names the servers which may send (RFC 7208).
pub fn spf(domain: &str, smtp_hosts: &[String], texts: Option<&[String]>) -> Advice {
    let mut wanted: Vec<String> = smtp_hosts.iter().map(|host| mechanism(host)).collect();
    wanted.sort();
    wanted.dedup();
    let found: Vec<String> = of_version(texts, "v=spf1");
    let mut advice = Advice {
        purpose: Purpose::Spf,
        key: None,
        name: domain.to_owned(),
        value: Some(format!("v=spf1 {} ~all", wanted.join(" "))),
        published: Published::Unknown,
        found: found.clone(),
        problem: None,
        mend: None,
    };
    if texts.is_none() {
        return advice;
    }
    let mut tell = |published, problem: &str, mend: &str| {
        advice.published = published;
        advice.problem = Some(problem.to_owned());
        advice.mend = Some(mend.to_owned());
    };
    match found.as_slice() {
        [] => tell(
            Published::Missing,
            "No record says which servers may send mail of this domain.",
            "Add a TXT record for the domain itself with this text.",
        ),
        [record] => {
            let terms: Vec<&str> = record.split_whitespace().skip(1).collect();
            let lacking: Vec<&str> = wanted
                .iter()
                .map(String::as_str)
                .filter(|wanted| !covers(&terms, wanted))
                .collect();
            if terms.iter().any(|term| matches!(*term, "+all" | "all")) {
                tell(
                    Published::Differs,
                    "The record lets every server in the world send as this domain.",
                    "Replace all at its end by ~all.",
                );
            } else if lacking.is_empty() {
                advice.published = Published::Found;
            } else {
                advice.value = Some(extended(&terms, &lacking));
                tell(
                    Published::Differs,
                    "The server this inbox sends by is not named in the record.",
                    "Change the record to this text; it keeps what is there.",
                );
            }
        }
        _ => tell(
            Published::Differs,
            "There are several such records, so receivers ignore them all.",
            "Keep one record that names every server.",
        ),
    }
    advice
}

/// Whether a record names a server. For one that is no known provider's, addresses or MX may cover
/// it, which a look at the text can't tell; then it is trusted.
fn covers(terms: &[&str], wanted: &str) -> bool {
    let named = |term: &&str| term.trim_start_matches('+').eq_ignore_ascii_case(wanted);
    let own = [
        "mx",
        "a",
        "ip4:",
        "ip6:",
        "a:",
        "mx:",
        "redirect=",
        "include:",
        "exists:",
    ];
    terms.iter().any(named)
        || terms.iter().any(|term| term.starts_with("redirect="))
        || (wanted.starts_with("a:")
            && terms.iter().any(|term| {
                own.iter()
                    .any(|own| term == own || (own.len() > 2 && term.starts_with(own)))
            }))
}

fn extended(terms: &[&str], lacking: &[&str]) -> String {
    let (end, rest): (Vec<&str>, Vec<&str>) = terms
        .iter()
        .partition(|term| term.ends_with("all") && term.len() <= 4);
    let end = end.first().copied().unwrap_or("~all");
    let mut parts = vec!["v=spf1"];
    parts.extend(rest);
    parts.extend(lacking);
    parts.push(end);
    parts.join(" ")
}

/// The record that says what becomes of mail that nobody can vouch for (RFC 7489); `at` is where
/// one was found, which may be a parent of the domain.
pub fn dmarc(domain: &str, texts: Option<(&str, &[String])>) -> Advice {
    let found = of_version(texts.map(|(_, texts)| texts), "v=DMARC1");
    let place = texts.map_or(domain, |(at, _)| at);
    let (published, problem, mend) = match (texts, found.as_slice()) {
        (None, _) => (Published::Unknown, None, None),
        (_, []) => (
            Published::Missing,
            Some("The domain does not say what becomes of forged mail in its name."),
            Some(
                "Add this TXT record. p=none only asks for reports; once DKIM and SPF are found, \
                 p=quarantine protects your customers.",
            ),
        ),
        (_, [_]) => (Published::Found, None, None),
        _ => (
            Published::Differs,
            Some("There are several such records, so receivers ignore them all."),
            Some("Keep one of them."),
        ),
    };
    Advice {
        purpose: Purpose::Dmarc,
        key: None,
        name: format!("_dmarc.{place}"),
        value: Some("v=DMARC1; p=none".to_owned()),
        published,
        found,
        problem: problem.map(str::to_owned),
        mend: mend.map(str::to_owned),
    }
}

/// Where the domain's mail is received: without it, customers' answers may have nowhere to go.
pub fn mx(domain: &str, hosts: Option<&[String]>) -> Advice {
    let (published, problem, mend) = match hosts {
        None => (Published::Unknown, None, None),
        Some([]) => (
            Published::Missing,
            Some("The domain names no server that receives its mail."),
            Some("Add the MX record that your mail host tells you."),
        ),
        // A lone dot says that the domain takes no mail (RFC 7505).
        Some([host]) if host.is_empty() || host == "." => (
            Published::Differs,
            Some("The domain says that it takes no mail, so nobody can answer."),
            Some("Replace the MX record by the one that your mail host tells you."),
        ),
        Some(_) => (Published::Found, None, None),
    };
    Advice {
        purpose: Purpose::Mx,
        key: None,
        name: domain.to_owned(),
        value: None,
        published,
        found: hosts.unwrap_or_default().to_vec(),
        problem: problem.map(str::to_owned),
        mend: mend.map(str::to_owned),
    }
}

fn of_version(texts: Option<&[String]>, version: &str) -> Vec<String> {
    let is_ours = |text: &&String| {
        let lower = text.trim_start().to_lowercase();
        lower
            .strip_prefix(&version.to_lowercase())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ';']))
    };
    texts
        .unwrap_or_default()
        .iter()
        .filter(is_ours)
        .cloned()
        .collect()
}

/// The domain and its parents down to two labels: where DMARC is looked for.
pub fn with_parents(domain: &str) -> Vec<&str> {
    let mut places = vec![domain];
    let mut rest = domain;
    while let Some((_, parent)) = rest.split_once('.') {
        if !parent.contains('.') {
            break;
        }
        places.push(parent);
        rest = parent;
    }
    places
}

/// The record as a line of a zone file (RFC 1035, 5.1).
pub fn zone_line(name: &str, value: &str) -> String {
    let strings: Vec<String> = rules::strings(value)
        .iter()
        .map(|part| format!("\"{}\"", part.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{name}. 3600 IN TXT ( {} )", strings.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn spf_names_the_server_and_keeps_what_is_there() {
        let gmail = texts(&["smtp.gmail.com"]);
        let own = texts(&["mail.shop.test"]);
        let fresh = "v=spf1 include:_spf.google.com ~all";
        for (hosts, found, published, value) in [
            (&gmail, texts(&["other"]), Published::Missing, fresh),
            (&gmail, texts(&[fresh]), Published::Found, fresh),
            (
                &gmail,
                texts(&["v=spf1 mx include:x.test -all"]),
                Published::Differs,
                "v=spf1 mx include:x.test include:_spf.google.com -all",
            ),
            (&gmail, texts(&["v=spf1 +all"]), Published::Differs, fresh),
            (&gmail, texts(&[fresh, fresh]), Published::Differs, fresh),
            (
                &own,
                texts(&["v=spf1 mx -all"]),
                Published::Found,
                "v=spf1 a:mail.shop.test ~all",
            ),
            (
                &own,
                texts(&["v=spf1 -all"]),
                Published::Differs,
                "v=spf1 a:mail.shop.test -all",
            ),
            (&gmail, texts(&["v=spf10 all"]), Published::Missing, fresh),
        ] {
            let advice = spf("shop.test", hosts, Some(&found));
            assert_eq!(advice.published, published, "{found:?}");
            assert_eq!(advice.value.as_deref(), Some(value), "{found:?}");
            assert_eq!(advice.problem.is_none(), published == Published::Found);
            assert_eq!(advice.mend.is_none(), published == Published::Found);
        }
        assert_eq!(spf("a.b", &gmail, None).published, Published::Unknown);
    }

    #[test]
    fn dmarc_and_mx_are_explained() {
        let none = dmarc("shop.test", Some(("shop.test", &[])));
        assert_eq!(
            (none.published, none.problem.is_some()),
            (Published::Missing, true)
        );
        let parent = texts(&["v=DMARC1; p=reject"]);
        let found = dmarc("mail.shop.test", Some(("shop.test", &parent)));
        assert_eq!(
            (found.published, found.name.as_str()),
            (Published::Found, "_dmarc.shop.test")
        );
        assert_eq!(mx("a.b", Some(&[])).published, Published::Missing);
        assert_eq!(mx("a.b", Some(&texts(&[""]))).published, Published::Differs);
        assert_eq!(
            mx("a.b", Some(&texts(&["m.a.b"]))).published,
            Published::Found
        );
        assert_eq!(
            with_parents("a.b.shop.test"),
            ["a.b.shop.test", "b.shop.test", "shop.test"]
        );
        assert_eq!(with_parents("test"), ["test"]);
    }

    #[test]
    fn a_zone_line_is_quoted() {
        let line = zone_line("x.shop.test", &format!("a\"{}", "b".repeat(300)));
        assert!(
            line.starts_with("x.shop.test. 3600 IN TXT ( \"a\\\"bbb"),
            "{line}"
        );
        assert_eq!(line.matches("\" \"").count(), 1);
    }
}
