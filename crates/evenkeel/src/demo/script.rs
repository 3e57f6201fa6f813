//! What is said in the demo, as the files in `stories/` hold it: one for each language.

use anyhow::Context;
use desk::tickets::{Place, Priority, Status};
use serde::Deserialize;

const FILES: [(&str, &str); 5] = [
    ("en", include_str!("stories/en.toml")),
    ("de", include_str!("stories/de.toml")),
    ("es", include_str!("stories/es.toml")),
    ("fr", include_str!("stories/fr.toml")),
    ("ar", include_str!("stories/ar.toml")),
];

/// Everything said in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The language's tag; the file's name.
    #[serde(skip)]
    pub language: &'static str,
    /// Who answers, in turn: the part of their address before the `@`.
    pub agents: Vec<String>,
    /// Who writes, in turn.
    pub customers: Vec<Customer>,
    /// What they bought.
    pub products: Vec<String>,
    /// What happens.
    #[serde(rename = "story")]
    pub stories: Vec<Story>,
}

/// Somebody who writes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    pub name: String,
    pub email: String,
    /// What the team knows of them.
    pub note: Option<String>,
}

/// How one kind of ticket goes. Texts may hold `{name}`, `{agent}`, `{order}` and `{product}`;
/// where several stand, the tickets take them in turn.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// How many tickets go like this over the month.
    #[serde(default)]
    pub times: u64,
    /// Tickets that go like this and began so many minutes ago, to the minute.
    #[serde(default)]
    pub minutes_ago: Vec<u64>,
    pub subject: Vec<String>,
    pub team: Option<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    pub priority: Option<Priority>,
    /// What it is about, if not the next in turn.
    pub product: Option<String>,
    /// Who answers, if not the next in turn.
    pub agent: Option<String>,
    /// Who writes, if not the next in turn: somebody who stands in no list.
    pub from: Option<Customer>,
    /// Who gets the first message too.
    pub cc: Option<Customer>,
    #[serde(rename = "act")]
    pub acts: Vec<Act>,
}

/// One thing that happens on a ticket.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Minutes after the one before; people are a little earlier or later.
    #[serde(default)]
    pub after: u64,
    pub deed: Deed,
    /// Which agent does it, if not the one who answers.
    pub by: Option<String>,
    #[serde(default)]
    pub text: Vec<String>,
    /// Files from `files/` that go with it.
    #[serde(default)]
    pub files: Vec<String>,
    /// Whom a note names.
    pub mention: Option<String>,
    /// The status after it.
    pub status: Option<Status>,
    /// The place after it.
    pub place: Option<Place>,
    /// For how long the ticket is put off.
    pub snooze_hours: Option<u64>,
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// The customer writes.
    Write,
    /// The customer's mailbox answers by itself.
    AutoReply,
    /// The agent takes the ticket and sorts it: team, tags, priority.
    Take,
    /// The agent answers.
    Reply,
    /// An agent leaves a note.
    Note,
    /// The agent changes status, place or snooze.
    Change,
    /// Somebody watches from now on.
    Watch,
    /// The agent begins an answer and leaves it at that.
    Draft,
}

impl Deed {
    /// Whether it waits for the team's hours.
    pub fn is_work(self) -> bool {
        !matches!(self, Self::Write | Self::AutoReply)
    }
}

/// All scripts, in the order of the tickets they give.
pub fn scripts() -> anyhow::Result<Vec<Script>> {
    FILES
        .iter()
        .map(|(language, text)| read(language, text))
        .collect()
}

fn read(language: &'static str, text: &str) -> anyhow::Result<Script> {
    let script: Script = toml::from_str(text).with_context(|| format!("{language}.toml"))?;
    Ok(Script { language, ..script })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_can_be_played() {
        for script in scripts().unwrap() {
            assert!(!script.customers.is_empty() && !script.products.is_empty());
            for story in &script.stories {
                let Script { language, .. } = script;
                let name = &story.subject[0];
                assert_eq!(story.acts[0].deed, Deed::Write, "{language}: {name}");
                for act in &story.acts {
                    let speaks = !matches!(act.deed, Deed::Take | Deed::Change | Deed::Watch);
                    assert_eq!(speaks, !act.text.is_empty(), "{language}: {name}");
                }
            }
        }
    }
}
