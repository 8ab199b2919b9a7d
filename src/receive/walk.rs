//! Converts JSON to the nodes of a tree.
//!
//! serde_json checks the grammar. One walk over the same text then counts values, checks that no
//! object contains a key twice, and decodes. Processing time is linear, except that the keys of a
//! large object are sorted.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::json::{self, escape};
use crate::receive::member_order::{Names, Sorted};
use crate::receive::tree::{Kind, Node, index, offset};

/// The maximum depth of values. The whole object is at depth 1.
const DEPTH: usize = 128;

/// Up to this number of places the values are not counted exactly.
const SMALL: usize = 64;

/// The text with its scalars decoded, and the nodes. At most `limit` values.
pub(super) fn read(json: &str, limit: usize) -> Result<(String, Vec<Node>), Error> {
    judge(json)?;
    let room = room(json.as_bytes(), limit)?;
    let mut walk = Walk {
        text: json,
        json: json.as_bytes(),
        scalars: json.as_bytes().to_vec(),
        nodes: vec![Node::UNUSED; room],
        at: 0,
        open: 0,
        closed: room,
        sorted: Vec::new(),
    };
    match walk.run() {
        Ok(values) if values > limit => return Err(too_many_values(limit)),
        Ok(_) => {}
        Err(Stop::Duplicate(at)) => {
            let error = malformed("the body has the same key twice in one object");
            return Err(error.at(u64::from(at)));
        }
        Err(Stop::Lost) => return Err(malformed(NOT_JSON)),
    }
    let Walk { scalars, nodes, .. } = walk;
    match String::from_utf8(scalars) {
        Ok(scalars) => Ok((scalars, nodes)),
        Err(_) => Err(malformed(NOT_JSON)),
    }
}

const NOT_JSON: &str = "the body is not valid JSON";

fn malformed(message: &'static str) -> Error {
    Error::new(ErrorKind::MalformedDelivery, message).with_response_status(400)
}

fn over_limit(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Limit, message).with_response_status(413)
}

fn too_many_values(limit: usize) -> Error {
    over_limit(format!("the body has more values than its limit of {limit}"))
}

/// Whether it is JSON, and an object.
fn judge(json: &str) -> Result<(), Error> {
    if u32::try_from(json.len()).is_err() {
        return Err(over_limit("the body is larger than 4 GiB"));
    }
    if let Err(at) = json::check(json) {
        return Err(malformed(NOT_JSON).at(u64::try_from(at).unwrap_or(u64::MAX)));
    }
    if !json::is_object(json) {
        return Err(malformed("the body is JSON but not an object"));
    }
    Ok(())
}

/// Places for all nodes. There are fewer values than commas and brackets if some of these are in
/// strings or nothing is between them. If there are many, a pass counts the values exactly.
fn room(json: &[u8], limit: usize) -> Result<usize, Error> {
    let most = commas_and_brackets(json).saturating_add(1);
    // With this few brackets the depth is within the limit.
    if most <= SMALL { Ok(most) } else { measure(json, limit) }
}

/// The number of commas, `[` and `{`, including those in strings, up to a few more than [`SMALL`].
fn commas_and_brackets(json: &[u8]) -> usize {
    let is_one = |b: &&u8| matches!(b, b',' | b'[' | b'{');
    let mut count = 0_usize;
    // A number of words with which no byte of the sums overflows.
    for block in json.chunks(8 * 255) {
        let words = block.chunks_exact(8);
        let rest = words.remainder().iter().filter(is_one).count();
        let mut sums = 0_u64;
        for word in words.filter_map(<[u8]>::first_chunk) {
            let word = u64::from_le_bytes(*word);
            // The two brackets differ in one bit.
            let hits = tops_of(word, b',') | tops_of(word | repeat(0x20), b'{');
            sums = sums.wrapping_add(hits >> 7);
        }
        let sums = sums.to_le_bytes().into_iter().map(usize::from);
        count = sums.fold(count.wrapping_add(rest), usize::wrapping_add);
        if count > SMALL {
            break;
        }
    }
    count
}

/// Sets the top bit of each byte that equals this ASCII byte.
fn tops_of(word: u64, b: u8) -> u64 {
    const LOW: u64 = repeat(0x7F);
    let other = word ^ repeat(b);
    // A byte is 0 if neither its low bits nor its top bit are set.
    !(((other & LOW).wrapping_add(LOW)) | other | LOW)
}

const fn repeat(b: u8) -> u64 {
    u64::from_ne_bytes([b; 8])
}

/// Counts the values, and checks their number and depth before memory is allocated for them.
fn measure(json: &[u8], limit: usize) -> Result<usize, Error> {
    let (mut values, mut depth, mut deepest) = (1_usize, 0_usize, 0_usize);
    // Whether no value has followed the bracket.
    let mut empty = false;
    let mut at = 0_usize;
    while let Some(&b) = json.get(at) {
        at = at.saturating_add(1);
        match b {
            b'"' => {
                empty = false;
                // Most strings have no escape; where there is one, there are others.
                let rest = json.get(at..).unwrap_or_default();
                let plain = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                at = json::behind_string(json, at.saturating_add(plain));
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
        return Err(too_many_values(limit));
    }
    Ok(values)
}

/// The reason why the walk ended early.
enum Stop {
    /// The key at this offset is a duplicate.
    Duplicate(u32),
    /// The text is not JSON. This cannot occur, because it was checked.
    Lost,
}

/// The walk over JSON that was checked and measured. Its positions are within the JSON or directly
/// after it, so their sums do not overflow.
struct Walk<'a> {
    text: &'a str,
    json: &'a [u8],
    /// A copy of the JSON in which scalars are decoded in place.
    scalars: Vec<u8>,
    /// The part up to `open` is a stack of the children of open containers. The part from `closed`
    /// on has the children of closed containers. Both parts together have at most one entry for
    /// each value.
    nodes: Vec<Node>,
    at: usize,
    open: usize,
    closed: usize,
    /// Members of an object, to find duplicates.
    sorted: Vec<Sorted>,
}

/// A string that was decoded. Two registers, which is worth 500 instructions for a small event.
#[derive(Clone, Copy)]
struct Decoded {
    start: u32,
    len: u32,
    is_escaped: bool,
}

const NO_NAME: Decoded = Decoded { start: 0, len: 0, is_escaped: false };

impl Walk<'_> {
    /// The number of values.
    fn run(&mut self) -> Result<usize, Stop> {
        self.token();
        let start = offset(self.at);
        let (first, len) = self.object()?;
        // All others are closed, so the first place is free.
        *self.nodes.first_mut().ok_or(Stop::Lost)? =
            Node { kind: Kind::Object, start, end: offset(self.at), first, len, ..Node::UNUSED };
        Ok(self.nodes.len().wrapping_sub(self.closed).wrapping_add(1))
    }

    /// Pushes the value at the current position, which starts with `b`, on the stack.
    fn value(&mut self, b: u8, name: Decoded) -> Result<(), Stop> {
        let start = self.at;
        let (kind, first, len) = match b {
            b'"' => {
                let Decoded { start, len, .. } = self.string().ok_or(Stop::Lost)?;
                (Kind::String, start, len)
            }
            b'{' => {
                let (first, count) = self.object()?;
                (Kind::Object, first, count)
            }
            b'[' => {
                let (first, count) = self.children(b']')?;
                (Kind::Array, first, count)
            }
            b => {
                let kind = match b {
                    b't' | b'f' => Kind::Boolean,
                    b'n' => Kind::Null,
                    _ => Kind::Number,
                };
                (kind, offset(start), self.literal()?)
            }
        };
        *self.nodes.get_mut(self.open).ok_or(Stop::Lost)? = Node {
            kind,
            name_is_escaped: name.is_escaped,
            start: offset(start),
            end: offset(self.at),
            first,
            len,
            name: name.start,
            name_len: name.len,
        };
        self.open = self.open.wrapping_add(1);
        Ok(())
    }

    fn object(&mut self) -> Result<(u32, u32), Stop> {
        let (first, count) = self.children(b'}')?;
        let members = self.nodes.get(index(first)..index(first.wrapping_add(count)));
        let names = Names { json: self.text, scalars: &self.scalars };
        match names.duplicate(members.unwrap_or_default(), &mut self.sorted) {
            Some(at) => Err(Stop::Duplicate(at)),
            None => Ok((first, count)),
        }
    }

    /// Reads the children of the array or object whose bracket is here; `close` is its closing
    /// bracket. Returns the index of the first child and the number of children. [`room`] has
    /// checked the depth.
    fn children(&mut self, close: u8) -> Result<(u32, u32), Stop> {
        let bottom = self.open;
        self.step();
        let mut b = self.token();
        while b != close {
            let mut name = NO_NAME;
            if close == b'}' {
                name = self.string().ok_or(Stop::Lost)?;
                // The colon.
                self.token();
                self.step();
                b = self.token();
            }
            self.value(b, name)?;
            b = self.token();
            if b == b',' {
                self.step();
                b = self.token();
            }
        }
        self.step();
        // Moves them from the stack to their final place.
        let count = self.open.wrapping_sub(bottom);
        let first = self.closed.wrapping_sub(count);
        if first < bottom {
            return Err(Stop::Lost);
        }
        self.nodes.copy_within(bottom..self.open, first);
        self.open = bottom;
        self.closed = first;
        Ok((offset(first), offset(count)))
    }

    /// Reads the string whose quote is here. Inlined, a small event needs 600 instructions less.
    #[inline(always)]
    fn string(&mut self) -> Option<Decoded> {
        let start = self.at.wrapping_add(1);
        let found = memchr::memchr2(b'"', b'\\', self.json.get(start..)?)?;
        let end = start.wrapping_add(found);
        let behind = self.scalars.get_mut(end)?;
        let (len, is_escaped) = if *behind == b'"' {
            *behind = 0;
            self.at = end.wrapping_add(1);
            (found, false)
        } else {
            (self.decode(start, end)?, true)
        };
        Some(Decoded { start: offset(start), len: offset(len), is_escaped })
    }

    /// Decodes a string from its first escape on. Returns its length.
    #[inline(never)]
    fn decode(&mut self, start: usize, escape: usize) -> Option<usize> {
        let json = self.json;
        let scalars = self.scalars.as_mut_slice();
        let (mut from, mut to) = (escape, escape);
        loop {
            let rest = json.get(from..)?;
            let decoded = match *rest {
                [b'"', ..] => break,
                [b'\\', b'u', ..] => {
                    let (unit, length) = escape::read(rest)?;
                    let mut utf8 = [0; 4];
                    let utf8 = unit.character().encode_utf8(&mut utf8).as_bytes();
                    let room = scalars.get_mut(to..)?;
                    room.get_mut(..utf8.len())?.copy_from_slice(utf8);
                    to = to.wrapping_add(utf8.len());
                    from = from.wrapping_add(length);
                    continue;
                }
                [b'\\', c, ..] => {
                    from = from.wrapping_add(1);
                    escape::short(c)
                }
                [b, ..] => b,
                [] => return None,
            };
            from = from.wrapping_add(1);
            *scalars.get_mut(to)? = decoded;
            to = to.wrapping_add(1);
        }
        // Up to the quote, so that no part of a character remains.
        scalars.get_mut(to..=from)?.fill(0);
        self.at = from.wrapping_add(1);
        Some(to.wrapping_sub(start))
    }

    /// The length of the number, true, false or null here. It is in an object, so a byte follows,
    /// which a NUL replaces.
    fn literal(&mut self) -> Result<u32, Stop> {
        let rest = self.json.get(self.at..).ok_or(Stop::Lost)?;
        let is_end = |&b: &u8| b <= b' ' || matches!(b, b',' | b'}' | b']');
        let len = rest.iter().position(is_end).ok_or(Stop::Lost)?;
        self.at = self.at.wrapping_add(len);
        *self.scalars.get_mut(self.at).ok_or(Stop::Lost)? = 0;
        Ok(offset(len))
    }

    /// Skips white space. Returns the next byte, or 0 at the end.
    fn token(&mut self) -> u8 {
        while let Some(&b) = self.json.get(self.at) {
            // The only control characters are the white space of JSON.
            if b > b' ' {
                return b;
            }
            self.step();
        }
        0
    }

    fn step(&mut self) {
        self.at = self.at.wrapping_add(1);
    }
}
