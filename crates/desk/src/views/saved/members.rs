//! Which tickets each saved view holds: pure bookkeeping, no I/O.
//!
//! Whether a ticket is in a view depends on who looks only through `me`, and `me` is only ever the
//! assignee. So for each view and ticket two answers are kept: the one for the ticket's assignee
//! and the one for everybody else. From these come the exact count and page of every agent.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use kernel::ids::{AgentId, TicketId, ViewId};
use kernel::time::Timestamp;

use super::{Definition, Group, Sort};
use crate::conditions::{Conditions, Facts, Moment, rules as conditions};
use crate::tickets::{Priority, Shelf, Status, TicketType};
use crate::views::bits::Bits;
use crate::views::cards::Cards;

/// Where a ticket stands in a view: its group, its place in the order, its number.
pub type Place = [i64; 3];

/// The members of every saved view.
#[derive(Default)]
pub struct Members {
    views: HashMap<ViewId, Kept>,
    /// What sorting and grouping ask of the tickets that are in any view.
    cards: Cards<Card>,
    /// When time alone may move a ticket into a view or out of one.
    due: BTreeSet<(Timestamp, TicketId)>,
    due_of: HashMap<TicketId, Timestamp>,
    /// Views that are known, but not yet told of every ticket.
    fresh: BTreeSet<ViewId>,
}

#[derive(Default)]
struct Kept {
    conditions: Conditions,
    /// Whether they depend on who looks.
    asks_me: bool,
    /// Those it holds for their assignee.
    own: Bits,
    /// Those it holds for everybody else.
    others: Bits,
    /// How many it holds for somebody who has none of the tickets.
    count: i64,
    /// For each agent, how many more or fewer because of the tickets they have.
    by_agent: HashMap<AgentId, i64>,
}

/// What sorting and grouping ask of a ticket.
#[derive(Clone, Copy)]
struct Card {
    assignee: Option<AgentId>,
    team: i64,
    status: Status,
    priority: Priority,
    ticket_type: Option<TicketType>,
    created_at: Timestamp,
    updated_at: Timestamp,
    last_message_at: Timestamp,
}

impl From<&Facts> for Card {
    fn from(facts: &Facts) -> Self {
        Self {
            assignee: facts.assignee,
            team: facts.team.map_or(i64::MAX, |team| team.0),
            status: facts.status,
            priority: facts.priority,
            ticket_type: facts.ticket_type,
            created_at: facts.created_at,
            updated_at: facts.updated_at,
            last_message_at: facts.last_message_at,
        }
    }
}

impl Members {
    /// The views that are known.
    pub fn views(&self) -> impl Iterator<Item = (ViewId, &Conditions)> {
        self.views.iter().map(|(id, kept)| (*id, &kept.conditions))
    }

    /// Forgets every view that is not among `wanted` as it is there, and begins those that are
    /// new; answers whether there are any to be filled by [`Self::fill`] with every ticket.
    pub fn become_views(&mut self, wanted: &BTreeMap<ViewId, Conditions>) -> bool {
        self.views
            .retain(|id, kept| wanted.get(id) == Some(&kept.conditions));
        if wanted.is_empty() {
            *self = Self::default();
        }
        for (id, conditions) in wanted {
            self.views.entry(*id).or_insert_with(|| {
                self.fresh.insert(*id);
                Kept {
                    conditions: conditions.clone(),
                    asks_me: conditions::ask_me(conditions),
                    ..Kept::default()
                }
            });
        }
        self.fresh.retain(|id| self.views.contains_key(id));
        !self.fresh.is_empty()
    }

    /// Tells the views that are new of a ticket; the others know it.
    pub fn fill(&mut self, ticket: TicketId, facts: &Facts, now: Timestamp) {
        let card = self.cards.get(ticket);
        let is_another = card.is_some_and(|card| card.assignee != facts.assignee);
        if is_another || facts.shelf == Shelf::Side {
            return self.set(ticket, Some(facts), now);
        }
        let mut in_any = card.is_some();
        let mut turn = self.due_of.get(&ticket).copied();
        for id in &self.fresh {
            let Some(kept) = self.views.get_mut(id) else {
                continue;
            };
            kept.leave(ticket, facts.assignee);
            in_any |= kept.join(ticket, facts, now);
            let next = conditions::changes_at(&kept.conditions, facts, now);
            turn = turn.into_iter().chain(next).min();
        }
        if in_any {
            self.cards.set(ticket, Some(Card::from(facts)));
        }
        self.plan(ticket, turn);
    }

    /// Notes that the views that were new know every ticket.
    pub fn filled(&mut self) {
        self.fresh.clear();
    }

    /// How many tickets a view holds for an agent; `None` when the view is not known.
    pub fn count(&self, view: ViewId, agent: AgentId) -> Option<i64> {
        let kept = self.views.get(&view)?;
        let own = kept.by_agent.get(&agent).copied().unwrap_or(0);
        Some(kept.count.saturating_add(own))
    }

    /// Notes what a ticket is now; `None` when it is gone.
    pub fn set(&mut self, ticket: TicketId, facts: Option<&Facts>, now: Timestamp) {
        // What carries a side conversation is shown on the ticket it stands beside.
        let facts = facts.filter(|facts| facts.shelf != Shelf::Side);
        let before = self.cards.get(ticket).and_then(|card| card.assignee);
        let mut in_any = false;
        let mut turn: Option<Timestamp> = None;
        for kept in self.views.values_mut() {
            kept.leave(ticket, before);
            if let Some(facts) = facts {
                in_any |= kept.join(ticket, facts, now);
                let next = conditions::changes_at(&kept.conditions, facts, now);
                turn = turn.into_iter().chain(next).min();
            }
        }
        self.cards
            .set(ticket, facts.filter(|_| in_any).map(Card::from));
        self.plan(ticket, turn);
    }

    fn plan(&mut self, ticket: TicketId, turn: Option<Timestamp>) {
        if let Some(at) = self.due_of.remove(&ticket) {
            self.due.remove(&(at, ticket));
        }
        if let Some(at) = turn {
            self.due.insert((at, ticket));
            self.due_of.insert(ticket, at);
        }
    }

    /// When time alone next may move a ticket.
    pub fn next_turn(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Up to `limit` tickets whose time has come; they are to be noted again by [`Self::set`].
    pub fn turned(&self, now: Timestamp, limit: usize) -> Vec<TicketId> {
        let due = self.due.iter().take_while(|(at, _)| *at <= now);
        due.map(|(_, ticket)| *ticket).take(limit).collect()
    }

    /// Up to `limit` tickets of a view behind a place, in the view's order for an agent; `None`
    /// when the view is not known.
    pub fn page(
        &self,
        view: ViewId,
        agent: AgentId,
        order: &Definition,
        behind: Option<Place>,
        limit: usize,
    ) -> Option<Vec<Place>> {
        let kept = self.views.get(&view)?;
        let mut first: BinaryHeap<Place> = BinaryHeap::with_capacity(limit.saturating_add(1));
        for ticket in kept.either() {
            let Some(card) = self.cards.get(ticket) else {
                continue;
            };
            let own = card.assignee == Some(agent);
            if !(if own { &kept.own } else { &kept.others }).get(ticket) {
                continue;
            }
            let place = place(order, card, ticket);
            let passed = behind.is_some_and(|behind| place <= behind);
            let far = first.len() >= limit && first.peek().is_some_and(|last| place > *last);
            if passed || far {
                continue;
            }
            first.push(place);
            if first.len() > limit {
                first.pop();
            }
        }
        Some(first.into_sorted_vec())
    }
}

impl Kept {
    fn leave(&mut self, ticket: TicketId, assignee: Option<AgentId>) {
        self.add(ticket, assignee, -1);
        self.own.set(ticket, false);
        self.others.set(ticket, false);
    }

    /// Notes a ticket that is noted nowhere; whether it is in the view for anybody.
    fn join(&mut self, ticket: TicketId, facts: &Facts, now: Timestamp) -> bool {
        let seen_by = |me| conditions::holds(&self.conditions, facts, &Moment { now, me });
        let others = seen_by(None);
        let own = match facts.assignee {
            Some(_) if self.asks_me => seen_by(facts.assignee),
            _ => others,
        };
        self.own.set(ticket, own);
        self.others.set(ticket, others);
        self.add(ticket, facts.assignee, 1);
        own || others
    }

    fn add(&mut self, ticket: TicketId, assignee: Option<AgentId>, by: i64) {
        let (own, others) = (self.own.get(ticket), self.others.get(ticket));
        self.count += if others { by } else { 0 };
        let (Some(agent), true) = (assignee, own != others) else {
            return;
        };
        let sum = self.by_agent.entry(agent).or_insert(0);
        *sum += if own { by } else { -by };
        if *sum == 0 {
            self.by_agent.remove(&agent);
        }
    }

    /// Those it holds for anybody.
    fn either(&self) -> impl Iterator<Item = TicketId> + '_ {
        let only_own = self.own.iter().filter(|it| !self.others.get(*it));
        self.others.iter().chain(only_own)
    }
}

/// Where a ticket stands; less comes first.
fn place(order: &Definition, card: &Card, ticket: TicketId) -> Place {
    let group = order.group.map_or(0, |group| group_of(group, card));
    let newest_first = |at: Timestamp| -at.micros();
    // Words come before times: one word's tickets lie together, newest message first.
    let by_word = |word: i64| {
        let span = 1_i64 << 56;
        let word = if order.ascending { word } else { -word };
        word.saturating_mul(span) + newest_first(card.last_message_at)
    };
    let by_time = |at: Timestamp| {
        if order.ascending {
            at.micros()
        } else {
            -at.micros()
        }
    };
    let key = match order.sort {
        Sort::LastMessageAt => by_time(card.last_message_at),
        Sort::CreatedAt => by_time(card.created_at),
        Sort::UpdatedAt => by_time(card.updated_at),
        Sort::Priority => by_word(index(Priority::ALL, card.priority)),
        Sort::Status => by_word(index(Status::ALL, card.status)),
    };
    let id = if order.ascending { ticket.0 } else { -ticket.0 };
    [group, key, id]
}

fn group_of(group: Group, card: &Card) -> i64 {
    match group {
        Group::Status => index(Status::ALL, card.status),
        Group::Priority => -index(Priority::ALL, card.priority),
        Group::Assignee => card.assignee.map_or(i64::MAX, |agent| agent.0),
        Group::Team => card.team,
        Group::Type => card
            .ticket_type
            .map_or(i64::MAX, |it| index(TicketType::ALL, it)),
    }
}

fn index<T: PartialEq + Copy>(all: &[T], it: T) -> i64 {
    let at = all.iter().position(|each| *each == it).unwrap_or(all.len());
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// The ticket that stands at a place.
pub fn ticket_at(place: Place) -> TicketId {
    let [_, _, id] = place;
    TicketId(id.abs())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::ids::{BrandId, CustomerId, TagId, TeamId};
    use proptest::prelude::*;

    use super::*;
    use crate::conditions::Condition;
    use crate::tickets::{Channel, Direction, Place as Where};
    use crate::views::saved::{Column, Density};

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(minutes: u32) -> Timestamp {
        Timestamp::from_micros(0).plus(MINUTE * minutes)
    }

    fn conditions(json: &[&str], any: &[&str]) -> Conditions {
        let read = |list: &[&str]| -> Vec<Condition> {
            list.iter()
                .map(|json| serde_json::from_str(json).unwrap())
                .collect()
        };
        Conditions {
            all: read(json),
            any: read(any),
        }
    }

    /// Views that look at people, words, tags, text and time.
    fn views() -> BTreeMap<ViewId, Conditions> {
        let mine = r#"{"field":"assignee","op":"is","value":"me"}"#;
        let not_mine = r#"{"field":"assignee","op":"is_not","value":"me"}"#;
        let open = r#"{"field":"status","op":"one_of","value":["new","open"]}"#;
        let tagged = r#"{"field":"tag","op":"is","value":1}"#;
        let old = r#"{"field":"last_message_at","op":"older_than","value":30}"#;
        let fresh = r#"{"field":"created_at","op":"newer_than","value":20}"#;
        let shoe = r#"{"field":"subject","op":"contains","value":"shoe"}"#;
        let all = [
            conditions(&[mine], &[]),
            conditions(&[not_mine, open], &[]),
            conditions(&[open], &[tagged, mine]),
            conditions(&[old], &[]),
            conditions(&[fresh, shoe], &[]),
            conditions(&[], &[mine, old, tagged]),
        ];
        (1..).map(ViewId).zip(all).collect()
    }

    fn facts() -> impl Strategy<Value = Facts> {
        let few = || proptest::option::of(1..4_i64);
        let words = (0..Status::ALL.len(), 0..Priority::ALL.len(), any::<bool>());
        let times = (0..60_u32, 0..60_u32);
        let tags = proptest::collection::btree_set(1..3_i64, 0..2);
        (few(), few(), words, times, tags).prop_map(|(agent, team, words, times, tags)| Facts {
            status: Status::ALL[words.0],
            priority: Priority::ALL[words.1],
            ticket_type: words.2.then_some(TicketType::Task),
            place: Where::Desk,
            shelf: Shelf::Open,
            channel: Channel::Email,
            assignee: agent.map(AgentId),
            team: team.map(TeamId),
            inbox: None,
            brand: BrandId(1),
            requester: CustomerId(1),
            tags: tags.into_iter().map(TagId).collect(),
            subject: if words.2 { "My shoe" } else { "Hello" }.to_owned(),
            last_direction: Direction::In,
            message_count: 1,
            has_attachments: false,
            needs_attention: false,
            created_at: at(times.0),
            updated_at: at(times.0),
            last_message_at: at(times.1),
            snoozed_until: None,
            fields: std::collections::BTreeMap::new(),
        })
    }

    fn order(sort: usize, group: Option<usize>, ascending: bool) -> Definition {
        Definition {
            conditions: Conditions::default(),
            sort: Sort::ALL[sort],
            ascending,
            group: group.map(|group| Group::ALL[group]),
            columns: vec![Column::Status],
            density: Density::Compact,
        }
    }

    type Now = BTreeMap<TicketId, Facts>;

    /// Which tickets a view holds for an agent, found the slow way.
    fn recount(conditions: &Conditions, now: &Now, agent: AgentId, at: Timestamp) -> Vec<TicketId> {
        let moment = Moment {
            now: at,
            me: Some(agent),
        };
        let held = now
            .iter()
            .filter(|(_, facts)| conditions::holds(conditions, facts, &moment));
        held.map(|(id, _)| *id).collect()
    }

    /// Lets the members catch up with the time.
    fn pass(members: &mut Members, now: &Now, at: Timestamp) {
        loop {
            let turned = members.turned(at, 7);
            if turned.is_empty() {
                return;
            }
            for ticket in turned {
                members.set(ticket, now.get(&ticket), at);
            }
        }
    }

    proptest! {
        #[test]
        fn counts_and_pages_equal_a_recount(
            steps in proptest::collection::vec(
                (1..120_i64, proptest::option::of(facts()), 0..3_u32), 0..150),
            (sort, group) in (0..Sort::ALL.len(), proptest::option::of(0..Group::ALL.len())),
            ascending in any::<bool>(),
        ) {
            let views = views();
            let mut members = Members::default();
            prop_assert!(members.become_views(&views));
            let (mut now, mut clock) = (Now::new(), 0);
            for (id, facts, later) in steps {
                clock += later;
                members.set(TicketId(id), facts.as_ref(), at(clock));
                match facts {
                    Some(facts) => now.insert(TicketId(id), facts),
                    None => now.remove(&TicketId(id)),
                };
                pass(&mut members, &now, at(clock));
            }
            let order = order(sort, group, ascending);
            // One more view comes, and is told of what there is by now.
            let mut views = views;
            views.insert(ViewId(99), Conditions::default());
            prop_assert!(members.become_views(&views));
            for (id, facts) in &now {
                members.fill(*id, facts, at(clock));
            }
            members.filled();
            prop_assert!(!members.become_views(&views));
            for (view, conditions) in &views {
                for agent in (1..5).map(AgentId) {
                    let held = recount(conditions, &now, agent, at(clock));
                    let count = i64::try_from(held.len()).unwrap();
                    prop_assert_eq!(members.count(*view, agent), Some(count));
                    let (mut paged, mut behind) = (Vec::new(), None);
                    loop {
                        let page = members.page(*view, agent, &order, behind, 7).unwrap();
                        let Some(last) = page.last() else { break };
                        behind = Some(*last);
                        paged.extend(page);
                    }
                    prop_assert!(paged.is_sorted());
                    let mut ids: Vec<TicketId> = paged.into_iter().map(ticket_at).collect();
                    ids.sort();
                    prop_assert_eq!(ids, held);
                }
            }
        }
    }

    #[test]
    fn a_view_that_changes_begins_anew_and_others_stay() {
        let mut members = Members::default();
        let mut wanted = views();
        assert!(members.become_views(&wanted));
        assert!(members.become_views(&wanted), "nothing was filled yet");
        members.filled();
        assert!(!members.become_views(&wanted));
        wanted.insert(ViewId(1), Conditions::default());
        wanted.remove(&ViewId(2));
        assert!(members.become_views(&wanted));
        assert_eq!(members.count(ViewId(2), AgentId(1)), None);
        assert_eq!(members.count(ViewId(1), AgentId(1)), Some(0));
    }

    #[test]
    fn what_carries_a_side_conversation_is_in_no_saved_view() {
        let mut members = Members::default();
        members.become_views(&BTreeMap::from([(ViewId(1), Conditions::default())]));
        let work = conditions_free_facts();
        let side = Facts {
            shelf: Shelf::Side,
            place: Where::Side,
            ..work.clone()
        };
        members.set(TicketId(1), Some(&work), at(1));
        members.set(TicketId(2), Some(&side), at(1));
        assert_eq!(members.count(ViewId(1), AgentId(1)), Some(1));
        members.set(TicketId(1), Some(&side), at(2));
        assert_eq!(members.count(ViewId(1), AgentId(1)), Some(0));
    }

    #[test]
    fn urgent_ones_come_first_and_equals_by_their_last_message() {
        let wanted = BTreeMap::from([(ViewId(1), Conditions::default())]);
        let mut members = Members::default();
        members.become_views(&wanted);
        let base = conditions_free_facts();
        let tickets = [
            (1, Priority::Low, 50),
            (2, Priority::Urgent, 10),
            (3, Priority::Urgent, 20),
        ];
        for (id, priority, last) in tickets {
            let facts = Facts {
                priority,
                last_message_at: at(last),
                ..base.clone()
            };
            members.set(TicketId(id), Some(&facts), at(60));
        }
        let by_priority = order(3, None, false);
        let page = members.page(ViewId(1), AgentId(1), &by_priority, None, 9);
        let ids: Vec<i64> = page
            .unwrap()
            .into_iter()
            .map(|it| ticket_at(it).0)
            .collect();
        assert_eq!(ids, [3, 2, 1]);
    }

    fn conditions_free_facts() -> Facts {
        Facts {
            status: Status::Open,
            priority: Priority::Normal,
            ticket_type: None,
            place: Where::Desk,
            shelf: Shelf::Open,
            channel: Channel::Email,
            assignee: None,
            team: None,
            inbox: None,
            brand: BrandId(1),
            requester: CustomerId(1),
            tags: Vec::new(),
            subject: String::new(),
            last_direction: Direction::In,
            message_count: 1,
            has_attachments: false,
            needs_attention: false,
            created_at: at(0),
            updated_at: at(0),
            last_message_at: at(0),
            snoozed_until: None,
            fields: std::collections::BTreeMap::new(),
        }
    }
}
