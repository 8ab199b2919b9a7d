//! A value of an event's JSON: any field, by name or by position.

use core::fmt;
use core::iter::{self, FusedIterator};
use core::ops::Range;

use crate::receive::names;
use crate::receive::tree::{Kind, Node, Tree};

/// A value of an [`Event`](crate::Event): a field, a member of a list, the whole object.
///
/// Reading never fails. A value that does not exist is absent, and its members are absent too, so
/// calls can be chained.
///
/// ```
/// use atlas_webhook::Event;
///
/// let event = Event::parse(r#"{"type":"order.void","data":{"voidStatus":"2","list":[1.50,null]}}"#)?;
/// let data = event.data();
/// assert_eq!(data.get("voidStatus").number(), Some(2));
/// assert_eq!(data.get("list").at(0).text(), Some("1.50"));
/// assert_eq!(data.get("no").at(7).get("such").text(), None);
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
///
/// `get`, `name`, `number` and similar calls read at most the children of this value. `at` runs in
/// constant time.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    tree: &'a Tree,
    index: u32,
}

/// The type of a [`Value`].
///
/// ```
/// use atlas_webhook::{Event, ValueType};
///
/// let event = Event::parse(r#"{"data":{"list":[1,null]}}"#)?;
/// let list = event.data().get("list");
/// assert_eq!(list.value_type(), ValueType::Array);
/// assert_eq!(list.at(1).value_type(), ValueType::Null);
/// assert_eq!(list.at(1).value_type().to_string(), "null");
/// assert_eq!(list.at(2).value_type(), ValueType::Absent);
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueType {
    /// There is no such value.
    Absent,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl ValueType {
    /// The name of the type in lower case, for example `array`. It is stable.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// [`as_str`](ValueType::as_str).
impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The index of no node.
const ABSENT: u32 = u32::MAX;

impl<'a> Value<'a> {
    pub(super) fn root(tree: &'a Tree) -> Self {
        Self { tree, index: 0 }
    }

    pub(crate) fn with_index(tree: &'a Tree, index: u32) -> Self {
        Self { tree, index }
    }

    /// The index of the value. 0 is the whole object, `u32::MAX` an absent value.
    pub(crate) fn index(self) -> u32 {
        self.index
    }

    fn node(self) -> Option<&'a Node> {
        self.tree.node(self.index)
    }

    pub(super) fn absent(self) -> Self {
        Self { index: ABSENT, ..self }
    }

    /// The type of the value.
    #[must_use]
    pub fn value_type(self) -> ValueType {
        match self.node().map(|node| node.kind) {
            None => ValueType::Absent,
            Some(Kind::Null) => ValueType::Null,
            Some(Kind::Boolean) => ValueType::Boolean,
            Some(Kind::Number) => ValueType::Number,
            Some(Kind::String) => ValueType::String,
            Some(Kind::Array) => ValueType::Array,
            Some(Kind::Object) => ValueType::Object,
        }
    }

    /// Whether the value is absent.
    #[must_use]
    pub fn is_absent(self) -> bool {
        self.node().is_none()
    }

    pub(super) fn is_object(self) -> bool {
        self.node().is_some_and(|node| node.kind == Kind::Object)
    }

    /// The value if it is an object.
    pub(super) fn object(self) -> Option<Self> {
        self.is_object().then_some(self)
    }

    /// The value if it can be read as this type. Text is [`ValueType::String`].
    pub(super) fn readable_as(self, wanted: ValueType) -> Option<Self> {
        let readable = match wanted {
            ValueType::String => self.text().is_some(),
            ValueType::Number => self.number().is_some(),
            ValueType::Boolean => self.boolean().is_some(),
            _ => self.value_type() == wanted,
        };
        readable.then_some(self)
    }

    /// The member with this name, or else with one of its older spellings, so a program that uses
    /// the newest names reads every form. A member that is null is absent. An empty string is
    /// absent if an older spelling has a value. Absent if this value is not an object.
    ///
    /// The value can be of any type. The typed views also skip values of a wrong type.
    #[must_use]
    pub fn get(self, name: &str) -> Self {
        self.first_of(self.spellings(name))
    }

    /// As [`get`](Self::get), but the first that can be read as this type: a value of another type
    /// counts as absent.
    pub(crate) fn get_as(self, name: &str, wanted: ValueType) -> Self {
        self.first(name, |value| value.readable_as(wanted)).unwrap_or(self.absent())
    }

    /// What `read` returns for the first of the spellings for which it returns something.
    pub(super) fn first<T>(self, name: &str, read: impl FnMut(Self) -> Option<T>) -> Option<T> {
        self.spellings(name).find_map(read)
    }

    /// The members with this name and its older spellings.
    pub(super) fn spellings(self, name: &str) -> impl Iterator<Item = Self> + use<'a, '_> {
        let kind = self.tree.event_kind;
        let older = iter::once_with(move || names::older(kind, name)).flatten().copied();
        iter::once(name).chain(older).map(move |name| self.member(name))
    }

    /// The first that is neither null nor empty, or else the first that is not null.
    pub(super) fn first_of(self, candidates: impl Iterator<Item = Self>) -> Self {
        let mut empty = self.absent();
        for value in candidates {
            match value.node() {
                None | Some(Node { kind: Kind::Null, .. }) => {}
                Some(node) if node.kind == Kind::String && self.tree.text(node).is_empty() => {
                    if empty.is_absent() {
                        empty = value;
                    }
                }
                Some(_) => return value,
            }
        }
        empty
    }

    /// The member with exactly this name, including null.
    pub(super) fn member(self, name: &str) -> Self {
        let index = self.node().and_then(|node| self.tree.member(node, name));
        Self { index: index.unwrap_or(ABSENT), ..self }
    }

    /// Child number `index`, counted from 0, of an array or an object. null is returned as null.
    #[must_use]
    pub fn at(self, index: usize) -> Self {
        let (first, count) = self.children();
        match u32::try_from(index) {
            Ok(index) if index < count => Self { index: first.saturating_add(index), ..self },
            _ => self.absent(),
        }
    }

    /// The number of children of an array or an object. 0 for every other value.
    #[must_use]
    pub fn count(self) -> usize {
        usize::try_from(self.children().1).unwrap_or(0)
    }

    fn children(self) -> (u32, u32) {
        self.node().map_or((0, 0), |node| self.tree.children(node))
    }

    /// The name, as sent, of a member of an object by its index.
    #[must_use]
    pub fn name(self, index: usize) -> Option<&'a str> {
        if self.node()?.kind != Kind::Object {
            return None;
        }
        Some(self.tree.name(self.at(index).node()?))
    }

    /// The children of an array or an object, in order. No children for every other value.
    #[must_use]
    pub fn iter(self) -> Values<'a> {
        Values { parent: self, indices: 0..self.count() }
    }

    /// The text of a string, or a number or boolean as written. `None` for an empty string. A lone
    /// surrogate becomes U+FFFD.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        let node = self.node()?;
        match node.kind {
            Kind::String | Kind::Number | Kind::Boolean => {
                Some(self.tree.text(node)).filter(|text| !text.is_empty())
            }
            Kind::Null | Kind::Array | Kind::Object => None,
        }
    }

    /// An integer above -2^63 and below 2^63, written as a number or in a string: an optional minus
    /// sign and digits, nothing else.
    #[must_use]
    pub fn number(self) -> Option<i64> {
        let node = self.node()?;
        if !matches!(node.kind, Kind::Number | Kind::String) {
            return None;
        }
        let text = self.tree.text(node);
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        // The smallest number means an absent number in C.
        text.parse().ok().filter(|number| *number != i64::MIN)
    }

    /// `true`, `false`, 1 or 0, also in a string.
    #[must_use]
    pub fn boolean(self) -> Option<bool> {
        match self.text()? {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// The value as received. Empty if absent.
    #[must_use]
    pub fn json(self) -> &'a str {
        self.node().map_or("", |node| self.tree.source(node))
    }

    /// The [`text`](Self::text) and the NUL after it, for C.
    #[cfg(feature = "capi")]
    pub(crate) fn text_with_nul(self) -> Option<&'a str> {
        self.text()?;
        Some(self.tree.text_with_nul(self.node()?))
    }

    /// The [`name`](Self::name) of a member and the NUL after it, for C.
    #[cfg(feature = "capi")]
    pub(crate) fn name_with_nul(self, index: usize) -> Option<&'a str> {
        self.name(index)?;
        Some(self.tree.name_with_nul(self.at(index).node()?))
    }
}

/// The children of a [`Value`], in order: what [`iter`](Value::iter) returns.
///
/// ```
/// use atlas_webhook::Event;
///
/// let event = Event::parse(r#"{"data":{"list":[1,"2"]}}"#)?;
/// let list = event.data().get("list");
/// assert_eq!(list.iter().len(), 2);
/// for value in list {
///     assert!(value.number().is_some());
/// }
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone)]
pub struct Values<'a> {
    parent: Value<'a>,
    indices: Range<usize>,
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.indices.next().map(|index| self.parent.at(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.indices.size_hint()
    }
}

impl ExactSizeIterator for Values<'_> {}

impl FusedIterator for Values<'_> {}

/// Shows how many children are left, and nothing of their contents.
impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// As [`iter`](Value::iter).
impl<'a> IntoIterator for Value<'a> {
    type Item = Value<'a>;
    type IntoIter = Values<'a>;

    fn into_iter(self) -> Values<'a> {
        self.iter()
    }
}

/// Shows the type and the number of children, and nothing of the contents.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value")
            .field("type", &self.value_type())
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}
