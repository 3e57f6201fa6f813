//! Rows of schedules and of who keeps them.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::ScheduleId;
use kernel::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Schedule, ScheduleUse};

const INSERT: &str = "INSERT INTO schedules (name, fold, time_zone, week, holidays, version, \
    created_at) VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT (fold) DO NOTHING RETURNING id";
const UPDATE: &str = "UPDATE schedules SET name = $2, fold = $3, time_zone = $4, week = $5, \
    holidays = $6, version = version + 1 WHERE id = $1";
const DELETE: &str = "DELETE FROM schedules WHERE id = $1";
const NAMED: &str = "SELECT id FROM schedules WHERE fold = $1";
const FIND: &str = "SELECT id, name, time_zone, week, holidays, version FROM schedules \
    WHERE id = $1";
const ALL: &str = "SELECT id, name, time_zone, week, holidays, version FROM schedules ORDER BY id";
const USES: &str = "SELECT kind, subject_id, schedule_id FROM schedule_uses \
    ORDER BY kind, subject_id";
const TAKE: &str = "INSERT INTO schedule_uses (kind, subject_id, schedule_id) \
    VALUES ($1, $2, $3) ON CONFLICT (kind, subject_id) DO UPDATE \
    SET schedule_id = excluded.schedule_id";
const LEAVE: &str = "DELETE FROM schedule_uses WHERE schedule_id = $1";
const PROMISED: &str = "SELECT id FROM sla_policies WHERE schedule_id = $1 LIMIT 1";
const LOCK_BOOKS: &str = "SELECT generation FROM promise_books WHERE id = 1";
const TURN_PAGE: &str = "UPDATE promise_books SET generation = generation + 1 WHERE id = 1";

impl FromRow for Schedule {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            time_zone: row.get(2)?,
            week: parsed(&row.get::<String>(3)?)?,
            holidays: parsed(&row.get::<String>(4)?)?,
            used_by: Vec::new(),
            version: row.get(5)?,
        })
    }
}

/// What a column of JSON holds.
pub(crate) fn parsed<T: DeserializeOwned>(json: &str) -> Result<T, DbError> {
    serde_json::from_str(json).map_err(|error| DbError::Unreadable(error.to_string()))
}

/// A value for a column of JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Unreadable(error.to_string()))
}

/// Locks the book that schedules and promises stand in, against others who change it.
pub async fn lock_books(tx: &mut Tx<'_>) -> Result<(), DbError> {
    tx.lock(LOCK_BOOKS, &[]).await.map(drop)
}

/// How often schedules or promises changed.
pub async fn generation(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    let row = tx.one::<(i64,)>(LOCK_BOOKS, &[]).await?;
    Ok(row.map_or(0, |(generation,)| generation))
}

/// Notes that schedules or promises changed.
pub async fn turn_page(tx: &mut Tx<'_>) -> Result<(), DbError> {
    tx.execute(TURN_PAGE, &[]).await.map(drop)
}

/// Adds a schedule; `None` when the name is taken.
pub async fn insert(
    tx: &mut Tx<'_>,
    schedule: &Schedule,
    at: Timestamp,
) -> Result<Option<ScheduleId>, DbError> {
    let params = [
        schedule.name.as_str().into(),
        schedule.name.to_lowercase().into(),
        schedule.time_zone.as_str().into(),
        json(&schedule.week)?.into(),
        json(&schedule.holidays)?.into(),
        at.into(),
    ];
    let row = tx.one::<(ScheduleId,)>(INSERT, &params).await?;
    Ok(row.map(|(id,)| id))
}

/// Writes a schedule anew and counts its version up.
pub async fn update(tx: &mut Tx<'_>, schedule: &Schedule) -> Result<(), DbError> {
    let params = [
        schedule.id.into(),
        schedule.name.as_str().into(),
        schedule.name.to_lowercase().into(),
        schedule.time_zone.as_str().into(),
        json(&schedule.week)?.into(),
        json(&schedule.holidays)?.into(),
    ];
    tx.execute(UPDATE, &params).await.map(drop)
}

/// Deletes a schedule; nobody keeps its hours any more.
pub async fn delete(tx: &mut Tx<'_>, id: ScheduleId) -> Result<(), DbError> {
    tx.execute(LEAVE, &[id.into()]).await?;
    tx.execute(DELETE, &[id.into()]).await.map(drop)
}

/// The schedule of that name.
pub async fn named(tx: &mut Tx<'_>, name: &str) -> Result<Option<ScheduleId>, DbError> {
    let row = tx
        .one::<(ScheduleId,)>(NAMED, &[name.to_lowercase().into()])
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Whether a promise names the schedule.
pub async fn is_promised(tx: &mut Tx<'_>, id: ScheduleId) -> Result<bool, DbError> {
    Ok(tx.one::<(i64,)>(PROMISED, &[id.into()]).await?.is_some())
}

/// Makes exactly these keep the schedule's hours.
pub async fn set_uses(
    tx: &mut Tx<'_>,
    id: ScheduleId,
    uses: &[ScheduleUse],
) -> Result<(), DbError> {
    tx.execute(LEAVE, &[id.into()]).await?;
    for it in uses {
        let params = [it.kind.into(), it.id.into(), id.into()];
        tx.execute(TAKE, &params).await?;
    }
    Ok(())
}

/// Who keeps which schedule's hours.
pub async fn uses(tx: &mut Tx<'_>) -> Result<Vec<(ScheduleUse, ScheduleId)>, DbError> {
    let rows = tx.all::<(_, i64, ScheduleId)>(USES, &[]).await?;
    let used = |(kind, id, schedule)| (ScheduleUse { kind, id }, schedule);
    Ok(rows.into_iter().map(used).collect())
}

/// One schedule.
pub async fn find(tx: &mut Tx<'_>, id: ScheduleId) -> Result<Option<Schedule>, DbError> {
    let Some(mut found) = tx.one::<Schedule>(FIND, &[id.into()]).await? else {
        return Ok(None);
    };
    let mut used = uses(tx).await?;
    used.retain(|(_, schedule)| *schedule == id);
    found.used_by = used.into_iter().map(|(used, _)| used).collect();
    Ok(Some(found))
}

/// All schedules, by name.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Schedule>, DbError> {
    let mut schedules = tx.all::<Schedule>(ALL, &[]).await?;
    for (used, id) in uses(tx).await? {
        if let Some(schedule) = schedules.iter_mut().find(|it| it.id == id) {
            schedule.used_by.push(used);
        }
    }
    // Sorted here, since the engines order text differently.
    schedules.sort_by_cached_key(|schedule| schedule.name.to_lowercase());
    Ok(schedules)
}
