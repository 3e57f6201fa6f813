use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::StatusCode;
use desk::fixtures::{mail, mailbox, receive, ticket};
use desk::merges::commands::merge::{Merging, merge};
use desk::merges::commands::split::{Splitting, split};
use desk::merges::commands::unmerge::unmerge;
use desk::messages::commands::note::{NewNote, note};
use desk::messages::commands::receive::Incoming;
use desk::messages::deliveries::outgoing::outgoing;
use desk::messages::sight::{Viewer, may_see_stored};
use desk::tickets::commands::Whom;
use desk::tickets::commands::edit::{Edit, edit};
use desk::tickets::commands::place::place;
use desk::tickets::{LinkKind, Place, Shelf, Status};
use desk::views::rules::Facts;
use desk::{attachments, merges, messages, tickets};
use identity::{Caller, Role};
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::ids::{AgentId, CustomerId, TeamId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde_json::{Value, json};
use testkit::each_engine;

use crate::around::office;
use crate::{ROOMS, Scene, code};

/// A small generator of the test's own, so that each run repeats exactly.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

type Row = (TicketId, Shelf, Option<AgentId>, Option<TeamId>);
const ALL: &str = "SELECT id, shelf, assignee_id, team_id FROM tickets";
const ALL_MENTIONS: &str = "SELECT DISTINCT ticket_id, agent_id FROM mentions";
const PEOPLE: [&str; 4] = [
    "ana@x.example",
    "ben@y.example",
    "cleo@z.example",
    "dan@x.example",
];

async fn version(scene: &Scene, id: TicketId) -> i64 {
    scene.ticket(id).await.version
}

async fn merge_as(
    scene: &Scene,
    caller: &Caller,
    survivor: TicketId,
    sources: &[TicketId],
    add: &[CustomerId],
) -> Result<(), Refusal> {
    let mut seen = Vec::new();
    for id in sources {
        seen.push((*id, version(scene, *id).await));
    }
    let merging = Merging {
        version: version(scene, survivor).await,
        sources: seen,
        add: add.to_vec(),
    };
    merge(
        &scene.desk,
        caller,
        survivor,
        merging,
        IdempotencyKey::default(),
    )
    .await
}

async fn join(scene: &Scene, survivor: TicketId, sources: &[TicketId]) {
    merge_as(scene, &scene.mia, survivor, sources, &[])
        .await
        .unwrap();
}

async fn part(scene: &Scene, survivor: TicketId, source: TicketId, picked: &[i64]) {
    let seen = version(scene, survivor).await;
    let tickets = (survivor, source);
    unmerge(&scene.desk, &scene.mia, tickets, seen, picked.to_vec())
        .await
        .unwrap();
}

async fn answer(scene: &Scene, into: TicketId, email: &str, text: &str) -> i64 {
    let incoming = Incoming {
        into: Some(into),
        message_id: Some(format!("{}@mail.example", text.replace(' ', "-"))),
        ..mail(email, "Re: order", text)
    };
    receive(&scene.desk, incoming).await.number
}

async fn change(scene: &Scene, id: TicketId, with: impl FnOnce(Edit) -> Edit) {
    let edited = with(Edit {
        version: version(scene, id).await,
        ..Edit::default()
    });
    edit(&scene.desk, &scene.mia, id, edited).await.unwrap();
}

/// One thing that happens to a ticket, by the dice.
async fn happen(scene: &Scene, dice: &mut Dice, id: TicketId, who: &str, round: usize) {
    match dice.below(8) {
        0 | 1 => {
            answer(scene, id, who, &format!("mail {id} {round}")).await;
        }
        2 => {
            let seen = scene.ticket(id).await.last_number;
            scene
                .reply(id, seen, &format!("<p>answer {round}</p>"))
                .await
                .unwrap();
            if dice.below(3) > 0 {
                scene.world.clock.advance(Duration::from_secs(20));
                scene.jobs().await;
            }
        }
        3 => {
            let new = NewNote {
                html: format!("<p>note {round}</p>"),
                mentions: vec![scene.mia.agent],
                ..NewNote::default()
            };
            let once = IdempotencyKey::default();
            note(&scene.desk, &scene.mia, id, new, once).await.unwrap();
        }
        4 => {
            let to = [Status::Open, Status::Pending, Status::Solved][dice.below(3)];
            change(scene, id, |edit| Edit {
                status: Some(to),
                ..edit
            })
            .await;
        }
        5 => {
            let tags = ["late", "vip", "lamp"][..dice.below(3) + 1].iter();
            let tags = tags.map(|tag| (*tag).to_owned()).collect();
            change(scene, id, |edit| Edit {
                tags: Some(tags),
                ..edit
            })
            .await;
        }
        6 => {
            let cc = PEOPLE[dice.below(PEOPLE.len())];
            change(scene, id, |edit| Edit {
                cc: Some(vec![mailbox(cc)]),
                ..edit
            })
            .await;
        }
        _ => {
            let assignee = Some(scene.mia.agent).filter(|_| dice.below(2) == 0);
            change(scene, id, |edit| Edit {
                assignee: Some(assignee),
                ..edit
            })
            .await;
        }
    }
    scene.world.clock.advance(Duration::from_secs(1));
}

/// Everything that hangs on the tickets, as text; versions and the time of the last change aside,
/// since bringing back is a change, and `last_number`, since numbers are never given twice.
async fn picture(scene: &Scene, ids: &[TicketId]) -> Vec<String> {
    let (kernel, wanted) = (scene.world.kernel.clone(), ids.to_vec());
    let mut seen = scene
        .world
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Vec<String>, Refusal> {
                let mut seen = Vec::new();
                for id in &wanted {
                    let id = *id;
                    let mut ticket = tickets::store::find(tx, id).await?.unwrap();
                    (ticket.version, ticket.last_number) = (0, 0);
                    ticket.updated_at = Timestamp::from_micros(0);
                    let snippet = match &ticket.snippet {
                        Some(snippet) => kernel.keys.decrypt(tx, snippet).await?,
                        None => None,
                    };
                    seen.push(format!("{ticket:?} {snippet:?}"));
                    let all = messages::store::before(tx, id, i64::MAX, 1_000).await?;
                    seen.push(format!("{all:?}"));
                    for message in &all {
                        seen.push(format!(
                            "{:?}",
                            kernel.keys.decrypt(tx, &message.text).await?
                        ));
                    }
                    seen.push(format!("{:?}", tickets::store::tags(tx, id).await?));
                    seen.push(format!("{:?}", tickets::store::cc(tx, id).await?));
                    seen.push(format!("{:?}", tickets::store::watchers(tx, id).await?));
                    seen.push(format!("{:?}", tickets::store::links(tx, id).await?));
                    seen.push(format!("{:?}", messages::store::mentions(tx, id).await?));
                    let handed = messages::deliveries::store::of_messages(tx, id, 0, 1_000).await?;
                    seen.push(format!("{handed:?}"));
                    let files = attachments::store::of_ticket(tx, id).await?;
                    seen.push(format!("{files:?}"));
                    let ids = messages::message_ids::of_ticket(tx, id, 1_000, 1_000).await?;
                    seen.push(format!("{ids:?}"));
                    seen.push(format!("{:?}", merges::store::recount(tx, id).await?));
                }
                Ok(seen)
            },
        )
        .await
        .unwrap();
    for id in ids {
        let row = scene.get(&format!("/tickets/{id}")).await;
        seen.push(format!("unread: {}", row["unread"]));
        let timeline = scene.get(&format!("/tickets/{id}/timeline")).await;
        let items = timeline["items"].as_array().unwrap().iter();
        let said: Vec<_> = items.filter(|item| item["type"] == "message").collect();
        seen.push(format!("{said:?}"));
    }
    seen
}

/// The counts of mia's views, and what a recount of the tickets gives.
async fn counts(scene: &Scene) -> (BTreeMap<String, i64>, BTreeMap<String, i64>) {
    office::counted(&scene.desk).await;
    let mia = scene.mia.clone();
    let (open, all) = scene
        .world
        .kernel
        .db
        .read(async |tx: &mut Tx<'_>| -> Result<_, DbError> {
            let page = tx.all::<Row>(ALL, &[]).await?;
            let mentions = tx.all::<(TicketId, AgentId)>(ALL_MENTIONS, &[]).await?;
            Ok((page, mentions))
        })
        .await
        .unwrap();
    let mut recounted: BTreeMap<String, i64> = BTreeMap::new();
    for (id, shelf, assignee, team) in &open {
        let facts = Facts {
            shelf: *shelf,
            assignee: assignee.filter(|agent| *agent == mia.agent),
            team: *team,
        };
        let theirs = assignee.is_some_and(|agent| agent != mia.agent);
        assert!(!theirs, "only mia has tickets here");
        let mentioned = all.contains(&(*id, mia.agent));
        let names = desk::views::rules::views_of(facts).map(|view| view.to_string());
        let more = (mentioned && desk::views::rules::shows_mentions(facts.shelf))
            .then(|| "mentions".to_owned());
        for name in names.chain(more) {
            *recounted.entry(name).or_default() += 1;
        }
    }
    let views = scene.desk.counts.views_now(&mia);
    let counted = views
        .into_iter()
        .filter(|view| view.count > 0)
        .map(|view| (view.id, view.count));
    (counted.collect(), recounted)
}

async fn world_of(scene: &Scene, dice: &mut Dice, rounds: usize) -> Vec<TicketId> {
    let mut ids = Vec::new();
    for who in PEOPLE.iter().take(3) {
        ids.push(ticket(&scene.desk, who).await);
        scene.world.clock.advance(Duration::from_secs(1));
    }
    for round in 0..rounds {
        let at = dice.below(3);
        happen(scene, dice, ids[at], PEOPLE[at], round).await;
    }
    ids
}

#[tokio::test]
async fn bringing_back_with_no_later_activity_is_the_identity() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let _kernel = office::run_kernel(&scene.world);
        let _desk = office::run_desk(&scene.desk);
        for seed in 0..6 {
            let mut dice = Dice(seed);
            let ids = world_of(&scene, &mut dice, 12).await;
            let before = picture(&scene, &ids).await;
            let (counted, recounted) = counts(&scene).await;
            assert_eq!(counted, recounted);

            let survivor = ids[dice.below(3)];
            let mut sources: Vec<TicketId> =
                ids.iter().copied().filter(|id| *id != survivor).collect();
            if dice.below(2) == 0 {
                join(&scene, survivor, &sources).await;
            } else {
                join(&scene, survivor, &sources[..1]).await;
                join(&scene, survivor, &sources[1..]).await;
            }
            let (counted, recounted) = counts(&scene).await;
            assert_eq!(counted, recounted, "seed {seed} while merged");
            if dice.below(2) == 0 {
                sources.reverse();
            }
            for source in sources {
                part(&scene, survivor, source, &[]).await;
            }
            let after = picture(&scene, &ids).await;
            for (before, after) in before.iter().zip(&after) {
                assert_eq!(before, after, "seed {seed}");
            }
            assert_eq!(before.len(), after.len());
            let (again, recounted) = counts(&scene).await;
            assert_eq!(again, recounted, "seed {seed} after");
        }
    })
    .await;
}

/// Every message by what it says, with where it is and who of the customers may see it.
async fn sights(scene: &Scene, ids: &[TicketId]) -> BTreeMap<i64, (TicketId, BTreeSet<String>)> {
    let (kernel, wanted) = (scene.world.kernel.clone(), ids.to_vec());
    scene
        .world
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            let mut seen = BTreeMap::new();
            let mut viewers = Vec::new();
            for who in PEOPLE {
                viewers.push((who, Viewer::at(tx, who).await?));
            }
            for id in &wanted {
                for message in messages::store::before(tx, *id, i64::MAX, 1_000).await? {
                    let mut by = BTreeSet::new();
                    for (who, viewer) in &viewers {
                        if may_see_stored(&kernel, tx, viewer, &message).await? {
                            by.insert((*who).to_owned());
                        }
                    }
                    let known = seen.insert(message.record.0, (*id, by));
                    assert!(known.is_none(), "a message is there twice");
                }
            }
            Ok(seen)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn whatever_happens_no_message_is_lost_doubled_or_shown_to_a_new_person() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let _kernel = office::run_kernel(&scene.world);
        let _desk = office::run_desk(&scene.desk);
        for seed in 100..104 {
            let mut dice = Dice(seed);
            let mut ids = world_of(&scene, &mut dice, 6).await;
            let mut known = sights(&scene, &ids).await;
            for round in 0..24 {
                let at = dice.below(ids.len());
                let id = ids[at];
                let whole = scene.ticket(id).await.place != Place::Merged;
                match dice.below(6) {
                    0 => {
                        let other = ids[dice.below(ids.len())];
                        // Refusals (itself, shells, cycles) are part of the game.
                        let done = merge_as(&scene, &scene.mia, id, &[other], &[]).await;
                        let shell = scene.ticket(other).await.place == Place::Merged;
                        assert!(done.is_err() || shell);
                    }
                    1 => {
                        let taken = taken(&scene, id).await;
                        if let Some(source) = taken.first()
                            && whole
                        {
                            part(&scene, id, *source, &[]).await;
                        }
                    }
                    2 if whole => {
                        let splitting = Splitting {
                            version: version(&scene, id).await,
                            numbers: vec![i64::try_from(dice.below(6)).unwrap()],
                            subject: format!("Split {round}"),
                            requester: None,
                        };
                        let once = IdempotencyKey::default();
                        if let Ok(new) = split(&scene.desk, &scene.mia, id, splitting, once).await {
                            ids.push(new);
                        }
                    }
                    _ if whole => {
                        let who = PEOPLE[dice.below(3)];
                        happen(&scene, &mut dice, id, who, round + 100).await;
                    }
                    _ => {
                        let who = PEOPLE[dice.below(3)];
                        answer(&scene, id, who, &format!("late {id} {round}")).await;
                    }
                }
                let now = sights(&scene, &ids).await;
                for (record, (_, by)) in &known {
                    let (_, still) = now.get(record).expect("no message is lost");
                    let new: Vec<_> = still.difference(by).collect();
                    // A reply that leaves is seen by those it goes to; nothing else changes.
                    let left = by.is_empty();
                    assert!(new.is_empty() || left, "seed {seed}: shown to {new:?}");
                }
                known = now;
            }
            for id in &ids {
                let ticket = scene.ticket(*id).await;
                let id = *id;
                let found = scene
                    .world
                    .kernel
                    .db
                    .read(async move |tx: &mut Tx<'_>| merges::store::recount(tx, id).await)
                    .await
                    .unwrap();
                let told = (ticket.message_count, ticket.failed_deliveries);
                assert_eq!(told, (found.0, found.1), "seed {seed} ticket {id}");
            }
            let (counted, recounted) = counts(&scene).await;
            assert_eq!(counted, recounted, "seed {seed}");
        }
    })
    .await;
}

async fn taken(scene: &Scene, id: TicketId) -> Vec<TicketId> {
    scene
        .world
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| merges::store::into(tx, id).await)
        .await
        .unwrap()
        .into_iter()
        .map(|taken| taken.source)
        .collect()
}

#[tokio::test]
async fn old_ways_lead_to_the_survivor_and_its_people_stay_apart() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ana = ticket(&scene.desk, "ana@x.example").await;
        let ben = ticket(&scene.desk, "ben@y.example").await;
        let cleo = ticket(&scene.desk, "cleo@z.example").await;
        join(&scene, ben, &[cleo]).await;
        join(&scene, ana, &[ben]).await;

        // A chain of merges: what was for the first is on the last.
        let number = answer(&scene, cleo, "cleo@z.example", "me again").await;
        assert_eq!(number, 4);
        let row = scene.get(&format!("/tickets/{ana}")).await;
        assert_eq!(row["message_count"], 4);
        assert_eq!(
            row["cc"].as_array().unwrap().len(),
            0,
            "nobody is brought in"
        );
        let apart: Vec<_> = row["apart"].as_array().unwrap().iter().collect();
        assert_eq!(apart.len(), 2, "{apart:?}");
        assert_eq!(row["merged"][0]["id"], ben.0);
        let shell = scene.get(&format!("/tickets/{cleo}")).await;
        assert_eq!(shell["merged_into"], ana.0);
        assert_eq!(shell["may"]["reply"], false);
        assert_eq!(scene.ticket(cleo).await.shelf, Shelf::Merged);
        for address in ["ana@x.example", "ben@y.example", "cleo@z.example"] {
            let address = customers::MailAddress::parse(address).unwrap();
            let belongs = scene
                .world
                .kernel
                .db
                .read(async move |tx: &mut Tx<'_>| tickets::store::belongs(tx, ana, &address).await)
                .await
                .unwrap();
            assert!(belongs);
        }

        // A reply reaches the requester only, with what the requester wrote.
        scene.reply(ana, 4, "<p>Soon.</p>").await.unwrap();
        scene.world.clock.advance(Duration::from_secs(20));
        scene.jobs().await;
        let kernel = scene.world.kernel.clone();
        let sent = scene
            .world
            .kernel
            .db
            .read(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
                let handed = messages::deliveries::store::of_messages(tx, ana, 5, 5).await?;
                assert_eq!(handed.len(), 1);
                outgoing(&kernel, tx, handed[0].id).await
            })
            .await
            .unwrap()
            .unwrap();
        assert_eq!(sent.to[0].email, "ana@x.example");
        assert_eq!(sent.answered.unwrap().author.email, "ana@x.example");
        let timeline = scene.get(&format!("/tickets/{ana}/timeline")).await;
        let items = timeline["items"].as_array().unwrap();
        assert!(items.iter().any(|item| item["kind"] == "ticket.absorbed"));
    })
    .await;
}

#[tokio::test]
async fn a_scheduled_reply_leaves_to_its_own_customer_after_a_merge() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ana = ticket(&scene.desk, "ana@x.example").await;
        let ben = ticket(&scene.desk, "ben@y.example").await;
        scene.reply(ben, 1, "<p>Dear Ben</p>").await.unwrap();
        join(&scene, ana, &[ben]).await;
        scene.world.clock.advance(Duration::from_secs(20));
        scene.jobs().await;
        let handed = scene
            .world
            .kernel
            .db
            .read(async move |tx: &mut Tx<'_>| {
                messages::deliveries::store::of_messages(tx, ana, 1, 9).await
            })
            .await
            .unwrap();
        assert_eq!(handed.len(), 1);
        assert_eq!(handed[0].number, 3);
        let timeline = scene.get(&format!("/tickets/{ana}/timeline")).await;
        let items = timeline["items"].as_array().unwrap();
        let reply = items.iter().find(|item| item["number"] == 3).unwrap();
        assert_eq!(reply["state"], "released");
        assert_eq!(reply["to"][0]["email"], "ben@y.example");
        assert_eq!(scene.ticket(ana).await.status, Status::New);
        part(&scene, ana, ben, &[]).await;
        assert_eq!(scene.ticket(ben).await.message_count, 2);
        assert_eq!(scene.ticket(ana).await.message_count, 1);
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_merged_is_refused_with_the_reason() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let light = scene.agent("Lea", Role::LightAgent).await;
        let [a, b, c, d] = [
            ticket(&scene.desk, "ana@x.example").await,
            ticket(&scene.desk, "ben@y.example").await,
            ticket(&scene.desk, "cleo@z.example").await,
            ticket(&scene.desk, "dan@x.example").await,
        ];
        let refused = async |caller: &Caller, into: TicketId, from: &[TicketId]| {
            let done = merge_as(&scene, caller, into, from, &[]).await;
            code(&done.unwrap_err())
        };
        assert_eq!(refused(&light, a, &[b]).await, "not_allowed");
        assert_eq!(refused(&scene.mia, a, &[a]).await, "invalid");
        assert_eq!(refused(&scene.mia, a, &[b, b]).await, "invalid");
        let seen = version(&scene, d).await;
        place(&scene.desk, &scene.mia, d, seen, Place::Spam)
            .await
            .unwrap();
        assert_eq!(refused(&scene.mia, a, &[d]).await, "not_on_desk");
        assert_eq!(refused(&scene.mia, d, &[a]).await, "not_on_desk");
        let stranger = merge_as(&scene, &scene.mia, a, &[b], &[CustomerId(99)]).await;
        assert_eq!(code(&stranger.unwrap_err()), "invalid");
        // All or none.
        assert_eq!(refused(&scene.mia, a, &[b, d]).await, "not_on_desk");
        assert_eq!(scene.ticket(b).await.place, Place::Desk);

        join(&scene, a, &[b]).await;
        assert_eq!(refused(&scene.mia, b, &[a]).await, "ticket_merged");
        assert_eq!(refused(&scene.mia, c, &[b]).await, "ticket_merged");
        let note = scene.reply(b, 1, "<p>x</p>").await.unwrap_err();
        assert_eq!(code(&note), "ticket_merged");
        let seen = version(&scene, c).await;
        let to = place(&scene.desk, &scene.mia, c, seen, Place::Merged).await;
        assert_eq!(code(&to.unwrap_err()), "invalid");
        join(&scene, c, &[a]).await;
        let inner = (a, b);
        let seen = version(&scene, a).await;
        let early = unmerge(&scene.desk, &scene.mia, inner, seen, Vec::new()).await;
        assert_eq!(code(&early.unwrap_err()), "ticket_merged");
        let other = unmerge(&scene.desk, &scene.mia, (c, b), 1, Vec::new()).await;
        assert_eq!(code(&other.unwrap_err()), "not_merged");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_merge_the_same_tickets_one_is_told() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        for _ in 0..5 {
            let a = ticket(&scene.desk, "ana@x.example").await;
            let b = ticket(&scene.desk, "ben@y.example").await;
            let (to, back) = ([b], [a]);
            let (one, two) = tokio::join!(
                merge_as(&scene, &scene.mia, a, &to, &[]),
                merge_as(&scene, &ben, b, &back, &[]),
            );
            let told = match (one, two) {
                (Ok(()), Err(told)) | (Err(told), Ok(())) => told,
                other => panic!("exactly one merges: {other:?}"),
            };
            assert!(["ticket_merged", "stale_version"].contains(&code(&told)));
            let all = sights(&scene, &[a, b]).await;
            assert_eq!(all.len(), 2);
        }
    })
    .await;
}

#[tokio::test]
async fn split_messages_begin_a_linked_ticket_and_later_ones_can_go_along() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ana = ticket(&scene.desk, "ana@x.example").await;
        answer(&scene, ana, "ana@x.example", "And another thing").await;
        let splitting = |numbers: Vec<i64>, version| Splitting {
            version,
            numbers,
            subject: "Another thing".to_owned(),
            requester: Some(Whom::Address(mailbox("ben@y.example"))),
        };
        let seen = version(&scene, ana).await;
        let once = IdempotencyKey::default;
        let all = split(
            &scene.desk,
            &scene.mia,
            ana,
            splitting(vec![1, 2], seen),
            once(),
        )
        .await;
        assert_eq!(code(&all.unwrap_err()), "invalid");
        let new = split(
            &scene.desk,
            &scene.mia,
            ana,
            splitting(vec![2], seen),
            once(),
        )
        .await
        .unwrap();
        let row = scene.get(&format!("/tickets/{new}")).await;
        assert_eq!(row["requester"]["email"], "ben@y.example");
        assert_eq!(row["message_count"], 1);
        assert_eq!(row["snippet"], "And another thing");
        assert_eq!(row["linked"][0]["id"], ana.0);
        assert_eq!(row["linked"][0]["kind"], "split");
        let old = scene.get(&format!("/tickets/{ana}")).await;
        assert_eq!(old["message_count"], 1);
        assert_eq!(old["snippet"], "It should be here by now.");

        join(&scene, ana, &[new]).await;
        let later = answer(&scene, new, "ben@y.example", "Is it mine").await;
        part(&scene, ana, new, &[later]).await;
        let back = scene.get(&format!("/tickets/{new}")).await;
        assert_eq!(back["message_count"], 2);
        assert_eq!(back["snippet"], "Is it mine");
        assert_eq!(scene.ticket(ana).await.message_count, 1);
        let links = scene
            .world
            .kernel
            .db
            .read(async move |tx: &mut Tx<'_>| tickets::store::links(tx, ana).await)
            .await
            .unwrap();
        assert_eq!(links[0].2, LinkKind::Split);
    })
    .await;
}

/// The states of what is promised on a ticket, and the numbers of its abusive messages.
async fn hangs(scene: &Scene, id: TicketId) -> (Vec<Value>, Vec<i64>) {
    let together = scene.get(&format!("/tickets/{id}/together")).await;
    let promises = together["promises"].as_array().unwrap();
    let states = promises.iter().map(|it| it["state"].clone()).collect();
    let read = async move |tx: &mut Tx<'_>| -> Result<Vec<(i64,)>, DbError> {
        const MARKS: &str = "SELECT number FROM abuse_marks WHERE ticket_id = $1 ORDER BY number";
        tx.all(MARKS, &[id.into()]).await
    };
    let marks = scene.world.kernel.db.read(read).await.unwrap();
    (states, marks.into_iter().map(|(number,)| number).collect())
}

#[tokio::test]
async fn what_hangs_on_a_ticket_goes_with_it_and_comes_back_with_it() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ana = ticket(&scene.desk, "ana@x.example").await;
        let ben = ticket(&scene.desk, "ben@y.example").await;
        answer(&scene, ben, "ben@y.example", "a zebra ate it").await;
        let due = scene.world.kernel.clock.now().plus(Duration::from_mins(60));
        let wanted = json!({"note": "write to Ben", "due_at": due});
        let path = format!("/tickets/{ben}/promises");
        let (status, made) = scene.call(&scene.mia, "POST", &path, Some(wanted)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let path = format!("/tickets/{ben}/messages/2/abuse");
        let wanted = json!({"kind": "insult"});
        let (status, made) = scene.call(&scene.mia, "PUT", &path, Some(wanted)).await;
        assert!(status.is_success(), "{made}");
        let search = async |word: &str| -> Vec<TicketId> {
            scene.world.settle().await;
            scene.desk.search.catch_up().await.unwrap();
            let found = desk::search::http::find(&scene.desk, &scene.mia, word, (0, 20)).await;
            let items = found.unwrap().items.into_iter();
            items.map(|hit| hit.ticket.id).collect()
        };
        assert_eq!(search("zebra").await, [ben]);

        join(&scene, ana, &[ben]).await;
        assert_eq!(hangs(&scene, ben).await, (Vec::new(), Vec::new()));
        assert_eq!(hangs(&scene, ana).await, (vec![json!("open")], vec![3]));
        assert_eq!(search("zebra").await, [ana]);
        scene.world.clock.advance(Duration::from_mins(60));
        scene.jobs().await;
        assert_eq!(hangs(&scene, ana).await.0, [json!("due")]);

        part(&scene, ana, ben, &[]).await;
        assert_eq!(hangs(&scene, ana).await, (Vec::new(), Vec::new()));
        assert_eq!(hangs(&scene, ben).await, (vec![json!("due")], vec![2]));
        assert_eq!(search("zebra").await, [ben]);
    })
    .await;
}
