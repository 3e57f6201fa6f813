//! The SQL of preferences.

use kernel::db::Tx;
use kernel::ids::{AgentId, KeyId};
use kernel::keys::{Encrypted, KeyError, Keys};

use super::{Density, Language, Preferences, Theme};

const FIND: &str = "SELECT language, theme, density, shortcuts, signature_html FROM preferences \
    WHERE agent_id = $1";
const PUT: &str = "INSERT INTO preferences (agent_id, language, theme, density, shortcuts, \
    signature_html) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (agent_id) DO UPDATE SET \
    language = excluded.language, theme = excluded.theme, density = excluded.density, \
    shortcuts = excluded.shortcuts, signature_html = excluded.signature_html";

type Columns = (Language, Theme, Density, bool, Option<Encrypted<String>>);

/// An agent's preferences; the defaults in English when none were written.
///
/// # Errors
/// When the database or the key store cannot be read.
pub async fn find(tx: &mut Tx<'_>, keys: &Keys, agent: AgentId) -> Result<Preferences, KeyError> {
    let Some((language, theme, density, shortcuts, signature)) =
        tx.one::<Columns>(FIND, &[agent.into()]).await?
    else {
        return Ok(Preferences::new(Language::English));
    };
    let signature_html = match signature {
        Some(sealed) => keys.decrypt(tx, &sealed).await?.unwrap_or_default(),
        None => String::new(),
    };
    Ok(Preferences {
        language,
        theme,
        density,
        shortcuts,
        signature_html,
    })
}

/// Writes an agent's preferences.
///
/// # Errors
/// When the database cannot be written or the key was destroyed.
pub async fn put(
    tx: &mut Tx<'_>,
    (keys, key): (&Keys, KeyId),
    agent: AgentId,
    preferences: &Preferences,
) -> Result<(), KeyError> {
    let signature = if preferences.signature_html.is_empty() {
        None
    } else {
        Some(keys.encrypt(tx, key, &preferences.signature_html).await?)
    };
    let params = [
        agent.into(),
        preferences.language.into(),
        preferences.theme.into(),
        preferences.density.into(),
        preferences.shortcuts.into(),
        signature.into(),
    ];
    tx.execute(PUT, &params).await?;
    Ok(())
}
