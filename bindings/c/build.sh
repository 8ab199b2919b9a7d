#!/bin/sh
# Builds the C library and the command with cargo, and copies to the folder BUILD what `make install` needs: both,
# and their properties. Called by make, which sets the variables.
set -eu
cd "$(dirname "$0")/../.."

version=$(sed -n 's/^#define ATLAS_WEBHOOK_VERSION "\(.*\)"/\1/p' include/atlas_webhook.h)
case $TRANSPORT in
0) features='--no-default-features --features gzip' ;;
1) features= ;;
*) echo "make: TRANSPORT is 0 or 1, not '$TRANSPORT'" >&2; exit 2 ;;
esac

# Set and empty it would name a target without a name.
[ -n "${CARGO_BUILD_TARGET:-}" ] || unset CARGO_BUILD_TARGET

# metadata NAME: a text in cargo's metadata of this workspace.
metadata() {
    $CARGO metadata $CARGOFLAGS --no-deps --format-version 1 | sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'
}

target_dir=$(metadata target_directory)
native=$target_dir/native-static-libs-$TRANSPORT${CARGO_BUILD_TARGET:+-$CARGO_BUILD_TARGET}
rm -rf "$BUILD"
mkdir -p "$target_dir" "$BUILD"

# The bytes of the library depend on no path of this machine: each is replaced, in Rust and in the C of the
# transport's cryptography. Neither list is split at the spaces of a path.
separator=$(printf '\037')
rustflags=${CARGO_ENCODED_RUSTFLAGS:-}
for flag in ${RUSTFLAGS:-}; do rustflags=$rustflags${rustflags:+$separator}$flag; done
cflags=${CFLAGS:-}
# replace PATH NAME
replace() {
    rustflags=$rustflags${rustflags:+$separator}--remap-path-prefix=$1=$2
    cflags="$cflags '-ffile-prefix-map=$1=$2'"
}
replace "${CARGO_HOME:-$HOME/.cargo}" cargo
replace "$($RUSTC --print sysroot)/lib/rustlib/src/rust" rust
replace "$target_dir" target
replace "$PWD" atlas-webhook

set --
for flag in ${LDFLAGS:-}; do set -- "$@" "-Clink-arg=$flag"; done
CARGO_ENCODED_RUSTFLAGS=$rustflags CFLAGS=$cflags CC_SHELL_ESCAPED_FLAGS=1 \
    $CARGO rustc $CARGOFLAGS --release --package atlas-webhook-c --lib $features \
    --message-format=json-render-diagnostics \
    -- "--print=native-static-libs=$native" "$@" > "$BUILD/messages"

# The paths of the libraries that cargo built. The target folder and the target may be configured.
grep '"kind":\["[^]]*staticlib"' "$BUILD/messages" \
    | sed -n 's/.*"filenames":\["\([^]]*\)"\].*/\1/p' \
    | sed 's/","/\n/g' | while IFS= read -r file; do cp "$file" "$BUILD"; done
rm "$BUILD/messages"

# The libraries that a program with the archive must link too. The unwinder is left out, because the
# compiler links it by itself: its shared form excludes -static, and musl's gcc has it under another
# name.
for library in $(cat "$native"); do
    case $library in
    -lgcc | -lgcc_s | -lgcc_eh | -lunwind | -lc) ;;
    *) printf '%s ' "$library" ;;
    esac
done | sed 's/ $//' > "$BUILD/native"

# The command has a build of its own: in one build, cargo would turn the features of both on in the library.
case $COMMAND in
0) ;;
1)
    CARGO_ENCODED_RUSTFLAGS=$rustflags CFLAGS=$cflags CC_SHELL_ESCAPED_FLAGS=1 \
        $CARGO rustc $CARGOFLAGS --release --package atlas-webhook-cli --bin atlas-webhook \
        --message-format=json-render-diagnostics -- "$@" > "$BUILD/messages"
    cp "$(sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$BUILD/messages")" cli/atlas-webhook.1 "$BUILD"
    rm "$BUILD/messages"
    ;;
*) echo "make: COMMAND is 0 or 1, not '$COMMAND'" >&2; exit 2 ;;
esac

$RUSTC ${CARGO_BUILD_TARGET:+--target "$CARGO_BUILD_TARGET"} --print cfg > "$BUILD/cfg"
pointer=$(sed -n 's/^target_pointer_width="\(.*\)"/\1/p' "$BUILD/cfg")
{
    echo "version=$version"
    echo "transport=$TRANSPORT"
    echo "pointer_size=$((pointer / 8))"
    sed -n 's/^target_os="\(.*\)"/os=\1/p' "$BUILD/cfg"
} > "$BUILD/facts"
rm "$BUILD/cfg"

[ -n "$(find "$BUILD" -name '*atlas_webhook.*')" ] || { echo 'make: cargo built no library' >&2; exit 1; }
if [ -z "$(find "$BUILD" -name '*.so' -o -name '*.dylib' -o -name '*.dll')" ]; then
    echo 'make: this target has no shared libraries; only the archive was built'
fi
