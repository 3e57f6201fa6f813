//! Searching, on both engines.

use axum::http::StatusCode;
use desk::attachments::File;
use desk::fixtures::{mail, receive};
use desk::messages::commands::receive::Incoming;
use desk::messages::commands::redact::{Redaction, redact};
use desk::search::asking::{self, Names};
use desk::search::reactions::GATHER;
use desk::search::{Search, Sight, http::SearchResults};
use desk::tickets::Place;
use desk::tickets::commands::place;
use desk::tickets::commands::sleep::{Purge, purge};
use kernel::ids::TicketId;
use serde_json::Value;
use testkit::each_engine;

use crate::{ROOMS, Scene};

impl Scene {
    /// Includes what happened so far.
    async fn index(&self) {
        self.world.settle().await;
        self.desk.search.catch_up().await.unwrap();
    }

    async fn find(&self, q: &str) -> SearchResults {
        desk::search::http::find(&self.desk, &self.mia, q, (0, 20))
            .await
            .unwrap()
    }

    async fn finds(&self, q: &str) -> Vec<TicketId> {
        self.index().await;
        let items = self.find(q).await.items;
        let mut ids: Vec<TicketId> = items.into_iter().map(|hit| hit.ticket.id).collect();
        ids.sort();
        ids
    }

    async fn mail(&self, from: &str, subject: &str, text: &str) -> TicketId {
        receive(&self.desk, mail(from, subject, text)).await.ticket
    }
}

#[tokio::test]
async fn words_of_all_messages_notes_subjects_and_people_are_found() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let one = scene
            .mail(
                "ana@x.example",
                "Broken lamp",
                "The bulbs flicker at night.",
            )
            .await;
        let two = scene
            .mail("ben@y.example", "Rechnung", "Wo ist meine Lieferung?")
            .await;
        scene.note(one, "<p>Ask the electrician</p>").await;
        scene
            .reply(two, 1, "<p>Wir suchen Ihr Paket.</p>")
            .await
            .unwrap();
        for (q, wanted) in [
            ("bulb", vec![one]),
            ("electrician", vec![one]),
            ("lamp flickering", vec![one]),
            ("\"bulbs flicker\"", vec![one]),
            ("\"flicker bulbs\"", vec![]),
            ("paket", vec![two]),
            ("pakte", vec![two]),
            ("ben", vec![two]),
            ("ana@x.example", vec![one]),
            ("lieferungen", vec![two]),
            ("from:mia", vec![one, two]),
            ("from:ben lieferung", vec![two]),
            ("from:mia lieferung", vec![]),
            ("to:ben paket", vec![two]),
            ("subject:lamp", vec![one]),
            ("is:note", vec![one]),
            ("is:note bulbs", vec![]),
            ("-lamp", vec![two]),
            ("is:unassigned", vec![one, two]),
            ("assignee:me", vec![]),
            ("after:today", vec![one, two]),
            ("before:today", vec![]),
            ("status:new,open -rechnung", vec![one]),
            (&format!("#{two}"), vec![two]),
            (&two.to_string(), vec![two]),
            ("inbox:support@desk.example paket", vec![two]),
        ] {
            assert_eq!(scene.finds(q).await, wanted, "{q}");
        }
    })
    .await;
}

#[tokio::test]
async fn hits_show_their_places_with_what_was_found_marked() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = scene
            .mail("ana@x.example", "Broken lamp", "The <bulbs> flicker.")
            .await;
        scene.index().await;
        let (status, body) = scene
            .call(&scene.mia, "GET", "/search?q=bulb%20lamp", None)
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let hit = &body["items"][0];
        assert_eq!(hit["ticket"]["id"], id.0);
        assert_eq!(hit["subject"]["text"], "Broken lamp");
        assert_eq!(hit["subject"]["highlights"], serde_json::json!([[7, 11]]));
        assert_eq!(hit["places"][0]["number"], 1);
        assert_eq!(hit["places"][0]["snippet"]["text"], "The <bulbs> flicker.");
        assert_eq!(
            hit["places"][0]["snippet"]["highlights"],
            serde_json::json!([[5, 10]])
        );
        let (_, body) = scene.call(&scene.mia, "GET", "/search?q=an", None).await;
        assert_eq!(body["customers"][0]["name"]["text"], "ana");
        let (status, body) = scene
            .call(&scene.mia, "GET", "/search?q=tag:nope", None)
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let (_, body) = scene
            .call(&scene.mia, "GET", "/search/complete?q=x%20assignee:m", None)
            .await;
        let offers: Vec<&Value> = body["items"].as_array().unwrap().iter().collect();
        assert_eq!(offers[0]["text"], "assignee:me");
        assert_eq!(offers[1]["text"], "assignee:Mia");
        assert_eq!(offers[0]["from"], 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_redacted_or_purged_leaves_the_index() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = scene
            .mail("ana@x.example", "Payment", "My card is plutonium gold.")
            .await;
        assert_eq!(scene.finds("plutonium").await, [id]);
        let words = Redaction::Words("plutonium".to_owned());
        redact(&scene.desk, &scene.mia, id, 1, words).await.unwrap();
        assert!(scene.finds("plutonium").await.is_empty());
        assert!(scene.desk.search.index().unwrap().holds_erased().unwrap());
        assert_eq!(scene.finds("gold").await, [id]);
        let version = scene.ticket(id).await.version;
        place::place(&scene.desk, &scene.mia, id, version, Place::Trash)
            .await
            .unwrap();
        assert!(
            scene.finds("gold").await.is_empty(),
            "the trash is left out"
        );
        assert_eq!(scene.finds("gold is:trash").await, [id]);
        let version = scene.ticket(id).await.version;
        assert!(
            purge(
                &scene.desk,
                Purge {
                    ticket: id,
                    version
                }
            )
            .await
            .unwrap()
        );
        assert!(scene.finds("gold is:trash").await.is_empty());
        assert!(scene.finds("payment is:trash").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn files_are_found_by_their_text_and_name_until_they_are_removed() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let incoming = Incoming {
            files: vec![File {
                name: "warranty.txt".to_owned(),
                content_id: None,
                inline: false,
                content_type: None,
                bytes: b"Serial number zebra seven.".to_vec(),
            }],
            ..mail("ana@x.example", "Papers", "Please see what I attached.")
        };
        let id = receive(&scene.desk, incoming).await.ticket;
        assert_eq!(scene.finds("zebra").await, [id]);
        assert_eq!(scene.finds("warranty has:attachment").await, [id]);
        let hit = scene.find("zebra").await.items.remove(0);
        let place = &hit.places[0];
        assert_eq!(
            (place.number, place.snippet.text.as_str()),
            (1, "warranty.txt")
        );
        let file = place.attachment_id.unwrap();
        redact(&scene.desk, &scene.mia, id, 1, Redaction::File(file))
            .await
            .unwrap();
        assert!(scene.finds("zebra").await.is_empty());
        assert!(scene.finds("warranty").await.is_empty());
        assert_eq!(scene.finds("attached").await, [id]);
    })
    .await;
}

#[tokio::test]
async fn the_index_goes_on_after_a_restart_and_is_built_anew_when_it_must() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let one = scene
            .mail("ana@x.example", "First", "Something about walruses.")
            .await;
        assert_eq!(scene.finds("walrus").await, [one]);
        let documents = scene.desk.search.index().unwrap().len();
        // While the node is down, more happens.
        let two = scene
            .mail("ben@y.example", "Second", "More about walruses.")
            .await;
        let scene = restarted(scene);
        assert_eq!(scene.finds("walrus").await, [one, two]);
        assert!(scene.desk.search.index().unwrap().len() > documents);
        // Gone, damaged, or of another journal: built from the tables.
        let folder = scene.desk.search.folder();
        let scene = restarted(scene);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(scene.finds("walrus").await, [one, two]);
        let scene = restarted(scene);
        std::fs::write(folder.join("meta.json"), "{}").unwrap();
        assert_eq!(scene.finds("walrus").await, [one, two]);
        let scene = restarted(scene);
        let index = kernel::search::Index::open(&folder, desk::search::VERSION).unwrap();
        let batch = kernel::search::Batch {
            place: r#"{"position": 1000000, "mark": "5@5", "loading": null}"#.to_owned(),
            remove: vec![format!("of:{one}")],
            ..kernel::search::Batch::default()
        };
        index.write(batch).unwrap();
        drop(index);
        assert_eq!(scene.finds("walrus").await, [one, two]);
        let scene = restarted(scene);
        assert!(scene.desk.search.rebuild().await.unwrap() > 0);
    })
    .await;
}

/// The same world with another process on it.
fn restarted(scene: Scene) -> Scene {
    let Scene { world, desk, mia } = scene;
    drop(desk);
    let desk = desk::fixtures::desk(&world.kernel);
    Scene { world, desk, mia }
}

#[tokio::test]
async fn notes_are_only_for_those_who_may_see_them() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = scene.mail("ana@x.example", "Lamp", "Hello there.").await;
        scene.note(id, "<p>Suspicious fellow</p>").await;
        scene.index().await;
        let index = scene.desk.search.index().unwrap();
        let now = scene.world.kernel.clock.now();
        for (notes, wanted) in [(true, 1), (false, 0)] {
            for q in ["suspicious", "is:note", "from:mia"] {
                let query = desk::search::rules::parse(q).unwrap();
                let names = Names::default();
                let mut ask = asking::tickets(&query, &names, Sight { notes }, now).unwrap();
                ask.page = (0, 10);
                assert_eq!(index.ask(&ask, now).unwrap().1, wanted, "{q}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_message_is_found_within_a_second_of_its_record() {
    const {
        assert!(
            GATHER.as_millis() <= 300,
            "a commit and the next search follow"
        )
    };
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let search: Search = scene.desk.search.clone();
        let mut progress = search.progress();
        let following = tokio::spawn(search.follow());
        progress
            .wait_for(|progress| progress.complete)
            .await
            .unwrap();
        for word in ["alpaca", "ibex"] {
            let id = scene
                .mail("ana@x.example", "Animals", &format!("About the {word}."))
                .await;
            scene.world.settle().await;
            if scene.world.engine == "postgres" {
                following.abort();
                scene.index().await;
            } else {
                // The reader lets changes gather by the clock, which stands still here.
                let head = scene.world.kernel.live.head();
                while progress.borrow_and_update().position < head {
                    scene.world.clock.advance(GATHER);
                    let soon = std::time::Duration::from_millis(20);
                    let _ = tokio::time::timeout(soon, progress.changed()).await;
                }
            }
            let found = scene.find(word).await.items;
            assert_eq!(
                found.iter().map(|hit| hit.ticket.id).collect::<Vec<_>>(),
                [id]
            );
        }
        following.abort();
    })
    .await;
}
