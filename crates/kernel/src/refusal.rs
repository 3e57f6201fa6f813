//! Why a command was not carried out, without a word about transport.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::blobs::BlobError;
use crate::db::DbError;
use crate::journal::DecodeError;
use crate::keys::KeyError;

/// What [`Refusal::NotAllowed`] names when a session opened by PIN asks for what takes more.
pub const FULL_SIGN_IN: &str = "full_sign_in";

/// A refusal. Everything but [`Refusal::Broken`] may be shown to the one who asked.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Nobody is signed in.
    #[error("not signed in")]
    NotSignedIn,
    /// The one who asks lacks a permission.
    #[error("not allowed: {permission} is missing")]
    NotAllowed {
        /// The permission.
        permission: &'static str,
    },
    /// There is no such thing, or it may not be seen.
    #[error("{what} not found")]
    NotFound {
        /// What was looked for, as in `ticket`.
        what: &'static str,
    },
    /// It was changed meanwhile.
    #[error("the {what} was changed meanwhile")]
    Stale {
        /// What was changed.
        what: &'static str,
    },
    /// It does not fit the present state.
    #[error("{detail}")]
    Conflict {
        /// A stable code.
        code: &'static str,
        /// What is in the way and what helps.
        detail: String,
    },
    /// One or more fields are wrong.
    #[error("invalid: {}", .0.iter().map(|field| format!("{} {}", field.field, field.reason))
        .collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldProblem>),
    /// Too often.
    #[error("too many requests")]
    TooMany {
        /// A stable code.
        code: &'static str,
        /// When it may be tried again.
        retry_after: Duration,
    },
    /// It can't be done just now.
    #[error("{detail}")]
    Unavailable {
        /// What is missing and what helps.
        detail: String,
    },
    /// Something of ours broke; told to the log, not to the one who asked.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// What broke inside.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The database.
    #[error(transparent)]
    Db(DbError),
    /// The keys.
    #[error(transparent)]
    Key(KeyError),
    /// The blob store.
    #[error(transparent)]
    Blob(BlobError),
    /// A stored record.
    #[error(transparent)]
    Record(DecodeError),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// What is wrong with one field, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field's name, with dots for nesting.
    pub field: String,
    /// What is wrong, as the end of a sentence that begins with the field.
    pub reason: String,
    /// What to do instead.
    pub mend: String,
}

impl Refusal {
    /// One wrong field.
    pub fn invalid(
        field: impl Into<String>,
        reason: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::Invalid(vec![FieldProblem {
            field: field.into(),
            reason: reason.into(),
            mend: mend.into(),
        }])
    }

    /// The same, with the fields it names standing under `place`, as in `actions.2`.
    #[must_use]
    pub fn under(self, place: &str) -> Self {
        match self {
            Self::Invalid(problems) => Self::Invalid(
                problems
                    .into_iter()
                    .map(|problem| FieldProblem {
                        field: format!("{place}.{}", problem.field),
                        ..problem
                    })
                    .collect(),
            ),
            other => other,
        }
    }

    /// It does not fit the present state.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            detail: detail.into(),
        }
    }

    /// Something of ours broke.
    pub fn broken(what: impl Into<String>) -> Self {
        Self::Broken(Broken::Other(what.into()))
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Broken(Broken::Db(error))
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        Self::Broken(Broken::Key(error))
    }
}

impl From<BlobError> for Refusal {
    fn from(error: BlobError) -> Self {
        Self::Broken(Broken::Blob(error))
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self::Broken(Broken::Record(error))
    }
}
