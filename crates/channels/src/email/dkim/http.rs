//! `/sending/domains`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::InboxId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, SendingDomain};
use super::records::{self, Advice, Purpose};
use super::{Algorithm, DkimKey, Published, rules, store};
use crate::Channels;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(create_keys))
        .routes(routes!(check))
        .routes(routes!(update_key))
}

/// A key that signs mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct DkimKeyView {
    id: i64,
    selector: String,
    algorithm: Algorithm,
    /// Which pair it belongs to.
    generation: i64,
    /// What the DNS was last seen to hold.
    published: Published,
    /// Whether it signs whatever the DNS says.
    insisted: bool,
    /// Whether mail that leaves now is signed with it.
    signs: bool,
    created_at: Timestamp,
    checked_at: Option<Timestamp>,
    /// When a newer one took over; its record can go a week later.
    retired_at: Option<Timestamp>,
}

/// A record to publish, and what was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct DnsRecordView {
    purpose: Purpose,
    /// The key it publishes.
    key_id: Option<i64>,
    /// Its full name.
    name: String,
    /// What to publish; null when only your mail host can know.
    value: Option<String>,
    /// The value in pieces of at most 255 bytes, as some hosts want it.
    strings: Vec<String>,
    /// The value as a line of a zone file.
    zone_line: Option<String>,
    published: Published,
    /// The records found under the name.
    found: Vec<String>,
    /// What is wrong, in plain words.
    problem: Option<String>,
    /// What helps.
    mend: Option<String>,
}

impl DnsRecordView {
    fn of(advice: Advice) -> DnsRecordView {
        let zone_line = advice
            .value
            .as_deref()
            .map(|value| records::zone_line(&advice.name, value));
        DnsRecordView {
            purpose: advice.purpose,
            key_id: advice.key,
            strings: advice
                .value
                .as_deref()
                .map(rules::strings)
                .unwrap_or_default(),
            zone_line,
            name: advice.name,
            value: advice.value,
            published: advice.published,
            found: advice.found,
            problem: advice.problem,
            mend: advice.mend,
        }
    }
}

/// A domain that mail leaves from.
#[derive(Debug, Serialize, ToSchema)]
pub struct SendingDomainView {
    domain: String,
    inbox_ids: Vec<InboxId>,
    /// Whether mail that leaves now is signed.
    signs: bool,
    /// Oldest first.
    keys: Vec<DkimKeyView>,
    /// What the domain should publish; looked up only by a check.
    records: Vec<DnsRecordView>,
}

/// All domains.
#[derive(Debug, Serialize, ToSchema)]
pub struct SendingDomainList {
    /// By name.
    items: Vec<SendingDomainView>,
}

/// Whether a key has to sign whatever the DNS says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DkimKeyPatch {
    insisted: bool,
}

fn view(
    domain: SendingDomain,
    keys: Vec<DkimKey>,
    advice: Option<Vec<Advice>>,
) -> SendingDomainView {
    let signing: Vec<i64> = rules::signing(&keys).iter().map(|key| key.id).collect();
    let advice = advice.unwrap_or_else(|| {
        let living = keys.iter().filter(|key| key.retired_at.is_none());
        let mut advice: Vec<Advice> = living.map(|key| records::dkim(key, None)).collect();
        advice.push(records::spf(&domain.domain, &domain.smtp_hosts, None));
        advice.push(records::dmarc(&domain.domain, None));
        advice.push(records::mx(&domain.domain, None));
        advice
    });
    let keys = keys.into_iter().map(|key| DkimKeyView {
        id: key.id,
        signs: signing.contains(&key.id),
        selector: key.selector,
        algorithm: key.algorithm,
        generation: key.generation,
        published: key.published,
        insisted: key.insisted,
        created_at: key.created_at,
        checked_at: key.checked_at,
        retired_at: key.retired_at,
    });
    SendingDomainView {
        domain: domain.domain,
        inbox_ids: domain.inboxes,
        signs: !signing.is_empty(),
        keys: keys.collect(),
        records: advice.into_iter().map(DnsRecordView::of).collect(),
    }
}

async fn one(
    channels: &Channels,
    domain: &str,
    advice: Option<Vec<Advice>>,
) -> Result<SendingDomainView, Refusal> {
    let domain = domain.to_owned();
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let domain = commands::sending_domain(tx, &domain).await?;
        let keys = store::of_domain(tx, &domain.domain).await?;
        Ok((domain, keys))
    };
    let (domain, keys) = channels.desk.kernel.db.read(read).await?;
    Ok(view(domain, keys, advice))
}

/// List the domains that mail leaves from, with their keys and the records to publish.
#[utoipa::path(get, path = "/sending/domains", tag = "sending",
    operation_id = "list_sending_domains", security(("session" = []), ("token" = [])),
    responses((status = 200, body = SendingDomainList), (status = 403, body = Problem)))]
async fn list(State(channels): State<Channels>, caller: Caller) -> Answer<Json<SendingDomainList>> {
    caller.require(Permission::InboxManage)?;
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let mut items = Vec::new();
        for domain in commands::domains(tx).await? {
            let keys = store::of_domain(tx, &domain.domain).await?;
            items.push(view(domain, keys, None));
        }
        Ok(items)
    };
    let items = channels.desk.kernel.db.read(read).await?;
    Ok(Json(SendingDomainList { items }))
}

/// Make the first or the next pair of keys of a domain; it signs once its records are found.
#[utoipa::path(post, path = "/sending/domains/{domain}/keys", tag = "sending",
    operation_id = "create_dkim_keys", security(("session" = []), ("token" = [])),
    params(("domain" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = SendingDomainView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`keys_waiting`")))]
async fn create_keys(
    State(channels): State<Channels>,
    caller: Caller,
    once: IdempotencyKey,
    Path(domain): Path<String>,
) -> Answer<(StatusCode, Json<SendingDomainView>)> {
    commands::make_keys(&channels.desk.kernel, &caller, &domain, once).await?;
    let view = one(&channels, &domain, None).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Look up what a domain publishes; keys whose records are found begin to sign.
#[utoipa::path(post, path = "/sending/domains/{domain}/check", tag = "sending",
    operation_id = "check_sending_domain", security(("session" = []), ("token" = [])),
    params(("domain" = String, Path)),
    responses((status = 200, body = SendingDomainView), (status = 404, body = Problem)))]
async fn check(
    State(channels): State<Channels>,
    caller: Caller,
    Path(domain): Path<String>,
) -> Answer<Json<SendingDomainView>> {
    caller.require(Permission::InboxManage)?;
    let advice = commands::check(&channels, &domain).await?;
    Ok(Json(one(&channels, &domain, Some(advice)).await?))
}

/// Have a key sign whatever the DNS says, or no longer.
#[utoipa::path(put, path = "/sending/domains/{domain}/keys/{id}", tag = "sending",
    operation_id = "update_dkim_key", security(("session" = []), ("token" = [])),
    params(("domain" = String, Path), ("id" = i64, Path)), request_body = DkimKeyPatch,
    responses((status = 200, body = SendingDomainView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`key_retired`")))]
async fn update_key(
    State(channels): State<Channels>,
    caller: Caller,
    Path((domain, id)): Path<(String, i64)>,
    Json(patch): Json<DkimKeyPatch>,
) -> Answer<Json<SendingDomainView>> {
    commands::insist(&channels.desk.kernel, &caller, &domain, id, patch.insisted).await?;
    Ok(Json(one(&channels, &domain, None).await?))
}
