//! Signing in and out, and what ends a session.

use std::time::Duration;

use serde_json::json;
use testkit::{World, each_engine};

use crate::ROOMS;
use crate::client::{App, PASSWORD};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn only_the_right_pair_gets_in_and_nothing_says_which_half_is_wrong() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        app.owner().await;
        let mut browser = app.browser("192.0.2.50");
        let wrong = browser
            .sign_in("mia@example.com", "tomato gravel obo")
            .await;
        let unknown = browser.sign_in("eve@example.com", PASSWORD).await;
        assert_eq!((wrong.status, wrong.code()), (401, "wrong_credentials"));
        assert_eq!(wrong.body, unknown.body);
        assert_eq!(browser.session, None);
        assert_eq!(browser.get("/me").await.status, 401);
        let right = browser.sign_in(" MIA@example.com ", PASSWORD).await;
        assert_eq!(right.status, 200, "{:?}", right.body);
        assert_eq!(browser.get("/me").await.body, right.body);

        let kinds: Vec<String> = world
            .journal()
            .await
            .into_iter()
            .map(|it| it.kind)
            .collect();
        assert_eq!(
            kinds,
            [
                "agent.created",
                "workspace.set_up",
                "agent.signed_in",
                "agent.sign_in_failed",
                "agent.sign_in_failed",
                "agent.signed_in",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_idle_and_when_old() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut idle = app.owner().await;
        let mut used = app.browser("192.0.2.2");
        used.sign_in("mia@example.com", PASSWORD).await;
        for day in 1..90 {
            world.clock.advance(DAY);
            assert_eq!(used.get("/me").await.status, 200, "day {day}");
            if day == 13 {
                let listed = used.get("/me/sessions").await;
                assert_eq!(listed.body["items"].as_array().unwrap().len(), 2);
            }
            if day == 14 {
                assert_eq!(idle.get("/me").await.status, 401);
                let listed = used.get("/me/sessions").await;
                assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
            }
        }
        world.clock.advance(DAY);
        let over = used.get("/me").await;
        assert_eq!((over.status, over.code()), (401, "not_signed_in"));
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        world.clock.advance(Duration::from_secs(60));
        let mut other = app.browser("2001:db8::7");
        other.sign_in("mia@example.com", PASSWORD).await;
        let listed = owner.get("/me/sessions").await.body;
        assert_eq!(
            listed["items"][0],
            json!({
                "id": 2, "current": false, "user_agent": "Testbrowser 1.0", "ip": "2001:db8::7",
                "created_at": "2026-03-02T09:01:00Z", "last_seen_at": "2026-03-02T09:01:00Z",
            })
        );
        assert_eq!(listed["items"][1]["current"], true);

        assert_eq!(owner.delete("/me/sessions/2").await.status, 204);
        assert_eq!(other.get("/me").await.status, 401);
        assert_eq!(owner.delete("/me/sessions/2").await.status, 404);
        let old = owner.session.clone();
        assert_eq!(owner.delete("/session").await.status, 204);
        assert_eq!(owner.session, None, "the cookie is cleared");
        owner.session = old;
        assert_eq!(owner.get("/me").await.status, 401, "and worth nothing");
    })
    .await;
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let mut admin = app.member(&mut owner, "Bo", "admin", "192.0.2.2").await;
        assert_eq!(admin.delete("/me/sessions/1").await.status, 404);
        assert_eq!(owner.get("/me").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let mut other = app.browser("192.0.2.2");
        other.sign_in("mia@example.com", PASSWORD).await;
        let new = "velvet kayak sermon";
        let wrong = owner
            .post("/me/password", json!({"current": "wrong", "new": new}))
            .await;
        assert_eq!(
            (wrong.status, &wrong.body["fields"][0]["field"]),
            (422, &json!("current"))
        );
        let weak = json!({"current": PASSWORD, "new": "bluebird4life!"});
        let weak = owner.post("/me/password", weak).await;
        assert_eq!(
            (weak.status, &weak.body["fields"][0]["field"]),
            (422, &json!("new"))
        );
        assert_eq!(other.get("/me").await.status, 200);

        let change = json!({"current": PASSWORD, "new": new});
        assert_eq!(owner.post("/me/password", change).await.status, 204);
        assert_eq!(owner.get("/me").await.status, 200);
        assert_eq!(other.get("/me").await.status, 401);
        assert_eq!(other.sign_in("mia@example.com", PASSWORD).await.status, 401);
        assert_eq!(other.sign_in("mia@example.com", new).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn me_changes_name_and_preferences() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let patch = json!({
            "name": "Mia Ruiz",
            "preferences": {"theme": "dark", "signature_html": "<p>Mia</p><script>x()</script>"},
        });
        let reply = owner.patch("/me", patch.clone()).await;
        assert_eq!(reply.status, 200, "{:?}", reply.body);
        assert_eq!(reply.body["agent"]["name"], "Mia Ruiz");
        assert_eq!(reply.body["agent"]["version"], 2);
        assert_eq!(
            reply.body["preferences"],
            json!({
                "language": "de", "theme": "dark", "density": "comfortable", "shortcuts": true,
                "signature_html": "<p>Mia</p>",
            })
        );
        let records = world.journal().await.len();
        assert_eq!(owner.patch("/me", patch).await.body, reply.body);
        assert_eq!(
            world.journal().await.len(),
            records,
            "nothing new is no record"
        );
        for unknown in [json!({"colour": 1}), json!({"preferences": {"colour": 1}})] {
            assert_eq!(owner.patch("/me", unknown).await.status, 422);
        }
    })
    .await;
}
