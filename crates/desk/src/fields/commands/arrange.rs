//! Putting the options of a field in order.

use kernel::db::Tx;
use kernel::ids::{FieldId, FieldOptionId};
use kernel::refusal::Refusal;

use crate::fields::http::OptionInput;
use crate::fields::{FieldOption, rules, store, values};

/// Makes `given` the options of a field, in that order; those that are named keep their ids.
pub(super) async fn arrange(
    tx: &mut Tx<'_>,
    (field, is_choice): (FieldId, bool),
    old: &[FieldOption],
    given: &[OptionInput],
) -> Result<(), Refusal> {
    if !is_choice && !given.is_empty() {
        let mend = "leave them out, or make the field a choice";
        return Err(Refusal::invalid("options", "are for choices only", mend));
    }
    if given.len() > rules::OPTIONS_MAX {
        let mend = format!("keep at most {}", rules::OPTIONS_MAX);
        return Err(Refusal::invalid("options", "are too many", mend));
    }
    let depths: Vec<usize> = given.iter().map(|it| usize::from(it.depth)).collect();
    let parents = rules::parents(&depths)?;
    let mut placed: Vec<FieldOption> = Vec::with_capacity(given.len());
    for ((place, input), parent) in given.iter().enumerate().zip(parents) {
        let parent = parent.and_then(|at| placed.get(at)).map(|it| it.id);
        let position = i64::try_from(place).unwrap_or(i64::MAX);
        let option = option(old, &placed, place, input)?;
        let mut option = FieldOption { parent, ..option };
        if option.id == FieldOptionId(0) {
            option.id = store::add_option(tx, field, &option, position).await?;
        } else {
            store::set_option(tx, field, &option, position).await?;
        }
        placed.push(option);
    }
    for option in old
        .iter()
        .filter(|it| placed.iter().all(|new| new.id != it.id))
    {
        if values::store::is_chosen(tx, field, option.id).await? {
            let reason = format!("lack “{}”, which tickets hold", option.label);
            let mend = "keep it and retire it instead";
            return Err(Refusal::invalid("options", reason, mend));
        }
        store::drop_option(tx, field, option.id).await?;
    }
    Ok(())
}

/// The option that an input means: an old one by id or key, or a new one with id 0.
fn option(
    old: &[FieldOption],
    placed: &[FieldOption],
    place: usize,
    input: &OptionInput,
) -> Result<FieldOption, Refusal> {
    let at = |name: &str| format!("options.{place}.{name}");
    let label = rules::label(&at("label"), &input.label)?;
    let known = match (input.id, &input.key) {
        (Some(id), _) => {
            let found = old.iter().find(|it| it.id == id);
            Some(found.ok_or_else(|| {
                let mend = "leave it out to make a new option";
                Refusal::invalid(at("id"), "is no option of this field", mend)
            })?)
        }
        (None, Some(key)) => old.iter().find(|it| it.key == *key),
        (None, None) => None,
    };
    let key = match (known, &input.key) {
        (Some(known), _) => known.key.clone(),
        (None, Some(key)) => rules::key(&at("key"), key)?,
        (None, None) => rules::free_key(rules::key_from(&label), |key| {
            old.iter().chain(placed).any(|it| it.key == key)
        }),
    };
    if placed.iter().any(|it| it.key == key) {
        let mend = "name each option once";
        return Err(Refusal::invalid(at("key"), "is there twice", mend));
    }
    Ok(FieldOption {
        id: known.map_or(FieldOptionId(0), |it| it.id),
        parent: None,
        key,
        label,
        active: !input.retired,
    })
}
