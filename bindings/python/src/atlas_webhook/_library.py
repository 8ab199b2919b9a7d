"""Finds the shared library, checks its ABI and gives its functions their signatures."""

from __future__ import annotations

import os
import sys
from ctypes import CDLL, PyDLL
from pathlib import Path

from ._signatures import ABI_VERSION, SIGNATURES, SLOW

#: The environment variable that names the library to load, in place of any other.
VARIABLE = "ATLAS_WEBHOOK_LIBRARY"


def locate() -> str:
    """Choose the library: the one that is named, or that of the package, or the system's.

    One that is there and cannot be used is an error to tell, not a reason to take another.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return named
    if sys.platform == "win32":
        bundled = system = "atlas_webhook.dll"
    elif sys.platform == "darwin":
        bundled, system = "libatlas_webhook.dylib", f"libatlas_webhook.{ABI_VERSION}.dylib"
    else:
        bundled, system = "libatlas_webhook.so", f"libatlas_webhook.so.{ABI_VERSION}"
    beside = Path(__file__).resolve().parent / bundled
    return str(beside) if beside.exists() else system


def load(name: str) -> CDLL:
    """Load a library, or raise an ImportError that says why this package cannot use it."""
    try:
        library = CDLL(name)
    except OSError as error:
        raise ImportError(
            f"cannot load the atlas_webhook library: {error}. The wheel of this package brings it; "
            f"the environment variable {VARIABLE} can name another.",
            path=name,
        ) from error

    try:
        abi_version = library.atlas_webhook_abi_version
    except AttributeError:
        raise ImportError(f"{name} is not the atlas_webhook library", path=name) from None
    abi_version.restype, abi_version.argtypes = SIGNATURES["atlas_webhook_abi_version"]
    found = abi_version()
    if found != ABI_VERSION:
        raise ImportError(
            f"{name} has ABI version {found}, but this package needs version {ABI_VERSION}: "
            f"install a library and a package that belong together",
            path=name,
        )

    # The other calls are over before another thread could use the GIL.
    quick = PyDLL(name)
    for name_of_function, (restype, argtypes) in SIGNATURES.items():
        try:
            function = getattr(library if name_of_function in SLOW else quick, name_of_function)
        except AttributeError:
            raise ImportError(
                f"{name} is older than this package: it has no {name_of_function}", path=name
            ) from None
        function.restype, function.argtypes = restype, argtypes
        setattr(library, name_of_function, function)
    return library


lib = load(locate())
