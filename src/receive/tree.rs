//! The JSON of an event as a tree in two blocks: the nodes, and the text with its scalars decoded.
//!
//! ```text
//! json      {"cid":"A\u0042","data":[7]}     as received
//! scalars   {"cid␀:"AB␀␀␀␀␀␀␀"data␀:[7␀}     the same offsets; each name and scalar decoded in place, NUL behind
//! nodes     root │ [7] │ "AB", [ … ] │         the children of a node are neighbours
//! ```
//!
//! serde_json judges the grammar first. The walk over it then only has to find its way, once: it
//! counts, checks that no key is given twice, and decodes. Its work is linear but for the sort of
//! the keys of a large object.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use serde::de::IgnoredAny;

use crate::error::{Error, ErrorKind};
use crate::receive::escape;

/// How deep values may stand in one another; the whole object is at depth 1.
const DEPTH: usize = 128;

/// Up to so many members an object's keys are compared each with each.
const FEW: usize = 16;

/// One value: where it stands, and its name, if it is a member of an object.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(super) kind: Kind,
    name_is_escaped: bool,
    /// In the JSON: the whole of the value, quotes included.
    start: u32,
    end: u32,
    /// Of a scalar: where its decoded text starts. Of an array or object: its first child.
    first: u32,
    /// Of a scalar: bytes of its decoded text. Of an array or object: how many children.
    len: u32,
    /// Where the decoded name starts, behind its quote.
    name: u32,
    name_len: u32,
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

const UNUSED: Node = Node {
    kind: Kind::Null,
    name_is_escaped: false,
    start: 0,
    end: 0,
    first: 0,
    len: 0,
    name: 0,
    name_len: 0,
};

/// The tree of one JSON object. Node 0 is the whole object.
#[derive(Clone)]
pub(crate) struct Tree {
    json: String,
    scalars: String,
    nodes: Vec<Node>,
}

impl Tree {
    /// Reads one JSON object with at most `limit` values.
    pub(super) fn read(json: String, limit: usize) -> Result<Self, Error> {
        judge(&json)?;
        let values = measure(json.as_bytes(), limit)?;
        let walk = Walk {
            json: &json,
            scalars: json.as_bytes().to_vec(),
            nodes: vec![UNUSED; values],
            at: 0,
            open: 0,
            closed: values,
            order: Vec::new(),
        };
        match walk.run() {
            Ok((scalars, nodes)) => Ok(Self { json, scalars, nodes }),
            Err(Stop::Duplicate(at)) => {
                Err(malformed("the body gives a key twice in one object").at(u64::from(at)))
            }
            Err(Stop::Lost) => Err(malformed("the body is not valid JSON")),
        }
    }

    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(index).ok()?)
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

    /// Index of the first child, and how many there are.
    pub(super) fn children(&self, node: &Node) -> (u32, u32) {
        if node.kind.has_children() { (node.first, node.len) } else { (0, 0) }
    }

    fn child_nodes(&self, node: &Node) -> &[Node] {
        let (first, count) = self.children(node);
        let range = index(first)..index(first.saturating_add(count));
        self.nodes.get(range).unwrap_or_default()
    }

    /// The first member of that name.
    pub(super) fn member(&self, node: &Node, name: &str) -> Option<u32> {
        if node.kind != Kind::Object {
            return None;
        }
        let wanted = Some(name.len());
        let at = self.child_nodes(node).iter().position(|child| {
            usize::try_from(child.name_len).ok() == wanted && self.name(child) == name
        })?;
        node.first.checked_add(u32::try_from(at).ok()?)
    }

    /// Appends the canonical form of the whole object.
    pub(super) fn write_canonical(&self, out: &mut String) {
        if let Some(root) = self.nodes.first() {
            self.write_node(root, out, &mut Vec::new());
        }
    }

    fn write_node(&self, node: &Node, out: &mut String, order: &mut Vec<u32>) {
        match node.kind {
            Kind::Object => {
                out.push('{');
                let start = order.len();
                let (first, count) = self.children(node);
                order.extend(first..first.saturating_add(count));
                let members = order.get_mut(start..).unwrap_or_default();
                sort_by_name(members, |a, b| self.compare_names(a, b));
                let end = order.len();
                for at in start..end {
                    if at > start {
                        out.push(',');
                    }
                    let member = order.get(at).and_then(|&member| self.node(member));
                    let Some(member) = member else { continue };
                    self.write_name(member, out);
                    out.push(':');
                    self.write_node(member, out, order);
                }
                order.truncate(start);
                out.push('}');
            }
            Kind::Array => {
                out.push('[');
                for (at, child) in self.child_nodes(node).iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    self.write_node(child, out, order);
                }
                out.push(']');
            }
            Kind::String if is_escaped(node) => {
                let content = self.source(node).get(1..).unwrap_or_default();
                escape::write_canonical(content, out);
            }
            Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {
                out.push_str(self.source(node));
            }
        }
    }

    fn write_name(&self, member: &Node, out: &mut String) {
        if member.name_is_escaped {
            return escape::write_canonical(self.behind_quote(member.name), out);
        }
        out.push('"');
        out.push_str(self.name(member));
        out.push('"');
    }

    /// The JSON from the content of a string on.
    fn behind_quote(&self, at: u32) -> &str {
        self.json.get(index(at)..).unwrap_or_default()
    }

    fn compare_names(&self, a: u32, b: u32) -> Ordering {
        match (self.node(a), self.node(b)) {
            (Some(a), Some(b)) => compare_names(&self.json, self.scalars.as_bytes(), a, b),
            _ => Ordering::Equal,
        }
    }
}

/// Whether decoding changed the string.
fn is_escaped(node: &Node) -> bool {
    // Each escape is longer than what it stands for.
    node.len.saturating_add(2) != node.end.saturating_sub(node.start)
}

fn slice(text: &str, start: u32, end: u32) -> &str {
    text.get(index(start)..index(end)).unwrap_or_default()
}

fn index(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn malformed(message: &'static str) -> Error {
    Error::new(ErrorKind::MalformedDelivery, message).with_response_status(400)
}

fn over_limit(message: &'static str) -> Error {
    Error::new(ErrorKind::Limit, message).with_response_status(413)
}

pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Whether it is JSON, and an object.
fn judge(json: &str) -> Result<(), Error> {
    if u32::try_from(json.len()).is_err() {
        return Err(over_limit("the body is larger than 4 GiB"));
    }
    if let Err(error) = serde_json::from_str::<IgnoredAny>(json) {
        let lines = json.split_inclusive('\n').take(error.line().saturating_sub(1));
        let before = lines.fold(0_usize, |before, line| before.saturating_add(line.len()));
        let at = before.saturating_add(error.column().saturating_sub(1));
        let error = malformed("the body is not valid JSON");
        return Err(error.at(u64::try_from(at).unwrap_or(u64::MAX)));
    }
    // RFC 8259 section 2 names these four as white space.
    if !json.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        return Err(malformed("the body is JSON, but not an object"));
    }
    Ok(())
}

/// How many values there are; bounds them and their depth before anything is allocated for them.
fn measure(json: &[u8], limit: usize) -> Result<usize, Error> {
    let (mut values, mut depth, mut deepest) = (1_usize, 0_usize, 0_usize);
    // Whether nothing stands behind the bracket yet.
    let mut empty = false;
    let mut at = 0_usize;
    while let Some(&b) = json.get(at) {
        at = at.saturating_add(1);
        match b {
            b'"' => {
                empty = false;
                at = behind_string(json, at);
            }
            b',' => values = values.saturating_add(1),
            b'{' | b'[' => {
                values = values.saturating_add(1);
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
                empty = true;
            }
            b'}' | b']' => {
                values = values.saturating_sub(usize::from(empty));
                depth = depth.saturating_sub(1);
                empty = false;
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => empty = false,
        }
    }
    if deepest > DEPTH {
        return Err(over_limit("the body is nested deeper than 128 levels"));
    }
    if values > limit {
        return Err(over_limit("the body has more values than its limit"));
    }
    Ok(values)
}

/// Where the string ends whose content starts at `at`: behind its quote.
fn behind_string(json: &[u8], mut at: usize) -> usize {
    loop {
        let rest = json.get(at..).unwrap_or_default();
        let Some(found) = memchr::memchr2(b'"', b'\\', rest) else { return json.len() };
        at = at.saturating_add(found).saturating_add(1);
        if rest.get(found) == Some(&b'"') {
            return at;
        }
        at = at.saturating_add(1);
    }
}

/// Why the walk ended early.
enum Stop {
    /// A key stands at this offset for the second time.
    Duplicate(u32),
    /// What was judged to be JSON is not. It does not happen.
    Lost,
}

/// The walk over JSON that was judged and measured.
struct Walk<'a> {
    json: &'a str,
    /// A copy of the JSON in which scalars are decoded in place.
    scalars: Vec<u8>,
    /// In front, up to `open`, the children of containers that are not closed yet, as a stack. At
    /// the end, from `closed` on, those of closed ones, for good. Both together are never more than
    /// there are values.
    nodes: Vec<Node>,
    at: usize,
    open: usize,
    closed: usize,
    /// Members of an object, to be sorted.
    order: Vec<u32>,
}

/// A string that was decoded.
struct Decoded {
    start: usize,
    len: usize,
    escaped: bool,
}

impl Walk<'_> {
    fn run(mut self) -> Result<(String, Vec<Node>), Stop> {
        self.skip_white_space();
        let root = self.value()?;
        // All others are closed, so the first place is the one that is left.
        *self.nodes.first_mut().ok_or(Stop::Lost)? = root;
        let scalars = String::from_utf8(self.scalars).map_err(|_| Stop::Lost)?;
        Ok((scalars, self.nodes))
    }

    /// The value at the present place. [`measure`] bounded how deep this goes.
    fn value(&mut self) -> Result<Node, Stop> {
        let start = self.at;
        let (kind, first, len) = match self.peek() {
            Some(b'{') => self.object()?,
            Some(b'[') => self.array()?,
            Some(b'"') => {
                let Decoded { start, len, .. } = self.string().ok_or(Stop::Lost)?;
                (Kind::String, start, len)
            }
            Some(b) => {
                let kind = match b {
                    b't' | b'f' => Kind::Boolean,
                    b'n' => Kind::Null,
                    _ => Kind::Number,
                };
                self.skip_literal();
                (kind, start, self.at.saturating_sub(start))
            }
            None => return Err(Stop::Lost),
        };
        Ok(Node {
            kind,
            start: offset(start),
            end: offset(self.at),
            first: offset(first),
            len: offset(len),
            ..UNUSED
        })
    }

    fn array(&mut self) -> Result<(Kind, usize, usize), Stop> {
        let bottom = self.open;
        self.step();
        self.skip_white_space();
        while self.peek() != Some(b']') {
            let child = self.value()?;
            self.push(child)?;
            self.skip_comma();
        }
        self.step();
        let (first, count) = self.close(bottom);
        Ok((Kind::Array, first, count))
    }

    fn object(&mut self) -> Result<(Kind, usize, usize), Stop> {
        let bottom = self.open;
        self.step();
        self.skip_white_space();
        while self.peek() != Some(b'}') {
            let name = self.string().ok_or(Stop::Lost)?;
            self.skip_white_space();
            // The colon.
            self.step();
            self.skip_white_space();
            let child = self.value()?;
            self.push(Node {
                name: offset(name.start),
                name_len: offset(name.len),
                name_is_escaped: name.escaped,
                ..child
            })?;
            self.skip_comma();
        }
        self.step();
        let (first, count) = self.close(bottom);
        self.check_names(first, count)?;
        Ok((Kind::Object, first, count))
    }

    fn push(&mut self, child: Node) -> Result<(), Stop> {
        *self.nodes.get_mut(self.open).ok_or(Stop::Lost)? = child;
        self.open = self.open.saturating_add(1);
        Ok(())
    }

    /// Moves the children of a container from the stack to where they stay.
    fn close(&mut self, bottom: usize) -> (usize, usize) {
        let count = self.open.saturating_sub(bottom);
        let first = self.closed.saturating_sub(count);
        if self.open <= self.nodes.len() && bottom <= first {
            self.nodes.copy_within(bottom..self.open, first);
        }
        self.open = bottom;
        self.closed = first;
        (first, count)
    }

    fn check_names(&mut self, first: usize, count: usize) -> Result<(), Stop> {
        let members = self.nodes.get(first..).and_then(|nodes| nodes.get(..count));
        let members = members.unwrap_or_default();
        let order = |a: &Node, b: &Node| compare_names(self.json, &self.scalars, a, b);
        if count <= FEW {
            for (at, member) in members.iter().enumerate() {
                let before = members.get(..at).unwrap_or_default();
                let is_same = |other: &&Node| {
                    other.name_len == member.name_len && order(other, member).is_eq()
                };
                if before.iter().any(|other| is_same(&other)) {
                    return Err(Stop::Duplicate(member.name));
                }
            }
            return Ok(());
        }
        let node = |at: u32| members.get(index(at)).unwrap_or(&UNUSED);
        self.order.clear();
        self.order.extend(0..offset(count));
        sort_by_name(&mut self.order, |a, b| order(node(a), node(b)));
        for pair in self.order.windows(2) {
            if let [a, b] = *pair
                && order(node(a), node(b)).is_eq()
            {
                return Err(Stop::Duplicate(node(a).name.max(node(b).name)));
            }
        }
        Ok(())
    }

    /// The string whose quote stands here.
    fn string(&mut self) -> Option<Decoded> {
        self.step();
        let start = self.at;
        let rest = self.json.as_bytes().get(start..)?;
        let found = memchr::memchr2(b'"', b'\\', rest)?;
        let end = start.saturating_add(found);
        self.at = end.saturating_add(1);
        if rest.get(found) == Some(&b'"') {
            *self.scalars.get_mut(end)? = 0;
            return Some(Decoded { start, len: found, escaped: false });
        }
        let len = self.decode(start, end)?;
        Some(Decoded { start, len, escaped: true })
    }

    /// Decodes a string from its first escape on; its length then.
    fn decode(&mut self, start: usize, escape: usize) -> Option<usize> {
        let json = self.json.as_bytes();
        let (mut from, mut to) = (escape, escape);
        loop {
            match *json.get(from)? {
                b'"' => break,
                b'\\' => {
                    let (unit, length) = escape::read(json.get(from..)?)?;
                    let room = self.scalars.get_mut(to..)?;
                    let mut utf8 = [0; 4];
                    let utf8 = unit.character().encode_utf8(&mut utf8).as_bytes();
                    room.get_mut(..utf8.len())?.copy_from_slice(utf8);
                    to = to.saturating_add(utf8.len());
                    from = from.saturating_add(length);
                }
                b => {
                    *self.scalars.get_mut(to)? = b;
                    to = to.saturating_add(1);
                    from = from.saturating_add(1);
                }
            }
        }
        // Up to the quote, so that no part of a character is left over.
        self.scalars.get_mut(to..=from)?.fill(0);
        self.at = from.saturating_add(1);
        Some(to.saturating_sub(start))
    }

    /// To the end of a number, true, false or null; a NUL behind it. Since it stands in an object,
    /// something follows.
    fn skip_literal(&mut self) {
        while let Some(b) = self.peek()
            && !matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')
        {
            self.step();
        }
        if let Some(behind) = self.scalars.get_mut(self.at) {
            *behind = 0;
        }
    }

    fn skip_comma(&mut self) {
        self.skip_white_space();
        if self.peek() == Some(b',') {
            self.step();
            self.skip_white_space();
        }
    }

    fn skip_white_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.step();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }
}

/// [`judge`] made sure that all offsets fit.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The one sort of this library; a second kind would be 5 KB more.
fn sort_by_name(members: &mut [u32], compare: impl Fn(u32, u32) -> Ordering) {
    members.sort_unstable_by(|&a, &b| compare(a, b));
}

/// By the bytes of the decoded names. Where those are the same, lone surrogates decide, which all
/// decode to the same character: names that differ in them are different names.
fn compare_names(json: &str, scalars: &[u8], a: &Node, b: &Node) -> Ordering {
    let decoded = |node: &Node| {
        let end = node.name.saturating_add(node.name_len);
        scalars.get(index(node.name)..index(end)).unwrap_or_default()
    };
    let replaced = |node: &Node| escape::replaced(json.get(index(node.name)..).unwrap_or_default());
    decoded(a).cmp(decoded(b)).then_with(|| {
        if a.name_is_escaped || b.name_is_escaped {
            replaced(a).cmp(replaced(b))
        } else {
            Ordering::Equal
        }
    })
}
