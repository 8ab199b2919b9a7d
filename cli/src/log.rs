//! The log of the sandbox: nothing in it is secret.

use std::fmt;

use serde_json::{Value, json};

use crate::destination::{Failure, Outcome};
use crate::masked::{escaped, masked_body, masked_header, masked_path, printable};
use crate::received::Received;

/// An entry of the log. `Display` is for people, [`to_json`](Self::to_json) for programs. Both mask secrets.
#[derive(Debug)]
#[non_exhaustive]
pub enum Entry<'a> {
    /// A request came.
    Request(&'a Received),
    /// The bytes on this connection are not a usable request.
    Unusable {
        /// The number of the connection.
        connection: usize,
    },
    /// A response goes out.
    Response {
        /// The number of the connection.
        connection: usize,
        /// None if the response is [raw](crate::Content::Raw).
        http_status: Option<u16>,
        /// The body without its codings, as one line.
        body: &'a str,
    },
    /// A delivery was posted to the registered URL.
    Delivery {
        /// The number of the connection that the registration came on.
        connection: usize,
        /// The length of the event, in bytes.
        length: usize,
        /// What came of it.
        outcome: &'a Result<Outcome, Failure>,
    },
}

impl Entry<'_> {
    /// The entry as a JSON object in one line.
    pub fn to_json(&self) -> String {
        match self {
            Self::Request(request) => {
                let body = masked_body(&request.body);
                let headers = request.headers.iter();
                let headers: Vec<_> =
                    headers.map(|(name, value)| [name, masked_header(name, value)]).collect();
                json!({
                    "entry": "request",
                    "connection": request.connection,
                    "method": request.method,
                    "path": masked_path(request.path()),
                    "headers": headers,
                    "body": serde_json::from_str(&body).unwrap_or(Value::String(body)),
                })
            }
            Self::Unusable { connection } => {
                json!({ "entry": "unusable", "connection": connection })
            }
            Self::Response { connection, http_status, body } => json!({
                "entry": "response",
                "connection": connection,
                "http_status": http_status,
                "body": body,
            }),
            Self::Delivery { connection, length, outcome } => json!({
                "entry": "delivery",
                "connection": connection,
                "length": length,
                "http_status": outcome.as_ref().ok().map(|outcome| outcome.status),
                "seconds": outcome.as_ref().ok().map(|outcome| outcome.took.as_secs_f64()),
                "error": outcome.as_ref().err().map(ToString::to_string),
            }),
        }
        .to_string()
    }
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(request) => {
                let fields = request.headers.iter();
                let fields: Vec<_> = fields
                    .map(|(name, value)| format!("{name}: {}", masked_header(name, value)))
                    .collect();
                let fields = printable(fields.join(", ").as_bytes());
                let body = masked_body(&request.body);
                let number = request.connection;
                let method = escaped(&request.method);
                let path = escaped(masked_path(request.path()));
                write!(f, "#{number} {method} {path} ({fields})\n   {body}")
            }
            Self::Unusable { connection } => write!(f, "#{connection} received no usable request"),
            Self::Response { connection, http_status: Some(status), body } => {
                write!(f, "#{connection} responded HTTP {status}, {body}")
            }
            Self::Response { connection, http_status: None, .. } => {
                write!(f, "#{connection} responded with a script")
            }
            Self::Delivery { connection, length, outcome } => {
                write!(f, "#{connection} posted an event of {length} bytes: ")?;
                match outcome {
                    Ok(outcome) => write!(f, "{outcome}"),
                    Err(failure) => write!(f, "{failure}"),
                }
            }
        }
    }
}
