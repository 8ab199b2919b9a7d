"""Register a webhook URL with Atlas, a flight-booking API.

The common case::

    import atlas_webhook

    endpoint = atlas_webhook.Endpoint(client_id="…", client_secret="…")
    reply = atlas_webhook.register(endpoint, "https://example.com/atlas/t0ken", "XXXXXXXX")
    print("registered: HTTP status", reply.http_status)

Without a base URL, an `Endpoint` is the API's sandbox, https://sandbox.atlaslovestravel.com. For
production, pass the base URL that the vendor's console shows for your account.

There are three ways to send a request. All three interpret the response in the same way::

    Endpoint -> Request -+-> your HTTP stack -> Request.reply -+-> Reply, or an exception
                         +-> your socket -----> Exchange ------+
                         +-> Transport ------------------------+

An `Endpoint` is a server of the API and your identity there. A `Request` is a value: method, URL,
headers, body, and its HTTP/1.1 bytes. Only the `Transport`, which `register` uses, does I/O.

A `Receiver` checks and reads the deliveries that Atlas posts to the registered URL::

    Receiver + what your HTTP server received -> Event, or an exception and its response_status

An `Event` is a dataclass of its kind, `Ticketed` or `ScheduleChange` for example, to use with
``match``. Events are plain values that can be copied, pickled and stored as JSON.

A `Reply` is the response of a successful registration. Every other result is an exception.
`AtlasWebhookError` is the base class; `atlas_webhook.errors` shows the hierarchy. Each exception
has `status`, `http_status`, `api_status`, `api_message`, `request_id`, `offset`, `retryable`,
`retry_after` and `attempts`. No message and no repr shows credentials, header values, the webhook
URL or the contents of an event.

Endpoints, requests, replies, receivers and events never change, so any number of threads may use
them at the same time. A transport is thread-safe too. A copy of an endpoint, a request or a
receiver is the object itself. Objects of the C library cannot be pickled: make them in each
process. Exchanges and transports are context managers; the others need not be closed.
"""

from ._library import lib as _lib
from ._register import register, register_async
from .api_status import APIStatus
from .endpoint import SANDBOX, SANDBOX_ATRIPTECH, Endpoint, Limits
from .errors import (
    APIError,
    ArgumentError,
    AtlasWebhookError,
    CancelledError,
    ClientError,
    ClosedEarlyError,
    ConnectError,
    EncodingError,
    ErrorResponse,
    HTTPError,
    HTTPStatusError,
    LimitError,
    MalformedDeliveryError,
    MalformedReplyError,
    NetworkError,
    PanicError,
    ProtocolError,
    ProxyError,
    RateLimitedError,
    RedirectError,
    RefusedError,
    ResolveError,
    ServerError,
    StateError,
    TimedOutError,
    TLSError,
    TransferError,
    UnauthorizedError,
    UnsupportedError,
    UntrustedError,
)
from .events import (
    AbnormalCancelled,
    AddonComplete,
    AirlineStatus,
    Ancillary,
    Baggage,
    Cancelled,
    Email,
    EmailScheduleChange,
    Event,
    Incident,
    Passenger,
    RefundComplete,
    ScheduleChange,
    Seat,
    Segment,
    Ticketed,
    Unknown,
    Void,
)
from .exchange import Exchange, State
from .receiver import Receiver
from .reply import Reply
from .request import Request
from .response import Response
from .transport import Transport

__all__ = [
    "SANDBOX",
    "SANDBOX_ATRIPTECH",
    "APIError",
    "APIStatus",
    "AbnormalCancelled",
    "AddonComplete",
    "AirlineStatus",
    "Ancillary",
    "ArgumentError",
    "AtlasWebhookError",
    "Baggage",
    "Cancelled",
    "CancelledError",
    "ClientError",
    "ClosedEarlyError",
    "ConnectError",
    "Email",
    "EmailScheduleChange",
    "EncodingError",
    "Endpoint",
    "ErrorResponse",
    "Event",
    "Exchange",
    "HTTPError",
    "HTTPStatusError",
    "Incident",
    "LimitError",
    "Limits",
    "MalformedDeliveryError",
    "MalformedReplyError",
    "NetworkError",
    "PanicError",
    "Passenger",
    "ProtocolError",
    "ProxyError",
    "RateLimitedError",
    "Receiver",
    "RedirectError",
    "RefundComplete",
    "RefusedError",
    "Reply",
    "Request",
    "ResolveError",
    "Response",
    "ScheduleChange",
    "Seat",
    "Segment",
    "ServerError",
    "State",
    "StateError",
    "TLSError",
    "Ticketed",
    "TimedOutError",
    "TransferError",
    "Transport",
    "UnauthorizedError",
    "Unknown",
    "UnsupportedError",
    "UntrustedError",
    "Void",
    "register",
    "register_async",
]

# The version of the loaded library.
__version__: str = _lib.atlas_webhook_version().decode()
