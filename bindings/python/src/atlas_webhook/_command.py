"""The command ``python -m atlas_webhook``, which is not imported by the package.

Its arguments, its environment and its exit codes are those of the command ``atlas-webhook``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from typing import NoReturn, TextIO

from . import __version__
from ._library import lib
from .endpoint import Endpoint
from .errors import (
    APIError,
    AtlasWebhookError,
    HTTPError,
    NetworkError,
    PanicError,
    UnsupportedError,
)
from .reply import Reply
from .request import Request
from .transport import Transport

_PROGRAM = "python -m atlas_webhook"

# The longest timeout, in seconds: a day, as in the library.
_LONGEST = 24 * 60 * 60

# What can be set by the environment, or by a file.
_SETTINGS = (
    "ATLAS_ENDPOINT",
    "ATLAS_WEBHOOK_URL",
    "ATLAS_CID",
    "ATLAS_CLIENT_ID",
    "ATLAS_CLIENT_SECRET",
)

# White_Space of Unicode, as in the command atlas-webhook. str.strip removes U+001C to U+001F, too.
_WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

_EPILOG = """\
environment:
  ATLAS_ENDPOINT, ATLAS_WEBHOOK_URL, ATLAS_CID, ATLAS_CLIENT_ID
                       in place of --endpoint, --url, --cid and --client-id
  ATLAS_CLIENT_SECRET  the client secret, which is not an argument because the
                       process list shows arguments
  https_proxy, HTTPS_PROXY, http_proxy, all_proxy, ALL_PROXY, no_proxy, NO_PROXY
                       with --env-proxy: the proxy, and the hosts without one

exit codes:
  0           registered
  1           standard output failed; the URL may be registered
  2           an argument is missing or not acceptable; nothing was sent
  3           the API refused the call, or its response is not the
              documented JSON
  4           the HTTP status is an error, or the response is not valid HTTP
  5           the network: name resolution, connection, TLS, timeout
  13, 14, 15  as 3, 4 and 5, but the same call may succeed later

example:
  python -m atlas_webhook register \\
      --endpoint https://sandbox.atlaslovestravel.com \\
      --url https://example.com/atlas/t0ken --cid XXXXXXXX
"""


class _UsageError(Exception):
    """An argument that is missing or wrong, and that the library did not see."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _say(f"{self.prog}: {_without_values(message)}\nTry --help.")
        sys.exit(2)

    def _print_message(self, message: str, file: object = None) -> None:  # noqa: ARG002
        """Print the help or the version. The method of argparse ignores that printing fails."""
        if code := _printed(message.rstrip(), 0):
            sys.exit(code)


# How a message of argparse starts, and what is printed in its place.
_FAULTS = {
    "invalid choice": "there is no such command",
    "ignored explicit argument": "{option} accepts no value",
    "expected one argument": "{option}: the value is missing",
    "the value ": "{option}: {fault}",
    "the following arguments are required: COMMAND": "COMMAND is missing",
}


def _without_values(message: str) -> str:
    """The message of argparse without the arguments that it repeats: they may be secret."""
    option, fault = "", message
    if match := re.fullmatch(r"argument (--[a-z-]+|COMMAND)[^:]*: (.*)", message, re.DOTALL):
        option, fault = match.groups()
    for start, what in _FAULTS.items():
        if fault.startswith(start):
            return what.format(option=option, fault=fault)
    return "the arguments are wrong"


def _unexpected(argument: str) -> str:
    """What is wrong with an unknown argument. It is named only if it can be a mistyped option."""
    option, _, _ = argument.partition("=")
    # Of a short option only the letter: the rest can be a value.
    named = re.match(r"--[A-Za-z0-9_.-]{1,16}\Z|-[A-Za-z0-9_.]", option)
    return f"there is no option {named.group()}" if named else "an argument is not known"


def main(arguments: list[str]) -> int:
    """Run the command, and return its exit code."""
    options, unknown = _parser().parse_known_args(arguments)
    if unknown:
        return _usage(_UsageError(_unexpected(unknown[0])))
    try:
        request, transport = _request(options), _transport(options)
    except _UsageError as error:
        return _usage(error)
    except AtlasWebhookError as error:
        return _show_error(error, as_json=True) if options.json else _usage(error)
    try:
        with transport:
            reply = transport.send(request)
    except AtlasWebhookError as error:
        return _show_error(error, options.json)
    except KeyboardInterrupt:
        return 130
    return _show_reply(reply, options.json)


def _usage(error: Exception) -> int:
    _say(f"{_PROGRAM} register: {error}\nTry --help.")
    return 2


def _say(text: str) -> None:
    """Print a text on standard error. If that fails, the exit code remains the same."""
    # It is None if the program was started with a closed standard error.
    if sys.stderr is not None:
        try:
            print(text, file=sys.stderr, flush=True)
        except OSError:
            _discard(sys.stderr)


def _printed(text: str, code: int) -> int:
    """Print a text on standard output. Returns the exit code: `code`, or 1 if printing fails.

    If standard output was closed when the program was started, nothing is printed.
    """
    try:
        print(text, flush=True)
    except OSError as error:
        _discard(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            _say(f"{_PROGRAM}: cannot write to standard output: {error.strerror}")
        return 1
    return code


def _discard(stream: TextIO) -> None:
    """Discard what could not be written. The interpreter would fail to flush it when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=_PROGRAM, description="Register a webhook URL with Atlas.")
    parser.add_argument("--version", action="version", version=f"atlas-webhook {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    command = commands.add_parser(
        "register",
        usage=f"{_PROGRAM} register [OPTION...]",
        help="register a webhook URL",
        description="Register a webhook URL. It replaces the URL that was registered before.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = command.add_argument
    add("--endpoint", metavar="URL", type=_text, help="the base URL of the API")
    add("--url", metavar="URL", type=_text, help="the webhook URL to register")
    add("--cid", type=_text, help="the identifier of client and user. Default: not sent")
    add("--client-id", metavar="ID", type=_text, help="the client id")
    add(
        "--config",
        metavar="FILE",
        help="a file of mode 600 with lines NAME=VALUE, for variables that are not set",
    )
    add(
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        default=[],
        type=_header,
        help="a header field to add; can be repeated",
    )
    add(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=15.0,
        help="the time for the whole call. Default: 15",
    )
    add(
        "--connect-timeout",
        metavar="SECONDS",
        type=_seconds,
        default=5.0,
        help="the time for connecting. Default: 5",
    )
    add("--retries", metavar="N", type=_retries, default=0, help="retries. Default: 0")
    add(
        "--allow-plaintext",
        action="store_true",
        help="send over http to another machine, although it can be read on the way",
    )
    add("--ca-file", metavar="FILE", help="a PEM file with the only certificates to trust")
    add("--proxy", metavar="URL", type=_text, help="http://[user:password@]host[:port]")
    add("--env-proxy", action="store_true", help="use the proxy that the environment names")
    add("--json", action="store_true", help="print one JSON object on standard output")
    return parser


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("the value is not UTF-8") from None
    return value


def _header(line: str) -> tuple[str, str]:
    name, colon, value = _text(line).partition(":")
    if "\r" in line or "\n" in line:
        raise argparse.ArgumentTypeError("the value contains a line break")
    if not name or not colon:
        raise argparse.ArgumentTypeError("the value is not NAME: VALUE")
    return name, _trimmed(value)


def _trimmed(text: str) -> str:
    return text.strip(_WHITE_SPACE)


def _seconds(text: str) -> float:
    try:
        # A float has more forms.
        seconds = float(text) if re.fullmatch(r"[-+.0-9eE]+", _text(text)) else 0.0
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST:
        fault = f"the value is not a number of seconds above 0 and at most {_LONGEST}"
        raise argparse.ArgumentTypeError(fault)
    return seconds


def _retries(text: str) -> int:
    most = (1 << 32) - 1
    # An int has more forms, and a limit of digits.
    if re.fullmatch(r"\+?[0-9]{1,4000}", _text(text)) is None or int(text) > most:
        raise argparse.ArgumentTypeError(f"the value is not a whole number from 0 to {most}")
    return int(text)


def _request(options: argparse.Namespace) -> Request:
    from_file = {} if options.config is None else _settings_of_file(options.config)

    def setting(argument: str | None, name: str) -> str | None:
        return _setting(name, from_file) if argument is None else argument

    endpoint_url = setting(options.endpoint, "ATLAS_ENDPOINT")
    if endpoint_url is None:
        raise _UsageError("--endpoint is missing, and ATLAS_ENDPOINT is not set")
    url = setting(options.url, "ATLAS_WEBHOOK_URL")
    if url is None:
        raise _UsageError("--url is missing, and ATLAS_WEBHOOK_URL is not set")
    client_id = setting(options.client_id, "ATLAS_CLIENT_ID")
    client_secret = setting(None, "ATLAS_CLIENT_SECRET")
    if client_id is not None and client_secret is None:
        raise _UsageError("a client id requires ATLAS_CLIENT_SECRET")
    if client_secret is not None and client_id is None:
        raise _UsageError("ATLAS_CLIENT_SECRET requires --client-id or ATLAS_CLIENT_ID")
    endpoint = Endpoint(
        endpoint_url,
        client_id=client_id,
        client_secret=client_secret,
        headers=options.header,
        allow_plaintext=options.allow_plaintext,
    )
    return Request.registration(endpoint, url, setting(options.cid, "ATLAS_CID"))


def _transport(options: argparse.Namespace) -> Transport:
    if options.proxy is not None and options.env_proxy:
        raise _UsageError("--proxy and --env-proxy exclude each other")
    return Transport(
        timeout=options.timeout,
        connect_timeout=options.connect_timeout,
        retries=options.retries,
        proxy=options.proxy,
        use_env_proxy=options.env_proxy,
        ca_file=options.ca_file,
    )


def _setting(name: str, from_file: dict[str, str]) -> str | None:
    """A setting of the environment, or of the file if the environment does not have it."""
    value = os.environ.get(name)
    if value == "":
        raise _UsageError(f"the environment variable {name} is empty; unset it, or set a value")
    if value is not None:
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _UsageError(f"{name} is not UTF-8") from None
        return value
    value = from_file.get(name)
    if value == "":
        what_to_do = "remove it, or set a value"
        raise _UsageError(f"{name} in the file of --config is empty; {what_to_do}")
    return value


def _settings_of_file(path: str) -> dict[str, str]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123, pathlib is slow to import
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                raise _UsageError(f"{path}: other users can access this file: chmod 600")
            lines = file.read().decode().split("\n")
    except OSError as error:
        raise _UsageError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _UsageError(f"{path}: it is not UTF-8") from None
    settings = {}
    for number, line in enumerate(map(_trimmed, lines), 1):
        name, equals, value = map(_trimmed, line.partition("="))
        if name in _SETTINGS and equals:
            settings[name] = value
        elif line and not line.startswith("#"):
            # Without the line, which may contain a secret.
            names = ", ".join(_SETTINGS)
            raise _UsageError(f"{path}: line {number} is not NAME=VALUE with one of {names}")
    return settings


def _show_reply(reply: Reply, as_json: bool) -> int:
    """Print a reply without its texts, which may repeat a secret. Returns the exit code."""
    details = {"registered": True, "http_status": reply.http_status, "attempts": reply.attempts}
    text = json.dumps(details) if as_json else f"registered: HTTP status {reply.http_status}"
    return _printed(text, 0)


def _show_error(error: AtlasWebhookError, as_json: bool) -> int:
    """Print an error. Returns the exit code."""
    fault, _ = _fault(error)
    details = {
        "kind": _kind(error),
        "fault": fault,
        "http_status": error.http_status,
        "api_status": error.api_status,
        "retry_after": error.retry_after,
        "attempts": error.attempts,
        "retryable": error.retryable,
    }
    if as_json:
        text = json.dumps({"registered": False, "error": str(error), **details})
        return _printed(text, _exit_code(error))
    lines = [f"not registered: {error}"]
    for name, value in details.items():
        if value is not None:
            shown = ("yes" if value else "no") if isinstance(value, bool) else value
            lines.append(f"  {name.replace('_', ' '):<12} {shown}")
    _say("\n".join(lines))
    return _exit_code(error)


def _exit_code(error: AtlasWebhookError) -> int:
    _, code = _fault(error)
    return code + 10 if code != 2 and error.retryable else code


def _fault(error: AtlasWebhookError) -> tuple[str, int]:
    """Whose fault it is, and the exit code for that."""
    if isinstance(error, APIError):
        return "Api", 3
    if isinstance(error, HTTPError):
        return "Peer", 4
    if isinstance(error, NetworkError):
        return "Network", 5
    return ("Library" if isinstance(error, (UnsupportedError, PanicError)) else "Caller"), 2


def _kind(error: AtlasWebhookError) -> str:
    """The name of the kind in Rust, such as ClosedEarly."""
    name: str = lib.atlas_webhook_status_name(error.status).decode()
    return name.replace("ATLAS_WEBHOOK_ERR", "").title().replace("_", "")
