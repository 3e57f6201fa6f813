//! Reading notifications and choosing what to be told.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AgentId, KeyId, NotificationId};
use kernel::journal::{self, Change, Subject};
use kernel::keys::Keys;
use kernel::refusal::Refusal;

use super::rules;
use super::{
    NotificationSettings, NotificationSettingsChanged, NotificationsRead, QuietHours,
    QuietHoursKept, Stored, store,
};

/// Which notifications were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// All up to this one.
    UpTo(NotificationId),
    /// These.
    Ids(Vec<NotificationId>),
}

/// A page of an agent's list, and how many in the whole list are unread.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Newest first.
    pub items: Vec<Stored>,
    /// Counted up to [`rules::UNREAD_COUNTED_MAX`].
    pub unread: i64,
}

/// The caller's notifications before `before`, newest first.
pub async fn list(
    kernel: &Kernel,
    caller: &Caller,
    before: NotificationId,
    limit: i64,
) -> Result<Listed, Refusal> {
    caller.require(Permission::TicketRead)?;
    let agent = caller.agent;
    kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let items = store::list(tx, agent, before, limit).await?;
            Ok(Listed {
                items,
                unread: store::unread(tx, agent).await?,
            })
        })
        .await
}

/// Marks notifications of the caller read. What is read already, or somebody else's, is left.
pub async fn mark_read(kernel: &Kernel, caller: &Caller, reading: Reading) -> Result<(), Refusal> {
    caller.require(Permission::TicketRead)?;
    if matches!(&reading, Reading::Ids(ids) if ids.len() > rules::IDS_MAX) {
        return Err(Refusal::invalid(
            "ids",
            "names too many notifications",
            format!("name at most {}, or use up_to", rules::IDS_MAX),
        ));
    }
    let (ctx, agent) = (caller.context(kernel.clock.now()), caller.agent);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let read = match &reading {
                Reading::UpTo(up_to) => {
                    let read = store::read_up_to(tx, agent, *up_to).await?;
                    (read > 0).then_some(NotificationsRead {
                        up_to: Some(*up_to),
                        ids: Vec::new(),
                    })
                }
                Reading::Ids(ids) => {
                    let mut read = Vec::new();
                    for id in ids {
                        if store::read_one(tx, agent, *id).await? {
                            read.push(*id);
                        }
                    }
                    (!read.is_empty()).then_some(NotificationsRead {
                        up_to: None,
                        ids: read,
                    })
                }
            };
            if let Some(record) = read {
                journal::append(tx, &ctx, Subject::agent(agent), &record).await?;
            }
            Ok(())
        })
        .await
}

/// The caller's settings.
pub async fn settings(kernel: &Kernel, caller: &Caller) -> Result<NotificationSettings, Refusal> {
    caller.require(Permission::TicketRead)?;
    let agent = caller.agent;
    kernel
        .db
        .read(async move |tx: &mut Tx<'_>| settings_of(tx, agent).await)
        .await
}

/// An agent's settings, the defaults until they change any.
pub async fn settings_of(tx: &mut Tx<'_>, agent: AgentId) -> Result<NotificationSettings, Refusal> {
    match store::settings(tx, agent).await? {
        Some(json) => serde_json::from_str(&json).map_err(|error| {
            Refusal::broken(format!(
                "the notification settings of agent {agent}: {error}"
            ))
        }),
        None => Ok(NotificationSettings::default()),
    }
}

/// Replaces the caller's settings.
pub async fn set_settings(
    kernel: &Kernel,
    caller: &Caller,
    settings: NotificationSettings,
) -> Result<NotificationSettings, Refusal> {
    caller.require(Permission::TicketRead)?;
    rules::check(&settings)?;
    let json =
        serde_json::to_string(&settings).map_err(|error| Refusal::broken(error.to_string()))?;
    let (ctx, agent) = (caller.context(kernel.clock.now()), caller.agent);
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            store::lock_agent(tx, agent).await?;
            let before = settings_of(tx, agent).await?;
            if before == settings {
                return Ok(before);
            }
            store::keep_settings(tx, agent, json.clone()).await?;
            let (from, to) = (&before.quiet_hours, &settings.quiet_hours);
            let quiet_hours = if from == to {
                None
            } else {
                let from = kept(tx, &keys, key, from).await?;
                Some(Change {
                    from,
                    to: kept(tx, &keys, key, to).await?,
                })
            };
            let kinds = Change {
                from: before.kinds,
                to: settings.kinds,
            };
            let record = NotificationSettingsChanged {
                kinds: Some(kinds).filter(|kinds| kinds.from != kinds.to),
                quiet_hours,
            };
            journal::append(tx, &ctx, Subject::agent(agent), &record).await?;
            Ok(settings.clone())
        })
        .await
}

async fn kept(
    tx: &mut Tx<'_>,
    keys: &Keys,
    key: KeyId,
    quiet: &QuietHours,
) -> Result<QuietHoursKept, Refusal> {
    Ok(QuietHoursKept {
        enabled: quiet.enabled,
        from: quiet.from.minutes(),
        to: quiet.to.minutes(),
        time_zone: keys.encrypt(tx, key, &quiet.time_zone).await?,
    })
}
