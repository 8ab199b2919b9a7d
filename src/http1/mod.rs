//! Reading one HTTP/1.x response (RFC 9112): bytes in, a message out. Knows nothing of Atlas.
//!
//! ```text
//!            Scan                      Decision::of                Body
//!  bytes ──► one head, as it comes ──► which body follows, and ──► length, chunked,
//!            1xx: drop it and again    whether the connection      until close, or none
//!                                      persists                         │
//!                                                                       ▼
//!  Reader drives them, owns the one buffer, and counts the bytes ──► Message
//! ```
//!
//! Every byte is looked at once, in order, and every refusal is decided by the bytes up to and
//! including the offending one. So the outcome cannot depend on how the input was cut.

mod chunked;
mod coding;
mod date;
mod fault;
mod fields;
mod framing;
mod head;
mod reader;
pub(crate) mod work;

pub(crate) use coding::ContentCoding;
pub(crate) use date::parse as parse_date;
pub(crate) use fault::{Fault, FaultKind};
pub(crate) use fields::{Fields, number};
pub(crate) use reader::{Message, Reader};
