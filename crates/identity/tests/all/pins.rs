//! Taking turns at a shared computer.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{World, each_engine};

use crate::ROOMS;
use crate::client::{App, Browser, PASSWORD, Reply};

const MIA: &str = "mia@example.com";
const PIN: &str = "739164";

/// The owner Mia at a shared computer, with a PIN.
async fn counter(app: &App) -> (Browser, Value) {
    let mut counter = app.owner().await;
    set_pin(&mut counter, PIN).await;
    let shared = counter
        .send(
            "PUT",
            "/session/computer",
            Some(json!({"shared": true})),
            &[],
        )
        .await;
    assert_eq!(shared.status, 204, "{:?}", shared.body);
    let mia = counter.get("/me").await.body["agent"]["id"].clone();
    (counter, mia)
}

async fn set_pin(browser: &mut Browser, pin: &str) {
    let body = json!({"password": PASSWORD, "pin": pin});
    let set = browser.send("PUT", "/me/pin", Some(body), &[]).await;
    assert_eq!(set.status, 204, "{:?}", set.body);
}

async fn lock(browser: &mut Browser) {
    let locked = browser.post("/session/lock", json!({})).await;
    assert_eq!(locked.status, 204, "{:?}", locked.body);
}

async fn unlock(browser: &mut Browser, agent: &Value, pin: &str) -> Reply {
    let body = json!({"agent": agent, "pin": pin});
    browser.post("/session/unlock", body).await
}

fn outcome(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.code())
}

#[tokio::test]
async fn two_take_turns_and_each_comes_back_to_their_own() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let (mut counter, mia) = counter(&app).await;
        let mut elsewhere = app.member(&mut counter, "Noor", "agent", "192.0.2.9").await;
        set_pin(&mut elsewhere, "905738").await;
        let before = counter.session.clone();
        lock(&mut counter).await;
        assert_eq!(counter.session, None);
        let turns = counter.get("/session/turns").await.body;
        assert_eq!(
            turns,
            json!({"shared": true, "people": [{"agent": mia, "name": "Mia"}]}),
            "Noor is signed in, but not here"
        );

        // The old token is worth nothing, with the lock and after it.
        let mut thief = counter.clone();
        thief.session = before.clone();
        assert_eq!(thief.get("/me").await.status, 401);

        assert_eq!(
            counter.sign_in("noor@example.com", PASSWORD).await.status,
            200
        );
        let noor = counter.get("/me").await.body["agent"]["id"].clone();
        assert_eq!(
            outcome(&unlock(&mut counter, &mia, PIN).await),
            (409, "lock_first")
        );
        lock(&mut counter).await;
        let crossed = unlock(&mut counter, &mia, "905738").await;
        assert_eq!(
            outcome(&crossed),
            (401, "wrong_pin"),
            "Noor's PIN is not Mia's"
        );
        let back = unlock(&mut counter, &mia, PIN).await;
        assert_eq!(back.status, 200, "{:?}", back.body);
        assert_eq!(back.body["agent"]["name"], "Mia");
        assert_ne!(counter.session, before);
        assert_eq!(thief.get("/me").await.status, 401);
        lock(&mut counter).await;
        let back = unlock(&mut counter, &noor, "905738").await;
        assert_eq!(back.body["agent"]["name"], "Noor");

        let kinds: Vec<String> = world
            .journal()
            .await
            .into_iter()
            .map(|it| it.kind)
            .collect();
        for (kind, times) in [
            ("agent.pin_changed", 2),
            ("computer.shared", 1),
            ("session.locked", 3),
            ("session.unlocked", 2),
            ("session.unlock_failed", 1),
        ] {
            let count = kinds.iter().filter(|it| *it == kind).count();
            assert_eq!(count, times, "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_pin_is_worth_nothing_on_another_computer() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let (mut counter, mia) = counter(&app).await;
        let mut second = app.browser("192.0.2.1");
        second.sign_in(MIA, PASSWORD).await;
        let not_shared = second.post("/session/lock", json!({})).await;
        assert_eq!(outcome(&not_shared), (409, "not_shared"));
        lock(&mut counter).await;
        second.session = None;
        for mut other in [second, app.browser("192.0.2.1")] {
            let refused = unlock(&mut other, &mia, PIN).await;
            assert_eq!(outcome(&refused), (401, "sign_in_in_full"));
            let turns = other.get("/session/turns").await.body;
            assert_eq!(turns, json!({"shared": false, "people": []}));
        }
        assert_eq!(unlock(&mut counter, &mia, PIN).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_pin_opens_no_longer_than_the_working_day() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let (mut counter, mia) = counter(&app).await;
        world.clock.advance(Duration::from_secs(11 * 3600));
        lock(&mut counter).await;
        assert_eq!(unlock(&mut counter, &mia, PIN).await.status, 200);
        lock(&mut counter).await;
        world.clock.advance(Duration::from_secs(3600));
        let late = unlock(&mut counter, &mia, PIN).await;
        assert_eq!(
            outcome(&late),
            (401, "sign_in_in_full"),
            "locking extends nothing"
        );
        let turns = counter.get("/session/turns").await.body;
        assert_eq!(turns, json!({"shared": true, "people": []}));
        assert_eq!(counter.sign_in(MIA, PASSWORD).await.status, 200);
        let listed = counter.get("/me/sessions").await.body;
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    })
    .await;
}

#[tokio::test]
async fn five_wrong_pins_end_the_session_on_that_computer_only() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let (mut counter, mia) = counter(&app).await;
        let mut elsewhere = app.browser("192.0.2.7");
        elsewhere.sign_in(MIA, PASSWORD).await;
        lock(&mut counter).await;
        for _ in 0..4 {
            let wrong = unlock(&mut counter, &mia, "111112").await;
            assert_eq!(outcome(&wrong), (401, "wrong_pin"));
        }
        let fifth = unlock(&mut counter, &mia, "111112").await;
        assert_eq!(outcome(&fifth), (401, "sign_in_in_full"));
        let right = unlock(&mut counter, &mia, PIN).await;
        assert_eq!(outcome(&right), (401, "sign_in_in_full"));
        assert_eq!(elsewhere.get("/me").await.status, 200);
        let ended = world.journal().await.into_iter();
        let ended = ended.filter(|it| it.kind == "session.revoked").count();
        assert_eq!(ended, 1);
        assert_eq!(counter.sign_in(MIA, PASSWORD).await.status, 200);
        lock(&mut counter).await;
        assert_eq!(unlock(&mut counter, &mia, PIN).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn tries_at_once_are_all_counted() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let (mut counter, mia) = counter(&app).await;
        lock(&mut counter).await;
        let tries: Vec<_> = (0..12)
            .map(|_| {
                let (mut counter, mia) = (counter.clone(), mia.clone());
                tokio::spawn(async move { unlock(&mut counter, &mia, "111112").await.status })
            })
            .collect();
        for tried in tries {
            assert_eq!(tried.await.unwrap(), 401);
        }
        let looked_at = world.journal().await.into_iter();
        let looked_at = looked_at.filter(|it| it.kind == "session.unlock_failed");
        assert_eq!(looked_at.count(), 5, "no sixth PIN was looked at");
        let right = unlock(&mut counter, &mia, PIN).await;
        assert_eq!(outcome(&right), (401, "sign_in_in_full"));
    })
    .await;
}

#[tokio::test]
async fn of_two_right_pins_at_once_one_opens() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let (mut counter, mia) = counter(&app).await;
        lock(&mut counter).await;
        let both: Vec<_> = (0..2)
            .map(|_| {
                let (mut counter, mia) = (counter.clone(), mia.clone());
                tokio::spawn(async move {
                    let status = unlock(&mut counter, &mia, PIN).await.status;
                    (status, counter.session)
                })
            })
            .collect();
        let mut tokens = Vec::new();
        for one in both {
            let (status, token) = one.await.unwrap();
            assert_eq!(status == 200, token.is_some(), "{status}");
            tokens.extend(token);
        }
        assert_eq!(tokens.len(), 1);
        counter.session = tokens.pop();
        assert_eq!(counter.get("/me").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn who_came_back_by_pin_reaches_neither_credentials_nor_settings() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let (mut counter, mia) = counter(&app).await;
        let may = |me: &Value, what: &str| {
            let abilities = me["abilities"].as_array().unwrap();
            abilities.iter().any(|it| it == what)
        };
        lock(&mut counter).await;
        let back = unlock(&mut counter, &mia, PIN).await;
        assert!(may(&back.body, "ticket.reply") && !may(&back.body, "agent.manage"));
        let change = json!({"current": PASSWORD, "new": "violin marble thunder"});
        let pin = json!({"password": PASSWORD, "pin": "905738"});
        let token = json!({"name": "Export", "scopes": ["read"]});
        let invitation = json!({"email": "eve@example.com", "role": "admin"});
        for (method, path, body) in [
            ("POST", "/me/password", Some(change)),
            ("PUT", "/me/pin", Some(pin)),
            (
                "POST",
                "/me/pin/remove",
                Some(json!({"password": PASSWORD})),
            ),
            ("POST", "/me/tokens", Some(token)),
            ("PUT", "/session/computer", Some(json!({"shared": false}))),
            ("POST", "/invitations", Some(invitation)),
            ("GET", "/invitations", None),
            ("GET", "/audit", None),
        ] {
            let refused = counter.send(method, path, body, &[]).await;
            assert_eq!(outcome(&refused), (403, "full_sign_in_needed"), "{path}");
        }
        assert_eq!(counter.get("/me/pin").await.body["opened_by_pin"], true);
        // Locking once more gives nothing back; signing in in full does.
        lock(&mut counter).await;
        unlock(&mut counter, &mia, PIN).await;
        assert_eq!(counter.get("/audit").await.status, 403);
        lock(&mut counter).await;
        counter.sign_in(MIA, PASSWORD).await;
        assert_eq!(counter.get("/audit").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn what_ends_sessions_ends_locked_ones() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let (mut counter, mia) = counter(&app).await;
        let mut elsewhere = app.browser("192.0.2.7");
        elsewhere.sign_in(MIA, PASSWORD).await;
        lock(&mut counter).await;
        let change = json!({"current": PASSWORD, "new": "violin marble thunder"});
        assert_eq!(elsewhere.post("/me/password", change).await.status, 204);
        let refused = unlock(&mut counter, &mia, PIN).await;
        assert_eq!(outcome(&refused), (401, "sign_in_in_full"));

        // No longer shared: what waited there ends.
        counter.sign_in(MIA, "violin marble thunder").await;
        lock(&mut counter).await;
        counter.sign_in(MIA, "violin marble thunder").await;
        let unshared = counter
            .send(
                "PUT",
                "/session/computer",
                Some(json!({"shared": false})),
                &[],
            )
            .await;
        assert_eq!(unshared.status, 204);
        assert_eq!(
            outcome(&counter.post("/session/lock", json!({})).await),
            (409, "not_shared")
        );
        assert_eq!(counter.get("/me").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_pin_asks_for_the_password_and_simple_ones_are_refused() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        for (password, pin, field) in [
            ("tomato gravel obo", PIN, "password"),
            (PASSWORD, "123456", "pin"),
            (PASSWORD, "240290", "pin"),
        ] {
            let body = json!({"password": password, "pin": pin});
            let refused = owner.send("PUT", "/me/pin", Some(body), &[]).await;
            assert_eq!(refused.status, 422);
            assert_eq!(
                refused.body["fields"][0]["field"], field,
                "{:?}",
                refused.body
            );
        }
        assert_eq!(owner.get("/me/pin").await.body["is_set"], false);
        set_pin(&mut owner, PIN).await;
        assert_eq!(owner.get("/me/pin").await.body["is_set"], true);
        let remove = json!({"password": PASSWORD});
        assert_eq!(
            owner.post("/me/pin/remove", remove.clone()).await.status,
            204
        );
        assert_eq!(owner.post("/me/pin/remove", remove).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_page_of_another_site_cannot_spend_tries() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let (mut counter, mia) = counter(&app).await;
        lock(&mut counter).await;
        counter.guard = false;
        for _ in 0..6 {
            let forged = unlock(&mut counter, &mia, "111112").await;
            assert_eq!(outcome(&forged), (403, "csrf"));
        }
        counter.guard = true;
        assert_eq!(unlock(&mut counter, &mia, PIN).await.status, 200);
    })
    .await;
}
