//! The API reference: one page rendered from the OpenAPI document, working without JavaScript.

use std::collections::BTreeMap;

use axum::response::Html;
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::openapi::OpenApi;

use crate::api::PREFIX;

const TEMPLATE: &str = include_str!("reference.html");
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[derive(Serialize)]
struct Operation<'a> {
    id: &'a str,
    method: &'a str,
    path: &'a str,
    summary: &'a Json,
    description: &'a Json,
    parameters: &'a Json,
    body: Option<String>,
    answers: Vec<Answer<'a>>,
}

#[derive(Serialize)]
struct Answer<'a> {
    status: &'a str,
    description: &'a Json,
    schema: Option<&'a str>,
}

#[derive(Serialize)]
struct Shape<'a> {
    description: &'a Json,
    json: String,
}

/// Renders the page.
pub fn page(document: &OpenApi) -> Html<String> {
    let document = serde_json::to_value(document).unwrap_or_default();
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    let rendered = environment.render_str(
        TEMPLATE,
        context! {
            info => Value::from(Serde(document.get("info"))),
            prefix => PREFIX,
            groups => Value::from(Serde(groups(&document))),
            schemas => Value::from(Serde(shapes(&document))),
        },
    );
    Html(rendered.unwrap_or_else(|error| {
        tracing::error!(%error, "the API reference can't be rendered");
        String::from("The reference can't be shown; the document itself is at openapi.json.")
    }))
}

/// Operations by tag.
fn groups(document: &Json) -> BTreeMap<&str, Vec<Operation<'_>>> {
    let mut groups: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if item[method].is_object() {
                let operation = &item[method];
                let tag = operation
                    .pointer("/tags/0")
                    .and_then(Json::as_str)
                    .unwrap_or("other");
                groups
                    .entry(tag)
                    .or_default()
                    .push(describe(path, method, operation));
            }
        }
    }
    groups
}

fn describe<'a>(path: &'a str, method: &'a str, operation: &'a Json) -> Operation<'a> {
    let body = operation.pointer("/requestBody/content/application~1json/schema");
    let answers = operation["responses"].as_object().into_iter().flatten();
    Operation {
        id: operation["operationId"].as_str().unwrap_or_default(),
        method,
        path,
        summary: &operation["summary"],
        description: &operation["description"],
        parameters: &operation["parameters"],
        body: body.map(pretty),
        answers: answers
            .map(|(status, answer)| Answer {
                status,
                description: &answer["description"],
                schema: answer
                    .pointer("/content/application~1json/schema/$ref")
                    .and_then(Json::as_str)
                    .and_then(|reference| reference.rsplit('/').next()),
            })
            .collect(),
    }
}

fn shapes(document: &Json) -> BTreeMap<&str, Shape<'_>> {
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Json::as_object);
    schemas
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            (
                name.as_str(),
                Shape {
                    description: &schema["description"],
                    json: pretty(schema),
                },
            )
        })
        .collect()
}

fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
