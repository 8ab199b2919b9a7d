"""Which library is loaded, and what is said when it cannot be used."""

from __future__ import annotations

import _ctypes
import ctypes.util
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from conftest import python

import atlas_webhook
from atlas_webhook import _library, _signatures
from atlas_webhook._library import lib


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that takes the place of the package's."""
    monkeypatch.delenv(_library.VARIABLE, raising=False)
    monkeypatch.setattr(_library, "__file__", str(tmp_path / "_library.py"))
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path.resolve()


def test_the_variable_comes_first(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (package / "libatlas_webhook.so").touch()
    monkeypatch.setenv(_library.VARIABLE, "/somewhere/else.so")
    assert _library.locate() == "/somewhere/else.so"


def test_the_library_of_the_package_comes_second(package: Path) -> None:
    (package / "libatlas_webhook.so").touch()
    assert _library.locate() == str(package / "libatlas_webhook.so")


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("linux", "libatlas_webhook.so"),
        ("darwin", "libatlas_webhook.dylib"),
        ("win32", "atlas_webhook.dll"),
    ],
)
def test_a_package_without_a_library_does_not_take_that_of_the_system(
    package: Path, platform: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(ImportError) as raised:
        _library.locate()
    assert str(raised.value) == (
        f"the package atlas_webhook has no library at {package / name}. Its wheel has one, but a "
        "zip file cannot have one; the environment variable ATLAS_WEBHOOK_LIBRARY can name another."
    )


def test_a_library_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_library.VARIABLE, "/nowhere/libatlas_webhook.so")
    ended = python("import atlas_webhook")
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("ImportError: cannot load the atlas_webhook library: /nowhere/")
    with pytest.raises(ImportError) as raised:
        _library.load("/nowhere/libatlas_webhook.so")
    assert f"ImportError: {raised.value}" == last
    assert isinstance(raised.value.__cause__, OSError)
    assert str(raised.value) == (
        f"cannot load the atlas_webhook library: {raised.value.__cause__}. The wheel of this "
        "package has one; the environment variable ATLAS_WEBHOOK_LIBRARY can name another."
    )
    assert raised.value.path == "/nowhere/libatlas_webhook.so"


def is_rejected(name: str, message: str) -> None:
    with pytest.raises(ImportError) as raised:
        _library.load(name)
    assert (str(raised.value), raised.value.path) == (message, name)
    assert raised.value.__cause__ is None


def test_another_library() -> None:
    other = ctypes.util.find_library("c")
    assert other is not None
    is_rejected(other, f"{other} is not the atlas_webhook library")


def test_another_abi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_library, "ABI_VERSION", 99)
    is_rejected(
        lib._name,
        f"{lib._name} has ABI version 1, but this package needs version 99: "
        "install a library and a package that belong together",
    )


def test_an_older_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_signatures.SIGNATURES, "atlas_webhook_later", (None, ()))
    is_rejected(lib._name, f"{lib._name} is older than this package: it has no atlas_webhook_later")


def test_the_calls_that_may_last_long_release_the_gil() -> None:
    loaded = _library.load(lib._name)
    for name, (result, arguments) in _signatures.SIGNATURES.items():
        function = getattr(loaded, name)
        assert (function.restype, tuple(function.argtypes)) == (result, arguments)
        # The pointer of a function of PyDLL has this flag: its calls keep the GIL.
        keeps = bool(function._flags_ & _ctypes.FUNCFLAG_PYTHONAPI)
        assert keeps == (name not in _signatures.SLOW), name


def test_every_public_name_is_there_and_documented() -> None:
    for name in atlas_webhook.__all__:
        value = getattr(atlas_webhook, name)
        assert isinstance(value, str) or value.__doc__, name
    for name in ("message", "http_status", "retryable", "response"):
        assert getattr(atlas_webhook.AtlasWebhookError, name).__doc__, name


def test_the_licences_of_what_the_library_carries_come_with_it() -> None:
    files = distribution("atlas-webhook").files
    assert files is not None
    licenses = {file.name: file.read_text() for file in files if "licenses" in file.parts}
    assert licenses.keys() == {
        *("LICENSE-APACHE", "LICENSE-MIT", "core.txt", "rust.txt", "transport.txt"),
    }
    for name, crate in [
        ("core.txt", "serde_json "),
        ("rust.txt", "std "),
        ("transport.txt", "ring "),
    ]:
        assert f"\n{crate}" in licenses[name]
