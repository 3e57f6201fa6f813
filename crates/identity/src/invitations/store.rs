//! The SQL of invitations. An accepted or withdrawn one is gone; the journal remembers it.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, InvitationId, TeamId};
use kernel::time::Timestamp;

use super::Invitation;
use super::rules::InvitationInput;

const INSERT: &str = "INSERT INTO invitations (email, role, team_ids, token_hash, invited_by, \
    created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
const FIND: &str = "SELECT id, email, role, team_ids, invited_by, created_at, expires_at \
    FROM invitations WHERE id = $1";
const FIND_BY_EMAIL: &str = "SELECT id, email, role, team_ids, invited_by, created_at, expires_at \
    FROM invitations WHERE email = $1 ORDER BY id DESC LIMIT 1";
const FIND_BY_TOKEN: &str = "SELECT id, email, role, team_ids, invited_by, created_at, expires_at \
    FROM invitations WHERE token_hash = $1";
const OPEN: &str = "SELECT id, email, role, team_ids, invited_by, created_at, expires_at \
    FROM invitations WHERE expires_at > $1 ORDER BY id DESC LIMIT 1000";
const NEW_TOKEN: &str = "UPDATE invitations SET token_hash = $1 WHERE id = $2";
const DELETE: &str = "DELETE FROM invitations WHERE id = $1 RETURNING id";

impl FromRow for Invitation {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let teams: String = row.get(3)?;
        let teams = teams.split_whitespace().map(str::parse::<TeamId>);
        let team_ids = teams
            .collect::<Result<_, _>>()
            .map_err(|error| DbError::Unreadable(format!("team ids: {error}")))?;
        Ok(Self {
            id: row.get(0)?,
            email: row.get(1)?,
            role: row.get(2)?,
            team_ids,
            invited_by: row.get(4)?,
            created_at: row.get(5)?,
            expires_at: row.get(6)?,
        })
    }
}

/// A new invitation.
pub async fn insert(
    tx: &mut Tx<'_>,
    input: &InvitationInput,
    token_hash: [u8; 32],
    invited_by: AgentId,
    (created_at, expires_at): (Timestamp, Timestamp),
) -> Result<Invitation, DbError> {
    let teams: Vec<String> = input.team_ids.iter().map(TeamId::to_string).collect();
    let params = [
        input.email.as_str().into(),
        input.role.into(),
        teams.join(" ").into(),
        token_hash.into(),
        invited_by.into(),
        created_at.into(),
        expires_at.into(),
    ];
    let id = tx.one::<(InvitationId,)>(INSERT, &params).await?;
    let (id,) = id.ok_or_else(|| DbError::Unreadable("the id of a new invitation".to_owned()))?;
    let InvitationInput {
        email,
        role,
        team_ids,
    } = input.clone();
    Ok(Invitation {
        id,
        email,
        role,
        team_ids,
        invited_by,
        created_at,
        expires_at,
    })
}

/// The invitation, expired or not.
pub async fn find(tx: &mut Tx<'_>, id: InvitationId) -> Result<Option<Invitation>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// The latest invitation of an address, expired or not.
pub async fn find_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<Invitation>, DbError> {
    tx.one(FIND_BY_EMAIL, &[email.into()]).await
}

/// The invitation a link stands for, expired or not.
pub async fn find_by_token(
    tx: &mut Tx<'_>,
    token_hash: [u8; 32],
) -> Result<Option<Invitation>, DbError> {
    tx.one(FIND_BY_TOKEN, &[token_hash.into()]).await
}

/// The invitations that can be accepted at `now`, newest first.
pub async fn open(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<Invitation>, DbError> {
    tx.all(OPEN, &[now.into()]).await
}

/// Gives an invitation another link; the one before stops working.
pub async fn set_token(
    tx: &mut Tx<'_>,
    id: InvitationId,
    token_hash: [u8; 32],
) -> Result<(), DbError> {
    tx.execute(NEW_TOKEN, &[token_hash.into(), id.into()])
        .await?;
    Ok(())
}

/// Removes an invitation; false when somebody else has, which decides who accepted it.
pub async fn delete(tx: &mut Tx<'_>, id: InvitationId) -> Result<bool, DbError> {
    Ok(tx
        .one::<(InvitationId,)>(DELETE, &[id.into()])
        .await?
        .is_some())
}
