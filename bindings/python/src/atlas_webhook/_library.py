"""Finds the shared library, checks its ABI and sets the signatures of its functions."""

from __future__ import annotations

import os
import sys
from ctypes import CDLL, PyDLL

from ._signatures import ABI_VERSION, SIGNATURES, SLOW

# The environment variable with the path of the library to load.
VARIABLE = "ATLAS_WEBHOOK_LIBRARY"

_FILES = {"win32": "atlas_webhook.dll", "darwin": "libatlas_webhook.dylib"}


def locate() -> str:
    """Return the path of the library: that of the variable, or that of the package.

    The library of the system is never used, because it could have any version. Raises ImportError
    if the package contains no library.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return named
    folder = os.path.dirname(os.path.realpath(__file__))
    bundled = os.path.join(folder, _FILES.get(sys.platform, "libatlas_webhook.so"))
    if not os.path.exists(bundled):
        raise ImportError(
            f"the package atlas_webhook has no library at {bundled}. Its wheel has one, but a zip "
            f"file cannot have one; the environment variable {VARIABLE} can name another."
        )
    return bundled


def load(name: str) -> CDLL:
    """Load a library, or raise an ImportError with the reason why this package cannot use it."""
    try:
        library = CDLL(name)
    except OSError as error:
        raise ImportError(
            f"cannot load the atlas_webhook library: {error}. The wheel of this package has one; "
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

    # The other calls end before another thread could use the GIL.
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
