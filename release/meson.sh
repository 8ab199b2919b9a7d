#!/bin/sh
# Builds the static library for meson.build. Usage: meson.sh LIBRARY FOLDER TRANSPORT; the folder is for what
# cargo makes.
set -eu
mkdir -p "$2"
library=$(realpath "$1") folder=$(realpath "$2")
cd "$(dirname "$0")/.."
CARGO_TARGET_DIR=$folder/target make --silent BUILD="$folder/built" TRANSPORT="$3"
cp "$folder/built/libatlas_webhook.a" "$library"
