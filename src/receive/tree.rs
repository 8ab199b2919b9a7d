//! The JSON of an event as a tree in two blocks: the nodes, and the text with its scalars decoded.
//!
//! ```text
//! json      {"cid":"A\u0042","data":[7]}     as received
//! scalars   {"cid␀:"AB␀␀␀␀␀␀␀"data␀:[7␀}     the same offsets; each name and scalar decoded in place, NUL behind
//! nodes     root │ 7 │ "AB", [ … ]           the children of a node are neighbours
//! ```

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;
use crate::receive::event::EventKind;
use crate::receive::member_order::Names;
use crate::receive::walk;

/// One value: its position, and its name if it is a member of an object.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(super) kind: Kind,
    /// Whether decoding changed the name.
    pub(super) name_is_escaped: bool,
    /// In the JSON: the whole of the value, quotes included.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Of a scalar: the start of its decoded text. Of an array or object: its first child.
    pub(super) first: u32,
    /// Of a scalar: bytes of its decoded text. Of an array or object: the number of children.
    pub(super) len: u32,
    /// The start of the decoded name, after its quote.
    pub(super) name: u32,
    pub(super) name_len: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    pub(super) fn has_children(self) -> bool {
        matches!(self, Self::Array | Self::Object)
    }
}

impl Node {
    /// An unused place.
    pub(super) const UNUSED: Self = Self {
        kind: Kind::Null,
        name_is_escaped: false,
        start: 0,
        end: 0,
        first: 0,
        len: 0,
        name: 0,
        name_len: 0,
    };

    /// Of a string: whether decoding changed it.
    pub(super) fn is_escaped(&self) -> bool {
        // Each escape is longer than its character.
        self.len.saturating_add(2) != self.end.saturating_sub(self.start)
    }
}

/// The tree of one JSON object. Node 0 is the whole object; a few places may be unused.
#[derive(Clone)]
pub(crate) struct Tree {
    pub(super) json: String,
    pub(super) scalars: String,
    pub(super) nodes: Vec<Node>,
    /// Decides on the older names of fields. Unknown until the event has read its type.
    pub(super) event_kind: EventKind,
}

impl Tree {
    /// Reads one JSON object with at most `limit` values.
    pub(super) fn read(json: String, limit: usize) -> Result<Self, Error> {
        let (scalars, nodes) = walk::read(&json, limit)?;
        Ok(Self { json, scalars, nodes, event_kind: EventKind::Unknown })
    }

    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// The number of places for nodes.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(index(at))
    }

    /// The value as received.
    pub(super) fn source(&self, node: &Node) -> &str {
        slice(&self.json, node.start, node.end)
    }

    /// The decoded text of a scalar.
    pub(super) fn text(&self, node: &Node) -> &str {
        slice(&self.scalars, node.first, node.first.saturating_add(node.len))
    }

    /// The decoded name of a member.
    pub(super) fn name(&self, node: &Node) -> &str {
        slice(&self.scalars, node.name, node.name.saturating_add(node.name_len))
    }

    #[cfg(feature = "capi")]
    pub(super) fn text_with_nul(&self, node: &Node) -> &str {
        slice(&self.scalars, node.first, node.first.saturating_add(node.len).saturating_add(1))
    }

    #[cfg(feature = "capi")]
    pub(super) fn name_with_nul(&self, node: &Node) -> &str {
        slice(&self.scalars, node.name, node.name.saturating_add(node.name_len).saturating_add(1))
    }

    /// Index of the first child, and the number of children.
    pub(super) fn children(&self, node: &Node) -> (u32, u32) {
        if node.kind.has_children() { (node.first, node.len) } else { (0, 0) }
    }

    pub(super) fn child_nodes(&self, node: &Node) -> &[Node] {
        let (first, count) = self.children(node);
        let range = index(first)..index(first.saturating_add(count));
        self.nodes.get(range).unwrap_or_default()
    }

    /// The index of the first member of that name.
    pub(super) fn member(&self, node: &Node, name: &str) -> Option<u32> {
        if node.kind != Kind::Object {
            return None;
        }
        let len = offset(name.len());
        let at = self.child_nodes(node).iter().position(|child| {
            child.name_len == len && self.names().decoded(child) == name.as_bytes()
        })?;
        Some(node.first.saturating_add(offset(at)))
    }

    pub(super) fn names(&self) -> Names<'_> {
        Names { json: &self.json, scalars: self.scalars.as_bytes() }
    }
}

fn slice(text: &str, start: u32, end: u32) -> &str {
    text.get(index(start)..index(end)).unwrap_or_default()
}

pub(super) const fn index(offset: u32) -> usize {
    offset as usize
}

/// The walk ensures that all offsets fit.
pub(super) const fn offset(index: usize) -> u32 {
    index as u32
}
