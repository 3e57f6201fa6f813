//! States, offers and routing, on both engines.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use desk::fixtures::{mail, receive};
use desk::routing::commands::deal::{Outcome, deal};
use desk::routing::commands::{after_abuse, offers, set_up};
use desk::routing::rules::{Decision, decide};
use desk::routing::{
    ClosedHours, Deed, Mode, OfferState, Queue, Strategy, TeamRouting, Why, board, store,
};
use desk::states::commands::{Choice, choose, choose_for, sweep};
use desk::states::{self, AgentState};
use desk::teams;
use desk::tickets::commands::edit::{Edit, edit};
use desk::tickets::{Channel, Status};
use identity::{Caller, Role};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::ids::{TeamId, TicketId};
use kernel::journal::Context;
use kernel::leases::{self, Lease};
use kernel::refusal::Refusal;
use serde_json::{Value, json};
use testkit::each_engine;

use crate::{ROOMS, Scene, code};

struct Floor {
    scene: Scene,
    olga: Caller,
    ben: Caller,
    team: TeamId,
    lease: Lease,
}

fn queue(mode: Mode) -> Queue {
    Queue {
        channel: Channel::Email,
        mode,
        strategy: Strategy::LongestIdle,
        previous_agent_first: false,
        account_owner_first: false,
        units: 1,
        offer_seconds: 45,
        lower_after: Some(10),
        drop_after: Some(20),
        overflow_team_id: None,
        overflow_after: None,
        closed: ClosedHours::Wait,
    }
}

impl Floor {
    /// Mia and Ben, both available, in one team with a queue.
    async fn open(world: testkit::World, mode: Mode) -> Self {
        let scene = Scene::open(world).await;
        let olga = scene.agent("Olga", Role::Owner).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let new = teams::commands::NewTeam {
            name: "Line".to_owned(),
            member_ids: vec![scene.mia.agent, ben.agent],
        };
        let kernel = scene.desk.kernel.clone();
        let team = teams::commands::create(&kernel, &olga, new, IdempotencyKey::default())
            .await
            .unwrap()
            .id;
        let lease = leases::acquire(&kernel.db, "routing", "test", Duration::from_secs(9_000))
            .await
            .unwrap()
            .unwrap();
        let floor = Self {
            scene,
            olga,
            ben,
            team,
            lease,
        };
        floor.set_up(0, vec![queue(mode)]).await;
        floor.state(&floor.scene.mia, AgentState::Available).await;
        floor.tick(1);
        floor.state(&floor.ben, AgentState::Available).await;
        floor
    }

    async fn set_up(&self, version: i64, queues: Vec<Queue>) {
        let setting = TeamRouting {
            team_id: self.team,
            ceiling_min: 50,
            ceiling_max: 100,
            recovery_minutes: 5,
            queues,
            version,
        };
        let kernel = &self.scene.desk.kernel;
        set_up::put_team(kernel, &self.olga, setting).await.unwrap();
    }

    async fn state(&self, caller: &Caller, state: AgentState) {
        let choice = Choice {
            state,
            reason: None,
        };
        choose(&self.scene.desk.kernel, caller, choice)
            .await
            .unwrap();
    }

    fn tick(&self, seconds: u64) {
        self.scene.world.clock.advance(Duration::from_secs(seconds));
    }

    async fn mail(&self, name: &str) -> TicketId {
        let mut incoming = mail(&format!("{name}@x.example"), "Where is it?", "Where is it?");
        incoming.team = Some(self.team);
        self.tick(1);
        receive(&self.scene.desk, incoming).await.ticket
    }

    async fn route(&self) {
        let desk = &self.scene.desk;
        desk.routing.load(&desk.kernel).await.unwrap();
        assert!(desk.routing.act(desk, &self.lease).await.unwrap());
    }

    /// What lies before somebody.
    async fn offer(&self, caller: &Caller) -> Option<store::Offer> {
        let agent = caller.agent;
        let read = async move |tx: &mut Tx<'_>| store::offer_of(tx, agent).await;
        self.scene
            .desk
            .kernel
            .db
            .read::<_, kernel::db::DbError, _>(read)
            .await
            .unwrap()
    }

    async fn assignee(&self, id: TicketId) -> Option<i64> {
        self.scene.ticket(id).await.assignee.map(|agent| agent.0)
    }

    async fn records(&self, kind: &str) -> Vec<Value> {
        let all = self.scene.world.journal().await;
        all.iter()
            .filter(|record| record.kind == kind)
            .map(|record| serde_json::from_str(&record.body).unwrap())
            .collect()
    }
}

#[tokio::test]
async fn an_offer_is_accepted_and_explains_itself() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Push).await;
        let kernel = &floor.scene.desk.kernel;
        let id = floor.mail("ana").await;
        floor.route().await;
        let offer = floor
            .offer(&floor.scene.mia)
            .await
            .expect("Mia is idle for longest");
        assert_eq!((offer.ticket, floor.offer(&floor.ben).await), (id, None));
        let routed = &floor.records("ticket.routed").await[0];
        assert_eq!(routed["deed"], "offered");
        assert_eq!(routed["why"], "longest_idle");
        assert_eq!(routed["of"], 2);
        assert_eq!(routed["considered"][0]["agent"], floor.scene.mia.agent.0);
        let timeline = floor.scene.get(&format!("/tickets/{id}/timeline")).await;
        let events = timeline["items"].as_array().unwrap();
        let shown = events
            .iter()
            .find(|item| item["kind"] == "ticket.routed")
            .unwrap();
        assert_eq!(shown["changes"]["chosen"]["to"], floor.scene.mia.agent.0);
        let mine = floor.scene.get("/offers").await;
        assert_eq!(mine["items"][0]["subject"], "Where is it?");
        assert_eq!(mine["items"][0]["requester_name"], "ana");
        let strange = offers::accept(kernel, &floor.ben, offer.id).await;
        assert_eq!(code(&strange.unwrap_err()), "not_found");
        assert_eq!(
            offers::accept(kernel, &floor.scene.mia, offer.id)
                .await
                .unwrap(),
            id
        );
        assert_eq!(floor.assignee(id).await, Some(floor.scene.mia.agent.0));
        assert_eq!(floor.scene.ticket(id).await.status, Status::Open);
        let late = offers::accept(kernel, &floor.scene.mia, offer.id).await;
        assert_eq!(code(&late.unwrap_err()), "offer_ended");
        let load = floor.scene.get("/me/load").await;
        assert_eq!(
            (&load["units"], &load["units_max"]),
            (&json!(1), &json!(10))
        );
    })
    .await;
}

#[tokio::test]
async fn offers_are_passed_on_time_out_and_are_taken_back() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Push).await;
        let kernel = &floor.scene.desk.kernel;
        let lead = floor.scene.agent("Lena", Role::Lead).await;
        floor.mail("ana").await;
        floor.route().await;
        let first = floor.offer(&floor.scene.mia).await.unwrap();
        offers::decline(
            kernel,
            &floor.scene.mia,
            first.id,
            Some("Just on the phone"),
        )
        .await
        .unwrap();
        floor.route().await;
        assert_eq!(floor.offer(&floor.scene.mia).await, None);
        assert!(floor.offer(&floor.ben).await.is_some());
        floor.tick(45);
        floor.route().await;
        // Both passed it on: it waits until somebody may be asked again.
        assert_eq!(floor.offer(&floor.ben).await, None);
        assert_eq!(floor.offer(&floor.scene.mia).await, None);
        floor.tick(10 * 60);
        floor.route().await;
        let again = floor
            .offer(&floor.scene.mia)
            .await
            .or(floor.offer(&floor.ben).await);
        let again = again.expect("it is offered again");
        let denied = offers::take_back(kernel, &floor.ben, again.id).await;
        assert_eq!(code(&denied.unwrap_err()), "not_allowed");
        offers::take_back(kernel, &lead, again.id).await.unwrap();
        let ends = floor.records("ticket.offer_ended").await;
        let ends: Vec<&str> = ends.iter().map(|it| it["end"].as_str().unwrap()).collect();
        assert_eq!(ends, ["declined", "timed_out", "taken_back"]);
    })
    .await;
}

#[tokio::test]
async fn a_picked_ticket_ends_its_offer() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Push).await;
        let id = floor.mail("ana").await;
        floor.route().await;
        let offer = floor.offer(&floor.scene.mia).await.unwrap();
        let pick = Edit {
            version: floor.scene.ticket(id).await.version,
            assignee: Some(Some(floor.ben.agent)),
            ..Edit::default()
        };
        edit(&floor.scene.desk, &floor.ben, id, pick).await.unwrap();
        floor.route().await;
        let kernel = &floor.scene.desk.kernel;
        let read = async move |tx: &mut Tx<'_>| store::offer(tx, offer.id).await;
        let offer = kernel
            .db
            .read::<_, kernel::db::DbError, _>(read)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(offer.state, OfferState::Withdrawn);
        assert_eq!(floor.assignee(id).await, Some(floor.ben.agent.0));
    })
    .await;
}

#[tokio::test]
async fn whoever_goes_home_gives_waiting_work_back_and_keeps_what_is_pending() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Auto).await;
        let (asks, answered) = (floor.mail("ana").await, floor.mail("bob").await);
        floor.state(&floor.ben, AgentState::Break).await;
        floor.route().await;
        let mia = floor.scene.mia.agent.0;
        assert_eq!(floor.assignee(asks).await, Some(mia));
        assert_eq!(floor.assignee(answered).await, Some(mia));
        let pending = Edit {
            version: floor.scene.ticket(answered).await.version,
            status: Some(Status::Pending),
            ..Edit::default()
        };
        edit(&floor.scene.desk, &floor.scene.mia, answered, pending)
            .await
            .unwrap();
        // Her last screen is gone; five minutes later she is at home.
        floor.tick(296);
        assert_eq!(sweep(&floor.scene.desk.kernel).await.unwrap(), 0);
        states::commands::seen(&floor.scene.desk.kernel, floor.ben.agent)
            .await
            .unwrap();
        floor.tick(1);
        assert_eq!(sweep(&floor.scene.desk.kernel).await.unwrap(), 1);
        floor.scene.jobs().await;
        assert_eq!(floor.assignee(asks).await, None);
        assert_eq!(floor.assignee(answered).await, Some(mia));
        let changed = floor.records("agent.state_changed").await;
        let last = changed.last().unwrap();
        assert_eq!(
            (&last["cause"], &last["state"]["to"]),
            (&json!("gone"), &json!("offline"))
        );
        assert_eq!(floor.records("ticket.returned").await.len(), 1);
        floor.state(&floor.ben, AgentState::Available).await;
        floor.route().await;
        assert_eq!(floor.assignee(asks).await, Some(floor.ben.agent.0));
    })
    .await;
}

#[tokio::test]
async fn a_lead_chooses_for_a_colleague_but_never_work() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Off).await;
        let lead = floor.scene.agent("Lena", Role::Lead).await;
        let path = format!("/agents/{}/state", floor.scene.mia.agent);
        let body = json!({"state": "break", "reason": "Lunch together"});
        let (status, _) = floor
            .scene
            .call(&floor.ben, "PUT", &path, Some(body.clone()))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = floor.scene.call(&lead, "PUT", &path, Some(body)).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let states = floor.scene.get("/states").await;
        assert_eq!(states["items"][0]["state"], "break");
        assert_eq!(states["items"][0]["cause"], "lead");
        assert_eq!(states["items"][0]["set_by_id"], lead.agent.0);
        assert_eq!(states["items"][0]["reason"], "Lunch together");
        let (_, of_ben) = floor.scene.call(&floor.ben, "GET", "/states", None).await;
        assert_eq!(of_ben["items"][0]["reason"], Value::Null);
        let choice = Choice {
            state: AgentState::Available,
            reason: None,
        };
        let kernel = &floor.scene.desk.kernel;
        let forced = choose_for(kernel, &lead, floor.scene.mia.agent, choice).await;
        assert_eq!(code(&forced.unwrap_err()), "invalid");
    })
    .await;
}

#[tokio::test]
async fn after_abuse_an_agent_rests_and_nobody_else_sees_it() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Push).await;
        let kernel = &floor.scene.desk.kernel;
        floor.mail("ana").await;
        floor.route().await;
        assert!(floor.offer(&floor.scene.mia).await.is_some());
        let (mia, now) = (floor.scene.mia.agent, kernel.clock.now());
        let write = async move |tx: &mut Tx<'_>| after_abuse(tx, mia, now).await;
        kernel.db.write(write).await.unwrap();
        floor.route().await;
        assert_eq!(floor.offer(&floor.scene.mia).await, None);
        assert!(floor.offer(&floor.ben).await.is_some());
        let mine = floor.scene.get("/me/load").await;
        assert!(mine["recovery_until"].is_string());
        assert_eq!(
            (&mine["exposure"], &mine["strain"]),
            (&json!(1), &json!(3000))
        );
        let (_, others) = floor.scene.call(&floor.olga, "GET", "/states", None).await;
        let told = others.to_string() + &floor.scene.get("/states").await.to_string();
        for word in ["recovery", "exposure", "strain"] {
            assert!(!told.contains(word));
            for record in floor.scene.world.journal().await {
                assert!(!record.body.contains(word), "{}", record.kind);
            }
        }
        let (status, mine) = floor
            .scene
            .call(
                &floor.scene.mia,
                "PUT",
                "/me/recovery",
                Some(json!({"minutes": 0})),
            )
            .await;
        assert_eq!(
            (status, &mine["recovery_until"]),
            (StatusCode::OK, &Value::Null)
        );
        let body = Some(json!({"minutes": 10}));
        let (status, _) = floor
            .scene
            .call(&floor.scene.mia, "PUT", "/me/recovery", body)
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn languages_are_asked_for_and_relaxed() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Auto).await;
        let skill = json!({"name": "German", "kind": "language", "language": "de"});
        let (status, skill) = floor
            .scene
            .call(&floor.olga, "POST", "/skills", Some(skill))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{skill}");
        let held = json!({"version": 0, "units_max": 3,
            "skills": [{"skill_id": skill["id"], "level": 4, "valid_until": null}]});
        let path = format!("/agents/{}/abilities", floor.ben.agent);
        let (status, body) = floor
            .scene
            .call(&floor.olga, "PUT", &path, Some(held))
            .await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
        let german = |name: &str| {
            let text = "Guten Tag, mein Paket ist noch nicht angekommen. Wo ist es denn gerade? \
                Ich habe es schon vor zwei Wochen bestellt und warte immer noch darauf.";
            let mut it = mail(&format!("{name}@x.example"), "Paket", text);
            it.team = Some(floor.team);
            it
        };
        let first = receive(&floor.scene.desk, german("ana")).await.ticket;
        floor.route().await;
        assert_eq!(floor.assignee(first).await, Some(floor.ben.agent.0));
        floor.state(&floor.ben, AgentState::Break).await;
        let second = receive(&floor.scene.desk, german("bob")).await.ticket;
        floor.route().await;
        assert_eq!(floor.assignee(second).await, None);
        floor.tick(20 * 60);
        states::commands::seen(&floor.scene.desk.kernel, floor.scene.mia.agent)
            .await
            .unwrap();
        floor.route().await;
        assert_eq!(floor.assignee(second).await, Some(floor.scene.mia.agent.0));
        let routed = floor.records("ticket.routed").await;
        assert_eq!(routed[1]["relaxed"], "dropped");
    })
    .await;
}

#[tokio::test]
async fn a_limit_holds_however_many_give_at_once() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Auto).await;
        let limit = set_up::Abilities {
            version: 0,
            units_max: 3,
            skills: Vec::new(),
        };
        let kernel = floor.scene.desk.kernel.clone();
        let mia = floor.scene.mia.agent;
        set_up::put_abilities(&kernel, &floor.olga, mia, limit)
            .await
            .unwrap();
        floor.state(&floor.ben, AgentState::Break).await;
        let mut ids = Vec::new();
        for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            ids.push(floor.mail(name).await);
        }
        floor.scene.desk.routing.load(&kernel).await.unwrap();
        let now = kernel.clock.now();
        // Eight deciders who know nothing of each other.
        let decisions: Vec<Decision> = floor
            .scene
            .desk
            .routing
            .look(|all| {
                let decided = ids.iter().map(|id| decide(&all.floor, *id, now).unwrap());
                decided.collect()
            })
            .unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for decision in decisions {
            let kernel = kernel.clone();
            tasks.spawn(async move {
                let ctx = Context::system(now);
                let give = async move |tx: &mut Tx<'_>| -> Result<Outcome, Refusal> {
                    deal(tx, &ctx, &decision, false).await
                };
                kernel.db.write(give).await.unwrap()
            });
        }
        let outcomes = tasks.join_all().await;
        let done = outcomes.iter().filter(|it| **it == Outcome::Done).count();
        // 85 percent of three units are two.
        assert_eq!(done, 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_read_bit_by_bit_is_what_is_read_at_once() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Push).await;
        let desk = &floor.scene.desk;
        desk.routing.load(&desk.kernel).await.unwrap();
        let mut seen = floor.scene.world.journal().await.len();
        for step in 0..24_u32 {
            match step % 6 {
                0 | 1 => {
                    floor.mail(&format!("c{step}")).await;
                }
                2 => {
                    if let Some(offer) = floor.offer(&floor.scene.mia).await {
                        offers::accept(&desk.kernel, &floor.scene.mia, offer.id)
                            .await
                            .unwrap();
                    }
                }
                3 => floor.state(&floor.ben, AgentState::Focus).await,
                4 => floor.state(&floor.ben, AgentState::Available).await,
                _ => floor.tick(46),
            }
            let records = floor.scene.world.journal().await;
            let new: Vec<Arc<_>> = records[seen..].iter().cloned().map(Arc::new).collect();
            seen = records.len();
            desk.routing.apply(&desk.kernel, &new).await.unwrap();
            assert!(desk.routing.act(desk, &floor.lease).await.unwrap());
            let bit_by_bit = desk.routing.look(|all| all.floor.clone()).unwrap();
            desk.routing.load(&desk.kernel).await.unwrap();
            let at_once = desk.routing.look(|all| all.floor.clone()).unwrap();
            assert_eq!(bit_by_bit, at_once, "after step {step}");
        }
        let queues = board::queues(&desk.routing).unwrap();
        let standing = queues.iter().find(|it| it.team_id == floor.team).unwrap();
        assert!(!standing.waiting.is_empty() && standing.waiting_since.is_some());
        let working: BTreeMap<_, usize> = standing
            .agents
            .iter()
            .map(|(state, who)| (*state, who.len()))
            .collect();
        assert_eq!(working, BTreeMap::from([(AgentState::Available, 2)]));
    })
    .await;
}

#[tokio::test]
async fn what_waits_too_long_goes_to_another_team() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Push).await;
        let kernel = &floor.scene.desk.kernel;
        let new = teams::commands::NewTeam {
            name: "Second".to_owned(),
            member_ids: vec![],
        };
        let once = IdempotencyKey::default();
        let second = teams::commands::create(kernel, &floor.olga, new, once)
            .await
            .unwrap()
            .id;
        let flowing = Queue {
            overflow_team_id: Some(second),
            overflow_after: Some(30),
            ..queue(Mode::Push)
        };
        floor.set_up(1, vec![flowing]).await;
        floor.state(&floor.ben, AgentState::Break).await;
        floor.state(&floor.scene.mia, AgentState::Break).await;
        let id = floor.mail("ana").await;
        floor.tick(30 * 60);
        floor.route().await;
        assert_eq!(floor.scene.ticket(id).await.team, Some(second));
        let routed = &floor.records("ticket.routed").await[0];
        assert_eq!(
            routed["deed"],
            serde_json::to_value(Deed::Overflowed).unwrap()
        );
        assert_eq!(routed["why"], serde_json::to_value(Why::Waited).unwrap());
    })
    .await;
}

#[tokio::test]
async fn wrong_settings_are_refused_by_name() {
    each_engine(ROOMS, async |world| {
        let floor = Floor::open(world, Mode::Push).await;
        let path = format!("/routing/teams/{}", floor.team);
        let good = json!({"version": 1, "ceiling_min": 50, "ceiling_max": 90,
            "recovery_minutes": 5, "queues": [queue(Mode::Push)]});
        for (pointer, value, field) in [
            ("/ceiling_min", json!(95), "ceiling_min"),
            ("/recovery_minutes", json!(16), "recovery_minutes"),
            ("/queues/0/units", json!(0), "queues.0.units"),
            (
                "/queues/0/offer_seconds",
                json!(5),
                "queues.0.offer_seconds",
            ),
            ("/queues/0/drop_after", json!(5), "queues.0.drop_after"),
            (
                "/queues/0/overflow_after",
                json!(5),
                "queues.0.overflow_team_id",
            ),
            (
                "/queues/0/overflow_team_id",
                json!(99),
                "queues.0.overflow_team_id",
            ),
            (
                "/queues/0/overflow_team_id",
                json!(floor.team),
                "queues.0.overflow_team_id",
            ),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            let (status, body) = floor.scene.call(&floor.olga, "PUT", &path, Some(bad)).await;
            assert_eq!(
                status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{pointer}: {body}"
            );
            assert_eq!(body["fields"][0]["field"], field, "{body}");
        }
        let (status, _) = floor
            .scene
            .call(&floor.olga, "PUT", &path, Some(good.clone()))
            .await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = floor
            .scene
            .call(&floor.olga, "PUT", &path, Some(good))
            .await;
        assert_eq!(status, StatusCode::CONFLICT, "the version moved");
        let body = Some(json!({"version": 0, "ceiling": 95}));
        let (status, _) = floor
            .scene
            .call(&floor.scene.mia, "PATCH", "/me/load", body)
            .await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "above the team's bound"
        );
        let body = Some(json!({"version": 0, "ceiling": 60}));
        let (status, mine) = floor
            .scene
            .call(&floor.scene.mia, "PATCH", "/me/load", body)
            .await;
        assert_eq!((status, &mine["ceiling"]), (StatusCode::OK, &json!(60)));
    })
    .await;
}
