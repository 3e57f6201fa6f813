//! When everything happens: drawn from a seed, relative to now.

use std::time::Duration;

use kernel::random::Random;
use kernel::time::Timestamp;

use super::script::{Act, Customer, Script, Story};

const SEED: u64 = 30;
/// The oldest ticket begins this long ago.
const OLDEST_MINUTES: u64 = 30 * 24 * 60;
/// The newest ticket whose time is drawn begins this long ago.
const NEWEST_MINUTES: u64 = 5 * 60;
/// What happens does so at least this long ago.
const LATEST: Duration = Duration::from_secs(45);
const MINUTE: Duration = Duration::from_secs(60);
const DAY_MINUTES: u64 = 24 * 60;
/// The team works from 7:00 to 19:00 UTC.
const OPENS: u64 = 7 * 60;
const CLOSES: u64 = 19 * 60;

/// One ticket as it will go.
#[derive(Debug)]
pub struct Plan<'a> {
    pub script: &'a Script,
    pub story: &'a Story,
    pub customer: &'a Customer,
    /// Who answers.
    pub agent: &'a str,
    /// Counts the tickets of the story.
    pub turn: usize,
    pub order: String,
    pub product: &'a str,
    /// What happens, in order; what would lie ahead is left out.
    pub acts: Vec<(Timestamp, &'a Act)>,
}

impl Plan<'_> {
    /// The text whose turn it is, with everything named that it leaves open.
    pub fn words(&self, texts: &[String]) -> String {
        let first = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
        let mut agent = first(self.agent);
        if let Some(initial) = agent.get_mut(..1) {
            initial.make_ascii_uppercase();
        }
        in_turn(texts, self.turn)
            .map_or("", String::as_str)
            .trim()
            .replace("{name}", &first(&self.customer.name))
            .replace("{agent}", &agent)
            .replace("{order}", &self.order)
            .replace("{product}", self.product)
    }
}

/// Every ticket, in the order in which they begin.
pub fn plans(scripts: &[Script], now: Timestamp) -> Vec<Plan<'_>> {
    let random = Random::seeded(SEED);
    let mut drawn = Vec::new();
    let mut plans = Vec::new();
    for script in scripts {
        for story in &script.stories {
            let exact = story.minutes_ago.iter().map(|minutes| Some(*minutes));
            let all = (0..story.times).map(|_| None).chain(exact).enumerate();
            for (turn, minutes) in all {
                match minutes {
                    Some(minutes) => plans.push((script, story, turn, minutes, true)),
                    None => drawn.push((random.below(u64::MAX), script, story, turn)),
                }
            }
        }
    }
    drawn.sort_unstable_by_key(|(lot, ..)| *lot);
    let count = u64::try_from(drawn.len()).unwrap_or(u64::MAX);
    for (index, (_, script, story, turn)) in (0..).zip(drawn) {
        let minutes = began(index, count, &random);
        plans.push((script, story, turn, minutes, false));
    }
    plans.sort_by_key(|(.., minutes, _)| std::cmp::Reverse(*minutes));
    let mut cast = Cast::new(scripts);
    let mut planned = Vec::new();
    for (script, story, turn, minutes, exact) in plans {
        let (customer, agent, product) = cast.next(script, story);
        let begin = now.minus(MINUTE.saturating_mul(u32::try_from(minutes).unwrap_or(u32::MAX)));
        planned.push(Plan {
            script,
            story,
            customer,
            agent,
            turn,
            order: format!("HG-{}", 20_000 + random.below(9_999)),
            product,
            acts: acts(story, begin, now, (!exact).then_some(&random)),
        });
    }
    planned
}

/// How many minutes ago the ticket of this lot begins: every stretch has its own, and the last days
/// have more than the first.
fn began(index: u64, count: u64, random: &Random) -> u64 {
    let stretch = 1_000_000 / count.max(1);
    let place = index.saturating_mul(stretch) + random.below(stretch);
    // The square leans towards now; half of it, so that the first weeks are not empty.
    let leaning = (place / 1_000).pow(2).midpoint(place);
    NEWEST_MINUTES + (OLDEST_MINUTES - NEWEST_MINUTES) * leaning / 1_000_000
}

/// Who has their turn in each language.
struct Cast<'a> {
    turns: Vec<(&'a Script, usize)>,
}

impl<'a> Cast<'a> {
    fn new(scripts: &'a [Script]) -> Self {
        Self {
            turns: scripts.iter().map(|script| (script, 0)).collect(),
        }
    }

    fn next(&mut self, script: &'a Script, story: &'a Story) -> (&'a Customer, &'a str, &'a str) {
        let mut turn = 0;
        for (of, next) in &mut self.turns {
            if of.language == script.language {
                turn = *next;
                *next += 1;
            }
        }
        let listed = || in_turn(&script.customers, turn);
        let customer = story.from.as_ref().or_else(listed).unwrap_or(&NOBODY);
        let agent = story
            .agent
            .as_ref()
            .or_else(|| in_turn(&script.agents, turn));
        // Another rhythm than the customers', so that nobody buys the same thing for ever.
        let round = turn + turn / script.customers.len().max(1);
        let listed = || in_turn(&script.products, round);
        let product = story.product.as_ref().or_else(listed);
        (
            customer,
            agent.map_or("", String::as_str),
            product.map_or("", String::as_str),
        )
    }
}

/// Stands in for the customers of a script without any, which the tests refuse.
static NOBODY: Customer = Customer {
    name: String::new(),
    email: String::new(),
    note: None,
};

fn in_turn<T>(all: &[T], turn: usize) -> Option<&T> {
    all.get(turn.checked_rem(all.len())?)
}

/// What happens on a ticket and when; `jitter` makes people a little earlier or later and has the
/// team keep its hours.
fn acts<'a>(
    story: &'a Story,
    begin: Timestamp,
    now: Timestamp,
    jitter: Option<&Random>,
) -> Vec<(Timestamp, &'a Act)> {
    let mut at = begin;
    let mut acts = Vec::new();
    for act in &story.acts {
        let seconds = act.after.saturating_mul(60);
        let pause = match jitter {
            Some(random) => seconds - seconds / 4 + random.below(seconds / 2 + 59),
            None => seconds,
        };
        at = at.plus(Duration::from_secs(pause));
        if jitter.is_some() && act.deed.is_work() {
            at = at.plus(MINUTE.saturating_mul(until_open(at)));
        }
        if at > now.minus(LATEST) {
            break;
        }
        acts.push((at, act));
    }
    acts
}

/// Minutes until the team works again.
fn until_open(at: Timestamp) -> u32 {
    let minutes = u64::try_from(at.micros() / 60_000_000).unwrap_or_default();
    let of_day = minutes % DAY_MINUTES;
    let wait = match of_day {
        ..OPENS => OPENS - of_day,
        OPENS..CLOSES => 0,
        _ => DAY_MINUTES + OPENS - of_day,
    };
    u32::try_from(wait).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::script::scripts;

    const NOON: Timestamp = Timestamp::from_micros(1_772_452_800_000_000);

    #[test]
    fn the_demo_is_the_same_every_time() {
        let scripts = scripts().unwrap();
        let shown = |now| format!("{:?}", plans(&scripts, now));
        assert_eq!(shown(NOON), shown(NOON));
    }

    #[test]
    fn everything_lies_in_the_last_thirty_days() {
        let scripts = scripts().unwrap();
        let plans = plans(&scripts, NOON);
        assert!((190..=220).contains(&plans.len()), "{}", plans.len());
        for plan in &plans {
            assert!(!plan.acts.is_empty());
            assert!(plan.acts.is_sorted_by_key(|(at, _)| *at));
            assert!(plan.acts.iter().all(|(at, _)| *at < NOON));
            assert!(NOON.since(plan.acts[0].0) <= Duration::from_hours(30 * 24));
        }
        assert!(plans.is_sorted_by_key(|plan| plan.acts[0].0));
    }

    #[test]
    fn the_team_keeps_its_hours() {
        assert_eq!(until_open(NOON), 0);
        assert_eq!(until_open(NOON.plus(Duration::from_hours(8))), 11 * 60);
        assert_eq!(until_open(NOON.minus(Duration::from_hours(6))), 60);
    }
}
