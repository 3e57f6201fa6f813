//! The counts of the views equal a recount, however changes and records interleave.

use std::collections::BTreeMap;
use std::time::Duration;

use desk::Desk;
use desk::fixtures;
use identity::{Caller, Role};
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, TeamId, TicketId};
use kernel::journal::{self, Context, Subject};
use testkit::{World, each_engine};

use super::office::{self, ROOMS, Touched};

const SHELVES: [&str; 6] = ["open", "snoozed", "solved", "spam", "trash", "bulk"];
const MOVE: &str = "UPDATE tickets SET shelf = $2, assignee_id = $3, team_id = $4 WHERE id = $1";
const PURGE: &str = "DELETE FROM tickets WHERE id = $1";
const MENTION: &str = "INSERT INTO mentions (ticket_id, agent_id, number, at) \
    VALUES ($1, $2, $3, 0) ON CONFLICT (ticket_id, agent_id, number) DO NOTHING";
const RESOLVE: &str = "DELETE FROM mentions WHERE ticket_id = $1";
const LOCK: &str = "SELECT id FROM tickets WHERE id = $1";
const ALL: &str = "SELECT id, shelf, assignee_id, team_id FROM tickets";
const ALL_MENTIONS: &str = "SELECT DISTINCT ticket_id, agent_id FROM mentions";

/// A small generator of the test's own, so that each worker repeats exactly.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }

    fn agent(&mut self, agents: &[AgentId]) -> Option<AgentId> {
        let at = self.below(i64::try_from(agents.len()).unwrap() + 1);
        agents.get(usize::try_from(at).unwrap()).copied()
    }
}

async fn change(desk: &Desk, dice: &mut Dice, agents: &[AgentId]) {
    let (what, id) = (dice.below(10), TicketId(1 + dice.below(60)));
    let shelf = SHELVES[usize::try_from(dice.below(6)).unwrap()];
    let (agent, team) = (
        dice.agent(agents),
        Some(TeamId(1)).filter(|_| dice.below(2) == 0),
    );
    let number = dice.below(3);
    let context = Context::system(desk.kernel.clock.now());
    let changed = desk.kernel.db.write(async move |tx: &mut Tx<'_>| {
        let id = if what == 0 {
            office::insert_ticket(tx, shelf, agent, team).await?
        } else {
            tx.lock(LOCK, &[id.into()]).await?;
            id
        };
        match (what, agent) {
            (1, _) => {
                tx.execute(RESOLVE, &[id.into()]).await?;
                tx.execute(PURGE, &[id.into()]).await?;
            }
            (2 | 3, Some(agent)) => {
                tx.execute(MENTION, &[id.into(), agent.into(), number.into()])
                    .await?;
            }
            (4, _) => {
                tx.execute(RESOLVE, &[id.into()]).await?;
            }
            _ => {
                let params = [id.into(), shelf.into(), agent.into(), team.into()];
                tx.execute(MOVE, &params).await?;
            }
        }
        let record = Touched { padding: vec![] };
        journal::append(tx, &context, Subject::ticket(id), &record).await?;
        Ok::<_, DbError>(())
    });
    changed.await.unwrap();
}

async fn recount(desk: &Desk, caller: &Caller) -> BTreeMap<String, i64> {
    type Ticket = (TicketId, String, Option<AgentId>, Option<TeamId>);
    let read = async |tx: &mut Tx<'_>| {
        let tickets = tx.all::<Ticket>(ALL, &[]).await?;
        Ok::<_, DbError>((
            tickets,
            tx.all::<(TicketId, AgentId)>(ALL_MENTIONS, &[]).await?,
        ))
    };
    let (tickets, mentions) = desk.kernel.db.read(read).await.unwrap();
    let of = |holds: &dyn Fn(&Ticket) -> bool| {
        i64::try_from(tickets.iter().filter(|ticket| holds(ticket)).count()).unwrap()
    };
    let me = caller.agent;
    let mut counts = BTreeMap::from([
        ("mine".to_owned(), of(&|t| t.1 == "open" && t.2 == Some(me))),
        (
            "unassigned".to_owned(),
            of(&|t| t.1 == "open" && t.2.is_none()),
        ),
        (
            "mentions".to_owned(),
            of(&|t| {
                !["spam", "trash", "bulk"].contains(&t.1.as_str()) && mentions.contains(&(t.0, me))
            }),
        ),
        ("all".to_owned(), of(&|t| t.1 == "open")),
        (
            "team:1".to_owned(),
            of(&|t| t.1 == "open" && t.3 == Some(TeamId(1))),
        ),
    ]);
    for shelf in ["snoozed", "solved", "bulk", "spam", "trash"] {
        counts.insert(shelf.to_owned(), of(&|t| t.1 == shelf));
    }
    counts
}

fn shown(desk: &Desk, caller: &Caller) -> BTreeMap<String, i64> {
    desk.counts
        .views_now(caller)
        .into_iter()
        .map(|view| (view.id, view.count))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_equal_a_recount_after_any_interleaving() {
    each_engine(ROOMS, async |world: World| {
        let desk = fixtures::desk(&world.kernel);
        let _kernel = office::run_kernel(&world);
        let owner = office::signed_in(&world.kernel, "Olga", Role::Owner).await;
        let mia = office::signed_in(&world.kernel, "Mia", Role::Agent).await;
        let agents = [owner.agent, mia.agent];
        let team = desk::teams::commands::NewTeam {
            name: "Billing".to_owned(),
            member_ids: vec![mia.agent],
        };
        let once = kernel::http::IdempotencyKey(None);
        desk::teams::commands::create(&world.kernel, &owner, team, once)
            .await
            .unwrap();
        let mut dice = Dice(7);
        for _ in 0..80 {
            change(&desk, &mut dice, &agents).await;
        }

        let work = (0..4_u64).map(|worker| {
            let desk = desk.clone();
            tokio::spawn(async move {
                let mut dice = Dice(worker);
                for _ in 0..80 {
                    change(&desk, &mut dice, &agents).await;
                }
            })
        });
        let work: Vec<_> = work.collect();
        // Nodes come up one after the other and load while four agents are at work.
        let mut nodes = Vec::new();
        while work.iter().any(|worker| !worker.is_finished()) {
            let node = fixtures::desk(&world.kernel);
            nodes.push((office::run_desk(&node), node));
            // The last records may have been written already.
            let more = world.kernel.live.reached(world.kernel.live.head() + 4);
            let _ = tokio::time::timeout(Duration::from_millis(20), more).await;
            if nodes.len() >= 60 {
                break;
            }
        }
        for worker in work {
            worker.await.unwrap();
        }
        for (_, node) in &nodes {
            office::counted(node).await;
            for caller in [&owner, &mia] {
                let expected = recount(node, caller).await;
                assert_eq!(
                    shown(node, caller),
                    expected,
                    "{} on {}",
                    caller.name,
                    world.engine
                );
                assert!(expected.values().sum::<i64>() > 0);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_waits_for_the_first_load_and_no_longer_than_it_should() {
    each_engine(ROOMS, async |world: World| {
        let desk = fixtures::desk(&world.kernel);
        let _kernel = office::run_kernel(&world);
        let mia = office::signed_in(&world.kernel, "Mia", Role::Agent).await;
        office::ticket(&world.kernel, "open", Some(mia.agent), None).await;
        office::published(&world.kernel).await;

        let asked = tokio::spawn({
            let (desk, mia) = (desk.clone(), mia.clone());
            async move { desk.counts.views(&mia).await }
        });
        tokio::task::yield_now().await;
        world.clock.advance(Duration::from_secs(6));
        let refused = asked.await.unwrap();
        assert!(matches!(
            refused,
            Err(kernel::refusal::Refusal::Unavailable { .. })
        ));

        let _desk = office::run_desk(&desk);
        let views = desk.counts.views(&mia).await.unwrap();
        let mine = views.iter().find(|view| view.id == "mine").unwrap();
        assert_eq!((mine.count, mine.capped), (1, false));
    })
    .await;
}
