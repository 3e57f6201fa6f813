//! What a configuration must be like; every problem is found, not only the first.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use channels::email::trust::dns::DnsServers;
use clap::ValueEnum;
use kernel::http::outgoing::Reach;
use kernel::keys::MasterKey;

use channels::email::lmtp;

use super::{Config, Flags, LogFormat};

/// What is wrong with one setting, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, and its file when it came from there.
    pub place: String,
    /// What is wrong.
    pub reason: String,
    /// What to do instead.
    pub mend: String,
}

impl Problem {
    /// A problem with the setting at `place`.
    pub fn new(
        place: impl Into<String>,
        reason: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            place: place.into(),
            reason: reason.into(),
            mend: mend.into(),
        }
    }
}

pub(super) fn check(
    flags: Flags,
    file: Flags,
    mut problems: Vec<Problem>,
) -> Result<Config, Vec<Problem>> {
    let given = flags.over(file);
    problems.extend(check_stores(&given));
    let listen = check_listen(given.listen.as_deref().unwrap_or("127.0.0.1:8080"));
    let port = listen.as_ref().map_or(8080, SocketAddr::port);
    let base_url = given
        .base_url
        .unwrap_or_else(|| format!("http://localhost:{port}"));
    let data_dir = given.data_dir.unwrap_or_else(|| "./data".to_owned());
    let trusted_proxies = read_proxies(given.trusted_proxies.as_deref().unwrap_or_default());
    let log_format = check_log_format(given.log_format.as_deref().unwrap_or("text"));
    let lmtp_listen = given.lmtp_listen.as_deref().map(check_lmtp_listen);
    let lmtp_listen = lmtp_listen.transpose();
    let outgoing = check_outgoing(given.outgoing.as_deref().unwrap_or("public"));
    let checks = [check_base_url(&base_url), check_data_dir(&data_dir)];
    problems.extend(checks.into_iter().filter_map(Result::err));
    let dns_servers = read_dns_servers(given.dns_servers.as_deref().unwrap_or_default());
    match (
        listen,
        trusted_proxies,
        lmtp_listen,
        dns_servers,
        log_format,
        outgoing,
    ) {
        (
            Ok(listen),
            Ok(trusted_proxies),
            Ok(lmtp_listen),
            Ok(dns_servers),
            Ok(log_format),
            Ok(outgoing),
        ) if problems.is_empty() => Ok(Config {
            data_dir: PathBuf::from(data_dir),
            listen,
            base_url: base_url.trim_end_matches('/').to_owned(),
            database_url: given.database_url,
            blob_url: given.blob_url,
            master_key: given.master_key,
            trusted_proxies,
            mail_ca_file: given.mail_ca_file.map(PathBuf::from),
            lmtp_listen,
            dns_servers,
            outgoing,
            log_format,
        }),
        (listen, trusted_proxies, lmtp_listen, dns_servers, log_format, outgoing) => {
            problems.extend(dns_servers.err());
            problems.extend(listen.err());
            problems.extend(trusted_proxies.err());
            problems.extend(lmtp_listen.err());
            problems.extend(log_format.err());
            problems.extend(outgoing.err());
            Err(problems)
        }
    }
}

/// Where things are kept, and the files that must be there.
fn check_stores(given: &Flags) -> impl Iterator<Item = Problem> {
    let checked = |value: &Option<String>, check: fn(&str) -> Result<(), Problem>| {
        value.as_deref().map_or(Ok(()), check).err()
    };
    [
        checked(&given.database_url, check_database_url),
        checked(&given.blob_url, check_blob_url),
        checked(&given.master_key, check_master_key),
        checked(&given.mail_ca_file, check_mail_ca_file),
    ]
    .into_iter()
    .flatten()
}

fn check_listen(listen: &str) -> Result<SocketAddr, Problem> {
    listen.parse().map_err(|_| {
        let mend = "write address and port, as in 127.0.0.1:8080 or 0.0.0.0:80";
        Problem::new(
            "listen",
            format!("\"{listen}\" is no address with a port"),
            mend,
        )
    })
}

fn check_lmtp_listen(place: &str) -> Result<lmtp::Place, Problem> {
    place.parse().map_err(|()| {
        let mend =
            "write address and port, as in 127.0.0.1:2424, or the full path of a socket file";
        let reason = format!("\"{place}\" is neither an address with a port nor a path");
        Problem::new("lmtp_listen", reason, mend)
    })
}

fn check_log_format(format: &str) -> Result<LogFormat, Problem> {
    LogFormat::from_str(format, true).map_err(|_| {
        Problem::new(
            "log_format",
            format!("\"{format}\" is no format"),
            "use text or json",
        )
    })
}

fn check_outgoing(reach: &str) -> Result<Reach, Problem> {
    match reach {
        "public" => Ok(Reach::Public),
        "private" => Ok(Reach::Private),
        hosts => read_hosts(hosts).map(Reach::Also).ok_or_else(|| {
            let mend = "use public, private to allow web servers in private networks, or the hosts \
                in them that are allowed, as in hooks.internal, 10.0.0.7";
            Problem::new("outgoing", format!("\"{hosts}\" is no reach"), mend)
        }),
    }
}

/// Names with a dot and addresses, separated by commas.
fn read_hosts(list: &str) -> Option<std::sync::Arc<[String]>> {
    let host = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '.' || it == '-';
        let named = text.contains('.') && text.chars().all(is_name);
        (named || text.parse::<std::net::IpAddr>().is_ok()).then_some(text)
    };
    list.split(',').map(host).collect()
}

fn check_mail_ca_file(path: &str) -> Result<(), Problem> {
    std::fs::File::open(path).map(drop).map_err(|error| {
        let mend = "name a PEM file that exists and may be read";
        Problem::new("mail_ca_file", error.to_string(), mend)
    })
}

fn check_base_url(url: &str) -> Result<(), Problem> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let host = rest
        .map(|rest| rest.trim_end_matches('/'))
        .unwrap_or_default();
    if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
        let mend = "write it as https://desk.example.com, without a path";
        return Err(Problem::new(
            "base_url",
            format!("\"{url}\" is no web address"),
            mend,
        ));
    }
    Ok(())
}

fn check_database_url(url: &str) -> Result<(), Problem> {
    let mend = "write it as postgres://user:password@host:5432/database";
    let schemes = ["postgres://", "postgresql://"];
    if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
        // The URL holds a password, so it is not repeated.
        return Err(Problem::new(
            "database_url",
            "is no PostgreSQL address",
            mend,
        ));
    }
    kernel::db::check_url(url)
        .map_err(|error| Problem::new("database_url", error.to_string(), mend))
}

fn check_blob_url(url: &str) -> Result<(), Problem> {
    kernel::blobs::Blobs::at_url(url)
        .map(drop)
        .map_err(|error| {
            Problem::new(
                "blob_url",
                error.to_string(),
                "write it as s3://bucket/folder",
            )
        })
}

fn check_master_key(key: &str) -> Result<(), Problem> {
    MasterKey::from_base64(key).map(drop).map_err(|error| {
        Problem::new(
            "master_key",
            error.to_string(),
            "make one with: openssl rand -base64 32",
        )
    })
}

fn check_data_dir(folder: &str) -> Result<(), Problem> {
    let path = std::path::Path::new(folder);
    if path.exists() && !path.is_dir() {
        let reason = format!("\"{folder}\" is a file");
        return Err(Problem::new(
            "data_dir",
            reason,
            "name a folder, or one to be made",
        ));
    }
    Ok(())
}

fn read_proxies(list: &str) -> Result<Vec<IpAddr>, Problem> {
    list.split(',')
        .map(str::trim)
        .filter(|address| !address.is_empty())
        .map(|address| {
            address.parse().map_err(|_| {
                let reason = format!("\"{address}\" is no IP address");
                let mend = "write addresses separated by commas, as in 10.0.0.2, 10.0.0.3";
                Problem::new("trusted_proxies", reason, mend)
            })
        })
        .collect()
}

/// Nothing means the system's, `off` nobody; a server without a port listens on 53.
fn read_dns_servers(list: &str) -> Result<DnsServers, Problem> {
    match list.trim() {
        "" => return Ok(DnsServers::System),
        off if off.eq_ignore_ascii_case("off") => return Ok(DnsServers::Off),
        _ => {}
    }
    let servers = list.split(',').map(str::trim).filter(|it| !it.is_empty());
    let servers = servers.map(|server| {
        let alone = server.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53));
        alone.or_else(|_| server.parse()).map_err(|_| {
            let reason = format!("\"{server}\" is no IP address");
            let mend = "write addresses separated by commas, as in 10.0.0.53, or off";
            Problem::new("dns_servers", reason, mend)
        })
    });
    servers.collect::<Result<_, _>>().map(DnsServers::At)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn nothing_given_is_a_sound_configuration() {
        let config = check(Flags::default(), Flags::default(), Vec::new())
            .ok()
            .unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.base_url, "http://localhost:8080");
        assert_eq!(config.data_dir, PathBuf::from("./data"));
    }

    #[test]
    fn flags_go_before_the_file() {
        let flags = Flags {
            listen: text("127.0.0.1:1"),
            ..Flags::default()
        };
        let file = Flags {
            listen: text("127.0.0.1:2"),
            base_url: text("https://d.test/"),
            ..flags.clone()
        };
        let config = check(flags, file, Vec::new()).ok().unwrap();
        assert_eq!(config.listen.port(), 1);
        assert_eq!(config.base_url, "https://d.test");
    }

    #[test]
    fn dns_servers_are_the_systems_or_these_or_nobody() {
        let read = |list: &str| read_dns_servers(list).ok().unwrap();
        assert_eq!(read(" "), DnsServers::System);
        assert_eq!(read("OFF"), DnsServers::Off);
        let at: Vec<SocketAddr> = ["10.0.0.53:53", "[::1]:53", "10.0.0.1:5353"]
            .map(|address| address.parse().unwrap())
            .into();
        assert_eq!(read("10.0.0.53, ::1, 10.0.0.1:5353"), DnsServers::At(at));
    }

    #[test]
    fn every_problem_is_told_at_once_and_no_secret_with_it() {
        let flags = Flags {
            listen: text("8080"),
            base_url: text("desk.example.com"),
            database_url: text("mysql://root:hunter2@db"),
            blob_url: text("nowhere"),
            master_key: text("short"),
            trusted_proxies: text("10.0.0.1, proxy"),
            mail_ca_file: text("/does/not/exist.pem"),
            lmtp_listen: text("24"),
            dns_servers: text("10.0.0.53, dns"),
            outgoing: text("moon"),
            log_format: text("xml"),
            data_dir: text("/dev/null"),
            config: None,
        };
        let problems = check(flags, Flags::default(), Vec::new()).err().unwrap();
        let mut places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
        places.sort_unstable();
        assert_eq!(
            places,
            [
                "base_url",
                "blob_url",
                "data_dir",
                "database_url",
                "dns_servers",
                "listen",
                "lmtp_listen",
                "log_format",
                "mail_ca_file",
                "master_key",
                "outgoing",
                "trusted_proxies",
            ]
        );
        assert!(!format!("{problems:?}").contains("hunter2"));
    }
}
