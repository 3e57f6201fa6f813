//! Which keys sign, when keys retire, and what a published key says. Pure.

use super::{Algorithm, DkimKey, Published};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// Most pairs of a domain that wait for their records.
pub const WAITING_MAX: usize = 2;

/// The name under which a key is published.
pub fn record_name(key: &DkimKey) -> String {
    format!("{}._domainkey.{}", key.selector, key.domain)
}

/// The selector of a key of a generation: `ek3r`, `ek3e`.
pub fn selector(generation: i64, algorithm: Algorithm) -> String {
    let letter = match algorithm {
        Algorithm::Rsa => 'r',
        Algorithm::Ed25519 => 'e',
    };
    format!("ek{generation}{letter}")
}

/// What is to be published (RFC 6376, 3.6.1; RFC 8463, 4).
pub fn record_value(key: &DkimKey) -> String {
    let public = STANDARD.encode(&key.public_key);
    format!("v=DKIM1; k={}; p={public}", key.algorithm.as_str())
}

/// The keys that sign now: of each algorithm the newest that is published, else the newest that an
/// administrator insists on.
pub fn signing(keys: &[DkimKey]) -> Vec<&DkimKey> {
    let newest = |algorithm: Algorithm, may: fn(&DkimKey) -> bool| {
        keys.iter()
            .filter(|key| key.algorithm == algorithm && key.retired_at.is_none() && may(key))
            .max_by_key(|key| key.generation)
    };
    Algorithm::ALL
        .iter()
        .filter_map(|&algorithm| {
            newest(algorithm, |key| key.published == Published::Found)
                .or_else(|| newest(algorithm, |key| key.insisted))
        })
        .collect()
}

/// The keys that a newer published pair has made superfluous: older ones of the same algorithm.
pub fn retiring(keys: &[DkimKey]) -> Vec<i64> {
    let living = || keys.iter().filter(|key| key.retired_at.is_none());
    living()
        .filter(|key| {
            living().any(|newer| {
                newer.algorithm == key.algorithm
                    && newer.generation > key.generation
                    && newer.published == Published::Found
            })
        })
        .map(|key| key.id)
        .collect()
}

/// What the texts found under a key's name say about it, with the difference in plain words.
pub fn compare(key: &DkimKey, texts: &[String]) -> (Published, Option<String>) {
    if texts.is_empty() {
        return (Published::Missing, None);
    }
    let problems: Vec<Option<String>> = texts.iter().map(|text| difference(key, text)).collect();
    if problems.iter().any(Option::is_none) {
        // More than one record leaves it to chance which one is read (RFC 6376, 3.6.2.2).
        return match texts.len() {
            1 => (Published::Found, None),
            count => {
                let why = format!("There are {count} records under this name; keep only ours.");
                (Published::Differs, Some(why))
            }
        };
    }
    (Published::Differs, problems.into_iter().flatten().next())
}

/// How a published text differs from what verifiers need; `None` when it serves.
fn difference(key: &DkimKey, text: &str) -> Option<String> {
    let tag = |name: &str| {
        text.split(';')
            .filter_map(|tag| tag.split_once('='))
            .find(|(known, _)| known.trim() == name)
            .map(|(_, value)| value.split_whitespace().collect::<String>())
    };
    let Some(public) = tag("p") else {
        return Some("The record holds no key (p=).".into());
    };
    if public.is_empty() {
        return Some("The record says that this key was withdrawn (p= is empty).".into());
    }
    // What was cut off in the middle of a group still shows whose key it is.
    let whole = public.get(..public.len() - public.len() % 4);
    let bytes = STANDARD
        .decode(&public)
        .or_else(|_| STANDARD_NO_PAD.decode(&public))
        .or_else(|_| STANDARD.decode(whole.filter(|whole| !whole.is_empty()).unwrap_or("*")));
    match bytes {
        Ok(bytes) if bytes == key.public_key => {}
        Ok(bytes) if key.public_key.starts_with(&bytes) => {
            return Some("The key is cut off: paste the whole text.".into());
        }
        Ok(_) => return Some("Another key is published.".into()),
        Err(_) => return Some("The key is damaged: copy the text once more.".into()),
    }
    if tag("v").is_some_and(|version| version != "DKIM1") {
        return Some("The record does not begin with v=DKIM1.".into());
    }
    if tag("k").unwrap_or_else(|| "rsa".into()) != key.algorithm.as_str() {
        return Some("The kind of key (k=) is another one.".into());
    }
    if tag("h").is_some_and(|hashes| !hashes.split(':').any(|hash| hash == "sha256")) {
        return Some("The record does not allow SHA-256 (h=).".into());
    }
    let services = tag("s").unwrap_or_else(|| "*".into());
    if !services.split(':').any(|s| s == "*" || s == "email") {
        return Some("The record is not meant for mail (s=).".into());
    }
    None
}

/// Cuts a text into the strings of at most 255 bytes that a TXT record is made of (RFC 1035,
/// 3.3.14).
pub fn strings(text: &str) -> Vec<String> {
    let mut strings = vec![String::new()];
    for c in text.chars() {
        match strings.last_mut() {
            Some(last) if last.len().saturating_add(c.len_utf8()) <= 255 => last.push(c),
            _ => strings.push(c.to_string()),
        }
    }
    strings
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::time::Timestamp;

    fn key(id: i64, generation: i64, algorithm: Algorithm, published: Published) -> DkimKey {
        DkimKey {
            id,
            domain: "shop.test".into(),
            generation,
            selector: selector(generation, algorithm),
            algorithm,
            secret: serde_json::from_str("\"\"").unwrap(),
            public_key: (0..200).collect(),
            published,
            insisted: false,
            created_at: Timestamp::from_micros(0),
            checked_at: None,
            retired_at: None,
        }
    }

    fn ids(keys: &[&DkimKey]) -> Vec<i64> {
        keys.iter().map(|key| key.id).collect()
    }

    #[test]
    fn only_what_is_published_signs_unless_somebody_insists() {
        use Algorithm::{Ed25519, Rsa};
        use Published::{Differs, Found, Missing};
        let mut keys = vec![key(1, 1, Rsa, Missing), key(2, 1, Ed25519, Found)];
        assert_eq!(ids(&signing(&keys)), [2]);
        keys[0].insisted = true;
        assert_eq!(ids(&signing(&keys)), [1, 2]);
        // A new pair waits for its records; the old one goes on.
        keys[0].published = Found;
        keys.extend([key(3, 2, Rsa, Missing), key(4, 2, Ed25519, Differs)]);
        keys[2].insisted = true;
        assert_eq!(ids(&signing(&keys)), [1, 2]);
        assert!(retiring(&keys).is_empty());
        keys[2].published = Found;
        assert_eq!(ids(&signing(&keys)), [3, 2]);
        assert_eq!(retiring(&keys), [1]);
        // Its record was removed too early: no signature rather than a broken one.
        keys[0].retired_at = Some(Timestamp::from_micros(1));
        (keys[2].published, keys[2].insisted) = (Missing, false);
        assert_eq!(ids(&signing(&keys)), [2]);
    }

    #[test]
    fn a_published_key_is_read_as_verifiers_read_it() {
        let key = key(1, 1, Algorithm::Rsa, Published::Unknown);
        let good = record_value(&key);
        let public = STANDARD.encode(&key.public_key);
        let spaced = format!("p={} {}; k=rsa", &public[..10], &public[10..]);
        for (texts, published, words) in [
            (vec![], Published::Missing, ""),
            (vec![good.clone()], Published::Found, ""),
            (vec![spaced], Published::Found, ""),
            (
                vec![good.clone(), good.clone()],
                Published::Differs,
                "2 records",
            ),
            (vec!["v=DKIM1; p=".into()], Published::Differs, "withdrawn"),
            (vec!["v=spf1 -all".into()], Published::Differs, "no key"),
            (vec![good[..60].to_owned()], Published::Differs, "cut off"),
            (
                vec!["v=DKIM1; p=AAAA".into()],
                Published::Differs,
                "Another key",
            ),
            (vec!["v=DKIM1; p=A*A".into()], Published::Differs, "damaged"),
            (
                vec![good.replace("k=rsa", "k=ed25519")],
                Published::Differs,
                "kind",
            ),
            (
                vec![format!("{good}; h=sha1")],
                Published::Differs,
                "SHA-256",
            ),
            (
                vec![format!("{good}; s=tlsrpt")],
                Published::Differs,
                "mail",
            ),
        ] {
            let (found, why) = compare(&key, &texts);
            assert_eq!(found, published, "{texts:?}");
            assert!(why.unwrap_or_default().contains(words), "{texts:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_where_dns_wants() {
        assert_eq!(strings("short"), ["short"]);
        let long = "a".repeat(600);
        let cut = strings(&long);
        assert_eq!(
            cut.iter().map(String::len).collect::<Vec<_>>(),
            [255, 255, 90]
        );
        assert_eq!(cut.concat(), long);
        assert_eq!(strings(""), [""]);
    }
}
