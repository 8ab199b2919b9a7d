//! The documented status codes of the API. Other codes occur and are passed on.

/// Success.
pub const SUCCESS: i64 = 0;

/// A system error. Retryable.
pub const SYSTEM_ERROR: i64 = 2;

/// A general failure. Retryable.
pub const GENERAL_FAILURE: i64 = -1;

/// A mandatory parameter is missing.
pub const MISSING_PARAMETER: i64 = 100;

/// Bad credentials, or the state of the account.
pub const UNAUTHORIZED: i64 = 900;

/// Illegal request data.
pub const ILLEGAL_DATA: i64 = 901;

/// Access denied.
pub const ACCESS_DENIED: i64 = 902;

/// An unexpected system error. Retryable.
pub const UNEXPECTED_ERROR: i64 = 9999;

/// The description of a documented code, from the documentation.
pub(crate) fn meaning(status: i64) -> Option<&'static str> {
    Some(match status {
        SYSTEM_ERROR => "system error",
        GENERAL_FAILURE => "general failure",
        MISSING_PARAMETER => "a mandatory parameter is missing",
        UNAUTHORIZED => "unauthorised: bad credentials or account state",
        ILLEGAL_DATA => "illegal request data",
        ACCESS_DENIED => "access denied",
        UNEXPECTED_ERROR => "unexpected system error",
        _ => return None,
    })
}
