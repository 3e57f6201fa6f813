//! Every route says who may use it, and means it.
//!
//! The table is reviewed by hand. A route that is missing in it fails the test, and so does one
//! that lets in somebody it must not, or refuses somebody it must let in.

use axum::http::{Method, StatusCode};
use evenkeel::api;
use evenkeel::app::MIGRATIONS;
use identity::{Permission, Role};
use serde_json::Value;

use super::access::{Access, TABLE};
use crate::support::{Site, User, sample};

struct Route {
    method: Method,
    path: String,
    body: Option<Value>,
    access: Access,
}

fn documented() -> Vec<(Method, String, Value)> {
    let document = serde_json::to_value(api::document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ] {
            let operation = &item[method.as_str().to_lowercase()];
            if operation.is_object() {
                found.push((method, path.clone(), operation.clone()));
            }
        }
    }
    found
}

/// Bodies of routes that take one of several shapes, which a schema alone does not choose from.
const BODIES: [(&str, &str); 4] = [
    (
        "/tickets/{id}/side-conversations",
        r#"{"subject": "s", "agent_id": 1, "html": "x"}"#,
    ),
    (
        "/tickets",
        r#"{"subject": "s", "requester": {"email": "a@b.test"}, "kind": "note",
            "body": {"html": "x"}}"#,
    ),
    (
        "/tickets/{id}/messages/{number}/redactions",
        r#"{"text": "x"}"#,
    ),
    (
        "/invitations",
        r#"{"email": "new@team.test", "role": "agent"}"#,
    ),
];

/// The path with 1 for every parameter (an id that may or may not exist) and with the query that
/// the route needs.
fn filled(path: &str, operation: &Value) -> String {
    let parts = path.split('/').map(|part| match part {
        "{kind}" => "note",
        part if part.starts_with('{') => "1",
        part => part,
    });
    let path = parts.collect::<Vec<_>>().join("/");
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let needed = parameters.filter(|it| it["in"] == "query" && it["required"] == true);
    let query: Vec<String> = needed
        .filter_map(|it| it["name"].as_str().map(|name| format!("{name}=1")))
        .collect();
    if query.is_empty() {
        path
    } else {
        format!("{path}?{}", query.join("&"))
    }
}

fn routes() -> Vec<Route> {
    let document = serde_json::to_value(api::document()).unwrap();
    let routes = documented()
        .into_iter()
        .filter_map(|(method, path, operation)| {
            let access = TABLE
                .iter()
                .find(|row| row.method == method.as_str() && row.path == path)
                .map(|row| row.access)?;
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let written = BODIES.iter().find(|(of, _)| *of == path);
            let body = match written {
                Some((_, body)) => Some(serde_json::from_str(body).unwrap()),
                None => schema.is_object().then(|| sample(&document, schema)),
            };
            Some(Route {
                method,
                path: filled(&path, &operation),
                body,
                access,
            })
        });
    routes.collect()
}

#[test]
fn every_route_stands_in_the_table_and_no_other_does() {
    let documented = documented();
    let missing: Vec<String> = documented
        .iter()
        .filter(|(method, path, _)| {
            !TABLE
                .iter()
                .any(|row| row.method == method.as_str() && row.path == path)
        })
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    assert!(
        missing.is_empty(),
        "say in coverage/access.rs who may use: {missing:#?}"
    );
    let gone: Vec<&str> = TABLE
        .iter()
        .filter(|row| {
            !documented
                .iter()
                .any(|(method, path, _)| row.method == method.as_str() && row.path == path)
        })
        .map(|row| row.path)
        .collect();
    assert!(
        gone.is_empty(),
        "the table names routes that are gone: {gone:?}"
    );
}

#[test]
fn every_route_is_described() {
    let bare: Vec<String> = documented()
        .into_iter()
        .filter(|(_, _, operation)| {
            operation["summary"].as_str().is_none_or(str::is_empty)
                || operation["tags"].as_array().is_none_or(Vec::is_empty)
                || operation["operationId"].as_str().is_none_or(str::is_empty)
        })
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    assert!(
        bare.is_empty(),
        "give these a summary, a tag and an id: {bare:#?}"
    );
}

#[tokio::test]
async fn nobody_gets_in_without_signing_in() {
    testkit::each_engine(MIGRATIONS, async |world| {
        let site = Site::on(world);
        site.set_up().await;
        let mut wrong = Vec::new();
        for route in routes() {
            let reply = site
                .send(
                    &User::default(),
                    route.method.clone(),
                    &route.path,
                    route.body.clone(),
                )
                .await;
            let refused =
                reply.status == StatusCode::UNAUTHORIZED && reply.body["code"] == "not_signed_in";
            if refused == matches!(route.access, Access::Public) {
                wrong.push(format!("{} {}: {}", route.method, route.path, reply.status));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    })
    .await;
}

#[tokio::test]
async fn every_role_gets_what_the_table_says() {
    testkit::each_engine(MIGRATIONS, async |world| {
        let site = Site::on(world);
        let owner = site.set_up().await;
        let mut wrong = Vec::new();
        for (role, name) in [
            (Role::LightAgent, "light_agent"),
            (Role::Agent, "agent"),
            (Role::Lead, "lead"),
            (Role::Admin, "admin"),
        ] {
            let mut user = site.join(&owner, name).await;
            for route in routes() {
                // The route before may have ended the session.
                if site.get(&user, "/me").await.status != StatusCode::OK {
                    user = site.join(&owner, name).await;
                }
                let reply = site
                    .send(&user, route.method.clone(), &route.path, route.body.clone())
                    .await;
                let refused = reply.body["code"] == "not_allowed";
                let expected = match route.access {
                    Access::Public | Access::SignedIn => false,
                    Access::Needs(permission) => !permission.roles().contains(&role),
                };
                if refused != expected || reply.status == StatusCode::INTERNAL_SERVER_ERROR {
                    wrong.push(format!(
                        "{name}: {} {}: {} {}",
                        route.method, route.path, reply.status, reply.body
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    })
    .await;
}

/// Permissions that hang on what is acted on: a shared macro or view, an owner.
const DECIDED_ON_DATA: [Permission; 3] = [
    Permission::MacroManage,
    Permission::ViewShare,
    Permission::WorkspaceManage,
];

#[test]
fn every_permission_guards_something() {
    let guards = |permission: Permission| {
        DECIDED_ON_DATA.contains(&permission)
            || TABLE
                .iter()
                .any(|row| matches!(row.access, Access::Needs(it) if it == permission))
    };
    let unused: Vec<Permission> = Permission::ALL
        .iter()
        .copied()
        .filter(|permission| !guards(*permission))
        .collect();
    assert!(unused.is_empty(), "no route needs {unused:?}");
}
