"""What is written down of C in Python is what the header says."""

from __future__ import annotations

import ctypes
import re
from dataclasses import fields

import pytest
from conftest import crate

import atlas_webhook
from atlas_webhook import APIStatus, Limits, State, _signatures, endpoint, errors

HEADER = (crate() / "include" / "atlas_webhook.h").read_text(encoding="utf-8")
CODE = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.DOTALL)
MACROS = dict(re.findall(r"^#define ATLAS_WEBHOOK_(\w+) (.+)$", CODE, flags=re.MULTILINE))

NUMBERS = {
    "int": ctypes.c_int,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint16_t": ctypes.c_uint16,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "atlas_webhook_status": ctypes.c_int32,
}
HANDLES = {
    "error": _signatures.ErrorHandle,
    "endpoint": _signatures.EndpointHandle,
    "request": _signatures.RequestHandle,
    "response": _signatures.ResponseHandle,
    "reply": _signatures.ReplyHandle,
    "exchange": _signatures.ExchangeHandle,
    "transport": _signatures.TransportHandle,
    "cancel": _signatures.CancelHandle,
    "receiver": _signatures.ReceiverHandle,
    "event": _signatures.EventHandle,
    "value": _signatures.ValueHandle,
}


def macro(name: str) -> int:
    return int(MACROS[name].strip("()"))


def prefixed(prefix: str) -> dict[str, int]:
    found = {name for name in MACROS if name.startswith(prefix)}
    return {name[len(prefix) :]: macro(name) for name in found}


def declared() -> dict[str, tuple[str, list[str]]]:
    """The functions of the header: name, what it gives, the types of what it takes.

    Without those of the server connection: Python has servers in its standard library.
    """
    declaration = re.compile(
        r"^ATLAS_WEBHOOK_API\s([\w ]+?[ *]+)(atlas_webhook_\w+)\(([^)]*)\);", re.MULTILINE
    )
    functions = {}
    for result, name, parameters in declaration.findall(CODE):
        if name.startswith("atlas_webhook_server_"):
            continue
        types = [re.sub(r"\w+$", "", parameter.strip()) for parameter in parameters.split(",")]
        functions[name] = (canonical(result), [] if types == [""] else list(map(canonical, types)))
    return functions


def canonical(c_type: str) -> str:
    return re.sub(r"\bconst\b|\s", "", c_type)


def parameter(c_type: str) -> object:
    """How ctypes takes a parameter of this type."""
    if c_type in NUMBERS:
        return NUMBERS[c_type]
    if c_type in ("char*", "void*"):
        return ctypes.c_char_p
    if c_type == "void**":
        return ctypes.POINTER(ctypes.POINTER(ctypes.c_char))
    if c_type == "size_t*":
        return ctypes.POINTER(ctypes.c_size_t)
    handle = HANDLES[c_type.strip("*").replace("atlas_webhook_", "")]
    return ctypes.POINTER(handle) if c_type.endswith("**") else handle


def result(c_type: str, parameters: list[str]) -> object:
    """How ctypes gives a result of this type: as a pointer where its length comes apart."""
    if c_type == "void":
        return None
    if c_type in ("char*", "void*"):
        return ctypes.POINTER(ctypes.c_char) if "size_t*" in parameters else ctypes.c_char_p
    return NUMBERS.get(c_type) or parameter(c_type)


def test_the_table_names_the_functions_of_the_header() -> None:
    assert len(declared()) > 50
    assert set(_signatures.SIGNATURES) == set(declared())


@pytest.mark.parametrize("name", sorted(declared()))
def test_a_signature_is_that_of_the_header(name: str) -> None:
    c_result, c_parameters = declared()[name]
    restype, argtypes = _signatures.SIGNATURES[name]
    assert restype == result(c_result, c_parameters)
    assert list(argtypes) == [parameter(c_type) for c_type in c_parameters]


def test_each_handle_knows_the_function_that_frees_it() -> None:
    for name, handle in HANDLES.items():
        if handle is _signatures.ValueHandle:
            continue  # A value belongs to its event.
        assert handle.free == f"atlas_webhook_{name}_free"


def test_the_slow_calls_are_in_the_table() -> None:
    assert set(_signatures.SIGNATURES) > _signatures.SLOW


def test_the_abi_is_that_of_the_header() -> None:
    assert macro("ABI_VERSION") == _signatures.ABI_VERSION


def test_each_kind_of_error_has_a_class_of_its_own() -> None:
    kinds = prefixed("ERR_")
    assert {kind.status for kind in errors._KINDS.values()} == set(kinds.values())

    renamed = {"TIMEOUT": "TIMEDOUT", "IO": "TRANSFER"}
    for name, status in kinds.items():
        short = name.removeprefix("ERR_")
        stem = renamed.get(short, short).replace("_ERROR", "").replace("_", "")
        assert errors._KINDS[status].__name__.upper() == f"{stem}ERROR"


def test_the_states_are_those_of_the_header() -> None:
    for name in ("WANT_SEND", "WANT_RECEIVE", "DONE"):
        assert State[name].value == macro(name)


def test_the_api_statuses_are_those_of_the_header() -> None:
    assert {status.name: status.value for status in APIStatus} == prefixed("API_")


def test_the_limits_are_those_of_the_header() -> None:
    numbers = {name.lower(): value for name, value in prefixed("LIMIT_").items()}
    assert numbers == endpoint._LIMIT_NUMBERS
    assert [field.name for field in fields(Limits)] == list(endpoint._LIMIT_NUMBERS)


def test_the_absent_number_and_the_features_are_those_of_the_header() -> None:
    assert MACROS["ABSENT"] == "INT64_MIN"
    assert _signatures.ABSENT == -(2**63)
    assert macro("FEATURE_TRANSPORT") == _signatures.FEATURE_TRANSPORT


def test_the_sandboxes_are_those_of_the_header() -> None:
    assert MACROS["SANDBOX"].strip('"') == atlas_webhook.SANDBOX
    assert MACROS["SANDBOX_ATRIPTECH"].strip('"') == atlas_webhook.SANDBOX_ATRIPTECH


def test_the_version_is_that_of_the_header_and_of_the_crate() -> None:
    manifest = (crate() / "Cargo.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"$', manifest, flags=re.MULTILINE)
    assert version is not None
    assert atlas_webhook.__version__ == version[1] == MACROS["VERSION"].strip('"')
