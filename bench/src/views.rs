//! Saved views on the large store: as many as a workspace can have, of which one person sees
//! thirty.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use desk::views::SAVED;
use desk::views::saved::commands::{NewView, create};
use desk::views::saved::{Definition, Scope, store};
use evenkeel::app::App;
use identity::invitations::rules::InvitationInput;
use identity::{Caller, Role, Source};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::ids::ViewId;
use kernel::refusal::Refusal;
use serde_json::{Value, json};

use crate::http::Client;
use crate::large::read;
use crate::options::Options;
use crate::report::{Report, millis};
use crate::seed::{self, Place, Store};
use crate::server::Server;

const COUNTED_WITHIN: Duration = Duration::from_secs(120);
const ASK_EVERY: Duration = Duration::from_millis(100);
/// The views the measured person sees.
const SHARED: usize = 30;
/// The others' own, which every change of a ticket is held against too.
const COLLEAGUES: usize = 10;
const PERSONAL_EACH: usize = 97;

/// Measures every view's first page, and the counts of all the measured person sees.
pub async fn run(
    options: &Options,
    report: &mut Report,
    place: &Place,
    store: &Store,
) -> Result<()> {
    fill(place, store).await?;
    let server = Server::start(place).await?;
    let mut client = Client::connect(server.port, &store.token).await?;
    let asked = Instant::now();
    let listed = counted(&mut client).await?;
    let first = millis(&[asked.elapsed()]);
    report.add("1,000 saved views: first counts after ready", "ms", &first);
    let pages = pages(&listed)?;
    report.note(format!(
        "{} saved views are seen by one person.",
        pages.len()
    ));
    let counts = [vec!["/api/v1/views".to_owned()]];
    let name = "any saved view's first page";
    read(options, report, &mut client, name, &pages, 30.0).await?;
    let name = "counts of 30 saved views";
    read(options, report, &mut client, name, &counts, 20.0).await?;
    let resident = server.memory()?.resident;
    report.add("1,000 saved views: RSS after the reads", "MB", &[resident]);
    server.stop()
}

/// The list of views, once they are counted.
pub async fn counted(client: &mut Client) -> Result<Value> {
    let begun = Instant::now();
    loop {
        match client.get("/api/v1/views").await {
            Ok(body) => return Ok(serde_json::from_slice(&body)?),
            Err(error) if begun.elapsed() > COUNTED_WITHIN => return Err(error),
            Err(_) => tokio::time::sleep(ASK_EVERY).await,
        }
    }
}

/// The first page of each saved view on the list.
fn pages(listed: &Value) -> Result<Vec<Vec<String>>> {
    let views = listed["items"].as_array().context("no list of views")?;
    let ids = views.iter().filter_map(|view| view["id"].as_str());
    let saved = ids.filter(|id| id.starts_with(SAVED));
    let pages = saved.map(|id| vec![format!("/api/v1/tickets?view={id}")]);
    Ok(pages.collect())
}

/// Saves the views, unless a run before did.
async fn fill(place: &Place, store: &Store) -> Result<()> {
    let app = seed::open(place).await?;
    let count =
        async move |tx: &mut Tx<'_>| -> Result<i64, Refusal> { Ok(store::count(tx).await?) };
    if app.kernel.db.read(count).await? > 0 {
        return Ok(());
    }
    let owner = Caller::for_agent(store.owner, "Olga Owner", Role::Owner);
    for number in 0..SHARED {
        save(&app, &owner, Scope::Shared, number).await?;
    }
    for number in 0..COLLEAGUES {
        let colleague = join(&app, &owner, number).await?;
        for number in 0..PERSONAL_EACH {
            save(&app, &colleague, Scope::Personal, number).await?;
        }
    }
    Ok(())
}

async fn join(app: &App, owner: &Caller, number: usize) -> Result<Caller> {
    use identity::invitations::commands::{accept, create};
    let input = InvitationInput {
        email: format!("agent{number}@bench.test"),
        role: Role::Agent,
        team_ids: Vec::new(),
    };
    let (_, link) = create(&app.identity, owner, &input, None).await?;
    let (_, token) = link.rsplit_once('/').context("a link without a token")?;
    let (name, password) = (format!("Agent {number}"), "seven-quiet-harbours-at-dawn");
    let joined = accept(&app.identity, &Source::local(), token, (&name, password)).await?;
    Ok(joined.caller)
}

async fn save(app: &App, caller: &Caller, scope: Scope, number: usize) -> Result<ViewId> {
    let new = NewView {
        name: format!("View {number}"),
        scope,
        definition: definition(number)?,
    };
    let saved = create(&app.kernel, caller, new, IdempotencyKey(None)).await?;
    Ok(saved.id)
}

/// Ten kinds of views, from a handful of tickets to all of them.
fn definition(number: usize) -> Result<Definition> {
    let is =
        |field: &str, op: &str, value: Value| json!({"field": field, "op": op, "value": value});
    let open = is("status", "one_of", json!(["new", "open"]));
    let conditions = match number % 10 {
        0 => json!({"all": [open]}),
        1 => json!({"all": [is("subject", "contains", json!(format!("order {number}")))]}),
        2 => json!({"all": [is("assignee", "is", json!("me"))]}),
        3 => json!({"all": [open, is("created_at", "older_than", json!(60 + number))]}),
        4 => json!({"all": [is("status", "is", json!("solved"))]}),
        5 => json!({"all": [{"field": "assignee", "op": "not_set"}]}),
        6 => json!({"all": [is("message_count", "above", json!(10))]}),
        7 => json!({}),
        8 => json!({"all": [is("last_direction", "is", json!("in"))],
            "any": [is("priority", "is", json!("normal")), is("priority", "is", json!("high"))]}),
        _ => json!({"all": [is("requester", "is", json!(1 + number))]}),
    };
    let sorts = [
        "last_message_at",
        "priority",
        "updated_at",
        "created_at",
        "status",
    ];
    let groups = [Value::Null, json!("status"), json!("assignee")];
    let definition = json!({
        "conditions": conditions,
        "sort": sorts.get(number % sorts.len()),
        "ascending": number % 2 == 1,
        "group": groups.get(number % groups.len()),
        "columns": ["status", "priority", "assignee", "tags", "updated_at"],
        "density": "compact",
    });
    serde_json::from_value(definition).context("a view of the benchmark")
}
