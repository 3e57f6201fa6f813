//! Fields and forms as one document: taken from one workspace, put into another.
//!
//! Everything is known by its key. A dry run does the whole import and takes it back, so what it
//! tells is what would be.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::refusal::Refusal;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::http::{FormInput, FormPatch};
use super::{FormField, commands, store};
use crate::conditions::{Condition, Conditions, Field, Operand};
use crate::fields::commands::{self as fields, Desk};
use crate::fields::http::{ApiField, FieldInput, FieldPatch, OptionInput};
use crate::fields::rules::{FIELDS_MAX, gone};
use crate::tickets::TicketType;

/// The only version of the document so far.
const VERSION: i64 = 1;

/// Fields and forms, without anything that only holds in one workspace.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FormsDocument)]
pub struct Document {
    /// Of the document's shape: 1.
    pub version: i64,
    /// The fields, in their order.
    #[schema(value_type = Vec<Object>)]
    pub fields: Vec<DocField>,
    /// The forms, in their order.
    #[schema(value_type = Vec<Object>)]
    pub forms: Vec<DocForm>,
}

/// A field in the document: as it is made, and with its options by key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DocField {
    key: String,
    #[serde(flatten)]
    field: serde_json::Map<String, serde_json::Value>,
}

/// A form in the document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocForm {
    key: String,
    name: String,
    active: bool,
    is_default: bool,
    fields: Vec<DocFormField>,
}

/// A field on a form in the document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocFormField {
    field: String,
    required_on_create: bool,
    required_on_solve: bool,
    types: Vec<TicketType>,
    show_when: Option<DocConditions>,
}

/// Conditions that name fields and options by their keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocConditions {
    all: Vec<DocCondition>,
    any: Vec<DocCondition>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocCondition {
    field: String,
    op: crate::conditions::Operator,
    #[serde(default)]
    value: Option<Operand>,
}

words! {
    /// What an import does.
    ImportAction {
        /// It makes something new.
        Create = "create",
        /// It changes something.
        Change = "change",
    }
}

/// Something that an import makes or changes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportedItem {
    /// Whether it is a form; otherwise a field.
    pub is_form: bool,
    /// Its key.
    pub key: String,
    /// Its label or name.
    pub name: String,
    /// What is done.
    pub action: ImportAction,
}

/// What an import did, or would do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Imported {
    /// All that differs; what is already so is not among it.
    pub items: Vec<ImportedItem>,
}

/// All fields and forms as one document.
pub async fn export(kernel: &Kernel, caller: &Caller) -> Result<Document, Refusal> {
    caller.require(Permission::DeskManage)?;
    let keys = kernel.keys.clone();
    kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<Document, Refusal> {
            let fields = fields::all(&keys, tx).await?;
            let forms = store::all(tx).await?;
            Ok(Document {
                version: VERSION,
                forms: forms
                    .into_iter()
                    .map(|form| DocForm {
                        fields: form
                            .fields
                            .iter()
                            .filter_map(|it| out(&fields, it))
                            .collect(),
                        key: form.key,
                        name: form.name,
                        active: form.active,
                        is_default: form.is_default,
                    })
                    .collect(),
                fields: fields.iter().map(doc_field).collect::<Result<_, _>>()?,
            })
        })
        .await
}

fn doc_field(field: &ApiField) -> Result<DocField, Refusal> {
    let value = serde_json::to_value(field).map_err(|it| Refusal::broken(it.to_string()))?;
    let mut fields = match value {
        serde_json::Value::Object(fields) => fields,
        _ => serde_json::Map::new(),
    };
    for own in ["id", "version", "position", "key"] {
        fields.remove(own);
    }
    let options = fields.get_mut("options").and_then(|it| it.as_array_mut());
    for option in options.into_iter().flatten() {
        if let Some(option) = option.as_object_mut() {
            option.remove("id");
        }
    }
    Ok(DocField {
        key: field.key.clone(),
        field: fields,
    })
}

fn out(fields: &[ApiField], it: &FormField) -> Option<DocFormField> {
    let conditions = |list: &[Condition]| -> Vec<DocCondition> {
        list.iter()
            .filter_map(|it| condition_out(fields, it))
            .collect()
    };
    Some(DocFormField {
        field: fields
            .iter()
            .find(|field| field.id == it.field_id)?
            .key
            .clone(),
        required_on_create: it.required_on_create,
        required_on_solve: it.required_on_solve,
        types: it.types.clone(),
        show_when: it.show_when.as_ref().map(|it| DocConditions {
            all: conditions(&it.all),
            any: conditions(&it.any),
        }),
    })
}

fn condition_out(fields: &[ApiField], it: &Condition) -> Option<DocCondition> {
    let (field, value) = match it.field {
        Field::Own(own) => (own.as_str().to_owned(), it.value.clone()),
        Field::Custom(id) => {
            let field = fields.iter().find(|field| field.id == id)?;
            let key = |id: i64| {
                let option = field.options.iter().find(|option| option.id.0 == id);
                option.map(|option| Operand::Text(option.key.clone()))
            };
            let value = it.value.as_ref().map(|value| mapped(value, &key));
            (format!("field:{}", field.key), value)
        }
    };
    Some(DocCondition {
        field,
        op: it.op,
        value,
    })
}

fn mapped(value: &Operand, key: &impl Fn(i64) -> Option<Operand>) -> Operand {
    match value {
        Operand::Number(id) => key(*id).unwrap_or(Operand::Number(*id)),
        Operand::List(list) => Operand::List(list.iter().map(|it| mapped(it, key)).collect()),
        other => other.clone(),
    }
}

fn back(value: &Operand, field: &ApiField) -> Operand {
    match value {
        Operand::Text(key) => {
            let option = field.options.iter().find(|option| option.key == *key);
            option.map_or_else(|| value.clone(), |option| Operand::Number(option.id.0))
        }
        Operand::List(list) => Operand::List(list.iter().map(|it| back(it, field)).collect()),
        other => other.clone(),
    }
}

/// Why an import wrote nothing.
enum Ended {
    Refused(Refusal),
    DryRun(Imported),
}

impl From<DbError> for Ended {
    fn from(error: DbError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Refusal> for Ended {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Takes over fields and forms, all or nothing; a dry run only tells what would change.
pub async fn import(
    kernel: &Kernel,
    caller: &Caller,
    document: Document,
    dry_run: bool,
) -> Result<Imported, Refusal> {
    caller.require(Permission::DeskManage)?;
    if document.version != VERSION {
        let mend = "take a document that was exported here, of version 1";
        return Err(Refusal::invalid("document.version", "is not known", mend));
    }
    if document.fields.len() > FIELDS_MAX || document.forms.len() > super::rules::FORMS_MAX {
        let mend = format!("send at most {FIELDS_MAX} fields and 100 forms");
        return Err(Refusal::invalid("document", "is too long", mend));
    }
    let desk = Desk::ready(kernel, caller).await?;
    let done = kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Imported, Ended> {
            let mut items = Vec::new();
            for (place, field) in document.fields.iter().enumerate() {
                let taken = take_field(&desk, tx, field).await;
                items.extend(taken.map_err(|it| it.under(&format!("document.fields.{place}")))?);
            }
            for (place, form) in document.forms.iter().enumerate() {
                let taken = take_form(&desk, tx, form).await;
                items.extend(taken.map_err(|it| it.under(&format!("document.forms.{place}")))?);
            }
            let imported = Imported { items };
            if dry_run {
                return Err(Ended::DryRun(imported));
            }
            Ok(imported)
        })
        .await;
    match done {
        Ok(imported) | Err(Ended::DryRun(imported)) => Ok(imported),
        Err(Ended::Refused(refusal)) => Err(refusal),
    }
}

async fn take_field(
    desk: &Desk,
    tx: &mut Tx<'_>,
    doc: &DocField,
) -> Result<Option<ImportedItem>, Refusal> {
    let mut given = doc.field.clone();
    given.insert("key".to_owned(), doc.key.clone().into());
    let input: FieldInput = serde_json::from_value(given.into()).map_err(|error| {
        let mend = "take what was exported as the example";
        Refusal::invalid(doc.key.clone(), format!("can't be read: {error}"), mend)
    })?;
    let known = fields::all(&desk.keys, tx).await?;
    let Some(known) = known.into_iter().find(|field| field.key == doc.key) else {
        let made = fields::make(desk, tx, &input).await?;
        return Ok(Some(item(
            false,
            made.key,
            made.label,
            ImportAction::Create,
        )));
    };
    if (known.field_type, known.digits) != (input.field_type, input.digits.unwrap_or(known.digits))
    {
        return Err(Refusal::invalid(
            "type",
            format!("of “{}” is another than it is here", doc.key),
            "give the field another key, or delete the one that is here",
        ));
    }
    // What the document does not know stays, at the end.
    let mut options = input.options.clone();
    for option in &known.options {
        if options
            .iter()
            .all(|it| it.key.as_ref() != Some(&option.key))
        {
            options.push(OptionInput {
                id: None,
                key: Some(option.key.clone()),
                label: option.label.clone(),
                depth: 0,
                retired: option.retired,
            });
        }
    }
    let patch = FieldPatch {
        version: known.version,
        label: Some(input.label),
        customer_label: Some(input.customer_label),
        description: Some(input.description.unwrap_or_default()),
        min: Some(input.min),
        max: Some(input.max),
        active: Some(input.active),
        position: None,
        options: Some(options),
    };
    let now = fields::change(desk, tx, known.id, &patch).await?;
    if now == known {
        return Ok(None);
    }
    Ok(Some(item(false, now.key, now.label, ImportAction::Change)))
}

fn item(is_form: bool, key: String, name: String, action: ImportAction) -> ImportedItem {
    ImportedItem {
        is_form,
        key,
        name,
        action,
    }
}

async fn take_form(
    desk: &Desk,
    tx: &mut Tx<'_>,
    doc: &DocForm,
) -> Result<Option<ImportedItem>, Refusal> {
    let known_fields = fields::all(&desk.keys, tx).await?;
    let mut fields = Vec::with_capacity(doc.fields.len());
    for (place, field) in doc.fields.iter().enumerate() {
        fields.push(field_in(&known_fields, place, field)?);
    }
    let forms = store::all(tx).await?;
    let Some(known) = forms.into_iter().find(|form| form.key == doc.key) else {
        let new = FormInput {
            key: Some(doc.key.clone()),
            name: doc.name.clone(),
            active: doc.active,
            is_default: doc.is_default,
            inbox_ids: Vec::new(),
            brand_ids: Vec::new(),
            fields,
        };
        let made = commands::make(desk, tx, &new).await?;
        return Ok(Some(item(true, made.key, made.name, ImportAction::Create)));
    };
    let patch = FormPatch {
        version: known.version,
        name: Some(doc.name.clone()),
        active: Some(doc.active),
        is_default: Some(doc.is_default),
        inbox_ids: None,
        brand_ids: None,
        fields: Some(fields),
    };
    let now = commands::change_form(desk, tx, known.id, &patch).await?;
    if now == known {
        return Ok(None);
    }
    Ok(Some(item(true, now.key, now.name, ImportAction::Change)))
}

fn field_in(known: &[ApiField], place: usize, doc: &DocFormField) -> Result<FormField, Refusal> {
    let find = |key: &str| known.iter().find(|field| field.key == key);
    let at = || format!("fields.{place}.field");
    let field = find(&doc.field).ok_or_else(|| gone(at()))?;
    let read = |it: &DocCondition| -> Result<Condition, Refusal> {
        let (field, value) = match it.field.strip_prefix("field:") {
            Some(key) => {
                let field = find(key).ok_or_else(|| gone(format!("fields.{place}.show_when")))?;
                let value = it.value.as_ref().map(|value| back(value, field));
                (Field::Custom(field.id), value)
            }
            None => {
                let own = it.field.parse().map_err(|()| gone(at()))?;
                (Field::Own(own), it.value.clone())
            }
        };
        Ok(Condition {
            field,
            op: it.op,
            value,
        })
    };
    let show_when = match &doc.show_when {
        None => None,
        Some(it) => Some(Conditions {
            all: it.all.iter().map(read).collect::<Result<_, _>>()?,
            any: it.any.iter().map(read).collect::<Result<_, _>>()?,
        }),
    };
    Ok(FormField {
        field_id: field.id,
        required_on_create: doc.required_on_create,
        required_on_solve: doc.required_on_solve,
        types: doc.types.clone(),
        show_when,
    })
}
