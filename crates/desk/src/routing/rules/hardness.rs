//! Which contacts are predicted to be hard, by simple signals that everybody may know:
//! somebody of this customer's contacts was marked as abusive, the ticket was reopened twice or
//! more, it is a complaint, or its subject says that the customer is beside themselves. Only the
//! customer's words count, never an agent's.

/// What is known of a contact.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signals<'a> {
    /// Whether this customer was marked as abusive before.
    pub marked_abusive: bool,
    /// How often the ticket was reopened.
    pub reopened: i64,
    /// Whether it is a complaint.
    pub complaint: bool,
    /// What the customer wrote above it.
    pub subject: &'a str,
}

/// So many times reopened is hard.
const REOPENED_MIN: i64 = 2;

/// Beginnings of words that say so, in the languages of the workspace, in lower case.
const WORDS: &[&str] = &[
    // English
    "unacceptable",
    "outrag",
    "disgust",
    "furious",
    "scam",
    "fraud",
    "lawyer",
    "worst",
    "useless",
    "ridiculous",
    "rip-off",
    "appalling",
    // German
    "unverschämt",
    "inakzeptab",
    "frechheit",
    "betrug",
    "betrüger",
    "anwalt",
    "wütend",
    "skandal",
    "sauerei",
    "beschwerde",
    "unmöglich",
    // Spanish
    "inaceptable",
    "vergüenza",
    "vergonzos",
    "estafa",
    "fraude",
    "abogad",
    "furios",
    "indignant",
    "indignad",
    "pésimo",
    // Arabic
    "محتال",
    "احتيال",
    "نصب",
    "فضيحة",
    "مخزي",
    "محامي",
    "غاضب",
];

/// Whether the contact is predicted to be hard.
pub fn is_hard(signals: Signals<'_>) -> bool {
    let says_so = || {
        let subject = signals.subject.to_lowercase();
        let mut words = subject.split(|char: char| !char.is_alphanumeric() && char != '-');
        words.any(|word| WORDS.iter().any(|it| word.starts_with(it)))
    };
    signals.marked_abusive || signals.complaint || signals.reopened >= REOPENED_MIN || says_so()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_is_enough_and_none_is_none() {
        let plain = Signals {
            subject: "Where is my order?",
            ..Signals::default()
        };
        assert!(!is_hard(plain));
        assert!(is_hard(Signals {
            marked_abusive: true,
            ..plain
        }));
        assert!(is_hard(Signals {
            complaint: true,
            ..plain
        }));
        assert!(is_hard(Signals {
            reopened: 2,
            ..plain
        }));
        assert!(!is_hard(Signals {
            reopened: 1,
            ..plain
        }));
        for subject in [
            "This is OUTRAGEOUS!",
            "Eine Frechheit",
            "¡Qué vergüenza!",
            "هذا احتيال",
        ] {
            assert!(is_hard(Signals { subject, ..plain }), "{subject}");
        }
    }
}
