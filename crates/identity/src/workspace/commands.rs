//! Setting the workspace up.

use kernel::db::Tx;
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;

use super::rules::{self, SetUp};
use super::{Workspace, WorkspaceSetUp, store};
use crate::Identity;
use crate::agents;
use crate::caller::Source;
use crate::permissions::Role;
use crate::sessions::commands::{Opening, SignedIn};

/// Makes the workspace with its first owner and signs them in.
///
/// # Errors
/// `already_set_up` when there is a workspace, `invalid` naming a field that will not do.
pub async fn set_up(
    identity: &Identity,
    source: &Source,
    input: &SetUp,
) -> Result<SignedIn, Refusal> {
    // Asked first so that nobody can make a workspace that exists compute hashes.
    if find(identity).await?.is_some() {
        return Err(already_set_up());
    }
    let input = rules::check(input)?;
    let hash = identity.hasher.hash(&input.password).await?;
    let opening = Opening::prepare(identity, source).await?;
    let key = identity.kernel.keys.workspace().await?;
    let request = source.request_id();
    let (identity, db) = (identity.clone(), identity.kernel.db.clone());
    db.write(async move |tx: &mut Tx<'_>| -> Result<SignedIn, Refusal> {
        let at = identity.kernel.clock.now();
        let SetUp {
            workspace_name,
            name,
            email,
            language,
            ..
        } = &input;
        let workspace = Workspace {
            name: workspace_name.clone(),
            language: *language,
            created_at: at,
        };
        if !store::insert(tx, &workspace).await? {
            return Err(already_set_up());
        }
        let context = Context {
            request: request.clone(),
            ..Context::system(at)
        };
        let person = agents::commands::NewAgent {
            name,
            email,
            role: Role::Owner,
            password_hash: &hash,
            language: *language,
            invitation: None,
        };
        let owner = agents::commands::create(tx, (&identity, key), &context, &person).await?;
        let name = identity
            .kernel
            .keys
            .encrypt(tx, key, workspace_name)
            .await?;
        let record = WorkspaceSetUp {
            owner: owner.id,
            name,
            language: *language,
        };
        journal::append(tx, &context, Subject::agent(owner.id), &record).await?;
        opening.begin(tx, &identity, &owner, at).await
    })
    .await
}

/// The workspace; `None` before set-up.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(identity: &Identity) -> Result<Option<Workspace>, Refusal> {
    identity
        .kernel
        .db
        .read(async |tx: &mut Tx<'_>| -> Result<_, Refusal> { Ok(store::find(tx).await?) })
        .await
}

fn already_set_up() -> Refusal {
    Refusal::Conflict {
        code: "already_set_up",
        detail: "This workspace has an owner already. Sign in instead.".to_owned(),
    }
}
