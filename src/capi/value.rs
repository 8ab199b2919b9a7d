//! Value: any field of an event, by name or by position.

use core::ffi::{c_char, c_int, c_void};
use core::{ptr, str};

use super::{ATLAS_WEBHOOK_ABSENT, atlas_webhook_event, put_length};
use super::{bytes, get, text};
use crate::error::Error;
use crate::receive::value::{Value, ValueType};

/// Value type: there is no such value.
pub const ATLAS_WEBHOOK_VALUE_ABSENT: i32 = 0;
/// Value type: null.
pub const ATLAS_WEBHOOK_VALUE_NULL: i32 = 1;
/// Value type: true or false.
pub const ATLAS_WEBHOOK_VALUE_BOOLEAN: i32 = 2;
/// Value type: a number.
pub const ATLAS_WEBHOOK_VALUE_NUMBER: i32 = 3;
/// Value type: a string.
pub const ATLAS_WEBHOOK_VALUE_STRING: i32 = 4;
/// Value type: an array.
pub const ATLAS_WEBHOOK_VALUE_ARRAY: i32 = 5;
/// Value type: an object.
pub const ATLAS_WEBHOOK_VALUE_OBJECT: i32 = 6;

/// A value in the JSON of an event. A value that does not exist is NULL. Every function of a value
/// accepts NULL and then returns the absent value, so that calls can be nested:
///
///   atlas_webhook_value_text(atlas_webhook_value_get(atlas_webhook_value_at(list, 0), "name"), NULL)
///
/// Ownership: a value, and text read from it, belong to the event and are valid until it is freed.
pub struct atlas_webhook_value {
    event: *const atlas_webhook_event,
    /// Which of the event's values it is.
    index: u32,
}

// SAFETY: the event outlives its values and never changes, and it can be shared by threads.
unsafe impl Send for atlas_webhook_value {}
// SAFETY: the same.
unsafe impl Sync for atlas_webhook_value {}

impl atlas_webhook_value {
    pub(super) fn new(event: *const atlas_webhook_event, index: u32) -> Self {
        Self { event, index }
    }
}

/// Reads a value. Returns `absent` if the value is NULL.
///
/// # Safety
///
/// `value` is NULL or a value of a live event.
unsafe fn read<T>(
    value: *const atlas_webhook_value,
    absent: T,
    field: impl FnOnce(&atlas_webhook_event, Value<'_>) -> T,
) -> T {
    // SAFETY: NULL or live by this function's contract.
    let Some(value) = (unsafe { value.as_ref() }) else { return absent };
    // SAFETY: the event outlives its values.
    unsafe { get(value.event, absent, |event| field(event, event.value(value.index))) }
}

/// atlas_webhook_value_type returns the type of a value.
///
/// Returns: one of the ATLAS_WEBHOOK_VALUE_ macros.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_type(value: *const atlas_webhook_value) -> i32 {
    // SAFETY: by the rules.
    unsafe {
        read(value, ATLAS_WEBHOOK_VALUE_ABSENT, |_, value| match value.value_type() {
            ValueType::Absent => ATLAS_WEBHOOK_VALUE_ABSENT,
            ValueType::Null => ATLAS_WEBHOOK_VALUE_NULL,
            ValueType::Boolean => ATLAS_WEBHOOK_VALUE_BOOLEAN,
            ValueType::Number => ATLAS_WEBHOOK_VALUE_NUMBER,
            ValueType::String => ATLAS_WEBHOOK_VALUE_STRING,
            ValueType::Array => ATLAS_WEBHOOK_VALUE_ARRAY,
            ValueType::Object => ATLAS_WEBHOOK_VALUE_OBJECT,
        })
    }
}

/// atlas_webhook_value_get returns the member of an object by its name. It also finds a member
/// under an older name of that field, so a program that uses the newest names reads every form.
///
/// Returns: NULL if there is no such member, or if it is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_get(
    value: *const atlas_webhook_value,
    name: *const c_char,
) -> *const atlas_webhook_value {
    // SAFETY: by the rules.
    unsafe { member(value, || text(name, "the name")) }
}

/// atlas_webhook_value_get_n returns the member of an object by a name of name_len bytes, which may
/// contain NUL. Otherwise it equals atlas_webhook_value_get.
///
/// Returns: NULL if there is no such member, or if it is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_get_n(
    value: *const atlas_webhook_value,
    name: *const c_char,
    name_len: usize,
) -> *const atlas_webhook_value {
    // SAFETY: by the rules.
    unsafe {
        member(value, || {
            let name = bytes(name.cast::<c_void>(), name_len, "the name")?;
            str::from_utf8(name).map_err(|_| Error::argument("the name is not UTF-8"))
        })
    }
}

/// atlas_webhook_value_get_as returns the member of an object by its name, or by an older name of
/// that field, if it can be read as a type. A member of another type counts as absent, so it does
/// not hide a member under an older name. A name that contains NUL cannot be passed: read such a
/// member with atlas_webhook_value_get_n.
///
/// Range: as for atlas_webhook_event_get_as.
///
/// Returns: NULL if no such member can be read as this type, and for every other type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_get_as(
    value: *const atlas_webhook_value,
    name: *const c_char,
    r#type: i32,
) -> *const atlas_webhook_value {
    // SAFETY: by the rules.
    unsafe {
        read(value, ptr::null(), |event, value| {
            text(name, "the name")
                .map_or(ptr::null(), |name| event.pointer(value.get_as(name, wanted(r#type))))
        })
    }
}

/// The type that a macro means. Absent for every other number, and only an absent value has this type.
pub(super) fn wanted(value_type: i32) -> ValueType {
    match value_type {
        ATLAS_WEBHOOK_VALUE_BOOLEAN => ValueType::Boolean,
        ATLAS_WEBHOOK_VALUE_NUMBER => ValueType::Number,
        ATLAS_WEBHOOK_VALUE_STRING => ValueType::String,
        ATLAS_WEBHOOK_VALUE_ARRAY => ValueType::Array,
        ATLAS_WEBHOOK_VALUE_OBJECT => ValueType::Object,
        _ => ValueType::Absent,
    }
}

/// A member by a name. NULL if the name is NULL or is not UTF-8.
///
/// # Safety
///
/// As [`read`].
unsafe fn member<'a>(
    value: *const atlas_webhook_value,
    name: impl FnOnce() -> Result<&'a str, Error>,
) -> *const atlas_webhook_value {
    // SAFETY: the same contract.
    unsafe {
        read(value, ptr::null(), |event, value| {
            name().map_or(ptr::null(), |name| event.pointer(value.get(name)))
        })
    }
}

/// atlas_webhook_value_at returns member number i, counted from 0, of an array or an object, in
/// constant time. A member that is null is returned as a value of the type
/// ATLAS_WEBHOOK_VALUE_NULL.
///
/// Returns: NULL if there is no member i.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_at(
    value: *const atlas_webhook_value,
    i: usize,
) -> *const atlas_webhook_value {
    // SAFETY: by the rules.
    unsafe { read(value, ptr::null(), |event, value| event.pointer(value.at(i))) }
}

/// atlas_webhook_value_count returns the number of members of an array or an object.
///
/// Returns: 0 for every other value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_count(value: *const atlas_webhook_value) -> usize {
    // SAFETY: by the rules.
    unsafe { read(value, 0, |_, value| value.count()) }
}

/// atlas_webhook_value_name returns the name of member number i of an object, as sent.
///
/// Returns: "" for every other value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_name(
    value: *const atlas_webhook_value,
    i: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { terminated(value, len, |value| value.name_with_nul(i)) }
}

/// atlas_webhook_value_text returns the text of a string, or a number or boolean as written. A lone
/// surrogate becomes U+FFFD.
///
/// Returns: "" for every other value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_text(
    value: *const atlas_webhook_value,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { terminated(value, len, |value| value.text_with_nul()) }
}

/// A text of a value, and its length.
///
/// # Safety
///
/// As [`read`]; `len` is NULL or valid for a write.
unsafe fn terminated(
    value: *const atlas_webhook_value,
    len: *mut usize,
    text: impl FnOnce(Value<'_>) -> Option<&str>,
) -> *const c_char {
    // SAFETY: the same contract.
    let (text, length) = unsafe {
        read(value, super::NO_TEXT, |_, value| {
            text(value).map_or(super::NO_TEXT, super::terminated)
        })
    };
    // SAFETY: the same contract.
    unsafe { put_length(len, length) };
    text
}

/// atlas_webhook_value_number returns an integer that is a JSON number or is written in a string.
///
/// Range: greater than INT64_MIN.
///
/// Returns: ATLAS_WEBHOOK_ABSENT for every other value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_number(value: *const atlas_webhook_value) -> i64 {
    // SAFETY: by the rules.
    unsafe {
        read(value, ATLAS_WEBHOOK_ABSENT, |_, value| value.number().unwrap_or(ATLAS_WEBHOOK_ABSENT))
    }
}

/// atlas_webhook_value_boolean returns a boolean. true, false, 1 and 0 are booleans, also in a
/// string.
///
/// Returns: 1 for true and 1. 0 for false and 0. -1 for every other value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_boolean(value: *const atlas_webhook_value) -> c_int {
    // SAFETY: by the rules.
    unsafe { read(value, -1, |_, value| value.boolean().map_or(-1, c_int::from)) }
}

/// atlas_webhook_value_json returns the JSON of a value as received.
///
/// Returns: UTF-8. No bytes if the value is absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_value_json(
    value: *const atlas_webhook_value,
    len: *mut usize,
) -> *const c_void {
    let none = (c"".as_ptr().cast(), 0);
    // SAFETY: by the rules.
    let (json, length) = unsafe {
        read(value, none, |_, value| match value.json() {
            "" => none,
            json => (json.as_ptr().cast(), json.len()),
        })
    };
    // SAFETY: by the rules.
    unsafe { put_length(len, length) };
    json
}
