//! Wrapping a stretch of a document, whatever it begins and ends in.
//!
//! A quote often begins in the middle of a paragraph and ends outside of it. Then the elements
//! around its beginning are parted in two, so that it becomes one run of siblings. Tables and lists
//! are never parted; there a fold has a wrapper for each run.

use html5ever::{Attribute, LocalName, QualName, local_name, ns};
use std::rc::Rc;

use super::super::Kind;
use super::FOLD_ATTRIBUTE;
use super::read::{Place, SILENT};
use super::tree::{Id, Tree, What};

/// What can be parted without changing how it looks.
const PARTED: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "center",
    "cite",
    "code",
    "del",
    "div",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "i",
    "ins",
    "kbd",
    "label",
    "main",
    "mark",
    "p",
    "pre",
    "s",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "tt",
    "u",
    "var",
    "body",
    "header",
    "footer",
    "o:p",
    "listing",
];
/// Where no `div` may stand.
const NO_PLACE: &[&str] = &[
    "table", "tbody", "thead", "tfoot", "tr", "colgroup", "ul", "ol", "dl",
];

/// Wraps what stands from `start` to before `end`, or to the end of the document.
pub(super) fn wrap(tree: &mut Tree, start: Place, end: Option<Place>, kind: Kind) {
    let root = tree.root();
    let end = end.map(|end| at_node(tree, end));
    let start = at_node(tree, start);
    let start = ascend(tree, root, start, end);
    let end = end.and_then(|end| ascend_end(tree, root, end, start));
    let common = above_paragraph(tree, root, common(tree, root, start, end));
    let runs = runs(tree, common, start, end);
    let speaking: Vec<(Id, Id)> = runs.into_iter().filter(|run| speaks(tree, *run)).collect();
    let is_one = speaking.len() == 1
        && speaking
            .iter()
            .all(|(first, _)| may_hold(tree, root, *first));
    if is_one || !can_part(tree, common, start, end) {
        for (first, last) in speaking {
            wrap_run(tree, root, first, last, kind);
        }
        return;
    }
    let first = part(tree, common, start);
    let behind = end.map(|end| part(tree, common, end));
    let last = match behind {
        Some(behind) => tree.get(behind).and_then(|it| it.before),
        None => tree.get(common).and_then(|it| it.last),
    };
    wrap_run(tree, root, first, last.unwrap_or(first), kind);
}

fn at_node(tree: &mut Tree, place: Place) -> Id {
    if place.offset == 0 {
        return place.node;
    }
    tree.split_text(place.node, place.offset)
}

/// The highest element that begins with `id` and does not hold `end`.
fn ascend(tree: &Tree, root: Id, id: Id, end: Option<Id>) -> Id {
    let mut at = id;
    while let Some(parent) = tree.get(at).and_then(|it| it.parent) {
        let held = end.is_some_and(|end| ancestors(tree, end).any(|it| it == parent));
        if parent == root || held || !is_silent_before(tree, at) {
            break;
        }
        at = parent;
    }
    at
}

/// The highest element that begins with `id` and does not hold `start`.
fn ascend_end(tree: &Tree, root: Id, id: Id, start: Id) -> Option<Id> {
    let mut at = id;
    while let Some(parent) = tree.get(at).and_then(|it| it.parent) {
        let held = ancestors(tree, start).any(|it| it == parent);
        if parent == root || held || !is_silent_before(tree, at) {
            break;
        }
        at = parent;
    }
    Some(at)
}

/// Whether nothing is seen in the same element before `id`.
fn is_silent_before(tree: &Tree, id: Id) -> bool {
    let mut at = tree.get(id).and_then(|it| it.before);
    while let Some(before) = at {
        if shows(tree, before) {
            return false;
        }
        at = tree.get(before).and_then(|it| it.before);
    }
    true
}

/// Whether a node shows anything: cheap, so an element with anything in it counts.
fn shows(tree: &Tree, id: Id) -> bool {
    match tree.get(id).map(|it| &it.what) {
        Some(What::Text(text)) => !text.trim().is_empty(),
        Some(What::Element(name, _)) => {
            let name = &*name.local;
            let is_empty = tree.get(id).is_some_and(|it| it.first.is_none());
            name != "br" && !SILENT.contains(&name) && (!is_empty || matches!(name, "img" | "hr"))
        }
        _ => false,
    }
}

fn speaks(tree: &Tree, (first, last): (Id, Id)) -> bool {
    siblings(tree, first, last).any(|id| {
        let mut inside = vec![id];
        while let Some(id) = inside.pop() {
            let Some(node) = tree.get(id) else {
                continue;
            };
            match tree.name(id) {
                Some(name) if SILENT.contains(&name) => continue,
                Some("img" | "hr") => return true,
                _ => {}
            }
            if tree.text(id).is_some_and(|text| !text.trim().is_empty()) {
                return true;
            }
            let mut child = node.first;
            while let Some(id) = child {
                inside.push(id);
                child = tree.get(id).and_then(|it| it.after);
            }
        }
        false
    })
}

fn siblings(tree: &Tree, first: Id, last: Id) -> impl Iterator<Item = Id> {
    let mut next = Some(first);
    std::iter::from_fn(move || {
        let id = next?;
        next = tree.get(id).and_then(|it| it.after).filter(|_| id != last);
        Some(id)
    })
}

/// A node and what it is in, upwards.
fn ancestors(tree: &Tree, id: Id) -> impl Iterator<Item = Id> {
    std::iter::successors(Some(id), |id| tree.get(*id)?.parent)
}

/// The lowest element that holds both.
fn common(tree: &Tree, root: Id, start: Id, end: Option<Id>) -> Id {
    let Some(end) = end else {
        return root;
    };
    let around: Vec<Id> = ancestors(tree, end).skip(1).collect();
    ancestors(tree, start)
        .skip(1)
        .find(|it| around.contains(it))
        .unwrap_or(root)
}

/// The element around the paragraph that `id` is in, or `id`.
fn above_paragraph(tree: &Tree, root: Id, id: Id) -> Id {
    let around = ancestors(tree, id).take_while(|it| *it != root);
    let paragraph = around.filter(|it| tree.name(*it) == Some("p")).last();
    paragraph.and_then(|it| tree.get(it)?.parent).unwrap_or(id)
}

/// The runs of siblings that stand from `start` to before `end`.
fn runs(tree: &Tree, common: Id, start: Id, end: Option<Id>) -> Vec<(Id, Id)> {
    let mut runs = Vec::new();
    let chain: Vec<Id> = end.map_or_else(Vec::new, |end| {
        ancestors(tree, end)
            .take_while(|it| *it != common)
            .collect()
    });
    let mut at = Some(start);
    let mut holder = start;
    // Upwards from the beginning, then downwards to the end.
    while let Some(parent) = tree.get(holder).and_then(|it| it.parent) {
        if let Some(first) = at {
            let last = match chain.last().filter(|_| parent == common) {
                Some(top) if *top == first => None,
                Some(top) => tree.get(*top).and_then(|it| it.before),
                None => tree.get(parent).and_then(|it| it.last),
            };
            runs.extend(last.map(|last| (first, last)));
        }
        if parent == common {
            break;
        }
        at = tree.get(parent).and_then(|it| it.after);
        holder = parent;
    }
    for pair in chain.windows(2).rev() {
        let [below, above] = pair else {
            continue;
        };
        let first = tree.get(*above).and_then(|it| it.first);
        let last = tree.get(*below).and_then(|it| it.before);
        runs.extend(first.zip(last));
    }
    runs
}

/// Whether everything between both places and `common` can be parted, and a `div` stand there.
fn can_part(tree: &Tree, common: Id, start: Id, end: Option<Id>) -> bool {
    let parts = |id: Id| {
        let mut around = ancestors(tree, id).skip(1).take_while(|it| *it != common);
        around.all(|it| tree.name(it).is_some_and(|name| PARTED.contains(&name)))
    };
    parts(start)
        && end.is_none_or(parts)
        && tree
            .name(common)
            .is_none_or(|name| !NO_PLACE.contains(&name))
}

/// Parts everything around `id` up to `common`, so that what begins with `id` stands in `common`.
fn part(tree: &mut Tree, common: Id, id: Id) -> Id {
    let mut at = id;
    while let Some(parent) = tree.get(at).and_then(|it| it.parent) {
        if parent == common {
            break;
        }
        if tree.get(at).is_some_and(|it| it.before.is_none()) {
            at = parent;
            continue;
        }
        let (Some(above), Some(what)) = (
            tree.get(parent).and_then(|it| it.parent),
            tree.get(parent).map(|it| it.what.clone()),
        ) else {
            break;
        };
        let after = tree.get(parent).and_then(|it| it.after);
        let second = tree.add(without_id(what));
        tree.insert(second, above, after);
        let mut next = Some(at);
        while let Some(moved) = next {
            next = tree.get(moved).and_then(|it| it.after);
            tree.insert(moved, second, None);
        }
        at = second;
    }
    at
}

fn without_id(what: What) -> What {
    match what {
        What::Element(name, mut attributes) => {
            attributes.retain(|it| it.name.local != local_name!("id"));
            What::Element(name, attributes)
        }
        other => other,
    }
}

/// Whether a `div` may stand where `id` stands: the parser ends a paragraph before it.
fn may_hold(tree: &Tree, root: Id, id: Id) -> bool {
    let mut around = ancestors(tree, id).skip(1).take_while(|it| *it != root);
    around.all(|it| tree.name(it) != Some("p"))
        && tree
            .get(id)
            .and_then(|it| tree.name(it.parent?))
            .is_none_or(|name| !NO_PLACE.contains(&name))
}

fn wrap_run(tree: &mut Tree, root: Id, first: Id, last: Id, kind: Kind) {
    if !may_hold(tree, root, first) {
        return wrap_inside(tree, root, first, last, kind);
    }
    let Some(parent) = tree.get(first).and_then(|it| it.parent) else {
        return;
    };
    let div = Rc::new(QualName::new(None, ns!(html), local_name!("div")));
    let mark = Attribute {
        name: QualName::new(None, ns!(), LocalName::from(FOLD_ATTRIBUTE)),
        value: kind.name().into(),
    };
    let wrapper = tree.add(What::Element(div, vec![mark]));
    let run: Vec<Id> = siblings(tree, first, last).collect();
    tree.insert(wrapper, parent, Some(first));
    for id in run {
        tree.insert(id, wrapper, None);
    }
}

/// Wraps what is in rows and items, where the rows themselves can't be wrapped.
fn wrap_inside(tree: &mut Tree, root: Id, first: Id, last: Id, kind: Kind) {
    let mut waiting: Vec<Id> = siblings(tree, first, last).collect();
    while let Some(id) = waiting.pop() {
        let Some((head, tail)) = tree.get(id).and_then(|it| it.first.zip(it.last)) else {
            continue;
        };
        if tree.name(id) == Some("p") || !speaks(tree, (head, tail)) {
            continue;
        }
        if may_hold(tree, root, head) {
            wrap_run(tree, root, head, tail, kind);
        } else {
            waiting.extend(siblings(tree, head, tail));
        }
    }
}
