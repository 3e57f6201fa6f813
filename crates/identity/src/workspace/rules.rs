//! What a workspace needs to begin.

use kernel::refusal::Refusal;

use crate::preferences::Language;
use crate::{agents, passwords};

/// What the first owner gives.
#[derive(Clone)]
pub struct SetUp {
    /// The workspace's name.
    pub workspace_name: String,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: String,
    /// The owner's password.
    pub password: String,
    /// The language to begin with.
    pub language: Language,
}

/// The same with its texts in the form they are kept in.
///
/// # Errors
/// [`Refusal::Invalid`] naming the first field that will not do.
pub fn check(input: &SetUp) -> Result<SetUp, Refusal> {
    let checked = SetUp {
        workspace_name: agents::rules::name("workspace_name", &input.workspace_name)?,
        name: agents::rules::name("name", &input.name)?,
        email: agents::rules::email(&input.email)?,
        password: input.password.clone(),
        language: input.language,
    };
    let own = [
        checked.workspace_name.as_str(),
        &checked.name,
        &checked.email,
    ];
    passwords::rules::check("password", &checked.password, &own)?;
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> SetUp {
        SetUp {
            workspace_name: " Bluebird ".to_owned(),
            name: "Mia".to_owned(),
            email: "Mia@Example.com".to_owned(),
            password: "tomato gravel oboe".to_owned(),
            language: Language::English,
        }
    }

    #[test]
    fn texts_are_tidied() {
        let checked = check(&input()).unwrap();
        assert_eq!(checked.workspace_name, "Bluebird");
        assert_eq!(checked.email, "mia@example.com");
    }

    #[test]
    fn each_field_is_named_when_it_will_not_do() {
        for (field, bad) in [
            (
                "workspace_name",
                SetUp {
                    workspace_name: " ".to_owned(),
                    ..input()
                },
            ),
            (
                "name",
                SetUp {
                    name: String::new(),
                    ..input()
                },
            ),
            (
                "email",
                SetUp {
                    email: "mia".to_owned(),
                    ..input()
                },
            ),
            (
                "password",
                SetUp {
                    password: "bluebird trombone".to_owned(),
                    ..input()
                },
            ),
        ] {
            let Err(Refusal::Invalid(problems)) = check(&bad) else {
                panic!("{field} is let through");
            };
            assert_eq!(problems[0].field, field);
        }
    }
}
