//! API tokens.

use std::time::Duration;

use serde_json::json;
use testkit::{World, each_engine};

use crate::ROOMS;
use crate::client::{App, Browser};

async fn program(app: &App, owner: &mut Browser, scopes: &[&str]) -> Browser {
    let made = owner
        .post("/me/tokens", json!({"name": "Export", "scopes": scopes}))
        .await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let secret = made.body["secret"].as_str().unwrap();
    assert!(secret.starts_with("ek_") && secret.len() == 46, "{secret}");
    Browser {
        bearer: Some(secret.to_owned()),
        guard: false,
        ..app.browser("192.0.2.40")
    }
}

#[tokio::test]
async fn a_token_reaches_as_far_as_its_scope() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let invite = json!({"email": "x@example.com", "role": "agent"});
        for (scopes, abilities, invites) in [
            (["read"], 3, 403),
            (["write"], 14, 403),
            (["admin"], 23, 201),
        ] {
            let mut program = program(&app, &mut owner, &scopes).await;
            let me = program.get("/me").await;
            assert_eq!(
                me.body["abilities"].as_array().unwrap().len(),
                abilities,
                "{scopes:?}"
            );
            let reply = program.post("/invitations", invite.clone()).await;
            assert_eq!(reply.status, invites, "{scopes:?} {:?}", reply.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_cannot_touch_how_its_owner_signs_in() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let mut program = program(&app, &mut owner, &["admin"]).await;
        let password = json!({"current": "x", "new": "velvet kayak sermon"});
        for (method, path, body) in [
            ("GET", "/me/tokens", None),
            (
                "POST",
                "/me/tokens",
                Some(json!({"name": "x", "scopes": ["read"]})),
            ),
            ("DELETE", "/me/tokens/1", None),
            ("GET", "/me/sessions", None),
            ("DELETE", "/me/sessions/1", None),
            ("DELETE", "/session", None),
            ("POST", "/me/password", Some(password)),
            ("PATCH", "/me", Some(json!({"name": "X"}))),
        ] {
            let reply = program.send(method, path, body, &[]).await;
            assert_eq!(
                (reply.status, reply.code()),
                (403, "not_allowed"),
                "{method} {path}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_when_it_expires_and_when_it_is_revoked() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let past = json!({"name": "x", "scopes": ["read"], "expires_at": "2026-03-02T09:00:00Z"});
        assert_eq!(owner.post("/me/tokens", past).await.status, 422);
        let none = json!({"name": "x", "scopes": []});
        assert_eq!(owner.post("/me/tokens", none).await.status, 422);

        let hour = json!({"name": "x", "scopes": ["read"], "expires_at": "2026-03-02T10:00:00Z"});
        let made = owner.post("/me/tokens", hour).await;
        let mut short = app.browser("192.0.2.40");
        short.bearer = Some(made.body["secret"].as_str().unwrap().to_owned());
        let mut long = program(&app, &mut owner, &["read"]).await;
        assert_eq!(short.get("/me").await.status, 200);
        world.clock.advance(Duration::from_secs(3600));
        assert_eq!(short.get("/me").await.status, 401);
        assert_eq!(long.get("/me").await.status, 200);

        let listed = owner.get("/me/tokens").await.body;
        assert_eq!(listed["items"][0]["last_used_at"], "2026-03-02T10:00:00Z");
        assert_eq!(listed["items"][1]["name"], "x");
        assert_eq!(
            listed["items"][0]["secret"],
            json!(null),
            "the secret is shown once"
        );
        assert_eq!(owner.delete("/me/tokens/2").await.status, 204);
        assert_eq!(owner.delete("/me/tokens/2").await.status, 404);
        assert_eq!(long.get("/me").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_makes_one_token_and_answers_a_secret_that_works() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        let input = json!({"name": "Export", "scopes": ["read"]});
        let key = [("idempotency-key", "k-1")];
        let first = owner
            .send("POST", "/me/tokens", Some(input.clone()), &key)
            .await;
        let again = owner.send("POST", "/me/tokens", Some(input), &key).await;
        assert_eq!((again.status, again.id()), (201, first.id()));
        for (reply, status) in [(&first, 401), (&again, 200)] {
            let mut program = app.browser("192.0.2.40");
            program.bearer = Some(reply.body["secret"].as_str().unwrap().to_owned());
            assert_eq!(program.get("/me").await.status, status);
        }
        assert_eq!(
            owner.get("/me/tokens").await.body["items"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    })
    .await;
}
