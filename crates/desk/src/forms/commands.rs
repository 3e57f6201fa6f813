//! Making, changing and deleting forms, and holding tickets to them.

use std::collections::BTreeMap;

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{FieldId, FormId, TicketId};
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::{FieldProblem, Refusal};

use super::http::{FormInput, FormPatch};
use super::rules::{self, Stage};
use super::{Form, FormChanged, FormCreated, FormDeleted, SolveRefused, TicketFormChanged, store};
use crate::conditions::{Moment, store as facts};
use crate::fields::commands::Desk;
use crate::fields::values::facts::Kinds;
use crate::fields::{self, rules as names};
use crate::tickets::commands::{change, subject};
use crate::tickets::{Status, Ticket, rules as tickets};

const CREATE: &str = "form.create";
const NOT_FOUND: Refusal = Refusal::NotFound { what: "form" };

/// Makes a form; the same idempotency key answers the same form.
pub async fn create(
    kernel: &Kernel,
    caller: &Caller,
    new: FormInput,
    once: IdempotencyKey,
) -> Result<Form, Refusal> {
    caller.require(Permission::DeskManage)?;
    let (desk, agent) = (Desk::ready(kernel, caller).await?, caller.agent);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Form, Refusal> {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
            {
                return store::find(tx, FormId(id)).await?.ok_or(NOT_FOUND);
            }
            let form = make(&desk, tx, &new).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, CREATE, form.id.0, desk.ctx.at).await?;
            }
            Ok(form)
        })
        .await
}

/// Makes a form inside a transaction.
pub(crate) async fn make(desk: &Desk, tx: &mut Tx<'_>, new: &FormInput) -> Result<Form, Refusal> {
    let name = names::label("name", &new.name)?;
    let forms = store::all(tx).await?;
    if forms.len() >= rules::FORMS_MAX {
        let detail = "There are 100 forms; delete some that nobody uses any more first.";
        return Err(Refusal::conflict("too_many_forms", detail));
    }
    let taken = |key: &str| forms.iter().any(|it| it.key == key);
    let key = match &new.key {
        Some(key) => names::key("key", key)?,
        None => names::free_key(names::key_from(&name), taken),
    };
    let mut form = Form {
        id: FormId(0),
        key,
        name,
        active: new.active,
        is_default: new.is_default,
        inbox_ids: new.inbox_ids.clone(),
        brand_ids: new.brand_ids.clone(),
        fields: new.fields.clone(),
        version: 1,
    };
    check(tx, &form).await?;
    let (_, last) = store::count(tx).await?;
    let Some(id) = store::insert(tx, &form, last.saturating_add(1)).await? else {
        return Err(Refusal::invalid(
            "key",
            "is another form's",
            "choose another key",
        ));
    };
    form.id = id;
    store::arrange(tx, &form).await?;
    let record = FormCreated {
        form: id,
        definition: desk.definition(tx, &form).await?,
    };
    journal::append(tx, &desk.ctx, Subject::default(), &record).await?;
    Ok(form)
}

async fn check(tx: &mut Tx<'_>, form: &Form) -> Result<(), Refusal> {
    let kinds = Kinds::load(tx).await?;
    let known = fields::store::all(tx).await?;
    let names: BTreeMap<FieldId, String> = known.into_iter().map(|it| (it.id, it.label)).collect();
    rules::check(&form.fields, |field| kinds.of(field), &names)
}

/// Changes a form.
pub async fn update(
    kernel: &Kernel,
    caller: &Caller,
    id: FormId,
    patch: FormPatch,
) -> Result<Form, Refusal> {
    caller.require(Permission::DeskManage)?;
    let desk = Desk::ready(kernel, caller).await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| change_form(&desk, tx, id, &patch).await)
        .await
}

/// Changes a form inside a transaction.
pub(crate) async fn change_form(
    desk: &Desk,
    tx: &mut Tx<'_>,
    id: FormId,
    patch: &FormPatch,
) -> Result<Form, Refusal> {
    store::lock(tx, id).await?;
    let before = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    if before.version != patch.version {
        return Err(Refusal::Stale { what: "form" });
    }
    let mut form = before.clone();
    if let Some(name) = &patch.name {
        form.name = names::label("name", name)?;
    }
    form.active = patch.active.unwrap_or(form.active);
    form.is_default = patch.is_default.unwrap_or(form.is_default);
    if let Some(inboxes) = &patch.inbox_ids {
        form.inbox_ids.clone_from(inboxes);
    }
    if let Some(brands) = &patch.brand_ids {
        form.brand_ids.clone_from(brands);
    }
    if let Some(fields) = &patch.fields {
        form.fields.clone_from(fields);
        check(tx, &form).await?;
    }
    if form == before {
        return Ok(before);
    }
    store::update(tx, &form).await?;
    let now = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    let record = FormChanged {
        form: id,
        definition: Change {
            from: desk.definition(tx, &before).await?,
            to: desk.definition(tx, &now).await?,
        },
    };
    journal::append(tx, &desk.ctx, Subject::default(), &record).await?;
    Ok(now)
}

/// Deletes a form; its tickets have a default one from now on, and keep their values.
pub async fn delete(kernel: &Kernel, caller: &Caller, id: FormId) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let desk = Desk::ready(kernel, caller).await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            store::lock(tx, id).await?;
            let form = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
            store::delete(tx, id).await?;
            let record = FormDeleted {
                form: id,
                definition: desk.definition(tx, &form).await?,
            };
            journal::append(tx, &desk.ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

/// All forms in their order; retired ones too.
pub async fn list(kernel: &Kernel, caller: &Caller) -> Result<Vec<Form>, Refusal> {
    caller.require(Permission::TicketRead)?;
    kernel
        .db
        .read(async |tx: &mut Tx<'_>| -> Result<Vec<Form>, Refusal> { Ok(store::all(tx).await?) })
        .await
}

/// Chooses a form for a locked ticket; `None`: the default one. The caller saves the ticket.
pub(crate) async fn choose(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    to: Option<FormId>,
) -> Result<(), Refusal> {
    let from = store::chosen(tx, ticket.id).await?;
    if from == to {
        return Ok(());
    }
    if let Some(form) = to {
        let found = store::find(tx, form).await?;
        if !found.is_some_and(|form| form.active) {
            let reason = "names a form that there is not (any more)";
            return Err(Refusal::invalid("form_id", reason, "choose another form"));
        }
    }
    store::choose(tx, ticket.id, to).await?;
    change::touch(ticket, ctx.at);
    let record = TicketFormChanged {
        form: Change { from, to },
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}

/// The fields that a ticket, as it stands in `ticket`, still needs at a stage.
async fn missing(tx: &mut Tx<'_>, ticket: &Ticket, stage: Stage) -> Result<Vec<FieldId>, Refusal> {
    let form = store::of_ticket(tx, ticket.id, ticket.inbox, ticket.brand).await?;
    let Some(form) = form else {
        return Ok(Vec::new());
    };
    let Some(form) = store::find(tx, form).await? else {
        return Ok(Vec::new());
    };
    if form.fields.is_empty() {
        return Ok(Vec::new());
    }
    let facts = facts::facts_of(tx, ticket).await?;
    let moment = Moment {
        now: ticket.updated_at,
        me: None,
    };
    Ok(rules::missing(&form.fields, &facts, &moment, stage))
}

/// Refuses a ticket whose form needs more at this stage, naming each field.
pub(crate) async fn require(tx: &mut Tx<'_>, ticket: &Ticket, stage: Stage) -> Result<(), Refusal> {
    let mut problems = Vec::new();
    for id in missing(tx, ticket, stage).await? {
        let Some(field) = fields::store::find(tx, id).await? else {
            continue;
        };
        problems.push(FieldProblem {
            field: format!("fields.{}", field.key),
            reason: match stage {
                Stage::Create => "is needed to begin a ticket".to_owned(),
                Stage::Solve => "is needed before the ticket is solved".to_owned(),
            },
            mend: format!("fill in “{}” in the ticket's fields", field.label),
        });
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Refusal::Invalid(problems))
}

/// Refuses a status that a ticket can't get, because of what it is or what it lacks.
pub(crate) async fn may_become(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    to: Status,
) -> Result<(), Refusal> {
    tickets::set_status(ticket.status, to)?;
    if tickets::solves(ticket.status, to) {
        require(tx, ticket, Stage::Solve).await?;
    }
    Ok(())
}

/// The status that a ticket gets by itself when it was to get `to`: one that lacks fields is not
/// solved, and tells so.
pub(crate) async fn allowed(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    to: Status,
) -> Result<Status, Refusal> {
    if !tickets::solves(ticket.status, to) {
        return Ok(to);
    }
    let missing = missing(tx, ticket, Stage::Solve).await?;
    if missing.is_empty() {
        return Ok(to);
    }
    journal::append(tx, ctx, subject(ticket), &SolveRefused { missing }).await?;
    Ok(tickets::touched(ticket.status))
}

/// The form that a ticket has, for the API.
pub(crate) async fn of_ticket(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Option<FormId>, Refusal> {
    Ok(store::of_ticket(tx, ticket.id, ticket.inbox, ticket.brand).await?)
}

/// Forgets which form a ticket has.
pub(crate) async fn forget(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), Refusal> {
    Ok(store::choose(tx, ticket, None).await?)
}
