"""hatchling, with metadata that need no build.

hatchling builds the whole wheel when pip asks for its metadata alone, in case a hook of the build
changes them. Here none does, so that Rust is needed to build, and not to resolve dependencies.
"""

import os

# By this variable hatchling knows pip.
_pip = os.environ.pop("PIP_BUILD_TRACKER", None)
try:
    from hatchling.build import *  # noqa: F403
finally:
    if _pip is not None:
        os.environ["PIP_BUILD_TRACKER"] = _pip
