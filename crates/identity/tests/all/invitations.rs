//! Inviting, accepting, withdrawing.

use std::time::Duration;

use serde_json::json;
use testkit::{World, each_engine};

use crate::ROOMS;
use crate::client::{App, PASSWORD};

const ANA: &str = "ana@example.com";

#[tokio::test]
async fn a_link_makes_one_agent_once() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let invite = json!({"email": " ANA@example.com", "role": "agent"});
        let invited = owner.post("/invitations", invite).await;
        assert_eq!(invited.status, 201, "{:?}", invited.body);
        assert_eq!(invited.body["expires_at"], "2026-03-09T09:00:00Z");
        let listed = owner.get("/invitations").await.body;
        assert_eq!(listed["items"][0]["email"], ANA);
        assert_eq!(
            listed["items"][0]["link"],
            json!(null),
            "the link is shown once"
        );

        let path = format!("/invitations/by-token/{}", invited.token());
        let preview = app.browser("192.0.2.2").get(&path).await;
        assert_eq!(
            preview.body,
            json!({"email": ANA, "role": "agent", "workspace_name": "Bluebird"})
        );
        let accept = format!("{path}/accept");
        let person = json!({"name": "Ana", "password": PASSWORD});
        let (mut one, mut two) = (app.browser("192.0.2.2"), app.browser("192.0.2.3"));
        let (first, second) = tokio::join!(
            one.post(&accept, person.clone()),
            two.post(&accept, person.clone())
        );
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404]);
        assert_eq!(
            owner.get("/agents").await.body["items"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(one.get(&path).await.status, 404);
        let again = owner
            .post("/invitations", json!({"email": ANA, "role": "agent"}))
            .await;
        assert_eq!((again.status, again.code()), (409, "email_taken"));
    })
    .await;
}

#[tokio::test]
async fn a_link_stops_working_when_withdrawn_and_after_seven_days() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let invite = json!({"email": ANA, "role": "agent"});
        let first = owner.post("/invitations", invite.clone()).await;
        let twice = owner.post("/invitations", invite.clone()).await;
        assert_eq!((twice.status, twice.code()), (409, "already_invited"));
        let path = format!("/invitations/{}", first.id());
        assert_eq!(owner.delete(&path).await.status, 204);
        assert_eq!(owner.delete(&path).await.status, 404);
        let by_token = format!("/invitations/by-token/{}", first.token());
        assert_eq!(app.browser("192.0.2.2").get(&by_token).await.status, 404);

        let second = owner.post("/invitations", invite.clone()).await;
        let by_token = format!("/invitations/by-token/{}", second.token());
        world.clock.advance(Duration::from_secs(7 * 24 * 3600 - 1));
        assert_eq!(app.browser("192.0.2.2").get(&by_token).await.status, 200);
        world.clock.advance(Duration::from_secs(1));
        let person = json!({"name": "Ana", "password": PASSWORD});
        let late = app
            .browser("192.0.2.2")
            .post(&format!("{by_token}/accept"), person)
            .await;
        assert_eq!((late.status, late.code()), (404, "not_found"));
        assert_eq!(owner.get("/invitations").await.body["items"], json!([]));
        assert_eq!(
            owner.post("/invitations", invite).await.status,
            201,
            "expired makes room"
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_offers_more_than_they_may() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let mut admin = app.member(&mut owner, "Bo", "admin", "192.0.2.2").await;
        let mut agent = app.member(&mut owner, "Lu", "agent", "192.0.2.3").await;
        let own = json!({"email": ANA, "role": "owner"});
        let refused = admin.post("/invitations", own.clone()).await;
        assert_eq!((refused.status, refused.code()), (403, "not_allowed"));
        let offered = owner.post("/invitations", own).await;
        assert_eq!(offered.status, 201);
        let path = format!("/invitations/{}", offered.id());
        assert_eq!(admin.delete(&path).await.status, 403);
        assert_eq!(agent.delete(&path).await.status, 403);
        assert_eq!(agent.get("/invitations").await.status, 403);
        let light = json!({"email": "x@example.com", "role": "light_agent"});
        assert_eq!(agent.post("/invitations", light).await.status, 403);
        let teams = json!({"email": "x@example.com", "role": "agent", "team_ids": [4]});
        let refused = owner.post("/invitations", teams).await;
        assert_eq!(
            (refused.status, &refused.body["fields"][0]["field"]),
            (422, &json!("team_ids"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_makes_one_invitation_and_answers_a_link_that_works() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let invite = json!({"email": ANA, "role": "agent"});
        let key = [("idempotency-key", "k-1")];
        let first = owner
            .send("POST", "/invitations", Some(invite.clone()), &key)
            .await;
        let again = owner.send("POST", "/invitations", Some(invite), &key).await;
        assert_eq!(
            (again.status, again.id()),
            (201, first.id()),
            "{:?}",
            again.body
        );
        let path = format!("/invitations/by-token/{}", again.token());
        assert_eq!(app.browser("192.0.2.2").get(&path).await.status, 200);
        let path = format!("/invitations/by-token/{}", first.token());
        assert_eq!(app.browser("192.0.2.2").get(&path).await.status, 404);
        assert_eq!(
            owner.get("/invitations").await.body["items"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn a_weak_password_is_refused_and_the_link_stays_good() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let invited = owner
            .post("/invitations", json!({"email": ANA, "role": "agent"}))
            .await;
        let accept = format!("/invitations/by-token/{}/accept", invited.token());
        let mut ana = app.browser("192.0.2.2");
        let weak = ana
            .post(&accept, json!({"name": "Ana", "password": "welcome12345"}))
            .await;
        assert_eq!(
            (weak.status, &weak.body["fields"][0]["field"]),
            (422, &json!("password"))
        );
        let good = ana
            .post(&accept, json!({"name": "Ana", "password": PASSWORD}))
            .await;
        assert_eq!(good.status, 200);
        assert_eq!(
            good.body["preferences"]["language"], "de",
            "the workspace's language"
        );
    })
    .await;
}
