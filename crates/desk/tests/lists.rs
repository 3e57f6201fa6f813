use std::time::Duration;

use desk::fixtures::{mail, receive, ticket};
use desk::tickets::commands::edit::{Edit, edit};
use desk::tickets::commands::place::place;
use desk::tickets::{Place, Status};
use testkit::each_engine;

use crate::{ROOMS, Scene};

async fn ids(scene: &Scene, query: &str) -> Vec<i64> {
    let list = scene.get(&format!("/tickets?{query}")).await;
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn each_view_shows_its_own() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let mut made = Vec::new();
        for name in ["mine", "free", "later", "done", "junk", "gone"] {
            scene.world.clock.advance(Duration::from_secs(1));
            made.push(ticket(&scene.desk, &format!("{name}@x.example")).await);
        }
        let [mine, free, later, done, junk, gone] = made[..] else {
            unreachable!()
        };
        let change = async |id, change: Edit| {
            edit(
                &scene.desk,
                &scene.mia,
                id,
                Edit {
                    version: 1,
                    ..change
                },
            )
            .await
            .unwrap();
        };
        let me = Some(Some(scene.mia.agent));
        change(
            mine,
            Edit {
                assignee: me,
                ..Edit::default()
            },
        )
        .await;
        let until = scene.world.kernel.clock.now().plus(Duration::from_secs(9));
        change(
            later,
            Edit {
                snoozed_until: Some(Some(until)),
                ..Edit::default()
            },
        )
        .await;
        change(
            done,
            Edit {
                status: Some(Status::Solved),
                assignee: me,
                ..Edit::default()
            },
        )
        .await;
        place(&scene.desk, &scene.mia, junk, 1, Place::Spam)
            .await
            .unwrap();
        place(&scene.desk, &scene.mia, gone, 1, Place::Trash)
            .await
            .unwrap();
        for (query, expected) in [
            ("view=mine", vec![mine.0]),
            ("view=unassigned", vec![free.0]),
            ("view=all", vec![free.0, mine.0]),
            ("", vec![free.0, mine.0]),
            ("view=snoozed", vec![later.0]),
            ("view=solved", vec![done.0]),
            ("view=spam", vec![junk.0]),
            ("view=trash", vec![gone.0]),
            ("view=team:7", vec![]),
            ("q=free%40x", vec![free.0]),
            ("q=%23", vec![]),
        ] {
            assert_eq!(ids(&scene, query).await, expected, "{query}");
        }
        let (status, _) = scene
            .call(&scene.mia, "GET", "/tickets?view=nonsense", None)
            .await;
        assert_eq!(status, 422);
        let (status, _) = scene
            .call(&scene.mia, "GET", "/tickets?view=all&tag=x", None)
            .await;
        assert_eq!(status, 422);
    })
    .await;
}

#[tokio::test]
async fn pages_have_neither_gaps_nor_doubles() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let mut made = Vec::new();
        for n in 0..7 {
            // Every other pair has the same time: the number decides.
            if n % 2 == 0 {
                scene.world.clock.advance(Duration::from_secs(1));
            }
            made.push(ticket(&scene.desk, &format!("c{n}@x.example")).await.0);
        }
        made.reverse();
        let (mut seen, mut query) = (Vec::new(), "limit=2".to_owned());
        loop {
            let list = scene.get(&format!("/tickets?{query}")).await;
            let items = list["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            seen.extend(items.iter().map(|row| row["id"].as_i64().unwrap()));
            let Some(next) = list["next"].as_str() else {
                break;
            };
            query = format!("limit=2&cursor={next}");
        }
        assert_eq!(seen, made);
    })
    .await;
}

#[tokio::test]
async fn tickets_are_found_by_number_words_customer_and_tag() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let one = receive(&scene.desk, mail("ana@x.example", "100% Wolle?", "…"))
            .await
            .ticket;
        let two = receive(&scene.desk, mail("ben@x.example", "1000 Socken", "…"))
            .await
            .ticket;
        assert_eq!(ids(&scene, &format!("q=%23{one}")).await, [one.0]);
        assert_eq!(ids(&scene, &format!("q={two}")).await, [two.0]);
        assert_eq!(ids(&scene, "q=WOLLE").await, [one.0]);
        assert_eq!(
            ids(&scene, "q=100%25").await,
            [one.0],
            "a percent sign is itself"
        );
        assert_eq!(ids(&scene, "q=ben").await, [two.0]);
        assert_eq!(
            ids(&scene, "q=1000").await,
            [two.0],
            "a number that is no ticket is a word"
        );
        let requester = scene.ticket(two).await.requester;
        assert_eq!(
            ids(&scene, &format!("customer_id={requester}")).await,
            [two.0]
        );
        let tags = Some(vec!["wool".to_owned()]);
        let change = Edit {
            version: 1,
            tags,
            ..Edit::default()
        };
        edit(&scene.desk, &scene.mia, one, change).await.unwrap();
        assert_eq!(ids(&scene, "tag=wool").await, [one.0]);
    })
    .await;
}

#[tokio::test]
async fn an_old_timeline_is_read_page_by_page() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let id = ticket(&scene.desk, "ana@x.example").await;
        for n in 2..=120 {
            scene.note(id, &format!("<p>note {n}</p>")).await;
        }
        let (mut numbers, mut events) = (Vec::new(), 0);
        let mut path = format!("/tickets/{id}/timeline");
        let mut pages = 0;
        loop {
            let page = scene.get(&path).await;
            pages += 1;
            let items = page["items"].as_array().unwrap();
            let found: Vec<i64> = items
                .iter()
                .filter_map(|item| item["number"].as_i64())
                .collect();
            events += items.iter().filter(|item| item["type"] == "event").count();
            assert!(found.is_sorted());
            numbers.splice(0..0, found);
            let Some(next) = page["next"].as_str() else {
                break;
            };
            path = format!("/tickets/{id}/timeline?cursor={next}");
        }
        assert_eq!(numbers, (1..=120).collect::<Vec<i64>>());
        assert_eq!((pages, events), (3, 1), "only ticket.created is an event");
    })
    .await;
}
