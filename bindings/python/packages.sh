#!/bin/sh
# Checks the source distribution, the wheel that is built from it, and the editable installation.
# Usage: packages.sh LIBRARY, the shared library for the editable installation. Needs cargo.
set -eu
cd "$(dirname "$0")"
library=$(realpath "$1")
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "packages.sh: $*" >&2
    exit 1
}

# With what builds need, so that none of them fetches it again.
"$python" -m venv "$work/venv"
pip="$work/venv/bin/python -m pip --quiet --disable-pip-version-check"
$pip install build editables hatchling

"$work/venv/bin/python" -m build --sdist --no-isolation --outdir "$work" . > "$work/log" || fail "$(cat "$work/log")"
sdist=$(echo "$work"/atlas_webhook-*.tar.gz)

# Metadata without Rust.
mkdir "$work/bin"
printf '#!/bin/sh\nexit 1\n' | tee "$work/bin/cargo" > "$work/bin/rustc"
chmod +x "$work/bin/cargo" "$work/bin/rustc"
PATH="$work/bin:$PATH" $pip install --dry-run --no-deps --no-build-isolation "$sdist" \
    || fail 'the metadata of the source distribution need Rust'

# The wheel. What cargo optimises is checked elsewhere.
CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$work/target}" \
    $pip wheel --no-deps --no-build-isolation --wheel-dir "$work" "$sdist"
$pip install --no-deps "$work"/atlas_webhook-*.whl
installed=$("$work/venv/bin/python" -c 'from atlas_webhook._library import lib; print(lib._name)')
case $installed in
"$(realpath "$work")"/venv/*) ;;
*) fail "the wheel loads $installed" ;;
esac
case $(readelf --sections --wide "$installed") in
*' .symtab '*) fail 'the library of the wheel is not stripped' ;;
*' .dynsym '*) ;;
*) fail "readelf does not read $installed" ;;
esac

# A zip file has no library that could be loaded, and no other is taken.
mkdir "$work/zipped"
cp -r src/atlas_webhook "$work/zipped"
rm -f "$work"/zipped/atlas_webhook/libatlas_webhook.*
echo 'import atlas_webhook' > "$work/zipped/__main__.py"
"$python" -m zipapp "$work/zipped" -o "$work/program.pyz"
if LD_LIBRARY_PATH=$(dirname "$library") "$python" "$work/program.pyz" 2> "$work/log"; then
    fail 'a package without its library loads another'
fi
grep -q 'has no library at' "$work/log" || fail "$(cat "$work/log")"

# An editable installation has its library.
tar -xzf "$sdist" -C "$work"
$pip uninstall --yes atlas-webhook
ATLAS_WEBHOOK_PREBUILT=$library $pip install --no-deps --no-build-isolation --editable "${sdist%.tar.gz}"
(cd / && "$work/venv/bin/python" -c 'import atlas_webhook; atlas_webhook.Endpoint()') \
    || fail 'an editable installation cannot be imported'
