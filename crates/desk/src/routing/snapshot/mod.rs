//! The facts that decisions rest on, read from the rows.

pub mod store;

use std::collections::BTreeMap;

use identity::Role;
use identity::agents::AgentStatus;
use kernel::db::Tx;
use kernel::ids::{AgentId, RecordId, TagId, TeamId, TicketId};
use kernel::journal;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::ports::{Hours, Ports};
use super::rules::hardness::{Signals, is_hard};
use super::rules::{Floor, Hand, Level, Waiting, Want, care};
use super::store::Load;
use super::{Skill, SkillKind, commands, store as rows};
use crate::states::{self, AgentState};
use crate::teams;
use crate::tickets::{Direction, Status, StatusChanged, TicketType};
use store::WaitingRow;

/// Records of a ticket that are read to see how often it was reopened.
const RECORDS_READ: i64 = 300;
/// A ticket with fewer messages was not reopened twice.
const REOPENED_FROM: i64 = 3;

/// The floor with what a decision does not need but others ask for.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What decisions rest on.
    pub floor: Floor,
    /// Everybody's state.
    pub states: BTreeMap<AgentId, AgentState>,
    /// When each team opens or closes next.
    pub hours: BTreeMap<TeamId, Hours>,
    /// What lies before agents.
    pub offers: BTreeMap<TicketId, rows::Offer>,
    /// The skills, for what tickets ask for.
    pub skills: Vec<Skill>,
}

impl Hand {
    /// An agent with nothing in hand, from what is kept of their load.
    pub fn of(agent: AgentId, load: &Load) -> Self {
        Self {
            agent,
            available: false,
            since: Timestamp::from_micros(0),
            skills: Vec::new(),
            units_max: load.units_max,
            ceiling: load.ceiling,
            units: 0,
            offered: None,
            given_at: load.given_at,
            recovery_until: load.recovery_until,
            exposure: load.exposure,
            strain: load.strain,
            strain_at: load.strain_at,
        }
    }
}

/// Everything, read anew.
pub async fn load(tx: &mut Tx<'_>, ports: &Ports, now: Timestamp) -> Result<Snapshot, Refusal> {
    let mut all = Snapshot {
        skills: rows::skills(tx).await?,
        ..Snapshot::default()
    };
    all.floor.teams = rows::teams(tx).await?;
    for team in teams::store::all(tx).await? {
        all.floor.members.insert(team.id, team.member_ids);
    }
    for team in all.floor.members.keys() {
        all.hours
            .insert(*team, ports.hours.look(tx, *team, now).await?);
    }
    all.floor.closed = closed(&all.hours);
    for offer in rows::open_offers(tx).await? {
        all.offers.insert(offer.ticket, offer);
    }
    let agents = identity::agents::store::all(tx).await?;
    for agent in agents {
        read_hand(tx, &mut all, agent.id, now).await?;
    }
    for row in store::all_waiting(tx).await? {
        let waiting = waiting(tx, &all, ports, row).await?;
        all.floor.waiting.insert(waiting.ticket, waiting);
    }
    Ok(all)
}

/// Reads one agent again.
pub async fn read_hand(
    tx: &mut Tx<'_>,
    all: &mut Snapshot,
    agent: AgentId,
    now: Timestamp,
) -> Result<(), Refusal> {
    let found = identity::agents::store::find(tx, agent).await?;
    let answers =
        found.is_some_and(|it| it.status == AgentStatus::Active && it.role != Role::LightAgent);
    if !answers {
        all.floor.hands.remove(&agent);
        all.states.remove(&agent);
        return Ok(());
    }
    let state = states::store::find(tx, agent).await?;
    let load = rows::load(tx, agent).await?;
    let mut hand = Hand::of(agent, &load);
    if load.exposure_day != care::day(now) {
        hand.exposure = 0;
    }
    if let Some(row) = &state {
        hand.available = row.state == AgentState::Available;
        hand.since = row.since;
    }
    hand.units = commands::deal::units_in_hand(tx, agent).await?;
    let offer = rows::offer_of(tx, agent).await?;
    hand.offered = offer.map(|offer| offer.units);
    hand.skills = all
        .skills
        .iter()
        .filter_map(|skill| {
            let held = skill.holders.iter().find(|it| it.agent_id == agent)?;
            Some(Level {
                skill: skill.id,
                level: held.level,
                valid_until: held.valid_until,
            })
        })
        .collect();
    let state = state.map_or(AgentState::Offline, |row| row.state);
    all.states.insert(agent, state);
    all.floor.hands.insert(agent, hand);
    Ok(())
}

/// Reads one ticket again; answers who has it.
pub async fn read_ticket(
    tx: &mut Tx<'_>,
    all: &mut Snapshot,
    ports: &Ports,
    id: TicketId,
) -> Result<Option<AgentId>, Refusal> {
    match rows::offer_of_ticket(tx, id).await? {
        Some(offer) => all.offers.insert(id, offer),
        None => all.offers.remove(&id),
    };
    match store::waiting(tx, id).await? {
        Some(row) => {
            let waiting = waiting(tx, all, ports, row).await?;
            all.floor.waiting.insert(id, waiting);
            Ok(None)
        }
        None => {
            all.floor.waiting.remove(&id);
            Ok(store::assignee(tx, id).await?)
        }
    }
}

/// The teams that are closed.
pub fn closed(hours: &BTreeMap<TeamId, Hours>) -> std::collections::BTreeSet<TeamId> {
    let shut = hours.iter().filter(|(_, hours)| !hours.open);
    shut.map(|(team, _)| *team).collect()
}

async fn waiting(
    tx: &mut Tx<'_>,
    all: &Snapshot,
    ports: &Ports,
    row: WaitingRow,
) -> Result<Waiting, Refusal> {
    let tags = crate::tickets::store::tags(tx, row.id).await?;
    let since = match store::customer_waits_since(tx, row.id).await? {
        Some(at) => at,
        None if row.last_direction == Direction::Out => row.last_message_at,
        None => row.created_at,
    };
    let reopened = reopened(tx, &row).await?;
    let signals = Signals {
        marked_abusive: ports.marks.is_marked(tx, row.requester).await?,
        reopened,
        complaint: row.ticket_type == Some(TicketType::Complaint),
        subject: &row.subject,
    };
    let previous = match row.last_agent {
        Some(agent) => Some(agent),
        None => store::previous(tx, row.requester, row.id).await?,
    };
    Ok(Waiting {
        ticket: row.id,
        team: row.team,
        channel: row.channel,
        priority: row.priority,
        since,
        requester: row.requester,
        wants: wants(&all.skills, &row, &tags),
        hard: is_hard(signals),
        previous,
        owner: ports.owners.of(tx, row.requester).await?,
        passed_on: rows::passed_on(tx, row.id, since).await?,
        overflowed: rows::overflowed(tx, row.id).await?,
        offered: all.offers.contains_key(&row.id),
    })
}

/// What a ticket asks for: its language, and the skills whose needs it meets, each at the highest
/// level asked for.
fn wants(skills: &[Skill], row: &WaitingRow, tags: &[TagId]) -> Vec<Want> {
    let mut wants = Vec::new();
    for skill in skills {
        let speaks = skill.kind == SkillKind::Language
            && row.language.is_some()
            && skill.language == row.language;
        let by_language = speaks.then_some(skill.language_level);
        let met = skill.needs.iter().filter(|need| {
            need.inbox_id.is_none_or(|inbox| row.inbox == Some(inbox))
                && need
                    .ticket_type
                    .is_none_or(|it| row.ticket_type == Some(it))
                && need.tag_id.is_none_or(|tag| tags.contains(&tag))
        });
        if let Some(level) = met.map(|need| need.level).chain(by_language).max() {
            wants.push(Want {
                skill: skill.id,
                kind: skill.kind,
                level,
            });
        }
    }
    wants
}

async fn reopened(tx: &mut Tx<'_>, row: &WaitingRow) -> Result<i64, Refusal> {
    if row.message_count < REOPENED_FROM {
        return Ok(0);
    }
    let records = journal::of_ticket(tx, row.id, RecordId(0), RECORDS_READ).await?;
    let mut count: i64 = 0;
    for record in &records {
        if let Some(changed) = record.decode::<StatusChanged>()?
            && changed.status.from == Status::Solved
            && changed.status.to == Status::Open
        {
            count = count.saturating_add(1);
        }
    }
    Ok(count)
}
