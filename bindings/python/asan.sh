#!/bin/sh
# Runs the tests with a library that AddressSanitizer watches. Needs gcc, and check.sh run before.
# The measure of memory is left out: what the sanitizer keeps would be measured.
set -eu
cd "$(dirname "$0")"
python=$(realpath -s "${VENV:-.venv}/bin/python")
target=$("${RUSTC:-rustc}" -vV | sed -n 's/^host: //p')
crate=../..
folder=${CARGO_TARGET_DIR:-$crate/target}

RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address cargo build --quiet --locked \
    --manifest-path "$crate/Cargo.toml" --package atlas-webhook-c --target "$target"
ATLAS_WEBHOOK_LIBRARY=$(realpath "$folder/$target/debug/libatlas_webhook.so")
LD_PRELOAD=$(gcc -print-file-name=libasan.so)
ASAN_OPTIONS=detect_leaks=0
export ATLAS_WEBHOOK_LIBRARY LD_PRELOAD ASAN_OPTIONS
exec "$python" -m pytest --quiet \
    --deselect tests/test_process.py::test_ten_thousand_registrations_leave_nothing_behind
