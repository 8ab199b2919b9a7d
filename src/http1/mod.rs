//! Reads HTTP/1.x messages (RFC 9112) in both roles: bytes in, a message out. Independent of Atlas.
//!
//! ```text
//!            Scan                      Role::head                    Body
//!  bytes ──► one head, as it comes ──► which body follows, and ────► length, chunked,
//!            1xx: drop it and again    whether the connection        until close, or none
//!                                      persists; a request pauses        │
//!                                                                        ▼
//!  Reader drives them, owns the one buffer, and counts the bytes ────► a response or a request
//! ```
//!
//! [`Response`] and [`Request`] are the roles of a [`Reader`]: they define the start of a head and
//! its interpretation. Everything else is shared. Every byte is read once, in order. A rejection
//! depends only on the bytes up to and including the offending one, so the outcome does not depend
//! on how the input is split into reads.

pub(crate) mod chars;
mod chunked;
mod coding;
#[cfg(feature = "transport")]
mod connect;
mod date;
mod fault;
mod fields;
mod framing;
mod head;
mod host;
mod reader;
mod request;
mod request_line;
mod response;
mod status_line;
pub(crate) mod work;

pub(crate) use coding::{ContentCoding, NO_CODINGS_OF_REQUESTS};
#[cfg(feature = "transport")]
pub(crate) use connect::{ConnectResponse, connect_request};
pub(crate) use date::parse as parse_date;
pub(crate) use fault::{Fault, FaultKind};
pub(crate) use fields::{Fields, is_fold, loose_field, number, reopen_line};
pub(crate) use reader::Reader;
pub(crate) use request::{Expectation, Request};
pub(crate) use response::{Message, Response};
