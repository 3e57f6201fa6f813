//! The texts of the ladder: ours, or what an administrator wrote in their place.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::journal::{self, Subject};
use kernel::refusal::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::abuse::{AbusePurpose, AbuseTextChanged, CareLanguage, rules, store, words};

/// A text of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AbuseText {
    /// What it is for.
    pub purpose: AbusePurpose,
    /// In which language.
    pub language: CareLanguage,
    /// The text; `{until}` is the day that the step ends, `{link}` the page to object on.
    pub text: String,
    /// 0 while it is ours; send it back when changing it.
    pub version: i64,
}

/// The text for a purpose in a language.
pub(super) async fn text(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    purpose: AbusePurpose,
    language: CareLanguage,
) -> Result<String, Refusal> {
    let written = match store::text(tx, purpose, language).await? {
        Some((text, _)) => kernel.keys.decrypt(tx, &text).await?,
        None => None,
    };
    Ok(written.unwrap_or_else(|| words::text(purpose, language).to_owned()))
}

/// Every text in every language.
///
/// # Errors
/// Missing permission.
pub async fn list(kernel: &Kernel, caller: &Caller) -> Result<Vec<AbuseText>, Refusal> {
    caller.require(Permission::TicketRead)?;
    let kernel = kernel.clone();
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let written = store::texts(tx).await?;
        let mut all = Vec::new();
        for &purpose in AbusePurpose::ALL {
            for &language in CareLanguage::ALL {
                let found = written
                    .iter()
                    .find(|(of, in_language, ..)| (*of, *in_language) == (purpose, language));
                all.push(AbuseText {
                    purpose,
                    language,
                    text: text(&kernel, tx, purpose, language).await?,
                    version: found.map_or(0, |(.., version)| *version),
                });
            }
        }
        Ok(all)
    })
    .await
}

/// Rewrites a text.
///
/// # Errors
/// Missing permission, an empty text or one without the link it needs, changed meanwhile.
pub async fn save(
    kernel: &Kernel,
    caller: &Caller,
    (purpose, language): (AbusePurpose, CareLanguage),
    (given, version): (&str, i64),
) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let given = rules::text("text", given)?;
    let needs_link = matches!(purpose, AbusePurpose::Restrict | AbusePurpose::Block);
    if needs_link && !(given.contains("{link}") && given.contains("{until}")) {
        let mend = "put in {until} and {link}: whoever is limited must know until when, and where \
            to object";
        return Err(Refusal::invalid("text", "lacks a placeholder", mend));
    }
    let ctx = caller.context(kernel.clock.now());
    let (kernel, key) = (kernel.clone(), kernel.keys.workspace().await?);
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        const STALE: Refusal = Refusal::Stale { what: "text" };
        let known = store::text(tx, purpose, language).await?;
        if known.map_or(0, |(_, version)| version) != version {
            return Err(STALE);
        }
        let text = kernel.keys.encrypt(tx, key, &given).await?;
        if !store::save_text(tx, (purpose, language), &text, version).await? {
            return Err(STALE);
        }
        let record = AbuseTextChanged {
            purpose,
            language,
            text,
        };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        Ok(())
    })
    .await
}
