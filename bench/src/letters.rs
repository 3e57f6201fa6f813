//! The mail of a shop, made from a seed: questions and answers, plain and HTML, some with a
//! photograph. The same number always gives the same bytes, so nothing is kept.

use std::fmt::Write as _;

use kernel::random::Random;

/// One mail of so many comes with a photograph.
const PHOTOGRAPH_EVERY: u64 = 10;
/// Before base64, in bytes.
const PHOTOGRAPH: usize = 30 * 1024;
/// Of mails, in percent: those that answer an earlier one of the same writer, with a quote.
const ANSWERS: u64 = 30;
/// Of mails, in percent: those with HTML beside the plain text.
const HTML: u64 = 70;
/// How far back an answer reaches at most.
const BACK_MAX: u64 = 2_000;
/// Writers; with 100,000 mails everybody writes two or three times.
const WRITERS: u64 = 40_000;

const SENTENCES: [&str; 8] = [
    "Guten Tag, ich warte seit zwei Wochen auf meine Bestellung und höre nichts mehr von Ihnen.",
    "Könnten Sie bitte prüfen, ob das Päckchen überhaupt schon unterwegs ist?",
    "The lamp arrived with a crack in its foot, and the plug is the wrong one for our country.",
    "I would rather have my money back than wait for another month.",
    "Die Rechnung lautet auf den falschen Namen; richtig wäre Müller & Söhne, Große Straße 7.",
    "Could you tell me whether the blue one will be back in stock before the holidays?",
    "Vielen Dank für die schnelle Antwort, das hat mir wirklich sehr geholfen.",
    "My daughter's birthday is on the 14th, so it would be kind to hear from you before that.",
];

/// The letters of one seed.
pub struct Letters {
    seed: u64,
    photograph: String,
}

impl Letters {
    /// The letters of this seed.
    pub fn new(seed: u64) -> Self {
        let random = Random::seeded(seed);
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0];
        while bytes.len() < PHOTOGRAPH {
            bytes.extend(random.bytes::<32>());
        }
        Self {
            seed,
            photograph: base64(&bytes),
        }
    }

    /// The mail of this number, from 1, with CRLF at its line ends.
    pub fn letter(&self, number: u64) -> String {
        let random = Random::seeded(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let back = 1 + random.below(BACK_MAX);
        let answered = number.checked_sub(back).filter(|&earlier| earlier > 0);
        let answered = answered.filter(|_| random.below(100) < ANSWERS);
        let writer = writer(answered.unwrap_or(number));
        let mut text = String::new();
        for _ in 0..3 + random.below(5) {
            let index = usize::try_from(random.below(8)).unwrap_or_default();
            text.push_str(SENTENCES.get(index).copied().unwrap_or_default());
            text.push_str(if random.below(3) == 0 {
                "\r\n\r\n"
            } else {
                "\r\n"
            });
        }
        let mut head = format!(
            "Received: from mx.customer.test by mail.bench.test with ESMTPS id {number};\r\n\
             \tMon, 2 Mar 2026 09:30:00 +0000\r\n\
             From: =?utf-8?q?J=C3=BCrgen?= M. <writer{writer}@customer.test>\r\n\
             To: Support <support@bench.test>\r\nDate: Mon, 2 Mar 2026 09:30:00 +0000\r\n\
             Message-ID: <{number}@customer.test>\r\nMIME-Version: 1.0\r\n\
             Subject: =?utf-8?q?R=C3=BCckfrage_zur_Bestellung?= {}\r\n",
            answered.unwrap_or(number)
        );
        if let Some(earlier) = answered {
            // Writing into a string does not fail.
            let _ = write!(
                head,
                "In-Reply-To: <{earlier}@customer.test>\r\n\
                 References: <{earlier}@customer.test>\r\n"
            );
            text.push_str("\r\nAm 1. März 2026 um 10:12 schrieb Support <support@bench.test>:\r\n");
            for sentence in SENTENCES {
                let _ = write!(text, "> {sentence}\r\n");
            }
        }
        let alternatives = random.below(100) < HTML;
        let body = if alternatives {
            both(&text)
        } else {
            plain(&text)
        };
        if number.is_multiple_of(PHOTOGRAPH_EVERY) {
            return self.with_photograph(&head, &body, number);
        }
        format!("{head}{body}")
    }

    fn with_photograph(&self, head: &str, body: &str, number: u64) -> String {
        // Another picture each time, as it is in life.
        let first = base64(format!("\u{0}{number:011}").as_bytes());
        let photograph = self.photograph.get(first.len()..).unwrap_or_default();
        format!(
            "{head}Content-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n--outer\r\n{body}\r\n\
             --outer\r\nContent-Type: image/jpeg; name=\"IMG_{number}.jpg\"\r\n\
             Content-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"IMG_{number}.jpg\"\r\n\r\n\
             {first}{photograph}\r\n--outer--\r\n"
        )
    }
}

/// Who wrote the mail of this number.
fn writer(number: u64) -> u64 {
    number.wrapping_mul(2_654_435_761) % WRITERS
}

fn plain(text: &str) -> String {
    format!(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}"
    )
}

fn both(text: &str) -> String {
    let mut html = String::from("<html><head><style>p { margin: 0 }</style></head><body>");
    for line in text.lines() {
        let line = line.replace('&', "&amp;").replace('>', "&gt;");
        // Writing into a string does not fail.
        let _ = write!(
            html,
            "<p style=\"font-family: Calibri, sans-serif\"><span>{line}</span></p>\r\n"
        );
    }
    html.push_str("</body></html>");
    format!(
        "Content-Type: multipart/alternative; boundary=\"inner\"\r\n\r\n--inner\r\n{}\r\n\
         --inner\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{html}\r\n--inner--\r\n",
        plain(text)
    )
}

/// Base64 in lines of 76 letters.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for (index, chunk) in bytes.chunks_exact(3).enumerate() {
        if index > 0 && index.is_multiple_of(19) {
            text.push_str("\r\n");
        }
        let bits = chunk
            .iter()
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for shift in [18, 12, 6, 0] {
            let letter = LETTERS.get(bits >> shift & 63).copied().unwrap_or(b'=');
            text.push(char::from(letter));
        }
    }
    text
}
