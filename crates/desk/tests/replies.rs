use std::time::Duration;

use desk::drafts::DraftKind;
use desk::fixtures::{mail, mailbox, receive, ticket};
use desk::messages::MessageState;
use desk::messages::commands::release::{Release, release, send_now, undo};
use desk::messages::commands::reply::{NewReply, reply};
use desk::tickets::{Direction, Status};
use identity::Role;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::ids::TicketId;
use testkit::each_engine;

use crate::{ROOMS, Scene, code};

async fn state(scene: &Scene, id: TicketId, number: i64) -> Option<MessageState> {
    scene
        .world
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, DbError> {
            desk::messages::store::find(tx, id, number).await
        })
        .await
        .unwrap()
        .expect("the message is there")
        .state
}

#[tokio::test]
async fn a_reply_goes_out_when_undo_ends() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let before = scene.world.journal().await.len();
        let number = scene
            .reply(id, 1, "<p>It is on its way.</p>")
            .await
            .unwrap();
        assert_eq!(number, 2);
        assert_eq!(
            state(&scene, id, number).await,
            Some(MessageState::Scheduled)
        );
        assert_eq!(scene.ticket(id).await.status, Status::New);

        scene.world.clock.advance(Duration::from_secs(14));
        assert_eq!(scene.jobs().await, 0);
        scene.world.clock.advance(Duration::from_secs(1));
        scene.jobs().await;
        assert_eq!(
            state(&scene, id, number).await,
            Some(MessageState::Released)
        );
        let shown = scene.ticket(id).await;
        assert_eq!(shown.status, Status::Open);
        assert_eq!(shown.last_direction, Direction::Out);
        assert_eq!(shown.message_count, 2);
        assert_eq!(
            scene.kinds(before).await,
            ["reply.scheduled", "reply.released", "ticket.status_changed"]
        );
    })
    .await;
}

#[tokio::test]
async fn undo_gives_the_draft_back_and_nothing_goes_out() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let new = NewReply {
            html: "<p>Too soon</p>".to_owned(),
            cc: Some(vec![mailbox("ben@x.example")]),
            seen_number: 1,
            ..NewReply::default()
        };
        let number = reply(&scene.desk, &scene.mia, id, new, IdempotencyKey::default())
            .await
            .unwrap();
        let unsent = undo(&scene.desk, &scene.mia, id, number).await.unwrap();
        assert_eq!(unsent.draft.html, "<p>Too soon</p>");
        assert_eq!(unsent.draft.cc, Some(vec![mailbox("ben@x.example")]));
        scene.world.clock.advance(Duration::from_secs(60));
        scene.jobs().await;
        assert_eq!(
            state(&scene, id, number).await,
            Some(MessageState::Cancelled)
        );
        let draft = scene.get(&format!("/tickets/{id}/drafts/reply")).await;
        assert_eq!(draft["html"], "<p>Too soon</p>");
        let timeline = scene
            .get(&format!("/tickets/{id}/timeline"))
            .await
            .to_string();
        assert!(!timeline.contains("Too soon"), "{timeline}");
        let again = undo(&scene.desk, &scene.mia, id, number).await.unwrap_err();
        assert_eq!(code(&again), "already_sent");
    })
    .await;
}

#[tokio::test]
async fn undo_and_release_at_once_end_in_exactly_one() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        for round in 0..10 {
            let id = ticket(&scene.desk, &format!("c{round}@x.example")).await;
            let number = scene.reply(id, 1, "<p>Hello</p>").await.unwrap();
            let (released, undone) = tokio::join!(
                release(&scene.desk, Release { ticket: id, number }),
                undo(&scene.desk, &scene.mia, id, number),
            );
            let released = released.unwrap();
            assert_ne!(released, undone.is_ok());
            let expected = if released {
                MessageState::Released
            } else {
                MessageState::Cancelled
            };
            assert_eq!(state(&scene, id, number).await, Some(expected));
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_who_reply_at_once_the_second_is_told() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        for round in 0..10 {
            let id = ticket(&scene.desk, &format!("c{round}@x.example")).await;
            let new = |text: &str| NewReply {
                html: format!("<p>{text}</p>"),
                seen_number: 1,
                ..NewReply::default()
            };
            let (mine, theirs) = tokio::join!(
                reply(
                    &scene.desk,
                    &scene.mia,
                    id,
                    new("mine"),
                    IdempotencyKey::default()
                ),
                reply(
                    &scene.desk,
                    &ben,
                    id,
                    new("theirs"),
                    IdempotencyKey::default()
                ),
            );
            let (told, won) = match (mine, theirs) {
                (Ok(number), Err(refusal)) | (Err(refusal), Ok(number)) => (refusal, number),
                other => panic!("exactly one is told: {other:?}"),
            };
            assert_eq!((code(&told), won), ("new_messages", 2));
            assert_eq!(scene.ticket(id).await.last_number, 2);
            let again = reply(
                &scene.desk,
                &ben,
                id,
                NewReply {
                    seen_number: 2,
                    ..new("after reading")
                },
                IdempotencyKey::default(),
            );
            assert_eq!(again.await.unwrap(), 3);
        }
    })
    .await;
}

#[tokio::test]
async fn a_customer_who_wrote_meanwhile_is_not_talked_over() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let more = mail(
            "ana@x.example",
            "Re: Where is my order?",
            "It came, thank you!",
        );
        receive(
            &scene.desk,
            desk::messages::commands::receive::Incoming {
                into: Some(id),
                ..more
            },
        )
        .await;
        assert_eq!(
            code(&scene.reply(id, 1, "<p>Sorry</p>").await.unwrap_err()),
            "new_messages"
        );
        assert_eq!(scene.reply(id, 2, "<p>Great</p>").await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn send_now_and_send_later() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let ben = scene.agent("Ben", Role::Agent).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let tomorrow = scene
            .world
            .kernel
            .clock
            .now()
            .plus(Duration::from_secs(86_400));
        let new = NewReply {
            html: "<p>Good morning</p>".to_owned(),
            seen_number: 1,
            send_at: Some(tomorrow),
            status_after: Some(Status::Solved),
            ..NewReply::default()
        };
        let number = reply(
            &scene.desk,
            &scene.mia,
            id,
            new.clone(),
            IdempotencyKey::default(),
        )
        .await;
        let number = number.unwrap();
        scene.world.clock.advance(Duration::from_secs(3_600));
        scene.jobs().await;
        assert_eq!(
            state(&scene, id, number).await,
            Some(MessageState::Scheduled)
        );
        let stranger = send_now(&scene.desk, &ben, id, number).await.unwrap_err();
        assert_eq!(code(&stranger), "not_allowed");
        send_now(&scene.desk, &scene.mia, id, number).await.unwrap();
        assert_eq!(scene.ticket(id).await.status, Status::Solved);
        let twice = send_now(&scene.desk, &scene.mia, id, number)
            .await
            .unwrap_err();
        assert_eq!(code(&twice), "already_sent");
        scene.world.clock.advance(Duration::from_secs(86_400));
        let before = scene.world.journal().await.len();
        scene.jobs().await;
        assert_eq!(scene.kinds(before).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_key_makes_a_reply_once() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let once = IdempotencyKey(Some("k1".to_owned()));
        let new = NewReply {
            html: "<p>Hi</p>".to_owned(),
            seen_number: 1,
            ..NewReply::default()
        };
        let first = reply(&scene.desk, &scene.mia, id, new.clone(), once.clone())
            .await
            .unwrap();
        let second = reply(&scene.desk, &scene.mia, id, new, once).await.unwrap();
        assert_eq!((first, second), (2, 2));
        assert_eq!(scene.ticket(id).await.last_number, 2);
    })
    .await;
}

#[tokio::test]
async fn a_reply_takes_its_draft_with_it_and_needs_an_open_ticket() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        let body = serde_json::json!({"html": "<p>half a th"});
        let path = format!("/tickets/{id}/drafts/reply");
        scene.call(&scene.mia, "PUT", &path, Some(body)).await;
        let kinds = scene.get(&format!("/tickets/{id}")).await["draft_kinds"].clone();
        assert_eq!(kinds, serde_json::json!([DraftKind::Reply]));
        scene.reply(id, 1, "<p>half a thought</p>").await.unwrap();
        let (status, _) = scene.call(&scene.mia, "GET", &path, None).await;
        assert_eq!(status, 404);

        let empty = scene.reply(id, 9, "<p> </p>").await.unwrap_err();
        assert_eq!(code(&empty), "invalid");
        let light = scene.agent("Lou", Role::LightAgent).await;
        let new = NewReply {
            html: "x".to_owned(),
            seen_number: 9,
            ..NewReply::default()
        };
        let refused = reply(&scene.desk, &light, id, new, IdempotencyKey::default()).await;
        assert_eq!(code(&refused.unwrap_err()), "not_allowed");
        let unknown = scene.reply(TicketId(999), 0, "<p>x</p>").await.unwrap_err();
        assert_eq!(code(&unknown), "not_found");
    })
    .await;
}
