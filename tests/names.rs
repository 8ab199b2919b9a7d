//! The names of kinds, faults, states and types, for logs and metrics.

use std::collections::HashSet;
use std::fmt::{Debug, Display};

use atlas_webhook::{ErrorKind, EventKind, Fault, Incident, ServerState, State, ValueType};

const KINDS: [ErrorKind; 24] = [
    ErrorKind::Argument,
    ErrorKind::State,
    ErrorKind::Unsupported,
    ErrorKind::Panic,
    ErrorKind::Protocol,
    ErrorKind::Limit,
    ErrorKind::ClosedEarly,
    ErrorKind::Encoding,
    ErrorKind::Redirect,
    ErrorKind::Unauthorized,
    ErrorKind::RateLimited,
    ErrorKind::ClientError,
    ErrorKind::ServerError,
    ErrorKind::MalformedReply,
    ErrorKind::Refused,
    ErrorKind::Untrusted,
    ErrorKind::MalformedDelivery,
    ErrorKind::Resolve,
    ErrorKind::Connect,
    ErrorKind::Proxy,
    ErrorKind::Tls,
    ErrorKind::Timeout,
    ErrorKind::Io,
    ErrorKind::Cancelled,
];
const FAULTS: [Fault; 5] = [Fault::Caller, Fault::Library, Fault::Peer, Fault::Api, Fault::Network];
const STATES: [State; 4] = [State::WantSend, State::WantReceive, State::Done, State::Failed];
const SERVER_STATES: [ServerState; 4] = [
    ServerState::WantReceive,
    ServerState::WantResponse,
    ServerState::WantSend,
    ServerState::WantClose,
];
const EVENTS: [EventKind; 11] = [
    EventKind::Unknown,
    EventKind::Ticketed,
    EventKind::ScheduleChange,
    EventKind::EmailScheduleChange,
    EventKind::AbnormalCancelled,
    EventKind::AirlineStatus,
    EventKind::Email,
    EventKind::Void,
    EventKind::AddonComplete,
    EventKind::RefundComplete,
    EventKind::Cancelled,
];
const INCIDENTS: [Incident; 3] = [Incident::None, Incident::Unconfirmed, Incident::Confirmed];
const TYPES: [ValueType; 7] = [
    ValueType::Absent,
    ValueType::Null,
    ValueType::Boolean,
    ValueType::Number,
    ValueType::String,
    ValueType::Array,
    ValueType::Object,
];

/// `ClosedEarly` as `closed_early`.
fn snake_case(variant: &str) -> String {
    let mut name = String::new();
    for c in variant.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// Each is named like its variant, once, and is displayed under that name.
#[track_caller]
fn assert_names<T: Copy + Debug + Display>(all: &[T], as_str: impl Fn(T) -> &'static str) {
    let mut names = HashSet::new();
    for &each in all {
        let name = as_str(each);
        assert_eq!(name, snake_case(&format!("{each:?}")));
        assert_eq!(each.to_string(), name);
        assert_eq!(format!("{each:>20}|{each:<20}|"), format!("{name:>20}|{name:<20}|"));
        assert!(names.insert(name), "{name} stands for two");
    }
}

#[test]
fn an_error_kind_has_the_name_of_its_variant_in_snake_case() {
    assert_names(&KINDS, ErrorKind::as_str);
}

#[test]
fn a_fault_has_the_name_of_its_variant_in_snake_case() {
    assert_names(&FAULTS, Fault::as_str);
}

#[test]
fn a_state_has_the_name_of_its_variant_in_snake_case() {
    assert_names(&STATES, State::as_str);
}

#[test]
fn a_state_of_a_server_connection_has_the_name_of_its_variant_in_snake_case() {
    assert_names(&SERVER_STATES, ServerState::as_str);
}

#[test]
fn a_kind_of_event_has_the_name_of_its_variant_in_snake_case() {
    assert_names(&EVENTS, EventKind::name);
}

#[test]
fn an_incident_has_the_name_of_its_variant_in_lower_case() {
    assert_names(&INCIDENTS, Incident::as_str);
}

#[test]
fn a_type_of_a_value_has_the_name_of_its_variant_in_lower_case() {
    assert_names(&TYPES, ValueType::as_str);
}
