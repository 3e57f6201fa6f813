//! "Sent from my iPhone" and what else mail programs write below a message.

use super::folded;

const OPENINGS: &[&str] = &[
    "sent from",
    "sent via",
    "sent with",
    "sent using",
    "sent by",
    "sent on the go",
    "get outlook for",
    "get boxer for",
    "get typeapp",
    "composed with",
    "written on my",
    "typed on my",
    "via my",
    "gesendet von",
    "gesendet mit",
    "gesendet aus",
    "gesendet über",
    "diese nachricht wurde von meinem",
    "diese nachricht wurde mit",
    "outlook für",
    "laden sie outlook",
    "holen sie sich outlook",
    "envoyé de",
    "envoyé depuis",
    "envoyé à partir de",
    "envoyé avec",
    "envoyé via",
    "provenance :",
    "télécharger outlook",
    "obtenir outlook",
    "obtenez outlook",
    "enviado desde",
    "enviado do",
    "enviado a partir d",
    "enviado via",
    "enviado con",
    "enviado com",
    "enviado de mi",
    "enviado pelo",
    "obtener outlook",
    "obter o outlook",
    "obtenha o outlook",
    "descargar outlook",
    "enviat des d",
    "enviat amb",
    "inviato da",
    "inviato con",
    "inviato tramite",
    "ottieni outlook",
    "scarica outlook",
    "verzonden vanaf",
    "verzonden met",
    "verzonden via",
    "verzonden vanuit",
    "verstuurd vanaf",
    "verstuurd met",
    "outlook voor",
    "download outlook",
    "skickat från",
    "skickades från",
    "skickat med",
    "hämta outlook",
    "sendt fra",
    "sendt med",
    "hent outlook",
    "lähetetty",
    "hanki outlook",
    "sent úr",
    "sent frá",
    "saadetud",
    "nosūtīts no",
    "išsiųsta iš",
    "wysłane z",
    "wysłano z",
    "pobierz program outlook",
    "pobierz outlook",
    "odesláno z",
    "získat outlook",
    "odoslané z",
    "odoslané pomocou",
    "elküldve a",
    "trimis de pe",
    "trimis din",
    "obțineți outlook",
    "отправлено с",
    "отправлено из",
    "отправлено через",
    "послано с",
    "скачать outlook",
    "надіслано з",
    "надіслано через",
    "відправлено з",
    "адпраўлена з",
    "изпратено от",
    "poslano s",
    "poslano z",
    "poslano iz",
    "poslato sa",
    "послато са",
    "εστάλη από",
    "στάλθηκε από",
    "αποστολή από",
    "أرسلت من",
    "أُرسلت من",
    "تم الإرسال من",
    "مرسل من",
    "ارسال شده از",
    "فرستاده شده از",
    "נשלח מ",
    "נשלח באמצעות",
    "发自",
    "发送自",
    "從我的",
    "自我的",
    "來自我的",
    "寄自我的",
    "获取 outlook",
    "取得 outlook",
    "được gửi từ",
    "đã gửi từ",
    "gửi từ",
    "dikirim dari",
    "terkirim dari",
    "dihantar daripada",
    "ส่งจาก",
    "ipinadala mula",
    "bidalia nire",
    "nire iphone",
    "maila nire",
    "-- sent from",
    "dërguar nga",
    "göndərildi",
];

/// What such a line ends with where the verb comes last, and what it must also hold.
const CLOSINGS: &[&str] = &[
    "gesendet",
    "gönderildi",
    "から送信",
    "からの送信",
    "送信しました",
    "에서 보냄",
    "에서 보낸 메일",
    "에서 전송됨",
    "küldve",
    "से भेजा गया",
    "থেকে পাঠানো",
    "傳送",
    "發送",
    "فرستاده شد",
    "ارسال شد",
    "を入手",
    "bidalia",
    "bidalita",
];

/// What makes a line with such an ending a footer.
const DEVICES: &[&str] = &[
    "iphone",
    "ipad",
    "android",
    "samsung",
    "galaxy",
    "blackberry",
    "outlook",
    "mobil",
    "handy",
    "telefon",
    "yahoo",
    "mail",
    "huawei",
    "xiaomi",
    "nokia",
    "windows",
    "smartphone",
    "tablet",
    "gerät",
    "スマート",
    "携帯",
    "手机",
    "手機",
    "휴대",
    "फ़ोन",
    "फोन",
    "telefo",
];

/// The longest such line in bytes, and its most words.
const LINE_BYTES_MAX: usize = 160;
const WORDS_MAX: usize = 10;

/// Whether a line was written by the device and not by the person.
pub fn is_footer(line: &str) -> bool {
    if line.is_empty() || line.len() > LINE_BYTES_MAX.saturating_mul(2) {
        return false;
    }
    let text = folded(line);
    // What a link points at is no part of the sentence.
    let shown = text.split(['<', '(', '[']).next().unwrap_or_default();
    let inner = text.trim_matches(|c: char| !c.is_alphanumeric());
    let shown = if shown.trim().is_empty() {
        inner
    } else {
        shown
    };
    let bare = shown.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '*' | '_' | '[' | ']' | '.' | '-' | '–' | '—' | '"' | '|')
    });
    if bare.len() > LINE_BYTES_MAX || bare.split_whitespace().count() > WORDS_MAX {
        return false;
    }
    if bare.contains([',', '?', '!', ';']) || bare.contains(". ") {
        return false;
    }
    OPENINGS
        .iter()
        .any(|opening| bare.starts_with(opening) && bare.len() > opening.len())
        || CLOSINGS.iter().any(|closing| bare.ends_with(closing))
            && DEVICES.iter().any(|device| bare.contains(device))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_sign_in_many_languages() {
        for line in [
            "Sent from my iPhone",
            "Sent from my Verizon Wireless BlackBerry",
            "Von meinem iPhone gesendet",
            "Envoyé de mon iPhone",
            "Enviado desde mi iPhone",
            "Enviado do meu iPhone",
            "Inviato da iPhone",
            "Verstuurd vanaf mijn iPhone",
            "Skickat från min iPhone",
            "Sendt fra min iPhone",
            "Lähetetty iPhonesta",
            "Wysłane z iPhone'a",
            "Odesláno z iPhonu",
            "Отправлено с iPhone",
            "Надіслано з iPhone",
            "iPhone'umdan gönderildi",
            "iPhoneから送信",
            "나의 iPhone에서 보냄",
            "发自我的 iPhone",
            "從我的 iPhone 傳送",
            "أرسلت من الـ iPhone",
            "נשלח מה-iPhone שלי",
            "ส่งจาก iPhone ของฉัน",
            "Đã gửi từ iPhone của tôi",
            "Dikirim dari iPhone saya",
            "Trimis de pe iPhone-ul meu",
            "Εστάλη από το iPhone μου",
            "Get Outlook for iOS<https://aka.ms/o0ukef>",
            "[Sent from Yahoo Mail on Android](https://x.example)",
        ] {
            assert!(is_footer(line), "{line}");
        }
        for line in [
            "Sent from my desk, is much easier then my mobile phone.",
            "I sent from my account the money you asked for",
            "Ich habe das Paket gestern gesendet",
            "Sent",
        ] {
            assert!(!is_footer(line), "{line}");
        }
    }
}
