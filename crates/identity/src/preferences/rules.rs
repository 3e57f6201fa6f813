//! What preferences may be.

use kernel::refusal::Refusal;

use super::{Preferences, PreferencesEdit};

/// Longest signature, in characters of HTML.
pub const SIGNATURE_CHARS_MAX: usize = 20_000;

/// The preferences after `edit`; the signature comes out sanitised.
///
/// # Errors
/// [`Refusal::Invalid`] when the signature is too long.
pub fn change(before: &Preferences, edit: &PreferencesEdit) -> Result<Preferences, Refusal> {
    let signature_html = match &edit.signature_html {
        None => before.signature_html.clone(),
        Some(html) if html.chars().count() > SIGNATURE_CHARS_MAX => {
            return Err(Refusal::invalid(
                "preferences.signature_html",
                "is too long",
                "use at most 20,000 characters",
            ));
        }
        Some(html) => ammonia::clean(html),
    };
    Ok(Preferences {
        language: edit.language.unwrap_or(before.language),
        theme: edit.theme.unwrap_or(before.theme),
        density: edit.density.unwrap_or(before.density),
        shortcuts: edit.shortcuts.unwrap_or(before.shortcuts),
        signature_html,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preferences::{Language, Theme};

    #[test]
    fn what_is_absent_stays() {
        let before = Preferences::new(Language::German);
        let edit = PreferencesEdit {
            theme: Some(Theme::Dark),
            ..PreferencesEdit::default()
        };
        let after = change(&before, &edit).unwrap();
        assert_eq!(
            after,
            Preferences {
                theme: Theme::Dark,
                ..before
            }
        );
    }

    #[test]
    fn a_signature_runs_nothing() {
        let html = "<p onclick=\"x()\">Mia<script>alert(1)</script></p>".to_owned();
        let edit = PreferencesEdit {
            signature_html: Some(html),
            ..PreferencesEdit::default()
        };
        let after = change(&Preferences::new(Language::English), &edit).unwrap();
        assert_eq!(after.signature_html, "<p>Mia</p>");
    }

    #[test]
    fn a_signature_has_an_end() {
        let html = "a".repeat(SIGNATURE_CHARS_MAX + 1);
        let edit = PreferencesEdit {
            signature_html: Some(html),
            ..PreferencesEdit::default()
        };
        let refusal = change(&Preferences::new(Language::English), &edit);
        assert!(matches!(refusal, Err(Refusal::Invalid(_))));
    }
}
