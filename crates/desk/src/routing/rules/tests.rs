//! Random histories: nobody is overloaded or disturbed, nothing is offered twice, lost or starved.

use std::time::Duration;

use kernel::ids::{AgentId, CustomerId, SkillId, TeamId, TicketId};
use proptest::prelude::*;

use super::super::{ClosedHours, Fit, Mode, Strategy as Choosing};
use super::*;

const TEAM: TeamId = TeamId(1);
const OTHER: TeamId = TeamId(2);

fn at(minutes: u64) -> Timestamp {
    Timestamp::from_micros(1_772_442_000_000_000).plus(Duration::from_secs(60 * minutes))
}

fn queue(mode: Mode, strategy: Choosing) -> Queue {
    Queue {
        channel: Channel::Email,
        mode,
        strategy,
        previous_agent_first: true,
        account_owner_first: true,
        units: 1,
        offer_seconds: 45,
        lower_after: Some(10),
        drop_after: Some(20),
        overflow_team_id: None,
        overflow_after: None,
        closed: ClosedHours::Wait,
    }
}

fn team(id: TeamId, queue: Queue) -> (TeamId, TeamRouting) {
    let team = TeamRouting {
        team_id: id,
        ceiling_min: 50,
        ceiling_max: 100,
        recovery_minutes: 5,
        queues: vec![queue],
        version: 1,
    };
    (id, team)
}

fn hand(agent: i64) -> Hand {
    Hand {
        agent: AgentId(agent),
        available: true,
        since: at(0),
        skills: Vec::new(),
        units_max: 4,
        ceiling: 100,
        units: 0,
        offered: None,
        given_at: Timestamp::from_micros(0),
        recovery_until: Timestamp::from_micros(0),
        exposure: 0,
        strain: 0,
        strain_at: Timestamp::from_micros(0),
    }
}

fn waiting(ticket: i64, since: u64) -> Waiting {
    Waiting {
        ticket: TicketId(ticket),
        team: TEAM,
        channel: Channel::Email,
        priority: Priority::Normal,
        since: at(since),
        requester: CustomerId(1),
        wants: Vec::new(),
        hard: false,
        previous: None,
        owner: None,
        passed_on: Vec::new(),
        overflowed: false,
        offered: false,
    }
}

fn want(skill: i64, level: i64, kind: SkillKind) -> Want {
    Want {
        skill: SkillId(skill),
        kind,
        level,
    }
}

fn level(skill: i64, level: i64) -> Level {
    Level {
        skill: SkillId(skill),
        level,
        valid_until: None,
    }
}

fn floor(agents: &[Hand], tickets: &[Waiting], queue: Queue) -> Floor {
    Floor {
        teams: BTreeMap::from([team(TEAM, queue.clone()), team(OTHER, queue)]),
        members: BTreeMap::from([
            (TEAM, agents.iter().map(|hand| hand.agent).collect()),
            (OTHER, Vec::new()),
        ]),
        waiting: tickets.iter().map(|it| (it.ticket, it.clone())).collect(),
        hands: agents.iter().map(|it| (it.agent, it.clone())).collect(),
        ..Floor::default()
    }
}

fn chosen(floor: &Floor, now: Timestamp) -> Option<(i64, Why)> {
    let first = *floor.waiting.keys().next()?;
    let decision = decide(floor, first, now)?;
    Some((decision.routed.chosen?.0, decision.routed.why))
}

#[test]
fn each_strategy_chooses_its_own() {
    let mut agents = [hand(1), hand(2), hand(3)];
    agents[0].given_at = at(3);
    agents[1].given_at = at(1);
    agents[2].given_at = at(2);
    agents[1].units = 2;
    agents[0].units = 1;
    agents[2].units = 1;
    let by = |strategy| floor(&agents, &[waiting(1, 4)], queue(Mode::Push, strategy));
    assert_eq!(
        chosen(&by(Choosing::LongestIdle), at(5)),
        Some((2, Why::LongestIdle))
    );
    assert_eq!(
        chosen(&by(Choosing::LeastLoaded), at(5)),
        Some((3, Why::LeastLoaded))
    );
    let mut turns = by(Choosing::RoundRobin);
    assert_eq!(chosen(&turns, at(5)), Some((1, Why::RoundRobin)));
    turns.turns.insert(TEAM, AgentId(1));
    assert_eq!(chosen(&turns, at(5)), Some((2, Why::RoundRobin)));
    turns.turns.insert(TEAM, AgentId(3));
    assert_eq!(chosen(&turns, at(5)), Some((1, Why::RoundRobin)));
}

#[test]
fn who_knows_the_customer_comes_first_and_the_account_owner_before_them() {
    let agents = [hand(1), hand(2), hand(3)];
    let mut ticket = waiting(1, 0);
    ticket.previous = Some(AgentId(3));
    let mut all = floor(
        &agents,
        &[ticket.clone()],
        queue(Mode::Push, Choosing::LongestIdle),
    );
    assert_eq!(chosen(&all, at(1)), Some((3, Why::PreviousAgent)));
    ticket.owner = Some(AgentId(2));
    all.waiting.insert(ticket.ticket, ticket);
    assert_eq!(chosen(&all, at(1)), Some((2, Why::AccountOwner)));
    all.hands.get_mut(&AgentId(2)).unwrap().available = false;
    assert_eq!(chosen(&all, at(1)), Some((3, Why::PreviousAgent)));
}

#[test]
fn skills_are_relaxed_as_time_goes_by_but_certificates_never() {
    let mut agents = [hand(1)];
    agents[0].skills = vec![level(7, 2)];
    let mut ticket = waiting(1, 0);
    ticket.wants = vec![want(7, 3, SkillKind::Language)];
    let language = floor(
        &agents,
        &[ticket.clone()],
        queue(Mode::Push, Choosing::LongestIdle),
    );
    assert_eq!(chosen(&language, at(9)), None);
    let lowered = decide(&language, TicketId(1), at(10)).unwrap();
    assert_eq!(lowered.routed.relaxed, Relaxed::Lowered);
    assert_eq!(lowered.routed.waited, 600);
    ticket.wants = vec![want(8, 1, SkillKind::Product)];
    let product = floor(
        &agents,
        &[ticket.clone()],
        queue(Mode::Push, Choosing::LongestIdle),
    );
    assert_eq!(chosen(&product, at(19)), None);
    let dropped = decide(&product, TicketId(1), at(20)).unwrap();
    assert_eq!(dropped.routed.relaxed, Relaxed::Dropped);
    assert_eq!(next_change(&product, at(11)), Some(at(20)));
    ticket.wants = vec![want(8, 1, SkillKind::Certificate)];
    let certificate = floor(&agents, &[ticket], queue(Mode::Push, Choosing::LongestIdle));
    assert_eq!(chosen(&certificate, at(10_000)), None);
}

#[test]
fn a_certificate_counts_until_it_runs_out() {
    let mut agents = [hand(1)];
    agents[0].skills = vec![Level {
        valid_until: Some(at(5)),
        ..level(8, 5)
    }];
    let mut ticket = waiting(1, 0);
    ticket.wants = vec![want(8, 1, SkillKind::Certificate)];
    let all = floor(&agents, &[ticket], queue(Mode::Push, Choosing::LongestIdle));
    assert!(chosen(&all, at(4)).is_some());
    assert_eq!(chosen(&all, at(5)), None);
}

#[test]
fn hard_contacts_are_shared_out_among_the_free_and_wait_for_nobody() {
    let mut agents = [hand(1), hand(2), hand(3)];
    agents[0].exposure = 3;
    agents[1].exposure = 1;
    agents[2].exposure = 0;
    let mut ticket = waiting(1, 0);
    ticket.hard = true;
    ticket.previous = Some(AgentId(1));
    let mut all = floor(&agents, &[ticket], queue(Mode::Auto, Choosing::LongestIdle));
    assert_eq!(chosen(&all, at(1)), Some((3, Why::SharedOut)));
    all.hands.get_mut(&AgentId(3)).unwrap().available = false;
    assert_eq!(chosen(&all, at(1)), Some((2, Why::SharedOut)));
    all.hands.get_mut(&AgentId(2)).unwrap().units = 4;
    // Nobody else is free: it goes where it would have gone, at once.
    assert_eq!(chosen(&all, at(1)), Some((1, Why::OnlyOne)));
}

#[test]
fn rest_is_told_to_nobody() {
    let mut agents = [hand(1), hand(2)];
    agents[0].recovery_until = at(9);
    let all = floor(
        &agents,
        &[waiting(1, 0)],
        queue(Mode::Push, Choosing::LongestIdle),
    );
    let decision = decide(&all, TicketId(1), at(5)).unwrap();
    let resting = decision
        .routed
        .considered
        .iter()
        .find(|it| it.agent == AgentId(1));
    assert_eq!(resting.map(|it| it.fit), Some(Fit::NotAvailable));
    assert_eq!(next_change(&all, at(5)), Some(at(9)));
}

#[test]
fn the_share_that_routing_fills_is_the_agents() {
    let mut agent = hand(1);
    agent.ceiling = 50;
    agent.units = 1;
    assert!(choice::fits_in(&agent, 1));
    agent.units = 2;
    assert!(!choice::fits_in(&agent, 1));
    // A ticket that is more than the share still finds an empty hand, but never above the limit.
    agent.units = 0;
    assert!(choice::fits_in(&agent, 3));
    assert!(!choice::fits_in(&agent, 5));
}

#[test]
fn what_waits_too_long_flows_over_once() {
    let mut setting = queue(Mode::Push, Choosing::LongestIdle);
    setting.overflow_team_id = Some(OTHER);
    setting.overflow_after = Some(30);
    let mut all = floor(&[], &[waiting(1, 0)], setting);
    assert_eq!(decide_all(&mut all, at(29)), []);
    let decisions = decide_all(&mut all, at(30));
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0].routed.to_team, Some(OTHER));
    assert_eq!(decisions[0].routed.why, Why::Waited);
    assert_eq!(decide_all(&mut all, at(300)), []);
}

#[test]
fn outside_opening_hours_it_waits_flows_over_or_goes_on() {
    let mut setting = queue(Mode::Push, Choosing::LongestIdle);
    setting.overflow_team_id = Some(OTHER);
    for (closed, expected) in [
        (ClosedHours::Wait, None),
        (ClosedHours::Route, Some(Deed::Offered)),
        (ClosedHours::Overflow, Some(Deed::Overflowed)),
    ] {
        setting.closed = closed;
        let mut all = floor(&[hand(1)], &[waiting(1, 0)], setting.clone());
        all.closed.insert(TEAM);
        let decision = decide(&all, TicketId(1), at(1));
        assert_eq!(decision.map(|it| it.routed.deed), expected, "{closed:?}");
    }
}

#[test]
fn a_stream_of_urgent_tickets_does_not_starve_an_old_one() {
    let mut agent = hand(1);
    agent.units_max = 1;
    let mut all = floor(
        &[agent],
        &[waiting(1, 0)],
        queue(Mode::Auto, Choosing::LongestIdle),
    );
    for minute in 1..600 {
        let mut urgent = waiting(1000 + minute, u64::try_from(minute).unwrap());
        urgent.priority = Priority::Urgent;
        all.waiting.insert(urgent.ticket, urgent);
        let now = at(u64::try_from(minute).unwrap());
        let decisions = decide_all(&mut all, now);
        assert_eq!(decisions.len(), 1);
        if decisions[0].ticket == TicketId(1) {
            assert!(
                (200..=241).contains(&minute),
                "it came after {minute} minutes"
            );
            return;
        }
        all.hands.get_mut(&AgentId(1)).unwrap().units = 0;
    }
    panic!("the old ticket was never taken");
}

/// What happens in a random history.
#[derive(Clone, Debug)]
enum Happening {
    Arrives(u8, u8, bool),
    Turns(u8, bool),
    Accepts(u8),
    PassesOn(u8),
    Solves(u8),
    Rests(u8),
    Passes(u8),
}

fn happening() -> impl proptest::strategy::Strategy<Value = Happening> {
    prop_oneof![
        4 => (0..4_u8, 0..3_u8, any::<bool>()).prop_map(|(p, s, h)| Happening::Arrives(p, s, h)),
        2 => (0..5_u8, any::<bool>()).prop_map(|(agent, on)| Happening::Turns(agent, on)),
        3 => (0..5_u8).prop_map(Happening::Accepts),
        1 => (0..5_u8).prop_map(Happening::PassesOn),
        3 => (0..5_u8).prop_map(Happening::Solves),
        1 => (0..5_u8).prop_map(Happening::Rests),
        2 => (1..30_u8).prop_map(Happening::Passes),
    ]
}

/// A whole little desk around the rules, which keeps its own books.
struct Play {
    floor: Floor,
    now: u64,
    made: i64,
    /// Ticket to agent: what lies before whom.
    offers: BTreeMap<TicketId, AgentId>,
    /// Ticket to agent: what is in whose hands.
    taken: BTreeMap<TicketId, AgentId>,
    done: BTreeSet<TicketId>,
}

impl Play {
    fn new(mode: Mode, strategy: Choosing) -> Self {
        let mut agents: Vec<Hand> = (1..=5).map(hand).collect();
        for (index, agent) in agents.iter_mut().enumerate() {
            agent.units_max = 1 + i64::try_from(index).unwrap() % 3;
            agent.ceiling = if index == 4 { 50 } else { 100 };
            if index % 2 == 0 {
                agent.skills = vec![level(1, 3)];
            }
        }
        Self {
            floor: floor(&agents, &[], queue(mode, strategy)),
            now: 0,
            made: 0,
            offers: BTreeMap::new(),
            taken: BTreeMap::new(),
            done: BTreeSet::new(),
        }
    }

    fn agent(&mut self, index: u8) -> &mut Hand {
        self.floor
            .hands
            .get_mut(&AgentId(i64::from(index) + 1))
            .unwrap()
    }

    fn end_offer(&mut self, agent: AgentId) -> Option<TicketId> {
        let ticket = self
            .offers
            .iter()
            .find(|(_, of)| **of == agent)
            .map(|(it, _)| *it)?;
        self.offers.remove(&ticket);
        self.floor.hands.get_mut(&agent).unwrap().offered = None;
        self.floor.waiting.get_mut(&ticket).unwrap().offered = false;
        Some(ticket)
    }

    fn happen(&mut self, happening: &Happening) {
        match *happening {
            Happening::Arrives(priority, skill, hard) => {
                self.made += 1;
                let mut ticket = waiting(self.made, self.now);
                ticket.priority = Priority::ALL[usize::from(priority)];
                ticket.hard = hard;
                if skill > 0 {
                    ticket.wants = vec![want(1, i64::from(skill) * 2, SkillKind::Language)];
                }
                self.floor.waiting.insert(ticket.ticket, ticket);
            }
            Happening::Turns(agent, on) => {
                self.agent(agent).available = on;
                if !on {
                    self.end_offer(AgentId(i64::from(agent) + 1));
                }
            }
            Happening::Accepts(agent) => {
                let agent = AgentId(i64::from(agent) + 1);
                if let Some(ticket) = self.end_offer(agent) {
                    self.floor.waiting.remove(&ticket);
                    self.taken.insert(ticket, agent);
                    self.floor.hands.get_mut(&agent).unwrap().units += 1;
                }
            }
            Happening::PassesOn(agent) => {
                let agent = AgentId(i64::from(agent) + 1);
                if let Some(ticket) = self.end_offer(agent) {
                    let now = at(self.now);
                    let ticket = self.floor.waiting.get_mut(&ticket).unwrap();
                    ticket.passed_on.push((agent, now));
                }
            }
            Happening::Solves(agent) => {
                let agent = AgentId(i64::from(agent) + 1);
                let of = self
                    .taken
                    .iter()
                    .find(|(_, of)| **of == agent)
                    .map(|(it, _)| *it);
                if let Some(ticket) = of {
                    self.taken.remove(&ticket);
                    self.done.insert(ticket);
                    self.floor.hands.get_mut(&agent).unwrap().units -= 1;
                }
            }
            Happening::Rests(agent) => {
                let until = at(self.now + 5);
                self.agent(agent).recovery_until = until;
                self.end_offer(AgentId(i64::from(agent) + 1));
            }
            Happening::Passes(minutes) => self.now += u64::from(minutes),
        }
    }

    fn route(&mut self) {
        let (before, now) = (self.floor.clone(), at(self.now));
        let decisions = decide_all(&mut self.floor, now);
        let again = decide_all(&mut before.clone(), now);
        assert_eq!(decisions, again, "the same facts and time decide the same");
        for decision in decisions {
            let agent = decision.routed.chosen.unwrap();
            let was = &before.hands[&agent];
            assert!(
                was.available && was.recovery_until <= now,
                "disturbed: {decision:?}"
            );
            assert!(!self.offers.contains_key(&decision.ticket), "offered twice");
            assert!(!self.taken.contains_key(&decision.ticket), "given twice");
            match decision.routed.deed {
                Deed::Offered => {
                    assert!(!self.offers.values().any(|it| *it == agent), "two offers");
                    self.offers.insert(decision.ticket, agent);
                }
                _ => {
                    self.taken.insert(decision.ticket, agent);
                }
            }
            let hand = &self.floor.hands[&agent];
            let held = hand.units + hand.offered.unwrap_or(0);
            assert!(held <= hand.units_max, "overloaded: {hand:?}");
            assert!(
                held == 1 || held * 100 <= hand.units_max * hand.ceiling,
                "above the share: {hand:?}"
            );
        }
        for agent in self.floor.hands.values() {
            let held = self.taken.values().filter(|it| **it == agent.agent).count();
            assert_eq!(i64::try_from(held).unwrap(), agent.units, "the books agree");
        }
        let known = self.floor.waiting.len() + self.taken.len() + self.done.len();
        assert_eq!(i64::try_from(known).unwrap(), self.made, "a ticket is lost");
    }
}

fn strategy() -> impl proptest::strategy::Strategy<Value = Choosing> {
    proptest::sample::select(Choosing::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_histories_overload_disturb_lose_and_starve_nobody(
        history in proptest::collection::vec(happening(), 1..120),
        push in any::<bool>(),
        strategy in strategy(),
    ) {
        let mut play = Play::new(if push { Mode::Push } else { Mode::Auto }, strategy);
        for happening in &history {
            play.happen(happening);
            play.route();
        }
        // From here on everybody works: then everything that waits is taken in the end.
        for agent in 0..5 {
            play.happen(&Happening::Turns(agent, true));
        }
        let mut rounds = 0;
        while play.done.len() < usize::try_from(play.made).unwrap() {
            play.route();
            for agent in 0..5 {
                play.happen(&Happening::Accepts(agent));
                play.happen(&Happening::Solves(agent));
            }
            play.happen(&Happening::Passes(5));
            rounds += 1;
            prop_assert!(rounds < 150, "starved: {:?}", play.floor.waiting);
        }
    }
}

#[test]
fn an_explanation_names_the_chosen_first_and_no_more_than_are_read() {
    let mut agents: Vec<Hand> = (1..=500).map(hand).collect();
    for (agent, given) in agents.iter_mut().zip(0..) {
        agent.skills = (1..=8).map(|skill| level(skill, 1 + skill % 5)).collect();
        agent.given_at = at(given);
    }
    let mut ticket = waiting(1, 0);
    ticket.wants = vec![
        want(8, 3, SkillKind::Language),
        want(7, 2, SkillKind::Product),
    ];
    let all = floor(&agents, &[ticket], queue(Mode::Push, Choosing::LongestIdle));
    let decision = decide(&all, TicketId(1), at(1)).unwrap();
    assert_eq!(decision.routed.of, 500);
    assert_eq!(decision.routed.considered.len(), NAMED_MAX);
    assert_eq!(
        decision.routed.considered[0].agent,
        decision.routed.chosen.unwrap()
    );
}
