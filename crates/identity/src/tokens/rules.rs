//! What a token may be, and when it stops working.

use std::time::Duration;

use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use crate::agents;
use crate::permissions::Scopes;

/// Most tokens of one agent.
pub const TOKENS_MAX: usize = 100;
/// The last use is written down at most this often.
pub const TOUCH_EVERY: Duration = Duration::from_secs(10 * 60);

/// What a token should be.
#[derive(Clone, Debug)]
pub struct TokenInput {
    /// What its owner calls it.
    pub name: String,
    /// How far it reaches.
    pub scopes: Scopes,
    /// When it stops working; `None` for never.
    pub expires_at: Option<Timestamp>,
}

/// The input in the form it is kept in.
///
/// # Errors
/// [`Refusal::Invalid`] naming the field.
pub fn check(input: &TokenInput, now: Timestamp) -> Result<TokenInput, Refusal> {
    let name = agents::rules::name("name", &input.name)?;
    if input.scopes.0.is_empty() {
        return Err(Refusal::invalid(
            "scopes",
            "is empty",
            "name read, write or admin",
        ));
    }
    if input.expires_at.is_some_and(|at| at <= now) {
        return Err(Refusal::invalid(
            "expires_at",
            "is in the past",
            "name a later time or none",
        ));
    }
    Ok(TokenInput {
        name,
        ..input.clone()
    })
}

/// Whether a token has stopped working.
pub fn is_over(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_some_and(|at| now >= at)
}

/// Whether a use at `now` is worth writing down.
pub fn is_worth_noting(last_used_at: Option<Timestamp>, now: Timestamp) -> bool {
    last_used_at.is_none_or(|at| now.since(at) >= TOUCH_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::Scope;

    const NOW: Timestamp = Timestamp::from_micros(1_000);

    fn input() -> TokenInput {
        TokenInput {
            name: "Nightly export".to_owned(),
            scopes: Scopes([Scope::Read].into()),
            expires_at: None,
        }
    }

    #[test]
    fn each_field_is_named_when_it_will_not_do() {
        assert!(check(&input(), NOW).is_ok());
        for (field, bad) in [
            (
                "name",
                TokenInput {
                    name: " ".to_owned(),
                    ..input()
                },
            ),
            (
                "scopes",
                TokenInput {
                    scopes: Scopes([].into()),
                    ..input()
                },
            ),
            (
                "expires_at",
                TokenInput {
                    expires_at: Some(NOW),
                    ..input()
                },
            ),
        ] {
            let Err(Refusal::Invalid(problems)) = check(&bad, NOW) else {
                panic!("{field} is let through");
            };
            assert_eq!(problems[0].field, field);
        }
    }

    #[test]
    fn a_token_works_until_it_expires() {
        assert!(!is_over(None, NOW));
        assert!(!is_over(Some(NOW.plus(Duration::from_micros(1))), NOW));
        assert!(is_over(Some(NOW), NOW));
    }
}
