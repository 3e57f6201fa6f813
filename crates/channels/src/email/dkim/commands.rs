//! Making keys, checking what is published, signing.

use super::records::{self, Advice};
use super::{
    Algorithm, DkimKey, DkimKeyInsisted, DkimKeyPublished, DkimKeyRetired, DkimKeysCreated,
    Published, rules, sign, store,
};
use crate::Channels;
use crate::inboxes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::InboxId;
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::Refusal;
use std::sync::Arc;

const CREATE: &str = "dkim.create";

/// A domain that mail leaves from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendingDomain {
    /// Its name in ASCII.
    pub domain: String,
    /// The inboxes that send from it.
    pub inboxes: Vec<InboxId>,
    /// The servers they send by.
    pub smtp_hosts: Vec<String>,
}

/// The domain of an address as signatures and the DNS know it: in ASCII (RFC 5890).
pub fn domain_of(address: &str) -> Option<String> {
    let (_, domain) = address.rsplit_once('@')?;
    idna::domain_to_ascii(domain).ok()
}

/// The domains of all inboxes, by name.
///
/// # Errors
/// The database failed.
pub async fn domains(tx: &mut Tx<'_>) -> Result<Vec<SendingDomain>, DbError> {
    let mut found: Vec<SendingDomain> = Vec::new();
    for inbox in inboxes::store::all(tx).await? {
        let Some(domain) = domain_of(&inbox.address).filter(|_| !inbox.practice) else {
            continue;
        };
        let known = found.iter().position(|known| known.domain == domain);
        let index = known.unwrap_or(found.len());
        if known.is_none() {
            found.push(SendingDomain {
                domain,
                inboxes: Vec::new(),
                smtp_hosts: Vec::new(),
            });
        }
        if let Some(of) = found.get_mut(index) {
            of.inboxes.push(inbox.id);
            let host = inbox.smtp.map(|access| access.host);
            of.smtp_hosts
                .extend(host.filter(|host| !of.smtp_hosts.contains(host)));
        }
    }
    found.sort_by(|a, b| a.domain.cmp(&b.domain));
    Ok(found)
}

/// One of them.
///
/// # Errors
/// No inbox sends from it.
pub async fn sending_domain(tx: &mut Tx<'_>, domain: &str) -> Result<SendingDomain, Refusal> {
    let wanted = domain.to_lowercase();
    let found = domains(tx).await?.into_iter();
    found
        .into_iter()
        .find(|known| known.domain == wanted)
        .ok_or(Refusal::NotFound { what: "domain" })
}

/// Makes the next pair of keys of a domain; they sign once their records are found. Answers which
/// pair it is.
///
/// # Errors
/// Missing permission, a domain no inbox sends from, too many pairs waiting already.
pub async fn make_keys(
    kernel: &Kernel,
    caller: &Caller,
    domain: &str,
    once: IdempotencyKey,
) -> Result<i64, Refusal> {
    caller.require(Permission::InboxManage)?;
    let pairs = Arc::new(make_pair().await?);
    let (ctx, agent) = (caller.context(kernel.clock.now()), caller.agent);
    let (keys, domain) = (kernel.keys.clone(), domain.to_lowercase());
    let workspace = keys.workspace().await?;
    let write = async move |tx: &mut Tx<'_>| -> Result<i64, Refusal> {
        if let Some(once) = &once.0
            && let Some(generation) = idempotency::find(tx, agent, once, CREATE).await?
        {
            return Ok(generation);
        }
        let domain = sending_domain(tx, &domain).await?.domain;
        store::lock(tx, &domain).await?;
        let known = store::of_domain(tx, &domain).await?;
        let waiting = known.iter().filter(|key| {
            key.algorithm == Algorithm::Rsa
                && key.retired_at.is_none()
                && key.published != Published::Found
        });
        if waiting.count() >= rules::WAITING_MAX {
            return Err(Refusal::conflict(
                "keys_waiting",
                "Keys of this domain wait for their records already. Publish those first.",
            ));
        }
        let newest = known.iter().map(|key| key.generation).max();
        let generation = newest.unwrap_or_default().saturating_add(1);
        for (algorithm, made) in pairs.iter() {
            let key = DkimKey {
                id: 0,
                domain: domain.clone(),
                generation,
                selector: rules::selector(generation, *algorithm),
                algorithm: *algorithm,
                secret: keys.encrypt_secret(&STANDARD.encode(&made.pkcs8)),
                public_key: made.public.clone(),
                published: Published::Unknown,
                insisted: false,
                created_at: ctx.at,
                checked_at: None,
                retired_at: None,
            };
            if !store::insert(tx, &key).await? {
                return Err(Refusal::conflict(
                    "keys_made",
                    "Keys were made for this domain at the same moment.",
                ));
            }
        }
        let created = DkimKeysCreated {
            domain: keys.encrypt(tx, workspace, &domain).await?,
            generation,
        };
        journal::append(tx, &ctx, Subject::default(), &created).await?;
        jobs::enqueue(tx, check_job(&domain, generation, ctx.at)?).await?;
        if let Some(once) = &once.0 {
            idempotency::remember(tx, agent, once, CREATE, generation, ctx.at).await?;
        }
        Ok(generation)
    };
    kernel.db.write(write).await
}

/// One key of each kind, made beside the executor's threads.
async fn make_pair() -> Result<Vec<(Algorithm, sign::Made)>, Refusal> {
    let making = tokio::task::spawn_blocking(|| -> Result<_, sign::KeyProblem> {
        let mut pair = Vec::new();
        for &algorithm in Algorithm::ALL {
            pair.push((algorithm, sign::make(algorithm)?));
        }
        Ok(pair)
    });
    let made = making
        .await
        .map_err(|problem| Refusal::broken(problem.to_string()))?;
    made.map_err(|problem| Refusal::broken(problem.to_string()))
}

fn check_job(
    domain: &str,
    generation: i64,
    at: kernel::time::Timestamp,
) -> Result<NewJob, Refusal> {
    let payload = super::reactions::Check {
        domain: domain.to_owned(),
        generation,
    };
    Ok(NewJob {
        kind: super::reactions::DKIM_CHECK,
        key: format!("dkim.check:{domain}:{generation}"),
        payload: serde_json::to_string(&payload)
            .map_err(|problem| Refusal::broken(problem.to_string()))?,
        run_at: at.plus(super::reactions::EVERY_SOON),
        ticket: None,
    })
}

/// Has a key sign whatever the DNS says, or no longer.
///
/// # Errors
/// Missing permission, no such key, a retired one.
pub async fn insist(
    kernel: &Kernel,
    caller: &Caller,
    domain: &str,
    id: i64,
    insisted: bool,
) -> Result<(), Refusal> {
    caller.require(Permission::InboxManage)?;
    let (ctx, domain) = (caller.context(kernel.clock.now()), domain.to_lowercase());
    let write = async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        store::lock(tx, &domain).await?;
        let keys = store::of_domain(tx, &domain).await?;
        let gone = Refusal::NotFound { what: "key" };
        let key = keys.iter().find(|key| key.id == id).ok_or(gone)?;
        if key.retired_at.is_some() {
            return Err(Refusal::conflict(
                "key_retired",
                "A newer key took over, and the secret of this one is gone.",
            ));
        }
        if key.insisted != insisted {
            store::set_insisted(tx, id, insisted).await?;
            let insisted = Change {
                from: key.insisted,
                to: insisted,
            };
            let record = DkimKeyInsisted { key: id, insisted };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
        }
        Ok(())
    };
    kernel.db.write(write).await
}

/// Looks up everything that a domain should publish, notes what is found of its keys, and says
/// what is wrong. A look-up without an answer changes nothing.
///
/// # Errors
/// No inbox sends from the domain; the database failed.
pub async fn check(channels: &Channels, domain: &str) -> Result<Vec<Advice>, Refusal> {
    let kernel = &channels.desk.kernel;
    let wanted = domain.to_owned();
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let domain = sending_domain(tx, &wanted).await?;
        let keys = store::of_domain(tx, &domain.domain).await?;
        Ok((domain, keys))
    };
    let (sending, keys) = kernel.db.read(read).await?;
    let dns = &channels.dns;
    let (mut advice, mut seen) = (Vec::new(), Vec::new());
    for key in keys.iter().filter(|key| key.retired_at.is_none()) {
        match dns.txt(&rules::record_name(key)).await {
            Ok(texts) => {
                let told = records::dkim(key, Some(&texts));
                seen.push((key.id, told.published));
                advice.push(told);
            }
            Err(problem) => advice.push(unanswered(records::dkim(key, None), &problem.to_string())),
        }
    }
    note(kernel, &sending.domain, seen).await?;
    advice.push(match dns.txt(&sending.domain).await {
        Ok(texts) => records::spf(&sending.domain, &sending.smtp_hosts, Some(&texts)),
        Err(problem) => {
            let unknown = records::spf(&sending.domain, &sending.smtp_hosts, None);
            unanswered(unknown, &problem.to_string())
        }
    });
    advice.push(check_dmarc(channels, &sending.domain).await);
    advice.push(match dns.mx(&sending.domain).await {
        Ok(hosts) => records::mx(&sending.domain, Some(&hosts)),
        Err(problem) => unanswered(records::mx(&sending.domain, None), &problem.to_string()),
    });
    Ok(advice)
}

async fn check_dmarc(channels: &Channels, domain: &str) -> Advice {
    for place in records::with_parents(domain) {
        match channels.dns.txt(&format!("_dmarc.{place}")).await {
            Ok(texts) => {
                let advice = records::dmarc(domain, Some((place, &texts)));
                if advice.published != Published::Missing {
                    return advice;
                }
            }
            Err(problem) => return unanswered(records::dmarc(domain, None), &problem.to_string()),
        }
    }
    records::dmarc(domain, Some((domain, &[])))
}

fn unanswered(advice: Advice, problem: &str) -> Advice {
    Advice {
        problem: Some(format!("It could not be looked up: {problem}.")),
        mend: Some("Check again in a few minutes.".into()),
        ..advice
    }
}

/// Notes what the DNS holds of a domain's keys, and retires those that newer ones have replaced.
async fn note(kernel: &Kernel, domain: &str, seen: Vec<(i64, Published)>) -> Result<(), Refusal> {
    let (ctx, domain) = (Context::system(kernel.clock.now()), domain.to_owned());
    let secrets = kernel.keys.clone();
    let write = async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        store::lock(tx, &domain).await?;
        let mut keys = store::of_domain(tx, &domain).await?;
        for key in &mut keys {
            let Some(&(_, to)) = seen.iter().find(|(id, _)| *id == key.id) else {
                continue;
            };
            store::set_published(tx, key.id, to, ctx.at).await?;
            if key.published != to {
                let published = Change {
                    from: key.published,
                    to,
                };
                let record = DkimKeyPublished {
                    key: key.id,
                    published,
                };
                journal::append(tx, &ctx, Subject::default(), &record).await?;
            }
            key.published = to;
        }
        for id in rules::retiring(&keys) {
            store::retire(tx, id, ctx.at, secrets.encrypt_secret("")).await?;
            journal::append(tx, &ctx, Subject::default(), &DkimKeyRetired { key: id }).await?;
        }
        Ok(())
    };
    kernel.db.write(write).await
}

/// Signs a mail with the keys of the domain it comes from; unsigned when there are none, or when
/// one can't be used: a mail never fails for want of a signature.
///
/// # Errors
/// The database failed.
pub async fn signed(kernel: &Kernel, from: &str, mail: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    let Some(domain) = domain_of(from) else {
        return Ok(mail);
    };
    let of = domain.clone();
    let read = async move |tx: &mut Tx<'_>| store::of_domain(tx, &of).await;
    let keys = kernel.db.read::<_, DbError, _>(read).await?;
    let mut headers = String::new();
    for key in rules::signing(&keys) {
        let secret = kernel.keys.decrypt_secret(&key.secret)?;
        let made = STANDARD
            .decode(secret)
            .map_err(|problem| problem.to_string())
            .and_then(|pkcs8| {
                let key_of = (key.algorithm, pkcs8.as_slice());
                sign::signature(&mail, &domain, &key.selector, key_of).map_err(|e| e.to_string())
            });
        match made {
            Ok(header) => headers.push_str(&header),
            Err(problem) => tracing::error!(%problem, key = key.id, "a mail goes out unsigned"),
        }
    }
    if headers.is_empty() {
        return Ok(mail);
    }
    let mut signed = headers.into_bytes();
    signed.extend_from_slice(&mail);
    Ok(signed)
}
