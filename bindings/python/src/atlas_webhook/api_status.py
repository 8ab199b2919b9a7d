"""The API's own status codes."""

from __future__ import annotations

from enum import IntEnum


class APIStatus(IntEnum):
    """The documented values of an error's `api_status`, which may be any other number too."""

    SUCCESS = 0  #: the only success
    SYSTEM_ERROR = 2  #: worth another try
    GENERAL_FAILURE = -1  #: worth another try
    MISSING_PARAMETER = 100  #: a mandatory parameter is missing
    UNAUTHORIZED = 900  #: bad credentials, or the state of the account
    ILLEGAL_DATA = 901  #: illegal request data
    ACCESS_DENIED = 902  #: access denied
    UNEXPECTED_ERROR = 9999  #: worth another try
