//! The optional configuration file: one flat TOML table.

use std::path::Path;

use toml::{Table, Value};

use super::{Flags, Problem};

const NAMES: [&str; 12] = [
    "data_dir",
    "listen",
    "base_url",
    "database_url",
    "blob_url",
    "master_key",
    "trusted_proxies",
    "mail_ca_file",
    "lmtp_listen",
    "dns_servers",
    "outgoing",
    "log_format",
];

/// Reads the file: what it says, and what is wrong with it.
pub(super) fn read(path: &Path) -> (Flags, Vec<Problem>) {
    let place = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let mend = "name a file that exists and may be read";
            return (
                Flags::default(),
                vec![Problem::new(place, error.to_string(), mend)],
            );
        }
    };
    parse(&place, &text)
}

fn parse(place: &str, text: &str) -> (Flags, Vec<Problem>) {
    let table = match text.parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            let mend = "write one setting a line, as in: listen = \"127.0.0.1:8080\"";
            let problem = Problem::new(place, error.to_string().trim().to_owned(), mend);
            return (Flags::default(), vec![problem]);
        }
    };
    let mut values = Flags::default();
    let mut problems = Vec::new();
    for (name, value) in table {
        let at = format!("{place}: {name}");
        let Some(target) = target(&mut values, &name) else {
            let mend = format!("use one of: {}", NAMES.join(", "));
            problems.push(Problem::new(at, "there is no such setting", mend));
            continue;
        };
        match as_text(value) {
            Some(text) => *target = Some(text),
            None => {
                let mend = format!("write it as: {name} = \"…\"");
                problems.push(Problem::new(at, "is not text", mend));
            }
        }
    }
    (values, problems)
}

fn target<'a>(values: &'a mut Flags, name: &str) -> Option<&'a mut Option<String>> {
    match name {
        "data_dir" => Some(&mut values.data_dir),
        "listen" => Some(&mut values.listen),
        "base_url" => Some(&mut values.base_url),
        "database_url" => Some(&mut values.database_url),
        "blob_url" => Some(&mut values.blob_url),
        "master_key" => Some(&mut values.master_key),
        "trusted_proxies" => Some(&mut values.trusted_proxies),
        "mail_ca_file" => Some(&mut values.mail_ca_file),
        "lmtp_listen" => Some(&mut values.lmtp_listen),
        "dns_servers" => Some(&mut values.dns_servers),
        "outgoing" => Some(&mut values.outgoing),
        "log_format" => Some(&mut values.log_format),
        _ => None,
    }
}

/// Text, or a list of texts joined by commas.
fn as_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(items) => {
            let texts: Option<Vec<String>> = items.into_iter().map(as_text).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_can_be_set() {
        for name in NAMES {
            assert!(target(&mut Flags::default(), name).is_some(), "{name}");
        }
    }

    #[test]
    fn unknown_names_wrong_types_and_broken_files_are_told_apart() {
        let (values, problems) = parse("f", "listn = \"x\"\nlisten = 8080\ndata_dir = \"d\"");
        assert_eq!(values.data_dir.as_deref(), Some("d"));
        let places: Vec<&str> = problems
            .iter()
            .map(|problem| problem.place.as_str())
            .collect();
        assert_eq!(places, ["f: listen", "f: listn"]);
        assert_eq!(parse("f", "listen: 8080").1.len(), 1);
        let (values, _) = parse("f", "trusted_proxies = [\"10.0.0.1\", \"10.0.0.2\"]");
        assert_eq!(values.trusted_proxies.as_deref(), Some("10.0.0.1,10.0.0.2"));
    }
}
