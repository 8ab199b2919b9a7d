"""Tools for the tests of a program that uses this package. Nothing leaves this machine::

    from atlas_webhook import Endpoint, register
    from atlas_webhook.testing import Sandbox, deliver, sample

    with Sandbox() as sandbox:                      # stands in for the Atlas API
        register(Endpoint(sandbox.url), "http://127.0.0.1:8000/atlas/t0ken", "XXXXXXXX")
        assert sandbox.requests[0].json["cid"] == "XXXXXXXX"
        assert sandbox.deliver("ticketed", orderNo="A1") == 200     # to the registered URL

    body = sample("void", voidStatus=5)             # the body of a delivery
    assert deliver("http://127.0.0.1:8000/wrong", "void") == 404

With pytest, import the fixture `sandbox` into conftest.py. Each test that names it gets a `Sandbox`
of its own::

    from atlas_webhook.testing import sandbox  # noqa: F401

Only the fixture imports pytest; all else needs the standard library alone. The package
atlas_webhook does not import this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._deliver import deliver
from ._sample import KINDS, sample
from ._sandbox import RecordedRequest, Response, Sandbox

# Without the fixture: `import *` would import pytest.
__all__ = ["KINDS", "RecordedRequest", "Response", "Sandbox", "deliver", "sample"]

if TYPE_CHECKING:
    from ._fixture import sandbox as sandbox
else:

    def __getattr__(name):
        if name == "sandbox":
            try:
                from ._fixture import sandbox  # noqa: PLC0415
            except ModuleNotFoundError as error:
                raise AttributeError(f"the fixture sandbox requires pytest: {error}") from error
            return sandbox
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
