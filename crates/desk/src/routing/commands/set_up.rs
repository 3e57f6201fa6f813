//! Setting up how work is shared out, skills, and who has them.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, SkillId};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::super::rules::check;
use super::super::store;
use super::super::{
    AbilitiesChanged, Need, RoutingChanged, Skill, SkillChanged, SkillDeleted, SkillKind,
    TeamRouting,
};
use crate::{states, teams};

const CREATE: &str = "skill.create";

/// Sets up how a team shares its work out; `setting.version` is the one the caller saw.
pub async fn put_team(
    kernel: &Kernel,
    caller: &Caller,
    setting: TeamRouting,
) -> Result<TeamRouting, Refusal> {
    caller.require(Permission::DeskManage)?;
    let ceiling = (setting.ceiling_min, setting.ceiling_max);
    check::team(ceiling, setting.recovery_minutes, &setting.queues)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(
            async move |tx: &mut Tx<'_>| -> Result<TeamRouting, Refusal> {
                let team = setting.team_id;
                if !teams::store::lock(tx, team).await? {
                    return Err(Refusal::NotFound { what: "team" });
                }
                if store::version(tx, team).await? != setting.version {
                    return Err(Refusal::Stale { what: "routing" });
                }
                check_overflow(tx, &setting).await?;
                let setting = TeamRouting {
                    version: setting.version.saturating_add(1),
                    ..setting.clone()
                };
                store::put_team(tx, &setting).await?;
                let record = RoutingChanged { team };
                journal::append(tx, &ctx, Subject::default(), &record).await?;
                Ok(setting)
            },
        )
        .await
}

async fn check_overflow(tx: &mut Tx<'_>, setting: &TeamRouting) -> Result<(), Refusal> {
    for (index, queue) in setting.queues.iter().enumerate() {
        let Some(other) = queue.overflow_team_id else {
            continue;
        };
        let field = format!("queues.{index}.overflow_team_id");
        if other == setting.team_id {
            let mend = "name another team";
            return Err(Refusal::invalid(field, "names the team itself", mend));
        }
        if !teams::store::exists(tx, other).await? {
            let mend = "take the id of a team";
            return Err(Refusal::invalid(field, "names no team", mend));
        }
    }
    Ok(())
}

/// What a skill is to be.
#[derive(Clone, Debug)]
pub struct SkillInput {
    /// Its name.
    pub name: String,
    /// What kind of thing it is.
    pub kind: SkillKind,
    /// The code of a language.
    pub language: Option<String>,
    /// The level that tickets in that language ask for.
    pub language_level: i64,
    /// Which other tickets ask for it.
    pub needs: Vec<Need>,
}

impl SkillInput {
    fn check(&self) -> Result<(String, String), Refusal> {
        let language = self.language.as_deref();
        check::skill(self.kind, language, self.language_level, &self.needs)?;
        check::skill_name(&self.name)
    }

    fn skill(&self, id: SkillId) -> Skill {
        Skill {
            id,
            name: self.name.clone(),
            kind: self.kind,
            language: self.language.clone(),
            language_level: self.language_level,
            needs: self.needs.clone(),
            holders: Vec::new(),
            version: 1,
        }
    }
}

/// Adds a skill; the same idempotency key answers the same skill.
pub async fn create_skill(
    kernel: &Kernel,
    caller: &Caller,
    input: SkillInput,
    once: IdempotencyKey,
) -> Result<Skill, Refusal> {
    caller.require(Permission::DeskManage)?;
    let (name, fold) = input.check()?;
    let (ctx, agent) = (caller.context(kernel.clock.now()), caller.agent);
    let key = kernel.keys.workspace().await?;
    let keys = kernel.keys.clone();
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Skill, Refusal> {
            if let Some(once) = &once.0
                && let Some(id) = idempotency::find(tx, agent, once, CREATE).await?
            {
                return found(tx, SkillId(id)).await;
            }
            if store::skills(tx).await?.len() >= check::SKILLS_MAX {
                return Err(Refusal::conflict(
                    "too_many_skills",
                    format!("There can be at most {} skills.", check::SKILLS_MAX),
                ));
            }
            let skill = input.skill(SkillId(0));
            let id = store::add_skill(tx, (&name, &fold), &skill, ctx.at).await?;
            let id = id.ok_or_else(name_taken)?;
            store::set_needs(tx, id, &input.needs).await?;
            let name = keys.encrypt(tx, key, &name).await?;
            tell(tx, &ctx, SkillChanged { skill: id, name }).await?;
            if let Some(once) = &once.0 {
                idempotency::remember(tx, agent, once, CREATE, id.0, ctx.at).await?;
            }
            found(tx, id).await
        })
        .await
}

/// Changes a skill.
pub async fn update_skill(
    kernel: &Kernel,
    caller: &Caller,
    id: SkillId,
    (version, input): (i64, SkillInput),
) -> Result<Skill, Refusal> {
    caller.require(Permission::DeskManage)?;
    let (name, fold) = input.check()?;
    let ctx = caller.context(kernel.clock.now());
    let key = kernel.keys.workspace().await?;
    let keys = kernel.keys.clone();
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Skill, Refusal> {
            store::lock_skill(tx, id).await?;
            if found(tx, id).await?.version != version {
                return Err(Refusal::Stale { what: "skill" });
            }
            let named = store::named_skill(tx, &fold).await?;
            if named.is_some_and(|other| other != id) {
                return Err(name_taken());
            }
            store::update_skill(tx, (&name, &fold), &input.skill(id)).await?;
            store::set_needs(tx, id, &input.needs).await?;
            let name = keys.encrypt(tx, key, &name).await?;
            tell(tx, &ctx, SkillChanged { skill: id, name }).await?;
            found(tx, id).await
        })
        .await
}

/// Deletes a skill: no ticket asks for it and nobody has it any more.
pub async fn delete_skill(kernel: &Kernel, caller: &Caller, id: SkillId) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            if !store::lock_skill(tx, id).await? {
                return Err(Refusal::NotFound { what: "skill" });
            }
            store::delete_skill(tx, id).await?;
            let record = SkillDeleted { skill: id };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

/// What an agent can do.
#[derive(Clone, Debug)]
pub struct Abilities {
    /// The version of their load that the caller saw.
    pub version: i64,
    /// How much they can carry, in units.
    pub units_max: i64,
    /// Each skill with its level and until when it counts.
    pub skills: Vec<(SkillId, i64, Option<Timestamp>)>,
}

/// Sets how much an agent can carry and which skills they have.
pub async fn put_abilities(
    kernel: &Kernel,
    caller: &Caller,
    agent: AgentId,
    given: Abilities,
) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    check::units_max(given.units_max)?;
    for (index, (_, level, _)) in given.skills.iter().enumerate() {
        check::level(index, *level)?;
    }
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let known = identity::agents::store::find(tx, agent).await?;
            known.ok_or(Refusal::NotFound { what: "agent" })?;
            states::store::lock(tx, agent, ctx.at).await?;
            let mut load = store::load(tx, agent).await?;
            if load.version != given.version {
                return Err(Refusal::Stale { what: "abilities" });
            }
            check_skills(tx, &given).await?;
            load.units_max = given.units_max;
            load.version = load.version.saturating_add(1);
            store::put_load(tx, agent, &load).await?;
            store::set_skills(tx, agent, &given.skills).await?;
            let record = AbilitiesChanged {
                units_max: given.units_max,
                skills: given.skills.iter().map(|(id, ..)| *id).collect(),
            };
            journal::append(tx, &ctx, Subject::agent(agent), &record).await?;
            Ok(())
        })
        .await
}

async fn check_skills(tx: &mut Tx<'_>, given: &Abilities) -> Result<(), Refusal> {
    let known = store::skills(tx).await?;
    let mut seen = std::collections::BTreeSet::new();
    for (index, (id, ..)) in given.skills.iter().enumerate() {
        let reason = if !known.iter().any(|skill| skill.id == *id) {
            "names no skill"
        } else if !seen.insert(*id) {
            "names a skill twice"
        } else {
            continue;
        };
        let mend = "name each skill of the list at most once";
        return Err(Refusal::invalid(
            format!("skills.{index}.skill_id"),
            reason,
            mend,
        ));
    }
    Ok(())
}

async fn tell(tx: &mut Tx<'_>, ctx: &Context, record: SkillChanged) -> Result<(), Refusal> {
    journal::append(tx, ctx, Subject::default(), &record).await?;
    Ok(())
}

async fn found(tx: &mut Tx<'_>, id: SkillId) -> Result<Skill, Refusal> {
    let skills = store::skills(tx).await?;
    let skill = skills.into_iter().find(|skill| skill.id == id);
    skill.ok_or(Refusal::NotFound { what: "skill" })
}

fn name_taken() -> Refusal {
    Refusal::conflict(
        "skill_name_taken",
        "Another skill has this name. Choose a different one.",
    )
}
