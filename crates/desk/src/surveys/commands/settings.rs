//! Deciding who is asked, and how.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::SurveySettingId;
use kernel::journal::{self, Subject};
use kernel::refusal::Refusal;

use crate::surveys::{SettingNumbers, SurveySetting, SurveySettingChanged, rules, store};

const WHAT: &str = "survey setting";

/// Writes the setting of a scope; version 0 makes a new one.
///
/// # Errors
/// Missing permission, numbers out of range, changed meanwhile.
pub async fn save(
    kernel: &Kernel,
    caller: &Caller,
    wanted: SurveySetting,
) -> Result<SurveySetting, Refusal> {
    caller.require(Permission::DeskManage)?;
    rules::check(&wanted)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let found = store::lock_setting(tx, wanted.scope, wanted.scope_id).await?;
            let found = found.ok_or(Refusal::NotFound { what: WHAT })?;
            if found.version != wanted.version {
                return Err(Refusal::Stale { what: WHAT });
            }
            let setting = SurveySetting {
                id: found.id,
                ..wanted.clone()
            };
            if found.version > 0 && found == setting {
                return Ok(found);
            }
            store::save_setting(tx, &setting).await?;
            let record = SurveySettingChanged {
                setting: Some(numbers(&setting)),
                scope: setting.scope,
                scope_id: setting.scope_id,
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            let version = found.version.saturating_add(1);
            Ok(SurveySetting { version, ..setting })
        })
        .await
}

/// Removes the setting of a scope, which then follows the more general one.
///
/// # Errors
/// Missing permission, no such setting.
pub async fn remove(kernel: &Kernel, caller: &Caller, id: SurveySettingId) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let found = store::lock_setting_by_id(tx, id).await?;
            let found = found.ok_or(Refusal::NotFound { what: WHAT })?;
            store::delete_setting(tx, id).await?;
            let record = SurveySettingChanged {
                setting: None,
                scope: found.scope,
                scope_id: found.scope_id,
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

/// All settings.
///
/// # Errors
/// Missing permission.
pub async fn list(kernel: &Kernel, caller: &Caller) -> Result<Vec<SurveySetting>, Refusal> {
    caller.require(Permission::DeskManage)?;
    let all = async |tx: &mut Tx<'_>| -> Result<_, Refusal> { Ok(store::settings(tx).await?) };
    kernel.db.read(all).await
}

fn numbers(setting: &SurveySetting) -> SettingNumbers {
    SettingNumbers {
        enabled: setting.enabled,
        language: setting.language,
        delay_minutes: setting.delay_minutes,
        apart_days: setting.apart_days,
        sample_percent: setting.sample_percent,
        change_days: setting.change_days,
        excluded_tags: setting.excluded_tags.clone(),
        excluded_types: setting.excluded_types.clone(),
    }
}
