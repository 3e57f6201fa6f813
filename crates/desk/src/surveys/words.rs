//! Every word that a customer reads of a survey. Nothing of it is taken from a ticket: an address
//! that nobody verified must not be a way to send somebody a text of one's own choice.

use super::{CareLanguage, Solved, Treatment};

/// The texts of a language; `{}` is the inbox's own name, `{n}` a ticket's number.
#[derive(Debug)]
pub struct Words {
    /// `ltr` or `rtl`.
    pub direction: &'static str,
    /// The subject of the mail and the title of the page.
    pub subject: &'static str,
    /// Why we write.
    pub greeting: &'static str,
    /// What a link of the mail does.
    pub link_hint: &'static str,
    /// Who reads the answer.
    pub privacy: &'static str,
    /// The first question.
    pub was_it_solved: &'static str,
    /// Its answers, as [`Solved::ALL`].
    pub solved: [&'static str; 3],
    /// The second question.
    pub how_treated: &'static str,
    /// What it is about.
    pub how_treated_hint: &'static str,
    /// Its answers, as [`Treatment::ALL`].
    pub treatment: [&'static str; 5],
    /// Above the text.
    pub more: &'static str,
    /// The button.
    pub send: &'static str,
    /// After the answer.
    pub thanks: &'static str,
    /// How to change it.
    pub can_change: &'static str,
    /// The link back to the questions.
    pub change: &'static str,
    /// When it is too late.
    pub over: &'static str,
    /// When nothing was answered.
    pub empty: &'static str,
    /// When the text is too long.
    pub too_long: &'static str,
    /// When the link is none of ours.
    pub unknown: &'static str,
}

const ENGLISH: Words = Words {
    direction: "ltr",
    subject: "How did we do?",
    greeting: "You wrote to {}, and we finished our work on it (number {n}). Two short questions \
        help us to do better.",
    link_hint: "A link opens a page with your choice marked. Nothing is sent before you press the \
        button there.",
    privacy: "Your answer is read by our team only.",
    was_it_solved: "Was it solved?",
    solved: ["Yes", "Partly", "No"],
    how_treated: "How did the person treat you?",
    how_treated_hint: "This is about the person who answered you, not about the outcome.",
    treatment: [
        "Very well",
        "Well",
        "Neither well nor badly",
        "Badly",
        "Very badly",
    ],
    more: "Is there something you would like to tell us? (optional)",
    send: "Send answer",
    thanks: "Thank you. Your answer has arrived.",
    can_change: "You can change it for a while with the same link.",
    change: "Change my answer",
    over: "Thank you for coming by. The time for answers to this question is over. If something \
        is still open, please write to us.",
    empty: "Please answer at least one question before you send.",
    too_long: "Your text is too long. Please keep it under 4,000 characters.",
    unknown: "This link doesn’t work. Please check that you copied all of it.",
};

const GERMAN: Words = Words {
    direction: "ltr",
    subject: "Wie waren Sie mit uns zufrieden?",
    greeting: "Sie haben an {} geschrieben, und wir haben die Arbeit daran beendet (Nummer {n}). \
        Zwei kurze Fragen helfen uns, besser zu werden.",
    link_hint: "Ein Link öffnet eine Seite, auf der Ihre Wahl schon markiert ist. Gesendet wird \
        erst, wenn Sie dort auf den Knopf drücken.",
    privacy: "Ihre Antwort liest nur unser Team.",
    was_it_solved: "Wurde Ihr Anliegen gelöst?",
    solved: ["Ja", "Teilweise", "Nein"],
    how_treated: "Wie hat die Person Sie behandelt?",
    how_treated_hint: "Hier geht es um die Person, die Ihnen geantwortet hat, nicht um das \
        Ergebnis.",
    treatment: [
        "Sehr gut",
        "Gut",
        "Weder gut noch schlecht",
        "Schlecht",
        "Sehr schlecht",
    ],
    more: "Möchten Sie uns noch etwas sagen? (freiwillig)",
    send: "Antwort senden",
    thanks: "Danke. Ihre Antwort ist angekommen.",
    can_change: "Über denselben Link können Sie sie noch eine Weile ändern.",
    change: "Meine Antwort ändern",
    over: "Danke für Ihren Besuch. Die Zeit für Antworten auf diese Frage ist vorbei. Falls noch \
        etwas offen ist, schreiben Sie uns bitte.",
    empty: "Bitte beantworten Sie vor dem Senden mindestens eine Frage.",
    too_long: "Ihr Text ist zu lang. Bitte bleiben Sie unter 4.000 Zeichen.",
    unknown: "Dieser Link funktioniert nicht. Bitte prüfen Sie, ob Sie ihn ganz kopiert haben.",
};

const SPANISH: Words = Words {
    direction: "ltr",
    subject: "¿Qué tal lo hicimos?",
    greeting: "Usted escribió a {} y hemos terminado nuestro trabajo (número {n}). Dos preguntas \
        breves nos ayudan a mejorar.",
    link_hint: "Un enlace abre una página con su elección marcada. No se envía nada hasta que \
        pulse el botón.",
    privacy: "Su respuesta solo la lee nuestro equipo.",
    was_it_solved: "¿Se resolvió?",
    solved: ["Sí", "En parte", "No"],
    how_treated: "¿Cómo le trató la persona?",
    how_treated_hint: "Se trata de la persona que le respondió, no del resultado.",
    treatment: ["Muy bien", "Bien", "Ni bien ni mal", "Mal", "Muy mal"],
    more: "¿Desea decirnos algo más? (opcional)",
    send: "Enviar respuesta",
    thanks: "Gracias. Su respuesta ha llegado.",
    can_change: "Con el mismo enlace puede cambiarla durante un tiempo.",
    change: "Cambiar mi respuesta",
    over: "Gracias por su visita. El plazo para responder a esta pregunta ha terminado. Si queda \
        algo pendiente, escríbanos.",
    empty: "Responda al menos una pregunta antes de enviar.",
    too_long: "Su texto es demasiado largo. Use menos de 4.000 caracteres.",
    unknown: "Este enlace no funciona. Compruebe que lo ha copiado entero.",
};

const ARABIC: Words = Words {
    direction: "rtl",
    subject: "كيف كانت خدمتنا؟",
    greeting: "لقد راسلتَ {} وأنهينا العمل على طلبك (الرقم {n}). سؤالان قصيران يساعداننا على \
        التحسّن.",
    link_hint: "يفتح الرابط صفحة يكون اختيارك محددًا فيها، ولا يُرسل شيء قبل أن تضغط الزر هناك.",
    privacy: "لا يقرأ إجابتك إلا فريقنا.",
    was_it_solved: "هل حُلّت المشكلة؟",
    solved: ["نعم", "جزئيًا", "لا"],
    how_treated: "كيف عاملك الشخص؟",
    how_treated_hint: "هذا السؤال عن الشخص الذي أجابك، وليس عن النتيجة.",
    treatment: [
        "معاملة جيدة جدًا",
        "معاملة جيدة",
        "لا جيدة ولا سيئة",
        "معاملة سيئة",
        "معاملة سيئة جدًا",
    ],
    more: "هل تود أن تخبرنا بشيء آخر؟ (اختياري)",
    send: "إرسال الإجابة",
    thanks: "شكرًا لك. لقد وصلت إجابتك.",
    can_change: "يمكنك تغييرها لفترة بالرابط نفسه.",
    change: "تغيير إجابتي",
    over: "شكرًا لزيارتك. انتهى وقت الإجابة عن هذا السؤال. إن بقي شيء فراسلنا من فضلك.",
    empty: "يرجى الإجابة عن سؤال واحد على الأقل قبل الإرسال.",
    too_long: "النص طويل جدًا. يرجى ألا يتجاوز 4000 حرف.",
    unknown: "هذا الرابط لا يعمل. يرجى التأكد من نسخه كاملًا.",
};

/// The texts of a language.
pub fn words(language: CareLanguage) -> &'static Words {
    match language {
        CareLanguage::En => &ENGLISH,
        CareLanguage::De => &GERMAN,
        CareLanguage::Es => &SPANISH,
        CareLanguage::Ar => &ARABIC,
    }
}

impl Words {
    /// The answers to "was it solved?" with their words.
    pub fn solved_choices(&self) -> impl Iterator<Item = (Solved, &'static str)> {
        Solved::ALL.iter().copied().zip(self.solved)
    }

    /// The answers to "how did the person treat you?" with their words.
    pub fn treatment_choices(&self) -> impl Iterator<Item = (Treatment, &'static str)> {
        Treatment::ALL.iter().copied().zip(self.treatment)
    }
}
