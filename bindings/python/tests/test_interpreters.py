"""The package is imported while ctypes is imported in a sub-interpreter of the same process."""

from __future__ import annotations

import re

import pytest
from conftest import crate, python

from atlas_webhook import _signatures, errors
from atlas_webhook._library import lib

# Up to Python 3.12, a sub-interpreter that imports ctypes clears the cache of POINTER in the whole
# process. The function that clears it is also called alone, for a Python without sub-interpreters.
CLEARED = """
import ctypes, sys

def in_another_interpreter():
    try:
        import _interpreters as interpreters
    except ImportError:
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            return
    # An interpreter that shares what it imports with this one, as those of mod_wsgi do.
    for arguments, options in ((("legacy",), {}), ((), {"isolated": False}), ((), {})):
        try:
            other = interpreters.create(*arguments, **options)
            break
        except TypeError:
            pass
    try:
        interpreters.run_string(other, "import ctypes")
    finally:
        interpreters.destroy(other)

def clear():
    if sys.argv[1] == "interpreter":
        in_another_interpreter()
    elif sys.argv[1] == "cache":
        getattr(ctypes, "_reset_cache", lambda: None)()

class Before:
    # Before each module of the package, as a switch of threads can be.
    def find_spec(self, name, path=None, target=None):
        if name.startswith("atlas_webhook"):
            clear()

sys.meta_path.insert(0, Before())
if sys.argv[1] == "cache":
    # Before each use of POINTER, too.
    real = ctypes.POINTER
    def POINTER(kind):
        ctypes.POINTER = real
        clear()
        ctypes.POINTER = POINTER
        return real(kind)
    ctypes.POINTER = POINTER
"""

USES = """
import atlas_webhook as aw

def rejected(kind, call, *arguments, **options):
    try:
        print(call(*arguments, **options))
    except kind:
        pass
    else:
        raise SystemExit(f"no {kind.__name__}")

url = "https://example.com/t0ken"
endpoint = aw.Endpoint("http://127.0.0.1:9")
rejected(aw.ArgumentError, aw.Endpoint, "nonsense")
rejected(aw.ArgumentError, aw.Receiver, "")
rejected(aw.ArgumentError, aw.Request.registration, endpoint, "not a url")
rejected(aw.MalformedDeliveryError, aw.Event.parse, "{")
if aw.Transport.is_available():
    rejected(aw.NetworkError, aw.register, endpoint, url, timeout=5)
    rejected(aw.ArgumentError, aw.Transport, ca_file="/does/not/exist")
request = aw.Request.registration(endpoint, url)
exchange = aw.Exchange(request)
rejected(aw.ProtocolError, exchange.received, b"SSH-2.0")
rejected(aw.ProtocolError, exchange.take_reply)
receiver = aw.Receiver(url)
rejected(aw.UntrustedError, receiver.read, "POST", "/other", None, b"{}")

exchange = aw.Exchange(request)
exchange.sent(len(exchange.to_send()))
body = b'{"status":0,"msg":"success"}'
exchange.received(b"HTTP/1.1 200 OK\\r\\nContent-Length: 28\\r\\n\\r\\n" + body)
response = exchange.take_response()
assert response.body == body, response
assert request.reply(response.status, response.headers, response.body).message == "success"
event = receiver.read("POST", "/t0ken", None, b'{"type":"order.ticketed","data":{"orderNo":"A1"}}')
assert aw.Event.parse(event.json) == event and event.dedupe_key and event.order_no == "A1"
"""


@pytest.mark.parametrize("how", ["interpreter", "cache"])
def test_errors_are_raised_if_ctypes_forgets_its_types_during_the_import(how: str) -> None:
    ended = python(CLEARED + USES, how)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_an_import_that_would_raise_no_errors_fails() -> None:
    ended = python(
        """
import sys
class Before:
    def find_spec(self, name, path=None, target=None):
        if name == "atlas_webhook.errors":
            signatures = sys.modules["atlas_webhook._signatures"]
            class Other(signatures.Handle):
                free = "atlas_webhook_error_free"
            signatures.ErrorHandle = Other
sys.meta_path.insert(0, Before())
try:
    import atlas_webhook
except ImportError as error:
    print(error)
"""
    )
    assert ended.stderr == ""
    assert re.fullmatch(r"only 0 of the \d\d functions .* would raise an error\n", ended.stdout)


def test_every_function_with_an_error_argument_is_checked() -> None:
    header = (crate() / "include" / "atlas_webhook.h").read_text(encoding="utf-8")
    code = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    fallible = re.findall(r"(atlas_webhook_\w+)\([^)]*atlas_webhook_error \*\*\w+\);", code)
    names = {name for name in fallible if not name.startswith("atlas_webhook_server_")}
    assert len(names) == _signatures.FALLIBLE > 30
    checked = {
        name for name in _signatures.SIGNATURES if getattr(lib, name).errcheck is errors._raise
    }
    assert checked == names
