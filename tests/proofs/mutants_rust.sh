# Whether some test fails when the C ABI or the transport is changed, one small change at a time.
# MUTANTS_SHARD=K/N judges one part of the changes, counted from 0, MUTANTS_FILE=src/capi/error.rs those of one file.
title='Mutation testing of the C ABI and the transport'
purpose='This page is for contributors who need to know how well the tests of the C ABI and the transport detect changes of the code.'

source tests/checks/library.sh

tools() {
    install_crate cargo-mutants 27.1.0
    install_packages gcc g++ make python3-venv
}

# The tests in C and C++ as programs that fail if memory leaks, and a Python for those of the package.
prepare_judges() {
    local venv=$target/judges-venv
    $CARGO build --locked --quiet --package atlas-webhook-c --lib
    compile_tests "$work/judges" "$CC -fsanitize=leak" "$CXX -fsanitize=leak" -I include "$target/debug/libatlas_webhook.so"
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        'h11~=0.16.0' aiohttp httpx pytest pytest-timeout pytest-xdist requests trustme
    export JUDGES=$work/judges JUDGES_PYTHON=$venv/bin/python ATLAS_WEBHOOK_COMMAND
    ATLAS_WEBHOOK_COMMAND=$(command_program)
}

# mutate PART [OPTION...]: the changes of src/PART. It fails where one survives without a reason.
mutate() {
    local part=$1 file=${MUTANTS_FILE:-} out=$work/$1/mutants.out
    shift
    [ -z "$file" ] || [[ $file == src/$part/* ]] || return 0
    mkdir "$work/$part"
    $CARGO mutants --config ".cargo/mutants-$part.toml" --package atlas-webhook --file "${file:-src/$part/*.rs}" \
        ${MUTANTS_SHARD:+--shard "$MUTANTS_SHARD"} --output "$work/$part" --no-shuffle --colors never \
        --annotations none "$@"
    tell '| `%s` | %d | %d | %d |\n' "${file:-src/$part}" "$(wc -l < "$out/caught.txt")" \
        "$(wc -l < "$out/timeout.txt")" "$(wc -l < "$out/unviable.txt")"
}

# The changes of the C ABI. cargo-mutants changes no unsafe function, and the functions of C are unsafe: it changes a
# copy of the source without this word. It would look for the judges of the unchanged source in another package, so
# they are run here. The copy has a target folder of its own: cargo would use what it built here for this source too.
mutate_capi() (
    [ -z "${MUTANTS_FILE:-}" ] || [[ $MUTANTS_FILE == src/capi/* ]] || return 0
    export CARGO_TARGET_DIR=$target
    prepare_judges
    mkdir "$work/source"
    git ls-files -z | tar --create --null --files-from=- | tar --extract --directory "$work/source"
    cd "$work/source"
    export CARGO_TARGET_DIR=$target/mutants-capi
    sed -i 's/\<unsafe \(extern "C" \)\?fn\>/\1fn/' src/capi/*.rs
    $CARGO test --locked --profile mutants --package atlas-webhook-c --test judges
    mutate capi --in-place --baseline skip --timeout 300 --build-timeout 600
)

prove() {
    unset CARGO_TARGET_DIR
    tell 'No change survives without a reason%s.\n\n' "${MUTANTS_SHARD:+ in the shard $MUTANTS_SHARD}"
    tell '| Changes of | caught by a test | never end | do not compile |\n|---|--:|--:|--:|\n'
    mutate_capi
    mutate transport
    tell '\ncargo-mutants changes no unsafe function. The functions of C are changed in a copy of the source without this word.\n'
    tell 'The C ABI is judged by the tests in C, C++ and Python and its own in Rust, the transport by its tests in Rust:\n'
    tell '[.cargo/mutants-capi.toml](../../.cargo/mutants-capi.toml) and\n'
    tell '[.cargo/mutants-transport.toml](../../.cargo/mutants-transport.toml), which leave these out:\n\n'
    tell '%s\n' "$(cat .cargo/mutants-capi.toml .cargo/mutants-transport.toml \
        | sed -n '/^exclude_re/,/^\]/{s/^    # \(.*\)/* \1/p; s/^    "\(.*\)",$/  * `\1`/p}' | sed 's/\\\\//g')"
}
