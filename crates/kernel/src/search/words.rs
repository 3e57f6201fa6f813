//! Text as it is compared: words without case and diacritics, and their stems.
//!
//! Scripts that put no spaces between words (Chinese, Japanese, Thai and others) are cut into
//! overlapping pairs of characters, so that any part of a sentence is found.

use std::collections::BTreeSet;

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use whatlang::{Detector, Lang};

/// Longer ones are no words: keys, addresses of pictures, encoded bytes.
const WORD_CHARS_MAX: usize = 64;
/// The most words of one text that are looked at.
pub const WORDS_MAX: usize = 50_000;
/// How much of a text its language is told by, in characters.
const DETECT_CHARS: usize = 1_000;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it is compared: lower case, without diacritics.
    pub folded: String,
    /// In lower case, as stemmers want it.
    lower: String,
    /// Where it begins in the text, in bytes.
    pub from: usize,
    /// Where it ends, in bytes.
    pub to: usize,
}

/// The words of a text, in order, at most [`WORDS_MAX`].
pub fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut run: Vec<(usize, char)> = Vec::new();
    let mut kind = Kind::Gap;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let next = kind_of(c, kind);
        if next != kind {
            end_run(text, &run, kind, &mut found);
            run.clear();
            kind = next;
            if found.len() >= WORDS_MAX {
                found.truncate(WORDS_MAX);
                return found;
            }
        }
        if next != Kind::Gap {
            run.push((at, c));
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gap,
    Spaced,
    Unspaced,
}

fn kind_of(c: char, before: Kind) -> Kind {
    if is_unspaced(c) {
        Kind::Unspaced
    } else if c.is_alphanumeric() {
        Kind::Spaced
    } else if is_combining_mark(c) {
        before
    } else {
        Kind::Gap
    }
}

/// Whether words of the character's script stand without spaces, or grow long endings as in Korean.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3005 | 0x3040..=0x30FF
        | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF
        | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x2_0000..=0x3_FFFF)
}

fn end_run(text: &str, run: &[(usize, char)], kind: Kind, found: &mut Vec<Word>) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return;
    };
    let end_of = |place: &(usize, char)| place.0 + place.1.len_utf8();
    let mut push = |from: usize, to: usize| {
        let piece = text.get(from..to).unwrap_or_default();
        let folded = fold(piece);
        if !folded.is_empty() {
            let lower = piece.to_lowercase().nfc().collect();
            found.push(Word {
                folded,
                lower,
                from,
                to,
            });
        }
    };
    match kind {
        Kind::Spaced if run.len() <= WORD_CHARS_MAX => push(first.0, end_of(last)),
        Kind::Unspaced if run.len() == 1 => push(first.0, end_of(last)),
        Kind::Unspaced => {
            for pair in run.windows(2) {
                if let [one, other] = pair {
                    push(one.0, end_of(other));
                }
            }
        }
        Kind::Gap | Kind::Spaced => {}
    }
}

/// A word without case and diacritics, so that `Größe`, `grösse` and `GROSSE` are one.
pub fn fold(word: &str) -> String {
    let bare = word.to_lowercase();
    let bare = bare.nfkd().filter(|c| !is_dropped(*c)).nfc();
    let mut folded = String::with_capacity(word.len());
    for c in bare {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            'ة' => folded.push('ه'),
            'ى' => folded.push('ي'),
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// Marks that people leave out: accents, and the vowel signs of Arabic and Hebrew.
fn is_dropped(c: char) -> bool {
    matches!(u32::from(c),
        0x0300..=0x036F | 0x0591..=0x05C7 | 0x0610..=0x061A | 0x0640 | 0x064B..=0x065F | 0x0670
        | 0x06D6..=0x06ED | 0x200C | 0x200D)
}

/// The languages whose words have stems here.
const LANGUAGES: &[(Lang, Algorithm)] = &[
    (Lang::Ara, Algorithm::Arabic),
    (Lang::Ces, Algorithm::Czech),
    (Lang::Dan, Algorithm::Danish),
    (Lang::Deu, Algorithm::German),
    (Lang::Ell, Algorithm::Greek),
    (Lang::Eng, Algorithm::English),
    (Lang::Fin, Algorithm::Finnish),
    (Lang::Fra, Algorithm::French),
    (Lang::Hin, Algorithm::Hindi),
    (Lang::Hun, Algorithm::Hungarian),
    (Lang::Ita, Algorithm::Italian),
    (Lang::Nld, Algorithm::Dutch),
    (Lang::Nob, Algorithm::Norwegian),
    (Lang::Pol, Algorithm::Polish),
    (Lang::Por, Algorithm::Portuguese),
    (Lang::Ron, Algorithm::Romanian),
    (Lang::Rus, Algorithm::Russian),
    (Lang::Spa, Algorithm::Spanish),
    (Lang::Swe, Algorithm::Swedish),
    (Lang::Tur, Algorithm::Turkish),
];

/// The stemmers of a text's language; of every language that it may be when it is too short to
/// tell.
fn stemmers_of(text: &str) -> Vec<Stemmer> {
    let beginning: String = text.chars().take(DETECT_CHARS).collect();
    let detector = Detector::with_allowlist(LANGUAGES.iter().map(|(lang, _)| *lang).collect());
    let sure = detector
        .detect(&beginning)
        .filter(whatlang::Info::is_reliable);
    let wanted = LANGUAGES
        .iter()
        .filter(|(lang, _)| sure.as_ref().is_none_or(|info| info.lang() == *lang));
    wanted
        .map(|(_, algorithm)| Stemmer::new(*algorithm))
        .collect()
}

/// The stems of a text's words that differ from the words themselves or equal them, each place
/// once: what is found by another form of a word.
pub fn stems(text: &str, words: &[Word]) -> Vec<String> {
    let stemmers = stemmers_of(text);
    let mut found = Vec::with_capacity(words.len());
    for word in words {
        found.extend(stems_by(&stemmers, &word.lower));
    }
    found
}

/// Every stem that a word may have, in whatever language it is.
pub fn stems_of_word(word: &Word) -> BTreeSet<String> {
    let all = LANGUAGES
        .iter()
        .map(|(_, algorithm)| Stemmer::new(*algorithm));
    stems_by(&all.collect::<Vec<_>>(), &word.lower)
}

fn stems_by(stemmers: &[Stemmer], lower: &str) -> BTreeSet<String> {
    let stems = stemmers.iter().map(|stemmer| fold(&stemmer.stem(lower)));
    stems.filter(|stem| !stem.is_empty()).collect()
}

/// How many letters may be wrong in a word of `folded`'s length.
pub fn typos(folded: &str) -> u8 {
    match folded.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    fn alike(one: &str, other: &str) -> bool {
        let of = |text: &str| stems_of_word(&words(text)[0]);
        of(one).intersection(&of(other)).next().is_some()
    }

    #[test]
    fn words_lose_case_and_diacritics() {
        assert_eq!(
            folded("Größe, ÉTÉ & İstanbul"),
            ["grosse", "ete", "istanbul"]
        );
        assert_eq!(folded("Łódź smørrebrød"), ["lodz", "smorrebrod"]);
        assert_eq!(folded("ana@x.example"), ["ana", "x", "example"]);
        assert_eq!(folded("كِتَابٌ"), folded("كتاب"));
        assert_eq!(folded("हिन्दी"), ["हिन्दी"]);
    }

    #[test]
    fn scripts_without_spaces_become_pairs() {
        assert_eq!(folded("請求書 ok"), ["請求", "求書", "ok"]);
        assert_eq!(folded("本"), ["本"]);
        assert_eq!(folded("ガイド"), ["ガイ", "イド"]);
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "an Größe.";
        let found = words(text);
        assert_eq!(&text[found[1].from..found[1].to], "Größe");
    }

    #[test]
    fn forms_of_a_word_share_a_stem_in_several_languages() {
        for (one, other) in [
            ("invoices", "invoice"),
            ("Rechnungen", "Rechnung"),
            ("facturas", "factura"),
            ("commandes", "commande"),
            ("заказы", "заказа"),
            ("bestellingen", "bestelling"),
        ] {
            assert!(alike(one, other), "{one} and {other}");
        }
        assert!(!alike("invoice", "parcel"));
    }

    #[test]
    fn a_text_s_language_decides_its_stems() {
        let text = "Guten Tag, ich habe die Rechnungen für meine letzten Bestellungen noch nicht \
            erhalten und warte seit zwei Wochen auf eine Antwort.";
        let found = stems(text, &words(text));
        assert!(found.contains(&"rechnung".to_owned()), "{found:?}");
        assert!(found.contains(&"bestell".to_owned()), "{found:?}");
    }

    #[test]
    fn long_words_may_have_more_typos() {
        assert_eq!(
            ["abc", "abcd", "abcdefg", "abcdefgh"].map(typos),
            [0, 1, 1, 2]
        );
    }
}
