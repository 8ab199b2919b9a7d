//! To test a program that uses the Atlas webhook, without credentials and on one machine: a sandbox that
//! stands in for the API, and the deliveries that Atlas posts. It is the library of the command
//! `atlas-webhook`.
//!
//! A test of a program that registers starts a [`Sandbox`], gives its URL to the program, and looks at what
//! came:
//!
//! ```
//! use atlas_webhook::{Endpoint, ErrorKind, Registration, Request};
//! # use atlas_webhook::{Error, Exchange, Reply, State};
//! # use std::io::{Read, Write};
//! use atlas_webhook_cli::{Content, Options, Response, Sandbox};
//!
//! // The first request gets 503, those after it what they deserve.
//! let busy = Response { http_status: Some(503), ..Response::default() };
//! let responses = vec![busy, Response::default()];
//! let sandbox = Sandbox::start(Options { responses, ..Options::default() })?;
//!
//! # fn register(url: &str) -> Result<Reply, Error> {
//! #     let endpoint = Endpoint::new(url)?;
//! #     let request = Request::registration(&endpoint, &Registration::new("https://example.com/atlas/t0ken")?)?;
//! #     let mut socket = std::net::TcpStream::connect((request.host(), request.port())).unwrap();
//! #     let mut exchange = Exchange::new(&request);
//! #     socket.write_all(exchange.to_send()).unwrap();
//! #     exchange.sent(request.bytes().len())?;
//! #     let mut buffer = [0; 4096];
//! #     while exchange.state() == State::WantReceive {
//! #         let n = socket.read(&mut buffer).unwrap();
//! #         if n == 0 { exchange.received_eof()? } else { exchange.received(&buffer[..n]).map(|_| State::Done)? };
//! #     }
//! #     exchange.take_reply()
//! # }
//! // `register` is the program's.
//! assert_eq!(register(&sandbox.url()).unwrap_err().kind(), ErrorKind::ServerError);
//! assert!(register(&sandbox.url()).is_ok());
//! assert_eq!(sandbox.requests().len(), 2);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A test of a program that receives posts a [`Delivery`] to it, as Atlas does or in a form that no receiver
//! should accept:
//!
//! ```no_run
//! use atlas_webhook::samples;
//! use atlas_webhook_cli::{Delivery, Destination};
//!
//! let destination = Destination::new("http://127.0.0.1:8080/atlas/t0ken")?;
//! let ticketed = Delivery::new(samples::TICKETED);
//! assert_eq!(destination.post(&ticketed)?.status, 200);
//! assert_eq!(destination.post(&Delivery { forged: true, ..ticketed })?.status, 404);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The sandbox is not a general HTTP server. It has its own, since it must be able to misbehave.

mod coding;
mod connection;
mod delivery;
mod destination;
mod log;
mod masked;
mod received;
mod response;
mod sample;
mod sandbox;
mod tls;
mod verdict;

pub use delivery::Delivery;
pub use destination::{Destination, Failure, Outcome};
pub use log::Entry;
#[doc(hidden)]
pub use masked::escaped;
pub use masked::{masked_body, masked_header, masked_url};
pub use received::Received;
pub use response::{Content, Framing, Response};
pub use sample::{samples, with_field};
pub use sandbox::{Options, Sandbox};
