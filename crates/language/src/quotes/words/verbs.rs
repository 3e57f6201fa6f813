//! "… wrote:" and what stands before it.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// What the people quoted did, by language.
const VERBS: &[&[&str]] = &[
    &["wrote", "writes", "has written"],
    &["schrieb", "schreibt", "geschrieben", "huet geschriwwen"],
    &["a écrit", "a ecrit", "écrit", "écrivait", "ont écrit"],
    &["escribió", "escribio", "ha escrito", "escribía", "escribe"],
    &[
        "va escriure",
        "ha escrit",
        "escrigué",
        "escribiu",
        "idatzi du",
        "idatzi zuen",
    ],
    &["escreveu", "escreveram", "escreve", "escrito por"],
    &["ha scritto", "scritto", "scrisse", "scrive"],
    &["schreef", "geschreven", "het geskryf", "skryf"],
    &["skrev", "skrifaði", "reit", "har skrevet", "har skrivit"],
    &["kirjoitti", "kirjutas", "rakstīja", "rašė", "parašė"],
    &["napisał", "napisała", "pisze", "napisano"],
    &["napsal", "napsala", "napísal", "napísala"],
    &["napisal", "napisala", "napisao", "je napisala", "piše"],
    &["написао", "написала", "напиша", "написа", "пише"],
    &["написал", "писал", "пишет", "написано", "пользователь"],
    &["написав", "писав", "напісаў", "користувач"],
    &[
        "a scris",
        "scrise",
        "ezt írta",
        "írta",
        "ezt irta",
        "shkroi",
        "ka shkruar",
    ],
    &["έγραψε", "έγραψαν", "εγραψε"],
    &["yazdı", "yazmış", "yazdi"],
    &["كتب", "كتبت", "كتبه", "تمت كتابة", "نوشت", "نوشته", "لکھا"],
    &["כתב", "כתבה", "נכתב", "מאת"],
    &["लिखा", "लिखते हैं", "লিখেছেন", "লিখেছে", "எழுதியது", "எழுதினார்"],
    &["เขียนว่า", "เขียน"],
    &["đã viết", "viết"],
    &["menulis", "tulis", "sumulat", "isinulat", "aliandika"],
    &["写道", "寫道", "写到", "寫到", "写信", "來信", "来信"],
    &[
        "のメール",
        "書きました",
        "は書きました",
        "のメッセージ",
        "書いた",
    ],
    &["작성", "썼습니다", "님이 씀", "보낸 메시지"],
    &["scríobh", "ysgrifennodd", "skribis", "kiteb"],
    &["დაწერა", "գրել է", "գրեց", "жазды", "бичсэн"],
];

/// The words that open such a line when the date stands first, by language.
const LEADS: &[&[&str]] = &[
    &["on", "at", "quoting", "date"],
    &["am", "vom", "um"],
    &["le", "el", "il", "em", "a", "la", "dia", "en"],
    &[
        "op", "den", "d.", "dd.", "på", "þann", "pada", "ar", "noong",
    ],
    &["dnia", "w", "dne", "dňa", "dana", "dne"],
    &[
        "в", "у", "на", "дана", "пон", "вт", "ср", "чт", "пт", "сб", "вс", "нд",
    ],
    &["în", "pe", "στις", "στα", "την", "në", "data", "datum"],
    &[
        "في",
        "بتاريخ",
        "در",
        "يوم",
        "بتاريخ",
        "ב",
        "בתאריך",
        "ביום",
        "ב-",
    ],
    &["vào", "ngày", "lúc", "เมื่อ", "ใน", "वर"],
    &["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    &["op", "ma", "di", "ti", "ke", "to", "pe", "su"],
    &[
        "pon", "wt", "śr", "czw", "pt", "sob", "niedz", "út", "st", "čt", "pá", "so", "ne",
    ],
];

/// The same where words are not divided by spaces.
const LEADS_UNDIVIDED: &[&str] = &[
    "在",
    "于",
    "於",
    "我在",
    "ב-",
    "בתאריך",
    "ביום",
    "เมื่อ",
    "วัน",
    "在",
    "오후",
    "오전",
    "日期",
];

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let verbs = VERBS.iter().flat_map(|language| language.iter());
    AhoCorasick::new(verbs).ok()
});

/// Whether `folded`, a text in lower case, says that someone wrote.
pub fn says_wrote(folded: &str) -> bool {
    let Some(finder) = FINDER.as_ref() else {
        return false;
    };
    finder.find_overlapping_iter(folded).any(|found| {
        let before = folded
            .get(..found.start())
            .and_then(|it| it.chars().next_back());
        let after = folded.get(found.end()..).and_then(|it| it.chars().next());
        let word = folded.get(found.range()).and_then(|it| it.chars().next());
        // Scripts without spaces have no word boundaries to look for.
        word.is_some_and(|c| !is_divided(c)) || !joins(before) && !joins(after)
    })
}

fn is_divided(c: char) -> bool {
    // Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Arabic.
    c < '\u{900}' || matches!(c, '\u{10a0}'..='\u{10ff}' | '\u{1e00}'..='\u{1fff}')
}

fn joins(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

/// Whether `folded` opens as such a line does when the date stands first.
pub fn opens_with_date(folded: &str) -> bool {
    let text = folded.trim_start_matches(|c: char| !c.is_alphanumeric());
    let first = text
        .split(|c: char| c.is_whitespace() || c == ',' || c == '(')
        .next()
        .unwrap_or_default();
    let bare = first.trim_end_matches(['.', ':']);
    first.starts_with(char::is_numeric)
        || LEADS
            .iter()
            .any(|language| language.contains(&first) || language.contains(&bare))
        || LEADS_UNDIVIDED.iter().any(|lead| text.starts_with(lead))
}

/// Whether `folded` opens with a word of [`LEADS`] and not with a number.
pub fn opens_with_lead(folded: &str) -> bool {
    let text = folded.trim_start_matches(|c: char| !c.is_alphanumeric());
    !text.starts_with(char::is_numeric) && opens_with_date(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_whole_words_where_words_are_divided() {
        assert!(says_wrote("on monday ana <ana@x.example>wrote:"));
        assert!(says_wrote("foo 于2016年10月24日周一 下午3:36写道："));
        assert!(!says_wrote("the underwrotes of it:"));
    }

    #[test]
    fn dates_open_lines() {
        for line in [
            "on 5 may",
            "---- on tue",
            "2016-10-24",
            "۲۴ اکتبر",
            "在 2016年",
            "ב-24",
        ] {
            assert!(opens_with_date(line), "{line}");
        }
        assert!(!opens_with_date("max mustermann schrieb"));
    }
}
