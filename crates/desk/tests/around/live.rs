//! The live feed over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use desk::Desk;
use desk::fixtures::desk;
use desk::live::{LiveEvent, PresenceState, PresentAgent};
use desk::macros::{self, Scope};
use desk::notifications::{NotificationCreated, NotificationKind};
use futures_util::{SinkExt, StreamExt};
use identity::sessions::{self, RevocationReason, SessionRevoked};
use identity::{Caller, Role, agents};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::ids::{NotificationId, TicketId};
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::Refusal;
use serde_json::{Value, json};
use testkit::{World, each_engine};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::office::{self, ROOMS, Running, Touched};

/// A test that waits longer than this for a frame has failed.
const PATIENCE: Duration = Duration::from_secs(20);

struct Office {
    desk: Desk,
    address: SocketAddr,
    _running: [Running; 2],
    _server: Server,
}

struct Server(tokio::task::JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Office {
    async fn open(world: &World, callers: &[&Caller]) -> Self {
        let desk = desk(&world.kernel);
        let running = [office::run_kernel(world), office::run_desk(&desk)];
        office::counted(&desk).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = office::app(desk.clone(), callers);
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            desk,
            address,
            _running: running,
            _server: Server(server),
        }
    }

    async fn connect(&self, caller: &Caller) -> Result<Tab, tungstenite::Error> {
        self.connect_from(
            caller,
            None,
            TcpStream::connect(self.address).await.unwrap(),
        )
        .await
    }

    async fn connect_from(
        &self,
        caller: &Caller,
        origin: Option<&str>,
        stream: TcpStream,
    ) -> Result<Tab, tungstenite::Error> {
        let url = format!("ws://{}/api/v1/live", self.address);
        let mut request = url.into_client_request().unwrap();
        request
            .headers_mut()
            .insert("x-agent", caller.name.parse().unwrap());
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert("origin", origin.parse().unwrap());
        }
        client_async(request, stream)
            .await
            .map(|(socket, _)| Tab { socket })
    }

    /// A tab that has said hello.
    async fn tab(&self, caller: &Caller, position: Option<i64>) -> Tab {
        let mut tab = self.connect(caller).await.unwrap();
        tab.send(json!({ "type": "resume", "position": position }))
            .await;
        let hello = tab.event().await;
        assert!(
            matches!(&hello, LiveEvent::Hello { agent_id, .. } if *agent_id == caller.agent),
            "{hello:?}"
        );
        tab
    }
}

/// One browser tab.
struct Tab {
    socket: WebSocketStream<TcpStream>,
}

impl Tab {
    async fn send(&mut self, message: Value) {
        self.socket
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    async fn message(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.socket.next());
        next.await
            .expect("a frame comes in time")
            .and_then(Result::ok)
    }

    async fn event(&mut self) -> LiveEvent {
        let message = self.message().await.expect("the socket is open");
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    /// The next event that is not counts.
    async fn news(&mut self) -> LiveEvent {
        loop {
            match self.event().await {
                LiveEvent::Counts { .. } => {}
                news => return news,
            }
        }
    }

    /// Everything until the server, having answered what came before, answers a ping.
    async fn until_pong(&mut self) -> Vec<LiveEvent> {
        self.send(json!({ "type": "ping" })).await;
        let mut events = Vec::new();
        loop {
            match self.news().await {
                LiveEvent::Pong => return events,
                event => events.push(event),
            }
        }
    }

    /// The positions and kinds of records up to `position`.
    async fn records_to(&mut self, position: i64) -> Vec<(i64, String)> {
        let mut records = Vec::new();
        while records.last().is_none_or(|(at, _)| *at < position) {
            match self.news().await {
                LiveEvent::Record { position, kind, .. } => records.push((position, kind)),
                other => panic!("a record was awaited: {other:?}"),
            }
        }
        records
    }

    /// The code the server closes with, and what it sent before.
    async fn closed(&mut self) -> (Vec<LiveEvent>, Option<u16>) {
        let mut events = Vec::new();
        while let Some(message) = self.message().await {
            match message {
                Message::Close(frame) => return (events, frame.map(|frame| frame.code.into())),
                Message::Text(text) => events.push(serde_json::from_str(&text).unwrap()),
                _ => {}
            }
        }
        (events, None)
    }
}

async fn people(world: &World) -> (Caller, Caller) {
    let mia = office::signed_in(&world.kernel, "Mia", Role::Agent).await;
    (
        mia,
        office::signed_in(&world.kernel, "Ben", Role::Owner).await,
    )
}

async fn touch(kernel: &Kernel, ticket: i64, padding: Vec<i64>) {
    let context = Context::system(kernel.clock.now());
    let subject = Subject::ticket(TicketId(ticket));
    office::record(kernel, context, subject, Touched { padding }).await;
}

#[tokio::test]
async fn each_caller_hears_what_is_theirs_in_order() {
    each_engine(ROOMS, async |world: World| {
        let (mia, ben) = people(&world).await;
        let office = Office::open(&world, &[&mia, &ben]).await;
        let kernel = &world.kernel;
        let (mut tab, mut other) = (office.tab(&mia, None).await, office.tab(&ben, None).await);

        touch(kernel, 1, vec![]).await;
        let told = NotificationCreated {
            notification: NotificationId(1),
            kind: NotificationKind::Assigned,
            ticket: TicketId(1),
            app: true,
            browser: true,
        };
        let context = Context::system(kernel.clock.now());
        office::record(kernel, context, Subject::agent(mia.agent), told).await;
        let own = macros::commands::NewMacro {
            name: "Thanks".to_owned(),
            html: "<p>Thank you</p>".to_owned(),
            scope: Scope::Personal,
            status_after: None,
            ..macros::commands::NewMacro::default()
        };
        macros::commands::create(kernel, &ben, own, IdempotencyKey(None))
            .await
            .unwrap();
        touch(kernel, 2, vec![]).await;
        let end = office::published(kernel).await;

        let of_mia = tab.records_to(end).await;
        let of_ben = other.records_to(end).await;
        let kinds = |records: &[(i64, String)]| -> Vec<String> {
            records.iter().map(|(_, kind)| kind.clone()).collect()
        };
        assert_eq!(
            kinds(&of_mia),
            ["ticket.touched", "notification.created", "ticket.touched"]
        );
        assert_eq!(
            kinds(&of_ben),
            ["ticket.touched", "macro.created", "ticket.touched"]
        );
        assert!(of_mia.is_sorted() && of_ben.is_sorted());

        // The same again from the journal: the replay is filtered by the same rules.
        let first = of_mia[0].0;
        let mut again = office.tab(&mia, Some(first)).await;
        assert_eq!(again.records_to(end).await, of_mia[1..]);
        let mut again = office.tab(&ben, Some(first - 1)).await;
        assert_eq!(again.records_to(end).await, of_ben);
    })
    .await;
}

#[tokio::test]
async fn a_frame_tells_of_a_text_only_that_it_changed() {
    each_engine(ROOMS, async |world: World| {
        let (mia, ben) = people(&world).await;
        let office = Office::open(&world, &[&mia]).await;
        let mut tab = office.tab(&mia, None).await;
        let new = desk::teams::commands::NewTeam {
            name: "Confidential matters".to_owned(),
            member_ids: vec![mia.agent],
        };
        let once = IdempotencyKey(None);
        desk::teams::commands::create(&world.kernel, &ben, new, once)
            .await
            .unwrap();
        let LiveEvent::Record {
            kind,
            changes,
            actor,
            ..
        } = tab.news().await
        else {
            panic!("a record was awaited");
        };
        assert_eq!(
            (kind.as_str(), actor.id),
            ("team.created", Some(ben.agent.0))
        );
        assert_eq!(
            changes,
            json!({ "team": 1, "name": null, "member_ids": [mia.agent.0] })
        );
    })
    .await;
}

#[tokio::test]
async fn a_resume_after_a_gap_loses_and_repeats_nothing() {
    each_engine(ROOMS, async |world: World| {
        let (mia, _) = people(&world).await;
        let office = Office::open(&world, &[&mia]).await;
        let start = office::published(&world.kernel).await;
        // Records are written while the tab comes back again and again.
        let writer = tokio::spawn({
            let kernel = world.kernel.clone();
            async move {
                for ticket in 1..=200 {
                    touch(&kernel, ticket, vec![]).await;
                }
            }
        });
        let (mut position, end) = (start, start + 200);
        while position < end {
            let mut tab = office.tab(&mia, Some(position)).await;
            let until = (position + 37).min(end);
            for (at, _) in tab.records_to(until).await {
                assert_eq!(at, position + 1);
                position = at;
            }
        }
        writer.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_gap_too_large_and_a_position_of_elsewhere_ask_for_a_snapshot() {
    each_engine(ROOMS, async |world: World| {
        let (mia, _) = people(&world).await;
        let office = Office::open(&world, &[&mia]).await;
        let context = Context::system(world.kernel.clock.now());
        let many = world.kernel.db.write(async move |tx: &mut Tx<'_>| {
            let subject = Subject::ticket(TicketId(1));
            for _ in 0..10_001 {
                journal::append(tx, &context, subject, &Touched { padding: vec![] }).await?;
            }
            Ok::<_, DbError>(())
        });
        many.await.unwrap();
        let head = office::published(&world.kernel).await;
        for position in [0, head - 10_001, -1] {
            let mut tab = office.tab(&mia, Some(position)).await;
            assert_eq!(tab.news().await, LiveEvent::Snapshot { position: head });
        }
        // A position ahead of ours may be one that we are about to reach, so it is waited for.
        let ahead = async {
            let mut tab = office.tab(&mia, Some(head + 1)).await;
            tab.news().await
        };
        let clock = async {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                world.clock.advance(Duration::from_millis(100));
            }
        };
        let event = tokio::select! { event = ahead => event, () = clock => unreachable!() };
        assert_eq!(event, LiveEvent::Snapshot { position: head });
        let mut tab = office.tab(&mia, Some(head - 10_000)).await;
        assert_eq!(tab.records_to(head).await.len(), 10_000);
    })
    .await;
}

#[tokio::test]
async fn who_is_at_a_ticket_is_seen_by_those_at_it() {
    each_engine(ROOMS, async |world: World| {
        let (mia, ben) = people(&world).await;
        let office = Office::open(&world, &[&mia, &ben]).await;
        let presence = |ticket: i64, agents: &[(&Caller, PresenceState)]| LiveEvent::Presence {
            ticket_id: TicketId(ticket),
            agents: agents
                .iter()
                .map(|(caller, state)| PresentAgent { id: caller.agent, state: *state })
                .collect(),
        };
        let at = |ticket: Option<i64>, state: &str| {
            json!({ "type": "presence", "ticket_id": ticket, "state": state })
        };
        use PresenceState::{Viewing, Writing};

        let mut tab = office.tab(&mia, None).await;
        tab.send(at(Some(7), "viewing")).await;
        assert_eq!(tab.news().await, presence(7, &[(&mia, Viewing)]));
        let mut other = office.tab(&ben, None).await;
        other.send(at(Some(7), "writing")).await;
        let both = presence(7, &[(&mia, Viewing), (&ben, Writing)]);
        assert_eq!(other.news().await, both);
        assert_eq!(tab.news().await, both);

        // Whoever is elsewhere hears nothing of it.
        let mut elsewhere = office.tab(&ben, None).await;
        elsewhere.send(at(Some(8), "viewing")).await;
        assert_eq!(elsewhere.news().await, presence(8, &[(&ben, Viewing)]));
        // A socket that breaks leaves its ticket.
        drop(other);
        assert_eq!(tab.news().await, presence(7, &[(&mia, Viewing)]));
        assert_eq!(elsewhere.until_pong().await, []);

        // Typing that is not renewed is viewing, while the tab lives.
        elsewhere.send(at(Some(7), "writing")).await;
        assert_eq!(tab.news().await, presence(7, &[(&mia, Viewing), (&ben, Writing)]));
        for _ in 0..3 {
            world.clock.advance(Duration::from_secs(15));
            tab.until_pong().await;
            elsewhere.until_pong().await;
        }
        tab.send(at(Some(8), "viewing")).await;
        assert_eq!(tab.news().await, presence(8, &[(&mia, Viewing)]));
        tab.send(at(Some(7), "viewing")).await;
        assert_eq!(tab.news().await, presence(7, &[(&mia, Viewing), (&ben, Viewing)]));
    })
    .await;
}

#[tokio::test]
async fn counts_come_once_and_then_only_what_changed_at_a_gentle_pace() {
    each_engine(ROOMS, async |world: World| {
        let (mia, ben) = people(&world).await;
        let office = Office::open(&world, &[&mia, &ben]).await;
        let mut tab = office.tab(&mia, None).await;
        let LiveEvent::Counts { views } = tab.event().await else {
            panic!("counts come first")
        };
        assert_eq!(views.len(), 9);
        assert!(views.iter().all(|view| view.count == 0));

        office::ticket(&world.kernel, "open", Some(mia.agent), None).await;
        office::ticket(&world.kernel, "open", Some(ben.agent), None).await;
        office::counted(&office.desk).await;
        // The clock stands still, so the next counts are not due yet.
        tab.send(json!({ "type": "ping" })).await;
        while tab.event().await != LiveEvent::Pong {}
        world.clock.advance(Duration::from_millis(250));
        let counts = loop {
            if let LiveEvent::Counts { views } = tab.event().await {
                break views;
            }
        };
        let changed: Vec<_> = counts
            .iter()
            .map(|view| (view.id.as_str(), view.count))
            .collect();
        assert_eq!(changed, [("mine", 1), ("all", 2)]);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_session_signs_the_tab_out_and_another_role_starts_it_over() {
    each_engine(ROOMS, async |world: World| {
        let (mia, ben) = people(&world).await;
        let office = Office::open(&world, &[&mia, &ben]).await;
        let kernel = &world.kernel;
        let (mut tab, mut other) = (office.tab(&mia, None).await, office.tab(&ben, None).await);

        let (session, agent, context) = (
            mia.session.unwrap(),
            mia.agent,
            mia.context(kernel.clock.now()),
        );
        let revoked = kernel.db.write(async move |tx: &mut Tx<'_>| {
            assert!(sessions::store::delete(tx, session, agent).await?);
            let record = SessionRevoked {
                session,
                reason: RevocationReason::Revoked,
            };
            journal::append(tx, &context, Subject::agent(agent), &record).await
        });
        revoked.await.unwrap();
        let (events, code) = tab.closed().await;
        assert_eq!(events.last(), Some(&LiveEvent::SignedOut));
        assert_eq!(code, Some(1000));

        let (agent, context) = (ben.agent, ben.context(kernel.clock.now()));
        let changed = kernel.db.write(async move |tx: &mut Tx<'_>| {
            let mut ben = agents::store::find(tx, agent).await?.unwrap();
            (ben.role, ben.version) = (Role::LightAgent, ben.version + 1);
            agents::store::update(tx, &ben).await?;
            let role = Some(Change {
                from: Role::Owner,
                to: Role::LightAgent,
            });
            let record = agents::AgentChanged {
                version: 2,
                name: None,
                role,
                status: None,
            };
            journal::append(tx, &context, Subject::agent(agent), &record).await?;
            Ok::<_, Refusal>(())
        });
        changed.await.unwrap();
        let head = office::published(kernel).await;
        assert_eq!(other.news().await, LiveEvent::Snapshot { position: head });
        assert_eq!(other.until_pong().await, []);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ends_by_age_is_noticed() {
    each_engine(ROOMS, async |world: World| {
        let (mia, _) = people(&world).await;
        let office = Office::open(&world, &[&mia]).await;
        let mut tab = office.tab(&mia, None).await;
        for _ in 0..5 {
            world.clock.advance(Duration::from_secs(15));
            assert_eq!(tab.until_pong().await, []);
        }
        world
            .clock
            .advance(sessions::rules::AGE_MAX - Duration::from_secs(300));
        tab.send(json!({ "type": "ping" })).await;
        let (events, _) = tab.closed().await;
        assert_eq!(events.last(), Some(&LiveEvent::SignedOut));
    })
    .await;
}

#[tokio::test]
async fn bad_clients_are_refused() {
    each_engine(ROOMS, async |world: World| {
        let (mia, ben) = people(&world).await;
        let tokens = Caller {
            session: None,
            scopes: Some(scopes()),
            ..ben.clone()
        };
        let tokens = Caller {
            name: "Token".to_owned(),
            ..tokens
        };
        let office = Office::open(&world, &[&mia, &tokens]).await;
        let status = |refused: Result<Tab, tungstenite::Error>| match refused {
            Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
            Err(other) => panic!("an answer was awaited: {other}"),
            Ok(_) => 101,
        };
        assert_eq!(status(office.connect(&ben).await), 401);
        assert_eq!(status(office.connect(&tokens).await), 403);
        for (origin, expected) in [
            ("https://evil.example", 403),
            ("http://localhost:8080", 101),
            ("null", 403),
        ] {
            let stream = TcpStream::connect(office.address).await.unwrap();
            let answer = office.connect_from(&mia, Some(origin), stream).await;
            assert_eq!(status(answer), expected, "{origin}");
        }

        for first in ["{}", "nonsense", "{\"type\":\"ping\"}"] {
            let mut tab = office.connect(&mia).await.unwrap();
            tab.socket.send(Message::text(first)).await.unwrap();
            assert_eq!(tab.closed().await.1, Some(1008), "{first}");
        }
        let mut tab = office.tab(&mia, None).await;
        tab.send(json!({ "type": "presence", "ticket_id": 1, "state": "dancing" }))
            .await;
        assert_eq!(tab.closed().await.1, Some(1008));
        let mut tab = office.tab(&mia, None).await;
        tab.send(json!({ "type": "ping", "padding": "x".repeat(20_000) }))
            .await;
        assert!(
            tab.closed()
                .await
                .0
                .iter()
                .all(|event| *event != LiveEvent::Pong)
        );
        let mut tab = office.tab(&mia, None).await;
        for _ in 0..60 {
            // The server may have hung up already.
            let ping = json!({ "type": "ping" }).to_string();
            let _ = tab.socket.send(Message::text(ping)).await;
        }
        let (events, code) = tab.closed().await;
        let pongs = events
            .iter()
            .filter(|event| **event == LiveEvent::Pong)
            .count();
        assert!(
            pongs <= 40 && code.is_none_or(|code| code == 1008),
            "{pongs} {code:?}"
        );

        let mut tabs = Vec::new();
        let refused = loop {
            match office.connect(&mia).await {
                Ok(tab) => tabs.push(tab),
                Err(refused) => break refused,
            }
            assert!(tabs.len() <= 20);
        };
        assert_eq!(status(Err(refused)), 429);
    })
    .await;
}

fn scopes() -> identity::Scopes {
    identity::Scopes([identity::Scope::Admin].into())
}

#[tokio::test]
async fn a_slow_tab_is_told_to_start_over_and_the_others_go_on() {
    each_engine(ROOMS, async |world: World| {
        let (mia, ben) = people(&world).await;
        let office = Office::open(&world, &[&mia, &ben]).await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(office.address).await.unwrap();
        let mut slow = office.connect_from(&mia, None, stream).await.unwrap();
        slow.send(json!({ "type": "resume", "position": null }))
            .await;
        let mut quick = office.tab(&ben, None).await;

        let start = office::published(&world.kernel).await;
        let rounds = 10;
        for _ in 0..rounds {
            let context = Context::system(world.kernel.clock.now());
            let many = world.kernel.db.write(async move |tx: &mut Tx<'_>| {
                let record = Touched {
                    padding: vec![1_000_000_007; 300],
                };
                for _ in 0..400 {
                    journal::append(tx, &context, Subject::ticket(TicketId(1)), &record).await?;
                }
                Ok::<_, DbError>(())
            });
            many.await.unwrap();
            let end = office::published(&world.kernel).await;
            assert_eq!(quick.records_to(end).await.len(), 400);
        }
        let head = start + rounds * 400;
        let mut heard = 0;
        let position = loop {
            match slow.news().await {
                LiveEvent::Snapshot { position } => break position,
                LiveEvent::Record { position, .. } => heard = position,
                _ => {}
            }
        };
        assert!(
            heard < position && position <= head,
            "{heard} {position} {head}"
        );
        // It goes on from there without a hole.
        let mut next = position;
        touch(&world.kernel, 2, vec![]).await;
        while next <= head {
            let LiveEvent::Record { position, .. } = slow.news().await else {
                continue;
            };
            assert_eq!(position, next + 1);
            next = position;
        }
    })
    .await;
}

#[test]
fn the_frames_stand_in_the_api_document() {
    let api = serde_json::to_value(desk::router().into_openapi()).unwrap();
    let frames = &api["components"]["schemas"];
    assert_eq!(frames["LiveEvent"]["oneOf"].as_array().unwrap().len(), 7);
    assert_eq!(frames["LiveRequest"]["oneOf"].as_array().unwrap().len(), 3);
    assert!(api["paths"]["/live"]["get"].is_object());
}
