//! Which language a text is written in.
//!
//! Said only when it can be told: a short or mixed text has no language, and nobody is sent away
//! because of a guess.

use whatlang::{Detector, Lang};

/// Letters that a text needs before a language written in Latin or Cyrillic letters can be told.
const LETTERS_MIN: usize = 20;
/// No more than this much of a text is looked at, in characters.
const CHARS_MAX: usize = 4_000;
/// How sure the look at letter groups has to be, from 0 to 1.
const CONFIDENCE_MIN: f64 = 0.6;

/// The languages that are told apart, with their ISO 639-1 codes. Leaving rare ones out makes the
/// common ones surer.
const LANGUAGES: &[(Lang, &str)] = &[
    (Lang::Ara, "ar"),
    (Lang::Bul, "bg"),
    (Lang::Ces, "cs"),
    (Lang::Cmn, "zh"),
    (Lang::Dan, "da"),
    (Lang::Deu, "de"),
    (Lang::Ell, "el"),
    (Lang::Eng, "en"),
    (Lang::Est, "et"),
    (Lang::Fin, "fi"),
    (Lang::Fra, "fr"),
    (Lang::Heb, "he"),
    (Lang::Hin, "hi"),
    (Lang::Hrv, "hr"),
    (Lang::Hun, "hu"),
    (Lang::Ita, "it"),
    (Lang::Jpn, "ja"),
    (Lang::Kor, "ko"),
    (Lang::Lav, "lv"),
    (Lang::Lit, "lt"),
    (Lang::Nld, "nl"),
    (Lang::Pol, "pl"),
    (Lang::Por, "pt"),
    (Lang::Ron, "ro"),
    (Lang::Rus, "ru"),
    (Lang::Slk, "sk"),
    (Lang::Slv, "sl"),
    (Lang::Spa, "es"),
    (Lang::Swe, "sv"),
    (Lang::Tha, "th"),
    (Lang::Tur, "tr"),
    (Lang::Ukr, "uk"),
    (Lang::Vie, "vi"),
];

/// The ISO 639-1 code of the language `text` is written in; `None` when that can't be told.
pub fn language(text: &str) -> Option<&'static str> {
    let sample: String = text.chars().take(CHARS_MAX).collect();
    let known = LANGUAGES.iter().map(|(lang, _)| *lang).collect();
    let found = Detector::with_allowlist(known).detect(&sample)?;
    let letters = sample.chars().filter(|char| char.is_alphabetic()).count();
    // A script of its own needs fewer letters than one that many languages share.
    let is_told =
        found.is_reliable() || (letters >= LETTERS_MIN && found.confidence() >= CONFIDENCE_MIN);
    let code = LANGUAGES.iter().find(|(lang, _)| *lang == found.lang());
    code.filter(|_| is_told).map(|(_, code)| *code)
}

/// Whether `code` is one that [`language`] can answer.
pub fn is_known(code: &str) -> bool {
    LANGUAGES.iter().any(|(_, known)| *known == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_languages_of_the_desk_are_told_apart() {
        for (text, code) in [
            (
                "Hello, my parcel has not arrived yet and I would like to know where it is.",
                "en",
            ),
            (
                "Guten Tag, mein Paket ist noch nicht angekommen. Wo ist es denn gerade?",
                "de",
            ),
            (
                "Buenos días, hice un pedido la semana pasada y el paquete todavía no ha llegado. \
                 ¿Podrían decirme por favor dónde está y cuándo lo voy a recibir? Muchas gracias.",
                "es",
            ),
            (
                "Bonjour, mon colis n'est toujours pas arrivé et je voudrais savoir où il est.",
                "fr",
            ),
            (
                "مرحبا، لم تصل الشحنة بعد وأود أن أعرف أين هي الآن من فضلكم",
                "ar",
            ),
            (
                "荷物がまだ届いていません。どこにあるのか教えてください。",
                "ja",
            ),
        ] {
            let told = language(text);
            assert_eq!(told, Some(code), "{text}: {:?}", whatlang::detect(text));
        }
    }

    #[test]
    fn what_cannot_be_told_is_not_said() {
        for text in ["", "ok", "12345 #88-A", "???", "https://example.com/x"] {
            assert_eq!(language(text), None, "{text:?}");
        }
    }

    #[test]
    fn codes_are_known() {
        assert!(is_known("de") && !is_known("deu") && !is_known(""));
    }
}
