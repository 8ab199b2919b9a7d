#!/usr/bin/env -S python3 -B
"""Writes what one program file for one platform is made of, as CycloneDX, out of cargo-cyclonedx.

  licenses/sbom.py library PLATFORM FILE [FEATURE-OPTION...]     libatlas_webhook, shared or static
  licenses/sbom.py command PLATFORM FILE [FEATURE-OPTION...]     the command atlas-webhook

What that tool cannot know is put right: which crates a build leaves out, which ones run while it is
built and are not in it, and the standard library. No path of this machine stays.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from collect import ROOT, cargo, linked, rust

# The package of each, and its folder.
PACKAGES = {"library": ("atlas-webhook-c", "bindings/c"), "command": ("atlas-webhook-cli", "cli")}
CORE = "atlas-webhook"


def described(folder: str, platform: str, *features: str) -> Any:
    """What cargo-cyclonedx writes beside each manifest."""
    cargo(
        *("cyclonedx", "--quiet", "--format=json", "--spec-version=1.5", "--no-build-deps"),
        *(f"--target={platform}", "--override-filename=sbom", *features),
        *("--manifest-path", str(ROOT / folder / "Cargo.toml")),
    )
    text = (ROOT / folder / "sbom.json").read_text(encoding="utf-8")
    for member in (".", "bindings/c", "cli", "tests/no_std"):
        (ROOT / member / "sbom.json").unlink()
    text = re.sub(rf"path\+file://{re.escape(str(ROOT))}[^#]*#", "", text)
    return json.loads(re.sub(r"\?download_url=file://[^#\"]*", "", text))


def name(component: dict[str, Any]) -> str:
    return f"{component['name']} {component['version']}"


def standard_library(platform: str) -> list[dict[str, Any]]:
    crates, _ = rust()
    components = []
    for crate, expression in sorted(crates.items()):
        crate_name, version = crate.split()
        if crate_name == "windows-link" and "windows" not in platform:
            continue
        # What is in the toolchain and nowhere else has no package type of its own.
        kind = "generic" if crate_name == "std" else "cargo"
        components.append(
            {
                "type": "library",
                "bom-ref": f"rust {crate_name}@{version}",
                "name": crate_name,
                "version": version,
                "scope": "required",
                "licenses": [{"expression": expression}],
                "purl": f"pkg:{kind}/{crate_name}@{version}",
            }
        )
    return components


def main(which: str, platform: str, file: str, *features: str) -> None:
    package, folder = PACKAGES[which]
    bom = described(folder, platform, *features)
    options = (f"--target={platform}", *features)
    compiled = linked(*options, edges="normal", package=package)
    carried = linked(*options, package=package)

    subject = bom["metadata"]["component"]
    own = [component for component in bom["components"] if component["name"] == CORE]
    others = [component for component in bom["components"] if name(component) in compiled]
    for component in others:
        if name(component) not in carried:
            component["scope"] = "excluded"
    missing = compiled - {name(component) for component in others}
    if missing:
        sys.exit(f"cargo cyclonedx leaves out {missing}")

    std = standard_library(platform)
    bom["components"] = own + others + std
    known = {component["bom-ref"] for component in [subject, *own, *others]}
    dependencies = [entry for entry in bom["dependencies"] if entry["ref"] in known]
    for entry in dependencies:
        entry["dependsOn"] = [ref for ref in entry.get("dependsOn", []) if ref in known]
        if entry["ref"] == subject["bom-ref"]:
            entry["dependsOn"] += [component["bom-ref"] for component in std]
    bom["dependencies"] = dependencies
    Path(file).write_text(json.dumps(bom, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


main(*sys.argv[1:])
