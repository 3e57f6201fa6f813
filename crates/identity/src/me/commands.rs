//! Reading and changing what is one's own.

use kernel::db::Tx;
use kernel::ids::{KeyId, TeamId};
use kernel::journal::{self, Change, Context, Subject};
use kernel::keys::Keys;
use kernel::refusal::Refusal;

use crate::agents::{self, Agent, commands::changed};
use crate::caller::Caller;
use crate::preferences::{self, Preferences, PreferencesChanged, PreferencesEdit};
use crate::{Identity, workspace};

/// Everything the workspace shows an agent about themselves.
#[derive(Clone, Debug)]
pub struct Myself {
    /// The agent.
    pub agent: Agent,
    /// Their teams.
    pub team_ids: Vec<TeamId>,
    /// How they like it.
    pub preferences: Preferences,
    /// The workspace's name.
    pub workspace_name: String,
}

/// The caller's own page.
///
/// # Errors
/// When the database or the key store cannot be read.
pub async fn find(identity: &Identity, caller: &Caller) -> Result<Myself, Refusal> {
    let (keys, id) = (identity.kernel.keys.clone(), caller.agent);
    let team_ids = agents::commands::teams(identity, id).await?;
    identity
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<Myself, Refusal> {
            let agent = agents::store::find(tx, id)
                .await?
                .ok_or(Refusal::NotSignedIn)?;
            let workspace = workspace::store::find(tx).await?;
            Ok(Myself {
                team_ids: team_ids.clone(),
                preferences: preferences::store::find(tx, &keys, id).await?,
                workspace_name: workspace.map(|it| it.name).unwrap_or_default(),
                agent,
            })
        })
        .await
}

/// Changes the caller's name and preferences.
///
/// # Errors
/// `not_allowed` for API tokens, `invalid` naming the field.
pub async fn change(
    identity: &Identity,
    caller: &Caller,
    name: Option<&str>,
    edit: &PreferencesEdit,
) -> Result<(), Refusal> {
    caller.require_session()?;
    let name = name
        .map(|text| agents::rules::name("name", text))
        .transpose()?;
    let key = identity.kernel.keys.workspace().await?;
    let context = caller.context(identity.kernel.clock.now());
    let (identity, id, edit) = (identity.clone(), caller.agent, edit.clone());
    let db = identity.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        agents::store::lock(tx, id).await?;
        let before = agents::store::find(tx, id)
            .await?
            .ok_or(Refusal::NotSignedIn)?;
        let mut after = before.clone();
        after.name = name.clone().unwrap_or(after.name);
        if after != before {
            after.version += 1;
            agents::commands::write(tx, (&identity, key), &context, &before, &after).await?;
        }
        let keys = (&identity.kernel.keys, key);
        let before = preferences::store::find(tx, keys.0, id).await?;
        let after = preferences::rules::change(&before, &edit)?;
        if after != before {
            preferences::store::put(tx, keys, id, &after).await?;
            note_preferences(tx, keys, &context, Subject::agent(id), (&before, &after)).await?;
        }
        Ok(())
    })
    .await
}

async fn note_preferences(
    tx: &mut Tx<'_>,
    (keys, key): (&Keys, KeyId),
    context: &Context,
    subject: Subject,
    (before, after): (&Preferences, &Preferences),
) -> Result<(), Refusal> {
    let signature_html = if before.signature_html == after.signature_html {
        None
    } else {
        Some(Change {
            from: keys.encrypt(tx, key, &before.signature_html).await?,
            to: keys.encrypt(tx, key, &after.signature_html).await?,
        })
    };
    let record = PreferencesChanged {
        language: changed(before.language, after.language),
        theme: changed(before.theme, after.theme),
        density: changed(before.density, after.density),
        shortcuts: changed(before.shortcuts, after.shortcuts),
        signature_html,
    };
    journal::append(tx, context, subject, &record).await?;
    Ok(())
}
