//! The demo's team: people, teams, tags, macros and the practice inbox.

use std::time::Duration;

use anyhow::Context;
use desk::macros::{self, Scope, commands::NewMacro};
use desk::notifications::{NotificationSettings, commands as notifications};
use desk::teams::commands::{self as teams, NewTeam};
use desk::tickets::Status;
use identity::invitations::commands as invitations;
use identity::invitations::rules::InvitationInput;
use identity::preferences::Language;
use identity::workspace::commands as workspace;
use identity::workspace::rules::SetUp;
use identity::{Caller, Role, Source};
use kernel::clock::ManualClock;
use kernel::http::IdempotencyKey;
use kernel::ids::{AgentId, InboxId, TeamId};
use serde::Deserialize;

use super::{OWNER_EMAIL, PASSWORD};
use crate::app::App;

const TEAM: &str = include_str!("stories/team.toml");
/// How long somebody takes to accept an invitation.
const TO_ACCEPT: Duration = Duration::from_secs(20 * 60);

/// The team, as commands need it.
#[derive(Debug)]
pub struct Office {
    agents: Vec<(String, Caller)>,
    teams: Vec<(String, TeamId)>,
    /// The practice inbox.
    pub inbox: InboxId,
}

impl Office {
    /// The agent whose address begins so.
    pub fn agent(&self, handle: &str) -> anyhow::Result<&Caller> {
        let found = self.agents.iter().find(|(of, _)| of == handle);
        found
            .map(|(_, caller)| caller)
            .with_context(|| format!("nobody is called {handle:?}"))
    }

    /// Everybody.
    pub fn everybody(&self) -> impl Iterator<Item = &Caller> {
        self.agents.iter().map(|(_, caller)| caller)
    }

    /// The team of this name.
    pub fn team(&self, name: &str) -> anyhow::Result<TeamId> {
        let found = self.teams.iter().find(|(of, _)| of == name);
        found
            .map(|(_, team)| *team)
            .with_context(|| format!("no team is called {name:?}"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Team {
    workspace: String,
    owner: String,
    #[serde(rename = "agent")]
    agents: Vec<Person>,
    #[serde(rename = "team")]
    teams: Vec<Queue>,
    #[serde(rename = "tag")]
    tags: Vec<Tag>,
    #[serde(rename = "macro")]
    macros: Vec<Saved>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    name: String,
    email: String,
    role: Role,
    teams: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Queue {
    name: String,
    /// Whether the owner is in it.
    owner: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tag {
    name: String,
    color: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    name: String,
    html: String,
    status: Option<Status>,
}

/// Founds the team.
pub async fn open(past: &App, hand: &ManualClock) -> anyhow::Result<Office> {
    let team: Team = toml::from_str(TEAM).context("team.toml")?;
    let owner = found(past, &team).await?;
    let mut office = Office {
        agents: vec![(handle(OWNER_EMAIL), owner.clone())],
        teams: Vec::new(),
        inbox: channels::practice::ensure_inbox(&past.channels).await?,
    };
    for queue in &team.teams {
        let member_ids: Vec<AgentId> = queue.owner.then_some(owner.agent).into_iter().collect();
        let new = NewTeam {
            name: queue.name.clone(),
            member_ids,
        };
        let made = teams::create(&past.kernel, &owner, new, IdempotencyKey(None)).await?;
        office.teams.push((queue.name.clone(), made.id));
    }
    for person in &team.agents {
        let joined = join(past, hand, &owner, person, &office).await;
        let caller = joined.with_context(|| person.name.clone())?;
        office.agents.push((handle(&person.email), caller));
    }
    furnish(past, &owner, &team).await?;
    for caller in office.everybody() {
        calm(past, caller).await?;
    }
    Ok(office)
}

fn handle(email: &str) -> String {
    email.split('@').next().unwrap_or_default().to_owned()
}

async fn found(past: &App, team: &Team) -> anyhow::Result<Caller> {
    let set_up = SetUp {
        workspace_name: team.workspace.clone(),
        name: team.owner.clone(),
        email: OWNER_EMAIL.to_owned(),
        password: PASSWORD.to_owned(),
        language: Language::English,
    };
    Ok(workspace::set_up(&past.identity, &Source::local(), &set_up)
        .await?
        .caller)
}

async fn join(
    past: &App,
    hand: &ManualClock,
    owner: &Caller,
    person: &Person,
    office: &Office,
) -> anyhow::Result<Caller> {
    let teams: Result<Vec<TeamId>, _> = person.teams.iter().map(|name| office.team(name)).collect();
    let input = InvitationInput {
        email: person.email.clone(),
        role: person.role,
        team_ids: teams?,
    };
    let (_, link) = invitations::create(&past.identity, owner, &input, None).await?;
    hand.advance(TO_ACCEPT);
    let token = link.rsplit('/').next().unwrap_or_default();
    let who = (person.name.as_str(), PASSWORD);
    Ok(
        invitations::accept(&past.identity, &Source::local(), token, who)
            .await?
            .caller,
    )
}

async fn furnish(past: &App, owner: &Caller, team: &Team) -> anyhow::Result<()> {
    let kernel = &past.kernel;
    let once = IdempotencyKey(None);
    for Tag { name, color } in &team.tags {
        desk::tags::commands::create(kernel, owner, name, Some(color), once.clone()).await?;
    }
    for saved in &team.macros {
        let new = NewMacro {
            name: saved.name.clone(),
            html: saved.html.clone(),
            scope: Scope::Shared,
            status_after: saved.status,
            ..macros::commands::NewMacro::default()
        };
        macros::commands::create(kernel, owner, new, once.clone()).await?;
    }
    Ok(())
}

/// Nobody in the demo is told of news by mail, which would fill the practice outbox.
async fn calm(past: &App, caller: &Caller) -> anyhow::Result<()> {
    let mut settings = NotificationSettings::default();
    settings.kinds.mentioned.mail = false;
    settings.kinds.delivery_failed.mail = false;
    notifications::set_settings(&past.kernel, caller, settings).await?;
    Ok(())
}
