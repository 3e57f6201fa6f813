//! The first minute.

use serde_json::json;
use testkit::{World, each_engine};

use crate::ROOMS;
use crate::client::{App, set_up};

#[tokio::test]
async fn the_first_owner_makes_the_workspace_and_is_signed_in() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut browser = app.browser("192.0.2.1");
        let before = browser.get("/setup").await;
        assert_eq!(
            before.body,
            json!({"needed": true, "demo": false, "workspace_name": null})
        );

        let made = browser.post("/setup", set_up()).await;
        assert_eq!(made.status, 201, "{:?}", made.body);
        let me = browser.get("/me").await;
        assert_eq!(me.status, 200);
        assert_eq!(me.body, made.body);
        assert_eq!(
            me.body["agent"],
            json!({
                "id": 1, "name": "Mia", "email": "mia@example.com", "role": "owner",
                "status": "active", "team_ids": [], "created_at": "2026-03-02T09:00:00Z",
                "version": 1,
            })
        );
        assert_eq!(me.body["preferences"]["language"], "de");
        assert_eq!(
            me.body["workspace"],
            json!({"name": "Bluebird", "demo": false, "base_url": "http://localhost:8080"})
        );
        let abilities = me.body["abilities"].as_array().unwrap();
        assert!(abilities.contains(&json!("ticket.reply")));
        assert!(abilities.contains(&json!("audit.read")));

        let after = app.browser("192.0.2.9").get("/setup").await;
        assert_eq!(after.body["needed"], false);
        assert_eq!(after.body["workspace_name"], "Bluebird");
    })
    .await;
}

#[tokio::test]
async fn it_works_once_even_when_two_try_at_the_same_time() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let (mut one, mut two) = (app.browser("192.0.2.1"), app.browser("192.0.2.2"));
        let mut other = set_up();
        other["email"] = json!("eve@example.com");
        let (first, second) = tokio::join!(one.post("/setup", set_up()), two.post("/setup", other));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        let late = app.browser("192.0.2.3").post("/setup", set_up()).await;
        assert_eq!((late.status, late.code()), (409, "already_set_up"));
    })
    .await;
}

#[tokio::test]
async fn bad_input_names_the_field() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut browser = app.browser("192.0.2.1");
        for (field, value) in [
            ("workspace_name", json!("")),
            ("name", json!("Mia\nX")),
            ("email", json!("mia")),
            ("password", json!("short")),
            ("password", json!("password1234")),
            ("password", json!("the bluebird sings")),
        ] {
            let mut input = set_up();
            input[field] = value;
            let reply = browser.post("/setup", input).await;
            assert_eq!(reply.status, 422, "{:?}", reply.body);
            assert_eq!(reply.body["fields"][0]["field"], field);
            assert!(reply.body["fields"][0]["mend"].is_string());
        }
        let mut unknown = set_up();
        unknown["colour"] = json!("blue");
        assert_eq!(browser.post("/setup", unknown).await.status, 422);
        assert_eq!(browser.get("/setup").await.body["needed"], true);
    })
    .await;
}

#[tokio::test]
async fn cookies_are_safe_and_secure_behind_https() {
    each_engine(ROOMS, async |world: World| {
        let mut kernel = world.kernel.clone();
        kernel.settings = std::sync::Arc::new(kernel::Settings {
            base_url: "https://help.example.com".to_owned(),
            demo: false,
        });
        for (kernel, secure) in [(&kernel, true), (&world.kernel, false)] {
            let app = App::new(kernel);
            let mut browser = app.browser("192.0.2.1");
            let reply = if secure {
                browser.post("/setup", set_up()).await
            } else {
                browser
                    .sign_in("mia@example.com", crate::client::PASSWORD)
                    .await
            };
            let cookies = reply.headers.get_all("set-cookie").iter();
            let cookies: Vec<&str> = cookies.map(|it| it.to_str().unwrap()).collect();
            assert_eq!(cookies.len(), 2);
            for cookie in cookies {
                assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
                assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
            }
        }
    })
    .await;
}
