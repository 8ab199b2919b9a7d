# The steps that cargo and Python run.

build_tests() {
    $CARGO test --locked --all-features --no-run
}

all_tests() {
    $CARGO test --locked --all-features
}

core_tests() {
    # A feature alone, without what the dependencies of the tests turn on.
    $CARGO check --locked --package atlas-webhook --no-default-features --features http
    $CARGO test --locked --package atlas-webhook --no-default-features
}

clang_tests() {
    CC=clang CXX=clang++ $CARGO test --locked --all-features --test capi
}

# The documentation and the comments contain none of the words that prose.py replaces.
words() {
    tests/checks/prose.py
}

# A program that depends on the crate, by its path: it builds no C library and nothing of the
# generator of the header. The lock file keeps the versions.
rust_only() {
    local program=$work/rust-only left
    mkdir -p "$program/src"
    cp Cargo.lock "$program"
    cat > "$program/Cargo.toml" << END
[package]
name = "dependent"
edition = "2024"

[dependencies]
atlas-webhook = { path = "$PWD" }
END
    echo 'fn main() { let _ = atlas_webhook::Endpoint::sandbox(); }' > "$program/src/main.rs"
    (
        cd "$program"
        unset CARGO_TARGET_DIR
        $CARGO tree --quiet --edges normal,build,features > tree
        none -E 'cbindgen|"(capi|header)"' tree || fail 'a dependent builds parts of the C library'
        # Without the transport, which has other libraries.
        sed -i 's/ }$/, default-features = false }/' Cargo.toml
        $CARGO build --quiet
        left=$(find target -name '*atlas_webhook*.so*' -o -name '*atlas_webhook*.a')
        [ -z "$left" ] || fail "a dependent gets $left"
    )
}

# The published crates contain what they need and nothing that only the repository needs, and the README has no dead
# links.
crates() {
    local file version
    $CARGO package --locked --package atlas-webhook --allow-dirty --list > "$work/crate"
    for file in src/lib.rs src/capi/mod.rs build.rs cbindgen.toml include/atlas_webhook.h \
        include/atlas_webhook.hpp examples/own_stack.rs README.md LICENSE-MIT LICENSE-APACHE \
        licenses/core.txt licenses/rust.txt licenses/transport.txt; do
        grep -qx "$file" "$work/crate" || fail "the crate lacks $file"
    done
    none -E '^(\.ci|benches|bindings|cli|fuzz|tests)/' "$work/crate" || fail 'the crate carries what it must not'
    $CARGO package --locked --package atlas-webhook-cli --allow-dirty --list > "$work/crate"
    for file in src/lib.rs src/command/main.rs atlas-webhook.1 command.md LICENSE-MIT LICENSE-APACHE; do
        grep -qx "$file" "$work/crate" || fail "the crate of the command lacks $file"
    done
    none '^tests/' "$work/crate" || fail 'the crate of the command carries what it must not'
    for file in LICENSE-MIT LICENSE-APACHE; do
        cmp "$file" "cli/$file"
        cmp "$file" "bindings/python/$file"
    done
    $CARGO package --locked --quiet --package atlas-webhook --allow-dirty --no-verify
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
    tar -xzf "$target/package/atlas-webhook-$version.crate" -C "$work"
    tests/checks/links.py "$work"/atlas-webhook-*/README.md
}

# A hang is a failure that names the test, in every language.
time_limits() {
    mkdir "$work/deps"
    cp "$(command -v sleep)" "$work/deps/hanging"
    TEST_TIME_LIMIT=1 gives 124 tests/limited "$work/deps/hanging" 60
    says "$work/deps/hanging: not done after 1 s"

    printf '#include "check.h"\n\nint main(void)\n{\n    for (;;) CHECK(1);\n}\n' > "$work/hanging.c"
    $CC -std=c99 $WARNINGS -DTIME_LIMIT=1 -I include -I tests/c "$work/hanging.c" -o "$work/hanging" \
        -L "$prefix/lib" -latlas_webhook -Wl,-rpath,"$prefix/lib"
    gives 1 "$work/hanging"
    says 'hanging.c: not done after 1 s; the last check was in line 5'

    printf 'import time\n\n\ndef test_that_hangs() -> None:\n    time.sleep(60)\n' > "$work/test_hanging.py"
    gives 1 "$target/python-venv/bin/python" -m pytest -c bindings/python/pyproject.toml --rootdir "$work" \
        -o timeout=1 "$work/test_hanging.py"
    says 'test_hanging.py::test_that_hangs'
    says 'Timeout'
    grep -q '^timeout = ' bindings/python/pyproject.toml || fail 'the tests in Python have no time limit'
}

# The workspaces beside the main one have lock files of their own, which follow its dependencies.
lock_files() {
    local folder
    for folder in . fuzz benches; do
        $CARGO update --workspace --locked --quiet --manifest-path $folder/Cargo.toml \
            || fail "run cargo update --workspace in $folder"
    done
}

# The committed files list every crate that the library links, with its licence text. The standard
# library's part follows the toolchain: tests/proofs/supply.sh.
licenses() {
    local file
    mkdir "$work/licenses"
    licenses/collect.py --crates "$work/licenses"
    for file in core.txt transport.txt command.txt; do
        diff "licenses/$file" "$work/licenses/$file" || fail 'run licenses/collect.py'
    done
}

# With the library as make install-strip installs it, and programs that are built: cargo would build into the
# folder of the Rust tests, which may be running.
python_package() {
    make --silent install-strip BUILD="$built" PREFIX="$work/stripped"
    ATLAS_WEBHOOK_PREBUILT=$work/stripped/lib/libatlas_webhook.so ATLAS_WEBHOOK_COMMAND=$(command_program) \
        ATLAS_WEBHOOK_FAULTS=$(example faults) VENV=$target/python-venv bindings/python/check.sh
}

python_packages() {
    CARGO_TARGET_DIR=$target/sdist bindings/python/packages.sh "$built/libatlas_webhook.so"
}
