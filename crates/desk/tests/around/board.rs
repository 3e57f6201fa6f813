//! The board: its numbers equal a recount after a history, and only leads see it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use desk::board::What;
use desk::fixtures::{mail, receive};
use desk::sla::timer::fire_due;
use desk::states::AgentState;
use desk::states::commands::{Choice, choose};
use desk::teams::commands::{NewTeam, create};
use identity::{Caller, Role};
use kernel::http::IdempotencyKey;
use kernel::ids::{TeamId, TicketId};
use kernel::readers;
use kernel::time::Timestamp;
use serde_json::{Value, json};
use testkit::{World, each_engine};
use tower::ServiceExt;

use super::office;
use crate::{ROOMS, Scene};

const MINUTE: Duration = Duration::from_secs(60);

struct Floor {
    scene: Scene,
    lea: Caller,
    line: TeamId,
    _running: office::Running,
    board: tokio::task::JoinHandle<()>,
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.board.abort();
    }
}

impl Floor {
    /// Mia in a team, with a first reply promised within an hour.
    async fn open(world: World) -> Self {
        let scene = Scene::open(world).await;
        let running = office::run_kernel(&scene.world);
        let olga = scene.agent("Olga", Role::Owner).await;
        let lea = scene.agent("Lea", Role::Lead).await;
        let new = NewTeam {
            name: "Line".to_owned(),
            member_ids: vec![scene.mia.agent],
        };
        let kernel = scene.desk.kernel.clone();
        let line = create(&kernel, &olga, new, IdempotencyKey::default())
            .await
            .unwrap()
            .id;
        let policy = json!({"name": "Standard", "targets": [{"metric": "first_reply",
            "priority": "normal", "minutes": 60, "hours": "calendar", "warn": null}]});
        let (status, made) = scene
            .call(&olga, "POST", "/sla-policies", Some(policy))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let board = tokio::spawn(scene.desk.board.clone().follow());
        Self {
            scene,
            lea,
            line,
            _running: running,
            board,
        }
    }

    fn pass(&self, span: Duration) {
        self.scene.world.clock.advance(span);
    }

    async fn mail(&self, name: &str, team: Option<TeamId>) -> TicketId {
        let mut incoming = mail(&format!("{name}@x.example"), "Where is it?", "Where is it?");
        incoming.team = team;
        receive(&self.scene.desk, incoming).await.ticket
    }

    async fn patch(&self, id: TicketId, mut change: Value) {
        change["version"] = json!(self.scene.ticket(id).await.version);
        let path = format!("/tickets/{id}");
        let mia = &self.scene.mia;
        let (status, body) = self.scene.call(mia, "PATCH", &path, Some(change)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    async fn answer(&self, id: TicketId) {
        self.scene
            .reply(id, 1, "<p>It is on its way.</p>")
            .await
            .unwrap();
    }

    /// Lets clocks, readers and the board catch up with what happened.
    async fn settle(&self) {
        let desk = &self.scene.desk;
        self.scene.jobs().await;
        for reader in desk.readers() {
            if reader.name() == "desk.sla" {
                // The kernel orders the records itself here, so only the reader is run.
                office::published(&desk.kernel).await;
                let position = readers::enter(&desk.kernel, reader.name(), 1)
                    .await
                    .unwrap();
                readers::catch_up(&desk.kernel, &reader, 1, position)
                    .await
                    .unwrap();
            }
        }
        fire_due(desk).await.unwrap();
        desk.routing.load(&desk.kernel).await.unwrap();
        let position = office::published(&desk.kernel).await;
        let mut progress = desk.board.progress();
        let reached = progress.wait_for(|at| at.is_some_and(|at| at >= position));
        reached.await.unwrap();
    }

    async fn board(&self) -> Value {
        let (status, board) = self.scene.call(&self.lea, "GET", "/board", None).await;
        assert_eq!(status, StatusCode::OK, "{board}");
        board
    }

    async fn team(&self, id: Option<TeamId>) -> Value {
        let board = self.board().await;
        let teams = board["teams"].as_array().unwrap();
        let found = teams.iter().find(|it| it["team_id"] == json!(id));
        found.cloned().unwrap_or(Value::Null)
    }

    /// The tickets that a number opens, read in small pages.
    async fn listed(&self, figure: &Value) -> Vec<i64> {
        let view = figure["view"].as_str().unwrap();
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/tickets?view={view}&limit=2{cursor}");
            let (status, page) = self.scene.call(&self.lea, "GET", &path, None).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            let items = page["items"].as_array().unwrap();
            ids.extend(items.iter().map(|row| row["id"].as_i64().unwrap()));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return ids,
            }
        }
    }

    /// Every number of a team with its tickets.
    async fn numbers(&self, id: Option<TeamId>) -> BTreeMap<&'static str, Vec<i64>> {
        let team = self.team(id).await;
        let mut numbers = BTreeMap::new();
        for what in What::ALL {
            let name = what.as_str();
            let figure = match what {
                What::InTime | What::Late => &team["first_replies"][name],
                _ => &team[name],
            };
            let listed = self.listed(figure).await;
            let count = i64::try_from(listed.len()).unwrap();
            assert_eq!(figure["count"], json!(count), "{name} opens to its tickets");
            numbers.insert(name, listed);
        }
        numbers
    }

    /// The same, counted from the tickets themselves and their clocks.
    async fn recount(
        &self,
        all: &[TicketId],
        id: Option<TeamId>,
    ) -> BTreeMap<&'static str, Vec<i64>> {
        let now = self.scene.world.kernel.clock.now();
        let mut numbers: BTreeMap<&'static str, Vec<(Timestamp, i64)>> = What::ALL
            .iter()
            .map(|what| (what.as_str(), Vec::new()))
            .collect();
        let time =
            |value: &Value| serde_json::from_value::<Option<Timestamp>>(value.clone()).unwrap();
        for ticket in all {
            let stored = self.scene.ticket(*ticket).await;
            if stored.team != id {
                continue;
            }
            let mut note =
                |what: &'static str, at| numbers.get_mut(what).unwrap().push((at, ticket.0));
            let row = self.scene.get(&format!("/tickets/{ticket}")).await;
            let status = row["status"].as_str().unwrap();
            if stored.assignee.is_none() && ["new", "open"].contains(&status) {
                note("waiting", stored.created_at);
            }
            let clocks = self.scene.get(&format!("/tickets/{ticket}/clocks")).await;
            for clock in clocks["items"].as_array().unwrap() {
                if let Some(due) = time(&clock["due_at"]).filter(|_| clock["state"] == "running") {
                    if due <= now {
                        note("overdue", due);
                    } else if due <= now.plus(MINUTE * 60) {
                        note("at_risk", due);
                    }
                }
                match (
                    time(&clock["breached_at"]),
                    clock["state"].as_str().unwrap(),
                ) {
                    (Some(late), _) => note("late", late),
                    (None, "met") => note("in_time", time(&clock["ended_at"]).unwrap()),
                    _ => {}
                }
            }
        }
        let ids = |mut found: Vec<(Timestamp, i64)>| {
            found.sort();
            found.into_iter().map(|(_, id)| id).collect()
        };
        numbers
            .into_iter()
            .map(|(what, found)| (what, ids(found)))
            .collect()
    }

    async fn check(&self, all: &[TicketId], step: &str) {
        self.settle().await;
        for team in [Some(self.line), None] {
            if self.team(team).await.is_null() {
                let nothing = self.recount(all, team).await;
                assert!(nothing.values().all(Vec::is_empty), "{step}: {nothing:?}");
                continue;
            }
            let (mut shown, mut counted) =
                (self.numbers(team).await, self.recount(all, team).await);
            // Whoever was answered and given back waits from another time on: here only who counts.
            for numbers in [&mut shown, &mut counted] {
                numbers.values_mut().for_each(|ids| ids.sort_unstable());
            }
            assert_eq!(shown, counted, "{step}, team {team:?}");
        }
    }
}

#[tokio::test]
async fn numbers_equal_a_recount_after_a_history() {
    each_engine(ROOMS, async |world: World| {
        let floor = Floor::open(world).await;
        let mut all = Vec::new();
        for name in ["ana", "ben", "cem", "dee", "eva"] {
            floor.pass(MINUTE);
            all.push(floor.mail(name, Some(floor.line)).await);
        }
        floor.pass(MINUTE);
        all.push(floor.mail("fay", None).await);
        floor.check(&all, "six came in").await;
        let line = floor.team(Some(floor.line)).await;
        assert_eq!(line["waiting"]["count"], 5);
        assert_eq!(line["at_risk"]["count"], 5);
        let first = floor.scene.ticket(all[0]).await.created_at;
        assert_eq!(line["waiting_since"], json!(first));
        let without = floor.team(None).await;
        assert_eq!(without["waiting"]["count"], 1);

        floor.answer(all[0]).await;
        floor
            .patch(all[1], json!({"assignee_id": floor.scene.mia.agent}))
            .await;
        floor.patch(all[2], json!({"team_id": null})).await;
        floor.pass(MINUTE);
        floor
            .check(&all, "one answered, one taken, one moved away")
            .await;
        let line = floor.team(Some(floor.line)).await;
        assert_eq!(line["first_replies"]["in_time"]["count"], 1);
        assert_eq!(
            line["first_replies"]["share"],
            Value::Null,
            "too few to say"
        );

        floor.pass(MINUTE * 58);
        floor.check(&all, "some are late").await;
        let late = floor.team(Some(floor.line)).await["overdue"]["count"].clone();
        assert_ne!(late, json!(0), "time alone makes late");

        floor.answer(all[3]).await;
        floor.patch(all[5], json!({"team_id": floor.line})).await;
        floor.pass(MINUTE * 30);
        floor.check(&all, "a late answer, and one moved in").await;
    })
    .await;
}

#[tokio::test]
async fn a_service_level_comes_with_its_interval_and_ends_at_midnight() {
    each_engine(ROOMS, async |world: World| {
        let floor = Floor::open(world).await;
        let mut all = Vec::new();
        for number in 0..10 {
            all.push(floor.mail(&format!("c{number}"), Some(floor.line)).await);
        }
        for id in all.iter().take(8) {
            floor.answer(*id).await;
        }
        floor.pass(MINUTE);
        floor.settle().await;
        floor.pass(MINUTE * 60);
        floor.settle().await;
        let level = floor.team(Some(floor.line)).await["first_replies"].clone();
        assert_eq!(level["in_time"]["count"], 8);
        assert_eq!(level["late"]["count"], 2, "late before they are answered");
        assert_eq!(level["share"], 0.8);
        let near = |value: &Value, wanted: f64| (value.as_f64().unwrap() - wanted).abs() < 0.001;
        assert!(
            near(&level["low"], 0.4902) && near(&level["high"], 0.9433),
            "{level}"
        );
        assert_eq!(level["definition"], 1);

        floor.pass(MINUTE * 60 * 24);
        floor.settle().await;
        let level = floor.team(Some(floor.line)).await["first_replies"].clone();
        assert_eq!(
            (&level["in_time"]["count"], &level["late"]["count"]),
            (&json!(0), &json!(0))
        );
    })
    .await;
}

#[tokio::test]
async fn a_board_that_starts_late_knows_what_was() {
    each_engine(ROOMS, async |world: World| {
        let mut floor = Floor::open(world).await;
        let mut all = Vec::new();
        for (name, team) in [
            ("ana", Some(floor.line)),
            ("ben", Some(floor.line)),
            ("cem", None),
        ] {
            floor.pass(MINUTE);
            all.push(floor.mail(name, team).await);
        }
        floor.answer(all[0]).await;
        floor.pass(MINUTE);
        floor.check(&all, "followed").await;
        let followed = floor.board().await["teams"].clone();
        floor.board.abort();
        floor.scene.desk.board = desk::board::Board::new(floor.scene.desk.kernel.clone());
        floor.board = tokio::spawn(floor.scene.desk.board.clone().follow());
        floor.check(&all, "loaded").await;
        assert_eq!(floor.board().await["teams"], followed);
    })
    .await;
}

#[tokio::test]
async fn leads_see_states_and_only_leads() {
    each_engine(ROOMS, async |world: World| {
        let floor = Floor::open(world).await;
        let scene = &floor.scene;
        let (status, body) = scene.call(&scene.mia, "GET", "/board", None).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
        let list = format!("/tickets?view=board:waiting:{}", floor.line);
        assert_eq!(
            scene.call(&scene.mia, "GET", &list, None).await.0,
            StatusCode::FORBIDDEN
        );
        for wrong in ["board:fast:1", "board:waiting:x"] {
            let path = format!("/tickets?view={wrong}");
            let (status, body) = scene.call(&floor.lea, "GET", &path, None).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        }
        let choice = Choice {
            state: AgentState::Focus,
            reason: None,
        };
        choose(&scene.desk.kernel, &scene.mia, choice)
            .await
            .unwrap();
        floor.settle().await;
        let agents = floor.team(Some(floor.line)).await["agents"].clone();
        assert_eq!(
            agents,
            json!([{"state": "focus", "agent_ids": [scene.mia.agent]}])
        );
    })
    .await;
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    each_engine(ROOMS, async |world: World| {
        let floor = Floor::open(world).await;
        floor.mail("ana", Some(floor.line)).await;
        floor.settle().await;
        let ask = async |known: Option<String>| {
            let mut request = Request::builder().uri("/board");
            if let Some(known) = known {
                request = request.header(header::IF_NONE_MATCH, known);
            }
            let mut request = request.body(Body::empty()).unwrap();
            request.extensions_mut().insert(floor.lea.clone());
            let response = floor.scene.router().oneshot(request).await.unwrap();
            let tag = response.headers()[header::ETAG]
                .to_str()
                .unwrap()
                .to_owned();
            (response.status(), tag)
        };
        let (status, tag) = ask(None).await;
        assert_eq!(status, StatusCode::OK);
        floor.pass(Duration::from_secs(1));
        let unchanged = (StatusCode::NOT_MODIFIED, tag.clone());
        assert_eq!(
            ask(Some(tag.clone())).await,
            unchanged,
            "the time alone is no news"
        );
        floor.mail("ben", Some(floor.line)).await;
        floor.settle().await;
        assert_eq!(ask(Some(tag)).await.0, StatusCode::OK);
    })
    .await;
}
