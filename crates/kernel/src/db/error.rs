//! What can go wrong in the database, in the product's words.

/// Why a statement or transaction failed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection could be had: the server is down, unreachable or refuses us.
    #[error("the database can't be reached: {0}")]
    Unreachable(String),
    /// A text parameter holds a NUL character, which PostgreSQL can't store; it is replaced where
    /// the text comes in.
    #[error("a text holds a NUL character")]
    Nul,
    /// Someone else holds the database or a row for too long.
    #[error("the database is locked by another program or a long transaction")]
    Locked,
    /// The disk has no room left.
    #[error("the database's disk is full")]
    Full,
    /// Two transactions got in each other's way; running it again may help.
    #[error("two changes got in each other's way")]
    Clash,
    /// A statement of this transaction failed before, so nothing more runs in it.
    #[error("an earlier statement of this transaction failed")]
    Poisoned,
    /// A transaction waited for something other than its database.
    #[error("a transaction waited for the outside world")]
    Waited,
    /// The code inside a transaction panicked; its changes are undone.
    #[error("the code inside a transaction panicked")]
    Panicked,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// Anything else the engine said.
    #[error("SQLite: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// Anything else the engine said.
    #[error("PostgreSQL: {}", described(.0))]
    Postgres(#[source] tokio_postgres::Error),
    /// A stored value does not have the shape it must have.
    #[error("the store holds a value that can't be read: {0}")]
    Unreadable(String),
}

impl DbError {
    /// Whether nothing is wrong with the command itself, so that the same may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Locked | Self::Full | Self::Clash | Self::Closed
        )
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sqlite(error),
        }
    }
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        match error.code() {
            Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED) => {
                Self::Clash
            }
            Some(&SqlState::LOCK_NOT_AVAILABLE) => Self::Locked,
            Some(&SqlState::DISK_FULL) => Self::Full,
            Some(code) if is_connection_lost(code) => Self::Unreachable(described(&error)),
            Some(_) => Self::Postgres(error),
            None if error.is_closed() || is_io(&error) => Self::Unreachable(described(&error)),
            None => Self::Postgres(error),
        }
    }
}

impl From<deadpool_postgres::PoolError> for DbError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => Self::Unreachable(described(&error)),
            other => Self::Unreachable(other.to_string()),
        }
    }
}

/// Whether the server ended or refused the connection: class 08, too many connections, and
/// shutting down, crashed, starting up or idle for too long.
fn is_connection_lost(code: &tokio_postgres::error::SqlState) -> bool {
    const LOST: [&str; 5] = ["53300", "57P01", "57P02", "57P03", "25P03"];
    code.code().starts_with("08") || LOST.contains(&code.code())
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}

/// The error with its cause, which tokio-postgres leaves out of its own words.
fn described(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
