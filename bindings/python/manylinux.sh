#!/bin/sh
# Builds the wheels of a release for Linux, which need only glibc 2.17, and the sdist.
# Usage: manylinux.sh [FOLDER]; they are put into FOLDER, or into dist here. MACHINES names the processors, or
# else that of this machine; for another one Rust needs its standard library: rustup target add.
set -eu
cd "$(dirname "$0")"
folder=${1:-dist}
venv=${VENV:-.venv}

[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check auditwheel build twine
"$venv/bin/python" -m build --sdist --outdir "$folder" .
for machine in ${MACHINES:-$(uname -m)}; do
    ATLAS_WEBHOOK_GLIBC=2.17 ATLAS_WEBHOOK_MACHINE=$machine \
        "$venv/bin/python" -m build --wheel --outdir "$folder" .
done
for wheel in "$folder"/*-manylinux_2_17_*.whl; do
    machine=${wheel##*-manylinux_2_17_} machine=${machine%.whl}
    case $("$venv/bin/auditwheel" show "$wheel" | tee /dev/stderr | tr '\n' ' ') in
    *"is consistent with the following platform tag: \"manylinux_2_17_$machine\""*) ;;
    *) echo "$wheel needs a newer glibc than it says" >&2; exit 1 ;;
    esac
done
"$venv/bin/twine" check --strict "$folder"/*
