//! What an inbox may look like. Pure.

use crate::email::addresses::normalise;
use crate::email::oauth::MailConnection;
use crate::email::server::Security;
use kernel::refusal::{FieldProblem, Refusal};

const NAME_CHARS_MAX: usize = 80;
const FOLDER_CHARS_MAX: usize = 200;
const CREDENTIAL_CHARS_MAX: usize = 500;
/// Longest signature, in bytes of HTML.
pub const SIGNATURE_BYTES_MAX: usize = 20_000;

/// Gathers what is wrong, so that a form shows everything at once.
#[derive(Default)]
pub struct Problems(Vec<FieldProblem>);

impl Problems {
    /// Adds a problem.
    pub fn add(&mut self, field: &str, reason: &str, mend: &str) {
        self.0.push(FieldProblem {
            field: field.to_owned(),
            reason: reason.to_owned(),
            mend: mend.to_owned(),
        });
    }

    /// Refuses when anything was added.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with all problems.
    pub fn refuse(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Invalid(self.0))
        }
    }
}

/// Checks a name people see; answers it trimmed.
pub fn name(field: &str, name: &str, required: bool, problems: &mut Problems) -> String {
    let name = name.trim();
    if required && name.is_empty() {
        problems.add(field, "is empty", "give it a name such as Support");
    }
    if name.chars().count() > NAME_CHARS_MAX {
        problems.add(
            field,
            "is longer than 80 characters",
            "choose a shorter name",
        );
    }
    if name.chars().any(char::is_control) {
        problems.add(field, "contains control characters", "write it on one line");
    }
    name.to_owned()
}

/// Checks the address of an inbox; answers it in lower case.
pub fn address(address: &str, problems: &mut Problems) -> String {
    match normalise(&address.to_lowercase()) {
        Some(address) => address,
        None => {
            problems.add(
                "address",
                "is not a mail address",
                "write it like support@example.com",
            );
            String::new()
        }
    }
}

/// How to reach a server, as it comes from a form.
#[derive(Clone, Copy)]
pub struct AccessForm<'a> {
    /// `imap` or `smtp`: the field's name.
    pub field: &'a str,
    /// Host name.
    pub host: &'a str,
    /// Port.
    pub port: i64,
    /// Protection.
    pub security: Security,
    /// User name.
    pub username: &'a str,
    /// Folder (IMAP).
    pub folder: &'a str,
    /// Whether a password is at hand, typed or stored.
    pub has_password: bool,
    /// Whether a connection to a provider takes the place of the password.
    pub by_token: bool,
}

/// Checks the way to a server; answers the port.
pub fn access(form: &AccessForm<'_>, problems: &mut Problems) -> u16 {
    let field = |name: &str| format!("{}.{name}", form.field);
    let proper_host = !form.host.is_empty()
        && form.host.len() <= 253
        && form
            .host
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | ':'));
    if !proper_host {
        problems.add(
            &field("host"),
            "is not a host name",
            "write it like imap.example.com",
        );
    }
    if form.security == Security::None && !is_this_machine(form.host) {
        problems.add(
            &field("security"),
            "would send the password unprotected over the network",
            "choose tls or starttls; none is for servers on this machine",
        );
    }
    let signs_in = form.field == "imap" || !form.username.is_empty();
    if (form.field == "imap" || form.by_token) && form.username.is_empty() {
        problems.add(
            &field("username"),
            "is empty",
            "usually it is the whole mail address",
        );
    }
    if signs_in && !form.has_password && !form.by_token {
        problems.add(
            &field("password"),
            "is missing",
            "enter it; it must be entered again when the server or user name changes",
        );
    }
    let broken =
        |text: &str| text.len() > CREDENTIAL_CHARS_MAX || text.contains(['\r', '\n', '\0']);
    if broken(form.username) {
        problems.add(
            &field("username"),
            "can't be a user name",
            "write it on one line",
        );
    }
    if form.folder.len() > FOLDER_CHARS_MAX || form.folder.chars().any(char::is_control) {
        problems.add(
            &field("folder"),
            "can't be a folder",
            "the main folder is INBOX",
        );
    }
    match u16::try_from(form.port) {
        Ok(port) if port > 0 => port,
        _ => {
            problems.add(
                &field("port"),
                "is not a port number",
                "use 993 for IMAP, 465 or 587 for SMTP",
            );
            0
        }
    }
}

/// Checks that a connection may be used with a server: a token goes only where it was meant to go.
pub fn connection(
    field: &str,
    host: &str,
    connection: Option<&MailConnection>,
    problems: &mut Problems,
) {
    match connection {
        None => problems.add(
            &format!("{field}.connection_id"),
            "names no connection",
            "connect with the provider first",
        ),
        Some(known) if !known.hosts.iter().any(|it| it == host) => problems.add(
            &format!("{field}.host"),
            "is not a server that the connection was made for",
            "connect again, so that the provider's access is for this server",
        ),
        Some(_) => {}
    }
}

/// Whether a host name can only mean this machine.
pub fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> AccessForm<'static> {
        AccessForm {
            field: "imap",
            host: "imap.example.com",
            port: 993,
            security: Security::Tls,
            username: "a@example.com",
            folder: "INBOX",
            has_password: true,
            by_token: false,
        }
    }

    fn fields(form: AccessForm<'_>) -> Vec<String> {
        let mut problems = Problems::default();
        access(&form, &mut problems);
        problems
            .0
            .into_iter()
            .map(|problem| problem.field)
            .collect()
    }

    #[test]
    fn names_what_is_wrong() {
        assert!(fields(form()).is_empty());
        assert_eq!(
            fields(AccessForm {
                host: "a b",
                ..form()
            }),
            ["imap.host"]
        );
        assert_eq!(fields(AccessForm { port: 0, ..form() }), ["imap.port"]);
        assert_eq!(
            fields(AccessForm {
                port: 70_000,
                ..form()
            }),
            ["imap.port"]
        );
        assert_eq!(
            fields(AccessForm {
                security: Security::None,
                ..form()
            }),
            ["imap.security"]
        );
        assert_eq!(
            fields(AccessForm {
                has_password: false,
                ..form()
            }),
            ["imap.password"]
        );
        assert_eq!(
            fields(AccessForm {
                username: "",
                ..form()
            }),
            ["imap.username"]
        );
        assert_eq!(
            fields(AccessForm {
                username: "a\r\nb",
                ..form()
            }),
            ["imap.username"]
        );
        let local = AccessForm {
            host: "localhost",
            security: Security::None,
            ..form()
        };
        assert!(fields(local).is_empty());
    }

    #[test]
    fn a_token_needs_a_name_and_no_password() {
        let by_token = |username| AccessForm {
            field: "smtp",
            username,
            has_password: false,
            by_token: true,
            ..form()
        };
        assert!(fields(by_token("a@example.com")).is_empty());
        assert_eq!(fields(by_token("")), ["smtp.username"]);
    }

    #[test]
    fn an_smtp_server_may_ask_for_no_password() {
        let open = AccessForm {
            field: "smtp",
            username: "",
            has_password: false,
            ..form()
        };
        assert!(fields(open).is_empty());
        assert_eq!(
            fields(AccessForm {
                field: "smtp",
                has_password: false,
                ..form()
            }),
            ["smtp.password"]
        );
    }
}
