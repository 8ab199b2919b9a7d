//! Library: its version, and the API's own status codes.

use core::ffi::c_char;

use crate::register::api_status;

/// The version of the ABI. The SONAME contains it. It is independent of the version of the library
/// and changes only if programs must be compiled again.
pub const ATLAS_WEBHOOK_ABI_VERSION: u32 = 1;

/// The value of an absent number. No number that is present equals it.
pub const ATLAS_WEBHOOK_ABSENT: i64 = i64::MIN;

/// Feature: gzip responses are decoded, and requested by Accept-Encoding. Deliveries in gzip are
/// decoded; without the feature they are rejected with 415.
pub const ATLAS_WEBHOOK_FEATURE_GZIP: u32 = 1;
/// Feature: the bundled transport.
pub const ATLAS_WEBHOOK_FEATURE_TRANSPORT: u32 = 2;

/// API status: success, the only one.
pub const ATLAS_WEBHOOK_API_SUCCESS: i64 = 0;
/// API status: a system error. Retryable.
pub const ATLAS_WEBHOOK_API_SYSTEM_ERROR: i64 = 2;
/// API status: a general failure. Retryable.
pub const ATLAS_WEBHOOK_API_GENERAL_FAILURE: i64 = -1;
/// API status: a mandatory parameter is missing.
pub const ATLAS_WEBHOOK_API_MISSING_PARAMETER: i64 = 100;
/// API status: bad credentials, or the state of the account.
pub const ATLAS_WEBHOOK_API_UNAUTHORIZED: i64 = 900;
/// API status: illegal request data.
pub const ATLAS_WEBHOOK_API_ILLEGAL_DATA: i64 = 901;
/// API status: access denied.
pub const ATLAS_WEBHOOK_API_ACCESS_DENIED: i64 = 902;
/// API status: an unexpected system error. Retryable.
pub const ATLAS_WEBHOOK_API_UNEXPECTED_ERROR: i64 = 9999;

/// cbindgen reads only literals. The compiler compares them with those of the core.
const _: () = {
    assert!(ATLAS_WEBHOOK_API_SUCCESS == api_status::SUCCESS);
    assert!(ATLAS_WEBHOOK_API_SYSTEM_ERROR == api_status::SYSTEM_ERROR);
    assert!(ATLAS_WEBHOOK_API_GENERAL_FAILURE == api_status::GENERAL_FAILURE);
    assert!(ATLAS_WEBHOOK_API_MISSING_PARAMETER == api_status::MISSING_PARAMETER);
    assert!(ATLAS_WEBHOOK_API_UNAUTHORIZED == api_status::UNAUTHORIZED);
    assert!(ATLAS_WEBHOOK_API_ILLEGAL_DATA == api_status::ILLEGAL_DATA);
    assert!(ATLAS_WEBHOOK_API_ACCESS_DENIED == api_status::ACCESS_DENIED);
    assert!(ATLAS_WEBHOOK_API_UNEXPECTED_ERROR == api_status::UNEXPECTED_ERROR);
};

/// atlas_webhook_abi_version returns the ABI version of the loaded library. A program that loads
/// the library at run time compares it with ATLAS_WEBHOOK_ABI_VERSION. For other programs the
/// SONAME ensures that they are equal.
///
/// Returns: ATLAS_WEBHOOK_ABI_VERSION of the loaded library.
#[unsafe(no_mangle)]
pub extern "C" fn atlas_webhook_abi_version() -> u32 {
    ATLAS_WEBHOOK_ABI_VERSION
}

/// atlas_webhook_version returns the version of the loaded library, for example "1.2.3".
///
/// Returns: static text.
#[unsafe(no_mangle)]
pub extern "C" fn atlas_webhook_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// atlas_webhook_version_number returns the version of the loaded library as a number. Compare it
/// with ATLAS_WEBHOOK_VERSION_NUMBER.
///
/// Returns: major * 10000 + minor * 100 + patch.
#[unsafe(no_mangle)]
pub extern "C" fn atlas_webhook_version_number() -> u32 {
    const NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 10_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 100
        + number(env!("CARGO_PKG_VERSION_PATCH"));
    NUMBER
}

/// A number in decimal, which cargo wrote.
#[allow(clippy::panic, reason = "it is evaluated by the compiler alone")]
const fn number(digits: &str) -> u32 {
    match u32::from_str_radix(digits, 10) {
        Ok(number) => number,
        Err(_) => panic!("a part of the version is not a number"),
    }
}

/// atlas_webhook_features returns the optional parts that this build of the library contains.
///
/// Returns: the sum of the ATLAS_WEBHOOK_FEATURE_ macros of these parts.
#[unsafe(no_mangle)]
pub extern "C" fn atlas_webhook_features() -> u32 {
    let gzip = if cfg!(feature = "gzip") { ATLAS_WEBHOOK_FEATURE_GZIP } else { 0 };
    let transport = if cfg!(feature = "transport") { ATLAS_WEBHOOK_FEATURE_TRANSPORT } else { 0 };
    gzip | transport
}
