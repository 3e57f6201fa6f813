//! A private mail server: Exim takes mail by SMTP and hands it to Dovecot by LMTP, whose
//! mailboxes are read by IMAP. Everybody's password is `practice`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::certificate::Certificate;
use super::{User, free_port, log_to, wait_ready};
use crate::process::{self, Group};
use crate::tools;

/// The only domain that mail is taken for.
const DOMAIN: &str = "mail.test";
const PASSWORD: &str = "practice";
/// Accounts with names; besides them there are `u1` to `u20`.
const NAMED: [&str; 3] = ["ana", "ben", "support"];
const NUMBERED: u32 = 20;
const EXIM: &str = include_str!("exim.conf");
const DOVECOT_2_3: &str = include_str!("dovecot-2.3.conf");
const DOVECOT_2_4: &str = include_str!("dovecot-2.4.conf");

/// The running servers.
pub struct Servers {
    /// SMTP with STARTTLS.
    pub smtp: u16,
    /// SMTP over TLS.
    pub smtps: u16,
    /// IMAP with STARTTLS.
    pub imap: u16,
    /// IMAP over TLS.
    pub imaps: u16,
    /// Holds a folder for each address.
    pub mailboxes: PathBuf,
    /// What they show to clients.
    pub certificate: Certificate,
    _exim: Group,
    _dovecot: Group,
}

impl Servers {
    /// Creates the accounts and starts both servers.
    pub fn start(folder: &Path, user: &User, certificate: Certificate) -> Result<Self> {
        let [smtp, smtps, imap, imaps, lmtp] = [
            free_port()?,
            free_port()?,
            free_port()?,
            free_port()?,
            free_port()?,
        ];
        let mailboxes = user.folder(folder, "mailboxes")?;
        let settings = Settings {
            values: vec![
                ("{folder}", folder.display().to_string()),
                ("{user}", user.name.clone()),
                ("{group}", user.group.clone()),
                ("{domain}", DOMAIN.to_owned()),
                ("{password}", PASSWORD.to_owned()),
                (
                    "{certificate}",
                    certificate.certificate.display().to_string(),
                ),
                ("{key}", certificate.key.display().to_string()),
                ("{mailboxes}", mailboxes.display().to_string()),
                ("{smtp}", smtp.to_string()),
                ("{smtps}", smtps.to_string()),
                ("{imap}", imap.to_string()),
                ("{imaps}", imaps.to_string()),
                ("{lmtp}", lmtp.to_string()),
            ],
        };
        write_accounts(folder, user, &mailboxes)?;
        let dovecot = start_dovecot(folder, user, &settings, imap)?;
        let exim = start_exim(folder, user, &settings, smtp)?;
        let (_dovecot, _exim) = (dovecot, exim);
        Ok(Self {
            smtp,
            smtps,
            imap,
            imaps,
            mailboxes,
            certificate,
            _exim,
            _dovecot,
        })
    }
}

/// The values that go into the servers' configuration.
struct Settings {
    values: Vec<(&'static str, String)>,
}

impl Settings {
    fn fill(&self, template: &str) -> String {
        let filled = |text: String, (name, value): &(&str, String)| text.replace(name, value);
        self.values.iter().fold(template.to_owned(), filled)
    }
}

fn accounts() -> impl Iterator<Item = String> {
    let numbered = (1..=NUMBERED).map(|number| format!("u{number}"));
    NAMED.into_iter().map(str::to_owned).chain(numbered)
}

/// Two lists of the same accounts: local parts for Exim, sign-ins with homes for Dovecot.
fn write_accounts(folder: &Path, user: &User, mailboxes: &Path) -> Result<()> {
    let locals: String = accounts().map(|name| format!("{name}:\n")).collect();
    fs::write(folder.join("locals"), locals)?;
    let line = |name: String| {
        let (uid, gid, home) = (user.uid, user.gid, mailboxes.display());
        format!("{name}@{DOMAIN}:{{PLAIN}}{PASSWORD}:{uid}:{gid}::{home}/{name}@{DOMAIN}::\n")
    };
    fs::write(
        folder.join("accounts"),
        accounts().map(line).collect::<String>(),
    )?;
    Ok(())
}

fn start_dovecot(folder: &Path, user: &User, settings: &Settings, port: u16) -> Result<Group> {
    let program = tools::on_path("dovecot").context("dovecot is gone")?;
    let version = process::output(process::command(&program).arg("--version"))?;
    let template = match version.trim() {
        version if version.starts_with("2.3.") => DOVECOT_2_3,
        version if version.starts_with("2.4.") => DOVECOT_2_4,
        version => bail!("Dovecot {version} is not known here, only 2.3 and 2.4 are"),
    };
    let home = user.folder(folder, "dovecot")?;
    user.folder(&home, "run")?;
    user.folder(&home, "state")?;
    let file = folder.join("dovecot.conf");
    fs::write(&file, settings.fill(template))?;
    let log = home.join("log");
    let mut command = user.command(&program, "TERM");
    command.arg("-F").arg("-c").arg(&file);
    log_to(&mut command, &log)?;
    user.own(&log)?;
    let mut group = Group::start(&mut command)?;
    wait_ready("Dovecot", &mut group, port, &log)?;
    Ok(group)
}

fn start_exim(folder: &Path, user: &User, settings: &Settings, port: u16) -> Result<Group> {
    let installed = tools::on_path("exim4").context("exim4 is gone")?;
    let home = user.folder(folder, "exim")?;
    user.folder(&home, "spool")?;
    user.folder(&home, "log")?;
    // A copy, so that it is not set-uid root: it then runs as who starts it, and may.
    let program = home.join("exim");
    fs::copy(installed, &program)?;
    set_executable(&program)?;
    let file = folder.join("exim.conf");
    fs::write(&file, settings.fill(EXIM))?;
    let log = home.join("output");
    let mut command = user.command(&program, "TERM");
    // In the foreground; what could not be delivered is tried again each second.
    command.arg("-C").arg(&file).args(["-bdf", "-q1s"]);
    log_to(&mut command, &log)?;
    let mut group = Group::start(&mut command)?;
    wait_ready("Exim", &mut group, port, &log)?;
    Ok(group)
}

fn set_executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(
        file,
        fs::Permissions::from_mode(0o755),
    )?)
}
