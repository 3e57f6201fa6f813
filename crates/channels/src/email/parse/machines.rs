//! Recognising mail that a program wrote. It is recorded like any other, and never answered by
//! a program of ours: that is what ends loops without losing a shop's or form's notification.
//!
//! Headers decide where they speak plainly (RFC 3834, and what Exchange, Gmail, Notes and their
//! kin write instead). Where a header only hints, as Exchange's does, the subject must say so too.

use super::headers::Headers;
use crate::email::addresses::{Mailbox, parse_list};

/// What kind of program wrote a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// An automatic answer such as an absence note (RFC 3834 `auto-replied`) or a read receipt.
    Reply,
    /// A report on a mail of ours: not delivered, delayed, complained about (RFC 3464, RFC 5965).
    Bounce,
    /// A mailing list or newsletter.
    Bulk,
    /// A notification: a shop, a form, a monitor (RFC 3834 `auto-generated`).
    Notice,
}

/// The list a mail came by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// What it calls itself (RFC 2919 List-Id), in lower case; empty for a newsletter without one.
    pub id: String,
    /// The addresses one posts to (RFC 2369 List-Post), in lower case.
    pub posts_to: Vec<String>,
}

/// Says which kind of program wrote a mail, if one did.
pub(super) fn recognise(headers: &Headers<'_>, from: &Mailbox) -> Option<Automatic> {
    let lower = |name: &str| headers.text(name).to_ascii_lowercase();
    let content_type = lower("content-type");
    let reports =
        |kind: &str| content_type.contains("multipart/report") && content_type.contains(kind);
    if is_bounce(headers, from) || reports("delivery-status") || reports("feedback-report") {
        return Some(Automatic::Bounce);
    }
    if reports("disposition-notification") || answers(headers) {
        return Some(Automatic::Reply);
    }
    let auto_submitted = lower("auto-submitted");
    let generated = !auto_submitted.is_empty() && !auto_submitted.starts_with("no");
    let precedence = lower("precedence");
    let listed = headers.has("list-id") || headers.has("list-post");
    let bulk = matches!(precedence.as_str(), "list" | "bulk" | "junk");
    // A program that says "generated" and "bulk" but serves no list is a shop or a monitor.
    if listed || headers.has("list-unsubscribe") || (bulk && !generated) {
        return Some(Automatic::Bulk);
    }
    (generated || has_null_sender(headers)).then_some(Automatic::Notice)
}

/// The list a mail came by, if it says so.
pub(super) fn list(headers: &Headers<'_>) -> Option<List> {
    const MARKS: [&str; 3] = ["list-id", "list-post", "list-unsubscribe"];
    if !MARKS.iter().any(|mark| headers.has(mark)) {
        return None;
    }
    let text = headers.text("list-id").to_lowercase();
    let id = match text.rsplit_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or_default(),
        None => &text,
    };
    let post = headers
        .text("list-post")
        .to_lowercase()
        .replace("mailto:", "");
    let post = post.split('?').next().unwrap_or_default();
    let mut posts_to: Vec<String> = parse_list(post.as_bytes(), None)
        .into_iter()
        .map(|mailbox| mailbox.address.to_lowercase())
        .collect();
    posts_to.dedup();
    Some(List {
        id: id.trim().to_owned(),
        posts_to,
    })
}

fn is_bounce(headers: &Headers<'_>, from: &Mailbox) -> bool {
    let local = from.address.split('@').next().unwrap_or_default();
    local.eq_ignore_ascii_case("mailer-daemon")
        || (local.eq_ignore_ascii_case("postmaster") && has_null_sender(headers))
        || headers.has("x-failed-recipients")
}

/// Whether it was sent with the empty return path (RFC 5321, 4.5.5).
fn has_null_sender(headers: &Headers<'_>) -> bool {
    headers.has("return-path") && headers.text("return-path").replace(' ', "") == "<>"
}

/// Whether a program answered.
fn answers(headers: &Headers<'_>) -> bool {
    let lower = |name: &str| headers.text(name).to_lowercase();
    /// Headers that only automatic answers have.
    const MARKS: [&str; 11] = [
        "x-autoreply",
        "x-autorespond",
        "x-autoresponse",
        "x-autoresponder",
        "x-auto-reply",
        "x-autoreply-from",
        "x-auto-reply-from",
        "x-mail-autoreply",
        "x-vacation",
        "x-away-message",
        "x-fc-machinegenerated",
    ];
    let says_no = |name: &str| matches!(lower(name).as_str(), "no" | "false" | "0");
    let precedences = ["precedence", "x-precedence", "preference"];
    let precedence = |name: &&str| lower(name).replace('-', "_") == "auto_reply";
    if lower("auto-submitted").starts_with("auto-replied")
        || MARKS.iter().any(|mark| headers.has(mark) && !says_no(mark))
        || precedences.iter().any(precedence)
        || lower("x-ms-exchange-generated-message-source").contains("mailbox rules agent")
        || lower("x-post-messageclass").contains("autoresponder")
        || lower("delivered-to") == "autoresponder"
    {
        return true;
    }
    let auto_submitted = lower("auto-submitted");
    // What notifications carry too: the subject must say that somebody is away.
    let hints = headers.has("x-auto-response-suppress")
        || headers.has("x-ms-exchange-inbox-rules-loop")
        || headers.has("x-loop")
        || (!auto_submitted.is_empty() && !auto_submitted.starts_with("no"))
        || matches!(lower("precedence").as_str(), "bulk" | "junk")
        || has_null_sender(headers);
    hints && is_absence(&lower("subject"))
}

/// Whether a subject in lower case is an absence note's, in the words of the usual programs.
fn is_absence(subject: &str) -> bool {
    let subject = subject.trim_start_matches(['[', '(', '*', ' ']);
    ABSENCE.iter().any(|prefix| subject.starts_with(prefix))
        || subject.contains("is out of the office")
}

/// How subjects of automatic answers begin: what Outlook, Gmail, Notes and the webmailers write.
const ABSENCE: &[&str] = &[
    // English, and what is written in every language
    "auto:",
    "auto-reply",
    "auto reply",
    "autoreply",
    "auto-response",
    "auto response",
    "autoresponse",
    "autosvar",
    "automatic reply",
    "automated reply",
    "automatic response",
    "automated response",
    "out of office",
    "out of the office",
    "out-of-office",
    "ooo:",
    "vacation",
    "on vacation",
    "away from",
    // German, Dutch
    "automatische antwort",
    "abwesenheit",
    "abwesend",
    "automatisch antwoord",
    "automatische reactie",
    "afwezig",
    // French, Spanish, Catalan, Portuguese, Galician, Italian, Romanian
    "réponse automatique",
    "reponse automatique",
    "absence du bureau",
    "absent du bureau",
    "absence :",
    "message d'absence",
    "respuesta automática",
    "respuesta automatica",
    "fuera de la oficina",
    "fuera de oficina",
    "resposta automàtica",
    "fora de l'oficina",
    "resposta automática",
    "resposta automatica",
    "fora do escritório",
    "fora do escritorio",
    "ausente do escritório",
    "ausência temporária",
    "risposta automatica",
    "fuori ufficio",
    "fuori sede",
    "assente dall'ufficio",
    "răspuns automat",
    "raspuns automat",
    // Polish, Czech, Slovak, Hungarian
    "odpowiedź automatyczna",
    "automatyczna odpowiedź",
    "autoodpowiedź",
    "nieobecność",
    "poza biurem",
    "automatická odpověď",
    "mimo kancelář",
    "automatická odpoveď",
    "mimo kancelárie",
    "automatikus válasz",
    "házon kívül",
    // Swedish, Danish, Norwegian, Icelandic, Finnish, Estonian, Latvian, Lithuanian
    "automatiskt svar",
    "frånvaro",
    "automatisk svar",
    "autosvar",
    "ikke til stede",
    "fravær",
    "sjálfvirkt svar",
    "automaattinen vastaus",
    "poissaolo",
    "automaatvastus",
    "automātiska atbilde",
    "automātiskā atbilde",
    "automatinis atsakymas",
    // Croatian, Slovenian, Serbian, Bulgarian, Macedonian, Russian, Ukrainian, Greek, Turkish
    "automatski odgovor",
    "samodejni odgovor",
    "аутоматски одговор",
    "автоматичен отговор",
    "автоматски одговор",
    "автоматический ответ",
    "автоответ",
    "вне офиса",
    "автоматична відповідь",
    "αυτόματη απάντηση",
    "εκτός γραφείου",
    "otomatik yanıt",
    "otomatik cevap",
    "ofis dışında",
    // Arabic, Hebrew, Persian, Hindi
    "رد تلقائي",
    "الرد التلقائي",
    "خارج المكتب",
    "תשובה אוטומטית",
    "מענה אוטומטי",
    "پاسخ خودکار",
    "स्वचालित उत्तर",
    "स्वतः उत्तर",
    // Chinese, Japanese, Korean, Thai, Vietnamese, Indonesian, Malay
    "自动答复",
    "自动回复",
    "自動回覆",
    "自動答覆",
    "自動応答",
    "自動返信",
    "不在通知",
    "자동 회신",
    "자동 응답",
    "부재중",
    "ตอบกลับอัตโนมัติ",
    "การตอบกลับอัตโนมัติ",
    "trả lời tự động",
    "thư trả lời tự động",
    "balasan otomatis",
    "balasan automatik",
];

#[cfg(test)]
mod tests {
    use super::*;
    use Automatic::{Bounce, Bulk, Notice, Reply};

    fn kind(head: &str) -> Option<Automatic> {
        let raw = format!("From: Ana <ana@x.test>\n{head}\n\nhello\n");
        let headers = Headers::read(raw.as_bytes(), None).unwrap();
        let from = headers.sender().unwrap();
        recognise(&headers, &from)
    }

    #[test]
    fn programs_that_answer_are_known_by_their_headers() {
        for head in [
            "Auto-Submitted: auto-replied (vacation)",
            "Precedence: auto_reply",
            "X-Precedence: auto-reply",
            "Preference: auto_reply",
            "X-Autoreply: yes",
            "X-Autorespond: Re: Lamp",
            "X-AutoReply-From: ana@x.test",
            "X-FC-MachineGenerated: true",
            "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent",
            "X-POST-MessageClass: 9; Autoresponder",
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
        ] {
            assert_eq!(kind(head), Some(Reply), "{head}");
        }
        assert_eq!(kind("X-Autoreply: no"), None);
    }

    #[test]
    fn absence_notes_are_known_in_many_languages() {
        let subjects = [
            "Automatic reply: Your lamp",
            "Automatische Antwort: Ihre Lampe",
            "Réponse automatique : Votre lampe",
            "=?utf-8?q?Respuesta_autom=C3=A1tica=3A_su_l=C3=A1mpara?=",
            "Automatisch antwoord: lamp",
            "Odpowiedź automatyczna: lampa",
            "Автоматический ответ: лампа",
            "رد تلقائي: مصباح",
            "自动答复: 灯",
            "自動応答: ランプ",
            "자동 회신: 램프",
            "AUTO: Ben Li is out of the office (returning 05/04/2026)",
            "Otomatik yanıt: lamba",
        ];
        for subject in subjects {
            for hint in [
                "X-Auto-Response-Suppress: All",
                "X-Auto-Response-Suppress: DR, OOF, AutoReply",
                "Auto-Submitted: auto-generated",
                "Return-Path: <>",
                "Precedence: bulk",
            ] {
                let head = format!("Subject: {subject}\n{hint}");
                assert_eq!(kind(&head), Some(Reply), "{head}");
            }
            // A person who writes about such a note is a person.
            assert_eq!(kind(&format!("Subject: {subject}")), None, "{subject}");
        }
        assert_eq!(kind("Subject: Re: Automatic reply: Lamp\nX-Loop: a"), None);
    }

    #[test]
    fn notifications_of_shops_forms_and_monitors_are_no_answers() {
        for head in [
            "Auto-Submitted: auto-generated\nSubject: New order 12",
            "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nSubject: Order",
            "Auto-Submitted: auto-generated\nPrecedence: bulk\nSubject: Disk is full",
            "Return-Path: <>\nSubject: Your form",
        ] {
            assert_eq!(kind(head), Some(Notice), "{head}");
        }
        // Exchange writes this into the mail of people, too.
        assert_eq!(
            kind("X-Auto-Response-Suppress: DR, RN\nSubject: Lamp"),
            None
        );
        assert_eq!(kind("Auto-Submitted: no\nSubject: Lamp"), None);
    }

    #[test]
    fn lists_and_newsletters_are_bulk() {
        for head in [
            "List-Id: <talk.x.test>",
            "List-Unsubscribe: <https://x.test/u>",
            "Precedence: list",
            "Precedence: bulk",
        ] {
            assert_eq!(kind(head), Some(Bulk), "{head}");
        }
        let raw = b"From: a@x.test\nList-Id: Talk about lamps <Talk.x.test>\n\
            List-Post: <mailto:talk@x.test>\n\nx";
        let list = list(&Headers::read(raw, None).unwrap()).unwrap();
        assert_eq!(
            (list.id.as_str(), list.posts_to),
            ("talk.x.test", vec!["talk@x.test".into()])
        );
    }

    #[test]
    fn reports_on_our_mail_are_known() {
        for head in [
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
            "Content-Type: multipart/report; report-type=\"feedback-report\"; boundary=x",
            "X-Failed-Recipients: ben@x.test",
        ] {
            assert_eq!(kind(head), Some(Bounce), "{head}");
        }
    }
}
