//! The configuration: flags before environment before the optional file before defaults.

mod check;
mod file;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use channels::email::lmtp;
use channels::email::trust::dns::DnsServers;
use clap::{Args, ValueEnum};
use kernel::http::outgoing::Reach;

pub use check::Problem;

/// What flags and environment say. Values are text here, so that all problems are told at once.
#[derive(Clone, Debug, Default, Args)]
pub struct Flags {
    /// A TOML file with any of the settings below (names with underscores).
    #[arg(long, env = "EVENKEEL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the data lives: database, keys, attachments [default: ./data].
    #[arg(long, env = "EVENKEEL_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<String>,
    /// Where to listen [default: 127.0.0.1:8080].
    #[arg(long, env = "EVENKEEL_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// How people reach it, as in https://desk.example.com [default: http://localhost:PORT].
    #[arg(long, env = "EVENKEEL_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    /// PostgreSQL instead of the embedded database.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// An object store for attachments, as in s3://bucket/folder [default: the data folder].
    #[arg(long, env = "EVENKEEL_BLOB_URL", value_name = "URL")]
    pub blob_url: Option<String>,
    /// 32 bytes in base64 [default: the file master.key in the data folder].
    #[arg(
        long,
        env = "EVENKEEL_MASTER_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    pub master_key: Option<String>,
    /// Reverse proxies whose X-Forwarded-For is believed, separated by commas.
    #[arg(long, env = "EVENKEEL_TRUSTED_PROXIES", value_name = "IPS")]
    pub trusted_proxies: Option<String>,
    /// A PEM file with further authorities that mail servers' certificates may come from.
    #[arg(long, env = "EVENKEEL_MAIL_CA_FILE", value_name = "FILE")]
    pub mail_ca_file: Option<String>,
    /// Where a mail server on this machine hands over mail by LMTP: address and port, or the path
    /// of a socket file [default: nowhere].
    #[arg(long, env = "EVENKEEL_LMTP_LISTEN", value_name = "ADDR")]
    pub lmtp_listen: Option<String>,
    /// DNS servers that are asked whether mail comes from whom it says, separated by commas, or
    /// `off` [default: the system's].
    #[arg(long, env = "EVENKEEL_DNS_SERVERS", value_name = "IPS")]
    pub dns_servers: Option<String>,
    /// `public`, or `private`: web servers that admins name may stand in private networks; or the
    /// hosts there that are allowed, separated by commas [default: public].
    #[arg(long, env = "EVENKEEL_OUTGOING", value_name = "REACH")]
    pub outgoing: Option<String>,
    /// `text` or `json` [default: text].
    #[arg(long, env = "EVENKEEL_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,
}

impl Flags {
    /// What is given here, and what `lower` gives where nothing is.
    fn over(self, lower: Self) -> Self {
        Self {
            config: self.config.or(lower.config),
            data_dir: self.data_dir.or(lower.data_dir),
            listen: self.listen.or(lower.listen),
            base_url: self.base_url.or(lower.base_url),
            database_url: self.database_url.or(lower.database_url),
            blob_url: self.blob_url.or(lower.blob_url),
            master_key: self.master_key.or(lower.master_key),
            trusted_proxies: self.trusted_proxies.or(lower.trusted_proxies),
            mail_ca_file: self.mail_ca_file.or(lower.mail_ca_file),
            lmtp_listen: self.lmtp_listen.or(lower.lmtp_listen),
            dns_servers: self.dns_servers.or(lower.dns_servers),
            outgoing: self.outgoing.or(lower.outgoing),
            log_format: self.log_format.or(lower.log_format),
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs, one object a line.
    Json,
}

/// A configuration without problems.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the data lives.
    pub data_dir: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// How people reach it, without a slash at the end.
    pub base_url: String,
    /// PostgreSQL instead of the embedded database.
    pub database_url: Option<String>,
    /// An object store instead of the data folder.
    pub blob_url: Option<String>,
    /// The master key instead of its file.
    pub master_key: Option<String>,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Further authorities for mail servers.
    pub mail_ca_file: Option<PathBuf>,
    /// Where mail is taken by LMTP.
    pub lmtp_listen: Option<lmtp::Place>,
    /// Who is asked about the domains of senders.
    pub dns_servers: DnsServers,
    /// Where calls to web servers that admins name may lead.
    pub outgoing: Reach,
    /// How log lines look.
    pub log_format: LogFormat,
}

impl Config {
    /// Puts the sources together and checks every value.
    pub fn load(flags: Flags) -> Result<Self, Vec<Problem>> {
        let (values, problems) = match &flags.config {
            Some(path) => file::read(path),
            None => (Flags::default(), Vec::new()),
        };
        check::check(flags, values, problems)
    }
}

fn servers(servers: &DnsServers) -> String {
    match servers {
        DnsServers::Off => "off".to_owned(),
        DnsServers::System => "the system's".to_owned(),
        DnsServers::At(servers) => {
            let servers: Vec<String> = servers.iter().map(SocketAddr::to_string).collect();
            servers.join(", ")
        }
    }
}

/// Everything but secrets.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = |there: bool| if there { "given" } else { "not given" };
        let proxies: Vec<String> = self.trusted_proxies.iter().map(IpAddr::to_string).collect();
        let rows = [
            ("data_dir", self.data_dir.display().to_string()),
            ("listen", self.listen.to_string()),
            ("base_url", self.base_url.clone()),
            (
                "database",
                match &self.database_url {
                    Some(_) => "PostgreSQL (database_url is given)".to_owned(),
                    None => "SQLite in the data folder".to_owned(),
                },
            ),
            (
                "blob_url",
                self.blob_url
                    .clone()
                    .unwrap_or_else(|| "the data folder".to_owned()),
            ),
            (
                "master_key",
                match self.master_key {
                    Some(_) => given(true).to_owned(),
                    None => "the file master.key in the data folder".to_owned(),
                },
            ),
            (
                "trusted_proxies",
                if proxies.is_empty() {
                    "none".to_owned()
                } else {
                    proxies.join(", ")
                },
            ),
            (
                "mail_ca_file",
                match &self.mail_ca_file {
                    Some(path) => path.display().to_string(),
                    None => given(false).to_owned(),
                },
            ),
            ("dns_servers", servers(&self.dns_servers)),
            (
                "lmtp_listen",
                match &self.lmtp_listen {
                    Some(place) => place.to_string(),
                    None => "nowhere".to_owned(),
                },
            ),
            (
                "outgoing",
                match &self.outgoing {
                    Reach::Public => "public".to_owned(),
                    Reach::Private => "private".to_owned(),
                    Reach::Also(hosts) => format!("public, {}", hosts.join(", ")),
                },
            ),
            (
                "log_format",
                format!("{:?}", self.log_format).to_lowercase(),
            ),
        ];
        rows.iter()
            .try_for_each(|(name, value)| writeln!(f, "{name:<16} {value}"))
    }
}
