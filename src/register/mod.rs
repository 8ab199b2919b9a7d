//! Registers a webhook URL: the request and the interpretation of its response.
//!
//! ```text
//! Registration ─► Endpoint ─► Request ─► Exchange, or your HTTP stack ─► Response ─► Reply, or Error
//! ```

pub mod api_status;
mod echo;
pub(crate) mod endpoint;
pub(crate) mod exchange;
#[cfg(feature = "http")]
mod http_types;
pub(crate) mod registration;
pub(crate) mod reply;
mod reply_body;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod shown;
mod wait;
