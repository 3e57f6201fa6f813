//! What `/inboxes` takes and shows.

use kernel::db::Tx;
use kernel::ids::{BrandId, InboxId, MailConnectionId, TeamId};
use kernel::keys::Keys;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::email::server::Security;
use crate::inboxes::form::NewAccess;
use crate::inboxes::{Access, Direction, Health, HealthNote, Import, Inbox, store};

/// Where mail is fetched.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImapInput {
    host: String,
    port: i64,
    security: Security,
    username: String,
    /// Absent keeps the stored one while host, port, security and user name stay.
    #[serde(default)]
    password: Option<String>,
    /// `INBOX` when absent.
    #[serde(default)]
    folder: String,
    /// The connection to a provider that takes the password's place.
    #[serde(default)]
    connection_id: Option<MailConnectionId>,
}

/// Where mail is handed over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SmtpInput {
    host: String,
    port: i64,
    security: Security,
    /// Empty for a server that asks for no sign-in.
    #[serde(default)]
    username: String,
    /// Absent keeps the stored one while host, port, security and user name stay.
    #[serde(default)]
    password: Option<String>,
    /// The connection to a provider that takes the password's place.
    #[serde(default)]
    connection_id: Option<MailConnectionId>,
}

impl From<ImapInput> for NewAccess {
    fn from(input: ImapInput) -> Self {
        let ImapInput {
            host,
            port,
            security,
            username,
            password,
            folder,
            connection_id,
        } = input;
        NewAccess {
            host,
            port,
            security,
            username,
            folder,
            password,
            connection: connection_id,
        }
    }
}

impl From<SmtpInput> for NewAccess {
    fn from(input: SmtpInput) -> Self {
        let SmtpInput {
            host,
            port,
            security,
            username,
            password,
            connection_id,
        } = input;
        NewAccess {
            host,
            port,
            security,
            username,
            folder: String::new(),
            password,
            connection: connection_id,
        }
    }
}

/// An inbox to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxInput {
    /// At most 80 characters.
    pub(super) name: String,
    /// The address customers write to.
    pub(super) address: String,
    /// The name customers see; the inbox's name when empty.
    #[serde(default)]
    pub(super) sender_name: String,
    #[serde(default)]
    pub(super) brand_id: Option<BrandId>,
    #[serde(default)]
    pub(super) team_id: Option<TeamId>,
    #[serde(default)]
    pub(super) signature_html: String,
    #[serde(default)]
    pub(super) imap: Option<ImapInput>,
    #[serde(default)]
    pub(super) smtp: Option<SmtpInput>,
    /// `new_only` when absent.
    #[serde(default)]
    pub(super) import: Option<Import>,
}

/// What to change on an inbox; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxPatch {
    /// The version that was read.
    pub(super) version: i64,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) address: Option<String>,
    #[serde(default)]
    pub(super) sender_name: Option<String>,
    #[serde(default)]
    pub(super) brand_id: Option<BrandId>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<TeamId>)]
    pub(super) team_id: Option<Option<TeamId>>,
    #[serde(default)]
    pub(super) enabled: Option<bool>,
    #[serde(default)]
    pub(super) signature_html: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<ImapInput>)]
    pub(super) imap: Option<Option<ImapInput>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<SmtpInput>)]
    pub(super) smtp: Option<Option<SmtpInput>>,
    #[serde(default)]
    pub(super) import: Option<Import>,
}

/// Tells `null` (clear) from absent (leave).
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// How a server is reached; passwords are never shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessView {
    host: String,
    port: u16,
    security: Security,
    username: String,
    /// IMAP only.
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
    /// The connection to a provider that takes a password's place.
    connection_id: Option<MailConnectionId>,
}

impl AccessView {
    fn of(access: Access) -> AccessView {
        let Access {
            host,
            port,
            security,
            username,
            folder,
            connection,
            ..
        } = access;
        let folder = (!folder.is_empty()).then_some(folder);
        AccessView {
            host,
            port,
            security,
            username,
            folder,
            connection_id: connection,
        }
    }
}

/// The figures of one direction.
#[derive(Debug, Serialize, ToSchema)]
pub struct DirectionFigures {
    /// When it last worked; for receiving, when the mailbox was last looked at to the end.
    last_success_at: Option<Timestamp>,
    /// Since when it fails without a break.
    failing_since: Option<Timestamp>,
    /// How many attempts failed since then.
    failures: i64,
    /// Mails known to wait on the server (receiving).
    waiting: i64,
    /// How far behind it is, in seconds: since when the oldest known mail waits, or else since
    /// when nobody looked. Null before the first look.
    lag_seconds: Option<i64>,
    /// What is wrong, in plain words.
    problem: Option<String>,
    /// What helps.
    mend: Option<String>,
}

/// How an inbox fares.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    receiving: Health,
    sending: Health,
    last_checked_at: Option<Timestamp>,
    problem: Option<String>,
    mend: Option<String>,
    /// Null while receiving is off or was not tried yet.
    receiving_figures: Option<DirectionFigures>,
    /// Null while sending is off or was not tried yet.
    sending_figures: Option<DirectionFigures>,
}

/// An inbox. The ways to its servers are shown only to those who may change them.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxView {
    id: InboxId,
    pub(super) name: String,
    pub(super) address: String,
    pub(super) sender_name: String,
    pub(super) brand_id: BrandId,
    pub(super) team_id: Option<TeamId>,
    pub(super) enabled: bool,
    practice: bool,
    pub(super) signature_html: String,
    pub(super) imap: Option<AccessView>,
    pub(super) smtp: Option<AccessView>,
    pub(super) import: Import,
    health: HealthView,
    pub(super) version: i64,
}

/// All inboxes.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxList {
    /// Oldest first.
    pub(super) items: Vec<InboxView>,
}

/// The figures of one direction, readable.
pub(crate) async fn figures(
    tx: &mut Tx<'_>,
    keys: &Keys,
    note: Option<HealthNote>,
    now: Timestamp,
) -> Result<Option<DirectionFigures>, Refusal> {
    let Some(note) = note else {
        return Ok(None);
    };
    let lag = note.lag(now).map(|lag| lag.as_secs());
    let problem = match &note.problem {
        Some(problem) if note.state == Health::Failing => keys.decrypt(tx, problem).await?,
        _ => None,
    };
    Ok(Some(DirectionFigures {
        last_success_at: note.looked_at,
        failing_since: note.failing_since,
        failures: note.failures,
        waiting: note.waiting,
        lag_seconds: lag.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX)),
        mend: note.mend.filter(|_| problem.is_some()),
        problem,
    }))
}

pub(super) async fn view(
    tx: &mut Tx<'_>,
    keys: &Keys,
    inbox: Inbox,
    manages: bool,
    now: Timestamp,
) -> Result<InboxView, Refusal> {
    let signature_html = keys
        .decrypt(tx, &inbox.signature)
        .await?
        .unwrap_or_default();
    let receiving = store::health(tx, inbox.id, Direction::Receiving).await?;
    let sending = store::health(tx, inbox.id, Direction::Sending).await?;
    let state = |note: &Option<HealthNote>, used: bool| match note {
        Some(note) if used && inbox.enabled => note.state,
        _ => Health::Off,
    };
    let receives = inbox.imap.is_some();
    let sends = inbox.smtp.is_some() || inbox.practice;
    let checked = [&receiving, &sending].into_iter().flatten();
    let last_checked_at = checked.map(|note| note.checked_at).max();
    let states = (state(&receiving, receives), state(&sending, sends));
    let receiving = receiving.filter(|_| receives && inbox.enabled);
    let sending = sending.filter(|_| sends && inbox.enabled);
    let receiving_figures = figures(tx, keys, receiving, now).await?;
    let sending_figures = figures(tx, keys, sending, now).await?;
    let worst = [&receiving_figures, &sending_figures]
        .into_iter()
        .flatten()
        .find(|figures| figures.problem.is_some());
    let health = HealthView {
        receiving: states.0,
        sending: states.1,
        last_checked_at,
        problem: worst.and_then(|figures| figures.problem.clone()),
        mend: worst.and_then(|figures| figures.mend.clone()),
        receiving_figures,
        sending_figures,
    };
    Ok(InboxView {
        id: inbox.id,
        name: inbox.name,
        address: inbox.address,
        sender_name: inbox.sender_name,
        brand_id: inbox.brand,
        team_id: inbox.team,
        enabled: inbox.enabled,
        practice: inbox.practice,
        signature_html,
        imap: inbox.imap.filter(|_| manages).map(AccessView::of),
        smtp: inbox.smtp.filter(|_| manages).map(AccessView::of),
        import: inbox.import,
        health,
        version: inbox.version,
    })
}
