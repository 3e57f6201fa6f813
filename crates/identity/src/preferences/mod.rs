//! Preferences: how the workspace looks and behaves for one agent.

pub mod rules;
pub mod store;

use kernel::journal::{Change, Record};
use kernel::keys::Encrypted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use kernel::words;

words! {
    /// A language of the workspace, by its BCP 47 tag.
    Language {
        /// English.
        English = "en",
        /// German.
        German = "de",
        /// Spanish.
        Spanish = "es",
        /// Arabic, written from right to left.
        Arabic = "ar",
    }
}

words! {
    /// Bright or dark screens.
    Theme {
        /// As the device says.
        System = "system",
        /// Always bright.
        Light = "light",
        /// Always dark.
        Dark = "dark",
    }
}

words! {
    /// How much fits on a screen.
    Density {
        /// Generous space.
        Comfortable = "comfortable",
        /// More rows.
        Compact = "compact",
    }
}

/// How the workspace looks and behaves for one agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preferences {
    /// The language of the screens.
    pub language: Language,
    /// Bright or dark.
    pub theme: Theme,
    /// How much fits on a screen.
    pub density: Density,
    /// Whether single keys act.
    pub shortcuts: bool,
    /// What stands under the agent's replies; HTML without scripts.
    pub signature_html: String,
}

impl Preferences {
    /// What a new agent starts with.
    pub fn new(language: Language) -> Self {
        Self {
            language,
            theme: Theme::System,
            density: Density::Comfortable,
            shortcuts: true,
            signature_html: String::new(),
        }
    }
}

/// What should change; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencesEdit {
    /// The language of the screens.
    pub language: Option<Language>,
    /// Bright or dark.
    pub theme: Option<Theme>,
    /// How much fits on a screen.
    pub density: Option<Density>,
    /// Whether single keys act.
    pub shortcuts: Option<bool>,
    /// What stands under the agent's replies, at most 20,000 characters of HTML.
    pub signature_html: Option<String>,
}

/// An agent's preferences changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PreferencesChanged {
    /// The language, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Change<Language>>,
    /// The theme, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Change<Theme>>,
    /// The density, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub density: Option<Change<Density>>,
    /// The shortcuts, if they changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortcuts: Option<Change<bool>>,
    /// The signature, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_html: Option<Change<Encrypted<String>>>,
}

impl Record for PreferencesChanged {
    const KIND: &'static str = "agent.preferences_changed";
}
