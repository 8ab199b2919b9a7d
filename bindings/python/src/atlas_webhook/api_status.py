"""The API's own status codes."""

from __future__ import annotations

from enum import IntEnum


class APIStatus(IntEnum):
    """The documented values of an error's `api_status`, which may be any other number too.

    Attributes:
        SUCCESS: The only success.
        SYSTEM_ERROR: A system error. Retryable.
        GENERAL_FAILURE: A general failure. Retryable.
        MISSING_PARAMETER: A mandatory parameter is missing.
        UNAUTHORIZED: Bad credentials, or the state of the account.
        ILLEGAL_DATA: Illegal request data.
        ACCESS_DENIED: Access denied.
        UNEXPECTED_ERROR: An unexpected system error. Retryable.
    """

    SUCCESS = 0
    SYSTEM_ERROR = 2
    GENERAL_FAILURE = -1
    MISSING_PARAMETER = 100
    UNAUTHORIZED = 900
    ILLEGAL_DATA = 901
    ACCESS_DENIED = 902
    UNEXPECTED_ERROR = 9999
