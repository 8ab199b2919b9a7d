//! The C ABI: opaque handles and their functions. It converts and makes no decisions.
//!
//! The comments on the exported items are written for C programmers: cbindgen copies them into
//! `include/atlas_webhook.h`. The rules at the top of that header (in `cbindgen.toml`) are also the
//! safety contract of every function here: a pointer is NULL if the comment allows it, or else
//! valid for the call; a handle came from this library and was not freed; and no other thread uses
//! a handle that is changed. "By the rules" in a `SAFETY` comment means these.
//!
//! Every exported function does its work in `guard`, so that no panic reaches C, and passes the
//! outcome to `report`, which converts it to a status. A getter uses `get`, which returns the
//! absent value instead.

#![deny(clippy::undocumented_unsafe_blocks)]
#![allow(
    non_camel_case_types,
    clippy::missing_safety_doc,
    reason = "the names and the comments are those of the C header"
)]

extern crate std;

mod boundary;
mod cancel;
mod convert;
mod endpoint;
mod error;
mod event;
mod exchange;
mod lazy;
mod library;
mod receiver;
mod reply;
mod request;
mod response;
mod server_connection;
mod status;
mod transport;
mod value;

pub use cancel::*;
pub use endpoint::*;
pub use error::*;
pub use event::*;
pub use exchange::*;
pub use library::*;
pub use receiver::*;
pub use reply::*;
pub use request::*;
pub use response::*;
pub use server_connection::*;
pub use status::*;
pub use transport::*;
pub use value::*;

use boundary::{Changeable, Handle, Poison, exclusive, free, get, guard, report, shared};
use convert::{
    NO_TEXT, Text, bytes, get_bytes, get_text, is_null, optional_text, output, put_length,
    set_limit, terminated, text,
};

/// The guarantees of the header about threads.
const _: () = {
    const fn may_move<T: Send>() {}
    const fn may_be_shared<T: Send + Sync>() {}
    may_be_shared::<atlas_webhook_endpoint>();
    may_be_shared::<atlas_webhook_request>();
    may_be_shared::<atlas_webhook_transport>();
    may_be_shared::<atlas_webhook_cancel>();
    may_be_shared::<atlas_webhook_response>();
    may_be_shared::<atlas_webhook_reply>();
    may_be_shared::<atlas_webhook_error>();
    may_be_shared::<atlas_webhook_receiver>();
    may_be_shared::<atlas_webhook_event>();
    may_move::<atlas_webhook_exchange>();
    may_move::<atlas_webhook_server>();
};
