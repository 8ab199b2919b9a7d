//! The canonical form of an event: one text for all JSON with the same meaning.
//!
//! Keys are in the order of their decoded UTF-8 bytes. There is no white space. Strings have only
//! the escapes that JSON requires. Numbers and literals are as written. Stored deduplication keys
//! depend on this form, so it never changes.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::escape;
use crate::receive::member_order::Sorted;
use crate::receive::tree::{Kind, Node, Tree, index};

/// The canonical form of the whole object.
pub(super) fn of(tree: &Tree) -> String {
    // An escape in it is never longer than in the JSON.
    let out = String::with_capacity(tree.json().len());
    // The capacity for a usual event.
    let mut writer = Writer { tree, out, sorted: Vec::with_capacity(32) };
    if let Some(root) = tree.node(0) {
        writer.value(root);
    }
    writer.out
}

struct Writer<'a> {
    tree: &'a Tree,
    out: String,
    /// The members of the open objects, one object after the other.
    sorted: Vec<Sorted>,
}

impl<'a> Writer<'a> {
    fn value(&mut self, node: &'a Node) {
        match node.kind {
            Kind::Object => self.object(node),
            Kind::Array => self.array(node),
            Kind::String if node.is_escaped() => {
                let content = self.tree.source(node).get(1..).unwrap_or_default();
                escape::write_canonical(content, &mut self.out);
            }
            Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {
                self.out.push_str(self.tree.source(node));
            }
        }
    }

    fn array(&mut self, node: &'a Node) {
        self.out.push('[');
        for (at, child) in self.tree.child_nodes(node).iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.value(child);
        }
        self.out.push(']');
    }

    fn object(&mut self, node: &'a Node) {
        let members = self.tree.child_nodes(node);
        let start = self.sorted.len();
        self.tree.names().sort(members, &mut self.sorted);
        let end = self.sorted.len();
        self.out.push('{');
        for place in start..end {
            let Some((_, at)) = self.sorted.get(place) else { break };
            let Some(member) = members.get(index(*at)) else { break };
            if place > start {
                self.out.push(',');
            }
            self.name(member);
            self.out.push(':');
            self.value(member);
        }
        self.out.push('}');
        self.sorted.truncate(start);
    }

    fn name(&mut self, member: &Node) {
        if member.name_is_escaped {
            escape::write_canonical(self.tree.names().raw(member), &mut self.out);
        } else {
            self.out.push('"');
            self.out.push_str(self.tree.name(member));
            self.out.push('"');
        }
    }
}
