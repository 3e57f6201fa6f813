//! "-----Original Message-----" and its like.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::folded;

/// What stands between dashes above a quoted or forwarded mail.
const BETWEEN_DASHES: &[&str] = &[
    "original message",
    "original e-mail",
    "original email",
    "original appointment",
    "ursprüngliche nachricht",
    "ursprüngliche e-mail",
    "originalnachricht",
    "urspr. nachricht",
    "message d'origine",
    "message original",
    "message initial",
    "mail original",
    "courriel original",
    "mensaje original",
    "missatge original",
    "jatorrizko mezua",
    "mensagem original",
    "messaggio originale",
    "messaggio di origine",
    "oorspronkelijk bericht",
    "oorspronkelijke bericht",
    "origineel bericht",
    "originalmeddelande",
    "ursprungligt meddelande",
    "oprindelig meddelelse",
    "original meddelelse",
    "opprinnelig melding",
    "opphavleg melding",
    "alkuperäinen viesti",
    "upprunaleg skilaboð",
    "oryginalna wiadomość",
    "wiadomość oryginalna",
    "původní zpráva",
    "původní e-mail",
    "pôvodná správa",
    "pôvodný e-mail",
    "eredeti üzenet",
    "mesaj original",
    "mesajul original",
    "mesaj iniţial",
    "исходное сообщение",
    "оригинальное сообщение",
    "исходное письмо",
    "вихідне повідомлення",
    "оригінальне повідомлення",
    "початкове повідомлення",
    "оригинално съобщение",
    "izvorna poruka",
    "originalna poruka",
    "оригинална порука",
    "izvirno sporočilo",
    "αρχικό μήνυμα",
    "πρωτότυπο μήνυμα",
    "orijinal mesaj",
    "özgün ileti",
    "orjinal mesaj",
    "asıl mesaj",
    "הודעה מקורית",
    "ההודעה המקורית",
    "הודעה המקורית",
    "الرسالة الأصلية",
    "رسالة أصلية",
    "پیام اصلی",
    "原始邮件",
    "原始郵件",
    "原始信件",
    "原邮件",
    "元のメッセージ",
    "オリジナル メッセージ",
    "オリジナルメッセージ",
    "원본 메시지",
    "원본 메일",
    "원래 메시지",
    "원본 내용",
    "tin nhắn gốc",
    "thư gốc",
    "pesan asli",
    "mesej asal",
    "ข้อความต้นฉบับ",
    "ข้อความเดิม",
    "algne kiri",
    "algne sõnum",
    "sākotnējais ziņojums",
    "pradinis pranešimas",
    "originalus laiškas",
    "मूल संदेश",
    "orihinal na mensahe",
    "mesazhi origjinal",
    // Forwarded.
    "forwarded message",
    "forwarded by",
    "forwarded mail",
    "forward message",
    "weitergeleitete nachricht",
    "weitergeleitete mail",
    "weitergeleitet von",
    "message transféré",
    "message transmis",
    "courriel transmis",
    "message réexpédié",
    "mensaje reenviado",
    "missatge reenviat",
    "mensagem encaminhada",
    "mensagem reencaminhada",
    "messaggio inoltrato",
    "doorgestuurd bericht",
    "doorgestuurde bericht",
    "vidarebefordrat meddelande",
    "vidarebefordrat mejl",
    "videresendt meddelelse",
    "videresendt melding",
    "videresendt besked",
    "välitetty viesti",
    "edelleenlähetetty viesti",
    "przekazana wiadomość",
    "wiadomość przekazana",
    "přeposlaná zpráva",
    "preposlaná správa",
    "továbbított üzenet",
    "mesaj redirecționat",
    "mesaj redirecţionat",
    "mesaj transmis",
    "пересылаемое сообщение",
    "пересланное сообщение",
    "перенаправленное сообщение",
    "переслане повідомлення",
    "перенаправлене повідомлення",
    "препратено съобщение",
    "proslijeđena poruka",
    "prosleđena poruka",
    "прослеђена порука",
    "posredovano sporočilo",
    "προωθημένο μήνυμα",
    "iletilen ileti",
    "yönlendirilen ileti",
    "iletilmiş ileti",
    "iletilen mesaj",
    "הודעה שהועברה",
    "הודעה מועברת",
    "رسالة معاد توجيهها",
    "رسالة محولة",
    "الرسالة المحولة",
    "پیام هدایت شده",
    "پیام ارسال‌شده",
    "转发邮件",
    "转发的邮件",
    "轉寄郵件",
    "轉寄的郵件",
    "已转发邮件",
    "转发信息",
    "転送メッセージ",
    "転送メール",
    "전달된 메시지",
    "전달된 메일",
    "전달 메시지",
    "tin nhắn được chuyển tiếp",
    "thư được chuyển tiếp",
    "thư đã chuyển tiếp",
    "pesan terusan",
    "pesan yang diteruskan",
    "mesej dikirim semula",
    "ข้อความที่ส่งต่อ",
    "edastatud kiri",
    "edastatud sõnum",
    "pārsūtīts ziņojums",
    "persiųstas pranešimas",
    "अग्रेषित संदेश",
    "ipinasang mensahe",
];

/// The same as a line of its own that ends in a colon.
const BEFORE_COLON: &[&str] = &[
    "begin forwarded message",
    "anfang der weitergeleiteten nachricht",
    "anfang der weitergeleiteten e-mail",
    "début du message réexpédié",
    "début du message transféré",
    "inicio del mensaje reenviado",
    "inici del missatge reenviat",
    "início da mensagem encaminhada",
    "início da mensagem reencaminhada",
    "inizio messaggio inoltrato",
    "begin doorgestuurd bericht",
    "vidarebefordrat brev",
    "vidarebefordrat mejl",
    "start på videresendt besked",
    "videresendt e-mail",
    "videresendt melding",
    "välitetty viesti alkaa",
    "välitetty viesti",
    "początek przekazywanej wiadomości",
    "začátek přeposílané zprávy",
    "začiatok preposlanej správy",
    "továbbított levél kezdete",
    "începutul mesajului redirecționat",
    "начало переадресованного сообщения",
    "начало пересылаемого сообщения",
    "початок переадресованого повідомлення",
    "початок переданого повідомлення",
    "početak proslijeđene poruke",
    "αρχή προωθημένου μηνύματος",
    "iletinin başlangıcı",
    "iletilen e-posta başlangıcı",
    "ileti başlangıcı",
    "תחילת ההודעה שהועברה",
    "תחילת הודעה שהועברה",
    "بدء الرسالة المعاد توجيهها",
    "بداية الرسالة المعاد توجيهها",
    "下面是被转发的邮件",
    "以下是轉寄的郵件",
    "開始轉寄郵件",
    "開始轉寄訊息",
    "転送されたメッセージ",
    "転送されたメール",
    "전달된 메시지",
    "bắt đầu thư được chuyển tiếp",
    "mulai pesan yang diteruskan",
    "เริ่มข้อความที่ส่งต่อ",
    "original message",
    "ursprüngliche nachricht",
    "mensaje original",
    "message d'origine",
];

/// Lines by which help desks mark where the answer is to end.
const ABOVE_LINE: &[&str] = &[
    "reply above this line",
    "type your reply above",
    "write above this line",
    "reply above the line",
    "respond above this line",
    "antworten sie oberhalb dieser zeile",
    "bitte antworten sie über dieser linie",
    "répondez au-dessus de cette ligne",
    "responda por encima de esta línea",
    "responda acima desta linha",
    "rispondi sopra questa riga",
    "antwoord boven deze regel",
];

/// The longest such line, in bytes; it names the sender and the date in some clients.
const LINE_BYTES_MAX: usize = 200;

static PHRASES: LazyLock<[Option<AhoCorasick>; 2]> =
    LazyLock::new(|| [BETWEEN_DASHES, ABOVE_LINE].map(|phrases| AhoCorasick::new(phrases).ok()));

/// Whether a line parts what was written from what is quoted below.
pub fn is_separator(line: &str) -> bool {
    if line.len() > LINE_BYTES_MAX || line.len() < 6 {
        return false;
    }
    let [between, above] = &*PHRASES;
    let begins = dashes(line.chars());
    let ends = dashes(line.chars().rev());
    if begins >= 2 && (ends >= 2 || begins >= 4) {
        return holds(between, line) || holds(above, line);
    }
    if line.starts_with('#') && line.ends_with('#') {
        return holds(above, line);
    }
    let colon = line.trim_end_matches(['*', '_', ' ']);
    if let Some(phrase) = colon.strip_suffix([':', '：']) {
        let phrase = folded(phrase);
        let bare = phrase.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_'));
        return BEFORE_COLON.contains(&bare);
    }
    line.len() < 80 && holds(above, line)
}

/// Whether a line is nothing but a rule across the page.
pub fn is_rule(line: &str) -> bool {
    let marks = line.chars().filter(|c| !c.is_whitespace());
    let mut count = 0_usize;
    for c in marks {
        if !is_dash(c) {
            return false;
        }
        count = count.saturating_add(1);
    }
    count >= 5
}

/// Whether a line holds nothing but dashes, however few.
pub fn is_dashes(line: &str) -> bool {
    line.chars().all(|c| c.is_whitespace() || is_dash(c))
}

/// Whether a line is a heading between dashes, whatever it says.
pub fn is_heading(line: &str) -> bool {
    line.len() <= LINE_BYTES_MAX && dashes(line.chars()) >= 4 && dashes(line.chars().rev()) >= 4
}

fn holds(phrases: &Option<AhoCorasick>, line: &str) -> bool {
    phrases
        .as_ref()
        .is_some_and(|it| it.is_match(&folded(line)))
}

fn dashes(chars: impl Iterator<Item = char>) -> usize {
    chars
        .filter(|c| !c.is_whitespace())
        .take_while(|c| is_dash(*c))
        .count()
}

fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '_' | '=' | '*' | '~' | '–' | '—' | '―' | '─' | '━' | '﹣' | '－' | '＿'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_stand_between_dashes_or_before_a_colon() {
        for line in [
            "-----Original Message-----",
            "---------- Forwarded message ---------",
            "-------- Ursprüngliche Nachricht --------",
            "Begin forwarded message:",
            "*Anfang der weitergeleiteten Nachricht:*",
            "------------------ 原始邮件 ------------------",
            "##- Please type your reply above this line -##",
            "----- Message d’origine -----",
        ] {
            assert!(is_separator(line), "{line}");
        }
        for line in [
            "The original message was lost.",
            "- original message",
            "-----",
            "----- Hello -----",
        ] {
            assert!(!is_separator(line), "{line}");
        }
    }
}
