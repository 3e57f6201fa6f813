//! Deciding 200 rules for one event of a ticket: all of them follow the event, so the index by
//! event saves nothing.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context, Result};
use desk::automations::rules::{Happening, follows, matched};
use desk::automations::{Definition, Moment as Anchor, RuleEvent, Who};
use desk::conditions::rules::holds;
use desk::conditions::{Facts, Moment};
use desk::tickets::{Channel, Direction, Place, Priority, Shelf, Status};
use kernel::ids::{AgentId, BrandId, CustomerId, InboxId, TagId, TeamId};
use kernel::time::Timestamp;
use serde_json::json;

use crate::options::Options;
use crate::report::{Goal, Report};

const RULES: i64 = 200;
/// Events decided for one take.
const EVENTS: u32 = 100;
/// What 200 rules may take for one event, in milliseconds.
const GOAL: Goal = Goal::Below(1.0);

/// Takes the figure.
pub fn run(options: &Options, report: &mut Report) -> Result<()> {
    let rules = (0..RULES).map(rule).collect::<Result<Vec<Definition>>>()?;
    let (facts, happening) = (facts(), happening());
    let moment = Moment {
        now: at(3_600),
        me: None,
    };
    let takes: Vec<f64> = (0..options.rounds * 5)
        .map(|_| {
            let begun = Instant::now();
            for _ in 0..EVENTS {
                for rule in &rules {
                    let runs = follows(rule, black_box(&happening))
                        && holds(&rule.conditions, black_box(&facts), &moment);
                    if black_box(runs) {
                        black_box(matched(rule, &facts, moment));
                    }
                }
            }
            begun.elapsed().as_secs_f64() * 1000.0 / f64::from(EVENTS)
        })
        .collect();
    report.judge("200 rules, one event", "ms", &takes, GOAL);
    Ok(())
}

fn rule(number: i64) -> Result<Definition> {
    let json = json!({
        "when": {"type": "event", "events": ["status_changed", "customer_wrote"]},
        "by": ["customer", "agent"],
        "conditions": {
            "all": [
                {"field": "status", "op": "one_of", "value": ["new", "open"]},
                {"field": "subject", "op": "contains", "value": format!("Order {number}")},
                {"field": "created_at", "op": "older_than", "value": 30},
            ],
            "any": [
                {"field": "tag", "op": "one_of", "value": [number, number + 1]},
                {"field": "team", "op": "is", "value": 7},
            ],
        },
        "actions": [{"action": "set_priority", "priority": "high"}],
    });
    serde_json::from_value(json).context("a rule of the benchmark")
}

fn happening() -> Happening {
    Happening {
        events: vec![RuleEvent::CustomerWrote],
        who: Who::Customer,
        moved: Vec::new(),
        moments: vec![Anchor::CustomerMessage],
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_772_442_000_000_000 + seconds * 1_000_000)
}

fn facts() -> Facts {
    Facts {
        status: Status::Open,
        priority: Priority::Normal,
        ticket_type: None,
        place: Place::Desk,
        shelf: Shelf::Open,
        channel: Channel::Email,
        assignee: Some(AgentId(3)),
        team: Some(TeamId(7)),
        inbox: Some(InboxId(1)),
        brand: BrandId(1),
        requester: CustomerId(9),
        tags: (1..=5).map(TagId).collect(),
        subject: "Where is my parcel with order 77 from last Tuesday?".to_owned(),
        last_direction: Direction::In,
        message_count: 4,
        has_attachments: false,
        needs_attention: false,
        created_at: at(0),
        updated_at: at(60),
        last_message_at: at(60),
        snoozed_until: None,
        fields: Default::default(),
    }
}
