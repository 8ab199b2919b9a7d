//! Register a webhook URL with Atlas, a flight-booking API, and read the events that Atlas posts to it.
//!
//! ```text
//! Registration ─► Endpoint ─► Request ─┬─► your HTTP stack ─► Response::new(…) ─┐
//! cid and url     server and  method,  ├─► your socket ─► Exchange ─────────────┼─► Response ─► Reply
//!                 identity    URL,     └─► Transport ─► Exchange ───────────────┘   plain       or Error
//!                             headers, body, bytes                                  HTTP
//! ```
//!
//! Data moves from left to right and never back. The core does no I/O, reads no clock, environment
//! or randomness, has no global and writes no log. It is `no_std` with `alloc`.
//!
//! # Your own HTTP stack
//!
//! ```
//! use atlas_webhook::{Endpoint, Registration, Request, Response};
//!
//! let mut endpoint = Endpoint::sandbox();
//! endpoint.set_credentials("my-client", "s3cret")?;
//! let mut registration = Registration::new("https://example.com/atlas/t0ken")?;
//! registration.set_cid("XXXXXXXX")?;
//! let request = Request::registration(&endpoint, &registration)?;
//!
//! // Your stack, with redirects turned off, sends request.method(), url(), headers() and body(), and
//! // this is the response:
//! # let (status, headers, body) = (200, [("Content-Type", "application/json")], r#"{"status":0,"msg":"success"}"#);
//! let response = Response::new(status, headers, body)?;
//! let reply = request.reply(&response)?;
//! assert_eq!(reply.message(), "success");
//! # Ok::<(), atlas_webhook::Error>(())
//! ```
//!
//! [`Endpoint::sandbox`] is the API's sandbox, `https://sandbox.atlaslovestravel.com`. For production,
//! pass the base URL that the vendor's console shows for your account to [`Endpoint::new`].
//!
//! # Your own socket
//!
//! [`Exchange`] returns the bytes to send and processes the bytes that are received. Its page has
//! an example.
#![cfg_attr(
    feature = "transport",
    doc = "
# The bundled transport

```no_run
use atlas_webhook::{Endpoint, Registration, Request, Transport};

let mut registration = Registration::new(\"https://example.com/atlas/t0ken\")?;
registration.set_cid(\"XXXXXXXX\")?;
let request = Request::registration(&Endpoint::sandbox(), &registration)?;
let reply = Transport::new()?.send(&request)?;
println!(\"registered: HTTP status {}\", reply.http_status());
# Ok::<(), atlas_webhook::Error>(())
```
"
)]
//! # Receiving
//!
//! ```text
//! your HTTP server ─► Delivery::new(method, target, headers, body) ─┐
//! your socket ─► ServerConnection: bytes in, response out ──────────┴─► Receiver ─► Event, or Error
//! ```
//!
//! ```
//! use atlas_webhook::{Delivery, Details, Receiver};
//!
//! // The registered URL: its path is the secret.
//! let receiver = Receiver::new("https://example.com/atlas/8f3c")?;
//!
//! // What your HTTP server received:
//! # let (method, target, headers) = ("POST", "/atlas/8f3c", [("Content-Type", "application/json")]);
//! # let body = r#"{"type":"order.ticketed","data":{"orderNo":"A1","paxTicketInfos":[{"name":"LAST/FIRST"}]}}"#;
//! let delivery = Delivery::new(method, target, headers, body);
//! let status = match receiver.read(&delivery) {
//!     Ok(event) => {
//!         // Store event.dedupe_key() and event.json(), respond at once, and process it later.
//!         if let Details::Ticketed(ticketed) = event.details() {
//!             let names: Vec<_> = ticketed.passengers().filter_map(|p| p.name()).collect();
//!             println!("{} passengers", names.len());
//!         }
//!         200
//!     }
//!     Err(error) => error.response_status(),
//! };
//! # assert_eq!(status, 200);
//! # Ok::<(), atlas_webhook::Error>(())
//! ```
//!
//! Any JSON object is an event, even of an unknown type. No field is required.
//! [`Event::get`] and [`Value`] return any field by its newest or an older name.
//!
//! # Features
//!
//! * `gzip` (default): requests gzip and inflates it, in all three ways to send; inflates deliveries.
//!   Without it a delivery in gzip is rejected with 415.
//! * `transport` (default): the bundled transport, the only part that does I/O.
//! * `http`: conversions from and to the types of the crate `http`: a [`Request`] to send, a
//!   [`Response`] and a [`Delivery`] that were received. That crate needs `std`.
//! * `samples`: deliveries of each kind, for tests of a program.
//! * `capi`: the functions of the C ABI; `bindings/c` builds `libatlas_webhook` from them. It needs
//!   `std`, as `transport` and `http` do. Only `capi` contains unsafe code.
//! * `header`: the build script writes `include/atlas_webhook.h`. It is required to change the ABI.

#![no_std]
#![cfg_attr(not(feature = "capi"), forbid(unsafe_code))]
#![cfg_attr(feature = "capi", deny(unsafe_code))]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

#[cfg(feature = "capi")]
#[allow(unsafe_code, reason = "C knows no lifetimes; nothing else in this crate needs it")]
pub mod capi;
mod coded_body;
mod error;
#[cfg(feature = "gzip")]
mod gzip;
mod http1;
mod json;
mod limits;
mod receive;
mod register;
#[cfg(feature = "samples")]
pub mod samples;
#[cfg(feature = "transport")]
mod transport;
mod url;

pub use error::{Error, ErrorKind, Fault};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use http1::work::take as take_work;
pub use limits::Limits;
pub use receive::delivery::Delivery;
pub use receive::details::{
    AbnormalCancelled, AddonComplete, AirlineStatus, Ancillary, Baggage, Cancelled, Details, Email,
    EmailScheduleChange, Passenger, RefundComplete, ScheduleChange, Seat, Segment, Ticketed, Void,
};
pub use receive::event::{Event, EventKind, Incident};
pub use receive::receiver::Receiver;
pub use receive::server_connection::{ServerConnection, ServerState};
pub use receive::value::{Value, ValueType, Values};
pub use register::api_status;
pub use register::endpoint::{Endpoint, SANDBOX, SANDBOX_ATRIPTECH};
pub use register::exchange::{Exchange, State};
pub use register::registration::Registration;
pub use register::reply::Reply;
pub use register::request::Request;
pub use register::response::Response;
#[cfg(feature = "transport")]
pub use transport::{Cancel, DropGuard, Transport};

/// The programs of README.md and of the pages of docs/, compiled as doctests.
#[cfg(all(doctest, feature = "transport"))]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../docs/rust.md")]
struct Pages;

/// Its program needs the package of the command, which the published crate cannot test with. Only
/// contributors turn on the feature `header`.
#[cfg(all(doctest, feature = "transport", feature = "header"))]
#[doc = include_str!("../docs/testing.md")]
struct PageOnTesting;
