//! Tickets are linked by people, seen from both sides, and problems take their incidents along.

use axum::http::StatusCode;
use desk::fixtures::ticket;
use desk::tickets::TicketType;
use identity::Role;
use kernel::ids::TicketId;
use serde_json::{Value, json};
use testkit::each_engine;

use crate::{ROOMS, Scene};

async fn link(scene: &Scene, one: TicketId, other: TicketId, kind: &str) -> (StatusCode, Value) {
    let body = json!({"ticket_id": other, "kind": kind});
    let path = format!("/tickets/{one}/links");
    scene.call(&scene.mia, "POST", &path, Some(body)).await
}

async fn kinds_of(scene: &Scene, id: TicketId) -> Vec<(Value, Value)> {
    let shown = scene.get(&format!("/tickets/{id}")).await;
    let linked = shown["linked"].as_array().unwrap().iter();
    linked
        .map(|it| (it["id"].clone(), it["kind"].clone()))
        .collect()
}

#[tokio::test]
async fn a_link_is_seen_from_both_tickets_and_ends_for_both() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let one = ticket(&scene.desk, "ana@x.example").await;
        let two = ticket(&scene.desk, "ben@x.example").await;
        let before = scene.kinds(0).await.len();
        let (status, shown) = link(&scene, one, two, "child").await;
        assert_eq!(status, StatusCode::OK, "{shown}");
        assert_eq!(shown["linked"][0]["status"], "new");
        assert_eq!(kinds_of(&scene, one).await, [(json!(two), json!("child"))]);
        assert_eq!(kinds_of(&scene, two).await, [(json!(one), json!("parent"))]);
        assert_eq!(
            scene.kinds(before).await,
            ["ticket.linked", "ticket.linked"]
        );
        // Again changes nothing; another kind takes its place.
        assert!(link(&scene, two, one, "parent").await.0.is_success());
        assert_eq!(scene.kinds(before).await.len(), 2);
        assert!(link(&scene, two, one, "related").await.0.is_success());
        assert_eq!(
            kinds_of(&scene, one).await,
            [(json!(two), json!("related"))]
        );
        let timeline = scene.get(&format!("/tickets/{two}/timeline")).await;
        let told = timeline["items"].as_array().unwrap().iter();
        assert_eq!(told.filter(|it| it["kind"] == "ticket.linked").count(), 2);
        let path = format!("/tickets/{two}/links/{one}");
        let (status, shown) = scene.call(&scene.mia, "DELETE", &path, None).await;
        assert_eq!((status, &shown["linked"]), (StatusCode::OK, &json!([])));
        assert!(kinds_of(&scene, one).await.is_empty());
        let (status, _) = scene.call(&scene.mia, "DELETE", &path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_not_linked() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let mut ids = Vec::new();
        for name in ["ana", "ben", "cem"] {
            ids.push(ticket(&scene.desk, &format!("{name}@x.example")).await);
        }
        let [a, b, c] = ids[..] else { panic!() };
        let refused = async |one, other, kind| {
            let (status, body) = link(&scene, one, other, kind).await;
            assert!(status.is_client_error(), "{kind}: {body}");
            body["code"].as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(refused(a, a, "related").await, "invalid");
        assert_eq!(refused(a, b, "followup").await, "invalid");
        assert_eq!(refused(a, TicketId(999), "related").await, "not_found");
        // a ⊃ b ⊃ c, and never c ⊃ a.
        assert!(link(&scene, a, b, "child").await.0.is_success());
        assert!(link(&scene, b, c, "child").await.0.is_success());
        assert_eq!(refused(c, a, "child").await, "linked_in_a_circle");
        assert_eq!(refused(a, c, "child").await, "linked_already");
        let light = scene.agent("Lea", Role::LightAgent).await;
        let body = json!({"ticket_id": c, "kind": "related"});
        let path = format!("/tickets/{a}/links");
        let (status, _) = scene.call(&light, "POST", &path, Some(body)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        // A shell belongs where it went.
        let body = json!({"version": scene.ticket(a).await.version,
            "sources": [{"id": c, "version": scene.ticket(c).await.version}]});
        let path = format!("/tickets/{a}/merges");
        let (status, told) = scene.call(&scene.mia, "POST", &path, Some(body)).await;
        assert!(status.is_success(), "{told}");
        assert_eq!(refused(b, c, "related").await, "ticket_merged");
    })
    .await;
}

#[tokio::test]
async fn a_problem_and_its_incidents_get_their_types() {
    each_engine(ROOMS, async |world| {
        let scene = Scene::open(world).await;
        let mut ids = Vec::new();
        for name in ["ana", "ben", "cem"] {
            ids.push(ticket(&scene.desk, &format!("{name}@x.example")).await);
        }
        let [problem, case, other] = ids[..] else {
            panic!()
        };
        assert!(link(&scene, problem, case, "incident").await.0.is_success());
        assert_eq!(
            scene.ticket(problem).await.ticket_type,
            Some(TicketType::Problem)
        );
        assert_eq!(
            scene.ticket(case).await.ticket_type,
            Some(TicketType::Incident)
        );
        // An incident is no problem, a problem no incident, and nobody has two problems.
        let (_, told) = link(&scene, case, other, "incident").await;
        assert_eq!(told["code"], "not_a_problem");
        let (_, told) = link(&scene, other, problem, "incident").await;
        assert_eq!(told["code"], "not_an_incident");
        let (_, told) = link(&scene, case, other, "problem").await;
        assert_eq!(told["code"], "linked_already");
        assert_eq!(scene.ticket(other).await.ticket_type, None);
    })
    .await;
}
