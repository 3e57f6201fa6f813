//! The API put together: every room's routes under `/api/v1`, and the document that describes them.

use std::collections::BTreeSet;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use kernel::http::Json;
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder, RefOr, Schema, Server};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::web::{assets, headers, health, reference};

/// Where the API lives.
pub const PREFIX: &str = "/api/v1";

/// Every route of the server.
pub fn router(app: &App, watched: health::Watched) -> Router {
    let document = document();
    let page = reference::page(&document);
    let api = Router::new()
        .merge(routes(identity::router().with_state(app.identity.clone())))
        .merge(routes(
            customers::router().with_state(app.customers.clone()),
        ))
        .merge(routes(desk::router().with_state(app.desk.clone())))
        .merge(routes(channels::router().with_state(app.channels.clone())))
        .route("/openapi.json", get(async move || Json(document)));
    let watching = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .with_state(watched);
    Router::new()
        .nest(PREFIX, api)
        .layer(from_fn_with_state(
            app.identity.clone(),
            identity::http::authenticate,
        ))
        .route("/api", get(async move || page))
        .merge(watching)
        .fallback(assets::serve)
        .layer(from_fn(headers::secure))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
}

/// The OpenAPI 3.1 document, as `openapi.json` holds it.
pub fn document() -> OpenApi {
    let rooms = [
        identity::router().into_openapi(),
        customers::router().into_openapi(),
        desk::router().into_openapi(),
        channels::router().into_openapi(),
    ];
    let info = InfoBuilder::new()
        .title("Evenkeel")
        .version("v1")
        .description(Some(
            "Everything that the web app can do. Answers are JSON; errors are problem details \
             (RFC 9457) with a stable `code`. Lists are paged by an opaque `cursor`. Every create \
             takes an `Idempotency-Key`. Times are RFC 3339 in UTC.",
        ))
        .build();
    let mut document = OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new(PREFIX)]))
        .components(Some(Components::new()))
        .build();
    rooms.into_iter().for_each(|room| document.merge(room));
    complete_answers(&mut document);
    if let Some(components) = &mut document.components {
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("evenkeel_session"))),
        );
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
    }
    document
}

fn routes(room: OpenApiRouter) -> Router {
    room.into()
}

/// Marks every field of what only answers hold as present: ours are sent even when they are null,
/// which the derives, made for both directions, leave open.
fn complete_answers(document: &mut OpenApi) {
    let text = serde_json::to_value(&*document).unwrap_or_default();
    let mut taken = BTreeSet::new();
    let paths = text.pointer("/paths").and_then(Value::as_object);
    let operations = paths
        .into_iter()
        .flatten()
        .filter_map(|(_, path)| path.as_object());
    for (_, operation) in operations.flatten() {
        if let Some(body) = operation.get("requestBody") {
            collect_names(body, &text, &mut taken);
        }
    }
    let schemas = document
        .components
        .iter_mut()
        .flat_map(|components| &mut components.schemas);
    for (name, schema) in schemas {
        if let RefOr::T(Schema::Object(object)) = schema
            && !taken.contains(name)
            && !OMITTING.contains(&name.as_str())
        {
            object.required = object.properties.keys().cloned().collect();
        }
    }
}

/// Answers that leave fields out.
const OMITTING: [&str; 1] = ["Problem"];

/// The schemas that `part` leads to.
fn collect_names(part: &Value, document: &Value, found: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            if let Some(name) = fields.get("$ref").and_then(Value::as_str)
                && let Some(name) = name.strip_prefix("#/components/schemas/")
                && found.insert(name.to_owned())
            {
                let schema = document.pointer(&format!("/components/schemas/{name}"));
                collect_names(schema.unwrap_or(&Value::Null), document, found);
            }
            fields
                .values()
                .for_each(|inner| collect_names(inner, document, found));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_names(item, document, found)),
        _ => {}
    }
}
