//! The mail that asks. Pure: fixed words, the inbox's own name, a number, signed links.

use kernel::ids::{InboxId, SurveyId, TicketId};
use serde::{Deserialize, Serialize};

use super::CareLanguage;
use super::page::escape;
use super::words::words;

/// The kind of the job that sends a survey.
pub const SURVEY_MAIL: &str = "survey.mail";

/// The payload of [`SURVEY_MAIL`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SurveyMail {
    /// The survey.
    pub survey: SurveyId,
    /// The round of planning it belongs to.
    pub round: i64,
}

impl SurveyMail {
    /// The job's unique key.
    pub fn key(&self) -> String {
        format!("{SURVEY_MAIL}:{}:{}", self.survey, self.round)
    }
}

/// What a mail to one customer needs; its words are made when the name of the inbox is known.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The ticket that it is about.
    pub ticket: TicketId,
    /// The inbox that it leaves by.
    pub inbox: InboxId,
    /// The identity that it goes to.
    pub identity: kernel::ids::IdentityId,
    /// The language.
    pub language: CareLanguage,
    /// The page that answers it.
    pub link: String,
}

/// Subject, text and HTML.
#[derive(Clone, Debug)]
pub struct Written {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
}

/// Writes the mail; `from` is the inbox's own name.
pub fn write(letter: &Letter, from: &str) -> Written {
    let words = words(letter.language);
    let number = letter.ticket.to_string();
    let greeting = words.greeting.replace("{n}", &number).replace("{}", from);
    let link = &letter.link;
    let mut text = format!("{greeting}\n\n{}\n", words.was_it_solved);
    let mut choices = String::new();
    for (solved, label) in words.solved_choices() {
        let url = format!("{link}?solved={}", solved.as_str());
        text.push_str(&format!("- {label}: {url}\n"));
        choices.push_str(&format!(
            "<a href=\"{}\" style=\"display:inline-block;padding:10px 18px;margin:4px;\
             border:1px solid #4a6a8a;border-radius:6px;color:#1d3b58;text-decoration:none\">\
             {label}</a>",
            escape(&url)
        ));
    }
    text.push_str(&format!("\n{}\n{}\n", words.link_hint, words.privacy));
    let html = format!(
        "<div dir=\"{}\" lang=\"{}\"><p>{}</p><p><strong>{}</strong></p><p>{choices}</p>\
         <p>{}<br>{}</p></div>",
        words.direction,
        letter.language.as_str(),
        escape(&greeting),
        words.was_it_solved,
        words.link_hint,
        words.privacy
    );
    Written {
        subject: words.subject.to_owned(),
        text,
        html,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_asks_in_fixed_words_with_the_inboxs_own_name() {
        for &language in CareLanguage::ALL {
            let letter = Letter {
                ticket: TicketId(12),
                inbox: InboxId(1),
                identity: kernel::ids::IdentityId(1),
                language,
                link: "https://desk.test/s/1.ab".to_owned(),
            };
            let written = write(&letter, "Lamps & <More>");
            assert!(written.text.contains("Lamps & <More>"), "{language:?}");
            assert!(written.html.contains("Lamps &amp; &lt;More&gt;"));
            assert!(!written.text.contains("{}") && !written.text.contains("{n}"));
            for answer in ["yes", "partly", "no"] {
                let link = format!("https://desk.test/s/1.ab?solved={answer}");
                assert!(written.text.contains(&link) && written.html.contains(&link));
            }
        }
    }
}
