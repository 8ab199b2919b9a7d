"""Builds the library with cargo, and puts it into the wheel beside the package.

An editable installation has its package in src, and so its library and the samples, which git
ignores.

The environment variable ATLAS_WEBHOOK_PREBUILT names a shared library to take in place of one that
cargo builds.

The environment variable ATLAS_WEBHOOK_GLIBC names the oldest glibc that a wheel for Linux has to
run with, as 2.17. Then zig links it, which comes from PyPI as cargo-zigbuild does, and the wheel is
a manylinux one, to be published. Without it, the wheel is for systems like this one.
ATLAS_WEBHOOK_MACHINE, as aarch64, names the processor of a manylinux wheel that is not for this
machine; Rust needs its standard library for that (`rustup target add`).

The environment variable ATLAS_WEBHOOK_SBOM names a file that lists the parts of the library
(CycloneDX). The wheel contains it in sboms/ beside its metadata, as PEP 770 says.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

GLIBC = os.environ.get("ATLAS_WEBHOOK_GLIBC")
MACHINE = os.environ.get("ATLAS_WEBHOOK_MACHINE") or platform.machine()
PREBUILT = os.environ.get("ATLAS_WEBHOOK_PREBUILT")
SBOM = os.environ.get("ATLAS_WEBHOOK_SBOM")

# The tag of a glibc for pip before version 20.3, as the first Python 3.9 has it.
LEGACY_TAGS = {"2.17": "manylinux2014"}


class LibraryHook(BuildHookInterface):  # type: ignore[type-arg]
    """A wheel for any Python 3, with the shared library of one platform."""

    def dependencies(self) -> list[str]:
        zig = ["cargo-zigbuild>=0.20", "ziglang>=0.13"] if GLIBC else []
        # The first version that puts such a file into a wheel.
        return [*zig, "hatchling>=1.28"] if SBOM else zig

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        library = Path(PREBUILT).absolute() if PREBUILT else build(crate(root))
        samples = crate(root) / "samples"
        if version == "editable":
            package = root / "src" / "atlas_webhook"
            shutil.copy(library, package / library.name)
            shutil.copytree(samples, package / "samples", dirs_exist_ok=True)
        else:
            build_data["force_include"][str(library)] = f"atlas_webhook/{library.name}"
            build_data["force_include"][str(samples)] = "atlas_webhook/samples"
        if SBOM:
            build_data["sbom_files"].append(str(Path(SBOM).absolute()))
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{wheel_platform()}"


def crate(root: Path) -> Path:
    """The crate's folder: within the sdist, or around this one in the repository."""
    within = root / "crate"
    return within if within.exists() else root.parent.parent


def build(crate: Path) -> Path:
    """Build the library in release mode, and say where it is."""
    command = ["cargo", "zigbuild" if GLIBC else "build", "--release", "--locked"]
    command += ["--package", "atlas-webhook-c", "--message-format", "json-render-diagnostics"]
    environment = {"CARGO_PROFILE_RELEASE_STRIP": "symbols", **os.environ}
    if GLIBC:
        command += ["--target", f"{MACHINE}-unknown-linux-gnu.{GLIBC}"]
        # Messages of panics name source files, but not in whose home they were built.
        replaced = [f"--remap-path-prefix={Path.home()}=~", f"--remap-path-prefix={crate}=."]
        environment["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(replaced)
    try:
        built = subprocess.run(
            command, cwd=crate, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    except FileNotFoundError:
        sys.exit("atlas-webhook is built from source with Rust, and there is no cargo on the PATH")
    except subprocess.CalledProcessError as error:
        sys.exit(f"cargo could not build the library: {error}")
    for message in map(json.loads, built.stdout.splitlines()):
        if message["reason"] == "compiler-artifact" and "cdylib" in message["target"]["kind"]:
            for name in message["filenames"]:
                if name.endswith((".so", ".dylib", ".dll")):
                    return Path(name)
    sys.exit("cargo built no shared library")


def wheel_platform() -> str:
    if GLIBC:
        tag = f"manylinux_{GLIBC.replace('.', '_')}_{MACHINE}"
        legacy = LEGACY_TAGS.get(GLIBC)
        return f"{legacy}_{MACHINE}.{tag}" if legacy else tag
    if sys.platform == "linux":
        # Not manylinux: nobody knows with which older systems this one's linker agrees.
        return sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return next(platform_tags())
