#!/bin/sh
# Compiles tests/c/programs/installed.c with the flags that pkg-config prints for the installation,
# and runs it. It is linked to the shared and to the static library, if they are installed. Called
# by make, which sets the variables.
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "make: $*" >&2
    exit 1
}

installed=$DESTDIR$LIBDIR
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# quoted TEXT: as one word of the shell.
quoted() {
    printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

# A header folder outside the prefix is named by the files of pkg-config without DESTDIR.
staged_headers=
[ -z "$DESTDIR" ] || staged_headers="-I $(quoted "$DESTDIR$INCLUDEDIR")"

# check PACKAGE: compiles the program with the flags of a package, which pkg-config quotes for the shell, and runs it.
check() {
    flags=$(PKG_CONFIG_PATH=$installed/pkgconfig $PKG_CONFIG --cflags --libs "$1")
    eval "$CC $CFLAGS $staged_headers tests/c/programs/installed.c -o $(quoted "$work/$1")" \
        "$flags $(quoted "-Wl,-rpath,$installed") $LDFLAGS"
    # The program must find no other shared library. On Windows it is found by PATH.
    (
        unset LD_LIBRARY_PATH
        PATH=$DESTDIR$BINDIR:$PATH "$work/$1" > "$work/printed"
    )
    echo "$1: $(cat "$work/printed")"
}

[ -e "$installed/pkgconfig/atlas_webhook.pc" ] || fail "nothing is installed in $installed: run make install first"
check atlas_webhook
[ ! -e "$installed/pkgconfig/atlas_webhook-static.pc" ] || check atlas_webhook-static
