//! Inviting, withdrawing, accepting.

use kernel::db::Tx;
use kernel::idempotency;
use kernel::ids::{InvitationId, KeyId};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;

use super::rules::{self, InvitationInput, VALID_FOR};
use super::{
    Invitation, InvitationAccepted, InvitationCreated, InvitationWithdrawn, WithdrawalReason, store,
};
use crate::agents::{self, commands::NewAgent};
use crate::caller::{Caller, Source};
use crate::permissions::Permission;
use crate::preferences::Language;
use crate::sessions::commands::{Opening, SignedIn};
use crate::{Identity, passwords, workspace};

const CREATE: &str = "invitation.create";

/// Invites somebody; answers the invitation and its link, which is shown only here. Repeated with
/// the same idempotency key it answers the same invitation with a fresh link in place of the lost.
///
/// # Errors
/// What [`rules::check`] refuses, `email_taken`, `already_invited`, and `invalid` for teams that do
/// not exist.
pub async fn create(
    identity: &Identity,
    caller: &Caller,
    input: &InvitationInput,
    idempotency_key: Option<String>,
) -> Result<(Invitation, String), Refusal> {
    let input = rules::check(caller, input)?;
    let token = identity.kernel.random.token();
    let link = format!("{}/invite/{token}", identity.kernel.settings.base_url);
    let hash = identity.invitation_hash(&token);
    let key = identity.kernel.keys.workspace().await?;
    let caller = caller.clone();
    let (identity, db) = (identity.clone(), identity.kernel.db.clone());
    let created = db.write(
        async move |tx: &mut Tx<'_>| -> Result<Invitation, Refusal> {
            // One invitation per address: all are decided on the workspace's row.
            workspace::store::lock(tx).await?;
            let context = caller.context(identity.kernel.clock.now());
            if let Some(again) = &idempotency_key
                && let Some(id) = idempotency::find(tx, caller.agent, again, CREATE).await?
            {
                let id = InvitationId(id);
                let first = store::find(tx, id).await?;
                store::set_token(tx, id, hash).await?;
                return first.ok_or(Refusal::NotFound { what: "invitation" });
            }
            make_room(tx, &context, &input).await?;
            identity.teams.check(tx, &input.team_ids).await?;
            let until = context.at.plus(VALID_FOR);
            let made = store::insert(tx, &input, hash, caller.agent, (context.at, until)).await?;
            note_created(tx, (&identity, key), &context, &made).await?;
            if let Some(again) = &idempotency_key {
                let agent = caller.agent;
                idempotency::remember(tx, agent, again, CREATE, made.id.0, context.at).await?;
            }
            Ok(made)
        },
    );
    created.await.map(|invitation| (invitation, link))
}

/// Refuses when the address has an agent or an open invitation; clears away an expired one.
async fn make_room(
    tx: &mut Tx<'_>,
    context: &Context,
    input: &InvitationInput,
) -> Result<(), Refusal> {
    if agents::store::find_by_email(tx, &input.email)
        .await?
        .is_some()
    {
        return Err(agents::commands::email_taken());
    }
    let Some(before) = store::find_by_email(tx, &input.email).await? else {
        return Ok(());
    };
    if !rules::is_expired(&before, context.at) {
        return Err(Refusal::conflict(
            "already_invited",
            "This address has an open invitation. Withdraw it to make a new one.",
        ));
    }
    store::delete(tx, before.id).await?;
    note_withdrawn(tx, context, before.id, WithdrawalReason::Expired).await
}

async fn note_created(
    tx: &mut Tx<'_>,
    (identity, key): (&Identity, KeyId),
    context: &Context,
    made: &Invitation,
) -> Result<(), Refusal> {
    let record = InvitationCreated {
        invitation: made.id,
        email: identity.kernel.keys.encrypt(tx, key, &made.email).await?,
        role: made.role,
        team_ids: made.team_ids.clone(),
        expires_at: made.expires_at,
    };
    journal::append(tx, context, Subject::default(), &record).await?;
    Ok(())
}

async fn note_withdrawn(
    tx: &mut Tx<'_>,
    context: &Context,
    invitation: InvitationId,
    reason: WithdrawalReason,
) -> Result<(), Refusal> {
    let record = InvitationWithdrawn { invitation, reason };
    journal::append(tx, context, Subject::default(), &record).await?;
    Ok(())
}

/// Withdraws an invitation; its link stops working.
///
/// # Errors
/// `not_allowed`, `not_found`.
pub async fn withdraw(
    identity: &Identity,
    caller: &Caller,
    id: InvitationId,
) -> Result<(), Refusal> {
    caller.require(Permission::AgentManage)?;
    let caller = caller.clone();
    let context = caller.context(identity.kernel.clock.now());
    identity
        .kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let gone = || Refusal::NotFound { what: "invitation" };
            let invitation = store::find(tx, id).await?.ok_or_else(gone)?;
            rules::withdraw(&caller, &invitation)?;
            if !store::delete(tx, id).await? {
                return Err(gone());
            }
            note_withdrawn(tx, &context, id, WithdrawalReason::Withdrawn).await
        })
        .await
}

/// The invitations that can still be accepted, newest first.
///
/// # Errors
/// `not_allowed`.
pub async fn open(identity: &Identity, caller: &Caller) -> Result<Vec<Invitation>, Refusal> {
    caller.require(Permission::AgentManage)?;
    let now = identity.kernel.clock.now();
    identity
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            Ok(store::open(tx, now).await?)
        })
        .await
}

/// What a link stands for, with the workspace's name and language.
///
/// # Errors
/// `not_found` for a link that does not work, or no longer.
pub async fn by_token(
    identity: &Identity,
    token: &str,
) -> Result<(Invitation, String, Language), Refusal> {
    let hash = identity.invitation_hash(token);
    let now = identity.kernel.clock.now();
    identity
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            let found = store::find_by_token(tx, hash).await?;
            let invitation = found
                .filter(|it| !rules::is_expired(it, now))
                .ok_or_else(unknown)?;
            let workspace = workspace::store::find(tx).await?.ok_or_else(unknown)?;
            Ok((invitation, workspace.name, workspace.language))
        })
        .await
}

fn unknown() -> Refusal {
    Refusal::NotFound {
        what: "invitation, or it was used, withdrawn or has expired",
    }
}

/// Makes an agent of whoever holds the link, and signs them in.
///
/// # Errors
/// `not_found` for a link that does not work, `invalid` for name or password, `email_taken`.
pub async fn accept(
    identity: &Identity,
    source: &Source,
    token: &str,
    (name, password): (&str, &str),
) -> Result<SignedIn, Refusal> {
    let (invitation, workspace, language) = by_token(identity, token).await?;
    let name = agents::rules::name("name", name)?;
    passwords::rules::check(
        "password",
        password,
        &[&name, &invitation.email, &workspace],
    )?;
    let hash = identity.hasher.hash(password).await?;
    let opening = Opening::prepare(identity, source).await?;
    let key = identity.kernel.keys.workspace().await?;
    let request = source.request_id();
    let (identity, db) = (identity.clone(), identity.kernel.db.clone());
    db.write(async move |tx: &mut Tx<'_>| -> Result<SignedIn, Refusal> {
        if !store::delete(tx, invitation.id).await? {
            return Err(unknown());
        }
        let at = identity.kernel.clock.now();
        let system = Context {
            request: request.clone(),
            ..Context::system(at)
        };
        let person = NewAgent {
            name: &name,
            email: &invitation.email,
            role: invitation.role,
            password_hash: &hash,
            language,
            invitation: Some(invitation.id),
        };
        let agent = agents::commands::create(tx, (&identity, key), &system, &person).await?;
        let context = Context {
            request: request.clone(),
            ..Context::agent(agent.id, at)
        };
        let record = InvitationAccepted {
            invitation: invitation.id,
        };
        journal::append(tx, &context, Subject::agent(agent.id), &record).await?;
        identity
            .teams
            .join(tx, &context, agent.id, &invitation.team_ids)
            .await?;
        opening.begin(tx, &identity, &agent, at).await
    })
    .await
}
