//! Customers on both engines: finding, making, editing, and the API.
#![expect(clippy::unwrap_used, reason = "a test that can not go on has failed")]

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use customers::fixtures::{NoTickets, customer};
use customers::people::commands::{Edit, edit, find_or_create, prepare};
use customers::people::{MailAddress, store};
use customers::{Customers, Person};
use identity::{Caller, Role};
use kernel::db::{DbError, Tx};
use kernel::journal::Context;
use kernel::migrate::Room;
use kernel::refusal::Refusal;
use serde_json::{Value, json};
use testkit::{World, each_engine};
use tower::ServiceExt;

const ROOMS: &[Room] = &[
    kernel::MIGRATIONS,
    identity::MIGRATIONS,
    customers::MIGRATIONS,
];

fn room(world: &World) -> Customers {
    Customers::new(world.kernel.clone(), Arc::new(NoTickets))
}

async fn find(world: &World, email: &str) -> Option<Person> {
    let address = MailAddress::parse(email).unwrap();
    world
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Option<Person>, DbError> {
                store::by_address(tx, &address).await
            },
        )
        .await
        .unwrap()
}

async fn names(world: &World, beginning: &str) -> Vec<String> {
    let beginning = beginning.to_owned();
    let rows = world
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, DbError> {
            store::list(tx, i64::MAX, 50, Some(&beginning)).await
        })
        .await
        .unwrap();
    rows.into_iter().map(|(_, name, _)| name).collect()
}

#[tokio::test]
async fn one_address_is_one_customer_however_it_is_written() {
    each_engine(ROOMS, async |world| {
        let ana = customer(&world.kernel, "Ana Ruiz", "Ana@Example.com").await;
        let again = customer(&world.kernel, "Someone", "ana@example.COM").await;
        assert_eq!(ana, again);
        assert_eq!(ana.email, "Ana@Example.com");
        assert_eq!(ana.name, "Ana Ruiz");
        assert!(find(&world, "ben@example.com").await.is_none());
        let kinds: Vec<String> = world.journal().await.into_iter().map(|r| r.kind).collect();
        assert_eq!(kinds, ["customer.created", "identity.added"]);
    })
    .await;
}

#[tokio::test]
async fn two_who_meet_a_newcomer_at_once_agree_on_one_customer() {
    each_engine(ROOMS, async |world| {
        let address = MailAddress::parse("new@example.com").unwrap();
        let one = prepare(&world.kernel, address.clone(), None).await.unwrap();
        let two = prepare(&world.kernel, address, None).await.unwrap();
        assert_ne!(one.key, two.key);
        let ctx = Context::system(world.kernel.clock.now());
        let meet = async |arrival: customers::Arrival| {
            let (kernel, ctx) = (world.kernel.clone(), ctx.clone());
            world
                .kernel
                .db
                .write(async move |tx: &mut Tx<'_>| -> Result<Person, Refusal> {
                    find_or_create(&kernel, tx, &ctx, &arrival).await
                })
                .await
                .unwrap()
        };
        let (first, second) = tokio::join!(meet(one), meet(two));
        assert_eq!(first, second);
        assert_eq!(names(&world, "new").await, ["new"]);
    })
    .await;
}

#[tokio::test]
async fn customers_are_found_by_beginnings() {
    each_engine(ROOMS, async |world| {
        customer(&world.kernel, "Ana Ruiz", "ana@example.com").await;
        customer(&world.kernel, "Ångström Ärmel", "aa@example.se").await;
        customer(&world.kernel, "Zoë", "zoe@other.example").await;
        assert_eq!(names(&world, "RUI").await, ["Ana Ruiz"]);
        assert_eq!(names(&world, "ana@ex").await, ["Ana Ruiz"]);
        assert_eq!(names(&world, "ärm").await, ["Ångström Ärmel"]);
        assert_eq!(names(&world, "zoë").await, ["Zoë"]);
        assert_eq!(names(&world, "example.com").await, [""; 0]);
        assert_eq!(names(&world, "").await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn an_edit_needs_the_version_it_saw_and_is_journaled_without_clear_text() {
    each_engine(ROOMS, async |world| {
        let room = room(&world);
        let mia = identity::fixtures::agent(&world.kernel, "Mia", Role::Agent).await;
        let ana = customer(&world.kernel, "Ana", "ana@example.com").await;
        let change = |version, name: &str| Edit {
            version,
            name: Some(name.to_owned()),
            note: Some(Some("Prefers calls".to_owned())),
            language: Some(Some("es".to_owned())),
        };
        edit(&room, &mia, ana.id, change(1, "Ana María Ruiz"))
            .await
            .unwrap();
        let stale = edit(&room, &mia, ana.id, change(1, "Ana B."))
            .await
            .unwrap_err();
        assert!(matches!(stale, Refusal::Stale { .. }));
        assert_eq!(names(&world, "maría").await, ["Ana María Ruiz"]);
        let journal = world.journal().await;
        let changed = journal
            .iter()
            .find(|record| record.kind == "customer.changed")
            .unwrap();
        for text in ["Ana", "Prefers", "\"es\""] {
            assert!(!changed.body.contains(text), "{}", changed.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_light_agent_may_look_and_not_touch() {
    each_engine(ROOMS, async |world| {
        let lou = identity::fixtures::agent(&world.kernel, "Lou", Role::LightAgent).await;
        let ana = customer(&world.kernel, "Ana", "ana@example.com").await;
        let (status, body) =
            call(&world, &lou, "GET", &format!("/customers/{}", ana.id), None).await;
        assert_eq!((status, &body["name"]), (StatusCode::OK, &json!("Ana")));
        let patch = json!({"version": 1, "name": "X"});
        let (status, body) = call(
            &world,
            &lou,
            "PATCH",
            &format!("/customers/{}", ana.id),
            Some(patch),
        )
        .await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::FORBIDDEN, &json!("not_allowed"))
        );
    })
    .await;
}

#[tokio::test]
async fn absent_fields_stay_and_null_clears() {
    each_engine(ROOMS, async |world| {
        let mia = identity::fixtures::agent(&world.kernel, "Mia", Role::Agent).await;
        let ana = customer(&world.kernel, "Ana", "ana@example.com").await;
        let path = format!("/customers/{}", ana.id);
        let set = json!({"version": 1, "note": "VIP", "language": "de"});
        let (_, body) = call(&world, &mia, "PATCH", &path, Some(set)).await;
        assert_eq!(
            (&body["note"], &body["language"]),
            (&json!("VIP"), &json!("de"))
        );
        assert_eq!(body["identities"][0]["value"], "ana@example.com");
        let clear = json!({"version": 2, "language": null});
        let (_, body) = call(&world, &mia, "PATCH", &path, Some(clear)).await;
        assert_eq!(
            (&body["note"], &body["language"]),
            (&json!("VIP"), &Value::Null)
        );
        for wrong in [
            json!({"version": 3, "colour": "red"}),
            json!({"version": 3, "language": "!!"}),
            json!({"version": 3, "name": " "}),
        ] {
            let (status, _) = call(&world, &mia, "PATCH", &path, Some(wrong)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let (status, _) = call(&world, &mia, "GET", "/customers/99", None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn the_list_pages_without_gaps() {
    each_engine(ROOMS, async |world| {
        let mia = identity::fixtures::agent(&world.kernel, "Mia", Role::Agent).await;
        for n in 0..5 {
            customer(
                &world.kernel,
                &format!("C{n}"),
                &format!("c{n}@example.com"),
            )
            .await;
        }
        let mut path = "/customers?limit=2".to_owned();
        let mut seen = Vec::new();
        loop {
            let (_, body) = call(&world, &mia, "GET", &path, None).await;
            seen.extend(
                body["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|i| i["name"].clone()),
            );
            let Some(next) = body["next"].as_str() else {
                break;
            };
            path = format!("/customers?limit=2&cursor={next}");
        }
        assert_eq!(json!(seen), json!(["C4", "C3", "C2", "C1", "C0"]));
    })
    .await;
}

#[tokio::test]
async fn a_pause_is_shown_and_lifted_over_the_api_and_journaled() {
    use customers::pauses::{PauseCause, commands as pauses};
    each_engine(ROOMS, async |world| {
        let mia = identity::fixtures::agent(&world.kernel, "Mia", Role::Agent).await;
        let lea = identity::fixtures::agent(&world.kernel, "Lea", Role::LightAgent).await;
        let ana = customer(&world.kernel, "Ana", "Ana@example.com").await;
        let (kernel, key) = (world.kernel.clone(), ana.key);
        let ctx = Context::system(kernel.clock.now());
        let paused = async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let address = MailAddress::parse("ana@EXAMPLE.com").unwrap();
            for (cause, why) in [
                (PauseCause::NoMailbox, "550 no such user"),
                (PauseCause::Complaint, "later"),
            ] {
                pauses::pause(&kernel, tx, &ctx, &address, cause, (key, why)).await?;
            }
            Ok(())
        };
        world.kernel.db.write(paused).await.unwrap();
        let path = format!("/customers/{}", ana.id);
        let (_, body) = call(&world, &mia, "GET", &path, None).await;
        let shown = &body["identities"][0]["paused"];
        assert_eq!(shown["cause"], "no_mailbox", "the first cause is kept");
        assert_eq!(shown["reason"], "550 no such user");
        let resume = format!("{path}/identities/{}/resume", ana.identity);
        let why = |reason: &str| Some(json!({ "reason": reason }));
        let (status, _) = call(&world, &lea, "POST", &resume, why("x")).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = call(&world, &mia, "POST", &resume, why("  ")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, _) = call(&world, &mia, "POST", &resume, why("Typo mended.")).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (_, body) = call(&world, &mia, "GET", &path, None).await;
        assert_eq!(body["identities"][0]["paused"], Value::Null);
        let journal = world.journal().await;
        let kinds: Vec<_> = journal.iter().skip(4).map(|r| r.kind.as_str()).collect();
        assert_eq!(kinds, ["identity.paused", "identity.resumed"]);
        assert!(
            journal
                .iter()
                .all(|r| !r.body.contains("Typo") && !r.body.contains("550"))
        );
    })
    .await;
}

async fn call(
    world: &World,
    caller: &Caller,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let (router, _) = customers::router()
        .with_state(room(world))
        .split_for_parts();
    let mut request = Request::builder().method(method).uri(path);
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let mut request = request.body(body).unwrap();
    request.extensions_mut().insert(caller.clone());
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (
        status,
        serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    )
}
