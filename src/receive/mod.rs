//! The receiving half: deliveries and their meaning.
//!
//! ```text
//!                        Receiver::read
//! Delivery ──► method, target, length, coding ──► Tree ──► Event ──► Details
//! borrowed     whether it belongs here            JSON     meaning   typed views
//! ```

mod canonical;
pub(crate) mod dedupe;
pub(crate) mod delivery;
pub(crate) mod details;
pub(crate) mod event;
mod member_order;
mod names;
mod print;
pub(crate) mod receiver;
pub(crate) mod server_connection;
mod status_response;
mod tree;
pub(crate) mod value;
mod walk;
