//! What a macro may hold and who may change it.

use identity::{Caller, Permission};
use kernel::ids::{AgentId, TeamId};
use kernel::refusal::Refusal;

use super::{Extras, Scope, Variant};

/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Longest text, in bytes of HTML before sanitising.
pub const HTML_BYTES_MAX: usize = 64 * 1024;
/// Most languages beside a macro's own.
pub const VARIANTS_MAX: usize = 50;
/// Most files that go with a macro.
pub const FILES_MAX: usize = 10;
/// Most macros an agent sees.
pub const MACROS_LISTED_MAX: i64 = 1_000;

/// Tidies a name given by a person.
pub fn name(given: &str) -> Result<String, Refusal> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Refusal::invalid(
            "name",
            "is empty",
            "give it a name, such as Thanks",
        ));
    }
    if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            "name",
            "is too long or holds control characters",
            format!("use at most {NAME_CHARS_MAX} plain characters"),
        ));
    }
    Ok(name)
}

/// Refuses a text too long to be a saved reply.
pub fn html(given: &str) -> Result<(), Refusal> {
    if given.len() > HTML_BYTES_MAX {
        return Err(Refusal::invalid(
            "html",
            "is too long",
            format!("use at most {} KiB", HTML_BYTES_MAX / 1024),
        ));
    }
    Ok(())
}

/// Whether `caller` may make a macro of `scope`, or change one that is or becomes so.
pub fn may_write(caller: &Caller, scope: Scope) -> Result<(), Refusal> {
    match scope {
        Scope::Personal => caller.require(Permission::TicketNote),
        Scope::Team(_) | Scope::Shared => caller.require(Permission::MacroManage),
    }
}

/// Whether an agent of these teams sees a macro; whoever manages macros sees those of every team.
pub fn sees(
    caller: &Caller,
    teams: &[TeamId],
    (owner, team): (Option<AgentId>, Option<TeamId>),
) -> bool {
    match (owner, team) {
        (Some(owner), _) => owner == caller.agent,
        (None, Some(team)) => caller.may(Permission::MacroManage) || teams.contains(&team),
        (None, None) => true,
    }
}

/// Tidies what a macro does beside its text; the texts are to be sanitised already.
pub fn extras(given: &Extras) -> Result<(), Refusal> {
    if given.variants.len() > VARIANTS_MAX {
        let mend = format!("keep at most {VARIANTS_MAX} languages");
        return Err(Refusal::invalid("variants", "is too long", mend));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, variant) in given.variants.iter().enumerate() {
        let language = variant.language.as_str();
        let field = format!("variants.{index}.language");
        if !is_language(language) {
            let mend = "write it like de or pt-BR";
            return Err(Refusal::invalid(field, "is no language tag", mend));
        }
        if seen.contains(&language) {
            let mend = "keep one text for each language";
            return Err(Refusal::invalid(field, "is there twice", mend));
        }
        seen.push(language);
    }
    Ok(())
}

/// Whether it has the form of a language with an optional region (BCP 47).
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let main = parts.next().unwrap_or_default();
    let letters = |part: &str, count: std::ops::RangeInclusive<usize>| {
        count.contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphabetic())
    };
    letters(main, 2..=3) && parts.all(|part| letters(part, 2..=8))
}

/// The text for a language: the exact one, one of the same main language, or the macro's own.
pub fn text_for<'a>(html: &'a str, variants: &'a [Variant], language: Option<&str>) -> &'a str {
    let Some(language) = language else {
        return html;
    };
    let main = |tag: &str| {
        tag.split('-')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let exact = variants
        .iter()
        .find(|it| it.language.eq_ignore_ascii_case(language));
    let near = || {
        variants
            .iter()
            .find(|it| main(&it.language) == main(language))
    };
    exact.or_else(near).map_or(html, |variant| &variant.html)
}

#[cfg(test)]
mod tests {
    use identity::Role;

    use super::*;

    #[test]
    fn personal_macros_are_everybodys_own_and_shared_ones_the_managers() {
        let caller = |role| Caller::for_agent(AgentId(1), "Mia", role);
        for role in Role::ALL.iter().copied() {
            assert!(may_write(&caller(role), Scope::Personal).is_ok());
            let manages = matches!(role, Role::Owner | Role::Admin | Role::Lead);
            assert_eq!(may_write(&caller(role), Scope::Shared).is_ok(), manages);
        }
        let mia = caller(Role::Agent);
        assert!(sees(&mia, &[], (None, None)) && sees(&mia, &[], (Some(AgentId(1)), None)));
        assert!(!sees(&mia, &[], (Some(AgentId(2)), None)));
        let of_team = (None, Some(TeamId(3)));
        assert!(sees(&mia, &[TeamId(3)], of_team) && !sees(&mia, &[TeamId(4)], of_team));
        assert!(sees(&caller(Role::Lead), &[], of_team));
    }

    #[test]
    fn the_nearest_language_is_taken() {
        let variant = |language: &str| Variant {
            language: language.to_owned(),
            html: language.to_owned(),
        };
        let variants = [variant("pt-BR"), variant("de")];
        let text = |language| text_for("own", &variants, language);
        assert_eq!(text(Some("pt-br")), "pt-BR");
        assert_eq!(text(Some("pt")), "pt-BR");
        assert_eq!(text(Some("de-AT")), "de");
        assert_eq!((text(Some("fr")), text(None)), ("own", "own"));
        let extras = |variants| Extras {
            variants,
            ..Extras::default()
        };
        assert!(super::extras(&extras(variants.to_vec())).is_ok());
        assert!(super::extras(&extras(vec![variant("german!")])).is_err());
        assert!(super::extras(&extras(vec![variant("de"), variant("de")])).is_err());
    }

    #[test]
    fn names_and_texts_have_limits() {
        assert_eq!(name("  Thank \n you ").unwrap(), "Thank you");
        assert!(name(" ").is_err() && name(&"x".repeat(NAME_CHARS_MAX + 1)).is_err());
        assert!(html(&"x".repeat(HTML_BYTES_MAX)).is_ok());
        assert!(html(&"x".repeat(HTML_BYTES_MAX + 1)).is_err());
    }
}
