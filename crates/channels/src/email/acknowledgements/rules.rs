//! The words of an acknowledgement. Pure.

use super::AcknowledgementLanguage;
use crate::email::addresses::{Mailbox, without_detail};
use crate::email::compose::Outgoing;

/// Subject and text in a language; `{}` is the inbox's own name.
fn words(language: AcknowledgementLanguage) -> (&'static str, &'static str, &'static str) {
    match language {
        AcknowledgementLanguage::En => (
            "We got your message",
            "Thank you for writing to {}. Your message arrived, and a person will answer it.",
            "This confirmation is automatic. If you didn't write to us, you can ignore it.",
        ),
        AcknowledgementLanguage::De => (
            "Ihre Nachricht ist angekommen",
            "Danke, dass Sie an {} geschrieben haben. Ihre Nachricht ist angekommen, und ein \
             Mensch wird sie beantworten.",
            "Diese Bestätigung kommt automatisch. Falls Sie uns nicht geschrieben haben, können \
             Sie sie ignorieren.",
        ),
        AcknowledgementLanguage::Es => (
            "Hemos recibido su mensaje",
            "Gracias por escribir a {}. Su mensaje ha llegado y una persona le responderá.",
            "Esta confirmación es automática. Si usted no nos ha escrito, puede ignorarla.",
        ),
        AcknowledgementLanguage::Ar => (
            "وصلتنا رسالتك",
            "شكرًا لمراسلتك {}. لقد وصلت رسالتك وسيرد عليها أحد أفراد فريقنا.",
            "هذا التأكيد تلقائي. إن لم تكن قد راسلتنا فيمكنك تجاهله.",
        ),
        AcknowledgementLanguage::Fr => (
            "Nous avons reçu votre message",
            "Merci d'avoir écrit à {}. Votre message est arrivé et une personne vous répondra.",
            "Cette confirmation est automatique. Si vous ne nous avez pas écrit, ignorez-la.",
        ),
        AcknowledgementLanguage::It => (
            "Abbiamo ricevuto il suo messaggio",
            "Grazie per aver scritto a {}. Il suo messaggio è arrivato e una persona risponderà.",
            "Questa conferma è automatica. Se non ci ha scritto, può ignorarla.",
        ),
        AcknowledgementLanguage::Pt => (
            "Recebemos a sua mensagem",
            "Obrigado por escrever para {}. A sua mensagem chegou e uma pessoa vai responder.",
            "Esta confirmação é automática. Se não nos escreveu, pode ignorá-la.",
        ),
        AcknowledgementLanguage::Nl => (
            "We hebben uw bericht ontvangen",
            "Bedankt voor uw bericht aan {}. Het is aangekomen en een medewerker beantwoordt het.",
            "Deze bevestiging is automatisch. Hebt u ons niet geschreven, dan kunt u haar negeren.",
        ),
    }
}

/// What an acknowledgement is made of: nothing that is shown comes from the mail it confirms.
pub struct Confirmation<'a> {
    /// The inbox's name and address.
    pub from: Mailbox,
    /// To whom; never with the name they gave.
    pub to: &'a str,
    /// The ticket's signed token.
    pub token: &'a str,
    /// The Message-ID of the mail it confirms, by which programs show both together.
    pub confirms: Option<String>,
    /// In which language.
    pub language: AcknowledgementLanguage,
    /// Seconds since the epoch.
    pub at: u64,
}

/// Writes it. Its Message-ID is the signed token, by which it is known again when it comes back.
pub fn write(confirmation: &Confirmation<'_>) -> Outgoing {
    let Confirmation {
        from,
        to,
        token,
        confirms,
        language,
        at,
    } = confirmation;
    let address = without_detail(&from.address);
    let (local, host) = address.rsplit_once('@').unwrap_or((&address, "localhost"));
    let (subject, thanks, automatic) = words(*language);
    let thanks = thanks.replace("{}", &from.name);
    let escaped = thanks
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    Outgoing {
        from: from.clone(),
        reply_to: Some(Mailbox::new(&from.name, &format!("{local}+{token}@{host}"))),
        to: vec![Mailbox::new("", to)],
        subject: subject.to_owned(),
        message_id: format!("{token}@{host}"),
        references: confirms.iter().cloned().collect(),
        text: format!("{thanks}\n\n{automatic}\n"),
        html: format!("<p>{escaped}</p><p>{automatic}</p>"),
        at: *at,
        automatic: true,
        ..Outgoing::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::compose::compose;
    use crate::email::parse::parse;

    #[test]
    fn every_language_confirms_in_fixed_words_and_says_it_is_a_program() {
        for &language in AcknowledgementLanguage::ALL {
            let raw = compose(&write(&Confirmation {
                from: Mailbox::new("Lamps & <More>", "support@shop.test"),
                to: "ana@x.test",
                token: "t1.abcdefghij234567",
                confirms: Some("1@x.test".to_owned()),
                language,
                at: 1_772_442_000,
            }));
            let mail = parse(&raw.unwrap()).unwrap();
            assert!(mail.automatic.is_some(), "{language:?}");
            assert!(mail.text.contains("Lamps & <More>"), "{language:?}");
            assert!(mail.html.unwrap().contains("Lamps &amp; &lt;More&gt;"));
            assert!(!mail.subject.is_empty() && !mail.text.contains("{}"));
            assert_eq!(mail.to, [Mailbox::new("", "ana@x.test")]);
            assert_eq!(mail.references, ["1@x.test"]);
            assert_eq!(mail.message_id.unwrap(), "t1.abcdefghij234567@shop.test");
        }
    }
}
