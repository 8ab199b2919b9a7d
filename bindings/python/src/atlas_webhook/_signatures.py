"""The signatures of the C functions for ctypes. A test compares this table with the C header."""

from __future__ import annotations

from ctypes import (
    POINTER,
    c_char,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, NoReturn

# The ABI that this table describes: ATLAS_WEBHOOK_ABI_VERSION of the header.
ABI_VERSION = 1

# The value of an absent number: ATLAS_WEBHOOK_ABSENT of the header.
ABSENT = -(2**63)

# A bit of atlas_webhook_features: ATLAS_WEBHOOK_FEATURE_TRANSPORT of the header.
FEATURE_TRANSPORT = 2


class Handle(c_void_p):
    """A pointer to an object of the library.

    Each type of object has its own class, so that ctypes rejects an object of another type. (ctypes
    would also return a plain c_void_p as an int.)

    A copy would be an address without an owner, so a handle cannot be copied or pickled.
    """

    # The function that frees it.
    free: str

    # copy, deepcopy and pickle all call this, because the class has no other way to be copied.
    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise self._not_copied()

    def __reduce__(self) -> NoReturn:
        raise self._not_copied()

    def __setstate__(self, *state: object) -> NoReturn:
        raise self._not_copied()

    def _not_copied(self) -> TypeError:
        return TypeError(
            f"cannot copy or pickle {type(self).__name__!r}: it is an address within this process"
        )


class ErrorHandle(Handle):
    free = "atlas_webhook_error_free"


class EndpointHandle(Handle):
    free = "atlas_webhook_endpoint_free"


class RequestHandle(Handle):
    free = "atlas_webhook_request_free"


class ReplyHandle(Handle):
    free = "atlas_webhook_reply_free"


class ResponseHandle(Handle):
    free = "atlas_webhook_response_free"


class ExchangeHandle(Handle):
    free = "atlas_webhook_exchange_free"


class ReceiverHandle(Handle):
    free = "atlas_webhook_receiver_free"


class EventHandle(Handle):
    free = "atlas_webhook_event_free"


class ValueHandle(Handle):
    """A value belongs to its event, so it has no function that frees it."""


class TransportHandle(Handle):
    free = "atlas_webhook_transport_free"


class CancelHandle(Handle):
    free = "atlas_webhook_cancel_free"


_status = c_int32
# Static text without NULs, which ctypes may convert by itself.
_static_text = c_char_p
# A slice of it is bytes. The length is separate, because the text may contain NULs.
_octets = Bytes = POINTER(c_char)
# An output. The object itself is passed, and ctypes passes its address to C.
_length = POINTER(c_size_t)
_error = POINTER(ErrorHandle)

# The name, the result and the arguments of each function.
SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    # Library
    "atlas_webhook_abi_version": (c_uint32, ()),
    "atlas_webhook_version": (_static_text, ()),
    "atlas_webhook_version_number": (c_uint32, ()),
    "atlas_webhook_features": (c_uint32, ()),
    # Status
    "atlas_webhook_status_name": (_static_text, (_status,)),
    "atlas_webhook_status_text": (_static_text, (_status,)),
    "atlas_webhook_status_retryable": (c_int, (_status,)),
    # Error
    "atlas_webhook_error_status": (_status, (ErrorHandle,)),
    "atlas_webhook_error_message": (_octets, (ErrorHandle, _length)),
    "atlas_webhook_error_display": (_octets, (ErrorHandle, _length)),
    "atlas_webhook_error_api_message": (_octets, (ErrorHandle, _length)),
    "atlas_webhook_error_api_status": (c_int64, (ErrorHandle,)),
    "atlas_webhook_error_request_id": (_octets, (ErrorHandle, _length)),
    "atlas_webhook_error_http_status": (c_uint16, (ErrorHandle,)),
    "atlas_webhook_error_response_status": (c_uint16, (ErrorHandle,)),
    "atlas_webhook_error_offset": (c_uint64, (ErrorHandle,)),
    "atlas_webhook_error_retryable": (c_int, (ErrorHandle,)),
    "atlas_webhook_error_retry_after": (c_int64, (ErrorHandle,)),
    "atlas_webhook_error_attempts": (c_uint32, (ErrorHandle,)),
    "atlas_webhook_error_os_error": (c_int32, (ErrorHandle,)),
    "atlas_webhook_error_response_field_lines": (_octets, (ErrorHandle, _length)),
    "atlas_webhook_error_response_body": (_octets, (ErrorHandle, _length)),
    "atlas_webhook_error_clone": (ErrorHandle, (ErrorHandle,)),
    "atlas_webhook_error_free": (None, (ErrorHandle,)),
    # Endpoint
    "atlas_webhook_endpoint_new": (_status, (c_char_p, POINTER(EndpointHandle), _error)),
    "atlas_webhook_endpoint_set_credentials": (
        _status,
        (EndpointHandle, c_char_p, c_char_p, _error),
    ),
    "atlas_webhook_endpoint_set_header": (_status, (EndpointHandle, c_char_p, c_char_p, _error)),
    "atlas_webhook_endpoint_clear_credentials": (_status, (EndpointHandle, _error)),
    "atlas_webhook_endpoint_clear_header": (_status, (EndpointHandle, c_char_p, _error)),
    "atlas_webhook_endpoint_set_limit": (_status, (EndpointHandle, c_uint32, c_uint64, _error)),
    "atlas_webhook_endpoint_set_plaintext_allowed": (_status, (EndpointHandle, c_int, _error)),
    "atlas_webhook_endpoint_free": (None, (EndpointHandle,)),
    # Request
    "atlas_webhook_request_new_registration": (
        _status,
        (EndpointHandle, c_char_p, c_char_p, POINTER(RequestHandle), _error),
    ),
    "atlas_webhook_request_method": (_octets, (RequestHandle, _length)),
    "atlas_webhook_request_url": (_octets, (RequestHandle, _length)),
    "atlas_webhook_request_host": (_octets, (RequestHandle, _length)),
    "atlas_webhook_request_port": (c_uint16, (RequestHandle,)),
    "atlas_webhook_request_is_tls": (c_int, (RequestHandle,)),
    "atlas_webhook_request_header_count": (c_size_t, (RequestHandle,)),
    "atlas_webhook_request_header_name": (_octets, (RequestHandle, c_size_t, _length)),
    "atlas_webhook_request_header_value": (_octets, (RequestHandle, c_size_t, _length)),
    "atlas_webhook_request_header_line": (_octets, (RequestHandle, c_size_t, _length)),
    "atlas_webhook_request_body": (_octets, (RequestHandle, _length)),
    "atlas_webhook_request_bytes": (_octets, (RequestHandle, _length)),
    "atlas_webhook_request_reply": (
        _status,
        (
            RequestHandle,
            c_uint32,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            POINTER(ReplyHandle),
            _error,
        ),
    ),
    "atlas_webhook_request_reply_from": (
        _status,
        (RequestHandle, ResponseHandle, POINTER(ReplyHandle), _error),
    ),
    "atlas_webhook_request_free": (None, (RequestHandle,)),
    # Response
    "atlas_webhook_response_status": (c_uint16, (ResponseHandle,)),
    "atlas_webhook_response_header_count": (c_size_t, (ResponseHandle,)),
    "atlas_webhook_response_header_name": (_octets, (ResponseHandle, c_size_t, _length)),
    "atlas_webhook_response_header_value": (_octets, (ResponseHandle, c_size_t, _length)),
    "atlas_webhook_response_header": (_octets, (ResponseHandle, c_char_p, _length)),
    "atlas_webhook_response_body": (_status, (ResponseHandle, POINTER(_octets), _length, _error)),
    "atlas_webhook_response_coded_body": (_octets, (ResponseHandle, _length)),
    "atlas_webhook_response_free": (None, (ResponseHandle,)),
    # Reply
    "atlas_webhook_reply_message": (_octets, (ReplyHandle, _length)),
    "atlas_webhook_reply_request_id": (_octets, (ReplyHandle, _length)),
    "atlas_webhook_reply_http_status": (c_uint16, (ReplyHandle,)),
    "atlas_webhook_reply_attempts": (c_uint32, (ReplyHandle,)),
    "atlas_webhook_reply_free": (None, (ReplyHandle,)),
    # Exchange
    "atlas_webhook_exchange_new": (_status, (RequestHandle, POINTER(ExchangeHandle), _error)),
    "atlas_webhook_exchange_state": (_status, (ExchangeHandle,)),
    "atlas_webhook_exchange_to_send": (_octets, (ExchangeHandle, _length)),
    "atlas_webhook_exchange_sent": (_status, (ExchangeHandle, c_size_t, _error)),
    "atlas_webhook_exchange_received": (
        _status,
        (ExchangeHandle, c_char_p, c_size_t, _length, _error),
    ),
    "atlas_webhook_exchange_received_eof": (_status, (ExchangeHandle, _error)),
    "atlas_webhook_exchange_http_status": (c_uint16, (ExchangeHandle,)),
    "atlas_webhook_exchange_reusable": (c_int, (ExchangeHandle,)),
    "atlas_webhook_exchange_take_response": (
        _status,
        (ExchangeHandle, POINTER(ResponseHandle), _error),
    ),
    "atlas_webhook_exchange_take_reply": (
        _status,
        (ExchangeHandle, POINTER(ReplyHandle), _error),
    ),
    "atlas_webhook_exchange_free": (None, (ExchangeHandle,)),
    # Transport
    "atlas_webhook_transport_new": (_status, (POINTER(TransportHandle), _error)),
    "atlas_webhook_transport_set_timeout_ms": (_status, (TransportHandle, c_uint32, _error)),
    "atlas_webhook_transport_set_connect_timeout_ms": (
        _status,
        (TransportHandle, c_uint32, _error),
    ),
    "atlas_webhook_transport_set_proxy": (_status, (TransportHandle, c_char_p, _error)),
    "atlas_webhook_transport_use_env_proxy": (_status, (TransportHandle, _error)),
    "atlas_webhook_transport_set_ca_file": (_status, (TransportHandle, c_char_p, _error)),
    "atlas_webhook_transport_set_ca_pem": (
        _status,
        (TransportHandle, c_char_p, c_size_t, _error),
    ),
    "atlas_webhook_transport_set_retries": (_status, (TransportHandle, c_uint32, _error)),
    "atlas_webhook_transport_send": (
        _status,
        (TransportHandle, RequestHandle, CancelHandle, POINTER(ReplyHandle), _error),
    ),
    "atlas_webhook_transport_close_idle": (None, (TransportHandle,)),
    "atlas_webhook_transport_free": (None, (TransportHandle,)),
    "atlas_webhook_cancel_new": (_status, (POINTER(CancelHandle), _error)),
    "atlas_webhook_cancel_now": (_status, (CancelHandle, _error)),
    "atlas_webhook_cancel_free": (None, (CancelHandle,)),
    # Value
    "atlas_webhook_value_type": (c_int32, (ValueHandle,)),
    "atlas_webhook_value_get": (ValueHandle, (ValueHandle, c_char_p)),
    "atlas_webhook_value_get_n": (ValueHandle, (ValueHandle, c_char_p, c_size_t)),
    "atlas_webhook_value_get_as": (ValueHandle, (ValueHandle, c_char_p, c_int32)),
    "atlas_webhook_value_at": (ValueHandle, (ValueHandle, c_size_t)),
    "atlas_webhook_value_count": (c_size_t, (ValueHandle,)),
    "atlas_webhook_value_name": (_octets, (ValueHandle, c_size_t, _length)),
    "atlas_webhook_value_text": (_octets, (ValueHandle, _length)),
    "atlas_webhook_value_number": (c_int64, (ValueHandle,)),
    "atlas_webhook_value_boolean": (c_int, (ValueHandle,)),
    "atlas_webhook_value_json": (_octets, (ValueHandle, _length)),
    # Event
    "atlas_webhook_event_parse": (_status, (c_char_p, c_size_t, POINTER(EventHandle), _error)),
    "atlas_webhook_event_kind": (c_int32, (EventHandle,)),
    "atlas_webhook_event_type_name": (_octets, (EventHandle, _length)),
    "atlas_webhook_event_order_no": (_octets, (EventHandle, _length)),
    "atlas_webhook_event_cid": (_octets, (EventHandle, _length)),
    "atlas_webhook_event_notification_id": (_octets, (EventHandle, _length)),
    "atlas_webhook_event_status": (c_int64, (EventHandle,)),
    "atlas_webhook_event_incident": (c_int32, (EventHandle,)),
    "atlas_webhook_event_dedupe_key": (_octets, (EventHandle, _length)),
    "atlas_webhook_event_get": (ValueHandle, (EventHandle, c_char_p)),
    "atlas_webhook_event_get_as": (ValueHandle, (EventHandle, c_char_p, c_int32)),
    "atlas_webhook_event_data": (ValueHandle, (EventHandle,)),
    "atlas_webhook_event_root": (ValueHandle, (EventHandle,)),
    "atlas_webhook_event_json": (_octets, (EventHandle, _length)),
    "atlas_webhook_event_details": (_octets, (EventHandle, _length)),
    "atlas_webhook_event_free": (None, (EventHandle,)),
    # Receiver
    "atlas_webhook_receiver_new": (_status, (c_char_p, POINTER(ReceiverHandle), _error)),
    "atlas_webhook_receiver_add_url": (_status, (ReceiverHandle, c_char_p, _error)),
    "atlas_webhook_receiver_set_limit": (_status, (ReceiverHandle, c_uint32, c_uint64, _error)),
    "atlas_webhook_receiver_read": (
        _status,
        (
            ReceiverHandle,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            POINTER(EventHandle),
            _error,
        ),
    ),
    "atlas_webhook_receiver_parse": (
        _status,
        (ReceiverHandle, c_char_p, c_size_t, POINTER(EventHandle), _error),
    ),
    "atlas_webhook_receiver_free": (None, (ReceiverHandle,)),
}

# How many of them can fail: those with an error argument.
FALLIBLE = sum(_error in argtypes for _, argtypes in SIGNATURES.values())

# Calls that may last long, because they do I/O or read a response of any length. They release the
# GIL.
SLOW = frozenset(
    {
        "atlas_webhook_request_reply",
        "atlas_webhook_request_reply_from",
        "atlas_webhook_response_body",
        "atlas_webhook_receiver_read",
        "atlas_webhook_receiver_parse",
        "atlas_webhook_event_parse",
        "atlas_webhook_event_dedupe_key",
        "atlas_webhook_event_details",
        "atlas_webhook_exchange_received",
        "atlas_webhook_exchange_take_reply",
        "atlas_webhook_transport_set_ca_file",
        "atlas_webhook_transport_set_ca_pem",
        "atlas_webhook_transport_close_idle",
        "atlas_webhook_transport_send",
        "atlas_webhook_transport_free",
        "atlas_webhook_cancel_now",
    }
)
