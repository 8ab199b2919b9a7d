#!/bin/sh
# Builds the wheel of a release for Linux, which needs only glibc 2.17, and the sdist.
# Usage: manylinux.sh [FOLDER]; they are put into FOLDER, or into dist here.
set -eu
cd "$(dirname "$0")"
folder=${1:-dist}
venv=${VENV:-.venv}

[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check auditwheel build
"$venv/bin/python" -m build --sdist --outdir "$folder" .
ATLAS_WEBHOOK_GLIBC=2.17 "$venv/bin/python" -m build --wheel --outdir "$folder" .
for wheel in "$folder"/*-manylinux_2_17_*.whl; do
    "$venv/bin/auditwheel" show "$wheel"
    case $("$venv/bin/auditwheel" show "$wheel" | tr '\n' ' ') in
    *'is consistent with the following platform tag: "manylinux_2_17_'*) ;;
    *) echo "$wheel needs a newer glibc than it says" >&2; exit 1 ;;
    esac
done
