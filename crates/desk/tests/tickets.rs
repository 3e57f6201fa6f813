use std::time::Duration;

use desk::fixtures::{mailbox, ticket};
use desk::messages::commands::note::{NewNote, note};
use desk::tickets::commands::Whom;
use desk::tickets::commands::edit::{Edit, edit};
use desk::tickets::commands::place::place;
use desk::tickets::{Place, Priority, Shelf, Status};
use identity::Role;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::ids::TeamId;
use testkit::each_engine;

use crate::{ROOMS, Scene, code};

#[tokio::test]
async fn an_edit_changes_all_it_names_and_tells_each() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let before = scene.world.journal().await.len();
        let change = Edit {
            version: 1,
            subject: Some("Order 42".to_owned()),
            priority: Some(Priority::High),
            assignee: Some(Some(scene.mia.agent)),
            tags: Some(vec!["vip".to_owned(), "Late".to_owned()]),
            cc: Some(vec![mailbox("ben@x.example")]),
            requester: Some(Whom::Address(mailbox("cleo@x.example"))),
            ..Edit::default()
        };
        edit(&scene.desk, &scene.mia, id, change).await.unwrap();
        let row = scene.get(&format!("/tickets/{id}")).await;
        assert_eq!(row["subject"], "Order 42");
        assert_eq!(row["priority"], "high");
        assert_eq!(row["assignee_id"], scene.mia.agent.0);
        assert_eq!(row["status"], "open", "who has it deals with it");
        assert_eq!(row["tags"].as_array().unwrap().len(), 2);
        assert_eq!(row["cc"][0]["email"], "ben@x.example");
        assert_eq!(row["requester"]["email"], "cleo@x.example");
        let kinds = scene.kinds(before).await;
        for kind in [
            "ticket.renamed",
            "ticket.priority_changed",
            "ticket.assigned",
            "ticket.tagged",
            "ticket.participants_changed",
            "ticket.requester_changed",
            "ticket.status_changed",
        ] {
            assert!(kinds.iter().any(|k| k == kind), "{kind} in {kinds:?}");
        }
        let records = scene.world.journal().await;
        let renamed = records
            .iter()
            .find(|record| record.kind == "ticket.renamed")
            .unwrap();
        assert!(!renamed.body.contains("Order"), "{}", renamed.body);
        let timeline = scene.get(&format!("/tickets/{id}/timeline")).await;
        let items = timeline["items"].as_array().unwrap();
        let shown = items
            .iter()
            .find(|item| item["kind"] == "ticket.renamed")
            .unwrap();
        assert_eq!(shown["changes"]["subject"]["to"], "Order 42");
        assert_eq!(shown["actor"]["name"], "Mia");
    })
    .await;
}

#[tokio::test]
async fn of_two_edits_at_once_one_is_stale() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        for round in 0..10 {
            let id = ticket(&scene.desk, &format!("c{round}@x.example")).await;
            let to = |priority| Edit {
                version: 1,
                priority: Some(priority),
                ..Edit::default()
            };
            let (one, two) = tokio::join!(
                edit(&scene.desk, &scene.mia, id, to(Priority::High)),
                edit(&scene.desk, &ben, id, to(Priority::Urgent)),
            );
            let (kept, told) = match (one, two) {
                (Ok(()), Err(refusal)) => (Priority::High, refusal),
                (Err(refusal), Ok(())) => (Priority::Urgent, refusal),
                other => panic!("exactly one is stale: {other:?}"),
            };
            assert_eq!(code(&told), "stale_version");
            assert_eq!(scene.ticket(id).await.priority, kept);
        }
    })
    .await;
}

#[tokio::test]
async fn two_notes_and_an_edit_at_once_are_all_right() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let new = || NewNote {
            html: "<p>Look</p>".to_owned(),
            ..NewNote::default()
        };
        let change = Edit {
            version: 1,
            priority: Some(Priority::Low),
            ..Edit::default()
        };
        let (one, two, edited) = tokio::join!(
            note(
                &scene.desk,
                &scene.mia,
                id,
                new(),
                IdempotencyKey::default()
            ),
            note(&scene.desk, &ben, id, new(), IdempotencyKey::default()),
            edit(&scene.desk, &scene.mia, id, change),
        );
        edited.unwrap();
        let mut numbers = [one.unwrap(), two.unwrap()];
        numbers.sort();
        assert_eq!(numbers, [2, 3]);
        let ticket = scene.ticket(id).await;
        assert_eq!((ticket.message_count, ticket.priority), (3, Priority::Low));
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_is_refused_and_nothing_changes() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let lou = scene.agent("Lou", Role::LightAgent).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let wrong = [
            Edit {
                status: Some(Status::New),
                assignee: Some(Some(scene.mia.agent)),
                ..Edit::default()
            },
            Edit {
                assignee: Some(Some(lou.agent)),
                ..Edit::default()
            },
            Edit {
                team: Some(Some(TeamId(77))),
                priority: Some(Priority::High),
                ..Edit::default()
            },
            Edit {
                subject: Some(" ".to_owned()),
                ..Edit::default()
            },
            Edit {
                cc: Some(vec![mailbox("no address")]),
                ..Edit::default()
            },
            Edit {
                snoozed_until: Some(Some(scene.world.kernel.clock.now())),
                ..Edit::default()
            },
        ];
        for change in wrong {
            let change = Edit {
                version: 1,
                ..change
            };
            let refused = edit(&scene.desk, &scene.mia, id, change.clone())
                .await
                .unwrap_err();
            assert_eq!(code(&refused), "invalid", "{change:?}");
        }
        let light = Edit {
            version: 1,
            status: Some(Status::Solved),
            ..Edit::default()
        };
        let refused = edit(&scene.desk, &lou, id, light).await.unwrap_err();
        assert_eq!(code(&refused), "not_allowed");
        let ticket = scene.ticket(id).await;
        assert_eq!((ticket.version, ticket.priority), (1, Priority::Normal));
    })
    .await;
}

#[tokio::test]
async fn a_snoozed_ticket_wakes_by_itself_and_only_at_its_last_time() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let now = scene.world.kernel.clock.now();
        let until = |hours: u64| Some(Some(now.plus(Duration::from_secs(hours * 3600))));
        let first = Edit {
            version: 1,
            snoozed_until: until(1),
            ..Edit::default()
        };
        edit(&scene.desk, &scene.mia, id, first).await.unwrap();
        let second = Edit {
            version: 2,
            snoozed_until: until(2),
            ..Edit::default()
        };
        edit(&scene.desk, &scene.mia, id, second).await.unwrap();
        scene.world.clock.advance(Duration::from_secs(3600));
        scene.jobs().await;
        assert_eq!(scene.ticket(id).await.shelf, Shelf::Snoozed);
        scene.world.clock.advance(Duration::from_secs(3600));
        scene.jobs().await;
        let ticket = scene.ticket(id).await;
        assert_eq!((ticket.shelf, ticket.snoozed_until), (Shelf::Open, None));
    })
    .await;
}

#[tokio::test]
async fn the_trash_is_emptied_after_thirty_days_unless_restored() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let gone = ticket(&scene.desk, "ana@x.example").await;
        let kept = ticket(&scene.desk, "ben@x.example").await;
        place(&scene.desk, &scene.mia, gone, 1, Place::Trash)
            .await
            .unwrap();
        place(&scene.desk, &scene.mia, kept, 1, Place::Trash)
            .await
            .unwrap();
        place(&scene.desk, &scene.mia, kept, 2, Place::Desk)
            .await
            .unwrap();
        scene.world.clock.advance(Duration::from_secs(30 * 86_400));
        scene.jobs().await;
        let (status, _) = scene
            .call(&scene.mia, "GET", &format!("/tickets/{gone}"), None)
            .await;
        assert_eq!(status, 404);
        assert_eq!(scene.ticket(kept).await.place, Place::Desk);
        let left = scene
            .world
            .kernel
            .db
            .read(async move |tx: &mut Tx<'_>| -> Result<_, DbError> {
                desk::messages::store::before(tx, gone, i64::MAX, 10).await
            })
            .await
            .unwrap();
        assert!(left.is_empty());
        assert!(
            scene
                .kinds(0)
                .await
                .iter()
                .any(|kind| kind == "ticket.purged")
        );
    })
    .await;
}

#[tokio::test]
async fn read_and_unread_are_each_agents_own() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let path = format!("/tickets/{id}");
        let unread =
            async |caller| scene.call(caller, "GET", &path, None).await.1["unread"].clone();
        assert_eq!(unread(&scene.mia).await, true);
        let read = Some(serde_json::json!({"number": 1}));
        scene
            .call(&scene.mia, "PUT", &format!("{path}/read"), read)
            .await;
        assert_eq!(
            (unread(&scene.mia).await, unread(&ben).await),
            (false.into(), true.into())
        );
        scene.note(id, "<p>I have it</p>").await;
        assert_eq!(unread(&scene.mia).await, false, "what I wrote, I have read");
        scene
            .call(&scene.mia, "DELETE", &format!("{path}/read"), None)
            .await;
        assert_eq!(unread(&scene.mia).await, true);
    })
    .await;
}

#[tokio::test]
async fn a_mention_is_shown_until_it_is_read() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::LightAgent).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let new = NewNote {
            html: "<p>Ben?</p>".to_owned(),
            mentions: vec![ben.agent, scene.mia.agent],
            ..NewNote::default()
        };
        let number = note(&scene.desk, &scene.mia, id, new, IdempotencyKey::default())
            .await
            .unwrap();
        let path = format!("/tickets/{id}");
        let (_, row) = scene.call(&ben, "GET", &path, None).await;
        assert_eq!(row["mentions_me"], true);
        assert_eq!(
            scene.get(&path).await["mentions_me"],
            false,
            "not by oneself"
        );
        let (_, list) = scene
            .call(&ben, "GET", "/tickets?view=mentions", None)
            .await;
        assert_eq!(list["items"][0]["id"], id.0);
        let read = Some(serde_json::json!({"number": number}));
        scene.call(&ben, "PUT", &format!("{path}/read"), read).await;
        let (_, list) = scene
            .call(&ben, "GET", "/tickets?view=mentions", None)
            .await;
        assert_eq!(list["items"], serde_json::json!([]));
        let timeline = scene.get(&format!("{path}/timeline")).await;
        let items = timeline["items"].as_array().unwrap();
        let note = items.iter().find(|item| item["kind"] == "note").unwrap();
        assert_eq!(
            note["mentions"].as_array().unwrap().len(),
            2,
            "the note still names them"
        );
    })
    .await;
}

#[tokio::test]
async fn colleagues_watch() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let lou = scene.agent("Lou", Role::LightAgent).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let path = |agent: kernel::ids::AgentId| format!("/tickets/{id}/watchers/{agent}");
        let (status, _) = scene.call(&lou, "PUT", &path(lou.agent), None).await;
        assert_eq!(status, 204);
        let (status, _) = scene.call(&lou, "PUT", &path(scene.mia.agent), None).await;
        assert_eq!(
            status, 403,
            "only who may change the ticket decides for others"
        );
        let watchers = scene.get(&format!("/tickets/{id}")).await["watchers"].clone();
        assert_eq!(watchers, serde_json::json!([lou.agent]));
        scene
            .call(&scene.mia, "DELETE", &path(lou.agent), None)
            .await;
        let watchers = scene.get(&format!("/tickets/{id}")).await["watchers"].clone();
        assert_eq!(watchers, serde_json::json!([]));
    })
    .await;
}
