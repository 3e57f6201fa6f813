//! Setting up, changing and deleting business hours.

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{BrandId, InboxId, KeyId, ScheduleId, TeamId};
use kernel::journal::{self, Change, Subject};
use kernel::keys::{Encrypted, Keys};
use kernel::refusal::Refusal;

use super::{
    Holiday, Schedule, ScheduleChanged, ScheduleCreated, ScheduleDeleted, ScheduleUse, UseKind,
    Week, rules, store,
};
use crate::Desk;
use crate::{brands, teams};

const CREATE: &str = "schedule.create";

/// What a new schedule needs.
#[derive(Clone, Debug)]
pub struct NewSchedule {
    /// Its name.
    pub name: String,
    /// The IANA name of its zone.
    pub time_zone: String,
    /// The hours of an ordinary week.
    pub week: Week,
    /// The dates with other hours.
    pub holidays: Vec<Holiday>,
    /// Who keeps these hours; they leave the schedule they kept before.
    pub used_by: Vec<ScheduleUse>,
}

/// What is to change on a schedule; `None` leaves it.
#[derive(Clone, Debug)]
pub struct ScheduleUpdate {
    /// The version the caller saw.
    pub version: i64,
    /// A new name.
    pub name: Option<String>,
    /// Another zone.
    pub time_zone: Option<String>,
    /// Other hours of an ordinary week.
    pub week: Option<Week>,
    /// Other holidays.
    pub holidays: Option<Vec<Holiday>>,
    /// Who keeps these hours from now on.
    pub used_by: Option<Vec<ScheduleUse>>,
}

/// Sets business hours up; the same idempotency key answers the same schedule.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    new: NewSchedule,
    once: IdempotencyKey,
) -> Result<Schedule, Refusal> {
    caller.require(Permission::DeskManage)?;
    let wanted = tidied(Schedule {
        id: ScheduleId(0),
        name: new.name,
        time_zone: new.time_zone,
        week: new.week,
        holidays: new.holidays,
        used_by: new.used_by,
        version: 1,
    })?;
    let at = desk.kernel.clock.now();
    let (ctx, agent, desk) = (caller.context(at), caller.agent, desk.clone());
    let keys = desk.kernel.keys.clone();
    let key = keys.workspace().await?;
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        if let Some(key) = &once.0
            && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
        {
            return found(store::find(tx, ScheduleId(id)).await?);
        }
        store::lock_books(tx).await?;
        if store::all(tx).await?.len() >= rules::SCHEDULES_MAX {
            let detail = format!("There can be at most {} schedules.", rules::SCHEDULES_MAX);
            return Err(Refusal::conflict("too_many_schedules", detail));
        }
        check_uses(&desk, tx, &wanted.used_by).await?;
        let id = store::insert(tx, &wanted, at)
            .await?
            .ok_or_else(name_taken)?;
        store::set_uses(tx, id, &wanted.used_by).await?;
        store::turn_page(tx).await?;
        let record = ScheduleCreated {
            schedule: id,
            name: keys.encrypt(tx, key, &wanted.name).await?,
            hours: hours(tx, &keys, key, &wanted).await?,
            used_by: wanted.used_by.clone(),
        };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        if let Some(key) = &once.0 {
            idempotency::remember(tx, agent, key, CREATE, id.0, at).await?;
        }
        found(store::find(tx, id).await?)
    })
    .await
}

/// Changes business hours; promises that run by them move along.
pub async fn update(
    desk: &Desk,
    caller: &Caller,
    id: ScheduleId,
    update: ScheduleUpdate,
) -> Result<Schedule, Refusal> {
    caller.require(Permission::DeskManage)?;
    let (ctx, desk) = (caller.context(desk.kernel.clock.now()), desk.clone());
    let keys = desk.kernel.keys.clone();
    let key = keys.workspace().await?;
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        store::lock_books(tx).await?;
        let before = found(store::find(tx, id).await?)?;
        if before.version != update.version {
            return Err(Refusal::Stale { what: "schedule" });
        }
        let wanted = tidied(merged(&before, update.clone()))?;
        if wanted == before {
            return Ok(before);
        }
        let other = store::named(tx, &wanted.name).await?;
        if other.is_some_and(|other| other != id) {
            return Err(name_taken());
        }
        check_uses(&desk, tx, &wanted.used_by).await?;
        store::update(tx, &wanted).await?;
        store::set_uses(tx, id, &wanted.used_by).await?;
        store::turn_page(tx).await?;
        let record = changed(tx, (&keys, key), before, &wanted).await?;
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        found(store::find(tx, id).await?)
    })
    .await
}

/// Deletes a schedule that no promise goes by.
pub async fn delete(desk: &Desk, caller: &Caller, id: ScheduleId) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let ctx = caller.context(desk.kernel.clock.now());
    let keys = desk.kernel.keys.clone();
    let key = keys.workspace().await?;
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            store::lock_books(tx).await?;
            let schedule = found(store::find(tx, id).await?)?;
            if store::is_promised(tx, id).await? {
                return Err(Refusal::conflict(
                    "schedule_in_use",
                    "An SLA policy goes by this schedule. Give the policy another one first.",
                ));
            }
            store::delete(tx, id).await?;
            store::turn_page(tx).await?;
            let name = keys.encrypt(tx, key, &schedule.name).await?;
            let record = ScheduleDeleted { schedule: id, name };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

fn tidied(mut schedule: Schedule) -> Result<Schedule, Refusal> {
    schedule.name = rules::name("name", &schedule.name)?;
    rules::check(&schedule.time_zone, &schedule.week, &schedule.holidays)?;
    for (index, holiday) in schedule.holidays.iter_mut().enumerate() {
        holiday.name = rules::name(&format!("holidays.{index}.name"), &holiday.name)?;
    }
    schedule.used_by = rules::uses(&schedule.used_by)?;
    Ok(schedule)
}

fn merged(before: &Schedule, update: ScheduleUpdate) -> Schedule {
    let before = before.clone();
    Schedule {
        name: update.name.unwrap_or(before.name),
        time_zone: update.time_zone.unwrap_or(before.time_zone),
        week: update.week.unwrap_or(before.week),
        holidays: update.holidays.unwrap_or(before.holidays),
        used_by: update.used_by.unwrap_or(before.used_by),
        ..before
    }
}

async fn check_uses(desk: &Desk, tx: &mut Tx<'_>, uses: &[ScheduleUse]) -> Result<(), Refusal> {
    for (index, it) in uses.iter().enumerate() {
        let exists = match it.kind {
            UseKind::Workspace => true,
            UseKind::Team => teams::store::exists(tx, TeamId(it.id)).await?,
            UseKind::Inbox => desk.inboxes.find(tx, InboxId(it.id)).await?.is_some(),
            UseKind::Brand => {
                let brands = brands::store::all(tx).await?;
                brands.iter().any(|brand| brand.id == BrandId(it.id))
            }
        };
        if !exists {
            return Err(Refusal::invalid(
                format!("used_by.{index}"),
                "names nobody",
                "take the id of a team, inbox or brand",
            ));
        }
    }
    Ok(())
}

async fn hours(
    tx: &mut Tx<'_>,
    keys: &Keys,
    key: KeyId,
    schedule: &Schedule,
) -> Result<Encrypted<String>, Refusal> {
    let hours = (&schedule.time_zone, &schedule.week, &schedule.holidays);
    Ok(keys.encrypt(tx, key, &store::json(&hours)?).await?)
}

async fn changed(
    tx: &mut Tx<'_>,
    (keys, key): (&Keys, KeyId),
    before: Schedule,
    after: &Schedule,
) -> Result<ScheduleChanged, Refusal> {
    let name = if before.name == after.name {
        None
    } else {
        Some(Change {
            from: keys.encrypt(tx, key, &before.name).await?,
            to: keys.encrypt(tx, key, &after.name).await?,
        })
    };
    let same = (&before.time_zone, &before.week, &before.holidays)
        == (&after.time_zone, &after.week, &after.holidays);
    let hours = if same {
        None
    } else {
        Some(Change {
            from: hours(tx, keys, key, &before).await?,
            to: hours(tx, keys, key, after).await?,
        })
    };
    Ok(ScheduleChanged {
        schedule: before.id,
        version: before.version.saturating_add(1),
        name,
        hours,
        used_by: (before.used_by != after.used_by).then(|| Change {
            from: before.used_by,
            to: after.used_by.clone(),
        }),
    })
}

fn found(schedule: Option<Schedule>) -> Result<Schedule, Refusal> {
    schedule.ok_or(Refusal::NotFound { what: "schedule" })
}

fn name_taken() -> Refusal {
    Refusal::conflict(
        "schedule_name_taken",
        "Another schedule has this name. Choose a different one.",
    )
}
