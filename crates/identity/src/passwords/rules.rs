//! Which passwords are good enough.
//!
//! Length does most of the work (NIST SP 800-63B): at least twelve characters, no demand for
//! symbols. What is refused beyond that is what guessing programs try first: well-known words and
//! names however they are dressed up ("P4ssw0rd2024!"), rows of keys or numbers, repetitions, and
//! the person's own address or the workspace's name.

use std::sync::LazyLock;

use kernel::refusal::Refusal;

/// Fewest characters of a password.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Most characters of a password; more than anybody types, less than is costly to hash.
pub const PASSWORD_CHARS_MAX: usize = 256;
/// Fewest different characters.
const DISTINCT_CHARS_MIN: usize = 5;
/// Fewest characters that a guessing program would have to guess one by one.
const UNFORESEEN_CHARS_MIN: usize = 6;
/// Shortest own word (of the address, of the workspace) that is looked for.
const OWN_WORD_CHARS_MIN: usize = 4;

/// Well-known words, names and key rows in the folded form of [`fold`].
static COMMON: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    include_str!("common.txt")
        .split_whitespace()
        .map(fold)
        .collect()
});

/// Rows that fingers and counting run along, forwards and backwards.
const ROWS: [&str; 8] = [
    "0123456789012",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
];

/// Refuses a password that is too short or easily guessed; `own` are words that belong to the
/// person: their address, their name, the workspace's name.
///
/// # Errors
/// [`Refusal::Invalid`] naming `field`, what is wrong and the mend.
pub fn check(field: &str, password: &str, own: &[&str]) -> Result<(), Refusal> {
    let Some((reason, mend)) = weakness(password, own) else {
        return Ok(());
    };
    Err(Refusal::invalid(field, reason, mend))
}

fn weakness(password: &str, own: &[&str]) -> Option<(&'static str, &'static str)> {
    let chars: Vec<char> = password.chars().collect();
    if chars.len() < PASSWORD_CHARS_MIN {
        return Some((
            "is shorter than 12 characters",
            "use at least 12 characters; a few unrelated words are easy to remember",
        ));
    }
    if chars.len() > PASSWORD_CHARS_MAX {
        return Some((
            "is longer than 256 characters",
            "use at most 256 characters",
        ));
    }
    let mut distinct = chars.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < DISTINCT_CHARS_MIN || repeats(&chars) {
        return Some((
            "repeats the same few characters",
            "use unrelated words or more variety",
        ));
    }
    let folded = fold(password);
    if own.iter().any(|words| contains_own(&folded, words)) {
        return Some((
            "contains your name, your e-mail address or the workspace's name",
            "use words that have nothing to do with you or your team",
        ));
    }
    if unforeseen(&folded) < UNFORESEEN_CHARS_MIN {
        return Some((
            "is made of well-known words, names or rows of keys",
            "use a few unrelated, unusual words or a password manager",
        ));
    }
    None
}

/// Whether the whole is one short piece over and over.
fn repeats(chars: &[char]) -> bool {
    let pieces = 1..=chars.len() / 2;
    pieces.into_iter().any(|size| {
        size < UNFORESEEN_CHARS_MIN
            && chars
                .iter()
                .zip(chars.iter().skip(size))
                .all(|(one, other)| one == other)
    })
}

/// Lower case, with the usual dressing-up of letters as digits and signs undone.
fn fold(text: &str) -> Vec<char> {
    let plain = text.chars().flat_map(char::to_lowercase);
    plain
        .map(|it| match it {
            '0' => 'o',
            '1' | '!' | '|' => 'i',
            '3' | '€' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .collect()
}

/// Whether a word of `words` stands in `folded` and leaves too little beside it.
fn contains_own(folded: &[char], words: &str) -> bool {
    words.split(|it: char| !it.is_alphanumeric()).any(|word| {
        let word = fold(word);
        word.len() >= OWN_WORD_CHARS_MIN && folded.windows(word.len()).any(|window| window == word)
    })
}

/// The characters that remain to be guessed when every well-known word and every run counts as
/// one, on the cheapest way through `folded`.
fn unforeseen(folded: &[char]) -> usize {
    let mut cost = vec![usize::MAX; folded.len() + 1];
    if let Some(first) = cost.first_mut() {
        *first = 0;
    }
    for start in 0..folded.len() {
        let Some(so_far) = cost.get(start).copied() else {
            continue;
        };
        let rest = folded.get(start..).unwrap_or_default();
        let single = usize::from(rest.first().is_some_and(|it| it.is_alphanumeric()));
        let words = COMMON
            .iter()
            .filter(|word| rest.starts_with(word))
            .map(|word| (word.len(), 1));
        let runs = [(run(rest), 1), (1, single)];
        for (length, price) in words.chain(runs).filter(|(length, _)| *length > 0) {
            if let Some(there) = cost.get_mut(start + length) {
                *there = (*there).min(so_far + price);
            }
        }
    }
    cost.last().copied().unwrap_or(0)
}

/// How many characters from the start repeat or run along a row; 0 when fewer than three.
fn run(rest: &[char]) -> usize {
    let Some(first) = rest.first() else { return 0 };
    let same = rest.iter().take_while(|it| *it == first).count();
    let row = ROWS.iter().flat_map(|row| {
        let forwards = fold(row);
        let backwards: Vec<char> = forwards.iter().rev().copied().collect();
        [along(&forwards, rest), along(&backwards, rest)]
    });
    let longest = row.chain([same, digits(rest)]).max().unwrap_or(0);
    if longest < 3 { 0 } else { longest }
}

/// How far `rest` follows `row` from wherever it enters it.
fn along(row: &[char], rest: &[char]) -> usize {
    let entries = (0..row.len()).filter_map(|start| row.get(start..));
    let shared = |tail: &[char]| {
        tail.iter()
            .zip(rest)
            .take_while(|(one, two)| one == two)
            .count()
    };
    entries.map(shared).max().unwrap_or(0)
}

/// Four characters that were digits before folding are a year or a date: one guess, not four.
fn digits(rest: &[char]) -> usize {
    let digit = |it: &&char| {
        matches!(
            it,
            'o' | 'i' | '2' | 'e' | 'a' | 's' | '6' | 't' | '8' | '9'
        )
    };
    let length = rest.iter().take(4).take_while(digit).count();
    let real = rest.iter().take(4).any(|it| it.is_ascii_digit());
    if length == 4 && real { 4 } else { 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reason(password: &str) -> Option<&'static str> {
        weakness(password, &["ana.ruiz@example.com", "Bluebird Supplies"]).map(|(reason, _)| reason)
    }

    #[test]
    fn length_comes_first() {
        assert_eq!(reason("k8#vQ!x2"), Some("is shorter than 12 characters"));
        assert_eq!(reason("ñandú ñandú"), Some("is shorter than 12 characters"));
        assert_eq!(
            reason(&"x7Kq".repeat(65)),
            Some("is longer than 256 characters")
        );
    }

    #[test]
    fn common_passwords_in_any_dress_are_refused() {
        for password in [
            "password1234",
            "Password2024!",
            "P@ssw0rd!!!!!",
            "passwordpassword",
            "letmein123456",
            "qwertyuiop123",
            "welcome12345!",
            "Sommer2026!!!",
            "iloveyou12345",
            "adminadmin123",
            "CorrectHorseBatteryStaple",
            "correcthorsebatterystaple1",
            "123456789012",
            "abcdefghijkl",
            "zyxwvutsrqpo",
            "1qaz2wsx3edc",
            "asdfghjklasdfghjkl",
            "Welcome1Welcome1",
            "SunshineDragon99",
            "passwort123456",
            "contraseña123",
        ] {
            assert!(reason(password).is_some(), "{password} is let through");
        }
    }

    #[test]
    fn repetitions_are_refused() {
        for password in [
            "aaaaaaaaaaaa",
            "abababababab",
            "x7kx7kx7kx7k",
            "7rX!q7rX!q7rX!q",
        ] {
            assert_eq!(
                reason(password),
                Some("repeats the same few characters"),
                "{password}"
            );
        }
    }

    #[test]
    fn own_words_are_refused() {
        let own = Some("contains your name, your e-mail address or the workspace's name");
        assert_eq!(reason("ruiz-kv8x-trombone"), own);
        assert_eq!(reason("vexing bluebird lamp"), own);
        assert_eq!(reason("8lamp-5upplie5-vexed"), own);
        assert_eq!(
            reason("an ana of velvet gongs"),
            None,
            "three letters are too few to mean it"
        );
    }

    #[test]
    fn good_passwords_pass() {
        for password in [
            "tomato gravel oboe lantern",
            "kite-Marzipan-38-otter",
            "zP4v!nq8Lw2#",
            "un pingüino con botas",
            "Regenschirmständer am Kai",
            "قطار الليل إلى البحر",
            "夜行列車で海辺の町へ行こうよ",
        ] {
            assert_eq!(reason(password), None, "{password} is refused");
        }
    }

    proptest! {
        #[test]
        fn random_passwords_pass(password in "[a-zA-Z0-9]{24}") {
            prop_assert_eq!(weakness(&password, &[]), None);
        }

        #[test]
        fn nothing_panics(password in ".{0,80}", own in ".{0,40}") {
            let _ = weakness(&password, &[&own]);
        }

        #[test]
        fn a_common_word_with_up_to_four_extra_characters_is_refused(
            which in 0..COMMON.len(),
            tail in "[a-z0-9!?.]{1,4}",
        ) {
            let word: String = COMMON[which].iter().collect();
            let password = format!("{word}{tail}");
            prop_assert!(weakness(&password, &[]).is_some());
        }
    }
}
