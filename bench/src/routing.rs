//! Deciding who gets a ticket: one decision with 500 agents in the team, and a busy morning's
//! whole line.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use desk::routing::rules::{Floor, Hand, Level, Waiting, Want, decide, decide_all};
use desk::routing::store::Load;
use desk::routing::{ClosedHours, Mode, Queue, SkillKind, Strategy, TeamRouting};
use desk::tickets::{Channel, Priority};
use kernel::ids::{AgentId, CustomerId, SkillId, TeamId, TicketId};
use kernel::time::Timestamp;

use crate::options::Options;
use crate::report::{Goal, Report};

const AGENTS: i64 = 500;
const SKILLS: i64 = 8;
/// What one decision may take, in milliseconds.
const GOAL: Goal = Goal::Below(1.0);
/// Takes of each figure in a round; the first ones warm the caches.
const TAKES: u32 = 50;
const TEAM: TeamId = TeamId(1);
const NOW: Timestamp = Timestamp::from_micros(1_772_442_000_000_000);

/// Takes the figures.
pub fn run(options: &Options, report: &mut Report) -> Result<()> {
    let takes = options.rounds * TAKES;
    let one = floor(1);
    let decided = |floor: &Floor| decide(floor, TicketId(1), NOW).map(|it| it.routed.of);
    decided(&one).context("somebody can take it")?;
    let name = "a routing decision, 500 agents";
    report.judge(name, "ms", &timed(takes, || decided(&one)), GOAL);
    let full = floor(1_000);
    let name = "1,000 waiting tickets for 500 agents, decided at once";
    let all = timed(takes.min(20), || decide_all(&mut full.clone(), NOW).len());
    report.add(name, "ms", &all);
    Ok(())
}

fn timed<T>(takes: u32, run: impl Fn() -> T) -> Vec<f64> {
    (0..takes)
        .map(|_| {
            let begun = Instant::now();
            black_box(run());
            begun.elapsed().as_secs_f64() * 1000.0
        })
        .collect()
}

/// A team of 500 with eight skills each, and `tickets` that ask for two.
fn floor(tickets: i64) -> Floor {
    let queue = Queue {
        channel: Channel::Email,
        mode: Mode::Push,
        strategy: Strategy::LongestIdle,
        previous_agent_first: true,
        account_owner_first: true,
        units: 1,
        offer_seconds: 60,
        lower_after: Some(30),
        drop_after: Some(60),
        overflow_team_id: None,
        overflow_after: None,
        closed: ClosedHours::Wait,
    };
    let team = TeamRouting {
        team_id: TEAM,
        ceiling_min: 50,
        ceiling_max: 100,
        recovery_minutes: 5,
        queues: vec![queue],
        version: 1,
    };
    Floor {
        teams: BTreeMap::from([(TEAM, team)]),
        members: BTreeMap::from([(TEAM, (1..=AGENTS).map(AgentId).collect())]),
        waiting: (1..=tickets)
            .map(|id| (TicketId(id), waiting(id)))
            .collect(),
        hands: (1..=AGENTS).map(|id| (AgentId(id), hand(id))).collect(),
        ..Floor::default()
    }
}

fn hand(id: i64) -> Hand {
    let level = |skill: i64| Level {
        skill: SkillId(skill),
        level: 1 + (id + skill) % 5,
        valid_until: None,
    };
    Hand {
        available: id % 10 != 0,
        skills: (1..=SKILLS).map(level).collect(),
        units: id % 5,
        ..Hand::of(AgentId(id), &Load::default())
    }
}

fn waiting(id: i64) -> Waiting {
    let want = |skill: i64, kind| Want {
        skill: SkillId(skill),
        kind,
        level: 3,
    };
    Waiting {
        ticket: TicketId(id),
        team: TEAM,
        channel: Channel::Email,
        priority: Priority::Normal,
        since: NOW.minus(Duration::from_secs(600)),
        requester: CustomerId(id),
        wants: vec![
            want(1 + id % SKILLS, SkillKind::Language),
            want(SKILLS, SkillKind::Product),
        ],
        hard: id % 7 == 0,
        previous: None,
        owner: None,
        passed_on: Vec::new(),
        overflowed: false,
        offered: false,
    }
}
