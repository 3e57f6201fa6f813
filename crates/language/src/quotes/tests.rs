use proptest::prelude::*;

use super::*;

/// A language, how its clients introduce a quote, and how its phones sign.
type Speech = (&'static str, &'static [&'static str], &'static str);

const SPEECHES: &[Speech] = &[
    (
        "English",
        &[
            "On Mon, Oct 24, 2016 at 3:36 PM, Ana Lima <ana@x.example> wrote:",
            "On 24/10/2016 15:36, Ana Lima wrote:",
            "On Oct 24, 2016, at 3:36 PM, Ana Lima <ana@x.example> wrote:",
            "---- On Mon, 24 Oct 2016 15:36:36 +0530 Ana Lima <ana@x.example> wrote ----",
            "Ana Lima <ana@x.example> wrote:",
        ],
        "Sent from my iPhone",
    ),
    (
        "German",
        &[
            "Am 24. Oktober 2016 um 15:36 schrieb Ana Lima <ana@x.example>:",
            "Am Mo., 24. Okt. 2016 um 15:36 Uhr schrieb Ana Lima <ana@x.example>:",
            "Ana Lima <ana@x.example> schrieb am Mo., 24. Okt. 2016, 15:36:",
            "Am 24.10.2016 um 15:36 schrieb Ana Lima:",
        ],
        "Von meinem iPhone gesendet",
    ),
    (
        "French",
        &[
            "Le lun. 24 oct. 2016 à 15:36, Ana Lima <ana@x.example> a écrit :",
            "Le 24/10/2016 à 15:36, Ana Lima a écrit\u{a0}:",
        ],
        "Envoyé de mon iPhone",
    ),
    (
        "Spanish",
        &[
            "El lun., 24 oct. 2016 a las 15:36, Ana Lima (<ana@x.example>) escribió:",
            "El 24/10/2016 a las 15:36, Ana Lima escribió:",
        ],
        "Enviado desde mi iPhone",
    ),
    (
        "Portuguese",
        &[
            "Em seg., 24 de out. de 2016 às 15:36, Ana Lima <ana@x.example> escreveu:",
            "No dia 24/10/2016, às 15:36, Ana Lima <ana@x.example> escreveu:",
        ],
        "Enviado do meu iPhone",
    ),
    (
        "Italian",
        &[
            "Il giorno lun 24 ott 2016 alle ore 15:36 Ana Lima <ana@x.example> ha scritto:",
            "Il 24 ottobre 2016 alle 15.36 Ana Lima <ana@x.example> ha scritto:",
        ],
        "Inviato da iPhone",
    ),
    (
        "Dutch",
        &[
            "Op ma 24 okt. 2016 om 15:36 schreef Ana Lima <ana@x.example>:",
            "Ana Lima <ana@x.example> heeft op 24 okt. 2016 om 15:36 het volgende geschreven:",
        ],
        "Verstuurd vanaf mijn iPhone",
    ),
    (
        "Swedish",
        &["Den mån 24 okt. 2016 kl 15:36 skrev Ana Lima <ana@x.example>:"],
        "Skickat från min iPhone",
    ),
    (
        "Danish",
        &["Den man. 24. okt. 2016 kl. 15.36 skrev Ana Lima <ana@x.example>:"],
        "Sendt fra min iPhone",
    ),
    (
        "Norwegian",
        &["man. 24. okt. 2016 kl. 15:36 skrev Ana Lima <ana@x.example>:"],
        "Sendt fra min iPhone",
    ),
    (
        "Finnish",
        &["Ana Lima <ana@x.example> kirjoitti 24.10.2016 kello 15.36:"],
        "Lähetetty iPhonesta",
    ),
    (
        "Estonian",
        &["Kuupäev E, 24. oktoober 2016 kell 15:36 kirjutas Ana Lima <ana@x.example>:"],
        "Saadetud minu iPhone'ist",
    ),
    (
        "Polish",
        &[
            "pon., 24 paź 2016 o 15:36 Ana Lima <ana@x.example> napisał(a):",
            "W dniu 24.10.2016 o 15:36, Ana Lima pisze:",
        ],
        "Wysłane z iPhone'a",
    ),
    (
        "Czech",
        &["po 24. 10. 2016 v 15:36 odesílatel Ana Lima <ana@x.example> napsal:"],
        "Odesláno z iPhonu",
    ),
    (
        "Slovak",
        &["po 24. 10. 2016 o 15:36 Ana Lima <ana@x.example> napísal(a):"],
        "Odoslané z iPhonu",
    ),
    (
        "Slovenian",
        &["V V pon., 24. okt. 2016 ob 15:36 je oseba Ana Lima <ana@x.example> napisala:"],
        "Poslano iz mojega iPhona",
    ),
    (
        "Croatian",
        &["pon, 24. lis 2016. u 15:36 Ana Lima <ana@x.example> napisao je:"],
        "Poslano s mog iPhonea",
    ),
    (
        "Serbian",
        &["пон, 24. окт 2016. у 15:36 Ana Lima <ana@x.example> је написао/ла:"],
        "Послато са iPhone-а",
    ),
    (
        "Hungarian",
        &["Ana Lima <ana@x.example> ezt írta (időpont: 2016. okt. 24., H, 15:36):"],
        "iPhone-omról küldve",
    ),
    (
        "Romanian",
        &["lun., 24 oct. 2016 la 15:36, Ana Lima <ana@x.example> a scris:"],
        "Trimis de pe iPhone-ul meu",
    ),
    (
        "Russian",
        &[
            "пн, 24 окт. 2016 г. в 15:36, Ana Lima <ana@x.example>:",
            "24 октября 2016 г., 15:36 пользователь Ana Lima <ana@x.example> написал:",
            "24.10.2016, 15:36, \"Ana Lima\" <ana@x.example>:",
            "Понедельник, 24 октября 2016, 15:36 +03:00 от Ana Lima <ana@x.example>:",
        ],
        "Отправлено с iPhone",
    ),
    (
        "Ukrainian",
        &["пн, 24 жовт. 2016 р. о 15:36 Ana Lima <ana@x.example> пише:"],
        "Надіслано з iPhone",
    ),
    (
        "Bulgarian",
        &["На пн, 24.10.2016 г. в 15:36 Ana Lima <ana@x.example> написа:"],
        "Изпратено от iPhone",
    ),
    (
        "Greek",
        &["Στις Δευ, 24 Οκτ 2016 στις 3:36 μ.μ., ο χρήστης Ana Lima <ana@x.example> έγραψε:"],
        "Εστάλη από το iPhone μου",
    ),
    (
        "Turkish",
        &[
            "Ana Lima <ana@x.example>, 24 Eki 2016 Pzt, 15:36 tarihinde şunu yazdı:",
            "24 Eki 2016 15:36 tarihinde Ana Lima <ana@x.example> şunları yazdı:",
        ],
        "iPhone'umdan gönderildi",
    ),
    (
        "Catalan",
        &["Missatge de Ana Lima <ana@x.example> del dia dl., 24 d'oct. 2016 a les 15:36:"],
        "Enviat des del meu iPhone",
    ),
    (
        "Arabic",
        &[
            "في الاثنين، 24 أكتوبر 2016 في 3:36 م تمت كتابة ما يلي بواسطة \u{202a}Ana \
                Lima\u{202c}\u{200f} <\u{202a}ana@x.example\u{202c}\u{200f}>:",
            "في ٢٤ أكتوبر ٢٠١٦، الساعة ٣:٣٦ م، كتب Ana Lima <ana@x.example>:",
        ],
        "أرسلت من الـ iPhone",
    ),
    (
        "Hebrew",
        &[
            "\u{202b}בתאריך יום ב׳, 24 באוק׳ 2016 ב-15:36 מאת \u{202a}Ana Lima\u{202c}\u{200f} \
                <\u{202a}ana@x.example\u{202c}\u{200f}>:\u{202c}",
            "ב-24 באוק׳ 2016, בשעה 15:36, Ana Lima <ana@x.example> כתב/ה:",
        ],
        "נשלח מה-iPhone שלי",
    ),
    (
        "Persian",
        &["در تاریخ دوشنبه ۲۴ اکتبر ۲۰۱۶،\u{200f} ۱۵:۳۶ Ana Lima <ana@x.example> نوشت:"],
        "ارسال شده از iPhone من",
    ),
    (
        "Hindi",
        &["सोम, 24 अक्तू॰ 2016 को 3:36 pm बजे को Ana Lima <ana@x.example> ने लिखा:"],
        "मेरे iPhone से भेजा गया",
    ),
    (
        "Thai",
        &["ในวันที่ จ. 24 ต.ค. 2016 เวลา 15:36 Ana Lima <ana@x.example> เขียนว่า:"],
        "ส่งจาก iPhone ของฉัน",
    ),
    (
        "Vietnamese",
        &["Vào Th 2, 24 thg 10, 2016 vào lúc 15:36 Ana Lima <ana@x.example> đã viết:"],
        "Đã gửi từ iPhone của tôi",
    ),
    (
        "Indonesian",
        &["Pada tanggal Sen, 24 Okt 2016 pukul 15.36 Ana Lima <ana@x.example> menulis:"],
        "Dikirim dari iPhone saya",
    ),
    (
        "Chinese, simplified",
        &[
            "Ana Lima <ana@x.example> 于2016年10月24日周一 下午3:36写道：",
            "在 2016年10月24日，下午3:36，Ana Lima <ana@x.example> 写道：",
        ],
        "发自我的 iPhone",
    ),
    (
        "Chinese, traditional",
        &[
            "Ana Lima <ana@x.example> 於 2016年10月24日 週一 下午3:36寫道：",
            "Ana Lima <ana@x.example> 於 2016年10月24日 下午3:36 寫道：",
        ],
        "從我的 iPhone 傳送",
    ),
    (
        "Japanese",
        &[
            "2016年10月24日(月) 15:36 Ana Lima <ana@x.example>:",
            "2016/10/24 15:36、Ana Lima <ana@x.example>のメール：",
        ],
        "iPhoneから送信",
    ),
    (
        "Korean",
        &[
            "2016년 10월 24일 (월) 오후 3:36, Ana Lima <ana@x.example>님이 작성:",
            "2016. 10. 24. 오후 3:36, Ana Lima <ana@x.example> 작성:",
        ],
        "나의 iPhone에서 보냄",
    ),
    (
        "Lithuanian",
        &["2016-10-24, pr, 15:36 Ana Lima <ana@x.example> rašė:"],
        "Išsiųsta iš mano iPhone",
    ),
    (
        "Latvian",
        &[
            "pirmd., 2016. g. 24. okt., plkst. 15:36 — lietotājs Ana Lima (<ana@x.example>) \
                rakstīja:",
        ],
        "Nosūtīts no mana iPhone",
    ),
    (
        "Basque",
        &[
            "Ana Lima (<ana@x.example>) erabiltzaileak hau idatzi zuen (2016 urr. 24, al. \
            (15:36)):",
        ],
        "Nire iPhone-tik bidalia",
    ),
];

/// The heads that Outlook puts above what it quotes: from, sent, to, subject.
const HEADS: &[[&str; 4]] = &[
    ["From:", "Sent:", "To:", "Subject:"],
    ["Von:", "Gesendet:", "An:", "Betreff:"],
    ["De :", "Envoyé :", "À :", "Objet :"],
    ["De:", "Enviado el:", "Para:", "Asunto:"],
    ["De:", "Enviado:", "Para:", "Assunto:"],
    ["Da:", "Inviato:", "A:", "Oggetto:"],
    ["Van:", "Verzonden:", "Aan:", "Onderwerp:"],
    ["Från:", "Skickat:", "Till:", "Ämne:"],
    ["Fra:", "Sendt:", "Til:", "Emne:"],
    ["Lähettäjä:", "Lähetetty:", "Vastaanottaja:", "Aihe:"],
    ["Od:", "Wysłano:", "Do:", "Temat:"],
    ["Od:", "Odesláno:", "Komu:", "Předmět:"],
    ["Od:", "Odoslané:", "Komu:", "Predmet:"],
    ["Od:", "Poslano:", "Za:", "Zadeva:"],
    ["Šalje:", "Poslano:", "Prima:", "Predmet:"],
    ["Feladó:", "Elküldve:", "Címzett:", "Tárgy:"],
    ["De la:", "Trimis:", "Către:", "Subiect:"],
    ["От:", "Отправлено:", "Кому:", "Тема:"],
    ["Від:", "Надіслано:", "Кому:", "Тема:"],
    ["От:", "Изпратено:", "До:", "Относно:"],
    ["Από:", "Στάλθηκε:", "Προς:", "Θέμα:"],
    ["Kimden:", "Gönderildi:", "Kime:", "Konu:"],
    ["من:", "تم الإرسال:", "إلى:", "الموضوع:"],
    ["מאת:", "נשלח:", "אל:", "נושא:"],
    ["از:", "ارسال شده:", "به:", "موضوع:"],
    ["发件人:", "发送时间:", "收件人:", "主题:"],
    ["寄件者：", "寄件日期：", "收件者：", "主旨："],
    ["差出人:", "送信日時:", "宛先:", "件名:"],
    ["보낸 사람:", "보낸 날짜:", "받는 사람:", "제목:"],
    ["จาก:", "ส่งเมื่อ:", "ถึง:", "เรื่อง:"],
    ["Từ:", "Đã gửi:", "Đến:", "Chủ đề:"],
    ["Dari:", "Dikirim:", "Kepada:", "Subjek:"],
    ["Saatja:", "Saadetud:", "Adressaat:", "Teema:"],
    ["No:", "Nosūtīts:", "Kam:", "Temats:"],
    ["Nuo:", "Išsiųsta:", "Kam:", "Tema:"],
];

fn own(text: &str) -> String {
    written(text).trim().to_owned()
}

fn kinds(text: &str) -> Vec<Kind> {
    fold_text(text).into_iter().map(|it| it.kind).collect()
}

/// The words wrapped as plain-text clients wrap them.
fn wrapped(text: &str, columns: usize) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let width = word.chars().count();
        if length > 0 && length + width > columns {
            lines.push('\n');
            length = 0;
        } else if length > 0 {
            lines.push(' ');
        }
        lines.push_str(word);
        length += width + 1;
    }
    lines
}

#[test]
fn replies_above_quotes_in_every_language() {
    for (language, attributions, footer) in SPEECHES {
        for attribution in *attributions {
            let wrapped = wrapped(attribution, 48);
            for (shape, text) in [
                (
                    "marked",
                    format!("Thank you!\n\n{attribution}\n\n> Hello\n>\n> Ana\n"),
                ),
                (
                    "close",
                    format!("Thank you!\n{attribution}\n> Hello\n> Ana"),
                ),
                (
                    "wrapped",
                    format!("Thank you!\r\n\r\n{wrapped}\r\n\r\n> Hello\r\n> Ana\r\n"),
                ),
                (
                    "inside",
                    format!("Thank you!\n\n> {attribution}\n>\n> Hello\n"),
                ),
                (
                    "phone",
                    format!("Thank you!\n\n{footer}\n\n{attribution}\n\n> Hello\n"),
                ),
                (
                    "foot",
                    format!("Thank you!\n\n{attribution}\n> Hello\n\n-- \nBen\nAcme\n"),
                ),
            ] {
                assert_eq!(
                    own(&text),
                    "Thank you!",
                    "{language}, {shape}: {attribution}"
                );
            }
        }
    }
}

#[test]
fn replies_above_quotes_without_marks() {
    for (language, attributions, _) in SPEECHES {
        for attribution in attributions
            .iter()
            .filter(|it| it.contains("2016") && it.contains('@'))
        {
            let wrapped = wrapped(attribution, 48);
            for text in [
                format!("Thank you!\n\n{attribution}\n\nHello\n\nAna\n"),
                format!("Thank you!\n\n{wrapped}\n\nHello\n\nAna\n"),
            ] {
                assert_eq!(own(&text), "Thank you!", "{language}: {text}");
            }
        }
    }
}

#[test]
fn heads_in_every_language() {
    for [from, sent, to, subject] in HEADS {
        let head = format!(
            "{from} Ana Lima <ana@x.example>\n{sent} 24.10.2016 15:36\n{to} help@y.example\n\
             {subject} Order 77"
        );
        for text in [
            format!("Thank you!\n\n{head}\n\nHello\n"),
            format!("Thank you!\n\n________________________________\n{head}\n\nHello\n"),
            format!("Thank you!\n\n{}\n\nHello\n", head.replace('\n', "\n\n")),
            format!(
                "Thank you!\n\n-----X-----\n{}\nHello\n",
                head.replace(" <ana@x.example>", "")
            ),
        ] {
            assert_eq!(own(&text), "Thank you!", "{text}");
        }
        // Nothing but a forward: its text stays.
        let forward = format!("\n\n{head}\n\nHello, where is my order?\n");
        assert_eq!(own(&forward), "Hello, where is my order?", "{forward}");
    }
}

#[test]
fn phones_sign_in_every_language() {
    for (language, _, footer) in SPEECHES {
        let text = format!("Thank you!\n\n{footer}\n");
        assert_eq!(own(&text), "Thank you!", "{language}");
        assert_eq!(kinds(&text), [Kind::Written, Kind::Signature], "{language}");
    }
}

#[test]
fn answers_between_quotes_stay_with_their_quotes() {
    let text =
        "On 5 May 2020 at 10:00, Ana wrote:\n> Which colour?\n\nBlue.\n\n> Which size?\n\nXL.\n";
    assert_eq!(kinds(text), [Kind::Written]);
    let text = format!("{text}\n> Thanks, Ana\n");
    assert!(own(&text).ends_with("XL."));
    assert!(own(&text).contains("> Which size?"));
}

#[test]
fn a_long_quote_folds_above_an_answer() {
    let quote = "> Word for word.\n".repeat(12);
    let text = format!("On 5 May 2020 at 10:00, Ana wrote:\n{quote}\nYes, do that.\n");
    assert_eq!(own(&text), "Yes, do that.");
    assert_eq!(kinds(&text), [Kind::Quote, Kind::Written]);
}

#[test]
fn nothing_is_folded_to_emptiness() {
    let forwards = [
        "---------- Forwarded message ---------\nFrom: Ana <ana@x.example>\nDate: 5 May 2020\n\
         Subject: Order\nTo: <help@y.example>\n\n\nWhere is it?\n",
        "\n\nSent from my iPhone\n\nBegin forwarded message:\n\n> From: Ana <ana@x.example>\n\
         > Subject: Order\n> Date: 5 May 2020\n> To: help@y.example\n> \n> Where is it?\n",
        "> Where is it?\n",
        "On 5 May 2020 at 10:00, Ana <ana@x.example> wrote:\n\n> Where is it?\n",
        "-- \nWhere is it?\n",
        "-----Original Message-----\nWhere is it?",
        "On 5 May 2020 at 10:00, Ana <ana@x.example> wrote:",
    ];
    for text in forwards {
        let own = own(text);
        let own = own.trim_start_matches(['>', ' ']);
        assert!(
            own.ends_with("Where is it?") || own.ends_with("wrote:"),
            "{text}: {own}"
        );
    }
}

#[test]
fn a_forward_of_a_reply_keeps_the_last_word() {
    let text = "-------- Forwarded Message --------\nSubject: Order\nDate: 5 May 2020\n\
                From: Ana <ana@x.example>\nTo: Ben <ben@x.example>\n\nIt broke.\n\n\
                On 4 May 2020 at 10:00, Ben <ben@x.example> wrote:\n> How is it?\n";
    assert_eq!(own(text), "It broke.");
    assert_eq!(kinds(text), [Kind::Quote, Kind::Written, Kind::Quote]);
}

#[test]
fn words_of_people_are_not_taken_for_those_of_clients() {
    for text in [
        "From: Berlin\nTo: Paris\nDate: 5 May 2020\n\nPlease book this.\n",
        "On 5 May 2020 your colleague told me the following:\n\nno refund. Is that so?\n",
        "I tried this:\n\n- restart\n- update\n\nNothing helps.\n",
        "We met on Monday.\nAna wrote a letter: it was long.\nBye\n",
        "Sent from my desk, is much easier then my mobile phone.\n",
        "Steps:\n1. Open\n2. Close\n-----\nDone\n",
        "a -- b\n--verbose\n",
        "My mail: ana@x.example\nMy order of 5 May 2020:\n4711 at 10:00\n",
        "The error is:\n\n    x > y\n\nWhy?\n",
    ] {
        assert_eq!(kinds(text), [Kind::Written], "{text}");
    }
}

#[test]
fn lotus_and_mailing_lists() {
    let text = "Thank you!\n\nFrom:\tAna Lima/ACME\nTo:\tBen/ACME@ACME\nDate:\t24.10.2016 15:36\n\
                Subject:\tOrder\n\n\n\nHello\n";
    assert_eq!(own(text), "Thank you!");
    let list = "Thank you!\n\n_______________________________________________\nusers mailing \
        list\n\
                users@lists.example\n";
    assert_eq!(kinds(list), [Kind::Written, Kind::Signature]);
}

#[test]
fn empty_text_has_no_segments() {
    assert_eq!(fold_text(""), []);
    assert_eq!(kinds("\n\n"), [Kind::Written]);
}

/// Pieces of which hostile and ordinary mails are made.
fn piece() -> impl Strategy<Value = String> {
    let attributions = SPEECHES.iter().flat_map(|(_, all, _)| all.iter());
    let attributions: Vec<&str> = attributions.copied().collect();
    let heads: Vec<String> = HEADS
        .iter()
        .flatten()
        .map(|it| format!("{it} x@y.example"))
        .collect();
    prop_oneof![
        proptest::sample::select(attributions).prop_map(str::to_owned),
        proptest::sample::select(heads),
        Just("> quoted".to_owned()),
        Just(">> deeper".to_owned()),
        Just("-- ".to_owned()),
        Just("-----Original Message-----".to_owned()),
        Just("__________".to_owned()),
        Just("Sent from my iPhone".to_owned()),
        Just("Ana <ana@x.example".to_owned()),
        Just(String::new()),
        "[a-zäß:<>@0-9 .\u{202b}-]{0,24}",
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn segments_cover_the_text(
        pieces in prop::collection::vec(piece(), 0..24),
        end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
    ) {
        let text = pieces.join(end);
        let segments = fold_text(&text);
        let mut at = 0;
        for segment in &segments {
            prop_assert_eq!(segment.range.start, at);
            prop_assert!(segment.range.end > at);
            prop_assert!(text.get(segment.range.clone()).is_some());
            at = segment.range.end;
        }
        prop_assert_eq!(at, text.len());
        let says = |text: &str| text.contains(|c: char| c.is_alphanumeric());
        // The emptiness rule: a mail that says something shows something.
        prop_assert!(!says(&text) || !own(&text).is_empty(), "{}", text);
    }
}
