//! An inbox as a person enters it, checked and made ready to be stored.

use super::rules::{self, AccessForm, Problems};
use super::{Access, Import, Inbox};
use crate::email::server::Security;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{BrandId, InboxId, KeyId, MailConnectionId, TeamId};
use kernel::keys::{Encrypted, KeyOwner};
use kernel::refusal::Refusal;
use std::sync::Arc;

/// How to reach a server, as a person enters it.
#[derive(Clone)]
pub struct NewAccess {
    /// Host name.
    pub host: String,
    /// Port, not checked yet.
    pub port: i64,
    /// Protection.
    pub security: Security,
    /// User name.
    pub username: String,
    /// Folder (IMAP).
    pub folder: String,
    /// The password, when one was typed.
    pub password: Option<String>,
    /// The connection to sign in by instead.
    pub connection: Option<MailConnectionId>,
}

/// An inbox as a person enters it.
#[derive(Clone)]
pub struct NewInbox {
    /// Name inside the team.
    pub name: String,
    /// The address.
    pub address: String,
    /// The name customers see.
    pub sender_name: String,
    /// The brand.
    pub brand: BrandId,
    /// The team for new tickets.
    pub team: Option<TeamId>,
    /// HTML below every reply.
    pub signature_html: String,
    /// Where mail is fetched.
    pub imap: Option<NewAccess>,
    /// Where mail is handed over.
    pub smtp: Option<NewAccess>,
    /// What happens with mail from before.
    pub import: Import,
    /// Whether it is the practice inbox of the demo.
    pub practice: bool,
}

/// Changes to an inbox; `None` leaves a field as it is.
#[derive(Clone, Default)]
pub struct Changes {
    /// The version they were made on.
    pub version: i64,
    /// Name inside the team.
    pub name: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// The name customers see.
    pub sender_name: Option<String>,
    /// The brand.
    pub brand: Option<BrandId>,
    /// The team for new tickets.
    pub team: Option<Option<TeamId>>,
    /// Switch on or off.
    pub enabled: Option<bool>,
    /// HTML below every reply.
    pub signature_html: Option<String>,
    /// Where mail is fetched.
    pub imap: Option<Option<NewAccess>>,
    /// Where mail is handed over.
    pub smtp: Option<Option<NewAccess>>,
    /// What happens with mail from before; matters until the first connection.
    pub import: Option<Import>,
}

/// Checks and encrypts what needs no transaction.
pub(super) async fn prepare(
    kernel: &Kernel,
    new: NewInbox,
) -> Result<(Arc<Inbox>, KeyId), Refusal> {
    let mut problems = Problems::default();
    let name = rules::name("name", &new.name, true, &mut problems);
    let sender_name = rules::name("sender_name", &new.sender_name, false, &mut problems);
    let address = rules::address(&new.address, &mut problems);
    check_signature(&new.signature_html, &mut problems);
    let imap = new
        .imap
        .map(|form| access(kernel, "imap", form, None, &mut problems));
    let smtp = new
        .smtp
        .map(|form| access(kernel, "smtp", form, None, &mut problems));
    problems.refuse()?;
    let signature = signature(kernel, &new.signature_html).await?;
    let key = kernel.keys.create(KeyOwner::Intake).await?;
    let draft = Inbox {
        id: InboxId(0),
        name,
        address,
        sender_name,
        brand: new.brand,
        team: new.team,
        enabled: true,
        practice: new.practice,
        signature,
        imap,
        smtp,
        import: new.import,
        key,
        version: 1,
    };
    Ok((Arc::new(draft), key))
}

pub(super) fn changed(
    kernel: &Kernel,
    before: &Inbox,
    changes: &Changes,
    signature: Option<Encrypted<String>>,
) -> Result<Inbox, Refusal> {
    let mut problems = Problems::default();
    let mut after = before.clone();
    if let Some(name) = &changes.name {
        after.name = rules::name("name", name, true, &mut problems);
    }
    if let Some(name) = &changes.sender_name {
        after.sender_name = rules::name("sender_name", name, false, &mut problems);
    }
    if let Some(address) = &changes.address {
        after.address = rules::address(address, &mut problems);
    }
    if let Some(form) = changes.imap.clone() {
        let stored = before.imap.as_ref();
        after.imap = form.map(|form| access(kernel, "imap", form, stored, &mut problems));
    }
    if let Some(form) = changes.smtp.clone() {
        let stored = before.smtp.as_ref();
        after.smtp = form.map(|form| access(kernel, "smtp", form, stored, &mut problems));
    }
    problems.refuse()?;
    after.brand = changes.brand.unwrap_or(before.brand);
    after.team = changes.team.unwrap_or(before.team);
    after.enabled = changes.enabled.unwrap_or(before.enabled);
    after.import = changes.import.unwrap_or(before.import);
    after.signature = signature.unwrap_or(after.signature);
    Ok(after)
}

/// Checks one server's form. A stored password serves only the server it was entered for, so that
/// nobody can have it sent elsewhere.
fn access(
    kernel: &Kernel,
    field: &str,
    form: NewAccess,
    stored: Option<&Access>,
    problems: &mut Problems,
) -> Access {
    let host = form.host.trim().to_lowercase();
    let username = form.username.trim().to_owned();
    let kept = stored
        .filter(|s| s.host == host && i64::from(s.port) == form.port && s.username == username)
        .filter(|s| s.security == form.security && s.connection.is_none())
        .map(|s| s.password.clone());
    let by_token = form.connection.is_some();
    let typed = form
        .password
        .filter(|password| !password.is_empty() && !by_token);
    let kept = kept.filter(|_| !by_token);
    let has_password = typed.is_some() || kept.is_some();
    let folder = if field == "imap" && form.folder.trim().is_empty() {
        "INBOX".to_owned()
    } else {
        form.folder.trim().to_owned()
    };
    let checked = AccessForm {
        field,
        host: &host,
        port: form.port,
        security: form.security,
        username: &username,
        folder: &folder,
        has_password,
        by_token,
    };
    let port = rules::access(&checked, problems);
    let password = match (typed, kept) {
        (Some(typed), _) => kernel.keys.encrypt_secret(&typed),
        (None, Some(kept)) => kept,
        (None, None) => kernel.keys.encrypt_secret(""),
    };
    Access {
        host,
        port,
        security: form.security,
        username,
        folder,
        password,
        connection: form.connection,
    }
}

pub(super) fn check_signature(html: &str, problems: &mut Problems) {
    if html.len() > rules::SIGNATURE_BYTES_MAX {
        problems.add(
            "signature_html",
            "is longer than 20,000 bytes",
            "shorten it",
        );
    }
}

pub(super) async fn signature(kernel: &Kernel, html: &str) -> Result<Encrypted<String>, Refusal> {
    let key = kernel.keys.workspace().await?;
    let clean = desk::html::sanitise(html).html;
    let keys = kernel.keys.clone();
    let sealed = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| keys.encrypt(tx, key, &clean).await)
        .await?;
    Ok(sealed)
}
