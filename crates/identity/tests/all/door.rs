//! Denied by default.

use identity::http::PUBLIC_ROUTES;
use serde_json::json;
use testkit::{World, each_engine};

use crate::ROOMS;
use crate::client::App;

/// Every route of the room, as method and template.
fn routes() -> Vec<(String, String)> {
    let (_, document) = identity::router().split_for_parts();
    let document = serde_json::to_value(&document).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut routes = Vec::new();
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            routes.push((method.to_uppercase(), format!("/api/v1{path}")));
        }
    }
    routes
}

#[tokio::test]
async fn every_route_but_the_public_ones_wants_somebody_signed_in() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let routes = routes();
        assert_eq!(routes.len(), 27, "{routes:?}");
        for (method, template) in &routes {
            let public = PUBLIC_ROUTES.contains(&(method.as_str(), template.as_str()));
            let path = template.replace("{id}", "1").replace("{token}", "x");
            let path = path.strip_prefix("/api/v1").unwrap();
            let body = Some(json!({}));
            let reply = app.browser("192.0.2.1").send(method, path, body, &[]).await;
            assert_eq!(
                reply.code() == "not_signed_in",
                !public,
                "{method} {template}"
            );
        }
        for path in ["", "/", "/nothing", "/setup/", "//setup"] {
            let reply = app.browser("192.0.2.1").get(path).await;
            assert!(
                [401, 404].contains(&reply.status),
                "{path}: {}",
                reply.status
            );
        }
    })
    .await;
}

#[tokio::test]
async fn what_changes_something_by_cookie_needs_the_guard_header() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut owner = app.owner().await;
        owner.guard = false;
        assert_eq!(owner.get("/me").await.status, 200, "reading needs none");
        for (method, path) in [
            ("PATCH", "/me"),
            ("POST", "/invitations"),
            ("DELETE", "/session"),
            ("PUT", "/x"),
        ] {
            let reply = owner.send(method, path, Some(json!({})), &[]).await;
            assert_eq!(
                (reply.status, reply.code()),
                (403, "csrf"),
                "{method} {path}"
            );
        }
        let wrong = owner
            .send("DELETE", "/session", None, &[("x-evenkeel", "0")])
            .await;
        assert_eq!(wrong.code(), "csrf");
        owner.guard = true;
        assert_eq!(owner.delete("/session").await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn a_forged_credential_opens_nothing() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let owner = app.owner().await;
        let real = owner.session.clone().unwrap();
        for forged in [
            "",
            "x",
            &real[1..],
            &format!("{real}A"),
            &real.to_lowercase(),
        ] {
            let mut browser = app.browser("192.0.2.1");
            browser.session = Some(forged.to_owned());
            assert_eq!(browser.get("/me").await.status, 401, "{forged}");
            browser.session = None;
            browser.bearer = Some(forged.to_owned());
            assert_eq!(browser.get("/me").await.status, 401, "{forged}");
        }
        let mut browser = app.browser("192.0.2.1");
        browser.bearer = Some(real);
        assert_eq!(
            browser.get("/me").await.status,
            401,
            "a session is no token"
        );
    })
    .await;
}

#[tokio::test]
async fn every_answer_names_its_request() {
    each_engine(ROOMS, async |world: World| {
        let app = App::new(&world.kernel);
        let mut browser = app.browser("192.0.2.1");
        let given = [("x-request-id", "abc-1")];
        let own = browser.send("GET", "/setup", None, &given).await;
        let id = own.headers["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(id.len(), 32, "a stranger does not name requests");
        browser.ip = crate::client::PROXY.to_owned();
        let named = browser.send("GET", "/setup", None, &given).await;
        assert_eq!(named.headers["x-request-id"], "abc-1");
        let refused = browser
            .send("GET", "/me", None, &[("x-request-id", "a b")])
            .await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.headers["x-request-id"].len(), 32, "unfit for logs");
    })
    .await;
}
