# Whether some test fails when the C ABI or the transport is changed, one small change at a time.
# MUTANTS_FILE=src/capi/error.rs judges the changes of one file.
title='Mutation testing of the C ABI and the transport'
purpose='This page is for contributors who need to know how well the tests of the C ABI and the transport detect changes of the code.'

source tests/checks/library.sh

# Those in Python that meet every function of C. The others start many programs.
PYTHON_TESTS=(values exchange errors register events transport)

tools() {
    install_crate cargo-mutants 27.1.0
    install_packages gcc g++ make python3-venv
}

# mutate PART COMMAND...: the changes of src/PART. They are made in a copy of the source. cargo-mutants changes no unsafe
# function, and the functions of C are unsafe: the copy has them without this word.
mutate() (
    local part=$1 source=$work/$1 program=$PWD/tests/proofs/mutants_rust.py
    shift
    mkdir "$source"
    git ls-files -z | tar --create --null --files-from=- | tar --extract --directory "$source"
    cd "$source"
    sed -i 's/\<unsafe \(extern "C" \)\?fn\>/\1fn/' src/capi/*.rs
    $CARGO mutants --config ".cargo/mutants-$part.toml" --package atlas-webhook --file "${MUTANTS_FILE:-src/$part/*.rs}" \
        --list --json > "$work/$part.json"
    "$program" --changes "$work/$part.json" "$@" >&3
)

# The judges of the C ABI: the tests in C, C++ and Python, and its own in Rust. Those of the settings wait for timeouts.
mutate_capi() {
    local judges=$work/judges venv=$target/mutants-venv folder=$CARGO_TARGET_DIR/mutants program command
    local -a options=()
    command=$(CARGO_TARGET_DIR=$target command_program)
    $CARGO build --locked --quiet --package atlas-webhook-c --lib
    compile_tests "$judges" "$CC -fsanitize=leak" "$CXX -fsanitize=leak" -I include \
        "$CARGO_TARGET_DIR/debug/libatlas_webhook.so"
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        'h11~=0.16.0' aiohttp httpx pytest pytest-timeout pytest-xdist requests trustme
    mkdir -p "$folder"
    ln -sf libatlas_webhook.so "$folder/libatlas_webhook.so.1"
    for program in $(ls "$judges" | grep -v settings) settings cpp-settings; do
        options+=(--judge "env LD_LIBRARY_PATH='$folder' '$judges/$program'")
    done
    mutate capi --check "$CARGO check --package atlas-webhook-c --lib" \
        --build "$CARGO rustc --profile=mutants --package atlas-webhook-c --lib --crate-type=cdylib" \
        --build "$CARGO test --no-run --profile=mutants --package atlas-webhook --features=capi --lib" \
        "${options[@]}" \
        --judge "env -C bindings/python PYTHONPATH=src ATLAS_WEBHOOK_LIBRARY='$folder/libatlas_webhook.so' \
            ATLAS_WEBHOOK_COMMAND='$command' '$venv/bin/python' -m pytest --quiet --exitfirst -p no:cacheprovider \
            $(printf 'tests/test_%s.py ' "${PYTHON_TESTS[@]}")" \
        --judge "{atlas_webhook} capi::"
}

# The judges of the transport: its tests in Rust, which end at the first failure. That is not a stable option.
mutate_transport() {
    local at_first_failure='-Z unstable-options --fail-fast'
    mutate transport --check "$CARGO check --package atlas-webhook --all-features --lib" \
        --build "$CARGO test --no-run --profile=mutants --package atlas-webhook --all-features --lib --test=transport" \
        --judge "env RUSTC_BOOTSTRAP=1 {atlas_webhook} $at_first_failure" \
        --judge "env RUSTC_BOOTSTRAP=1 {transport} $at_first_failure"
}

prove() {
    export CARGO_TARGET_DIR=$target/mutants-rust
    tell 'No change survives without a reason%s.\n\n' "${MUTANTS_FILE:+ in \`$MUTANTS_FILE\`}"
    tell '| Changes of | caught by a test | never end | do not compile |\n|---|--:|--:|--:|\n'
    [[ ${MUTANTS_FILE:-src/capi/} != src/capi/* ]] || mutate_capi
    [[ ${MUTANTS_FILE:-src/transport/} != src/transport/* ]] || mutate_transport
    cat >&3 << END

\`cargo mutants\` lists the changes. The judged program has all that compile, and selects one by an environment variable;
the value of a constant is changed and built alone: [tests/proofs/mutants_rust.py](../../tests/proofs/mutants_rust.py).
The functions of C are changed in a copy of the source without the word \`unsafe\`, since cargo-mutants changes no unsafe
function. Among the changes the source without a change is judged too, and passes.

The C ABI is judged by the tests in C, C++ and Python and its own in Rust, the transport by its tests in Rust.
[.cargo/mutants-capi.toml](../../.cargo/mutants-capi.toml) and
[.cargo/mutants-transport.toml](../../.cargo/mutants-transport.toml) leave these out:

$(excluded .cargo/mutants-capi.toml .cargo/mutants-transport.toml)
END
}
