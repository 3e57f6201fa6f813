//! A parsed document in one vector, and the parser's hand that builds it.
//!
//! The parser is the sanitiser's, called the same way, so that both see the same document.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, ExpandedName, ParseOpts, QualName, local_name, ns, parse_fragment};

/// The deepest nesting that is read.
const DEPTH_MAX: usize = 512;
/// How much is read before the nesting is looked at, in bytes.
const CHUNK_BYTES: usize = 4096;
/// The most nodes, beside three for each tag: misnested tags can make one node into many.
const NODES_MAX: usize = 4096;

/// The number of a node.
pub(super) type Id = usize;

/// What a node is.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// The document, or anything that is not shown.
    Other,
    /// An element.
    Element(Rc<QualName>, Vec<Attribute>),
    /// A text.
    Text(StrTendril),
}

/// A node and its neighbours.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// What it is.
    pub what: What,
    /// What it is in.
    pub parent: Option<Id>,
    /// What stands before it.
    pub before: Option<Id>,
    /// What stands behind it.
    pub after: Option<Id>,
    /// The first node in it.
    pub first: Option<Id>,
    /// The last node in it.
    pub last: Option<Id>,
    depth: usize,
}

/// A document.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// The root of every tree: the document.
const DOCUMENT: Id = 0;

impl Tree {
    /// What holds the mail.
    pub fn root(&self) -> Id {
        self.get(DOCUMENT)
            .and_then(|it| it.first)
            .unwrap_or(DOCUMENT)
    }

    /// A node.
    pub fn get(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// The name of an element.
    pub fn name(&self, id: Id) -> Option<&str> {
        match &self.get(id)?.what {
            What::Element(name, _) => Some(&name.local),
            _ => None,
        }
    }

    /// An attribute of an element.
    pub fn attribute(&self, id: Id, name: &str) -> Option<&str> {
        match &self.get(id)?.what {
            What::Element(_, attributes) => attributes
                .iter()
                .find(|it| &*it.name.local == name)
                .map(|it| &*it.value),
            _ => None,
        }
    }

    /// A text.
    pub fn text(&self, id: Id) -> Option<&str> {
        match &self.get(id)?.what {
            What::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Takes an attribute off every element, and says whether any had it.
    pub fn drop_attribute(&mut self, name: &str) -> bool {
        let mut any = false;
        for node in &mut self.nodes {
            if let What::Element(_, attributes) = &mut node.what {
                let before = attributes.len();
                attributes.retain(|it| &*it.name.local != name);
                any |= attributes.len() < before;
            }
        }
        any
    }

    /// A new node that stands nowhere.
    pub fn add(&mut self, what: What) -> Id {
        self.nodes.push(Node {
            what,
            parent: None,
            before: None,
            after: None,
            first: None,
            last: None,
            depth: 0,
        });
        self.nodes.len().saturating_sub(1)
    }

    /// Takes a node out of where it stands.
    pub fn detach(&mut self, id: Id) {
        let Some(node) = self.nodes.get_mut(id) else {
            return;
        };
        let (parent, before, after) = (node.parent.take(), node.before.take(), node.after.take());
        match before.and_then(|before| self.nodes.get_mut(before)) {
            Some(before) => before.after = after,
            None => {
                if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
                    parent.first = after;
                }
            }
        }
        match after.and_then(|after| self.nodes.get_mut(after)) {
            Some(after) => after.before = before,
            None => {
                if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
                    parent.last = before;
                }
            }
        }
    }

    /// Puts a node into `parent`, before the node `after` or at the end.
    pub fn insert(&mut self, id: Id, parent: Id, after: Option<Id>) {
        self.detach(id);
        let before = match after {
            Some(after) => self.get(after).and_then(|it| it.before),
            None => self.get(parent).and_then(|it| it.last),
        };
        let depth = self.get(parent).map_or(0, |it| it.depth).saturating_add(1);
        if let Some(node) = self.nodes.get_mut(id) {
            (node.parent, node.before, node.after) = (Some(parent), before, after);
            node.depth = depth;
        }
        match before.and_then(|before| self.nodes.get_mut(before)) {
            Some(before) => before.after = Some(id),
            None => {
                if let Some(parent) = self.nodes.get_mut(parent) {
                    parent.first = Some(id);
                }
            }
        }
        match after.and_then(|after| self.nodes.get_mut(after)) {
            Some(after) => after.before = Some(id),
            None => {
                if let Some(parent) = self.nodes.get_mut(parent) {
                    parent.last = Some(id);
                }
            }
        }
    }

    /// Parts a text in two and gives the second part.
    pub fn split_text(&mut self, id: Id, at: usize) -> Id {
        let Some(parent) = self.get(id).and_then(|it| it.parent) else {
            return id;
        };
        let after = self.get(id).and_then(|it| it.after);
        let Some((head, rest)) = self.text(id).and_then(|text| text.split_at_checked(at)) else {
            return id;
        };
        if head.is_empty() {
            return id;
        }
        let (head, rest) = (StrTendril::from_slice(head), StrTendril::from_slice(rest));
        if let Some(node) = self.nodes.get_mut(id) {
            node.what = What::Text(head);
        }
        let second = self.add(What::Text(rest));
        self.insert(second, parent, after);
        second
    }

    fn push_text(&mut self, id: Id, more: &StrTendril) -> bool {
        match self.nodes.get_mut(id).map(|it| &mut it.what) {
            Some(What::Text(text)) => {
                text.push_tendril(more);
                true
            }
            _ => false,
        }
    }

    fn place(&mut self, parent: Id, after: Option<Id>, child: NodeOrText<Handle>) -> usize {
        let id = match child {
            NodeOrText::AppendNode(handle) => handle.id,
            NodeOrText::AppendText(text) => {
                let before = match after {
                    Some(after) => self.get(after).and_then(|it| it.before),
                    None => self.get(parent).and_then(|it| it.last),
                };
                if before.is_some_and(|before| self.push_text(before, &text)) {
                    return 0;
                }
                self.add(What::Text(text))
            }
        };
        self.insert(id, parent, after);
        self.get(id).map_or(0, |it| it.depth)
    }
}

/// The document, unless it was built to exhaust its reader.
pub(super) fn parse(html: &str) -> Option<Tree> {
    let sink = Sink::default();
    sink.tree.borrow_mut().add(What::Other);
    let context = QualName::new(None, ns!(html), local_name!("div"));
    let mut parser = parse_fragment(sink, ParseOpts::default(), context, Vec::new(), false);
    let tags = html.matches('<').count();
    let nodes_max = tags.saturating_mul(3).saturating_add(NODES_MAX);
    let mut rest = html;
    while !rest.is_empty() {
        let end = (CHUNK_BYTES.min(rest.len())..=rest.len())
            .find(|end| rest.is_char_boundary(*end))
            .unwrap_or(rest.len());
        let (chunk, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        parser.process(StrTendril::from_slice(chunk));
        rest = behind;
        let sink = &parser.tokenizer.sink.sink;
        if sink.depth.get() > DEPTH_MAX || sink.tree.borrow().nodes.len() > nodes_max {
            return None;
        }
    }
    Some(parser.finish())
}

/// What the parser holds of a node: its name beside its number, since it asks for it all the time.
#[derive(Clone, Debug)]
struct Handle {
    id: Id,
    name: Option<Rc<QualName>>,
}

#[derive(Debug, Default)]
struct Sink {
    tree: RefCell<Tree>,
    depth: Cell<usize>,
}

impl Sink {
    fn place(&self, parent: Id, after: Option<Id>, child: NodeOrText<Handle>) {
        let depth = self.tree.borrow_mut().place(parent, after, child);
        self.depth.set(self.depth.get().max(depth));
    }
}

impl TreeSink for Sink {
    type Handle = Handle;
    type Output = Tree;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Tree {
        self.tree.into_inner()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_document(&self) -> Handle {
        Handle {
            id: DOCUMENT,
            name: None,
        }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        const NOTHING: ExpandedName<'static> = ExpandedName {
            ns: &ns!(),
            local: &local_name!(""),
        };
        target.name.as_ref().map_or(NOTHING, |name| name.expanded())
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> Handle {
        let name = Rc::new(name);
        let what = What::Element(Rc::clone(&name), attrs);
        Handle {
            id: self.tree.borrow_mut().add(what),
            name: Some(name),
        }
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        Handle {
            id: self.tree.borrow_mut().add(What::Other),
            name: None,
        }
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        self.create_comment(StrTendril::new())
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.place(parent.id, None, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        prev_element: &Handle,
        child: NodeOrText<Handle>,
    ) {
        let parent = self.tree.borrow().get(element.id).and_then(|it| it.parent);
        match parent {
            Some(parent) => self.place(parent, Some(element.id), child),
            None => self.place(prev_element.id, None, child),
        }
    }

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        let parent = self.tree.borrow().get(sibling.id).and_then(|it| it.parent);
        if let Some(parent) = parent {
            self.place(parent, Some(sibling.id), child);
        }
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.id == y.id
    }

    fn add_attrs_if_missing(&self, target: &Handle, attrs: Vec<Attribute>) {
        let mut tree = self.tree.borrow_mut();
        let what = tree.nodes.get_mut(target.id).map(|it| &mut it.what);
        if let Some(What::Element(_, own)) = what {
            for attribute in attrs {
                if own.iter().all(|it| it.name != attribute.name) {
                    own.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.tree.borrow_mut().detach(target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        let mut tree = self.tree.borrow_mut();
        while let Some(child) = tree.get(node.id).and_then(|it| it.first) {
            tree.insert(child, new_parent.id, None);
        }
    }
}
