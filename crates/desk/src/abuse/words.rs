//! Our own texts for the ladder, until an administrator writes others. `{until}` becomes the day
//! that it ends, `{link}` the page to object on. Calm, plain, and never a threat.

use super::{AbusePurpose, CareLanguage};

/// The subject of notices.
pub fn subject(language: CareLanguage) -> &'static str {
    match language {
        CareLanguage::En => "About your messages to us",
        CareLanguage::De => "Zu Ihren Nachrichten an uns",
        CareLanguage::Es => "Sobre sus mensajes",
        CareLanguage::Ar => "بخصوص رسائلك إلينا",
    }
}

// In English, German, Spanish and Arabic.
const WARN: [&str; 4] = [
    "We want to help you with this. Some words in your message were hurtful to the person \
     reading it. Please write without insults or threats, and we will gladly go on.",
    "Wir möchten Ihnen hier gern helfen. Einige Worte Ihrer Nachricht waren für die \
     Person, die sie liest, verletzend. Bitte schreiben Sie ohne Beleidigungen oder \
     Drohungen, dann machen wir gern weiter.",
    "Queremos ayudarle. Algunas palabras de su mensaje hirieron a la persona que lo lee. \
     Escriba sin insultos ni amenazas y seguiremos con gusto.",
    "نريد مساعدتك في هذا الأمر. بعض كلمات رسالتك جارحة لمن يقرؤها. يرجى الكتابة دون \
     إهانات أو تهديدات، وسنتابع بكل سرور.",
];
const END: [&str; 4] = [
    "We asked for a respectful tone and have to end this conversation here. You can write \
     to us again about your matter at any time, without insults or threats.",
    "Wir hatten um einen respektvollen Ton gebeten und müssen dieses Gespräch hier \
     beenden. Sie können uns zu Ihrem Anliegen jederzeit wieder schreiben, ohne \
     Beleidigungen oder Drohungen.",
    "Pedimos un trato respetuoso y debemos terminar aquí esta conversación. Puede volver \
     a escribirnos sobre su asunto cuando quiera, sin insultos ni amenazas.",
    "طلبنا أسلوبًا محترمًا، ونضطر إلى إنهاء هذه المحادثة هنا. يمكنك مراسلتنا مجددًا بشأن \
     موضوعك في أي وقت دون إهانات أو تهديدات.",
];
const RESTRICT: [&str; 4] = [
    "Because of the tone of earlier messages, your mail goes to one team until {until} \
     and may take longer to be answered. If you think this is wrong, tell us here, or \
     answer this mail: {link}",
    "Wegen des Tons früherer Nachrichten geht Ihre Post bis zum {until} an ein bestimmtes \
     Team, und die Antwort kann länger dauern. Wenn Sie das für falsch halten, sagen Sie \
     es uns hier, oder antworten Sie auf diese Mail: {link}",
    "Por el tono de mensajes anteriores, hasta el {until} su correo lo atiende un solo \
     equipo y la respuesta puede tardar más. Si cree que es un error, díganoslo aquí o \
     responda a este correo: {link}",
    "بسبب أسلوب رسائل سابقة، يذهب بريدك حتى {until} إلى فريق واحد وقد يتأخر الرد. إن كنت \
     ترى أن هذا خطأ فأخبرنا هنا أو أجب عن هذه الرسالة: {link}",
];
const BLOCK: [&str; 4] = [
    "Because of the tone of earlier messages we don't answer mail from this address until \
     {until}. Your mail is kept. If you think this is wrong, tell us here, or answer this \
     mail; somebody who was not involved will look at it: {link}\n\nIn an emergency, \
     please call your local emergency number.",
    "Wegen des Tons früherer Nachrichten beantworten wir Mails von dieser Adresse bis zum \
     {until} nicht. Ihre Mail wird aufbewahrt. Wenn Sie das für falsch halten, sagen Sie \
     es uns hier, oder antworten Sie auf diese Mail; jemand, der nicht beteiligt war, \
     sieht es sich an: {link}\n\nIm Notfall rufen Sie bitte den örtlichen Notruf an.",
    "Por el tono de mensajes anteriores no respondemos a esta dirección hasta el {until}. \
     Su correo se conserva. Si cree que es un error, díganoslo aquí o responda a este \
     correo; lo revisará alguien que no intervino: {link}\n\nEn caso de emergencia, llame \
     al número local de emergencias.",
    "بسبب أسلوب رسائل سابقة لا نجيب عن رسائل هذا العنوان حتى {until}. رسالتك محفوظة. إن \
     كنت ترى أن هذا خطأ فأخبرنا هنا أو أجب عن هذه الرسالة، وسينظر فيها شخص لم يشارك في \
     القرار: {link}\n\nفي حالات الطوارئ يرجى الاتصال برقم الطوارئ المحلي.",
];
const UPHELD: [&str; 4] = [
    "Thank you for writing. Somebody who was not involved looked at it again. It stays as \
     it is until {until}.",
    "Danke, dass Sie geschrieben haben. Jemand, der nicht beteiligt war, hat es sich noch \
     einmal angesehen. Es bleibt dabei bis zum {until}.",
    "Gracias por escribir. Alguien que no intervino lo revisó de nuevo. Se mantiene hasta \
     el {until}.",
    "شكرًا على رسالتك. نظر في الأمر مجددًا شخص لم يشارك فيه. يبقى القرار حتى {until}.",
];
const LIFTED: [&str; 4] = [
    "Thank you for writing. Somebody who was not involved looked at it again, and you can \
     write to us as before. We are sorry for the trouble.",
    "Danke, dass Sie geschrieben haben. Jemand, der nicht beteiligt war, hat es sich noch \
     einmal angesehen: Sie können uns wieder schreiben wie zuvor. Die Umstände tun uns \
     leid.",
    "Gracias por escribir. Alguien que no intervino lo revisó de nuevo y puede \
     escribirnos como antes. Lamentamos las molestias.",
    "شكرًا على رسالتك. نظر في الأمر مجددًا شخص لم يشارك فيه، ويمكنك مراسلتنا كما في \
     السابق. نأسف للإزعاج.",
];

/// The text for a purpose.
pub fn text(purpose: AbusePurpose, language: CareLanguage) -> &'static str {
    let [english, german, spanish, arabic] = match purpose {
        AbusePurpose::Warn => WARN,
        AbusePurpose::End => END,
        AbusePurpose::Restrict => RESTRICT,
        AbusePurpose::Block => BLOCK,
        AbusePurpose::Upheld => UPHELD,
        AbusePurpose::Lifted => LIFTED,
    };
    match language {
        CareLanguage::En => english,
        CareLanguage::De => german,
        CareLanguage::Es => spanish,
        CareLanguage::Ar => arabic,
    }
}

/// The words of the page to object on.
#[derive(Debug)]
pub struct PageWords {
    /// Its title.
    pub title: &'static str,
    /// What happens with what is written.
    pub hint: &'static str,
    /// Above the text.
    pub label: &'static str,
    /// The button.
    pub send: &'static str,
    /// After sending.
    pub thanks: &'static str,
    /// When there is nothing (more) to object to.
    pub over: &'static str,
    /// When the text is missing or too long.
    pub problem: &'static str,
}

/// The words of the page to object on.
pub fn page(language: CareLanguage) -> PageWords {
    match language {
        CareLanguage::En => PageWords {
            title: "Ask us to look at it again",
            hint: "Somebody who was not involved reads this and decides.",
            label: "What should they know?",
            send: "Send",
            thanks: "Thank you. It has arrived, and somebody will look at it.",
            over: "There is nothing to object to here any more.",
            problem: "Please write a few words, at most 4,000 characters.",
        },
        CareLanguage::De => PageWords {
            title: "Bitten Sie uns, es noch einmal anzusehen",
            hint: "Jemand, der nicht beteiligt war, liest das und entscheidet.",
            label: "Was sollte die Person wissen?",
            send: "Senden",
            thanks: "Danke. Es ist angekommen, und jemand sieht es sich an.",
            over: "Hier gibt es nichts mehr, dem Sie widersprechen könnten.",
            problem: "Bitte schreiben Sie ein paar Worte, höchstens 4.000 Zeichen.",
        },
        CareLanguage::Es => PageWords {
            title: "Pídanos que lo revisemos",
            hint: "Lo lee y decide alguien que no intervino.",
            label: "¿Qué debería saber esa persona?",
            send: "Enviar",
            thanks: "Gracias. Ha llegado y alguien lo revisará.",
            over: "Aquí ya no hay nada que objetar.",
            problem: "Escriba unas palabras, como máximo 4.000 caracteres.",
        },
        CareLanguage::Ar => PageWords {
            title: "اطلب منا إعادة النظر",
            hint: "يقرأ هذا ويقرر شخص لم يشارك في الأمر.",
            label: "ما الذي ينبغي أن يعرفه؟",
            send: "إرسال",
            thanks: "شكرًا. لقد وصلت رسالتك وسينظر فيها أحدنا.",
            over: "لم يعد هنا ما يمكن الاعتراض عليه.",
            problem: "يرجى كتابة بضع كلمات، 4000 حرف كحد أقصى.",
        },
    }
}
