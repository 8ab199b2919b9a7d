//! Library: its version, and the API's own status codes.

use core::ffi::c_char;

use crate::register::api_status;

/// The version of the ABI. It moves only when programs must be compiled again, whatever the version
/// of the library; the SONAME carries it.
pub const ATLAS_WEBHOOK_ABI_VERSION: u32 = 1;

/// A number that is absent.
///
/// cbindgen:ignore
pub const ATLAS_WEBHOOK_ABSENT: i64 = i64::MIN;

/// API status: success, the only one.
pub const ATLAS_WEBHOOK_API_SUCCESS: i64 = 0;
/// API status: a system error. Worth another try.
pub const ATLAS_WEBHOOK_API_SYSTEM_ERROR: i64 = 2;
/// API status: a general failure. Worth another try.
pub const ATLAS_WEBHOOK_API_GENERAL_FAILURE: i64 = -1;
/// API status: a mandatory parameter is missing.
pub const ATLAS_WEBHOOK_API_MISSING_PARAMETER: i64 = 100;
/// API status: bad credentials, or the state of the account.
pub const ATLAS_WEBHOOK_API_UNAUTHORIZED: i64 = 900;
/// API status: illegal request data.
pub const ATLAS_WEBHOOK_API_ILLEGAL_DATA: i64 = 901;
/// API status: access denied.
pub const ATLAS_WEBHOOK_API_ACCESS_DENIED: i64 = 902;
/// API status: an unexpected system error. Worth another try.
pub const ATLAS_WEBHOOK_API_UNEXPECTED_ERROR: i64 = 9999;

/// cbindgen reads only literals, so the compiler holds them against the core.
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

/// atlas_webhook_abi_version gives the ABI version of the library that runs. A program that loads
/// the library by itself compares it with ATLAS_WEBHOOK_ABI_VERSION; the linker does it for others.
#[unsafe(no_mangle)]
pub extern "C" fn atlas_webhook_abi_version() -> u32 {
    ATLAS_WEBHOOK_ABI_VERSION
}

/// atlas_webhook_version gives the version of the library that runs, as "1.2.3". The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn atlas_webhook_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
