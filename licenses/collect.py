#!/usr/bin/env python3
"""Writes whose work libatlas_webhook carries on Linux, macOS and Windows, with the licences.

  licenses/collect.py [FOLDER]     core.txt       the crates of every build
                                   transport.txt  those that the bundled transport adds
                                   command.txt    those that the command atlas-webhook adds
                                   rust.txt       the standard library of this toolchain
  licenses/collect.py --crates [FOLDER]           without rust.txt

The texts are the crates' own, as cargo unpacked them, and those that come with the toolchain. A
crate without a text is an error, unless it can be used under Apache-2.0.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = [
    *("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl"),
    *("x86_64-apple-darwin", "aarch64-apple-darwin"),
    *("x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc", "aarch64-pc-windows-msvc"),
]
# What files with the text of a licence are called.
LICENSE_FILE = re.compile(r"((un)?licen[cs]e|copying|copyright|notice)([-_.].*)?", re.IGNORECASE)

# What std is made of beside its own sources. Their paths stand in its archives, but for those of
# adler2, which is all inlined, and windows-link, which is not of this platform.
STD_CRATES = [
    *("addr2line", "adler2", "cfg-if", "gimli", "hashbrown", "libc", "memchr", "miniz_oxide"),
    *("object", "rustc-demangle", "windows-link"),
]
# Of the same toolchain, but in no library: they belong to tests and to procedural macros.
NOT_IN_STD = {"getopts", "rustc-literal-escaper"}

# The crates, each with its licence; then the texts, each with whom it is of.
Crates = dict[str, str]
Texts = dict[str, list[str]]


def output(*command: str) -> str:
    return subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout


def cargo(*arguments: str) -> str:
    return output(os.environ.get("CARGO", "cargo"), *arguments)


def linked(
    *options: str, edges: str = "normal,no-proc-macro", package: str = "atlas-webhook-c"
) -> set[str]:
    """The crates that a build of the library links: neither macros nor build scripts."""
    tree = cargo(
        *("tree", "--locked", "--quiet", "--package", package, *options),
        *("--edges", edges, "--prefix", "none", "--format", "{p}"),
    )
    crates = {" ".join(line.split()[:2]).replace(" v", " ") for line in tree.splitlines() if line}
    return {crate for crate in crates if not crate.startswith("atlas-webhook")}


def files(folder: Path, expression: str) -> list[Path]:
    """The licences that hold: of a choice MIT, which asks for the least, and otherwise all."""
    found = [path for path in folder.rglob("*") if LICENSE_FILE.fullmatch(path.name)]
    found = sorted(path for path in found if path.is_file())
    chosen = [path for path in found if "mit" in path.name.lower()]
    return chosen if chosen and " OR " in expression and " AND " not in expression else found


def crates_and_texts(names: set[str]) -> tuple[Crates, Texts]:
    metadata = json.loads(
        cargo(
            *("metadata", "--locked", "--quiet", "--format-version=1"),
            *(f"--filter-platform={target}" for target in TARGETS),
        )
    )
    crates: Crates = {}
    texts: Texts = {}
    for package in metadata["packages"]:
        name = f"{package['name']} {package['version']}"
        if name in names:
            folder = Path(package["manifest_path"]).parent
            crates[name] = package["license"].replace("/", " OR ")
            found = files(folder, crates[name])
            if not found and "Apache-2.0" in crates[name].split(" OR "):
                # Its text is the same for everyone; that of MIT has the owner's name.
                text = (ROOT / "LICENSE-APACHE").read_text(encoding="utf-8")
                add(texts, text, f"{name}, under Apache-2.0")
            elif not found:
                sys.exit(f"{name} carries no text of its licence, {crates[name]}")
            for path in found:
                add(texts, path.read_text(encoding="utf-8"), f"{name}, {path.relative_to(folder)}")
    if crates.keys() != names:
        sys.exit(f"cargo metadata does not know {names - crates.keys()}")
    return crates, texts


def add(texts: Texts, text: str, whose: str) -> None:
    lines = [line.rstrip() for line in text.splitlines()]
    texts.setdefault("\n".join(lines).strip("\n"), []).append(whose)


def rust() -> tuple[Crates, Texts]:
    """The standard library's, out of what its project says; that leaves some crates out."""
    sysroot = Path(output("rustc", "--print", "sysroot").strip())
    documents = sysroot / "share/doc/rust"
    library = (documents / "COPYRIGHT-library.html").read_text(encoding="utf-8")
    everything = library + (documents / "COPYRIGHT.html").read_text(encoding="utf-8")

    version = output("rustc", "--version").split()[1]
    crates: Crates = {
        f"std {version}": "MIT AND Apache-2.0 WITH LLVM-exception AND Unicode-3.0",
    }
    texts: Texts = {}
    for license_, whose in [
        ("MIT", "std, Copyright (c) The Rust Project Developers"),
        ("MIT", "std/src/sync/mpmc, Copyright (c) 2019 The Crossbeam Project Developers"),
        ("MIT", "backtrace, Copyright (c) 2014 Alex Crichton"),
        ("Unicode-3.0", "core/src/unicode, Copyright (c) 1991-2024 Unicode, Inc"),
        ("Apache-2.0", "compiler_builtins"),
        ("LLVM-exception", "compiler_builtins"),
    ]:
        add(texts, (documents / f"licenses/{license_}.txt").read_text(encoding="utf-8"), whose)

    used = versions_in(sysroot) | {"adler2": newest(everything, "adler2")}
    used["windows-link"] = newest(library, "windows-link")
    if used.keys() - NOT_IN_STD != set(STD_CRATES):
        sys.exit(f"std is made of other crates than is known here: {sorted(used)}")
    for name in STD_CRATES:
        told = heading(name, used[name]) in everything
        described = used[name] if told else newest(everything, name)
        crates[f"{name} {used[name]}"], notices = notices_of(everything, name, described)
        for file, text in notices:
            add(texts, text, f"{name} {described}, {file}")
    _, notices = notices_of(everything, "libm", newest(everything, "libm"))
    for file, text in notices:
        add(texts, text, f"compiler_builtins/libm, {file}")
    return crates, texts


def versions_in(sysroot: Path) -> dict[str, str]:
    """The crates whose paths stand in the archives of the standard library, with their versions."""
    used: dict[str, str] = {}
    path = re.compile(rb"/rust/deps/([a-z0-9_-]+)-(\d+\.\d+\.\d+)/")
    for archive in sysroot.glob("lib/rustlib/*/lib/*.rlib"):
        for found in path.finditer(archive.read_bytes()):
            used[found[1].decode()] = found[2].decode()
    return used


def heading(name: str, version: str) -> str:
    return f"<h3>\N{PACKAGE} {name}-{version}</h3>"


def newest(page: str, name: str) -> str:
    pattern = heading(re.escape(name), r"(\d+\.\d+\.\d+)")
    found: list[str] = re.findall(pattern, page)
    return max(found, key=lambda version: [int(number) for number in version.split(".")])


def notices_of(page: str, name: str, version: str) -> tuple[str, list[tuple[str, str]]]:
    section = page.split(heading(name, version), 1)[1].split("<h3>", 1)[0]
    expression = re.search(r"<b>License:</b> (.*?)</p>", section)
    notices = re.findall(r"<code>([^<]*)</code></summary>\s*<pre>(.*?)</pre>", section, re.DOTALL)
    if expression is None or not notices:
        sys.exit(f"the toolchain does not tell the licence of {name} {version}")
    chosen = [notice for notice in notices if "mit" in notice[0].lower()]
    return html.unescape(expression[1]).replace("/", " OR "), [
        (file, html.unescape(text)) for file, text in (chosen or notices)
    ]


def page(title: str, crates: Crates, texts: Texts) -> str:
    parts = [f"{title}\nWhere a licence may be chosen, it is MIT.\n\n"]
    parts += [f"{name} ({crates[name]})\n" for name in sorted(crates)]
    for text, whose in sorted(texts.items(), key=lambda item: item[1]):
        parts.append("\n" + "=" * 80 + "\n" + "\n".join(whose) + "\n" + "-" * 80 + f"\n\n{text}\n")
    return "".join(parts)


def main(arguments: list[str]) -> None:
    crates_only = arguments[:1] == ["--crates"]
    folder = Path(*arguments[crates_only:] or [str(ROOT / "licenses")])
    targets = [f"--target={target}" for target in TARGETS]
    core = linked("--no-default-features", "--features=gzip", *targets)
    pages = {
        "core.txt": page(
            "The crates in every build of libatlas_webhook.",
            *crates_and_texts(core),
        ),
        "transport.txt": page(
            "The crates that the bundled transport adds to libatlas_webhook, on Linux, macOS and\n"
            "Windows. A build without it has none of them.",
            *crates_and_texts(linked(*targets) - core),
        ),
        "command.txt": page(
            "The crates that the command atlas-webhook adds to those of core.txt and transport.txt,\n"
            "on Linux, macOS and Windows.",
            *crates_and_texts(
                linked(*targets, package="atlas-webhook-cli") - linked(*targets) - core
            ),
        ),
    }
    if not crates_only:
        pages["rust.txt"] = page(
            "The standard library of Rust, in every build of libatlas_webhook. A toolchain of\n"
            "another version has its own list in share/doc/rust/COPYRIGHT-library.html.",
            *rust(),
        )
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
