use std::time::Duration;

use desk::fixtures::{INBOX, INBOX_ADDRESS, mail, mailbox, receive};
use desk::messages::commands::forward::{NewForward, forward};
use desk::messages::commands::receive::Incoming;
use desk::messages::deliveries::commands::{advance, load, retry, settle};
use desk::messages::deliveries::outgoing::outgoing;
use desk::messages::deliveries::{Delivery, DeliveryState, Loaded, Outgoing, store};
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::ids::{DeliveryId, TicketId};
use kernel::journal::Context;
use kernel::refusal::Refusal;
use testkit::each_engine;

use crate::{ROOMS, Scene, code};

async fn of(scene: &Scene, id: TicketId, number: i64) -> Vec<Delivery> {
    scene
        .world
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, DbError> {
            store::of_messages(tx, id, number, number).await
        })
        .await
        .unwrap()
}

async fn step(scene: &Scene, id: DeliveryId, to: DeliveryState, reason: Option<&str>) -> bool {
    let (kernel, reason) = (scene.world.kernel.clone(), reason.map(str::to_owned));
    let ctx = Context::system(kernel.clock.now());
    scene
        .world
        .kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            advance(&kernel, tx, &ctx, id, to, reason.as_deref()).await
        })
        .await
        .unwrap()
}

async fn carried(scene: &Scene, id: DeliveryId) -> (Loaded, Outgoing) {
    let kernel = scene.world.kernel.clone();
    scene
        .world
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            let loaded = load(&kernel, tx, id).await?.expect("the delivery is there");
            Ok((
                loaded,
                outgoing(&kernel, tx, id)
                    .await?
                    .expect("it carries a message"),
            ))
        })
        .await
        .unwrap()
}

/// A ticket with a released reply to Ana and Ben, and its deliveries.
async fn answered(scene: &Scene) -> (TicketId, Vec<Delivery>) {
    let incoming = Incoming {
        cc: vec![mailbox("ben@x.example"), mailbox(INBOX_ADDRESS)],
        message_id: Some("first@x.example".to_owned()),
        ..mail("ana@x.example", "Where is my order?", "It should be here.")
    };
    let id = receive(&scene.desk, incoming).await.ticket;
    let number = scene
        .reply(id, 1, "<p>On its <b>way</b>.</p>")
        .await
        .unwrap();
    scene.world.clock.advance(Duration::from_secs(15));
    scene.jobs().await;
    (id, of(scene, id, number).await)
}

#[tokio::test]
async fn a_released_reply_is_handed_to_each_once_and_never_to_ourselves() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let (id, made) = answered(&scene).await;
        assert_eq!(made.len(), 2);
        let mut emails = Vec::new();
        let mut ids = Vec::new();
        for delivery in &made {
            assert_eq!(delivery.state, DeliveryState::Queued);
            let (loaded, outgoing) = carried(&scene, delivery.id).await;
            emails.push(loaded.recipient.unwrap().email);
            assert_eq!((loaded.ticket, loaded.inbox), (id, Some(INBOX)));
            assert_eq!(outgoing.subject, "Where is my order?");
            assert_eq!(outgoing.html, "<p>On its <b>way</b>.</p>");
            assert_eq!(outgoing.text, "On its way.");
            assert_eq!(outgoing.author_name, "Mia");
            assert_eq!(outgoing.to, [mailbox("ana@x.example")]);
            assert_eq!(outgoing.references, ["first@x.example"]);
            assert!(
                outgoing.message_id.ends_with("@desk.example"),
                "{}",
                outgoing.message_id
            );
            ids.push(outgoing.message_id);
        }
        assert_eq!(emails, ["ana@x.example", "ben@x.example"]);
        assert_eq!(ids[0], ids[1], "one Message-ID for all");
    })
    .await;
}

#[tokio::test]
async fn only_one_process_claims_and_what_is_uncertain_waits_for_a_person() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let (id, made) = answered(&scene).await;
        let one = made[0].id;
        let claims = tokio::join!(
            step(&scene, one, DeliveryState::Claimed, None),
            step(&scene, one, DeliveryState::Claimed, None),
        );
        assert_ne!(claims.0, claims.1);
        assert!(
            step(
                &scene,
                one,
                DeliveryState::Uncertain,
                Some("the process died")
            )
            .await
        );
        assert!(!step(&scene, one, DeliveryState::Queued, None).await);
        let path = format!("/tickets/{id}");
        assert_eq!(scene.get(&path).await["needs_attention"], true);
        let timeline = scene.get(&format!("{path}/timeline")).await;
        let items = timeline["items"].as_array().unwrap();
        let message = items.iter().find(|item| item["kind"] == "out").unwrap();
        assert_eq!(message["deliveries"][0]["state"], "uncertain");
        assert_eq!(message["deliveries"][0]["reason"], "the process died");

        settle(&scene.desk, &scene.mia, one, DeliveryState::Accepted)
            .await
            .unwrap();
        assert_eq!(scene.get(&path).await["needs_attention"], false);
        let twice = retry(&scene.desk, &scene.mia, one).await.unwrap_err();
        assert_eq!(code(&twice), "delivery_under_way");
    })
    .await;
}

#[tokio::test]
async fn a_person_sends_a_refused_one_again_with_a_new_job() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let (id, made) = answered(&scene).await;
        let one = made[0].id;
        step(&scene, one, DeliveryState::Claimed, None).await;
        step(
            &scene,
            one,
            DeliveryState::Refused,
            Some("550 no such user"),
        )
        .await;
        assert_eq!(scene.ticket(id).await.failed_deliveries, 1);
        retry(&scene.desk, &scene.mia, one).await.unwrap();
        let again = of(&scene, id, 2).await.remove(0);
        assert_eq!((again.state, again.generation), (DeliveryState::Queued, 2));
        assert!(again.reason.is_none());
        assert_eq!(scene.ticket(id).await.failed_deliveries, 0);
        let changes = scene.kinds(0).await;
        assert_eq!(
            changes
                .iter()
                .filter(|kind| *kind == "delivery.changed")
                .count(),
            3
        );
    })
    .await;
}

#[tokio::test]
async fn a_forward_carries_the_messages_it_names_to_someone_outside() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let incoming = Incoming {
            files: vec![desk::attachments::File {
                name: "photo.png".to_owned(),
                content_id: Some("p1".to_owned()),
                inline: true,
                content_type: None,
                bytes: b"\x89PNG\r\n\x1a\nrest".to_vec(),
            }],
            html: Some("<p>Broken: <img src=\"cid:p1\"></p>".to_owned()),
            text: String::new(),
            ..mail("ana@x.example", "Broken", "")
        };
        let id = receive(&scene.desk, incoming).await.ticket;
        scene.note(id, "<p>for us only</p>").await;
        let new = NewForward {
            to: vec![mailbox("maker@factory.example")],
            html: "<p>Can you look?</p>".to_owned(),
            numbers: vec![1],
        };
        let number = forward(&scene.desk, &scene.mia, id, new, IdempotencyKey::default())
            .await
            .unwrap();
        let made = of(&scene, id, number).await;
        assert_eq!(made.len(), 1);
        let (loaded, outgoing) = carried(&scene, made[0].id).await;
        assert_eq!(loaded.recipient.unwrap().email, "maker@factory.example");
        assert!(outgoing.html.contains("Can you look?") && outgoing.html.contains("Broken"));
        assert!(!outgoing.html.contains("for us only"));
        assert!(outgoing.text.contains("> Broken"), "{}", outgoing.text);
        let picture = &outgoing.files[0];
        assert!(picture.inline);
        let source = format!("src=\"/api/v1/attachments/{}\"", picture.id);
        assert!(outgoing.html.contains(&source), "{}", outgoing.html);
        assert_eq!(scene.ticket(id).await.status, desk::tickets::Status::New);
        let new = NewForward {
            to: vec![mailbox("maker@factory.example")],
            html: "<p>x</p>".to_owned(),
            numbers: vec![99],
        };
        let refused = forward(&scene.desk, &scene.mia, id, new, IdempotencyKey::default()).await;
        assert_eq!(code(&refused.unwrap_err()), "invalid");
    })
    .await;
}
