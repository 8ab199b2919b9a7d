#!/bin/sh
# Separates the debug information of the shared library: copies it from the library as it was built into a
# file of its own, and names that file in the library as it is installed, for gdb and for addr2line.
# Usage: debug.sh BUILT INSTALLED FILE
set -eu
built=$1 installed=$2 file=$3
objcopy=${OBJCOPY:-objcopy}
mkdir -p "$(dirname "$file")"
$objcopy --only-keep-debug "$built" "$file"
chmod 644 "$file"
$objcopy --add-gnu-debuglink="$file" "$installed"
