use proptest::prelude::*;

use super::*;
use crate::surveys::SurveyState;
use kernel::ids::{BrandId, InboxId, SurveySettingId, TeamId};

fn setting(scope: SurveyScope, scope_id: i64) -> SurveySetting {
    SurveySetting {
        id: SurveySettingId(1),
        scope,
        scope_id,
        enabled: true,
        language: CareLanguage::En,
        delay_minutes: 60,
        apart_days: 30,
        sample_percent: 100,
        change_days: 14,
        excluded_tags: vec![TagId(7)],
        excluded_types: vec![TicketType::Complaint],
        version: 1,
    }
}

const NOW: Timestamp = Timestamp::from_micros(1_772_442_000_000_000);

fn seen() -> Circumstances {
    Circumstances {
        place: Place::Desk,
        answered_by: 1,
        tags: Vec::new(),
        ticket_type: None,
        draw: 0,
        last_offered: None,
        paused: false,
        reachable: true,
        abuse: false,
    }
}

#[test]
fn wilson_is_what_was_published() {
    // Newcombe 1998 (Statistics in Medicine 17, table I, method 3), and four of our own reference.
    for (count, of, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (8, 10, 0.490, 0.943),
        (18, 20, 0.699, 0.972),
        (40, 50, 0.670, 0.888),
        (5, 5, 0.566, 1.0),
    ] {
        let (found_low, found_high) = wilson(count, of);
        assert!((found_low - low).abs() < 6e-4, "{count}/{of}: {found_low}");
        assert!(
            (found_high - high).abs() < 6e-4,
            "{count}/{of}: {found_high}"
        );
    }
}

proptest! {
    #[test]
    fn an_interval_holds_its_share_narrows_with_more_and_mirrors(
        of in 1_i64..100_000, part in 0.0_f64..=1.0
    ) {
        let count = (0..=of).find(|it| float(*it) >= part * float(of)).unwrap_or(of);
        let (low, high) = wilson(count, of);
        let share = float(count) / float(of);
        prop_assert!((0.0..=share).contains(&low) && (share..=1.0).contains(&high));
        let (more_low, more_high) = wilson(count * 4, of * 4);
        prop_assert!(more_high - more_low < high - low);
        let (other_low, other_high) = wilson(of - count, of);
        prop_assert!((other_low - (1.0 - high)).abs() < 1e-9);
        prop_assert!((other_high - (1.0 - low)).abs() < 1e-9);
        // What defines it: each end is where the score test is at its limit.
        for end in [low, high] {
            if end > 0.0 && end < 1.0 {
                let z = (share - end) / (end * (1.0 - end) / float(of)).sqrt();
                prop_assert!((z.abs() - 1.959_964).abs() < 1e-3, "{z}");
            }
        }
    }
}

#[test]
fn too_few_have_no_share_but_always_their_numbers() {
    let few = share(19, ENOUGH - 1);
    assert_eq!((few.count, few.of, few.share), (19, 19, None));
    assert!(few.low.is_none() && few.high.is_none());
    let enough = share(19, ENOUGH);
    assert_eq!(enough.share, Some(0.95));
    assert!(enough.low < enough.share && enough.share < enough.high);
    assert_eq!(share(0, 0).share, None);
}

fn tally(treatment: Treatment, about: Option<About>, has_text: bool, count: i64) -> Tally {
    Tally {
        state: SurveyState::Answered,
        solved: Some(Solved::No),
        treatment: Some(treatment),
        about,
        has_text,
        answered: true,
        count,
    }
}

#[test]
fn only_words_about_the_person_count_for_the_person_in_praise_as_in_blame() {
    let tallies = [
        tally(Treatment::VeryWell, Some(About::Person), true, 20),
        tally(Treatment::VeryBadly, Some(About::Delivery), true, 7),
        tally(Treatment::VeryWell, Some(About::Product), true, 9),
        tally(Treatment::Badly, None, false, 5),
        tally(Treatment::Badly, None, true, 3),
    ];
    let person = figures(Of::Person, &tallies);
    assert_eq!(
        (person.treated_well.count, person.treated_well.of),
        (20, 20)
    );
    assert_eq!((person.beyond, person.to_review), (21, 3));
    assert_eq!((person.solved.count, person.solved.of), (0, 44));
    let team = figures(Of::Team, &tallies);
    assert_eq!((team.treated_well.count, team.treated_well.of), (29, 44));
}

#[test]
fn rates_are_of_those_decided_and_of_those_asked() {
    let of = |state, answered, count| Tally {
        state,
        solved: None,
        treatment: None,
        about: None,
        has_text: false,
        answered,
        count,
    };
    let found = figures(
        Of::Team,
        &[
            of(SurveyState::Planned, false, 50),
            of(SurveyState::Cancelled, false, 4),
            of(SurveyState::Skipped, false, 60),
            of(SurveyState::Offered, false, 30),
            of(SurveyState::Answered, true, 10),
        ],
    );
    assert_eq!((found.offered.count, found.offered.of), (40, 100));
    assert_eq!((found.answered.count, found.answered.of), (10, 40));
}

#[test]
fn the_more_special_setting_wins() {
    let all = [
        setting(SurveyScope::Team, 3),
        setting(SurveyScope::Workspace, 0),
        setting(SurveyScope::Inbox, 2),
        setting(SurveyScope::Brand, 1),
    ];
    let found = |inbox: Option<i64>, team: Option<i64>, brand: i64| {
        let standing = Standing {
            brand: BrandId(brand),
            inbox: inbox.map(InboxId),
            team: team.map(TeamId),
        };
        setting_of(&all, standing).unwrap().scope
    };
    assert_eq!(found(Some(2), Some(3), 1), SurveyScope::Team);
    assert_eq!(found(Some(2), Some(4), 1), SurveyScope::Inbox);
    assert_eq!(found(Some(9), None, 1), SurveyScope::Brand);
    assert_eq!(found(None, None, 9), SurveyScope::Workspace);
}

#[test]
fn each_reason_alone_speaks_against_asking() {
    let all = setting(SurveyScope::Workspace, 0);
    assert_eq!(against(&seen(), &all, NOW), None);
    type Case = (Against, fn(&mut Circumstances));
    let cases: [Case; 9] = [
        (Against::Place, |it| it.place = Place::Bulk),
        (Against::Abuse, |it| it.abuse = true),
        (Against::NoAddress, |it| it.reachable = false),
        (Against::Paused, |it| it.paused = true),
        (Against::Unanswered, |it| it.answered_by = 0),
        (Against::Tag, |it| it.tags = vec![TagId(1), TagId(7)]),
        (Against::Type, |it| {
            it.ticket_type = Some(TicketType::Complaint)
        }),
        (Against::Sample, |it| it.draw = 100),
        (Against::Recent, |it| {
            it.last_offered = Some(NOW.minus(days(29)))
        }),
    ];
    for (reason, change) in cases {
        let mut changed = seen();
        change(&mut changed);
        assert_eq!(against(&changed, &all, NOW), Some(reason));
    }
    let long_ago = Circumstances {
        last_offered: Some(NOW.minus(days(30))),
        ..seen()
    };
    assert_eq!(against(&long_ago, &all, NOW), None);
    let off = SurveySetting {
        enabled: false,
        ..all
    };
    assert_eq!(against(&seen(), &off, NOW), Some(Against::Off));
}

#[test]
fn reviewers_read_no_names() {
    let names = ["Mia Müller".to_owned(), "Jo".to_owned()];
    let shown = without_names(
        "Thanks Mia! MÜLLER’s answer, Mias Hilfe; Miami is fine, Jo.",
        &names,
    );
    assert_eq!(
        shown,
        "Thanks […]! […] answer, […] Hilfe; Miami is fine, Jo."
    );
    assert_eq!(without_names("", &names), "");
}

#[test]
fn an_answer_needs_an_answer_and_fits() {
    assert_eq!(check_reply(Reply::default()), Err(ReplyProblem::Empty));
    let blank = Reply {
        text: " \r\n ".to_owned(),
        ..Reply::default()
    };
    assert_eq!(check_reply(blank), Err(ReplyProblem::Empty));
    let long = Reply {
        text: "x".repeat(TEXT_CHARS_MAX + 1),
        ..Reply::default()
    };
    assert_eq!(check_reply(long), Err(ReplyProblem::TooLong));
    let given = Reply {
        solved: Some(Solved::Partly),
        text: " a\r\nb\0 ".to_owned(),
        ..Reply::default()
    };
    assert_eq!(check_reply(given).unwrap().text, "a\nb\u{fffd}");
}

#[test]
fn customers_are_written_to_in_their_language() {
    let de = CareLanguage::De;
    assert_eq!(language(Some("ar-EG"), de), CareLanguage::Ar);
    assert_eq!(language(Some("EN_us"), de), CareLanguage::En);
    for other in [None, Some(""), Some("fi"), Some("-")] {
        assert_eq!(language(other, de), de);
    }
}
