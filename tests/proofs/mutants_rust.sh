# Whether some test fails when the C ABI or the transport is changed, one small change at a time.
# MUTANTS_SHARD=K/N judges one part of the changes, counted from 0, MUTANTS_FILE=src/capi/error.rs those of one file.
title='Mutation testing of the C ABI and the transport'
purpose='This page is for contributors who need to know how well the tests of the C ABI and the transport detect changes of the code.'

source tests/checks/library.sh

tools() {
    install_crate cargo-mutants 27.1.0
    install_packages gcc g++ make python3-venv
}

# The tests in C and C++ as programs, and a Python for those of the package.
prepare_judges() {
    local venv=$target/judges-venv
    $CARGO build --locked --quiet --package atlas-webhook-c --lib
    compile_tests "$work/judges" "$CC" "$CXX" -I include "$target/debug/libatlas_webhook.so"
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        'h11~=0.16.0' aiohttp httpx pytest pytest-timeout pytest-xdist requests trustme
    export JUDGES=$work/judges JUDGES_PYTHON=$venv/bin/python ATLAS_WEBHOOK_COMMAND
    ATLAS_WEBHOOK_COMMAND=$(command_program)
}

# mutate PART: the changes of src/PART. It fails where one survives without a reason.
mutate() {
    local part=$1 file=${MUTANTS_FILE:-} out=$work/$1/mutants.out
    [ -z "$file" ] || [[ $file == src/$part/* ]] || return 0
    $CARGO mutants --config ".cargo/mutants-$part.toml" --package atlas-webhook --file "${file:-src/$part/*.rs}" \
        ${MUTANTS_SHARD:+--shard "$MUTANTS_SHARD"} --output "$work/$part" --no-shuffle --colors never \
        --annotations none
    tell '| `%s` | %d | %d | %d |\n' "${file:-src/$part}" "$(wc -l < "$out/caught.txt")" \
        "$(wc -l < "$out/timeout.txt")" "$(wc -l < "$out/unviable.txt")"
}

prove() {
    unset CARGO_TARGET_DIR
    prepare_judges
    mkdir "$work/capi" "$work/transport"
    tell 'No change survives without a reason%s.\n\n' "${MUTANTS_SHARD:+ in the shard $MUTANTS_SHARD}"
    tell '| Changes of | caught by a test | never end | do not compile |\n|---|--:|--:|--:|\n'
    mutate capi
    mutate transport
    tell '\nThe C ABI is judged by the tests in C, C++ and Python and its own in Rust, the transport by its tests in Rust:\n'
    tell '[.cargo/mutants-capi.toml](../../.cargo/mutants-capi.toml) and\n'
    tell '[.cargo/mutants-transport.toml](../../.cargo/mutants-transport.toml), which leave these out:\n\n'
    tell '%s\n' "$(cat .cargo/mutants-capi.toml .cargo/mutants-transport.toml \
        | sed -n '/^exclude_re/,/^\]/{s/^    # \(.*\)/* \1/p; s/^    "\(.*\)",$/  * `\1`/p}' | sed 's/\\\\//g')"
}
