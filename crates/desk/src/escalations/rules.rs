//! What a path and a hand-over note hold, and who may take or return an escalation.

use kernel::ids::{AgentId, TeamId};
use kernel::refusal::Refusal;

use super::{EscalationState, HandOverNote, Step, Stored};

/// The most steps of a path.
pub const STEPS_MAX: usize = 10;
/// The most paths.
pub const PATHS_MAX: i64 = 100;
/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Longest description of when to use a step, in characters.
pub const WHEN_CHARS_MAX: usize = 200;
/// Longest part of a note, and longest reason, in characters.
pub const NOTE_CHARS_MAX: usize = 4_000;
/// The longest time in which a step is to be taken, in minutes: 30 days.
pub const MINUTES_MAX: i64 = 30 * 24 * 60;

fn text(field: &str, given: &str, max: usize, mend: &str) -> Result<String, Refusal> {
    let text = given.trim();
    if text.is_empty() {
        return Err(Refusal::invalid(field, "is empty", mend));
    }
    if text.chars().count() > max || text.contains('\0') {
        let mend = format!("use at most {max} characters");
        return Err(Refusal::invalid(field, "is too long", mend));
    }
    Ok(text.to_owned())
}

/// Tidies the name of a path.
pub fn name(given: &str) -> Result<String, Refusal> {
    let joined = given.split_whitespace().collect::<Vec<_>>().join(" ");
    text(
        "name",
        &joined,
        NAME_CHARS_MAX,
        "give it a name, such as Refunds",
    )
}

/// Tidies the steps of a path; whether agents and teams exist is for the store to say.
pub fn steps(given: &[Step]) -> Result<Vec<Step>, Refusal> {
    if given.is_empty() || given.len() > STEPS_MAX {
        let mend = format!("name 1 to {STEPS_MAX} steps");
        return Err(Refusal::invalid("steps", "are none or too many", mend));
    }
    let mut steps = Vec::with_capacity(given.len());
    for (index, step) in given.iter().enumerate() {
        if step.agent_id.is_some() == step.team_id.is_some() {
            let field = format!("steps.{index}.team_id");
            let reason = "and agent_id exclude each other";
            return Err(Refusal::invalid(field, reason, "name an agent or a team"));
        }
        if !(1..=MINUTES_MAX).contains(&step.minutes) {
            let field = format!("steps.{index}.minutes");
            let mend = "give it between a minute and 30 days";
            return Err(Refusal::invalid(field, "is not a time to take it in", mend));
        }
        let field = format!("steps.{index}.when");
        let mend = "say when to use it, such as: when the refund is above 500";
        steps.push(Step {
            when: text(&field, &step.when, WHEN_CHARS_MAX, mend)?,
            ..step.clone()
        });
    }
    Ok(steps)
}

/// Tidies a hand-over note; every part is needed.
pub fn note(given: &HandOverNote) -> Result<HandOverNote, Refusal> {
    let part = |field: &str, given: &str, mend| text(field, given, NOTE_CHARS_MAX, mend);
    Ok(HandOverNote {
        summary: part("note.summary", &given.summary, "say what it is about")?,
        tried: part("note.tried", &given.tried, "say what was tried")?,
        expected: part(
            "note.expected",
            &given.expected,
            "say what the customer expects",
        )?,
    })
}

/// Tidies the reason for a return.
pub fn reason(given: &str) -> Result<String, Refusal> {
    let mend = "say why, so that the next try is better";
    text("reason", given, NOTE_CHARS_MAX, mend)
}

/// Whether `agent`, who is in `teams`, is meant by an escalation.
pub fn is_receiver(escalation: &Stored, agent: AgentId, teams: &[TeamId]) -> bool {
    escalation.to_agent == Some(agent)
        || escalation.to_team.is_some_and(|team| teams.contains(&team))
        || escalation.taken_by == Some(agent)
}

/// Whether an escalation goes from one state to another.
pub fn moves(from: EscalationState, to: EscalationState) -> bool {
    use EscalationState::{Over, Returned, Taken, Waiting};
    matches!(
        (from, to),
        (Waiting, Taken | Returned | Over) | (Taken, Returned | Over)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> Step {
        Step {
            agent_id: None,
            team_id: Some(TeamId(1)),
            when: "when it is above 500".to_owned(),
            minutes: 60,
        }
    }

    #[test]
    fn a_step_names_one_receiver_a_reason_and_a_time() {
        assert!(steps(&[step()]).is_ok());
        assert!(steps(&[]).is_err());
        for bad in [
            Step {
                agent_id: Some(AgentId(1)),
                ..step()
            },
            Step {
                team_id: None,
                ..step()
            },
            Step {
                minutes: 0,
                ..step()
            },
            Step {
                when: " ".to_owned(),
                ..step()
            },
        ] {
            assert!(steps(&[bad]).is_err());
        }
    }

    #[test]
    fn a_note_has_all_its_parts() {
        let whole = HandOverNote {
            summary: "s".to_owned(),
            tried: "t".to_owned(),
            expected: "e".to_owned(),
        };
        assert_eq!(note(&whole).unwrap(), whole);
        for bad in [
            HandOverNote {
                tried: " ".to_owned(),
                ..whole.clone()
            },
            HandOverNote {
                expected: String::new(),
                ..whole.clone()
            },
        ] {
            assert!(note(&bad).is_err());
        }
    }

    #[test]
    fn what_is_over_stays_over() {
        use EscalationState::{Over, Returned, Taken, Waiting};
        for from in [Over, Returned] {
            for to in [Waiting, Taken, Returned, Over] {
                assert!(!moves(from, to));
            }
        }
        assert!(moves(Waiting, Taken) && moves(Taken, Returned) && !moves(Taken, Waiting));
    }
}
